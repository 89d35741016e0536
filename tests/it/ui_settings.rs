//! The settings of a collection: fields and schema, people, permissions, review, deletion.

use countersign::storage::{AccountState, Credential};
use serde_json::{Value, json};

use crate::app::{Response, TestApp, browser::Browser};

const SETTINGS: &str = "/ui/c/main/rules/settings";
const PEOPLE: &str = "/ui/c/main/rules/settings/people";
const PERMISSIONS: &str = "/ui/c/main/rules/settings/permissions";
const DELETE: &str = "/ui/c/main/rules/settings/delete";
const SOURCE: &str = "/buckets/main-workspace/collections/rules";

fn start() -> TestApp {
    let app = TestApp::start();
    app.make_collection("rules");
    app
}

/// The fields of the settings form as the page shows them, with these instead.
fn fields<'a>(browser: &Browser<'_>, typed: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
    let page = browser.get(SETTINGS).expect(200).text();
    let seen = page.split_once("name=\"seen\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let mut fields = vec![("seen", seen)];
    fields.extend(typed.iter().map(|(name, value)| (*name, (*value).to_owned())));
    fields
}

fn post(browser: &Browser<'_>, path: &str, fields: &[(&str, String)]) -> Response {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(path, &fields)
}

fn data(app: &TestApp) -> Value {
    app.admin().get(SOURCE).expect(200).json()["data"].clone()
}

fn members(app: &TestApp, team: &str) -> Value {
    let group = format!("/buckets/main-workspace/groups/rules-{team}");
    app.admin().get(&group).expect(200).json()["data"]["members"].clone()
}

