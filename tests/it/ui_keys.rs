//! The page about what is signed with.

use crate::app::TestApp;

const DAY: u64 = 86_400_000;

#[test]
fn what_clients_pin_and_what_is_good_until_when() {
    let app = TestApp::start();
    app.make_collection("rules");
    let page = app.browser_of("editor").get("/ui/keys").expect(200).shows("All is well.").shows(&app.root());
    let page = page.shows("countersign.localhost").shows("-----BEGIN PUBLIC KEY-----").shows("cert-chains/");
    // A leaf of 90 days, renewed when half of them are over; statements of 14 days, signed again after 7.
    let page = page.shows("90\u{a0}days").shows("next, 8\u{a0}Jan").shows("ends 22\u{a0}Feb");
    let page = page
        .shows("main / rules")
        .shows("main-preview / rules")
        .shows("1\u{a0}December")
        .shows("8\u{a0}December");
    let text = page.text();
    assert!(!text.contains("style=\"") && !text.contains("<script>"), "{text}");
    assert_eq!(text.matches("class=\"lives-bar leaf\"").count(), 1);
    let stranger = app.browser_of("stranger").get("/ui/keys").expect(200).hides("rules");
    let _stranger = stranger.shows("Nothing is signed yet that you may see.");
    let _nobody = app.browser().get("/ui/keys").expect(303);
}

#[test]
fn what_should_have_been_renewed_and_what_has_ended_is_said_first() {
    let app = TestApp::start();
    app.clock.advance_millis(46 * DAY);
    let page = app.browser_of("editor").get("/ui/keys").expect(200).hides("All is well.");
    let _page = page.shows("The leaf certificate should have been renewed by now.").shows("notice warning");
    app.clock.advance_millis(60 * DAY);
    let page = app.browser_of("editor").get("/ui/keys").expect(200).shows("notice error");
    let _page = page.shows("The leaf certificate has ended: clients refuse what is signed now.");
    app.stop();
}
