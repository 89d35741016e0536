//! The storage operations through `Store` and `Tx`.

use countersign::storage::{SqliteStore, StorageError};

#[test]
fn a_counter_is_kept() {
    let store = SqliteStore::open_temporary().unwrap();
    store.write(|tx| tx.put_counter("n", u64::MAX)).unwrap();
    assert_eq!(store.read::<_, StorageError>(|tx| tx.find_counter("n")).unwrap(), u64::MAX);
    assert_eq!(store.check().unwrap().troubles, Vec::<String>::new());
}
