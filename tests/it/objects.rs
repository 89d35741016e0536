//! Buckets, collections and groups: create, read, put, patch, delete, lists, tombstones and what goes with a parent.

use countersign::{
    storage::{HistoryAction, HistoryEntry, HistoryTarget},
    types::BucketId,
};
use serde_json::{Value, json};

use crate::app::{Response, TestApp};

fn ids(response: &Response) -> Vec<String> {
    let data = response.data();
    data.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect()
}

fn start() -> TestApp {
    let app = TestApp::start();
    let _bucket = app.admin().put("/buckets/b", &json!({})).expect(201);
    app
}

/// Sends a PATCH of that type.
fn patch_as(app: &TestApp, media: &str, path: &str, body: &Value) -> Response {
    app.admin().request("PATCH", path).json(body).header("Content-Type", media).send()
}

#[test]
fn an_object_is_created_replaced_patched_and_read() {
    let app = start();
    let path = "/buckets/b/collections/c";
    let made = app.admin().put(path, &json!({"data": {"a": 1, "b": {"x": 1, "y": 2}}})).expect(201);
    assert_eq!(made.data(), json!({"id": "c", "last_modified": made.etag(), "a": 1, "b": {"x": 1, "y": 2}}));
    let read = app.admin().get(path).expect(200);
    assert_eq!((read.json(), read.etag()), (made.json(), made.etag()));
    assert_eq!(read.header("Cache-Control"), Some("no-cache, no-store"));
    let head = app.admin().head(path).expect(200);
    assert_eq!((head.etag(), head.body.len()), (made.etag(), 0));

    let patched = app.admin().patch(path, &json!({"data": {"b": {"z": null}, "c": null}})).expect(200);
    let expected = json!({"id": "c", "last_modified": patched.etag(), "a": 1, "b": {"z": null}, "c": null});
    assert_eq!(patched.data(), expected);
    assert!(patched.etag() > made.etag());

    let merge = "application/merge-patch+json";
    let merged = patch_as(&app, merge, path, &json!({"data": {"b": {"z": 1, "w": {"v": 2}}, "c": null}}));
    let expected = json!({"id": "c", "last_modified": merged.etag(), "a": 1, "b": {"z": 1, "w": {"v": 2}}});
    assert_eq!(merged.expect(200).data(), expected);
    let merged = patch_as(&app, merge, path, &json!({"data": {"b": {"w": {"v": null}}, "a": {"n": 1}}}));
    assert_eq!(merged.data()["b"], json!({"z": 1, "w": {}}));
    assert_eq!(merged.data()["a"], json!({"n": 1}), "an object over what is none");

    for kept in [json!({}), json!({"permissions": {"read": ["x"]}})] {
        let before = app.admin().get(path).expect(200);
        let put = app.admin().put(path, &kept).expect(200);
        assert_eq!(put.data()["b"], before.data()["b"], "a PUT without data keeps the attributes");
        assert!(put.etag() > before.etag(), "and is a change all the same");
    }
    let replaced = app.admin().put(path, &json!({"data": {"d": 1}})).expect(200);
    assert_eq!(replaced.data(), json!({"id": "c", "last_modified": replaced.etag(), "d": 1}));

    let nothing = "Provide at least one of data or permissions";
    let refused = app.admin().patch(path, &json!({})).expect(400).json();
    assert!(refused["message"].as_str().unwrap().contains(nothing), "{refused}");
    let _empty = app.admin().patch(path, &json!({"data": {}})).expect(200);
    let json_patch = json!([{"op": "add", "path": "/data/x", "value": 1}]);
    let _later = patch_as(&app, "application/json-patch+json", path, &json_patch).expect(415);
}

#[test]
fn an_id_in_the_body_is_the_one_of_the_url() {
    let app = start();
    let message = "Object id does not match existing object";
    let path = "/buckets/b/groups/g";
    let _made = app.admin().put(path, &json!({"data": {"id": "g"}})).expect(201);
    let other = json!({"data": {"id": "other"}});
    for refused in [
        app.admin().put(path, &other),
        app.admin().patch(path, &other),
        patch_as(&app, "application/merge-patch+json", path, &other),
        app.admin().put("/buckets/b/groups/new", &other),
        app.admin().put(path, &json!({"data": {"id": null}})),
    ] {
        let body = refused.expect(400).json();
        assert_eq!(body["details"][0]["location"], "body");
        assert!(body["message"].as_str().unwrap().ends_with(message), "{body}");
    }
    assert_eq!(ids(&app.admin().get("/buckets/b/groups")), ["g"]);
}

