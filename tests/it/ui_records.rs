//! The table of records: what it shows, in which order, and what is done with several at once.

use serde_json::{Value, json};

use crate::app::{Persona, Response, TestApp, browser::Browser};

const PAGE: &str = "/ui/c/main/rules";

/// `rules` with what is given published, and nothing changed.
fn published(records: &[(&str, Value)]) -> TestApp {
    let app = TestApp::start();
    app.make_collection("rules");
    app.publish("rules", records);
    app.clock.advance_millis(1);
    app
}

fn put(person: Persona<'_>, id: &str, data: &Value) {
    let answer = person.put(&format!("{SOURCE}/records/{id}"), &json!({"data": data}));
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
}

/// The ids of the rows, as the boxes beside them name them: `TIME.ID`.
fn picks(page: &Response) -> Vec<String> {
    let text = page.text();
    let parts = text.split("name=\"pick\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

fn ids(page: &Response) -> Vec<String> {
    picks(page).iter().map(|pick| pick.split_once('.').unwrap().1.to_owned()).collect()
}

fn pick<'a>(picks: &'a [String], id: &str) -> &'a str {
    picks.iter().find(|pick| pick.split_once('.').unwrap().1 == id).unwrap()
}

/// The address behind a link's words.
fn link(page: &Response, rel: &str) -> String {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("rel=\"{rel}\" href=\"")).unwrap();
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

#[test]
fn each_row_is_marked_as_against_what_is_published() {
    let app =
        published(&[("a", json!({"n": 1, "t": "one"})), ("b", json!({"n": 2})), ("c", json!({"n": 3}))]);
    let editor = app.browser_of("editor");
    let page = editor.get(PAGE).expect(200).shows("nothing has changed.").shows("New record");
    assert_eq!(ids(&page), ["c", "b", "a"]);
    put(app.editor(), "a", &json!({"n": 9, "t": "one"}));
    put(app.editor(), "d", &json!({"n": 4}));
    let _removed = app.editor().delete(&format!("{SOURCE}/records/b")).expect(200);
    let page = editor.get(PAGE).expect(200);
    assert_eq!(ids(&page), ["b", "d", "a", "c"], "what was written last comes first, removed ones stay");
    let page =
        page.shows("<tr class=\"removed\">").shows("<tr class=\"added\">").shows("<tr class=\"changed\">");
    let page =
        page.shows("1\u{a0}added").shows("1\u{a0}changed").shows("1\u{a0}removed").shows("See the 3 changes");
    let page = page.shows("<del><code dir=\"auto\">1</code></del> <ins><code dir=\"auto\">9</code></ins>");
    let _page = page
        .shows("<s><code dir=\"auto\">2</code></s>")
        .shows("Request review")
        .shows("1 to 4 of 4, 1 of them removed");
    assert_eq!(ids(&editor.get(&format!("{PAGE}?show=changed")).expect(200)), ["b", "d", "a"]);
    // Edited back, it is no change.
    put(app.editor(), "a", &json!({"n": 1, "t": "one"}));
    assert_eq!(ids(&editor.get(&format!("{PAGE}?show=changed")).expect(200)), ["b", "d"]);
    let reviewer = app.browser_of("reviewer").get(PAGE).expect(200);
    let _page = reviewer.shows("<tr class=\"removed\">");
    app.check_world();
}

#[test]
fn columns_heads_and_orders_are_those_of_the_collection_and_of_the_address() {
    let app = published(&[
        ("a", json!({"name": "beta", "details": {"bug": 10}, "x": true})),
        ("b", json!({"name": "Alpha", "details": {"bug": 9}})),
        ("c", json!({"name": "gamma"})),
    ]);
    let editor = app.browser_of("editor");
    let page = editor.get(PAGE).expect(200).shows("sort=name\"").shows("aria-sort=\"descending\"");
    let _page = page.hides("sort=details.bug");
    let body = json!({"data": {"displayFields": ["details.bug", "name", "name", 7], "sort": "details.bug"}});
    let _changed = app.editor().patch(SOURCE, &body).expect(200);
    let page = editor.get(PAGE).expect(200).shows("sort=-details.bug").shows("aria-sort=\"ascending\"");
    assert_eq!(ids(&page), ["b", "a", "c"], "what is missing comes last");
    assert_eq!(ids(&editor.get(&format!("{PAGE}?sort=-details.bug")).expect(200)), ["c", "a", "b"]);
    assert_eq!(ids(&editor.get(&format!("{PAGE}?sort=name")).expect(200)), ["b", "a", "c"]);
    assert_eq!(ids(&editor.get(&format!("{PAGE}?sort=-last_modified")).expect(200)), ["c", "b", "a"]);
    assert_eq!(ids(&editor.get(&format!("{PAGE}?sort=last_modified")).expect(200)), ["a", "b", "c"]);
}

