//! What a sync says when it is over.

use std::fmt;

use super::{
    refusal::Refusal,
    snapshot::{Record, Snapshot},
    store::{Change, StoreError},
    transport::FetchError,
};
use crate::signing::tree::Difference;
use crate::types::Timestamp;

/// How a sync ended that was not refused and did not fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// A new state was verified and applied.
    Applied,
    /// The service showed something older than what is applied. The newer data was kept.
    Older,
    /// As [`Outcome::Applied`] or [`Outcome::UpToDate`], but the statement has expired: newer data may be kept from us.
    Stale,
    /// There was nothing new.
    UpToDate,
}

impl Outcome {
    /// The name in `statement` §5.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "Applied",
            Self::Older => "Older",
            Self::Stale => "Stale",
            Self::UpToDate => "UpToDate",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a sync did.
#[derive(Clone, Debug)]
pub struct Report {
    /// Bytes that came over the network, unpacked, chains included.
    pub bytes: u64,
    /// What is different now.
    pub changes: Changes,
    /// The service asks not to be asked again before this; [`Client::sync`](super::Client::sync) keeps to it.
    pub not_before: Option<Timestamp>,
    /// How it ended.
    pub outcome: Outcome,
    /// What was wrong with the store, if this sync has mended it.
    pub repaired: Option<Damage>,
    /// Whether the statement of what is kept has expired.
    pub stale: bool,
    /// What is kept; `None` if nothing ever was applied.
    pub state: Option<Snapshot>,
}

impl Report {
    /// The version of what is kept.
    pub fn version(&self) -> Option<u64> {
        self.state.as_ref()?.statement().map(|statement| statement.version)
    }

    /// The timestamp of what is kept.
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.state.as_ref().map(Snapshot::timestamp)
    }

    /// The number of records kept.
    pub fn records(&self) -> usize {
        self.state.as_ref().map_or(0, Snapshot::len)
    }
}

/// What a sync changed.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    created: usize,
    deleted: usize,
    /// The states before and after, if anything was applied.
    states: Option<(Option<Snapshot>, Snapshot)>,
    updated: usize,
}

impl Changes {
    /// From one state to the next.
    pub(super) fn between(before: Option<Snapshot>, after: Snapshot) -> Self {
        let [mut created, mut deleted, mut updated] = [0, 0, 0];
        match &before {
            None => created = after.len(),
            Some(before) => {
                for difference in after.differences(before) {
                    match difference {
                        Difference::Created(_) => created += 1,
                        Difference::Deleted(_) => deleted += 1,
                        Difference::Updated { .. } => updated += 1,
                    }
                }
            }
        }
        Self { created, deleted, states: Some((before, after)), updated }
    }

    /// As a step for the store; `len` is the number of records before.
    pub(super) fn to_step(&self, len: usize) -> Change {
        if self.created + self.deleted + self.updated > len / 2 + FEW {
            return Change::Whole;
        }
        let [mut put, mut removed] = [Vec::new(), Vec::new()];
        for change in self.records() {
            match change {
                RecordChange::Created(record) | RecordChange::Updated { after: record, .. } => {
                    put.push(record.id().into_owned());
                }
                RecordChange::Deleted(record) => removed.push(record.id().into_owned()),
            }
        }
        Change::Part { put, removed }
    }

    /// How many records are new.
    pub fn created(&self) -> usize {
        self.created
    }

    /// How many records are gone.
    pub fn deleted(&self) -> usize {
        self.deleted
    }

    /// How many records are others than before.
    pub fn updated(&self) -> usize {
        self.updated
    }

    /// Whether no record changed. Something may have been applied all the same: the same data, signed again.
    pub fn is_empty(&self) -> bool {
        self.created + self.deleted + self.updated == 0
    }

