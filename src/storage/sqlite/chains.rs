//! Table `chains`: certificate chains that signatures name, kept for ever.

use rusqlite::params;

use super::{columns::Columns, tx::SqliteTx};
use crate::{storage::StorageError, types::Sha256Digest};

pub(super) fn put(tx: &SqliteTx<'_>, digest: &Sha256Digest, pem: &str) -> Result<(), StorageError> {
    tx.change(
        "INSERT INTO chains (digest, pem) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
        params![digest.as_bytes(), pem],
    )?;
    Ok(())
}

pub(super) fn find(tx: &SqliteTx<'_>, digest: &Sha256Digest) -> Result<Option<String>, StorageError> {
    tx.find("SELECT pem FROM chains WHERE digest = ?1", [digest.as_bytes()], |row| {
        Columns::of(row, "chains").value(0, "pem")
    })
}

pub(super) fn list(tx: &SqliteTx<'_>) -> Result<Vec<String>, StorageError> {
    tx.list("SELECT pem FROM chains ORDER BY digest", [], |row| Columns::of(row, "chains").value(0, "pem"))
}
