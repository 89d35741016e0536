//! The search of the pages: words that a record's values have.

use super::raw::any_value;
use crate::types::{JsonLimits, Nul, Value};

/// Words, each of which some value of a record has in it, whatever its case. Names of members are not searched.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Search {
    words: Vec<Word>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Word {
    /// Whether canonical bytes spell it as it is, but for its case.
    is_plain: bool,
    lower: String,
}

impl Search {
    /// The words of what somebody typed; with none everything is found.
    pub fn parse(typed: &str) -> Self {
        let words = typed.split_whitespace().take(MOST_WORDS).map(|word| {
            let is_plain = word.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
            Word { is_plain, lower: word.to_lowercase() }
        });
        Self { words: words.collect() }
    }

    /// Whether everything is found.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether the canonical bytes of a record have all words among their values.
    pub fn finds(&self, content: &[u8]) -> bool {
        self.words.iter().all(|word| word.is_in(content))
    }
}

impl Word {
    fn is_in(&self, content: &[u8]) -> bool {
        // Most records are done with after one quick pass: what is nowhere in the bytes is in no value.
        let may_be = if self.is_plain { has(content, self.lower.as_bytes()) } else { false };
        let is_escaped = content.contains(&b'\\');
        (may_be || is_escaped) && any_value(content, |value| self.is_in_value(value))
    }

    fn is_in_value(&self, value: &[u8]) -> bool {
        if value.first() == Some(&b'"') && value.contains(&b'\\') {
            let limits = JsonLimits { depth: 1, nul: Nul::Accepted };
            return match Value::parse(value, limits) {
                Ok(Value::Text(text)) => text.to_lowercase().contains(&self.lower),
                Ok(_) | Err(_) => false,
            };
        }
        let inner = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value);
        self.is_plain && has(inner, self.lower.as_bytes())
    }
}

/// Whether the bytes have the word in them, capital letters of ASCII counting as small ones.
fn has(bytes: &[u8], word: &[u8]) -> bool {
    let Some((first, others)) = word.split_first() else { return true };
    let capital = first.to_ascii_uppercase();
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first || *byte == capital) {
        let Some((_, after)) = rest.split_at_checked(at + 1) else { return false };
        if after.get(..others.len()).is_some_and(|here| here.eq_ignore_ascii_case(others)) {
            return true;
        }
        rest = after;
    }
    false
}

const MOST_WORDS: usize = 8;
