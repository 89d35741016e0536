//! What may be hashed and signed: each rule with the JSON pointer of what breaks it.

use super::write::{is_exact, object_to_bytes, write, write_text};
use crate::types::{Content, Object, Sha256Digest, Value, push_index, push_name};

/// The content of a record of a collection that is, or will be, signed.
///
/// `last_modified` is left out, and `attachment` where it is `null` (`remote-settings` §11, 16). Refused is what the
/// implementations in the field spell or order differently, since a signature over it is one that some client cannot
/// verify (`remote-settings` §3.2): see [`RefusalReason`].
pub fn content(record: &Object) -> Result<Content, Refusal> {
    if record.has("deleted") {
        return Err(Refusal::at(&[Step::Name("deleted")], RefusalReason::Deleted));
    }
    check_object(record, Rule::EveryImplementation, &mut Vec::new())?;
    split_content(record, |name, value| !(name == "attachment" && *value == Value::Null))
}

/// The content of a record of a collection that is never signed: as it is, without `last_modified`.
///
/// Only the `id` can be refused.
pub fn plain_content(record: &Object) -> Result<Content, Refusal> {
    split_content(record, |_, _| true)
}

/// The canonical bytes of a record by the statement's rule (`statement` §1), as a client hashes them: no floats, and no
/// integers beyond ±(2^53−1). All members count.
pub fn record(record: &Object) -> Result<Vec<u8>, Refusal> {
    check_object(record, Rule::Statement, &mut Vec::new())?;
    Ok(object_to_bytes(record))
}

/// SHA-256 of the content without its member `schema`: two versions of a record are the same when theirs is
/// (`remote-settings` §2.9).
pub fn equality_digest(content: &Content) -> Sha256Digest {
    let bytes = content.as_bytes();
    // Never the first member, since `id` comes before it.
    let is_schema = |comma: &usize| bytes.get(*comma..).is_some_and(|rest| rest.starts_with(b",\"schema\":"));
    let mut boundaries = boundaries(bytes).skip_while(|offset| !is_schema(offset));
    let (start, end) = boundaries.next().zip(boundaries.next()).unwrap_or((bytes.len(), bytes.len()));
    Sha256Digest::of_parts(&[bytes.get(..start).unwrap_or(bytes), bytes.get(end..).unwrap_or_default()])
}

/// Why an object has no canonical form that may be signed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{pointer}: {reason}")]
pub struct Refusal {
    /// JSON pointer (RFC 6901) of what is refused.
    pub pointer: String,
    /// Which rule it breaks.
    pub reason: RefusalReason,
}

impl Refusal {
    fn at(path: &[Step<'_>], reason: RefusalReason) -> Self {
        let mut pointer = String::new();
        for step in path {
            match step {
                Step::Index(index) => push_index(&mut pointer, *index),
                Step::Name(name) => push_name(&mut pointer, name),
            }
        }
        Self { pointer, reason }
    }
}

/// The rules.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RefusalReason {
    /// A member `deleted`: it is kept for tombstones.
    #[error("the member deleted is reserved for deleted records")]
    Deleted,
    /// A number with fraction or exponent, or one too large for any integer type: spelled differently everywhere.
    #[error("numbers with fraction or exponent cannot be signed")]
    Float,
    /// No `id`, or one that is no text.
    #[error("a record needs an id that is a text")]
    Id,
    /// An integer beyond ±(2^53−1): JavaScript reads another one.
    #[error("integers beyond 9007199254740991 cannot be signed")]
    IntegerRange,
    /// A name with a character beyond U+FFFF, beside another name with one from U+E000 to U+FFFF: JavaScript orders them
    /// by UTF-16 units, all others by code points.
    #[error(
        "names with characters beyond U+FFFF cannot be signed beside names with characters from U+E000 to U+FFFF"
    )]
    NameOrder,
    /// A member `toJSON`: JavaScript takes it for a method.
    #[error("the member toJSON cannot be signed")]
    ToJson,
}

/// How strict [`check_object`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Rule {
    /// All implementations in the field have to agree.
    EveryImplementation,
    /// Canonical form as the statement defines it.
    Statement,
}

/// A step from the record to the value being checked.
#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Index(usize),
    Name(&'a str),
}

fn check_object<'a>(object: &'a Object, rule: Rule, path: &mut Vec<Step<'a>>) -> Result<(), Refusal> {
    if rule == Rule::EveryImplementation
        && let Some(name) = disordered_name(object)
    {
        path.push(Step::Name(name));
        return Err(Refusal::at(path, RefusalReason::NameOrder));
    }
    for (name, value) in object.iter() {
        path.push(Step::Name(name));
        if rule == Rule::EveryImplementation && name == "toJSON" {
            return Err(Refusal::at(path, RefusalReason::ToJson));
        }
        check(value, rule, path)?;
        path.pop();
    }
    Ok(())
}

fn check<'a>(value: &'a Value, rule: Rule, path: &mut Vec<Step<'a>>) -> Result<(), Refusal> {
    match value {
        Value::Bool(_) | Value::Null | Value::Text(_) => Ok(()),
        Value::Float(_) => Err(Refusal::at(path, RefusalReason::Float)),
        Value::Integer(integer) if is_exact(*integer) => Ok(()),
        Value::Integer(_) => Err(Refusal::at(path, RefusalReason::IntegerRange)),
        Value::List(list) => {
            for (index, item) in list.iter().enumerate() {
                path.push(Step::Index(index));
                check(item, rule, path)?;
                path.pop();
            }
            Ok(())
        }
        Value::Object(object) => check_object(object, rule, path),
    }
}

/// A name beyond U+FFFF, if another name of the object has a character that UTF-16 puts before it and UTF-8 after.
fn disordered_name(object: &Object) -> Option<&str> {
    let is_astral = |name: &str| name.chars().any(|character| character > '\u{ffff}');
    let is_high = |name: &str| name.chars().any(|character| ('\u{e000}'..='\u{ffff}').contains(&character));
    let names = || object.iter().map(|(name, _)| name);
    // Of two high names at least one is another than the astral one.
    let high: Vec<&str> = names().filter(|name| is_high(name)).take(2).collect();
    if high.is_empty() {
        return None;
    }
    names().find(|name| is_astral(name) && high.iter().any(|other| other != name))
}

/// Writes the kept members but `last_modified`, and notes where that goes.
fn split_content(record: &Object, keep: impl Fn(&str, &Value) -> bool) -> Result<Content, Refusal> {
    if record.get("id").and_then(Value::as_text).is_none() {
        return Err(Refusal::at(&[Step::Name("id")], RefusalReason::Id));
    }
    let mut out = vec![b'{'];
    let mut splice = None;
    for (name, value) in record.iter().filter(|(name, value)| *name != LAST_MODIFIED && keep(name, value)) {
        if name > LAST_MODIFIED && splice.is_none() {
            splice = Some(out.len());
        }
        if out.len() > 1 {
            out.push(b',');
        }
        write_text(name, &mut out);
        out.push(b':');
        write(value, &mut out);
    }
    let splice = splice.unwrap_or(out.len());
    out.push(b'}');
    Ok(Content::from_parts(out.into_boxed_slice(), splice))
}

/// Offsets of the commas between an object's members, and of its closing brace, in canonical bytes.
fn boundaries(object: &[u8]) -> impl Iterator<Item = usize> {
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut escaped = false;
    object.iter().enumerate().filter_map(move |(offset, byte)| {
        if in_text {
            in_text = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            return None;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0 || (depth == 1 && *byte == b',')).then_some(offset)
    })
}

const LAST_MODIFIED: &str = "last_modified";
