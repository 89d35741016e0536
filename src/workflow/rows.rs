//! The rows that a write leaves, whoever makes it: object or record, permissions, timestamps, group members, history.
//!
//! No rule is asked here: verbs come with a permit, and the signer's own writes need none. Every function leaves the
//! transaction whole; what it did is undone with it.

use super::{
    Scope, groups,
    history::{self, Happened},
    timestamps::{self, Wanted},
};
use crate::{
    canonical,
    storage::{
        Entry, ListKey, ObjectKey, Permissions, RecordRow, StorageError, StoredObject, StoredRecord, Window,
    },
    types::{
        BucketId, CollectionId, CollectionPath, Content, GroupId, JsonLimits, Nul, Object, RandomError,
        RecordId, Timestamp, Value,
    },
};

/// Why a row could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The clock is more than a day behind: nothing is written until it is right.
    #[error("the clock shows {now}, more than a day before {highest}, when something was last written")]
    ClockBehind {
        /// The highest time at which something was written.
        highest: Timestamp,
        /// What the clock shows.
        now: Timestamp,
    },
    /// No random bytes for an id.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Another entry of the list has the time that the client asked for.
    #[error("another entry has this last_modified")]
    TimestampTaken,
    /// The list's timestamp cannot grow any more.
    #[error("the list has no later timestamps")]
    TimestampsExhausted,
}

/// Writes an object: its row, its permissions, the timestamps of the lists in it, a group's members, its history.
///
/// `attributes` are without `id` and `last_modified`. A list whose parent is created begins here.
pub(super) fn put_object(
    scope: &mut Scope<'_>,
    key: &ObjectKey,
    attributes: &Object,
    permissions: &Permissions,
    wanted: Wanted,
) -> Result<StoredObject, RowError> {
    let last_modified = timestamps::assign(scope, &key.list(), wanted)?;
    let stored = StoredObject { attributes: canonical::object_to_text(attributes), last_modified };
    scope.tx.put_object(key, &stored)?;
    scope.tx.put_permissions(&key.uri(), permissions)?;
    match key {
        ObjectKey::Account(_) => {}
        ObjectKey::Bucket(bucket) => {
            timestamps::begin(scope, &ListKey::Collections(bucket.clone()))?;
            timestamps::begin(scope, &ListKey::Groups(bucket.clone()))?;
            timestamps::begin(scope, &ListKey::History(bucket.clone()))?;
        }
        ObjectKey::Collection(path) => timestamps::begin(scope, &ListKey::Records(path.clone()))?,
        ObjectKey::Group(bucket, group) => {
            scope.tx.put_group_members(bucket, group, &groups::members(attributes))?;
        }
    }
    let happened = match wanted.current {
        None => Happened::Created(permissions),
        Some(_) => Happened::Updated(permissions),
    };
    history::object(scope, key, attributes, last_modified, happened)?;
    Ok(stored)
}

/// Deletes an object and everything below it (`kinto-api` §7.4), leaving one tombstone, whose time is returned.
///
/// `wanted.current` is the object's own time. An account also leaves every group and every permission.
pub(super) fn delete_object(
    scope: &mut Scope<'_>,
    key: &ObjectKey,
    wanted: Wanted,
) -> Result<Timestamp, RowError> {
    let last_modified = timestamps::assign(scope, &key.list(), wanted)?;
    match key {
        ObjectKey::Account(name) => {
            let user = format!("account:{name}");
            leave_groups(scope, &user)?;
            scope.tx.delete_principal(&user)?;
            scope.tx.delete_credential(name)?;
            scope.tx.delete_password_link_of(name)?;
            scope.tx.delete_sessions_of(name)?;
        }
        ObjectKey::Bucket(bucket) => purge_bucket(scope, bucket)?,
        ObjectKey::Collection(path) => {
            scope.tx.purge_records(path)?;
            scope.tx.delete_timestamps(&ListKey::Records(path.clone()))?;
        }
        ObjectKey::Group(bucket, group) => scope.tx.put_group_members(bucket, group, &[])?,
    }
    scope.tx.delete_permissions(&key.uri())?;
    scope.tx.delete_object(key, Some(last_modified))?;
    if !matches!(key, ObjectKey::Bucket(_)) {
        history::object(scope, key, &Object::new(), last_modified, Happened::Deleted(last_modified))?;
    }
    Ok(last_modified)
}

/// Writes a live record: its content once, its row, its permissions where they are given, its history.
pub(super) fn put_record(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: &RecordId,
    content: Content,
    permissions: &Permissions,
    wanted: Wanted,
) -> Result<StoredRecord, RowError> {
    let last_modified = timestamps::assign(scope, &ListKey::Records(path.clone()), wanted)?;
    let equality = canonical::equality_digest(&content);
    let content_id = scope.tx.intern_content(&content, equality)?;
    scope.tx.put_record(path, id, &RecordRow { content: content_id, last_modified, leaf: None })?;
    if wanted.current.is_some() || !permissions.is_empty() {
        scope.tx.put_permissions(&record_uri(path, id), permissions)?;
    }
    let happened = match wanted.current {
        None => Happened::Created(permissions),
        Some(_) => Happened::Updated(permissions),
    };
    history::record(scope, path, id, Some((content_id, last_modified)), happened)?;
    Ok(StoredRecord { content, content_id, equality, last_modified })
}

