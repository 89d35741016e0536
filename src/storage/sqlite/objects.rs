//! Tables `accounts`, `buckets`, `collections`, `groups`: the objects that have attributes. A row without them is a tombstone.

use rusqlite::params;

use super::{
    columns::{Columns, millis},
    group_members, history, records,
    tx::SqliteTx,
};
use crate::{
    storage::{Entry, ListKey, ObjectKey, StorageError, StoredObject, Tombstones, Window},
    types::{BucketId, Timestamp},
};

pub(super) fn find(tx: &SqliteTx<'_>, key: &ObjectKey) -> Result<Option<StoredObject>, StorageError> {
    let (table, bucket) = locate(key);
    tx.find(table.find, params![bucket, key.id()], |row| {
        let columns = Columns::of(row, table.name);
        Ok(StoredObject {
            last_modified: columns.time(0, "last_modified")?,
            attributes: columns.value(1, "attributes")?,
        })
    })
}

pub(super) fn put(tx: &SqliteTx<'_>, key: &ObjectKey, object: &StoredObject) -> Result<(), StorageError> {
    let (table, bucket) = locate(key);
    tx.change(table.put, params![bucket, key.id(), millis(object.last_modified), object.attributes])?;
    Ok(())
}

pub(super) fn delete(
    tx: &SqliteTx<'_>,
    key: &ObjectKey,
    tombstone: Option<Timestamp>,
) -> Result<bool, StorageError> {
    if let ObjectKey::Group(bucket, group) = key {
        group_members::put(tx, bucket, group, &[])?;
    }
    let (table, bucket) = locate(key);
    let changed = match tombstone {
        Some(time) => tx.change(table.bury, params![bucket, key.id(), millis(time)])?,
        None => tx.change(table.delete, params![bucket, key.id()])?,
    };
    Ok(changed == 1)
}

pub(super) fn list(
    tx: &SqliteTx<'_>,
    list: &ListKey,
    window: &Window,
) -> Result<Vec<(String, Entry<StoredObject>)>, StorageError> {
    let (table, bucket) = match list {
        ListKey::Accounts => (&ACCOUNTS, None),
        ListKey::Buckets => (&BUCKETS, None),
        ListKey::Collections(bucket) => (&COLLECTIONS, Some(bucket.as_str())),
        ListKey::Groups(bucket) => (&GROUPS, Some(bucket.as_str())),
        ListKey::History(_) | ListKey::Records(_) => return Ok(Vec::new()),
    };
    let shown = window.tombstones == Tombstones::Shown;
    let params = params![bucket, window.since.map(millis), window.before.map(millis), shown];
    tx.list(table.list, params, |row| {
        let columns = Columns::of(row, table.name);
        let last_modified = columns.time(1, "last_modified")?;
        let attributes: Option<String> = columns.value(2, "attributes")?;
        let entry = attributes.map_or(Entry::Deleted(last_modified), |attributes| {
            Entry::Live(StoredObject { attributes, last_modified })
        });
        Ok((columns.value(0, "id")?, entry))
    })
}

pub(super) fn purge(tx: &mut SqliteTx<'_>, list: &ListKey) -> Result<(), StorageError> {
    let (table, bucket) = match list {
        ListKey::Accounts => (&ACCOUNTS, None),
        ListKey::Buckets => (&BUCKETS, None),
        ListKey::Collections(bucket) => (&COLLECTIONS, Some(bucket)),
        ListKey::Groups(bucket) => {
            group_members::purge(tx, bucket)?;
            (&GROUPS, Some(bucket))
        }
        ListKey::History(bucket) => return history::purge(tx, bucket),
        ListKey::Records(path) => return records::purge(tx, path),
    };
    tx.change(table.purge, params![bucket.map(BucketId::as_str)])?;
    Ok(())
}

/// The table of an object, and the bucket that it is in.
fn locate(key: &ObjectKey) -> (&'static Table, Option<&str>) {
    match key {
        ObjectKey::Account(_) => (&ACCOUNTS, None),
        ObjectKey::Bucket(_) => (&BUCKETS, None),
        ObjectKey::Collection(path) => (&COLLECTIONS, Some(path.bucket.as_str())),
        ObjectKey::Group(bucket, _) => (&GROUPS, Some(bucket.as_str())),
    }
}

/// The statements of one table. ?1 is the bucket, NULL where objects are in none; ?2 the id.
struct Table {
    bury: &'static str,
    delete: &'static str,
    find: &'static str,
    list: &'static str,
    name: &'static str,
    purge: &'static str,
    put: &'static str,
}

macro_rules! table {
    ($name:literal, parent: $parent:literal, key: $key:literal, values: $values:literal) => {
        Table {
            bury: concat!(
                "UPDATE ",
                $name,
                " SET last_modified = ?3, attributes = NULL
                 WHERE ",
                $parent,
                " AND id = ?2 AND attributes IS NOT NULL"
            ),
            delete: concat!(
                "DELETE FROM ",
                $name,
                " WHERE ",
                $parent,
                " AND id = ?2 AND attributes IS NOT NULL"
            ),
            find: concat!(
                "SELECT last_modified, attributes FROM ",
                $name,
                "
                 WHERE ",
                $parent,
                " AND id = ?2 AND attributes IS NOT NULL"
            ),
            list: concat!(
                "SELECT id, last_modified, attributes FROM ",
                $name,
                "
                 WHERE ",
                $parent,
                " AND (?2 IS NULL OR last_modified > ?2) AND (?3 IS NULL OR last_modified < ?3)
                 AND (?4 OR attributes IS NOT NULL)
                 ORDER BY last_modified DESC, id"
            ),
            name: $name,
            purge: concat!("DELETE FROM ", $name, " WHERE ", $parent),
            put: concat!(
                "INSERT INTO ",
                $name,
                " (",
                $key,
                ", last_modified, attributes) VALUES (",
                $values,
                ", ?3, ?4)
                 ON CONFLICT (",
                $key,
                ") DO UPDATE
                 SET last_modified = excluded.last_modified, attributes = excluded.attributes"
            ),
        }
    };
}

const ACCOUNTS: Table = table!("accounts", parent: "?1 IS NULL", key: "id", values: "?2");
const BUCKETS: Table = table!("buckets", parent: "?1 IS NULL", key: "id", values: "?2");
const COLLECTIONS: Table = table!("collections", parent: "bucket = ?1", key: "bucket, id", values: "?1, ?2");
const GROUPS: Table = table!("groups", parent: "bucket = ?1", key: "bucket, id", values: "?1, ?2");
