//! What a program reads: the records of one verified state.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::de::DeserializeOwned;

use super::{
    changeset::{Entries, Hashed, LIMITS, Place, Placed},
    refusal::Malformed,
    store::{Basis, StoredRecords},
};
use crate::canonical::Entry;
use crate::signing::{
    Key, Leaf, Statement,
    tree::{Difference, Tree},
};
use crate::types::{Reader, Sha256Digest, Timestamp};

/// The records of one verified state of a collection, and the statement they stand on.
///
/// Never changes and is cheap to clone: a program can hand one to its threads while the client goes on. Only this crate makes
/// one, from records that hash to the root of a statement whose signature was verified, here or before they were stored.
#[derive(Clone)]
pub struct Snapshot(Arc<State>);

struct State {
    basis: Basis,
    records: RecordSet,
    statement: Option<Statement>,
    timestamp: Timestamp,
}

impl Snapshot {
    /// From what was verified. `statement` is the one of `basis`, parsed.
    pub(super) fn new(basis: Basis, statement: Option<Statement>, records: RecordSet) -> Self {
        let timestamp = match (&statement, &basis) {
            (Some(statement), _) => statement.timestamp,
            (None, Basis::ContentSignature { timestamp, .. }) => {
                Timestamp::from_millis(*timestamp).unwrap_or(Timestamp::MAX)
            }
            (None, Basis::Statement(_)) => Timestamp::ZERO,
        };
        Self(Arc::new(State { basis, records, statement, timestamp }))
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.0.records.tree.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.0.records.tree.is_empty()
    }

    /// The records' canonical bytes, all together.
    pub fn bytes(&self) -> u64 {
        self.0.records.bytes
    }

    /// The record with this id.
    pub fn record(&self, id: &str) -> Option<Record<'_>> {
        self.0.records.tree.find(&Key::of(id)).map(|(_, slice)| slice.record())
    }

    /// All records, in an order that means nothing but is always the same.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.0.records.tree.iter().map(|(_, (_, slice))| slice.record())
    }

    /// All records with their ids, in the order of these by code points.
    pub fn records_by_id(&self) -> Vec<(Cow<'_, str>, Record<'_>)> {
        let mut records: Vec<_> = self.records().map(|record| (record.id(), record)).collect();
        records.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        records
    }

    /// The statement, if it does not stand on a content signature alone.
    pub fn statement(&self) -> Option<&Statement> {
        self.0.statement.as_ref()
    }

    /// The records timestamp.
    pub fn timestamp(&self) -> Timestamp {
        self.0.timestamp
    }

    /// The root of the record tree.
    pub fn root(&self) -> Sha256Digest {
        self.0.records.tree.root()
    }

    /// On what it stands, with what proves it to others.
    pub fn basis(&self) -> &Basis {
        &self.0.basis
    }

    /// What is different from an earlier state; costs what is different.
    pub(super) fn differences<'a>(&'a self, before: &'a Self) -> Vec<Difference<'a, Slice>> {
        self.0.records.tree.differences(&before.0.records.tree)
    }

    pub(super) fn record_set(&self) -> &RecordSet {
        &self.0.records
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("records", &self.len())
            .field("statement", &self.0.statement)
            .field("timestamp", &self.0.timestamp)
            .finish_non_exhaustive()
    }
}

/// A verified record, as the canonical bytes that were hashed.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Record<'a>(&'a [u8]);

impl<'a> Record<'a> {
    /// The canonical JSON: ASCII, `id` and `last_modified` included.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The id.
    pub fn id(&self) -> Cow<'a, str> {
        self.entry().and_then(|entry| entry.id).unwrap_or_default()
    }

    /// When it was last modified, in milliseconds since the epoch, as its publisher says.
    pub fn last_modified(&self) -> i64 {
        self.entry().and_then(|entry| entry.last_modified).unwrap_or_default()
    }

    /// The record as a type of the program's own.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(self.0)
    }

    /// There always is one: it was read before it was hashed.
    fn entry(&self) -> Option<Entry<'a>> {
        Entry::read(&mut Reader::new(self.0, LIMITS)).ok()
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.0))
    }
}

/// Where a record's canonical bytes are: a range of a buffer that many share.
#[derive(Clone)]
pub(super) struct Slice {
    buffer: Arc<Vec<u8>>,
    start: u32,
    length: u32,
}

impl Slice {
    fn new(buffer: &Arc<Vec<u8>>, start: u32, length: u32) -> Self {
        Self { buffer: Arc::clone(buffer), start, length }
    }

    pub(super) fn record(&self) -> Record<'_> {
        Record(slice(&self.buffer, self.start, self.length))
    }
}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.record().fmt(f)
    }
}

/// Records in their tree. An update makes another set that shares what is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordSet {
    /// Canonical bytes of the records.
    bytes: u64,
    /// Size of the buffers that they are in, or more.
    held: u64,
    tree: Tree<Slice>,
}

impl RecordSet {
    pub(super) fn len(&self) -> u64 {
        to_u64(self.tree.len())
    }

    pub(super) fn root(&self) -> Sha256Digest {
        self.tree.root()
    }

