//! `review`: what is shown, what is approved, who may.

use std::process::Command;

use serde_json::{Value, json};

use super::{PASSWORD, PUBLISHED, Ran, SOURCE, Station, command, path_of, run};
use crate::optional::program;

/// `review VERB URL PATH --user NAME …`, as somebody who gives a password.
fn review(station: &Station, verb: &str, path: &str, user: &str, more: &[&str]) -> Ran {
    let usual = ["review", verb, &station.served.url, path, "--user", user];
    super::run_as_somebody(usual.into_iter().chain(more.iter().copied()))
}

#[test]
fn the_change_is_shown_field_by_field_for_source_and_destination() {
    let station = Station::new();
    station.publish(&[json!({"id": "a", "title": "one"}), json!({"id": "b"})]);
    station.ask(&[
        json!({"id": "a", "title": "two \u{202e}evil\u{1b}[2J"}),
        json!({"id": "c", "n": {"x": [1]}}),
    ]);
    let shown = review(&station, "show", SOURCE, "reviewer", &[]).good();
    assert_eq!(shown, review(&station, "show", PUBLISHED, "reviewer", &[]).good());
    for line in [
        "main-workspace/certs → main/certs",
        "status       to-review, asked for by account:editor at ",
        "comment      please",
        "~ a  (account:editor)",
        "    title  - \"one\"",
        "    title  + \"two \\u{202e}evil\\u{1b}[2J\"",
        "+ c  (account:editor)",
        "    n  + {\"x\": [1]}",
        "1 created, 1 updated, 0 deleted",
        "edited by    account:editor",
    ] {
        assert!(shown.lines().any(|found| found.starts_with(line)), "{line:?} in {shown}");
    }
    assert!(!shown.contains('\u{202e}') && !shown.contains('\u{1b}'), "nothing hides");

    let object = review(&station, "show", SOURCE, "reviewer", &["--json"]).json();
    let named = station.person("reviewer").get(&format!("{}/change", path_of(SOURCE)));
    assert_eq!(object["digest"], named["data"]["digest"]);
    assert_eq!(object["fingerprint"], named["data"]["fingerprint"]);
    assert_eq!(object["changes"], named["data"]["changes"]);
    assert_eq!(object["outcome"], Value::Null);
    assert_eq!(
        object.as_object().unwrap().keys().collect::<Vec<_>>(),
        [
            "attributes",
            "changes",
            "comment",
            "created",
            "deleted",
            "destination",
            "digest",
            "editors",
            "fingerprint",
            "outcome",
            "requested_at",
            "requested_by",
            "source",
            "status",
            "updated"
        ]
    );
}

#[test]
fn exactly_what_was_named_is_approved() {
    let station = Station::new();
    station.ask(&[json!({"id": "a"})]);
    let digest = |station: &Station| {
        let shown = review(station, "show", SOURCE, "reviewer", &["--json"]).json();
        shown["digest"].as_str().unwrap().to_owned()
    };
    // Without a terminal nothing is approved unseen.
    review(&station, "approve", PUBLISHED, "reviewer", &[]).failed(2, "--change must name what is approved");
    let before = digest(&station);
    station.ask(&[json!({"id": "a", "more": "than was seen"})]);
    let ran = review(&station, "approve", PUBLISHED, "reviewer", &["--change", &before]);
    ran.failed(1, "the change is another one by now");
    assert_eq!((station.status().as_str(), station.version()), ("to-review", 1));

    let current = digest(&station);
    let ran = review(
        &station,
        "approve",
        PUBLISHED,
        "reviewer",
        &["--change", &current, "--comment", "seen", "--json"],
    );
    let told = ran.json();
    assert_eq!((&told["outcome"], &told["digest"]), (&json!("approved"), &json!(current)));
    assert_eq!(told["status"], "signed", "what it is now");
    assert_eq!((station.status().as_str(), station.version()), ("signed", 2));
    let attributes = station.admin().get(&path_of(SOURCE));
    assert_eq!(attributes["data"]["last_reviewer_comment"], "seen");
}

