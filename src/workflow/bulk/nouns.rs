//! What a text is meant to do, what it would do, and why not.

use std::ops::Range;

use super::read::{Format, ItemError, ReadError};
use crate::{
    canonical,
    storage::StorageError,
    types::{Object, RecordId, Sha256Digest},
    workflow::{
        RowError,
        validation::{SchemaError, Violation},
    },
};

/// What is done with the records of a text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BulkAct {
    /// They are deleted.
    Delete,
    /// What is new is created; of what is there the values that are given are set, `null` takes one away, the others stay.
    #[default]
    Merge,
    /// What is new is created; what is there becomes what is given.
    Replace,
}

/// A text and how it is meant.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// What is done.
    pub act: BulkAct,
    /// How it is written; `None` to look.
    pub format: Option<Format>,
    /// The field that tells which record is meant; `None` for what fits best.
    pub key: Option<&'a str>,
    /// The text.
    pub text: &'a str,
}

/// What would be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Names this plan: the same text gives another one when a record that it touches was written meanwhile.
    pub digest: Sha256Digest,
    /// Item by item, in the order of the text.
    pub entries: Vec<Entry>,
    /// How the text was read.
    pub format: Format,
    /// The field that tells which record is meant.
    pub key: String,
    /// Fields that could.
    pub keys: Vec<String>,
}

/// One item of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// On which line it begins.
    pub line: u64,
    /// The value by which it is known; empty where it has none.
    pub name: String,
    /// What would be done with it.
    pub outcome: Outcome,
    /// Where it is in the text.
    pub span: Range<usize>,
}

/// What would be done with one item.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The record becomes another.
    Change {
        /// What it becomes.
        after: Object,
        /// What it is.
        before: Object,
        /// The record.
        id: RecordId,
    },
    /// A record that is not there yet.
    Create {
        /// What it becomes.
        after: Object,
        /// Its id; `None` where it gets one.
        id: Option<RecordId>,
    },
    /// The record goes.
    Delete {
        /// What it is.
        before: Object,
        /// The record.
        id: RecordId,
    },
    /// Nothing, and why.
    Refused(Refusal),
    /// The record is so already.
    Same(RecordId),
}

/// Why nothing is done with an item.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Several records have the value by which it is known.
    #[error("{many} records have this {key}. Say which one is meant by its id.")]
    Ambiguous {
        /// The field.
        key: String,
        /// How many.
        many: usize,
    },
    /// Another item means the same record.
    #[error("The same {key} as line {line}. Keep one of the two.")]
    Duplicate {
        /// The field.
        key: String,
        /// Where the other one is.
        line: u64,
    },
    /// An id that no record can have.
    #[error(
        "This id cannot be used: an id has 1 to 255 of A-Z, a-z, 0-9, - and _, and begins with a letter or digit."
    )]
    Id,
    /// No record.
    #[error("This {0}.")]
    Item(ItemError),
    /// The value by which it is known is missing.
    #[error("{key} is empty and must have a value: it says which record is meant.")]
    Keyless {
        /// The field.
        key: String,
    },
    /// There is no such record.
    #[error("There is no record with this {key}, so there is nothing to delete.")]
    Missing {
        /// The field.
        key: String,
    },
    /// The schema of the collection cannot be used.
    #[error("The schema of the collection cannot be used: {0}. Mend it in the settings.")]
    Schema(SchemaError),
    /// Longer than records may be.
    #[error("It is longer than {most} bytes, the most that a record may have.")]
    TooLong {
        /// The limit.
        most: usize,
    },
    /// It could not be signed.
    #[error("{0}.")]
    Unsignable(canonical::Refusal),
    /// It is not what the schema asks for.
    #[error("{}.", .0.iter().take(3).map(Violation::sentence).collect::<Vec<_>>().join(". "))]
    Violates(Vec<Violation>),
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nothing could be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Clock, timestamps, database.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The collection would hold too many records.
    #[error("The collection would hold more than {most} records.")]
    TooManyRecords {
        /// The limit.
        most: u64,
    },
}

impl From<StorageError> for PlanError {
    fn from(error: StorageError) -> Self {
        Self::Row(RowError::Storage(error))
    }
}

impl Plan {
    /// How many items would be created, changed, deleted; how many are refused; how many are so already.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for entry in &self.entries {
            let count = match entry.outcome {
                Outcome::Change { .. } => &mut counts.changed,
                Outcome::Create { .. } => &mut counts.created,
                Outcome::Delete { .. } => &mut counts.deleted,
                Outcome::Refused(_) => &mut counts.refused,
                Outcome::Same(_) => &mut counts.same,
            };
            *count += 1;
        }
        counts
    }
}

/// How many items of a plan have which outcome.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// To change.
    pub changed: u64,
    /// To create.
    pub created: u64,
    /// To delete.
    pub deleted: u64,
    /// Refused.
    pub refused: u64,
    /// The same already.
    pub same: u64,
}

impl Counts {
    /// How many records would be written or deleted.
    pub fn writes(&self) -> u64 {
        self.changed + self.created + self.deleted
    }
}
