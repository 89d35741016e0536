//! The answer of the service, read in one pass: what it is, what it carries, and its records as ranges of the body.
//!
//! Records that came as canonical text, as publishers send them, stay where they are in the body; the body becomes the
//! memory that holds them. Only what somebody spelled otherwise on the way is written anew, beside it.

use std::borrow::Cow;

use super::refusal::{EntryFault, Malformed};
use crate::canonical::{Deleted, Entry};
use crate::signing::{Key, Leaf, SignatureEntry};
use crate::types::{JsonLimits, Nul, Reader, Sha256Digest, Value};

/// A changeset whose form is right; nothing in it is verified.
#[derive(Debug)]
pub(super) struct Changeset {
    /// The member `countersign` of the metadata.
    pub(super) carried: Option<Carried>,
    /// The content signatures of the metadata.
    pub(super) content_signatures: Vec<SignatureEntry>,
    /// The records and tombstones.
    pub(super) entries: Entries,
    /// As it came: may be negative.
    pub(super) timestamp: i64,
}

/// A statement's text and its signatures, as carried in the metadata.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Carried {
    pub(super) signatures: Vec<SignatureEntry>,
    pub(super) text: String,
}

/// Records and tombstones of a changeset, hashed, and the bytes they are in.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// The first thing that is wrong with an entry: told only when the entries count (`statement` §5, step 5).
    pub(super) fault: Option<Malformed>,
    /// By ranges of their keys: the parts can be sorted and put into the tree one after the other.
    pub(super) parts: Vec<Vec<Hashed>>,
    /// The whole answer.
    pub(super) body: Vec<u8>,
    /// Canonical bytes of what came in another spelling.
    pub(super) respelled: Vec<u8>,
}

/// An entry by its key; tombstones have no record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hashed {
    pub(super) key: Key,
    pub(super) record: Option<Placed>,
}

/// A record's leaf and where its canonical bytes are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) leaf: Leaf,
    pub(super) length: u32,
    pub(super) place: Place,
    pub(super) start: u32,
}

/// In which bytes a record is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Body,
    Respelled,
}

impl Changeset {
    /// Reads a body of at most 4 GiB.
    ///
    /// An error is what `statement` §5 calls malformed in its step 1. What is wrong with single entries waits in
    /// [`Entries::fault`].
    pub(super) fn parse(body: Vec<u8>) -> Result<Self, Malformed> {
        let mut metadata = None;
        let mut timestamp = None;
        let mut changes = None;
        let mut reader = Reader::new(&body, LIMITS);
        let mut members = 0;
        reader.object(|reader, name| {
            count_member(&mut members)?;
            match name {
                "metadata" => metadata = Some(Metadata::read(reader)?),
                "timestamp" => timestamp = Some(read_timestamp(reader)?),
                "changes" => changes = Some(read_entries(reader, body.len())?),
                _ => reader.skip()?,
            }
            Ok::<(), Malformed>(())
        })?;
        reader.end()?;
        let metadata = metadata.ok_or(Malformed::Member("metadata"))?;
        let timestamp = timestamp.ok_or(Malformed::Member("timestamp"))?;
        let entries = changes.ok_or(Malformed::Member("changes"))?;
        Ok(Self {
            carried: metadata.carried,
            content_signatures: metadata.content_signatures,
            entries: Entries { body, ..entries },
            timestamp,
        })
    }
}

/// What a client looks at in the metadata. Nothing else there is signed, and nothing of it is handed out.
#[derive(Debug, Default)]
struct Metadata {
    carried: Option<Carried>,
    content_signatures: Vec<SignatureEntry>,
}

impl Metadata {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        expect(reader, b'{', "metadata")?;
        let mut metadata = Self::default();
        let mut members = 0;
        reader.object(|reader, name| {
            count_member(&mut members)?;
            match name {
                "countersign" if reader.peek_type() == Some(b'n') => reader.skip()?,
                "countersign" => metadata.carried = Some(Carried::read(reader)?),
                "signatures" if reader.peek_type() == Some(b'[') => {
                    metadata.content_signatures = read_signatures(reader)?;
                }
                _ => reader.skip()?,
            }
            Ok::<(), Malformed>(())
        })?;
        Ok(metadata)
    }
}

impl Carried {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        expect(reader, b'{', "countersign")?;
        let mut text = None;
        let mut signatures = None;
        let mut members = 0;
        reader.object(|reader, name| {
            count_member(&mut members)?;
            match name {
                "statement" => {
                    expect(reader, b'"', "statement")?;
                    text = read_text(reader)?;
                }
                "signatures" => {
                    expect(reader, b'[', "signatures")?;
                    signatures = Some(read_signatures(reader)?);
                }
                _ => reader.skip()?,
            }
            Ok::<(), Malformed>(())
        })?;
        Ok(Self {
            signatures: signatures.ok_or(Malformed::Member("signatures"))?,
            text: text.ok_or(Malformed::Member("statement"))?,
        })
    }
}

