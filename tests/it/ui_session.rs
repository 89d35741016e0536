//! Signing in to the pages and out, what ends a session, and what becomes of a form whose session has ended.

use countersign::{
    types::AccountName,
    workflow::{Actor, Secret, accounts, sessions},
};
use serde_json::json;

use crate::app::{START, TestApp, at, browser::Browser, password_of};

fn is_signed_in(browser: &Browser<'_>) -> bool {
    let answer = browser.get("/");
    match (answer.status, answer.header("Location")) {
        (200, None) => true,
        (303, Some("/ui/sign-in")) => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sign_in_lasts_until_the_sign_out_and_a_stolen_cookie_no_longer() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let _home = browser.get("/").expect(200).shows("<h1>").shows("Sign out");
    let thief = app.browser();
    thief.set_cookies(&browser.cookies());
    assert!(is_signed_in(&thief));
    let answer = browser.post("/ui/sign-out", &[]);
    assert_eq!(answer.header("Clear-Site-Data"), Some("\"cache\""));
    let _page = browser.follow(answer).expect(200).shows("You are signed out.");
    assert!(!is_signed_in(&browser));
    assert!(!is_signed_in(&thief));
}

#[test]
fn signing_out_everywhere_ends_the_sessions_of_one_account_alone() {
    let app = TestApp::start();
    let (desk, phone, other) =
        (app.browser_of("editor"), app.browser_of("editor"), app.browser_of("reviewer"));
    let answer = desk.post("/ui/sign-out-everywhere", &[]);
    let _page = desk.follow(answer).shows("You are signed out here and everywhere else.");
    assert!(!is_signed_in(&desk));
    assert!(!is_signed_in(&phone));
    assert!(is_signed_in(&other));
}

#[test]
fn a_wrong_password_keeps_the_name_and_says_what_to_mend() {
    let app = TestApp::start();
    let browser = app.browser();
    let _page = browser.get("/ui/sign-in").expect(200);
    for (name, password, sentence) in [
        ("editor", "not it", "Account and password do not fit together"),
        ("nobody", "not it", "Account and password do not fit together"),
        ("no such name!", "not it", "Account and password do not fit together"),
        ("editor", &"x".repeat(5_000), "Account and password do not fit together"),
        ("editor", "", "Enter your password."),
        ("", "not it", "Enter your account."),
    ] {
        let answer = browser.post("/ui/sign-in", &[("name", name), ("password", password)]).expect(422);
        let answer = answer.shows(&format!("value=\"{name}\"")).shows(sentence);
        let _hidden = answer.hides("not it").hides("xxxxx");
        assert_eq!(browser.cookies(), "");
    }
    let shown = browser.post("/ui/sign-in", &[("name", "\"><script>alert(1)</script>"), ("password", "x")]);
    let _shown = shown.expect(422).hides("<script>alert").shows("&lt;script&gt;alert(1)&lt;/script&gt;");
}

#[test]
fn whoever_guesses_has_to_wait() {
    let app = TestApp::start();
    let browser = app.browser();
    let _page = browser.get("/ui/sign-in").expect(200);
    for _ in 0..6 {
        let _wrong = browser.post("/ui/sign-in", &[("name", "editor"), ("password", "guess")]).expect(422);
    }
    let right = password_of("editor");
    let fields = [("name", "editor"), ("password", right.as_str())];
    let _wait = browser.post("/ui/sign-in", &fields).expect(429).shows("Try again in 1\u{a0}second.");
    app.clock.advance_millis(1_000);
    let _in = browser.post("/ui/sign-in", &fields).expect(303);
}

#[test]
fn a_session_ends_when_it_is_idle_and_when_it_is_old() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    // Used now and then it lasts beyond the idle time, up to a week.
    let mut now = START;
    while now + sessions::IDLE_MILLIS - 1 < START + sessions::LONGEST_MILLIS {
        now += sessions::IDLE_MILLIS - 1;
        app.clock.set(at(now));
        assert!(is_signed_in(&browser), "{}", now - START);
    }
    app.clock.set(at(START + sessions::LONGEST_MILLIS));
    assert!(!is_signed_in(&browser));

    let idle = app.browser_of("editor");
    app.clock.advance_millis(sessions::IDLE_MILLIS);
    assert!(!is_signed_in(&idle));
}

