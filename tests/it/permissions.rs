//! Who may do what (`kinto-api` §14): every permission against every request, and what is hidden from whom.

use serde_json::{Value, json};

use crate::app::{Persona, Response, TestApp};

const FORBIDDEN: &str = "This user cannot access this resource.";
const UNAUTHORIZED: &str = "Please authenticate yourself to use this endpoint.";

/// The requests of the matrix, in an order in which none opens a door for the next: a writer joins `write` of what it writes.
const REQUESTS: [&str; 14] = [
    "GET bucket",
    "GET collections",
    "GET collection",
    "GET groups",
    "GET group",
    "GET records",
    "GET record",
    "POST collections",
    "POST groups",
    "POST records",
    "PATCH record",
    "PATCH group",
    "PATCH collection",
    "PATCH bucket",
];

/// A bucket, a collection in it, a group and a record.
struct Tree<'a>(&'a str);

impl Tree<'_> {
    fn make(&self, app: &TestApp) {
        let admin = app.admin();
        let _bucket = admin.put(&self.path("bucket"), &json!({})).expect(201);
        let _collection = admin.put(&self.path("collection"), &json!({})).expect(201);
        let _group = admin.put(&self.path("group"), &json!({})).expect(201);
        let _record = admin.put(&self.path("record"), &json!({})).expect(201);
    }

    fn path(&self, what: &str) -> String {
        let bucket = format!("/buckets/{}", self.0);
        match what {
            "bucket" => bucket,
            "collections" => format!("{bucket}/collections"),
            "collection" => format!("{bucket}/collections/c"),
            "groups" => format!("{bucket}/groups"),
            "group" => format!("{bucket}/groups/g"),
            "records" => format!("{bucket}/collections/c/records"),
            "record" => format!("{bucket}/collections/c/records/r"),
            other => panic!("{other}"),
        }
    }

    /// Status of a request; of lists also how many entries there are.
    fn ask(&self, who: Persona<'_>, request: &str) -> String {
        let (method, what) = request.split_once(' ').unwrap();
        let path = self.path(what);
        let answer = match method {
            "GET" => who.get(&path),
            "PATCH" => who.patch(&path, &json!({"data": {}})),
            "POST" => who.post(&path, &json!({"data": {}})),
            other => panic!("{other}"),
        };
        let entries = answer.json()["data"].as_array().map(Vec::len);
        entries.map_or_else(|| answer.status.to_string(), |entries| format!("{}/{entries}", answer.status))
    }

    fn grant(&self, app: &TestApp, what: &str, name: &str, principal: &str) {
        let _granted =
            app.admin().patch(&self.path(what), &json!({"permissions": {name: [principal]}})).expect(200);
    }
}