    /// This set with the entries of a changeset applied to it. Costs what the entries cost.
    pub(super) fn updated(&self, entries: Entries) -> Result<Self, Malformed> {
        let Entries { fault, mut parts, body, respelled } = entries;
        if let Some(fault) = fault {
            return Err(fault);
        }
        let buffers = Buffers::new(body, respelled, &mut parts);
        let mut set = self.clone();
        set.held += buffers.size();
        for part in parts {
            let changes = part.into_iter().map(|Hashed { key, record }| {
                (key, record.map(|placed| (placed.leaf, buffers.slice(&placed))))
            });
            set.apply(changes.collect())?;
        }
        Ok(set.compacted())
    }

    /// The set that a store kept; `None` if it is not what was stored.
    pub(super) fn load(stored: StoredRecords) -> Option<Self> {
        let StoredRecords { bytes, steps } = stored;
        let buffer = Arc::new(bytes);
        let mut set = Self { held: to_u64(buffer.capacity()), ..Self::default() };
        for step in steps {
            let mut changes = Vec::with_capacity(step.put.len() + step.removed.len());
            for range in step.put {
                let bytes = buffer.get(range.clone())?;
                let mut reader = Reader::new(bytes, LIMITS);
                let entry = Entry::read(&mut reader).ok()?;
                reader.end().ok()?;
                let Cow::Borrowed(canonical) = entry.canonical? else { return None };
                let key = Key::of(&entry.id?);
                let leaf = Leaf::of(&key, &Sha256Digest::of(canonical));
                let start = u32::try_from(range.start).ok()?;
                let length = u32::try_from(canonical.len()).ok()?;
                changes.push((key, Some((leaf, Slice::new(&buffer, start, length)))));
            }
            changes.extend(step.removed.iter().map(|id| (Key::of(id), None)));
            set.apply(changes).ok()?;
        }
        Some(set.compacted())
    }

    fn apply(&mut self, changes: Vec<Change>) -> Result<(), Malformed> {
        for (key, change) in &changes {
            let before = self.tree.find(key).map_or(0, |(_, slice)| u64::from(slice.length));
            let after = change.as_ref().map_or(0, |(_, slice)| u64::from(slice.length));
            self.bytes = self.bytes.saturating_sub(before).saturating_add(after);
        }
        self.tree = self.tree.updated_with(changes).map_err(|_| Malformed::RepeatedId)?;
        Ok(())
    }

    /// Copies the records into one buffer once more than half of what is held is superseded.
    fn compacted(self) -> Self {
        let is_tight = self.held <= self.bytes.saturating_mul(2).saturating_add(SLACK_BYTES);
        if is_tight || self.bytes > u64::from(u32::MAX) {
            return self;
        }
        let mut buffer = Vec::with_capacity(usize::try_from(self.bytes).unwrap_or_default());
        for (_, (_, slice)) in self.tree.iter() {
            buffer.extend_from_slice(slice.record().as_bytes());
        }
        let buffer = Arc::new(buffer);
        let mut start = 0;
        let moved = self.tree.iter().map(|(key, (leaf, slice))| {
            let place = Slice::new(&buffer, start, slice.length);
            start += slice.length;
            (*key, Some((*leaf, place)))
        });
        // The same keys, each once.
        match Tree::default().updated_with(moved.collect()) {
            Ok(tree) => Self { bytes: self.bytes, held: to_u64(buffer.capacity()), tree },
            Err(_) => self,
        }
    }
}

type Change = (Key, Option<(Leaf, Slice)>);

/// The buffers that new records stay in.
struct Buffers {
    body: Arc<Vec<u8>>,
    respelled: Arc<Vec<u8>>,
}

impl Buffers {
    /// A body that is mostly something else than records (a small change) is let go of: its records move.
    fn new(body: Vec<u8>, mut respelled: Vec<u8>, parts: &mut [Vec<Hashed>]) -> Self {
        let placed = || parts.iter().flatten().filter_map(|hashed| hashed.record);
        let in_body = placed().filter(|placed| placed.place == Place::Body);
        let used: u64 = in_body.map(|placed| u64::from(placed.length)).sum();
        let room = to_u64(respelled.len()).saturating_add(used);
        if used.saturating_mul(2) >= to_u64(body.len()) || room > u64::from(u32::MAX) {
            return Self { body: Arc::new(body), respelled: Arc::new(respelled) };
        }
        respelled.reserve_exact(usize::try_from(used).unwrap_or_default());
        let placed = parts.iter_mut().flatten().filter_map(|hashed| hashed.record.as_mut());
        for placed in placed.filter(|placed| placed.place == Place::Body) {
            let bytes = slice(&body, placed.start, placed.length);
            placed.start = u32::try_from(respelled.len()).unwrap_or(u32::MAX);
            placed.place = Place::Respelled;
            respelled.extend_from_slice(bytes);
        }
        Self { body: Arc::default(), respelled: Arc::new(respelled) }
    }

    fn slice(&self, placed: &Placed) -> Slice {
        let buffer = match placed.place {
            Place::Body => &self.body,
            Place::Respelled => &self.respelled,
        };
        Slice::new(buffer, placed.start, placed.length)
    }

    fn size(&self) -> u64 {
        to_u64(self.body.capacity()).saturating_add(to_u64(self.respelled.capacity()))
    }
}

fn slice(bytes: &[u8], start: u32, length: u32) -> &[u8] {
    let range = usize::try_from(start).ok().zip(usize::try_from(length).ok());
    range.and_then(|(start, length)| bytes.get(start..start.checked_add(length)?)).unwrap_or_default()
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Superseded bytes below this are not worth a copy.
const SLACK_BYTES: u64 = 4 * 1024 * 1024;
