//! Looking things up in the history: who may see what, pages, and what an entry tells.

use countersign::{
    storage::{HistoryAction, HistoryKind, HistoryUser, StorageError},
    types::{AccountName, BucketId, CollectionPath, RecordId},
    workflow::{
        Actor,
        history::{self, Cursor, Event, Found, Search},
    },
};
use serde_json::json;

use crate::app::TestApp;

fn find(app: &TestApp, person: &str, search: &Search, most: usize) -> Found {
    let name = AccountName::parse(person).unwrap();
    app.services
        .read::<_, StorageError>(&Actor::anonymous(), |scope| {
            let actor = Actor::signed_in(&name, scope.tx)?;
            scope.act_as(&actor, |scope| history::find(scope, search, most))
        })
        .unwrap()
}

fn uris(found: &Found) -> Vec<&str> {
    found.entries.iter().map(|entry| entry.uri.as_str()).collect()
}

/// What each entry tells, oldest first, of a collection that was made, edited, reviewed and published.
fn events(app: &TestApp, search: &Search) -> Vec<(String, Event)> {
    let found = find(app, "admin", search, 100);
    let told = app.services.read::<_, StorageError>(&Actor::plugin(), |scope| {
        found
            .entries
            .iter()
            .rev()
            .map(|entry| Ok((entry.user.clone().unwrap_or_default(), history::event(scope, entry)?)))
            .collect::<Result<Vec<_>, _>>()
    });
    told.unwrap()
}

#[test]
fn whoever_reads_a_bucket_sees_it_all_and_whoever_reads_a_collection_what_is_in_it() {
    let app = TestApp::start();
    app.make_collection("rules");
    app.make_collection("secret");
    let record = json!({"data": {"n": 1}});
    for collection in ["rules", "secret"] {
        let path = format!("/buckets/main-workspace/collections/{collection}/records/a");
        let _made = app.editor().put(&path, &record).expect(201);
    }
    let everything = Search::default();
    assert!(uris(&find(&app, "editor", &everything, 100)).contains(&"/buckets/main-workspace"));
    // Reviewers may write what they review: its history, its records, and nothing else.
    let seen = find(&app, "reviewer", &everything, 100);
    assert!(!seen.entries.is_empty());
    let stranger = find(&app, "stranger", &everything, 100);
    assert_eq!(uris(&stranger), [""; 0]);
    let share = json!({"permissions": {"read": ["account:stranger"]}});
    let _shared = app.admin().patch("/buckets/main-workspace/collections/rules", &share).expect(200);
    let seen = find(&app, "stranger", &everything, 100);
    assert!(!seen.entries.is_empty());
    assert!(uris(&seen).iter().all(|uri| uri.starts_with("/buckets/main-workspace/collections/rules")));
    let secret = Search {
        collection: Some(CollectionPath::parse("main-workspace/secret").unwrap()),
        ..Search::default()
    };
    assert_eq!(uris(&find(&app, "stranger", &secret, 100)), [""; 0]);
    assert!(!find(&app, "editor", &secret, 100).entries.is_empty());
}

#[test]
fn pages_follow_each_other_without_a_gap_also_across_buckets_of_one_moment() {
    let app = TestApp::builder().resources(&["b -> bp -> bd", "a -> ap -> ad"]).start();
    for bucket in ["a", "b"] {
        for record in 0..7 {
            let _made = app.editor().put(&format!("/buckets/{bucket}/collections/c"), &json!({}));
            let path = format!("/buckets/{bucket}/collections/c/records/r{record}");
            let _made = app.editor().put(&path, &json!({"data": {"n": record}})).expect(201);
        }
    }
    let whole = find(&app, "admin", &Search::default(), 1_000);
    assert_eq!(whole.next, None);
    for most in [1, 3, 10] {
        let (mut pages, mut search) = (Vec::new(), Search::default());
        loop {
            let page = find(&app, "admin", &search, most);
            assert!(page.entries.len() <= most);
            pages.extend(page.entries);
            search.after = page.next.map(|next| Cursor::parse(&next.to_text()).unwrap());
            if search.after.is_none() {
                break;
            }
        }
        assert_eq!(pages, whole.entries, "{most}");
    }
    for bad in ["", "1", "x.a", "1.", "1.a b", "-1.a", "99999999999999999999.a"] {
        assert_eq!(Cursor::parse(bad), None, "{bad}");
    }
}

