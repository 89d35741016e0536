//! The shell of HTTP: versions, redirects, methods, headers, CORS, credentials, connections.

use std::io::Write;

use serde_json::json;

use crate::app::{Response, TestApp, basic, wire};

const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none';";

fn location(response: &Response) -> &str {
    response.header("Location").unwrap()
}

#[test]
fn what_has_no_version_is_sent_to_the_public_address() {
    let app = TestApp::builder().public_url("https://settings.example").start();
    for (method, path, expected) in [
        ("GET", "/", "https://settings.example/v1/"),
        ("GET", "/buckets?_since=%225%22", "https://settings.example/v1/buckets?_since=%225%22"),
        ("POST", "/nothing/there", "https://settings.example/v1/nothing/there"),
        ("DELETE", "//evil.example/x", "https://settings.example/v1//evil.example/x"),
    ] {
        let response = app.anonymous().raw(method, path).send().expect(307);
        assert_eq!(location(&response), expected);
        assert_eq!(response.header("Cache-Control"), None);
        assert_eq!(response.header("Content-Type"), Some("text/plain; charset=UTF-8"));
    }
    let _nothing = app.anonymous().raw("OPTIONS", "/buckets").send().expect(200);
}

#[test]
fn other_spellings_are_sent_to_the_one_that_is_served() {
    let app = TestApp::builder().public_url("https://settings.example").start();
    for (path, expected) in [
        ("/v1", "https://settings.example/v1/"),
        ("/v1?x=1", "https://settings.example/v1/?x=1"),
        ("/v1/buckets/", "https://settings.example/v1/buckets"),
        ("/v1/nothing///?x=1", "https://settings.example/v1/nothing?x=1"),
    ] {
        let response = app.anonymous().raw("GET", path).send().expect(307);
        assert_eq!(location(&response), expected);
        assert_eq!(response.header("Cache-Control"), Some("max-age=3600"));
        assert_eq!(response.header("Expires"), Some("Tue, 24 Nov 2026 07:00:00 GMT"));
    }
}

#[test]
fn a_redirect_speaks_what_the_caller_reads() {
    let app = TestApp::start();
    let html = app.anonymous().raw("GET", "/a'&b").header("Accept", "*/*").send().expect(307);
    assert_eq!(html.header("Content-Type"), Some("text/html; charset=UTF-8"));
    let text = String::from_utf8(html.body).unwrap();
    assert!(text.contains("/v1/a'&amp;b;"), "{text}");
    let json = app.anonymous().raw("GET", "/x").header("Accept", "application/json").send().expect(307);
    assert_eq!(json.json()["code"], "307 Temporary Redirect");
}

#[test]
fn unknown_paths_and_versions_are_told_apart() {
    let app = TestApp::start();
    let missing = "The resource you are looking for could not be found.";
    let version = "The requested API version is not available on this server.";
    for path in
        ["/v1/nope", "/v1/buckets/a/nope", "/v12/buckets", "/v1//buckets", "/v1/accounts/a/validate/x"]
    {
        let _error = app.anonymous().raw("GET", path).send().expect_error(404, 111, missing);
    }
    for path in ["/v0/", "/v2/buckets"] {
        let _error = app.anonymous().raw("GET", path).send().expect_error(404, 116, version);
    }
}

#[test]
fn a_path_that_is_no_text_is_refused() {
    let app = TestApp::start();
    for path in ["/v1/buckets/%ff", "/v1/buckets?x=%c3%28"] {
        let response = app.anonymous().raw("GET", path).send();
        let response = response.expect_error(400, 107, "The URL is not valid UTF-8.");
        assert_eq!(response.json()["error"], "Bad Request");
        assert_eq!(response.json().get("details"), None);
    }
    let _error = app.anonymous().raw("GET", "/v1/buckets?x=%00").send().expect_error(
        400,
        107,
        "querystring: Invalid character 0x00",
    );
}

