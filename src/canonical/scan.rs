//! The client's way in: entries of a changeset, read in one pass and kept as the bytes they came as where those are
//! canonical already. Publishers send them so; a proxy may have spelled them otherwise.

use std::{borrow::Cow, str};

use super::{door::record, write::is_exact};
use crate::types::{JsonError, JsonLimits, Nul, Reader, Value};

/// A record or tombstone of a changeset, as far as `statement` §5, 5 looks at it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry<'a> {
    /// The canonical bytes, `last_modified` included: borrowed if the entry came as these. `None` if it has no canonical
    /// form (a float, an integer beyond ±(2^53−1), `-0`), or is spelled otherwise and longer than [`Entry::MAX_RESPELLED`].
    pub canonical: Option<Cow<'a, [u8]>>,
    /// Whether it is a tombstone.
    pub deleted: Deleted,
    /// The `id`, if it is a text.
    pub id: Option<Cow<'a, str>>,
    /// The `last_modified`, if it is an integer within ±(2^53−1).
    pub last_modified: Option<i64>,
}

/// What an entry's `deleted` says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deleted {
    /// There is none: a record.
    No,
    /// Something else than `true`: neither record nor tombstone.
    Other,
    /// `true`: a tombstone.
    Yes,
}

impl<'a> Entry<'a> {
    /// The longest entry, in bytes, that is read in another spelling than the canonical one: as values it takes sixteen
    /// times as much memory, and whoever stands on the way could send it. Canonical entries may have any length.
    pub const MAX_RESPELLED: usize = 8 * 1024 * 1024;

    /// Reads the entry that comes next, as strictly as [`Value::parse`].
    ///
    /// An error is for what is no JSON, and for another value than an object. What else is wrong with the entry shows in
    /// its members.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let (rest, limits) = reader.rest();
        let mut scan = Scan { rest, nul: limits.nul };
        if let Some(entry) = scan.entry(limits.depth) {
            reader.step_over(rest.len() - scan.rest.len());
            return Ok(entry);
        }
        if rest.len() > Self::MAX_RESPELLED {
            let mut ahead = reader.clone();
            ahead.skip()?;
            if ahead.offset() - reader.offset() > Self::MAX_RESPELLED {
                return Self::read_members(reader);
            }
        }
        let object = reader.whole_object_as_spelled()?;
        Ok(Self {
            canonical: record(&object).ok().map(Cow::Owned),
            deleted: match object.get("deleted") {
                None => Deleted::No,
                Some(Value::Bool(true)) => Deleted::Yes,
                Some(_) => Deleted::Other,
            },
            id: object.get("id").and_then(Value::as_text).map(|id| Cow::Owned(id.to_owned())),
            last_modified: object.get("last_modified").and_then(exact_integer),
        })
    }

    /// The members that count, without a value for the others.
    fn read_members(reader: &mut Reader<'a>) -> Result<Self, JsonError> {
        let mut entry = Self { canonical: None, deleted: Deleted::No, id: None, last_modified: None };
        reader.object(|reader, name| {
            match (name, reader.peek_type()) {
                ("id", Some(b'"')) => {
                    entry.id = reader.value()?.as_text().map(|id| Cow::Owned(id.to_owned()));
                }
                ("last_modified", Some(b'-' | b'0'..=b'9')) => {
                    entry.last_modified = exact_integer(&reader.value()?);
                }
                ("deleted", Some(b't')) => {
                    reader.skip()?;
                    entry.deleted = Deleted::Yes;
                }
                ("deleted", _) => {
                    reader.skip()?;
                    entry.deleted = Deleted::Other;
                }
                _ => reader.skip()?,
            }
            Ok::<(), JsonError>(())
        })?;
        Ok(entry)
    }
}

fn exact_integer(value: &Value) -> Option<i64> {
    value.as_integer().filter(|integer| is_exact(*integer)).and_then(|integer| i64::try_from(integer).ok())
}

/// Goes through bytes as long as they are canonical by the statement's rule; anything else is left to the reader.
///
/// Every method returns `None` at the first byte that could not be in such a text, and steps over what it knows.
struct Scan<'a> {
    rest: &'a [u8],
    nul: Nul,
}