#[test]
fn a_body_that_is_not_one_is_refused_and_nothing_is_stored() {
    let app = start();
    let path = "/buckets/b/collections/c";
    let send = |body: &str| {
        app.admin().request("PUT", path).header("Content-Type", "application/json").body(body).send()
    };
    for body in [
        "{\"data\":",
        "not json",
        "[]",
        "1",
        "null",
        "{\"data\":null}",
        "{\"data\":[]}",
        "{\"data\":{},\"x\":1}",
        "{\"data\":{\"a\":NaN}}",
        "{\"data\":{\"a\":1,\"a\":2}}",
        "{\"data\":{\"a\":\"\\ud800\"}}",
        "{\"data\":{\"a\":\"\\u0000\"}}",
        "{\"data\":{\"a\":1e999}}",
        "\u{feff}{\"data\":{}}",
    ] {
        let refused = send(body);
        assert_eq!((refused.status, &refused.json()["errno"]), (400, &json!(107)), "{body}");
        assert_eq!(refused.json()["details"][0]["location"], "body", "{body}");
    }
    let deep = format!("{{\"data\":{{\"a\":{}{}}}}}", "[".repeat(5_000), "]".repeat(5_000));
    let _deep = send(&deep).expect(400);
    let wrong = app.admin().request("PUT", path).header("Content-Type", "text/plain").body("{}").send();
    let _wrong = wrong.expect(415);
    let _missing = app.admin().get(path).expect(404);
    let _empty = send("").expect(201);
}

#[test]
fn a_group_has_users_as_members() {
    let app = start();
    let path = "/buckets/b/groups/g";
    for (members, name) in [
        (json!("x"), "data.members"),
        (json!(["account:a", 1]), "data.members.1"),
        (json!(["/buckets/b/groups/h"]), "data.members.0"),
        (json!(["system.Everyone"]), "data.members.0"),
    ] {
        let refused = app.admin().put(path, &json!({"data": {"members": members}})).expect(400).json();
        assert_eq!((&refused["errno"], &refused["details"][0]["name"]), (&json!(107), &json!(name)));
    }
    assert_eq!(app.admin().put(path, &json!({})).expect(201).data()["members"], json!([]));
    let refused = app.admin().patch(path, &json!({"data": {"members": ["system.Everyone"]}})).expect(400);
    assert_eq!(refused.json()["details"][0]["name"], "members.0");
    let refused =
        patch_as(&app, "application/merge-patch+json", path, &json!({"data": {"members": null, "x": 1}}));
    assert_eq!(refused.expect(200).data()["members"], json!([]));
}

#[test]
fn attributes_of_a_collection_have_their_types() {
    let app = start();
    let path = "/buckets/b/collections/c";
    let refused = app.admin().put(path, &json!({"data": {"schema": null}})).expect(400).json();
    assert_eq!(refused["details"][0]["name"], "data.schema");
    let refused = app.admin().put(path, &json!({"data": {"cache_expires": "soon"}})).expect(400).json();
    assert_eq!(refused["details"][0]["name"], "data.cache_expires");
    let made = app.admin().put(path, &json!({"data": {"cache_expires": "60", "schema": {}}})).expect(201);
    assert_eq!(made.data()["cache_expires"], 60);
    // Attributes are no signed records: floats may be in them.
    let made = app.admin().patch(path, &json!({"data": {"weight": 0.5}})).expect(200);
    assert_eq!(made.data()["weight"], 0.5);
}

