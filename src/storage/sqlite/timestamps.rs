//! Table `timestamps`: T of each list.

use rusqlite::params;

use super::{
    columns::{Columns, millis},
    tx::SqliteTx,
};
use crate::{
    storage::{ListKey, StorageError},
    types::Timestamp,
};

pub(super) fn find(tx: &SqliteTx<'_>, list: &ListKey) -> Result<Option<Timestamp>, StorageError> {
    tx.find("SELECT timestamp FROM timestamps WHERE list = ?1", [list.uri()], |row| {
        Columns::of(row, "timestamps").time(0, "timestamp")
    })
}

pub(super) fn put(tx: &SqliteTx<'_>, list: &ListKey, timestamp: Timestamp) -> Result<(), StorageError> {
    tx.change(
        "INSERT INTO timestamps (list, timestamp) VALUES (?1, ?2)
         ON CONFLICT (list) DO UPDATE SET timestamp = excluded.timestamp",
        params![list.uri(), millis(timestamp)],
    )?;
    Ok(())
}

pub(super) fn delete_below(tx: &SqliteTx<'_>, list: &ListKey) -> Result<(), StorageError> {
    // '0' comes after '/': the range is what begins with the list and a slash.
    tx.change(
        "DELETE FROM timestamps WHERE list = ?1 OR (list > ?1 || '/' AND list < ?1 || '0')",
        [list.uri()],
    )?;
    Ok(())
}
