//! A whole service in the test's own process: requests go through the shell of HTTP, without sockets; time stands still until
//! the test moves it.

mod check;
mod parts;
mod person;

use std::{cell::RefCell, collections::BTreeMap, path::Path, sync::Arc};

use countersign::{
    http::{Published, Shell},
    signing::{Ledger, LocalSigner, Renewal, SignerName, Verifier},
    storage::{
        AccountState, Credential, ObjectKey, Permissions, SqliteLedger, SqliteStore, StoredObject, Tx,
    },
    types::{AccountName, Clock, CollectionPath, ManualClock, SeededRandom, Sha256Digest, Timestamp},
    workflow::{Review, ReviewPolicy, Services, setup},
};
use serde_json::{Value, json};

use self::parts::{cheap_hash, new_folder, services, signer};

pub(crate) use self::person::{Answer, Person};

/// When every test begins: 2026-11-24 10:00.
pub(crate) const START: u64 = 1_795_514_400_000;

/// The people of most tests. `admin` is the administrator; `editor` and `other-editor` are in the editors group of the source,
/// `reviewer` in its reviewers group; `stranger` has an account and nothing else.
pub(crate) const PEOPLE: [&str; 5] = ["admin", "editor", "other-editor", "reviewer", "stranger"];

/// A source, its preview, its destination.
pub(crate) const SOURCE: &str = "/buckets/main-workspace/collections/cfr";
pub(crate) const PREVIEW: &str = "/buckets/main-preview/collections/cfr";
pub(crate) const DESTINATION: &str = "/buckets/main/collections/cfr";

/// How a world is made.
pub(crate) struct Plan {
    pub(crate) resources: Vec<&'static str>,
    pub(crate) review: ReviewPolicy,
}

impl Default for Plan {
    fn default() -> Self {
        Self { resources: vec!["main-workspace -> main-preview -> main"], review: ReviewPolicy::default() }
    }
}

/// The service, and the test's handles on what it runs on.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
    pub(crate) ledger: Arc<dyn Ledger>,
    published: Arc<Published>,
    pub(crate) shell: Shell,
    signer: Arc<LocalSigner>,
    /// Statements of every published path that were seen, to see that nothing is ever rewritten.
    seen: RefCell<BTreeMap<String, Vec<String>>>,
}

impl World {
    /// Accounts and the source bucket, nothing else.
    pub(crate) fn empty(plan: &Plan) -> Self {
        let folder = new_folder();
        let world = Self::open(folder, plan, START);
        for name in PEOPLE {
            world.add_account(name);
        }
        let created = world.admin().put("/buckets/main-workspace", json!({}));
        assert_eq!(created.status, 201, "{created:?}");
        world
    }

    /// With the source `cfr`, its groups filled, and nothing published but the empty collection.
    pub(crate) fn new() -> Self {
        let world = Self::empty(&Plan::default());
        world.add_source(SOURCE);
        world
    }

    /// Creates a source as administrator and fills its groups.
    pub(crate) fn add_source(&self, source: &str) {
        let created = self.admin().put(source, json!({}));
        assert_eq!(created.status, 201, "{created:?}");
        let members = |suffix: &str, members: &[&str]| {
            let group = format!("{}-{suffix}", source.replace("/collections/", "/groups/"));
            let answer = self.admin().patch(&group, json!({"data": {"members": members}}));
            assert_eq!(answer.status, 200, "{answer:?}");
        };
        members("editors", &["account:editor", "account:other-editor"]);
        members("reviewers", &["account:reviewer"]);
    }

