//! A whole service on a port of its own, and the people who use it.
//!
//! Time stands still until a test moves it, randomness is seeded, everything lies in a folder that goes with the test. After
//! every write, and at the end, the world is checked: see [`world`].

pub(crate) mod browser;
pub(crate) mod wire;
mod world;

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::JoinHandle,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use countersign::{
    http::{Handle, Published, Shell, Signals, serve},
    signing::{KeySource, Lifetimes, LocalSigner, Root, Signer, SignerName, Verifier},
    storage::{SqliteLedger, SqliteStore},
    types::{AccountName, Clock, CollectionPath, ManualClock, SeededRandom, Timestamp},
    ui::Ui,
    workflow::{
        Actor, Desk, Limits, ResourceEnd, Resources, ReviewPolicy, Secret, Services, Settings, access,
        accounts::{self, AccountError},
        setup,
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use self::wire::Response;
use self::world::World;

/// When every test begins: 2026-11-24T06:00:00Z.
pub(crate) const START: u64 = 1_795_500_000_000;
/// The name in the signer's certificates.
pub(crate) const SIGNER: &str = "countersign.localhost";

/// A running service.
#[derive(Debug)]
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) services: Services,
    /// The signer of these services, whose leaf can be renewed.
    pub(crate) signer: Arc<LocalSigner>,
    /// What is held of it outside: goes last.
    _folder: TempDir,
    handle: Handle,
    server: Option<JoinHandle<()>>,
    stopped: AtomicBool,
    world: Mutex<World>,
}

/// What a service is begun with.
#[derive(Debug)]
pub(crate) struct Builder {
    administrators: &'static [&'static str],
    cache_max_bytes: u64,
    limits: Limits,
    monitored: Option<Vec<ResourceEnd>>,
    /// What the installation is called.
    pub(crate) name: String,
    people: &'static [&'static str],
    /// Where it listens, if not on any free port.
    pub(crate) port: u16,
    public_url: Option<String>,
    resources: Vec<String>,
    review: ReviewPolicy,
    seed: u64,
}

impl Builder {
    /// Whom the configuration names.
    pub(crate) fn administrators(mut self, names: &'static [&'static str]) -> Self {
        self.administrators = names;
        self
    }

    pub(crate) fn cache_max_bytes(mut self, bytes: u64) -> Self {
        self.cache_max_bytes = bytes;
        self
    }

    pub(crate) fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// `changes.resources`: only what is named is in `monitor/changes`.
    pub(crate) fn monitored(mut self, ends: &[&str]) -> Self {
        let end = |text: &&str| match CollectionPath::parse(text) {
            Ok(path) => ResourceEnd { bucket: path.bucket, collection: Some(path.collection) },
            Err(_) => {
                ResourceEnd { bucket: countersign::types::BucketId::parse(text).unwrap(), collection: None }
            }
        };
        self.monitored = Some(ends.iter().map(end).collect());
        self
    }

    /// Who has an account; `admin` should be among them. With nobody there are no buckets either.
    pub(crate) fn people(mut self, names: &'static [&'static str]) -> Self {
        self.people = names;
        self
    }

    pub(crate) fn public_url(mut self, url: &str) -> Self {
        self.public_url = Some(url.to_owned());
        self
    }

    pub(crate) fn resources(mut self, lines: &[&str]) -> Self {
        self.resources = lines.iter().map(|line| (*line).to_owned()).collect();
        self
    }

    pub(crate) fn review(mut self, policy: ReviewPolicy) -> Self {
        self.review = policy;
        self
    }

    /// Begins the service: accounts `admin` (administrator), `editor`, `reviewer`, `stranger`, whose passwords are
    /// `password of NAME`; the source buckets, which `editor` may write.
    pub(crate) fn start(self) -> TestApp {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", self.port)).unwrap();
        let address = listener.local_addr().unwrap();
        let clock = Arc::new(ManualClock::new(at(START)));
        let published = Arc::new(Published::new(self.cache_max_bytes, self.monitored));
        let random = Arc::new(SeededRandom::new(self.seed));
        let name = SignerName::parse(SIGNER).unwrap();
        let root = Root::generate(&name, at(START), &*random).unwrap();
        let issuer = root.make_intermediate(&name, at(START), &*random).unwrap();
        let signer = LocalSigner::open(
            KeySource::Memory(Box::new(issuer)),
            name.clone(),
            Lifetimes::default(),
            Arc::new(SqliteLedger::open(&folder.path().join("spent.db")).unwrap()),
            at(START),
            &*random,
        )
        .unwrap();
        let signer = Arc::new(signer);
        let services = Services {
            changes: Arc::default(),
            clock: Arc::<ManualClock>::clone(&clock),
            desk: Arc::new(Desk::new(&*random, 2).unwrap()),
            listener: Arc::<Published>::clone(&published),
            random,
            schemas: Arc::default(),
            settings: Arc::new(Settings {
                administrators: self.administrators.iter().map(|name| (*name).to_owned()).collect(),
                limits: self.limits,
                name: self.name,
                public_url: self.public_url.unwrap_or_else(|| format!("http://{address}")),
                resources: Resources::parse(&self.resources).unwrap(),
                review: self.review,
            }),
            verifier: Arc::new(Verifier::new(signer.root(), name)),
            signer: Arc::<LocalSigner>::clone(&signer),
            store: SqliteStore::open(&folder.path().join("countersign.db")).unwrap(),
        };
        for person in self.people {
            let password = Secret::new(password_of(person)).unwrap();
            let name = AccountName::parse(person).unwrap();
            services.write(&Actor::plugin(), |scope| accounts::add(scope, &name, &password)).unwrap();
        }
        setup::begin_resources(&services).unwrap();
        let pages = Ui::new(Arc::clone(&published), services.clone());
        let shell = Shell::new(published, services.clone()).with_site(Arc::new(pages));
        let (ready, began) = mpsc::channel();
        let server = std::thread::spawn(move || {
            serve(shell, listener, Signals::Ignored, move |handle| ready.send(handle).unwrap()).unwrap();
        });
        let app = TestApp {
            address,
            clock,
            services,
            signer,
            _folder: folder,
            handle: began.recv().unwrap(),
            server: Some(server),
            stopped: AtomicBool::new(false),
            world: Mutex::default(),
        };
        // Of a new installation nothing is there.
        if self.people.is_empty() {
            return app;
        }
        for bucket in app.services.settings.resources.source_buckets() {
            let body = json!({"permissions": {"write": ["account:editor"]}});
            let _made = app.admin().put(&format!("/buckets/{bucket}"), &body).expect(201);
        }
        app
    }
}

