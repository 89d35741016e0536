//! Killed, full, damaged, forbidden: the file holds the last commit, and what is wrong is said.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use countersign::{
    storage::{
        AccountState, Credential, HistoryAction, HistoryEntry, HistoryTarget, ListKey, NewRequest, ObjectKey,
        PendingEdit, Permissions, Publication, PublicationKind, PublicationReview, RecordRow, SqliteLedger,
        SqliteStore, StorageError, Store, StoredObject, Subject, Tx, Visit,
    },
    types::AccountName,
};
use rusqlite::Connection;
use tempfile::TempDir;

use super::{at, bucket, path, put, read, record, write};

/// Names the database to the child process.
const CHILD: &str = "COUNTERSIGN_TEST_CHILD_DATABASE";
/// What a child says begins with this; the rest of its output is the test harness's.
const SAYS: &str = "child: ";

fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("countersign.db")
}

/// The database's path, in the child process only.
fn child_database() -> Option<PathBuf> {
    env::var_os(CHILD).map(PathBuf::from)
}

/// This test program again, for one test, as the child in it. `shell` wraps it.
fn spawn(test: &str, database: &Path, shell: Option<&str>) -> Child {
    let program = env::current_exe().unwrap();
    let mut command = match shell {
        Some(script) => {
            let mut command = Command::new("sh");
            command.args(["-c", script]).arg(&program);
            command
        }
        None => Command::new(&program),
    };
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, database)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn said(line: &str) -> Option<&str> {
    line.split_once(SAYS).map(|(_, word)| word)
}

/// Brings every record and the counter to generation `number`.
fn generation(tx: &mut dyn Tx, number: u64, mut progress: impl FnMut()) -> Result<(), StorageError> {
    for n in 0..40 {
        put(tx, &path("main/demo"), &format!("r{n}"), &format!("generation {number}"), number);
        if n % 10 == 0 {
            progress();
        }
    }
    tx.delete_record(&path("main/demo"), &record(&format!("r{}", number % 40)), at(number))?;
    tx.put_counter("generation", number)
}

/// The generation that the database is in, whole.
fn whole_generation(store: &Store) -> u64 {
    read(store, |tx| {
        let number = tx.find_counter("generation")?;
        let mut records = 0;
        tx.visit_by_id(&path("main/demo"), &mut |id, visited| {
            assert_eq!(visited.record.last_modified, at(number), "{id}");
            records += 1;
            Visit::Continue
        })?;
        assert_eq!(records, if number == 0 { 0 } else { 39 });
        Ok(number)
    })
}

#[test]
fn a_killed_writer_leaves_the_old_or_the_new_state() {
    if let Some(file) = child_database() {
        let store = SqliteStore::open(&file).unwrap();
        for number in whole_generation(&store) + 1.. {
            write(&store, |tx| generation(tx, number, || println!("{SAYS}writing")));
            println!("{SAYS}{number}");
        }
    }
    let folder = TempDir::new().unwrap();
    let file = database(&folder);
    let name = "storage::faults::a_killed_writer_leaves_the_old_or_the_new_state";
    let mut last = 0;
    for round in 0..16 {
        let mut child = spawn(name, &file, None);
        let mut committed = last;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Five lines a transaction: each round ends somewhere else in one.
        let mut left = 1 + (round * 7) % 23;
        while left > 0 {
            let line = lines.next().expect("the child went before it was killed").unwrap();
            match said(&line) {
                Some("writing") => left -= 1,
                Some(number) => {
                    committed = number.parse().unwrap();
                    left -= 1;
                }
                None => {}
            }
        }
        // SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            if let Some(number) = said(&line.unwrap()).and_then(|word| word.parse().ok()) {
                committed = number;
            }
        }
        let store = SqliteStore::open(&file).unwrap();
        let found = whole_generation(&store);
        // What was said to be committed is there; at most one commit went unsaid.
        assert!(found == committed || found == committed + 1, "{found}, {committed} said");
        assert_eq!(store.check().unwrap().troubles, Vec::<String>::new());
        last = found;
    }
    assert!(last > 0);
}

