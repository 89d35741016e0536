//! Table `publication_changes`: each changed record of each publication, before and after.

use rusqlite::{Row, params};

use super::{
    columns::{Columns, millis},
    paths, publications,
    tx::SqliteTx,
};
use crate::{
    storage::{ChangesWindow, ContentId, PublicationChange, RecordChange, StorageError, Tally},
    types::{CollectionPath, RecordId, Timestamp},
};

pub(super) fn insert(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    version: u64,
    change: &PublicationChange,
) -> Result<(), StorageError> {
    let path = paths::intern(tx, path)?;
    let (before_content, before_modified) = to_columns(change.before);
    let (after_content, after_modified) = to_columns(change.after);
    tx.change(
        "INSERT INTO publication_changes
         (path, version, record, before_content, before_modified, after_content, after_modified)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            path,
            publications::to_column(version)?,
            change.id.as_str(),
            before_content,
            before_modified,
            after_content,
            after_modified,
        ],
    )?;
    Ok(())
}

pub(super) fn list(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    version: u64,
) -> Result<Vec<PublicationChange>, StorageError> {
    let path = paths::find(tx, path)?;
    let Ok(version) = publications::to_column(version) else { return Ok(Vec::new()) };
    tx.list(
        "SELECT record, before_content, before_modified, after_content, after_modified FROM publication_changes
         WHERE path = ?1 AND version = ?2 ORDER BY record",
        params![path, version],
        read,
    )
}

pub(super) fn list_window(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    version: u64,
    window: &ChangesWindow,
) -> Result<Vec<PublicationChange>, StorageError> {
    let path = paths::find(tx, path)?;
    let Ok(version) = publications::to_column(version) else { return Ok(Vec::new()) };
    if let Some(only) = &window.only {
        return tx.list(ONE, params![path, version, only.as_str()], read);
    }
    let (before, after) = match window.kind {
        None => (None, None),
        Some(RecordChange::Created) => (Some(false), Some(true)),
        Some(RecordChange::Deleted) => (Some(true), Some(false)),
        Some(RecordChange::Updated) => (Some(true), Some(true)),
    };
    let from = window.after.as_ref().map_or("", RecordId::as_str);
    let limit = i64::try_from(window.limit).unwrap_or(i64::MAX);
    tx.list(WINDOW, params![path, version, from, before, after, limit], read)
}

/// Bytes of the ids of what is not there after it.
pub(super) fn deleted_id_bytes(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    version: u64,
) -> Result<u64, StorageError> {
    let path = paths::find(tx, path)?;
    let Ok(version) = publications::to_column(version) else { return Ok(0) };
    let bytes = tx.find(DELETED_ID_BYTES, params![path, version], |row| {
        Columns::of(row, "publications").number(0, "deleted_id_bytes")
    })?;
    Ok(bytes.unwrap_or_default())
}

/// As it was counted when it was published; one of an earlier version of the program is counted now.
pub(super) fn tally(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    version: u64,
) -> Result<Tally, StorageError> {
    let path = paths::find(tx, path)?;
    let Ok(version) = publications::to_column(version) else { return Ok(Tally::default()) };
    let kept = tx.find(
        "SELECT created, updated, deleted, new_bytes FROM publications
         WHERE path = ?1 AND version = ?2 AND created IS NOT NULL",
        params![path, version],
        |row| Columns::of(row, "publications").tally(),
    )?;
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let counted =
        tx.find(COUNTED, params![path, version], |row| Columns::of(row, "publication_changes").tally())?;
    Ok(counted.unwrap_or_default())
}

/// Counts what a publication changed, once all of it is there.
pub(super) fn keep_tally(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    version: u64,
) -> Result<(), StorageError> {
    let path = paths::intern(tx, path)?;
    tx.change(KEEP, params![path, publications::to_column(version)?])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<PublicationChange, StorageError> {
    let columns = Columns::of(row, "publication_changes");
    let before = columns.value::<Option<_>>(1, "before_content")?.map(ContentId);
    let after = columns.value::<Option<_>>(3, "after_content")?.map(ContentId);
    Ok(PublicationChange {
        after: after.zip(columns.time_or_null(4, "after_modified")?),
        before: before.zip(columns.time_or_null(2, "before_modified")?),
        id: columns.parsed(0, "record", RecordId::parse)?,
    })
}

fn to_columns(side: Option<(ContentId, Timestamp)>) -> (Option<i64>, Option<i64>) {
    side.map(|(content, modified)| (content.0, millis(modified))).unzip()
}

const ONE: &str = "SELECT record, before_content, before_modified, after_content, after_modified
     FROM publication_changes WHERE path = ?1 AND version = ?2 AND record = ?3";
/// By record; both bounds on what there is before and after may be left open.
const WINDOW: &str = "SELECT record, before_content, before_modified, after_content, after_modified
     FROM publication_changes WHERE path = ?1 AND version = ?2 AND record > ?3
     AND (?4 IS NULL OR (before_content IS NOT NULL) = ?4) AND (?5 IS NULL OR (after_content IS NOT NULL) = ?5)
     ORDER BY record LIMIT ?6";
macro_rules! counted {
    ($before:literal, $more:literal) => {
        concat!(
            $before,
            "SELECT coalesce(sum(before_content IS NULL), 0),
                    coalesce(sum(before_content IS NOT NULL AND after_content IS NOT NULL), 0),
                    coalesce(sum(after_content IS NULL), 0),
                    coalesce(sum(length(contents.bytes)), 0)",
            $more
        )
    };
}

const COUNTED: &str = counted!(
    "",
    " FROM publication_changes LEFT JOIN contents ON contents.id = after_content
      WHERE path = ?1 AND version = ?2"
);
const DELETED_ID_BYTES: &str = "SELECT coalesce(deleted_id_bytes, (
         SELECT sum(length(record)) FROM publication_changes
         WHERE path = ?1 AND version = ?2 AND after_content IS NULL), 0)
     FROM publications WHERE path = ?1 AND version = ?2";
const KEEP: &str = counted!(
    "UPDATE publications SET (created, updated, deleted, new_bytes, deleted_id_bytes) = (",
    ", coalesce(sum(length(record)) FILTER (WHERE after_content IS NULL), 0)
      FROM publication_changes LEFT JOIN contents ON contents.id = after_content
      WHERE publication_changes.path = ?1 AND publication_changes.version = ?2)
      WHERE path = ?1 AND version = ?2"
);
