//! Design §6: what cannot be done alone. Each rule is attacked by everybody, in every way that HTTP knows. docs/security.md
//! lists the rules with these tests.

use serde_json::{Value, json};

use crate::world::{Answer, DESTINATION, PREVIEW, Person, Plan, SOURCE, World, collection_path};

/// A world with one published record, and people who have as much power as anybody can be given: everybody but the anonymous
/// writes the source bucket.
fn powerful() -> World {
    let world = World::new();
    world.publish("r1", json!({"title": "one"}));
    let writers: Vec<String> = ["editor", "other-editor", "reviewer", "stranger"]
        .iter()
        .map(|name| format!("account:{name}"))
        .collect();
    world.admin().patch("/buckets/main-workspace", json!({"permissions": {"write": writers}})).ok();
    world
}

fn everybody(world: &World) -> Vec<Person<'_>> {
    vec![world.admin(), world.editor(), world.reviewer(), world.stranger()]
}

/// The answer of somebody without permission, whoever it is.
fn refuse_all(world: &World, attempt: impl Fn(&Person<'_>) -> Answer) {
    world.unchanged(|| {
        for person in everybody(world) {
            attempt(&person).forbidden();
        }
        attempt(&world.anonymous()).unauthorized();
    });
}

#[test]
fn nobody_writes_a_record_of_a_preview_or_destination() {
    let world = powerful();
    for path in [PREVIEW, DESTINATION] {
        let records = format!("{path}/records");
        let (known, unknown) = (format!("{records}/r1"), format!("{records}/new"));
        let data = json!({"data": {"title": "evil"}});
        refuse_all(&world, |person| person.put(&known, data.clone()));
        refuse_all(&world, |person| person.put(&unknown, data.clone()));
        refuse_all(&world, |person| person.patch(&known, data.clone()));
        refuse_all(&world, |person| person.delete(&known));
        refuse_all(&world, |person| person.post(&records, data.clone()));
        refuse_all(&world, |person| person.post(&records, json!({"data": {"id": "new"}})));
        refuse_all(&world, |person| person.delete(&records));
        refuse_all(&world, |person| person.delete(&format!("{records}?id=nothing")));
        refuse_all(&world, |person| {
            person.patch(&known, json!({"permissions": {"write": ["account:stranger"]}}))
        });
    }
}

#[test]
fn nobody_writes_a_preview_or_destination_collection() {
    let world = powerful();
    for path in [PREVIEW, DESTINATION] {
        refuse_all(&world, |person| person.put(path, json!({"data": {"sort": "evil"}})));
        refuse_all(&world, |person| person.patch(path, json!({"data": {"sort": "evil"}})));
        refuse_all(&world, |person| {
            person.patch(path, json!({"permissions": {"write": ["system.Everyone"]}}))
        });
        refuse_all(&world, |person| person.delete(path));
    }
}

#[test]
fn nobody_creates_or_deletes_anything_in_a_published_bucket() {
    let world = powerful();
    for bucket in ["/buckets/main", "/buckets/main-preview"] {
        refuse_all(&world, |person| person.put(bucket, json!({})));
        refuse_all(&world, |person| {
            person.patch(bucket, json!({"permissions": {"write": ["account:stranger"]}}))
        });
        refuse_all(&world, |person| person.patch(bucket, json!({"data": {"x": 1}})));
        refuse_all(&world, |person| person.delete(bucket));
        for list in ["collections", "groups"] {
            let list = format!("{bucket}/{list}");
            refuse_all(&world, |person| person.post(&list, json!({})));
            refuse_all(&world, |person| person.post(&list, json!({"data": {"id": "new"}})));
            refuse_all(&world, |person| person.put(&format!("{list}/new"), json!({})));
            refuse_all(&world, |person| person.delete(&list));
        }
    }
}

#[test]
fn a_published_bucket_is_not_made_by_hand_before_there_is_one() {
    let world = World::empty(&Plan::default());
    for bucket in ["main", "main-preview"] {
        world.admin().put(&format!("/buckets/{bucket}"), json!({})).forbidden();
        world.admin().post("/buckets", json!({"data": {"id": bucket}})).forbidden();
    }
    assert_eq!(world.admin().get("/buckets/main").status, 404);
}

#[test]
fn deleting_every_bucket_deletes_none() {
    let world = powerful();
    world.admin().put("/buckets/other", json!({})).ok();
    world.unchanged(|| world.admin().delete("/buckets").forbidden());
    assert_eq!(world.admin().get("/buckets/other").status, 200);
}

#[test]
fn where_single_collections_are_named_those_and_their_bucket_are_kept() {
    let world = World::empty(&Plan {
        resources: vec!["main-workspace/cfr -> main-preview/cfr -> main/cfr"],
        ..Plan::default()
    });
    world.add_source(SOURCE);
    world.publish("r1", json!({}));
    for path in [PREVIEW, DESTINATION] {
        refuse_all(&world, |person| person.patch(path, json!({"data": {"x": 1}})));
        refuse_all(&world, |person| person.delete(path));
        refuse_all(&world, |person| person.put(&format!("{path}/records/x"), json!({})));
        refuse_all(&world, |person| person.delete(&format!("{path}/records")));
    }
    for bucket in ["/buckets/main", "/buckets/main-preview"] {
        refuse_all(&world, |person| person.delete(bucket));
        world.unchanged(|| world.admin().delete(&format!("{bucket}/collections")).forbidden());
        // The bucket is a bucket like others otherwise.
        world.admin().put(&format!("{bucket}/collections/plain"), json!({})).ok();
        world.admin().put(&format!("{bucket}/collections/plain/records/x"), json!({"data": {"n": 1.5}})).ok();
    }
    // A write permission there reaches no published record.
    world.admin().patch("/buckets/main", json!({"permissions": {"write": ["account:stranger"]}})).ok();
    refuse_all(&world, |person| person.put(&format!("{DESTINATION}/records/x"), json!({})));
    world.check();
}

#[test]
fn a_named_destination_is_not_made_by_hand() {
    let world = World::empty(&Plan { resources: vec!["main-workspace/cfr -> main/cfr"], ..Plan::default() });
    world.admin().put("/buckets/main", json!({})).ok();
    let collections = "/buckets/main/collections";
    world.admin().put(DESTINATION, json!({})).forbidden();
    world.admin().post(collections, json!({"data": {"id": "cfr"}})).forbidden();
    assert_eq!(world.admin().get(DESTINATION).status, 404);
    world.add_source(SOURCE);
    world.check();
}

#[test]
fn who_is_not_signed_in_does_not_write_a_source_whatever_its_permissions_say() {
    let world = powerful();
    let everyone = json!({"permissions": {"write": ["system.Everyone"]}});
    world.admin().patch("/buckets/main-workspace", everyone.clone()).ok();
    world.admin().patch(SOURCE, everyone.clone()).ok();
    world.admin().patch(&format!("{SOURCE}/records/r1"), everyone).ok();
    let anonymous = world.anonymous();
    world.unchanged(|| {
        anonymous.put(&format!("{SOURCE}/records/r1"), json!({"data": {"title": "evil"}})).unauthorized();
        anonymous.patch(&format!("{SOURCE}/records/r1"), json!({"data": {"title": "evil"}})).unauthorized();
        anonymous.delete(&format!("{SOURCE}/records/r1")).unauthorized();
        anonymous.post(&format!("{SOURCE}/records"), json!({})).unauthorized();
        anonymous.delete(&format!("{SOURCE}/records")).unauthorized();
        anonymous.patch(SOURCE, json!({"data": {"status": "work-in-progress"}})).unauthorized();
        anonymous.put(&SOURCE.replace("cfr", "new"), json!({})).unauthorized();
        anonymous.post("/buckets/main-workspace/collections", json!({})).unauthorized();
        anonymous.delete("/buckets/main-workspace/collections").unauthorized();
        anonymous.patch("/buckets/main-workspace/groups/cfr-editors", json!({"data": {}})).unauthorized();
        anonymous.put("/buckets/main-workspace/groups/new", json!({})).unauthorized();
        anonymous.patch("/buckets/main-workspace", json!({"data": {"x": 1}})).unauthorized();
        anonymous.delete("/buckets/main-workspace").unauthorized();
    });
}

#[test]
fn writing_a_signed_source_adds_nobody_to_its_writers() {
    let world = powerful();
    world.stranger().patch(SOURCE, json!({"data": {"x": 1}})).ok();
    world.stranger().put(&format!("{SOURCE}/records/r2"), json!({})).ok();
    world.editor().set_status("to-review").ok();
    world.reviewer().set_status("work-in-progress").ok();
    world.admin().patch("/buckets/main-workspace", json!({"permissions": {"write": []}})).ok();
    world.stranger().patch(SOURCE, json!({"data": {"x": 2}})).forbidden();
    world.stranger().put(&format!("{SOURCE}/records/r2"), json!({})).forbidden();
    let writers =
        json!(["/buckets/main-workspace/groups/cfr-editors", "/buckets/main-workspace/groups/cfr-reviewers"]);
    let read = |world: &World| {
        let uri = "/buckets/main-workspace/collections/cfr";
        let permissions = world.services().store.read(|tx| tx.find_permissions(uri));
        let permissions: countersign::storage::Permissions =
            permissions.unwrap_or_else(|error: countersign::storage::StorageError| panic!("{error}"));
        json!(permissions["write"])
    };
    assert_eq!(read(&world), writers);
    // Who leaves the group has left.
    world.set_members("editors", &["other-editor"]);
    world.editor().put(&format!("{SOURCE}/records/r1"), json!({})).forbidden();
    world.editor().set_status("to-review").forbidden();
}

#[test]
fn reviewers_are_made_by_administrators_alone() {
    let world = powerful();
    let group = "/buckets/main-workspace/groups/cfr-reviewers";
    let me = json!({"data": {"members": ["account:stranger", "account:editor"]}});
    for person in [world.editor(), world.reviewer(), world.stranger()] {
        world.unchanged(|| {
            person.patch(group, me.clone()).forbidden();
            person.put(group, me.clone()).forbidden();
            person.delete(group).forbidden();
            person.patch(group, json!({"permissions": {"write": ["account:stranger"]}})).forbidden();
            // Of a collection that is not there yet, too.
            person.put("/buckets/main-workspace/groups/later-reviewers", me.clone()).forbidden();
            let post = json!({"data": {"id": "later-reviewers", "members": ["account:stranger"]}});
            person.post("/buckets/main-workspace/groups", post).forbidden();
            // A list that holds one is not deleted at all.
            person.delete("/buckets/main-workspace/groups").forbidden();
        });
        // Other groups are theirs.
        person.put("/buckets/main-workspace/groups/friends", me.clone()).ok();
        person.delete("/buckets/main-workspace/groups/friends").ok();
    }
    world.unchanged(|| {
        world.anonymous().patch(group, me.clone()).unauthorized();
    });
    world.admin().patch(group, json!({"permissions": {"write": ["account:stranger"]}})).ok();
    world.unchanged(|| world.stranger().patch(group, me.clone()).forbidden());
    world.admin().patch(group, me).ok();
    world.admin().delete(group).ok();
    world.check();
}

#[test]
fn the_reviewers_group_of_a_new_source_is_empty_and_has_no_writers() {
    let world = powerful();
    let other = SOURCE.replace("cfr", "other");
    world.stranger().put(&other, json!({})).ok();
    let group = world.admin().get("/buckets/main-workspace/groups/other-reviewers");
    assert_eq!(group.body["data"]["members"], json!([]));
    assert_eq!(group.body["permissions"], json!({}));
    let editors = world.stranger().get("/buckets/main-workspace/groups/other-editors");
    assert_eq!(editors.body["data"]["members"], json!(["account:stranger"]));
    assert_eq!(editors.body["permissions"], json!({"write": ["account:stranger"]}));
    world.unchanged(|| {
        let group = "/buckets/main-workspace/groups/other-reviewers";
        world.stranger().patch(group, json!({"data": {"members": ["account:stranger"]}})).forbidden();
    });
}

#[test]
fn what_is_published_is_not_emptied_by_deleting_its_source() {
    let world = powerful();
    let message = "Collection has published records";
    for person in everybody(&world) {
        world.unchanged(|| {
            person.delete(SOURCE).refused(403, 121, message);
            person.delete("/buckets/main-workspace").refused(403, 121, message);
            person.delete("/buckets/main-workspace/collections").refused(403, 121, message);
            person.delete("/buckets/main-workspace/collections?id=cfr").refused(403, 121, message);
            let batch = [
                ("DELETE", "/buckets/main-workspace/collections/cfr/records/r1", json!({})),
                ("DELETE", SOURCE, json!({})),
                ("PUT", SOURCE, json!({})),
            ];
            person.batch(&batch).refused(403, 121, message);
        });
    }
    world.unchanged(|| {
        // Emptying the source is an edit, and does not help.
        world.anonymous().delete(SOURCE).unauthorized();
    });
    world.editor().delete(&format!("{SOURCE}/records")).ok();
    world.editor().set_status("to-review").ok();
    assert_eq!(world.ids(PREVIEW), Vec::<String>::new());
    for person in everybody(&world) {
        world.unchanged(|| person.delete(SOURCE).refused(403, 121, message));
    }
    world.check();
}

#[test]
fn a_list_that_holds_one_with_published_records_is_kept_whole() {
    let world = powerful();
    let other = SOURCE.replace("cfr", "other");
    world.add_source(&other);
    world.unchanged(|| {
        let answer = world.admin().delete("/buckets/main-workspace/collections");
        answer.refused(403, 121, "Collection has published records");
    });
    assert_eq!(world.admin().get(&other).status, 200);
    world.admin().delete("/buckets/main-workspace/collections?id=other").ok();
    assert_eq!(world.admin().get(&other).status, 404);
    world.check();
}

#[test]
fn an_administrator_is_not_above_review() {
    let world = powerful();
    let admin = world.admin();
    admin.put(&format!("{SOURCE}/records/r2"), json!({"data": {"title": "two"}})).ok();
    world.unchanged(|| {
        admin.set_status("to-sign").refused(403, 121, "Not in cfr-reviewers group");
        admin.set_status("to-review").refused(403, 121, "Not in cfr-editors group");
        admin.set_status("signed").refused(400, 109, "Cannot set status to 'signed'");
    });
    world.set_members("reviewers", &["admin"]);
    world.set_members("editors", &["admin"]);
    world.unchanged(|| admin.set_status("to-sign").refused(400, 109, "Collection not under review"));
    admin.set_status("to-review").ok();
    world.unchanged(|| admin.set_status("to-sign").refused(403, 121, "Last editor cannot review"));
    world.set_members("editors", &["admin", "editor"]);
    admin.put(&format!("{SOURCE}/records/r3"), json!({})).ok();
    world.editor().set_status("to-review").ok();
    world.unchanged(|| admin.set_status("to-sign").refused(403, 121, "Reviewer has edits in this change"));
    assert_eq!(world.ids(DESTINATION), ["r1"]);
}

/// Ways of one person to have a record published that they wrote alone.
#[test]
fn one_person_in_both_groups_publishes_nothing_of_their_own() {
    let world = powerful();
    world.set_members("editors", &["editor", "reviewer"]);
    world.set_members("reviewers", &["editor", "reviewer"]);
    let person = world.editor();
    let evil = format!("{SOURCE}/records/evil");
    let body = json!({"data": {"title": "evil"}});
    person.put(&evil, body.clone()).ok();

    // Asks and approves.
    person.set_status("to-review").ok();
    world.unchanged(|| person.set_status("to-sign").refused(403, 121, "Last editor cannot review"));
    // Says that somebody else asked.
    for answer in [
        person.patch(
            SOURCE,
            json!({"data": {"status": "to-sign", "last_review_request_by": "account:reviewer"}}),
        ),
        person.patch(SOURCE, json!({"data": {"last_review_request_by": "account:reviewer"}})),
    ] {
        assert!(answer.status >= 400, "{answer:?}");
    }
    // Somebody else asks, having seen something else.
    world.reviewer().set_status("work-in-progress").ok();
    world.reviewer().set_status("to-review").ok();
    let refusal = "Reviewer has edits in this change";
    world.unchanged(|| person.set_status("to-sign").refused(403, 121, refusal));
    // Rolls back and writes it again.
    person.set_status("to-rollback").ok();
    person.put(&evil, body).ok();
    world.reviewer().set_status("to-review").ok();
    world.unchanged(|| person.set_status("to-sign").refused(403, 121, refusal));
    // Deletes the record and creates it again; under another id; by POST; by PATCH.
    person.delete(&evil).ok();
    assert_eq!(world.change()["editors"], json!([]));
    person.post(&format!("{SOURCE}/records"), json!({"data": {"id": "evil", "title": "evil"}})).ok();
    person.patch(&evil, json!({"data": {"title": "worse"}})).ok();
    world.reviewer().set_status("to-review").ok();
    world.unchanged(|| person.set_status("to-sign").refused(403, 121, refusal));
    // Re-signs: nothing is copied.
    person.set_status("to-resign").ok();
    assert_eq!(world.status(), "to-review");
    assert_eq!(world.published(DESTINATION, "evil"), None);
    // By PUT in place of PATCH.
    let mut source = world.collection(SOURCE);
    source["status"] = json!("to-sign");
    world.unchanged(|| person.put(SOURCE, json!({"data": source})).refused(403, 121, refusal));
    source.as_object_mut().unwrap().retain(|name, _| !name.starts_with("last_"));
    world.unchanged(|| person.put(SOURCE, json!({"data": source})).refused(403, 121, refusal));
    // Creates the collection anew.
    world.unchanged(|| person.delete(SOURCE).refused(403, 121, "Collection has published records"));
    assert_eq!(world.ids(DESTINATION), ["r1"]);
    world.check();
}

#[test]
fn deleting_an_account_and_making_it_again_frees_nobody() {
    let world = powerful();
    world.set_members("editors", &["editor", "reviewer"]);
    world.set_members("reviewers", &["editor", "reviewer"]);
    world.edit("evil", json!({}));
    world.admin().delete("/accounts/editor").ok();
    world.add_account("editor");
    world.set_members("reviewers", &["editor", "reviewer"]);
    world.set_members("editors", &["editor", "reviewer"]);
    world.reviewer().set_status("to-review").ok();
    world.unchanged(|| {
        let answer = world.editor().set_status("to-sign");
        answer.refused(403, 121, "Reviewer has edits in this change");
    });
}

/// A source with nothing published may be deleted by who writes it, and made again: it begins like any other.
#[test]
fn a_source_that_is_made_again_begins_like_any_other() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.request();
    assert_eq!(world.ids(PREVIEW), ["r1"]);
    world
        .admin()
        .patch("/buckets/main-workspace", json!({"permissions": {"write": ["account:editor"]}}))
        .ok();
    world.editor().delete(SOURCE).ok();
    assert_eq!(world.ids(PREVIEW), Vec::<String>::new());
    let kinds = |path: &str| -> Vec<Value> {
        world.statements(path).into_iter().map(|entry| entry["kind"].clone()).collect()
    };
    assert_eq!(kinds(PREVIEW), ["created", "published", "emptied"]);
    assert_eq!(kinds(DESTINATION), ["created", "emptied"]);
    for group in ["cfr-editors", "cfr-reviewers"] {
        let uri = format!("/buckets/main-workspace/groups/{group}");
        assert_eq!(world.admin().get(&uri).status, 404);
    }
    // Former reviewers have lost what the group gave them, also if it comes again.
    world.editor().put(SOURCE, json!({"data": {"status": "work-in-progress"}})).ok();
    assert_eq!(world.status(), "signed");
    world.editor().put(&format!("{SOURCE}/records/r1"), json!({})).ok();
    world.editor().set_status("to-review").ok();
    world.unchanged(|| {
        world.reviewer().set_status("to-sign").forbidden();
        world.editor().set_status("to-sign").refused(403, 121, "Not in cfr-reviewers group");
    });
    assert_eq!(kinds(DESTINATION), ["created", "emptied", "created"]);
    assert_eq!(world.requests().len(), 2);
    world.check();
}

