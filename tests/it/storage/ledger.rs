use std::{sync::Arc, thread};

use countersign::{
    signing::{Ledger, LedgerError, Spent},
    storage::{SqliteLedger, StorageError},
    types::{CollectionPath, Sha256Digest},
};
use tempfile::TempDir;

use super::path;

fn demo() -> CollectionPath {
    path("main/demo")
}

fn hash(text: &str) -> Sha256Digest {
    Sha256Digest::of(text.as_bytes())
}

fn open(folder: &TempDir) -> SqliteLedger {
    SqliteLedger::open(&folder.path().join("spent.db")).unwrap()
}

#[test]
fn what_is_spent_stays_spent_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let ledger = open(&folder);
    assert_eq!(ledger.highest(&demo()), Ok(None));
    assert_eq!(ledger.spend(&demo(), 1, &hash("a")), Ok(()));
    assert_eq!(ledger.spend(&demo(), 4, &hash("b")), Ok(()));
    drop(ledger);
    let ledger = open(&folder);
    assert_eq!(ledger.highest(&demo()), Ok(Some(Spent { text_hash: Some(hash("b")), version: 4 })));
    // The same text again, another one never, an older one never.
    assert_eq!(ledger.spend(&demo(), 4, &hash("b")), Ok(()));
    assert_eq!(ledger.spend(&demo(), 4, &hash("c")), Err(LedgerError::Spent { highest: 4, version: 4 }));
    assert_eq!(ledger.spend(&demo(), 1, &hash("a")), Err(LedgerError::Spent { highest: 4, version: 1 }));
    assert_eq!(ledger.spend(&demo(), 0, &hash("a")), Err(LedgerError::Spent { highest: 4, version: 0 }));
    assert_eq!(ledger.highest(&path("preview/demo")), Ok(None));
    assert_eq!(ledger.spend(&path("preview/demo"), 1, &hash("c")), Ok(()));
}

#[test]
fn raising_leaves_a_gap_and_never_lowers() {
    let folder = TempDir::new().unwrap();
    let ledger = open(&folder);
    ledger.spend(&demo(), 3, &hash("a")).unwrap();
    ledger.raise(&demo(), 10).unwrap();
    ledger.raise(&demo(), 10).unwrap();
    ledger.raise(&demo(), 7).unwrap();
    drop(ledger);
    let ledger = open(&folder);
    assert_eq!(ledger.highest(&demo()), Ok(Some(Spent { text_hash: None, version: 10 })));
    assert_eq!(ledger.spend(&demo(), 10, &hash("a")), Err(LedgerError::Spent { highest: 10, version: 10 }));
    assert_eq!(ledger.spend(&demo(), 11, &hash("b")), Ok(()));
}

#[test]
fn a_version_beyond_what_a_statement_may_have_is_not_granted() {
    let folder = TempDir::new().unwrap();
    let ledger = open(&folder);
    let result = ledger.spend(&demo(), u64::MAX, &hash("a"));
    assert!(matches!(result, Err(LedgerError::Unavailable { .. })), "{result:?}");
    assert_eq!(ledger.highest(&demo()), Ok(None));
}

#[test]
fn of_many_who_want_a_version_for_different_texts_one_gets_it() {
    let folder = TempDir::new().unwrap();
    let ledgers = [Arc::new(open(&folder)), Arc::new(open(&folder))];
    for version in 1..=20 {
        let granted: Vec<String> = thread::scope(|scope| {
            let attempts: Vec<_> = (0..4)
                .map(|number| {
                    let ledger = Arc::clone(&ledgers[number % 2]);
                    scope.spawn(move || {
                        let text = format!("text {number}");
                        match ledger.spend(&demo(), version, &hash(&text)) {
                            Ok(()) => Some(text),
                            Err(error) => {
                                assert_eq!(error, LedgerError::Spent { highest: version, version });
                                None
                            }
                        }
                    })
                })
                .collect();
            assert_eq!(attempts.len(), 4);
            attempts.into_iter().filter_map(|attempt| attempt.join().unwrap()).collect()
        });
        assert_eq!(granted.len(), 1, "{granted:?}");
        let expected = Spent { text_hash: Some(hash(&granted[0])), version };
        assert_eq!(ledgers[0].highest(&demo()), Ok(Some(expected)));
    }
}

#[test]
fn a_ledger_is_no_database_and_a_database_no_ledger() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("spent.db");
    drop(SqliteLedger::open(&file).unwrap());
    let result = countersign::storage::SqliteStore::open(&file);
    assert!(matches!(result, Err(StorageError::Unavailable { .. })), "{result:?}");
    let file = folder.path().join("countersign.db");
    drop(countersign::storage::SqliteStore::open(&file).unwrap());
    let result = SqliteLedger::open(&file);
    assert!(matches!(result, Err(StorageError::Unavailable { .. })), "{result:?}");
}