#[test]
fn another_password_another_state_and_the_deletion_of_the_account_end_its_sessions() {
    let app = TestApp::start();
    let services = &app.services;
    let name = AccountName::parse("editor").unwrap();

    let browser = app.browser_of("editor");
    app.disable("editor").unwrap();
    assert!(!is_signed_in(&browser));
    app.enable("editor").unwrap();
    assert!(!is_signed_in(&browser), "a session does not come back with its account");

    let browser = app.browser_of("editor");
    let same = Secret::new(password_of("editor")).unwrap();
    services.write(&Actor::plugin(), |scope| accounts::set_password(scope, &name, &same)).unwrap();
    assert!(!is_signed_in(&browser));

    let browser = app.browser_of("editor");
    let body = json!({"data": {"password": password_of("editor")}});
    let _changed = app.editor().patch("/accounts/editor", &body).expect(200);
    assert!(!is_signed_in(&browser));

    let browser = app.browser_of("editor");
    let _gone = app.admin().delete("/accounts/editor").expect(200);
    assert!(!is_signed_in(&browser));
}

#[test]
fn a_session_that_somebody_planted_is_of_no_use() {
    let app = TestApp::start();
    let attacker = app.browser_of("stranger");
    let planted = attacker.cookies();
    let victim = app.browser();
    victim.set_cookies(&planted);
    let _page = victim.get("/ui/sign-in").expect(200);
    let password = password_of("editor");
    let answer = victim.post("/ui/sign-in", &[("name", "editor"), ("password", &password)]).expect(303);
    assert_eq!(answer.header("Location"), Some("/"));
    assert_ne!(victim.cookies(), planted, "the sign-in changes the token");
    assert!(is_signed_in(&victim));
    assert!(!is_signed_in(&attacker), "the former session has ended");

    // A token that the server never made is none.
    let made_up = app.browser();
    let name = planted.split_once('=').unwrap().0;
    made_up.set_cookies(&format!("{name}={}", "A".repeat(43)));
    assert!(!is_signed_in(&made_up));
}

#[test]
fn the_database_does_not_hold_what_the_browser_holds() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let cookies = browser.cookies();
    let token = sessions::Token::parse(cookies.split_once('=').unwrap().1).unwrap();
    let stored = app.services.store.read(|tx| tx.find_session(&token.digest())).unwrap().unwrap();
    assert_eq!(stored.account.as_str(), "editor");
    assert_ne!(token.digest().as_bytes().to_vec(), token.derive(""));
}

#[test]
fn cookies_are_out_of_reach_of_scripts_and_of_other_sites() {
    for (url, prefix, secure) in
        [(None, "countersign-", ""), (Some("https://settings.example"), "__Host-countersign=", "; Secure")]
    {
        let builder = TestApp::builder();
        let app = match url {
            Some(url) => builder.public_url(url).start(),
            None => builder.start(),
        };
        let browser = app.browser();
        let _page = browser.get("/ui/sign-in").expect(200);
        let password = password_of("editor");
        let answer = browser.post("/ui/sign-in", &[("name", "editor"), ("password", &password)]).expect(303);
        let cookie = answer.header("Set-Cookie").unwrap();
        assert!(cookie.starts_with(prefix), "{cookie}");
        assert!(cookie.ends_with(&format!("; Path=/; HttpOnly; SameSite=Strict{secure}")), "{cookie}");
    }
}

#[test]
fn a_sign_in_leads_back_to_where_one_was_going_and_nowhere_else() {
    let app = TestApp::start();
    let away = app.browser().get("/ui/sign-out").expect(404);
    let _page = away.shows("There is no such page");
    let password = password_of("editor");
    for (next, expected) in [
        ("/ui/people?page=2", "/ui/people?page=2"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/v1/", "/"),
        ("/ui/x\r\nSet-Cookie: a=b", "/"),
    ] {
        let browser = app.browser();
        let _page = browser.get("/ui/sign-in").expect(200);
        let fields = [("name", "editor"), ("password", password.as_str()), ("next", next)];
        let answer = browser.post("/ui/sign-in", &fields).expect(303);
        assert_eq!(answer.header("Location"), Some(expected), "{next:?}");
        assert_eq!(answer.header("a"), None);
    }
}

#[test]
fn a_link_on_another_site_is_asked_for_again_from_here() {
    let app = TestApp::start();
    let browser = app.browser();
    let request = browser.request("GET", "/").header("Sec-Fetch-Site", "cross-site");
    let _page = browser.send(request).expect(200).shows("http-equiv=\"refresh\" content=\"0; url=/\"");
    assert_eq!(browser.get("/").expect(303).header("Location"), Some("/ui/sign-in"));
}

#[test]
fn a_form_whose_session_has_ended_goes_along_through_the_sign_in() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let _page = browser.get("/").expect(200);
    app.clock.advance_millis(sessions::LONGEST_MILLIS);
    let typed = [("comment", "Long & <b>thought</b> over\nin two lines"), ("choice", "1"), ("choice", "2")];
    let ended = browser.post("/ui/sign-out-everywhere", &typed).expect(401);
    let ended = ended.shows("Your session has ended.").shows("Nothing you typed is lost");
    let carried = field(&ended.text(), "carried-fields");

    // A wrong password loses nothing either.
    let path = "/ui/sign-out-everywhere";
    let wrong =
        [("name", "editor"), ("password", "x"), ("carried-action", path), ("carried-fields", &carried)];
    let again = browser.post("/ui/sign-in", &wrong).expect(422);
    assert_eq!(field(&again.text(), "carried-fields"), carried);

    let password = password_of("editor");
    let right = [
        ("name", "editor"),
        ("password", &*password),
        ("carried-action", path),
        ("carried-fields", &carried),
    ];
    let resumed = browser.post("/ui/sign-in", &right).expect(200).shows("Signed in again");
    let resumed = resumed
        .shows("action=\"/ui/sign-out-everywhere\"")
        .shows("value=\"Long &amp; &lt;b&gt;thought&lt;/b&gt; over\nin two lines\"")
        .shows("name=\"choice\" value=\"1\"")
        .shows("name=\"choice\" value=\"2\"");
    let _escaped = resumed.hides("<b>thought");
    assert!(is_signed_in(&browser));
    let _done = browser.post(path, &typed).expect(303);
}

