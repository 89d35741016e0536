//! Accounts and groups in the pages: who may see and change what, links to choose a password, the own account.

use serde_json::json;

use crate::app::{Response, TestApp, basic, browser::Browser, password_of};

const PEOPLE: &str = "/ui/people";
const STRANGER: &str = "/ui/people/stranger";

/// Whether HTTP Basic with this password is taken.
fn signs_in(app: &TestApp, name: &str, password: &str) -> bool {
    let path = format!("/accounts/{name}");
    let request = app.anonymous().request("GET", &path);
    request.header("Authorization", &basic(name, password)).send().status == 200
}

/// The path of the link on a page that shows one.
fn link_on(page: &Response) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("once-link\">").unwrap();
    let (link, _) = rest.split_once('<').unwrap();
    let (_, path) = link.split_once("/ui/").unwrap();
    format!("/ui/{path}")
}

/// The administrator's browser, with the page of that account open.
fn at<'a>(app: &'a TestApp, path: &str) -> Browser<'a> {
    let browser = app.browser_of("admin");
    let _page = browser.get(path).expect(200);
    browser
}

#[test]
fn administrators_alone_see_and_change_others() {
    let app = TestApp::start();
    let _named = app
        .admin()
        .patch("/accounts/editor", &json!({"data": {"name": "Ines <script>alert(1)</script>"}}))
        .expect(200);
    let list = at(&app, PEOPLE).get(PEOPLE).expect(200).hides("<script>alert");
    let _list = list.shows("Ines &lt;script&gt;").shows("stranger").shows("Administrator");
    let found =
        at(&app, PEOPLE).get("/ui/people?q=INES").expect(200).shows("1 of 4").hides("/ui/people/reviewer");
    let _found = found.shows("/ui/people/editor");
    let _nobody = at(&app, PEOPLE).get("/ui/people?q=zzz").expect(200).shows("Nobody is called like that.");

    let stranger = app.browser_of("stranger");
    let home = stranger.get("/").expect(200).hides(">People</a>");
    let _home = home.shows("href=\"/ui/people/stranger\"");
    let own = stranger.get(PEOPLE).expect(303);
    assert_eq!(own.header("Location"), Some(STRANGER));
    let _own = stranger.get(STRANGER).expect(200).shows("My account").hides("Disable the account");
    let _own = stranger.get(STRANGER).expect(200).shows("/ui/history?user=stranger");
    for path in ["/ui/people/editor", "/ui/new-person", "/ui/groups/main-workspace/none"] {
        let _refused = stranger.get(path).expect(403);
    }
    for (path, fields) in [
        ("/ui/people/editor", vec![("act", "disable")]),
        ("/ui/people/editor", vec![("act", "enable")]),
        ("/ui/people/editor", vec![("act", "link")]),
        ("/ui/people/editor", vec![("act", "name"), ("called", "X")]),
        ("/ui/people/editor", vec![("act", "sign-out")]),
        (STRANGER, vec![("act", "disable")]),
        (STRANGER, vec![("act", "link")]),
        ("/ui/new-person", vec![("account", "mine")]),
        ("/ui/groups", vec![("bucket", "main-workspace"), ("group", "mine")]),
        ("/ui/groups/main-workspace/none", vec![("act", "add"), ("who", "stranger")]),
        ("/ui/groups/main-workspace/none", vec![("act", "delete")]),
    ] {
        let _refused = stranger.post(path, &fields).expect(403);
    }
    // The form for the own password is for the own account, also for administrators.
    let admin = at(&app, STRANGER);
    let fields = [("act", "password"), ("current", "password of stranger"), ("new", "another password")];
    let _none = admin.post(STRANGER, &fields).expect(404);
    let _none = admin.post(STRANGER, &[("act", "else")]).expect(404);
    let _none = admin.get("/ui/people/nobody").expect(404);
    let _none = admin.get("/ui/people/-no").expect(404);
    assert!(signs_in(&app, "editor", &password_of("editor")));
    let _nobody = app.browser().get(PEOPLE).expect(303);
}

