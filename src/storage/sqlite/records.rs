//! Table `records`: which content an id has in a collection, and since when. A row without content is a tombstone.
//!
//! Rows are kept by (collection, id); an index holds them newest first. Visits hold one row at a time.

use rusqlite::{Row, params};

use super::{
    columns::{Columns, millis},
    paths,
    tx::SqliteTx,
};
use crate::{
    signing::{Key, Leaf},
    storage::{
        ContentId, Entry, RecordRow, Standing, StorageError, StoredRecord, TimeOrder, Tombstones, Visit,
        VisitedRecord, Window,
    },
    types::{CollectionPath, RecordId, RecordRef, Timestamp},
};

pub(super) fn find(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    id: &RecordId,
) -> Result<Option<Entry<StoredRecord>>, StorageError> {
    let path = paths::find(tx, path)?;
    tx.find(
        "SELECT records.last_modified, records.content, contents.equality, contents.splice, contents.bytes
         FROM records LEFT JOIN contents ON contents.id = records.content
         WHERE records.path = ?1 AND records.id = ?2",
        params![path, id.as_str()],
        |row| {
            let columns = Columns::of(row, "records");
            let last_modified = columns.time(0, "last_modified")?;
            if columns.value::<Option<i64>>(1, "content")?.is_none() {
                return Ok(Entry::Deleted(last_modified));
            }
            let contents = Columns::of(row, "contents");
            Ok(Entry::Live(StoredRecord {
                content: contents.content(3)?,
                content_id: columns.content_id(1, "content")?,
                equality: contents.digest(2, "equality")?,
                last_modified,
            }))
        },
    )
}

pub(super) fn put(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    id: &RecordId,
    row: &RecordRow,
) -> Result<(), StorageError> {
    let path = paths::intern(tx, path)?;
    let key = row.leaf.as_ref().map(|(key, _)| key.as_bytes());
    let leaf = row.leaf.as_ref().map(|(_, leaf)| leaf.as_bytes());
    tx.change(
        "INSERT INTO records (path, id, last_modified, content, key, leaf) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (path, id) DO UPDATE SET last_modified = excluded.last_modified,
         content = excluded.content, key = excluded.key, leaf = excluded.leaf",
        params![path, id.as_str(), millis(row.last_modified), row.content.0, key, leaf],
    )?;
    Ok(())
}

pub(super) fn delete(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    id: &RecordId,
    tombstone: Timestamp,
) -> Result<bool, StorageError> {
    let path = paths::find(tx, path)?;
    let changed = tx.change(
        "UPDATE records SET last_modified = ?3, content = NULL, key = NULL, leaf = NULL
         WHERE path = ?1 AND id = ?2 AND content IS NOT NULL",
        params![path, id.as_str(), millis(tombstone)],
    )?;
    Ok(changed == 1)
}

pub(super) fn purge(tx: &mut SqliteTx<'_>, path: &CollectionPath) -> Result<(), StorageError> {
    let path = paths::find(tx, path)?;
    tx.change("DELETE FROM records WHERE path = ?1", [path])?;
    Ok(())
}

pub(super) fn count(tx: &mut SqliteTx<'_>, path: &CollectionPath) -> Result<u64, StorageError> {
    let path = paths::find(tx, path)?;
    let count = tx.find("SELECT live FROM paths WHERE id = ?1", [path], |row| {
        Columns::of(row, "paths").number(0, "live")
    })?;
    Ok(count.unwrap_or(0))
}

