//! Who may do what (`kinto-api` §14), as proofs: a verb wants a permit, and only this module makes permits.
//!
//! A permit is good for the transaction in which it was asked. Every permit to write was shown to [`review::guard_write`]
//! first, so nothing here lets anybody past the review, administrators included.

mod offers;
mod permit;
mod rules;

use self::rules::{
    holds, may_create_in, may_read_object, may_read_record, may_write_below, may_write_object,
    may_write_record, readers_of, shared_readers,
};
use super::{
    Kind, Preconditions, Scope,
    review::{self, Denied, Target},
};
use crate::{
    storage::{Entry, ListKey, ObjectKey, StorageError},
    types::{AccountName, BucketId, CollectionId, CollectionPath, GroupId, IdError, RecordId},
};

pub use offers::{may_create, may_delete, may_write};
pub use permit::{
    Existing, MayAdminister, MayClear, MayCreate, MayDelete, MayKeep, MayList, MayPost, MayPut, MayRead,
    MayWrite, Part, RecordKey,
};
pub use rules::{is_administrator, may_read_below};

/// Why there is no permit.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// 401 or 403.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The id in the path is none (400), told only to who may know.
    #[error("Invalid object id")]
    MalformedId,
    /// The bucket or collection that it would be in does not exist (404/111).
    #[error("no such {}: {id}", kind.name())]
    MissingParent {
        /// Its id.
        id: String,
        /// What it is.
        kind: Kind,
    },
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// GET and HEAD of an object. One that is missing is told so only to who could read it by inheritance (§14.2).
pub fn read_object(
    scope: &mut Scope<'_>,
    list: &ListKey,
    key: Result<ObjectKey, IdError>,
) -> Result<MayRead<ObjectKey>, AccessError> {
    allow(scope, |scope| {
        let inherited = may_read_below(scope, list)?;
        Ok(match &key {
            Ok(key) => inherited || holds(scope, &key.uri(), readers_of(key))?,
            Err(_) => inherited,
        })
    })?;
    find_parent(scope, list)?;
    key.map(MayRead).map_err(|_| AccessError::MalformedId)
}

/// PATCH of an object. One that is missing is told so only to who may read its parent.
pub fn write_object(
    scope: &mut Scope<'_>,
    list: &ListKey,
    key: Result<ObjectKey, IdError>,
) -> Result<MayWrite<ObjectKey>, AccessError> {
    let target = key.as_ref().ok().cloned().map(Target::Object);
    change_object(scope, list, key, target).map(MayWrite)
}

/// DELETE of an object, as [`write_object`].
pub fn delete_object(
    scope: &mut Scope<'_>,
    list: &ListKey,
    key: Result<ObjectKey, IdError>,
) -> Result<MayDelete<ObjectKey>, AccessError> {
    let target = key.as_ref().ok().cloned().map(Target::Deletion);
    change_object(scope, list, key, target).map(MayDelete)
}

/// PUT of an object: writing one that is there, creating one that is not. With `If-None-Match: *` creating is asked for.
pub fn put_object(
    scope: &mut Scope<'_>,
    list: &ListKey,
    key: Result<ObjectKey, IdError>,
    conditions: &Preconditions,
) -> Result<MayPut<ObjectKey>, AccessError> {
    let found = match &key {
        Ok(key) => {
            guard(scope, &Target::Object(key.clone()))?;
            scope.tx.find_object(key)?.is_some()
        }
        Err(_) => false,
    };
    let existing = match &key {
        Ok(key) if found && !conditions.creates_only() => {
            allow(scope, |scope| may_write_object(scope, key))?;
            Existing::Shown
        }
        Ok(_) | Err(_) => {
            allow(scope, |scope| may_create_in(scope, list))?;
            Existing::Hidden
        }
    };
    find_parent(scope, list)?;
    let key = key.map_err(|_| AccessError::MalformedId)?;
    let existing = match existing {
        Existing::Hidden if found && may_read_object(scope, &key)? => Existing::Shown,
        other @ (Existing::Hidden | Existing::Shown) => other,
    };
    Ok(MayPut { conditions: *conditions, existing, key })
}

/// POST on a list of objects; `key` is the id in the body, if there is one.
pub fn post_object(
    scope: &mut Scope<'_>,
    list: &ListKey,
    key: Option<ObjectKey>,
) -> Result<MayPost<ListKey, ObjectKey>, AccessError> {
    if let Some(key) = &key
        && scope.tx.find_object(key)?.is_some()
    {
        allow(scope, |scope| may_read_object(scope, key))?;
        return Ok(MayPost::Existing(MayRead(key.clone())));
    }
    let target = key.clone().map_or_else(|| Target::List(list.clone()), Target::Object);
    guard(scope, &target)?;
    allow(scope, |scope| may_create_in(scope, list))?;
    find_parent(scope, list)?;
    Ok(MayPost::Create(MayCreate { list: list.clone(), id: key }))
}

