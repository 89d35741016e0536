//! The file of a [`super::FileStore`]: frames one after the other, each with a checksum.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | `CSF1` |
//! | 1 | kind: 1 identity, 2 records, 3 commit |
//! | 3 | zero |
//! | 8 | length of the payload, little endian |
//! | … | payload |
//! | 16 | the first bytes of SHA-256 over the file's salt and everything before |
//!
//! The salt is SHA-256 of the identity: a frame of another collection's file does not fit. A file begins with an identity and
//! goes on with steps: perhaps records, always a commit, which says on what the records before it stand. No text of a
//! record can look like a frame: canonical JSON has no control characters, and a kind is one.
//!
//! Payload of records: how many ids are removed, these, then the records that are put to the end. Each text has its length
//! before it; numbers are 4 bytes, little endian. Identity and commit are JSON.

use std::{
    io::{self, Write},
    ops::Range,
};

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::{Basis, StoredRecords, StoredStep};
use crate::types::Sha256Digest;

/// What a frame holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Commit,
    Identity,
    Records,
}

impl Kind {
    fn to_byte(self) -> u8 {
        match self {
            Self::Identity => 1,
            Self::Records => 2,
            Self::Commit => 3,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Identity),
            2 => Some(Self::Records),
            3 => Some(Self::Commit),
            _ => None,
        }
    }
}

/// Appends frames to a file.
#[derive(Debug)]
pub(super) struct FrameWriter<W> {
    out: W,
    salt: Sha256Digest,
    written: u64,
}

impl<W: Write> FrameWriter<W> {
    pub(super) fn new(out: W, salt: Sha256Digest) -> Self {
        Self { out, salt, written: 0 }
    }

    /// Writes a frame whose payload is `length` bytes long, made of `parts`.
    pub(super) fn frame<P: AsRef<[u8]>>(
        &mut self,
        kind: Kind,
        length: u64,
        parts: impl IntoIterator<Item = P>,
    ) -> io::Result<()> {
        let mut checksum = Context::new(&SHA256);
        checksum.update(self.salt.as_bytes());
        let mut head = [0; HEAD];
        let fields = MAGIC.iter().copied().chain([kind.to_byte(), 0, 0, 0]).chain(length.to_le_bytes());
        for (to, from) in head.iter_mut().zip(fields) {
            *to = from;
        }
        checksum.update(&head);
        self.out.write_all(&head)?;
        let mut payload = 0;
        for part in parts {
            let part = part.as_ref();
            checksum.update(part);
            self.out.write_all(part)?;
            payload += length_of(part);
        }
        if payload != length {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a frame has another length than announced",
            ));
        }
        let checksum = checksum.finish();
        let checksum = checksum.as_ref().get(..CHECKSUM).unwrap_or_default();
        self.out.write_all(checksum)?;
        self.written += length_of(&head) + length + length_of(checksum);
        Ok(())
    }

    /// Bytes written so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn into_inner(self) -> W {
        self.out
    }
}

/// What a commit frame says.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct CommitNote {
    pub(super) basis: Basis,
    pub(super) generation: u64,
}

/// What a file holds.
#[derive(Debug)]
pub(super) enum Contents {
    /// Something inside is not as it was written. With the newest commit that can still be read.
    Damaged(Option<Box<CommitNote>>),
    /// Whole up to `end`; what follows is a step that was never finished.
    Whole { end: u64, note: Box<CommitNote>, records: StoredRecords },
}

