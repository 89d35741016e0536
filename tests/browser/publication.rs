//! A publication verified in the browser: every vector, the page's own words, and a server that lies.

mod proxy;

use std::{fs, path::Path};

use countersign::{signing::Renewal, workflow::renewal};
use serde_json::{Value, json};

use self::proxy::Proxy;
use crate::{Stage, Window, stage::SOURCE};

const LIST: &str = "/ui/c/main/onecrl/publications";

#[test]
fn every_vector_has_its_outcome_in_the_scripts_of_the_page() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.sign_in("editor");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let read = |path: &str| fs::read_to_string(root.join("spec").join(path)).unwrap();
    let mut folders: Vec<_> =
        fs::read_dir(root.join("signed")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|folder| folder.is_dir());
    folders.sort();
    // Bytes as characters of their numbers: some of the answers are no UTF-8.
    let bytes =
        |file: &Path| fs::read(file).ok().map(|bytes| bytes.into_iter().map(char::from).collect::<String>());
    let signed: Vec<Value> = folders
        .iter()
        .map(|folder| {
            json!({
                "chain": bytes(&folder.join("chain.pem")),
                "name": folder.file_name().unwrap().to_str().unwrap(),
                "said": bytes(&folder.join("case.json")),
                "text": bytes(&folder.join("changeset.json")),
            })
        })
        .collect();
    let arguments = vec![
        read("canonical-json-vectors.json").into(),
        read("statement-vectors.json").into(),
        json!(signed),
        json!(SIGNED_NOW),
    ];
    let mut found = window.script_with(include_str!("publication/vectors.js"), arguments);
    assert_eq!(found["wrong"], json!([]));
    assert!(found["counts"]["altered"].as_u64().unwrap() > 1_000);
    found["counts"].as_object_mut().unwrap().remove("altered");
    let counts = json!({"canonical": 103, "digests": 300, "signed": 28, "statements": 285, "trees": 7});
    assert_eq!(found["counts"], counts);
}

#[test]
fn what_clients_get_now_is_verified_and_the_page_says_what_that_does_not_show() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.sign_in("reviewer");
    window.open(LIST);
    window.expect("Published 1").expect("12 added").axe_in_every_look();
    window.click("Version 2");
    window
        .expect("Verified in your browser just now")
        .expect("hashed all 12 records and checked both signatures");
    window.expect("The script came from this server").expect("11 checks: 11 hold");
    assert_eq!(window.count(".checks > [data-result=holds]"), 11);
    window.click("11 checks: 11 hold");
    window.expect("The certificates lead to the root").axe_in_every_look();
    // Against the fingerprint that somebody holds: the right one, a wrong one, none.
    let root = stage.root();
    let colons: Vec<String> =
        root.as_bytes().chunks(2).map(|pair| String::from_utf8(pair.to_ascii_uppercase()).unwrap()).collect();
    window.fill("Root’s fingerprint that you hold", &colons.join(":"));
    window.click("Verify again");
    window.expect("checked both signatures against the root that you hold");
    window.fill("Root’s fingerprint that you hold", &"0".repeat(64));
    window.click("Verify again");
    window.expect("Does not verify").expect("the last certificate is not the pinned root").expect("1 failed");
    window.fill("Root’s fingerprint that you hold", "what I hold");
    window.click("Verify again");
    window.expect("That is no SHA-256: 64 hex digits, colons allowed.").axe();
}

#[test]
fn what_was_replaced_is_verified_as_far_as_it_is_kept() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    stage.ask("Three more");
    approve(&stage);
    let window = stage.sign_in("editor");
    window.open(&format!("{LIST}/2"));
    window.expect("Replaced by version 3").expect("Verified in your browser just now");
    window.expect("Its records are not served any more, so they were not hashed").expect("7 checks: 6 hold");
    window.click("7 checks: 6 hold, 1 with a note");
    window.expect("1 link of hashes from version 3, whose signature is good now");
    window.click("Next");
    window.expect("hashed all 12 records").expect("as against version 2").axe_in_every_look();
    // After the leaf has ended and everything was signed again, what it signed still leads on to what is signed now.
    stage.clock.advance_millis(200 * DAY);
    let renewed = stage.signer.renew_if_due(stage.now(), &*stage.services.random).unwrap();
    assert_ne!(renewed, Renewal::NotDue);
    let _signed = renewal::run_due(&stage.services).unwrap();
    let again = stage.sign_in("editor");
    again.open(&format!("{LIST}/2"));
    again.expect("Verified in your browser just now").click("7 checks: 5 hold, 2 with a note");
    again.expect("a certificate has ended since; all were good at 2026-11-24");
    // What was only signed again is published still.
    again.open(&format!("{LIST}/3"));
    again.expect("Its 12 records are published still; your browser hashed them all");
}

