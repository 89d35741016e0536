//! Accounts: who makes them, what they show, and how a password is checked.

use countersign::{
    storage::{AccountState, Publication, StorageError},
    types::{AccountName, CollectionPath},
    workflow::{
        Actor, Secret,
        accounts::{self, AccountError},
        review,
    },
};
use serde_json::{Value, json};

use crate::app::{Response, TestApp, basic};

const FORBIDDEN: &str = "This user cannot access this resource.";
const UNAUTHORIZED: &str = "Please authenticate yourself to use this endpoint.";

/// A request of somebody with that password.
fn as_user(app: &TestApp, name: &str, password: &str, method: &str, path: &str) -> Response {
    app.anonymous().request(method, path).header("Authorization", &basic(name, password)).send()
}

/// Whether that password is the account's.
fn signs_in(app: &TestApp, name: &str, password: &str) -> bool {
    let status = as_user(app, name, password, "GET", &format!("/accounts/{name}")).status;
    assert!(matches!(status, 200 | 401), "{status}");
    status == 200
}

#[test]
fn only_administrators_make_accounts() {
    let app = TestApp::start();
    let body = json!({"data": {"password": "secret of carol"}});
    let _answer = app.stranger().put("/accounts/carol", &body).expect_error(403, 121, FORBIDDEN);
    let _answer = app.anonymous().put("/accounts/carol", &body).expect_error(401, 104, UNAUTHORIZED);
    let posted = json!({"data": {"id": "carol", "password": "secret of carol"}});
    let _answer = app.stranger().post("/accounts", &posted).expect_error(403, 121, FORBIDDEN);
    let _answer = app.anonymous().post("/accounts", &posted).expect_error(401, 104, UNAUTHORIZED);
    let _answer = app.admin().get("/accounts/carol").expect(404);
    assert!(!signs_in(&app, "carol", "secret of carol"));

    let _answer = app.admin().put("/accounts/carol", &body).expect(201);
    assert!(signs_in(&app, "carol", "secret of carol"));
    let posted = json!({"data": {"id": "d.av+e@x", "password": "secret of dave"}});
    let _answer = app.admin().post("/accounts", &posted).expect(201);
    assert!(signs_in(&app, "d.av+e@x", "secret of dave"));
}

#[test]
fn nothing_of_a_password_is_ever_answered() {
    let app = TestApp::start();
    let body =
        json!({"data": {"password": "pw-carol", "team": "a"}, "permissions": {"read": ["system.Everyone"]}});
    let created = app.admin().put("/accounts/carol", &body).expect(201);
    let carol = |method, path| as_user(&app, "carol", "pw-carol", method, path);
    let patched = app
        .anonymous()
        .request("PATCH", "/accounts/carol")
        .header("Authorization", &basic("carol", "pw-carol"))
        .json(&json!({"data": {"password": "pw-carol", "team": "b"}}))
        .send()
        .expect(200);
    let answers = [
        created,
        patched,
        carol("GET", "/accounts/carol").expect(200),
        carol("GET", "/accounts").expect(200),
        app.admin().get("/accounts").expect(200),
        app.anonymous().get("/accounts/carol").expect(200),
    ];
    for answer in &answers {
        let text = String::from_utf8_lossy(&answer.body);
        assert!(
            !text.contains("argon2") && !text.contains("password") && !text.contains("pw-carol"),
            "{text}"
        );
    }
    assert_eq!(answers[1].data()["team"], "b");
    assert_eq!(answers[0].json()["permissions"], json!({}), "the administrator is not added");
    let own = carol("GET", "/accounts/carol").json();
    assert_eq!(
        own["permissions"],
        json!({"read": ["system.Everyone"], "write": ["account:carol"]}),
        "the owner writes, whoever made the account"
    );
}

