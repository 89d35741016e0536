//! Figures of the SQLite backend, for docs/storage.md: `cargo bench --bench storage -- 1000 10000 100000 1000000`.
//!
//! Not criterion: each figure is one large transaction, and its state is the next one's beginning.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "what a benchmark is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

mod support {
    pub(crate) mod cpu;
}

use std::time::Instant;

use countersign::{
    signing::{Key, Leaf},
    storage::{
        ContentId, HistoryAction, HistoryEntry, HistoryTarget, HistoryUser, HistoryWindow, PendingEdit,
        Permissions, Publication, PublicationChange, PublicationKind, PublicationReview, RecordRow,
        SqliteStore, StorageError, Store, Subject, Tx, Visit, Window,
    },
    types::{BucketId, CollectionId, CollectionPath, Content, RecordId, Sha256Digest, Timestamp},
};
use support::cpu::spent;

fn main() {
    let mut sizes: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000, 100_000];
    }
    for size in sizes {
        let mut records: Vec<_> = (0..size).map(record).collect();
        println!("{size} records, ids in no order");
        measure(&records);
        records.sort_by(|(one, _), (other, _)| one.cmp(other));
        println!("{size} records, in order of ids");
        measure(&records);
    }
    single_rows();
    history(1_000_000);
}

/// One collection of records of 365 bytes through their life.
fn measure(records: &[(RecordId, Content)]) {
    let size = records.len();
    let folder = tempfile::TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("bench.db")).unwrap();
    let [source, published] = ["work/demo", "main/demo"].map(|path| CollectionPath::parse(path).unwrap());

    timed("  insert, one transaction", || {
        write(&store, |tx| {
            for ((id, content), time) in records.iter().zip(1..) {
                let equality = Sha256Digest::of(content.as_bytes());
                let content = tx.intern_content(content, equality)?;
                let row = RecordRow { content, last_modified: at(time), leaf: None };
                tx.put_record(&source, id, &row)?;
            }
            Ok(())
        });
    });
    let mut contents: Vec<(RecordId, ContentId)> = Vec::new();
    timed("  visit by id", || {
        let mut bytes = 0;
        store
            .read::<_, StorageError>(|tx| {
                tx.visit_by_id(&source, &mut |_, visited| {
                    bytes += visited.record.content.len();
                    Visit::Continue
                })
            })
            .unwrap();
        assert!(bytes > size * 300);
    });
    store
        .read::<_, StorageError>(|tx| {
            tx.visit_by_id(&source, &mut |id, visited| {
                contents.push((RecordId::parse(id).unwrap(), visited.content_id));
                Visit::Continue
            })
        })
        .unwrap();
    timed("  publish all (records with leaves, changes)", || {
        write(&store, |tx| publish(tx, &published, 1, &contents));
    });
    timed("  visit published by id", || {
        let mut seen = 0;
        store
            .read::<_, StorageError>(|tx| {
                tx.visit_by_id(&published, &mut |_, visited| {
                    seen += usize::from(visited.leaf.is_some());
                    Visit::Continue
                })
            })
            .unwrap();
        assert_eq!(seen, size);
    });
    timed("  visit published newest first", || {
        let mut seen = 0;
        store
            .read::<_, StorageError>(|tx| {
                tx.visit_newest_first(&published, &Window::default(), &mut |_, _| {
                    seen += 1;
                    Visit::Continue
                })
            })
            .unwrap();
        assert_eq!(seen, size);
    });
    timed("  count", || {
        let count = store.read::<_, StorageError>(|tx| tx.count_records(&published)).unwrap();
        assert_eq!(count, u64::try_from(size).unwrap());
    });
    let ten: Vec<(RecordId, ContentId)> = contents.iter().step_by(size / 10).take(10).cloned().collect();
    timed("  edit ten", || {
        write(&store, |tx| {
            for (id, content) in &ten {
                let row = RecordRow { content: *content, last_modified: at(9_000_000), leaf: None };
                tx.put_record(&source, id, &row)?;
                let subject = Subject::Record(id.clone());
                tx.put_pending(
                    &source,
                    &PendingEdit { at: at(9_000_000), subject, user: "account:ada".into() },
                )?;
            }
            Ok(())
        });
    });
    timed("  publish ten", || write(&store, |tx| publish(tx, &published, 2, &ten)));
    timed("  check", || {
        let health = store.check().unwrap();
        assert_eq!(health.troubles, Vec::<String>::new());
        let bytes = health.bytes / u64::try_from(size).unwrap();
        println!("  {:<46} {bytes:>9} bytes a record, source and published", "file");
    });
}

