//! One line for each bucket, group, collection and record that is created, changed or deleted (`kinto-api` §19), written
//! in the transaction of the change. What happens to previews and destinations is told by their publications instead.

mod search;

use super::{BucketRole, Role, RowError, Scope, timestamps};
use crate::{
    canonical,
    storage::{ContentId, HistoryAction, HistoryEntry, HistoryTarget, ListKey, ObjectKey, Permissions},
    types::{BucketId, CollectionPath, Object, RecordId, Timestamp},
};

pub use search::{Cursor, Event, Found, Search, entry, event, find, object_after};

/// What happened to an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Happened<'a> {
    /// It is new, and this is what it is.
    Created(&'a Permissions),
    /// It was deleted at that time.
    Deleted(Timestamp),
    /// It was written again, and this is what it is.
    Updated(&'a Permissions),
}

/// Notes what happened to an object; `attributes` are its attributes as stored, for those that live.
pub(super) fn object(
    scope: &mut Scope<'_>,
    key: &ObjectKey,
    attributes: &Object,
    last_modified: Timestamp,
    happened: Happened<'_>,
) -> Result<(), RowError> {
    let Some(bucket) = bucket_of(scope, key) else { return Ok(()) };
    let target = match happened {
        Happened::Deleted(at) => HistoryTarget::Deleted(at),
        Happened::Created(_) | Happened::Updated(_) => {
            HistoryTarget::Object(canonical::object_to_text(&whole(key.id(), attributes, last_modified)))
        }
    };
    insert(scope, bucket, key.uri(), target, happened)
}

/// Notes what happened to a record; `content` is what it holds, for those that live.
pub(super) fn record(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: &RecordId,
    content: Option<(ContentId, Timestamp)>,
    happened: Happened<'_>,
) -> Result<(), RowError> {
    if is_published(scope, path) {
        return Ok(());
    }
    let target = match (happened, content) {
        (Happened::Deleted(at), _) => HistoryTarget::Deleted(at),
        (_, Some((content, at))) => HistoryTarget::Record(content, at),
        (Happened::Created(_) | Happened::Updated(_), None) => return Ok(()),
    };
    let uri = format!("{}/{id}", ListKey::Records(path.clone()).uri());
    insert(scope, path.bucket.clone(), uri, target, happened)
}

/// An object as a client sees it: its attributes with `id` and `last_modified`.
pub(super) fn whole(id: &str, attributes: &Object, last_modified: Timestamp) -> Object {
    let mut whole = attributes.clone();
    whole.insert("id", id);
    whole.insert("last_modified", last_modified.as_millis());
    whole
}

fn insert(
    scope: &mut Scope<'_>,
    bucket: BucketId,
    uri: String,
    target: HistoryTarget,
    happened: Happened<'_>,
) -> Result<(), RowError> {
    let (action, permissions) = match happened {
        Happened::Created(permissions) => (HistoryAction::Create, permissions.clone()),
        Happened::Deleted(_) => (HistoryAction::Delete, Permissions::new()),
        Happened::Updated(permissions) => (HistoryAction::Update, permissions.clone()),
    };
    let last_modified =
        timestamps::assign(scope, &ListKey::History(bucket.clone()), timestamps::Wanted::NEW)?;
    let entry = HistoryEntry {
        action,
        bucket,
        id: super::rows::random_uuid(scope)?,
        last_modified,
        permissions,
        target,
        uri,
        user: scope.actor.user().map(str::to_owned),
    };
    scope.tx.insert_history(&entry)?;
    Ok(())
}

/// The bucket in whose history the object is; accounts have none, nor has what is published.
fn bucket_of(scope: &Scope<'_>, key: &ObjectKey) -> Option<BucketId> {
    match key {
        ObjectKey::Account(_) => None,
        ObjectKey::Bucket(bucket) | ObjectKey::Group(bucket, _) => {
            let role = scope.services.settings.resources.bucket_role(bucket);
            (role != Some(BucketRole::Published)).then(|| bucket.clone())
        }
        ObjectKey::Collection(path) => (!is_published(scope, path)).then(|| path.bucket.clone()),
    }
}

fn is_published(scope: &Scope<'_>, path: &CollectionPath) -> bool {
    match scope.services.settings.resources.role(path) {
        Some(Role::Destination(_) | Role::Preview(_)) => true,
        Some(Role::Source(_)) | None => false,
    }
}