#[test]
fn a_user_sees_and_changes_its_own_account_only() {
    let app = TestApp::start();
    let _answer = app.stranger().get("/accounts/stranger").expect(200);
    let _answer = app.stranger().get("/accounts/editor").expect_error(403, 121, FORBIDDEN);
    let _answer = app.stranger().get("/accounts/nobody").expect_error(403, 121, FORBIDDEN);
    let _answer = app.anonymous().get("/accounts/editor").expect_error(401, 104, UNAUTHORIZED);
    let missing = app.admin().get("/accounts/nobody").expect(404).json();
    assert_eq!(missing["errno"], 110);
    assert_eq!(missing["details"], json!({"id": "nobody", "resource_name": "account"}));

    let ids = |response: &Response| -> Vec<String> {
        let data = response.data();
        let ids = data.as_array().unwrap().iter().map(|account| account["id"].as_str().unwrap().to_owned());
        let mut ids: Vec<String> = ids.collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&app.stranger().get("/accounts").expect(200)), ["stranger"]);
    assert_eq!(ids(&app.admin().get("/accounts").expect(200)), ["admin", "editor", "reviewer", "stranger"]);
    let anonymous = app.anonymous().get("/accounts").expect(401);
    assert_eq!((anonymous.json()["errno"].clone(), anonymous.header("WWW-Authenticate")), (json!(999), None));

    let patch = json!({"data": {"team": "x"}});
    let _answer = app.stranger().patch("/accounts/stranger", &patch).expect(200);
    let _answer = app.stranger().patch("/accounts/editor", &patch).expect_error(403, 121, FORBIDDEN);
    let _answer = app.admin().patch("/accounts/editor", &patch).expect(200);
    let _answer = app.stranger().delete("/accounts/editor").expect_error(403, 121, FORBIDDEN);
    assert!(signs_in(&app, "editor", "password of editor"), "a patch without password keeps it");

    let put = json!({"data": {"password": "another"}});
    let _answer = app.stranger().put("/accounts/stranger", &put).expect(200);
    let own = as_user(&app, "stranger", "another", "GET", "/accounts/stranger").expect(200).data();
    assert_eq!(own["team"], Value::Null, "a PUT resets what it does not send");
}

#[test]
fn an_account_needs_a_name_and_a_password() {
    let app = TestApp::start();
    let admin = app.admin();
    let required = "data.password in body: Required";
    let _answer = admin.put("/accounts/carol", &json!({})).expect_error(400, 107, required);
    let _answer =
        admin.put("/accounts/carol", &json!({"data": {"password": ""}})).expect_error(400, 107, required);
    let _answer =
        admin.put("/accounts/carol", &json!({"data": {"password": null}})).expect_error(400, 107, required);
    let _answer = admin.put("/accounts/carol", &json!({"data": {"password": 1}})).expect_error(
        400,
        107,
        "data.password in body: not a string",
    );
    let _answer = admin
        .put("/accounts/carol", &json!({"data": {"password": "x".repeat(1025)}}))
        .expect_error(400, 107, "data.password in body: longer than 1024 bytes");
    let _answer = admin.post("/accounts", &json!({"data": {"password": "x"}})).expect_error(
        400,
        107,
        "data.id in body: Required",
    );
    let _answer = admin.post("/accounts", &json!({"data": {"id": "-x", "password": "x"}})).expect_error(
        400,
        107,
        "path: Invalid object id",
    );
    let _answer = admin.put("/accounts/-x", &json!({"data": {"password": "x"}})).expect_error(
        400,
        107,
        "path: Invalid object id",
    );
    let _answer = app
        .stranger()
        .patch("/accounts/stranger", &json!({"data": {"password": null}}))
        .expect_error(400, 107, "password in body: Required");
    let _answer = app.stranger().put("/accounts/stranger", &json!({})).expect_error(400, 107, required);
    assert_eq!(app.admin().head("/accounts").expect(200).header("Total-Objects"), Some("4"));
    assert!(signs_in(&app, "stranger", "password of stranger"));
}

#[test]
fn a_changed_password_ends_the_old_one_at_once() {
    let app = TestApp::start();
    assert!(signs_in(&app, "stranger", "password of stranger"));
    let changed = json!({"data": {"password": "a new one"}});
    let _answer = app.stranger().patch("/accounts/stranger", &changed).expect(200);
    assert!(!signs_in(&app, "stranger", "password of stranger"));
    assert!(signs_in(&app, "stranger", "a new one"));
    // Also where the old password was remembered as right, and another process changes it.
    let name = AccountName::parse("stranger").unwrap();
    let secret = Secret::new("a third one".to_owned()).unwrap();
    app.services.write(&Actor::plugin(), |scope| accounts::set_password(scope, &name, &secret)).unwrap();
    assert!(!signs_in(&app, "stranger", "a new one"));
    assert!(signs_in(&app, "stranger", "a third one"));
}

#[test]
fn a_disabled_account_does_not_sign_in_though_it_was_verified_before() {
    let app = TestApp::start();
    assert!(signs_in(&app, "stranger", "password of stranger"));
    app.disable("stranger").unwrap();
    assert!(!signs_in(&app, "stranger", "password of stranger"));
    app.disable("stranger").unwrap();
    // Who may write the account cannot make it active again over HTTP.
    let _answer = app.admin().patch("/accounts/stranger", &json!({"data": {"password": "new"}})).expect(200);
    let put = json!({"data": {"password": "new"}});
    let _answer = app.admin().put("/accounts/stranger", &put).expect(200);
    assert!(!signs_in(&app, "stranger", "new"));
    app.enable("stranger").unwrap();
    assert!(signs_in(&app, "stranger", "new"));
    app.enable("stranger").unwrap();
    let unknown = AccountName::parse("nobody").unwrap();
    for refused in [app.disable("nobody"), app.enable("nobody")] {
        assert!(matches!(refused, Err(AccountError::Missing { name }) if name == unknown));
    }
}

