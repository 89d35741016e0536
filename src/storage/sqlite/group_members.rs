//! Table `group_members`: which groups list a principal.

use super::{columns::Columns, tx::SqliteTx};
use crate::{
    storage::StorageError,
    types::{BucketId, GroupId},
};

pub(super) fn put(
    tx: &SqliteTx<'_>,
    bucket: &BucketId,
    group: &GroupId,
    members: &[String],
) -> Result<(), StorageError> {
    let (bucket, group) = (bucket.as_str(), group.as_str());
    tx.change("DELETE FROM group_members WHERE bucket = ?1 AND group_id = ?2", [bucket, group])?;
    for member in members {
        // A member may be listed twice.
        tx.change(
            "INSERT INTO group_members (bucket, group_id, member) VALUES (?1, ?2, ?3)
             ON CONFLICT (bucket, group_id, member) DO NOTHING",
            [bucket, group, member],
        )?;
    }
    Ok(())
}

pub(super) fn groups_of(tx: &SqliteTx<'_>, member: &str) -> Result<Vec<(BucketId, GroupId)>, StorageError> {
    tx.list(
        "SELECT bucket, group_id FROM group_members WHERE member = ?1 ORDER BY bucket, group_id",
        [member],
        |row| {
            let columns = Columns::of(row, "group_members");
            Ok((
                columns.parsed(0, "bucket", BucketId::parse)?,
                columns.parsed(1, "group_id", GroupId::parse)?,
            ))
        },
    )
}

pub(super) fn purge(tx: &SqliteTx<'_>, bucket: &BucketId) -> Result<(), StorageError> {
    tx.change("DELETE FROM group_members WHERE bucket = ?1", [bucket.as_str()])?;
    Ok(())
}
