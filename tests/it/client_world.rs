//! What the client's tests share: a publisher that signs whatever it is told to, and a transport that answers from a script.

use std::{cell::RefCell, collections::BTreeMap, fmt, rc::Rc};

use countersign::{
    canonical,
    client::{Answer, ClientConfig, Request, Transport, TransportError},
    signing::{
        Certificate, ContentHasher, Key, Leaf, Root, Signature, SignatureEntry, SignerName, Statement, tree,
    },
    types::{JsonLimits, Nul, Object, SeededRandom, Sha256Digest, Timestamp, Value},
};
use p384::{
    ecdsa::{SigningKey, signature::Signer as _},
    pkcs8::DecodePrivateKey as _,
};

/// 2026-11-24T06:00:00Z
pub(crate) const NOW: u64 = 1_795_500_000_000;
pub(crate) const DAY: u64 = 86_400_000;
pub(crate) const LIMITS: JsonLimits = JsonLimits { depth: 128, nul: Nul::Accepted };
pub(crate) const SERVER: &str = "https://settings.example.test";
pub(crate) const SIGNER: &str = "settings.example.test";

pub(crate) fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

pub(crate) fn json(text: &str) -> Value {
    Value::parse(text.as_bytes(), LIMITS).unwrap()
}

/// Publishes `main/demo` without a service around it. Cheap to clone: another history from there on.
#[derive(Clone)]
pub(crate) struct Publisher {
    pub(crate) chain: String,
    key: SigningKey,
    pub(crate) root: Sha256Digest,
    /// Each record and tombstone with its time.
    entries: BTreeMap<String, (u64, Option<String>)>,
    pub(crate) statement: Statement,
    pub(crate) text: String,
}

impl Publisher {
    /// With an empty first publication at `NOW`.
    pub(crate) fn new(seed: u64) -> Self {
        let random = SeededRandom::new(seed);
        let signer = SignerName::parse(SIGNER).unwrap();
        let root = Root::generate(&signer, at(NOW), &random).unwrap();
        let issuer = root.make_intermediate(&signer, at(NOW), &random).unwrap();
        let leaf = issuer.issue_leaf(&signer, 90, at(NOW), &random).unwrap();
        let chain: String = leaf.certificates().iter().map(Certificate::to_pem).collect();
        let secret = p384::SecretKey::from_pkcs8_pem(&leaf.key().to_pem().unwrap()).unwrap();
        let statement = Statement {
            bucket: "main".into(),
            collection: "demo".into(),
            content: ContentHasher::new().finish(at(NOW)),
            count: 0,
            expires: Some(at(NOW + 14 * DAY)),
            issued: at(NOW),
            previous: None,
            root: Sha256Digest::of(b""),
            timestamp: at(NOW),
            version: 1,
        };
        let text = statement.to_text();
        Self {
            chain,
            key: SigningKey::from(secret),
            root: root.certificate().fingerprint(),
            entries: BTreeMap::new(),
            statement,
            text,
        }
    }
    /// Publishes records (`last_modified` is set) and tombstones, one millisecond each after what is there.
    pub(crate) fn publish(&mut self, changes: &[(&str, Option<&str>)]) {
        let mut time = self.statement.timestamp.as_millis();
        for (id, members) in changes {
            time += 1;
            self.entries.insert((*id).to_owned(), (time, members.map(|members| record(id, time, members))));
        }
        let mut content = ContentHasher::new();
        let mut pairs = Vec::new();
        for (id, (_, record)) in &self.entries {
            let Some(record) = record else { continue };
            content.push_bytes(record.as_bytes());
            let key = Key::of(id);
            pairs.push((key, Leaf::of(&key, &Sha256Digest::of(record.as_bytes()))));
        }
        self.statement = Statement {
            content: content.finish(at(time)),
            count: u64::try_from(pairs.len()).unwrap(),
            previous: Some(Statement::hash_of_text(&self.text)),
            root: tree::root(&mut pairs).unwrap(),
            timestamp: at(time),
            version: self.statement.version + 1,
            ..self.statement.clone()
        };
        self.text = self.statement.to_text();
    }

    /// Replaces the statement, true or not.
    pub(crate) fn state(&mut self, change: impl FnOnce(&mut Statement)) {
        change(&mut self.statement);
        self.text = self.statement.to_text();
    }

    pub(crate) fn sign(&self, payload: &[u8]) -> SignatureEntry {
        let message = [b"Content-Signature:\0", payload].concat();
        let signature: p384::ecdsa::Signature = self.key.sign(&message);
        let bytes: [u8; 96] = signature.to_bytes().as_slice().try_into().unwrap();
        SignatureEntry::new(&Signature::from_bytes(bytes), "/v1/cert-chains/demo.pem".into())
    }

