//! The demo is the first thing that anybody sees: it holds, it shows what it says, and what it leaves can be worked on.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Http, Ran, command, run, serve};

#[test]
fn the_story_holds_and_leaves_nothing_behind() {
    let ran = run(["demo", "--once", "--listen", "127.0.0.1:0"]);
    let story = ran.good();
    let mut rest = story.as_str();
    for part in [
        "400 records, in 16 batches",
        "400 created, 0 updated, 0 deleted",
        "the editor cannot approve it: refused (403): Last editor cannot review",
        "Applied: version 2, 400 records",
        "3 created, 1 updated, 1 deleted",
        "Applied: version 3, 402 records (3 created, 1 updated, 1 deleted)",
        "0 created, 2 updated, 10 deleted",
        "RootMismatch",
        "BadSignature",
        "WrongBucket",
        "WrongCollection",
        "Older",
        "UpToDate, version 3, 402 records",
        "Every step held.",
    ] {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} comes next in {rest}"));
        rest = &rest[at + part.len()..];
    }
    assert!(!story.contains('\u{1b}'), "no colours in a file");
    let folder = story.lines().find_map(|line| line.strip_prefix("Everything is in ")).unwrap();
    assert!(!Path::new(folder).exists(), "{folder} is gone");
}

#[test]
fn a_step_that_does_not_hold_ends_it_with_1() {
    // Without review the editor's own approval is not refused.
    let mut once = command(["demo", "--once", "--listen", "127.0.0.1:0"]);
    let ran = Ran::of(once.env("COUNTERSIGN_REVIEW_ENABLED", "false"));
    ran.failed(1, "the editor's own approval: 200, where 403 was expected");
    assert!(!ran.out.contains("Every step held."), "{ran:?}");
}

#[test]
fn a_demo_that_ends_by_itself_tells_scripts_the_same_line() {
    let ran = run(["demo", "--once", "--json", "--listen", "127.0.0.1:0"]);
    let told = ran.json();
    assert_eq!(
        (&told["source"], &told["published"]),
        (&json!("security-state-workspace/onecrl"), &json!("security-state/onecrl"))
    );
    assert_eq!(told["accounts"].as_object().unwrap().len(), 3);
    assert!(ran.err.contains("Every step held."), "{ran:?}");
    assert_eq!((ran.status, ran.out.lines().count()), (0, 1));
}

#[test]
fn one_line_of_json_tells_scripts_all_they_need() {
    let mut child = Running(
        command(["demo", "--json", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let told: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(
        told.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["accounts", "preview", "published", "root", "signer", "source", "url"]
    );
    assert_eq!(told["source"], "security-state-workspace/onecrl");
    assert_eq!(told["preview"], "security-state-preview/onecrl");
    assert_eq!(told["published"], "security-state/onecrl");
    assert_eq!(told["signer"], "countersign.localhost");
    let url = told["url"].as_str().unwrap();
    let server = url.strip_suffix("/v1").unwrap();
    let root = told["root"].as_str().unwrap();

    for name in ["admin", "editor", "reviewer"] {
        let password = told["accounts"][name].as_str().unwrap();
        let hello = Http::with_password(server, name, password).get("/");
        assert_eq!(hello["user"]["id"], format!("account:{name}"));
    }
    let synced = run(["sync", url, "security-state/onecrl", "--root", root, "--json"]).json();
    assert_eq!(
        (&synced["outcome"], &synced["version"], &synced["records"]),
        (&json!("Applied"), &json!(3), &json!(402))
    );

    // A change waits; the reviewer can approve it.
    let review = |verb: &str, more: &[&str]| {
        let usual = ["review", verb, url, "security-state/onecrl", "--user", "reviewer", "--json"];
        let mut command = command(usual.into_iter().chain(more.iter().copied()));
        Ran::of(command.env("COUNTERSIGN_PASSWORD", told["accounts"]["reviewer"].as_str().unwrap())).json()
    };
    let waiting = review("show", &[]);
    assert_eq!(
        (&waiting["status"], &waiting["updated"], &waiting["deleted"]),
        (&json!("to-review"), &json!(2), &json!(10))
    );
    let approved = review("approve", &["--change", waiting["digest"].as_str().unwrap()]);
    assert_eq!(approved["outcome"], "approved");
    let synced = run(["sync", url, "security-state/onecrl", "--root", root, "--json"]).json();
    assert_eq!((&synced["version"], &synced["records"]), (&json!(4), &json!(392)));

    assert_eq!(child.terminate(), 0);
    assert_eq!(lines.next().map(Result::unwrap), None, "nothing else is on standard output");
}

#[test]
fn its_last_lines_give_the_address_the_logins_and_what_to_press() {
    let mut child = Running(
        command(["demo", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let lines = BufReader::new(child.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let (mut told, mut url) = (Vec::new(), String::new());
    for line in lines {
        if let Some(address) = line.strip_prefix("listening on ") {
            address.clone_into(&mut url);
            break;
        }
        told.push(line);
    }
    let end = told.iter().position(|line| line == "Every step held.").unwrap();
    let end = &told[end..];
    let all = end.join("\n");
    assert!(end.contains(&format!("  {url}/")), "{all}");
    for words in ["Sign in as reviewer", "“Review”", "“Approve and publish”", "“Decline”"] {
        assert!(all.contains(words), "{words} in {all}");
    }
    for name in ["admin", "editor", "reviewer"] {
        let line = end.iter().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        let password = line.split_whitespace().nth(1).unwrap();
        let hello = Http::with_password(&url, name, password).get("/");
        assert_eq!(hello["user"]["id"], format!("account:{name}"));
    }
    assert!(
        end.iter().all(|line| line.chars().count() <= 120 || line.contains("--") || line.contains("://")),
        "{all}"
    );
    assert_eq!(child.terminate(), 0);
}

#[test]
fn the_folder_is_kept_where_it_was_asked_for() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("demo");
    let data = data.to_str().unwrap();
    run(["demo", "--once", "--listen", "127.0.0.1:0", "--data", data]).good();
    run(["demo", "--once", "--listen", "127.0.0.1:0", "--data", data])
        .failed(1, &format!("countersign serve --data {data}"));
    let served = serve(Path::new(data));
    let changeset =
        Http::new(&served.url, None).get("/buckets/security-state/collections/onecrl/changeset?_expected=0");
    assert_eq!(changeset["changes"].as_array().unwrap().len(), 402);
    let found = run(["doctor", "--data", data]).good();
    assert!(
        found.contains("security-state/onecrl: verified, 402 records and 3 statements in one line"),
        "{found}"
    );
    assert_eq!(served.stop(), 0);
}

/// Killed when dropped.
struct Running(Child);

impl Running {
    fn terminate(&mut self) -> i32 {
        let pid = self.0.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.0.wait().unwrap().code().expect("it ended by itself")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
