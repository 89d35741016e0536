//! The table of records: what changed, what is picked, the keys, and what a script adds to it.

use crate::{Stage, Window};

const PAGE: &str = "/ui/c/main/onecrl";

/// Ticks the box of the row at that place, counted from 1.
fn tick(window: &Window, row: usize) {
    window.script(&format!("document.querySelector('tbody tr:nth-child({row}) [name=pick]').click()"));
}

#[test]
fn changes_are_marked_and_removed_records_come_back() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    let editor = stage.sign_in("editor");
    editor.open(PAGE);
    editor.expect("Against version 2").expect("Added").expect("Changed").expect("Removed");
    editor.axe_in_every_look();
    assert_eq!(editor.count("main .button.primary"), 1);
    tick(&editor, 1);
    tick(&editor, 2);
    tick(&editor, 3);
    editor.expect("3 selected").expect("Delete").expect("Bring back").axe_in_every_look();
    editor.click("Clear selection");
    editor.expect_no("3 selected");
    let removed = editor.script(
        "const rows = [...document.querySelectorAll('tbody tr')]; return rows.findIndex((row) => row.matches('.removed')) + 1",
    );
    tick(&editor, usize::try_from(removed.as_u64().unwrap()).unwrap());
    editor.expect("1 selected").expect_no("Edit as JSON");
    editor.click("Bring back");
    editor.expect("1 record is back as published.").expect_no("Removed");
}

#[test]
fn search_orders_and_keys_lead_through_the_table() {
    let Some(stage) = Stage::begin() else { return };
    let editor = stage.sign_in("editor");
    editor.open(PAGE);
    editor.press("/");
    editor.press("CN=");
    editor.press(thirtyfour::Key::Enter);
    editor.expect("fit").axe_in_every_look();
    editor.open(PAGE);
    editor.press("j");
    editor.press("j");
    editor.press("x");
    editor.expect("1 selected");
    assert!(
        editor
            .script("return document.querySelector('tbody tr:nth-child(2) [name=pick]').checked")
            .as_bool()
            .unwrap()
    );
    editor.click("Clear selection");
    editor.click_in("thead", "serialNumber as read");
    let _sorted = editor.find("th[aria-sort=ascending]");
    editor.click_in("thead", "serialNumber as read");
    let _sorted = editor.find("th[aria-sort=descending]");
    editor.click_in(".records-filter", "Filter");
    editor.fill("Field", "reference");
    editor.choose("Test", "contains");
    editor.fill("Value", "nowhere");
    editor.axe_in_every_look();
    editor.click("Add this filter");
    editor.expect("0 records fit").expect("No record fits what you search and filter for.");
    editor.click("Show all records");
    editor.expect_path(PAGE);
}
