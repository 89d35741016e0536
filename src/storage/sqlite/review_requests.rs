//! Table `review_requests`: each request for review and how it ended. At most one of a source is open.

use rusqlite::{Row, params};

use super::{
    columns::{Columns, millis},
    paths,
    tx::SqliteTx,
};
use crate::{
    storage::{NewRequest, RequestEnd, RequestEndKind, ReviewRequest, StorageError},
    types::{CollectionPath, Sha256Digest},
};

pub(super) fn insert(
    tx: &mut SqliteTx<'_>,
    source: &CollectionPath,
    request: &NewRequest,
) -> Result<(), StorageError> {
    let path = paths::intern(tx, source)?;
    tx.change(
        "INSERT INTO review_requests (path, requested_at, requested_by, comment, digest)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            path,
            millis(request.at),
            request.by,
            request.comment,
            request.digest.as_ref().map(Sha256Digest::as_bytes),
        ],
    )?;
    Ok(())
}

pub(super) fn end(
    tx: &mut SqliteTx<'_>,
    source: &CollectionPath,
    end: &RequestEnd,
) -> Result<bool, StorageError> {
    let path = paths::find(tx, source)?;
    let kind = match end.kind {
        RequestEndKind::Approved => "approved",
        RequestEndKind::Declined => "declined",
        RequestEndKind::Overtaken => "overtaken",
        RequestEndKind::RolledBack => "rolled-back",
    };
    let changed = tx.change(
        "UPDATE review_requests SET end_kind = ?2, end_at = ?3, end_by = ?4, end_comment = ?5
         WHERE path = ?1 AND end_kind IS NULL",
        params![path, kind, millis(end.at), end.by, end.comment],
    )?;
    Ok(changed == 1)
}

pub(super) fn list(
    tx: &mut SqliteTx<'_>,
    source: &CollectionPath,
    limit: usize,
) -> Result<Vec<ReviewRequest>, StorageError> {
    let path = paths::find(tx, source)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.list(
        "SELECT requested_at, requested_by, comment, digest, end_kind, end_at, end_by, end_comment
         FROM review_requests WHERE path = ?1 ORDER BY id DESC LIMIT ?2",
        params![path, limit],
        read,
    )
}

pub(super) fn list_declined(
    tx: &mut SqliteTx<'_>,
    source: &CollectionPath,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<(u64, ReviewRequest)>, StorageError> {
    let path = paths::find(tx, source)?;
    let before = before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.list(
        "SELECT requested_at, requested_by, comment, digest, end_kind, end_at, end_by, end_comment, id
         FROM review_requests WHERE path = ?1 AND id < ?2 AND end_kind = 'declined' ORDER BY id DESC LIMIT ?3",
        params![path, before, limit],
        |row| Ok((Columns::of(row, "review_requests").number(8, "id")?, read(row)?)),
    )
}

fn read(row: &Row<'_>) -> Result<ReviewRequest, StorageError> {
    let columns = Columns::of(row, "review_requests");
    Ok(ReviewRequest {
        end: read_end(columns)?,
        request: NewRequest {
            at: columns.time(0, "requested_at")?,
            by: columns.value(1, "requested_by")?,
            comment: columns.value(2, "comment")?,
            digest: columns.digest_or_null(3, "digest")?,
        },
    })
}

fn read_end(columns: Columns<'_>) -> Result<Option<RequestEnd>, StorageError> {
    let kind = match columns.value::<Option<String>>(4, "end_kind")?.as_deref() {
        None => return Ok(None),
        Some("approved") => RequestEndKind::Approved,
        Some("declined") => RequestEndKind::Declined,
        Some("overtaken") => RequestEndKind::Overtaken,
        Some("rolled-back") => RequestEndKind::RolledBack,
        Some(_) => return Err(columns.corrupt("end_kind")),
    };
    Ok(Some(RequestEnd {
        at: columns.time(5, "end_at")?,
        by: columns.value(6, "end_by")?,
        comment: columns.value(7, "end_comment")?,
        kind,
    }))
}