/// Of the first eight entries those that are tried; of each only the three members that count.
fn read_signatures(reader: &mut Reader<'_>) -> Result<Vec<SignatureEntry>, Malformed> {
    let mut signatures = Vec::new();
    let mut index = 0;
    reader.list(|reader| {
        index += 1;
        if index > SignatureEntry::MAX_TRIED || reader.peek_type() != Some(b'{') {
            return reader.skip().map_err(Malformed::from);
        }
        let [mut mode, mut signature, mut x5u] = [None, None, None];
        let mut members = 0;
        reader.object(|reader, name| {
            count_member(&mut members)?;
            match name {
                "mode" => mode = read_text(reader)?,
                "signature" => signature = read_text(reader)?,
                "x5u" => x5u = read_text(reader)?,
                _ => reader.skip()?,
            }
            Ok::<(), Malformed>(())
        })?;
        if let (Some(mode), Some(signature), Some(x5u)) = (mode, signature, x5u) {
            let entry = SignatureEntry { mode, signature, x5u };
            signatures.extend(Some(entry).filter(SignatureEntry::is_tried));
        }
        Ok::<(), Malformed>(())
    })?;
    Ok(signatures)
}

/// A text; another value is stepped over.
fn read_text(reader: &mut Reader<'_>) -> Result<Option<String>, Malformed> {
    if reader.peek_type() != Some(b'"') {
        reader.skip()?;
        return Ok(None);
    }
    Ok(match reader.value()? {
        Value::Text(text) => Some(text),
        Value::Bool(_)
        | Value::Float(_)
        | Value::Integer(_)
        | Value::List(_)
        | Value::Null
        | Value::Object(_) => None,
    })
}

fn read_timestamp(reader: &mut Reader<'_>) -> Result<i64, Malformed> {
    let missing = Malformed::Member("timestamp");
    if !matches!(reader.peek_type(), Some(b'-' | b'0'..=b'9')) {
        return Err(missing);
    }
    let integer = reader.value()?.as_integer().and_then(|integer| i64::try_from(integer).ok());
    integer.filter(|integer| (-MAX_INTEGER..=MAX_INTEGER).contains(integer)).ok_or(missing)
}

fn read_entries(reader: &mut Reader<'_>, body_length: usize) -> Result<Entries, Malformed> {
    expect(reader, b'[', "changes")?;
    let mut entries = Entries {
        fault: None,
        parts: vec![Vec::new(); parts_for(body_length)],
        body: Vec::new(),
        respelled: Vec::new(),
    };
    let mut index = 0;
    reader.list(|reader| {
        expect(reader, b'{', "changes")?;
        // The reader stands at the entry now.
        let start = reader.offset();
        let entry = Entry::read(reader)?;
        if entries.fault.is_none()
            && let Err(fault) = entries.push(&entry, start)
        {
            entries.fault = Some(Malformed::Entry { fault, index });
        }
        index += 1;
        Ok::<(), Malformed>(())
    })?;
    Ok(entries)
}

impl Entries {
    fn push(&mut self, entry: &Entry<'_>, start: usize) -> Result<(), EntryFault> {
        let id = entry.id.as_deref().filter(|id| !id.is_empty()).ok_or(EntryFault::Id)?;
        entry.last_modified.ok_or(EntryFault::LastModified)?;
        let key = Key::of(id);
        let record = match entry.deleted {
            Deleted::No => {
                let canonical = entry.canonical.as_ref().ok_or(EntryFault::NoCanonicalForm)?;
                let leaf = Leaf::of(&key, &Sha256Digest::of(canonical));
                let (place, start) = match canonical {
                    Cow::Borrowed(_) => (Place::Body, start),
                    Cow::Owned(bytes) => {
                        let start = self.respelled.len();
                        self.respelled.extend_from_slice(bytes);
                        (Place::Respelled, start)
                    }
                };
                Some(Placed { leaf, length: to_u32(canonical.len())?, place, start: to_u32(start)? })
            }
            Deleted::Other => return Err(EntryFault::Deleted),
            Deleted::Yes => None,
        };
        let part = self.part(&key);
        if part.len() == part.capacity() {
            // By a quarter at a time: what is reserved in vain counts against the memory of a first fetch.
            part.reserve_exact((part.len() / 4).max(4));
        }
        part.push(Hashed { key, record });
        Ok(())
    }

    /// The part of a key: ranges of its first byte.
    fn part(&mut self, key: &Key) -> &mut Vec<Hashed> {
        let first = key.as_bytes().first().copied().map_or(0, usize::from);
        let index = first * self.parts.len() / 256;
        if self.parts.is_empty() {
            self.parts.push(Vec::new());
        }
        let last = self.parts.len() - 1;
        #[expect(
            clippy::indexing_slicing,
            reason = "the index is at most that of the last part, and there is one"
        )]
        &mut self.parts[index.min(last)]
    }
}

/// How many parts: some hundred records each.
fn parts_for(body_length: usize) -> usize {
    (body_length / PART_BYTES).next_power_of_two().clamp(1, 256)
}

fn expect(reader: &mut Reader<'_>, first: u8, name: &'static str) -> Result<(), Malformed> {
    if reader.peek_type() == Some(first) {
        return Ok(());
    }
    // What is no JSON at all is told as that.
    reader.skip()?;
    Err(Malformed::Member(name))
}

fn count_member(members: &mut usize) -> Result<(), Malformed> {
    *members += 1;
    if *members > MAX_MEMBERS { Err(Malformed::TooManyMembers) } else { Ok(()) }
}

fn to_u32(length: usize) -> Result<u32, EntryFault> {
    u32::try_from(length).map_err(|_| EntryFault::TooFarIn)
}

/// `statement` §5, step 1. Readers of records take what comes, U+0000 too.
pub(super) const LIMITS: JsonLimits = JsonLimits { depth: 64, nul: Nul::Accepted };
const MAX_INTEGER: i64 = (1 << 53) - 1;
/// Of an object that is read member by member: a changeset has three, its metadata some dozens.
const MAX_MEMBERS: usize = 10_000;
const PART_BYTES: usize = 256 * 1024;