#[test]
fn a_source_bucket_goes_with_what_was_never_published() {
    let world = World::new();
    world.edit("r1", json!({}));
    world.request();
    world.admin().delete("/buckets/main-workspace").ok();
    assert_eq!(world.ids(PREVIEW), Vec::<String>::new());
    assert_eq!(world.ids(DESTINATION), Vec::<String>::new());
    world.check();
    let path = collection_path(SOURCE);
    let pending = world.services().store.read(|tx| tx.count_pending(&path));
    assert_eq!(pending.unwrap_or_else(|error: countersign::storage::StorageError| panic!("{error}")), 0);
}

#[test]
fn a_source_is_made_by_those_who_may_make_its_groups() {
    let world = World::new();
    let create = json!({"permissions": {"collection:create": ["account:stranger"]}});
    world.admin().patch("/buckets/main-workspace", create).ok();
    let other = SOURCE.replace("cfr", "other");
    world.unchanged(|| {
        world.stranger().put(&other, json!({})).refused(
            403,
            121,
            "Cannot create collection without `group:create` on bucket 'main-workspace': editors/reviewers groups \
             cannot be set up.",
        );
    });
    let both = json!({"permissions": {"group:create": ["account:stranger"]}});
    world.admin().patch("/buckets/main-workspace", both).ok();
    world.stranger().put(&other, json!({})).ok();
    world.check();
}

