//! Many records at once: looked at, then done; what is refused is told with its line.

use serde_json::json;

use crate::app::{Response, TestApp, browser::Browser};

const PAGE: &str = "/ui/c/main/rules/bulk";
const RECORDS: &str = "/buckets/main-workspace/collections/rules/records";

fn start() -> TestApp {
    let app = TestApp::start();
    app.make_collection("rules");
    app.publish("rules", &[("a", json!({"n": 1, "o": {"x": 1, "y": 2}})), ("b", json!({"n": 2}))]);
    app.clock.advance_millis(1);
    app
}

fn check(browser: &Browser<'_>, fields: &[(&str, &str)]) -> Response {
    let _page = browser.get(PAGE).expect(200);
    browser.post(PAGE, fields)
}

fn seen(page: &Response) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("name=\"seen\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Checks and, without a look, does it.
fn apply(browser: &Browser<'_>, fields: &[(&str, &str)]) -> Response {
    let seen = seen(&check(browser, fields).expect(200));
    browser.post(&format!("{PAGE}/apply"), &[fields, &[("seen", &seen)]].concat())
}

#[test]
fn lines_create_change_and_leave_what_is_the_same() {
    let app = start();
    let editor = app.browser_of("editor");
    let text = "{\"id\":\"a\",\"o\":{\"y\":null,\"z\":3}}\n{\"id\":\"b\",\"n\":2}\n\n{\"id\":\"c\",\"n\":3}\n{\"n\":4}";
    let page = check(&editor, &[("text", text)]).expect(200);
    let page =
        page.shows("4\u{a0}records read").shows("2\u{a0}to\u{a0}create").shows("1\u{a0}to\u{a0}change");
    let page = page
        .shows("1\u{a0}already the same")
        .shows("Create 2, change 1")
        .shows("Line\u{a0}4")
        .shows("gets an id");
    let _page = page.shows("Creates 2\u{a0}records and changes 1<").shows("JSON Lines");
    assert_eq!(app.editor().get(RECORDS).data().as_array().unwrap().len(), 2, "nothing is written by a look");
    let done = apply(&editor, &[("text", text)]).expect(303);
    let _table = editor.follow(done).expect(200).shows("2\u{a0}records created, 1 changed.");
    let merged = app.editor().get(&format!("{RECORDS}/a")).data();
    assert_eq!((merged["n"].clone(), merged["o"].clone()), (json!(1), json!({"x": 1, "z": 3})));
    assert_eq!(app.editor().get(RECORDS).data().as_array().unwrap().len(), 4);
    app.check_world();
}

#[test]
fn records_are_replaced_or_deleted_where_that_is_asked() {
    let app = start();
    let editor = app.browser_of("editor");
    let list = r#"{"data": [{"id": "a", "m": 1}]}"#;
    let done = apply(&editor, &[("text", list), ("act", "replace")]).expect(303);
    let _table = editor.follow(done).shows("1\u{a0}record changed.");
    let replaced = app.editor().get(&format!("{RECORDS}/a")).data();
    assert_eq!((replaced["m"].clone(), replaced["n"].clone()), (json!(1), json!(null)));
    let text = "id\na\nnone\n";
    let page = check(&editor, &[("text", text), ("act", "delete")]).expect(200);
    let _page =
        page.shows("1\u{a0}to\u{a0}delete").shows("There is no record with this id").shows("Line\u{a0}3");
    let left = apply(&editor, &[("text", text), ("act", "delete")]).expect(200);
    let left = left.shows("1\u{a0}record deleted.").shows("\nid\nnone</textarea>").shows("1 refused");
    let _left = left.hides("bulk/apply");
    let _gone = app.editor().get(&format!("{RECORDS}/a")).expect(404);
}

#[test]
fn csv_is_known_by_a_field_and_typed_by_the_schema() {
    let app = start();
    let schema = json!({"type": "object", "required": ["Domain"], "properties": {
        "Domain": {"type": "string", "minLength": 1}, "code": {"type": "string"}, "level": {"type": "integer", "maximum": 9}}});
    for id in ["a", "b"] {
        let _gone = app.editor().delete(&format!("{RECORDS}/{id}")).expect(200);
    }
    let body = json!({"data": {"schema": schema, "displayFields": ["Domain"]}});
    let _set = app.editor().patch("/buckets/main-workspace/collections/rules", &body).expect(200);
    let data = json!({"data": {"Domain": "vons.com", "code": "1", "level": 1}});
    let _made = app.editor().put(&format!("{RECORDS}/vons"), &data).expect(201);
    let editor = app.browser_of("editor");
    let text = "Domain,code,level\r\nnew.com,007,3\r\nvons.com,1,2\r\n,5,5\r\nvons.com,2,2\r\nbig.com,1,10\r\nword.com,1,x\r\n";
    let page = check(&editor, &[("text", text)]).expect(200).shows("CSV with a header line");
    let page = page.shows("<option value=\"Domain\" selected>Domain</option>");
    let page = page.shows("1\u{a0}to\u{a0}create").shows("1\u{a0}to\u{a0}change").shows("4\u{a0}refused");
    let page = page.shows("Domain is empty and must have a value").shows("The same Domain as line 3.");
    let page = page.shows("level ").shows("Line\u{a0}6").shows("Line\u{a0}7");
    let left = editor.post(&format!("{PAGE}/apply"), &[("text", text), ("seen", &seen(&page))]).expect(200);
    let _left = left.shows("1\u{a0}record created, 1 changed.").shows("\nDomain,code,level\n,5,5\n");
    assert_eq!(app.editor().get(&format!("{RECORDS}/vons")).data()["level"], 2);
    let all = app.editor().get(&format!("{RECORDS}?code=%22007%22")).data();
    assert_eq!((all[0]["Domain"].clone(), all[0]["level"].clone()), (json!("new.com"), json!(3)));
    let _twin = app.editor().put(&format!("{RECORDS}/twin"), &data).expect(201);
    let page = check(&editor, &[("text", "Domain\nvons.com")]).expect(200);
    let _page = page.shows("2 records have this Domain.");
    let twice = "[{\"id\":\"twin\",\"Domain\":\"one.com\"},{\"id\":\"twin\",\"Domain\":\"two.com\"}]";
    let page = check(&editor, &[("text", twice), ("key", "Domain")]).expect(200);
    let _page = page.shows("1\u{a0}to\u{a0}change").shows("1\u{a0}refused");
    let by_id = check(&editor, &[("text", "Domain\nother.com"), ("key", "id")]).expect(200);
    let _by_id = by_id.shows("1\u{a0}to\u{a0}create").shows("<option value=\"id\" selected>");
}

#[test]
fn what_changed_since_the_look_is_looked_at_again() {
    let app = start();
    let editor = app.browser_of("editor");
    let text = r#"{"id":"a","n":5}"#;
    let seen = seen(&check(&editor, &[("text", text)]).expect(200));
    // Another record is no matter.
    let _other = app.editor().put(&format!("{RECORDS}/b"), &json!({"data": {"n": 7}})).expect(200);
    let _mine = app.editor().put(&format!("{RECORDS}/a"), &json!({"data": {"n": 6}})).expect(200);
    let fields = [("text", text), ("seen", seen.as_str())];
    let page = editor.post(&format!("{PAGE}/apply"), &fields).expect(409);
    let page = page
        .shows("Nothing was written")
        .shows(">6</code>")
        .shows("{&quot;id&quot;:&quot;a&quot;,&quot;n&quot;:5}");
    assert_eq!(app.editor().get(&format!("{RECORDS}/a")).data()["n"], 6);
    let again = self::seen(&page);
    let _other = app.editor().put(&format!("{RECORDS}/b"), &json!({"data": {"n": 8}})).expect(200);
    let _done = editor.post(&format!("{PAGE}/apply"), &[("text", text), ("seen", &again)]).expect(303);
    assert_eq!(app.editor().get(&format!("{RECORDS}/a")).data()["n"], 5);
    // Without having looked, it is looked at first.
    let _looked =
        editor.post(&format!("{PAGE}/apply"), &[("text", "{\"id\":\"x\"}"), ("seen", "rubbish")]).expect(200);
    let _none = app.editor().get(&format!("{RECORDS}/x")).expect(404);
}

#[test]
fn what_cannot_be_read_says_where_and_keeps_what_was_typed() {
    let app = start();
    let editor = app.browser_of("editor");
    for (text, mend) in [
        ("", "There is nothing to read yet."),
        ("[{\"id\":\"a\"}", "Line 1: the list that begins here has no end"),
        ("{\n\"id\" \"a\"}", "Line 2: this is no JSON here"),
        ("id,id\n1,2", "The column id comes twice"),
        ("id,n\na,\"x\nb,2\n", "Line 2: the quotation mark that opens here is never closed"),
        ("id,\n1,2", "Column 2 of the first line has no name"),
    ] {
        let page = check(&editor, &[("text", text)]).expect(422).shows(mend).hides("name=\"seen\"");
        let kept = text.replace('"', "&quot;");
        let _page = page.shows(&format!("\n{kept}</textarea>")).shows("aria-invalid=\"true\"");
    }
    let awful = r#"{"id":"<b>","x":"<script>alert(1)</script>"}
{"id":"f","x":1.5}
{"id":"big","x":9007199254740993}
["no object"]
{"id":"ok","x":"</textarea><script>alert(2)</script>"}"#;
    let page = check(&editor, &[("text", awful)]).expect(200).hides("<script>alert").hides("<b>");
    let page = page.shows("4\u{a0}refused").shows("This id cannot be used").shows("is no object");
    let _page = page.shows("cannot be signed");
    let long = format!("{{\"id\":\"long\",\"x\":\"{}\"}}", "y".repeat(1_100_000));
    let _page = check(&editor, &[("text", &long)]).expect(200).shows("It is longer than");
    let page = check(&editor, &[("text", "{\"id\":\"a\"}\n{\"id\":\"é\" 5}"), ("format", "lines")]);
    let _page = page.expect(200).shows("is no JSON: syntax error on line 2, column 11");
    let many = "{}\n".repeat(20_001);
    let _page = check(&editor, &[("text", &many)]).expect(422).shows("At most 20000 records at once.");
}

#[test]
fn as_many_columns_or_fields_as_there_are_do_not_hold_the_server_up() {
    let app = start();
    let editor = app.browser_of("editor");
    let head = |many: usize| (0..many).map(|at| format!("c{at:05}")).collect::<Vec<_>>().join(",");
    for (many, status) in [(1_000, 200), (1_001, 422), (100_000, 422)] {
        let page = check(&editor, &[("text", &head(many)), ("format", "csv")]).expect(status);
        assert_eq!(page.text().contains("At most 1000 columns."), status == 422, "{many}");
    }
    let fields: Vec<String> = (0..50_000).map(|at| format!("\"c{at:05}\":1")).collect();
    let page = check(&editor, &[("text", &format!("{{{}}}", fields.join(",")))]).expect(200);
    // Of that many fields only the first are offered as what a record is known by.
    let _page = page.shows("<option value=\"c00000\">").hides("<option value=\"c00200\">");
}

#[test]
fn what_was_refused_stays_refused_after_the_rest_is_done() {
    let app = start();
    let editor = app.browser_of("editor");
    let text = "id,n\nz,1\nz,2\n";
    let left = apply(&editor, &[("text", text)]).expect(200).shows("1\u{a0}record created.");
    let left = left.shows("The same id as line 2.").shows("Line\u{a0}3").shows("\nid,n\nz,2</textarea>");
    let left = left.shows("Lines are counted as in the text that was checked.").shows(">Check<");
    let _left =
        left.hides("Change 1").hides("bulk/apply").hides("name=\"seen\"").hides("Nothing is written yet");
    assert_eq!(app.editor().get(&format!("{RECORDS}/z")).data()["n"], 1);
    let _asked = check(&editor, &[("text", "id,n\nz,2")]).expect(200).shows("Change 1");
}

#[test]
fn a_file_goes_along_without_a_script() {
    let app = start();
    let editor = app.browser_of("editor");
    let page = editor.get(PAGE).expect(200).text();
    let hidden = |name: &str| {
        let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let parts = [
        ("csrf\"", hidden("csrf")),
        ("build\"", hidden("build")),
        ("text\"", String::new()),
        ("file\"; filename=\"records.csv\"\r\nContent-Type: text/csv", "id,n\r\nz,5\r\n".to_owned()),
    ];
    let mut parts = parts
        .map(|(name, value)| {
            format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\r\n\r\n{value}\r\n")
        })
        .to_vec();
    parts.push("--XX--\r\n".to_owned());
    let send = |body: Vec<u8>| {
        let request = editor.bare_form(PAGE, &[]).without("Content-Type");
        editor.send(request.header("Content-Type", "multipart/form-data; boundary=XX").body(body))
    };
    // Latin-1
    let latin = parts.concat().into_bytes().into_iter().map(|byte| if byte == b'z' { 0xe9 } else { byte });
    let latin = send(latin.collect()).expect(400).hides("more fields than");
    let _latin = latin.shows("The file is not UTF-8: save it as UTF-8 and choose it again.");
    let _page = send(parts.concat().into_bytes())
        .expect(200)
        .shows("1\u{a0}to\u{a0}create")
        .shows("\nid,n\nz,5\n</textarea>");
}

#[test]
fn picked_records_are_edited_in_the_box_and_who_may_not_write_is_told_so() {
    let app = start();
    let editor = app.browser_of("editor");
    let table = editor.get("/ui/c/main/rules").expect(200).text();
    let (_, rest) = table.split_once("name=\"pick\" value=\"").unwrap();
    let pick = rest.split('"').next().unwrap().to_owned();
    let page = editor.post("/ui/c/main/rules/selection", &[("pick", &pick), ("act", "edit")]).expect(200);
    let _page =
        page.shows("{&quot;id&quot;:&quot;b&quot;,&quot;n&quot;:2}").shows("value=\"replace\" selected");
    let _allowed = app
        .admin()
        .patch(
            "/buckets/main-workspace/collections/rules",
            &json!({"permissions": {"read": ["account:stranger"]}}),
        )
        .expect(200);
    let stranger = app.browser_of("stranger");
    let _refused = stranger.get(PAGE).expect(403).shows("An administrator can make you an editor.");
    let text = r#"{"id":"a","n":5}"#;
    let _refused = stranger.post(PAGE, &[("text", text)]).expect(403);
    let _nobody = app.browser().get("/ui/c/main/none/bulk").hides("Records");
}
