//! What holds of all pages, whoever made them: each that a link leads to is looked at, as each person who sees it.

use std::{collections::BTreeSet, fmt::Write as _, sync::Mutex};

use crate::{Stage, Window};

#[test]
fn no_page_that_an_editor_finds_is_broken() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    walk(&stage.sign_in("editor"), 18);
}

#[test]
fn no_page_that_a_reviewer_finds_is_broken() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    stage.ask("Please look at these three.");
    walk(&stage.sign_in("reviewer"), 15);
}

#[test]
fn no_page_that_an_administrator_finds_is_broken() {
    let Some(stage) = Stage::begin() else { return };
    walk(&stage.sign_in("admin"), 20);
}

/// Follows all links from home on, one of a kind, and says that at least so many pages were there.
#[track_caller]
fn walk(window: &Window, at_least: usize) {
    let mut waiting = vec![("/".to_owned(), "/".to_owned())];
    let mut kinds = BTreeSet::from([kind("/")]);
    let (mut seen, mut wrong) = (Vec::new(), String::new());
    while let Some((path, from)) = waiting.pop() {
        window.open(&path);
        let found = faults(window, &kind(&path));
        if !found.is_empty() {
            let _ = writeln!(wrong, "{path} (a link on {from})\n{found}");
        }
        let links = window
            .script("return [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))");
        for link in links.as_array().unwrap() {
            let link = link.as_str().unwrap().split('#').next().unwrap().to_owned();
            let is_page = link == "/" || link.starts_with("/ui/");
            if is_page && kinds.insert(kind(&link)) {
                waiting.push((link, path.clone()));
            }
        }
        seen.push(path);
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(seen.len() >= at_least, "{seen:#?}");
}

/// What is wrong with the page.
fn faults(window: &Window, kind: &str) -> String {
    let mut found = String::new();
    let text = window.text();
    for words in ["There is no such page", "Something broke"] {
        if text.contains(words) {
            let _ = writeln!(found, "{words}");
        }
    }
    let heads = window.count("h1");
    if heads != 1 {
        let _ = writeln!(found, "{heads} headings");
    }
    let primary = window.script(
        "return [...document.querySelectorAll('.button.primary')].filter(e => e.checkVisibility()).map(e => e.innerText)",
    );
    if primary.as_array().unwrap().len() > 1 {
        let _ = writeln!(found, "more than one primary button: {primary}");
    }
    let is_first = LOOKED_AT.lock().unwrap().insert(kind.to_owned());
    found.push_str(&if is_first { window.faults_in_every_look() } else { window.faults() });
    found
}

/// The kinds of pages that were looked at in every look: who else sees such a page sees other buttons, in the same colours and
/// the same room.
static LOOKED_AT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Pages that differ in a record, a version, a person, or what is searched for are of one kind.
fn kind(link: &str) -> String {
    let path = link.split('?').next().unwrap();
    let mut parts: Vec<&str> = path.split('/').collect();
    let named =
        parts.iter().position(|part| matches!(*part, "history" | "people" | "publications" | "records"));
    if let Some(last) = named.and_then(|at| parts.get_mut(at + 1)) {
        *last = "*";
    }
    parts.join("/")
}
