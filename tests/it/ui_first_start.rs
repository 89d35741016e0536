//! The first administrator, by a link that the console printed.

use countersign::workflow::{Actor, first_start, sessions::Token};

use crate::app::{Response, TestApp, browser::Browser};

fn link(app: &TestApp) -> Token {
    let token = Token::new(&*app.services.random).unwrap();
    let is_open =
        app.services.write(&Actor::plugin(), |scope| first_start::make_link(scope, &token)).unwrap();
    assert!(is_open);
    token
}

fn open(browser: &Browser<'_>, token: &str) -> Response {
    browser.get(&format!("/ui/first-start?token={token}"))
}

#[test]
fn the_link_makes_the_administrator_and_signs_in() {
    let app = TestApp::builder().people(&[]).start();
    let (token, second) = (link(&app).to_text(), link(&app).to_text());
    let browser = app.browser();
    let page = open(&browser, &token).expect(200).shows("Create the administrator");
    let _page = page.shows("name=\"name\" value=\"admin\"");
    let fields = [
        ("token", token.as_str()),
        ("name", "admin"),
        ("called", "Mara <Lindqvist>"),
        ("password", "three words here"),
    ];
    let made = browser.post("/ui/first-start", &fields);
    let home = browser.follow(made).expect(200).shows("The administrator is made, and you are signed in.");
    let _home = home.shows("First steps").shows("Mara &lt;Lindqvist&gt;").shows("administrator");

    // Once: neither this link nor another, nor a new one.
    let late = app.browser();
    for used in [&token, &second] {
        let _over = open(&late, used).expect(410).shows("There is an administrator already");
        let again = [("token", used.as_str()), ("name", "admin"), ("password", "another password")];
        let _over = late.post("/ui/first-start", &again).expect(410);
    }
    let token = Token::new(&*app.services.random).unwrap();
    assert!(!app.services.write(&Actor::plugin(), |scope| first_start::make_link(scope, &token)).unwrap());
    let sign_in = late.post("/ui/sign-in", &[("name", "admin"), ("password", "three words here")]);
    let _in = late.follow(sign_in).expect(200);
}

#[test]
fn a_link_lasts_for_a_day() {
    let app = TestApp::builder().people(&[]).start();
    let token = link(&app).to_text();
    app.clock.advance_millis(24 * 3_600_000 - 1);
    let _open = open(&app.browser(), &token).expect(200);
    app.clock.advance_millis(1);
    let _old = open(&app.browser(), &token).expect(410).shows("This link does not work");
    for bad in ["", "x", &"A".repeat(43), &format!("{token}A")] {
        let _unknown = open(&app.browser(), bad).expect(410).shows("This link does not work");
    }
}

#[test]
fn what_is_typed_wrong_is_kept_and_the_link_is_not_used_up() {
    let app = TestApp::builder().people(&[]).start();
    let token = link(&app).to_text();
    let browser = app.browser();
    let _page = open(&browser, &token).expect(200);
    for (name, password, sentence) in [
        ("admin", "short", "Choose a password of at least ten characters"),
        ("admin", &"x".repeat(1_025), "A password has at most 1024 bytes."),
        ("somebody", "three words here", "The configuration names other administrators"),
        ("no name", "three words here", "Choose one of the names."),
    ] {
        let fields = [("token", token.as_str()), ("name", name), ("called", "Mara"), ("password", password)];
        let answer = browser.post("/ui/first-start", &fields).expect(422);
        let text = answer.text();
        let _kept = answer.shows("value=\"Mara\"").shows(&format!("value=\"{token}\""));
        assert!(text.contains(sentence) || name != "admin", "{sentence}: {text}");
    }
    let fields = [("token", token.as_str()), ("name", "admin"), ("password", "three words here")];
    let _made = browser.post("/ui/first-start", &fields).expect(303);
}

#[test]
fn where_there_is_an_account_no_link_is_good() {
    let app = TestApp::start();
    let _over = app.browser().get("/ui/first-start").expect(410).shows("There is an administrator already");
    let forged = "A".repeat(43);
    let _over = open(&app.browser(), &forged).expect(410).shows("There is an administrator already");
}
