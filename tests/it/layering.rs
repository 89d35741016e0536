//! The house rule: a module names floors below it and siblings in its own folder, never a floor above (ARCHITECTURE.md).

use std::{
    fs,
    path::{Path, PathBuf},
};

/// From ground to roof. A floor may name those before it, and those that its own line leaves out it may not.
const FLOORS: [(&str, &[&str]); 11] = [
    ("types", &[]),
    ("canonical", &["types"]),
    ("signing", &["canonical", "types"]),
    ("client", &["canonical", "signing", "types"]),
    ("storage", &["canonical", "signing", "types"]),
    ("workflow", &["canonical", "signing", "storage", "types"]),
    ("config", &["canonical", "signing", "storage", "types", "workflow"]),
    ("http", &["canonical", "signing", "storage", "types", "workflow"]),
    ("ui", &["canonical", "http", "signing", "storage", "types", "workflow"]),
    ("cli", &["canonical", "client", "config", "http", "signing", "storage", "types", "ui", "workflow"]),
    ("main", &["cli"]),
];

/// What may be said on some floors only.
const WORDS: [(&str, &[&str]); 9] = [
    ("actix_web", &["cli/", "http/"]),
    ("rusqlite", &["storage/"]),
    ("SELECT ", &["storage/"]),
    ("INSERT INTO", &["storage/"]),
    ("DELETE FROM", &["storage/"]),
    ("CREATE TABLE", &["storage/"]),
    ("PRAGMA ", &["storage/"]),
    ("std::env", &["config"]),
    ("SystemTime", &["types/clock.rs"]),
];

#[test]
fn no_floor_names_a_floor_above_it() {
    let mut faults = Vec::new();
    for (name, text) in sources() {
        faults.extend(floor_faults(&name, &text));
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn sql_http_environment_and_time_stay_on_their_floors() {
    let mut faults = Vec::new();
    for (name, text) in sources() {
        faults.extend(word_faults(&name, &text));
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn a_floor_above_is_noticed_however_it_is_written() {
    let upward = ["storage", "workflow"];
    for text in [
        "use crate::workflow::Scope;",
        "use crate::{\n    types::{Object, Value},\n    workflow::{Scope, review::Target},\n};",
        "fn f() { crate::workflow::review::guard(); }",
        "pub(crate) use crate::workflow as w;",
    ] {
        let fault = format!("{}/mod.rs names {}", upward[0], upward[1]);
        assert_eq!(floor_faults("storage/mod.rs", text), [fault], "{text}");
    }
    assert_eq!(floor_faults("storage/sqlite/mod.rs", "use super::super::super::workflow::Scope;").len(), 1);
    assert_eq!(floor_faults("storage/mod.rs", "use super::workflow::Scope;").len(), 1);
    assert_eq!(
        floor_faults("workflow/edit.rs", "// crate::http\nuse super::Scope; use crate::types::Value;"),
        [""; 0]
    );
    assert_eq!(word_faults("workflow/edit.rs", "let sql = \"SELECT id FROM records\";").len(), 1);
    assert_eq!(word_faults("storage/sqlite/records.rs", "let sql = \"SELECT id FROM records\";"), [""; 0]);
    assert_eq!(word_faults("client/http.rs", "use std::{env, fs};"), ["client/http.rs says std::env"]);
}

/// Every source file below `src/`, by its path from there, comments taken out.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 20, "the sources are where this test looks for them");
    found.sort();
    found
}

fn floor_faults(name: &str, text: &str) -> Vec<String> {
    let text = without_comments(text);
    let floor = floor_of(name);
    if floor == "lib" {
        return Vec::new();
    }
    let Some((_, allowed)) = FLOORS.iter().find(|(known, _)| *known == floor) else {
        return vec![format!("{name} is on no floor")];
    };
    let named = named_floors(&text, "crate::").into_iter().chain(named_floors(&text, "countersign::"));
    let mut faults: Vec<String> = named
        .filter(|named| *named != floor && FLOORS.iter().any(|(known, _)| known == named))
        .filter(|named| !allowed.contains(&named.as_str()))
        .map(|named| format!("{name} names {named}"))
        .collect();
    faults.extend(
        text.lines()
            .filter(|line| supers(line) > depth_of(name))
            .map(|line| format!("{name} climbs out of its floor: {line}")),
    );
    faults
}

fn word_faults(name: &str, text: &str) -> Vec<String> {
    let mut text = without_comments(text);
    if named_floors(&text, "std::").iter().any(|module| module == "env") {
        text.push_str("std::env");
    }
    WORDS
        .iter()
        .filter(|(word, homes)| text.contains(word) && !homes.iter().any(|home| name.starts_with(home)))
        .map(|(word, _)| format!("{name} says {word}"))
        .collect()
}

/// The first folder or file name: `storage/sqlite/mod.rs` is on the floor `storage`.
fn floor_of(name: &str) -> String {
    name.split('/').next().unwrap().trim_end_matches(".rs").to_owned()
}

/// How many times a file may say `super` before it has left its floor.
fn depth_of(name: &str) -> usize {
    let names = name.split('/').count();
    if name.ends_with("/mod.rs") { names - 2 } else { names - 1 }
}

/// How often a line's import climbs. Indented ones stand in a module inside the file, one further down.
fn supers(line: &str) -> usize {
    let import = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
    let Some(path) = import.strip_prefix("use ") else { return 0 };
    let climbs = path.split("::").take_while(|step| *step == "super").count();
    if line.starts_with(' ') { climbs.saturating_sub(1) } else { climbs }
}

/// The names that follow `prefix`, one by one or in braces.
fn named_floors(text: &str, prefix: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(prefix) {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|character| character.is_alphanumeric() || character == '_') {
            continue;
        }
        let rest = &text[at + prefix.len()..];
        if let Some(inside) = rest.strip_prefix('{') {
            found.extend(top_level_names(inside));
        } else {
            found.push(identifier(rest));
        }
    }
    found
}

/// The first name of each part of `a::{b, c}, d}`.
fn top_level_names(inside: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut part = String::new();
    for character in inside.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(identifier(&std::mem::take(&mut part))),
            other if depth == 0 => part.push(other),
            _ => {}
        }
    }
    names.push(identifier(&part));
    names
}

fn identifier(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|character| character.is_alphanumeric() || *character == '_')
        .collect()
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect()
}