    /// Each record that changed, in an order that means nothing.
    pub fn records(&self) -> Vec<RecordChange<'_>> {
        match &self.states {
            None => Vec::new(),
            Some((None, after)) => after.records().map(RecordChange::Created).collect(),
            Some((Some(before), after)) => {
                let differences = after.differences(before).into_iter();
                let changes = differences.map(|difference| match difference {
                    Difference::Created(slice) => RecordChange::Created(slice.record()),
                    Difference::Deleted(slice) => RecordChange::Deleted(slice.record()),
                    Difference::Updated { after, before } => {
                        RecordChange::Updated { after: after.record(), before: before.record() }
                    }
                });
                changes.collect()
            }
        }
    }
}

/// A record that changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecordChange<'a> {
    /// It is new.
    Created(Record<'a>),
    /// It is gone; as it was.
    Deleted(Record<'a>),
    /// It is another than before.
    Updated {
        /// As it is.
        after: Record<'a>,
        /// As it was.
        before: Record<'a>,
    },
}

/// What a store had lost when it was opened. It is not handed out; the next sync fetches everything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Damage {
    /// Everything: only a lowest version, if one was given, keeps older states out.
    Everything,
    /// The records. The statement is known, and keeps older versions out.
    Records,
}

/// Why a sync changed nothing.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct SyncError {
    /// Bytes that came over the network, unpacked, chains included.
    pub bytes: u64,
    /// The service asks not to be asked again before this; [`Client::sync`](super::Client::sync) keeps to it.
    pub not_before: Option<Timestamp>,
    /// What happened.
    #[source]
    pub reason: SyncFailure,
    /// Whether the statement of what is kept has expired.
    pub stale: bool,
}

impl SyncError {
    /// The name in `statement` §5; `Backoff`, `Unreachable`, `StoreUnusable` and `Locked` for what is not named there.
    pub fn name(&self) -> &'static str {
        self.reason.name()
    }
}

/// What can go wrong with a sync: by the network, with the answer, with the store.
#[derive(Debug, thiserror::Error)]
pub enum SyncFailure {
    /// The service was not asked: it wants to be left alone until then, because it is busy or is being worked on.
    #[error("the service asks not to be asked again yet")]
    Backoff {
        /// Until when.
        until: Timestamp,
    },
    /// Nothing verified, and a certificate chain was not had. A failure of the network: try again later.
    #[error("the certificate chain could not be fetched")]
    ChainUnavailable(
        /// Each that was not had, and why.
        Vec<ChainFault>,
    ),
    /// Another process, or another client of this one, uses the store.
    #[error("the store is in use by another process")]
    Locked,
    /// The answer came and is not good. The state is as it was.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store cannot be read or written.
    #[error("the store cannot be used")]
    StoreUnusable(#[source] StoreError),
    /// No whole answer came. Try again later.
    #[error("the service cannot be reached: {0}")]
    Unreachable(#[from] FetchError),
}

impl SyncFailure {
    /// The name in `statement` §5; `Backoff`, `Unreachable`, `StoreUnusable` and `Locked` for what is not named there.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Backoff { .. } => "Backoff",
            Self::ChainUnavailable(_) => "ChainUnavailable",
            Self::Locked => "Locked",
            Self::Refused(refusal) => refusal.name(),
            Self::StoreUnusable(_) => "StoreUnusable",
            Self::Unreachable(_) => "Unreachable",
        }
    }
}

impl From<StoreError> for SyncFailure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Locked => Self::Locked,
            error @ (StoreError::HeldStatement
            | StoreError::Io { .. }
            | StoreError::Moved
            | StoreError::Other(_)
            | StoreError::TooLarge) => Self::StoreUnusable(error),
        }
    }
}

/// A chain that was not had.
#[derive(Debug, thiserror::Error)]
#[error("{x5u}: {error}")]
pub struct ChainFault {
    /// Why.
    pub error: FetchError,
    /// The reference, as it came.
    pub x5u: String,
}

/// So many changes are a step of their own, however small the collection is.
const FEW: usize = 16;
