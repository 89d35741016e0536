//! The storage operations through `Store` and `Tx`, and what becomes of the files when something goes wrong.

mod faults;
mod ledger;
mod objects;
mod permissions;
mod records;
mod review;
mod transactions;

use countersign::{
    storage::{ContentId, RecordRow, SqliteStore, StorageError, Store, Tx},
    types::{BucketId, CollectionPath, Content, GroupId, RecordId, Sha256Digest, Timestamp},
};

/// An empty database. A second backend runs the suite by another line here.
fn store() -> Store {
    SqliteStore::open_temporary().unwrap()
}

/// Reads, and fails only as storage fails.
fn read<T>(store: &Store, work: impl FnOnce(&mut dyn Tx) -> Result<T, StorageError>) -> T {
    store.read(work).unwrap()
}

/// Writes, and fails only as storage fails.
fn write<T>(store: &Store, work: impl FnMut(&mut dyn Tx) -> Result<T, StorageError>) -> T {
    store.write(work).unwrap()
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

fn bucket(name: &str) -> BucketId {
    BucketId::parse(name).unwrap()
}

fn group(name: &str) -> GroupId {
    GroupId::parse(name).unwrap()
}

fn path(text: &str) -> CollectionPath {
    CollectionPath::parse(text).unwrap()
}

fn record(id: &str) -> RecordId {
    RecordId::parse(id).unwrap()
}

/// A record with one member beside its id.
fn content(id: &str, title: &str) -> Content {
    let head = format!("{{\"id\":\"{id}\"");
    let bytes = format!("{head},\"title\":\"{title}\"}}");
    Content::from_parts(bytes.into_bytes().into(), head.len())
}

/// What [`intern`] says about the content without `schema`.
fn equality(id: &str, title: &str) -> Sha256Digest {
    Sha256Digest::of(format!("{id} {title}").as_bytes())
}

fn intern(tx: &mut dyn Tx, id: &str, title: &str) -> ContentId {
    tx.intern_content(&content(id, title), equality(id, title)).unwrap()
}

/// Writes a live record without a leaf.
fn put(tx: &mut dyn Tx, path: &CollectionPath, id: &str, title: &str, last_modified: u64) -> ContentId {
    let content = intern(tx, id, title);
    let row = RecordRow { content, last_modified: at(last_modified), leaf: None };
    tx.put_record(path, &record(id), &row).unwrap();
    content
}
