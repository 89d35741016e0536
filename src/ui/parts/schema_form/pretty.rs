//! JSON for people: two spaces, short lists on one line, `id` first. `assets/js/json.js` writes the same.

use std::fmt::Write as _;

use crate::{
    canonical,
    types::{Object, Value},
};

/// The text of an object.
pub(in crate::ui) fn pretty(object: &Object) -> String {
    let mut text = String::new();
    write_object(object, 0, &mut text);
    text
}

/// The text of any value.
pub(in crate::ui) fn pretty_value(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, 0, false, &mut text);
    text
}

fn write_value(value: &Value, depth: usize, in_list: bool, text: &mut String) {
    match value {
        Value::List(list) if !list.is_empty() && !is_short(value, true) => {
            text.push('[');
            for (place, value) in list.iter().enumerate() {
                text.push_str(if place == 0 { "\n" } else { ",\n" });
                indent(depth + 1, text);
                write_value(value, depth + 1, true, text);
            }
            text.push('\n');
            indent(depth, text);
            text.push(']');
        }
        Value::Object(object) if !object.is_empty() && (!in_list || !is_short(value, true)) => {
            write_object(object, depth, text);
        }
        Value::Bool(_)
        | Value::Float(_)
        | Value::Integer(_)
        | Value::List(_)
        | Value::Null
        | Value::Object(_)
        | Value::Text(_) => write_line(value, text),
    }
}

fn write_object(object: &Object, depth: usize, text: &mut String) {
    if object.is_empty() {
        text.push_str("{}");
        return;
    }
    let first = object.iter().filter(|(name, _)| depth == 0 && *name == "id");
    let rest = object.iter().filter(|(name, _)| depth > 0 || *name != "id");
    text.push('{');
    for (place, (name, value)) in first.chain(rest).enumerate() {
        text.push_str(if place == 0 { "\n" } else { ",\n" });
        indent(depth + 1, text);
        text.push_str(&spelled(name));
        text.push_str(": ");
        write_value(value, depth + 1, false, text);
    }
    text.push('\n');
    indent(depth, text);
    text.push('}');
}

/// On one line, with blanks.
fn write_line(value: &Value, text: &mut String) {
    match value {
        Value::List(list) => {
            text.push('[');
            for (place, value) in list.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { ", " });
                write_line(value, text);
            }
            text.push(']');
        }
        Value::Object(object) => {
            text.push('{');
            for (place, (name, value)) in object.iter().enumerate() {
                // Writing to a string cannot fail.
                let _written = write!(text, "{}{}: ", if place == 0 { "" } else { ", " }, spelled(name));
                write_line(value, text);
            }
            text.push('}');
        }
        Value::Text(said) => text.push_str(&spelled(said)),
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null => {
            text.push_str(&String::from_utf8_lossy(&canonical::to_bytes(value)));
        }
    }
}

/// Whether a list or object holds no other, and fits on a line.
fn is_short(value: &Value, is_outer: bool) -> bool {
    let fits = match value {
        Value::List(list) => is_outer && list.iter().all(|value| is_short(value, false)),
        Value::Object(object) => is_outer && object.iter().all(|(_, value)| is_short(value, false)),
        Value::Text(text) => text.len() <= LONGEST,
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null => true,
    };
    if !fits || !is_outer {
        return fits;
    }
    let mut line = String::new();
    write_line(value, &mut line);
    line.chars().count() <= LONGEST
}

/// Letters as they are; only what JSON itself wants is spelled.
fn spelled(said: &str) -> String {
    let mut text = String::with_capacity(said.len() + 2);
    text.push('"');
    for character in said.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0'..='\u{1f}' => {
                // Writing to a string cannot fail.
                let _written = write!(text, "\\u{:04x}", u32::from(character));
            }
            other => text.push(other),
        }
    }
    text.push('"');
    text
}

fn indent(depth: usize, text: &mut String) {
    for _ in 0..depth {
        text.push_str("  ");
    }
}

/// Characters of what stands on one line.
const LONGEST: usize = 60;
