//! The body of a write on an object: `{"data": {…}, "permissions": {…}}` (`kinto-api` §6, §8).

use std::collections::BTreeMap;

use super::{
    Problem, Request,
    problem::{Fault, Location},
};
use crate::types::{Object, Value};

/// What a write sends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Envelope {
    /// The attributes, as sent. `None`: not sent.
    pub data: Option<Object>,
    /// Permission name → principals; a name with `null` has `None`. `None`: not sent.
    pub permissions: Option<BTreeMap<String, Option<Vec<String>>>>,
}

impl Envelope {
    /// Reads the body. `names` are the permissions that the resource has. For after authorization.
    pub fn parse(request: &Request, names: &[&str]) -> Result<Self, Problem> {
        let members = match request.json()? {
            Value::Object(members) => members,
            Value::List(_) => {
                return Err(body(
                    "",
                    "\"[]\" is not a mapping type: Does not implement dict-like functionality.",
                ));
            }
            Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Text(_) => {
                return Err(body("", "Should be a JSON object or an array"));
            }
        };
        let mut envelope = Self::default();
        let mut faults = Vec::new();
        for (key, value) in members {
            match (key.as_str(), value) {
                ("data", Value::Object(data)) => envelope.data = Some(data),
                ("permissions", Value::Object(permissions)) => {
                    envelope.permissions = Some(principals(permissions, names, &mut faults));
                }
                ("data" | "permissions", other) => {
                    faults.push(fault(&key, format!("\"{}\" is not a mapping type", type_name(&other))));
                }
                (_, _) => faults.push(fault("", format!("Unrecognized keys in mapping: \"{key}\""))),
            }
        }
        if faults.is_empty() { Ok(envelope) } else { Err(Problem::faults(faults)) }
    }

    /// Reads the body of a PATCH, which needs at least one of the two.
    pub fn parse_patch(request: &Request, names: &[&str]) -> Result<Self, Problem> {
        let envelope = Self::parse(request, names)?;
        if envelope.data.is_none() && envelope.permissions.is_none() {
            return Err(body("", "Provide at least one of data or permissions"));
        }
        Ok(envelope)
    }
}

fn principals(
    permissions: Object,
    names: &[&str],
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, Option<Vec<String>>> {
    let mut read = BTreeMap::new();
    for (name, value) in permissions {
        if !names.contains(&name.as_str()) {
            faults.push(fault("permissions", format!("\"{name}\" is not one of {}", names.join(", "))));
            continue;
        }
        match value {
            Value::Null => {
                read.insert(name, None);
            }
            Value::List(list) => {
                let mut members = Vec::with_capacity(list.len());
                for (index, principal) in list.into_iter().enumerate() {
                    if let Value::Text(principal) = principal {
                        members.push(principal);
                    } else {
                        let at = format!("permissions.{name}.{index}");
                        faults.push(fault(&at, format!("{} is not a string", type_name(&principal))));
                    }
                }
                read.insert(name, Some(members));
            }
            Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Object(_) | Value::Text(_) => {
                let at = format!("permissions.{name}");
                faults.push(fault(&at, format!("\"{}\" is not iterable", type_name(&value))));
            }
        }
    }
    read
}

/// What a JSON value is called in messages.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Float(_) | Value::Integer(_) => "number",
        Value::List(_) => "list",
        Value::Null => "null",
        Value::Object(_) => "object",
        Value::Text(_) => "string",
    }
}

fn body(name: &str, description: &str) -> Problem {
    Problem::invalid(Location::Body, Some(name), description)
}

fn fault(name: &str, description: String) -> Fault {
    Fault { location: Location::Body, name: Some(name.to_owned()), description }
}