#[test]
fn search_and_filters_narrow_and_can_be_let_go_of() {
    let app = published(&[
        ("a", json!({"name": "Baltimore Root", "n": 7, "tags": ["x"]})),
        ("b", json!({"name": "Sectigo", "n": "7"})),
        ("c", json!({"name": "caf\u{e9}", "n": 8})),
    ]);
    let editor = app.browser_of("editor");
    let found = |query: &str| ids(&editor.get(&format!("{PAGE}?{query}")).expect(200));
    assert_eq!(found("q=root+BALTI"), ["a"]);
    assert_eq!(found("q=CAF%C3%89"), ["c"]);
    assert_eq!(found("q=name"), [""; 0]);
    assert_eq!(found("f=eq%3An%3D7"), ["b", "a"]);
    assert_eq!(found("f=min%3An%3D8"), ["c"]);
    assert_eq!(found("f=contains%3Atags%3Dx"), ["a"]);
    assert_eq!(found("f=has%3Atags%3Dfalse"), ["c", "b"]);
    assert_eq!(found("f=like%3Aname%3Dsec&f=eq%3An%3D7"), ["b"]);
    let _none = editor.get(&format!("{PAGE}?q=nothing")).expect(200).shows("Show all records");
    let added = editor.get(&format!("{PAGE}?q=o&field=n&op=not&value=8")).expect(303);
    let address = added.header("Location").unwrap().to_owned();
    assert_eq!(address, format!("{PAGE}?f=not%3An%3D8&q=o"));
    let page = editor.get(&address).expect(200).shows("2\u{a0}records fit").shows("is not");
    assert_eq!(ids(&page), ["b", "a"]);
    let added = editor.get(&format!("{PAGE}?field=tags&op=has%3Dtrue&value=")).expect(303);
    assert_eq!(added.header("Location"), Some("/ui/c/main/rules?f=has%3Atags%3Dtrue"));
    // What makes no sense in an address is not asked.
    assert_eq!(found("next=rubbish&sort=%3Cb%3E&show=x&f=rubbish&f=:=").len(), 3);
}

#[test]
fn pages_follow_each_other_in_every_order_both_ways() {
    let records: Vec<(String, Value)> = (0..120_u64)
        .map(|number| (format!("r{number:03}"), json!({"n": number % 7, "pad": number})))
        .collect();
    let records: Vec<(&str, Value)> = records.iter().map(|(id, data)| (id.as_str(), data.clone())).collect();
    let app = published(&records);
    let editor = app.browser_of("editor");
    let _removed = app.editor().delete(&format!("{SOURCE}/records/r060")).expect(200);
    for query in ["", "?sort=last_modified", "?sort=n", "?sort=-n", "?q=r", "?show=changed&sort=n"] {
        let first = editor.get(&format!("{PAGE}{query}")).expect(200);
        let mut seen = ids(&first);
        let mut pages = vec![seen.clone()];
        let mut page = first;
        while page.text().contains("rel=\"next\"") {
            page = editor.get(&link(&page, "next")).expect(200);
            pages.push(ids(&page));
            seen.extend(ids(&page));
        }
        let expected = if query.starts_with("?show") { 1 } else { 120 };
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((seen.len(), once.len()), (expected, expected), "{query}");
        if expected > 1 {
            page = page.shows("101 to 120 of 120").hides("rel=\"next\"");
        }
        for expected in pages.iter().rev().skip(1) {
            page = editor.get(&link(&page, "prev")).expect(200);
            assert_eq!(ids(&page), *expected, "{query}");
        }
        let _first = page.hides("rel=\"prev\"").shows("1 to ");
    }
}

#[test]
fn several_are_deleted_and_brought_back_at_once_and_nobody_is_overwritten() {
    let app = published(&[("a", json!({"n": 1})), ("b", json!({"n": 2})), ("c", json!({"n": 3}))]);
    let editor = app.browser_of("editor");
    let act = format!("{PAGE}/selection");
    let before = picks(&editor.get(PAGE).expect(200));
    let chosen = [("pick", pick(&before, "a")), ("pick", pick(&before, "b"))];
    let back = format!("{PAGE}?sort=last_modified");
    let fields = [&chosen[..], &[("act", "delete"), ("back", &back)]].concat();
    let done = editor.post(&act, &fields).expect(303);
    assert_eq!(done.header("Location"), Some(back.as_str()));
    let page =
        editor.follow(done).expect(200).shows("2\u{a0}records are deleted.").shows("Look, or bring back");
    let now = picks(&page);
    let again = editor.post(&act, &fields).expect(303);
    let _page = editor.follow(again).shows("Nothing was done: 2\u{a0}records were changed meanwhile (a, …)");
    let fields =
        [("pick", pick(&now, "a")), ("pick", pick(&now, "c")), ("act", "bring-back"), ("back", "//evil")];
    let done = editor.post(&act, &fields).expect(303);
    assert_eq!(done.header("Location"), Some(PAGE));
    let page = editor.follow(done).shows("1\u{a0}record is back as published.").shows("1\u{a0}removed");
    assert_eq!(ids(&page)[..2], ["a", "b"]);
    app.check_world();
}

