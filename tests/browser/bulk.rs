//! Many records at once: pasted, looked at, done; also where somebody else is faster, and without scripts.

use serde_json::json;

use crate::{Stage, stage::SOURCE, stage::revocations};

const PAGE: &str = "/ui/c/main/onecrl/bulk";

#[test]
fn what_is_pasted_is_looked_at_and_then_done() {
    let Some(stage) = Stage::begin() else { return };
    let editor = stage.sign_in("editor");
    editor.open(PAGE);
    editor.axe_in_every_look();
    let first = revocations()[0].clone();
    let text = format!(
        "id,issuerName,serialNumber,note\n{},,,seen again\nnew-one,MA0xCzAJBgNVBAYTAkRF,AQ==,\"first, of two\"\nbad id,x,x,x\n",
        first["id"].as_str().unwrap()
    );
    editor.paste("Records", &text);
    editor.click("Check");
    editor.expect("3 records read: 1 to create, 1 to change, 1 refused.").expect("This id cannot be used");
    editor.axe_in_every_look();
    editor.click("Create 1, change 1");
    editor.expect("1 record created, 1 changed.").expect("What was refused is left in the box");
    assert!(editor.value("Records").ends_with("bad id,x,x,x"), "{}", editor.value("Records"));
    let changed = stage.editor().get(&format!("{SOURCE}/records/{}", first["id"].as_str().unwrap())).data();
    assert_eq!(
        (changed["note"].clone(), changed["issuerName"].clone()),
        (json!("seen again"), first["issuerName"].clone())
    );
}

#[test]
fn a_record_that_somebody_else_changed_since_the_look_is_shown_again() {
    let Some(stage) = Stage::begin() else { return };
    let editor = stage.sign_in("editor");
    editor.without_scripts();
    let id = revocations()[0]["id"].as_str().unwrap().to_owned();
    editor.open(PAGE);
    editor.paste("Records", &json!({"id": id, "note": "mine"}).to_string());
    editor.click("Check");
    editor.expect("1 to change");
    let theirs = json!({"data": {"note": "theirs"}});
    let _theirs = stage.person("second-editor").patch(&format!("{SOURCE}/records/{id}"), &theirs).expect(200);
    editor.click("Change 1");
    editor.expect("Nothing was written").expect("theirs");
    editor.click("Change 1");
    editor.expect("1 record changed.");
}