#[test]
fn who_is_invited_chooses_a_password_by_a_link_that_works_once() {
    let app = TestApp::start();
    let admin = at(&app, "/ui/new-person");
    let made =
        admin.post("/ui/new-person", &[("account", "mara"), ("called", "Mara Lindqvist"), ("password", "")]);
    assert_eq!(made.header("Cache-Control"), Some("no-store"));
    let link = link_on(&made.expect(200).shows("Nobody can see this link again").shows("Mara Lindqvist"));
    let _invited = admin.get(PEOPLE).expect(200).shows("Invited, until");
    assert!(!signs_in(&app, "mara", ""));

    let mara = app.browser();
    let _page = mara.get(&link).expect(200).shows("Welcome, ").shows("Mara Lindqvist").hides("Sign out");
    let (_, token) = link.split_once("token=").unwrap();
    let short = mara.post("/ui/password", &[("token", token), ("password", "short")]).expect(422);
    let _short =
        short.shows("Choose a password of at least ten characters").shows(token).hides("value=\"short\"");
    let set = mara.post("/ui/password", &[("token", token), ("password", "a few words")]);
    let _home = mara.follow(set).expect(200).shows("Your password is set, and you are signed in.");
    assert!(signs_in(&app, "mara", "a few words"));
    let _mine = mara.get("/ui/people/mara").expect(200).shows("My account").shows("this browser");

    let late = app.browser();
    let _over = late.get(&link).expect(410).shows("This link does not work");
    let _over = late.post("/ui/password", &[("token", token), ("password", "another try")]).expect(410);
    for bad in ["", "x", &"A".repeat(43)] {
        let _unknown = late.get(&format!("/ui/password?token={bad}")).expect(410);
        let _unknown = late.post("/ui/password", &[("token", bad), ("password", "another try")]).expect(410);
    }
    assert!(signs_in(&app, "mara", "a few words"));
}

#[test]
fn a_link_ends_with_a_newer_one_after_a_day_and_when_the_account_is_disabled() {
    let app = TestApp::start();
    let admin = at(&app, STRANGER);
    let make = || link_on(&admin.post(STRANGER, &[("act", "link")]).expect(200).shows("The link is made."));
    let opens = |link: &str| app.browser().get(link).status == 200;
    let (first, second) = (make(), make());
    assert!(!opens(&first) && opens(&second));
    app.clock.advance_millis(24 * 3_600_000 - 1);
    assert!(opens(&second));
    app.clock.advance_millis(1);
    assert!(!opens(&second));

    let admin = at(&app, STRANGER);
    let link = link_on(&admin.post(STRANGER, &[("act", "link")]).expect(200));
    // Until it is used the password is what it was.
    assert!(signs_in(&app, "stranger", &password_of("stranger")));
    app.disable("stranger").unwrap();
    assert!(!opens(&link));
    app.enable("stranger").unwrap();
    assert!(!opens(&link), "enabling brings no link back");
    let link = link_on(&admin.post(STRANGER, &[("act", "link")]).expect(200));
    let changed = json!({"data": {"password": "changed over HTTP"}});
    let _changed = app.admin().patch("/accounts/stranger", &changed).expect(200);
    assert!(!opens(&link), "another password ends it");
    let link = link_on(&admin.post(STRANGER, &[("act", "link")]).expect(200));
    let _gone = app.admin().delete("/accounts/stranger").expect(200);
    assert!(!opens(&link));
    app.disable("reviewer").unwrap();
    let refused = admin.post("/ui/people/reviewer", &[("act", "link")]).expect(422);
    let _refused = refused.shows("Enable it first.");
}

#[test]
fn a_link_signs_out_whoever_was_signed_in_before() {
    let app = TestApp::start();
    let former = app.browser_of("stranger");
    let link = link_on(&at(&app, STRANGER).post(STRANGER, &[("act", "link")]).expect(200));
    let (_, token) = link.split_once("token=").unwrap();
    let fresh = app.browser();
    let _page = fresh.get(&link).expect(200);
    let _set = fresh.post("/ui/password", &[("token", token), ("password", "a few words")]).expect(303);
    assert_eq!(former.get(STRANGER).status, 303);
    assert!(!signs_in(&app, "stranger", &password_of("stranger")));
}

#[test]
fn a_disabled_account_is_out_at_once_and_comes_back() {
    let app = TestApp::start();
    let stranger = app.browser_of("stranger");
    let admin = at(&app, STRANGER);
    let answer = admin.post(STRANGER, &[("act", "disable")]);
    let page =
        admin.follow(answer).expect(200).shows("stranger can sign in no more").shows("Enable the account");
    let _page = page.shows("Nowhere.");
    assert_eq!(stranger.get(STRANGER).status, 303);
    assert!(!signs_in(&app, "stranger", &password_of("stranger")));
    let _list = admin.get(PEOPLE).expect(200).shows("Disabled");
    let answer = admin.post(STRANGER, &[("act", "enable")]);
    let _page = admin.follow(answer).expect(200).shows("can sign in again").shows("Disable the account");
    assert!(signs_in(&app, "stranger", &password_of("stranger")));
    let last = admin.post("/ui/people/admin", &[("act", "disable")]).expect(422);
    let _last = last.shows("This is the last administrator who can sign in.");
    let _still = admin.get(PEOPLE).expect(200);
}

