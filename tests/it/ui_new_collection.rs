//! Making a collection in the pages: all of it, or nothing.

use serde_json::{Value, json};

use crate::app::{TestApp, browser::Browser};

const PATH: &str = "/ui/new-collection";

fn members(app: &TestApp, group: &str) -> Value {
    let answer = app.admin().get(&format!("/buckets/main-workspace/groups/{group}")).expect(200);
    answer.json()["data"]["members"].clone()
}

fn is_there(app: &TestApp, id: &str) -> bool {
    app.admin().get(&format!("/buckets/main-workspace/collections/{id}")).status == 200
}

fn send(browser: &Browser<'_>, fields: &[(&str, &str)]) -> crate::app::Response {
    let _page = browser.get(PATH).expect(200);
    browser.post(PATH, fields)
}

#[test]
fn a_collection_is_made_with_its_people_in_one_go() {
    let app = TestApp::start();
    let browser = app.browser_of("admin");
    let page = browser.get(PATH).expect(200).shows("Create the first collection").shows("It takes two.");
    let _page = page.shows("name=\"editor\" value=\"admin\" aria-label=\"admin edits\" checked");
    let schema = r#"{"type": "object", "properties": {"name": {"type": "string"}}}"#;
    let made = browser.post(
        PATH,
        &[
            ("bucket", "main"),
            ("collection", " search-engines "),
            ("editor", "editor"),
            ("editor", "stranger"),
            ("reviewer", "reviewer"),
            ("display-fields", "name, enabled, name,"),
            ("schema", schema),
        ],
    );
    let page = browser.follow(made).expect(200);
    let _page = page.shows("main / search-engines is made, and published empty.");
    assert_eq!(members(&app, "search-engines-editors"), json!(["account:editor", "account:stranger"]));
    assert_eq!(members(&app, "search-engines-reviewers"), json!(["account:reviewer"]));
    let source = "/buckets/main-workspace/collections/search-engines";
    let data = app.admin().get(source).expect(200).json()["data"].clone();
    assert_eq!(data["displayFields"], json!(["name", "enabled"]));
    assert_eq!(data["schema"]["properties"]["name"]["type"], "string");
    // What is published waits for review.
    assert_eq!(data["status"], "work-in-progress");
    let published = app.anonymous().get("/buckets/main/collections/search-engines").expect(200).json();
    assert_eq!(published["data"]["displayFields"], Value::Null);
    let _again = browser.get(PATH).expect(200).shows("New collection").hides("Create the first collection");
}

#[test]
fn too_few_people_are_said_and_not_refused() {
    let app = TestApp::start();
    let browser = app.browser_of("admin");
    for (name, fields, sentence) in [
        ("one", &[("editor", "admin"), ("reviewer", "admin")][..], "admin alone edits and reviews it"),
        ("two", &[("editor", "admin")], "It has no reviewer yet"),
        ("three", &[("reviewer", "reviewer")], "It has no editor yet"),
        ("four", &[], "It has no editor yet who can sign in, and no reviewer"),
    ] {
        let mut all = vec![("bucket", "main"), ("collection", name)];
        all.extend(fields);
        let made = send(&browser, &all);
        let page = browser.follow(made).expect(200).shows(sentence).shows("Name people");
        // Published empty is published.
        let _page = page.shows("No record is published yet").hides("Nothing is published yet");
    }
}

