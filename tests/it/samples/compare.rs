//! What differs between an answer of the original and ours, as lines.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::app::Response;

/// Headers whose values are compared; of [`TAGS`] only whether they are there.
const HEADERS: [&str; 12] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "alert",
    "allow",
    "cache-control",
    "content-security-policy",
    "content-type",
    "location",
    "retry-after",
    "total-objects",
    "www-authenticate",
    "x-content-type-options",
];
const TAGS: [&str; 4] = ["etag", "expires", "last-modified", "next-page"];

/// `translate` makes a text of the samples one of ours: times, address.
pub(super) fn compare(
    sample: &Value,
    response: &Response,
    translate: &dyn Fn(&str) -> String,
) -> Vec<String> {
    let mut lines = Vec::new();
    let theirs = &sample["response_body"];
    let ours: Value = serde_json::from_slice(&response.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&response.body).into_owned()));
    let status = sample["status"].as_u64().unwrap();
    if status != u64::from(response.status) {
        let message = ours["message"].as_str().or_else(|| ours["error"].as_str());
        let errno = &ours["errno"];
        lines.push(format!(
            "status: {status} -> {} {errno} {}",
            response.status,
            message.unwrap_or_default()
        ));
        return lines;
    }
    for name in HEADERS {
        let theirs = sample["response_headers"][name].as_str();
        let theirs = theirs.map(|value| plain_header(name, &translate(value)));
        let ours = response.header(name).map(|value| plain_header(name, value));
        if theirs != ours {
            lines.push(format!("{name}: {} -> {}", shown(theirs.as_deref()), shown(ours.as_deref())));
        }
    }
    for name in TAGS {
        let theirs = sample["response_headers"][name].as_str().is_some();
        if theirs != response.header(name).is_some() {
            lines.push(format!("{name}: {}", if theirs { "missing" } else { "added" }));
        }
    }
    // The texts of redirects are for people.
    if status != 307 && sample["method"] != "HEAD" {
        values("", theirs, &ours, &mut lines);
    }
    lines
}

fn shown(value: Option<&str>) -> &str {
    value.unwrap_or("none")
}

/// A header's value so that equal ones are equal: lists as sets.
fn plain_header(name: &str, value: &str) -> String {
    match name {
        "access-control-expose-headers" | "allow" => {
            let names: BTreeSet<&str> = value.split(',').map(str::trim).collect();
            names.into_iter().collect::<Vec<_>>().join(", ")
        }
        _ => value.trim().to_owned(),
    }
}

/// Compares member by member.
fn values(path: &str, theirs: &Value, ours: &Value, lines: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(their), Value::Object(our)) => {
            let names: BTreeSet<&String> = their.keys().chain(our.keys()).collect();
            for name in names {
                let path = format!("{path}/{name}");
                match (their.get(name), our.get(name)) {
                    (Some(_), Some(_)) if is_text_for_people(name, theirs) => {}
                    (Some(theirs), Some(ours)) => values(&path, theirs, ours, lines),
                    (Some(_), None) => lines.push(format!("{path}: missing")),
                    (None, _) => lines.push(format!("{path}: added")),
                }
            }
        }
        (Value::Array(their), Value::Array(our)) if path.ends_with("/details") => {
            // All faults there, the first here: clients read where and what.
            match (their.first(), our.first()) {
                (Some(theirs), Some(ours)) => values(&format!("{path}/0"), theirs, ours, lines),
                (_, _) => lines.push(format!("{path}: {} -> {}", their.len(), our.len())),
            }
        }
        (Value::Array(their), Value::Array(our)) => {
            if their.len() != our.len() {
                lines.push(format!("{path}: {} -> {} items", their.len(), our.len()));
                return;
            }
            // Lists of permissions are sets.
            let sorted = |list: &[Value]| {
                let mut list = list.to_vec();
                if list.iter().all(Value::is_string) {
                    list.sort_by_key(ToString::to_string);
                }
                list
            };
            for (index, (theirs, ours)) in sorted(their).iter().zip(&sorted(our)).enumerate() {
                values(&format!("{path}/{index}"), theirs, ours, lines);
            }
        }
        (theirs, ours) if kind(path, theirs) == kind(path, ours) => {}
        (theirs, ours) => lines.push(format!("{path}: {theirs} -> {ours}")),
    }
}

/// Whether a member of an error is a text that is no contract (`kinto-api` §22: 107), or a header inside a batch that holds
/// what is compared on its own.
fn is_text_for_people(name: &str, object: &Value) -> bool {
    matches!(name, "message" if object["errno"] == 107)
        || matches!(name, "description" if object.get("location").is_some())
        || matches!(
            name,
            "Content-Length"
                | "Last-Modified"
                | "ETag"
                | "Access-Control-Expose-Headers"
                | "Content-Security-Policy"
        )
}

/// A value without what cannot be equal.
fn kind(path: &str, value: &Value) -> Value {
    let name = path.rsplit('/').next().unwrap_or_default();
    let text = value.as_str().unwrap_or_default();
    let word = match name {
        "last_modified" | "schema" | "timestamp" if value.is_u64() => "time",
        "id" if text.len() == 36 && text.matches('-').count() == 4 => "uuid",
        "signature" if text.len() == 128 => "signature",
        "x5u" if text.starts_with("http://127.0.0.1:") => "address of a chain",
        "host" if text.starts_with("127.0.0.1:") => "host",
        "url" if text.starts_with("http://127.0.0.1:") => "address",
        name if name.ends_with("_date") && text.len() >= 25 && text.ends_with("+00:00") => "date",
        _ => return value.clone(),
    };
    Value::String(format!("<{word}>"))
}
