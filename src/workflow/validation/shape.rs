//! JSON as the validating library wants it, and what is put right in a schema before it gets there.

use jsonschema::Draft;

use super::graph::Rewrite;
use crate::types::{Object, Value};

/// The same value.
pub(super) fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(truth) => (*truth).into(),
        Value::Float(float) => (*float).into(),
        Value::Integer(integer) => match (i64::try_from(*integer), u64::try_from(*integer)) {
            (Ok(integer), _) => integer.into(),
            (Err(_), Ok(integer)) => integer.into(),
            // Never made by the reader, which keeps such numbers as floats.
            (Err(_), Err(_)) => serde_json::Value::Null,
        },
        Value::List(list) => list.iter().map(to_json).collect(),
        Value::Null => serde_json::Value::Null,
        Value::Object(object) => {
            object.iter().map(|(name, value)| (name.to_owned(), to_json(value))).collect()
        }
        Value::Text(text) => text.as_str().into(),
    }
}

/// A scalar has 0, `{}` has 1.
pub(super) fn depth(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        serde_json::Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        serde_json::Value::Bool(_)
        | serde_json::Value::Null
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => 0,
    }
}

/// The dialect that a schema says it is written in; 2020-12 where it says none that we know.
pub(super) fn draft_of(schema: &Object) -> Draft {
    let named = schema.get("$schema").and_then(Value::as_text).unwrap_or_default();
    let name = named.trim_end_matches('#').rsplit_once("json-schema.org/").map_or("", |(_, name)| name);
    match name {
        "draft-04/schema" => Draft::Draft4,
        "draft-06/schema" => Draft::Draft6,
        "draft-07/schema" => Draft::Draft7,
        "draft/2019-09/schema" => Draft::Draft201909,
        _ => Draft::Draft202012,
    }
}

/// References become pointers from the root, names of parts go.
pub(super) fn rewrite(schema: &mut serde_json::Value, rewrites: &[Rewrite]) {
    for rewrite in rewrites {
        match rewrite {
            Rewrite::Forget { keyword, pointer } => {
                if let Some(part) = schema.pointer_mut(pointer).and_then(serde_json::Value::as_object_mut) {
                    part.remove(*keyword);
                }
            }
            Rewrite::Refer { pointer, target } => {
                if let Some(part) = schema.pointer_mut(pointer).and_then(serde_json::Value::as_object_mut) {
                    part.insert("$ref".to_owned(), target.as_str().into());
                }
            }
        }
    }
}

/// What the service itself says of a record is not required of whoever writes it.
pub(super) fn forget_own_names(schema: &mut serde_json::Value, names_id: bool) {
    let Some(root) = schema.as_object_mut() else { return };
    if let Some(required) = root.get_mut("required").and_then(serde_json::Value::as_array_mut) {
        required.retain(|name| match name.as_str() {
            Some("last_modified" | "schema") => false,
            Some("id") => names_id,
            Some(_) | None => true,
        });
        if required.is_empty() {
            root.remove("required");
        }
    }
}

/// A JSON pointer as people write a place: `/a/b/0` is `a.b[0]`.
pub(super) fn path_of(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        let is_index = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
        if is_index && !path.is_empty() {
            path.extend(["[", step, "]"]);
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&step.replace("~1", "/").replace("~0", "~"));
        }
    }
    path
}
