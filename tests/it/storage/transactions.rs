use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    thread,
    time::Duration,
};

use countersign::storage::{
    AccountState, Credential, HistoryAction, HistoryEntry, HistoryTarget, ListKey, NewRequest, ObjectKey,
    PendingEdit, Permissions, Publication, PublicationChange, PublicationKind, PublicationReview, RequestEnd,
    RequestEndKind, SqliteStore, StorageError, Store, StoredObject, Subject, Tx,
};
use countersign::types::{AccountName, CollectionPath, Sha256Digest};
use tempfile::TempDir;

use super::{at, bucket, content, equality, group, intern, path, put, read, record, store, write};

#[derive(Debug)]
enum VerbError {
    Refused,
    Storage,
}

impl From<StorageError> for VerbError {
    fn from(_: StorageError) -> Self {
        Self::Storage
    }
}

fn count(store: &Store) -> u64 {
    read(store, |tx| tx.find_counter("n"))
}

#[test]
fn a_write_that_fails_leaves_nothing() {
    let store = store();
    write(&store, |tx| tx.put_counter("n", 1));
    let result: Result<(), VerbError> = store.write(|tx| {
        tx.put_counter("n", 2)?;
        put(tx, &path("main/demo"), "a", "one", 5);
        Err(VerbError::Refused)
    });
    assert!(matches!(result, Err(VerbError::Refused)));
    assert_eq!(count(&store), 1);
    assert_eq!(read(&store, |tx| tx.find_record(&path("main/demo"), &record("a"))), None);
    // Nothing is left over for the next one either.
    write(&store, |tx| tx.put_counter("n", 3));
    assert_eq!(count(&store), 3);
}

#[test]
fn a_panic_in_a_write_leaves_nothing_and_the_next_write_runs() {
    let store = store();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.write::<(), StorageError>(|tx| {
            tx.put_counter("n", 2)?;
            panic!("as tests do");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(count(&store), 0);
    write(&store, |tx| tx.put_counter("n", 3));
    assert_eq!(count(&store), 3);
}

#[test]
fn a_panic_in_a_read_harms_nobody() {
    let store = store();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.read::<(), StorageError>(|tx| {
            tx.find_counter("n")?;
            panic!("as tests do");
        })
    }));
    assert!(panicked.is_err());
    write(&store, |tx| tx.put_counter("n", 3));
    assert_eq!(count(&store), 3);
}

#[test]
fn what_is_written_is_read_in_the_same_transaction() {
    let store = store();
    let seen = write(&store, |tx| {
        tx.put_counter("n", 7)?;
        tx.find_counter("n")
    });
    assert_eq!(seen, 7);
}

