//! What was published, what was declined, and one publication.

use countersign::{signing::Renewal, workflow::renewal};
use serde_json::json;

use crate::app::{Response, TestApp};

const LIST: &str = "/ui/c/main/rules/publications";
const SOURCE: &str = "/buckets/main-workspace/collections/rules";

/// Two publications, between which the first is signed again, and one request that was declined.
fn app() -> TestApp {
    let app = TestApp::start();
    app.make_collection("rules");
    app.publish("rules", &[("a", json!({"n": 1, "title": "Alpha"})), ("b", json!({"n": 2}))]);
    app.clock.advance_millis(1_000);
    let _signed = app.editor().patch(SOURCE, &json!({"data": {"status": "to-resign"}})).expect(200);
    app.clock.advance_millis(1_000);
    let _edited = app.editor().put(&format!("{SOURCE}/records/a"), &json!({"data": {"n": 3}})).expect(200);
    ask(&app, "First <b>try</b>\u{202e}");
    app.clock.advance_millis(1);
    let declined =
        json!({"data": {"status": "work-in-progress", "last_reviewer_comment": "Not <i>yet</i>."}});
    let _declined = app.reviewer().patch(SOURCE, &declined).expect(200);
    app.clock.advance_millis(60_000);
    let _removed = app.editor().delete(&format!("{SOURCE}/records/b")).expect(200);
    ask(&app, "Second try");
    app.clock.advance_millis(1);
    let approved = json!({"data": {"status": "to-sign", "last_reviewer_comment": "Seen."}});
    let _approved = app.reviewer().patch(SOURCE, &approved).expect(200);
    app
}

fn ask(app: &TestApp, comment: &str) {
    app.clock.advance_millis(1);
    let asked = json!({"data": {"status": "to-review", "last_editor_comment": comment}});
    let _asked = app.editor().patch(SOURCE, &asked).expect(200);
}

/// The address of the `index`th version in the list, newest first.
fn versions(list: &Response) -> Vec<u64> {
    let text = list.text();
    text.split(&format!("href=\"{LIST}/"))
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
        .collect()
}

#[test]
fn publications_are_counted_and_what_was_signed_again_is_told_apart() {
    let app = app();
    let list = app.browser_of("editor").get(LIST).expect(200);
    let list =
        list.shows("<span class=\"heading-count\">2</span>").shows("signed again once without a change");
    let list = list
        .shows("1\u{a0}changed")
        .shows("1\u{a0}removed")
        .shows("2\u{a0}added")
        .shows("the collection began");
    let list = list.shows("Second try").shows("approved by reviewer; edited by editor").hides("main-preview");
    assert_eq!(versions(&list), [4, 2, 3, 1]);
}

#[test]
fn what_was_declined_says_by_whom_and_why() {
    let app = app();
    let list = app.browser_of("reviewer").get(LIST).expect(200);
    let list = list
        .shows("<strong><span dir=\"auto\">reviewer</span></strong> declined")
        .shows("Not &lt;i&gt;yet&lt;/i&gt;.");
    let _list = list.shows("First &lt;b&gt;try&lt;/b&gt;<span class=\"escape\">\\u{202e}</span>");
}

#[test]
fn a_list_without_anything_says_what_will_be_in_it() {
    let app = TestApp::start();
    let body = json!({"permissions": {"write": ["account:editor"]}});
    let _made = app.admin().put("/buckets/main-workspace/collections/rules", &body).expect(201);
    let list = app.browser_of("editor").get(LIST).expect(200);
    let _list = list.shows("the collection began").hides("Declined");
    // A source that was never made has no publication at all.
    let _none = app
        .browser_of("admin")
        .get("/ui/c/main/never/publications")
        .expect(200)
        .shows("No change is published yet.");
}