#[test]
fn nobody_approves_what_is_not_theirs_to_approve() {
    let station = Station::new();
    station.ask(&[json!({"id": "a"})]);
    let shown = review(&station, "show", SOURCE, "reviewer", &["--json"]).json();
    let change = ["--change", shown["digest"].as_str().unwrap()];
    review(&station, "approve", SOURCE, "editor", &change)
        .failed(1, "refused (403): Not in certs-reviewers group");
    review(&station, "approve", SOURCE, "nobody", &change).failed(1, "refused (401)");
    let wrong = Ran::of(
        command(["review", "show", &station.served.url, SOURCE, "--user", "reviewer"])
            .env("COUNTERSIGN_PASSWORD", "wrong"),
    );
    wrong.failed(1, "Check the name and the password.");
    review(&station, "show", "other/certs", "reviewer", &[])
        .failed(1, "this server publishes nothing from or to other/certs");
    run(["review", "show", &station.served.url, SOURCE, "--user", "reviewer"])
        .failed(2, "a password is needed");
    assert_eq!((station.status().as_str(), station.version()), ("to-review", 1));
}

#[test]
fn a_change_is_sent_back_with_a_comment() {
    let station = Station::new();
    station.ask(&[json!({"id": "a"})]);
    let comment = ["--comment", "the serial is wrong"];
    let ran = review(&station, "decline", PUBLISHED, "reviewer", &comment);
    assert!(ran.good().contains("Sent back."));
    let attributes = station.admin().get(&path_of(SOURCE));
    assert_eq!(attributes["data"]["status"], "work-in-progress");
    assert_eq!(attributes["data"]["last_reviewer_comment"], "the serial is wrong");
    assert_eq!(station.version(), 1);
    review(&station, "decline", PUBLISHED, "reviewer", &comment)
        .failed(1, "does not wait for review; its status is work-in-progress");
    run(["review", "decline", &station.served.url, SOURCE, "--user", "reviewer"]).failed(2, "--comment");
}

#[test]
fn a_refusal_is_json_too_and_the_status_is_the_one_after_it() {
    let station = Station::new();
    station.ask(&[json!({"id": "a"})]);
    let shown = review(&station, "show", SOURCE, "reviewer", &["--json"]).json();
    let digest = shown["digest"].as_str().unwrap();
    let refused = review(&station, "approve", SOURCE, "editor", &["--change", digest, "--json"]);
    let told: Value = serde_json::from_str(&refused.out).unwrap();
    let object = json!({
        "exit_status": 1,
        "mend": null,
        "message": "refused (403): Not in certs-reviewers group",
        "outcome": "refused",
    });
    assert_eq!(told, object);
    refused.failed(1, "Not in certs-reviewers group");
    let unseen = review(&station, "approve", SOURCE, "reviewer", &["--json"]);
    let told: Value = serde_json::from_str(&unseen.out).unwrap();
    assert_eq!((&told["outcome"], &told["exit_status"]), (&json!("failed"), &json!(2)));
    unseen.failed(2, "--change must name what is approved");

    let comment = ["--comment", "no", "--json"];
    let declined = review(&station, "decline", SOURCE, "reviewer", &comment).json();
    assert_eq!((&declined["outcome"], &declined["status"]), (&json!("declined"), &json!("work-in-progress")));
    let again = review(&station, "decline", SOURCE, "reviewer", &comment);
    let told: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(told["outcome"], "refused");
    again.failed(1, "does not wait for review");
}

#[test]
fn a_server_that_cannot_be_reached_ends_with_3() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    super::run_as_somebody(["review", "show", &url, SOURCE, "--user", "reviewer"])
        .failed(3, "cannot be reached");
}

#[test]
fn on_a_terminal_it_shows_and_asks() {
    if program("script", &["--version"], "script").is_none() {
        return;
    }
    let station = Station::new();
    station.ask(&[json!({"id": "a", "title": "new"})]);
    // `script` gives the program a terminal, and what it is sent.
    let approve = |answer: &str| {
        let line = format!(
            "{} review approve {} {PUBLISHED} --user reviewer",
            env!("CARGO_BIN_EXE_countersign"),
            station.served.url
        );
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).env("COUNTERSIGN_PASSWORD", PASSWORD).env("TERM", "xterm");
        Ran::with_input(&mut script, answer)
    };
    for answer in ["n\n", "\n", "yesterday\n"] {
        let ran = approve(answer);
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(ran.out.contains("Publish exactly this to main/certs? [y/N]"), "{ran:?}");
        assert!(ran.out.contains("\u{1b}[32m+ \"new\"\u{1b}[0m"), "in colours: {ran:?}");
        assert!(ran.out.contains("not approved; nothing changed"), "{ran:?}");
        assert_eq!(station.version(), 1);
    }
    let ran = approve("y\n");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!((station.status().as_str(), station.version()), ("signed", 2));
}
