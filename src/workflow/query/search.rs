//! The search of the pages: words that a record's values have.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{Field, raw::any_value};
use crate::types::{JsonLimits, Nul, Object, RecordRef, Value};

/// Words, each of which some value of a record has in it, whatever its case. Names of members are not searched.
///
/// People search for what they see, and a page shows what bytes in base64 read as: so where the schema says that a field is
/// such, its bytes are searched as well, for the word and for the word as `06:0d:5b`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Search {
    encoded: Vec<Field>,
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
        Self { encoded: Vec::new(), words: words.collect() }
    }

    /// Looks into the bytes of the fields that this JSON Schema says are base64, too.
    #[must_use]
    pub fn within(mut self, schema: &Object) -> Self {
        if !self.is_empty() {
            encoded(schema, "", 0, &mut self.encoded);
        }
        self
    }

    /// Whether everything is found.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a stored record has all words among its values.
    pub fn finds(&self, record: RecordRef<'_>) -> bool {
        let mut decoded: Option<Vec<Vec<u8>>> = None;
        self.words.iter().all(|word| {
            word.is_in(record.content)
                || decoded
                    .get_or_insert_with(|| self.decoded(record))
                    .iter()
                    .any(|bytes| word.is_in_bytes(bytes))
        })
    }

    fn decoded(&self, record: RecordRef<'_>) -> Vec<Vec<u8>> {
        let values = self.encoded.iter().filter_map(|field| field.of_record(record));
        values.filter_map(|value| STANDARD.decode(value.as_text()?).ok()).collect()
    }
}

/// The fields that a schema says are base64.
fn encoded(schema: &Object, path: &str, depth: usize, found: &mut Vec<Field>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, own) in properties.into_iter().flat_map(Object::iter) {
        let Some(own) = own.as_object() else { continue };
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        if own.get("contentEncoding").and_then(Value::as_text) == Some("base64") && found.len() < MOST_ENCODED
        {
            found.push(Field::new(&path));
        } else if depth < DEEPEST {
            encoded(own, &path, depth + 1, found);
        }
    }
}

impl Word {
    fn is_in(&self, content: &[u8]) -> bool {
        // Most records are done with after one quick pass: what is nowhere in the bytes is in no value.
        let may_be = if self.is_plain { has(content, self.lower.as_bytes()) } else { false };
        let is_escaped = content.contains(&b'\\');
        (may_be || is_escaped) && any_value(content, |value| self.is_in_value(value))
    }

    /// As a page shows bytes: `CN=Some`, `06:0d`.
    fn is_in_bytes(&self, bytes: &[u8]) -> bool {
        let digits = self.lower.trim_end_matches(',');
        let is_hex =
            digits.contains(':') && digits.bytes().all(|byte| byte == b':' || byte.is_ascii_hexdigit());
        if is_hex {
            let spelled: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            return spelled.join(":").contains(digits);
        }
        let word = digits.rsplit('=').next().unwrap_or(digits);
        !word.is_empty() && has(bytes, word.as_bytes())
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

const DEEPEST: usize = 3;
const MOST_ENCODED: usize = 12;
const MOST_WORDS: usize = 8;