#[test]
fn a_long_list_comes_in_parts() {
    let app = TestApp::start();
    app.make_collection("rules");
    for number in 0..27 {
        app.publish("rules", &[("a", json!({"n": number}))]);
    }
    let browser = app.browser_of("editor");
    let first = browser
        .get(LIST)
        .expect(200)
        .shows(&format!("href=\"{LIST}?before=4\""))
        .hides("the collection began");
    assert_eq!(versions(&first), (4..=28).rev().collect::<Vec<_>>());
    let last = browser.get(&format!("{LIST}?before=4")).expect(200).shows("Newest").hides("?before=2");
    assert_eq!(versions(&last), [3, 2, 1]);
    for wrong in ["?before=x", "?before=-1", "?declined=%00", "?before=99999999999999999999999"] {
        let _missing = browser.get(&format!("{LIST}{wrong}")).expect(404);
    }
}

#[test]
fn declined_requests_come_in_parts_too() {
    let app = TestApp::start();
    app.make_collection("rules");
    let _edited = app.editor().put(&format!("{SOURCE}/records/a"), &json!({"data": {"n": 1}})).expect(201);
    for number in 0..21 {
        ask(&app, &format!("Try {number:02}"));
        let declined = json!({"data": {"status": "work-in-progress"}});
        let _declined = app.reviewer().patch(SOURCE, &declined).expect(200);
    }
    let browser = app.browser_of("editor");
    let first = browser.get(LIST).expect(200).shows("Try 20").shows("Try 01").hides("Try 00").text();
    let older = first.split(&format!("href=\"{LIST}?declined=")).nth(1).unwrap().split('"').next().unwrap();
    let rest = browser.get(&format!("{LIST}?declined={older}")).expect(200).shows("Try 00").hides("Try 01");
    let _rest = rest.shows("Newest").hides(">Older<");
}

#[test]
fn a_publication_tells_who_when_what_and_how_much() {
    let app = app();
    let page = app.browser_of("editor").get(&format!("{LIST}/4")).expect(200);
    let page =
        page.shows("Version\u{a0}4").shows("What clients get now").shows("Edited").shows("Review requested");
    let page = page.shows("Approved").shows("Signed and published").shows("Second try").shows("Seen.");
    let page = page.shows("2\u{a0}records").shows("1\u{a0}changed").shows("1\u{a0}removed").shows("2 → 1");
    let statement = app.anonymous().get("/buckets/main/collections/rules/statements?_from=4").json();
    let text = statement["data"][0]["statement"].as_str().unwrap();
    let text: serde_json::Value = serde_json::from_str(text).unwrap();
    let short = |hex: &str| format!("{}…{}", &hex[..16], &hex[56..]);
    let page =
        page.shows(&short(text["previous"].as_str().unwrap())).shows(&short(text["root"].as_str().unwrap()));
    let page =
        page.shows(&format!("data-root=\"{}\"", app.root())).shows("data-signer=\"countersign.localhost\"");
    // Selected with the mouse or copied by the button, it is one command.
    let html = page.text();
    let shown = html.split_once("<pre>countersign").unwrap().1.split_once("</pre>").unwrap().0;
    let command = format!(
        "countersign verify {} main/rules --root {} --signer countersign.localhost",
        app.url(),
        app.root()
    );
    let joined = format!("countersign{shown}").replace("\\\n", " ");
    assert!(!joined.contains('\n'), "{joined}");
    assert_eq!(joined.split_whitespace().collect::<Vec<_>>().join(" "), command);
    let page = page.shows(&format!("data-copy=\"{command}\""));
    // The sizes are those of the answers, to the byte.
    let full = app.anonymous().get("/buckets/main/collections/rules/changeset?_expected=0").body.len();
    let before = app.anonymous().get("/buckets/main/collections/rules/statements?_from=3&_limit=1").json();
    let before: serde_json::Value =
        serde_json::from_str(before["data"][0]["statement"].as_str().unwrap()).unwrap();
    let since =
        format!("/buckets/main/collections/rules/changeset?_expected=0&_since={}", before["timestamp"]);
    let delta = app.anonymous().get(&since).body.len();
    let bytes = |bytes: usize| {
        format!("title=\"{}\u{202f}{:03}\u{a0}bytes before compression\"", bytes / 1_000, bytes % 1_000)
    };
    let _page = page.shows(&bytes(full)).shows(&bytes(delta)).shows("lives-ring").hides("style=");
}

