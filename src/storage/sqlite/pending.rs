//! Table `pending`: who wrote what in a source since it last equalled what is published.

use rusqlite::params;

use super::{
    columns::{Columns, millis},
    paths,
    tx::SqliteTx,
};
use crate::{
    storage::{PendingEdit, StorageError, Subject, Tally, UserEdits},
    types::{CollectionPath, RecordId},
};

pub(super) fn put(
    tx: &mut SqliteTx<'_>,
    source: &CollectionPath,
    edit: &PendingEdit,
) -> Result<(), StorageError> {
    let path = paths::intern(tx, source)?;
    tx.change(
        "INSERT INTO pending (path, record, user, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (path, record, user) DO UPDATE SET at = excluded.at",
        params![path, record(&edit.subject), edit.user, millis(edit.at)],
    )?;
    Ok(())
}

pub(super) fn delete(
    tx: &mut SqliteTx<'_>,
    source: &CollectionPath,
    subject: &Subject,
) -> Result<(), StorageError> {
    let path = paths::find(tx, source)?;
    tx.change("DELETE FROM pending WHERE path = ?1 AND record = ?2", params![path, record(subject)])?;
    Ok(())
}

pub(super) fn purge(tx: &mut SqliteTx<'_>, source: &CollectionPath) -> Result<(), StorageError> {
    let path = paths::find(tx, source)?;
    tx.change("DELETE FROM pending WHERE path = ?1", [path])?;
    Ok(())
}

pub(super) fn list(tx: &mut SqliteTx<'_>, source: &CollectionPath) -> Result<Vec<PendingEdit>, StorageError> {
    let path = paths::find(tx, source)?;
    tx.list("SELECT record, user, at FROM pending WHERE path = ?1 ORDER BY record, user", [path], |row| {
        let columns = Columns::of(row, "pending");
        let subject = match columns.text(0, "record")? {
            ATTRIBUTES => Subject::Attributes,
            _ => Subject::Record(columns.parsed(0, "record", RecordId::parse)?),
        };
        Ok(PendingEdit { at: columns.time(2, "at")?, subject, user: columns.value(1, "user")? })
    })
}

pub(super) fn count(tx: &mut SqliteTx<'_>, source: &CollectionPath) -> Result<u64, StorageError> {
    let path = paths::find(tx, source)?;
    let sql = "SELECT count(DISTINCT record) FROM pending WHERE path = ?1";
    let count = tx.find(sql, [path], |row| Columns::of(row, "pending").number(0, "count"))?;
    Ok(count.unwrap_or(0))
}

pub(super) fn list_users(
    tx: &mut SqliteTx<'_>,
    source: &CollectionPath,
) -> Result<Vec<UserEdits>, StorageError> {
    let path = paths::find(tx, source)?;
    let sql = "SELECT user, max(at), count(*) FROM pending WHERE path = ?1 GROUP BY user ORDER BY user";
    tx.list(sql, [path], |row| {
        let columns = Columns::of(row, "pending");
        Ok(UserEdits {
            last: columns.time(1, "at")?,
            subjects: columns.number(2, "count")?,
            user: columns.value(0, "user")?,
        })
    })
}

pub(super) fn tally(
    tx: &mut SqliteTx<'_>,
    source: &CollectionPath,
    destination: &CollectionPath,
) -> Result<Tally, StorageError> {
    let (source, destination) = (paths::find(tx, source)?, paths::find(tx, destination)?);
    let tally = tx.find(
        "SELECT coalesce(sum(old.content IS NULL AND new.content IS NOT NULL), 0),
                coalesce(sum(old.content IS NOT NULL AND new.content IS NOT NULL), 0),
                coalesce(sum(old.content IS NOT NULL AND new.content IS NULL), 0),
                coalesce(sum(length(contents.bytes)), 0)
         FROM (SELECT DISTINCT record FROM pending WHERE path = ?1 AND record <> '') AS edited
         LEFT JOIN records AS new ON new.path = ?1 AND new.id = edited.record
         LEFT JOIN records AS old ON old.path = ?2 AND old.id = edited.record
         LEFT JOIN contents ON contents.id = new.content",
        params![source, destination],
        |row| Columns::of(row, "pending").tally(),
    )?;
    Ok(tally.unwrap_or_default())
}

fn record(subject: &Subject) -> &str {
    match subject {
        Subject::Attributes => ATTRIBUTES,
        Subject::Record(id) => id.as_str(),
    }
}

/// No record has this id; it sorts first.
const ATTRIBUTES: &str = "";