#[test]
fn a_full_disk_leaves_the_last_commit_and_says_so() {
    if let Some(file) = child_database() {
        let store = SqliteStore::open(&file).unwrap();
        let fill = |tx: &mut dyn Tx| -> Result<(), StorageError> {
            let title = "x".repeat(100_000);
            for n in 0..1_000 {
                let title = format!("{title} {n}");
                let content =
                    tx.intern_content(&super::content("a", &title), super::equality("a", &title))?;
                let row = RecordRow { content, last_modified: at(9), leaf: None };
                tx.put_record(&path("main/demo"), &record(&format!("r{n}")), &row)?;
            }
            Ok(())
        };
        match store.write(|tx| fill(tx)) {
            Err(StorageError::Unavailable { what }) => println!("{SAYS}unavailable ({what})"),
            other => println!("{SAYS}{other:?}"),
        }
        // A closure that swallows the error cannot commit half of it.
        let result = store.write(|tx| {
            let failed = fill(tx);
            assert!(failed.is_err());
            let next = tx.put_counter("generation", 99);
            println!("{SAYS}then {}", if next.is_ok() { "written" } else { "refused" });
            Ok::<(), StorageError>(())
        });
        println!("{SAYS}swallowed: {}", if result.is_ok() { "committed" } else { "refused" });
        println!("{SAYS}generation {}", whole_generation(&store));
        return;
    }
    let folder = TempDir::new().unwrap();
    let file = database(&folder);
    let store = SqliteStore::open(&file).unwrap();
    write(&store, |tx| generation(tx, 1, || {}));
    // Files end at 8 MiB, as on a full disk; the signal that would kill is ignored. 512-byte blocks.
    let script = "trap '' XFSZ; ulimit -f 16384; exec \"$0\" \"$@\"";
    let name = "storage::faults::a_full_disk_leaves_the_last_commit_and_says_so";
    let child = spawn(name, &file, Some(script));
    let output = child.wait_with_output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = output.lines().filter_map(said).collect();
    assert_eq!(words.len(), 4, "{output}");
    assert!(words[0].starts_with("unavailable (disk I/O error") || words[0].contains("full"), "{output}");
    assert_eq!(words[1..], ["then refused", "swallowed: refused", "generation 1"], "{output}");
    assert_eq!(whole_generation(&store), 1);
    assert_eq!(store.check().unwrap().troubles, Vec::<String>::new());
    write(&store, |tx| generation(tx, 2, || {}));
    assert_eq!(whole_generation(&store), 2);
}

#[test]
fn files_are_for_their_owner_alone() {
    let folder = TempDir::new().unwrap();
    let file = database(&folder);
    let store = SqliteStore::open(&file).unwrap();
    write(&store, |tx| generation(tx, 1, || {}));
    let ledger = folder.path().join("spent.db");
    let _ledger = SqliteLedger::open(&ledger).unwrap();
    let mut files: Vec<(String, u32)> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            (entry.file_name().into_string().unwrap(), mode)
        })
        .collect();
    files.sort();
    let names = [
        "countersign.db",
        "countersign.db-shm",
        "countersign.db-wal",
        "spent.db",
        "spent.db-shm",
        "spent.db-wal",
    ];
    assert_eq!(files, names.map(|name| (name.to_owned(), 0o600)));
}

#[test]
fn a_copied_folder_holds_what_was_committed() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&database(&folder)).unwrap();
    write(&store, |tx| generation(tx, 1, || {}));
    write(&store, |tx| generation(tx, 2, || {}));
    // While it is open: the last commits are in the log only.
    let copy = TempDir::new().unwrap();
    for name in ["countersign.db", "countersign.db-wal"] {
        fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let copied = SqliteStore::open(&database(&copy)).unwrap();
    assert_eq!(whole_generation(&copied), 2);
    assert_eq!(copied.check().unwrap().troubles, Vec::<String>::new());
    write(&copied, |tx| generation(tx, 3, || {}));
    assert_eq!((whole_generation(&copied), whole_generation(&store)), (3, 2));
}

#[test]
fn many_may_open_a_new_database_at_once() {
    for _ in 0..10 {
        let folder = TempDir::new().unwrap();
        thread::scope(|scope| {
            for number in 1..=6 {
                let file = database(&folder);
                scope.spawn(move || {
                    let store = SqliteStore::open(&file).unwrap();
                    write(&store, |tx| tx.put_counter(&number.to_string(), number));
                });
            }
        });
        let store = SqliteStore::open(&database(&folder)).unwrap();
        let found: Vec<u64> =
            read(&store, |tx| (1..=6_u64).map(|number| tx.find_counter(&number.to_string())).collect());
        assert_eq!(found, [1, 2, 3, 4, 5, 6]);
    }
}

#[test]
fn what_is_no_database_is_damaged() {
    let folder = TempDir::new().unwrap();
    let file = database(&folder);
    let garbage = b"certificates, mostly ".repeat(500);
    fs::write(&file, &garbage).unwrap();
    let result = SqliteStore::open(&file);
    let Err(StorageError::Damaged { what }) = result else { panic!("{result:?}") };
    assert_eq!(what, format!("{}: file is not a database", file.display()));
    assert_eq!(fs::read(&file).unwrap(), garbage);
}