#[test]
fn an_account_that_was_disabled_a_moment_ago_does_nothing_more() {
    let app = TestApp::start();
    let name = AccountName::parse("editor").unwrap();
    let actor = |name| app.services.store.read::<_, StorageError>(|tx| Actor::signed_in(name, tx)).unwrap();
    assert_eq!(actor(&name).user(), Some("account:editor"));
    app.disable("editor").unwrap();
    // Its password was right before the transaction began: the transaction sees that it is nobody.
    assert_eq!(actor(&name), Actor::anonymous());
    assert_eq!(actor(&AccountName::parse("nobody").unwrap()), Actor::anonymous());
}

#[test]
fn the_last_administrator_who_can_sign_in_is_not_disabled() {
    let app = TestApp::start();
    let admin = AccountName::parse("admin").unwrap();
    assert!(matches!(app.disable("admin"), Err(AccountError::LastAdministrator { name }) if name == admin));
    assert!(signs_in(&app, "admin", "password of admin"));

    let app = TestApp::builder().administrators(&["admin", "second"]).start();
    assert!(matches!(app.disable("admin"), Err(AccountError::LastAdministrator { .. })), "no account yet");
    let second = json!({"data": {"password": "password of second"}});
    let _answer = app.admin().put("/accounts/second", &second).expect(201);
    app.disable("admin").unwrap();
    assert!(!signs_in(&app, "admin", "password of admin"));
    let name = AccountName::parse("second").unwrap();
    assert!(
        matches!(app.disable("second"), Err(AccountError::LastAdministrator { name: told }) if told == name)
    );
    app.enable("admin").unwrap();
    app.disable("second").unwrap();
}

#[test]
fn what_a_disabled_account_did_stays_and_it_approves_nothing() {
    let app = TestApp::builder().people(&["admin", "editor", "reviewer", "second"]).start();
    app.make_collection("rules");
    let group = "/buckets/main-workspace/groups/rules-reviewers";
    let both = json!({"data": {"members": ["account:reviewer", "account:second"]}});
    let _added = app.admin().patch(group, &both).expect(200);
    let source = "/buckets/main-workspace/collections/rules";
    let record = json!({"data": {"n": 1}});
    let _edited = app.editor().put(&format!("{source}/records/a"), &record).expect(201);
    let _asked = app.editor().patch(source, &json!({"data": {"status": "to-review"}})).expect(200);
    app.disable("editor").unwrap();
    app.disable("second").unwrap();

    let approve = json!({"data": {"status": "to-sign"}});
    let _answer = app.person("second").patch(source, &approve).expect_error(401, 104, UNAUTHORIZED);
    let resources = &app.services.settings.resources;
    let path = CollectionPath::parse("main-workspace/rules").unwrap();
    let resource = resources.of_source(&path).unwrap();
    let approvers =
        || app.services.read(&Actor::plugin(), |scope| review::approvers(scope, &resource)).unwrap();
    assert_eq!(approvers(), ["account:reviewer"]);
    app.enable("second").unwrap();
    assert_eq!(approvers(), ["account:reviewer", "account:second"]);

    let _approved = app.reviewer().patch(source, &approve).expect(200);
    let main = CollectionPath::parse("main/rules").unwrap();
    let published: Option<Publication> = app.services.store.read(|tx| tx.latest_publication(&main)).unwrap();
    let published = published.unwrap();
    assert_eq!(published.editors, ["account:editor"]);
    assert_eq!(published.review.requested_by.as_deref(), Some("account:editor"));
}

#[test]
fn who_guesses_has_to_wait_and_who_is_known_has_not() {
    let app = TestApp::start();
    assert!(signs_in(&app, "stranger", "password of stranger"));
    for name in ["stranger", "nobody"] {
        for attempt in 0..6 {
            assert!(!signs_in(&app, name, &format!("guess {attempt}")), "{name}");
        }
        let refused = as_user(&app, name, "guess 6", "GET", "/buckets");
        assert_eq!(refused.header("Retry-After"), Some("1"), "{name}");
        let _answer = refused.expect_error(429, 117, "Too many attempts to sign in, please wait.");
    }
    assert!(signs_in(&app, "stranger", "password of stranger"), "it was verified a moment ago");
    app.clock.advance_millis(1_000);
    assert!(!signs_in(&app, "stranger", "guess 7"));
    let refused = as_user(&app, "stranger", "password of another", "GET", "/buckets").expect(429);
    assert_eq!(refused.header("Retry-After"), Some("2"));
    // After five minutes nothing is remembered as right; the wait is over too.
    app.clock.advance_millis(5 * 60_000);
    assert!(signs_in(&app, "stranger", "password of stranger"));
}