#[test]
fn a_method_that_is_not_defined_names_those_that_are() {
    let app = TestApp::start();
    let message = "Method not allowed on this endpoint.";
    for (method, path, allowed) in [
        ("PUT", "/", "GET, HEAD, OPTIONS"),
        ("GET", "/batch", "OPTIONS, POST"),
        ("PUT", "/buckets", "DELETE, GET, HEAD, OPTIONS, POST"),
        ("POST", "/buckets/main", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("POST", "/buckets/main/collections/cfr/changeset", "GET, HEAD, OPTIONS"),
        ("DELETE", "/buckets/monitor/collections/changes/records", "GET, HEAD, OPTIONS"),
        ("get", "/buckets", "DELETE, GET, HEAD, OPTIONS, POST"),
        ("BREW", "/buckets", "DELETE, GET, HEAD, OPTIONS, POST"),
    ] {
        let response = app.anonymous().request(method, path).send().expect_error(405, 115, message);
        assert_eq!(response.header("Allow"), Some(allowed), "{method} {path}");
    }
    let _unknown = app.anonymous().request("BREW", "/coffee").send().expect(404);
}

#[test]
fn every_answer_says_how_it_is_to_be_treated() {
    let app = TestApp::start();
    let base = "Backoff, Retry-After, Alert, Content-Length, Content-Type";
    let object = format!("{base}, Last-Modified, ETag, Cache-Control, Expires, Pragma");
    for (method, path, status, exposed) in [
        ("GET", "/v1/", 200, base),
        ("GET", "/v1/__lbheartbeat__", 200, base),
        ("GET", "/v1/nope", 404, base),
        ("GET", "/nope", 307, base),
        ("PUT", "/v1/", 405, base),
        ("GET", "/v1/buckets/main", 401, &object),
        ("GET", "/v1/buckets", 401, &format!("{object}, Next-Page")),
        ("HEAD", "/v1/buckets", 401, &format!("{object}, Next-Page, Total-Objects, Total-Records")),
        ("POST", "/v1/buckets", 401, base),
        ("GET", "/v1/buckets/monitor/collections/changes/changeset?_expected=0", 200, base),
    ] {
        let response = app.anonymous().raw(method, path).send().expect(status);
        assert_eq!(response.header("X-Content-Type-Options"), Some("nosniff"), "{method} {path}");
        assert_eq!(response.header("Content-Security-Policy"), Some(POLICY), "{method} {path}");
        assert_eq!(response.header("Access-Control-Expose-Headers"), Some(exposed), "{method} {path}");
        assert_eq!(response.header("Access-Control-Allow-Origin"), None, "{method} {path}");
        assert_eq!(response.header("Set-Cookie"), None, "{method} {path}");
    }
}

#[test]
fn pages_of_other_origins_may_ask() {
    let app = TestApp::start();
    for path in ["/v1/", "/v1/buckets", "/v1/nope", "/x", "/v1/buckets/monitor/collections/changes/changeset"]
    {
        let response = app.anonymous().raw("GET", path).header("Origin", "https://page.example").send();
        assert_eq!(response.header("Access-Control-Allow-Origin"), Some("*"), "{path}");
        assert_eq!(response.header("Access-Control-Allow-Credentials"), None);
    }
    let response = app
        .anonymous()
        .request("OPTIONS", "/buckets/a")
        .header("Origin", "https://page.example")
        .header("Access-Control-Request-Method", "PATCH")
        .header("Access-Control-Request-Headers", "Authorization, Countersign-Change")
        .send()
        .expect(200);
    assert_eq!(response.body, b"null");
    assert_eq!(
        response.header("Access-Control-Allow-Methods"),
        Some("DELETE, GET, HEAD, OPTIONS, PATCH, PUT")
    );
    assert!(
        response
            .header("Access-Control-Allow-Headers")
            .unwrap()
            .ends_with("Authorization, Countersign-Change")
    );
    assert_eq!(response.header("Access-Control-Max-Age"), Some("3600"));
    assert_eq!(response.header("Access-Control-Expose-Headers"), None);
}

#[test]
fn a_preflight_has_to_say_what_it_is_for() {
    let app = TestApp::start();
    let preflight = || app.anonymous().request("OPTIONS", "/buckets");
    let _error = preflight().header("Access-Control-Request-Method", "GET").send().expect_error(
        400,
        107,
        "Origin in header: this header is mandatory",
    );
    let _error = preflight().header("Origin", "https://page.example").send().expect_error(
        400,
        107,
        "Access-Control-Request-Method in header: this header is mandatory",
    );
    let _error = preflight()
        .header("Origin", "https://page.example")
        .header("Access-Control-Request-Method", "PATCH")
        .send()
        .expect_error(400, 107, "Access-Control-Request-Method in header: Method not allowed");
}

#[test]
fn resources_speak_json_alone() {
    let app = TestApp::start();
    let message = "Accept header should be one of ['application/json']";
    for accept in ["text/plain", "application/json;charset=utf-8", "application/json;q=0", "image/*"] {
        let _error = app
            .anonymous()
            .request("GET", "/buckets")
            .header("Accept", accept)
            .send()
            .expect_error(406, 107, message);
    }
    for accept in ["application/json", "application/*;q=0.1", "text/html, */*", "", "APPLICATION/JSON; q=1"] {
        let _denied = app.anonymous().request("GET", "/buckets").header("Accept", accept).send().expect(401);
    }
    for path in ["/", "/__lbheartbeat__", "/buckets/monitor/collections/changes/changeset?_expected=0"] {
        let _answer = app.anonymous().request("GET", path).header("Accept", "image/png").send().expect(200);
    }
}

#[test]
fn a_body_of_another_type_is_refused_before_anybody_is_asked_who_they_are() {
    let app = TestApp::start();
    let put = |media: &str, body: &str| {
        app.anonymous().request("PUT", "/buckets/b").header("Content-Type", media).body(body).send()
    };
    let message = "Content-Type header should be one of ['application/json']";
    for media in ["text/plain", "application/merge-patch+json", "application/x-www-form-urlencoded", "json"] {
        let _error = put(media, "{}").expect_error(415, 107, message);
        let _error = put(media, "").expect_error(415, 107, message);
    }
    for media in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        let _denied = put(media, "{}").expect(401);
    }
    let patch = |media: &str| {
        app.anonymous().request("PATCH", "/buckets/b").header("Content-Type", media).body("{}").send()
    };
    let _denied = patch("application/merge-patch+json").expect(401);
    let _error = patch("application/json-patch+json").expect_error(
        415,
        107,
        "Content-Type header should be one of ['application/json', 'application/merge-patch+json']",
    );
    let _error = app
        .anonymous()
        .request("POST", "/batch")
        .header("Content-Type", "text/plain")
        .body("{}")
        .send()
        .expect_error(415, 107, message);
}