#[test]
fn each_permission_gives_what_it_says_and_nothing_else() {
    let app = TestApp::start();
    #[rustfmt::skip]
    let matrix: [(&str, &str, [&str; 14]); 13] = [
        // what            permission           bucket collections coll.  groups   group  records  record POSTs               PATCHes
        ("bucket",     "-",                 ["403", "403",   "403", "403",   "403", "403",   "403", "403", "403", "403", "403", "403", "403", "403"]),
        ("bucket",     "read",              ["200", "200/1", "200", "200/1", "200", "200/1", "200", "403", "403", "403", "403", "403", "403", "403"]),
        ("bucket",     "write",             ["200", "200/1", "200", "200/1", "200", "200/1", "200", "201", "201", "201", "200", "200", "200", "200"]),
        ("bucket",     "collection:create", ["200", "200/0", "403", "403",   "403", "403",   "403", "201", "403", "403", "403", "403", "403", "403"]),
        ("bucket",     "group:create",      ["200", "403",   "403", "200/0", "403", "403",   "403", "403", "201", "403", "403", "403", "403", "403"]),
        ("collection", "read",              ["403", "200/1", "200", "403",   "403", "200/1", "200", "403", "403", "403", "403", "403", "403", "403"]),
        ("collection", "write",             ["403", "200/1", "200", "403",   "403", "200/1", "200", "403", "403", "201", "200", "403", "200", "403"]),
        ("collection", "record:create",     ["403", "200/1", "200", "403",   "403", "200/0", "403", "403", "403", "201", "403", "403", "403", "403"]),
        ("group",      "read",              ["403", "403",   "403", "200/1", "200", "403",   "403", "403", "403", "403", "403", "403", "403", "403"]),
        ("group",      "write",             ["403", "403",   "403", "200/1", "200", "403",   "403", "403", "403", "403", "403", "200", "403", "403"]),
        ("record",     "read",              ["403", "403",   "403", "403",   "403", "200/1", "200", "403", "403", "403", "403", "403", "403", "403"]),
        ("record",     "write",             ["403", "403",   "403", "403",   "403", "200/1", "200", "403", "403", "403", "200", "403", "403", "403"]),
        ("admin",      "-",                 ["200", "200/1", "200", "200/1", "200", "200/1", "200", "201", "201", "201", "200", "200", "200", "200"]),
    ];
    for (number, (what, name, expected)) in matrix.iter().enumerate() {
        let bucket = format!("b{number}");
        let tree = Tree(&bucket);
        tree.make(&app);
        let who = if *what == "admin" { app.admin() } else { app.stranger() };
        if *name != "-" {
            tree.grant(&app, what, name, "account:stranger");
        }
        let found: Vec<String> = REQUESTS.iter().map(|request| tree.ask(who, request)).collect();
        assert_eq!(found, expected.as_slice(), "{what} {name}");
        let _another = app.editor().get(&tree.path("bucket")).expect_error(403, 121, FORBIDDEN);
    }
}

#[test]
fn permissions_of_everybody_and_of_everybody_signed_in_are_held_so() {
    let app = TestApp::start();
    let tree = Tree("b");
    tree.make(&app);
    tree.grant(&app, "collection", "read", "system.Authenticated");
    assert_eq!(tree.ask(app.stranger(), "GET record"), "200");
    assert_eq!(tree.ask(app.anonymous(), "GET record"), "401");
    tree.grant(&app, "collection", "read", "system.Everyone");
    assert_eq!(tree.ask(app.anonymous(), "GET record"), "200");
    assert_eq!(tree.ask(app.anonymous(), "GET records"), "200/1");
    assert_eq!(tree.ask(app.anonymous(), "PATCH record"), "401");
    tree.grant(&app, "record", "write", "system.Everyone");
    assert_eq!(tree.ask(app.anonymous(), "PATCH record"), "200");
    // Wrong credentials are those of nobody, here as everywhere.
    let wrong = app
        .anonymous()
        .request("GET", &tree.path("record"))
        .header("Authorization", &crate::app::basic("stranger", "wrong"))
        .send();
    assert_eq!(wrong.status, 200);
}

#[test]
fn an_anonymous_writer_lets_everybody_write() {
    let app = TestApp::start();
    let tree = Tree("b");
    tree.make(&app);
    tree.grant(&app, "collection", "record:create", "system.Everyone");
    let made = app.anonymous().post(&tree.path("records"), &json!({"data": {"id": "mine"}})).expect(201);
    assert_eq!(made.json()["permissions"], json!({"write": ["system.Everyone"]}));
    let _written = app
        .stranger()
        .patch(&format!("{}/mine", tree.path("records")), &json!({"data": {"a": 1}}))
        .expect(200);
}

