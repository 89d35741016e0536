//! Which field a value gets.

use super::node::Node;
use crate::types::{Object, Value};

/// The kinds of fields.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    /// One of these values.
    Choice { options: Vec<(&'a Value, Option<&'a str>)>, widget: Widget },
    /// Yes or no.
    Flag,
    /// An object: fields of its own.
    Group,
    /// JSON, for what no form expresses.
    Json,
    /// A list of texts, one a line.
    Lines,
    /// A list of objects, each with fields of its own.
    List(Node<'a>),
    /// A number.
    Number,
    /// A list of numbers, one a line.
    Numbers,
    /// A text.
    Text(Line),
    /// Any of these values.
    Ticks { options: Vec<(&'a Value, Option<&'a str>)> },
}

/// How one of several is chosen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Widget {
    Buttons,
    Select,
}

/// How a text is typed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Line {
    Area,
    Date,
    One,
}

/// The field of a value that may be there.
pub(super) fn of<'a>(
    node: &Node<'a>,
    ui: Option<&Object>,
    value: Option<&Value>,
    is_required: bool,
) -> Kind<'a> {
    let widget = ui.and_then(|ui| ui.get("ui:widget")).and_then(Value::as_text).unwrap_or_default();
    let value = value.filter(|value| **value != Value::Null);
    if let Some(options) = node.options() {
        let short = options.len() <= MOST_BUTTONS
            && options.iter().all(|(value, name)| {
                name.map_or_else(|| value.as_text().map_or(5, str::len), str::len) <= LONGEST_BUTTON
            });
        let widget = match widget {
            "radio" => Widget::Buttons,
            "select" => Widget::Select,
            _ if short && is_required && options.len() > 1 => Widget::Buttons,
            _ => Widget::Select,
        };
        return if value.is_none_or(is_scalar) { Kind::Choice { options, widget } } else { Kind::Json };
    }
    if node.has_forms() {
        return Kind::Json;
    }
    let types = node.types();
    let found = value.map(type_of);
    // Where the value is of a type that is not asked for, it can be seen and mended as JSON.
    let wanted = match (&types[..], found) {
        ([], found) => found,
        ([only], None) => Some(*only),
        (types, Some(found)) => types.iter().copied().find(|wanted| fits(wanted, found)),
        (_, None) => None,
    };
    match wanted {
        Some("array") => list(node, value),
        Some("boolean") => Kind::Flag,
        Some("integer" | "number") => Kind::Number,
        Some("object") if node.members().is_empty() && value.is_none() => Kind::Json,
        Some("object") => Kind::Group,
        Some("string") => text(node, widget, value),
        // A number that was typed as something else: the field shows what was typed.
        None if types.iter().any(|wanted| ["integer", "number"].contains(wanted))
            && found == Some("string") =>
        {
            Kind::Number
        }
        _ => Kind::Json,
    }
}

fn text<'a>(node: &Node<'a>, widget: &str, value: Option<&Value>) -> Kind<'a> {
    let said = value.and_then(Value::as_text).unwrap_or_default();
    if said.len() > LONGEST_TEXT {
        return Kind::Json;
    }
    let is_day = said.is_empty()
        || said.len() == 10
            && said.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
    let line = match widget {
        "textarea" => Line::Area,
        _ if said.contains(['\n', '\r']) || said.chars().count() > LONGEST_LINE => Line::Area,
        "date" if is_day => Line::Date,
        _ if node.text("format") == Some("date") && is_day => Line::Date,
        _ => Line::One,
    };
    Kind::Text(line)
}

fn list<'a>(node: &Node<'a>, value: Option<&Value>) -> Kind<'a> {
    let held = value.and_then(Value::as_list).unwrap_or_default();
    let items = node.items();
    let options = items.as_ref().and_then(Node::options);
    if let Some(options) = options {
        let is_set = node.get("uniqueItems").and_then(Value::as_bool) == Some(true);
        let known = held.iter().all(|value| options.iter().any(|(option, _)| *option == value));
        return if is_set && known && options.len() <= MOST_TICKS {
            Kind::Ticks { options }
        } else {
            Kind::Json
        };
    }
    let types = items.as_ref().map(Node::types).unwrap_or_default();
    let wanted = match &types[..] {
        [only] => *only,
        [] => match held.first() {
            Some(first) => type_of(first),
            None => return Kind::Json,
        },
        _ => return Kind::Json,
    };
    let is_plain = |value: &Value| {
        value
            .as_text()
            .is_some_and(|text| !text.is_empty() && text.trim() == text && !text.contains(['\n', '\r']))
    };
    match (wanted, items) {
        ("string", _) if held.iter().all(is_plain) => Kind::Lines,
        ("integer" | "number", _)
            if held.iter().all(|value| matches!(type_of(value), "integer" | "number")) =>
        {
            Kind::Numbers
        }
        ("object", Some(items)) if held.iter().all(|value| value.as_object().is_some()) => Kind::List(items),
        (_, _) => Kind::Json,
    }
}

fn is_scalar(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Text(_) => true,
        Value::List(_) | Value::Object(_) => false,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Float(_) => "number",
        Value::Integer(_) => "integer",
        Value::List(_) => "array",
        Value::Null => "null",
        Value::Object(_) => "object",
        Value::Text(_) => "string",
    }
}

fn fits(wanted: &str, found: &str) -> bool {
    wanted == found || matches!((wanted, found), ("number", "integer") | ("integer", "number"))
}

/// Characters on a button.
const LONGEST_BUTTON: usize = 16;
/// Characters that are typed on one line.
const LONGEST_LINE: usize = 90;
/// Bytes of a text that is typed in a form at all.
const LONGEST_TEXT: usize = 50_000;
const MOST_BUTTONS: usize = 3;
const MOST_TICKS: usize = 40;