#[test]
fn missing_parents_are_told_to_everybody_who_writes() {
    let app = TestApp::start();
    let put = |path: &str| app.anonymous().put(path, &json!({"data": {}}));
    let missing = put("/buckets/main-workspace/collections/nope/records/a").expect(404).json();
    assert_eq!(missing["errno"], 111);
    assert_eq!(missing["details"], json!({"id": "nope", "resource_name": "collection"}));
    assert_eq!(missing.get("message"), None);
    let malformed = put("/buckets/b%20b/collections/c").expect(404).json();
    assert_eq!(malformed["details"], json!({"id": "b b", "resource_name": "bucket"}));
    let _error = app.anonymous().post("/buckets", &json!({"data": {"id": "no good"}})).expect_error(
        400,
        107,
        "path: Invalid object id",
    );
}

#[test]
fn credentials_count_if_they_are_right() {
    let app = TestApp::start();
    let root = |authorization: &str| {
        app.anonymous().request("GET", "/").header("Authorization", authorization).send().expect(200).json()
    };
    let user = &root(&basic("editor", "password of editor"))["user"];
    assert_eq!(user["id"], "account:editor");
    assert_eq!(user["principals"][0], "account:editor");
    for wrong in [
        basic("editor", "password of reviewer"),
        basic("nobody", "password of editor"),
        basic("editor", ""),
        "Bearer abc".to_owned(),
        "Basic !!!".to_owned(),
    ] {
        assert_eq!(root(&wrong).get("user"), None, "{wrong}");
    }
    let denied = app.anonymous().get("/buckets/main-workspace");
    let denied = denied.expect_error(401, 104, "Please authenticate yourself to use this endpoint.");
    assert_eq!(denied.header("WWW-Authenticate"), Some("Basic realm=\"Realm\""));
    let _forbidden = app.stranger().get("/buckets/main-workspace").expect_error(
        403,
        121,
        "This user cannot access this resource.",
    );
}

#[test]
fn cookies_prove_nothing() {
    let app = TestApp::start();
    let cookie =
        format!("__Host-session={}; Authorization={}", "x".repeat(64), basic("admin", "password of admin"));
    let response = app.anonymous().request("GET", "/buckets").header("Cookie", &cookie).send();
    assert_eq!(response.status, 401);
}