#[test]
fn a_deleted_object_leaves_a_tombstone_until_it_comes_again() {
    let app = start();
    let path = "/buckets/b/collections/c";
    let made = app.admin().put(path, &json!({"data": {"a": 1}})).expect(201);
    let gone = app.admin().delete(path).expect(200);
    let tombstone = json!({"id": "c", "last_modified": gone.etag(), "deleted": true});
    assert_eq!(gone.json(), json!({"data": tombstone}));
    assert!(gone.etag() > made.etag());
    for answer in
        [app.admin().get(path), app.admin().patch(path, &json!({"data": {}})), app.admin().delete(path)]
    {
        assert_eq!((answer.status, &answer.json()["errno"]), (404, &json!(110)));
    }
    let list = "/buckets/b/collections";
    assert_eq!(app.admin().get(list).data(), json!([]));
    assert_eq!(app.admin().get(list).etag(), gone.etag());
    assert_eq!(app.admin().get(&format!("{list}?_since=0")).data(), json!([tombstone]));
    assert_eq!(app.admin().get(&format!("{list}?_since=%22{}%22", gone.etag())).data(), json!([]));
    assert_eq!(app.admin().head(&format!("{list}?_since=0")).header("Total-Objects"), Some("0"));
    let again = app.admin().put(path, &json!({})).expect(201);
    assert_eq!(again.data(), json!({"id": "c", "last_modified": again.etag()}), "nothing of the old one");
    assert_eq!(ids(&app.admin().get(&format!("{list}?_since=0"))), ["c"]);
}

#[test]
fn what_is_in_a_collection_goes_with_it_without_trace() {
    let app = start();
    let (collection, records) = ("/buckets/b/collections/c", "/buckets/b/collections/c/records");
    let readers = json!({"permissions": {"read": ["account:stranger"]}});
    let _made = app.admin().put(collection, &json!({})).expect(201);
    for id in ["r1", "r2"] {
        let _record = app.admin().put(&format!("{records}/{id}"), &readers).expect(201);
    }
    let _dead = app.admin().delete(&format!("{records}/r2")).expect(200);
    app.clock.advance_millis(5_000);
    let _gone = app.admin().delete(collection).expect(200);
    let missing = app.admin().get(records).expect(404).json();
    assert_eq!(missing["details"], json!({"id": "c", "resource_name": "collection"}));
    app.clock.advance_millis(5_000);
    let again = app.admin().put(collection, &json!({})).expect(201);
    let list = app.admin().get(&format!("{records}?_since=0")).expect(200);
    assert_eq!(list.data(), json!([]));
    assert_eq!(list.etag(), again.etag(), "its list begins with it");
    let _record = app.admin().put(&format!("{records}/r1"), &json!({})).expect(201);
    let _unseen = app.stranger().get(&format!("{records}/r1")).expect(403);
}

#[test]
fn what_is_in_a_bucket_goes_with_it_without_trace() {
    let app = start();
    let admin = app.admin();
    let members = json!({"data": {"members": ["account:stranger"]}});
    let _group = admin.put("/buckets/b/groups/g", &members).expect(201);
    let _collection = admin.put("/buckets/b/collections/c", &json!({})).expect(201);
    let _record = admin.put("/buckets/b/collections/c/records/r", &json!({})).expect(201);
    let _dead = admin.put("/buckets/b/collections/dead", &json!({})).expect(201);
    let _dead = admin.delete("/buckets/b/collections/dead").expect(200);
    let _near = admin.put("/buckets/bc", &json!({"permissions": {"read": ["account:stranger"]}})).expect(201);
    let _other = admin
        .put("/buckets/bc/collections/c", &json!({"permissions": {"read": ["/buckets/b/groups/g"]}}))
        .expect(201);
    let _seen = app.stranger().get("/buckets/bc/collections/c").expect(200);

    let _gone = admin.delete("/buckets/b").expect(200);
    assert_eq!(ids(&admin.get("/buckets")), ["bc", "main-workspace"]);
    let _again = admin.put("/buckets/b", &json!({})).expect(201);
    for list in ["collections", "groups"] {
        let path = format!("/buckets/b/{list}?_since=0");
        assert_eq!(admin.get(&path).expect(200).data(), json!([]), "{list}");
    }
    let _collection = admin.put("/buckets/b/collections/c", &json!({})).expect(201);
    assert_eq!(admin.get("/buckets/b/collections/c/records?_since=0").expect(200).data(), json!([]));
    // Who was in the group holds its principal no more, also when the group comes again.
    let _group = admin.put("/buckets/b/groups/g", &json!({})).expect(201);
    let shared = json!({"permissions": {"write": ["/buckets/b/groups/g"]}});
    let _granted = admin.patch("/buckets/b/collections/c", &shared).expect(200);
    let _unseen = app.stranger().get("/buckets/b/collections/c").expect(403);
    // A bucket whose name begins the same is another.
    let _seen = app.stranger().get("/buckets/bc").expect(200);
}

