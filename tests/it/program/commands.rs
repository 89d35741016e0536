//! `sync`, `verify`, `import`, help: outcomes, exit statuses, what is printed where.

use std::{fs, path::Path};

use countersign::types::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{Http, PUBLISHED, SOURCE, Station, path_of, run};

#[test]
fn sync_keeps_what_is_verified_and_says_so() {
    let station = Station::new();
    station.publish(&[json!({"id": "b", "title": "Bé"}), json!({"id": "a"})]);
    let (store, file) = (station.path("store"), station.path("out.json"));
    let store = ["--store", &store, "--out", &file];

    let first = station.sync(&store);
    let outcome = first.json();
    let keys: Vec<&String> = outcome.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["bytes", "created", "deleted", "outcome", "records", "stale", "timestamp", "updated", "version"]
    );
    assert_eq!(outcome["outcome"], "Applied");
    assert_eq!(
        (&outcome["stale"], &outcome["records"], &outcome["version"]),
        (&json!(false), &json!(2), &json!(2))
    );
    assert_eq!((first.status, first.err.as_str()), (0, ""));
    let written: Vec<Value> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written.iter().map(|record| &record["id"]).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(written[1]["title"], "Bé");

    assert_eq!(station.sync(&store).json()["outcome"], "UpToDate");
    station.publish(&[json!({"id": "b", "title": "B"}), json!({"id": "c"})]);
    let second = station.sync(&store).json();
    assert_eq!(second["outcome"], "Applied");
    assert_eq!(
        ["created", "updated", "deleted", "records", "version"].map(|name| second[name].as_u64().unwrap()),
        [1, 1, 0, 3, 3]
    );

    // The same for people.
    let ran = run(["sync", &station.served.url, PUBLISHED, "--root", &station.root, "--store", store[1]]);
    assert!(ran.good().starts_with("UpToDate: main/certs version 3, 3 records (0 created, "));
    // Without a store it says what it cannot know.
    let ran = station.sync(&[]);
    assert_eq!(ran.json()["outcome"], "Applied");
    assert!(ran.err.contains("No --store"), "{ran:?}");
}

#[test]
fn sync_keeps_to_what_a_busy_server_asked_of_an_earlier_run() {
    let station = Station::new();
    station.publish(&[json!({"id": "a"})]);
    let store = station.path("store");
    let store = ["--store", store.as_str()];
    assert_eq!(station.sync(&store).json()["outcome"], "Applied");
    let file = Path::new(store[1]).join("main.certs.not-before");
    assert!(!file.exists(), "nothing was asked");

    let now = SystemClock.now().as_millis();
    fs::write(&file, format!("{}\n", now + 3_600_000)).unwrap();
    let ran = station.sync(&store);
    assert_eq!(ran.json()["outcome"], "Unreachable");
    assert_eq!(ran.json()["records"], 1, "what is kept can be read");
    ran.failed(3, "wants to be left alone until");

    // Nobody asks for longer than a day, and what is no time asks for nothing.
    for text in [(now + 3 * 86_400_000).to_string(), "soon".to_owned(), (now - 1).to_string()] {
        fs::write(&file, text).unwrap();
        assert_eq!(station.sync(&store).json()["outcome"], "UpToDate");
        assert!(!file.exists());
    }
}

#[test]
fn sync_takes_urls_and_fingerprints_as_people_write_them() {
    let station = Station::new();
    let mut upper = station.root.to_uppercase();
    for index in (1..32).rev() {
        upper.insert(index * 2, ':');
    }
    let url = format!("{}/v1/", station.served.url);
    run(["sync", &url, PUBLISHED, "--root", &upper]).good();
}

#[test]
fn what_is_refused_ends_with_1_and_changes_nothing() {
    let station = Station::new();
    station.publish(&[json!({"id": "a"})]);
    let (store, file) = (station.path("store"), station.path("out.json"));
    let other = "00".repeat(32);
    let ran = run([
        "sync",
        &station.served.url,
        PUBLISHED,
        "--root",
        &other,
        "--store",
        &store,
        "--out",
        &file,
        "--json",
    ]);
    ran.failed(
        1,
        "BadSignature: no good signature: the last certificate is not the pinned root. Nothing was changed.",
    );
    ran.failed(1, "--root and --signer");
    assert_eq!(
        ran.json(),
        json!({
            "outcome": "BadSignature", "stale": false, "version": null, "timestamp": null, "records": null,
            "created": 0, "updated": 0, "deleted": 0, "bytes": ran.json()["bytes"],
        })
    );
    assert!(!Path::new(&file).exists());
    let ran = station.sync(&["--signer", "other.example"]);
    ran.failed(
        1,
        "BadSignature: no good signature: the leaf is not of the expected signer. Nothing was changed.",
    );
}

