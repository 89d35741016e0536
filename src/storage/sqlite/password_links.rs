//! Table `password_links`: hashes of the tokens by which people choose a password.

use rusqlite::params;

use super::{
    columns::{Columns, millis},
    tx::SqliteTx,
};
use crate::{
    storage::StorageError,
    types::{AccountName, Sha256Digest, Timestamp},
};

pub(super) fn put(
    tx: &SqliteTx<'_>,
    account: &AccountName,
    token: &Sha256Digest,
    made: Timestamp,
) -> Result<(), StorageError> {
    tx.change(
        "INSERT INTO password_links (account, token, made) VALUES (?1, ?2, ?3)
         ON CONFLICT (account) DO UPDATE SET token = excluded.token, made = excluded.made",
        params![account.as_str(), token.as_bytes(), millis(made)],
    )?;
    Ok(())
}

pub(super) fn find(
    tx: &SqliteTx<'_>,
    token: &Sha256Digest,
) -> Result<Option<(AccountName, Timestamp)>, StorageError> {
    tx.find("SELECT account, made FROM password_links WHERE token = ?1", [token.as_bytes()], |row| {
        let columns = Columns::of(row, "password_links");
        Ok((columns.parsed(0, "account", AccountName::parse)?, columns.time(1, "made")?))
    })
}

pub(super) fn find_of(tx: &SqliteTx<'_>, account: &AccountName) -> Result<Option<Timestamp>, StorageError> {
    tx.find("SELECT made FROM password_links WHERE account = ?1", [account.as_str()], |row| {
        Columns::of(row, "password_links").time(0, "made")
    })
}

pub(super) fn delete_of(tx: &SqliteTx<'_>, account: &AccountName) -> Result<(), StorageError> {
    tx.change("DELETE FROM password_links WHERE account = ?1", [account.as_str()])?;
    Ok(())
}