impl TestApp {
    /// With the defaults of the configuration.
    pub(crate) fn start() -> Self {
        Self::builder().start()
    }

    /// To be changed before it begins.
    pub(crate) fn builder() -> Builder {
        Builder {
            administrators: &["admin"],
            cache_max_bytes: 1 << 30,
            limits: Limits::default(),
            monitored: None,
            name: "Test".to_owned(),
            people: &["admin", "editor", "reviewer", "stranger"],
            port: 0,
            public_url: None,
            resources: vec!["main-workspace -> main-preview -> main".to_owned()],
            review: ReviewPolicy::default(),
            seed: 1,
        }
    }

    /// Nobody who signed in.
    pub(crate) fn anonymous(&self) -> Persona<'_> {
        Persona { app: self, name: None }
    }

    /// May create accounts and buckets, and writes what is written by hand.
    pub(crate) fn admin(&self) -> Persona<'_> {
        self.person("admin")
    }

    /// May write the source buckets.
    pub(crate) fn editor(&self) -> Persona<'_> {
        self.person("editor")
    }

    /// Is in the reviewers group of the collections that [`TestApp::make_collection`] makes.
    pub(crate) fn reviewer(&self) -> Persona<'_> {
        self.person("reviewer")
    }

    /// Has an account and nothing else.
    pub(crate) fn stranger(&self) -> Persona<'_> {
        self.person("stranger")
    }

    /// Somebody of that name.
    pub(crate) fn person(&self, name: &'static str) -> Persona<'_> {
        Persona { app: self, name: Some(name) }
    }

    /// The editor makes `main-workspace/<id>`, the administrator puts the reviewer into its reviewers group.
    pub(crate) fn make_collection(&self, id: &str) {
        let _made =
            self.editor().put(&format!("/buckets/main-workspace/collections/{id}"), &json!({})).expect(201);
        let group = format!("/buckets/main-workspace/groups/{id}-reviewers");
        let _added =
            self.admin().patch(&group, &json!({"data": {"members": ["account:reviewer"]}})).expect(200);
    }

    /// The editor writes records into `main-workspace/<id>`, asks for review a moment later, and a moment later the reviewer
    /// approves.
    pub(crate) fn publish(&self, id: &str, records: &[(&str, Value)]) {
        let source = format!("/buckets/main-workspace/collections/{id}");
        for (record, data) in records {
            let answer = self.editor().put(&format!("{source}/records/{record}"), &json!({"data": data}));
            assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        }
        self.clock.advance_millis(1);
        let _asked = self.editor().patch(&source, &json!({"data": {"status": "to-review"}})).expect(200);
        self.clock.advance_millis(1);
        let _approved = self.reviewer().patch(&source, &json!({"data": {"status": "to-sign"}})).expect(200);
    }

    /// As whoever has the folder.
    pub(crate) fn disable(&self, name: &str) -> Result<(), AccountError> {
        let name = AccountName::parse(name).unwrap();
        self.services.write(&Actor::plugin(), |scope| {
            let permit = access::administer(scope)?;
            accounts::disable(scope, &permit, &name)
        })
    }

    /// As whoever has the folder.
    pub(crate) fn enable(&self, name: &str) -> Result<(), AccountError> {
        let name = AccountName::parse(name).unwrap();
        self.services.write(&Actor::plugin(), |scope| {
            let permit = access::administer(scope)?;
            accounts::enable(scope, &permit, &name)
        })
    }

    /// What clients pin.
    pub(crate) fn root(&self) -> String {
        self.services.signer.root().to_hex()
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The address of the service, as it names itself.
    pub(crate) fn url(&self) -> &str {
        &self.services.settings.public_url
    }

    /// Asks the service to end; it is not checked any more.
    pub(crate) fn stop(&self) {
        self.handle.stop();
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// Reads everything that is published through the client, and compares it with what was seen before.
    pub(crate) fn check_world(&self) {
        self.world.lock().unwrap().check(self);
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.stopped.load(Ordering::SeqCst) {
            self.check_world();
        }
        self.handle.stop();
        let ended = self.server.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}

/// Somebody who sends requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Persona<'a> {
    app: &'a TestApp,
    name: Option<&'static str>,
}

impl<'a> Persona<'a> {
    pub(crate) fn get(self, path: &str) -> Response {
        self.request("GET", path).send()
    }

    pub(crate) fn head(self, path: &str) -> Response {
        self.request("HEAD", path).send()
    }

    pub(crate) fn delete(self, path: &str) -> Response {
        self.request("DELETE", path).send()
    }

    pub(crate) fn post(self, path: &str, body: &Value) -> Response {
        self.request("POST", path).json(body).send()
    }

    pub(crate) fn put(self, path: &str, body: &Value) -> Response {
        self.request("PUT", path).json(body).send()
    }

    pub(crate) fn patch(self, path: &str, body: &Value) -> Response {
        self.request("PATCH", path).json(body).send()
    }

    /// Begins a request; a path without `/v1` gets it.
    pub(crate) fn request(self, method: &str, path: &str) -> Request<'a> {
        let path = if path.starts_with("/v1") { path.to_owned() } else { format!("/v1{path}") };
        self.raw(method, &path)
    }

    /// Begins a request for a path as it stands.
    pub(crate) fn raw(self, method: &str, path: &str) -> Request<'a> {
        let mut headers = vec![("Host".to_owned(), "attacker.example".to_owned())];
        headers.extend(self.name.map(|name| ("Authorization".to_owned(), basic(name, &password_of(name)))));
        Request { app: self.app, body: None, headers, method: method.to_owned(), path: path.to_owned() }
    }
}

/// A request being made.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    app: &'a TestApp,
    body: Option<Vec<u8>>,
    headers: Vec<(String, String)>,
    method: String,
    path: String,
}

impl Request<'_> {
    /// Sets a header, replacing one of that name.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a header out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The request as bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        if let Some(body) = &self.body {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"Connection: close\r\n\r\n");
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }

    pub(crate) fn send(self) -> Response {
        let response = wire::exchange(self.app.address, &self.to_bytes());
        if response.status < 300 && !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS") {
            self.app.check_world();
        }
        response
    }
}

/// A time of that many milliseconds.
pub(crate) fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

/// `Authorization: Basic …`
pub(crate) fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// Everybody's password.
pub(crate) fn password_of(name: &str) -> String {
    format!("password of {name}")
}