#[test]
fn columns_order_and_schema_are_saved_as_part_of_the_change() {
    let app = start();
    app.publish("rules", &[("a", json!({"name": "x"}))]);
    let browser = app.browser_of("editor");
    let schema = r#"{"type": "object", "required": ["name"]}"#;
    let typed = [
        ("display-fields", "name, long name"),
        ("sort", "-name"),
        ("schema", schema),
        ("ui-schema", r#"{"ui:order": ["name"]}"#),
        ("others", r#"{"note": 1.5}"#),
    ];
    let saved = post(&browser, SETTINGS, &fields(&browser, &typed));
    let page = browser.follow(saved).expect(200).shows("Saved as part of the change");
    let _page = page.shows("value=\"name, long name\"").shows("value=\"-name\"").shows("Work in progress");
    let stored = data(&app);
    assert_eq!(stored["displayFields"], json!(["name", "long name"]));
    assert_eq!(stored["schema"], json!({"type": "object", "required": ["name"]}));
    assert_eq!((&stored["uiSchema"], &stored["note"]), (&json!({"ui:order": ["name"]}), &json!(1.5)));
    assert_eq!(stored["status"], "work-in-progress");
    assert_eq!(stored["last_edit_by"], "account:editor");

    // What is not published is no edit, and what is left out goes.
    let rolled = app.editor().patch(SOURCE, &json!({"data": {"status": "to-rollback"}})).expect(200);
    drop(rolled);
    let kept = fields(&browser, &[("ui-schema", "{}")]);
    let saved = post(&browser, SETTINGS, &kept);
    let _page = browser.follow(saved).expect(200).shows(">Saved.<");
    let stored = data(&app);
    assert_eq!(
        (&stored["status"], &stored["uiSchema"], &stored["note"]),
        (&json!("signed"), &json!({}), &Value::Null)
    );
    let saved = post(&browser, SETTINGS, &fields(&browser, &[("ui-schema", "{ }")]));
    let _page = browser.follow(saved).expect(200).shows("Nothing was different");
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_nothing_is_saved() {
    let app = start();
    let browser = app.browser_of("editor");
    let before = data(&app);
    for (typed, sentence) in [
        (("schema", "{\"a\": 1,\n}"), "in line 2"),
        (("schema", "[1]"), "This is JSON, but no object"),
        (("schema", r#"{"type": 5}"#), "Records cannot be held against this"),
        (("schema", r#"{"$ref": "https://evil.example/x"}"#), "Records cannot be held against this"),
        (("ui-schema", "x"), "This is no JSON"),
        (("others", r#"{"status": "to-sign"}"#), "status is written by the service alone."),
        (("others", r#"{"last_edit_by": "account:admin"}"#), "last_edit_by is written by the service alone."),
        (("others", r#"{"sort": "a"}"#), "sort has a field of its own above."),
        (("others", r#"{"cache_expires": "soon"}"#), "cache_expires: not an integer."),
        (("others", r#"{"a": 1, "a": 2}"#), "a name is there twice"),
    ] {
        let typed = [typed, ("sort", "name"), ("display-fields", "kept-<i>as typed</i>")];
        let page = post(&browser, SETTINGS, &fields(&browser, &typed)).expect(422).shows(sentence);
        let _page = page
            .shows("value=\"kept-&lt;i&gt;as typed&lt;/i&gt;\"")
            .shows("Everything you typed is still here.");
    }
    assert_eq!(data(&app), before);
}

#[test]
fn an_order_and_columns_that_nobody_means_are_refused_and_what_is_stored_stays() {
    let app = start();
    let long = "x".repeat(100_000);
    let many = |count: usize| (0..count).map(|number| format!("f{number}")).collect::<Vec<_>>().join(",");
    let (columns, thousands, keys) = (many(13), many(3_000), many(9));
    let browser = app.browser_of("editor");
    let before = data(&app);
    for (typed, sentence) in [
        (("sort", "<script>"), "Records cannot be put in order by"),
        (("sort", "name,-a\u{7}b"), "Records cannot be put in order by"),
        (("sort", long.as_str()), "A name of a field has at most 255 characters."),
        (("sort", keys.as_str()), "An order has at most 8 fields."),
        (("display-fields", "name, a\u{7}b"), "is no name of a field"),
        (("display-fields", long.as_str()), "A name of a field has at most 255 characters."),
        (("display-fields", columns.as_str()), "The table shows 12 columns, and these are 13."),
        (("display-fields", thousands.as_str()), "and these are 3000."),
    ] {
        let page = post(&browser, SETTINGS, &fields(&browser, &[typed])).expect(422).shows(sentence);
        let _page = page.hides("<script>,").hides("by <script>");
    }
    assert_eq!(data(&app), before);
    // What came over HTTP is shown, and stays beside what is changed.
    let stored =
        json!({"data": {"sort": "<script>", "displayFields": columns.split(',').collect::<Vec<_>>()}});
    let _patched = app.admin().patch(SOURCE, &stored).expect(200);
    let shown = columns.replace(',', ", ");
    let typed = [("sort", "<script>"), ("display-fields", shown.as_str()), ("others", r#"{"note": 1}"#)];
    let _page = browser.get(SETTINGS).expect(200).shows(&shown).shows("value=\"&lt;script&gt;\"");
    let _saved = post(&browser, SETTINGS, &fields(&browser, &typed)).expect(303);
    assert_eq!(data(&app)["note"], 1);
}

#[test]
fn a_schema_is_tested_before_it_is_saved() {
    let app = start();
    for (id, name) in [("good", json!("x")), ("bad", json!(5)), ("worse", Value::Null)] {
        let _put =
            app.editor().put(&format!("{SOURCE}/records/{id}"), &json!({"data": {"name": name}})).expect(201);
    }
    let browser = app.browser_of("editor");
    let schema = r#"{"properties": {"name": {"type": "string"}}}"#;
    let typed = [("schema", schema)];
    let tested = post(&browser, &format!("{SETTINGS}/test"), &fields(&browser, &typed)).expect(200);
    let tested = tested
        .shows("2\u{a0}records would fail.</strong>")
        .shows(">bad</code>")
        .shows(">worse</code>")
        .hides(">good</code>");
    let _tested = tested.hides("Save it anyway");
    assert_eq!(data(&app)["schema"], Value::Null);
    let asked = post(&browser, SETTINGS, &fields(&browser, &typed)).expect(422).shows("Save it anyway");
    let _asked = asked.shows("would fail.");
    assert_eq!(data(&app)["schema"], Value::Null);
    let mut anyway = fields(&browser, &typed);
    anyway.push(("anyway", "yes".to_owned()));
    let _saved = post(&browser, SETTINGS, &anyway).expect(303);
    assert_eq!(data(&app)["schema"]["properties"]["name"]["type"], "string");
    let all = post(&browser, &format!("{SETTINGS}/test"), &fields(&browser, &[("schema", "{}")])).expect(200);
    let _all = all.shows("All 3 records fit.");
    let none = post(&browser, &format!("{SETTINGS}/test"), &fields(&browser, &[("schema", "{")])).expect(422);
    let _none = none.shows("This is no JSON");
    // A script gets the piece alone.
    let piece = browser.form(&format!("{SETTINGS}/test"), &[("schema", schema)]).header("HX-Request", "true");
    let piece = browser.send(piece).expect(200).text();
    assert!(piece.starts_with("<div class=\"test-result\""), "{piece}");
}

#[test]
fn numbers_of_a_test_that_nobody_sent_do_no_harm() {
    let app = start();
    let browser = app.browser_of("editor");
    for after in ["-1", "x", "99999999999999999999", "9007199254740993", ""] {
        let typed = [
            ("schema", "{}"),
            ("test-after", after),
            ("test-tested", "18446744073709551615"),
            ("test-failed", "18446744073709551615"),
            ("test-of", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
        ];
        let _page = post(&browser, &format!("{SETTINGS}/test"), &fields(&browser, &typed)).expect(200);
    }
}

#[test]
fn two_who_save_at_once_never_overwrite_silently() {
    let app = start();
    let (one, other) = (app.browser_of("editor"), app.browser_of("admin"));
    let (first, late) = (fields(&one, &[("sort", "first")]), fields(&other, &[("sort", "late")]));
    let _saved = post(&one, SETTINGS, &first).expect(303);
    let page =
        post(&other, SETTINGS, &late).expect(422).shows("somebody else changed these settings meanwhile");
    let page = page.shows("value=\"late\"").shows("Order, as it is now").shows(">first</span>");
    assert_eq!(data(&app)["sort"], "first");
    // The page holds what is there now; saving again is meant.
    let seen =
        page.text().split_once("name=\"seen\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let _meant = post(&other, SETTINGS, &[("sort", "late".to_owned()), ("seen", seen)]).expect(303);
    assert_eq!(data(&app)["sort"], "late");
    // Edits of records disturb nobody's settings.
    let third = fields(&one, &[("sort", "third")]);
    app.clock.advance_millis(1);
    let _put = app.editor().put(&format!("{SOURCE}/records/a"), &json!({"data": {}})).expect(201);
    let _saved = post(&one, SETTINGS, &third).expect(303);
    assert_eq!(post(&one, SETTINGS, &[("sort", "forged".to_owned())]).status, 422);
}

#[test]
fn members_are_added_and_removed_by_name() {
    let app = start();
    let browser = app.browser_of("admin");
    let page =
        browser.get(PEOPLE).expect(200).shows(">Editors <span").shows("reviewer").hides("Nobody can approve");
    let _page = page.shows("Add a reviewer");
    let added = browser.post(PEOPLE, &[("team", "reviewers"), ("reviewer", " stranger ")]);
    let _page = browser.follow(added).expect(200).shows("stranger is now among the reviewers.");
    assert_eq!(members(&app, "reviewers"), json!(["account:reviewer", "account:stranger"]));
    for (team, field, typed, sentence) in [
        ("reviewers", "reviewer", "stranger", "This person is in the group already."),
        ("editors", "editor", "nobody-here", "Nobody here is called nobody-here."),
        ("editors", "editor", "", "Type the name of an account."),
        ("editors", "editor", "<b>\u{202e}", "Nobody here is called &lt;b&gt;\\u{202e}."),
        ("editors", "editor", "/buckets/main-workspace/groups/rules-reviewers", "Nobody here is called"),
    ] {
        let _page = browser.post(PEOPLE, &[("team", team), (field, typed)]).expect(422).shows(sentence);
    }
    let removed = browser.post(PEOPLE, &[("team", "reviewers"), ("remove", "account:stranger")]);
    let _page = browser.follow(removed).expect(200).shows("stranger is no longer among the reviewers.");
    let again = browser.post(PEOPLE, &[("team", "reviewers"), ("remove", "account:stranger")]);
    let _page = browser.follow(again).expect(200).shows("stranger was not among the reviewers any more.");
    assert_eq!(members(&app, "reviewers"), json!(["account:reviewer"]));
    let removed = browser.post(PEOPLE, &[("team", "reviewers"), ("remove", "account:reviewer")]);
    let _page = browser.follow(removed).expect(200).shows("Nobody can approve.");
    // The change of members adds nobody to those who may write the group.
    let group = app.admin().get("/buckets/main-workspace/groups/rules-editors").expect(200).json();
    let _added = browser.post(PEOPLE, &[("team", "editors"), ("editor", "stranger")]).expect(303);
    let after = app
        .services
        .store
        .read(|tx| tx.find_permissions("/buckets/main-workspace/groups/rules-editors"))
        .unwrap();
    assert!(!after["write"].contains("account:admin"), "{group} {after:?}");
}

#[test]
fn reviewers_are_named_by_administrators_alone() {
    let app = start();
    let browser = app.browser_of("editor");
    let page =
        browser.get(PEOPLE).expect(200).shows("Administrators alone name reviewers").shows("Add an editor");
    let _page = page.hides("Add a reviewer");
    for fields in [
        [("team", "reviewers"), ("reviewer", "editor")],
        [("team", "reviewers"), ("remove", "account:reviewer")],
    ] {
        let _page = browser.post(PEOPLE, &fields).expect(422);
        assert_eq!(members(&app, "reviewers"), json!(["account:reviewer"]));
    }
}

#[test]
fn nobody_locks_themselves_out_without_being_told() {
    let app = start();
    // Somebody who edits by the group alone.
    let _added = app.admin().patch("/buckets/main-workspace/groups/rules-editors", &json!({"data": {"members": ["account:editor", "account:stranger"]}, "permissions": {"write": ["/buckets/main-workspace/groups/rules-editors"]}})).expect(200);
    let browser = app.browser_of("stranger");
    let leave = [("team", "editors"), ("remove", "account:stranger")];
    let _page = browser.get(PEOPLE).expect(200);
    let page = browser.post(PEOPLE, &leave).expect(422);
    let page = page.shows("You could no longer ask for review, say who the editors are, see the records and edit the collection.");
    let _page = page.shows("Nothing was changed yet.").shows("name=\"consent\" value=\"given\"");
    assert_eq!(members(&app, "editors"), json!(["account:editor", "account:stranger"]));
    let mut meant = leave.to_vec();
    meant.push(("consent", "given"));
    let _left = browser.post(PEOPLE, &meant).expect(303);
    assert_eq!(members(&app, "editors"), json!(["account:editor"]));
    let _gone = browser.get(PEOPLE).expect(403);
    // The same through permissions.
    let editor = app.browser_of("editor");
    let _page = editor.get(PERMISSIONS).expect(200);
    let take = [("what", "bucket write"), ("revoke", "account:editor")];
    let page = editor.post(PERMISSIONS, &take).expect(422).shows("You could no longer").shows("Do it anyway");
    let _page = page.shows("name=\"what\" value=\"bucket write\"");
}

#[test]
fn permissions_are_shown_given_and_taken() {
    let app = start();
    let browser = app.browser_of("admin");
    let page = browser.get(PERMISSIONS).expect(200).shows("The whole bucket").shows("This collection");
    let _page = page
        .shows("Edit records and settings")
        .shows("<strong>Editors</strong>")
        .shows("<strong>Reviewers</strong>");
    let given = browser.post(PERMISSIONS, &[("what", "collection read"), ("who", "stranger")]);
    let _page = browser
        .follow(given)
        .expect(200)
        .shows("stranger may now see the records before they are published.");
    let _seen = app.stranger().get(&format!("{SOURCE}/records")).expect(200);
    let again = browser.post(PERMISSIONS, &[("what", "collection read"), ("who", "stranger")]);
    let _page = browser.follow(again).expect(200).shows("has this permission already");
    for (what, who, sentence) in [
        ("collection read", "nobody-here", "Nobody here is called nobody-here."),
        ("collection read", "", "Type the name of an account"),
        ("collection read", "/buckets/main-workspace/groups/none", "Nobody here is called"),
        ("collection fly", "editor", "There is no such permission here any more."),
        ("nonsense", "editor", "Choose what to allow."),
    ] {
        let _page = browser.post(PERMISSIONS, &[("what", what), ("who", who)]).expect(422).shows(sentence);
    }
    let taken = browser.post(PERMISSIONS, &[("what", "collection read"), ("revoke", "account:stranger")]);
    let _page = browser.follow(taken).expect(200).shows("stranger may no longer");
    let _unseen = app.stranger().get(&format!("{SOURCE}/records")).expect(403);
    // No edit, no review, and nobody joined.
    let stored = app.services.store.read(|tx| tx.find_permissions(SOURCE)).unwrap();
    assert_eq!(stored["write"].len(), 2, "{stored:?}");
    assert_eq!(data(&app)["status"], "signed");
}

#[test]
fn who_may_look_may_not_change() {
    let app = start();
    let _given =
        app.admin().patch(SOURCE, &json!({"permissions": {"read": ["account:stranger"]}})).expect(200);
    let browser = app.browser_of("stranger");
    let page = browser.get(SETTINGS).expect(200).shows("You may look at these settings, not change them.");
    let _page = page.hides("Save settings").hides("<textarea");
    let _people = browser.get(PEOPLE).expect(200).hides("Add an editor").hides("Remove");
    let _permissions =
        browser.get(PERMISSIONS).expect(200).hides("Give a permission").shows("Only those who may change");
    let _delete = browser.get(DELETE).expect(200).shows("You may not delete this collection.");
    let _fields = browser.post(SETTINGS, &[("sort", "x")]);
    let _people = browser
        .post(PEOPLE, &[("team", "editors"), ("editor", "stranger")])
        .expect(422)
        .shows("You may not change this group.");
    let _given = browser
        .post(PERMISSIONS, &[("what", "collection write"), ("who", "stranger")])
        .expect(422)
        .shows("You may not change this permission.");
    let _deleted = browser.post(DELETE, &[("name", "rules")]).expect(422);
    assert_eq!(data(&app)["sort"], Value::Null);
    assert_eq!(members(&app, "editors"), json!(["account:editor"]));
}

#[test]
fn who_may_see_nothing_gets_nothing() {
    let app = start();
    let browser = app.browser_of("stranger");
    for path in [SETTINGS, PEOPLE, PERMISSIONS, DELETE, "/ui/c/main/rules/settings/review"] {
        let _refused = browser.get(path).expect(403).hides("rules-editors");
    }
    let _unknown = app.browser_of("admin").get("/ui/c/main/none/settings").expect(404);
    let _source = app.browser_of("admin").get("/ui/c/main-workspace/rules/settings").expect(404);
    for fields in [("team", "editors"), ("remove", "account:editor")] {
        let _refused = browser.post(PEOPLE, &[fields]);
    }
    assert_eq!(members(&app, "editors"), json!(["account:editor"]));
}

#[test]
fn the_configuration_decides_about_review() {
    let app = start();
    let page = app.browser_of("editor").get("/ui/c/main/rules/settings/review").expect(200);
    let page = page.shows("Another person approves each change.").shows("review.enabled");
    let _page = page
        .shows("main-preview/rules")
        .shows("/buckets/main-workspace -&gt; /buckets/main-preview -&gt; /buckets/main");
}

#[test]
fn a_collection_is_deleted_by_its_name_and_never_while_clients_hold_records() {
    let app = start();
    app.publish("rules", &[("a", json!({}))]);
    let browser = app.browser_of("admin");
    let page =
        browser.get(DELETE).expect(200).shows("Clients hold 1\u{a0}record of it, so nobody can delete it.");
    let _page = page.hides("Type rules to delete it");
    let _refused = browser.post(DELETE, &[("name", "rules")]).expect(422).shows("so nobody can delete it");
    app.clock.advance_millis(1);
    let _gone = app.editor().delete(&format!("{SOURCE}/records/a")).expect(200);
    app.publish("rules", &[]);
    let _page = browser.get(DELETE).expect(200).shows("Type rules to delete it").shows("It holds no record.");
    let _wrong = browser
        .post(DELETE, &[("name", "rule")])
        .expect(422)
        .shows("This is not its name.")
        .shows("value=\"rule\"");
    let deleted = browser.post(DELETE, &[("name", " rules ")]);
    let _home = browser
        .follow(deleted)
        .expect(200)
        .shows("main / rules is deleted. Clients get an empty list, signed.");
    assert_eq!(app.admin().get(SOURCE).status, 404);
    assert_eq!(app.admin().get("/buckets/main-workspace/groups/rules-editors").status, 404);
    let _gone = browser.get(SETTINGS).expect(404);
}

#[test]
fn members_who_cannot_sign_in_are_told() {
    let app = start();
    let name = countersign::types::AccountName::parse("reviewer").unwrap();
    app.services
        .store
        .write(|tx| {
            let credential = tx.find_credential(&name)?.unwrap();
            tx.put_credential(&name, &Credential { state: AccountState::Disabled, ..credential })
        })
        .unwrap();
    let page =
        app.browser_of("admin").get(PEOPLE).expect(200).shows("cannot sign in").shows("Nobody can approve.");
    let _page = page.shows("No reviewer can sign in.");
    let _group = app
        .admin()
        .patch(
            "/buckets/main-workspace/groups/rules-reviewers",
            &json!({"data": {"members": ["system.Authenticated", "account:gone", "ldap:x"]}}),
        )
        .expect(200);
    let page = app.browser_of("admin").get(PEOPLE).expect(200).shows("everybody who is signed in");
    let _page = page.shows("the account is gone").shows("no account here").hides("Nobody can approve.");
}

#[test]
fn the_form_that_a_schema_makes_is_shown_while_it_is_written() {
    let app = start();
    let _put = app
        .editor()
        .put(&format!("{SOURCE}/records/a"), &json!({"data": {"name": "<script>x</script>"}}))
        .expect(201);
    let browser = app.browser_of("editor");
    let _page = browser.get(SETTINGS).expect(200).shows("Without a schema people edit JSON.");
    let preview = |schema: &str| {
        let form = browser.form(&format!("{SETTINGS}/preview"), &[("schema", schema)]);
        browser.send(form.header("HX-Request", "true")).expect(200)
    };
    let shown = preview(r#"{"properties": {"name": {"title": "What it is called", "type": "string"}}}"#);
    let shown = shown.shows("What it is called").shows("<fieldset class=\"preview\" disabled");
    let _shown = shown.shows("&lt;script&gt;x&lt;/script&gt;").hides("<script>x");
    let _waits = preview("{").shows("It is shown again once the JSON above can be read.");
    let _away = browser.post(&format!("{SETTINGS}/preview"), &[("schema", "{}")]).expect(303);
    let stranger = app.browser_of("stranger");
    let form =
        stranger.form(&format!("{SETTINGS}/preview"), &[("schema", "{}")]).header("HX-Request", "true");
    let _refused = stranger.send(form).expect(403).hides("&lt;script").hides("<fieldset");
}

#[test]
fn who_would_take_a_request_back_is_told_before() {
    let app = start();
    let _put = app.editor().put(&format!("{SOURCE}/records/a"), &json!({"data": {}})).expect(201);
    let browser = app.browser_of("editor");
    let _page = browser.get(SETTINGS).expect(200).hides("takes the request back");
    let _asked = app.editor().patch(SOURCE, &json!({"data": {"status": "to-review"}})).expect(200);
    let _page = browser.get(SETTINGS).expect(200).shows("takes the request back");
    let _saved = post(&browser, SETTINGS, &fields(&browser, &[("ui-schema", "{}")])).expect(303);
    assert_eq!(data(&app)["status"], "to-review");
    let _saved = post(&browser, SETTINGS, &fields(&browser, &[("sort", "a")])).expect(303);
    assert_eq!(data(&app)["status"], "work-in-progress");
}

#[test]
fn what_earlier_slices_found_is_named_again_while_a_test_goes_on() {
    let app = start();
    for id in ["bad", "good"] {
        let _put =
            app.editor().put(&format!("{SOURCE}/records/{id}"), &json!({"data": {"is": id}})).expect(201);
    }
    let browser = app.browser_of("editor");
    let schema = r#"{"properties": {"is": {"const": "good"}}}"#;
    let of = countersign::types::Sha256Digest::of(schema.as_bytes()).to_hex();
    let typed = [
        ("schema", schema),
        ("test-after", "1"),
        ("test-of", of.as_str()),
        ("test-tested", "10000"),
        ("test-failed", "7"),
        ("test-named", "bad"),
        ("test-named", "good"),
        ("test-named", "not there"),
        ("test-named", "gone"),
    ];
    let page = post(&browser, &format!("{SETTINGS}/test"), &fields(&browser, &typed)).expect(200);
    let page = page.shows("7\u{a0}records would fail.").shows(">bad</code>").hides(">good</code>");
    let _page = page.shows("and 6\u{a0}more records");
    // Another schema begins anew.
    let mut other = fields(&browser, &typed);
    other[1].1 = r#"{"properties": {"is": {"const": "bad"}}}"#.to_owned();
    let page = post(&browser, &format!("{SETTINGS}/test"), &other).expect(200);
    let _page = page.shows("1\u{a0}record would fail.").shows(">good</code>").hides(">bad</code>");
}
