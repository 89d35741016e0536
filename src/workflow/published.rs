//! What readers of previews and destinations see: attributes with the signatures of the latest publication.
//!
//! Signatures are kept with their publication and put together with the attributes when an answer is built, so that nothing
//! stored names the address of the service.

use super::{Settings, rows};
use crate::{
    signing::SignatureEntry,
    storage::{
        Entry, ListKey, ObjectKey, Publication, StorageError, Tombstones, Tx, Visit, VisitedRecord, Window,
    },
    types::{CollectionPath, Object, Timestamp, Value},
};

/// The metadata of a preview or destination: its attributes, `id`, `last_modified` and the signatures. `None` where there is
/// no such collection.
pub fn metadata(
    tx: &mut dyn Tx,
    settings: &Settings,
    path: &CollectionPath,
) -> Result<Option<Object>, StorageError> {
    let Some(stored) = tx.find_object(&ObjectKey::Collection(path.clone()))? else { return Ok(None) };
    let mut metadata = rows::attributes(&stored)?;
    metadata.insert("id", path.collection.as_str());
    metadata.insert("last_modified", stored.last_modified.as_millis());
    add_signatures(tx, settings, path, &mut metadata)?;
    Ok(Some(metadata))
}

/// Adds `signature`, `signatures` and `countersign` of the latest publication; nothing to collections that are not published.
///
/// Stored `x5u` are paths. Existing clients need an absolute URL: `signature` and `signatures` get one under the public URL;
/// `countersign` keeps the path, which clients resolve against the address that they asked.
pub fn add_signatures(
    tx: &mut dyn Tx,
    settings: &Settings,
    path: &CollectionPath,
    metadata: &mut Object,
) -> Result<(), StorageError> {
    if settings.resources.of_published(path).is_none() {
        return Ok(());
    }
    if let Some(publication) = tx.latest_publication(path)? {
        insert_signatures(publication, settings, metadata);
    }
    Ok(())
}

/// The metadata that came with a publication, for its size.
pub(super) fn metadata_of(publication: &Publication, settings: &Settings, attributes: &Object) -> Object {
    let mut metadata = attributes.clone();
    metadata.insert("bucket", publication.path.bucket.as_str());
    metadata.insert("id", publication.path.collection.as_str());
    metadata.insert("last_modified", publication.at.as_millis());
    insert_signatures(publication.clone(), settings, &mut metadata);
    metadata
}

fn insert_signatures(publication: Publication, settings: &Settings, metadata: &mut Object) {
    let signatures: Vec<Value> = publication
        .content_signatures
        .iter()
        .map(|entry| signature(entry, &absolute(&entry.x5u, &settings.public_url)))
        .collect();
    if let Some(first) = signatures.first() {
        metadata.insert("signature", first.clone());
    }
    metadata.insert("signatures", signatures);
    let mut countersign = Object::new();
    countersign.insert("signatures", statement_signatures(&publication));
    countersign.insert("statement", publication.statement);
    metadata.insert("countersign", countersign);
}

/// The signatures of a publication's statement as they are published: `x5u` is a path.
pub fn statement_signatures(publication: &Publication) -> Vec<Value> {
    publication.statement_signatures.iter().map(|entry| signature(entry, &entry.x5u)).collect()
}

/// The records timestamp; `None` where there are no records and never were.
pub fn timestamp(tx: &mut dyn Tx, path: &CollectionPath) -> Result<Option<Timestamp>, StorageError> {
    tx.find_timestamp(&ListKey::Records(path.clone()))
}

/// Visits the records newest first: all live ones, or with `since` those after it and the tombstones among them.
pub fn visit(
    tx: &mut dyn Tx,
    path: &CollectionPath,
    since: Option<Timestamp>,
    visitor: &mut dyn FnMut(&str, Entry<VisitedRecord<'_>>) -> Visit,
) -> Result<(), StorageError> {
    let tombstones = if since.is_some() { Tombstones::Shown } else { Tombstones::Hidden };
    tx.visit_newest_first(path, &Window { before: None, since, tombstones }, visitor)
}

fn absolute(x5u: &str, public_url: &str) -> String {
    if x5u.starts_with('/') { format!("{public_url}{x5u}") } else { x5u.to_owned() }
}

fn signature(entry: &SignatureEntry, x5u: &str) -> Value {
    let mut object = Object::new();
    object.insert("mode", entry.mode.as_str());
    object.insert("signature", entry.signature.as_str());
    object.insert("x5u", x5u);
    Value::Object(object)
}