#[test]
fn the_root_says_what_the_service_is_and_can_do() {
    let app = TestApp::builder()
        .public_url("https://settings.example:8443")
        .resources(&["main-workspace -> main-preview -> main", "logs-workspace/a -> logs/a"])
        .start();
    let root = app.anonymous().get("/").expect(200).json();
    assert_eq!(root["url"], "https://settings.example:8443/v1/");
    assert_eq!(root["project_name"], "Test");
    assert_eq!(root["http_api_version"], "1.23");
    assert_eq!(
        root["settings"],
        json!({"batch_max_requests": 25, "explicit_permissions": true, "readonly": false})
    );
    let signer = &root["capabilities"]["signer"];
    assert_eq!(signer["to_review_enabled"], true);
    assert_eq!(signer["group_check_enabled"], true);
    assert_eq!(signer["editors_group"], "{collection_id}-editors");
    assert_eq!(signer["plugin_userid"], "plugin:remote-settings");
    assert_eq!(
        signer["resources"],
        json!([
            {
                "destination": {"bucket": "main", "collection": null},
                "preview": {"bucket": "main-preview", "collection": null},
                "source": {"bucket": "main-workspace", "collection": null},
            },
            {
                "destination": {"bucket": "logs", "collection": "a"},
                "source": {"bucket": "logs-workspace", "collection": "a"},
            },
        ])
    );
    assert_eq!(
        root["capabilities"]["changes"]["collections"],
        json!(["/buckets/main", "/buckets/main-preview", "/buckets/logs/collections/a"])
    );
    assert_eq!(root["capabilities"]["accounts"]["validation_enabled"], false);
    for (name, capability) in root["capabilities"].as_object().unwrap() {
        assert!(capability["description"].is_string() && capability["url"].is_string(), "{name}");
    }
}

#[test]
fn the_service_says_that_it_is_well() {
    let app = TestApp::start();
    let health = app.anonymous().get("/__heartbeat__").expect(200).json();
    assert_eq!(health, json!({"cache": true, "permission": true, "signer": true, "storage": true}));
    assert_eq!(app.anonymous().get("/__lbheartbeat__").expect(200).json(), json!({}));
    let version = app.anonymous().get("/__version__").expect(200).json();
    assert_eq!(version["name"], "countersign");
}

#[test]
fn an_expired_certificate_is_told_to_who_watches() {
    let app = TestApp::start();
    app.clock.advance_millis(91 * 86_400_000);
    let health = app.anonymous().get("/__heartbeat__").expect(503).json();
    assert_eq!(health, json!({"cache": true, "permission": true, "signer": false, "storage": true}));
}

#[test]
fn a_head_says_what_a_get_would() {
    let app = TestApp::start();
    for path in ["/", "/__version__", "/buckets/monitor/collections/changes/changeset?_expected=0", "/nope"] {
        let get = app.anonymous().get(path);
        let head = app.anonymous().head(path);
        assert_eq!(head.status, get.status);
        assert_eq!(head.header("Content-Length"), Some(get.body.len().to_string().as_str()), "{path}");
        assert_eq!(head.header("Content-Type"), get.header("Content-Type"));
    }
}

#[test]
fn a_connection_serves_many_requests() {
    let app = TestApp::start();
    let mut stream = wire::connect(app.address);
    for _ in 0..3 {
        stream.write_all(b"GET /v1/__lbheartbeat__ HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let answer = wire::read(&mut stream, true).expect(200);
        assert_eq!(answer.body, b"{}");
    }
}

#[test]
fn a_stop_lets_what_was_begun_end() {
    let app = TestApp::start();
    let request = app.admin().request("PUT", "/buckets/late").header("Expect", "100-continue");
    let request = request.json(&json!({"data": {"n": 1}})).to_bytes();
    let (begin, end) = request.split_at(request.len() - 3);
    let mut stream = wire::connect(app.address);
    stream.write_all(begin).unwrap();
    // It says so once it waits for the body: from there on it was begun.
    let _go_on = wire::read(&mut stream, false).expect(100);
    app.stop();
    stream.write_all(end).unwrap();
    let _made = wire::read(&mut stream, true).expect(201);
}