    /// The answer to a client that has the state of `since`.
    pub(crate) fn changeset(&self, since: Option<u64>) -> Vec<u8> {
        let changes = self.entries.iter().filter(|(_, (time, record))| match since {
            Some(since) => *time > since,
            None => record.is_some(),
        });
        let changes: Vec<String> = changes
            .map(|(id, (time, record))| match record {
                Some(record) => record.clone(),
                None => format!(r#"{{"deleted":true,"id":"{id}","last_modified":{time}}}"#),
            })
            .collect();
        let mut countersign = Object::new();
        countersign.insert("statement", self.text.as_str());
        countersign.insert("signatures", vec![entry(&self.sign(self.text.as_bytes()))]);
        let live = self.entries.values().filter_map(|(_, record)| record.clone());
        let payload = format!(
            r#"{{"data":[{}],"last_modified":"{}"}}"#,
            live.collect::<Vec<_>>().join(","),
            self.statement.timestamp
        );
        let mut metadata = Object::new();
        metadata.insert("bucket", "main");
        metadata.insert("countersign", countersign);
        metadata.insert("signatures", vec![entry(&self.sign(payload.as_bytes()))]);
        let metadata = String::from_utf8(canonical::object_to_bytes(&metadata)).unwrap();
        let timestamp = self.statement.timestamp;
        format!(r#"{{"changes":[{}],"metadata":{metadata},"timestamp":{timestamp}}}"#, changes.join(","))
            .into_bytes()
    }

    /// A client's configuration that trusts this publisher.
    pub(crate) fn config(&self) -> ClientConfig {
        self.config_at(SERVER)
    }

    pub(crate) fn config_at(&self, server: &str) -> ClientConfig {
        ClientConfig::parse(server, "main/demo", &self.root.to_hex()).unwrap().signer(SIGNER).unwrap()
    }

    /// A transport that answers as a service would.
    pub(crate) fn transport(&self) -> Scripted {
        let publisher = self.clone();
        Scripted::new(move |path| Ok(publisher.answer(path)))
    }

    pub(crate) fn answer(&self, path: &str) -> Answer {
        if path.contains("/cert-chains/") {
            return ok(self.chain.as_bytes());
        }
        let since = path.split_once("_since=").map(|(_, since)| since.parse().unwrap());
        ok(&self.changeset(since))
    }
}

/// Canonical text of a record: `members` are JSON, to which `id` and `last_modified` are added.
pub(crate) fn record(id: &str, last_modified: u64, members: &str) -> String {
    let mut object = json(members).as_object().unwrap().clone();
    object.insert("id", id);
    object.insert("last_modified", last_modified);
    String::from_utf8(canonical::record(&object).unwrap()).unwrap()
}

fn entry(signature: &SignatureEntry) -> Value {
    let mut object = Object::new();
    object.insert("mode", signature.mode.as_str());
    object.insert("signature", signature.signature.as_str());
    object.insert("x5u", signature.x5u.as_str());
    object.into()
}

pub(crate) fn ok(body: &[u8]) -> Answer {
    Answer { body: body.to_vec(), status: 200, ..Answer::default() }
}

type Script = Box<dyn FnMut(&str) -> Result<Answer, TransportError>>;

/// Answers each path and query by a function that can be exchanged, and remembers what was asked.
#[derive(Clone)]
pub(crate) struct Scripted {
    asked: Rc<RefCell<Vec<String>>>,
    script: Rc<RefCell<Script>>,
}

impl Scripted {
    pub(crate) fn new(script: impl FnMut(&str) -> Result<Answer, TransportError> + 'static) -> Self {
        Self { asked: Rc::default(), script: Rc::new(RefCell::new(Box::new(script))) }
    }

    pub(crate) fn set(&self, script: impl FnMut(&str) -> Result<Answer, TransportError> + 'static) {
        *self.script.borrow_mut() = Box::new(script);
    }

    /// From now on as this publisher answers.
    pub(crate) fn follow(&self, publisher: &Publisher) {
        let publisher = publisher.clone();
        self.set(move |path| Ok(publisher.answer(path)));
    }

    /// What was asked since this was last called: without server and version.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        self.asked.borrow_mut().drain(..).collect()
    }
}

impl Transport for Scripted {
    fn fetch(&mut self, request: &Request<'_>) -> Result<Answer, TransportError> {
        let url = request.url.to_string();
        let path = url.strip_prefix(SERVER).unwrap_or(&url);
        self.asked.borrow_mut().push(path.trim_start_matches("/v1").to_owned());
        (*self.script.borrow_mut())(path)
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted").finish_non_exhaustive()
    }
}
