//! One value on one line.

use maud::{Markup, html};

use super::view::{Column, Values, values};
use crate::{
    types::Value,
    ui::parts,
    workflow::table::{Row, State},
};

/// What a record is called in this table, for who hears it.
pub(super) fn name(row: &Row, columns: &[Column]) -> String {
    let first = columns.first().and_then(|column| Some((column, column.field.of(row.state.shown())?)));
    if let Some(read) = first.and_then(|(column, value)| read(value, column)) {
        return parts::plain(&cut(&read));
    }
    let text = first.and_then(|(_, value)| value.as_text()).filter(|text| !text.trim().is_empty());
    parts::plain(&cut(text.unwrap_or(row.id.as_str())))
}

/// The cell that leads to the record: without a value it shows the id.
pub(super) fn first(row: &Row, column: &Column) -> Markup {
    match values(row, column) {
        Values::One(None) => parts::mono(&shortened(row.id.as_str())),
        Values::One(Some(Value::Text(text))) if text.trim().is_empty() => {
            parts::mono(&shortened(row.id.as_str()))
        }
        Values::One(Some(Value::Text(text))) if column.field.name() == "id" => parts::mono(text),
        Values::Changed { .. } | Values::One(Some(_)) => value(row, column),
    }
}

/// The value; where another one is published, that one before it.
pub(super) fn value(row: &Row, column: &Column) -> Markup {
    let is_removed = matches!(row.state, State::Removed(_));
    html! {
        @match values(row, column) {
            Values::Changed { after, before } => {
                span.cell-both {
                    @if before.is_some() { del { (one(before, column)) } " " }
                    @if after.is_some() { ins { (one(after, column)) } }
                }
            }
            Values::One(shown) if is_removed => s { (one(shown, column)) },
            Values::One(shown) => (one(shown, column)),
        }
    }
}

/// Whether a cell of this row shows what its value reads as.
pub(super) fn reads(row: &Row, column: &Column) -> bool {
    column.field.of(row.state.shown()).is_some_and(|value| read(value, column).is_some())
}

fn read(value: &Value, column: &Column) -> Option<String> {
    parts::reads_as(value, |keyword| column.schema.get(keyword).and_then(Value::as_text))
}

fn one(value: Option<&Value>, column: &Column) -> Markup {
    let Some(value) = value else { return html! { span.faint { "–" } } };
    if let Some(read) = read(value, column) {
        return html! { span title=(whole(value)) { (parts::text(&cut(&read))) } };
    }
    match value {
        Value::Text(text) if text.is_empty() => html! { span.faint { "empty" } },
        Value::Text(text) if is_address(text) => {
            html! { span title=(parts::plain(text)) { (parts::mono(&end_of(text))) } }
        }
        Value::Text(text) if is_machine(text) => {
            html! { span title=(whole(value)) { (parts::mono(&shortened(text))) } }
        }
        Value::Text(text) => {
            html! { span title=[is_long(text).then(|| whole(value))] { (parts::text(&cut(text))) } }
        }
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null => {
            parts::mono(&parts::json(value))
        }
        Value::List(_) | Value::Object(_) => {
            html! { span title=(whole(value)) { (parts::mono(&cut(&parts::json(value)))) } }
        }
    }
}

/// On hover, as far as it is looked at.
fn whole(value: &Value) -> String {
    let text = value.as_text().map_or_else(|| parts::json(value), str::to_owned);
    parts::plain(&text.chars().take(LONGEST_HOVER).collect::<String>())
}

fn is_long(text: &str) -> bool {
    text.len() > SHORT
}

/// The beginning of a text.
fn cut(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < text.trim_end().len() {
        short.push('…');
    }
    short
}

/// Whether a text is one long word with digits or signs in it: a key, a hash, base64.
fn is_machine(text: &str) -> bool {
    text.len() > 8
        && !text.contains(char::is_whitespace)
        && text.contains(|character: char| character.is_ascii_digit() || "=+/_{".contains(character))
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") && text.len() > SHORT && !text.contains(char::is_whitespace)
}

/// The end of an address tells one from another.
fn end_of(text: &str) -> String {
    let characters = text.chars().count();
    let end: String = text.chars().skip(characters.saturating_sub(END_OF_ADDRESS)).collect();
    format!("…{end}")
}

/// The first and last characters of a word that is long.
fn shortened(text: &str) -> String {
    let characters = text.chars().count();
    if characters <= LONGEST_WORD {
        return text.to_owned();
    }
    let first: String = text.chars().take(LONGEST_WORD - 9).collect();
    let last: String = text.chars().skip(characters - 8).collect();
    format!("{first}…{last}")
}

const END_OF_ADDRESS: usize = 24;
const LONGEST: usize = 120;
const LONGEST_HOVER: usize = 600;
const LONGEST_WORD: usize = 36;
const SHORT: usize = 40;