#[test]
fn a_read_refuses_every_write() {
    type Attempt = Box<dyn FnOnce(&mut dyn Tx) -> Result<(), StorageError>>;
    let store = store();
    write(&store, |tx| {
        put(tx, &path("main/demo"), "a", "one", 5);
        Ok(())
    });
    let attempts: Vec<(&str, Attempt)> = vec![
        ("put_timestamp", Box::new(|tx| tx.put_timestamp(&ListKey::Buckets, at(1)))),
        ("delete_timestamps", Box::new(|tx| tx.delete_timestamps(&ListKey::Buckets))),
        ("put_counter", Box::new(|tx| tx.put_counter("n", 1))),
        ("put_object", Box::new(|tx| tx.put_object(&collection(), &object()))),
        ("delete_object", Box::new(|tx| tx.delete_object(&collection(), None).map(|_| ()))),
        ("bury_object", Box::new(|tx| tx.delete_object(&collection(), Some(at(1))).map(|_| ()))),
        ("purge_objects", Box::new(|tx| tx.purge_objects(&ListKey::Buckets))),
        ("purge_groups", Box::new(|tx| tx.purge_objects(&ListKey::Groups(bucket("main"))))),
        ("put_group_members", Box::new(|tx| tx.put_group_members(&bucket("main"), &group("g"), &[]))),
        (
            "put_credential",
            Box::new(|tx| {
                let state = AccountState::Active;
                tx.put_credential(&name(), &Credential { password_hash: String::new(), state })
            }),
        ),
        ("delete_credential", Box::new(|tx| tx.delete_credential(&name()))),
        ("put_permissions", Box::new(|tx| tx.put_permissions("/buckets/main", &Permissions::new()))),
        ("delete_permissions", Box::new(|tx| tx.delete_permissions("/buckets/main"))),
        ("delete_principal", Box::new(|tx| tx.delete_principal("account:ada"))),
        (
            "intern_content",
            // Known already: still a write.
            Box::new(|tx| tx.intern_content(&content("a", "one"), equality("a", "one")).map(|_| ())),
        ),
        (
            "put_record",
            Box::new(|tx| {
                let row = countersign::storage::RecordRow {
                    content: countersign::storage::ContentId(1),
                    last_modified: at(9),
                    leaf: None,
                };
                tx.put_record(&demo(), &record("a"), &row)
            }),
        ),
        ("delete_record", Box::new(|tx| tx.delete_record(&demo(), &record("a"), at(9)).map(|_| ()))),
        ("purge_records", Box::new(|tx| tx.purge_records(&demo()))),
        (
            "put_pending",
            Box::new(|tx| {
                let edit = PendingEdit { at: at(1), subject: Subject::Attributes, user: "u".to_owned() };
                tx.put_pending(&demo(), &edit)
            }),
        ),
        ("delete_pending", Box::new(|tx| tx.delete_pending(&demo(), &Subject::Attributes))),
        ("purge_pending", Box::new(|tx| tx.purge_pending(&demo()))),
        ("insert_request", Box::new(|tx| tx.insert_request(&demo(), &request()))),
        ("end_request", Box::new(|tx| tx.end_request(&demo(), &end()).map(|_| ()))),
        ("insert_publication", Box::new(|tx| tx.insert_publication(&publication()))),
        (
            "insert_publication_change",
            Box::new(|tx| {
                let change = PublicationChange { after: None, before: None, id: record("a") };
                tx.insert_publication_change(&demo(), 1, &change)
            }),
        ),
        ("put_chain", Box::new(|tx| tx.put_chain(&Sha256Digest::of(b"pem"), "pem"))),
        ("insert_history", Box::new(|tx| tx.insert_history(&history()))),
        ("purge_history", Box::new(|tx| tx.purge_history(&bucket("main")))),
    ];
    for (name, attempt) in attempts {
        let result = store.read(|tx| attempt(tx));
        assert!(matches!(result, Err(StorageError::ReadOnly)), "{name}: {result:?}");
    }
    let (record, counter) =
        read(&store, |tx| Ok((tx.find_record(&path("main/demo"), &record("a"))?, tx.find_counter("n")?)));
    assert!(record.is_some());
    assert_eq!(counter, 0);
}

#[test]
fn savepoints_nest() {
    let store = store();
    write(&store, |tx| {
        tx.put_counter("kept", 1)?;
        tx.begin_savepoint()?;
        tx.put_counter("outer", 1)?;
        tx.begin_savepoint()?;
        tx.put_counter("inner", 1)?;
        tx.roll_back_savepoint()?;
        assert_eq!((tx.find_counter("outer")?, tx.find_counter("inner")?), (1, 0));
        tx.begin_savepoint()?;
        tx.put_counter("second", 1)?;
        tx.release_savepoint()?;
        tx.release_savepoint()
    });
    let counters = read(&store, |tx| {
        ["kept", "outer", "inner", "second"].into_iter().map(|name| tx.find_counter(name)).collect()
    });
    let counters: Vec<u64> = counters;
    assert_eq!(counters, [1, 1, 0, 1]);
}

#[test]
fn rolling_a_savepoint_back_undoes_those_released_in_it() {
    let store = store();
    write(&store, |tx| {
        tx.begin_savepoint()?;
        tx.begin_savepoint()?;
        tx.put_counter("n", 1)?;
        tx.release_savepoint()?;
        tx.roll_back_savepoint()
    });
    assert_eq!(count(&store), 0);
}

#[test]
fn a_collection_first_written_in_a_savepoint_that_was_undone_can_be_written_again() {
    let store = store();
    write(&store, |tx| {
        tx.begin_savepoint()?;
        put(tx, &path("main/first"), "a", "one", 5);
        tx.roll_back_savepoint()?;
        put(tx, &path("main/second"), "b", "two", 6);
        put(tx, &path("main/first"), "c", "three", 7);
        Ok(())
    });
    let counts = read(&store, |tx| {
        assert_eq!(tx.find_record(&path("main/first"), &record("a"))?, None);
        Ok((tx.count_records(&path("main/first"))?, tx.count_records(&path("main/second"))?))
    });
    assert_eq!(counts, (1, 1));
    assert_eq!(store.check().unwrap().troubles, Vec::<String>::new());
}

