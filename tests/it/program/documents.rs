//! What the documents say is so: commands run, settings and flags are all there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::json;

use super::{PUBLISHED, Station, run};
use crate::optional::program;

#[test]
fn a_publication_is_verified_by_hand_by_the_steps_of_the_document() {
    let Some(script) = verifying_script() else { return };
    let station = Station::new();
    station.publish(&[
        json!({"id": "b", "text": "café \u{7f} \u{1f980} \u{2028} \"quoted\" \\ \n", "nested": {"z": [1, {"y": null}], "a": -3}}),
        json!({"id": "a-1", "big": 9_007_199_254_740_991_i64, "empty": {}, "list": []}),
        json!({"id": "a"}),
        json!({"id": "Z"}),
    ]);
    let good = bash(&station, &script, &station.root);
    assert!(good.status.success(), "{}", shown(&good));
    assert_eq!(String::from_utf8_lossy(&good.stdout).matches("Verified OK").count(), 2, "{}", shown(&good));

    // Spelled otherwise by somebody on the way, it is still the same.
    let end_of_fetch = "> leaf.pub.pem\n";
    let respelled = script.replacen(
        end_of_fetch,
        &format!("{end_of_fetch}jq . changeset.json > x; mv x changeset.json\n"),
        1,
    );
    assert!(bash(&station, &respelled, &station.root).status.success());

    // Each step stops what it is there for.
    assert!(script.contains(end_of_fetch));
    for (what, edit) in [
        ("another root", String::new()),
        ("an altered record", "sed -i 's/caf/cof/' changeset.json".to_owned()),
        ("an altered statement", r#"sed -i 's/\\"count\\":4/\\"count\\":5/' changeset.json"#.to_owned()),
        ("another collection", "COLLECTION=other".to_owned()),
        ("another time", "sed -i 's/\"timestamp\":1/\"timestamp\":2/' changeset.json".to_owned()),
        ("a record left out", "jq -c '.changes |= .[1:]' changeset.json > x; mv x changeset.json".to_owned()),
        (
            "the content signature of something else",
            "jq -c '.metadata.signature.signature = .metadata.countersign.signatures[0].signature' changeset.json > x; \
             mv x changeset.json"
                .to_owned(),
        ),
    ] {
        let root = if edit.is_empty() { "00".repeat(32) } else { station.root.clone() };
        let altered = script.replacen(end_of_fetch, &format!("{end_of_fetch}{edit}\n"), 1);
        let refused = bash(&station, &altered, &root);
        assert!(!refused.status.success(), "{what} passes: {}", shown(&refused));
    }
}

/// The steps of the document, in one script; `None`, said aloud, where a tool is missing.
fn verifying_script() -> Option<String> {
    for (name, check) in
        [("curl", "--version"), ("jq", "--version"), ("openssl", "version"), ("bash", "--version")]
    {
        program(name, &[check], name)?;
    }
    Some(shell_blocks(&document("docs/verify-by-hand.md")))
}

/// Runs the script with the values of a station in place of the document's examples.
fn bash(station: &Station, script: &str, root: &str) -> Output {
    let (bucket, collection) = PUBLISHED.split_once('/').unwrap();
    let values = [
        ("SERVER", station.served.url.as_str()),
        ("BUCKET", bucket),
        ("COLLECTION", collection),
        ("ROOT", root),
        ("SIGNER", "countersign.localhost"),
    ];
    let mut text = String::new();
    for line in script.lines() {
        match values
            .iter()
            .find(|(name, _)| line.starts_with(&format!("{name}=")) && line != "COLLECTION=other")
        {
            Some((name, value)) => text.extend([name, "='", value, "'\n"]),
            None => text.extend([line, "\n"]),
        }
    }
    let folder = tempfile::TempDir::new().unwrap();
    Command::new("bash").arg("-c").arg(text).current_dir(folder.path()).output().unwrap()
}

#[test]
fn the_readme_begins_with_its_two_commands() {
    let readme = document("README.md");
    let commands: Vec<&str> = readme.lines().filter(|line| line.starts_with("cargo ")).collect();
    assert_eq!(commands, ["cargo run --release -- demo", "cargo test"]);
}

#[test]
fn every_setting_is_in_the_document_with_its_default() {
    let text = document("docs/configuration.md");
    let written = countersign::config::template(
        "admin",
        "countersign.localhost",
        &["main-workspace -> main-preview -> main"],
    );
    let mut section = String::new();
    let mut count = 0;
    for line in written.lines() {
        let line = line.trim_start_matches("# ");
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' ')) {
            if section.contains('"') {
                continue;
            }
            assert!(text.contains(&format!("| `{section}.{key}` |")), "{section}.{key}");
            count += 1;
        }
    }
    assert!(count >= 22, "{count} settings were found");
}

#[test]
fn every_command_and_flag_is_in_the_document() {
    let text = document("docs/command-line.md");
    let groups = [
        ("init", vec![]),
        ("serve", vec![]),
        ("demo", vec![]),
        ("sync", vec![]),
        ("verify", vec![]),
        ("review", vec!["show", "approve", "decline"]),
        ("import", vec![]),
        ("account", vec!["add", "passwd", "disable", "enable", "list"]),
        ("keys", vec!["init", "inspect"]),
        ("doctor", vec![]),
        ("recover", vec![]),
    ];
    for (command, inner) in groups {
        let start = text
            .find(&format!("\n## `{command}`"))
            .unwrap_or_else(|| panic!("{command} has a part of its own"));
        let rest = &text[start + 1..];
        let part = &rest[..rest.find("\n## ").unwrap_or(rest.len())];
        let helps: Vec<String> = if inner.is_empty() {
            vec![run([command, "--help"]).good()]
        } else {
            inner.iter().map(|inner| run([command, inner, "--help"]).good()).collect()
        };
        for help in helps {
            let options = help.split("Options:").nth(1).unwrap();
            for flag in options.split_whitespace().filter(|word| word.starts_with("--")) {
                let flag = flag.trim_end_matches(['.', ',', ';', ':']);
                let known = ["--help", "--version"].contains(&flag);
                assert!(known || part.contains(flag), "{flag} of {command}");
            }
        }
        for name in inner {
            assert!(part.contains(&format!("`{command} {name}")), "{command} {name}");
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut documents = vec![
        PathBuf::from("README.md"),
        "ARCHITECTURE.md".into(),
        "CHANGELOG.md".into(),
        "fixtures/README.md".into(),
    ];
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    for name in documents {
        let text = document(name.to_str().unwrap());
        for piece in text.split("](").skip(1) {
            let target = piece.split(')').next().unwrap().split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let path = root().join(&name).parent().unwrap().join(target);
            assert!(path.exists(), "{}: {target}", name.display());
        }
    }
}

/// The lines of all `sh` blocks of a document.
fn shell_blocks(text: &str) -> String {
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.collect()
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
