//! The changes of a collection: looked at, asked for, approved, declined, taken back, discarded; and what tries to get past.

use countersign::{
    types::CollectionPath,
    workflow::{Impact, ImpactAction, Review, ReviewPolicy, review},
};
use serde_json::json;

use crate::app::{Response, TestApp, browser::Browser};

const PAGE: &str = "/ui/c/main/rules/changes";
const SOURCE: &str = "/buckets/main-workspace/collections/rules";

/// Three records are published; then one is changed, one removed, one added.
fn changed() -> TestApp {
    changed_with(TestApp::start())
}

fn changed_with(app: TestApp) -> TestApp {
    app.make_collection("rules");
    app.publish(
        "rules",
        &[
            ("a", json!({"name": "Alpha", "why": "it was said to be bad", "deep": {"list": [1, 2]}})),
            ("b", json!({"name": "Beta"})),
            ("c", json!({"name": "Gamma"})),
        ],
    );
    app.clock.advance_millis(1_000);
    let data = json!({"name": "Alpha", "why": "it was found to be bad", "deep": {"list": [1, 3]}});
    let _changed = app.editor().put(&format!("{SOURCE}/records/a"), &json!({"data": data})).expect(200);
    let _removed = app.editor().delete(&format!("{SOURCE}/records/b")).expect(200);
    let _added =
        app.editor().put(&format!("{SOURCE}/records/d"), &json!({"data": {"name": "Delta"}})).expect(201);
    app.clock.advance_millis(1_000);
    app
}

fn ask(app: &TestApp, comment: &str) {
    let body = json!({"data": {"status": "to-review", "last_editor_comment": comment}});
    let _asked = app.editor().patch(SOURCE, &body).expect(200);
    app.clock.advance_millis(1_000);
}

/// The page once its report is there.
fn settled(browser: &Browser<'_>, path: &str) -> Response {
    for _ in 0..500 {
        let page = browser.get(path).expect(200);
        if !page.text().contains("load delay") {
            return page;
        }
    }
    panic!("the report does not come");
}

/// What the page says that was seen.
fn seen(page: &Response) -> Vec<(&'static str, String)> {
    let text = page.text();
    ["change", "seen"]
        .into_iter()
        .map(|name| {
            let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
            (name, rest.split_once('"').unwrap().0.to_owned())
        })
        .collect()
}

/// Presses a button of that page.
fn press(browser: &Browser<'_>, page: &Response, act: &str, comment: &str) -> Response {
    let seen = seen(page);
    let mut fields: Vec<(&str, &str)> = seen.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.push(("comment", comment));
    browser.post(&format!("{PAGE}/{act}"), &fields)
}

