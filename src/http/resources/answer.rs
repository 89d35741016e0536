//! How objects, lists and tombstones are answered (`kinto-api` §8), and how the bodies of writes are read.

use std::collections::BTreeSet;

use crate::{
    canonical,
    http::{Envelope, Problem, Request, Response, problem::Location},
    storage::Permissions,
    types::{JsonLimits, Nul, Object, Timestamp, Value},
    workflow::{Cleared, Counted, Deleted, Draft, Fetched, Kind, Listed, Patched, Scope, Shown, Written},
};

use super::query::{Query, To, next_page};

/// The body of POST and PUT.
pub(super) fn draft(request: &Request, kind: Kind) -> Result<Draft, Problem> {
    Envelope::parse(request, kind.permission_names()).map(into_draft)
}

/// The body of PATCH.
pub(super) fn patch_draft(request: &Request, kind: Kind) -> Result<Draft, Problem> {
    Envelope::parse_patch(request, kind.permission_names()).map(into_draft)
}

/// The id that a POST names; `None` where it names none or its body cannot be read, which is told later.
pub(super) fn posted_id(request: &Request) -> Option<String> {
    let body = request.json().ok()?;
    let id = body.as_object()?.get("data")?.as_object()?.get("id")?;
    id.as_text().map(str::to_owned)
}

/// 200 or 201 with an object.
pub(super) fn object(status: u16, shown: &Shown) -> Response {
    let mut body = b"{\"data\":".to_vec();
    body.extend_from_slice(&shown.data);
    body.extend_from_slice(b",\"permissions\":");
    write_permissions(&shown.permissions, &mut body);
    body.push(b'}');
    Response::json_bytes(status, body).with_timestamp(shown.last_modified)
}

/// What a PUT did.
pub(super) fn written(written: &Written) -> Response {
    match written {
        Written::Created(shown) => object(201, shown),
        Written::Updated(shown) => object(200, shown),
    }
}

/// GET of an object; with `_fields` some of its members and no permissions.
pub(super) fn fetched(fetched: Fetched<Shown>, fields: Option<&[String]>) -> Result<Response, Problem> {
    let shown = match fetched {
        Fetched::New(shown) => shown,
        Fetched::NotModified(timestamp) => return Ok(Response::not_modified(timestamp)),
    };
    let Some(fields) = fields else { return Ok(object(200, &shown)) };
    let mut body = Object::new();
    body.insert("data", project(&parse_own(&shown.data)?, fields));
    Ok(Response::json(200, &Value::Object(body)).with_timestamp(shown.last_modified))
}

/// GET of a list.
pub(super) fn listed(
    request: &Request,
    scope: &Scope<'_>,
    query: &Query,
    fetched: Fetched<Listed>,
) -> Result<Response, Problem> {
    let listed = match fetched {
        Fetched::New(listed) => listed,
        Fetched::NotModified(timestamp) => return Ok(Response::not_modified(timestamp)),
    };
    let data = match &query.fields {
        None => listed.data,
        Some(fields) => {
            let entries = parse_own(&listed.data)?;
            let entries = entries.as_list().unwrap_or_default();
            let projected: Vec<Value> = entries.iter().map(|entry| project(entry, fields)).collect();
            canonical::to_bytes(&Value::List(projected))
        }
    };
    let body = [b"{\"data\":", &*data, b"}"].concat();
    let response = Response::json_bytes(200, body).with_timestamp(listed.timestamp);
    Ok(finish_list(request, scope, query, listed.next, response))
}

/// HEAD of a list.
pub(super) fn counted(
    request: &Request,
    scope: &Scope<'_>,
    query: &Query,
    fetched: &Fetched<Counted>,
) -> Response {
    let counted = match fetched {
        Fetched::New(counted) => counted,
        Fetched::NotModified(timestamp) => return Response::not_modified(*timestamp),
    };
    let total = counted.total.to_string();
    let response = Response::json_bytes(200, "")
        .with_timestamp(counted.timestamp)
        .with_header("Total-Objects", total.clone())
        .with_header("Total-Records", total);
    finish_list(request, scope, query, None, response)
}

/// DELETE of one.
pub(super) fn deleted(deleted: &Deleted) -> Response {
    let body = [b"{\"data\":", &*deleted.to_data(), b"}"].concat();
    Response::json_bytes(200, body).with_timestamp(deleted.last_modified)
}

/// DELETE of a list.
pub(super) fn cleared(request: &Request, scope: &Scope<'_>, query: &Query, cleared: &Cleared) -> Response {
    let tombstones: Vec<Vec<u8>> = cleared.deleted.iter().map(Deleted::to_data).collect();
    let body = [b"{\"data\":[", &*tombstones.join(&b','), b"]}"].concat();
    let response = Response::json_bytes(200, body).with_timestamp(cleared.timestamp);
    finish_list(request, scope, query, cleared.next, response)
}