#[test]
fn groups_give_what_their_uri_is_given_from_the_next_request_on() {
    let app = TestApp::start();
    let tree = Tree("b");
    tree.make(&app);
    tree.grant(&app, "bucket", "read", "/buckets/b/groups/g");
    assert_eq!(tree.ask(app.stranger(), "GET bucket"), "403");
    let members = |members: Value| json!({"data": {"members": members}});
    let _in = app.admin().patch(&tree.path("group"), &members(json!(["account:stranger"]))).expect(200);
    assert_eq!(tree.ask(app.stranger(), "GET bucket"), "200");
    let _out = app.admin().patch(&tree.path("group"), &members(json!([]))).expect(200);
    assert_eq!(tree.ask(app.stranger(), "GET bucket"), "403");
    let _all = app.admin().patch(&tree.path("group"), &members(json!(["system.Authenticated"]))).expect(200);
    assert_eq!(tree.ask(app.stranger(), "GET bucket"), "200");
    assert_eq!(tree.ask(app.anonymous(), "GET bucket"), "401");
    let _gone = app.admin().delete(&tree.path("group")).expect(200);
    assert_eq!(tree.ask(app.stranger(), "GET bucket"), "403");
    // A group of that name that comes again begins without members.
    let _again = app.admin().put(&tree.path("group"), &json!({})).expect(201);
    assert_eq!(tree.ask(app.stranger(), "GET bucket"), "403");
}

#[test]
fn what_is_missing_is_told_to_who_may_know_it() {
    let app = TestApp::start();
    let tree = Tree("b");
    tree.make(&app);
    let record = format!("{}/missing", tree.path("records"));
    let collection = format!("{}/missing", tree.path("collections"));
    let told = |response: Response| (response.status, response.json()["errno"].as_u64().unwrap());
    let patch = json!({"data": {}});
    let stranger = app.stranger();

    // Nothing: nobody learns anything.
    for path in [&record, &collection, &"/buckets/missing".to_owned()] {
        assert_eq!(told(stranger.get(path)), (403, 121));
        assert_eq!(told(stranger.patch(path, &patch)), (403, 121));
        assert_eq!(told(stranger.delete(path)), (403, 121));
        assert_eq!(told(stranger.put(path, &patch)), (403, 121));
    }
    // A mere permission to create is not enough to be told.
    tree.grant(&app, "collection", "record:create", "account:stranger");
    assert_eq!(told(stranger.get(&record)), (403, 121));
    assert_eq!(told(stranger.patch(&record, &patch)), (403, 121));
    assert_eq!(told(stranger.delete(&record)), (403, 121));
    // Who reads the parent is told.
    tree.grant(&app, "bucket", "read", "account:stranger");
    for path in [&record, &collection] {
        assert_eq!(told(stranger.get(path)), (404, 110));
        assert_eq!(told(stranger.patch(path, &patch)), (404, 110));
        assert_eq!(told(stranger.delete(path)), (404, 110));
    }
    assert_eq!(told(stranger.put(&collection, &patch)), (403, 121));
    let missing = stranger.get(&record).json();
    assert_eq!(missing["details"], json!({"id": "missing", "resource_name": "record"}));

    // A missing collection is told to everybody who writes records, and to who may read the bucket.
    let in_missing = "/buckets/b/collections/missing/records/r";
    let list = "/buckets/b/collections/missing/records";
    let parent = json!({"id": "missing", "resource_name": "collection"});
    for answer in [
        app.anonymous().put(in_missing, &patch),
        app.anonymous().patch(in_missing, &patch),
        app.anonymous().delete(in_missing),
        app.anonymous().post(list, &patch),
        stranger.get(in_missing),
        stranger.get(list),
    ] {
        assert_eq!((answer.status, &answer.json()["errno"]), (404, &json!(111)));
        assert_eq!(answer.json()["details"], parent);
    }
    assert_eq!(told(app.editor().get(list)), (403, 121));
    assert_eq!(told(app.anonymous().get(list)), (401, 104));
    assert_eq!(told(app.editor().delete(list)), (403, 121));
}

