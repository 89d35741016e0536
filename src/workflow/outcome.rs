//! What the verbs on objects and records answer, and why they do not.

use super::{
    Kind, RowError,
    accounts::PutSecretError,
    draft::DraftFault,
    password::HashError,
    review::{Denied, ReviewError},
    validation::{CollectionSchemaError, SchemaError, Violation},
};
use crate::{
    canonical,
    storage::{Permissions, StorageError},
    types::{Object, RandomError, Timestamp},
};

/// An object or record as its reader sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shown {
    /// Canonical JSON text of the data, `id` and `last_modified` included.
    pub data: Vec<u8>,
    /// When it was last modified.
    pub last_modified: Timestamp,
    /// Its permissions, where the reader sees them (§8); else none.
    pub permissions: Permissions,
}

/// What is left of something deleted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deleted {
    /// Its id.
    pub id: String,
    /// When it was deleted.
    pub last_modified: Timestamp,
}

impl Deleted {
    /// Canonical JSON text of the tombstone.
    pub fn to_data(&self) -> Vec<u8> {
        canonical::object_to_bytes(&self.members())
    }

    /// The tombstone as clients see it.
    pub fn members(&self) -> Object {
        let mut tombstone = Object::new();
        tombstone.insert("deleted", true);
        tombstone.insert("id", self.id.as_str());
        tombstone.insert("last_modified", self.last_modified.as_millis());
        tombstone
    }
}

/// What a PUT did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Written {
    /// It was not there: 201.
    Created(Shown),
    /// It was there: 200.
    Updated(Shown),
}

/// What a PATCH did, with what was there before: an answer may show the difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    /// The data after it, `id` and `last_modified` included.
    pub after: Object,
    /// The data before it, likewise.
    pub before: Object,
    /// What is there now.
    pub shown: Shown,
}

/// What a reader gets that may know it already.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fetched<T> {
    /// This.
    New(T),
    /// 304: it knows what is there at that time.
    NotModified(Timestamp),
}

/// Why something is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// 404/110
    #[error("no {} {id}", kind.name())]
    Missing {
        /// The id that was asked for.
        id: String,
        /// What it would be.
        kind: Kind,
    },
    /// 412
    #[error("a precondition failed")]
    PreconditionFailed {
        /// What is there, if it is one thing.
        existing: Option<Box<Shown>>,
        /// Its time, or the list's.
        timestamp: Timestamp,
    },
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why nothing was written. What was written before it in the same attempt is undone.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// One of those in a list that is deleted may not be (401, 403).
    #[error(transparent)]
    Denied(#[from] Denied),
    /// 400/107: the data are not what such a thing holds.
    #[error("{}: {}", .0.name, .0.problem)]
    Draft(DraftFault),
    /// 404/110
    #[error("no {} {id}", kind.name())]
    Missing {
        /// The id of the URL.
        id: String,
        /// What it would be.
        kind: Kind,
    },
    /// The password's hash could not be made.
    #[error(transparent)]
    Password(#[from] HashError),
    /// 412
    #[error("a precondition failed")]
    PreconditionFailed {
        /// What is there, for those who may read it.
        existing: Option<Box<Shown>>,
        /// Its time, or the list's where nothing is there.
        timestamp: Timestamp,
    },
    /// The record is longer than the limit.
    #[error("the record is longer than {most} bytes")]
    RecordTooLong {
        /// The limit, in bytes of the canonical form.
        most: usize,
    },
    /// The record cannot be signed.
    #[error(transparent)]
    Refused(#[from] canonical::Refusal),
    /// A rule of review.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// Clock, timestamps, database.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The schema of the collection, stored before schemas were looked at, cannot be used (400/107).
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The collection is full.
    #[error("the collection holds {most} records already")]
    TooManyRecords {
        /// The limit.
        most: u64,
    },
    /// 400/107: the record is not what the schema of its collection asks for.
    #[error("{}", violations.first().map(Violation::sentence).unwrap_or_default())]
    Violates {
        /// What is wrong, the nearest to the root first; at least one.
        violations: Vec<Violation>,
    },
}

impl WriteError {
    /// A fault in `data`, as POST and PUT tell it.
    pub(super) fn in_data(fault: DraftFault) -> Self {
        Self::Draft(fault.in_data())
    }
}

impl From<StorageError> for WriteError {
    fn from(error: StorageError) -> Self {
        Self::Row(RowError::Storage(error))
    }
}

impl From<CollectionSchemaError> for WriteError {
    fn from(error: CollectionSchemaError) -> Self {
        match error {
            CollectionSchemaError::Schema(error) => error.into(),
            CollectionSchemaError::Storage(error) => error.into(),
        }
    }
}

impl From<PutSecretError> for WriteError {
    fn from(error: PutSecretError) -> Self {
        match error {
            PutSecretError::Hash(error) => Self::Password(error),
            PutSecretError::Storage(error) => error.into(),
        }
    }
}

impl From<RandomError> for WriteError {
    fn from(error: RandomError) -> Self {
        Self::Row(RowError::Random(error))
    }
}

/// How many entries of a list there are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Counted {
    /// The timestamp of the whole list.
    pub timestamp: Timestamp,
    /// Live entries that match and that the reader sees.
    pub total: u64,
}
