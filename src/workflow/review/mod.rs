//! Review: what is a change, who may approve it, and the hooks by which every other verb keeps to it.
//!
//! The verbs on buckets, groups, collections, records and accounts call the hooks below at the named moment; the rules live
//! here once.

mod approval;
mod approvers;
mod change;
mod creation;
mod deletion;
mod delta;
mod destination;
mod edits;
mod error;
mod guard;
mod impact;
mod kept;
mod machine;
mod publish;
mod reading;
mod report;
mod request;
mod resign;
mod rollback;
mod source;
mod standing;
mod take_over;

use super::{Role, Scope};
use crate::{
    storage::{ListKey, ObjectKey, StoredRecord},
    types::{CollectionPath, Object, RecordId},
};

pub use approvers::approvers;
pub use change::{Change, ChangeCounts, ChangeEntry, ChangeName, EntryKind, change};
pub use delta::DeltaSize;
pub(super) use edits::Edits;
pub use error::{Refusal, ReviewError, WroteAttributes};
pub use guard::{Denied, guard_write, is_administrator};
pub(super) use guard::{EDITORS, REVIEWERS};
pub use kept::tally;
pub use reading::{LastEdit, Reading, read};
pub use report::{
    Broken, Changes, Exceeded, Flip, Found, Limits, OverLimit, Report, ReportState, SchemaState,
    SchemaTrouble, report,
};
pub(super) use resign::sign_again;
pub(super) use source::{differing_attribute, is_reserved};
pub use standing::{Standing, may_ask, standing};
pub(super) use take_over::take_over;

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
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: &RecordId,
    before: Option<&StoredRecord>,
    after: Option<&StoredRecord>,
) -> Result<(), ReviewError> {
    if scope.actor.is_plugin() {
        return Ok(());
    }
    match scope.services.settings.resources.role(path) {
        Some(Role::Destination(_) | Role::Preview(_)) => Err(Denied::Forbidden.into()),
        Some(Role::Source(resource)) => edits::record_written(scope, &resource, id, before, after),
        None => Ok(()),
    }
}

/// Before a collection's row is written: refuses, or corrects `after`. Attributes are without `id` and `last_modified`.
pub fn collection_writing(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    write: CollectionWrite,
    before: Option<&Object>,
    after: &mut Object,
) -> Result<(), ReviewError> {
    if scope.actor.is_plugin() {
        return Ok(());
    }
    match scope.services.settings.resources.role(path) {
        Some(Role::Destination(_) | Role::Preview(_)) => Err(Denied::Forbidden.into()),
        Some(Role::Source(resource)) => machine::writing(scope, &resource, write, before, after),
        None => Ok(()),
    }
}

/// After the row, its permissions and its history entry were written: runs the transitions (groups, preview, publication …).
pub fn collection_written(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    write: CollectionWrite,
    before: Option<&Object>,
    after: &Object,
) -> Result<(), ReviewError> {
    if scope.actor.is_plugin() {
        return Ok(());
    }
    match scope.services.settings.resources.of_source(path) {
        Some(resource) => machine::written(scope, &resource, write, before, after),
        None => Ok(()),
    }
}

/// Before a collection is deleted: refuses while records are published.
pub fn collection_deleting(scope: &mut Scope<'_>, path: &CollectionPath) -> Result<(), ReviewError> {
    if scope.actor.is_plugin() { Ok(()) } else { deletion::deleting(scope, path) }
}

/// After a collection, its records, permissions and groups were deleted: empties what was published from it.
pub fn collection_deleted(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    _before: &Object,
) -> Result<(), ReviewError> {
    match scope.services.settings.resources.of_source(path) {
        Some(resource) if !scope.actor.is_plugin() => deletion::deleted(scope, &resource),
        Some(_) | None => Ok(()),
    }
}
