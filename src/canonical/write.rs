//! How each value is spelled.

use std::io::Write;

use crate::types::{Object, Value};

/// The canonical bytes of `value`: pure ASCII.
///
/// Floats are spelled `d[.ddd]E[-]x` with the fewest digits that read back the same.
pub fn to_bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

/// The canonical bytes of an object.
pub fn object_to_bytes(object: &Object) -> Vec<u8> {
    let mut out = Vec::new();
    write_object(object, Integers::AsTheyAre, &mut out);
    out
}

/// The canonical bytes of an object as a text.
pub fn object_to_text(object: &Object) -> String {
    // They are ASCII; nothing is lost.
    String::from_utf8(object_to_bytes(object)).unwrap_or_default()
}

/// The canonical bytes of collection attributes as the change digest takes them (`statement` §6): integers beyond
/// ±(2^53−1) count as floats.
pub fn attributes_to_bytes(attributes: &Object) -> Vec<u8> {
    let mut out = Vec::new();
    write_object(attributes, Integers::LargeAreFloats, &mut out);
    out
}

/// Appends the canonical bytes of `value` to `out`.
pub fn write(value: &Value, out: &mut Vec<u8>) {
    write_value(value, Integers::AsTheyAre, out);
}

/// Appends a text in quotation marks.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    loop {
        let plain =
            rest.bytes().position(|byte| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\'));
        let Some((run, after)) = plain.and_then(|length| rest.split_at_checked(length)) else { break };
        out.extend_from_slice(run.as_bytes());
        let mut characters = after.chars();
        if let Some(character) = characters.next() {
            write_escaped(character, out);
        }
        rest = characters.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

/// Whether every implementation reads the integer exactly.
pub(super) fn is_exact(integer: i128) -> bool {
    integer.unsigned_abs() < 1 << 53
}

/// How integers are spelled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Integers {
    /// In decimal digits.
    AsTheyAre,
    /// Those beyond ±(2^53−1) as the float that is nearest.
    LargeAreFloats,
}

fn write_value(value: &Value, integers: Integers, out: &mut Vec<u8>) {
    match value {
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Float(float) => write_float(*float, out),
        Value::Integer(integer) => write_integer(*integer, integers, out),
        Value::List(list) => {
            out.push(b'[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(item, integers, out);
            }
            out.push(b']');
        }
        Value::Null => out.extend_from_slice(b"null"),
        Value::Object(object) => write_object(object, integers, out),
        Value::Text(text) => write_text(text, out),
    }
}

fn write_object(object: &Object, integers: Integers, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (name, value)) in object.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_text(name, out);
        out.push(b':');
        write_value(value, integers, out);
    }
    out.push(b'}');
}

fn write_float(float: f64, out: &mut Vec<u8>) {
    // Writing to a vector cannot fail. The standard library's form is the specified one: fewest digits, capital E.
    drop(write!(out, "{float:E}"));
}

fn write_integer(integer: i128, integers: Integers, out: &mut Vec<u8>) {
    let text = integer.to_string();
    match (integers, text.parse::<f64>()) {
        (Integers::LargeAreFloats, Ok(float)) if !is_exact(integer) => write_float(float, out),
        _ => out.extend_from_slice(text.as_bytes()),
    }
}

fn write_escaped(character: char, out: &mut Vec<u8>) {
    let short = match character {
        '"' => b'"',
        '\\' => b'\\',
        '\u{8}' => b'b',
        '\t' => b't',
        '\n' => b'n',
        '\u{c}' => b'f',
        '\r' => b'r',
        other => {
            for unit in other.encode_utf16(&mut [0; 2]) {
                drop(write!(out, "\\u{unit:04x}"));
            }
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}