fn status(app: &TestApp) -> String {
    app.editor().get(SOURCE).expect(200).data()["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_change_is_looked_at_asked_for_reviewed_and_published() {
    let app = changed();
    let (editor, reviewer) = (app.browser_of("editor"), app.browser_of("reviewer"));
    let own = settled(&editor, PAGE)
        .shows("Changes of rules")
        .shows("Nobody was asked to review this yet.")
        .shows("Request review")
        .hides("Approve and publish")
        .shows("1\u{a0}added</span>, <span class=\"changed\">1\u{a0}changed</span>, <span class=\"removed\">1\u{a0}removed</span></span> of\u{a0}3. ")
        .shows("Clients will fetch\u{a0}")
        .shows("Afterwards 3\u{a0}records.")
        .shows("deep.list[1]")
        .shows("<del><code dir=\"auto\">2</code></del>")
        .shows("<ins><span dir=\"auto\">found</span></ins>")
        .shows("Nothing blocks this change.")
        .shows("edited by <span dir=\"auto\">you</span>");
    let order: Vec<usize> = ["id=\"r-a\"", "id=\"r-b\"", "id=\"r-d\""]
        .iter()
        .map(|block| own.text().find(block).unwrap())
        .collect();
    assert!(order.is_sorted(), "changed, removed, added: {order:?}");
    let asked = press(&editor, &own, "request", "Please <b>look</b>\u{202e}");
    let _asked = editor
        .follow(asked)
        .expect(200)
        .shows("Review requested.")
        .shows("<strong>You</strong> asked for a review")
        .shows("Take the request back")
        .hides("Approve and publish");
    assert_eq!(status(&app), "to-review");

    app.clock.advance_millis(1_000);
    let page = settled(&reviewer, PAGE)
        .shows("Review of rules")
        .shows("editor</span></strong> asks you to review")
        .shows("Please &lt;b&gt;look&lt;/b&gt;<span class=\"escape\">\\u{202e}</span>")
        .shows("Approve and publish")
        .shows("in your name</span>.");
    let done = press(&reviewer, &page, "approve", "Good.");
    let _done = reviewer
        .follow(done)
        .expect(200)
        .shows("Published as version 3.")
        .shows("Nothing to review: what is edited is what clients hold.");
    assert_eq!(status(&app), "signed");
    let published = app.anonymous().get("/buckets/main/collections/rules/records").expect(200).data();
    assert_eq!(published.as_array().unwrap().len(), 3);
}

#[test]
fn a_decline_needs_a_comment_and_tells_it_to_the_editors() {
    let app = changed();
    ask(&app, "");
    let reviewer = app.browser_of("reviewer");
    let page = settled(&reviewer, PAGE).shows("Without a comment.");
    let page = press(&reviewer, &page, "decline", "  ")
        .expect(422)
        .shows("a decline needs a comment")
        .shows("aria-invalid=\"true\"");
    assert_eq!(status(&app), "to-review");
    let long = "long ".repeat(2_000);
    let page =
        press(&reviewer, &page, "decline", &long).expect(422).shows("5000 characters at most").shows(&long);
    let declined = press(&reviewer, &page, "decline", "Not <i>b</i>, please.");
    let _declined = reviewer.follow(declined).expect(200).shows("Declined. The editors see your comment");
    assert_eq!(status(&app), "work-in-progress");
    let _told = settled(&app.browser_of("editor"), PAGE)
        .shows("reviewer</span></strong> declined this request")
        .shows("Not &lt;i&gt;b&lt;/i&gt;, please.")
        .shows("Request review");
}

#[test]
fn what_is_approved_is_what_was_on_the_page() {
    let app = changed();
    ask(&app, "first");
    let reviewer = app.browser_of("reviewer");
    let page = settled(&reviewer, PAGE);
    app.clock.advance_millis(1_000);
    let _sneaked = app
        .editor()
        .put(&format!("{SOURCE}/records/c"), &json!({"data": {"name": "Gamma <script>"}}))
        .expect(200);
    ask(&app, "second");
    let refused = press(&reviewer, &page, "approve", "Fine with me.")
        .expect(422)
        .shows("Nothing was done: the change is another one by now.")
        .shows("1\u{a0}part of it was edited; below you see it alone.")
        .shows("id=\"r-c\"")
        .hides("id=\"r-a\"")
        .shows("Fine with me.")
        .shows("&lt;script&gt;")
        .hides("<script>");
    assert_eq!(status(&app), "to-review");
    // An edit that nobody asks to review: nobody can approve it.
    app.clock.advance_millis(1_000);
    let _later = app.editor().put(&format!("{SOURCE}/records/e"), &json!({"data": {"n": 1}})).expect(201);
    let _ended =
        press(&reviewer, &refused, "approve", "").expect(422).shows("Nobody is asked to review it now.");
    let _back = app.editor().delete(&format!("{SOURCE}/records/e")).expect(200);
    ask(&app, "third");
    // Who has read what is new can go on from here.
    let done = press(&reviewer, &refused, "approve", "Fine with me.");
    let _done = reviewer.follow(done).expect(200).shows("Published as version 3.");

    let _none = reviewer.get(PAGE).expect(200).shows("Nothing to review");
    let late = press(&reviewer, &page, "approve", "");
    let _late = reviewer.follow(late).expect(200).shows("somebody was faster");
}

#[test]
fn a_decline_is_of_the_change_that_was_on_the_page() {
    let app = changed();
    ask(&app, "first");
    let reviewer = app.browser_of("reviewer");
    let page = settled(&reviewer, PAGE);
    app.clock.advance_millis(1_000);
    let _mended =
        app.editor().put(&format!("{SOURCE}/records/c"), &json!({"data": {"name": "Mended"}})).expect(200);
    ask(&app, "second");
    let refused = press(&reviewer, &page, "decline", "Mend c.")
        .expect(422)
        .shows("Nothing was done: the change is another one by now.")
        .shows("1\u{a0}part of it was edited; below you see it alone.")
        .shows("Mend c.");
    for change in ["", "xyz"] {
        let _unnamed = reviewer
            .post(&format!("{PAGE}/decline"), &[("change", change), ("comment", "kept")])
            .expect(422)
            .shows("the form did not say which change you saw")
            .shows("kept");
    }
    let _own = press(&app.browser_of("editor"), &page, "take-back", "")
        .expect(422)
        .shows("Nothing was done: the change is another one by now.");
    assert_eq!(status(&app), "to-review");
    let declined = press(&reviewer, &refused, "decline", "Mend c.");
    let _declined = reviewer.follow(declined).expect(200).shows("Declined.");
}

#[test]
fn nobody_takes_back_what_somebody_else_asked_for() {
    let app = changed();
    ask(&app, "");
    let reviewer = app.browser_of("reviewer");
    let page = settled(&reviewer, PAGE).hides("Take the request back");
    let _refused = press(&reviewer, &page, "take-back", "")
        .expect(403)
        .shows("Nothing was done: somebody else asked for this review.");
    assert_eq!(status(&app), "to-review");
    let editor = app.browser_of("editor");
    let back = press(&editor, &page, "take-back", "");
    let _back = editor.follow(back).expect(200).shows("You took the request back.");
}

#[test]
fn a_decision_without_a_comment_does_not_repeat_the_one_before() {
    let app = changed();
    ask(&app, "");

    let first = json!({"data": {"status": "work-in-progress", "last_reviewer_comment": "Mend the name."}});
    let _first = app.reviewer().patch(SOURCE, &first).expect(200);
    let editor = app.browser_of("editor");
    let _told = settled(&editor, PAGE).shows("declined this request").shows("Mend the name.");
    app.clock.advance_millis(1_000);
    ask(&app, "Mended.");
    let again = app.reviewer().patch(SOURCE, &json!({"data": {"status": "work-in-progress"}})).expect(200);
    assert_eq!(again.data()["last_reviewer_comment"], "Mend the name.", "the attribute stays");
    let _told = settled(&editor, PAGE)
        .shows("declined this request")
        .shows("Without a comment.")
        .hides("Mend the name.");
    // The same comment once more, said again.
    ask(&app, "Mended again.");
    let _said = app.reviewer().patch(SOURCE, &first).expect(200);
    let _told = settled(&editor, PAGE).shows("Mend the name.");
}

#[test]
fn a_form_that_names_no_change_approves_nothing() {
    let app = changed();
    ask(&app, "");
    let reviewer = app.browser_of("reviewer");
    let _page = reviewer.get(PAGE).expect(200);
    for change in ["", "xyz", &"0".repeat(63)] {
        let _refused = reviewer
            .post(&format!("{PAGE}/approve"), &[("change", change), ("comment", "kept")])
            .expect(422)
            .shows("the form did not say which change you saw")
            .shows("kept");
    }
    let other = "0".repeat(64);
    let _refused = reviewer
        .post(&format!("{PAGE}/approve"), &[("change", &other), ("seen", "99999999999999999999999")])
        .expect(422)
        .shows("the change is another one by now");
    assert_eq!(status(&app), "to-review");
}

#[test]
fn who_edited_or_asked_reads_why_they_may_not_approve_and_who_can() {
    let app = changed();
    let group = "/buckets/main-workspace/groups/rules-reviewers";
    let members = json!({"data": {"members": ["account:reviewer", "account:editor", "account:admin"]}});
    let _added = app.admin().patch(group, &members).expect(200);
    let _own =
        app.admin().put(&format!("{SOURCE}/records/e"), &json!({"data": {"name": "Epsilon"}})).expect(201);
    ask(&app, "");
    let admin = app.browser_of("admin");
    let page = settled(&admin, PAGE)
        .shows("You cannot approve this change, because one of its records is your edit.")
        .shows("#r-e\"><span dir=\"auto\">Epsilon</span></a>")
        .shows("<strong><span dir=\"auto\">reviewer</span></strong> can.")
        .shows("Waiting for <span dir=\"auto\">reviewer</span>")
        .shows("Open Epsilon to take my edit out")
        .hides("Approve and publish");
    let _refused = press(&admin, &page, "approve", "").expect(403).shows("this decision is not yours");
    let editor = app.browser_of("editor");
    let page = settled(&editor, PAGE).shows("because you asked for its review").hides("Approve and publish");
    let _refused = press(&editor, &page, "approve", "").expect(403).shows("this decision is not yours");
    assert_eq!(status(&app), "to-review");

    let back = press(&editor, &page, "take-back", "");
    let _back = editor.follow(back).expect(200).shows("You took the request back.").shows("Request review");
    assert_eq!(status(&app), "work-in-progress");
    let _home = editor.get("/").expect(200).hides("declined your request");
    let _faster = press(&editor, &page, "take-back", "").expect(422).shows("somebody was faster");
}

#[test]
fn strangers_see_nothing_and_wrong_addresses_lead_nowhere() {
    let app = changed();
    let stranger = app.browser_of("stranger");
    let _denied = stranger.get(PAGE).expect(403).hides("Alpha");
    for act in ["approve", "decline", "request", "roll-back", "sign-again", "take-back"] {
        let fields = [("change", "0".repeat(64)), ("comment", "x".to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = stranger.post(&format!("{PAGE}/{act}"), &fields);
        assert!(matches!(answer.status, 403 | 422), "{act}: {}", answer.status);
        assert!(!answer.text().contains("Alpha"), "{act}");
    }
    assert_eq!(status(&app), "work-in-progress");
    let editor = app.browser_of("editor");
    for wrong in [
        "/ui/c/main/nothing/changes",
        "/ui/c/main-workspace/rules/changes",
        "/ui/c/main-preview/rules/changes",
        "/ui/c/main/rules/changes/records/zzz",
        "/ui/c/main/rules/changes/records/%3Cscript%3E",
        "/ui/c/..%2f..%2f/rules/changes",
    ] {
        let _missing = editor.get(wrong).expect(404).hides("<script>");
    }
    for odd in [
        "?from=-1",
        "?from=99999999999999999999999",
        "?kind=%00",
        "?kind=added&kind=removed&q=%ff",
        "?open=all",
    ] {
        let _page = editor.get(&format!("{PAGE}{odd}")).expect(200);
    }
}

#[test]
fn a_change_is_discarded_after_a_second_look() {
    let app = changed();
    let editor = app.browser_of("editor");
    let confirm = editor.get(&format!("{PAGE}/roll-back")).expect(200).shows("Discard 3\u{a0}changes");
    let _later = app.editor().put(&format!("{SOURCE}/records/e"), &json!({"data": {"n": 1}})).expect(201);
    let again = press(&editor, &confirm, "roll-back", "")
        .expect(422)
        .shows("Nothing was discarded")
        .shows("Discard 4\u{a0}changes");
    let done = press(&editor, &again, "roll-back", "");
    let _done = editor.follow(done).expect(200).shows("The change was discarded").shows("Nothing to review");
    assert_eq!(status(&app), "signed");
    let records = app.editor().get(&format!("{SOURCE}/records")).expect(200).data();
    assert_eq!(records.as_array().unwrap().len(), 3);
    let again = editor.get(PAGE).expect(200);
    let signed = editor.post(&format!("{PAGE}/sign-again"), &[]);
    drop(again);
    let _signed = editor.follow(signed).expect(200).shows("Signed again.");
}

#[test]
fn many_records_come_page_by_page_and_can_be_searched() {
    let app = TestApp::start();
    app.make_collection("rules");
    let records: Vec<(String, serde_json::Value)> = (0..95)
        .map(|number| (format!("r{number:03}"), json!({"name": format!("Number {number} \u{e4}\"x")})))
        .collect();
    for (id, data) in &records {
        let _made = app.editor().put(&format!("{SOURCE}/records/{id}"), &json!({"data": data})).expect(201);
    }
    let editor = app.browser_of("editor");
    let first = settled(&editor, PAGE).shows("id=\"r-r039\"").hides("id=\"r-r040\"");
    let _first = first.shows("Show the next of 55 more").shows("Clients hold version 1 now.");
    let piece = editor.send(editor.request("GET", &format!("{PAGE}?from=40")).header("HX-Request", "true"));
    let _piece = piece.expect(200).shows("id=\"r-r040\"").hides("<html").shows("Show the next of 15 more");
    let _last =
        editor.get(&format!("{PAGE}?from=80")).expect(200).shows("id=\"r-r094\"").hides("Show the next");
    let _found =
        editor.get(&format!("{PAGE}?q=number+9")).expect(200).shows("id=\"r-r009\"").hides("id=\"r-r010\"");
    let _found = editor.get(&format!("{PAGE}?q=%C3%84%22X")).expect(200).shows("id=\"r-r000\"");
    let _none = editor
        .get(&format!("{PAGE}?q=%3Cscript%3E"))
        .expect(200)
        .shows("No record of the change has “<span dir=\"auto\">&lt;script&gt;</span>” in it.");
    let _none = editor
        .get(&format!("{PAGE}?kind=removed"))
        .expect(200)
        .shows("No record of this kind is in the change.");
    let _whole = editor
        .get(&format!("{PAGE}/records/r050"))
        .expect(200)
        .shows("Back to all changes")
        .shows("Number 50");
}

#[test]
fn attributes_of_the_collection_are_part_of_the_change() {
    let app = changed();
    let _schema = app
        .editor()
        .patch(SOURCE, &json!({"data": {"displayFields": ["name"], "sort": "-name"}}))
        .expect(200);
    let _page = settled(&app.browser_of("editor"), PAGE)
        .shows("Attributes of the collection")
        .shows("displayFields")
        .shows("Attributes <span class=\"changed\">changed</span>");
}

#[test]
fn the_impact_report_finds_what_a_reviewer_would_not_see() {
    let app = changed();
    let records = [
        ("e", json!({"name": "Gamma"})),
        ("f", json!({"name": "Filter", "filter_expression": "env.version >="})),
        ("g", json!({"name": "Filter", "filter_expression": 7})),
    ];
    for (id, data) in &records {
        let _made = app.editor().put(&format!("{SOURCE}/records/{id}"), &json!({"data": data})).expect(201);
    }
    let schema = json!({"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}}});
    let _schema = app.editor().patch(SOURCE, &json!({"data": {"schema": schema}})).expect(200);
    ask(&app, "");
    let reviewer = app.browser_of("reviewer");
    let page = settled(&reviewer, PAGE)
        .shows("Blocked: 2\u{a0}records do not fit the schema.")
        .shows("2\u{a0}filter expressions cannot be read.")
        .shows("the expression ends too early at character 15")
        .shows("it is no text")
        .shows("1 record repeats another.")
        .shows("The impact policy blocks this change.")
        .hides("Approve and publish");
    let _refused = press(&reviewer, &page, "approve", "")
        .expect(422)
        .shows("Nothing was published: the impact policy blocks this change.");
    let refused = app.reviewer().patch(SOURCE, &json!({"data": {"status": "to-sign"}})).expect_error(
        400,
        109,
        "Change is blocked by the impact policy",
    );
    let impact = &refused.json()["details"]["impact"];
    assert_eq!(impact["schema"]["total"], json!(2));
    assert_eq!(impact["schema"]["records"][0]["id"], json!("f"));
    assert_eq!(impact["schema"]["records"][0]["pointer"], json!("/name"));
    assert_eq!(status(&app), "to-review");
}

#[test]
fn a_switch_that_turns_is_told() {
    let app = TestApp::start();
    app.make_collection("rules");
    app.publish(
        "rules",
        &[
            ("a", json!({"enabled": false, "n": 1})),
            ("b", json!({"enabled": true, "n": 2})),
            ("c", json!({"enabled": true, "n": 3})),
        ],
    );
    app.clock.advance_millis(1_000);
    for (id, data) in [("a", json!({"enabled": true, "n": 1})), ("c", json!({"enabled": true, "n": 4}))] {
        let _changed =
            app.editor().put(&format!("{SOURCE}/records/{id}"), &json!({"data": data})).expect(200);
    }
    let _page = settled(&app.browser_of("editor"), PAGE)
        .shows("enabled</code> turns to true on 1\u{a0}record.</strong> Then it is true on 3 of 3.")
        .shows("Nothing blocks this change.");
}

#[test]
fn a_policy_that_warns_lets_through_what_it_warns_of() {
    let impact = Impact { schema: ImpactAction::Warn, ..Impact::default() };
    let policy = ReviewPolicy { impact, ..ReviewPolicy::default() };
    let app = changed_with(TestApp::builder().review(policy).start());
    let schema = json!({"type": "object", "required": ["missing"]});
    let _schema = app.editor().patch(SOURCE, &json!({"data": {"schema": schema}})).expect(200);
    ask(&app, "");
    let reviewer = app.browser_of("reviewer");
    let page = settled(&reviewer, PAGE)
        .shows("<strong>3\u{a0}records do not fit the schema.</strong>")
        .shows("Nothing blocks this change.")
        .shows("Approve and publish");
    let done = press(&reviewer, &page, "approve", "");
    let _done = reviewer.follow(done).expect(200).shows("Published as version 3.");
}

#[test]
fn limits_that_block_are_named_on_the_page_and_over_http() {
    let impact = Impact { over: ImpactAction::Block, ..Impact::default() };
    let policy = ReviewPolicy { impact, ..ReviewPolicy::default() };
    let app = changed_with(TestApp::builder().review(policy).start());
    ask(&app, "");
    let _page = settled(&app.browser_of("reviewer"), PAGE)
        .shows("Blocked: 1 record is removed.")
        .shows("That is 33\u{a0}% of what is published; more than 20\u{a0}% is a lot.")
        .hides("Approve and publish");
    let refused = app.reviewer().patch(SOURCE, &json!({"data": {"status": "to-sign"}})).expect_error(
        400,
        109,
        "Change is blocked by the impact policy",
    );
    assert_eq!(refused.json()["details"], json!({"impact": {"removed": {"limit": 20, "percent": 33}}}));
}

#[test]
fn without_review_whoever_writes_publishes() {
    let mut policy = ReviewPolicy { default: Review::Off, ..ReviewPolicy::default() };
    policy.exceptions.insert("main-workspace/other".to_owned(), Review::On);
    let app = TestApp::builder().review(policy).start();
    app.make_collection("rules");
    let _made = app.editor().put(&format!("{SOURCE}/records/a"), &json!({"data": {"n": 1}})).expect(201);
    let editor = app.browser_of("editor");
    let page = settled(&editor, PAGE)
        .shows("This collection is published without review")
        .hides("Request review")
        .shows("Nobody reviews it.");
    let done = press(&editor, &page, "approve", "");
    let _done = editor.follow(done).expect(200).shows("Published as version 2.");
}

#[test]
fn a_report_is_made_once_for_each_change() {
    let app = changed();
    let editor = app.browser_of("editor");
    let _page = settled(&editor, PAGE);
    let path = CollectionPath::parse("main-workspace/rules").unwrap();
    let resource = app.services.settings.resources.of_source(&path).unwrap();
    let (first, second) = app
        .services
        .read(&countersign::workflow::Actor::plugin(), |scope| {
            let first = review::read(scope, &resource)?.unwrap();
            Ok::<_, review::ReviewError>((first, review::read(scope, &resource)?.unwrap()))
        })
        .unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &second), "read once");
    let digest = first.change.name.as_ref().unwrap().digest;
    let report = || review::report(&app.services, &resource, &digest, std::time::Duration::ZERO);
    let (review::ReportState::Ready(one), review::ReportState::Ready(other)) = (report(), report()) else {
        panic!("not ready");
    };
    assert!(std::sync::Arc::ptr_eq(&one, &other), "made once");
    assert!(one.delta.packed < one.delta.bytes);
    // As many bytes as a client that has what is published will be sent, give or take the digits of a version.
    let since = app
        .anonymous()
        .get("/buckets/main/collections/rules/changeset?_expected=0")
        .expect(200)
        .json()["timestamp"]
        .as_u64()
        .unwrap();
    ask(&app, "");
    let _done = app.reviewer().patch(SOURCE, &json!({"data": {"status": "to-sign"}})).expect(200);
    let fetched = app
        .anonymous()
        .get(&format!("/buckets/main/collections/rules/changeset?_expected=0&_since=%22{since}%22"))
        .expect(200);
    let fetched = u64::try_from(fetched.body.len()).unwrap();
    assert!(fetched.abs_diff(one.delta.bytes) < 40, "{fetched} for {}", one.delta.bytes);
}
