//! A state on disk: an append-only log for each collection, with a lock beside it.
//!
//! What is true whenever the program or the machine stops:
//! - A **first or whole** state is written to a file of another name, synced, and renamed; then the folder is synced. Before
//!   the rename the old file counts, after it the new one.
//! - A **change** is appended: first the records, synced; then the commit, synced. Without its commit, or with half of it, the
//!   records do not count and are cut off at the next step. A commit is on disk only when its records are.
//! - When more than half of a file is superseded, the next step writes a whole state instead.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    Change, Commit, Evidence, Generation, Identity, Loaded, Store, StoreError, StoredState,
    frame::{CommitNote, Contents, FrameWriter, Kind, read},
};
use crate::types::Sha256Digest;

/// Keeps states in a folder. Each collection has its own file there, so that one folder serves many clients; one client at a
/// time has a collection open, until it is dropped.
#[derive(Debug)]
pub struct FileStore {
    folder: PathBuf,
    open: Option<OpenLog>,
}

/// A collection's file, locked for us.
#[derive(Debug)]
struct OpenLog {
    generation: Generation,
    identity: Identity,
    /// Bytes of the file that count. `None`: there is no file that can be appended to.
    length: Option<u64>,
    /// Held as long as this lives; the file stays, empty.
    lock: File,
    name: String,
}

impl Drop for OpenLog {
    /// Closing is not enough: a process that is being started by another thread of ours may have the file open a moment
    /// longer, and with it the lock.
    fn drop(&mut self) {
        drop(self.lock.unlock());
    }
}

impl FileStore {
    /// In `folder`, which is made when it is first needed.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), open: None }
    }

    fn opened(&mut self, identity: &Identity) -> Result<OpenLog, StoreError> {
        match self.open.take() {
            Some(open) if open.identity == *identity => Ok(open),
            // Another collection's lock is let go of here.
            Some(_) | None => self.lock(identity),
        }
    }

    fn lock(&self, identity: &Identity) -> Result<OpenLog, StoreError> {
        make_folder(&self.folder)?;
        let name = file_name(identity);
        let path = self.folder.join(format!("{name}.lock"));
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| StoreError::Io { path: path.clone(), source })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked),
            Err(TryLockError::Error(source)) => return Err(StoreError::Io { path, source }),
        }
        let generation = Generation::default();
        Ok(OpenLog { generation, identity: identity.clone(), length: None, lock, name })
    }

    fn path(&self, open: &OpenLog, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", open.name))
    }

    fn load_open(&self, open: &mut OpenLog) -> Result<StoredState, StoreError> {
        let path = self.path(open, LOG);
        let identity = identity_json(&open.identity);
        let Some(bytes) = read_whole(&path)? else {
            (open.generation, open.length) = (Generation::default(), None);
            return Ok(StoredState::Absent);
        };
        Ok(match read(bytes, &identity, &Sha256Digest::of(&identity)) {
            Contents::Damaged(note) => {
                let generation = note.as_ref().map_or(0, |note| note.generation);
                (open.generation, open.length) = (Generation(generation), None);
                StoredState::Damaged { basis: note.map(|note| Box::new(note.basis)) }
            }
            Contents::Whole { end, note, records } => {
                (open.generation, open.length) = (Generation(note.generation), Some(end));
                StoredState::Records { basis: Box::new(note.basis), records }
            }
        })
    }

    fn commit_open(&self, open: &mut OpenLog, step: &Commit<'_>) -> Result<(), StoreError> {
        let generation = open.generation.next();
        let note = CommitNote { basis: step.basis.clone(), generation: generation.0 };
        let note = to_json(&note)?;
        let length = match (&step.change, open.length) {
            (Change::Part { put, removed }, Some(length)) if !is_worth_compacting(length, step) => {
                self.append(open, length, &note, (put, removed), step)?
            }
            (Change::Part { .. } | Change::Whole, _) => {
                // If it is reported as failed and yet happened, the file is another than we know: replace it again.
                open.length = None;
                self.replace(open, &note, step)?
            }
        };
        (open.generation, open.length) = (generation, Some(length));
        Ok(())
    }

    /// Appends a step to the file; its new length.
    fn append(
        &self,
        open: &mut OpenLog,
        length: u64,
        note: &[u8],
        (put, removed): (&[String], &[String]),
        step: &Commit<'_>,
    ) -> Result<u64, StoreError> {
        let path = self.path(open, LOG);
        let fail = |source| StoreError::Io { path: path.clone(), source };
        let salt = Sha256Digest::of(&identity_json(&open.identity));
        let mut file = OpenOptions::new().write(true).open(&path).map_err(fail)?;
        // If we stop inside this block, what was appended has no commit, and does not count.
        let appended = (|| {
            file.set_len(length)?;
            file.seek(SeekFrom::Start(length))?;
            let mut out = FrameWriter::new(BufWriter::new(&file), salt);
            if !(put.is_empty() && removed.is_empty()) {
                let records = put.iter().filter_map(|id| step.snapshot.record(id));
                let parts = records_payload(removed, records.map(|record| record.as_bytes()));
                out.frame(Kind::Records, total(&parts), &parts)?;
            }
            let written = out.written();
            out.into_inner().flush()?;
            // The records are durable before a commit says so.
            file.sync_data()?;
            let mut out = FrameWriter::new(BufWriter::new(&file), salt);
            out.frame(Kind::Commit, total(&[note]), [note])?;
            let written = written + out.written();
            out.into_inner().flush()?;
            file.sync_data()?;
            Ok(length + written)
        })();
        appended.map_err(|source| {
            // A commit that we report as failed must not turn up later. If it cannot be cut off, the file is not appended to
            // again: the next step replaces it.
            let is_cut_off = file.set_len(length).and_then(|()| file.sync_data()).is_ok();
            open.length = Some(length).filter(|_| is_cut_off);
            fail(source)
        })
    }
}