#[test]
fn a_list_is_counted_paged_filtered_and_cleared() {
    let app = start();
    let list = "/buckets/b/groups";
    for (id, data) in
        [("g1", json!({"n": 1})), ("g2", json!({"n": 2, "o": {"x": "a"}})), ("g3", json!({"n": 1}))]
    {
        let _made = app.admin().put(&format!("{list}/{id}"), &json!({"data": data})).expect(201);
    }
    let get = |query: &str| app.admin().get(&format!("{list}?{query}")).expect(200);
    assert_eq!(ids(&get("")), ["g3", "g2", "g1"], "newest first");
    assert_eq!(ids(&get("_sort=-last_modified&_expected=5&_whatever=x")), ["g3", "g2", "g1"]);
    assert_eq!(ids(&get("n=1")), ["g3", "g1"]);
    assert_eq!(ids(&get("eq_n=1&id=g3")), ["g3"]);
    assert_eq!(ids(&get("n=%221%22")), Vec::<String>::new());
    assert_eq!(ids(&get("o.x=a")), ["g2"]);
    assert_eq!(app.admin().head(&format!("{list}?n=1")).header("Total-Objects"), Some("2"));
    assert_eq!(app.admin().head(&format!("{list}?_limit=1")).header("Total-Records"), Some("3"));

    let page = get("_limit=2&n=1&_sort=-last_modified");
    assert_eq!((ids(&page), page.header("Next-Page")), (vec!["g3".to_owned(), "g1".to_owned()], None));
    let page = get("_limit=2&_sort=-last_modified");
    assert_eq!(ids(&page), ["g3", "g2"]);
    let next = page.header("Next-Page").unwrap();
    assert!(
        next.starts_with(&format!("{}/v1{list}?_sort=-last_modified&_limit=2&_token=", app.url())),
        "{next}"
    );
    // Something new, and something deleted, between two pages.
    let _new = app.admin().put(&format!("{list}/g4"), &json!({})).expect(201);
    let _dead = app.admin().delete(&format!("{list}/g2")).expect(200);
    let page = app.admin().get(next.strip_prefix(app.url()).unwrap()).expect(200);
    assert_eq!((ids(&page), page.header("Next-Page")), (vec!["g1".to_owned()], None));

    let g3 = app.admin().get(&format!("{list}/g3")).etag();
    assert_eq!(ids(&get(&format!("_since={g3}&_before={}", g3 + 100))), ["g2", "g4"]);
    assert_eq!(ids(&get(&format!("last_modified={g3}"))), ["g3"]);
    assert_eq!(ids(&get(&format!("min_last_modified=%22{g3}%22&max_last_modified={g3}"))), ["g3"]);
    assert_eq!(ids(&get(&format!("gt_last_modified={g3}&n=1"))), Vec::<String>::new());
    assert_eq!(ids(&get("_since=null")), ["g4", "g3", "g1"], "as if absent");
    let old = get(&format!("_to={g3}"));
    assert_eq!(ids(&old), ["g1"]);
    let alert: Value = serde_json::from_str(old.header("Alert").unwrap()).unwrap();
    assert_eq!(alert["code"], "soft-eol");

    let fields = get("_fields=n,o.x&_limit=1");
    assert_eq!(fields.data().as_array().unwrap().len(), 1);
    assert_eq!(
        get("_fields=n").data()[1].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["id", "last_modified", "n"]
    );
    let one = app.admin().get(&format!("{list}/g3?_fields=n")).expect(200).json();
    assert_eq!(one, json!({"data": {"id": "g3", "last_modified": g3, "n": 1}}));

    let cleared = app.admin().delete(&format!("{list}?n=1&_limit=1")).expect(200);
    assert_eq!(ids(&cleared), ["g3"]);
    assert_eq!(cleared.data()[0]["deleted"], true);
    assert_eq!(cleared.etag(), cleared.data()[0]["last_modified"].as_u64().unwrap());
    let next = cleared.header("Next-Page").unwrap().strip_prefix(app.url()).unwrap().to_owned();
    assert_eq!(ids(&app.admin().delete(&next).expect(200)), ["g1"]);
    let nothing = app.admin().delete(&format!("{list}?n=1")).expect(200);
    assert_eq!((nothing.data(), nothing.etag()), (json!([]), app.admin().get(list).etag()));
    assert_eq!(ids(&app.admin().get(list)), ["g4"]);
}