    /// A service on a folder, at a time.
    fn open(folder: tempfile::TempDir, plan: &Plan, now: u64) -> Self {
        let clock = Arc::new(ManualClock::new(at(now)));
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&folder.path().join("spent.db")).unwrap());
        let store = SqliteStore::open(&folder.path().join("countersign.db")).unwrap();
        let signer = Arc::new(signer(Arc::clone(&ledger), at(now)));
        let published = Arc::new(Published::new(1 << 30, None));
        let services = services(store, &signer, &published, Arc::<ManualClock>::clone(&clock), plan);
        let shell = Shell::new(Arc::clone(&published), services);
        Self { clock, folder, ledger, published, seen: RefCell::default(), shell, signer }
    }

    /// The same folder, opened by a service with another configuration, which sets up its resources.
    pub(crate) fn restarted(self, plan: &Plan) -> Self {
        let world = self.reopened(plan);
        setup::begin_resources(world.services()).unwrap();
        world
    }

    /// The same folder, opened by a service with another configuration.
    pub(crate) fn reopened(self, plan: &Plan) -> Self {
        let Self { clock, folder, ledger, published, shell, seen, signer } = self;
        drop((ledger, published, shell, signer));
        Self { seen, ..Self::open(folder, plan, clock.now().as_millis()) }
    }

    /// This folder with one file of another's.
    pub(crate) fn with_file_of(self, other: &Self, name: &str, plan: &Plan) -> Self {
        self.exchange(plan, |folder| {
            std::fs::copy(other.folder().join(name), folder.join(name)).unwrap();
            for log in ["-wal", "-shm"] {
                let name = format!("{name}{log}");
                if other.folder().join(&name).exists() {
                    std::fs::copy(other.folder().join(&name), folder.join(&name)).unwrap();
                }
            }
        })
    }

    /// This folder without a file.
    pub(crate) fn without_file(self, name: &str, plan: &Plan) -> Self {
        self.exchange(plan, |folder| std::fs::remove_file(folder.join(name)).unwrap())
    }

    /// Closes the service, changes its folder, opens it again.
    fn exchange(self, plan: &Plan, change: impl FnOnce(&Path)) -> Self {
        let Self { clock, folder, ledger, published, shell, signer, .. } = self;
        drop((ledger, published, shell, signer));
        change(folder.path());
        Self::open(folder, plan, clock.now().as_millis())
    }

    /// A copy of the folder as a backup would make it, opened at the same time as this world.
    pub(crate) fn copy(&self, plan: &Plan) -> Self {
        let folder = new_folder();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        Self::open(folder, plan, self.clock.now().as_millis())
    }

    /// The same world with some of what it runs on exchanged.
    pub(crate) fn with_services(self, services: Services) -> Self {
        Self { shell: Shell::new(Arc::clone(&self.published), services), ..self }
    }

    /// A new leaf, if one is due.
    pub(crate) fn renew_leaf(&self) -> bool {
        let renewal = self.signer.renew_if_due(self.clock.now(), &SeededRandom::new(5)).unwrap();
        renewal == Renewal::Renewed
    }

    pub(crate) fn services(&self) -> &Services {
        self.shell.services()
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// An account whose password is its name.
    pub(crate) fn add_account(&self, name: &str) {
        let name = AccountName::parse(name).unwrap();
        let credential = Credential { password_hash: cheap_hash(name.as_str()), state: AccountState::Active };
        let key = ObjectKey::Account(name.clone());
        let owner = Permissions::from([("write".to_owned(), [format!("account:{name}")].into())]);
        let stored = StoredObject { attributes: "{}".to_owned(), last_modified: at(START - 1) };
        let add = |tx: &mut dyn Tx| {
            tx.put_object(&key, &stored)?;
            tx.put_permissions(&key.uri(), &owner)?;
            tx.put_credential(&name, &credential)
        };
        self.services().store.write(add).unwrap();
    }

    pub(crate) fn person<'a>(&'a self, name: &'a str) -> Person<'a> {
        Person { clock: &self.clock, headers: Vec::new(), name: Some(name), shell: &self.shell }
    }

    pub(crate) fn admin(&self) -> Person<'_> {
        self.person("admin")
    }

    pub(crate) fn editor(&self) -> Person<'_> {
        self.person("editor")
    }

    pub(crate) fn other_editor(&self) -> Person<'_> {
        self.person("other-editor")
    }

    pub(crate) fn reviewer(&self) -> Person<'_> {
        self.person("reviewer")
    }

    pub(crate) fn stranger(&self) -> Person<'_> {
        self.person("stranger")
    }

    pub(crate) fn anonymous(&self) -> Person<'_> {
        Person { clock: &self.clock, headers: Vec::new(), name: None, shell: &self.shell }
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, millis: u64) {
        self.clock.advance_millis(millis);
    }

    /// `data` of a collection, as administrator.
    pub(crate) fn collection(&self, path: &str) -> Value {
        let answer = self.admin().get(path);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["data"].clone()
    }

    pub(crate) fn status(&self) -> String {
        self.collection(SOURCE)["status"].as_str().unwrap().to_owned()
    }

    /// What anybody polls.
    pub(crate) fn changeset(&self, path: &str, query: &str) -> Value {
        let answer = self.anonymous().get(&format!("{path}/changeset?_expected=0{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// The ids of the published records, sorted.
    pub(crate) fn ids(&self, path: &str) -> Vec<String> {
        let changeset = self.changeset(path, "");
        let changes = changeset["changes"].as_array().unwrap();
        let mut ids: Vec<String> =
            changes.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect();
        ids.sort_unstable();
        ids
    }

    /// One published record, without its time; `None` if it is not there.
    pub(crate) fn published(&self, path: &str, id: &str) -> Option<Value> {
        let changeset = self.changeset(path, "");
        let changes = changeset["changes"].as_array().unwrap();
        let mut record = changes.iter().find(|record| record["id"] == id)?.clone();
        record.as_object_mut().unwrap().remove("last_modified");
        Some(record)
    }

    /// The change of the source.
    pub(crate) fn change(&self) -> Value {
        let answer = self.admin().get(&format!("{SOURCE}/change"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["data"].clone()
    }

    /// Edits a record as the editor.
    pub(crate) fn edit(&self, id: &str, data: Value) {
        let answer = self.editor().put(&format!("{SOURCE}/records/{id}"), data_of(data));
        assert!(answer.status < 300, "{answer:?}");
    }

    /// Asks for review as the editor.
    pub(crate) fn request(&self) {
        self.editor().set_status("to-review").ok();
    }

    /// Approves as the reviewer.
    pub(crate) fn approve(&self) {
        self.reviewer().set_status("to-sign").ok();
    }

    /// Edits a record, asks for review, approves.
    pub(crate) fn publish(&self, id: &str, data: Value) {
        self.edit(id, data);
        self.request();
        self.approve();
    }

    /// Everything there is, to see that a refusal left it as it was.
    pub(crate) fn everything(&self) -> Everything {
        let lists = |bucket: &str| {
            let groups = self.admin().get(&format!("/buckets/{bucket}/groups"));
            let collections = self.admin().get(&format!("/buckets/{bucket}/collections"));
            json!([groups.body, groups.etag(), collections.body, collections.etag()])
        };
        let records = |path: &str| {
            let list = self.admin().get(&format!("{path}/records?_since=0"));
            json!([list.body, list.etag(), self.admin().get(path).body])
        };
        Everything {
            buckets: ["main-workspace", "main-preview", "main"].map(lists).to_vec(),
            collections: [SOURCE, PREVIEW, DESTINATION].map(records).to_vec(),
            pending: self.admin().get(&format!("{SOURCE}/change")).body,
            requests: format!("{:?}", self.requests()),
            statements: self.statements(PREVIEW).into_iter().chain(self.statements(DESTINATION)).collect(),
        }
    }

    /// Requests for review, newest first.
    pub(crate) fn requests(&self) -> Vec<countersign::storage::ReviewRequest> {
        let path = collection_path(SOURCE);
        self.services()
            .store
            .read(|tx| tx.list_requests(&path, 100))
            .unwrap_or_else(|error: countersign::storage::StorageError| panic!("{error}"))
    }

    /// All statements of a published path, oldest first, followed over HTTP.
    pub(crate) fn statements(&self, path: &str) -> Vec<Value> {
        let mut statements = Vec::new();
        let mut from = 0;
        loop {
            let page = self.anonymous().get(&format!("{path}/statements?_from={from}&_limit=3"));
            if page.status == 404 || page.status == 401 {
                return statements;
            }
            assert_eq!(page.status, 200, "{page:?}");
            let page = page.body["data"].as_array().unwrap().clone();
            let Some(last) = page.last() else { return statements };
            from = last["version"].as_u64().unwrap() + 1;
            statements.extend(page);
        }
    }

    /// Runs `attempt`, which has to leave everything as it was.
    pub(crate) fn unchanged<T>(&self, attempt: impl FnOnce() -> T) -> T {
        let before = self.everything();
        let value = attempt();
        assert_eq!(self.everything(), before);
        self.check();
        value
    }

    /// Who is in a group of the source.
    pub(crate) fn set_members(&self, suffix: &str, members: &[&str]) {
        let members: Vec<String> = members.iter().map(|name| format!("account:{name}")).collect();
        let group = format!("{}-{suffix}", SOURCE.replace("/collections/", "/groups/"));
        self.admin().patch(&group, json!({"data": {"members": members}})).ok();
    }

    /// Reads everything that is published back as a client and judges it; what was seen before is still there.
    pub(crate) fn check(&self) {
        let verifier = Verifier::new(self.services().signer.root(), signer_name());
        let mut seen = self.seen.borrow_mut();
        let paths = self.services().store.read(|tx| tx.list_published_paths());
        let paths = paths.unwrap_or_else(|error: countersign::storage::StorageError| panic!("{error}"));
        for path in paths {
            if self.services().settings.resources.of_published(&path).is_none() {
                continue;
            }
            let uri = format!("/buckets/{}/collections/{}", path.bucket, path.collection);
            let texts = check::published(self, &verifier, &path, &uri);
            let before = seen.entry(uri).or_default();
            assert!(texts.starts_with(before), "statements of {path} were rewritten");
            *before = texts;
        }
    }
}

/// What a refusal must not change.
#[derive(Debug, PartialEq)]
pub(crate) struct Everything {
    buckets: Vec<Value>,
    collections: Vec<Value>,
    pending: Value,
    requests: String,
    statements: Vec<Value>,
}

/// `{"data": …}`
pub(crate) fn data_of(data: Value) -> Value {
    Value::Object([("data".to_owned(), data)].into_iter().collect())
}

pub(crate) fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

pub(crate) fn signer_name() -> SignerName {
    SignerName::parse("countersign.localhost").unwrap()
}

/// `/buckets/b/collections/c`
pub(crate) fn collection_path(uri: &str) -> CollectionPath {
    let parts: Vec<&str> = uri.split('/').collect();
    CollectionPath::parse(&format!("{}/{}", parts[2], parts[4])).unwrap()
}

/// A policy with review off for the source `cfr`.
pub(crate) fn review_off() -> Plan {
    let exceptions = [("main-workspace/cfr".to_owned(), Review::Off)].into();
    Plan { review: ReviewPolicy { exceptions, ..ReviewPolicy::default() }, ..Plan::default() }
}

/// SHA-256 as the statement's `previous` has it.
pub(crate) fn sha256(text: &str) -> String {
    Sha256Digest::of(text.as_bytes()).to_hex()
}
