//! The settings of a collection.

use serde_json::json;

use crate::{Stage, Window};

const SETTINGS: &str = "/ui/c/main/onecrl/settings";

#[test]
fn a_schema_is_tested_in_place_and_saved_as_part_of_the_change() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.sign_in("editor");
    window.open(SETTINGS);
    window.expect("Table of records").axe_in_every_look();
    let strict = json!({"type": "object", "properties": {"note": {"type": "string", "minLength": 1}}, "required": ["note"]});
    assert!(window.text_in("#form-preview").contains("Where the revocation was asked for"));
    type_schema(&window, &strict.to_string());
    // The form follows what is typed.
    let preview =
        || window.script("return document.querySelector('#form-preview')?.innerText ?? ''").to_string();
    assert!((0..400).any(|_| !preview().contains("Where the revocation was asked for")), "{}", preview());
    window.click("Test against 12 records");
    window.expect("12 records would fail.").axe_in_every_look();
    window.click("Save settings");
    window.expect("Save it anyway").axe_in_every_look();
    type_schema(&window, r#"{"type": "object"}"#);
    window.click("Test against 12 records");
    window.expect("All 12 records fit.");
    window.fill("Columns", "issuerName, reference");
    window.click("Save settings");
    window.expect("Saved as part of the change").expect("Work in progress");
    assert_eq!(window.value("Columns"), "issuerName, reference");
}

/// In place of what stands in the editor.
fn type_schema(window: &Window, schema: &str) {
    let _editor = window.find(".json-editor");
    window.script(
        "const root = document.querySelector('.json-editor').shadowRoot; \
         const content = root.querySelector('.cm-content'); content.focus(); \
         (root.getSelection?.() ?? document.getSelection()).selectAllChildren(content)",
    );
    window.press(schema);
}

#[test]
fn everything_works_without_scripts() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.sign_in("admin");
    window.without_scripts();
    window.open(SETTINGS);
    window.paste("JSON Schema", r#"{"required": ["nothing-has-this"]}"#);
    window.click("Test against 12 records");
    window.expect("12 records would fail.");
    window.click_in("nav.sections", "People");
    window.fill("Add a reviewer", "second-editor");
    window.click_in(".team:last-child form.add-member", "Add");
    window.expect("Tomás Rey is now among the reviewers.").expect("Reviewers 2");
}

#[test]
fn of_two_who_save_at_once_the_second_is_asked() {
    let Some(stage) = Stage::begin() else { return };
    let (editor, admin) = (stage.sign_in("editor"), stage.sign_in("admin"));
    for window in [&editor, &admin] {
        window.open(SETTINGS);
    }
    editor.fill("Order", "issuerName");
    editor.click("Save settings");
    editor.expect("Saved as part of the change");
    admin.fill("Order", "reference");
    admin.click("Save settings");
    admin.expect("Not saved: somebody else changed these settings meanwhile.").axe_in_every_look();
    assert_eq!(admin.value("Order"), "reference");
    admin.click("Order, as it is now");
    admin.expect("issuerName");
    admin.click("Save settings");
    admin.expect("Saved as part of the change");
}

#[test]
fn people_and_permissions_are_changed_by_name_and_nobody_locks_themselves_out_unasked() {
    let Some(stage) = Stage::begin() else { return };
    let admin = stage.sign_in("admin");
    admin.open("/ui/c/main/onecrl/settings/people");
    admin.expect("Ines Okafor").expect("Mara Lindqvist").axe_in_every_look();
    admin.open("/ui/c/main/onecrl/settings/permissions");
    admin.expect("The whole bucket").axe_in_every_look();
    admin.choose("May", "This collection: see the records before they are published");
    admin.fill("Who", "stranger");
    admin.click("Give");
    admin.expect("stranger may now see the records before they are published.");
    admin.click("Take this from stranger");
    admin.expect("stranger may no longer see the records");
    let second = stage.sign_in("second-editor");
    second.open("/ui/c/main/onecrl/settings/people");
    second.expect("Administrators alone name reviewers").axe_in_every_look();
    second.expect("You may not change who is here.");
}

#[test]
fn a_collection_that_clients_hold_says_how_it_can_go() {
    let Some(stage) = Stage::begin() else { return };
    let admin = stage.sign_in("admin");
    admin.open("/ui/c/main/onecrl/settings/review");
    admin.expect("Another person approves each change.").axe_in_every_look();
    admin.open("/ui/c/main/onecrl/settings/delete");
    admin.expect("Clients hold 12 records of it, so nobody can delete it.").axe_in_every_look();
    stage.make_collection("empty");
    admin.open("/ui/c/main/empty/settings/delete");
    admin.fill("Type empty to delete it", "empt");
    admin.click("Delete the collection");
    admin.expect("This is not its name.").axe_in_every_look();
    admin.fill("Type empty to delete it", "empty");
    admin.click("Delete the collection");
    admin.expect("main / empty is deleted.");
}