#[test]
fn sessions_are_seen_and_ended() {
    let app = TestApp::start();
    let (one, two) = (app.browser_of("stranger"), app.browser_of("stranger"));
    let page = one.get(STRANGER).expect(200).shows("this browser").text();
    assert_eq!(page.matches("Since <time").count(), 2);
    let admin = at(&app, STRANGER);
    let answer = admin.post(STRANGER, &[("act", "sign-out")]);
    let _page =
        admin.follow(answer).expect(200).shows("stranger is signed out everywhere.").shows("Nowhere.");
    assert_eq!((one.get(STRANGER).status, two.get(STRANGER).status), (303, 303));
}

#[test]
fn everybody_changes_the_own_name_and_password() {
    let app = TestApp::start();
    let (here, elsewhere) = (app.browser_of("stranger"), app.browser_of("stranger"));
    let _page = here.get(STRANGER).expect(200);
    let answer = here.post(STRANGER, &[("act", "name"), ("called", "  Tomás Rey  ")]);
    let _page = here.follow(answer).expect(200).shows("The name is saved.").shows("value=\"Tomás Rey\"");
    let long = "x".repeat(101);
    let refused = here.post(STRANGER, &[("act", "name"), ("called", &long)]).expect(422);
    let _refused = refused.shows("A name has at most 100 characters.").shows(&format!("value=\"{long}\""));
    let data = app.stranger().get("/accounts/stranger").expect(200).data();
    assert_eq!(data["name"], "Tomás Rey");

    let change = |current: &str, new: &str| {
        here.post(STRANGER, &[("act", "password"), ("current", current), ("new", new)])
    };
    let _refused = change("", "a few words").expect(422).shows("Enter the password that you have now.");
    let _refused = change("wrong one", "a few words").expect(422).shows("This is not your current password.");
    let own = password_of("stranger");
    let _refused = change(&own, "short").expect(422).shows("at least ten characters");
    assert!(signs_in(&app, "stranger", &own));
    let page = here.follow(change(&own, "a few words")).expect(200).shows("Your password is changed.");
    let _page = page.shows("this browser");
    assert_eq!(elsewhere.get(STRANGER).status, 303);
    assert!(signs_in(&app, "stranger", "a few words") && !signs_in(&app, "stranger", &own));
    let answer = here.post(STRANGER, &[("act", "name"), ("called", "")]);
    let _page = here.follow(answer).expect(200);
    assert_eq!(app.admin().get("/accounts/stranger").expect(200).data()["name"], json!(null));
}

#[test]
fn who_guesses_the_current_password_has_to_wait() {
    let app = TestApp::start();
    let here = app.browser_of("stranger");
    let _page = here.get(STRANGER).expect(200);
    app.clock.advance_millis(6 * 60_000);
    let guess = || {
        let fields = [("act", "password"), ("current", "a guess"), ("new", "a few words")];
        here.post(STRANGER, &fields)
    };
    for _ in 0..6 {
        let _wrong = guess().expect(422);
    }
    let _wait = guess().expect(429).shows("Too many wrong passwords. Try again in 1\u{a0}second.");
}

#[test]
fn an_account_is_made_with_a_password_and_what_is_wrong_is_said() {
    let app = TestApp::start();
    let admin = at(&app, "/ui/new-person");
    let form = |account: &str, called: &str, password: &str| {
        admin.post("/ui/new-person", &[("account", account), ("called", called), ("password", password)])
    };
    let long = "a".repeat(256);
    for (account, called, password, sentence) in [
        ("", "Mara", "", "Choose the name that they sign in with."),
        ("-mara", "Mara", "", "a letter or digit at the beginning"),
        ("<script>", "Mara", "", "a letter or digit at the beginning"),
        (long.as_str(), "Mara", "", "at most 255 characters"),
        ("stranger", "Mara", "", "There is an account of this name already."),
        ("mara", "Mara", "short", "at least ten characters"),
    ] {
        let refused = form(account, called, password).expect(422).shows(sentence).hides("<script>");
        let _kept = refused.shows("value=\"Mara\"").hides("value=\"short\"");
    }
    let name = "x".repeat(101);
    let _long = form("mara", &name, "").expect(422).shows("A name has at most 100 characters.");
    let _none = app.admin().get("/accounts/mara").expect(404);
    let made = form(" m.ara+x@y ", "Mara", "three words here");
    let page = admin.follow(made).expect(200).shows("m.ara+x@y can sign in now.");
    let _page = page.shows("<h1>").shows("Mara");
    assert!(signs_in(&app, "m.ara+x@y", "three words here"));
}

