//! The changes of a collection, as who edits and as who reviews them.

use serde_json::json;
use thirtyfour::Key;

use crate::{
    Stage,
    stage::{SOURCE, revocations},
};

const CHANGES: &str = "/ui/c/main/onecrl/changes";

#[test]
fn the_review_is_read_by_keys_and_opened_at_once() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    stage.ask("Please look at these three.");
    let window = stage.sign_in("reviewer");
    window.open(CHANGES);
    window
        .expect("Ines Okafor (editor) asks you to review")
        .expect("1 added, 1 changed, 1 removed of 12.")
        .expect("Clients will fetch")
        .expect("Nothing blocks this change.")
        .expect("Approving publishes exactly");
    window.axe_in_every_look();
    let focused = || window.script("return document.activeElement.classList.toString()");
    window.press("j");
    assert_eq!(focused(), json!("diff changed"));
    window.press("j");
    assert_eq!(focused(), json!("diff removed"));
    window.press("k");
    assert_eq!(focused(), json!("diff changed"));
    let open = || window.count(".diff details[open]");
    assert_eq!(open(), 0);
    window.press(Key::Enter);
    assert_eq!(open(), 1);
    window.press(Key::Enter);
    assert_eq!(open(), 0);
    window.click("Open all values");
    assert!(open() >= 2, "{}", open());
    window.click("Close values");
    assert_eq!(open(), 0);
    window.press("/");
    window.press("no such words");
    window.press(Key::Enter);
    window.expect("No record of the change has “no such words” in it.").axe();
    window.click("Show all");
    window.click_in(".change-tools", "Removed 1");
    window.expect("Removed 1");
    assert_eq!(window.count(".diff"), 1);
}

#[test]
fn a_decline_without_a_comment_says_what_is_missing_also_on_a_phone() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    stage.ask("");
    let window = stage.sign_in("reviewer");
    window.look(crate::Look::Phone);
    window.open(CHANGES);
    window.expect("Without a comment.").expect("Add a comment").expect("Approve and publish");
    window.click("Decline");
    window.expect("Say what should be mended: a decline needs a comment.").axe();
    window.fill("Comment; needed to decline", "Not now.");
    window.click("Decline");
    window.expect("Declined. The editors see your comment").expect("You declined this request");
}

#[test]
fn an_editor_looks_asks_takes_back_and_discards() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    let window = stage.sign_in("editor");
    window.open(CHANGES);
    window.expect("Nobody was asked to review this yet.").axe_in_every_look();
    window.fill("What is this change for? Whoever reviews reads it", "Three of them.");
    window.click("Request review");
    window.expect("Review requested.").expect("You asked for a review").expect("Three of them.").axe();
    window.click("Take the request back");
    window.expect("You took the request back.");
    window.click("Discard the change…");
    window.expect("This gives up").axe_in_every_look();
    window.click("Discard 3 changes");
    window.expect("The change was discarded").expect("Nothing to review").axe_in_every_look();
    window.click("Sign again");
    window.expect("Signed again.");
}

#[test]
fn more_records_come_in_place() {
    let Some(stage) = Stage::begin() else { return };
    let mut record = revocations()[12].clone();
    let members = record.as_object_mut().unwrap();
    members.remove("id");
    for part in 0..2 {
        let requests: Vec<serde_json::Value> = (0..25)
            .map(|number| {
                json!({"path": format!("{SOURCE}/records/a-new-one-{part}-{number}"), "body": {"data": record}})
            })
            .collect();
        let body = json!({"defaults": {"method": "PUT"}, "requests": requests});
        let _made = stage.editor().post("/batch", &body).expect(200);
    }
    let window = stage.sign_in("editor");
    window.open(CHANGES);
    window
        .expect("50 added of 12.")
        .expect("The collection grows by 416 %.")
        .expect("49 records repeat another.");
    assert_eq!(window.count(".diff"), 40);
    // From below the foot, as a keyboard brings it.
    let _scrolled = window.script("document.querySelector('.diff-next a').scrollIntoView({block: 'center'})");
    window.click("Show the next of 10 more");
    window.expect("a-new-one");
    let all = window.script(
        "const begun = Date.now(); \
         return new Promise(done => { const look = () => { const many = document.querySelectorAll('.diff').length; \
         if (many === 50 || Date.now() - begun > 10000) done(many); else requestAnimationFrame(look); }; look(); })",
    );
    assert_eq!(all, json!(50));
    assert!(!window.offers("Show the next"));
}
