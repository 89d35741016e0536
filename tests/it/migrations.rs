//! Databases of every schema that was ever released come up to date; one from the future is refused untouched.

use std::{fs, path::Path};

use countersign::{
    signing::{Ledger, Spent},
    storage::{HistoryKind, HistoryWindow, SqliteLedger, SqliteStore, StorageError},
    types::{BucketId, CollectionId, CollectionPath, Sha256Digest},
};
use rusqlite::Connection;
use tempfile::TempDir;

const APPLICATION_DATABASE: i32 = 0x4373_676e;
const APPLICATION_LEDGER: i32 = 0x4373_7074;

/// In `main/demo`: a live record, and one that was deleted.
const RECORDS: &str = "
    INSERT INTO contents (id, splice, digest, equality, bytes)
        VALUES (1, 9, zeroblob(32), zeroblob(32), CAST('{\"id\":\"a\"}' AS BLOB));
    INSERT INTO paths (id, bucket, collection) VALUES (1, 'main', 'demo');
    INSERT INTO records (path, id, last_modified, content) VALUES (1, 'a', 1, 1), (1, 'b', 2, NULL);
";

/// The migrations of a folder, in order: `0001_what.sql`, `0002_…`.
fn migrations(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for (number, file) in (1..).zip(&files) {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with(&format!("{number:04}_")), "{name}");
    }
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// A file as a program with only these migrations left it.
fn old_database(file: &Path, application: i32, migrations: &[String]) -> Connection {
    let connection = Connection::open(file).unwrap();
    for migration in migrations {
        connection.execute_batch(migration).unwrap();
    }
    connection.pragma_update(None, "application_id", application).unwrap();
    connection.pragma_update(None, "user_version", i64::try_from(migrations.len()).unwrap()).unwrap();
    connection
}

/// The schema's text, to compare: what a database holds besides data.
fn schema(file: &Path) -> Vec<(String, Option<String>)> {
    let connection = Connection::open(file).unwrap();
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn every_released_schema_comes_up_to_date_with_its_data() {
    let migrations = migrations("sqlite");
    let folder = TempDir::new().unwrap();
    let fresh = folder.path().join("fresh.db");
    drop(SqliteStore::open(&fresh).unwrap());
    for released in 1..=migrations.len() {
        let file = folder.path().join(format!("{released}.db"));
        let old = old_database(&file, APPLICATION_DATABASE, &migrations[..released]);
        old.execute_batch(RECORDS).unwrap();
        old.execute("INSERT INTO counters (name, value) VALUES ('n', 7)", ()).unwrap();
        drop(old);
        let store = SqliteStore::open(&file).unwrap();
        assert_eq!(store.read::<_, StorageError>(|tx| tx.find_counter("n")).unwrap(), 7);
        let demo = CollectionPath::parse("main/demo").unwrap();
        assert_eq!(store.read::<_, StorageError>(|tx| tx.count_records(&demo)).unwrap(), 1);
        let health = store.check().unwrap();
        assert_eq!(health.troubles, Vec::<String>::new());
        assert_eq!(health.schema, u64::try_from(migrations.len()).unwrap());
        drop(store);
        assert_eq!(schema(&file), schema(&fresh));
    }
}

#[test]
fn entries_of_an_older_history_are_found_by_kind_and_collection() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("old.db");
    let old = old_database(&file, APPLICATION_DATABASE, &migrations("sqlite")[..2]);
    let uris = [
        "/buckets/records",
        "/buckets/records/groups/collections",
        "/buckets/records/collections/groups",
        "/buckets/records/collections/groups/records/collections",
        "/buckets/records/collections/other/records/groups",
    ];
    for (number, uri) in (1..).zip(uris) {
        let insert = "INSERT INTO history (bucket, last_modified, id, action, uri, permissions, deleted)
                      VALUES ('records', ?1, 'x', 'delete', ?2, '{}', 1)";
        old.execute(insert, (number, uri)).unwrap();
    }
    drop(old);
    let store = SqliteStore::open(&file).unwrap();
    let bucket = BucketId::parse("records").unwrap();
    let found = |window: HistoryWindow| -> Vec<String> {
        let entries = store.read::<_, StorageError>(|tx| tx.search_history(&bucket, &window, 9)).unwrap();
        entries.into_iter().map(|entry| entry.uri).collect()
    };
    for (kind, places) in [
        (HistoryKind::Bucket, vec![0]),
        (HistoryKind::Group, vec![1]),
        (HistoryKind::Collection, vec![2]),
        (HistoryKind::Record, vec![4, 3]),
    ] {
        let expected: Vec<&str> = places.into_iter().map(|place: usize| uris[place]).collect();
        assert_eq!(found(HistoryWindow { kind: Some(kind), ..HistoryWindow::default() }), expected);
    }
    let groups = CollectionId::parse("groups").ok();
    assert_eq!(found(HistoryWindow { collection: groups, ..HistoryWindow::default() }), [uris[3], uris[2]]);
    assert_eq!(store.check().unwrap().troubles, Vec::<String>::new());
}

#[test]
fn every_released_ledger_comes_up_to_date_with_its_data() {
    let migrations = migrations("ledger");
    let folder = TempDir::new().unwrap();
    let path = CollectionPath::parse("main/demo").unwrap();
    for released in 1..=migrations.len() {
        let file = folder.path().join(format!("{released}.db"));
        let old = old_database(&file, APPLICATION_LEDGER, &migrations[..released]);
        let hash = Sha256Digest::of(b"text");
        old.execute(
            "INSERT INTO spent (bucket, collection, version, text_hash) VALUES ('main', 'demo', 3, ?1)",
            [hash.as_bytes()],
        )
        .unwrap();
        drop(old);
        let ledger = SqliteLedger::open(&file).unwrap();
        assert_eq!(ledger.highest(&path), Ok(Some(Spent { text_hash: Some(hash), version: 3 })));
    }
}

#[test]
fn a_database_from_the_future_is_refused_untouched() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("countersign.db");
    let known = u64::try_from(migrations("sqlite").len()).unwrap();
    drop(SqliteStore::open(&file).unwrap());
    let raw = Connection::open(&file).unwrap();
    raw.pragma_update(None, "user_version", i64::try_from(known + 1).unwrap()).unwrap();
    drop(raw);
    let before = fs::read(&file).unwrap();
    match SqliteStore::open(&file) {
        Err(StorageError::NewerSchema { found, known: highest }) => {
            assert_eq!((found, highest), (known + 1, known));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_schema_number_that_is_none_is_corrupt() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("countersign.db");
    drop(SqliteStore::open(&file).unwrap());
    let raw = Connection::open(&file).unwrap();
    raw.pragma_update(None, "user_version", -1).unwrap();
    drop(raw);
    let result = SqliteStore::open(&file);
    let expected = StorageError::Corrupt { table: "sqlite_schema", column: "user_version" };
    assert_eq!(result.unwrap_err().to_string(), expected.to_string());
}
