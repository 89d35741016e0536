//! What a client's sync costs, as curves over the number of records, each beside SHA-384 of the same bytes in the same run:
//! `cargo bench --bench client`, or `-- memory` for the peak memory of a first fetch over HTTP alone.
//!
//! Times are the processor's, of the one thread that syncs: what else runs on the machine, and how long the disk takes, is
//! not in them.
#![cfg(unix)]
#![expect(clippy::print_stdout, reason = "what a benchmark is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

use std::{
    fs,
    hint::black_box,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use countersign::{
    client::{
        Answer, Client, ClientConfig, FileStore, HttpTransport, MemoryStore, Outcome, Request, Store,
        Transport, TransportError,
    },
    signing::{Certificate, Key, Leaf, Root, SIGNING_PREFIX, Signature, SignerName, Statement, tree::Tree},
    types::{SeededRandom, Sha256Digest, Sha384Digest, Timestamp},
};
use criterion::{
    BatchSize, BenchmarkId, Criterion, Throughput,
    measurement::{Measurement, ValueFormatter, WallTime},
};
use p384::{
    ecdsa::{SigningKey, signature::Signer as _},
    pkcs8::DecodePrivateKey as _,
};
use ring::digest::{SHA384, digest};
use rustix::time::{ClockId, clock_gettime};
use tempfile::TempDir;

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const NOW: u64 = 1_795_500_000_000;
const MAX_BYTES: usize = 1 << 30;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, child, url, root] = arguments.as_slice()
        && child == "child"
    {
        return fetch_once(url, root);
    }
    if !arguments.iter().any(|argument| argument == "memory") {
        let mut criterion =
            Criterion::default().with_measurement(ThreadTime).sample_size(10).configure_from_args();
        for size in SIZES {
            measure(&mut criterion, size);
        }
        criterion.final_summary();
    }
    for size in SIZES {
        measure_memory(size);
    }
}

