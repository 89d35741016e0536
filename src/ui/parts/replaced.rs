//! A value, and what came in its place.

use maud::{Markup, html};

use super::{
    Extent, text, value,
    value::{Place, is_prose, json, pieces, same_piece},
};
use crate::{
    types::Value,
    workflow::compare::{self, Piece},
};

/// One value and what came in its place; of long texts, the words.
pub(super) fn changed(before: &Value, after: &Value, extent: Extent) -> Markup {
    if let (Value::Text(before), Value::Text(after)) = (before, after)
        && (is_prose(before) || is_prose(after) || before.len().max(after.len()) > LONGEST_WORD)
        && let Some(pieces) = compare::words(before, after)
    {
        return words(&pieces, extent, is_prose(after));
    }
    let is_short = is_short(before) && is_short(after);
    html! {
        @if is_short {
            del { (value(before, extent)) } span.diff-arrow aria-hidden="true" { " → " } ins { (value(after, extent)) }
        } @else {
            div { del { (value(before, extent)) } }
            div { ins { (value(after, extent)) } }
        }
    }
}

fn words(all: &[Piece<'_>], extent: Extent, prose: bool) -> Markup {
    let last = all.len().saturating_sub(1);
    html! {
        span.lines.mono[!prose] dir="auto" {
            @for (index, piece) in all.iter().enumerate() {
                @match piece {
                    Piece::Added(said) => ins { (pieces(said, extent, text)) },
                    Piece::Removed(said) => del { (pieces(said, extent, text)) },
                    Piece::Same(said) => (same_piece(said, extent, place(index, last))),
                }
            }
        }
    }
}

fn place(index: usize, last: usize) -> Place {
    match index {
        0 => Place::First,
        index if index == last => Place::Last,
        _ => Place::Between,
    }
}

fn is_short(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null => true,
        Value::Text(text) => text.len() <= LONGEST_WORD,
        Value::List(_) | Value::Object(_) => json(value).len() <= LONGEST_WORD,
    }
}

/// Bytes of values that stand side by side.
const LONGEST_WORD: usize = 60;