#[test]
fn groups_are_made_filled_emptied_and_deleted() {
    let app = TestApp::start();
    app.make_collection("rules");
    let admin = at(&app, PEOPLE);
    let _list = admin.get(PEOPLE).expect(200).shows("rules-reviewers").shows("Reviews ");
    let refused = admin.post("/ui/groups", &[("bucket", "main-workspace"), ("group", "no name")]).expect(422);
    let _refused = refused.shows("a letter or digit at the beginning").shows("value=\"no name\"");
    let fields = [("bucket", "main-workspace"), ("group", "helpers")];
    let made = admin.post("/ui/groups", &fields);
    let _page = admin.follow(made).expect(200).shows("Nobody is in this group.");
    let _again =
        admin.post("/ui/groups", &fields).expect(422).shows("There is a group of this name already.");
    let helpers = "/ui/groups/main-workspace/helpers";
    let _named = app.admin().patch("/accounts/editor", &json!({"data": {"name": "Ines Okafor"}})).expect(200);
    let _named = app.admin().patch("/accounts/reviewer", &json!({"data": {"name": "Sam"}})).expect(200);
    let add = |who: &str| admin.post(helpers, &[("act", "add"), ("who", who)]);
    let _page = admin.follow(add("editor")).expect(200).shows("editor is in the group now.");
    let _page = admin.follow(add("account:stranger")).expect(200).shows("Ines Okafor");
    for (who, sentence) in [
        ("editor", "They are in the group already."),
        ("ines okafor", "This is what editor is called. Type the account: editor."),
        ("SAM", "This is what reviewer is called. Type the account: reviewer."),
        ("<b>", "Nobody is called so"),
        ("", "Nobody is called so"),
    ] {
        let _refused = add(who).expect(422).shows(sentence).hides("<b>");
    }
    let group = "/buckets/main-workspace/groups/helpers";
    assert_eq!(
        app.admin().get(group).expect(200).data()["members"],
        json!(["account:editor", "account:stranger"])
    );
    let _gone = admin.post(helpers, &[("act", "remove"), ("user", "account:editor")]).expect(303);
    assert_eq!(app.admin().get(group).expect(200).data()["members"], json!(["account:stranger"]));
    let deleted = admin.post(helpers, &[("act", "delete")]);
    let _list = admin.follow(deleted).expect(200).shows("The group helpers is deleted.");
    let _none = admin.get(helpers).expect(404);
    let _none = admin.post(helpers, &[("act", "add"), ("who", "editor")]).expect(404);

    let reviewers = "/ui/groups/main-workspace/rules-reviewers";
    let added = admin.post(reviewers, &[("act", "add"), ("who", "stranger")]);
    let _page = admin.follow(added).expect(200).shows("approve changes of").hides("Delete the group");
}

#[test]
fn a_password_is_not_chosen_where_others_can_read_along() {
    let app = TestApp::start();
    let link = link_on(&at(&app, STRANGER).post(STRANGER, &[("act", "link")]).expect(200));
    let abroad = app.browser();
    let request = abroad.request("GET", &link).header("Host", "192.168.1.7:8888");
    let _page =
        abroad.send(request).expect(200).shows("No password is asked for here.").hides("type=\"password\"");
}

#[test]
fn nobody_takes_the_name_of_somebody_else_and_no_name_hides_anything() {
    let app = TestApp::start();
    let path = "/ui/people/editor";
    let _named = at(&app, path).post(path, &[("act", "name"), ("called", "Ines Okafor")]).expect(303);
    let stranger = app.browser_of("stranger");
    let _page = stranger.get(STRANGER).expect(200);
    for (called, sentence) in [
        ("ines  OKAFOR ", "The account editor goes by this name."),
        ("Editor", "The account editor goes by this name."),
        ("Ines\u{200b} Okafor", "no invisible characters"),
        ("\u{202e}Ines", "no invisible characters"),
        ("\u{3164}", "no invisible characters"),
        ("Ines\u{7}", "no invisible characters"),
    ] {
        let fields = [("act", "name"), ("called", called)];
        let _refused = stranger.post(STRANGER, &fields).expect(422).shows(sentence);
        let patch = json!({"data": {"name": called}});
        let own = app.anonymous().request("PATCH", "/accounts/stranger").json(&patch);
        let own = own.header("Authorization", &basic("stranger", &password_of("stranger"))).send();
        let _refused = own.expect(400);
    }
    let kept = app.admin().get("/accounts/stranger").expect(200);
    assert_eq!(kept.data().get("name"), None);
    let admin = at(&app, "/ui/new-person");
    for (account, called, sentence) in [
        ("x", "INES okafor", "The account editor goes by this name."),
        ("EDITOR", "", "This is what editor is called."),
    ] {
        let fields = [("account", account), ("called", called), ("password", "")];
        let _refused = admin.post("/ui/new-person", &fields).expect(422).shows(sentence);
    }
}
