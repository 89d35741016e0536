//! JSON as people write and read it in a field: with lines, and with the line in which it goes wrong.

use super::parts;
use crate::types::{JsonErrorKind, JsonLimits, Nul, Object, Value};

/// What stands in a field; `Err` is what to mend, as a sentence.
pub(super) fn parse(text: &str, depth: usize) -> Result<Value, String> {
    let limits = JsonLimits { depth, nul: Nul::Refused };
    Value::parse(text.as_bytes(), limits).map_err(|error| {
        let line = line_of(text, error.offset);
        let what = match error.kind {
            JsonErrorKind::Depth => "it is nested too deep",
            JsonErrorKind::DuplicateKey => "a name is there twice",
            JsonErrorKind::LoneSurrogate => "there is half of a character (a lone surrogate)",
            JsonErrorKind::NulCharacter => "the character U+0000 cannot be stored",
            JsonErrorKind::NumberRange => "a number is too large",
            JsonErrorKind::Syntax | JsonErrorKind::Type => {
                "a comma, a quotation mark or a bracket is missing or too much"
            }
            JsonErrorKind::Utf8 => "it is no UTF-8",
        };
        format!("This is no JSON: in line {line}, {what}.")
    })
}

/// The line in which a text goes wrong that [`parse_object`] refuses.
pub(super) fn bad_line(text: &str, depth: usize) -> usize {
    let limits = JsonLimits { depth, nul: Nul::Refused };
    Value::parse(text.as_bytes(), limits).map_or_else(|error| line_of(text, error.offset), |_| 1)
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.split(|byte| *byte == b'\n').count()
}

/// As [`parse`], and it has to be an object.
pub(super) fn parse_object(text: &str, depth: usize) -> Result<Object, String> {
    match parse(text, depth)? {
        Value::Object(object) => Ok(object),
        Value::Bool(_)
        | Value::Float(_)
        | Value::Integer(_)
        | Value::List(_)
        | Value::Null
        | Value::Text(_) => {
            Err("This is JSON, but no object: it has to begin with { and end with }.".to_owned())
        }
    }
}

/// For people: two spaces a level, short lists on one line.
pub(super) fn pretty(value: &Value) -> String {
    parts::pretty_value(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_again_as_the_same() {
        let text = "{\n  \"a\": [\n    1,\n    {\"b\": null}\n  ],\n  \"c\": {},\n  \"d\": []\n}";
        let value = parse(text, 8).unwrap();
        assert_eq!(pretty(&value), text);
        assert_eq!(pretty(&Value::from("é\"\n")), "\"é\\\"\\n\"");
    }

    #[test]
    fn what_goes_wrong_is_said_with_its_line() {
        for (text, sentence) in [
            (
                "{\n\"a\": 1,\n}",
                "This is no JSON: in line 3, a comma, a quotation mark or a bracket is missing or too much.",
            ),
            ("{\n\"a\": 1,\n\"a\": 2}", "This is no JSON: in line 3, a name is there twice."),
            ("[[[[]]]]", "This is no JSON: in line 1, it is nested too deep."),
            ("[]", "This is JSON, but no object: it has to begin with { and end with }."),
        ] {
            assert_eq!(parse_object(text, 3).unwrap_err(), sentence);
        }
    }
}
