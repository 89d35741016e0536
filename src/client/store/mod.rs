//! Where a client keeps what it has verified: the [`Store`] that an embedder may supply, and two that come with it.
//!
//! A store never judges. What it hands back is checked again before anybody reads it: the records against the root of the
//! statement beside them.

mod file;
mod frame;
mod memory;

use std::{error::Error, fmt::Debug, ops::Range, path::PathBuf};

use serde::{Deserialize, Serialize};

pub use file::FileStore;
pub use memory::MemoryStore;

use super::snapshot::Snapshot;
use crate::signing::SignatureEntry;
use crate::types::{CollectionPath, Sha256Digest};

/// Keeps the state of collections for a client.
///
/// A step from one state to the next is atomic: whenever the program or the machine stops, a later `load` gives the old
/// state or the new one whole.
pub trait Store: Debug {
    /// The last committed state of `identity`. What is damaged is said to be damaged, not handed out.
    fn load(&mut self, identity: &Identity) -> Result<Loaded, StoreError>;

    /// Takes one step, if the state is still the one of `expected`: else [`StoreError::Moved`], and nothing happened.
    /// Durable when it returns.
    fn commit(
        &mut self,
        identity: &Identity,
        expected: Generation,
        step: &Commit<'_>,
    ) -> Result<Generation, StoreError>;

    /// Keeps two signed texts that contradict each other. Is called again with the same pair at each sync that meets it.
    fn keep_evidence(&mut self, identity: &Identity, evidence: &Evidence) -> Result<(), StoreError>;
}

impl<S: Store + ?Sized> Store for Box<S> {
    fn load(&mut self, identity: &Identity) -> Result<Loaded, StoreError> {
        (**self).load(identity)
    }

    fn commit(
        &mut self,
        identity: &Identity,
        expected: Generation,
        step: &Commit<'_>,
    ) -> Result<Generation, StoreError> {
        (**self).commit(identity, expected, step)
    }

    fn keep_evidence(&mut self, identity: &Identity, evidence: &Evidence) -> Result<(), StoreError> {
        (**self).keep_evidence(identity, evidence)
    }
}

/// Whose state it is: one service (signer's name under a root), bucket and collection. For another of them a client starts
/// without a state.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Identity {
    /// Bucket and collection.
    pub path: CollectionPath,
    /// SHA-256 of the root certificate.
    pub root: Sha256Digest,
    /// The signer's name, lower case.
    pub signer: String,
}

/// Counts the steps of a state; 0 before the first.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Generation(pub u64);

impl Generation {
    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What a store has.
#[derive(Debug)]
pub struct Loaded {
    /// How many steps led to it.
    pub generation: Generation,
    /// What it is.
    pub state: StoredState,
}

/// The state that a store has.
#[derive(Debug)]
pub enum StoredState {
    /// There never was one.
    Absent,
    /// There was one, and it cannot be handed out.
    Damaged {
        /// On what it stood, if that much is known: keeps older versions out.
        basis: Option<Box<Basis>>,
    },
    /// Bytes, still to be checked.
    Records {
        /// On what they stand.
        basis: Box<Basis>,
        /// The records.
        records: StoredRecords,
    },
    /// The very value that was committed, in this process.
    Snapshot(Snapshot),
}

/// Records as a store kept them: a base, and steps from there.
#[derive(Debug, Default)]
pub struct StoredRecords {
    pub(super) bytes: Vec<u8>,
    pub(super) steps: Vec<StoredStep>,
}

/// What one step puts and removes.
#[derive(Debug, Default)]
pub(super) struct StoredStep {
    /// Where canonical bytes of records are.
    pub(super) put: Vec<Range<usize>>,
    pub(super) removed: Vec<String>,
}

impl StoredRecords {
    /// No records.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the canonical bytes of a record, as they were committed.
    pub fn push(&mut self, record: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(record);
        if self.steps.is_empty() {
            self.steps.push(StoredStep::default());
        }
        if let Some(step) = self.steps.last_mut() {
            step.put.push(start..self.bytes.len());
        }
    }
}

/// On what a state stands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A content signature alone, of this timestamp.
    ContentSignature {
        /// Root of the record tree, in hex: what is loaded later can be checked against it.
        root: String,
        /// Milliseconds since the epoch.
        timestamp: u64,
    },
    /// A statement, with what proves it to others.
    Statement(SignedText),
}

/// A statement's text with its signatures and the chain that was verified with one of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SignedText {
    /// The certificates, PEM.
    pub chain: String,
    /// The signatures that came with it; one of them is good.
    pub signatures: Vec<SignatureEntry>,
    /// The statement.
    pub text: String,
}

/// Two texts signed by one signer that contradict each other: two states under one version, or a successor of another
/// history.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Evidence {
    /// What this client had applied.
    pub applied: SignedText,
    /// What came now.
    pub offered: SignedText,
}

/// One step to be taken.
#[derive(Debug)]
pub struct Commit<'a> {
    /// On what the new state stands.
    pub basis: &'a Basis,
    /// What is different from the state before.
    pub change: Change,
    /// The new state: all records, in an order of its own. Cheap to clone.
    pub snapshot: &'a Snapshot,
}

/// What a step changes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Change {
    /// Some records of the state before.
    Part {
        /// Ids of the records that are put; their bytes are in the snapshot.
        put: Vec<String>,
        /// Ids of the records that are removed.
        removed: Vec<String>,
    },
    /// Everything: what was there before is not needed.
    #[default]
    Whole,
}

/// Why a store cannot be used. Whoever operates the program must act.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It holds, or may have held, a statement: content signatures alone are not enough for it any more.
    #[error("the store has held a statement: content signatures alone are not enough for it")]
    HeldStatement,
    /// A file cannot be read or written.
    #[error("{path}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process, or another client of this one, has it open.
    #[error("the store is in use by another process")]
    Locked,
    /// Somebody else has taken a step since the state was loaded. The client begins again by itself.
    #[error("the store's state was changed by somebody else")]
    Moved,
    /// A store of another's make has its own reasons.
    #[error("the store failed")]
    Other(#[source] Box<dyn Error + Send + Sync>),
    /// More than 4 GiB.
    #[error("the store's file is too large")]
    TooLarge,
}