/// What a publication writes.
fn publish(
    tx: &mut dyn Tx,
    path: &CollectionPath,
    version: u64,
    records: &[(RecordId, ContentId)],
) -> Result<(), StorageError> {
    for ((id, content), time) in records.iter().zip(1..) {
        let key = Key::of(id.as_str());
        let leaf = Leaf::of(&key, &Sha256Digest::of(id.as_str().as_bytes()));
        let last_modified = at(version * 10_000_000 + time);
        let row = RecordRow { content: *content, last_modified, leaf: Some((key, leaf)) };
        tx.put_record(path, id, &row)?;
        let change =
            PublicationChange { after: Some((*content, last_modified)), before: None, id: id.clone() };
        tx.insert_publication_change(path, version, &change)?;
    }
    tx.insert_publication(&Publication {
        at: at(version),
        attributes: "{}".to_owned(),
        change_digest: Some(Sha256Digest::of(b"change")),
        content_signatures: Vec::new(),
        editors: Vec::new(),
        kind: PublicationKind::Published,
        path: path.clone(),
        record_bytes: None,
        review: PublicationReview::default(),
        statement: "{}".repeat(300),
        statement_signatures: Vec::new(),
        timestamp: at(version),
        version,
    })
}

/// Durable transactions of one row, one after the other.
fn single_rows() {
    let folder = tempfile::TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("bench.db")).unwrap();
    timed("200 durable transactions of one row", || {
        for value in 0..200 {
            write(&store, |tx| tx.put_counter("n", value));
        }
    });
    timed("10 000 reads of one row", || {
        for _ in 0..10_000 {
            store.read::<_, StorageError>(|tx| tx.find_counter("n")).unwrap();
        }
    });
}

/// A bucket's history: pages of it, and searches that find little or nothing.
fn history(size: u64) {
    let folder = tempfile::TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("bench.db")).unwrap();
    let bucket = BucketId::parse("work").unwrap();
    timed("a history of 1 000 000 entries, one transaction", || {
        write(&store, |tx| (1..=size).try_for_each(|number| tx.insert_history(&entry(&bucket, number))));
    });
    let all = HistoryWindow::default;
    let collection = CollectionId::parse("c3").ok();
    for (what, window) in [
        ("  the newest hundred", all()),
        ("  a hundred from the middle", HistoryWindow { before: Some(at(size / 2)), ..all() }),
        ("  a hundred of one collection", HistoryWindow { collection: collection.clone(), ..all() }),
        (
            "  a hundred by one person",
            HistoryWindow { user: HistoryUser::Only("account:u3".to_owned()), ..all() },
        ),
        (
            "  deletions, of which there are none",
            HistoryWindow { action: Some(HistoryAction::Delete), ..all() },
        ),
        ("  by somebody who did nothing", HistoryWindow { user: HistoryUser::Only("x".to_owned()), ..all() }),
        (
            "  … in one collection of twenty",
            HistoryWindow { collection, user: HistoryUser::Only("x".to_owned()), ..all() },
        ),
    ] {
        timed(what, || {
            store.read::<_, StorageError>(|tx| tx.search_history(&bucket, &window, 100)).unwrap();
        });
    }
}

fn entry(bucket: &BucketId, number: u64) -> HistoryEntry {
    let id = Sha256Digest::of(&number.to_le_bytes()).to_hex();
    HistoryEntry {
        action: if number.is_multiple_of(3) { HistoryAction::Create } else { HistoryAction::Update },
        bucket: bucket.clone(),
        last_modified: at(number),
        permissions: Permissions::new(),
        target: HistoryTarget::Object(format!("{{\"id\":\"{id}\"}}")),
        uri: format!("/buckets/{bucket}/collections/c{}/records/{id}", number % 20),
        user: Some(format!("account:u{}", number % 7)),
        id,
    }
}

/// 365 bytes; ids in no order, as UUIDs are.
fn record(number: usize) -> (RecordId, Content) {
    let digest = Sha256Digest::of(&number.to_le_bytes()).to_hex();
    let (first, second) = digest.split_at(32);
    let head = format!("{{\"id\":\"{first}\"");
    let filler = digest.repeat(5);
    let bytes = format!("{head},\"serial\":\"{second}\",\"title\":\"{}\"}}", filler.get(..258).unwrap());
    (RecordId::parse(first).unwrap(), Content::from_parts(bytes.into_bytes().into(), head.len()))
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

fn write<T>(store: &Store, work: impl FnMut(&mut dyn Tx) -> Result<T, StorageError>) -> T {
    store.write(work).unwrap()
}

fn timed(what: &str, work: impl FnOnce()) {
    let start = Instant::now();
    let (cpu, ()) = spent(work);
    let [wall, cpu] = [start.elapsed(), cpu].map(|time| time.as_secs_f64() * 1_000.0);
    println!("{what:<48} {wall:>9.2} ms, CPU {cpu:>9.2} ms");
}