#[test]
fn a_read_may_use_savepoints() {
    let store = store();
    let value = read(&store, |tx| {
        tx.begin_savepoint()?;
        let value = tx.find_counter("n")?;
        tx.release_savepoint()?;
        tx.begin_savepoint()?;
        tx.roll_back_savepoint()?;
        Ok(value)
    });
    assert_eq!(value, 0);
}

#[test]
fn a_savepoint_that_was_not_begun_cannot_end() {
    let store = store();
    let result = store.write(|tx| tx.release_savepoint());
    assert!(matches!(result, Err(StorageError::Unavailable { .. })), "{result:?}");
}

#[test]
fn a_reader_sees_one_state_while_others_write() {
    let store = store();
    write(&store, |tx| tx.put_counter("n", 1));
    let (before, after) = read(&store, |tx| {
        let before = tx.find_counter("n")?;
        // Another connection writes and commits in the middle of this read.
        write(&store, |tx| tx.put_counter("n", 2));
        assert_eq!(count(&store), 2);
        Ok((before, tx.find_counter("n")?))
    });
    assert_eq!((before, after), (1, 1));
    assert_eq!(count(&store), 2);
}

#[test]
fn nobody_sees_a_write_before_its_commit() {
    let store = store();
    write(&store, |tx| {
        tx.put_counter("n", 9)?;
        assert_eq!(count(&store), 0);
        Ok(())
    });
    assert_eq!(count(&store), 9);
}

#[test]
fn two_stores_on_one_file_write_in_turns() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("countersign.db");
    let stores = [SqliteStore::open(&file).unwrap(), SqliteStore::open(&file).unwrap()];
    thread::scope(|scope| {
        for store in &stores {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        write(store, |tx| {
                            let value = tx.find_counter("n")?;
                            tx.put_counter("n", value + 1)
                        });
                    }
                });
            }
        }
    });
    assert_eq!(count(&stores[0]), 200);
    assert_eq!(count(&stores[1]), 200);
}

#[test]
fn many_readers_run_beside_a_writer() {
    let store = store();
    thread::scope(|scope| {
        scope.spawn(|| {
            for value in 1..=200 {
                write(&store, |tx| {
                    tx.put_counter("one", value)?;
                    tx.put_counter("other", value)
                });
            }
        });
        for _ in 0..12 {
            scope.spawn(|| {
                let mut seen = 0;
                while seen < 200 {
                    let (one, other) =
                        read(&store, |tx| Ok((tx.find_counter("one")?, tx.find_counter("other")?)));
                    assert_eq!(one, other);
                    assert!(one >= seen, "{one} after {seen}");
                    seen = one;
                }
            });
        }
    });
}

#[test]
fn a_writer_that_cannot_wait_longer_is_told_so_and_its_closure_never_ran() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("countersign.db");
    let patient = SqliteStore::open(&file).unwrap();
    let hasty = SqliteStore::open_with_patience(&file, Duration::ZERO).unwrap();
    let (tell, told) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            write(&patient, |tx| {
                tx.put_counter("n", 1)?;
                tell.send(()).unwrap();
                released.recv().unwrap();
                Ok(())
            });
        });
        told.recv().unwrap();
        let mut runs = 0;
        let result: Result<(), StorageError> = hasty.write(|tx| {
            runs += 1;
            tx.put_counter("n", 2)
        });
        // Reads never wait.
        let read = count(&hasty);
        release.send(()).unwrap();
        assert_eq!(read, 0);
        let Err(StorageError::Unavailable { what }) = result else { panic!("{result:?}") };
        assert_eq!(what, "database is locked");
        assert_eq!(runs, 0);
    });
    write(&hasty, |tx| {
        assert_eq!(tx.find_counter("n")?, 1);
        tx.put_counter("n", 2)
    });
}

#[test]
fn clones_are_the_same_database() {
    let store = store();
    let other = store.clone();
    write(&store, |tx| tx.put_counter("n", 4));
    assert_eq!(count(&other), 4);
}