#[test]
fn what_is_not_understood_ends_with_2() {
    let root = "00".repeat(32);
    for (arguments, message) in [
        (vec!["sync", "http://h", "main/certs"], "--root"),
        (vec!["sync", "http://h", "main", "--root", &root], "not BUCKET/COLLECTION, as in main/certs"),
        (vec!["sync", "http://h", "main/certs", "--root", "abc"], "not 64 hex digits"),
        (
            vec!["verify", "http://h", "main/certs", "--chain", "x", "--root", &root],
            "--chain goes with a file",
        ),
        (vec!["sync", "ftp://h", "main/certs", "--root", &root], "is no address of a server"),
        (vec!["sync", "http://h", "main/certs", "--root", &root, "--signer", "*.x"], "--signer"),
        (vec!["verify", "http://h", "--root", &root], "BUCKET/COLLECTION is missing"),
        (vec!["review", "show", "nowhere", "main/certs", "--user", "bob"], "is no address of a server"),
        (vec!["frobnicate"], "unrecognized subcommand"),
        (vec![], "Usage"),
    ] {
        run(&arguments).failed(2, message);
    }
}

#[test]
fn what_is_not_reachable_ends_with_3() {
    let root = "00".repeat(32);
    // A port that nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let ran = run(["sync", &url, "main/certs", "--root", &root, "--json"]);
    ran.failed(3, "cannot be reached");
    assert_eq!((&ran.json()["outcome"], &ran.json()["bytes"]), (&json!("Unreachable"), &json!(0)));
    run(["verify", &url, "main/certs", "--root", &root]).failed(3, "cannot be reached");
    let station = Station::new();
    let unknown = run(["sync", &station.served.url, "main/unknown", "--root", &station.root, "--json"]);
    unknown.failed(3, "status");
    assert_eq!(unknown.json()["outcome"], "Unreachable");
    let ran = station.sync(&["--max-bytes", "10"]);
    ran.failed(3, "larger than 10 bytes");
    assert_eq!(ran.json()["outcome"], "Unreachable");
}

