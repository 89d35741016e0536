//! What it costs to hash and sign a collection, beside SHA-384 of the same bytes in the same run:
//! `cargo bench --bench signing`, or `-- 1000 100000` for some sizes alone. Processor time of the thread, medians.
#![expect(clippy::print_stdout, reason = "what a benchmark is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

mod support {
    pub(crate) mod cpu;
    pub(crate) mod curve;
    pub(crate) mod median;
    pub(crate) mod records;
    pub(crate) mod turns;
}

use std::{sync::Arc, time::Duration};

use countersign::{
    canonical,
    signing::{
        ContentHasher, ContentMessage, Key, KeySource, Leaf, Lifetimes, LocalSigner, MemoryLedger,
        Publication, Records, RecordsError, Root, SignedRecord, Signer as _, SignerName, tree,
    },
    types::{CollectionPath, Content, JsonLimits, Nul, SeededRandom, Sha384Digest, Timestamp, Value},
};
use p384::{
    ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner as _},
    pkcs8::DecodePrivateKey as _,
};
use ring::digest::{SHA384, digest};
use support::{
    cpu::spent,
    curve::{begin, line, sizes},
    records,
    turns::in_turn,
};

fn main() {
    let signer = TwoKeys::new();
    for size in sizes() {
        measure(size, &signer);
    }
}

fn measure(size: usize, keys: &TwoKeys) {
    let mut texts: Vec<String> = (0..size).map(|number| records::json(number, 1)).collect();
    // Made in no order, read by id: each lies somewhere else.
    let mut scattered: Vec<Content> = texts.iter().map(|text| read(text)).collect();
    scattered.sort_by_cached_key(id_of);
    // Made in the order of ids: each lies behind the one before, as they do in a file that was loaded so.
    texts.sort_by_cached_key(|text| id_of(&read(text)));
    let contents: Vec<Content> = texts.iter().map(|text| read(text)).collect();
    let stored: Vec<Stored> = contents.iter().map(Stored::new).collect();
    let message = ContentMessage::new(contents.iter().map(to_bytes), at(NOW));
    let rounds = (2_000_000 / size.max(1)).clamp(5, 101);
    let sha384 = || spent(|| digest(&SHA384, message.as_bytes())).0;

    begin(size, message.as_bytes().len());
    line("SHA-384 once more: how steady the machine is", in_turn(rounds, sha384, sha384));
    line("hash stored records", in_turn(rounds, sha384, || spent(|| hash(&contents)).0));
    line("hash and sign stored records", in_turn(rounds, sha384, || spent(|| keys.sign(&contents)).0));
    line(
        "… that lie here and there in memory",
        in_turn(rounds, sha384, || spent(|| keys.sign(&scattered)).0),
    );
    let publish = || spent(|| keys.publish(Shown(&stored))).0;
    line("publish: also the tree, the ledger, and all verified", in_turn(rounds, sha384, publish));
    line("… of which the tree, from stored leaves", in_turn(rounds, sha384, || root(&stored)));
    let door = || spent(|| texts.iter().map(|text| read(text).splice()).sum::<usize>()).0;
    line("once for each edit: canonical bytes of what is sent", in_turn(rounds.min(11), sha384, door));
}

/// A signer, and a key like its own: the signature alone is nothing that it can be asked for.
struct TwoKeys {
    key: SigningKey,
    path: CollectionPath,
    signer: LocalSigner,
}

impl TwoKeys {
    fn new() -> Self {
        let random = SeededRandom::new(1);
        let name = SignerName::parse("countersign.localhost").unwrap();
        let root = Root::generate(&name, at(NOW), &random).unwrap();
        let issuer = root.make_intermediate(&name, at(NOW), &random).unwrap();
        let leaf = issuer.issue_leaf(&name, 90, at(NOW), &random).unwrap();
        let secret = p384::SecretKey::from_pkcs8_pem(&leaf.key().to_pem().unwrap()).unwrap();
        let (source, ledger) = (KeySource::Memory(Box::new(issuer)), Arc::new(MemoryLedger::default()));
        let signer = LocalSigner::open(source, name, Lifetimes::default(), ledger, at(NOW), &random);
        let path = CollectionPath::parse("main/demo").unwrap();
        Self { key: SigningKey::from(secret), path, signer: signer.unwrap() }
    }

    fn sign(&self, contents: &[Content]) -> Signature {
        self.key.sign_prehash(hash(contents).as_bytes()).unwrap()
    }

    fn publish(&self, mut shown: Shown<'_>) -> u64 {
        let (path, timestamp) = (self.path.clone(), at(NOW));
        let publication =
            Publication { floor_version: 0, issued: timestamp, path, previous: None, timestamp };
        self.signer.sign(&publication, &mut shown).unwrap().version
    }
}

/// A record as a publication finds it: its content somewhere in memory, its place in the tree known.
struct Stored {
    content: Content,
    id: String,
    key: Key,
    leaf: Leaf,
}

impl Stored {
    fn new(content: &Content) -> Self {
        let id = id_of(content);
        let key = Key::of(&id);
        let leaf = Leaf::of(&key, &content.at(at(NOW)).digest());
        Self { content: content.clone(), id, key, leaf }
    }
}

#[derive(Clone, Copy)]
struct Shown<'a>(&'a [Stored]);

impl Records for Shown<'_> {
    fn visit(&mut self, visitor: &mut dyn FnMut(SignedRecord<'_>)) -> Result<(), RecordsError> {
        for Stored { content, id, key, leaf } in self.0 {
            visitor(SignedRecord { id, key: *key, leaf: *leaf, record: content.at(at(NOW)) });
        }
        Ok(())
    }
}

fn hash(contents: &[Content]) -> Sha384Digest {
    let (mut hasher, now) = (ContentHasher::new(), at(NOW));
    for content in contents {
        hasher.push(&content.at(now));
    }
    hasher.finish(now)
}

/// What it costs; without the copy of the pairs, which are sorted where they are.
fn root(stored: &[Stored]) -> Duration {
    let mut pairs: Vec<(Key, Leaf)> = stored.iter().map(|record| (record.key, record.leaf)).collect();
    spent(|| tree::root(&mut pairs).unwrap()).0
}

fn to_bytes(content: &Content) -> Vec<u8> {
    let mut bytes = Vec::new();
    content.at(at(NOW)).write_to(&mut bytes);
    bytes
}

fn id_of(content: &Content) -> String {
    let value = Value::parse(content.as_bytes(), LIMITS).unwrap();
    value.as_object().unwrap().get("id").unwrap().as_text().unwrap().to_owned()
}

fn read(text: &str) -> Content {
    canonical::content(Value::parse(text.as_bytes(), LIMITS).unwrap().as_object().unwrap()).unwrap()
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

const LIMITS: JsonLimits = JsonLimits { depth: 64, nul: Nul::Refused };
const NOW: u64 = 1_795_500_000_000;
