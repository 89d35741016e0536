//! Table `contents`: the bytes of records, each once.

use rusqlite::params;

use super::{columns::Columns, tx::SqliteTx};
use crate::{
    storage::{ContentId, StorageError},
    types::{Content, Sha256Digest},
};

pub(super) fn intern(
    tx: &SqliteTx<'_>,
    content: &Content,
    equality: Sha256Digest,
) -> Result<ContentId, StorageError> {
    let digest = content.digest();
    let splice = i64::try_from(content.splice())
        .map_err(|_| StorageError::Corrupt { table: "contents", column: "splice" })?;
    // Tried first: in a large import most contents are new.
    let added = tx.change(
        "INSERT INTO contents (splice, digest, equality, bytes) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (digest) DO NOTHING",
        params![splice, digest.as_bytes(), equality.as_bytes(), content.as_bytes()],
    )?;
    if added == 1 {
        return Ok(ContentId(tx.connection.last_insert_rowid()));
    }
    let known = tx.find("SELECT id FROM contents WHERE digest = ?1", [digest.as_bytes()], |row| {
        Columns::of(row, "contents").content_id(0, "id")
    })?;
    known.ok_or(StorageError::Corrupt { table: "contents", column: "digest" })
}

pub(super) fn load(tx: &SqliteTx<'_>, id: ContentId) -> Result<Content, StorageError> {
    tx.find("SELECT splice, bytes FROM contents WHERE id = ?1", [id.0], |row| {
        Columns::of(row, "contents").content(0)
    })?
    .ok_or(StorageError::Dangling)
}
