//! Home: what waits for whom.

use serde_json::json;

use crate::app::{Persona, TestApp};

fn ask(person: Persona<'_>, id: &str, comment: &str) {
    let body = json!({"data": {"status": "to-review", "last_editor_comment": comment}});
    let _asked = person.patch(&format!("/buckets/main-workspace/collections/{id}"), &body).expect(200);
}

#[test]
fn each_one_sees_what_waits_for_them() {
    let app = TestApp::start();
    app.make_collection("rules");
    app.publish("rules", &[("a", json!({"n": 1})), ("b", json!({"n": 2}))]);
    let path = "/buckets/main-workspace/collections/rules";
    app.clock.advance_millis(1);
    let _added = app.editor().put(&format!("{path}/records/c"), &json!({"data": {"n": 3}})).expect(201);
    let _changed = app.editor().put(&format!("{path}/records/a"), &json!({"data": {"n": 4}})).expect(200);
    let _removed = app.editor().delete(&format!("{path}/records/b")).expect(200);
    let (editor, reviewer) = (app.browser_of("editor"), app.browser_of("reviewer"));
    let begun =
        editor.get("/").expect(200).shows("your changes that are not published yet").shows("main / rules");
    let _begun =
        begun.shows("edited <time").shows("1\u{a0}added").shows("1\u{a0}changed").shows("1\u{a0}removed");
    let _nothing = reviewer.get("/").expect(200).shows("Nothing waits for you");

    ask(app.editor(), "rules", "Please <b>look</b>\u{202e}");
    let waits = reviewer.get("/").expect(200).shows("1 waiting").shows("editor</span> asked");
    let _waits = waits.shows("Please &lt;b&gt;look&lt;/b&gt;<span class=\"escape\">\\u{202e}</span>");
    let _asked = editor
        .get("/")
        .expect(200)
        .hides(" waiting<")
        .shows("reviewer</span> can approve")
        .shows("asked <time");

    let body = json!({"data": {"status": "work-in-progress", "last_reviewer_comment": "Not b, please."}});
    let _declined = app.reviewer().patch(path, &body).expect(200);
    let mend = editor.get("/").expect(200).shows("declined your request").shows("Not b, please.");
    let _mend = mend.shows("<span class=\"hidden\">Declined");
    let _nothing = reviewer.get("/").expect(200).shows("Nothing waits for you").hides("Not b, please.");
}

#[test]
fn who_has_edits_in_the_request_of_another_reads_who_asked_and_who_can_approve() {
    let app = TestApp::start();
    app.make_collection("rules");
    app.publish("rules", &[("a", json!({"n": 1}))]);
    let path = "/buckets/main-workspace/collections/rules/records/b";
    let _edited = app.admin().put(path, &json!({"data": {"n": 2}})).expect(201);
    ask(app.editor(), "rules", "");
    let _waits = app
        .browser_of("admin")
        .get("/")
        .expect(200)
        .shows("editor</span> asked for review; ")
        .shows("reviewer</span> can approve");
}

#[test]
fn what_was_published_lately_names_versions_people_and_numbers() {
    let app = TestApp::start();
    app.make_collection("rules");
    let _empty = app.browser_of("editor").get("/").expect(200).shows("No change is published yet.");
    app.publish("rules", &[("a", json!({"n": 1})), ("b", json!({"n": 2}))]);
    let home = app
        .browser_of("editor")
        .get("/")
        .expect(200)
        .shows("2\u{a0}added")
        .shows("approved by reviewer; edited by editor");
    let _home = home.shows("Leaf certificate</strong> ends in");
}

#[test]
fn who_may_see_nothing_is_told_whom_to_ask() {
    let app = TestApp::start();
    app.make_collection("secret-rules");
    let page = app.browser_of("stranger").get("/").expect(200).hides("secret-rules");
    let _page = page.shows("There is no collection that you may see.");
}
