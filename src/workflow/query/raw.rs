//! Looks into canonical bytes: where a value is, which values there are. Nothing is decoded that is not asked for.
//!
//! Canonical bytes have no white space, so a text that is followed by a colon is a name. What is no canonical JSON gives no
//! value, or a part of one, and never a panic.

use crate::{
    canonical,
    types::{JsonLimits, Nul, Object, RecordRef, Value},
};

/// A field as filters, sorting and columns name it: `title`, `details.bug`.
///
/// Dots walk into objects; a member whose own name has the dots is found first. There is no way into lists.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    name: String,
    /// For each segment the names that may begin there, the longest first.
    steps: Vec<Vec<Step>>,
}

/// A name that one segment or several together make.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Step {
    name: String,
    /// The segment after it.
    next: usize,
    /// The name as canonical bytes spell it.
    spelled: Vec<u8>,
}

impl Field {
    /// Of that name.
    pub fn new(name: &str) -> Self {
        let segments: Vec<&str> = name.splitn(MOST_SEGMENTS, '.').collect();
        let steps = (0..segments.len())
            .map(|first| {
                let ends = (first + 1..=segments.len()).rev();
                ends.filter_map(|next| Some(Step::new(segments.get(first..next)?.join("."), next))).collect()
            })
            .collect();
        Self { name: name.to_owned(), steps }
    }

    /// The name as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value in an object.
    pub fn of<'a>(&self, object: &'a Object) -> Option<&'a Value> {
        self.walk(object, 0)
    }

    /// The value in a stored record. Its time is a field of it, too.
    pub fn of_record(&self, record: RecordRef<'_>) -> Option<Value> {
        if self.is_time() {
            return Some(Value::from(record.last_modified.as_millis()));
        }
        self.walk_bytes(record.content, 0).and_then(parse)
    }

    /// Whether it is the time at which a record was last written.
    pub fn is_time(&self) -> bool {
        self.name == "last_modified"
    }

    fn walk<'a>(&self, object: &'a Object, from: usize) -> Option<&'a Value> {
        self.steps.get(from)?.iter().find_map(|step| {
            let value = object.get(&step.name)?;
            if step.next == self.steps.len() { Some(value) } else { self.walk(value.as_object()?, step.next) }
        })
    }

    fn walk_bytes<'a>(&self, object: &'a [u8], from: usize) -> Option<&'a [u8]> {
        self.steps.get(from)?.iter().find_map(|step| {
            let value = member(object, &step.spelled)?;
            if step.next == self.steps.len() { Some(value) } else { self.walk_bytes(value, step.next) }
        })
    }
}

impl Step {
    fn new(name: String, next: usize) -> Self {
        let mut spelled = Vec::new();
        canonical::write_text(&name, &mut spelled);
        Self { name, next, spelled }
    }
}

/// Visits the values that hold no others, as their bytes: a text in its quotation marks, a number, `true`. Names are not
/// visited. `true` of the visitor ends it, and is the answer.
pub(super) fn any_value(bytes: &[u8], mut visitor: impl FnMut(&[u8]) -> bool) -> bool {
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let length = match first {
            b'"' => text_length(rest),
            b'{' | b'}' | b'[' | b']' | b',' | b':' => {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            _ => scalar_length(rest),
        };
        let (value, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        if after.first() != Some(&b':') && visitor(value) {
            return true;
        }
        rest = after;
    }
    false
}

/// The value of a member of an object, by its name in quotation marks.
fn member<'a>(object: &'a [u8], spelled: &[u8]) -> Option<&'a [u8]> {
    let mut rest = object.strip_prefix(b"{")?;
    while rest.first() == Some(&b'"') {
        let (name, after) = rest.split_at_checked(text_length(rest))?;
        let value = after.strip_prefix(b":")?;
        let length = value_length(value);
        if name == spelled {
            return value.get(..length);
        }
        rest = value.get(length..)?.strip_prefix(b",")?;
    }
    None
}

/// A value out of stored bytes: as deep as it goes.
fn parse(bytes: &[u8]) -> Option<Value> {
    Value::parse(bytes, JsonLimits { depth: JsonLimits::MAX_DEPTH, nul: Nul::Accepted }).ok()
}

fn value_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'"') => text_length(bytes),
        Some(b'{' | b'[') => nested_length(bytes),
        Some(_) | None => scalar_length(bytes),
    }
}

fn nested_length(bytes: &[u8]) -> usize {
    let (mut at, mut depth) = (0_usize, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += text_length(bytes.get(at..).unwrap_or_default());
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 1 => return at + 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    at
}

/// With both quotation marks.
fn text_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn scalar_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| matches!(byte, b',' | b'}' | b']')).unwrap_or(bytes.len()).max(1)
}

/// More dots than that are part of the last name.
const MOST_SEGMENTS: usize = 12;