impl FileStore {
    /// Writes a whole file and puts it in the place of the old one; its length.
    fn replace(&self, open: &OpenLog, note: &[u8], step: &Commit<'_>) -> Result<u64, StoreError> {
        let path = self.path(open, LOG);
        let draft = self.path(open, DRAFT);
        let identity = identity_json(&open.identity);
        // If we stop inside this block, the draft is a file that nobody reads; the next one overwrites it.
        let written = (|| {
            let file = File::create(&draft)?;
            let mut out =
                FrameWriter::new(BufWriter::with_capacity(BUFFER_BYTES, file), Sha256Digest::of(&identity));
            out.frame(Kind::Identity, total(&[&identity]), [&identity])?;
            let lengths = step.snapshot.records().map(|record| 4 + size(record.as_bytes()));
            let none_removed = 0_u32.to_le_bytes();
            let length = size(&none_removed) + lengths.sum::<u64>();
            let records = step.snapshot.records().flat_map(|record| {
                let bytes = record.as_bytes();
                [Part::Length(text_length(bytes)), Part::Text(bytes)]
            });
            out.frame(Kind::Records, length, std::iter::once(Part::Length(none_removed)).chain(records))?;
            out.frame(Kind::Commit, total(&[note]), [note])?;
            let written = out.written();
            let file = out.into_inner().into_inner()?;
            file.sync_all()?;
            Ok(written)
        })();
        let written = written.map_err(|source| {
            // Best effort: it is only space.
            drop(fs::remove_file(&draft));
            StoreError::Io { path: draft.clone(), source }
        })?;
        // Before this line the old state counts, after it the new one; after the folder's sync, for ever.
        fs::rename(&draft, &path).map_err(|source| StoreError::Io { path, source })?;
        sync_folder(&self.folder)?;
        Ok(written)
    }
}

impl Store for FileStore {
    fn load(&mut self, identity: &Identity) -> Result<Loaded, StoreError> {
        let mut open = self.opened(identity)?;
        let state = self.load_open(&mut open)?;
        let generation = open.generation;
        self.open = Some(open);
        Ok(Loaded { generation, state })
    }