#[test]
fn what_was_never_published_is_deleted_for_good_and_only_after_saying_so() {
    let app = published(&[("a", json!({"n": 1}))]);
    put(app.editor(), "new", &json!({"n": 2}));
    let editor = app.browser_of("editor");
    let picks = picks(&editor.get(PAGE).expect(200));
    let fields =
        [("pick", picks[0].as_str()), ("pick", picks[1].as_str()), ("act", "delete"), ("back", PAGE)];
    let asked = editor.post(&format!("{PAGE}/selection"), &fields).expect(200);
    let _asked = asked.shows("1\u{a0}of them was never published").shows("Delete 2\u{a0}records");
    assert_eq!(ids(&editor.get(PAGE).expect(200)).len(), 2, "nothing was done yet");
    let sure = [&fields[..], &[("sure", "on")]].concat();
    let done = editor.post(&format!("{PAGE}/selection"), &sure).expect(303);
    let page = editor.follow(done).shows("2\u{a0}records are deleted.");
    assert_eq!(ids(&page), ["a"]);
}

#[test]
fn who_may_only_look_is_offered_nothing_else_and_strangers_see_nothing() {
    let app = published(&[("a", json!({"n": 1}))]);
    let _allowed =
        app.admin().patch(SOURCE, &json!({"permissions": {"read": ["account:stranger"]}})).expect(200);
    let stranger = app.browser_of("stranger");
    let page = stranger.get(PAGE).expect(200).hides("New record").hides("name=\"pick\"").shows(">1</code>");
    let _page = page.hides("Paste or import");
    let at = app.now().as_millis();
    let pick = format!("{at}.a");
    let refused =
        stranger.post(&format!("{PAGE}/selection"), &[("pick", &pick), ("act", "delete"), ("sure", "on")]);
    let _refused = stranger.follow(refused).shows("Nothing was done");
    let _closed = app.admin().patch(SOURCE, &json!({"permissions": {"read": []}})).expect(200);
    let _page = stranger.get(PAGE).expect(403).hides(">1</code>");
    let _missing = stranger.get("/ui/c/main/none").expect(403);
    let signed_out: Browser<'_> = app.browser();
    let away = signed_out.get(PAGE);
    assert!(matches!(away.status, 200 | 303), "{away:?}");
    let _hidden = away.hides(">1</code>");
}

#[test]
fn nothing_in_a_record_is_markup_or_invisible() {
    let awful = "<script>alert(1)</script>\u{202e}";
    let app =
        published(&[("a", json!({"name": awful, "link": "javascript:alert(1)", "long": "x".repeat(5_000)}))]);
    let editor = app.browser_of("editor");
    let body = json!({"data": {"displayFields": ["name", awful, "link", "long"]}});
    let _changed = app.editor().patch(SOURCE, &body).expect(200);
    for query in [
        "",
        "?q=%3Cscript%3E",
        "?field=%3Cscript%3E%22&op=like&value=%3Cimg%3E",
        "?f=like:%253Cscript%253E=%3Cscript%3E",
    ] {
        let mut page = editor.get(&format!("{PAGE}{query}"));
        if page.status == 303 {
            page = editor.follow(page);
        }
        let page = page
            .expect(200)
            .hides("<script>alert")
            .hides("<img>")
            .hides("\u{202e}")
            .hides("href=\"javascript");
        assert!(page.body.len() < 40_000, "{}", page.body.len());
    }
}

#[test]
fn an_empty_collection_says_what_comes_first() {
    let app = TestApp::start();
    app.make_collection("rules");
    let page =
        app.browser_of("editor").get(PAGE).expect(200).shows("No records yet.").shows("Paste or import");
    let _page = page.hides("<table");
    let _reviewer = app.browser_of("reviewer").get(PAGE).expect(200).shows("No records yet.");
}

const SOURCE: &str = "/buckets/main-workspace/collections/rules";
