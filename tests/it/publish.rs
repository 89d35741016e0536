//! A publication: what it writes, what it leaves alone, and that it is all or nothing.

use std::sync::{Arc, Mutex};

use countersign::{
    signing::{self, CertificateLife, SignError, Signed, Signer, SignerName},
    storage::StorageError,
    types::{CollectionPath, Sha256Digest, Timestamp},
    workflow::{Listener, Services, published},
};
use serde_json::{Value, json};

use crate::{
    app::TestApp,
    world::{DESTINATION, PREVIEW, Plan, SOURCE, World, collection_path, review_off},
};

fn timestamp(world: &World, path: &str) -> u64 {
    world.changeset(path, "")["timestamp"].as_u64().unwrap()
}

/// Record id → its time.
fn times(world: &World, path: &str) -> Vec<(String, u64)> {
    let changeset = world.changeset(path, "");
    let mut times: Vec<(String, u64)> = changeset["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| (record["id"].as_str().unwrap().to_owned(), record["last_modified"].as_u64().unwrap()))
        .collect();
    times.sort();
    times
}

fn metadata_time(world: &World, path: &str) -> u64 {
    world.changeset(path, "")["metadata"]["last_modified"].as_u64().unwrap()
}

/// The worked example of `remote-settings` §2.13, as far as our differences let it be.
#[test]
fn the_worked_example_holds() {
    let world = World::new();
    let record = |id: &str| format!("{SOURCE}/records/{id}");
    world.editor().put(&record("r1"), json!({"data": {"n": 1}})).ok();
    world.editor().put(&record("r2"), json!({"data": {"n": 2, "last_modified": 1_500_000_000_000_u64}})).ok();
    let source = world.admin().get(&record("r2")).body["data"]["last_modified"].clone();
    assert_eq!(source, 1_500_000_000_000_u64, "an old time is kept on the source");
    let before = (timestamp(&world, PREVIEW), timestamp(&world, DESTINATION));

    world.request();
    let shown = times(&world, PREVIEW);
    assert!(shown[0].1 > before.0 && shown[1].1 == shown[0].1 + 1, "r1, then r2: {shown:?}");
    assert_eq!(timestamp(&world, PREVIEW), shown[1].1);
    assert_eq!(timestamp(&world, DESTINATION), before.1);
    world.check();

    world.stranger().set_status("work-in-progress").forbidden();
    world.reviewer().set_status("work-in-progress").ok();
    let (preview, metadata) = (timestamp(&world, PREVIEW), metadata_time(&world, PREVIEW));
    world.request();
    assert_eq!(timestamp(&world, PREVIEW), preview, "the preview is signed again only");
    assert!(metadata_time(&world, PREVIEW) > metadata);
    world.check();

    let metadata = metadata_time(&world, PREVIEW);
    world.approve();
    assert_eq!(metadata_time(&world, PREVIEW), metadata, "a preview that is equal is left alone");
    let published = times(&world, DESTINATION);
    assert_eq!(published[1].1, published[0].1 + 1);
    assert_eq!(timestamp(&world, DESTINATION), published[1].1);
    assert_eq!(world.status(), "signed");
    world.check();

    world.wait(1_000);
    world.editor().delete(&record("r1")).ok();
    world.editor().put(&record("r3"), json!({"data": {"n": 3}})).ok();
    world.editor().patch(&record("r2"), json!({"data": {"n": 22}})).ok();
    world.request();
    let delta = world.changeset(PREVIEW, &format!("&_since={preview}"));
    let order: Vec<&str> =
        delta["changes"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(
        order,
        ["r3", "r1", "r2"],
        "newest first: r2 was written first, then r1 deleted, then r3 created"
    );
    assert_eq!(delta["changes"][1]["deleted"], true);
    world.check();

    world.editor().set_status("to-rollback").ok();
    assert_eq!(world.status(), "signed");
    assert_eq!(times(&world, DESTINATION), published);
    let source = world.admin().get(&format!("{SOURCE}/records"));
    let mut restored: Vec<(String, u64)> = source.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| (record["id"].as_str().unwrap().to_owned(), record["last_modified"].as_u64().unwrap()))
        .collect();
    restored.sort();
    assert_eq!(restored, published, "restored records have the times at which they were published");
    world.check();

    let preview = times(&world, PREVIEW);
    let (destination, metadata) = (timestamp(&world, DESTINATION), metadata_time(&world, DESTINATION));
    world.editor().set_status("to-resign").ok();
    assert_eq!(world.status(), "signed");
    assert_eq!(times(&world, PREVIEW), preview);
    assert_eq!(timestamp(&world, DESTINATION), destination);
    assert!(metadata_time(&world, DESTINATION) > metadata);
    world.check();
}

#[test]
fn a_publication_writes_what_changed_and_nothing_else() {
    let world = World::new();
    for number in 0..20 {
        world.edit(&format!("r{number:02}"), json!({"n": number}));
    }
    world.request();
    world.approve();
    let before = times(&world, DESTINATION);
    let since = timestamp(&world, DESTINATION);
    world.edit("r03", json!({"n": 33}));
    world.editor().delete(&format!("{SOURCE}/records/r04")).ok();
    world.edit("new", json!({"n": 0}));
    world.request();
    world.approve();
    let after = times(&world, DESTINATION);
    assert_eq!(after.iter().filter(|entry| before.contains(entry)).count(), 18);
    let delta = world.changeset(DESTINATION, &format!("&_since={since}"));
    let mut ids: Vec<&str> =
        delta["changes"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["new", "r03", "r04"]);

    let path = collection_path(DESTINATION);
    let changes = world.services().store.read(|tx| {
        let latest = tx.latest_publication(&path)?.unwrap();
        tx.list_publication_changes(&path, latest.version)
    });
    let changes = changes.unwrap_or_else(|error: StorageError| panic!("{error}"));
    let ids: Vec<&str> = changes.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(ids, ["new", "r03", "r04"]);
    world.check();
}

#[test]
fn times_go_up_even_when_the_clock_does_not() {
    let world = World::new();
    world.publish("r1", json!({"n": 1}));
    let before = timestamp(&world, DESTINATION);
    // Half a day back: less than what stops all writes.
    world.clock.set(crate::world::at(crate::world::START - 43_200_000));
    world.publish("r1", json!({"n": 2}));
    assert_eq!(timestamp(&world, DESTINATION), before + 1);
    world.clock.set(crate::world::at(crate::world::START + 100_000));
    world.check();
}

#[test]
fn a_clock_that_is_days_behind_publishes_nothing() {
    let world = World::new();
    world.edit("r1", json!({"n": 1}));
    world.request();
    let before = world.statements(DESTINATION).len();
    world.clock.set(crate::world::at(crate::world::START - 2 * 86_400_000));
    let answer = world.reviewer().set_status("to-sign");
    assert_eq!((answer.status, answer.body["errno"].as_u64()), (503, Some(201)), "{answer:?}");
    assert!(answer.headers.iter().any(|(name, _)| name == "Retry-After"));
    world.clock.set(crate::world::at(crate::world::START + 100_000));
    assert_eq!(world.statements(DESTINATION).len(), before);
    assert_eq!(world.status(), "to-review");
    world.approve();
    world.check();
}

#[test]
fn the_first_publication_of_a_bucket_gives_nobody_power_over_it() {
    let world = World::new();
    for uri in ["/buckets/main", "/buckets/main-preview"] {
        let stored = world.services().store.read(|tx| tx.find_permissions(uri));
        assert!(stored.unwrap_or_else(|error: StorageError| panic!("{error}")).is_empty(), "{uri}");
    }
    for uri in [PREVIEW, DESTINATION] {
        let stored = world.services().store.read(|tx| tx.find_permissions(uri));
        let stored = stored.unwrap_or_else(|error: StorageError| panic!("{error}"));
        assert_eq!(json!(stored), json!({"read": ["system.Everyone"]}));
    }
}

#[test]
fn addresses_come_from_the_configuration() {
    let world = World::new();
    let answer = world.anonymous().with("Host", "evil.example").get(DESTINATION);
    let data = &answer.body["data"];
    let absolute = data["signature"]["x5u"].as_str().unwrap();
    assert!(absolute.starts_with("http://settings.example.test/v1/cert-chains/"), "{absolute}");
    let path = data["countersign"]["signatures"][0]["x5u"].as_str().unwrap();
    assert_eq!(absolute.strip_prefix("http://settings.example.test"), Some(path));
    assert_eq!(data["signatures"], json!([data["signature"]]));
    let path = collection_path(DESTINATION);
    let metadata =
        world.services().store.read(|tx| published::metadata(tx, &world.services().settings, &path));
    let metadata = metadata.unwrap_or_else(|error: StorageError| panic!("{error}")).unwrap();
    assert_eq!(countersign::canonical::object_to_text(&metadata).parse::<Value>().unwrap(), *data);
}

/// A signer that does what the test says.
#[derive(Debug)]
struct Faulty {
    fault: Mutex<Option<Fault>>,
    inner: Arc<dyn Signer>,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Fails,
    FlipsStatementSignature,
    SignsOldVersion,
}

impl Signer for Faulty {
    fn sign(
        &self,
        publication: &signing::Publication,
        records: &mut dyn signing::Records,
    ) -> Result<Signed, SignError> {
        let signed = self.inner.sign(publication, records)?;
        match *self.fault.lock().unwrap() {
            None => Ok(signed),
            Some(Fault::Fails) => Err(SignError::VersionTooFarAhead),
            Some(Fault::FlipsStatementSignature) => {
                let mut signed = signed;
                signed.statement_signatures[0].signature.replace_range(0..2, "AA");
                Ok(signed)
            }
            Some(Fault::SignsOldVersion) => {
                let old = signing::Publication { previous: None, ..publication.clone() };
                self.inner.sign(&old, records)
            }
        }
    }

    fn name(&self) -> &SignerName {
        self.inner.name()
    }

    fn root(&self) -> Sha256Digest {
        self.inner.root()
    }

    fn chain_path(&self) -> String {
        self.inner.chain_path()
    }

    fn certificates(&self, now: Timestamp) -> Vec<CertificateLife> {
        self.inner.certificates(now)
    }

    fn renews_at(&self) -> Option<Timestamp> {
        self.inner.renews_at()
    }
}

#[test]
fn what_a_signer_returns_is_judged_before_anything_is_published() {
    for (fault, status, errno) in [
        (Fault::Fails, 503, 201),
        (Fault::FlipsStatementSignature, 500, 999),
        (Fault::SignsOldVersion, 500, 999),
    ] {
        let world = World::new();
        world.publish("r1", json!({"n": 1}));
        let faulty =
            Arc::new(Faulty { fault: Mutex::new(None), inner: Arc::clone(&world.services().signer) });
        let services = Services { signer: Arc::<Faulty>::clone(&faulty), ..world.services().clone() };
        let world = world.with_services(services);
        world.edit("r1", json!({"n": 2}));
        world.request();
        *faulty.fault.lock().unwrap() = Some(fault);
        world.unchanged(|| {
            let answer = world.reviewer().set_status("to-sign");
            let found = (answer.status, answer.body["errno"].as_u64());
            assert_eq!(found, (status, Some(errno)), "{fault:?}: {answer:?}");
        });
        *faulty.fault.lock().unwrap() = None;
        world.approve();
        assert_eq!(world.published(DESTINATION, "r1"), Some(json!({"id": "r1", "n": 2})));
        world.check();
    }
}

/// Remembers what it was told.
#[derive(Debug, Default)]
struct Ear(Mutex<Vec<Vec<CollectionPath>>>);

impl Listener for Ear {
    fn published(&self, paths: &[CollectionPath]) {
        self.0.lock().unwrap().push(paths.to_vec());
    }
}

#[test]
fn the_listener_hears_of_what_was_committed_and_of_nothing_else() {
    let world = World::new();
    let ear = Arc::new(Ear::default());
    let services = Services { listener: Arc::<Ear>::clone(&ear), ..world.services().clone() };
    let world = world.with_services(services);
    let heard = || std::mem::take(&mut *ear.0.lock().unwrap());
    let (preview, destination) = (collection_path(PREVIEW), collection_path(DESTINATION));
    world.edit("r1", json!({"n": 1}));
    assert_eq!(heard(), Vec::<Vec<CollectionPath>>::new());
    world.request();
    assert_eq!(heard(), [vec![preview.clone()]]);
    world.editor().set_status("to-sign").refused(403, 121, "Not in cfr-reviewers group");
    let refused = [
        ("PATCH", SOURCE, json!({"data": {"status": "to-resign"}})),
        ("PATCH", SOURCE, json!({"data": {"status": "bogus"}})),
    ];
    world.reviewer().batch(&refused).refused(400, 109, "Invalid status 'bogus'");
    assert_eq!(heard(), Vec::<Vec<CollectionPath>>::new());
    world.approve();
    assert_eq!(heard(), [vec![destination.clone()]]);
    world.editor().set_status("to-resign").ok();
    assert_eq!(heard(), [vec![destination, preview]]);
}

#[test]
fn with_review_off_the_preview_is_published_with_the_destination() {
    let world = World::empty(&review_off());
    world.add_source(SOURCE);
    world.edit("r1", json!({"n": 1}));
    world.editor().set_status("to-sign").ok();
    assert_eq!(times(&world, PREVIEW).len(), 1);
    world.editor().set_status("to-resign").ok();
    world.check();
}

#[test]
fn collections_with_their_own_line_go_their_own_way() {
    let world = World::empty(&Plan {
        resources: vec!["main-workspace -> main-preview -> main", "main-workspace/cfr -> main/cfr"],
        ..Plan::default()
    });
    world.add_source(SOURCE);
    world.publish("r1", json!({"n": 1}));
    assert_eq!(world.ids(DESTINATION), ["r1"]);
    assert_eq!(world.admin().get(PREVIEW).status, 404);
    assert_eq!(world.statements(PREVIEW), Vec::<Value>::new());
    world.check();
}

#[test]
fn a_record_that_is_written_as_it_was_is_nobodys_edit_and_ends_no_request() {
    let app = TestApp::start();
    app.make_collection("rules");
    app.publish("rules", &[("a", json!({"n": 1}))]);
    let source = "/buckets/main-workspace/collections/rules";
    let record = format!("{source}/records/a");
    let time = || app.admin().get(&record).expect(200).json()["data"]["last_modified"].as_u64().unwrap();
    let status = || app.admin().get(source).expect(200).json()["data"]["status"].clone();
    let before = time();
    app.clock.advance_millis(1);
    for body in
        [json!({"data": {}}), json!({"data": {"n": 1}}), json!({"permissions": {"read": ["account:x"]}})]
    {
        let _same = app.editor().patch(&record, &body).expect(200);
    }
    let _same = app.editor().put(&record, &json!({"data": {"n": 1}})).expect(200);
    // The protocol gives it another time all the same.
    assert!(time() > before);
    assert_eq!(status(), "signed");

    let _edited = app.editor().put(&format!("{source}/records/b"), &json!({"data": {"n": 2}})).expect(201);
    let _asked = app.editor().patch(source, &json!({"data": {"status": "to-review"}})).expect(200);
    // The reviewer may write the source, and wrote nothing of this change.
    let _same = app.reviewer().patch(&format!("{source}/records/b"), &json!({"data": {"n": 2}})).expect(200);
    assert_eq!(status(), "to-review");
    let _approved = app.reviewer().patch(source, &json!({"data": {"status": "to-sign"}})).expect(200);
    assert_eq!(status(), "signed");
}