#[test]
fn ids_of_a_bad_form_are_refused_at_their_place() {
    let app = TestApp::start();
    let tree = Tree("b");
    tree.make(&app);
    let id_error = "path: Invalid object id";
    let body = json!({"data": {}});
    for bad in ["-x", "a%20b", "b%0A", "%C3%A9", "_x", "a.b"] {
        let record = format!("{}/{bad}", tree.path("records"));
        let _put = app.admin().put(&record, &body).expect_error(400, 107, id_error);
        let _patch = app.admin().patch(&record, &body).expect_error(400, 107, id_error);
        let _delete = app.admin().delete(&record).expect_error(400, 107, id_error);
        let _get = app.admin().get(&record).expect_error(400, 107, id_error);
        // Authorization comes before the id's form.
        let _stranger = app.stranger().put(&record, &body).expect_error(403, 121, FORBIDDEN);
        let _anonymous = app.anonymous().get(&record).expect_error(401, 104, UNAUTHORIZED);
        let parent = format!("/buckets/{bad}/collections/c");
        let refused = app.anonymous().put(&parent, &body).expect(404);
        assert_eq!(refused.json()["errno"], 111, "{bad}");
        assert_eq!(refused.json()["details"]["resource_name"], "bucket");
    }
    let _long =
        app.admin().put(&format!("/buckets/{}", "x".repeat(256)), &body).expect_error(400, 107, id_error);
    // The id in a POST's body is looked at before anything else.
    for id in [json!("-x"), json!(""), json!(1), json!(null)] {
        let body = json!({"data": {"id": id}});
        let _anonymous = app.anonymous().post(&tree.path("records"), &body).expect_error(400, 107, id_error);
        let _admin = app.admin().post("/buckets", &body).expect_error(400, 107, id_error);
    }
}

#[test]
fn posting_what_exists_needs_to_read_it_and_changes_nothing() {
    let app = TestApp::start();
    let tree = Tree("b");
    tree.make(&app);
    let body = json!({"data": {"id": "r", "x": 1}, "permissions": {"read": ["system.Everyone"]}});
    tree.grant(&app, "collection", "record:create", "account:stranger");
    let _unseen = app.stranger().post(&tree.path("records"), &body).expect_error(403, 121, FORBIDDEN);
    tree.grant(&app, "record", "read", "account:stranger");
    let before = app.admin().get(&tree.path("record")).expect(200);
    let seen = app.stranger().post(&tree.path("records"), &body).expect(200);
    assert_eq!(seen.data(), before.data());
    assert_eq!(seen.etag(), before.etag());
    assert_eq!(seen.json()["permissions"], json!({}), "the reader does not see who else may");
    let _unread = app.anonymous().get(&tree.path("record")).expect(401);
}

#[test]
fn permissions_are_shown_to_who_is_named_in_write_alone() {
    let app = TestApp::start();
    let tree = Tree("b");
    tree.make(&app);
    let shown = |who: Persona<'_>| who.get(&tree.path("record")).expect(200).json()["permissions"].clone();
    tree.grant(&app, "bucket", "write", "account:stranger");
    assert_eq!(shown(app.stranger()), json!({}), "the bucket's writer is not named in the record's write");
    assert_eq!(shown(app.admin()), json!({"write": ["account:admin"]}));
    tree.grant(&app, "record", "read", "account:stranger");
    assert_eq!(shown(app.stranger()), json!({}));
    let _joins = app.stranger().patch(&tree.path("record"), &json!({"data": {}})).expect(200);
    let all = json!({"read": ["account:stranger"], "write": ["account:admin", "account:stranger"]});
    assert_eq!(shown(app.stranger()), all);
    let listed = app.admin().get(&tree.path("records")).expect(200).json();
    assert_eq!(listed.as_object().unwrap().keys().collect::<Vec<_>>(), ["data"]);
}

