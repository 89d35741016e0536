//! What a client keeps: on disk, through damage, kills and company; and how it asks.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use countersign::client::{
    Answer, Basis, Client, Commit, Damage, Evidence, FileStore, Generation, Identity, Loaded, MemoryStore,
    Outcome, ReadError, RecordChange, Refusal, Report, Snapshot, StalePolicy, Store, StoreError, SyncError,
    SyncFailure, TransportError,
};
use countersign::types::{Random as _, SystemRandom};
use tempfile::TempDir;

use crate::client_world::{DAY, NOW, Publisher, Scripted, at, ok};

type FileClient = Client<Scripted, FileStore>;

/// A publisher with three records, and one more version that changes, removes and adds one.
fn two_versions() -> (Publisher, Publisher) {
    let mut first = Publisher::new(1);
    first.publish(&[
        ("a", Some(r#"{"title":"caf\u00e9"}"#)),
        ("b", Some(r#"{"on":true}"#)),
        ("c", Some(r#"{"n":-7}"#)),
    ]);
    let mut second = first.clone();
    second.publish(&[("b", Some(r#"{"on":false}"#)), ("c", None), ("d", Some("{}"))]);
    (first, second)
}

fn open(publisher: &Publisher, folder: &Path) -> FileClient {
    Client::new(publisher.config(), publisher.transport(), FileStore::new(folder)).unwrap()
}

fn texts(snapshot: &Snapshot) -> Vec<String> {
    let records = snapshot.records_by_id();
    records.iter().map(|(_, record)| String::from_utf8(record.as_bytes().to_vec()).unwrap()).collect()
}

fn read<S: Store>(client: &Client<Scripted, S>) -> Result<Vec<String>, ReadError> {
    client.read(at(NOW)).map(|reading| texts(reading.snapshot()))
}

/// The records that a client without a state gets.
fn published(publisher: &Publisher) -> Vec<String> {
    let mut client = Client::new(publisher.config(), publisher.transport(), MemoryStore::new()).unwrap();
    assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::Applied);
    read(&client).unwrap()
}

fn log_of(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let logs: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "log")).collect();
    assert_eq!(logs.len(), 1, "{logs:?}");
    logs[0].clone()
}

/// Writes a file anew: some file systems sync one that is only cut and written again, and that takes long.
fn put(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

fn counts(report: &Report) -> (usize, usize, usize) {
    (report.changes.created(), report.changes.updated(), report.changes.deleted())
}

#[test]
fn a_state_is_stored_changed_and_opened_again() {
    let folder = TempDir::new().unwrap();
    let (first, second) = two_versions();
    let mut client = open(&first, folder.path());
    assert_eq!(read(&client), Err(ReadError::Empty));
    let report = client.sync(at(NOW)).unwrap();
    assert_eq!((report.outcome, counts(&report)), (Outcome::Applied, (3, 0, 0)));
    assert_eq!((report.version(), report.timestamp(), report.records()), (Some(2), Some(at(NOW + 3)), 3));
    drop(client);

    let mut client = open(&second, folder.path());
    assert_eq!(read(&client), Ok(published(&first)));
    let report = client.sync(at(NOW)).unwrap();
    assert_eq!((report.outcome, counts(&report)), (Outcome::Applied, (1, 1, 1)));
    let mut changed: Vec<String> = Vec::new();
    for change in report.changes.records() {
        changed.push(match change {
            RecordChange::Created(record) => format!("+{}", record.id()),
            RecordChange::Deleted(record) => format!("-{} {}", record.id(), record.last_modified()),
            RecordChange::Updated { after, before } => format!("{before:?} > {after:?}"),
        });
    }
    changed.sort();
    let b = r#"{"id":"b","last_modified":1795500000002,"on":true} > {"id":"b","last_modified":1795500000004,"on":false}"#;
    assert_eq!(changed, ["+d", "-c 1795500000003", b]);
    drop(client);

    let client = open(&second, folder.path());
    assert_eq!((read(&client), client.damage()), (Ok(published(&second)), None));
    let reading = client.read(at(NOW)).unwrap();
    assert_eq!(reading.statement().unwrap().version, 3);
    assert_eq!(reading.record("d").unwrap().as_bytes(), br#"{"id":"d","last_modified":1795500000006}"#);
    assert_eq!(reading.record("c"), None);
    let Basis::Statement(signed) = reading.basis() else { panic!("no statement") };
    assert_eq!((&signed.text, &signed.chain), (&second.text, &second.chain));
}

#[test]
fn a_poll_that_finds_nothing_is_one_request_and_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let (first, _) = two_versions();
    let mut client = open(&first, folder.path());
    client.sync(at(NOW)).unwrap();
    let asked = client.transport().take_asked();
    assert_eq!(asked, ["/buckets/main/collections/demo/changeset?_expected=0", "/cert-chains/demo.pem"]);
    let log = fs::read(log_of(folder.path())).unwrap();
    let report = client.sync(at(NOW)).unwrap();
    assert_eq!((report.outcome, counts(&report)), (Outcome::UpToDate, (0, 0, 0)));
    let asked = client.transport().take_asked();
    assert_eq!(asked, ["/buckets/main/collections/demo/changeset?_expected=0&_since=1795500000003"]);
    assert_eq!(fs::read(log_of(folder.path())).unwrap(), log);
}

#[test]
fn a_kept_chain_that_verifies_no_more_is_fetched_again() {
    let (first, _) = two_versions();
    let mut client = Client::new(first.config(), first.transport(), MemoryStore::new()).unwrap();
    client.sync(at(NOW)).unwrap();
    // Another leaf, served under the name of the old chain.
    let mut other = Publisher::new(1);
    other.publish(&[("a", Some("{}"))]);
    let mut renewed = first;
    renewed.chain.clone_from(&other.chain);
    client.transport().follow(&renewed);
    client.transport().take_asked();
    assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::UpToDate);
    assert_eq!(client.transport().take_asked().len(), 1);
    // After the old one has ended.
    let error = client.sync(at(NOW + 91 * DAY)).unwrap_err();
    assert_eq!(error.name(), "BadSignature");
    assert_eq!(client.transport().take_asked().len(), 2);
}

#[test]
fn another_collection_signer_or_root_begins_without_a_state() {
    let folder = TempDir::new().unwrap();
    let (first, _) = two_versions();
    open(&first, folder.path()).sync(at(NOW)).unwrap();
    let other_root = Publisher::new(2);
    let configs = [
        first.config().signer("other.example.test").unwrap(),
        other_root.config(),
        countersign::client::ClientConfig::parse("https://h", "main/Demo", &first.root.to_hex())
            .unwrap()
            .signer("settings.example.test")
            .unwrap(),
    ];
    for config in configs {
        let client = Client::new(config, first.transport(), FileStore::new(folder.path())).unwrap();
        assert_eq!((read(&client), client.damage()), (Err(ReadError::Empty), None));
    }
    // The name's case does not make another signer.
    let config = first.config().signer("Settings.Example.TEST").unwrap();
    let client = Client::new(config, first.transport(), FileStore::new(folder.path())).unwrap();
    assert_eq!(read(&client), Ok(published(&first)));
}

#[test]
fn a_step_cut_off_anywhere_leaves_the_old_state_or_the_new_one() {
    let folder = TempDir::new().unwrap();
    let (first, second) = two_versions();
    open(&first, folder.path()).sync(at(NOW)).unwrap();
    let log = log_of(folder.path());
    let before = fs::read(&log).unwrap();
    open(&second, folder.path()).sync(at(NOW)).unwrap();
    let after = fs::read(&log).unwrap();
    assert!(after.starts_with(&before) && after.len() > before.len());
    let (old, new) = (published(&first), published(&second));
    for length in before.len()..=after.len() {
        put(&log, &after[..length]);
        let client = open(&second, folder.path());
        let expected = if length == after.len() { &new } else { &old };
        assert_eq!((read(&client).as_ref(), client.damage()), (Ok(expected), None), "at {length}");
    }
    // What was cut off is no hindrance to the next step.
    put(&log, &after[..after.len() - 1]);
    let mut client = open(&second, folder.path());
    assert_eq!(counts(&client.sync(at(NOW)).unwrap()), (1, 1, 1));
    drop(client);
    assert_eq!(fs::read(&log).unwrap(), after);
}

#[test]
fn a_file_cut_short_within_its_first_step_is_damaged() {
    let folder = TempDir::new().unwrap();
    let (first, _) = two_versions();
    open(&first, folder.path()).sync(at(NOW)).unwrap();
    let log = log_of(folder.path());
    let whole = fs::read(&log).unwrap();
    for length in 0..whole.len() {
        put(&log, &whole[..length]);
        let client = open(&first, folder.path());
        assert_eq!(read(&client), Err(ReadError::Damaged), "at {length}");
        assert_eq!(client.damage(), Some(Damage::Everything), "at {length}");
    }
}

#[test]
fn a_flipped_byte_is_never_read_and_the_next_sync_mends_it() {
    let folder = TempDir::new().unwrap();
    let (first, second) = two_versions();
    open(&first, folder.path()).sync(at(NOW)).unwrap();
    let log = log_of(folder.path());
    let base = fs::read(&log).unwrap().len();
    open(&second, folder.path()).sync(at(NOW)).unwrap();
    let whole = fs::read(&log).unwrap();
    let (old, new) = (published(&first), published(&second));
    let mut statement_known = 0;
    for index in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[index] ^= 0x10;
        put(&log, &flipped);
        let mut client = open(&second, folder.path());
        match (read(&client), client.damage()) {
            (Err(ReadError::Damaged), Some(damage)) => {
                // There are two commits; each byte spoils one at most.
                assert_eq!(damage, Damage::Records, "at {index}");
                statement_known += 1;
            }
            // The last commit looks as if it had been cut off.
            (Ok(records), None) if index >= base => assert_eq!(records, old, "at {index}"),
            other => panic!("{other:?} at {index}"),
        }
        if index % 211 == 0 {
            let was = client.damage();
            let report = client.sync(at(NOW)).unwrap();
            assert_eq!((report.outcome, report.repaired, client.damage()), (Outcome::Applied, was, None));
            assert_eq!(read(&client), Ok(new.clone()), "at {index}");
            drop(client);
            let client = open(&second, folder.path());
            assert_eq!((read(&client), client.damage()), (Ok(new.clone()), None), "at {index}");
        }
    }
    assert!(statement_known > base);
}

#[test]
fn a_damaged_store_still_keeps_older_versions_out() {
    let folder = TempDir::new().unwrap();
    let (first, second) = two_versions();
    open(&second, folder.path()).sync(at(NOW)).unwrap();
    let log = log_of(folder.path());
    let mut bytes = fs::read(&log).unwrap();
    let record = bytes.windows(4).position(|window| window == b"caf\\").unwrap();
    bytes[record] = b'C';
    put(&log, &bytes);
    let mut client = open(&first, folder.path());
    let report = client.sync(at(NOW)).unwrap();
    assert_eq!((report.outcome, report.records()), (Outcome::Older, 0));
    assert_eq!(client.transport().take_asked()[0], "/buckets/main/collections/demo/changeset?_expected=0");
    assert_eq!(read(&client), Err(ReadError::Damaged));
    client.transport().follow(&second);
    assert_eq!(client.sync(at(NOW)).unwrap().repaired, Some(Damage::Records));
    assert_eq!(read(&client), Ok(published(&second)));
}

#[test]
fn a_file_of_another_collection_is_not_taken_for_ours() {
    let folder = TempDir::new().unwrap();
    let (first, _) = two_versions();
    open(&first, folder.path()).sync(at(NOW)).unwrap();
    let theirs = fs::read(log_of(folder.path())).unwrap();
    let elsewhere = TempDir::new().unwrap();
    let other = Publisher::new(2);
    open(&other, elsewhere.path()).sync(at(NOW)).unwrap();
    fs::write(log_of(elsewhere.path()), theirs).unwrap();
    let client = open(&other, elsewhere.path());
    assert_eq!((read(&client), client.damage()), (Err(ReadError::Damaged), Some(Damage::Everything)));
}

#[test]
fn a_long_history_is_written_anew_and_stays_right() {
    let folder = TempDir::new().unwrap();
    let mut publisher = Publisher::new(1);
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(60_000));
    publisher.publish(&[("kept", Some("{}")), ("long", Some(&long))]);
    let mut client = open(&publisher, folder.path());
    client.sync(at(NOW)).unwrap();
    let mut longest = 0;
    for index in 0..40 {
        let id = format!("r-{index}");
        publisher.publish(&[("long", Some(&long)), (&id, Some(r#"{"é":1}"#))]);
        client.transport().follow(&publisher);
        assert_eq!(counts(&client.sync(at(NOW)).unwrap()), (1, 1, 0));
        longest = longest.max(fs::metadata(log_of(folder.path())).unwrap().len());
    }
    drop(client);
    // 40 times 60 000 bytes went through it.
    assert!((1_000_000..1_500_000).contains(&longest), "{longest}");
    let client = open(&publisher, folder.path());
    assert_eq!(read(&client), Ok(published(&publisher)));
}

#[test]
fn two_clients_cannot_have_one_file() {
    let folder = TempDir::new().unwrap();
    let (first, _) = two_versions();
    let holder = open(&first, folder.path());
    let second = Client::new(first.config(), first.transport(), FileStore::new(folder.path()));
    assert!(matches!(second, Err(StoreError::Locked)));
    drop(holder);
    open(&first, folder.path());
}

#[test]
fn a_folder_that_is_a_file_cannot_be_used() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let (first, _) = two_versions();
    let opened = Client::new(first.config(), first.transport(), FileStore::new(&file));
    let Err(StoreError::Io { path, .. }) = opened else { panic!("{opened:?}") };
    assert_eq!(path, file);
}

/// A store that fails when told to.
#[derive(Debug)]
struct Failing(MemoryStore, bool);

impl Store for Failing {
    fn load(&mut self, identity: &Identity) -> Result<Loaded, StoreError> {
        self.0.load(identity)
    }

    fn commit(
        &mut self,
        identity: &Identity,
        expected: Generation,
        step: &Commit<'_>,
    ) -> Result<Generation, StoreError> {
        if self.1 {
            return Err(StoreError::Other("the disk is full".into()));
        }
        self.0.commit(identity, expected, step)
    }

    fn keep_evidence(&mut self, _: &Identity, _: &Evidence) -> Result<(), StoreError> {
        Err(StoreError::Other("the disk is full".into()))
    }
}

#[test]
fn a_step_that_cannot_be_stored_is_not_taken() {
    let (first, second) = two_versions();
    let memory = MemoryStore::new();
    Client::new(first.config(), first.transport(), memory.clone()).unwrap().sync(at(NOW)).unwrap();
    let mut client = Client::new(first.config(), second.transport(), Failing(memory, true)).unwrap();
    let error = client.sync(at(NOW)).unwrap_err();
    assert!(matches!(error.reason, SyncFailure::StoreUnusable(StoreError::Other(_))), "{error:?}");
    assert_eq!(error.name(), "StoreUnusable");
    assert_eq!(read(&client), Ok(published(&first)));
}

#[test]
fn a_client_that_was_overtaken_begins_again() {
    let (first, second) = two_versions();
    let shared = MemoryStore::new();
    let mut slow = Client::new(first.config(), first.transport(), shared.clone()).unwrap();
    let mut quick = Client::new(first.config(), second.transport(), shared).unwrap();
    // While the slow one waits for its answer, the quick one applies a newer state.
    let (old, new) = (first, second.clone());
    let mut overtake = Some(move || assert_eq!(quick.sync(at(NOW)).unwrap().outcome, Outcome::Applied));
    slow.transport().set(move |path| {
        if let Some(mut overtake) = overtake.take() {
            let answer = old.answer(path);
            overtake();
            return Ok(answer);
        }
        Ok(new.answer(path))
    });
    let report = slow.sync(at(NOW)).unwrap();
    assert_eq!((report.outcome, report.version()), (Outcome::UpToDate, Some(3)));
    assert_eq!(read(&slow), Ok(published(&second)));
}

#[test]
fn contradicting_statements_are_kept_on_disk() {
    let folder = TempDir::new().unwrap();
    let (first, second) = two_versions();
    let mut client = open(&first, folder.path());
    client.sync(at(NOW)).unwrap();
    let mut liar = second;
    liar.state(|statement| statement.previous = None);
    client.transport().follow(&liar);
    for _ in 0..2 {
        let SyncError { reason: SyncFailure::Refused(Refusal::Equivocation(pair)), .. } =
            client.sync(at(NOW)).unwrap_err()
        else {
            panic!("no equivocation")
        };
        assert_eq!((&pair.applied.text, &pair.offered.text), (&first.text, &liar.text));
        assert_eq!((&pair.applied.chain, &pair.offered.chain), (&first.chain, &first.chain));
    }
    let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    let kept: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    assert_eq!(kept.len(), 1);
    let kept: serde_json::Value = serde_json::from_slice(&fs::read(&kept[0]).unwrap()).unwrap();
    assert_eq!(kept["applied"]["text"], first.text);
    assert_eq!(kept["offered"]["text"], liar.text);
    assert_eq!(kept["offered"]["signatures"][0]["mode"], "p384ecdsa");
    assert_eq!(read(&client), Ok(published(&first)));

    // Where it cannot be kept, it is still said.
    let mut client =
        Client::new(first.config(), first.transport(), Failing(MemoryStore::new(), false)).unwrap();
    client.sync(at(NOW)).unwrap();
    client.transport().follow(&liar);
    assert_eq!(client.sync(at(NOW)).unwrap_err().name(), "Equivocation");
}

#[test]
fn a_delta_that_does_not_fit_is_followed_by_one_whole_fetch() {
    let (first, second) = two_versions();
    let mut client = Client::new(first.config(), first.transport(), MemoryStore::new()).unwrap();
    client.sync(at(NOW)).unwrap();
    client.transport().take_asked();
    let service = second.clone();
    client.transport().set(move |path| {
        let answer = service.answer(path);
        // The delta lacks its tombstone.
        let body = String::from_utf8(answer.body).unwrap();
        Ok(ok(body.replace(r#"{"deleted":true,"id":"c","last_modified":1795500000005},"#, "").as_bytes()))
    });
    let report = client.sync(at(NOW)).unwrap();
    assert_eq!((report.outcome, counts(&report)), (Outcome::Applied, (1, 1, 1)));
    let asked = client.transport().take_asked();
    assert_eq!(
        asked,
        [
            "/buckets/main/collections/demo/changeset?_expected=0&_since=1795500000003",
            "/buckets/main/collections/demo/changeset?_expected=1795500000006",
        ]
    );
    assert_eq!(read(&client), Ok(published(&second)));
}

#[test]
fn stale_data_is_served_or_withheld_as_the_program_wants() {
    let (first, _) = two_versions();
    let store = MemoryStore::new();
    let mut client = Client::new(first.config(), first.transport(), store.clone()).unwrap();
    client.sync(at(NOW)).unwrap();
    let (fresh, late) = (at(NOW + 14 * DAY), at(NOW + 14 * DAY + 1));
    assert!(!client.read(fresh).unwrap().is_stale());
    assert!(client.read(late).unwrap().is_stale());
    assert_eq!((client.is_stale(fresh), client.is_stale(late)), (false, true));
    let report = client.sync(late).unwrap();
    assert_eq!((report.outcome, report.stale), (Outcome::Stale, true));
    client.transport().set(|_| Err(TransportError::Idle));
    assert!(client.sync(late).unwrap_err().stale);
    assert!(!client.sync(fresh).unwrap_err().stale);

    let strict = first.config().stale(StalePolicy::Withhold);
    let strict = Client::new(strict, first.transport(), store).unwrap();
    assert_eq!(strict.read(late).map(drop), Err(ReadError::Stale));
    assert!(!strict.read(fresh).unwrap().is_stale());
}

#[test]
fn a_notification_cannot_keep_a_client_quiet_for_long() {
    let (first, second) = two_versions();
    let mut client = Client::new(first.config(), first.transport(), MemoryStore::new()).unwrap();
    let known = first.statement.timestamp;
    assert!(client.is_due(at(NOW)));
    client.sync(at(NOW)).unwrap();
    client.transport().take_asked();
    let middle = NOW + 7 * DAY;
    assert_eq!((client.is_due(at(middle - 1)), client.is_due(at(middle))), (false, true));
    assert!(client.sync_notified(known, at(middle - 1)).is_none());
    assert_eq!(client.transport().take_asked(), Vec::<String>::new());
    client.sync_notified(known, at(middle)).unwrap().unwrap();
    assert!(client.transport().take_asked()[0].contains("?_expected=0&"));
    client.transport().follow(&second);
    let report = client.sync_notified(second.statement.timestamp, at(NOW)).unwrap().unwrap();
    assert_eq!(report.outcome, Outcome::Applied);
    assert!(client.transport().take_asked()[0].contains("?_expected=1795500000006&_since=1795500000003"));
}

#[test]
fn without_an_end_a_client_asks_once_a_day() {
    let mut publisher = Publisher::new(1);
    publisher.publish(&[("a", Some("{}"))]);
    publisher.state(|statement| statement.expires = None);
    let mut client = Client::new(publisher.config(), publisher.transport(), MemoryStore::new()).unwrap();
    assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::Applied);
    assert_eq!((client.is_due(at(NOW + DAY - 1)), client.is_due(at(NOW + DAY))), (false, true));
    client.sync(at(NOW + DAY)).unwrap();
    assert!(!client.is_due(at(NOW + DAY + 1)));
    // A clock that went back does not make it quiet.
    assert!(client.is_due(at(NOW)));
}

#[test]
fn content_signatures_alone_are_enough_only_where_that_was_asked_for_by_name() {
    let folder = TempDir::new().unwrap();
    let (first, second) = two_versions();
    let bare = |publisher: &Publisher| {
        let publisher = publisher.clone();
        move |path: &str| -> Result<Answer, TransportError> {
            let answer = publisher.answer(path);
            let body = String::from_utf8(answer.body).unwrap();
            Ok(ok(body.replace("\"countersign\"", "\"unknown\"").as_bytes()))
        }
    };
    let config = || first.config().dangerous_content_signature_only();
    let store = || FileStore::new(folder.path());
    let mut client = Client::new(config(), Scripted::new(bare(&first)), store()).unwrap();
    let report = client.sync(at(NOW)).unwrap();
    assert_eq!((report.outcome, report.version(), report.records()), (Outcome::Applied, None, 3));
    assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::UpToDate);
    client.transport().set(bare(&second));
    let report = client.sync(at(NOW)).unwrap();
    assert_eq!((report.outcome, counts(&report)), (Outcome::Applied, (1, 1, 1)));
    drop(client);

    let mut client = Client::new(config(), Scripted::new(bare(&first)), store()).unwrap();
    assert_eq!(read(&client), Ok(published(&second)));
    // An older state, from a cache: its delta does not verify, its whole answer is older.
    assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::Older);
    let forged = bare(&second);
    client.transport().set(move |path| {
        let body = String::from_utf8(forged(path)?.body).unwrap();
        Ok(ok(body.replace("\"on\":false", "\"on\":true").as_bytes()))
    });
    let report = client.sync(at(NOW)).unwrap();
    // Nothing in the delta since then is forged, so there was nothing to refuse.
    assert_eq!(report.outcome, Outcome::UpToDate);
    drop(client);
    let mut fresh =
        Client::new(config(), Scripted::new(|_| Err(TransportError::Idle)), MemoryStore::new()).unwrap();
    let forged = bare(&second);
    fresh.transport().set(move |path| {
        let body = String::from_utf8(forged(path)?.body).unwrap();
        Ok(ok(body.replace("\"on\":false", "\"on\":true").as_bytes()))
    });
    assert_eq!(fresh.sync(at(NOW)).unwrap_err().name(), "BadSignature");
    fresh.transport().set(|path| {
        let body = br#"{"metadata":{"bucket":"main"},"timestamp":5,"changes":[]}"#;
        assert!(!path.contains("cert-chains"));
        Ok(ok(body))
    });
    assert_eq!(fresh.sync(at(NOW)).unwrap_err().name(), "BadSignature");

    // A client of statements takes nothing over, and refuses the service that has none.
    let mut strict = Client::new(first.config(), Scripted::new(bare(&second)), store()).unwrap();
    assert_eq!(read(&strict), Err(ReadError::Empty));
    assert_eq!(strict.sync(at(NOW)).unwrap_err().name(), "StatementMissing");
    strict.transport().follow(&second);
    assert_eq!(strict.sync(at(NOW)).unwrap().outcome, Outcome::Applied);
    drop(strict);
    // From then on there is no way back.
    let back = Client::new(config(), Scripted::new(bare(&second)), store());
    assert!(matches!(back, Err(StoreError::HeldStatement)), "{back:?}");
    let log = log_of(folder.path());
    put(&log, b"nonsense");
    let back = Client::new(config(), Scripted::new(bare(&second)), store());
    assert!(matches!(back, Err(StoreError::HeldStatement)), "{back:?}");
}

/// Run again as a process of its own with this set, the test below is the client that is killed, or one that waits.
const CHILD: &str = "COUNTERSIGN_TEST_CHILD";
const VERSIONS: u64 = 12;

/// The same history in each process.
fn history() -> Vec<Publisher> {
    let mut publisher = Publisher::new(3);
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(40_000));
    let mut versions = Vec::new();
    for index in 0..VERSIONS {
        let id = format!("r-{index}");
        publisher.publish(&[("long", Some(&long)), (&id, Some("{}"))]);
        versions.push(publisher.clone());
    }
    versions
}

/// Syncs version after version, saying so before and after each; then waits to be killed.
fn be_the_child(folder: &Path) {
    let versions = history();
    let mut client = open(&versions[0], folder);
    say("\nopen");
    for publisher in &versions {
        let known =
            client.read(at(NOW)).ok().and_then(|reading| reading.statement().map(|known| known.version));
        if known.is_some_and(|known| publisher.statement.version <= known) {
            continue;
        }
        client.transport().follow(publisher);
        say(&format!("begin {}", publisher.statement.version));
        assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::Applied);
        say(&format!("done {}", publisher.statement.version));
    }
    say("end");
    std::thread::park();
}

/// To the test that started this process.
fn say(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

fn spawn_child(folder: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "client_store::a_client_killed_at_any_point_has_the_old_state_or_the_new_one",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_client_killed_at_any_point_has_the_old_state_or_the_new_one() {
    #[expect(clippy::disallowed_methods, reason = "how the test tells its own child what to be")]
    if let Ok(folder) = std::env::var(CHILD) {
        return be_the_child(Path::new(&folder));
    }
    let mut seed = [0; 8];
    SystemRandom.fill(&mut seed).unwrap();
    let mut random = u64::from_le_bytes(seed);
    println!("seed {random}");
    let mut next = move |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let versions = history();
    let folder = TempDir::new().unwrap();
    let mut kills_between = 0;
    for _ in 0..30 {
        let mut child = spawn_child(folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        lines.find(|line| line == "open").unwrap();
        // While it runs, nobody else gets in.
        let other = Client::new(versions[0].config(), versions[0].transport(), FileStore::new(folder.path()));
        assert!(matches!(other, Err(StoreError::Locked)), "{other:?}");
        let mut begun = 0;
        let mut done = 0;
        for _ in 0..=next(2 * VERSIONS) {
            match lines.next().unwrap().split_once(' ') {
                Some(("begin", version)) => begun = version.parse().unwrap(),
                Some(("done", version)) => done = version.parse().unwrap(),
                _ => break,
            }
        }
        // Somewhere in what comes next.
        for spin in 0..next(3_000_000) {
            std::hint::black_box(spin);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            match line.split_once(' ') {
                Some(("begin", version)) => begun = version.parse().unwrap(),
                Some(("done", version)) => done = version.parse().unwrap(),
                _ => {}
            }
        }
        let client = open(&versions[0], folder.path());
        assert_eq!(client.damage(), None);
        match client.read(at(NOW)) {
            Ok(reading) => {
                let version = reading.statement().unwrap().version;
                assert!(version >= done && (begun == 0 || version <= begun), "{done} {version} {begun}");
                let publisher =
                    versions.iter().find(|publisher| publisher.statement.version == version).unwrap();
                assert_eq!(texts(reading.snapshot()), published(publisher));
            }
            Err(error) => assert_eq!((error, done), (ReadError::Empty, 0)),
        }
        kills_between += usize::from(begun > done);
        drop(client);
        if begun == VERSIONS + 1 || done == VERSIONS + 1 || begun == 0 {
            // From the beginning again.
            for file in fs::read_dir(folder.path()).unwrap() {
                fs::remove_file(file.unwrap().path()).unwrap();
            }
        }
    }
    println!("{kills_between} of 30 kills came between the beginning and the end of a sync");
}
