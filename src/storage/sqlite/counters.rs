//! Table `counters`: named numbers.

use rusqlite::params;

use super::{columns::Columns, tx::SqliteTx};
use crate::storage::StorageError;

pub(super) fn find(tx: &SqliteTx<'_>, name: &str) -> Result<u64, StorageError> {
    let value = tx.find("SELECT value FROM counters WHERE name = ?1", [name], |row| {
        Columns::of(row, "counters").value::<i64>(0, "value")
    })?;
    Ok(value.map_or(0, i64::cast_unsigned))
}

pub(super) fn put(tx: &SqliteTx<'_>, name: &str, value: u64) -> Result<(), StorageError> {
    tx.change(
        "INSERT INTO counters (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value.cast_signed()],
    )?;
    Ok(())
}
