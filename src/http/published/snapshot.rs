//! One published collection as finished bytes: any changeset of it is a few slices.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::query::Query;
use crate::{
    canonical,
    http::{Body, response::http_date},
    storage::{Entry, ObjectKey, StorageError, Tombstones, Tx, Visit, VisitedRecord, Window},
    types::{CollectionPath, Object, Timestamp, Value},
    workflow::{EVERYONE, Settings, published},
};

/// A published collection in memory.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// Records and tombstones as JSON, newest first, joined by commas.
    entries: Bytes,
    /// `{"metadata":{…},"timestamp":N,"changes":[`
    head: Bytes,
    /// `Last-Modified`: the metadata's time.
    pub(super) last_modified: String,
    /// Slices of `entries` that leave out the tombstones.
    live: Vec<Bytes>,
    /// Where each entry ends, newest first.
    marks: Vec<Mark>,
    /// When it was last asked for, in steps of the cache.
    used: AtomicU64,
}

/// One entry of a snapshot.
#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Offset behind its last byte.
    end: usize,
    /// Its `last_modified`.
    last_modified: Timestamp,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Deleted,
    Live,
}

/// What is found where a snapshot was to be built.
#[derive(Debug)]
pub(super) enum Built {
    /// No such collection.
    Absent,
    /// Not everybody may read it: the caller has to be asked who it is.
    Private,
    /// Here it is.
    Ready(Snapshot),
    /// More bytes than may be kept.
    TooLarge,
}

impl Snapshot {
    /// Reads a collection whole.
    pub(super) fn build(
        tx: &mut dyn Tx,
        settings: &Settings,
        path: &CollectionPath,
        max_bytes: usize,
    ) -> Result<Built, StorageError> {
        let Some(head) = Head::read(tx, settings, path)? else { return Ok(Built::Absent) };
        if !is_public(tx, path)? {
            return Ok(Built::Private);
        }
        let mut entries = Vec::new();
        let mut marks = Vec::new();
        let mut too_large = false;
        tx.visit_newest_first(path, &everything(), &mut |id, entry| {
            if !entries.is_empty() {
                entries.push(b',');
            }
            let state = if matches!(entry, Entry::Live(_)) { State::Live } else { State::Deleted };
            let last_modified = write_entry(id, &entry, &mut entries);
            marks.push(Mark { end: entries.len(), last_modified, state });
            too_large = entries.len() + marks.len() * size_of::<Mark>() > max_bytes;
            if too_large { Visit::Stop } else { Visit::Continue }
        })?;
        if too_large {
            return Ok(Built::TooLarge);
        }
        entries.shrink_to_fit();
        marks.shrink_to_fit();
        let entries = Bytes::from(entries);
        let live = live_slices(&entries, &marks);
        let last_modified = http_date(head.last_modified);
        let used = AtomicU64::new(0);
        Ok(Built::Ready(Self { entries, head: head.bytes.into(), last_modified, live, marks, used }))
    }

    /// The changeset that is asked for.
    pub(super) fn body(&self, query: &Query) -> Body {
        let mut pieces = vec![self.head.clone()];
        match (query.since, query.limit) {
            (None, None) => pieces.extend(self.live.iter().cloned()),
            (None, Some(limit)) => {
                let live = self.marks.iter().enumerate().filter(|(_, mark)| mark.state == State::Live);
                for (written, (index, _)) in live.take(limit).enumerate() {
                    if written > 0 {
                        pieces.push(Bytes::from_static(b","));
                    }
                    pieces.push(self.entry(index));
                }
            }
            (Some(since), limit) => {
                let newer = self.marks.partition_point(|mark| mark.last_modified.as_millis() > since);
                let shown = newer.min(limit.unwrap_or(usize::MAX));
                pieces.push(self.entries.slice(..self.end(shown)));
            }
        }
        pieces.push(Bytes::from_static(TAIL));
        Body::JsonPieces(pieces)
    }