#[test]
fn another_programs_database_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let file = database(&folder);
    let other = Connection::open(&file).unwrap();
    other.execute_batch("CREATE TABLE cookies (value TEXT)").unwrap();
    drop(other);
    let before = fs::read(&file).unwrap();
    let result = SqliteStore::open(&file);
    let Err(StorageError::Unavailable { what }) = result else { panic!("{result:?}") };
    assert_eq!(what, format!("{}: not a file of this kind: another program's database", file.display()));
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_place_where_no_file_can_be_is_unavailable() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing").join("countersign.db");
    let result = SqliteStore::open(&missing);
    let Err(StorageError::Unavailable { what }) = result else { panic!("{result:?}") };
    assert_eq!(what, format!("{}: No such file or directory (os error 2)", missing.display()));
    let result = SqliteStore::open(folder.path());
    let Err(StorageError::Unavailable { what }) = result else { panic!("{result:?}") };
    assert_eq!(what, format!("{}: unable to open database file", folder.path().display()));
}

#[test]
fn a_read_only_file_is_unavailable() {
    let folder = TempDir::new().unwrap();
    let file = database(&folder);
    drop(SqliteStore::open(&file).unwrap());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    // To root a mode says nothing; an immutable file does.
    let is_writable = || fs::OpenOptions::new().write(true).open(&file).is_ok();
    let change = |flag| Command::new("chattr").arg(flag).arg(&file).status().is_ok_and(|end| end.success());
    let is_immutable = is_writable() && change("+i");
    if is_writable() {
        assert_ne!(env::var_os("COUNTERSIGN_REQUIRE_ALL"), Some("1".into()), "this user writes every file");
        eprintln!("skipped: this user may write read-only files, and chattr cannot forbid it");
        return;
    }
    let result = SqliteStore::open(&file);
    assert!(!is_immutable || change("-i"));
    let Err(StorageError::Unavailable { what }) = result else { panic!("{result:?}") };
    assert_eq!(what, format!("{}: the file is read-only", file.display()));
}

#[test]
fn damaged_pages_are_found_by_a_check() {
    let folder = TempDir::new().unwrap();
    let file = database(&folder);
    let store = SqliteStore::open(&file).unwrap();
    write(&store, |tx| {
        for n in 0..2_000 {
            put(tx, &path("main/demo"), &format!("r{n}"), &format!("title {n}"), n);
        }
        Ok(())
    });
    // The last to close brings the log into the file.
    drop(store);
    let mut bytes = fs::read(&file).unwrap();
    let half = bytes.len() / 2 / 4096 * 4096;
    bytes[half..half + 4096].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    let store = SqliteStore::open(&file).unwrap();
    match store.check() {
        Ok(health) => assert_ne!(health.troubles, Vec::<String>::new()),
        Err(error) => assert!(matches!(error, StorageError::Damaged { .. }), "{error:?}"),
    }
}