#[test]
fn permissions_in_bodies_are_set_replaced_and_merged() {
    let app = TestApp::start();
    let admin = app.admin();
    let _bucket = admin.put("/buckets/b", &json!({})).expect(201);
    let path = "/buckets/b/groups/g";
    let made = admin.put(path, &json!({"permissions": {"read": ["x"], "write": []}})).expect(201).json();
    assert_eq!(made["permissions"], json!({"read": ["x"], "write": ["account:admin"]}));
    let put = |permissions: Value| {
        admin.put(path, &json!({"permissions": permissions})).expect(200).json()["permissions"].clone()
    };
    assert_eq!(put(json!({"write": ["y"]})), json!({"write": ["account:admin", "y"]}), "PUT replaces all");
    assert_eq!(put(json!({"read": ["z"]})), json!({"read": ["z"], "write": ["account:admin"]}));
    for none in [json!({}), json!({"read": null})] {
        assert_eq!(put(none), json!({"read": ["z"], "write": ["account:admin"]}));
    }
    let patch = |content_type: &str, permissions: Value| {
        admin
            .request("PATCH", path)
            .json(&json!({"permissions": permissions}))
            .header("Content-Type", content_type)
            .send()
            .expect(200)
            .json()["permissions"]
            .clone()
    };
    let (plain, merge) = ("application/json", "application/merge-patch+json; charset=utf-8");
    assert_eq!(
        patch(plain, json!({"write": ["v"]})),
        json!({"read": ["z"], "write": ["account:admin", "v"]})
    );
    assert_eq!(patch(plain, json!({"read": null})), json!({"read": ["z"], "write": ["account:admin", "v"]}));
    assert_eq!(patch(merge, json!({"read": null})), json!({"write": ["account:admin", "v"]}));
    assert_eq!(patch(merge, json!({"read": ["w"]})), json!({"read": ["w"], "write": ["account:admin", "v"]}));
    assert_eq!(patch(plain, json!({"read": []})), json!({"write": ["account:admin", "v"]}));

    let _name = admin.put(path, &json!({"permissions": {"record:create": []}})).expect_error(
        400,
        107,
        "permissions in body: \"record:create\" is not one of read, write",
    );
    let _list = admin.put(path, &json!({"permissions": {"read": "x"}})).expect(400);
    let _text = admin.put(path, &json!({"permissions": {"read": [1]}})).expect(400);
    let smuggled = json!({"data": {"__permissions__": {"write": ["system.Everyone"]}}});
    let kept = admin.put(path, &smuggled).expect(200).json();
    assert_eq!(kept["permissions"], json!({"write": ["account:admin", "v"]}));
    assert_eq!(
        kept["data"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["id", "last_modified", "members"]
    );
}

#[test]
fn only_administrators_make_buckets() {
    let app = TestApp::start();
    let _put = app.editor().put("/buckets/b", &json!({})).expect_error(403, 121, FORBIDDEN);
    let _post = app.editor().post("/buckets", &json!({})).expect_error(403, 121, FORBIDDEN);
    let _anonymous = app.anonymous().post("/buckets", &json!({})).expect_error(401, 104, UNAUTHORIZED);
    let _list = app.stranger().get("/buckets").expect_error(403, 121, FORBIDDEN);
    let made = app.admin().post("/buckets", &json!({"data": {"color": "red"}})).expect(201);
    let id = made.data()["id"].as_str().unwrap().to_owned();
    assert!(id.len() == 8 && id.starts_with(|first: char| first.is_ascii_alphanumeric()), "{id}");
    assert_eq!(made.json()["permissions"], json!({"write": ["account:admin"]}));
    let own = app.editor().get("/buckets").expect(200).data();
    let ids: Vec<&str> =
        own.as_array().unwrap().iter().map(|bucket| bucket["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["main-workspace"], "the buckets that are shared with somebody");
    let listed = app.admin().get("/buckets").expect(200).data();
    assert_eq!(listed[0]["id"], id.as_str());
}

#[test]
fn nobody_writes_by_hand_what_is_published() {
    let app = TestApp::start();
    app.make_collection("cfr");
    let body = json!({"data": {}});
    for (path, list) in [
        ("/buckets/main", false),
        ("/buckets/main/collections/cfr", false),
        ("/buckets/main/collections/cfr/records/r", false),
        ("/buckets/main/groups/g", false),
        ("/buckets/main-preview/collections/new", false),
        ("/buckets/main/collections", true),
        ("/buckets/main/groups", true),
        ("/buckets/main/collections/cfr/records", true),
    ] {
        for (who, status, errno, message) in [
            (app.admin(), 403, 121, FORBIDDEN),
            (app.editor(), 403, 121, FORBIDDEN),
            (app.anonymous(), 401, 104, UNAUTHORIZED),
        ] {
            if list {
                let _post = who.post(path, &body).expect_error(status, errno, message);
            } else if !path.ends_with("/new") && !path.ends_with("/g") && !path.ends_with("/r") {
                let _patch = who.patch(path, &body).expect_error(status, errno, message);
            }
            if !list {
                let _put = who.put(path, &body).expect_error(status, errno, message);
            }
            let _delete = who.delete(path).expect_error(status, errno, message);
        }
    }
    // A list that holds one of them goes whole or not at all.
    let _buckets = app.admin().delete("/buckets").expect_error(403, 121, FORBIDDEN);
    let _kept = app.admin().get("/buckets/main-workspace/collections/cfr").expect(200);
}

#[test]
fn writing_to_a_signed_source_adds_nobody_to_write() {
    let app = TestApp::start();
    app.make_collection("cfr");
    let source = "/buckets/main-workspace/collections/cfr";
    let record = format!("{source}/records/r");
    let _made = app.editor().put(&record, &json!({"data": {"a": 1}})).expect(201);
    let _patched = app.admin().patch(&record, &json!({"data": {"a": 2}})).expect(200);
    let _attributes = app.admin().patch(source, &json!({"data": {"displayFields": ["a"]}})).expect(200);
    let permissions = |uri: &str| app.services.store.read(|tx| tx.find_permissions(uri)).unwrap();
    assert_eq!(permissions(&record), countersign::storage::Permissions::new());
    let groups = ["editors", "reviewers"].map(|group| format!("/buckets/main-workspace/groups/cfr-{group}"));
    assert_eq!(permissions(source), [("write".to_owned(), groups.into_iter().collect())].into());
    let public = json!({"permissions": {"write": ["system.Everyone"]}});
    let _opened = app.editor().patch(source, &public).expect(200);
    let _anonymous = app.anonymous().put(&record, &json!({})).expect_error(401, 104, UNAUTHORIZED);
    let _stranger = app.stranger().put(&record, &json!({"data": {"a": 3}})).expect(200);
}

#[test]
fn a_list_that_holds_what_may_not_go_stays_whole() {
    let app = TestApp::start();
    app.make_collection("cfr");
    app.make_collection("empty");
    app.publish("cfr", &[("r", json!({"a": 1}))]);
    let bucket = "/buckets/main-workspace";
    let total = |list: &str| {
        let answer = app.admin().head(&format!("{bucket}/{list}")).expect(200);
        answer.header("Total-Objects").unwrap().to_owned()
    };
    // The editor writes the bucket, but no reviewers group.
    let _groups = app.editor().delete(&format!("{bucket}/groups")).expect_error(403, 121, FORBIDDEN);
    assert_eq!(total("groups"), "4");
    let published = "Collection has published records";
    for who in [app.editor(), app.admin()] {
        let _list = who.delete(&format!("{bucket}/collections")).expect_error(403, 121, published);
        let _bucket = who.delete(bucket).expect_error(403, 121, published);
        let _one = who.delete(&format!("{bucket}/collections/cfr")).expect_error(403, 121, published);
    }
    assert_eq!((total("collections"), total("groups")), ("2".to_owned(), "4".to_owned()));
    // One of which nothing is published goes, with its groups.
    let _empty = app.editor().delete(&format!("{bucket}/collections/empty")).expect(200);
    assert_eq!((total("collections"), total("groups")), ("1".to_owned(), "2".to_owned()));
}
