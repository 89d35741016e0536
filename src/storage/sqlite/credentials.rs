//! Table `credentials`: password hashes, and who may sign in.

use super::{columns::Columns, tx::SqliteTx};
use crate::{
    storage::{AccountState, Credential, StorageError},
    types::AccountName,
};

pub(super) fn find(tx: &SqliteTx<'_>, name: &AccountName) -> Result<Option<Credential>, StorageError> {
    tx.find("SELECT password_hash, state FROM credentials WHERE account = ?1", [name.as_str()], |row| {
        let columns = Columns::of(row, "credentials");
        let state = match columns.text(1, "state")? {
            "active" => AccountState::Active,
            "disabled" => AccountState::Disabled,
            _ => return Err(columns.corrupt("state")),
        };
        Ok(Credential { password_hash: columns.value(0, "password_hash")?, state })
    })
}

pub(super) fn put(
    tx: &SqliteTx<'_>,
    name: &AccountName,
    credential: &Credential,
) -> Result<(), StorageError> {
    let state = match credential.state {
        AccountState::Active => "active",
        AccountState::Disabled => "disabled",
    };
    tx.change(
        "INSERT INTO credentials (account, password_hash, state) VALUES (?1, ?2, ?3)
         ON CONFLICT (account) DO UPDATE SET password_hash = excluded.password_hash, state = excluded.state",
        [name.as_str(), &credential.password_hash, state],
    )?;
    Ok(())
}

pub(super) fn delete(tx: &SqliteTx<'_>, name: &AccountName) -> Result<(), StorageError> {
    tx.change("DELETE FROM credentials WHERE account = ?1", [name.as_str()])?;
    Ok(())
}
