//! Table `publications`: every version of every preview and destination, whole, for ever.

use rusqlite::{Row, params};

use super::{
    columns::{Columns, millis, to_json},
    paths,
    tx::SqliteTx,
};
use crate::{
    storage::{
        Publication, PublicationCounts, PublicationKind, PublicationReview, SignedAgain, StorageError,
    },
    types::{BucketId, CollectionId, CollectionPath, Sha256Digest},
};

pub(super) fn insert(tx: &mut SqliteTx<'_>, publication: &Publication) -> Result<(), StorageError> {
    let path = paths::intern(tx, &publication.path)?;
    let kind = match publication.kind {
        PublicationKind::Created => "created",
        PublicationKind::Emptied => "emptied",
        PublicationKind::Published => "published",
        PublicationKind::Resigned => "resigned",
    };
    let review = &publication.review;
    let added = tx.change(
        "INSERT INTO publications (path, version, kind, at, timestamp, statement, statement_signatures,
         content_signatures, attributes, change_digest, editors, requested_at, requested_by, editor_comment,
         approved_by, reviewer_comment, record_bytes, edited_first, edited_last)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19
         WHERE NOT EXISTS (SELECT 1 FROM publications WHERE path = ?1 AND version >= ?2)",
        params![
            path,
            to_column(publication.version)?,
            kind,
            millis(publication.at),
            millis(publication.timestamp),
            publication.statement,
            to_json(&publication.statement_signatures, TABLE, "statement_signatures")?,
            to_json(&publication.content_signatures, TABLE, "content_signatures")?,
            publication.attributes,
            publication.change_digest.as_ref().map(Sha256Digest::as_bytes),
            to_json(&publication.editors, TABLE, "editors")?,
            review.requested_at.map(millis),
            review.requested_by,
            review.editor_comment,
            review.approved_by,
            review.reviewer_comment,
            publication.record_bytes.map(to_column).transpose()?,
            review.edited.map(|(first, _)| millis(first)),
            review.edited.map(|(_, last)| millis(last)),
        ],
    )?;
    if added == 1 { Ok(()) } else { Err(StorageError::Conflict) }
}

pub(super) fn latest(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
) -> Result<Option<Publication>, StorageError> {
    let number = paths::find(tx, path)?;
    tx.find(LATEST, [number], |row| publication(row, path))
}

pub(super) fn list(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    from: u64,
    limit: usize,
) -> Result<Vec<Publication>, StorageError> {
    let number = paths::find(tx, path)?;
    // Beyond what a column holds there is none.
    let Ok(from) = to_column(from) else { return Ok(Vec::new()) };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.list(FROM_VERSION, params![number, from, limit], |row| publication(row, path))
}