#[test]
fn what_cannot_be_kept_ends_with_4() {
    let station = Station::new();
    let file = station.path("file");
    fs::write(&file, "in the way").unwrap();
    let ran = station.sync(&["--store", &file]);
    ran.failed(4, "the store cannot be used");
    assert_eq!(ran.json()["outcome"], "StoreUnusable");
    let missing = station.path("missing/out.json");
    let ran = station.sync(&["--out", &missing]);
    ran.failed(4, "missing/out.json");
    assert_eq!(ran.json()["outcome"], "StoreUnusable");
    // A store that held a statement is not given away for less.
    let store = station.path("store");
    station.sync(&["--store", &store]).good();
    station.sync(&["--store", &store, "--content-signature-only"]).failed(4, "content signatures alone");
    let ran = station.sync(&["--content-signature-only"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("do not say which collection they are of"), "{ran:?}");
    assert_eq!(ran.json()["version"], Value::Null);
}

#[test]
fn verify_says_each_step_for_a_server_and_for_files() {
    let station = Station::new();
    station.publish(&[json!({"id": "a"}), json!({"id": "b"})]);
    let text = run(["verify", &station.served.url, PUBLISHED, "--root", &station.root]).good();
    assert_eq!(text.matches("holds   ").count(), 11, "{text}");
    assert!(text.contains("Verified: 2 records"), "{text}");
    let steps = run(["verify", &station.served.url, PUBLISHED, "--root", &station.root, "--json"]).json();
    assert_eq!(
        (&steps["holds"], &steps["refusal"], &steps["records"]),
        (&json!(true), &Value::Null, &json!(2))
    );

    let anyone = Http::new(&station.served.url, None);
    let changeset = anyone.get(&format!("{}/changeset?_expected=0", path_of(PUBLISHED)));
    let x5u = changeset["metadata"]["countersign"]["signatures"][0]["x5u"].as_str().unwrap();
    let chain = anyone.text(x5u.strip_prefix("/v1").unwrap());
    let (good, bad, pem) = (station.path("good.json"), station.path("bad.json"), station.path("chain.pem"));
    fs::write(&good, changeset.to_string()).unwrap();
    fs::write(&bad, changeset.to_string().replace("\"id\":\"b\"", "\"id\":\"c\"")).unwrap();
    fs::write(&pem, chain).unwrap();
    run(["verify", &good, "--chain", &pem, "--root", &station.root]).good();
    run(["verify", &good, PUBLISHED, "--chain", &pem, "--root", &station.root]).good();
    run(["verify", &good, "main/other", "--chain", &pem, "--root", &station.root])
        .failed(1, "WrongCollection");
    let ran = run(["verify", &bad, "--chain", &pem, "--root", &station.root]);
    ran.failed(1, "RootMismatch");
    assert!(ran.out.contains("FAILED  the records are those of the statement"), "{ran:?}");
    assert!(ran.out.contains("not reached"), "{ran:?}");
}

#[test]
fn import_writes_all_or_nothing_as_somebodys_edit() {
    let station = Station::new();
    let data = station.data_text();
    let file = station.path("records.json");
    let import = |text: &str, more: &[&str]| {
        fs::write(&file, text).unwrap();
        let usual = ["import", &file, "--as", "editor", "--data", &data, "--json"];
        run(usual.into_iter().chain(more.iter().copied()))
    };
    let to = ["--to", SOURCE];
    let first = import(r#"[{"id": "a", "n": 1}, {"id": "b"}]"#, &to);
    assert_eq!(first.json(), json!({"created": 2, "updated": 0, "deleted": 0, "unchanged": 0}));
    let second = import(r#"{"data": [{"id": "a", "n": 2}, {"id": "c"}]}"#, &["--to", SOURCE, "--replace"]);
    assert_eq!(second.json(), json!({"created": 1, "updated": 1, "deleted": 1, "unchanged": 0}));
    let records = || {
        let list = station.admin().get(&format!("{}/records", path_of(SOURCE)));
        let mut ids: Vec<String> =
            list["data"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(records(), ["a", "c"]);

    for (text, to, message) in [
        (r#"[{"id": "d"}, {"id": "e", "n": 1.5}]"#, SOURCE, "record 'e' cannot be signed: /n"),
        (r#"[{"id": "d"}, {"id": "d"}]"#, SOURCE, "record 'd' comes twice"),
        (r#"[{"n": 1}]"#, SOURCE, "item 0 of the list is no object with a valid id"),
        (r#"{"records": []}"#, SOURCE, "the file is neither a list of records"),
        (r#"[{"id": "d"},"#, SOURCE, "no JSON"),
        (r#"[{"id": "d"}]"#, "main-workspace/unknown", "no collection main-workspace/unknown"),
        (r#"[{"id": "d"}]"#, PUBLISHED, "main/certs is not the source of a resource"),
    ] {
        import(text, &["--to", to]).failed(1, message);
        assert_eq!(records(), ["a", "c"], "{message}");
    }
    let stranger = run(["import", &file, "--to", SOURCE, "--as", "nobody", "--data", &data]);
    stranger.failed(1, "no account nobody");

    // It is the editor's edit: the editor cannot approve it, and it is published by review alone.
    assert_eq!(station.status(), "work-in-progress");
    let change = station.person("reviewer").get(&format!("{}/change", path_of(SOURCE)));
    assert_eq!(change["data"]["editors"], json!(["account:editor"]));
}

#[test]
fn every_command_explains_itself() {
    let top = run(["--help"]).good();
    for command in [
        "init", "serve", "demo", "sync", "verify", "review", "import", "account", "keys", "doctor", "recover",
    ] {
        assert!(top.contains(&format!("\n  {command} ")), "{command} in {top}");
        let help = run([command, "--help"]).good();
        assert!(help.contains("Usage: countersign"), "{help}");
        assert!(help.contains("Example") || help.contains("Commands:"), "{help}");
        assert!(!help.contains('\u{1b}'), "no colours in a file");
    }
    for (group, command) in [
        ("review", "show"),
        ("review", "approve"),
        ("review", "decline"),
        ("keys", "init"),
        ("account", "add"),
    ] {
        assert!(run([group, command, "--help"]).good().contains("Example"), "{group} {command}");
    }
    assert_eq!(run(["--version"]).good(), format!("countersign {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_help_of_init_says_what_becomes_of_the_password() {
    let help: String = run(["init", "--help"]).good().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("else `COUNTERSIGN_PASSWORD`, else one is made and shown once"), "{help}");
    assert!(!help.contains("asked for"), "{help}");
}
