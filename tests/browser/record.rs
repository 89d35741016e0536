//! One record: two halves in step, what is wrong as one types, two people at once, deleted and brought back.

use serde_json::json;

use crate::{Look, Stage, Window, stage::SOURCE, stage::revocations};

/// The first of the records that are published.
fn path() -> String {
    format!("/ui/c/main/onecrl/records/{}", revocations()[0]["id"].as_str().unwrap())
}

/// The JSON as it would be sent.
fn json_of(window: &Window) -> String {
    window.script("return document.getElementById('json').value").as_str().unwrap().to_owned()
}

/// Waits until the script has put the editor in place.
fn ready(window: &Window) {
    let _editor = window.find(".json-editor");
    window.expect("in step with the form");
}

/// Types a whole text into the editor, in place of what stands there.
fn write_json(window: &Window, text: &str) {
    window.script(
        "const root = document.querySelector('.json-editor').shadowRoot; \
         const content = root.querySelector('.cm-content'); content.focus(); \
         (root.getSelection?.() ?? document.getSelection()).selectAllChildren(content)",
    );
    window.press(text);
}

fn expect_json(window: &Window, part: &str) {
    let found = (0..200).any(|_| json_of(window).contains(part));
    assert!(found, "no {part:?} in {}", json_of(window));
}

#[test]
fn the_two_halves_stay_in_step() {
    let Some(stage) = Stage::begin() else { return };
    let editor = stage.sign_in("editor");
    editor.open(&path());
    ready(&editor);
    editor.expect("reads as").expect("CN=");
    editor.fill("Reference", "https://example.test/1");
    expect_json(&editor, "\"reference\": \"https://example.test/1\"");
    editor.expect("changed").expect_no("Back to published");
    editor.axe_in_every_look();

    let text = json_of(&editor).replace('\n', " ").replace("example.test/1", "example.test/2");
    write_json(&editor, &text);
    let _field = editor.find("#f_2Freference");
    let value = || editor.value("Reference");
    assert!((0..200).any(|_| value() == "https://example.test/2"), "{}", value());
    write_json(&editor, "{ \"issuerName\": ");
    editor.expect("The JSON does not read at this moment.").expect("does not read");
    assert_eq!(editor.count("#record-form:disabled"), 1, "the fields wait");
    editor.click("Save record");
    editor.expect("Not saved: the JSON needs mending.").expect("The record is no JSON: in line 1, a comma");
    editor.expect("The JSON does not read at this moment.");
    let marked =
        "return document.querySelector('.json-editor')?.shadowRoot.querySelectorAll('.line-bad').length ?? 0";
    assert!((0..200).any(|_| editor.script(marked) == 1), "the line has its mark");
    assert_eq!(editor.count(".json-box.bad"), 1, "the box says so");
    editor.click(
        "The record is no JSON: in line 1, a comma, a quotation mark or a bracket is missing or too much.",
    );
    assert_eq!(editor.script("return document.activeElement.className"), "json-editor cm-editor");
    write_json(&editor, &text);
    editor.expect("in step with the form");
    assert_eq!(editor.count(".json-box.bad"), 0, "it reads again");
    editor.click("Save record");
    editor.expect("is saved. Clients get it when the change is published.");
    let saved = stage.editor().get(&format!("{SOURCE}/records/{}", revocations()[0]["id"].as_str().unwrap()));
    assert_eq!(saved.data()["reference"], "https://example.test/2");
    editor.click("Back to published");
    editor.expect("The record is what is published again.").expect("Nothing: it is what clients have.");
}

#[test]
fn what_is_wrong_is_said_as_somebody_types() {
    let Some(stage) = Stage::begin() else { return };
    let editor = stage.sign_in("editor");
    editor.open(&path());
    ready(&editor);
    editor.fill("Serial number", "");
    editor.expect("Is missing.");
    editor.click("Save record");
    editor.expect("Not saved: one field needs mending.").expect("Everything you typed is still here.");
    ready(&editor);
    editor.axe_in_every_look();
    editor.click("serialNumber is missing");
    editor.press("AAEC");
    expect_json(&editor, "\"serialNumber\": \"AAEC\"");
    editor.script("document.dispatchEvent(new KeyboardEvent('keydown', {key: 's', ctrlKey: true}))");
    editor.expect("is saved.");
}

#[test]
fn two_windows_on_one_record_never_overwrite_each_other() {
    let Some(stage) = Stage::begin() else { return };
    let (one, other) = (stage.sign_in("editor"), stage.sign_in("second-editor"));
    for window in [&one, &other] {
        window.open(&path());
        ready(window);
    }
    one.fill("Reference", "https://example.test/one");
    one.click("Save record");
    one.expect("is saved.");
    stage.clock.advance_millis(1);
    other.fill("Serial number", "AAEC");
    other.click("Save record");
    other
        .expect("Ines Okafor saved this record while you were editing it.")
        .expect("Nothing was overwritten");
    other.axe_in_every_look();
    ready(&other);
    assert_eq!(other.value("Serial number"), "AAEC");
    other.click("Put both together");
    other.expect("example.test/one");
    ready(&other);
    other.click("Save record");
    other.expect("is saved.");
    let id = revocations()[0]["id"].as_str().unwrap().to_owned();
    let saved = stage.editor().get(&format!("{SOURCE}/records/{id}")).data();
    assert_eq!(
        (&saved["reference"], &saved["serialNumber"]),
        (&json!("https://example.test/one"), &json!("AAEC"))
    );
}

#[test]
fn a_record_is_made_deleted_and_brought_back() {
    let Some(stage) = Stage::begin() else { return };
    let editor = stage.sign_in("editor");
    editor.open("/ui/c/main/onecrl/new");
    ready(&editor);
    editor.expect_no("Is missing.").axe_in_every_look();
    editor.fill("Id", "mine");
    editor.fill("Issuer", "AAAA");
    editor.fill("Serial number", "BBBB");
    editor.click("Create record");
    editor.expect("The record is added.").expect_path("/ui/c/main/onecrl/records/mine");
    editor.click("Duplicate");
    editor.expect("Copy of");
    ready(&editor);
    assert_eq!(editor.value("Issuer"), "AAAA");
    editor.open("/ui/c/main/onecrl/records/mine");
    editor.click("Delete…");
    editor.expect("This record was never published").axe_in_every_look();
    editor.click("Delete the record");
    editor.expect("is deleted.");
    editor.click("Bring it back");
    editor.expect("This record is deleted.");
    ready(&editor);
    editor.click("Bring back");
    editor.expect("is back. Clients get it when the change is published.");
}

#[test]
fn without_scripts_each_half_is_saved_on_its_own() {
    let Some(stage) = Stage::begin() else { return };
    let editor = stage.sign_in("editor");
    editor.without_scripts();
    editor.open(&path());
    editor.look(Look::Phone);
    editor.expect("the other half: save the form or this");
    editor.fill("Reference", "https://example.test/plain");
    editor.click("Save record");
    editor.expect("is saved.");
    editor.fill("The record as JSON", r#"{"issuerName": "AAAA", "serialNumber": "BBBB"}"#);
    editor.click("Save the JSON");
    editor.expect("AAAA");
    assert_eq!(editor.value("Issuer"), "AAAA");
}
