//! The service is killed (SIGKILL) at random points of its work, many times. Afterwards the last published state is served and
//! verifies, and no version was used for two texts.

use std::{
    collections::BTreeMap,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use countersign::{
    signing::{Ledger as _, Statement},
    storage::SqliteLedger,
    types::{CollectionPath, Random as _, SeededRandom, SystemRandom},
};
use serde_json::{Value, json};

use crate::program::{Http, PREVIEW, PUBLISHED, SOURCE, Station, path_of, serve};

/// Every statement that anybody was shown, by path and version.
type Seen = BTreeMap<(String, u64), String>;

#[test]
fn killed_at_any_point_of_a_publication_nothing_is_lost_and_no_version_is_used_twice() {
    // Randomness that is printed: a failure can be played again.
    let mut seed = [0; 8];
    SystemRandom.fill(&mut seed).unwrap();
    let seed = u64::from_le_bytes(seed);
    println!("seed {seed}");
    let random = SeededRandom::new(seed);
    let mut station = Station::new();
    station.publish(&[json!({"id": "first"})]);
    let store = station.path("client");
    let mut seen = Seen::new();
    for round in 0..ROUNDS {
        let mut bytes = [0; 2];
        random.fill(&mut bytes).unwrap();
        let delay = Duration::from_millis(20 + u64::from(u16::from_le_bytes(bytes)) % LONGEST_MILLIS);
        let data = station.data();
        let Station { served, folder, root } = station;
        let url = served.url.clone();
        let gone = AtomicBool::new(false);
        thread::scope(|scope| {
            let readers: Vec<_> = [PREVIEW, PUBLISHED]
                .into_iter()
                .map(|path| {
                    scope.spawn({
                        let (url, gone) = (&url, &gone);
                        move || watch(url, path, gone)
                    })
                })
                .collect();
            let (finished, end) = mpsc::channel::<()>();
            let writer = scope.spawn({
                let url = &url;
                move || {
                    work(url, round);
                    drop(finished);
                }
            });
            // The worker never finishes before: this is the time that it is given.
            assert_eq!(end.recv_timeout(delay), Err(mpsc::RecvTimeoutError::Timeout));
            drop(served);
            writer.join().unwrap();
            gone.store(true, Ordering::SeqCst);
            for reader in readers {
                note_seen(&mut seen, reader.join().unwrap());
            }
        });
        station = Station { served: serve(&data), folder, root };
        check(&station, &seen);
        let synced = station.sync(&["--store", &store]);
        assert_eq!(synced.status, 0, "{synced:?}");
    }
    // It publishes on as if nothing had been.
    station.person("editor").put(&format!("{}/records/last", path_of(SOURCE)), &json!({"data": {}}));
    station.publish(&[json!({"id": "last"})]);
    check(&station, &seen);
    let synced = station.sync(&["--store", &store]).json();
    assert_eq!(synced["outcome"], "Applied");
    let versions = seen.keys().filter(|(path, _)| path == PUBLISHED).count();
    println!("{versions} versions were seen while {ROUNDS} services were killed");
}

/// Edits, asks, approves, re-signs, one after the other, until nobody answers any more.
fn work(url: &str, round: u64) {
    let (editor, reviewer) = (Http::new(url, Some("editor")), Http::new(url, Some("reviewer")));
    let source = path_of(SOURCE);
    for number in 0_u64.. {
        let record = format!("{source}/records/r{}", number % 5);
        let status = |status: &str| json!({"data": {"status": status}});
        let steps = [
            (&editor, "PUT", &record, json!({"data": {"round": round, "number": number}})),
            (&editor, "PATCH", &source, status("to-review")),
            (&reviewer, "PATCH", &source, status("to-sign")),
            (&editor, "PATCH", &source, status("to-resign")),
        ];
        for (person, method, path, body) in steps {
            if person.try_send(method, path, Some(&body)).is_none() {
                return;
            }
        }
    }
}

/// Polls until nobody answers any more.
fn watch(url: &str, path: &str, gone: &AtomicBool) -> Seen {
    let anybody = Http::new(url, None);
    let target = format!("{}/changeset?_expected=0", path_of(path));
    let mut seen = Seen::new();
    while !gone.load(Ordering::SeqCst) {
        let Some((200, changeset)) = anybody.try_send("GET", &target, None) else { break };
        let text = changeset["metadata"]["countersign"]["statement"].as_str().unwrap().to_owned();
        let version = Statement::parse(&text).unwrap().version;
        note_seen(&mut seen, [((path.to_owned(), version), text)].into());
    }
    seen
}

fn note_seen(seen: &mut Seen, more: Seen) {
    for (key, text) in more {
        let before = seen.entry(key).or_insert_with(|| text.clone());
        assert_eq!(*before, text, "a version was used for two texts");
    }
}

fn check(station: &Station, seen: &Seen) {
    let anybody = Http::new(&station.served.url, None);
    let ledger = SqliteLedger::open(&station.data().join("keys").join("spent.db")).unwrap();
    for path in [PREVIEW, PUBLISHED] {
        let statements = anybody.get(&format!("{}/statements", path_of(path)));
        let mut last: Option<(String, Statement)> = None;
        let mut kept = BTreeMap::new();
        for entry in statements["data"].as_array().unwrap() {
            let text = entry["statement"].as_str().unwrap().to_owned();
            let statement = Statement::parse(&text).unwrap();
            if let Some((before, last)) = &last {
                assert_eq!(statement.previous, Some(Statement::hash_of_text(before)));
                assert!(statement.version > last.version && statement.timestamp >= last.timestamp);
            }
            kept.insert(statement.version, text.clone());
            last = Some((text, statement));
        }
        for ((_, version), text) in seen.iter().filter(|((seen, _), _)| seen == path) {
            assert_eq!(kept.get(version), Some(text), "what was shown was committed, and is kept");
        }
        let (_, last) = last.unwrap();
        let spent = ledger.highest(&CollectionPath::parse(path).unwrap()).unwrap().unwrap();
        assert!(spent.version >= last.version, "no version is published that was not spent before");
    }
    check_change(station);
    let data = station.data_text();
    // A version that was spent and not published is told as what it may be; everything else has to be in order.
    let doctor = crate::program::run(["doctor", "--data", &data]);
    assert!(doctor.status == 0 || doctor.out.contains("recover"), "{doctor:?}");
}

/// The change names exactly the records in which source and destination differ.
fn check_change(station: &Station) {
    let admin = station.admin();
    let records = |path: &str| -> BTreeMap<String, Value> {
        let list = admin.get(&format!("{}/records", path_of(path)));
        let strip = |record: &Value| {
            let mut record = record.clone();
            record.as_object_mut().unwrap().remove("last_modified");
            (record["id"].as_str().unwrap().to_owned(), record)
        };
        list["data"].as_array().unwrap().iter().map(strip).collect()
    };
    let (source, published) = (records(SOURCE), records(PUBLISHED));
    let differing: Vec<&String> = source
        .keys()
        .chain(published.keys().filter(|id| !source.contains_key(*id)))
        .filter(|id| source.get(*id) != published.get(*id))
        .collect();
    let change = admin.get(&format!("{}/change", path_of(SOURCE)));
    let named: Vec<&str> = change["data"]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["id"].as_str().unwrap())
        .collect();
    assert_eq!(named, differing);
    let status = station.status();
    assert!(["signed", "work-in-progress", "to-review"].contains(&status.as_str()), "{status}");
    assert!(differing.is_empty() || status != "signed");
}

/// How often the service is killed.
const ROUNDS: u64 = 20;
const LONGEST_MILLIS: u64 = 700;
