//! What load balancers and operators ask (`kinto-api` §3.2).

use crate::{
    http::{Response, Shell},
    types::{Object, Value},
};

/// `GET /__lbheartbeat__`: the process answers; nothing else is looked at.
pub(in crate::http) fn lbheartbeat(_: &Shell) -> Response {
    Response::json_bytes(200, "{}")
}

/// `GET /__version__`: which program this is.
pub(in crate::http) fn version(_: &Shell) -> Response {
    let mut version = Object::new();
    version.insert("name", env!("CARGO_PKG_NAME"));
    version.insert("version", env!("CARGO_PKG_VERSION"));
    Response::json(200, &Value::Object(version))
}