#[test]
fn rows_that_we_could_not_have_written_are_named() {
    type Look = fn(&mut dyn Tx) -> Result<(), StorageError>;
    let cases: [(&str, (&str, &str), Look); 16] = [
        ("UPDATE buckets SET last_modified = -1", ("buckets", "last_modified"), |tx| {
            tx.find_object(&ObjectKey::Bucket(bucket("main"))).map(drop)
        }),
        ("UPDATE timestamps SET timestamp = 9007199254740992", ("timestamps", "timestamp"), |tx| {
            tx.find_timestamp(&ListKey::Buckets).map(drop)
        }),
        ("UPDATE group_members SET bucket = 'not a name'", ("group_members", "bucket"), |tx| {
            tx.groups_of("account:ada").map(drop)
        }),
        ("UPDATE group_members SET group_id = ''", ("group_members", "group_id"), |tx| {
            tx.groups_of("account:ada").map(drop)
        }),
        ("UPDATE credentials SET state = 'maybe'", ("credentials", "state"), |tx| {
            tx.find_credential(&AccountName::parse("ada").unwrap()).map(drop)
        }),
        ("UPDATE records SET last_modified = -5", ("records", "last_modified"), |tx| {
            tx.find_record(&path("main/demo"), &record("a")).map(drop)
        }),
        ("UPDATE contents SET splice = 1000", ("contents", "splice"), |tx| {
            tx.visit_by_id(&path("main/demo"), &mut |_, _| panic!("visited"))
        }),
        ("UPDATE contents SET splice = -1", ("contents", "splice"), |tx| {
            tx.find_record(&path("main/demo"), &record("a")).map(drop)
        }),
        ("UPDATE contents SET equality = x'00'", ("contents", "equality"), |tx| {
            tx.visit_by_id(&path("main/demo"), &mut |_, _| panic!("visited"))
        }),
        ("DELETE FROM contents", ("contents", "bytes"), |tx| {
            tx.visit_by_id(&path("main/demo"), &mut |_, _| panic!("visited"))
        }),
        ("UPDATE records SET key = x'00', leaf = x'00'", ("records", "key"), |tx| {
            tx.visit_by_id(&path("main/demo"), &mut |_, _| panic!("visited"))
        }),
        ("UPDATE pending SET record = '?'", ("pending", "record"), |tx| {
            tx.list_pending(&path("main/demo")).map(drop)
        }),
        (
            "UPDATE review_requests SET end_kind = 'x', end_at = 1, end_by = '', end_comment = ''",
            ("review_requests", "end_kind"),
            |tx| tx.list_requests(&path("main/demo"), 1).map(drop),
        ),
        ("UPDATE publications SET record_bytes = -1", ("publications", "record_bytes"), |tx| {
            tx.latest_publication(&path("main/demo")).map(drop)
        }),
        ("UPDATE publications SET editors = '{}'", ("publications", "editors"), |tx| {
            tx.latest_publication(&path("main/demo")).map(drop)
        }),
        ("UPDATE history SET permissions = '['", ("history", "permissions"), |tx| {
            tx.list_history(&bucket("main"), 1).map(drop)
        }),
    ];
    for (damage, (table, column), look) in cases {
        let folder = TempDir::new().unwrap();
        let file = database(&folder);
        drop(filled(&file));
        let raw = Connection::open(&file).unwrap();
        raw.execute_batch("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF").unwrap();
        assert!(raw.execute(damage, ()).unwrap() > 0, "{damage}");
        drop(raw);
        let store = SqliteStore::open(&file).unwrap();
        match store.read(look) {
            Err(StorageError::Corrupt { table: named, column: of }) => {
                assert_eq!((named, of), (table, column), "{damage}");
            }
            other => panic!("{damage}: {other:?}"),
        }
    }
}

#[test]
fn a_record_without_its_content_is_found_by_a_check() {
    let folder = TempDir::new().unwrap();
    let file = database(&folder);
    drop(filled(&file));
    let raw = Connection::open(&file).unwrap();
    raw.execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM contents").unwrap();
    drop(raw);
    let troubles = SqliteStore::open(&file).unwrap().check().unwrap().troubles;
    assert_eq!(troubles, ["a row of records names a row of contents that is not there"]);
}

/// A row in every table that the cases above damage.
fn filled(file: &Path) -> Store {
    let store = SqliteStore::open(file).unwrap();
    let demo = path("main/demo");
    write(&store, |tx| {
        let object = StoredObject { attributes: "{}".to_owned(), last_modified: at(1) };
        tx.put_object(&ObjectKey::Bucket(bucket("main")), &object)?;
        tx.put_timestamp(&ListKey::Buckets, at(1))?;
        tx.put_group_members(&bucket("main"), &super::group("g"), &["account:ada".to_owned()])?;
        let credential = Credential { password_hash: "x".to_owned(), state: AccountState::Active };
        tx.put_credential(&AccountName::parse("ada").unwrap(), &credential)?;
        put(tx, &demo, "a", "one", 1);
        let edit = PendingEdit { at: at(1), subject: Subject::Record(record("a")), user: "u".to_owned() };
        tx.put_pending(&demo, &edit)?;
        let request = NewRequest { at: at(1), by: "u".to_owned(), comment: String::new(), digest: None };
        tx.insert_request(&demo, &request)?;
        tx.insert_publication(&Publication {
            at: at(1),
            attributes: "{}".to_owned(),
            change_digest: None,
            content_signatures: Vec::new(),
            editors: Vec::new(),
            kind: PublicationKind::Created,
            path: demo.clone(),
            record_bytes: None,
            review: PublicationReview::default(),
            statement: "{}".to_owned(),
            statement_signatures: Vec::new(),
            timestamp: at(1),
            version: 1,
        })?;
        tx.insert_history(&HistoryEntry {
            action: HistoryAction::Create,
            bucket: bucket("main"),
            id: "x".to_owned(),
            last_modified: at(1),
            permissions: Permissions::new(),
            target: HistoryTarget::Deleted(at(1)),
            uri: "/buckets/main".to_owned(),
            user: None,
        })
    });
    store
}