#[test]
fn what_is_typed_wrong_is_kept_beside_what_to_mend_and_nothing_is_made() {
    let app = TestApp::start();
    app.make_collection("taken");
    let browser = app.browser_of("admin");
    let long = "x".repeat(256);
    for (fields, sentence) in [
        (&[("collection", "")][..], "Give it a name"),
        (&[("collection", "söm")], "A name has letters without accents"),
        (&[("collection", "a b")], "A name has letters without accents"),
        (&[("collection", "../x")], "A name has letters without accents"),
        (&[("collection", &long)], "A name has letters without accents"),
        (&[("collection", "taken")], "There is a collection main/taken already."),
        (&[("collection", "fresh"), ("bucket", "elsewhere")], "Choose one of the buckets."),
        (&[("collection", "fresh"), ("schema", "{\n\"a\": }")], "in line 2"),
        (&[("collection", "fresh"), ("schema", "[]")], "This is JSON, but no object"),
        (
            &[("collection", "fresh"), ("schema", r#"{"type": "nonsense"}"#)],
            "Records cannot be held against this",
        ),
        (
            &[("collection", "fresh"), ("display-fields", "a\u{7}b")],
            "is no name of a field: it has characters that cannot be seen",
        ),
        (&[("collection", "fresh"), ("display-fields", &long)], "at most 255 characters"),
        (&[("collection", "fresh"), ("display-fields", "a,b,c,d,e,f,g,h,i,j,k,l,m")], "these are 13."),
        (&[("collection", "fresh"), ("more-editors", "nobody-here")], "Nobody here is called nobody-here."),
        (&[("collection", "fresh"), ("reviewer", "<script>alert(1)</script>")], "Nobody here is called"),
        (&[("collection", "fresh"), ("more-reviewers", "a\u{202e}b")], "Nobody here is called a\\u{202e}b."),
    ] {
        let mut all: Vec<(&str, &str)> = fields.to_vec();
        if !all.iter().any(|(name, _)| *name == "bucket") {
            all.push(("bucket", "main"));
        }
        let columns =
            all.iter().find(|(name, _)| *name == "display-fields").map_or("kept-as-typed", |own| own.1);
        let kept = format!("value=\"{}\"", columns.replace('\u{7}', "\\u{7}"));
        all.push(("display-fields", columns));
        all.push(("editor", "stranger"));
        let page = send(&browser, &all).expect(422).shows(sentence);
        let page = if columns.contains('\u{7}') { page } else { page.shows(&kept) };
        let page = page.shows("Everything you typed is still here.").hides("<script>alert");
        let _page = page.shows("value=\"stranger\" aria-label=\"stranger edits\" checked");
        assert!(!is_there(&app, "fresh"), "{fields:?}");
        assert_eq!(app.admin().get("/buckets/main-workspace/groups/fresh-editors").status, 404);
    }
}

#[test]
fn who_is_invited_can_be_chosen_and_who_is_disabled_cannot() {
    let app = TestApp::start();
    let browser = app.browser_of("admin");
    let _form = browser.get("/ui/new-person").expect(200);
    for account in ["mara", "gone"] {
        let fields = [("account", account), ("called", ""), ("password", "")];
        let _invited = browser.post("/ui/new-person", &fields).expect(200);
    }
    let disabled = browser.post("/ui/people/gone", &[("act", "disable")]);
    assert!(disabled.status < 400, "{}", disabled.status);
    let page = browser
        .get(PATH)
        .expect(200)
        .shows("mara reviews")
        .shows("<span class=\"member-state\">invited</span>");
    let _page = page.hides("gone reviews").hides("Nobody else can sign in yet");
    let fields = [("bucket", "main"), ("collection", "c"), ("editor", "admin"), ("reviewer", "mara")];
    let made = browser.post(PATH, &fields);
    let _page = browser.follow(made).expect(200).shows("It has no reviewer yet who can sign in");
    assert_eq!(members(&app, "c-reviewers"), json!(["account:mara"]));
    let page = browser.get("/ui/c/main/c/settings/people").expect(200);
    let _page = page.shows("<span class=\"member-state\">invited</span>").shows("Nobody can approve.");
}

#[test]
fn what_somebody_is_called_gives_nobody_power() {
    let app = TestApp::start();
    for (account, name) in [("editor", "Ines Okafor"), ("reviewer", "Sam Doe")] {
        let _named =
            app.admin().patch(&format!("/accounts/{account}"), &json!({"data": {"name": name}})).expect(200);
    }
    let browser = app.browser_of("admin");
    let fields = [
        ("bucket", "main"),
        ("collection", "c"),
        ("more-editors", "editor; account:admin"),
        ("more-reviewers", "SAM DOE"),
    ];
    let _page = send(&browser, &fields)
        .expect(422)
        .shows("SAM DOE is what reviewer is called. Type the account: reviewer.");
    assert!(!is_there(&app, "c"));
    let fields = [
        ("bucket", "main"),
        ("collection", "c"),
        ("more-editors", "editor; account:admin"),
        ("more-reviewers", "stranger"),
    ];
    let _made = send(&browser, &fields).expect(303);
    assert_eq!(members(&app, "c-editors"), json!(["account:editor", "account:admin"]));
    assert_eq!(members(&app, "c-reviewers"), json!(["account:stranger"]));
}

#[test]
fn a_bucket_writer_makes_collections_without_naming_reviewers() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let page =
        browser.get(PATH).expect(200).shows("Administrators alone name them").hides("name=\"reviewer\"");
    let _page = page.shows("ask <span dir=\"auto\">admin</span>");
    let fields = [("bucket", "main"), ("collection", "c"), ("editor", "editor")];
    let mut forged = fields.to_vec();
    forged.push(("reviewer", "editor"));
    let _refused = browser.post(PATH, &forged).expect(422).shows("Administrators alone name reviewers.");
    assert!(!is_there(&app, "c"));
    let _made = send(&browser, &fields).expect(303);
    assert_eq!(members(&app, "c-editors"), json!(["account:editor"]));
    assert_eq!(members(&app, "c-reviewers"), json!([]));
}

#[test]
fn who_may_not_is_told_whom_to_ask() {
    let app = TestApp::start();
    let browser = app.browser_of("stranger");
    let _page = browser.get(PATH).expect(403).shows("You cannot make collections.").shows("admin");
    let _home = browser.get("/").expect(200).hides(PATH);
    let fields = [("bucket", "main"), ("collection", "c"), ("editor", "stranger")];
    let refused = browser.post(PATH, &fields).expect(403).shows("You cannot make collections.");
    let _refused = refused.hides("<form class=\"new-collection").hides("Create the first collection");
    assert!(!is_there(&app, "c"));
    let _away = app.browser().get(PATH).expect(303);
}

#[test]
fn where_the_configuration_names_collections_only_these_can_be_made() {
    let line = "work/certs -> show/certs -> live/certs";
    let app = TestApp::builder().resources(&[line]).start();
    let browser = app.browser_of("admin");
    let _page = browser.get(PATH).expect(200).shows("In live: certs");
    let other = [("bucket", "live"), ("collection", "other"), ("editor", "editor")];
    let _page = send(&browser, &other).expect(422).shows("The configuration does not publish live/other");
    let certs = [("bucket", "live"), ("collection", "certs"), ("editor", "editor")];
    let _made = send(&browser, &certs).expect(303);
    let _all = browser.get(PATH).expect(403).shows("Every collection that the configuration names is there.");
}

#[test]
fn an_administrator_makes_the_bucket_where_it_is_missing() {
    let app = TestApp::start();
    let _gone = app.admin().delete("/buckets/main-workspace").expect(200);
    let browser = app.browser_of("admin");
    let _made = send(&browser, &[("bucket", "main"), ("collection", "c"), ("editor", "editor")]).expect(303);
    assert!(is_there(&app, "c"));
}