#[test]
fn at_creation_no_status_gets_anything_published() {
    let world = World::empty(&Plan::default());
    world
        .admin()
        .put("/buckets/main-workspace/groups/cfr-editors", json!({"data": {"members": ["account:editor"]}}))
        .ok();
    world
        .admin()
        .put("/buckets/main-workspace/groups/cfr-reviewers", json!({"data": {"members": ["account:editor"]}}))
        .ok();
    world
        .admin()
        .patch("/buckets/main-workspace", json!({"permissions": {"write": ["account:editor"]}}))
        .ok();
    let editor = world.editor();
    let create = |status: &str| editor.put(SOURCE, json!({"data": {"status": status, "sort": "evil"}}));
    create("to-sign").refused(400, 109, "Collection not under review");
    create("signed").refused(400, 109, "Cannot set status to 'signed'");
    create("to-resign").refused(400, 109, "Cannot change sort with this status");
    create("to-rollback").refused(400, 109, "Cannot change sort with this status");
    assert_eq!(world.admin().get(SOURCE).status, 404);
    assert_eq!(world.admin().get(DESTINATION).status, 404);
    create("to-review").ok();
    assert_eq!(world.status(), "work-in-progress");
    assert_eq!(world.changeset(DESTINATION, "")["metadata"].get("sort"), None);
    assert_eq!(world.changeset(PREVIEW, "")["metadata"].get("sort"), None);
    // Groups that were there stay as they were.
    let reviewers = world.admin().get("/buckets/main-workspace/groups/cfr-reviewers");
    assert_eq!(reviewers.body["data"]["members"], json!(["account:editor"]));
    world.unchanged(|| editor.set_status("to-sign").refused(400, 109, "Collection not under review"));
    world.check();
}

/// The document names tests that there are.
#[test]
fn every_test_that_the_document_names_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let mut sources = String::new();
    let mut folders = vec![root.join("tests/browser"), root.join("tests/it")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                sources.push_str(&std::fs::read_to_string(path).unwrap_or_default());
            }
        }
    }
    let rows = document.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |"));
    let names: Vec<&str> = rows
        .filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next())
        .flat_map(|cell| cell.split(", ").map(|name| name.trim_matches('`')))
        .collect();
    assert!(names.len() > 40, "{}", names.len());
    for name in names {
        assert!(sources.contains(&format!("fn {name}()")), "docs/security.md names {name}");
    }
}