    /// How much memory it takes, about.
    pub(super) fn size(&self) -> usize {
        self.entries.len()
            + self.head.len()
            + self.marks.len() * size_of::<Mark>()
            + self.live.iter().map(|slice| size_of_val(slice) + self.copied(slice)).sum::<usize>()
            + size_of::<Self>()
    }

    /// Notes that it was asked for at this step.
    pub(super) fn touch(&self, step: u64) {
        self.used.store(step, Ordering::Relaxed);
    }

    /// The step at which it was last asked for.
    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Bytes of a slice that are not in `entries`: the one slice of a collection with many tombstones is a copy.
    fn copied(&self, slice: &Bytes) -> usize {
        if self.entries.as_ptr_range().contains(&slice.as_ptr()) { 0 } else { slice.len() }
    }

    fn entry(&self, index: usize) -> Bytes {
        let begin = if index == 0 { 0 } else { self.end(index) + 1 };
        self.entries.slice(begin..self.end(index + 1))
    }

    /// Where the first `count` entries end.
    fn end(&self, count: usize) -> usize {
        count.checked_sub(1).and_then(|index| self.marks.get(index)).map_or(0, |mark| mark.end)
    }
}

/// What stands in front of a changeset's entries.
#[derive(Debug)]
pub(super) struct Head {
    /// `{"metadata":{…},"timestamp":N,"changes":[`
    pub(super) bytes: Vec<u8>,
    /// The metadata's time.
    pub(super) last_modified: Timestamp,
}

impl Head {
    /// Reads it; `None` where there is no such collection.
    pub(super) fn read(
        tx: &mut dyn Tx,
        settings: &Settings,
        path: &CollectionPath,
    ) -> Result<Option<Self>, StorageError> {
        let Some(mut metadata) = published::metadata(tx, settings, path)? else { return Ok(None) };
        let last_modified = metadata.get("last_modified").and_then(Value::as_integer);
        let last_modified = last_modified
            .and_then(|millis| u64::try_from(millis).ok())
            .and_then(|millis| Timestamp::from_millis(millis).ok())
            .unwrap_or_default();
        metadata.insert("bucket", path.bucket.as_str());
        // Where no record was ever written, the list has no time of its own yet.
        let timestamp = published::timestamp(tx, path)?.unwrap_or(last_modified);
        let bytes = head_bytes(metadata, timestamp);
        Ok(Some(Self { bytes, last_modified }))
    }
}

/// `{"metadata":{…},"timestamp":N,"changes":[`
pub(super) fn head_bytes(metadata: Object, timestamp: Timestamp) -> Vec<u8> {
    let mut bytes = b"{\"metadata\":".to_vec();
    canonical::write(&Value::Object(metadata), &mut bytes);
    bytes.extend_from_slice(format!(",\"timestamp\":{timestamp},\"changes\":[").as_bytes());
    bytes
}

/// Appends a record or tombstone; returns its time.
pub(super) fn write_entry(id: &str, entry: &Entry<VisitedRecord<'_>>, out: &mut Vec<u8>) -> Timestamp {
    match entry {
        Entry::Deleted(last_modified) => {
            out.extend_from_slice(b"{\"deleted\":true,\"id\":");
            canonical::write_text(id, out);
            out.extend_from_slice(format!(",\"last_modified\":{last_modified}}}").as_bytes());
            *last_modified
        }
        Entry::Live(visited) => {
            visited.record.write_to(out);
            visited.record.last_modified
        }
    }
}

/// Live records and tombstones.
fn everything() -> Window {
    Window { before: None, since: None, tombstones: Tombstones::Shown }
}