#[test]
fn versions_lead_to_their_neighbours_and_old_ones_say_what_replaced_them() {
    let app = app();
    let browser = app.browser_of("reviewer");
    let first = browser.get(&format!("{LIST}/1")).expect(200).shows("Created").shows("Replaced by version");
    let _first = first.shows(&format!("rel=\"next\" href=\"{LIST}/2\"")).hides("rel=\"prev\"");
    let second = browser
        .get(&format!("{LIST}/2"))
        .expect(200)
        .shows("Replaced by version\u{a0}<a href=\"/ui/c/main/rules/publications/4\"");
    let _second = second.shows("2\u{a0}added").shows("Verifies what is published now: version\u{a0}4");
    let again = browser
        .get(&format!("{LIST}/3"))
        .expect(200)
        .shows("Signed again")
        .shows("the same records were signed again")
        .shows("as in version\u{a0}<a href=\"/ui/c/main/rules/publications/2\">");
    let _again = again
        .shows(&format!("rel=\"prev\" href=\"{LIST}/2\""))
        .shows(&format!("rel=\"next\" href=\"{LIST}/4\""));
    let last = browser.get(&format!("{LIST}/4")).expect(200).hides("rel=\"next\" href");
    let _last = last.shows("data-latest=\"4\"");
}

#[test]
fn the_difference_is_shown_value_by_value_a_part_at_a_time() {
    let app = TestApp::start();
    app.make_collection("rules");
    let awful = "<script>alert(1)</script>\u{202e}\u{1f600}";
    let ids: Vec<String> = (0..30).map(|number| format!("r-{number:02}")).collect();
    let records: Vec<(&str, serde_json::Value)> =
        ids.iter().map(|id| (id.as_str(), json!({"title": awful}))).collect();
    app.publish("rules", &records);
    let browser = app.browser_of("editor");
    let page = browser
        .get(&format!("{LIST}/2"))
        .expect(200)
        .shows("record-r-24")
        .hides("record-r-25")
        .hides("<script>alert");
    let _page = page.shows("?among=added&amp;after=r-24#").shows("\\u{202e}");
    let rest = browser
        .get(&format!("{LIST}/2?among=added&after=r-24"))
        .expect(200)
        .shows("record-r-29")
        .hides("record-r-24");
    let _rest = rest.shows("All changes");
    let _none = browser.get(&format!("{LIST}/2?kind=removed")).expect(200).shows("Nothing of this kind.");
    let one = browser.get(&format!("{LIST}/2?record=r-07")).expect(200).shows("record-r-07");
    let _one = one.hides("record-r-08").hides("record-r-06");
    for wrong in [
        "?kind=other",
        "?among=added&after=a%2Fb",
        "?after=r-24",
        "?among=added",
        "?record=%00",
        "?after=%ff%fe&kind=x",
    ] {
        let _missing = browser.get(&format!("{LIST}/2{wrong}")).expect(404);
    }
}