pub(super) fn list_newest(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Publication>, StorageError> {
    let number = paths::find(tx, path)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.list(NEWEST, params![number, to_bound(before), limit], |row| publication(row, path))
}

pub(super) fn list_before(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    before: u64,
    limit: usize,
) -> Result<Vec<Publication>, StorageError> {
    let number = paths::find(tx, path)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.list(BEFORE_VERSION, params![number, to_bound(Some(before)), limit], |row| publication(row, path))
}

pub(super) fn count(tx: &mut SqliteTx<'_>, path: &CollectionPath) -> Result<PublicationCounts, StorageError> {
    let number = paths::find(tx, path)?;
    let counts = tx.find(
        "SELECT coalesce(sum(kind IN ('emptied', 'published')), 0), coalesce(sum(kind = 'resigned'), 0)
         FROM publications WHERE path = ?1",
        [number],
        |row| {
            let columns = Columns::of(row, TABLE);
            let made = columns.number(0, "kind")?;
            Ok(PublicationCounts { made, signed_again: columns.number(1, "kind")? })
        },
    )?;
    Ok(counts.unwrap_or_default())
}

pub(super) fn signed_again(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    version: u64,
) -> Result<Option<SignedAgain>, StorageError> {
    let number = paths::find(tx, path)?;
    let Ok(version) = to_column(version) else { return Ok(None) };
    let found = tx.find(
        "SELECT count(*), max(version), max(at) FROM publications
         WHERE path = ?1 AND version > ?2 AND kind = 'resigned' AND version < coalesce(
             (SELECT min(version) FROM publications WHERE path = ?1 AND version > ?2 AND kind <> 'resigned'),
             9223372036854775807)",
        params![number, version],
        |row| {
            let columns = Columns::of(row, TABLE);
            Ok(match columns.number(0, "version")? {
                0 => None,
                count => Some(SignedAgain {
                    count,
                    last_at: columns.time(2, "at")?,
                    last_version: columns.number(1, "version")?,
                }),
            })
        },
    )?;
    Ok(found.flatten())
}

pub(super) fn list_paths(tx: &SqliteTx<'_>) -> Result<Vec<CollectionPath>, StorageError> {
    tx.list(
        "SELECT bucket, collection FROM paths
         WHERE EXISTS (SELECT 1 FROM publications WHERE publications.path = paths.id)
         ORDER BY bucket, collection",
        (),
        |row| {
            let columns = Columns::of(row, "paths");
            let bucket = columns.parsed(0, "bucket", BucketId::parse)?;
            Ok(CollectionPath::new(bucket, columns.parsed(1, "collection", CollectionId::parse)?))
        },
    )
}

/// A version as a column holds it: at most 2^63−1, far beyond what a statement may have.
pub(super) fn to_column(version: u64) -> Result<i64, StorageError> {
    i64::try_from(version).map_err(|_| StorageError::Corrupt { table: TABLE, column: "version" })
}

/// A version that is not reached; every one is below none.
fn to_bound(before: Option<u64>) -> i64 {
    before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX))
}

fn publication(row: &Row<'_>, path: &CollectionPath) -> Result<Publication, StorageError> {
    let columns = Columns::of(row, TABLE);
    let kind = match columns.text(1, "kind")? {
        "created" => PublicationKind::Created,
        "emptied" => PublicationKind::Emptied,
        "published" => PublicationKind::Published,
        "resigned" => PublicationKind::Resigned,
        _ => return Err(columns.corrupt("kind")),
    };
    Ok(Publication {
        at: columns.time(2, "at")?,
        attributes: columns.value(7, "attributes")?,
        change_digest: columns.digest_or_null(8, "change_digest")?,
        content_signatures: columns.json(6, "content_signatures")?,
        editors: columns.json(9, "editors")?,
        kind,
        path: path.clone(),
        record_bytes: match columns.value::<Option<i64>>(15, "record_bytes")? {
            Some(bytes) => Some(u64::try_from(bytes).map_err(|_| columns.corrupt("record_bytes"))?),
            None => None,
        },
        review: PublicationReview {
            approved_by: columns.value(13, "approved_by")?,
            edited: columns.time_or_null(16, "edited_first")?.zip(columns.time_or_null(17, "edited_last")?),
            editor_comment: columns.value(12, "editor_comment")?,
            requested_by: columns.value(11, "requested_by")?,
            requested_at: columns.time_or_null(10, "requested_at")?,
            reviewer_comment: columns.value(14, "reviewer_comment")?,
        },
        statement: columns.value(4, "statement")?,
        statement_signatures: columns.json(5, "statement_signatures")?,
        timestamp: columns.time(3, "timestamp")?,
        version: columns.number(0, "version")?,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT version, kind, at, timestamp, statement, statement_signatures, content_signatures, attributes,
             change_digest, editors, requested_at, requested_by, editor_comment, approved_by, reviewer_comment,
             record_bytes, edited_first, edited_last FROM publications ",
            $rest
        )
    };
}

const FROM_VERSION: &str = select!("WHERE path = ?1 AND version >= ?2 ORDER BY version LIMIT ?3");
const BEFORE_VERSION: &str = select!("WHERE path = ?1 AND version < ?2 ORDER BY version DESC LIMIT ?3");
const LATEST: &str = select!("WHERE path = ?1 ORDER BY version DESC LIMIT 1");
const NEWEST: &str = select!(
    "WHERE path = ?1 AND version < ?2 AND kind IN ('emptied', 'published') ORDER BY version DESC LIMIT ?3"
);
const TABLE: &str = "publications";