pub(super) fn visit_newest_first(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    window: &Window,
    visitor: &mut dyn FnMut(&str, Entry<VisitedRecord<'_>>) -> Visit,
) -> Result<(), StorageError> {
    let path = paths::find(tx, path)?;
    let since = window.since.map_or(-1, millis);
    let before = window.before.map_or(i64::MAX, millis);
    let shown = window.tombstones == Tombstones::Shown;
    tx.visit(NEWEST_FIRST, params![path, since, before, shown], |row| {
        let columns = Columns::of(row, "records");
        let entry = if columns.value::<Option<i64>>(2, "content")?.is_none() {
            Entry::Deleted(columns.time(1, "last_modified")?)
        } else {
            Entry::Live(visited(row)?)
        };
        Ok(visitor(columns.text(0, "id")?, entry))
    })
}

pub(super) fn visit_with_removed(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    published: &CollectionPath,
    window: &Window,
    order: TimeOrder,
    visitor: &mut dyn FnMut(&str, Standing, VisitedRecord<'_>) -> Visit,
) -> Result<(), StorageError> {
    let (path, published) = (paths::find(tx, path)?, paths::find(tx, published)?);
    let since = window.since.map_or(-1, millis);
    let before = window.before.map_or(i64::MAX, millis);
    let shown = window.tombstones == Tombstones::Shown;
    let sql = match order {
        TimeOrder::NewestFirst => WITH_REMOVED_NEWEST_FIRST,
        TimeOrder::OldestFirst => WITH_REMOVED_OLDEST_FIRST,
    };
    tx.visit(sql, params![path, since, before, shown, published], |row| {
        let columns = Columns::of(row, "records");
        let is_live: bool = columns.value(8, "content")?;
        let standing = if is_live { Standing::Live } else { Standing::Removed };
        Ok(visitor(columns.text(0, "id")?, standing, visited(row)?))
    })
}

pub(super) fn visit_by_id(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    visitor: &mut dyn FnMut(&str, VisitedRecord<'_>) -> Visit,
) -> Result<(), StorageError> {
    let path = paths::find(tx, path)?;
    tx.visit(BY_ID, [path], |row| Ok(visitor(Columns::of(row, "records").text(0, "id")?, visited(row)?)))
}

pub(super) fn visit_places_by_id(
    tx: &mut SqliteTx<'_>,
    path: &CollectionPath,
    visitor: &mut dyn FnMut(&str, ContentId, Timestamp) -> Visit,
) -> Result<(), StorageError> {
    let path = paths::find(tx, path)?;
    tx.visit(PLACES_BY_ID, [path], |row| {
        let columns = Columns::of(row, "records");
        let content = columns.content_id(2, "content")?;
        Ok(visitor(columns.text(0, "id")?, content, columns.time(1, "last_modified")?))
    })
}

/// A live row of [`NEWEST_FIRST`] or [`BY_ID`].
fn visited<'row>(row: &'row Row<'row>) -> Result<VisitedRecord<'row>, StorageError> {
    let columns = Columns::of(row, "records");
    let contents = Columns::of(row, "contents");
    let key: Option<[u8; 32]> = columns.value(3, "key")?;
    let leaf: Option<[u8; 32]> = columns.value(4, "leaf")?;
    let (splice, content) = contents.borrowed_content(6)?;
    Ok(VisitedRecord {
        content_id: columns.content_id(2, "content")?,
        equality: contents.digest(5, "equality")?,
        leaf: key.zip(leaf).map(|(key, leaf)| (Key::from_bytes(key), Leaf::from_bytes(leaf))),
        record: RecordRef { content, splice, last_modified: columns.time(1, "last_modified")? },
    })
}

// LEFT JOIN: a record whose content is gone must show as corrupt, not be left out.

const BY_ID: &str = "SELECT records.id, records.last_modified, records.content, records.key, records.leaf,
    contents.equality, contents.splice, contents.bytes
    FROM records LEFT JOIN contents ON contents.id = records.content
    WHERE records.path = ?1 AND records.content IS NOT NULL
    ORDER BY records.id";

const NEWEST_FIRST: &str =
    "SELECT records.id, records.last_modified, records.content, records.key, records.leaf,
    contents.equality, contents.splice, contents.bytes
    FROM records LEFT JOIN contents ON contents.id = records.content
    WHERE records.path = ?1 AND records.last_modified > ?2 AND records.last_modified < ?3
    AND (?4 OR records.content IS NOT NULL)
    ORDER BY records.last_modified DESC, records.id";

const PLACES_BY_ID: &str = "SELECT records.id, records.last_modified, records.content
    FROM records WHERE records.path = ?1 AND records.content IS NOT NULL
    ORDER BY records.id";

/// Only tombstones are looked up among what is published: of a live row the path to look under is NULL, and nothing is read.
macro_rules! with_removed {
    ($order:literal) => {
        concat!(
            "SELECT records.id, records.last_modified, coalesce(records.content, published.content),
    NULL, NULL, contents.equality, contents.splice, contents.bytes, records.content IS NOT NULL
    FROM records
    LEFT JOIN records AS published
    ON published.path = CASE WHEN records.content IS NULL THEN ?5 END AND published.id = records.id
    LEFT JOIN contents ON contents.id = coalesce(records.content, published.content)
    WHERE records.path = ?1 AND records.last_modified > ?2 AND records.last_modified < ?3
    AND (records.content IS NOT NULL OR (?4 AND published.content IS NOT NULL))
    ORDER BY ",
            $order
        )
    };
}

const WITH_REMOVED_NEWEST_FIRST: &str = with_removed!("records.last_modified DESC, records.id");
/// The other one from its end.
const WITH_REMOVED_OLDEST_FIRST: &str = with_removed!("records.last_modified, records.id DESC");

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::storage::sqlite::migrations::{self, DATABASE};

    /// How SQLite goes about a statement, a line for each table.
    fn plan(sql: &str) -> Vec<String> {
        let mut connection = Connection::open_in_memory().unwrap();
        migrations::run(&mut connection, &DATABASE).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nulls = vec![None::<i64>; statement.parameter_count()];
        let lines = statement.query_map(rusqlite::params_from_iter(nulls), |row| row.get(3)).unwrap();
        lines.map(Result::unwrap).collect()
    }

    #[test]
    fn visits_walk_an_order_that_is_kept_and_sort_nothing() {
        assert_eq!(
            plan(BY_ID),
            [
                "SEARCH records USING PRIMARY KEY (path=?)",
                "SEARCH contents USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            ]
        );
        assert_eq!(plan(PLACES_BY_ID), ["SEARCH records USING PRIMARY KEY (path=?)"]);
        assert_eq!(
            plan(NEWEST_FIRST),
            [
                "SEARCH records USING INDEX records_newest_first (path=? AND last_modified>? AND last_modified<?)",
                "SEARCH contents USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            ]
        );
        for sql in [WITH_REMOVED_NEWEST_FIRST, WITH_REMOVED_OLDEST_FIRST] {
            assert_eq!(
                plan(sql),
                [
                    "SEARCH records USING INDEX records_newest_first (path=? AND last_modified>? AND last_modified<?)",
                    "SEARCH published USING PRIMARY KEY (path=? AND id=?) LEFT-JOIN",
                    "SEARCH contents USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
                ]
            );
        }
    }
}
