//! The first collection, and any later one.

use crate::{Stage, app::TestApp};

#[test]
fn the_first_steps_lead_to_a_collection_with_two_people() {
    let Some(stage) = Stage::begin_with(TestApp::builder()) else { return };
    let window = stage.sign_in("admin");
    window.expect("First steps").click("Create a collection");
    window.expect("Create the first collection").expect("It takes two.").axe_in_every_look();
    window.fill("Collection", "search engines");
    for box_of in ["editor edits", "reviewer reviews"] {
        window.script(&format!("document.querySelector('[aria-label=\"{box_of}\"]').click()"));
    }
    window.click("Create collection");
    window.expect("A name has letters without accents").axe_in_every_look();
    assert_eq!(window.value("Collection"), "search engines");
    window.fill("Collection", "search-engines");
    window.click("Create collection");
    window.expect("main / search-engines is made, and published empty. Add its first record.");
    window.open("/ui/c/main/search-engines/settings/people");
    window.expect("Editors 2").expect("Reviewers 1").expect_no("Nobody can approve");
}

#[test]
fn who_may_not_make_one_is_told_whom_to_ask() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.sign_in("stranger");
    window.expect_no("New collection").open("/ui/new-collection");
    window.forget_log();
    window.expect("You cannot make collections.").expect("Ask Jonas Weber.").axe_in_every_look();
}
