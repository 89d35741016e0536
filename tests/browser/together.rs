//! From an edit to its publication, by two people in two browsers: by mouse, by keyboard alone, without scripts; and what
//! happens where both do something at once.

use serde_json::json;
use thirtyfour::Key;

use crate::{
    Stage,
    app::password_of,
    stage::{SOURCE, revocations},
};

const CHANGES: &str = "/ui/c/main/onecrl/changes";

#[test]
fn what_was_approved_is_what_was_on_the_page_or_nothing() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    stage.ask("Please look at these three.");
    let reviewer = stage.sign_in("reviewer");
    reviewer.open(CHANGES);
    reviewer.expect("1 added, 1 changed, 1 removed");
    // Meanwhile the editor takes the request back, adds to the change, and asks again.
    let editor = stage.sign_in("editor");
    editor.open(CHANGES);
    editor.click("Take the request back");
    editor.expect("Work in progress");
    let late = &revocations()[13];
    stage.clock.advance_millis(1);
    let path = format!("{SOURCE}/records/{}", late["id"].as_str().unwrap());
    let _late = stage.editor().put(&path, &json!({"data": late})).expect(201);
    editor.reload();
    editor.fill("What is this change for? Whoever reviews reads it", "Now with a fourth.");
    editor.click("Request review");
    editor.expect("To review");
    // What the reviewer sees is not what would be published any more.
    reviewer.click("Approve and publish");
    reviewer.expect("2 added, 1 changed, 1 removed").axe();
    assert_eq!(version(&stage), 2, "nothing was published");
    reviewer.click("Approve and publish");
    reviewer.expect("Signed");
    assert_eq!(version(&stage), 3);
}

#[test]
fn a_reviewer_declines_and_the_editor_reads_why() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    stage.ask("Please look at these three.");
    let (reviewer, editor) = (stage.sign_in("reviewer"), stage.sign_in("editor"));
    reviewer.open("/");
    reviewer.click_in("main", "Review");
    reviewer.click("Decline");
    reviewer.expect("To review");
    reviewer.fill("Comment; needed to decline", "The second one is revoked only from <b>January</b> on.");
    reviewer.click("Decline");
    reviewer.expect("Declined");
    editor.open("/");
    editor.expect("Mara Lindqvist declined your request").expect("only from <b>January</b> on.");
    editor.click_in("main", "Open my change");
    editor.expect("only from <b>January</b> on.").axe();
    assert_eq!(version(&stage), 2, "nothing was published");
}

#[test]
fn from_the_sign_in_to_the_approval_by_keyboard_alone() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    stage.ask("Please look at these three.");
    let window = stage.window();
    window.open("/ui/sign-in");
    window.tab_to("Account");
    window.press("reviewer");
    window.tab_to("Password");
    window.press(password_of("reviewer"));
    window.press(Key::Enter);
    window.expect("Waiting for me");
    window.tab_to("Review");
    window.press(Key::Enter);
    window.expect("Ines Okafor (editor) asks you to review");
    window.tab_to("Approve and publish");
    assert_ne!(
        window.script("return getComputedStyle(document.activeElement).outlineStyle"),
        json!("none"),
        "one sees where one is"
    );
    window.press(Key::Enter);
    window.expect("Signed");
    assert_eq!(version(&stage), 3);
}

#[test]
fn editing_asking_and_approving_work_without_scripts() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    let (editor, reviewer) = (stage.window(), stage.window());
    for (window, person) in [(&editor, "editor"), (&reviewer, "reviewer")] {
        window.without_scripts();
        window.open("/ui/sign-in");
        window.fill("Account", person);
        window.fill("Password", &password_of(person));
        window.click("Sign in");
        window.expect("Sign out");
    }
    editor.open(&format!("/ui/c/main/onecrl/records/{}", revocations()[2]["id"].as_str().unwrap()));
    editor.fill("Note", "Written without scripts.");
    editor.click("Save record");
    editor.expect("is saved.");
    editor.open(CHANGES);
    editor.expect("Written without scripts.");
    editor.fill("What is this change for? Whoever reviews reads it", "Without scripts");
    editor.click("Request review");
    editor.expect("You asked for a review");
    reviewer.open("/");
    reviewer.expect("Without scripts");
    reviewer.click_in("main", "Review");
    reviewer.expect("1 added, 2 changed, 1 removed");
    reviewer.click("Approve and publish");
    reviewer.expect("Signed");
    assert_eq!(version(&stage), 3);
}

/// The version that clients get.
fn version(stage: &Stage) -> u64 {
    let changeset =
        stage.anonymous().get("/buckets/main/collections/onecrl/changeset?_expected=0").expect(200).json();
    let statement = changeset["metadata"]["countersign"]["statement"].as_str().unwrap();
    let statement: serde_json::Value = serde_json::from_str(statement).unwrap();
    statement["version"].as_u64().unwrap()
}