fn measure(criterion: &mut Criterion<ThreadTime>, size: usize) {
    let publisher = Publisher::new(size);
    let body = publisher.changeset(&publisher.records);
    let bytes = u64::try_from(publisher.records.len() * RECORD_BYTES).unwrap();

    let mut group = criterion.benchmark_group("first");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function(BenchmarkId::new("sha384", size), |bencher| {
        bencher.iter(|| black_box(digest(&SHA384, &body)));
    });
    group.bench_function(BenchmarkId::new("verify", size), |bencher| {
        bencher.iter_batched(
            || {
                Client::new(publisher.config(), Served::of(&publisher, body.clone()), MemoryStore::new())
                    .unwrap()
            },
            |mut client| {
                assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::Applied);
                client
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function(BenchmarkId::new("verify_and_store", size), |bencher| {
        bencher.iter_batched(
            || {
                let folder = TempDir::new().unwrap();
                let store = FileStore::new(folder.path());
                (
                    Client::new(publisher.config(), Served::of(&publisher, body.clone()), store).unwrap(),
                    folder,
                )
            },
            |(mut client, folder)| {
                assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::Applied);
                (client, folder)
            },
            BatchSize::PerIteration,
        );
    });
    let folder = TempDir::new().unwrap();
    let served = Served::of(&publisher, body.clone());
    Client::new(publisher.config(), served, FileStore::new(folder.path())).unwrap().sync(at(NOW)).unwrap();
    group.bench_function(BenchmarkId::new("load", size), |bencher| {
        bencher.iter(|| {
            let served = Served::of(&publisher, Vec::new());
            Client::new(publisher.config(), served, FileStore::new(folder.path())).unwrap()
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("change_of_ten");
    group.bench_function(BenchmarkId::new("verify", size), |bencher| {
        bencher.iter_custom(|rounds| changes(&publisher, &body, MemoryStore::new(), rounds));
    });
    group.bench_function(BenchmarkId::new("verify_and_store", size), |bencher| {
        bencher.iter_custom(|rounds| {
            let folder = TempDir::new().unwrap();
            changes(&publisher, &body, FileStore::new(folder.path()), rounds)
        });
    });
    group.bench_function(BenchmarkId::new("nothing_new", size), |bencher| {
        let mut client =
            Client::new(publisher.config(), Served::of(&publisher, body.clone()), MemoryStore::new())
                .unwrap();
        client.sync(at(NOW)).unwrap();
        let nothing = publisher.changeset(&[]);
        bencher.iter(|| {
            client.transport().answer_with(nothing.clone());
            assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::UpToDate);
        });
    });
    group.finish();
}

/// Time of `rounds` syncs that change ten records each.
fn changes<S: Store>(publisher: &Publisher, body: &[u8], store: S, rounds: u64) -> Duration {
    let mut publisher = publisher.clone();
    let served = Served::of(&publisher, body.to_vec());
    let mut client = Client::new(publisher.config(), served, store).unwrap();
    client.sync(at(NOW)).unwrap();
    let mut spent = Duration::ZERO;
    for _ in 0..rounds {
        let delta = publisher.change_ten();
        client.transport().answer_with(delta);
        let began = ThreadTime::now();
        let report = client.sync(at(NOW)).unwrap();
        spent += ThreadTime::now().saturating_sub(began);
        assert_eq!((report.outcome, report.changes.updated()), (Outcome::Applied, 10));
    }
    spent
}

/// The processor's time of this thread.
struct ThreadTime;

impl ThreadTime {
    fn now() -> Duration {
        clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
    }
}

impl Measurement for ThreadTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        Self::now()
    }

    fn end(&self, began: Duration) -> Duration {
        Self::now().saturating_sub(began)
    }

    fn add(&self, a: &Duration, b: &Duration) -> Duration {
        *a + *b
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// A first fetch over HTTP in a process of its own; what its memory was at most.
fn measure_memory(size: usize) {
    let publisher = Publisher::new(size);
    let body = publisher.changeset(&publisher.records);
    let length = body.len();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let chain = publisher.chain.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let mut reader = BufReader::new(&stream);
            let mut first = String::new();
            reader.read_line(&mut first).unwrap();
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let body = if first.contains("cert-chains") { chain.as_bytes() } else { &body };
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            (&stream).write_all(head.as_bytes()).and_then(|()| (&stream).write_all(body)).unwrap();
        }
    });
    let root = publisher.root.to_hex();
    let child = Command::new(std::env::current_exe().unwrap()).args(["child", &url, &root]).output().unwrap();
    let text = String::from_utf8(child.stdout).unwrap();
    let [before, after]: [usize; 2] = text
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect::<Vec<usize>>()
        .try_into()
        .unwrap();
    println!(
        "memory/{size}: body {} KiB, peak {} KiB ({}.{:02} of the body), of which {} KiB were there before",
        length / 1024,
        after,
        after * 1024 / length,
        after * 1024 * 100 / length % 100,
        before,
    );
}

fn fetch_once(url: &str, root: &str) {
    let config = ClientConfig::parse(url, "main/demo", root).unwrap().max_bytes(MAX_BYTES);
    let mut client = Client::new(config, HttpTransport::new(), MemoryStore::new()).unwrap();
    let before = peak_kib();
    assert_eq!(client.sync(at(NOW)).unwrap().outcome, Outcome::Applied);
    println!("{before} {}", peak_kib());
}

/// The most memory that this process had, as Linux counts it; 0 elsewhere.
fn peak_kib() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// A publisher that keeps its tree: a change costs it little too. It does not hash contents; a client does not look at them.
#[derive(Clone)]
struct Publisher {
    chain: String,
    key: SigningKey,
    records: Vec<String>,
    root: Sha256Digest,
    statement: Statement,
    text: String,
    tree: Tree,
}

impl Publisher {
    fn new(size: usize) -> Self {
        let random = SeededRandom::new(1);
        let signer = SignerName::parse(ClientConfig::SIGNER).unwrap();
        let root = Root::generate(&signer, at(NOW), &random).unwrap();
        let issuer = root.make_intermediate(&signer, at(NOW), &random).unwrap();
        let leaf = issuer.issue_leaf(&signer, 90, at(NOW), &random).unwrap();
        let chain: String = leaf.certificates().iter().map(Certificate::to_pem).collect();
        let secret = p384::SecretKey::from_pkcs8_pem(&leaf.key().to_pem().unwrap()).unwrap();
        let records: Vec<String> = (0..size).map(|index| record(index, NOW)).collect();
        let pairs = records.iter().enumerate().map(|(index, record)| pair(index, record));
        let tree = Tree::new(pairs.collect()).unwrap();
        let statement = Statement {
            bucket: "main".into(),
            collection: "demo".into(),
            content: Sha384Digest::from_bytes([0; 48]),
            count: u64::try_from(size).unwrap(),
            expires: Some(at(NOW + 14 * 86_400_000)),
            issued: at(NOW),
            previous: None,
            root: tree.root(),
            timestamp: at(NOW),
            version: 1,
        };
        let text = statement.to_text();
        let root = root.certificate().fingerprint();
        Self { chain, key: SigningKey::from(secret), records, root, statement, text, tree }
    }

    fn config(&self) -> ClientConfig {
        ClientConfig::parse("http://service", "main/demo", &self.root.to_hex()).unwrap().max_bytes(MAX_BYTES)
    }

    /// Changes ten records that are far from each other, and gives the delta.
    fn change_ten(&mut self) -> Vec<u8> {
        let time = self.statement.timestamp.as_millis() + 1;
        let step = self.records.len() / 10;
        let changed: Vec<(usize, String)> =
            (0..10).map(|index| (index * step, record(index * step, time))).collect();
        let leaves = changed.iter().map(|(index, record)| pair(*index, record));
        self.tree = self.tree.updated(leaves.map(|(key, leaf)| (key, Some(leaf))).collect()).unwrap();
        self.statement = Statement {
            previous: Some(Statement::hash_of_text(&self.text)),
            root: self.tree.root(),
            timestamp: at(time),
            version: self.statement.version + 1,
            ..self.statement.clone()
        };
        self.text = self.statement.to_text();
        let changed: Vec<String> = changed.into_iter().map(|(_, record)| record).collect();
        self.changeset(&changed)
    }

    fn changeset(&self, changes: &[String]) -> Vec<u8> {
        let signature: p384::ecdsa::Signature =
            self.key.sign(&[SIGNING_PREFIX, self.text.as_bytes()].concat());
        let signature = Signature::from_bytes(signature.to_bytes().as_slice().try_into().unwrap());
        format!(
            r#"{{"metadata":{{"bucket":"main","countersign":{{"statement":{},"signatures":[{{"mode":"p384ecdsa","signature":"{signature}","x5u":"/v1/cert-chains/demo.pem"}}]}}}},"timestamp":{},"changes":[{}]}}"#,
            serde_json::to_string(&self.text).unwrap(),
            self.statement.timestamp,
            changes.join(",")
        )
        .into_bytes()
    }
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

fn id(index: usize) -> String {
    format!("{index:08x}-6a1e-4c31-9b0a-3f2d1c0b{index:04x}")
}

/// A revocation of 365 bytes, in canonical form.
fn record(index: usize, time: u64) -> String {
    let id = id(index);
    let head = format!(
        r#"{{"details":{{"bug":"https://bugs.example/{index:07}","created":"2026-11-24","name":"","who":"","why":"."}},"enabled":false,"id":"{id}","issuerName":""#
    );
    let tail = format!(r#"","last_modified":{time},"schema":1795490000000,"serialNumber":"{index:032x}"}}"#);
    let fill = RECORD_BYTES.saturating_sub(head.len() + tail.len());
    format!("{head}{}{tail}", "A".repeat(fill))
}

fn pair(index: usize, record: &str) -> (Key, Leaf) {
    let key = Key::of(&id(index));
    (key, Leaf::of(&key, &Sha256Digest::of(record.as_bytes())))
}

/// Hands out what is next, without a network; the chain always.
#[derive(Clone, Debug)]
struct Served {
    chain: Arc<[u8]>,
    next: Arc<Mutex<Vec<u8>>>,
}

impl Served {
    fn of(publisher: &Publisher, body: Vec<u8>) -> Self {
        Self { chain: publisher.chain.as_bytes().into(), next: Arc::new(Mutex::new(body)) }
    }

    fn answer_with(&self, body: Vec<u8>) {
        *self.next.lock().unwrap() = body;
    }
}

impl Transport for Served {
    fn fetch(&mut self, request: &Request<'_>) -> Result<Answer, TransportError> {
        let body = if request.url.path().contains("cert-chains") {
            self.chain.to_vec()
        } else {
            std::mem::take(&mut *self.next.lock().unwrap())
        };
        Ok(Answer { body, status: 200, ..Answer::default() })
    }
}

const RECORD_BYTES: usize = 365;
