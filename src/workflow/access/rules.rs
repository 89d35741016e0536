//! Which stored permission gives what (`kinto-api` §14.1).

use super::RecordKey;
use crate::{
    storage::{ListKey, ObjectKey, StorageError},
    types::BucketId,
    workflow::{Kind, Scope, review},
};

/// Whether the actor reads everything in a list: `read` or `write` on one of the parents, or administrator.
///
/// Also the permission for a collection's changeset and its change: `record:create` is not enough.
pub fn may_read_below(scope: &mut Scope<'_>, list: &ListKey) -> Result<bool, StorageError> {
    holds_above(scope, list, &["read", "write"])
}

/// Whether the actor is one of the configuration's administrators.
pub fn is_administrator(scope: &Scope<'_>) -> bool {
    review::is_administrator(&scope.services.settings, scope.actor)
}

pub(super) fn may_create_in(scope: &mut Scope<'_>, list: &ListKey) -> Result<bool, StorageError> {
    match list {
        // Administrators alone (`interface`).
        ListKey::Accounts | ListKey::Buckets | ListKey::History(_) => Ok(false),
        ListKey::Collections(bucket) => holds(scope, &bucket_uri(bucket), &["collection:create", "write"]),
        ListKey::Groups(bucket) => holds(scope, &bucket_uri(bucket), &["group:create", "write"]),
        ListKey::Records(path) => Ok(holds(scope, &bucket_uri(&path.bucket), &["write"])?
            || holds(scope, &ObjectKey::Collection(path.clone()).uri(), &["record:create", "write"])?),
    }
}

pub(super) fn may_read_object(scope: &mut Scope<'_>, key: &ObjectKey) -> Result<bool, StorageError> {
    Ok(may_read_below(scope, &key.list())? || holds(scope, &key.uri(), readers_of(key))?)
}

pub(super) fn may_write_object(scope: &mut Scope<'_>, key: &ObjectKey) -> Result<bool, StorageError> {
    Ok(may_write_below(scope, &key.list())? || holds(scope, &key.uri(), &["write"])?)
}

pub(super) fn may_read_record(scope: &mut Scope<'_>, key: &RecordKey) -> Result<bool, StorageError> {
    Ok(may_read_below(scope, &ListKey::Records(key.path.clone()))?
        || holds(scope, &key.uri(), &["read", "write"])?)
}

pub(super) fn may_write_record(scope: &mut Scope<'_>, key: &RecordKey) -> Result<bool, StorageError> {
    Ok(may_write_below(scope, &ListKey::Records(key.path.clone()))? || holds(scope, &key.uri(), &["write"])?)
}

pub(super) fn may_write_below(scope: &mut Scope<'_>, list: &ListKey) -> Result<bool, StorageError> {
    holds_above(scope, list, &["write"])
}

/// Whether one of `names` is held on one of a list's parents, as administrators hold everything.
fn holds_above(scope: &mut Scope<'_>, list: &ListKey, names: &[&str]) -> Result<bool, StorageError> {
    if is_administrator(scope) {
        return Ok(true);
    }
    match list {
        ListKey::Accounts | ListKey::Buckets => Ok(false),
        ListKey::Collections(bucket) | ListKey::Groups(bucket) | ListKey::History(bucket) => {
            holds(scope, &bucket_uri(bucket), names)
        }
        ListKey::Records(path) => Ok(holds(scope, &bucket_uri(&path.bucket), names)?
            || holds(scope, &ObjectKey::Collection(path.clone()).uri(), names)?),
    }
}

/// Whether one of the actor's principals holds one of `names` on this very object.
pub(super) fn holds(scope: &mut Scope<'_>, uri: &str, names: &[&str]) -> Result<bool, StorageError> {
    let permissions = scope.tx.find_permissions(uri)?;
    Ok(names.iter().any(|name| {
        permissions
            .get(*name)
            .is_some_and(|principals| principals.iter().any(|principal| scope.actor.has_principal(principal)))
    }))
}

/// Which permissions of an object let its attributes be read: any, also those to create in it.
pub(super) fn readers_of(key: &ObjectKey) -> &'static [&'static str] {
    Kind::of(key).permission_names()
}

pub(super) fn shared_readers(list: &ListKey) -> &'static [&'static str] {
    Kind::in_list(list).map_or(&["read", "write"], Kind::permission_names)
}

fn bucket_uri(bucket: &BucketId) -> String {
    ObjectKey::Bucket(bucket.clone()).uri()
}