/// GET and HEAD of a list of objects (§14.3).
pub fn read_list(scope: &mut Scope<'_>, list: &ListKey) -> Result<MayList<ListKey>, AccessError> {
    Ok(MayList { list: list.clone(), part: readable_part(scope, list)? })
}

/// GET and HEAD of a list of records.
pub fn read_records(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
) -> Result<MayList<CollectionPath>, AccessError> {
    let part = readable_part(scope, &ListKey::Records(path.clone()))?;
    Ok(MayList { list: path.clone(), part })
}

/// DELETE of a list of objects (§14.3).
pub fn clear_list(scope: &mut Scope<'_>, list: &ListKey) -> Result<MayClear<ListKey>, AccessError> {
    Ok(MayClear { list: list.clone(), part: writable_part(scope, list)? })
}

/// DELETE of a list of records.
pub fn clear_records(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
) -> Result<MayClear<CollectionPath>, AccessError> {
    let part = writable_part(scope, &ListKey::Records(path.clone()))?;
    Ok(MayClear { list: path.clone(), part })
}

/// GET and HEAD of a record.
pub fn read_record(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: Result<RecordId, IdError>,
) -> Result<MayRead<RecordKey>, AccessError> {
    let list = ListKey::Records(path.clone());
    let key = id.map(|id| RecordKey { id, path: path.clone() });
    allow(scope, |scope| {
        let inherited = may_read_below(scope, &list)?;
        Ok(match &key {
            Ok(key) => inherited || holds(scope, &key.uri(), &["read", "write"])?,
            Err(_) => inherited,
        })
    })?;
    find_parent(scope, &list)?;
    key.map(MayRead).map_err(|_| AccessError::MalformedId)
}

/// PATCH of a record. A missing collection is told to everybody, a missing record to who may read the collection.
pub fn write_record(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: Result<RecordId, IdError>,
) -> Result<MayWrite<RecordKey>, AccessError> {
    change_record(scope, path, id).map(MayWrite)
}

/// DELETE of a record, as [`write_record`].
pub fn delete_record(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: Result<RecordId, IdError>,
) -> Result<MayDelete<RecordKey>, AccessError> {
    change_record(scope, path, id).map(MayDelete)
}

/// PUT of a record, as [`put_object`].
pub fn put_record(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: Result<RecordId, IdError>,
    conditions: &Preconditions,
) -> Result<MayPut<RecordKey>, AccessError> {
    let list = ListKey::Records(path.clone());
    find_parent(scope, &list)?;
    let key = id.map(|id| RecordKey { id, path: path.clone() });
    if let Ok(key) = &key {
        guard(scope, &Target::Record(path.clone(), key.id.clone()))?;
    }
    let found = is_live(scope, &key)?;
    allow(scope, |scope| match &key {
        Ok(key) if found && !conditions.creates_only() => may_write_record(scope, key),
        Ok(_) | Err(_) => may_create_in(scope, &list),
    })?;
    let key = key.map_err(|_| AccessError::MalformedId)?;
    let existing = if !conditions.creates_only() || may_read_record(scope, &key)? {
        Existing::Shown
    } else {
        Existing::Hidden
    };
    Ok(MayPut { conditions: *conditions, existing, key })
}

/// POST on a list of records; `id` is the one in the body, if there is one.
pub fn post_record(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: Option<RecordId>,
) -> Result<MayPost<CollectionPath, RecordKey>, AccessError> {
    let list = ListKey::Records(path.clone());
    find_parent(scope, &list)?;
    let key = id.map(|id| RecordKey { id, path: path.clone() });
    if let Some(key) = &key
        && matches!(scope.tx.find_record(path, &key.id)?, Some(Entry::Live(_)))
    {
        allow(scope, |scope| may_read_record(scope, key))?;
        return Ok(MayPost::Existing(MayRead(key.clone())));
    }
    let target = match &key {
        Some(key) => Target::Record(path.clone(), key.id.clone()),
        None => Target::List(list.clone()),
    };
    guard(scope, &target)?;
    allow(scope, |scope| may_create_in(scope, &list))?;
    Ok(MayPost::Create(MayCreate { list: path.clone(), id: key }))
}

/// For administrators of the configuration, and for the service itself: for whoever has the folder.
pub fn administer(scope: &Scope<'_>) -> Result<MayAdminister, Denied> {
    if is_administrator(scope) || scope.actor.is_plugin() {
        Ok(MayAdminister(()))
    } else {
        Err(denied(scope))
    }
}

/// For the owner of an account, and for administrators.
pub fn keep_account(scope: &Scope<'_>, name: &AccountName) -> Result<MayKeep, Denied> {
    let is_owner = scope.actor.user().and_then(|user| user.strip_prefix("account:")) == Some(name.as_str());
    if is_owner || is_administrator(scope) { Ok(MayKeep(name.clone())) } else { Err(denied(scope)) }
}

