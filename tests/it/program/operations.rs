//! What operators do and what the service does by itself: `doctor`, a restore with `recover`, renewal on a schedule.

use std::{fs, path::Path, process::Command};

use countersign::{
    signing::{KeyFolder, SignerName},
    types::{Clock as _, Sha256Digest, SystemClock, SystemRandom},
};
use serde_json::{Value, json};

use super::{PREVIEW, PUBLISHED, Station, root_of, run, serve, until};

#[test]
fn doctor_finds_nothing_wrong_with_a_service_that_works() {
    let station = Station::new();
    station.publish(&[json!({"id": "a"})]);
    let data = station.data_text();
    let found = run(["doctor", "--json", "--data", &data]);
    let object = found.json();
    assert_eq!((found.status, &object["well"]), (0, &json!(true)), "{object}");
    let areas: Vec<&str> = object["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["area"].as_str().unwrap())
        .collect();
    assert_eq!(
        areas,
        [
            "folder",
            "configuration",
            "disk",
            "keys",
            "keys",
            "keys",
            "keys",
            "database",
            "clock",
            "accounts",
            "publication",
            "publication"
        ]
    );
    let text = run(["doctor", "--data", &data]).good();
    assert!(text.contains("main/certs: verified, 1 record and 2 statements in one line"), "{text}");
    assert!(text.contains("the root's private key is in the folder"), "{text}");
    assert!(text.ends_with("All is well.\n"), "{text}");
}

#[test]
fn doctor_names_each_trouble_with_a_mend() {
    let trouble = |station: &Station, area: &str| {
        let found = run(["doctor", "--json", "--data", &station.data_text()]);
        assert_eq!(found.status, 1, "{found:?}");
        let troubles: Vec<(String, String)> = found.json()["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["result"] == "trouble" && finding["area"] == area)
            .map(|finding| {
                let text = |name: &str| finding[name].as_str().unwrap().to_owned();
                (text("sentence"), text("mend"))
            })
            .collect();
        assert!(!troubles.is_empty(), "{found:?}");
        troubles
    };
    run(["doctor", "--data", "/nowhere/at/all"]).failed(1, "there is one trouble");

    let station = Station::new();
    station.publish(&[json!({"id": "a", "title": "genuine"})]);
    // A signature that is not over what the database holds.
    let station = station.restart(|data| {
        sqlite(
            data,
            "UPDATE contents SET bytes = CAST(replace(CAST(bytes AS TEXT), 'genuine', 'altered') AS BLOB)",
        );
    });
    let found = trouble(&station, "publication");
    assert!(
        found.iter().any(|(sentence, _)| sentence.starts_with("main/certs: that the records are those")),
        "{found:?}"
    );

    // The leaf of another name than the configuration's.
    let station = station.restart(|_| ());
    assert_eq!(station.served.stop(), 0);
    let folder = station.folder;
    let data = folder.path().join("data");
    let file = data.join("countersign.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("countersign.localhost", "other.example")).unwrap();
    let data = data.to_str().unwrap();
    let found = run(["doctor", "--data", data]);
    found.failed(1, "there is one trouble");
    assert!(found.out.contains("the signing keys cannot be used"), "{found:?}");
    run(["serve", "--listen", "127.0.0.1:0", "--data", data]).failed(1, "the signing keys cannot be used");
    fs::write(&file, text).unwrap();
    fs::remove_file(folder.path().join("data/keys/leaf.pem")).unwrap();
    let found = run(["doctor", "--data", data]);
    assert!(found.out.contains("keys/leaf.pem is missing"), "{found:?}");
    assert!(found.out.contains("Put the keys back from the backup"), "{found:?}");
}

#[test]
fn a_restored_copy_of_the_folder_publishes_on_and_existing_clients_follow() {
    let station = Station::new();
    station.publish(&[json!({"id": "a"})]);
    // The backup: a copy of the folder.
    let backup = station.folder.path().join("backup");
    let station = station.restart(|data| copy(data, &backup));
    station.publish(&[json!({"id": "b"})]);
    station.publish(&[json!({"id": "c"})]);
    let store = station.path("store");
    let store = ["--store", store.as_str()];
    let ahead = station.sync(&store).json();
    assert_eq!((&ahead["version"], &ahead["records"]), (&json!(4), &json!(3)));

    // The disk is lost, the backup put in its place.
    let station = station.restart(|data| {
        fs::remove_dir_all(data).unwrap();
        fs::rename(&backup, data).unwrap();
    });
    let older = station.sync(&store);
    assert_eq!(older.json()["outcome"], "Older", "the client keeps what is newer");
    assert!(older.err.contains("the newer data was kept"), "{older:?}");
    assert_eq!(older.status, 0);

    // Recovery, beside the running service.
    let recovered = run(["recover", "--json", "--data", &station.data_text()]).json();
    let paths: Vec<&Value> =
        recovered["recovered"].as_array().unwrap().iter().map(|recovered| &recovered["path"]).collect();
    assert_eq!(paths, [PUBLISHED, PREVIEW]);
    until("the service to show what was recovered", || station.version() > 4);
    let accepted = station.sync(&store).json();
    assert_eq!((&accepted["outcome"], &accepted["records"]), (&json!("Applied"), &json!(1)));
    station.publish(&[json!({"id": "d"})]);
    let on = station.sync(&store).json();
    assert_eq!((&on["outcome"], &on["records"], &on["created"]), (&json!("Applied"), &json!(2), &json!(1)));
    run(["doctor", "--data", &station.data_text()]).good();
}

#[test]
fn doctor_asks_for_recovery_when_the_database_alone_was_restored() {
    let station = Station::new();
    station.publish(&[json!({"id": "a"})]);
    let backup = station.folder.path().join("backup");
    let station = station.restart(|data| copy(data, &backup));
    station.publish(&[json!({"id": "b"})]);
    let station = station.restart(|data| {
        fs::copy(backup.join("countersign.db"), data.join("countersign.db")).unwrap();
    });
    let data = station.data_text();
    let found = run(["doctor", "--data", &data]);
    found.failed(1, "troubles");
    assert!(
        found.out.contains("main/certs: version 2 is the last published, 3 the last signed"),
        "{found:?}"
    );
    assert!(found.out.contains(&format!("countersign recover --data {data}.")), "{found:?}");
    run(["recover", "--data", &data]).good();
    run(["doctor", "--data", &data]).good();
}

#[test]
fn a_leaf_past_half_its_life_is_renewed_and_everything_signed_again() {
    let station = Station::new();
    station.publish(&[json!({"id": "a"})]);
    let store = station.path("store");
    let store = ["--store", store.as_str()];
    assert_eq!(station.sync(&store).json()["version"], 2);
    let root = station.root.clone();
    let days = 24 * 3600 * 1000;
    let station = station.restart(|data| {
        // As if it had been issued 29 days ago, for 40.
        let file = data.join("countersign.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("leaf_days = 90", "leaf_days = 40")).unwrap();
        let keys = KeyFolder::open(&data.join("keys")).unwrap();
        let name = SignerName::parse("countersign.localhost").unwrap();
        let then = SystemClock.now().minus_millis(29 * days);
        keys.renew_leaf(&name, 40, &Sha256Digest::parse(&root).unwrap(), then, &SystemRandom).unwrap();
    });
    until("everything to be signed again", || station.version() == 3);
    let leaf = &run(["keys", "inspect", "--json", "--data", &station.data_text()]).json()["chain"][0];
    let ends = leaf["not_after"].as_u64().unwrap();
    assert!(ends > SystemClock.now().plus_millis(39 * days).as_millis(), "{leaf}");
    assert_eq!(root_of(&station.data()), station.root, "clients pin the same root");
    let again = station.sync(&store).json();
    assert_eq!((&again["outcome"], &again["version"]), (&json!("Applied"), &json!(3)));
    assert_eq!(["created", "updated", "deleted"].map(|name| again[name].as_u64().unwrap()), [0, 0, 0]);
    run(["doctor", "--data", &station.data_text()]).good();
}

#[test]
fn a_resource_that_is_named_later_gets_its_bucket_at_start_up() {
    let station = Station::new();
    let station = station.restart(|data| {
        let file = data.join("countersign.toml");
        let text = fs::read_to_string(&file).unwrap();
        let line = "  \"main-workspace -> main-preview -> main\",\n";
        assert!(text.contains(line), "{text}");
        fs::write(&file, text.replace(line, &format!("{line}  \"more-workspace -> more\",\n"))).unwrap();
    });
    let bucket = station.admin().get("/buckets/more-workspace");
    assert_eq!(bucket["permissions"]["write"], json!(["account:admin"]));
}

#[test]
fn killed_at_once_it_serves_the_last_publication_again() {
    let station = Station::new();
    station.publish(&[json!({"id": "a"})]);
    let (data, version) = (station.data(), station.version());
    let Station { served, folder, root } = station;
    drop(served); // SIGKILL
    let station = Station { served: serve(&data), folder, root };
    assert_eq!(station.version(), version);
    assert_eq!(station.sync(&[]).json()["records"], 1);
    run(["doctor", "--data", data.to_str().unwrap()]).good();
}

/// Changes a database behind the service's back.
fn sqlite(data: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(data.join("countersign.db")).unwrap();
    assert!(connection.execute(sql, ()).unwrap() > 0);
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").args(["-a"]).arg(from).arg(to).status().unwrap().success());
}
