//! A service at its worst: endless ids, texts that run from right to left, emoji, markup, forty fields, ten thousand rows.

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    good::{page, source},
    studio::{Studio, decide, go, installation, make, publish, send, write},
};

pub(crate) fn at_its_worst(studio: &Studio) {
    if !studio.wants("awful/") && !NAMES_OF_PICTURES.iter().any(|name| studio.wants(name)) {
        return;
    }
    let app = begin();
    let editor = studio.sign_in(&app, "editor");
    let reviewer = studio.sign_in(&app, "reviewer");
    let long = format!("main/{}", long_id());
    studio.page(&reviewer, "awful/home", "/");
    studio.page(&editor, "awful/records", &page(&long, ""));
    studio.page(&editor, "awful/record", &page(&long, &format!("records/{}", long_id())));
    studio.page(&reviewer, "awful/review", &page(&long, "changes"));
    studio.page(&editor, "awful/many", &page("main/many", ""));
    studio.page(&reviewer, "awful/many-review", &page("main/many", "changes"));
    studio.page(&editor, "awful/nothing", &page("main/nothing", ""));
    studio.page(&editor, "awful/nothing-changes", &page("main/nothing", "changes"));
    studio.page(&editor, "awful/nothing-publications", &page("main/nothing", "publications"));
    studio.page(&reviewer, "awful/publication", &page(&long, "publications/2"));
    let admin = studio.sign_in(&app, "admin");
    studio.page(&admin, "awful/people", "/ui/people");
    studio.page(&admin, "awful/history", "/ui/history");
    studio.page(&admin, "awful/settings", &page(&long, "settings"));
    studio.page(&admin, "awful/settings-people", &page(&long, "settings/people"));
    studio.page(&editor, "awful/bulk", &page(&long, "bulk"));
    drop((editor, reviewer, admin));
    app.stop();
}

fn begin() -> TestApp {
    let app = installation("The settings of the department for all things that must never be wrong, second installation, north 🧭")
        .people(&["admin", "editor", "reviewer", "second-editor"])
        .start();
    for (account, name) in [
        (
            "editor",
            "Wolfeschlegelsteinhausenbergerdorff-Maria-Theresia von und zu der Hohenzollern-Sigmaringen",
        ),
        ("reviewer", "مريم عبد الرحمن بن يوسف الأندلسي"),
        ("second-editor", "<script>alert(1)</script> txt.exe 🦀"),
    ] {
        send(&app, "admin", "PATCH", &format!("/accounts/{account}"), &json!({"data": {"name": name}}));
    }
    let long = source("main-workspace", &long_id());
    make(
        &app,
        "main-workspace",
        &long_id(),
        &json!({"displayFields": ["name", "note", "a"], "schema": schema()}),
    );
    let records: Vec<Value> = (0..30).map(record).collect();
    publish(&app, &long, &records, COMMENT);
    make(&app, "main-workspace", "nothing", &json!({}));
    make(&app, "main-workspace", "many", &json!({"displayFields": ["name", "number"]}));
    let many = source("main-workspace", "many");
    let records: Vec<Value> = (0..10_000)
        .map(|n| json!({"id": format!("r{n:05}"), "name": format!("Row {n}"), "number": n}))
        .collect();
    publish(&app, &many, &records, "Ten thousand");
    go(&app, 2, 7, 0);
    let records: Vec<Value> = (0..10_000)
        .map(|n| json!({"id": format!("r{n:05}"), "name": format!("Row {n}"), "number": n + 1}))
        .collect();
    write(&app, "second-editor", &many, &records);
    decide(&app, "second-editor", &many, "to-review", "Every one of them is one higher");
    let mut changed = record(0);
    for index in 0..20 {
        changed[format!("field-number-{index}")] = json!(format!("another {index}"));
    }
    changed["note"] = json!(COMMENT.replace("never", "always"));
    write(&app, "editor", &long, &[changed]);
    write(
        &app,
        "second-editor",
        &long,
        &[json!({"id": "new-\u{5f}1", "name": "🦀".repeat(60), "note": "<img src=x onerror=alert(1)>"})],
    );
    send(&app, "second-editor", "DELETE", &format!("{long}/records/record-7"), &Value::Null);
    decide(&app, "editor", &long, "to-review", COMMENT);
    go(&app, 2, 9, 30);
    app
}

/// Forty fields, each awful in its own way.
fn record(number: usize) -> Value {
    let id = if number == 0 { long_id() } else { format!("record-{number}") };
    let mut record = json!({
        "id": id,
        "name": match number % 4 {
            0 => "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(3),
            1 => "שלום עולם, זה טקסט שרץ מימין לשמאל".to_owned(),
            2 => "👩‍👩‍👧‍👦🏳️‍🌈🧑🏽‍🚀 \u{202e}desrever\u{202c} \u{200b}\u{0}".replace('\u{0}', ""),
            _ => "<script>alert('x')</script>".to_owned(),
        },
        "note": COMMENT,
        "a": {"b": {"c": {"d": {"e": [1, 2, {"f": "deep"}, [[[[]]]]]}}}},
        "list": (0..50).collect::<Vec<_>>(),
    });
    for index in 0..35 {
        record[format!("field-number-{index}")] = json!(format!("value {index} ").repeat(index + 1));
    }
    record
}

fn schema() -> Value {
    let mut properties = json!({
        "name": {"type": "string", "title": "A title that goes on and on until nobody remembers how it began, and then some more"},
        "note": {"type": "string", "title": "הערה"},
        "a": {"type": "object"},
        "list": {"type": "array", "items": {"type": "integer"}},
    });
    for index in 0..35 {
        properties[format!("field-number-{index}")] = json!({"type": "string", "description": COMMENT});
    }
    json!({"type": "object", "required": ["name"], "properties": properties})
}

fn long_id() -> String {
    "an-id-of-two-hundred-characters-".repeat(7)[..200].to_owned()
}

const COMMENT: &str = "Why? Because_this_is_a_word_that_never_ends_and_has_no_place_at_which_it_could_be_broken_by_any_browser_in_the_world. \
    ‏והמשפט הזה רץ מימין לשמאל‏ and then <b>bold</b> & \"quoted\" 🧨🧨🧨. It is never short, either: one sentence follows the other, \
    as if somebody were paid by the word.";
const NAMES_OF_PICTURES: [&str; 1] = ["awful"];