#[test]
fn it_is_narrowed_by_user_bucket_collection_record_action_kind_and_time() {
    let app = TestApp::start();
    app.make_collection("rules");
    let record = "/buckets/main-workspace/collections/rules/records/a";
    let _made = app.editor().put(record, &json!({"data": {"n": 1}})).expect(201);
    app.clock.advance_millis(1_000);
    let later = app.now();
    let _changed = app.admin().patch(record, &json!({"data": {"n": 2}})).expect(200);
    let _gone = app.editor().delete(record).expect(200);
    let rules = CollectionPath::parse("main-workspace/rules").unwrap();
    let base = Search { collection: Some(rules), kind: Some(HistoryKind::Record), ..Search::default() };
    let count = |search: Search| find(&app, "admin", &search, 100).entries.len();
    assert_eq!(count(base.clone()), 3);
    assert_eq!(count(Search { user: HistoryUser::Only("account:admin".to_owned()), ..base.clone() }), 1);
    assert_eq!(count(Search { user: HistoryUser::Other("account:admin".to_owned()), ..base.clone() }), 2);
    assert_eq!(count(Search { action: Some(HistoryAction::Delete), ..base.clone() }), 1);
    assert_eq!(count(Search { since: Some(later), ..base.clone() }), 2);
    assert_eq!(count(Search { until: Some(later), ..base.clone() }), 1);
    assert_eq!(count(Search { bucket: BucketId::parse("other").ok(), ..base.clone() }), 0);
    assert_eq!(count(Search { record: RecordId::parse("a").ok(), ..base.clone() }), 3);
    assert_eq!(count(Search { record: RecordId::parse("b").ok(), ..base }), 0);
}

#[test]
fn an_entry_tells_what_somebody_did() {
    let app = TestApp::start();
    app.make_collection("rules");
    app.publish("rules", &[("a", json!({"n": 1}))]);
    let source = "/buckets/main-workspace/collections/rules";
    let record = format!("{source}/records/a");
    let _changed = app.editor().put(&record, &json!({"data": {"n": 2, "m": 1}})).expect(200);
    let status = |status| json!({"data": {"status": status}});
    let _asked = app.editor().patch(source, &status("to-review")).expect(200);
    let _declined = app.reviewer().patch(source, &status("work-in-progress")).expect(200);
    let _sorted = app.editor().patch(source, &json!({"data": {"sort": "n"}})).expect(200);
    let _back = app.editor().patch(source, &status("to-rollback")).expect(200);
    let _again = app.editor().patch(source, &status("to-resign")).expect(200);
    let _gone = app.editor().delete(&record).expect(200);
    let rules = CollectionPath::parse("main-workspace/rules").unwrap();
    let of = |kind| Search {
        collection: Some(rules.clone()),
        kind: Some(kind),
        user: HistoryUser::Other("plugin:remote-settings".to_owned()),
        ..Search::default()
    };
    let told = |user: &str, event| (format!("account:{user}"), event);
    let changed = |names: &[&str]| Event::Changed(names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(
        events(&app, &of(HistoryKind::Record)),
        [
            told("editor", Event::Created),
            told("editor", changed(&["m", "n"])),
            told("editor", Event::Deleted)
        ]
    );
    assert_eq!(
        events(&app, &of(HistoryKind::Collection)),
        [
            told("editor", Event::Created),
            told("editor", Event::Asked),
            told("reviewer", Event::Approved),
            told("editor", Event::Asked),
            told("reviewer", Event::Declined),
            told("editor", changed(&["sort"])),
            told("editor", Event::RolledBack),
            told("editor", Event::SignedAgain),
        ]
    );
}