#[test]
fn timestamps_of_the_lists_below_go_with_a_list() {
    let store = store();
    let lists = [
        ListKey::Accounts,
        ListKey::Buckets,
        ListKey::Collections(bucket("a")),
        ListKey::Collections(bucket("a-b")),
        ListKey::Groups(bucket("a")),
        ListKey::History(bucket("a")),
        ListKey::Records(path("a/c")),
        ListKey::Records(path("a/c-d")),
    ];
    let left = |gone: &ListKey| {
        let result: Result<Vec<ListKey>, StorageError> = store.write(|tx| {
            for (list, time) in lists.iter().zip(1..) {
                tx.put_timestamp(list, at(time))?;
                tx.put_timestamp(list, at(time + 1))?;
                assert_eq!(tx.find_timestamp(list)?, Some(at(time + 1)));
            }
            tx.delete_timestamps(gone)?;
            let mut left = Vec::new();
            for list in &lists {
                if tx.find_timestamp(list)?.is_some() {
                    left.push(list.clone());
                }
            }
            Ok(left)
        });
        result.unwrap()
    };
    assert_eq!(left(&ListKey::Buckets), [ListKey::Accounts]);
    let expected: Vec<ListKey> =
        lists.iter().filter(|list| !list.uri().starts_with("/buckets/a/collections")).cloned().collect();
    assert_eq!(left(&ListKey::Collections(bucket("a"))), expected);
    let expected: Vec<ListKey> =
        lists.iter().filter(|list| **list != ListKey::Records(path("a/c"))).cloned().collect();
    assert_eq!(left(&ListKey::Records(path("a/c"))), expected);
}

#[test]
fn a_list_that_was_never_used_has_no_timestamp() {
    assert_eq!(read(&store(), |tx| tx.find_timestamp(&ListKey::Buckets)), None);
}

#[test]
fn counters_hold_64_bits() {
    let store = store();
    for value in [u64::MAX, 1 << 63, 0, 5] {
        write(&store, |tx| tx.put_counter("n", value));
        assert_eq!(count(&store), value);
    }
}

#[test]
fn a_content_is_stored_once() {
    let store = store();
    let (first, again, other) =
        write(&store, |tx| Ok((intern(tx, "a", "one"), intern(tx, "a", "one"), intern(tx, "a", "two"))));
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!(read(&store, |tx| tx.load_content(first)), content("a", "one"));
    assert_eq!(read(&store, |tx| tx.load_content(other)).splice(), content("a", "two").splice());
}

#[test]
fn a_content_that_is_not_there_cannot_be_loaded() {
    let result = store().read(|tx| tx.load_content(countersign::storage::ContentId(77)));
    assert!(matches!(result, Err(StorageError::Dangling)), "{result:?}");
}

#[test]
fn a_fresh_database_is_healthy() {
    let health = store().check().unwrap();
    assert_eq!(health.troubles, Vec::<String>::new());
    assert!(health.schema >= 1);
    assert!(health.bytes > 0 && health.log_bytes > 0);
}

fn demo() -> CollectionPath {
    path("main/demo")
}

fn name() -> AccountName {
    AccountName::parse("ada").unwrap()
}

fn collection() -> ObjectKey {
    ObjectKey::Collection(demo())
}

fn object() -> StoredObject {
    StoredObject { attributes: "{}".to_owned(), last_modified: at(1) }
}

fn request() -> NewRequest {
    NewRequest { at: at(1), by: "account:ada".to_owned(), comment: String::new(), digest: None }
}

fn end() -> RequestEnd {
    RequestEnd {
        at: at(2),
        by: "account:bob".to_owned(),
        comment: String::new(),
        kind: RequestEndKind::Declined,
    }
}

fn publication() -> Publication {
    Publication {
        at: at(1),
        attributes: "{}".to_owned(),
        change_digest: None,
        content_signatures: Vec::new(),
        editors: Vec::new(),
        kind: PublicationKind::Created,
        path: path("main/demo"),
        record_bytes: None,
        review: PublicationReview::default(),
        statement: "{}".to_owned(),
        statement_signatures: Vec::new(),
        timestamp: at(1),
        version: 1,
    }
}

fn history() -> HistoryEntry {
    HistoryEntry {
        action: HistoryAction::Create,
        bucket: bucket("main"),
        id: "x".to_owned(),
        last_modified: at(1),
        permissions: Permissions::new(),
        target: HistoryTarget::Deleted(at(1)),
        uri: "/buckets/main".to_owned(),
        user: None,
    }
}
