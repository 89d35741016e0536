//! Why an answer is not applied: one variant for each reason of `statement` §5.

use super::store::Evidence;
use crate::signing::{EntryRefusal, MalformedStatement, Reasons};
use crate::types::{JsonError, Sha256Digest, Timestamp};

/// Why an answer that arrived was refused. The state is as it was.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// No signature is good.
    #[error("no good signature{}", Reasons(.0))]
    BadSignature(
        /// Why, for each that was tried.
        Vec<EntryRefusal>,
    ),
    /// Two signed texts that cannot both be of one history. Both are kept: show them to somebody.
    #[error("two signed statements contradict each other")]
    Equivocation(Box<Evidence>),
    /// The answer, the statement or a record has not the form it must have.
    #[error("malformed answer: {0}")]
    Malformed(#[from] Malformed),
    /// The records are not those that the statement commits to.
    #[error(
        "the records are not those of the statement: {records} with root {actual}, not {count} with root {root}"
    )]
    RootMismatch {
        /// The root of the records that came.
        actual: Sha256Digest,
        /// How many records the statement says.
        count: u64,
        /// How many there are.
        records: u64,
        /// The root that the statement says.
        root: Sha256Digest,
    },
    /// The service publishes no statement.
    #[error("the answer carries no statement")]
    StatementMissing,
    /// The statement has another timestamp than the changeset it came with.
    #[error("the statement is of another timestamp than the answer")]
    TimestampMismatch,
    /// A newer version with an older timestamp.
    #[error("the timestamp went back from {applied} to {offered}")]
    TimestampWentBack {
        /// The applied statement's.
        applied: Timestamp,
        /// What came.
        offered: Timestamp,
    },
    /// Version or timestamp more than 90 days ahead of the clock.
    #[error("version or timestamp is too far ahead of the clock")]
    TooFarAhead,
    /// `critical` names a member that is not known here.
    #[error("the statement has a critical member that is not known here")]
    UnknownCritical,
    /// Not a statement, or one of a later version.
    #[error("the statement is of an unknown type")]
    UnknownType,
    /// The statement is of another bucket: a preview, perhaps.
    #[error("the statement is of another bucket")]
    WrongBucket,
    /// The statement is of another collection.
    #[error("the statement is of another collection")]
    WrongCollection,
}

impl Refusal {
    /// The name in `statement` §5.
    pub fn name(&self) -> &'static str {
        match self {
            Self::BadSignature(_) => "BadSignature",
            Self::Equivocation(_) => "Equivocation",
            Self::Malformed(_) => "Malformed",
            Self::RootMismatch { .. } => "RootMismatch",
            Self::StatementMissing => "StatementMissing",
            Self::TimestampMismatch => "TimestampMismatch",
            Self::TimestampWentBack { .. } => "TimestampWentBack",
            Self::TooFarAhead => "TooFarAhead",
            Self::UnknownCritical => "UnknownCritical",
            Self::UnknownType => "UnknownType",
            Self::WrongBucket => "WrongBucket",
            Self::WrongCollection => "WrongCollection",
        }
    }
}

/// What has not the form it must have.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Malformed {
    /// A record or tombstone; which one in `changes`, counted from 0.
    #[error("changes[{index}]: {fault}")]
    Entry {
        /// What is wrong with it.
        fault: EntryFault,
        /// Its position.
        index: usize,
    },
    /// Not JSON, not UTF-8, or too deep.
    #[error("{0}")]
    Json(#[from] JsonError),
    /// A member of the changeset, or of its `countersign`, is missing or has another type.
    #[error("member {0} is missing or has another type")]
    Member(&'static str),
    /// An id comes twice in `changes`.
    #[error("an id comes twice")]
    RepeatedId,
    /// The statement's text.
    #[error("the statement: {0}")]
    Statement(#[from] MalformedStatement),
    /// An object has more members than any that is meant well.
    #[error("too many members")]
    TooManyMembers,
}

/// What is wrong with an entry of `changes`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EntryFault {
    /// `deleted` is there and not `true`.
    #[error("deleted is not true")]
    Deleted,
    /// `id` is no text, empty or missing.
    #[error("no id")]
    Id,
    /// `last_modified` is no integer, or missing.
    #[error("no last_modified")]
    LastModified,
    /// It holds a number that has no canonical form (a float, a large integer, `-0`), or is spelled otherwise and very long.
    #[error("no canonical form")]
    NoCanonicalForm,
    /// It stands beyond the first 4 GiB.
    #[error("beyond 4 GiB")]
    TooFarIn,
}
