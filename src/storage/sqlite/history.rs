//! Table `history`: what was done to the objects of each bucket.

use rusqlite::{Row, params};

use super::{
    columns::{Columns, millis, to_json},
    tx::SqliteTx,
};
use crate::{
    storage::{
        ContentId, HistoryAction, HistoryEntry, HistoryKind, HistoryPlace, HistoryTarget, HistoryUser,
        HistoryWindow, StorageError,
    },
    types::{BucketId, CollectionId},
};

pub(super) fn insert(tx: &SqliteTx<'_>, entry: &HistoryEntry) -> Result<(), StorageError> {
    let place =
        HistoryPlace::parse(&entry.uri).ok_or(StorageError::Corrupt { table: "history", column: "uri" })?;
    let (deleted, object, content) = match &entry.target {
        HistoryTarget::Deleted(time) => (Some(millis(*time)), None, None),
        HistoryTarget::Object(text) => (None, Some(text), None),
        HistoryTarget::Record(content, time) => (None, None, Some((content.0, millis(*time)))),
    };
    let (content, content_modified) = content.unzip();
    tx.change(
        "INSERT INTO history (bucket, last_modified, id, action, uri, user, permissions, deleted, object, content,
         content_modified, kind, collection)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            entry.bucket.as_str(),
            millis(entry.last_modified),
            entry.id,
            entry.action.name(),
            entry.uri,
            entry.user,
            to_json(&entry.permissions, "history", "permissions")?,
            deleted,
            object,
            content,
            content_modified,
            place.kind().name(),
            place.collection().map(|path| path.collection.as_str()),
        ],
    )?;
    Ok(())
}

pub(super) fn list(
    tx: &SqliteTx<'_>,
    bucket: &BucketId,
    limit: usize,
) -> Result<Vec<HistoryEntry>, StorageError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.list(
        "SELECT last_modified, id, action, uri, user, permissions, deleted, object, content, content_modified
         FROM history WHERE bucket = ?1 ORDER BY last_modified DESC, id LIMIT ?2",
        params![bucket.as_str(), limit],
        |row| entry(row, bucket),
    )
}

pub(super) fn search(
    tx: &SqliteTx<'_>,
    bucket: &BucketId,
    window: &HistoryWindow,
    limit: usize,
) -> Result<Vec<HistoryEntry>, StorageError> {
    // One statement for each index: which one is used is said, not guessed.
    let narrow = match (&window.uri, &window.collection) {
        (Some(_), _) => "INDEXED BY history_by_uri WHERE uri = ?2 AND bucket = ?1",
        (None, Some(_)) => "INDEXED BY history_by_collection WHERE bucket = ?1 AND collection = ?2",
        (None, None) => "INDEXED BY history_newest_first WHERE bucket = ?1 AND ?2 IS NULL",
    };
    let place = window.uri.as_deref().or_else(|| window.collection.as_ref().map(CollectionId::as_str));
    let (only, other) = match &window.user {
        HistoryUser::Any => (None, None),
        HistoryUser::Only(user) => (Some(user), None),
        HistoryUser::Other(user) => (None, Some(user)),
    };
    tx.list(
        &format!(
            "SELECT last_modified, id, action, uri, user, permissions, deleted, object, content, content_modified
             FROM history {narrow} AND last_modified < ?3 AND last_modified >= ?4 AND (?5 IS NULL OR kind = ?5)
             AND (?6 IS NULL OR action = ?6) AND (?7 IS NULL OR user = ?7) AND (?8 IS NULL OR user IS NOT ?8)
             ORDER BY last_modified DESC LIMIT ?9"
        ),
        params![
            bucket.as_str(),
            place,
            window.before.map_or(i64::MAX, millis),
            window.since.map_or(0, millis),
            window.kind.map(HistoryKind::name),
            window.action.map(HistoryAction::name),
            only,
            other,
            i64::try_from(limit).unwrap_or(i64::MAX),
        ],
        |row| entry(row, bucket),
    )
}

pub(super) fn purge(tx: &SqliteTx<'_>, bucket: &BucketId) -> Result<(), StorageError> {
    tx.change("DELETE FROM history WHERE bucket = ?1", [bucket.as_str()])?;
    Ok(())
}

fn entry(row: &Row<'_>, bucket: &BucketId) -> Result<HistoryEntry, StorageError> {
    let columns = Columns::of(row, "history");
    let action = match columns.text(2, "action")? {
        "create" => HistoryAction::Create,
        "delete" => HistoryAction::Delete,
        "update" => HistoryAction::Update,
        _ => return Err(columns.corrupt("action")),
    };
    let object: Option<String> = columns.value(7, "object")?;
    let target = match (columns.time_or_null(6, "deleted")?, object) {
        (Some(time), _) => HistoryTarget::Deleted(time),
        (None, Some(text)) => HistoryTarget::Object(text),
        (None, None) => {
            let content = ContentId(columns.value(8, "content")?);
            HistoryTarget::Record(content, columns.time(9, "content_modified")?)
        }
    };
    Ok(HistoryEntry {
        action,
        bucket: bucket.clone(),
        id: columns.value(1, "id")?,
        last_modified: columns.time(0, "last_modified")?,
        permissions: columns.json(5, "permissions")?,
        target,
        uri: columns.value(3, "uri")?,
        user: columns.value(4, "user")?,
    })
}
