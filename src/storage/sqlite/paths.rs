//! Table `paths`: a small number for each bucket/collection that was ever written to. Other tables hold the number.

use rusqlite::OptionalExtension;

use super::tx::SqliteTx;
use crate::{storage::StorageError, types::CollectionPath};

/// The number; `None` for a path that was never written to. As a parameter `None` is NULL, which equals nothing: no rows.
pub(super) fn find(tx: &mut SqliteTx<'_>, path: &CollectionPath) -> Result<Option<i64>, StorageError> {
    if let Some(number) = tx.paths.get(path) {
        return Ok(Some(*number));
    }
    let number = tx
        .connection
        .prepare_cached("SELECT id FROM paths WHERE bucket = ?1 AND collection = ?2")?
        .query_row([path.bucket.as_str(), path.collection.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(number) = number {
        tx.paths.insert(path.clone(), number);
    }
    Ok(number)
}

/// The number, given now if there is none.
pub(super) fn intern(tx: &mut SqliteTx<'_>, path: &CollectionPath) -> Result<i64, StorageError> {
    tx.ask_to_write()?;
    if let Some(number) = find(tx, path)? {
        return Ok(number);
    }
    tx.change(
        "INSERT INTO paths (bucket, collection) VALUES (?1, ?2)",
        [path.bucket.as_str(), path.collection.as_str()],
    )?;
    let number = tx.connection.last_insert_rowid();
    tx.paths.insert(path.clone(), number);
    Ok(number)
}