impl<'a> Scan<'a> {
    fn entry(&mut self, depth: usize) -> Option<Entry<'a>> {
        let whole = self.rest;
        let mut entry = Entry { canonical: None, deleted: Deleted::No, id: None, last_modified: None };
        self.object(depth, |scan, name, depth| {
            let value = scan.rest;
            match name.raw {
                b"id" if value.first() == Some(&b'"') => entry.id = Some(scan.text()?.decoded()?),
                b"last_modified" if matches!(value.first(), Some(b'-' | b'0'..=b'9')) => {
                    entry.last_modified = Some(scan.integer()?);
                }
                b"deleted" => {
                    scan.value(depth)?;
                    entry.deleted = if value.starts_with(b"true") { Deleted::Yes } else { Deleted::Other };
                }
                _ => scan.value(depth)?,
            }
            Some(())
        })?;
        entry.canonical = whole.get(..whole.len() - self.rest.len()).map(Cow::Borrowed);
        Some(entry)
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.rest.first()? {
            b'"' => self.text().map(drop),
            b'-' | b'0'..=b'9' => self.integer().map(drop),
            b'{' => self.object(depth, |scan, _, depth| scan.value(depth)),
            b'[' => self.list(depth),
            b't' => self.take(b"true"),
            b'f' => self.take(b"false"),
            b'n' => self.take(b"null"),
            _ => None,
        }
    }

    /// `member` is called at each value. Names have to go up: then none comes twice.
    fn object(
        &mut self,
        depth: usize,
        mut member: impl FnMut(&mut Self, &Text<'a>, usize) -> Option<()>,
    ) -> Option<()> {
        let inner = depth.checked_sub(1)?;
        self.take(b"{")?;
        if self.take(b"}").is_some() {
            return Some(());
        }
        let mut before: Option<Text<'a>> = None;
        loop {
            let name = self.text()?;
            if let Some(before) = before
                && !before.is_below(&name)?
            {
                return None;
            }
            self.take(b":")?;
            member(self, &name, inner)?;
            before = Some(name);
            match self.next()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        let inner = depth.checked_sub(1)?;
        self.take(b"[")?;
        if self.take(b"]").is_some() {
            return Some(());
        }
        loop {
            self.value(inner)?;
            match self.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn text(&mut self) -> Option<Text<'a>> {
        self.take(b"\"")?;
        let whole = self.rest;
        let mut has_escapes = false;
        loop {
            self.skip(plain_length(self.rest));
            match self.next()? {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return None,
            }
            has_escapes = true;
        }
        let length = whole.len() - self.rest.len() - 1;
        Some(Text { raw: whole.get(..length)?, has_escapes })
    }

    /// An escape as it has to be spelled, after its backslash.
    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => match self.code_unit()? {
                0 if self.nul == Nul::Refused => None,
                // These are spelled in a shorter way.
                0x08..=0x0a | 0x0c | 0x0d | 0x20..=0x7e | 0xdc00..=0xdfff => None,
                0xd800..=0xdbff => {
                    self.take(b"\\u")?;
                    matches!(self.code_unit()?, 0xdc00..=0xdfff).then_some(())
                }
                _ => Some(()),
            },
            _ => None,
        }
    }

    fn code_unit(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_first_chunk::<4>()?;
        self.rest = rest;
        digits.iter().try_fold(0, |unit, digit| {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            Some((unit << 4) | u32::from(value))
        })
    }

    /// An integer within ±(2^53−1); floats and `-0` are left to the reader.
    fn integer(&mut self) -> Option<i64> {
        let is_negative = self.take(b"-").is_some();
        let first = *self.rest.first()?;
        let mut magnitude = 0_i64;
        let mut digits = 0;
        while let Some(digit @ b'0'..=b'9') = self.rest.first() {
            magnitude = magnitude.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
            digits += 1;
            self.skip(1);
        }
        let is_spelled_so = match first {
            b'0' => digits == 1 && !is_negative,
            _ => digits > 0 && !matches!(self.rest.first(), Some(b'.' | b'e' | b'E')),
        };
        (is_spelled_so && is_exact(i128::from(magnitude))).then_some(if is_negative {
            -magnitude
        } else {
            magnitude
        })
    }

    fn take(&mut self, bytes: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(bytes)?;
        Some(())
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }
}

/// A text as it stands between its quotation marks, in canonical spelling.
#[derive(Clone, Copy, Debug)]
struct Text<'a> {
    raw: &'a [u8],
    has_escapes: bool,
}

impl<'a> Text<'a> {
    /// By code points. Without escapes these are the bytes.
    fn is_below(&self, other: &Self) -> Option<bool> {
        let is_plain = !self.has_escapes && !other.has_escapes;
        Some(if is_plain { self.raw < other.raw } else { self.decoded()? < other.decoded()? })
    }

    fn decoded(&self) -> Option<Cow<'a, str>> {
        if !self.has_escapes {
            return str::from_utf8(self.raw).ok().map(Cow::Borrowed);
        }
        let quoted = [b"\"", self.raw, b"\""].concat();
        match Value::parse(&quoted, JsonLimits { depth: 0, nul: Nul::Accepted }) {
            Ok(Value::Text(text)) => Some(Cow::Owned(text)),
            _ => None,
        }
    }
}

/// How many bytes from the beginning stand for themselves in a canonical text: from space to `~`, no quotation mark, no
/// backslash.
fn plain_length(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    let mut length = 0;
    while let Some((eight, after)) = rest.split_first_chunk::<8>() {
        let special = special_bits(u64::from_le_bytes(*eight));
        if special != 0 {
            return length + usize::try_from(special.trailing_zeros() / 8).unwrap_or_default();
        }
        length += 8;
        rest = after;
    }
    let is_special = |byte: &u8| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\');
    length + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// The highest bit of each of eight bytes that does not stand for itself. Bytes above the lowest such may be marked
/// without need: additions and subtractions carry upwards.
fn special_bits(eight: u64) -> u64 {
    let each = |byte: u8| u64::from_ne_bytes([byte; 8]);
    let is_zero = |word: u64| word.wrapping_sub(each(1)) & !word;
    let quote = is_zero(eight ^ each(b'"'));
    let backslash = is_zero(eight ^ each(b'\\'));
    let below_space = eight.wrapping_sub(each(b' ')) & !eight;
    let above_tilde = eight.wrapping_add(each(1)) | eight;
    (quote | backslash | below_space | above_tilde) & each(0x80)
}
