//! Table `permissions`: who may do what with an object. A URI is kept as its list and its last part, so that a list is a range.

use std::collections::BTreeSet;

use super::{columns::Columns, tx::SqliteTx};
use crate::storage::{ListKey, Permissions, StorageError};

pub(super) fn find(tx: &SqliteTx<'_>, uri: &str) -> Result<Permissions, StorageError> {
    let mut permissions = Permissions::new();
    let rows = tx.list(
        "SELECT name, principal FROM permissions WHERE list = ?1 AND id = ?2 ORDER BY name, principal",
        split(uri),
        |row| {
            let columns = Columns::of(row, "permissions");
            Ok((columns.value(0, "name")?, columns.value(1, "principal")?))
        },
    )?;
    for (name, principal) in rows {
        permissions.entry(name).or_default().insert(principal);
    }
    Ok(permissions)
}

pub(super) fn put(tx: &SqliteTx<'_>, uri: &str, permissions: &Permissions) -> Result<(), StorageError> {
    let [list, id] = split(uri);
    tx.change("DELETE FROM permissions WHERE list = ?1 AND id = ?2", [list, id])?;
    for (name, principals) in permissions {
        for principal in principals {
            tx.change(
                "INSERT INTO permissions (list, id, name, principal) VALUES (?1, ?2, ?3, ?4)",
                [list, id, name, principal],
            )?;
        }
    }
    Ok(())
}

pub(super) fn delete_below(tx: &SqliteTx<'_>, uri: &str) -> Result<(), StorageError> {
    tx.change("DELETE FROM permissions WHERE list = ?1 AND id = ?2", split(uri))?;
    // '0' comes after '/': the range is what begins with the URI and a slash.
    tx.change("DELETE FROM permissions WHERE list > ?1 || '/' AND list < ?1 || '0'", [uri])?;
    Ok(())
}

pub(super) fn list_shared(
    tx: &SqliteTx<'_>,
    list: &ListKey,
    names: &[&str],
    principals: &[String],
) -> Result<Vec<String>, StorageError> {
    let list = list.uri();
    let mut uris = BTreeSet::new();
    for principal in principals {
        for name in names {
            uris.extend(tx.list(
                "SELECT id FROM permissions WHERE principal = ?1 AND list = ?2 AND name = ?3 ORDER BY id",
                [principal, list.as_str(), name],
                |row| Ok(format!("{list}/{}", Columns::of(row, "permissions").text(0, "id")?)),
            )?);
        }
    }
    Ok(uris.into_iter().collect())
}

pub(super) fn delete_principal(tx: &SqliteTx<'_>, principal: &str) -> Result<(), StorageError> {
    tx.change("DELETE FROM permissions WHERE principal = ?1", [principal])?;
    Ok(())
}

/// `/buckets/a` → `/buckets` and `a`.
fn split(uri: &str) -> [&str; 2] {
    uri.rsplit_once('/').map_or(["", uri], |(list, id)| [list, id])
}