/// Whether everybody reads all of it.
pub(super) fn is_public(tx: &mut dyn Tx, path: &CollectionPath) -> Result<bool, StorageError> {
    for key in [ObjectKey::Collection(path.clone()), ObjectKey::Bucket(path.bucket.clone())] {
        let permissions = tx.find_permissions(&key.uri())?;
        let given = |name| permissions.get(name).is_some_and(|principals| principals.contains(EVERYONE));
        if given("read") || given("write") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The runs of live entries: slices, or one copy where tombstones would make too many of them.
fn live_slices(entries: &Bytes, marks: &[Mark]) -> Vec<Bytes> {
    let mut slices: Vec<Bytes> = Vec::new();
    let mut begin = 0;
    let mut run: Option<(usize, usize)> = None;
    for mark in marks {
        match mark.state {
            // A run that is not the first keeps the comma in front of it.
            State::Live => {
                let from =
                    run.map_or_else(|| if slices.is_empty() { begin } else { begin - 1 }, |(from, _)| from);
                run = Some((from, mark.end));
            }
            State::Deleted => slices.extend(run.take().map(|(from, to)| entries.slice(from..to))),
        }
        begin = mark.end + 1;
    }
    slices.extend(run.map(|(from, to)| entries.slice(from..to)));
    if slices.len() > SLICES_MAX { vec![Bytes::from(slices.concat())] } else { slices }
}

/// The end of every changeset.
pub(super) const TAIL: &[u8] = b"]}";
/// More runs than this are copied into one.
const SLICES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// `L` is a live entry, `D` a tombstone; each is its own letter and place.
    fn snapshot(states: &str) -> Snapshot {
        let mut entries = Vec::new();
        let mut marks = Vec::new();
        for (index, state) in states.chars().enumerate() {
            if index > 0 {
                entries.push(b',');
            }
            entries.extend_from_slice(format!("{state}{index}").as_bytes());
            let state = if state == 'L' { State::Live } else { State::Deleted };
            let millis = 1_000 - u64::try_from(index).unwrap();
            marks.push(Mark {
                end: entries.len(),
                last_modified: Timestamp::from_millis(millis).unwrap(),
                state,
            });
        }
        let entries = Bytes::from(entries);
        let live = live_slices(&entries, &marks);
        Snapshot {
            entries,
            head: Bytes::from_static(b"["),
            last_modified: String::new(),
            live,
            marks,
            used: AtomicU64::new(0),
        }
    }

    fn body(states: &str, since: Option<u64>, limit: Option<usize>) -> String {
        let query = Query { limit, since, ..Query::default() };
        let Body::JsonPieces(pieces) = snapshot(states).body(&query) else { panic!("not in pieces") };
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[test]
    fn without_a_time_only_what_is_live_is_shown() {
        assert_eq!(body("", None, None), "[]}");
        assert_eq!(body("D", None, None), "[]}");
        assert_eq!(body("LLL", None, None), "[L0,L1,L2]}");
        assert_eq!(body("DLLDDLD", None, None), "[L1,L2,L5]}");
        assert_eq!(body("LDL", None, None), "[L0,L2]}");
        let many = "LD".repeat(100);
        let expected: Vec<String> = (0..100).map(|index| format!("L{}", 2 * index)).collect();
        assert_eq!(body(&many, None, None), format!("[{}]}}", expected.join(",")));
        assert_eq!(snapshot(&many).live.len(), 1);
    }

    #[test]
    fn with_a_time_what_is_newer_is_shown() {
        assert_eq!(body("LDL", Some(0), None), "[L0,D1,L2]}");
        assert_eq!(body("LDL", Some(998), None), "[L0,D1]}");
        assert_eq!(body("LDL", Some(999), None), "[L0]}");
        assert_eq!(body("LDL", Some(1_000), None), "[]}");
        assert_eq!(body("LDL", Some(5_000), None), "[]}");
    }

    #[test]
    fn a_limit_cuts_after_the_newest() {
        assert_eq!(body("DLLDL", None, Some(2)), "[L1,L2]}");
        assert_eq!(body("DLLDL", Some(0), Some(2)), "[D0,L1]}");
        assert_eq!(body("DLLDL", None, Some(9)), "[L1,L2,L4]}");
        assert_eq!(body("DLLDL", Some(999), Some(9)), "[D0]}");
    }
}
