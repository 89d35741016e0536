//! The page of one record: both halves of its form, what is wrong, two people at once, deleted and brought back.

use serde_json::{Value, json};

use crate::app::{Response, TestApp, browser::Browser};

const SOURCE: &str = "/buckets/main-workspace/collections/rules";
const PAGE: &str = "/ui/c/main/rules/records/a";

fn start() -> TestApp {
    let app = TestApp::start();
    app.make_collection("rules");
    let schema = json!({
        "type": "object",
        "required": ["title"],
        "properties": {
            "title": {"type": "string", "title": "Title", "minLength": 1},
            "address": {"type": "string", "pattern": "^https://", "format": "uri"},
            "count": {"type": "integer"},
            "on": {"type": "boolean", "default": true},
            "tags": {"type": "array", "items": {"type": "string"}},
            "parts": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
        },
    });
    let settings = json!({"data": {"schema": schema, "displayFields": ["title"]}});
    let _set = app.editor().patch(SOURCE, &settings).expect(200);
    app.publish("rules", &[("a", json!({"title": "One", "count": 1, "other": {"kept": [1]}}))]);
    app.clock.advance_millis(1);
    app
}

fn stored(app: &TestApp, id: &str) -> Value {
    let mut data = app.editor().get(&format!("{SOURCE}/records/{id}")).expect(200).data();
    let members = data.as_object_mut().unwrap();
    for name in ["id", "last_modified", "schema"] {
        members.remove(name);
    }
    data
}

fn version(page: &Response) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("name=\"version\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn save(browser: &Browser<'_>, version: &str, fields: &[(&str, &str)]) -> Response {
    let mut all = vec![("version", version)];
    all.extend(fields);
    browser.post(PAGE, &all)
}

#[test]
fn the_fields_are_saved_and_what_no_field_shows_stays() {
    let app = start();
    let editor = app.browser_of("editor");
    let page = editor.get(PAGE).expect(200).shows("name=\"s/title\" value=\"One\"").shows("name=\"n/count\"");
    let page = page.shows("Nothing: it is what clients have.").shows("name=\"m/other/kept\"");
    let fields =
        [("half", "form"), ("s/title", "Two"), ("n/count", "7"), ("l/tags", "x\n\ny"), ("b/on", "off")];
    let saved = save(&editor, &version(&page), &fields);
    let page = editor.follow(saved).expect(200).shows("Two is saved.").shows("Back to published");
    assert_eq!(
        stored(&app, "a"),
        json!({"title": "Two", "count": 7, "tags": ["x", "y"], "other": {"kept": [1]}})
    );
    let again = save(&editor, &version(&page), &[("half", "form"), ("s/title", "Two")]);
    let page = editor.follow(again).shows("Nothing to save").hides("is no address");
    let odd = [("half", "form"), ("s/title", "Two"), ("s/address", "https://not an address")];
    let odd = save(&editor, &version(&page), &odd).expect(303);
    let _said = editor.follow(odd).shows("is no address");
}

#[test]
fn the_json_is_saved_as_a_whole() {
    let app = start();
    let editor = app.browser_of("editor");
    let at = version(&editor.get(PAGE).expect(200));
    let text = "{\"title\": \"T\u{202e}\", \"new\": {\"a\": [true, null]}}";
    let saved = save(&editor, &at, &[("half", "json"), ("json", text), ("s/title", "ignored")]);
    let _page = editor.follow(saved).expect(200);
    assert_eq!(stored(&app, "a"), json!({"title": "T\u{202e}", "new": {"a": [true, null]}}));
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
    let app = start();
    let editor = app.browser_of("editor");
    let at = version(&editor.get(PAGE).expect(200));
    let fields = [
        ("half", "form"),
        ("s/title", ""),
        ("s/address", "http://x<script>"),
        ("n/count", "many"),
        ("l/tags", "keep\nme"),
    ];
    let page = save(&editor, &at, &fields).expect(422).shows("Not saved: 3 fields need mending.");
    let page = page
        .shows("Must begin with https://</span>.")
        .shows("Is missing</span>.")
        .shows("Must be a whole number, and is text</span>.")
        .shows("value=\"http://x&lt;script&gt;\"")
        .shows("value=\"many\"")
        .shows("keep\nme</textarea>")
        .shows("href=\"#f_2Faddress\"")
        .hides("<script>");
    assert_eq!(version(&page), at);
    let broken = [("half", "json"), ("json", "{\"title\": \"x\",\n oops}")];
    let page =
        save(&editor, &at, &broken).expect(422).shows("is no JSON: in line 2").shows(" oops}</textarea>");
    let _page = page
        .shows("Not saved: the JSON needs mending.")
        .shows("href=\"#json\" data-to-json>")
        .shows("The record is no JSON: in line 2, a comma, a quotation mark or a bracket is missing or too much</span>.</a>")
        .shows("data-bad-line=\"2\"");
    let nested = format!("{{\"title\":\"x\",\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
    let _page =
        save(&editor, &at, &[("half", "json"), ("json", &nested)]).expect(422).shows("nested too deep");
    let float = [("half", "json"), ("json", "{\"title\": \"x\", \"other\": 1.5}")];
    let _page = save(&editor, &at, &float).expect(422).shows("cannot be signed");
    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(1_100_000));
    let _page = save(&editor, &at, &[("half", "json"), ("json", &large)])
        .expect(422)
        .shows("A record has at most 1.0\u{a0}MB");
    let other = [("half", "json"), ("json", "{\"id\": \"b\", \"title\": \"x\"}")];
    let _page = save(&editor, &at, &other).expect(422).shows("belongs to the address");
    assert_eq!(stored(&app, "a")["title"], "One");
}

