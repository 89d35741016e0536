//! Signing in to the pages, and out.

use crate::app::{TestApp, password_of};

#[test]
fn a_sign_in_lasts_until_the_sign_out() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let _home = browser.get("/").expect(200).shows("<h1>").shows("Sign out");
    let stolen = browser.cookies();
    let answer = browser.post("/ui/sign-out", &[]);
    let _page = browser.follow(answer).expect(200).shows("You are signed out.");
    assert_eq!(browser.get("/").expect(303).header("Location"), Some("/ui/sign-in"));
    let thief = app.browser();
    thief.set_cookies(&stolen);
    assert_eq!(thief.get("/").expect(303).header("Location"), Some("/ui/sign-in"));
}

#[test]
fn a_wrong_password_keeps_the_name_and_says_what_to_mend() {
    let app = TestApp::start();
    let browser = app.browser();
    let _page = browser.get("/ui/sign-in").expect(200);
    let _refused = browser
        .post("/ui/sign-in", &[("name", "editor"), ("password", "wrong")])
        .expect(422)
        .shows("value=\"editor\"")
        .shows("Name and password do not fit together.")
        .hides("wrong");
    assert_eq!(browser.cookies(), "");
    let right = password_of("editor");
    let answer = browser.post("/ui/sign-in", &[("name", "editor"), ("password", &right), ("next", "/ui")]);
    assert_eq!(answer.expect(303).header("Location"), Some("/"));
}