    fn commit(
        &mut self,
        identity: &Identity,
        expected: Generation,
        step: &Commit<'_>,
    ) -> Result<Generation, StoreError> {
        let mut open = self.opened(identity)?;
        // The lock keeps others out; this one can only be a caller that has not loaded.
        if open.generation != expected {
            self.open = Some(open);
            return Err(StoreError::Moved);
        }
        let result = self.commit_open(&mut open, step);
        let generation = open.generation;
        self.open = Some(open);
        result.map(|()| generation)
    }

    fn keep_evidence(&mut self, identity: &Identity, evidence: &Evidence) -> Result<(), StoreError> {
        let open = self.opened(identity)?;
        let text = to_json(evidence)?;
        let texts = [evidence.applied.text.as_bytes(), evidence.offered.text.as_bytes()];
        let pair = Sha256Digest::of_parts(&texts).to_hex();
        let path = self.path(&open, &format!("equivocation-{}.json", short(&pair, 16)));
        let draft = self.path(&open, DRAFT);
        self.open = Some(open);
        let written = (|| {
            let mut file = File::create(&draft)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        })();
        written.map_err(|source| StoreError::Io { path, source })?;
        sync_folder(&self.folder)
    }
}

/// A piece of a payload of records.
#[derive(Debug)]
enum Part<'a> {
    Length([u8; 4]),
    Text(&'a [u8]),
}

impl AsRef<[u8]> for Part<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Length(length) => length,
            Self::Text(text) => text,
        }
    }
}

/// The parts of a payload of records.
fn records_payload<'a>(removed: &'a [String], put: impl Iterator<Item = &'a [u8]>) -> Vec<Part<'a>> {
    let count = u32::try_from(removed.len()).unwrap_or(u32::MAX);
    let texts = removed.iter().map(String::as_bytes).chain(put);
    let texts = texts.flat_map(|text| [Part::Length(text_length(text)), Part::Text(text)]);
    std::iter::once(Part::Length(count.to_le_bytes())).chain(texts).collect()
}

fn total<P: AsRef<[u8]>>(parts: &[P]) -> u64 {
    parts.iter().map(|part| size(part.as_ref())).sum()
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn text_length(text: &[u8]) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes()
}

/// Whether a whole state should be written in place of another step.
fn is_worth_compacting(length: u64, step: &Commit<'_>) -> bool {
    length > step.snapshot.bytes().saturating_mul(2).saturating_add(SLACK_BYTES)
}

fn identity_json(identity: &Identity) -> Vec<u8> {
    let Identity { path, root, signer } = identity;
    // Names of these kinds hold no character that JSON escapes.
    format!(
        r#"{{"bucket":"{}","collection":"{}","format":"countersign/store/v1","root":"{root}","signer":"{signer}"}}"#,
        path.bucket, path.collection
    )
    .into_bytes()
}

/// Something readable, and something unique where file names know no case.
fn file_name(identity: &Identity) -> String {
    let digest = Sha256Digest::of(&identity_json(identity)).to_hex();
    format!("{}-{}", short(identity.path.collection.as_str(), 64), short(&digest, 32))
}

/// The first characters of an ASCII text.
fn short(text: &str, length: usize) -> &str {
    text.get(..length).unwrap_or(text)
}

fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|error| StoreError::Other(Box::new(error)))
}

/// A file's bytes in a buffer of their size; `None` if there is no such file.
fn read_whole(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let fail = |source| StoreError::Io { path: path.to_owned(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    let length = file.metadata().map_err(fail)?.len();
    let length = u32::try_from(length).ok().and_then(|length| usize::try_from(length).ok());
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length.ok_or(StoreError::TooLarge)?).map_err(|_| StoreError::TooLarge)?;
    file.read_to_end(&mut bytes).map_err(fail)?;
    Ok(Some(bytes))
}

/// Only its owner may write there: who can write a state can make a client believe in an older one.
fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| StoreError::Io { path: folder.to_owned(), source })
}

/// Makes a rename durable. Elsewhere than on Unix, folders cannot be synced, and need not be.
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        return synced.map_err(|source| StoreError::Io { path: folder.to_owned(), source });
    }
    Ok(())
}

const LOG: &str = "log";
const DRAFT: &str = "new";
/// A file may be so much longer than twice its records before it is written anew.
const SLACK_BYTES: u64 = 1024 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;
