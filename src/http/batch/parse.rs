//! The body of a batch (`kinto-api` §12), read whole before anything is run.

use bytes::Bytes;

use crate::{
    canonical,
    http::{
        Headers, Method, Problem, Request,
        envelope::type_name,
        problem::{Fault, Location},
        request::JSON,
    },
    types::{Object, Value},
};

/// One sub-request as it was written.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) body: Bytes,
    pub(super) headers: Headers,
    pub(super) method: Method,
    /// With `/v1`, percent-encoded, with its query.
    pub(super) path: String,
}

/// Reads `{"defaults": {…}, "requests": [{…}, …]}`.
pub(super) fn parse(request: &Request, limit: usize) -> Result<Vec<Item>, Problem> {
    let body = request.json()?;
    let Value::Object(mut body) = body else {
        let description = format!("\"{}\" is not a mapping type", type_name(&body));
        return Err(Problem::invalid(Location::Body, Some(""), description));
    };
    let mut faults = Vec::new();
    let defaults = match body.remove("defaults") {
        None => Object::new(),
        Some(Value::Object(defaults)) => {
            check_members(&defaults, "defaults", &mut faults);
            defaults
        }
        Some(other) => {
            faults.push(not_a_mapping("defaults", &other));
            Object::new()
        }
    };
    let requests = match body.remove("requests") {
        Some(Value::List(requests)) => requests,
        Some(other) => {
            faults.push(fault("requests", format!("\"{}\" is not iterable", type_name(&other))));
            Vec::new()
        }
        None => {
            faults.push(fault("requests", "Required".to_owned()));
            Vec::new()
        }
    };
    if let Some((key, _)) = body.iter().next() {
        faults.push(fault("", format!("Unrecognized keys in mapping: \"{key}\"")));
    }
    if requests.len() > limit {
        faults.push(fault("requests", format!("Number of requests is limited to {limit}")));
        return Err(Problem::faults(faults));
    }
    let mut items = Vec::with_capacity(requests.len());
    for (index, sub) in requests.into_iter().enumerate() {
        let at = format!("requests.{index}");
        if let Value::Object(sub) = sub {
            check_members(&sub, &at, &mut faults);
            items.extend(item(merge(&defaults, sub), &at, &request.headers, &mut faults));
        } else {
            faults.push(not_a_mapping(&at, &sub));
        }
    }
    if faults.is_empty() { Ok(items) } else { Err(Problem::faults(faults)) }
}

fn check_members(members: &Object, at: &str, faults: &mut Vec<Fault>) {
    for (key, _) in members.iter().filter(|(key, _)| !MEMBERS.contains(key)) {
        faults.push(fault(at, format!("Unrecognized keys in mapping: \"{key}\"")));
    }
}

/// `defaults` below `sub`: what the sub-request says stays, objects are merged member by member.
fn merge(defaults: &Object, mut sub: Object) -> Object {
    for (key, default) in defaults.iter() {
        let merged = match (sub.remove(key), default) {
            (Some(Value::Object(own)), Value::Object(default)) => Value::Object(merge(default, own)),
            (Some(own), _) => own,
            (None, default) => default.clone(),
        };
        sub.insert(key, merged);
    }
    sub
}

/// One sub-request; `None` when something was wrong with it, which `faults` then says.
fn item(mut members: Object, at: &str, outer: &Headers, faults: &mut Vec<Fault>) -> Option<Item> {
    let before = faults.len();
    let path = path(members.remove("path"), &format!("{at}.path"), faults);
    let method = method(members.remove("method"), &format!("{at}.method"), faults);
    let mut headers = outer.clone();
    match members.remove("headers") {
        None => {}
        Some(Value::Object(own)) => {
            for (name, value) in own.iter() {
                if let Some(text) = value.as_text() {
                    headers.replace(name, text);
                } else {
                    let at = format!("{at}.headers.{name}");
                    faults.push(fault(&at, format!("{} is not a string", type_name(value))));
                }
            }
        }
        Some(other) => faults.push(not_a_mapping(&format!("{at}.headers"), &other)),
    }
    let body = match members.remove("body") {
        None => Bytes::new(),
        Some(Value::Object(body)) if body.is_empty() => Bytes::new(),
        Some(Value::Object(body)) => {
            headers.replace("Content-Type", JSON);
            canonical::object_to_bytes(&body).into()
        }
        Some(other) => {
            faults.push(not_a_mapping(&format!("{at}.body"), &other));
            Bytes::new()
        }
    };
    (faults.len() == before).then_some(Item { body, headers, method, path })
}

fn path(value: Option<Value>, at: &str, faults: &mut Vec<Fault>) -> String {
    let description = match value {
        None => "Required".to_owned(),
        Some(Value::Text(path)) if !path.starts_with('/') => format!("\"{path}\" does not start with /"),
        Some(Value::Text(path)) if path.contains("/batch") => {
            "Recursive call on /batch endpoint is forbidden.".to_owned()
        }
        Some(Value::Text(path)) if path.starts_with("/v1/") || path == "/v1" => return path,
        Some(Value::Text(path)) => return format!("/v1{path}"),
        Some(other) => format!("{} is not a string", type_name(&other)),
    };
    faults.push(fault(at, description));
    String::new()
}

fn method(value: Option<Value>, at: &str, faults: &mut Vec<Fault>) -> Method {
    let description = match value {
        None => return Method::Get,
        Some(Value::Text(name)) if METHODS.contains(&name.as_str()) => return Method::parse(&name),
        Some(Value::Text(name)) => format!("\"{name}\" is not one of {}", METHODS.join(", ")),
        Some(other) => format!("{} is not a string", type_name(&other)),
    };
    faults.push(fault(at, description));
    Method::Get
}

fn not_a_mapping(at: &str, value: &Value) -> Fault {
    fault(at, format!("\"{}\" is not a mapping type", type_name(value)))
}

fn fault(name: &str, description: String) -> Fault {
    Fault { location: Location::Body, name: Some(name.to_owned()), description }
}

const MEMBERS: [&str; 4] = ["body", "headers", "method", "path"];
/// TRACE may be asked for, and is defined nowhere: its item says 405.
const METHODS: [&str; 7] = ["GET", "HEAD", "DELETE", "TRACE", "POST", "PUT", "PATCH"];
