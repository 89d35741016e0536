//! Table `history`: what was done to the objects of each bucket.

use rusqlite::{Row, params};

use super::{
    columns::{Columns, millis, to_json},
    tx::SqliteTx,
};
use crate::{
    storage::{ContentId, HistoryAction, HistoryEntry, HistoryTarget, StorageError},
    types::BucketId,
};

pub(super) fn insert(tx: &SqliteTx<'_>, entry: &HistoryEntry) -> Result<(), StorageError> {
    let action = match entry.action {
        HistoryAction::Create => "create",
        HistoryAction::Delete => "delete",
        HistoryAction::Update => "update",
    };
    let (deleted, object, content) = match &entry.target {
        HistoryTarget::Deleted(time) => (Some(millis(*time)), None, None),
        HistoryTarget::Object(text) => (None, Some(text), None),
        HistoryTarget::Record(content, time) => (None, None, Some((content.0, millis(*time)))),
    };
    let (content, content_modified) = content.unzip();
    tx.change(
        "INSERT INTO history (bucket, last_modified, id, action, uri, user, permissions, deleted, object, content,
         content_modified)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            entry.bucket.as_str(),
            millis(entry.last_modified),
            entry.id,
            action,
            entry.uri,
            entry.user,
            to_json(&entry.permissions, "history", "permissions")?,
            deleted,
            object,
            content,
            content_modified,
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
