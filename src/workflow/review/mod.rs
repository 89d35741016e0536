//! Review: what is a change, who may approve it, and the hooks by which every other verb keeps to it.
//!
//! The verbs on buckets, groups, collections, records and accounts call the hooks below at the named moment; the rules live
//! here once.

use super::Scope;
use crate::{
    storage::{ListKey, ObjectKey, StorageError, StoredRecord},
    types::{CollectionPath, Object, RecordId, Sha256Digest},
};

/// What a request is about to write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Target {
    /// An object's deletion.
    Deletion(ObjectKey),
    /// Something new in a list that has no name yet, or the deletion of a list (each object in it is asked for too).
    List(ListKey),
    /// An object: its attributes, its permissions.
    Object(ObjectKey),
    /// A record.
    Record(CollectionPath, RecordId),
}

/// Why a write is refused before anything is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Denied {
    /// Nobody is signed in: 401.
    #[error("please authenticate")]
    Anonymous,
    /// Signed in, but not allowed: 403.
    #[error("not allowed")]
    Forbidden,
}

/// How a collection is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CollectionWrite {
    /// It did not exist.
    Create,
    /// Some attributes of an existing one.
    Patch,
    /// All attributes of an existing one.
    Put,
}

/// Why a write on a signed resource is refused. The transaction (a whole batch) is undone.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// 400/109 with this text.
    #[error("{0}")]
    BadRequest(Refusal),
    /// 412/114: another change than the one named.
    #[error("the change is another one by now")]
    ChangeDiffers {
        /// The current change's digest.
        current: Sha256Digest,
    },
    /// 400/107, location header: what is named is no digest.
    #[error("Countersign-Change in header: not a digest")]
    ChangeMalformed,
    /// 403/121 with this text.
    #[error("{0}")]
    Forbidden(Refusal),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The refusals of the protocol and ours, with the texts that clients see.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// `to-sign` on what is signed.
    #[error("Collection already signed")]
    AlreadySigned,
}

/// Before a permission is even looked at: preview and destination, reviewers groups, anonymous writers on signed sources.
pub fn guard_write(_scope: &mut Scope<'_>, _target: &Target) -> Result<(), Denied> {
    Ok(())
}

/// After a record's row was written or deleted, in any collection, by anybody but the plug-in.
pub fn record_written(
    _scope: &mut Scope<'_>,
    _path: &CollectionPath,
    _id: &RecordId,
    _before: Option<&StoredRecord>,
    _after: Option<&StoredRecord>,
) -> Result<(), ReviewError> {
    Ok(())
}

/// Before a collection's row is written: refuses, or corrects `after`. Attributes are without `id` and `last_modified`.
pub fn collection_writing(
    _scope: &mut Scope<'_>,
    _path: &CollectionPath,
    _write: CollectionWrite,
    _before: Option<&Object>,
    _after: &mut Object,
) -> Result<(), ReviewError> {
    Ok(())
}

/// After the row, its permissions and its history entry were written: runs the transitions (groups, preview, publication …).
pub fn collection_written(
    _scope: &mut Scope<'_>,
    _path: &CollectionPath,
    _write: CollectionWrite,
    _before: Option<&Object>,
    _after: &Object,
) -> Result<(), ReviewError> {
    Ok(())
}

/// Before a collection is deleted: refuses while records are published.
pub fn collection_deleting(_scope: &mut Scope<'_>, _path: &CollectionPath) -> Result<(), ReviewError> {
    Ok(())
}

/// After a collection, its records, permissions and groups were deleted: empties what was published from it.
pub fn collection_deleted(
    _scope: &mut Scope<'_>,
    _path: &CollectionPath,
    _before: &Object,
) -> Result<(), ReviewError> {
    Ok(())
}
