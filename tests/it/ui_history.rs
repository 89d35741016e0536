//! The history in the pages.

use serde_json::json;

use crate::app::TestApp;

#[test]
fn the_history_reads_as_sentences_and_is_narrowed_by_a_form() {
    let app = TestApp::start();
    let editor = app.browser_of("editor");
    let stranger = app.browser_of("stranger");
    let _none = stranger.get("/ui/history").expect(200).shows("Nothing has happened yet that you may see.");
    app.make_collection("rules");
    app.publish("rules", &[("a", json!({"n": 1}))]);
    let record = "/buckets/main-workspace/collections/rules/records/a";
    let _changed = app.editor().put(record, &json!({"data": {"n": 2, "<b>": "<script>"}})).expect(200);
    let _named = app.admin().patch("/accounts/editor", &json!({"data": {"name": "Ines <i>"}})).expect(200);

    let page = editor.get("/ui/history").expect(200).hides("<b>").hides("<script>").hides("Ines <i>");
    let page = page.shows("Ines &lt;i&gt;").shows("&lt;b&gt;");
    let page = page.shows("asked for review of ").shows("approved the change of ").shows("made record ");
    // A collection is named by its destination, and what the service writes down is left out.
    let _page = page.shows("main/rules").hides("wrote down where");
    let _all = editor.get("/ui/history?all=on").expect(200).shows("wrote down where");

    let of = |query: &str| editor.get(&format!("/ui/history?{query}")).expect(200);
    let _record = of("collection=main/rules&record=a").shows("changed record").hides("asked for review");
    let _person = of("user=reviewer").shows("approved the change of").hides("asked for review");
    let _named =
        app.admin().patch("/accounts/reviewer", &json!({"data": {"name": "Mara Lindqvist"}})).expect(200);
    let _called = of("user=mara%20lindqvist").shows("approved the change of").hides("asked for review");
    let _gone = of("user=gone").shows("Nothing like this happened");
    let _kind = of("kind=group&collection=").shows("the group").hides("asked for review");
    let _action = of("action=create").shows("made record").hides("changed record");
    let _days = of("since=2026-11-24&until=2026-11-24").shows("made record").shows("value=\"2026-11-24\"");
    let _later = of("since=2026-11-25").shows("Nothing like this happened");
    let other = of("collection=main/other&record=%3Cb%3E").shows("No record has such an id.").hides("<b>");
    let _other = other.shows("Show everything");
    for (query, sentence) in [
        ("collection=rules", "A collection is written as bucket/collection."),
        ("since=yesterday", "A day is written as 2026-11-24."),
        ("after=nowhere", "The address names no place in the history."),
    ] {
        let _said = of(query).shows(sentence);
    }
    let _none = stranger.get("/ui/history").expect(200).shows("Nothing has happened yet that you may see.");
    let _none = stranger.get("/ui/history?collection=main/rules").expect(200).hides("made record");
    let _nobody = app.browser().get("/ui/history").expect(303);
}

#[test]
fn a_collection_has_its_own_history_among_its_pages() {
    let app = TestApp::start();
    app.make_collection("rules");
    app.make_collection("other");
    app.publish("rules", &[("a", json!({"n": 1}))]);
    app.publish("other", &[("elsewhere", json!({"n": 1}))]);
    let editor = app.browser_of("editor");
    let path = "/ui/c/main/rules/history";
    let page =
        editor.get(path).expect(200).shows("made record").shows("approved the change of this collection");
    let _page = page.shows("aria-current=\"page\">History").hides("elsewhere").hides("Every collection");
    let narrow =
        editor.get(&format!("{path}?record=a&collection=main/other")).expect(200).shows("made record");
    let _narrow = narrow.hides("asked for review").shows("Show everything");
    let _none = editor.get("/ui/c/main/none/history").expect(404);
    let _hidden = app.browser_of("stranger").get(path).expect(404);
}

#[test]
fn an_entry_shows_what_it_changed_to_whom_may_see_it() {
    let app = TestApp::start();
    app.make_collection("rules");
    let record = "/buckets/main-workspace/collections/rules/records/a";
    let _made = app.editor().put(record, &json!({"data": {"title": "One word", "kept": 1}})).expect(201);
    let _changed = app.editor().patch(record, &json!({"data": {"title": "Another word"}})).expect(200);
    let editor = app.browser_of("editor");
    let list = editor.get("/ui/history?collection=main/rules&record=a").expect(200).text();
    let (_, rest) = list.split_once("href=\"/ui/history/").unwrap();
    let (place, _) = rest.split_once('"').unwrap();
    let entry = format!("/ui/history/{place}");
    let page = editor.get(&entry).expect(200).shows("What changed").shows("changed record");
    let _page = page.shows("title").shows("Another").shows("All that happened to it");
    let _hidden = app.browser_of("stranger").get(&entry).expect(404);
    for bad in ["0.main-workspace", "x", "1795500000000.none"] {
        let _none = editor.get(&format!("/ui/history/{bad}")).expect(404);
    }
}

#[test]
fn many_alike_are_one_line_and_pages_follow_each_other() {
    let app = TestApp::start();
    app.make_collection("rules");
    for number in 0..110 {
        let record = format!("/buckets/main-workspace/collections/rules/records/r{number}");
        let _made = app.editor().put(&record, &json!({"data": {"n": number}})).expect(201);
    }
    let editor = app.browser_of("editor");
    let first =
        editor.get("/ui/history?kind=record").expect(200).shows("made 100\u{a0}records in ").hides("Newest");
    let text = first.text();
    let (_, rest) =
        text.split_once("rel=\"next\"").map(|(before, _)| before.rsplit_once("href=\"").unwrap()).unwrap();
    let (next, _) = rest.split_once('"').unwrap();
    let second = editor.get(&next.replace("&amp;", "&")).expect(200).shows("made 10\u{a0}records in ");
    let _second = second.shows("Newest").hides(">Older<");
}
