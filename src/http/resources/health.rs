//! What load balancers and operators ask (`kinto-api` §3.2).

use crate::{
    http::{Response, Shell},
    signing::LifeStage,
    types::{Object, Value},
};

/// `GET /__lbheartbeat__`: the process answers; nothing else is looked at.
pub(in crate::http) fn lbheartbeat(_: &Shell) -> Response {
    Response::json_bytes(200, "{}")
}

/// `GET /__heartbeat__`: whether the database answers, and whether what is signed now would be accepted by clients.
pub(in crate::http) fn heartbeat(shell: &Shell) -> Response {
    let services = shell.services();
    let storage = services.store.read(|tx| tx.find_counter("heartbeat"));
    if let Err(error) = &storage {
        tracing::error!(%error, "the database does not answer");
    }
    let lives = services.signer.certificates(services.clock.now());
    let ended = lives.iter().any(|life| life.stage == LifeStage::Ended);
    for life in lives.iter().filter(|life| life.stage != LifeStage::Young) {
        tracing::warn!(role = ?life.role, stage = ?life.stage, "a certificate of the signer should be renewed");
    }
    let mut health = Object::new();
    // One database holds objects and permissions; what is cached is in this process.
    health.insert("cache", true);
    health.insert("permission", storage.is_ok());
    health.insert("signer", !ended);
    health.insert("storage", storage.is_ok());
    Response::json(if storage.is_ok() && !ended { 200 } else { 503 }, &Value::Object(health))
}

/// `GET /__version__`: which program this is.
pub(in crate::http) fn version(_: &Shell) -> Response {
    let mut version = Object::new();
    version.insert("name", env!("CARGO_PKG_NAME"));
    version.insert("version", env!("CARGO_PKG_VERSION"));
    Response::json(200, &Value::Object(version))
}