#[test]
fn what_a_server_or_somebody_on_the_way_alters_is_noticed_and_named() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    stage.ask("Three more");
    approve(&stage);
    for (path, from, to, failed, words) in [
        (
            "/changeset",
            "\"serialNumber\":\"",
            "\"serialNumber\":\"A",
            "The records are those that it commits to",
            "the root of these records is",
        ),
        (
            "/changeset",
            "\\\"count\\\":12",
            "\\\"count\\\":13",
            "The statement is signed by the leaf",
            "the signature does not fit",
        ),
        (
            "/changeset",
            "\"changes\":[{",
            "\"changes\":[{\"x\":1.0,",
            "The records are those that it commits to",
            "a record has a number",
        ),
        (
            "/changeset",
            "\"timestamp\":",
            "\"timestamp\":1",
            "It is about this collection",
            "it is of the time",
        ),
        (
            "/changeset",
            "\"countersign\":{",
            "\"other\":{",
            "It is a changeset with a signed statement",
            "there is no statement",
        ),
        ("/changeset", "]}", "]", "It is a changeset with a signed statement", "no JSON"),
        (
            "/cert-chains/",
            "-----BEGIN CERTIFICATE-----\nM",
            "-----BEGIN CERTIFICATE-----\nN",
            "The certificates lead to the root",
            "cannot be read",
        ),
        (
            "/cert-chains/",
            "-----END CERTIFICATE-----",
            "-----END-----",
            "The certificates lead to the root",
            "no base64",
        ),
    ] {
        let proxy = Proxy::begin(stage.address, path, from, to);
        let window = through(&stage, &proxy, &format!("{LIST}/3"));
        window.expect("Does not verify").expect(words);
        assert!(
            window.text_in(".checks > [data-result=failed]").contains(failed),
            "{path} {from}: {}",
            window.text()
        );
        assert_eq!(window.count(".checks > [data-result=failed]"), 1);
        window.expect_no("Verified in your browser just now");
    }
    // Of an old version: another text, and a successor that does not name it.
    for (from, to, failed) in [
        ("\\\"version\\\":2", "\\\"version\\\":1", "It is version and collection of this page"),
        ("\\\"count\\\":12", "\\\"count\\\":11", "The statement is signed by the leaf"),
    ] {
        let proxy = Proxy::begin(stage.address, "/statements", from, to);
        let window = through(&stage, &proxy, &format!("{LIST}/2"));
        window.expect("Does not verify");
        assert!(
            window.text_in(".checks > [data-result=failed]").contains(failed),
            "{from}: {}",
            window.text()
        );
    }
}

#[test]
fn where_there_is_no_cryptography_or_no_script_the_page_says_so() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.sign_in("editor");
    let source = "Object.defineProperty(window, 'isSecureContext', {value: false})";
    let added = window.tell("Page.addScriptToEvaluateOnNewDocument", json!({"source": source}));
    window.open(&format!("{LIST}/2"));
    window.expect("Not verified here").expect("Over plain http").expect_no("Verify again");
    window.tell("Page.removeScriptToEvaluateOnNewDocument", added);
    window.without_scripts();
    window.open(&format!("{LIST}/2"));
    window.tell("Emulation.setScriptExecutionDisabled", json!({"value": false}));
    window.expect("it needs scripts for that").expect("countersign verify").expect_no("Verify again");
}

fn approve(stage: &Stage) {
    stage.clock.advance_millis(1);
    let approved = json!({"data": {"status": "to-sign"}});
    let _approved = stage.reviewer().patch(SOURCE, &approved).expect(200);
}

/// A page as it comes through somebody who alters what passes. Cookies are the same at every port.
fn through(stage: &Stage, proxy: &Proxy, path: &str) -> Window {
    let mut window = stage.sign_in("editor");
    window.move_to(&proxy.url());
    window.open(path);
    window
}

const DAY: u64 = 86_400_000;
/// The clock of the client in `fixtures/signed`.
const SIGNED_NOW: u64 = 1_795_500_000_000;