#[test]
fn a_password_is_not_carried_through_the_sign_in() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let path = "/ui/people/editor";
    let _page = browser.get(path).expect(200);
    app.clock.advance_millis(sessions::LONGEST_MILLIS);
    let typed =
        [("act", "password"), ("current", "secret-one"), ("new", "secret-two"), ("password", "secret-three")];
    let ended = browser
        .post(path, &typed)
        .expect(401)
        .hides("secret-")
        .shows("Passwords were not kept: type them again.");
    assert_eq!(ended.header("Cache-Control"), Some("no-store"));
    let carried = field(&ended.text(), "carried-fields");
    let password = password_of("editor");
    let right = [
        ("name", "editor"),
        ("password", &*password),
        ("carried-action", path),
        ("carried-fields", &carried),
        ("carried-secret", "1"),
    ];
    let resumed =
        browser.post("/ui/sign-in", &right).expect(200).hides("secret-").shows("Passwords were not kept");
    assert_eq!(resumed.header("Cache-Control"), Some("no-store"));

    // Nor is it where the browser signed in anew meanwhile.
    let former = app.browser_of("editor");
    let _page = former.get(path).expect(200);
    let anew = app.browser_of("editor");
    former.set_cookies(&anew.cookies());
    let other = former.post(path, &typed).expect(409).hides("secret-").shows("Passwords were not kept");
    assert_eq!(other.header("Cache-Control"), Some("no-store"));
}

#[test]
fn a_sign_in_repeats_no_more_than_an_account_can_be() {
    let app = TestApp::start();
    let browser = app.browser();
    let _page = browser.get("/ui/sign-in").expect(200);
    let long = "x".repeat(100_000);
    let again = browser.post("/ui/sign-in", &[("name", &*long), ("password", "y")]).expect(422);
    assert!(again.text().len() < 20_000);
}

#[test]
fn what_is_carried_leads_to_no_other_site() {
    let app = TestApp::start();
    let browser = app.browser();
    let _page = browser.get("/ui/sign-in").expect(200);
    let password = password_of("editor");
    let fields = [
        ("name", "editor"),
        ("password", password.as_str()),
        ("carried-action", "https://evil.example/"),
        ("carried-fields", "a=b"),
    ];
    let answer = browser.post("/ui/sign-in", &fields).expect(303);
    assert_eq!(answer.header("Location"), Some("/"));
}

#[test]
fn no_password_is_asked_for_over_plain_http_on_a_network() {
    let app = TestApp::builder().public_url("http://settings.example:8888").start();
    let browser = app.browser();
    let from_afar =
        |request: crate::app::Request<'_>| browser.send(request.header("Host", "settings.example:8888"));
    let page = from_afar(browser.request("GET", "/ui/sign-in")).expect(200);
    let _page = page.shows("No password is asked for here.").hides("type=\"password\"");
    let password = password_of("editor");
    let form = browser.form("/ui/sign-in", &[("name", "editor"), ("password", &password)]);
    let _refused = from_afar(form).expect(403);
    assert_eq!(browser.cookies(), "");
}

/// The value of a hidden field, as the browser reads it.
fn field(html: &str, name: &str) -> String {
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    let value = rest.split_once('"').unwrap().0;
    value.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
}
