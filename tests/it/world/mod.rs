//! A whole service in the test's own process: requests go through the shell of HTTP, without sockets; time stands still until
//! the test moves it.

mod check;

use std::{cell::RefCell, collections::BTreeMap, path::Path, sync::Arc};

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use countersign::{
    http::{Body, Headers, Incoming, Method, Published, Shell},
    signing::{KeySource, Ledger, Lifetimes, LocalSigner, Renewal, Root, Signer, SignerName, Verifier},
    storage::{
        AccountState, Credential, ObjectKey, Permissions, SqliteLedger, SqliteStore, Store, StoredObject, Tx,
    },
    types::{AccountName, Clock, CollectionPath, ManualClock, SeededRandom, Sha256Digest, Timestamp},
    workflow::{Desk, Limits, Resources, Review, ReviewPolicy, Services, Settings, setup},
};
use serde_json::{Value, json};

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

/// An answer.
#[derive(Debug)]
#[must_use]
pub(crate) struct Answer {
    pub(crate) body: Value,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) status: u16,
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

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct Person<'a> {
    clock: &'a ManualClock,
    headers: Vec<(String, String)>,
    name: Option<&'a str>,
    shell: &'a Shell,
}

impl Person<'_> {
    /// With one more header field.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Naming the change that was seen.
    pub(crate) fn seeing(self, digest: &str) -> Self {
        self.with("Countersign-Change", digest)
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.send("GET", target, None)
    }

    pub(crate) fn put(&self, target: &str, body: Value) -> Answer {
        self.send("PUT", target, Some(body))
    }

    pub(crate) fn post(&self, target: &str, body: Value) -> Answer {
        self.send("POST", target, Some(body))
    }

    pub(crate) fn patch(&self, target: &str, body: Value) -> Answer {
        self.send("PATCH", target, Some(body))
    }

    pub(crate) fn delete(&self, target: &str) -> Answer {
        self.send("DELETE", target, None)
    }

    /// PATCH of the source's status.
    pub(crate) fn set_status(&self, status: &str) -> Answer {
        self.patch(SOURCE, json!({"data": {"status": status}}))
    }

    /// A batch of `[method, path, body]`.
    pub(crate) fn batch(&self, requests: &[(&str, &str, Value)]) -> Answer {
        let requests: Vec<Value> = requests
            .iter()
            .map(|(method, path, body)| json!({"method": method, "path": path, "body": body}))
            .collect();
        self.post("/batch", json!({"requests": requests}))
    }

    fn send(&self, method: &str, target: &str, body: Option<Value>) -> Answer {
        let mut headers = self.headers.clone();
        if let Some(name) = self.name {
            headers.push((
                "Authorization".to_owned(),
                format!("Basic {}", STANDARD.encode(format!("{name}:{name}"))),
            ));
        }
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        // Every request has a time of its own.
        self.clock.advance_millis(1);
        let response = self.shell.respond(Incoming {
            body: body.map(|body| body.to_string()).unwrap_or_default().into(),
            headers: Headers::new(headers),
            method: Method::parse(method),
            target: format!("/v1{target}"),
        });
        let bytes = match response.body {
            Body::Empty => Vec::new(),
            Body::Json(bytes) | Body::Text(_, bytes) => bytes.to_vec(),
            Body::JsonPieces(pieces) => pieces.concat(),
            Body::Pages(mut pages) => {
                let mut bytes = Vec::new();
                while let Some(page) = pages.next_page().unwrap() {
                    bytes.extend_from_slice(&page);
                }
                bytes
            }
        };
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        let headers = response.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Answer { body, headers, status: response.status }
    }
}

impl Answer {
    /// It went well.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status < 300, "{self:?}");
        self.body
    }

    /// It was refused, with exactly this.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, errno: u64, message: &str) {
        let found = (self.status, self.body["errno"].as_u64(), self.body["message"].as_str());
        assert_eq!(found, (status, Some(errno), Some(message)), "{self:?}");
        assert_eq!(self.body["code"].as_u64(), Some(u64::from(status)));
    }

    /// As anybody without permission is answered.
    #[track_caller]
    pub(crate) fn forbidden(&self) {
        self.refused(403, 121, "This user cannot access this resource.");
    }

    /// As anybody who has not signed in is answered.
    #[track_caller]
    pub(crate) fn unauthorized(&self) {
        self.refused(401, 104, "Please authenticate yourself to use this endpoint.");
    }

    pub(crate) fn etag(&self) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == "ETag").map(|(_, value)| value.as_str())
    }

    /// The answers inside a batch: status and body.
    pub(crate) fn responses(&self) -> Vec<(u64, Value)> {
        assert_eq!(self.status, 200, "{self:?}");
        let responses = self.body["responses"].as_array().unwrap();
        responses
            .iter()
            .map(|response| (response["status"].as_u64().unwrap(), response["body"].clone()))
            .collect()
    }
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

/// A folder in memory where there is one: tests wait for no disk.
fn new_folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::TempDir::new_in(memory) } else { tempfile::TempDir::new() }.unwrap()
}

/// What the service would keep of a password, made with as little work as there can be.
fn cheap_hash(password: &str) -> String {
    let params = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_with_salt(password.as_bytes(), b"salt of tests").unwrap().to_string()
}

/// The same authority each time the folder is opened.
fn signer(ledger: Arc<dyn Ledger>, now: Timestamp) -> LocalSigner {
    let authority = SeededRandom::new(3);
    let root = Root::generate(&signer_name(), at(START), &authority).unwrap();
    let issuer = root.make_intermediate(&signer_name(), at(START), &authority).unwrap();
    let source = KeySource::Memory(Box::new(issuer));
    LocalSigner::open(source, signer_name(), Lifetimes::default(), ledger, now, &SeededRandom::new(7))
        .unwrap()
}

fn services(
    store: Store,
    signer: &Arc<LocalSigner>,
    published: &Arc<Published>,
    clock: Arc<dyn Clock>,
    plan: &Plan,
) -> Services {
    let settings = Settings {
        administrators: vec!["admin".to_owned()],
        limits: Limits::default(),
        name: "Countersign".to_owned(),
        public_url: "http://settings.example.test".to_owned(),
        resources: Resources::parse(&plan.resources).unwrap(),
        review: plan.review.clone(),
    };
    Services {
        clock,
        desk: Arc::new(Desk::new(&SeededRandom::new(9), 2).unwrap()),
        listener: Arc::<Published>::clone(published),
        random: Arc::new(SeededRandom::new(11)),
        settings: Arc::new(settings),
        signer: Arc::<LocalSigner>::clone(signer),
        store,
        verifier: Arc::new(Verifier::new(signer.root(), signer_name())),
    }
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
