//! Many requests in one transaction (`kinto-api` §12, with the promises that ours adds).
//!
//! The sub-requests run one after the other, each under a savepoint, and each has its whole effect (rows, status,
//! publication) before the next begins. A 4xx stands in its item and undoes its own sub-request alone. A 409, a 5xx, and
//! every refusal by review undo everything, and the batch answers with that one error: none of its items may claim what did
//! not last.

mod parse;

use bytes::Bytes;

use self::parse::Item;
use super::{
    Body, Caller, Credentials, Kind, Method, Place, Problem, Request, Response,
    problem::{Code, Location, Reach},
    redirect,
    shell::{self, Mode, Shell, finish},
    target::Target,
};
use crate::{
    canonical,
    types::{Object, Value},
    workflow::Scope,
};

/// A batch that was read, with who sends each of its sub-requests.
#[derive(Debug)]
pub(super) struct Batch {
    items: Vec<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    caller: Caller,
    item: Item,
}

impl Batch {
    /// Reads the body and finds out who sends each sub-request, before any transaction.
    pub(super) fn prepare(shell: &Shell, request: &Request) -> Result<Self, Problem> {
        let limit = shell.services().settings.limits.batch;
        let mut known: Vec<(Credentials, Caller)> = Vec::new();
        let mut items = Vec::new();
        for item in parse::parse(request, limit)? {
            let credentials = Credentials::parse(&item.headers);
            let caller = if let Some((_, caller)) = known.iter().find(|(other, _)| *other == credentials) {
                caller.clone()
            } else {
                let caller = shell.identify(&credentials)?;
                known.push((credentials, caller.clone()));
                caller
            };
            items.push(Prepared { caller, item });
        }
        Ok(Self { items })
    }

    /// The transaction that it needs.
    pub(super) fn mode(&self) -> Mode {
        let reads = self.items.iter().all(|prepared| prepared.item.method.is_read());
        if reads { Mode::Read } else { Mode::Write }
    }

    /// Runs it inside a transaction.
    pub(super) fn run(
        &self,
        shell: &Shell,
        scope: &mut Scope<'_>,
        request: &Request,
    ) -> Result<Response, Problem> {
        let mut out = b"{\"responses\":[".to_vec();
        for (index, prepared) in self.items.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            answer(shell, scope, request, prepared, &mut out)?;
            if out.len() > ANSWER_MAX_BYTES {
                return Err(Problem::invalid(
                    Location::Body,
                    Some("requests"),
                    format!("The answers to a batch are limited to {ANSWER_MAX_BYTES} bytes"),
                )
                .for_whole_batch());
            }
        }
        out.extend_from_slice(b"]}");
        Ok(Response::json_bytes(200, out))
    }
}

/// Runs one sub-request, following a redirect once, and writes its item.
fn answer(
    shell: &Shell,
    scope: &mut Scope<'_>,
    outer: &Request,
    prepared: &Prepared,
    out: &mut Vec<u8>,
) -> Result<(), Problem> {
    let mut target = Target::parse(&prepared.item.path);
    if let Ok(Target::Redirect { to, .. }) = &target {
        target = Target::parse(to);
    }
    let (segments, query) = match target {
        Ok(Target::Found { segments, query }) => (segments, query),
        Ok(Target::Redirect { to, max_age_seconds }) => {
            let settings = &scope.services.settings;
            let response = redirect::moved(&to, max_age_seconds, &outer.headers, settings, scope.now);
            let response = finish(Kind::Utility, prepared.item.method, &outer.headers, Ok(response));
            write_item(&prepared.item.path, Method::Get, response, out);
            return Ok(());
        }
        Err(problem) => {
            let response = finish(Kind::Utility, prepared.item.method, &outer.headers, Err(problem));
            write_item(&prepared.item.path, Method::Get, response, out);
            return Ok(());
        }
    };
    let sub = Request {
        body: prepared.item.body.clone(),
        headers: prepared.item.headers.clone(),
        json_limits: outer.json_limits,
        method: prepared.item.method,
        place: Place::InBatch,
        query,
        segments,
    };
    let response = match shell::find(&sub.segments) {
        None => finish(Kind::Utility, sub.method, &sub.headers, Err(Problem::new(Code::MissingResource))),
        Some((route, captures)) => {
            let verb = |scope: &mut Scope<'_>| {
                shell::answer_in(shell, scope, &sub, &prepared.caller, route, &captures)
            };
            // A read undoes nothing, and has no savepoints where the whole batch only reads.
            let result = if sub.method.is_read() { verb(scope) } else { scope.attempt(verb) };
            match result {
                Err(problem) if problem.reach() == Reach::Batch || problem.wants_write() => {
                    return Err(problem);
                }
                result => finish(route.kind, sub.method, &sub.headers, result),
            }
        }
    };
    write_item(&sub.path(), sub.method, response, out);
    Ok(())
}

fn write_item(path: &str, method: Method, response: Response, out: &mut Vec<u8>) {
    let path = path.split('?').next().unwrap_or_default();
    let mut headers = Object::new();
    for (name, value) in response.headers {
        headers.insert(name, value);
    }
    if let Some(media) = response.body.content_type() {
        headers.insert("Content-Type", media);
        headers.insert("Content-Length", response.body.len().to_string());
    }
    out.extend_from_slice(b"{\"body\":");
    match response.body {
        _ if method == Method::Head => out.extend_from_slice(b"\"\""),
        Body::Empty => out.extend_from_slice(b"\"\""),
        Body::Json(bytes) => out.extend_from_slice(&bytes),
        Body::JsonPieces(pieces) => pieces.iter().for_each(|piece| out.extend_from_slice(piece)),
        // Made outside a batch only.
        Body::Pages(_) => out.extend_from_slice(b"null"),
        Body::Text(_, bytes) => write_text(&bytes, out),
    }
    out.extend_from_slice(b",\"headers\":");
    canonical::write(&Value::Object(headers), out);
    out.extend_from_slice(b",\"path\":");
    canonical::write_text(path, out);
    out.extend_from_slice(format!(",\"status\":{}}}", response.status).as_bytes());
}

fn write_text(bytes: &Bytes, out: &mut Vec<u8>) {
    canonical::write_text(&String::from_utf8_lossy(bytes), out);
}

/// Bytes of all answers of one batch together: they are held in memory.
const ANSWER_MAX_BYTES: usize = 64 << 20;
