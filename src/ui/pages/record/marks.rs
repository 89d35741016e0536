//! Which values of a record get a mark in its JSON.

use crate::types::{Object, Value, push_index, push_name};

/// Pointers of the innermost values that differ.
pub(super) fn differing(was: &Object, now: &Object) -> Vec<String> {
    let mut found = Vec::new();
    members(was, now, &mut String::new(), &mut found);
    found
}

fn members(was: &Object, now: &Object, pointer: &mut String, found: &mut Vec<String>) {
    for (name, value) in now.iter() {
        let length = pointer.len();
        push_name(pointer, name);
        differs(was.get(name), value, pointer, found);
        pointer.truncate(length);
    }
}

fn differs(was: Option<&Value>, now: &Value, pointer: &mut String, found: &mut Vec<String>) {
    if was == Some(now) || found.len() >= MOST_MARKS {
        return;
    }
    match (was, now) {
        (Some(Value::Object(was)), Value::Object(now)) => members(was, now, pointer, found),
        (Some(Value::List(was)), Value::List(now)) if was.len() == now.len() => {
            for (index, value) in now.iter().enumerate() {
                let length = pointer.len();
                push_index(pointer, index);
                differs(was.get(index), value, pointer, found);
                pointer.truncate(length);
            }
        }
        (_, _) => found.push(pointer.clone()),
    }
}

/// Lines that are marked.
const MOST_MARKS: usize = 500;
