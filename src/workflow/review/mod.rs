//! Review: what is a change, who may approve it, and the hooks by which every other verb keeps to it.
//!
//! The verbs on buckets, groups, collections, records and accounts call the hooks below at the named moment; the rules live
//! here once.

mod error;
mod guard;

use super::Scope;
use crate::{
    storage::{ListKey, ObjectKey, StoredRecord},
    types::{CollectionPath, Object, RecordId},
};

pub use error::{Refusal, ReviewError, WroteAttributes};
pub use guard::{Denied, guard_write, is_administrator};

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