fn change_object(
    scope: &mut Scope<'_>,
    list: &ListKey,
    key: Result<ObjectKey, IdError>,
    target: Option<Target>,
) -> Result<ObjectKey, AccessError> {
    let found = match &key {
        Ok(key) => scope.tx.find_object(key)?.is_some(),
        Err(_) => false,
    };
    if let Some(target) = target {
        guard(scope, &target)?;
    }
    allow(scope, |scope| match &key {
        Ok(key) if found => may_write_object(scope, key),
        Ok(_) | Err(_) => may_read_below(scope, list),
    })?;
    find_parent(scope, list)?;
    key.map_err(|_| AccessError::MalformedId)
}

fn change_record(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: Result<RecordId, IdError>,
) -> Result<RecordKey, AccessError> {
    let list = ListKey::Records(path.clone());
    find_parent(scope, &list)?;
    let key = id.map(|id| RecordKey { id, path: path.clone() });
    if let Ok(key) = &key {
        guard(scope, &Target::Record(path.clone(), key.id.clone()))?;
    }
    let found = is_live(scope, &key)?;
    allow(scope, |scope| match &key {
        Ok(key) if found => may_write_record(scope, key),
        Ok(_) | Err(_) => may_read_below(scope, &list),
    })?;
    key.map_err(|_| AccessError::MalformedId)
}

fn guard(scope: &mut Scope<'_>, target: &Target) -> Result<(), Denied> {
    review::guard_write(scope, target)
}

/// 401 or 403 unless an administrator asks or `rule` says yes.
fn allow(
    scope: &mut Scope<'_>,
    rule: impl FnOnce(&mut Scope<'_>) -> Result<bool, StorageError>,
) -> Result<(), AccessError> {
    if is_administrator(scope) || rule(scope)? { Ok(()) } else { Err(denied(scope).into()) }
}

fn denied(scope: &Scope<'_>) -> Denied {
    if scope.actor.user().is_none() { Denied::Anonymous } else { Denied::Forbidden }
}

fn readable_part(scope: &mut Scope<'_>, list: &ListKey) -> Result<Part, AccessError> {
    let all = may_read_below(scope, list)?;
    let part = part_of(scope, list, all, shared_readers(list))?;
    find_parent(scope, list)?;
    Ok(part)
}

fn writable_part(scope: &mut Scope<'_>, list: &ListKey) -> Result<Part, AccessError> {
    guard(scope, &Target::List(list.clone()))?;
    let all = may_write_below(scope, list)?;
    let part = part_of(scope, list, all, &["write"])?;
    find_parent(scope, list)?;
    Ok(part)
}

/// How much of a list: all, what is shared, or nothing for those who may create in it.
fn part_of(scope: &mut Scope<'_>, list: &ListKey, all: bool, names: &[&str]) -> Result<Part, AccessError> {
    if all {
        return Ok(Part::All);
    }
    let shared = scope.tx.list_shared(list, names, scope.actor.principals())?;
    if shared.is_empty() {
        allow(scope, |scope| may_create_in(scope, list))?;
    }
    Ok(Part::Only(shared))
}

/// The bucket or collection of a list must be there.
fn find_parent(scope: &mut Scope<'_>, list: &ListKey) -> Result<(), AccessError> {
    let (key, kind) = match list {
        ListKey::Accounts | ListKey::Buckets => return Ok(()),
        ListKey::Collections(bucket) | ListKey::Groups(bucket) | ListKey::History(bucket) => {
            (ObjectKey::Bucket(bucket.clone()), Kind::Bucket)
        }
        ListKey::Records(path) => (ObjectKey::Collection(path.clone()), Kind::Collection),
    };
    if scope.tx.find_object(&key)?.is_some() {
        Ok(())
    } else {
        Err(AccessError::MissingParent { id: key.id().to_owned(), kind })
    }
}

fn is_live(scope: &mut Scope<'_>, key: &Result<RecordKey, IdError>) -> Result<bool, StorageError> {
    Ok(match key {
        Ok(key) => matches!(scope.tx.find_record(&key.path, &key.id)?, Some(Entry::Live(_))),
        Err(_) => false,
    })
}

/// The key of an object in a list, by an id that may be malformed; `None` in lists that hold no objects.
pub fn object_key(list: &ListKey, id: &str) -> Option<Result<ObjectKey, IdError>> {
    match list {
        ListKey::Accounts => Some(AccountName::parse(id).map(ObjectKey::Account)),
        ListKey::Buckets => Some(BucketId::parse(id).map(ObjectKey::Bucket)),
        ListKey::Collections(bucket) => Some(
            CollectionId::parse(id)
                .map(|collection| ObjectKey::Collection(CollectionPath::new(bucket.clone(), collection))),
        ),
        ListKey::Groups(bucket) => {
            Some(GroupId::parse(id).map(|group| ObjectKey::Group(bucket.clone(), group)))
        }
        ListKey::History(_) | ListKey::Records(_) => None,
    }
}