/// How much of a PATCH's result is answered (`kinto-api` §9.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Behavior {
    /// What changed and is not what was sent.
    Diff,
    /// Everything.
    Full,
    /// What was sent and changed.
    Light,
}

impl Behavior {
    /// From the header `Response-Behavior`.
    pub(super) fn parse(request: &Request) -> Result<Self, Problem> {
        match request.headers.find("Response-Behavior") {
            None | Some("full") => Ok(Self::Full),
            Some("diff") => Ok(Self::Diff),
            Some("light") => Ok(Self::Light),
            Some(other) => Err(Problem::invalid(
                Location::Header,
                Some("Response-Behavior"),
                format!("\"{other}\" is not one of full, light, diff"),
            )),
        }
    }
}

/// What a PATCH did; `sent` is the `data` of its body.
pub(super) fn patched(behavior: Behavior, sent: Option<&Object>, patched: &Patched) -> Response {
    let empty = Object::new();
    let sent = sent.unwrap_or(&empty);
    let Patched { after, before, shown } = patched;
    let changed = |name: &str| before.get(name) != after.get(name);
    let mut members = Object::new();
    match behavior {
        Behavior::Full => return object(200, shown),
        Behavior::Light => {
            for (name, _) in sent.iter().filter(|(name, _)| *name != LAST_MODIFIED && changed(name)) {
                members.insert(name, after.get(name).cloned().unwrap_or(Value::Null));
            }
        }
        Behavior::Diff => {
            let names = after.iter().map(|(name, _)| name).filter(|name| *name != LAST_MODIFIED);
            for name in names.filter(|name| changed(name) && sent.get(name) != after.get(name)) {
                members.insert(name, after.get(name).cloned().unwrap_or(Value::Null));
            }
        }
    }
    // Told only to who asked for another one.
    if let (Some(asked), Some(kept)) = (sent.get(LAST_MODIFIED), after.get(LAST_MODIFIED))
        && asked != kept
    {
        members.insert(LAST_MODIFIED, kept.clone());
    }
    let mut body = Object::new();
    body.insert("data", members);
    Response::json(200, &Value::Object(body)).with_timestamp(shown.last_modified)
}

fn into_draft(envelope: Envelope) -> Draft {
    let permissions = envelope.permissions.map(|permissions| {
        permissions
            .into_iter()
            .map(|(name, principals)| (name, principals.map(BTreeSet::from_iter)))
            .collect()
    });
    Draft { data: envelope.data, permissions }
}

fn finish_list(
    request: &Request,
    scope: &Scope<'_>,
    query: &Query,
    next: Option<Timestamp>,
    mut response: Response,
) -> Response {
    if let Some(next) = next {
        let public_url = &scope.services.settings.public_url;
        response = response.with_header("Next-Page", next_page(request, public_url, &query.list, next));
    }
    match query.to {
        To::Absent => response,
        To::Used => response.with_header("Alert", DEPRECATED_TO),
    }
}

fn write_permissions(permissions: &Permissions, out: &mut Vec<u8>) {
    let mut object = Object::new();
    for (name, principals) in permissions {
        let principals: Vec<Value> =
            principals.iter().map(|principal| Value::from(principal.as_str())).collect();
        object.insert(name.as_str(), principals);
    }
    out.extend_from_slice(&canonical::object_to_bytes(&object));
}

/// The named members of an entry; a dotted name walks into objects (`kinto-api` §11.4).
fn project(entry: &Value, fields: &[String]) -> Value {
    let Some(members) = entry.as_object() else { return entry.clone() };
    let mut projected = Object::new();
    for field in fields {
        let steps: Vec<&str> = field.split('.').collect();
        copy(members, &steps, &mut projected);
    }
    Value::Object(projected)
}

fn copy(from: &Object, steps: &[&str], to: &mut Object) {
    let Some((name, rest)) = steps.split_first() else { return };
    match from.get(name) {
        None => {}
        Some(Value::Object(inner)) if !rest.is_empty() => {
            let mut below = match to.remove(name) {
                Some(Value::Object(below)) => below,
                _ => Object::new(),
            };
            copy(inner, rest, &mut below);
            to.insert(*name, below);
        }
        Some(value) => {
            to.insert(*name, value.clone());
        }
    }
}

/// Reads what a verb has just written.
fn parse_own(bytes: &[u8]) -> Result<Value, Problem> {
    let limits = JsonLimits { depth: JsonLimits::MAX_DEPTH, nul: Nul::Accepted };
    Value::parse(bytes, limits).map_err(|error| Problem::caused(crate::http::problem::Code::Internal, error))
}

const DEPRECATED_TO: &str = r#"{"code":"soft-eol","message":"_to is now deprecated, you should use _before instead","url":"https://docs.kinto-storage.org/"}"#;
const LAST_MODIFIED: &str = "last_modified";
