//! Tables `sessions` and `first_start_links`: hashes of the tokens that browsers hold.

use rusqlite::{Row, params};

use super::{
    columns::{Columns, millis},
    tx::SqliteTx,
};
use crate::{
    storage::{StorageError, StoredSession},
    types::{AccountName, Sha256Digest, Timestamp},
};

pub(super) fn find(tx: &SqliteTx<'_>, token: &Sha256Digest) -> Result<Option<StoredSession>, StorageError> {
    tx.find("SELECT account, begun, seen FROM sessions WHERE token = ?1", [token.as_bytes()], session)
}

pub(super) fn list_of(tx: &SqliteTx<'_>, account: &AccountName) -> Result<Vec<StoredSession>, StorageError> {
    tx.list(
        "SELECT account, begun, seen FROM sessions WHERE account = ?1 ORDER BY seen DESC, begun DESC, token",
        [account.as_str()],
        session,
    )
}

fn session(row: &Row<'_>) -> Result<StoredSession, StorageError> {
    let columns = Columns::of(row, "sessions");
    Ok(StoredSession {
        account: columns.parsed(0, "account", AccountName::parse)?,
        begun: columns.time(1, "begun")?,
        seen: columns.time(2, "seen")?,
    })
}

pub(super) fn put(
    tx: &SqliteTx<'_>,
    token: &Sha256Digest,
    session: &StoredSession,
) -> Result<(), StorageError> {
    tx.change(
        "INSERT INTO sessions (token, account, begun, seen) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (token) DO UPDATE SET account = excluded.account, begun = excluded.begun, seen = excluded.seen",
        params![token.as_bytes(), session.account.as_str(), millis(session.begun), millis(session.seen)],
    )?;
    Ok(())
}

pub(super) fn delete(tx: &SqliteTx<'_>, token: &Sha256Digest) -> Result<bool, StorageError> {
    Ok(tx.change("DELETE FROM sessions WHERE token = ?1", [token.as_bytes()])? > 0)
}

pub(super) fn delete_of(tx: &SqliteTx<'_>, account: &AccountName) -> Result<(), StorageError> {
    tx.change("DELETE FROM sessions WHERE account = ?1", [account.as_str()])?;
    Ok(())
}

pub(super) fn purge(tx: &SqliteTx<'_>, begun: Timestamp, seen: Timestamp) -> Result<(), StorageError> {
    tx.change("DELETE FROM sessions WHERE begun < ?1 OR seen < ?2", [millis(begun), millis(seen)])?;
    Ok(())
}

pub(super) fn insert_link(
    tx: &SqliteTx<'_>,
    token: &Sha256Digest,
    made: Timestamp,
) -> Result<(), StorageError> {
    tx.change(
        "INSERT INTO first_start_links (token, made) VALUES (?1, ?2)",
        params![token.as_bytes(), millis(made)],
    )?;
    Ok(())
}

pub(super) fn find_link(tx: &SqliteTx<'_>, token: &Sha256Digest) -> Result<Option<Timestamp>, StorageError> {
    tx.find("SELECT made FROM first_start_links WHERE token = ?1", [token.as_bytes()], |row| {
        Columns::of(row, "first_start_links").time(0, "made")
    })
}

pub(super) fn purge_links(tx: &SqliteTx<'_>) -> Result<(), StorageError> {
    tx.change("DELETE FROM first_start_links", [])?;
    Ok(())
}