#[test]
fn what_alters_what_clients_hold_comes_first() {
    let app = TestApp::start();
    app.make_collection("rules");
    let ids: Vec<String> = (0..20).map(|number| format!("b-{number:02}")).collect();
    let records: Vec<(&str, serde_json::Value)> =
        ids.iter().map(|id| (id.as_str(), json!({"n": 1}))).collect();
    app.publish("rules", &records);
    for id in &ids[..10] {
        let _removed = app.editor().delete(&format!("{SOURCE}/records/{id}")).expect(200);
    }
    let changed = ids[10..].iter().map(|id| (id.as_str(), json!({"n": 2})));
    let added: Vec<String> = (0..10).map(|number| format!("a-{number:02}")).collect();
    let added = added.iter().map(|id| (id.as_str(), json!({"n": 3})));
    app.publish("rules", &changed.chain(added).collect::<Vec<_>>());
    let browser = app.browser_of("editor");
    let shown = |page: Response| -> Vec<String> {
        let text = page.text();
        text.split("id=\"record-").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let first = browser.get(&format!("{LIST}/3")).expect(200).shows("?among=added&amp;after=a-04#");
    let ids = |letter: &str, range: std::ops::Range<u32>| {
        range.map(|number| format!("{letter}-{number:02}")).collect::<Vec<_>>()
    };
    assert_eq!(shown(first), [ids("b", 10..20), ids("b", 0..10), ids("a", 0..5)].concat());
    let rest = browser.get(&format!("{LIST}/3?among=added&after=a-04")).expect(200);
    assert_eq!(shown(rest), ids("a", 5..10));
    let middle = browser.get(&format!("{LIST}/3?among=removed&after=b-08")).expect(200);
    assert_eq!(shown(middle), [ids("b", 9..10), ids("a", 0..10)].concat());
    let one_kind = browser.get(&format!("{LIST}/3?kind=removed")).expect(200);
    assert_eq!(shown(one_kind), ids("b", 0..10));
    for id in ["b-15", "b-05", "a-07"] {
        assert_eq!(shown(browser.get(&format!("{LIST}/3?record={id}")).expect(200)), [id]);
    }
}

#[test]
fn who_may_not_read_the_source_sees_neither_people_nor_comments() {
    let app = app();
    let stranger = app.browser_of("stranger");
    for path in [LIST.to_owned(), format!("{LIST}/2"), format!("{LIST}/99")] {
        let _refused = stranger.get(&path).expect(403).hides("Second try").hides("Not &lt;");
        let away = app.browser().get(&path).expect(303);
        assert!(away.header("Location").unwrap().starts_with("/ui/sign-in?next="));
    }
}

#[test]
fn versions_that_are_none_are_no_pages() {
    let app = app();
    let browser = app.browser_of("editor");
    for version in ["0", "5", "99999999999999999999999", "-1", "two", "4%00", "18446744073709551615"] {
        let _missing = browser.get(&format!("{LIST}/{version}")).expect(404);
    }
    let _preview = browser.get("/ui/c/main-preview/rules/publications").expect(404);
    let _source = browser.get("/ui/c/main-workspace/rules/publications/2").expect(404);
}

#[test]
fn a_collection_that_was_deleted_keeps_its_publications() {
    let app = app();
    let _edit = app.editor().delete(&format!("{SOURCE}/records/a")).expect(200);
    ask(&app, "Empty it");
    app.clock.advance_millis(1);
    let _approved = app.reviewer().patch(SOURCE, &json!({"data": {"status": "to-sign"}})).expect(200);
    let _deleted = app.editor().delete(SOURCE).expect(200);
    let browser = app.browser_of("admin");
    let list = browser.get(LIST).expect(200).shows("Second try").shows("everything\u{a0}removed");
    let newest = versions(&list)[0];
    let _page = browser.get(&format!("{LIST}/{newest}")).expect(200).shows("the collection was deleted");
}

#[test]
fn a_leaf_that_has_ended_is_told() {
    let app = app();
    let path = format!("{LIST}/4");
    let page = app.browser_of("editor").get(&path).expect(200);
    let _page = page.shows("(ring). It ends in 89\u{a0}days; the next takes over by itself.");
    app.clock.advance_millis(200 * 86_400_000);
    let renewed = app.signer.renew_if_due(app.now(), &*app.services.random).unwrap();
    assert_eq!(renewed, Renewal::Renewed);
    assert_eq!(renewal::run_due(&app.services).unwrap().len(), 2);
    let page =
        app.browser_of("editor").get(&path).expect(200).shows("(ring). It ended on ").shows("expired ");
    let _page = page.shows(
        "What clients get now, signed again as version\u{a0}<a href=\"/ui/c/main/rules/publications/5\"",
    );
}