#[test]
fn what_a_query_cannot_do_is_refused_and_never_ignored() {
    let app = start();
    let list = "/buckets/b/groups";
    let _made = app.admin().put(&format!("{list}/g1"), &json!({})).expect(201);
    let tomorrow = app.now().as_millis() + 86_400_000;
    for (query, name, description) in [
        ("_since=abc", "_since", "\"abc\" is not a number".to_owned()),
        ("_since=true", "_since", "\"true\" is not a number".to_owned()),
        ("_since=-1", "_since", "-1 is less than minimum value 0".to_owned()),
        ("_since=", "_since", "Invalid value for _since".to_owned()),
        (&format!("_since={tomorrow}"), "_since", "Invalid value for _since".to_owned()),
        ("_since=1&_since=2", "_since", "_since is given more than once".to_owned()),
        ("_before=x", "_before", "\"x\" is not a number".to_owned()),
        ("gt_last_modified=x", "gt_last_modified", "\"x\" is not a number".to_owned()),
        ("in_last_modified=1", "in_last_modified", "Unsupported filter 'in_' on 'last_modified'".to_owned()),
        ("_limit=-1", "_limit", "\"-1\" is not a number".to_owned()),
        ("_limit=x", "_limit", "\"x\" is not a number".to_owned()),
        ("_sort=n", "_sort", "Unsupported sort 'n': lists come by -last_modified".to_owned()),
        ("like_n=2", "like_n", "not a string: write like_n=\"…\" with quotation marks".to_owned()),
        ("contains_id=x", "contains_id", "Field 'id' is not an array".to_owned()),
        ("id=1", "id", "not a string: write id=\"…\" with quotation marks".to_owned()),
    ] {
        for method in ["GET", "DELETE"] {
            let refused = app.admin().request(method, &format!("{list}?{query}")).send().expect(400).json();
            let expected = json!({"description": description, "location": "querystring", "name": name});
            assert_eq!(refused["errno"], 107, "{query}");
            assert_eq!(refused["details"][0], expected, "{query}");
        }
    }
    let refused = app.admin().get(&format!("{list}?_token=x")).expect(400).json();
    assert_eq!(refused["message"], "querystring: _token has invalid content");
    assert_eq!(ids(&app.admin().get(list)), ["g1"], "nothing was deleted");
    for ignored in ["_since=1.5", "_limit=0", "_limit=", "_limit=null", "_limit=%223%22", "_token=", "_sort="]
    {
        assert_eq!(ids(&app.admin().get(&format!("{list}?{ignored}")).expect(200)), ["g1"], "{ignored}");
    }
    for (query, expected) in
        [("min_n=1", 1), ("lt_n=1", 0), ("has_n=false", 1), ("like_id=G*", 1), ("in_id=g1,g2", 1)]
    {
        assert_eq!(ids(&app.admin().get(&format!("{list}?{query}")).expect(200)).len(), expected, "{query}");
    }
    let _time = app.admin().delete(&format!("{list}/g1?last_modified=abc")).expect(400);
    let quoted = app.admin().delete(&format!("{list}/g1?last_modified=%22{tomorrow}%22")).expect(200);
    assert_eq!(quoted.etag(), tomorrow);
}

#[test]
fn an_answer_of_a_list_has_a_greatest_size() {
    let limits = countersign::workflow::Limits { page: 2, ..countersign::workflow::Limits::default() };
    let app = TestApp::builder().limits(limits).start();
    let _bucket = app.admin().put("/buckets/b", &json!({})).expect(201);
    let list = "/buckets/b/groups";
    for id in ["g1", "g2", "g3"] {
        let _made = app.admin().put(&format!("{list}/{id}"), &json!({})).expect(201);
    }
    for query in ["", "?_limit=0", "?_limit=100"] {
        let page = app.admin().get(&format!("{list}{query}")).expect(200);
        assert_eq!(ids(&page), ["g3", "g2"], "{query}");
        let next = page.header("Next-Page").unwrap().strip_prefix(app.url()).unwrap();
        assert_eq!(ids(&app.admin().get(next).expect(200)), ["g1"]);
    }
    assert_eq!(ids(&app.admin().delete(list).expect(200)), ["g3", "g2"]);
}

