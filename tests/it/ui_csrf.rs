//! Forms that other sites send, pages of other versions and other sessions, and what pages may be embedded in.

use crate::app::TestApp;

/// A form that changes something, for whoever signed in.
const FORM: &str = "/ui/sign-out-everywhere";

#[test]
fn a_form_from_another_site_is_not_carried_out() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    for (name, value) in
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Site", "")]
    {
        let _page = browser.get("/").expect(200);
        let form = browser.form(FORM, &[]).header(name, value);
        let _refused = browser.send(form).expect(403).shows("did not come from a page of this service");
    }
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        let _page = browser.get("/").expect(200);
        let form = browser.form(FORM, &[]).without("Sec-Fetch-Site").header("Origin", origin);
        let _refused = browser.send(form).expect(403).shows("did not come from a page of this service");
    }
    let _still = browser.get("/").expect(200);
}

#[test]
fn a_form_needs_the_token_of_its_own_session() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let page = browser.get("/").expect(200).text();
    let other = app.browser_of("stranger").get("/").expect(200).text();
    let build = hidden(&page, "build");
    for token in [String::new(), "x".to_owned(), hidden(&other, "csrf"), browser.cookies()] {
        // The browser says that it comes from a page of ours: what was typed is shown again, and nothing is done.
        let fields = [("csrf", token.as_str()), ("build", &build), ("comment", "kept")];
        let answer = browser.send(browser.bare_form(FORM, &fields)).expect(409);
        let _kept = answer.shows("You signed in anew while this page was open").shows("value=\"kept\"");
        // It does not say: nothing is taken.
        let unsaid = browser.bare_form(FORM, &fields).without("Sec-Fetch-Site").without("Origin");
        let _refused = browser.send(unsaid).expect(403);
    }
    let _still = browser.get("/").expect(200);
    let _done = browser.post(FORM, &[]).expect(303);
}

#[test]
fn the_token_is_another_one_on_each_page() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let (one, two) = (browser.get("/").text(), browser.get("/").text());
    assert_ne!(hidden(&one, "csrf"), hidden(&two, "csrf"));
    assert_eq!(hidden(&one, "csrf").len(), 86);
}

#[test]
fn a_page_of_another_version_says_so_and_loses_nothing() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let page = browser.get("/").expect(200).text();
    let fields = [("csrf", &*hidden(&page, "csrf")), ("build", "0123456789abcdef"), ("comment", "kept")];
    let answer = browser.send(browser.bare_form(FORM, &fields)).expect(409);
    let answer = answer.shows("The service was upgraded while this page was open");
    let _kept = answer.shows("name=\"comment\" value=\"kept\"").shows(&format!("action=\"{FORM}\""));
    let now = browser.get("/ui/build").expect(200);
    assert_eq!(now.json(), hidden(&page, "build"));
    let _sent_anew = browser.post(FORM, &[("comment", "kept")]).expect(303);
}

#[test]
fn a_form_of_a_stranger_carries_nothing_through_the_sign_in() {
    let app = TestApp::start();
    let browser = app.browser();
    let fields = [("comment", "planted")];
    let form = browser.bare_form(FORM, &fields).header("Sec-Fetch-Site", "cross-site");
    let _refused = browser.send(form).expect(403).hides("planted");
    let unsaid = browser.bare_form(FORM, &fields).without("Sec-Fetch-Site").without("Origin");
    let answer = browser.send(unsaid).expect(303);
    assert_eq!(answer.header("Location"), Some("/ui/sign-in?next=%2Fui%2Fsign-out-everywhere"));
}

#[test]
fn no_page_may_be_framed_run_foreign_code_or_be_known_elsewhere() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let wrong = [("name", ""), ("password", "")];
    for answer in [
        browser.get("/"),
        browser.get("/ui/sign-in"),
        browser.get("/ui/first-start"),
        browser.get("/ui/nowhere"),
        browser.post("/ui/sign-in", &wrong),
        browser.get("/assets/none"),
    ] {
        assert_eq!(
            answer.header("Content-Security-Policy"),
            Some(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                 font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            )
        );
        assert_eq!(answer.header("X-Frame-Options"), Some("DENY"));
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(answer.header("Referrer-Policy"), Some("same-origin"));
        assert_eq!(answer.header("Cross-Origin-Opener-Policy"), Some("same-origin"));
        assert_eq!(answer.header("Access-Control-Allow-Origin"), None);
        let text = answer.text();
        assert!(
            !text.contains("<style") && !text.contains(" style=") && !text.contains(" onclick="),
            "{text}"
        );
        assert!(!text.contains("<script>"), "{text}");
    }
}

#[test]
fn forms_that_cannot_be_read_are_told_so_on_a_page() {
    let app = TestApp::builder()
        .limits(countersign::workflow::Limits { body: 4_096, ..countersign::workflow::Limits::default() })
        .start();
    let browser = app.browser_of("editor");
    let large = browser.post(FORM, &[("comment", &"x".repeat(5_000))]).expect(413);
    let _page = large.shows("This form was not taken").shows("It is larger than 4.1\u{a0}kB.");
    let _get = browser.get(FORM).expect(404);
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let many = vec![("a", "b"); 20_001];
    let _page = browser.send(browser.bare_form(FORM, &many)).expect(400).shows("This form cannot be read");
    let request = browser.bare_form(FORM, &[]).body(vec![0xff, 0xfe, b'=', 0x80]);
    let _page = browser.send(request).expect(400).shows("This form cannot be read");
    let _still = browser.get("/").expect(200);
}

#[test]
fn the_api_knows_no_cookie() {
    let app = TestApp::start();
    let browser = app.browser_of("admin");
    let answer =
        browser.send(browser.request("GET", "/v1/").header("Accept", "application/json")).expect(200);
    assert_eq!(answer.json().get("user"), None);
    let write = browser.request("DELETE", "/v1/accounts/editor").header("Accept", "application/json");
    let _refused = browser.send(write).expect(401);
}

fn hidden(html: &str, name: &str) -> String {
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}