/// Deletes a live record, leaving a tombstone, whose time is returned. `wanted.current` is the record's own time.
pub(super) fn delete_record(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: &RecordId,
    wanted: Wanted,
) -> Result<Timestamp, RowError> {
    let last_modified = timestamps::assign(scope, &ListKey::Records(path.clone()), wanted)?;
    scope.tx.delete_record(path, id, last_modified)?;
    scope.tx.delete_permissions(&record_uri(path, id))?;
    history::record(scope, path, id, None, Happened::Deleted(last_modified))?;
    Ok(last_modified)
}

/// The URI of a record, without `/v1`.
pub(super) fn record_uri(path: &CollectionPath, id: &RecordId) -> String {
    format!("{}/{id}", ListKey::Records(path.clone()).uri())
}

/// The attributes of a stored object.
pub fn attributes(stored: &StoredObject) -> Result<Object, StorageError> {
    parse_own(stored.attributes.as_bytes())
        .ok_or(StorageError::Corrupt { table: "objects", column: "attributes" })
}

/// A record, if it is live.
pub fn find_live(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: &RecordId,
) -> Result<Option<StoredRecord>, StorageError> {
    Ok(match scope.tx.find_record(path, id)? {
        Some(Entry::Live(record)) => Some(record),
        Some(Entry::Deleted(_)) | None => None,
    })
}

/// The members of a stored content: the record without `last_modified`.
pub fn members(content: &Content) -> Result<Object, StorageError> {
    parse_members(content.as_bytes())
}

/// A fresh UUID, version 4.
pub(super) fn random_uuid(scope: &Scope<'_>) -> Result<String, RandomError> {
    let mut bytes = [0; 16];
    scope.services.random.fill(&mut bytes)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string())
}

/// Everything in a bucket goes without trace: collections with their records, groups, history.
fn purge_bucket(scope: &mut Scope<'_>, bucket: &BucketId) -> Result<(), RowError> {
    for path in collections_in(scope, bucket)? {
        scope.tx.purge_records(&path)?;
    }
    for (id, _) in scope.tx.list_objects(&ListKey::Groups(bucket.clone()), &Window::default())? {
        let group =
            GroupId::parse(&id).map_err(|_| StorageError::Corrupt { table: "objects", column: "id" })?;
        scope.tx.put_group_members(bucket, &group, &[])?;
    }
    for list in [ListKey::Collections(bucket.clone()), ListKey::Groups(bucket.clone())] {
        scope.tx.purge_objects(&list)?;
        scope.tx.delete_timestamps(&list)?;
    }
    scope.tx.purge_history(bucket)?;
    scope.tx.delete_timestamps(&ListKey::History(bucket.clone()))?;
    Ok(())
}

/// The live collections of a bucket, newest first.
pub(super) fn collections_in(
    scope: &mut Scope<'_>,
    bucket: &BucketId,
) -> Result<Vec<CollectionPath>, StorageError> {
    scope
        .tx
        .list_objects(&ListKey::Collections(bucket.clone()), &Window::default())?
        .into_iter()
        .map(|(id, _)| {
            CollectionId::parse(&id)
                .map(|collection| CollectionPath::new(bucket.clone(), collection))
                .map_err(|_| StorageError::Corrupt { table: "objects", column: "id" })
        })
        .collect()
}

/// Takes a user out of every group that lists it.
fn leave_groups(scope: &mut Scope<'_>, user: &str) -> Result<(), RowError> {
    for (bucket, group) in scope.tx.groups_of(user)? {
        let key = ObjectKey::Group(bucket, group);
        let Some(stored) = scope.tx.find_object(&key)? else { continue };
        let mut attributes = attributes(&stored)?;
        let left: Vec<Value> = groups::members(&attributes)
            .into_iter()
            .filter(|member| member != user)
            .map(Value::from)
            .collect();
        attributes.insert("members", left);
        let permissions = scope.tx.find_permissions(&key.uri())?;
        put_object(scope, &key, &attributes, &permissions, Wanted::after(stored.last_modified))?;
    }
    Ok(())
}

/// The members of a record as it is shown.
pub(super) fn parse_members(bytes: &[u8]) -> Result<Object, StorageError> {
    parse_own(bytes).ok_or(StorageError::Corrupt { table: "contents", column: "bytes" })
}

/// Reads what this program wrote: as deep as it goes.
fn parse_own(bytes: &[u8]) -> Option<Object> {
    let limits = JsonLimits { depth: JsonLimits::MAX_DEPTH, nul: Nul::Accepted };
    match Value::parse(bytes, limits) {
        Ok(Value::Object(object)) => Some(object),
        Ok(
            Value::Bool(_)
            | Value::Float(_)
            | Value::Integer(_)
            | Value::List(_)
            | Value::Null
            | Value::Text(_),
        )
        | Err(_) => None,
    }
}