#[test]
fn a_patch_answers_as_much_as_was_asked() {
    let app = start();
    let path = "/buckets/b/collections/c";
    let _made = app.admin().put(path, &json!({"data": {"a": 1, "b": 2, "gone": 3}})).expect(201);
    let patch = |behavior: &str, media: &str, data: Value| {
        app.admin()
            .request("PATCH", path)
            .json(&json!({"data": data}))
            .header("Content-Type", media)
            .header("Response-Behavior", behavior)
            .send()
    };
    let (plain, merge) = ("application/json", "application/merge-patch+json");
    let light = patch("light", plain, json!({"a": 9, "b": 2})).expect(200);
    assert_eq!(light.json(), json!({"data": {"a": 9}}));
    let diff = patch("diff", merge, json!({"cache_expires": "60"})).expect(200);
    assert_eq!(diff.json(), json!({"data": {"cache_expires": 60}}));
    let removed = patch("light", merge, json!({"gone": null})).expect(200);
    assert_eq!(removed.json(), json!({"data": {"gone": null}}));
    let old = patch("light", plain, json!({"last_modified": 5})).expect(200);
    assert_eq!(old.json(), json!({"data": {"last_modified": old.etag()}}));
    let full = patch("full", plain, json!({})).expect(200);
    assert_eq!(full.data()["a"], 9);
    let _other = patch("Light", plain, json!({})).expect_error(
        400,
        107,
        "Response-Behavior in header: \"Light\" is not one of full, light, diff",
    );
}

#[test]
fn history_tells_every_change_once() {
    let app = start();
    let admin = app.admin();
    let _group =
        admin.put("/buckets/b/groups/g", &json!({"data": {"members": ["account:editor"]}})).expect(201);
    let _collection = admin.put("/buckets/b/collections/c", &json!({})).expect(201);
    let _record = admin.put("/buckets/b/collections/c/records/r", &json!({"data": {"a": 1}})).expect(201);
    let written = admin
        .patch("/buckets/b/collections/c/records/r", &json!({"permissions": {"read": ["account:editor"]}}))
        .expect(200);
    let _existing = admin.post("/buckets/b/collections", &json!({"data": {"id": "c"}})).expect(200);
    let _refused = admin.put("/buckets/b/groups/g", &json!({"data": {"members": 1}})).expect(400);
    let _undone = app.stranger().put("/buckets/b/groups/g", &json!({})).expect(403);
    let deleted = admin.delete("/buckets/b/collections/c/records").expect(200);
    let _bucket = admin.patch("/buckets/b", &json!({"data": {"x": 1}})).expect(200);
    let _account = admin.patch("/accounts/editor", &json!({"data": {"x": 1}})).expect(200);

    let bucket = BucketId::parse("b").unwrap();
    let entries: Vec<HistoryEntry> = app.services.store.read(|tx| tx.list_history(&bucket, 100)).unwrap();
    assert!(entries.windows(2).all(|pair| pair[0].last_modified > pair[1].last_modified));
    assert!(entries.iter().all(|entry| entry.user.as_deref() == Some("account:admin")));
    let told: Vec<(HistoryAction, &str)> =
        entries.iter().rev().map(|entry| (entry.action, entry.uri.as_str())).collect();
    let record = "/buckets/b/collections/c/records/r";
    assert_eq!(
        told,
        [
            (HistoryAction::Create, "/buckets/b"),
            (HistoryAction::Create, "/buckets/b/groups/g"),
            (HistoryAction::Create, "/buckets/b/collections/c"),
            (HistoryAction::Create, record),
            (HistoryAction::Update, record),
            (HistoryAction::Delete, record),
            (HistoryAction::Update, "/buckets/b"),
        ]
    );
    let [_, last_record, update, ..] = &*entries else { panic!("{entries:?}") };
    assert_eq!(last_record.target, HistoryTarget::Deleted(crate::app::at(deleted.etag())));
    assert!(last_record.permissions.is_empty());
    assert!(matches!(update.target, HistoryTarget::Record(_, at) if at.as_millis() == written.etag()));
    assert_eq!(update.permissions.keys().collect::<Vec<_>>(), ["read", "write"]);

    let _gone = admin.delete("/buckets/b").expect(200);
    let left: Vec<HistoryEntry> = app.services.store.read(|tx| tx.list_history(&bucket, 100)).unwrap();
    assert_eq!(left, []);
}