#[test]
fn many_can_sign_in_at_once() {
    let app = TestApp::start();
    let statuses: Vec<u16> = std::thread::scope(|threads| {
        let threads: Vec<_> =
            (0..24).map(|_| threads.spawn(|| app.stranger().get("/accounts/stranger").status)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses, vec![200; 24]);
}

#[test]
fn a_deleted_account_leaves_groups_and_permissions() {
    let app = TestApp::start();
    let admin = app.admin();
    let _answer = admin
        .put("/buckets/b", &json!({"permissions": {"read": ["account:stranger", "account:editor"]}}))
        .expect(201);
    let members = json!({"data": {"members": ["account:editor", "account:stranger"]}});
    let group = admin.put("/buckets/b/groups/g", &members).expect(201);
    let _answer = admin
        .put("/buckets/b/collections/c", &json!({"permissions": {"write": ["/buckets/b/groups/g"]}}))
        .expect(201);
    let _answer = app.stranger().patch("/buckets/b/collections/c", &json!({"data": {"x": 1}})).expect(200);

    let gone = app.stranger().delete("/accounts/stranger").expect(200).data();
    assert_eq!((gone["id"].clone(), gone["deleted"].clone()), (json!("stranger"), json!(true)));
    assert!(!signs_in(&app, "stranger", "password of stranger"));
    let left = admin.get("/buckets/b/groups/g").expect(200);
    assert_eq!(left.data()["members"], json!(["account:editor"]));
    assert!(left.etag() > group.etag());
    let permissions = |path: &str| admin.get(path).expect(200).json()["permissions"].clone();
    assert_eq!(permissions("/buckets/b"), json!({"read": ["account:editor"], "write": ["account:admin"]}));
    assert_eq!(
        permissions("/buckets/b/collections/c"),
        json!({"write": ["/buckets/b/groups/g", "account:admin"]})
    );

    let again = json!({"data": {"password": "password of stranger"}});
    let _answer = admin.put("/accounts/stranger", &again).expect(201);
    let _answer = app.stranger().get("/accounts/stranger").expect(200);
    let _answer = app.stranger().get("/buckets/b").expect_error(403, 121, FORBIDDEN);
    let _answer = app
        .stranger()
        .patch("/buckets/b/collections/c", &json!({"data": {"x": 2}}))
        .expect_error(403, 121, FORBIDDEN);
}

#[test]
fn deleting_the_list_of_accounts_deletes_what_may_be_written() {
    let app = TestApp::start();
    let deleted = app.stranger().delete("/accounts").expect(200).data();
    assert_eq!(deleted.as_array().unwrap().len(), 1);
    assert_eq!(deleted[0]["id"], "stranger");
    assert!(!signs_in(&app, "stranger", "password of stranger"));
    assert_eq!(app.admin().head("/accounts").expect(200).header("Total-Objects"), Some("3"));
}

#[test]
fn the_operator_adds_lists_and_is_told_what_is_wrong() {
    let app = TestApp::start();
    let (carol, secret) = (AccountName::parse("carol").unwrap(), Secret::new("secret".to_owned()).unwrap());
    let add = || app.services.write(&Actor::plugin(), |scope| accounts::add(scope, &carol, &secret));
    add().unwrap();
    assert!(matches!(add(), Err(AccountError::Exists { name }) if name == carol));
    assert!(signs_in(&app, "carol", "secret"));
    let unknown = AccountName::parse("nobody").unwrap();
    let refused =
        app.services.write(&Actor::plugin(), |scope| accounts::set_password(scope, &unknown, &secret));
    assert!(matches!(refused, Err(AccountError::Missing { name }) if name == unknown));
    let lines = app.services.read(&Actor::plugin(), accounts::list).unwrap();
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["admin", "carol", "editor", "reviewer", "stranger"]);
    assert!(lines.iter().all(|line| line.state == AccountState::Active));
}

#[test]
fn credentials_that_cannot_be_read_or_are_too_long_are_those_of_nobody() {
    let app = TestApp::start();
    let _answer = app
        .anonymous()
        .request("GET", "/accounts/stranger")
        .header("Authorization", "Bearer x")
        .send()
        .expect_error(401, 104, UNAUTHORIZED);
    let long = "x".repeat(2_000);
    assert!(!signs_in(&app, "stranger", &long));
}
