//! What must be true after every step, read through the public doors: everything published verifies with the real client,
//! from nothing and from what it had; versions and times only grow; the list of changes says the truth.

use std::collections::BTreeMap;

use countersign::{
    client::{Client, ClientConfig, HttpTransport, MemoryStore},
    types::CollectionPath,
};
use serde_json::Value;

use super::{SIGNER, TestApp, wire};

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct World {
    clients: BTreeMap<CollectionPath, Client<HttpTransport, MemoryStore>>,
    /// Version, records timestamp and metadata timestamp by collection.
    seen: BTreeMap<CollectionPath, [u64; 3]>,
}

impl World {
    pub(super) fn check(&mut self, app: &TestApp) {
        let listed = get(app, "/v1/buckets/monitor/collections/changes/changeset?_expected=0");
        for change in listed["changes"].as_array().unwrap() {
            let path =
                format!("{}/{}", change["bucket"].as_str().unwrap(), change["collection"].as_str().unwrap());
            let path = CollectionPath::parse(&path).unwrap();
            let (fresh, _) = sync(app, &path, None);
            let (kept, client) = sync(app, &path, self.clients.remove(&path));
            assert_eq!(fresh, kept, "{path}: a client that goes on must have what one that begins has");
            self.clients.insert(path.clone(), client);
            let changeset = get(
                app,
                &format!("/v1/buckets/{}/collections/{}/changeset?_expected=0", path.bucket, path.collection),
            );
            assert_eq!(changeset["timestamp"], change["last_modified"], "{path}");
            let now = [
                fresh.version,
                changeset["timestamp"].as_u64().unwrap(),
                changeset["metadata"]["last_modified"].as_u64().unwrap(),
            ];
            if let Some(before) = self.seen.insert(path.clone(), now) {
                assert!(
                    before.iter().zip(now).all(|(before, now)| *before <= now),
                    "{path}: {before:?} {now:?}"
                );
                assert_eq!(before[0] == now[0], before[2] == now[2], "{path}: {before:?} {now:?}");
            }
        }
    }
}

/// What a client has verified.
#[derive(Debug, Eq, PartialEq)]
struct Verified {
    records: Vec<String>,
    timestamp: u64,
    version: u64,
}

fn sync(
    app: &TestApp,
    path: &CollectionPath,
    client: Option<Client<HttpTransport, MemoryStore>>,
) -> (Verified, Client<HttpTransport, MemoryStore>) {
    let mut client = client.unwrap_or_else(|| {
        let url = format!("http://{}", app.address);
        let config =
            ClientConfig::parse(&url, &path.to_string(), &app.root()).unwrap().signer(SIGNER).unwrap();
        Client::new(config, HttpTransport::new(), MemoryStore::new()).unwrap()
    });
    let now = app.now();
    let report = client.sync(now).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (timestamp, version) = (report.timestamp().unwrap().as_millis(), report.version().unwrap());
    let reading = client.read(now).unwrap();
    let records =
        reading.records().map(|record| String::from_utf8(record.as_bytes().to_vec()).unwrap()).collect();
    (Verified { records, timestamp, version }, client)
}

fn get(app: &TestApp, path: &str) -> Value {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    wire::exchange(app.address, request.as_bytes()).expect(200).json()
}
