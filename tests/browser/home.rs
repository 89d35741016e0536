//! What waits for whom.

use crate::Stage;

#[test]
fn what_waits_for_the_reviewer_is_the_first_thing_in_sight() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    stage.ask("Sectigo <b>revoked</b> this one on Friday.");
    let reviewer = stage.sign_in("reviewer");
    reviewer
        .expect("Waiting for me 1")
        .expect("Ines Okafor asked")
        .expect("Sectigo <b>revoked</b> this one on Friday.");
    reviewer.axe_in_every_look();
    let editor = stage.sign_in("editor");
    editor.expect("Nothing waits for you").expect("Mara Lindqvist can approve").axe_in_every_look();
    assert_eq!(editor.count("main .button.primary"), 0, "nothing among equals is filled");
}

#[test]
fn the_filter_and_the_menu_work() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.sign_in("editor");
    window.press("/");
    window.press("none of them");
    let filter = "Filter collections";
    assert_eq!(window.value(filter), "none of them");
    assert!(!window.text_in("#side").contains("onecrl"));
    window.fill(filter, "one");
    assert!(window.text_in("#side").contains("onecrl"));
    window.press(thirtyfour::Key::Escape);
    window.look(crate::Look::Phone);
    window.click("Menu");
    window.expect("Sign out").axe();
    window.click("Close the menu");
    window.expect("Waiting for me");
}