/// Reads a file: everything up to the last commit.
///
/// A file gets its name when its first step is complete, so damage there is damage. Later, a bad frame after which no commit
/// can be found is the end of a step that was cut off by a crash: never committed, and dropped. A bad frame *before* a
/// commit is damage, since a commit is written only when what it commits is on disk.
pub(super) fn read(bytes: Vec<u8>, identity: &[u8], salt: &Sha256Digest) -> Contents {
    let mut steps = Vec::new();
    let mut pending = Vec::new();
    let mut last: Option<(usize, CommitNote)> = None;
    let mut at = match frame(&bytes, 0, salt) {
        Some((Kind::Identity, payload, end)) if bytes.get(payload.clone()) == Some(identity) => end,
        _ => return Contents::Damaged(newest_commit(&bytes, 0, salt)),
    };
    while let Some((kind, payload, end)) = frame(&bytes, at, salt) {
        match kind {
            Kind::Commit => match commit_note(&bytes, payload) {
                Some(note) => {
                    steps.append(&mut pending);
                    last = Some((end, note));
                }
                None => break,
            },
            Kind::Identity => break,
            Kind::Records => match step(&bytes, payload) {
                Some(step) => pending.push(step),
                None => break,
            },
        }
        at = end;
    }
    let hidden = newest_commit(&bytes, at, salt);
    match (last, hidden) {
        (last, Some(hidden)) => {
            let newest = [last.map(|(_, note)| Box::new(note)), Some(hidden)].into_iter().flatten();
            Contents::Damaged(newest.max_by_key(|note| note.generation))
        }
        (None, None) => Contents::Damaged(None),
        (Some((end, note)), None) => Contents::Whole {
            end: u64::try_from(end).unwrap_or(u64::MAX),
            note: Box::new(note),
            records: StoredRecords { bytes, steps },
        },
    }
}

/// The frame at `at`: its kind, where its payload is, and where it ends. `None` if it is not whole.
fn frame(bytes: &[u8], at: usize, salt: &Sha256Digest) -> Option<(Kind, Range<usize>, usize)> {
    let payload_start = at.checked_add(HEAD)?;
    let head = bytes.get(at..payload_start)?;
    let (magic, rest) = head.split_first_chunk::<4>()?;
    let ([kind, zero @ ..], length) = rest.split_first_chunk::<4>()?;
    if magic != MAGIC || zero != &[0; 3] {
        return None;
    }
    let kind = Kind::from_byte(*kind)?;
    let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
    let payload_end = payload_start.checked_add(length)?;
    let end = payload_end.checked_add(CHECKSUM)?;
    let expected = bytes.get(payload_end..end)?;
    let actual = Sha256Digest::of_parts(&[salt.as_bytes(), bytes.get(at..payload_end)?]);
    actual.as_bytes().starts_with(expected).then_some((kind, payload_start..payload_end, end))
}

/// The newest commit anywhere after `from`.
fn newest_commit(bytes: &[u8], from: usize, salt: &Sha256Digest) -> Option<Box<CommitNote>> {
    let rest = bytes.get(from..)?;
    let looks_like_one = rest.windows(MAGIC.len() + 1).enumerate().filter(|(_, window)| {
        window.first() == MAGIC.first()
            && window.starts_with(MAGIC)
            && window.last() == Some(&Kind::Commit.to_byte())
    });
    let notes = looks_like_one.filter_map(|(offset, _)| {
        let (_, payload, _) = frame(bytes, from + offset, salt)?;
        commit_note(bytes, payload)
    });
    notes.max_by_key(|note| note.generation).map(Box::new)
}

fn commit_note(bytes: &[u8], payload: Range<usize>) -> Option<CommitNote> {
    serde_json::from_slice(bytes.get(payload)?).ok()
}

fn step(bytes: &[u8], payload: Range<usize>) -> Option<StoredStep> {
    let mut at = payload.start;
    let mut step = StoredStep::default();
    for _ in 0..number(bytes, &mut at)? {
        let id = text(bytes, &mut at)?;
        step.removed.push(String::from_utf8(bytes.get(id)?.to_vec()).ok()?);
    }
    while at < payload.end {
        step.put.push(text(bytes, &mut at)?);
    }
    (at == payload.end).then_some(step)
}

fn text(bytes: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let length = usize::try_from(number(bytes, at)?).ok()?;
    let range = *at..at.checked_add(length)?;
    *at = range.end;
    (range.end <= bytes.len()).then_some(range)
}

fn number(bytes: &[u8], at: &mut usize) -> Option<u32> {
    let number = bytes.get(*at..)?.first_chunk::<4>()?;
    *at += number.len();
    Some(u32::from_le_bytes(*number))
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

const MAGIC: &[u8; 4] = b"CSF1";
const HEAD: usize = 16;
const CHECKSUM: usize = 16;
