//! The shell of HTTP: versions, redirects, methods, headers, CORS.

use serde_json::json;

use crate::app::TestApp;

#[test]
fn a_first_publication_is_served() {
    let app = TestApp::start();
    app.make_collection("cfr");
    app.publish("cfr", &[("a", json!({"title": "first"}))]);
    let changeset =
        app.anonymous().get("/buckets/main/collections/cfr/changeset?_expected=0").expect(200).json();
    assert_eq!(changeset["changes"][0]["title"], "first");
}