#[test]
fn a_button_adds_an_item_and_saves_nothing() {
    let app = start();
    let editor = app.browser_of("editor");
    let at = version(&editor.get(PAGE).expect(200));
    let added =
        save(&editor, &at, &[("half", "form"), ("s/title", "Typed"), ("act", "add/parts")]).expect(200);
    let _added = added.shows("name=\"s/parts/0/name\"").shows("value=\"Typed\"");
    assert_eq!(stored(&app, "a")["title"], "One");
}

#[test]
fn two_people_never_overwrite_each_other_unseen() {
    let app = start();
    let (mine, theirs) = (app.browser_of("editor"), app.browser_of("admin"));
    let at = version(&mine.get(PAGE).expect(200));
    let same = version(&theirs.get(PAGE).expect(200));
    let _saved = save(&theirs, &same, &[("half", "form"), ("n/count", "2")]).expect(303);
    app.clock.advance_millis(1);
    let fields = [
        ("half", "form"),
        ("base", r#"{"title":"One","count":1,"other":{"kept":[1]}}"#),
        ("s/title", "Mine"),
    ];
    let page = save(&mine, &at, &fields).expect(409);
    let page = page
        .shows("admin saved this record while you were editing it.")
        .shows("Nothing was overwritten")
        .shows("What they changed")
        .shows("value=\"Mine\"")
        .shows("Take theirs, drop mine")
        .shows("Put both together");
    assert_eq!(stored(&app, "a"), json!({"title": "One", "count": 2, "other": {"kept": [1]}}));

    let now = version(&page);
    assert_ne!(now, at);
    let both = save(
        &mine,
        &now,
        &[
            ("began", &at),
            ("merge", "both"),
            ("half", "json"),
            ("json", r#"{"title":"Mine","count":1,"other":{"kept":[1]}}"#),
        ],
    );
    let both = both.expect(200).shows("value=\"Mine\"").shows("name=\"n/count\" value=\"2\"");
    let saved = save(
        &mine,
        &version(&both),
        &[("half", "json"), ("json", r#"{"title":"Mine","count":2,"other":{"kept":[1]}}"#)],
    );
    let _saved = saved.expect(303);
    assert_eq!(stored(&app, "a"), json!({"title": "Mine", "count": 2, "other": {"kept": [1]}}));

    // Both touched the same field: mine goes over theirs only when somebody says so.
    let at = version(&mine.get(PAGE).expect(200));
    app.clock.advance_millis(1);
    let _theirs =
        app.admin().patch(&format!("{SOURCE}/records/a"), &json!({"data": {"title": "Theirs"}})).expect(200);
    let page = save(&mine, &at, &[("half", "form"), ("s/title", "Mine again")])
        .expect(409)
        .hides("Put both together");
    let _saved = save(&mine, &version(&page), &[("half", "form"), ("s/title", "Mine again")]).expect(303);
    assert_eq!(stored(&app, "a")["title"], "Mine again");

    // Deleted meanwhile.
    let at = version(&mine.get(PAGE).expect(200));
    app.clock.advance_millis(1);
    let _gone = app.admin().delete(&format!("{SOURCE}/records/a")).expect(200);
    let page = save(&mine, &at, &[("half", "form"), ("s/title", "Still here")])
        .expect(409)
        .shows("deleted this record");
    let _saved = save(&mine, &version(&page), &[("half", "form"), ("s/title", "Still here")]).expect(303);
    assert_eq!(stored(&app, "a")["title"], "Still here");
}

#[test]
fn a_record_is_deleted_brought_back_and_taken_out_of_the_change() {
    let app = start();
    let editor = app.browser_of("editor");
    let ask = editor.get(&format!("{PAGE}/delete")).expect(200).shows("Delete One?").shows("Leave it");
    let at = version(&ask);
    let stale = editor.post(&format!("{PAGE}/delete"), &[("version", "1")]).expect(409);
    let _stale = stale.shows("Somebody changed the record");
    let deleted = editor.post(&format!("{PAGE}/delete"), &[("version", &at)]);
    let _list = editor.follow(deleted).shows("One is deleted.").shows("Bring it back");
    let page =
        editor.get(PAGE).expect(200).shows("This record is deleted in the change.").shows("Bring back");
    let back = save(&editor, &version(&page), &[("half", "form"), ("s/title", "One")]);
    let page = editor
        .follow(back)
        .expect(200)
        .shows("One is back as published. Nothing changes for clients.")
        .shows("Nothing: it is what clients have.");

    let edited = save(&editor, &version(&page), &[("half", "form"), ("s/title", "Edited")]);
    let page = editor.follow(edited).expect(200).shows("Last edited by");
    let stale = editor.post(&format!("{PAGE}/take-out"), &[("version", "5")]).expect(422);
    let _stale = stale.shows("Somebody changed the record");
    let out = editor.post(&format!("{PAGE}/take-out"), &[("version", &version(&page))]);
    let page = editor.follow(out).shows("The record is what is published again.");
    let _page = page.shows("Nothing: it is what clients have.");
    assert_eq!(stored(&app, "a"), json!({"title": "One", "count": 1, "other": {"kept": [1]}}));
    let _missing = editor.get("/ui/c/main/rules/records/never").expect(404);
}

#[test]
fn a_new_record_gets_the_id_that_is_typed_or_one_that_is_made() {
    let app = start();
    let editor = app.browser_of("editor");
    let new = "/ui/c/main/rules/new";
    let page = editor.get(new).expect(200).shows("Create record").shows("name=\"s/id\"");
    let _page = page.shows("name=\"b/on\" value=\"on\" checked");
    let field = |id: &'static str| [("half", "form"), ("s/id", id), ("s/title", "New")];
    let taken = editor.post(new, &field("a")).expect(422).shows("is taken by another record");
    let _taken = taken.shows("value=\"New\"");
    let _bad = editor.post(new, &field("a/b")).expect(422).shows("is a letter or digit");
    let made = editor.post(new, &field("mine"));
    let page =
        editor.follow(made).expect(200).shows("The record is added.").shows("Take it out of the change");
    assert_eq!(stored(&app, "mine"), json!({"title": "New"}));
    let made = editor.post(new, &[("half", "json"), ("json", "{\"title\": \"Unnamed\"}")]).expect(303);
    let path = made.header("Location").unwrap();
    assert_eq!(path.rsplit('/').next().unwrap().len(), 36, "{path}");

    let copy = editor.get(&format!("{new}?from=mine")).expect(200).shows("name=\"s/title\" value=\"New\"");
    let copy = copy.shows("name=\"s/id\" value=\"\"").shows("Copy of New").hides("New record");
    let _copy = copy.shows("action=\"/ui/c/main/rules/new?from=mine\"");
    let again = editor.post(&format!("{new}?from=mine"), &field("a")).expect(422);
    let _again = again.shows("is taken by another record").shows("Copy of New");
    let out = "/ui/c/main/rules/records/mine/take-out";
    let gone = editor.post(out, &[("version", &version(&page))]);
    let gone = editor
        .follow(gone)
        .expect(200)
        .shows("It was never published, so it is deleted")
        .shows("This record is deleted.");
    let _remains = gone.shows("name=\"s/title\" value=\"New\"");
}

#[test]
fn a_check_tells_a_script_and_writes_nothing() {
    let app = start();
    let editor = app.browser_of("editor");
    let _page = editor.get(PAGE).expect(200);
    let check = |text: &str| {
        let answer = editor.post(&format!("{PAGE}/check"), &[("half", "json"), ("json", text)]).expect(200);
        assert_eq!(answer.header("Content-Type"), Some("application/json"));
        answer.json()
    };
    let answer = check(r#"{"title": "x", "address": "ftp://x", "count": 1, "other": {"kept": [1]}}"#);
    assert_eq!(
        answer["faults"],
        json!([{"id": "f_2Faddress", "pointer": "/address", "sentence": "address must begin with https://"}])
    );
    assert_eq!(answer["changed"], json!(["/address", "/title"]));
    assert!(answer["difference"].as_str().unwrap().contains("ftp://x"), "{answer}");
    let answer = check("{");
    assert!(
        answer["text"].is_null() && answer["faults"][0]["sentence"].as_str().unwrap().contains("is no JSON")
    );
    assert_eq!(stored(&app, "a")["title"], "One");
}

#[test]
fn who_may_only_read_sees_the_record_and_changes_nothing() {
    let app = start();
    let read = json!({"permissions": {"read": ["account:stranger"]}});
    let _shared = app.admin().patch(SOURCE, &read).expect(200);
    let stranger = app.browser_of("stranger");
    let page =
        stranger.get(PAGE).expect(200).shows("and not change it").hides("Save record").hides("Delete…");
    let _refused = save(&stranger, &version(&page), &[("half", "form"), ("s/title", "Mine")]).expect(403);
    let _refused = stranger.get("/ui/c/main/rules/new").expect(403);
    let _refused = stranger.post(&format!("{PAGE}/delete"), &[("version", &version(&page))]).expect(403);
    let _refused = stranger.post(&format!("{PAGE}/take-out"), &[("version", &version(&page))]).expect(403);
    assert_eq!(stored(&app, "a")["title"], "One");
    let hidden = TestApp::start();
    hidden.make_collection("rules");
    let _refused = hidden.browser_of("stranger").get(PAGE).expect(403);
}

#[test]
fn a_session_that_ends_in_mid_edit_loses_nothing() {
    let app = start();
    let editor = app.browser_of("editor");
    let at = version(&editor.get(PAGE).expect(200));
    editor.set_cookies("");
    let page = save(&editor, &at, &[("half", "form"), ("s/title", "Typed long ago")]).expect(401);
    let _page = page.shows("Your session has ended.").shows("Typed%20long%20ago").hides("is saved");
}

#[test]
fn what_the_last_reviewer_said_stays_in_sight() {
    let app = start();
    let _edit =
        app.editor().patch(&format!("{SOURCE}/records/a"), &json!({"data": {"count": 5}})).expect(200);
    for (person, body) in [
        (app.editor(), json!({"data": {"status": "to-review"}})),
        (
            app.reviewer(),
            json!({"data": {"status": "work-in-progress", "last_reviewer_comment": "Not <b>five</b>."}}),
        ),
    ] {
        app.clock.advance_millis(1);
        let _done = person.patch(SOURCE, &body).expect(200);
    }
    let editor = app.browser_of("editor");
    let _copy = editor.get("/ui/c/main/rules/new?from=a").expect(200).hides("declined this change");
    let page = editor.get(PAGE).expect(200);
    let _page = page.shows("declined this change").shows("Not &lt;b&gt;five&lt;/b&gt;.");
}

#[test]
fn awful_records_are_shown_as_text_and_saved_as_they_were() {
    let app = start();
    let long = "k".repeat(200);
    let record = json!({
        "title": "</textarea><script>alert(1)</script>",
        "\u{202e}rtl\u{200b}": "\u{202e}a\u{0}b".replace('\u{0}', "\u{1}"),
        long.as_str(): {"a/b~c": "line\r\nline\rline", "<i>": [[], {}, [1, ["x"]]]},
        "json": "{\"a\": [1]}",
        "emoji": "👩‍👩‍👧 שלום",
        "null": null,
        "empty": "",
        "fields": (0..40).map(|number| (format!("f{number}"), json!(number))).collect::<serde_json::Map<_, _>>(),
    });
    let id = "r".repeat(200);
    let _made = app.editor().put(&format!("{SOURCE}/records/{id}"), &json!({"data": record})).expect(201);
    let editor = app.browser_of("editor");
    let path = format!("/ui/c/main/rules/records/{id}");
    let page = editor.get(&path).expect(200).hides("<script>").hides("<i>").hides("\u{200b}<");
    // As a browser without script would send it: the JSON as it stands in its text area.
    let text = page.text();
    let (_, rest) = text.split_once("name=\"json\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let shown = rest.split("</textarea>").next().unwrap().trim_start_matches('\n');
    let shown = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    let again = editor.post(&path, &[("version", &version(&page)), ("half", "json"), ("json", &shown)]);
    let _same = editor.follow(again).shows("Nothing to save");
    assert_eq!(stored(&app, &id), record);
}
