//! What a client with nothing but the root's fingerprint says of everything that is published.

use countersign::{
    canonical,
    signing::{Asked, ChainUnavailable, ContentHasher, Key, Leaf, SignatureEntry, Statement, Verifier, tree},
    types::{self, CollectionPath, JsonLimits, Nul, Sha256Digest},
};
use serde_json::Value;

use super::World;

/// Judges a published collection and its whole chain of statements; returns the texts, oldest first.
pub(super) fn published(world: &World, verifier: &Verifier, path: &CollectionPath, uri: &str) -> Vec<String> {
    let texts = statements(world, uri);
    let changeset = world.changeset(uri, "");
    let metadata = &changeset["metadata"];
    let carried = &metadata["countersign"];
    let text = carried["statement"].as_str().unwrap();
    assert_eq!(
        Some(text),
        texts.last().map(String::as_str),
        "the newest statement is the one that is carried"
    );
    let entries = entries(&carried["signatures"]);
    let mut chains = |x5u: &str| chain(world, x5u).ok_or(ChainUnavailable);
    let timestamp = super::at(changeset["timestamp"].as_u64().unwrap());
    let statement = verifier
        .verify_statement(
            text,
            &entries,
            &Asked::Changeset { path, timestamp },
            &mut chains,
            world.services().clock.now(),
        )
        .unwrap();

    let mut records: Vec<(String, Vec<u8>)> = changeset["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| (record["id"].as_str().unwrap().to_owned(), canonical_bytes(record)))
        .collect();
    records.sort();
    let mut pairs: Vec<(Key, Leaf)> = Vec::new();
    let mut content = ContentHasher::new();
    for (id, bytes) in &records {
        let key = Key::of(id);
        pairs.push((key, Leaf::of(&key, &Sha256Digest::of(bytes))));
        content.push_bytes(bytes);
    }
    assert_eq!(statement.count, u64::try_from(records.len()).unwrap());
    assert_eq!(statement.root, tree::root(&mut pairs).unwrap(), "root of {path}");
    assert_eq!(statement.content, content.finish(timestamp), "content of {path}");
    content_signature(world, verifier, metadata, &records, timestamp);
    texts
}

/// The chain of statements of a path: each names the one before, versions rise, times do not fall.
fn statements(world: &World, uri: &str) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut last: Option<Statement> = None;
    for entry in world.statements(uri) {
        let text = entry["statement"].as_str().unwrap();
        let statement = Statement::parse(text).unwrap();
        assert_eq!(entry["version"].as_u64(), Some(statement.version));
        assert_eq!(statement.previous, texts.last().map(|text| Statement::hash_of_text(text)));
        if let Some(last) = last {
            assert!(statement.version > last.version);
            assert!(statement.timestamp >= last.timestamp);
            assert!(statement.root == last.root || statement.timestamp > last.timestamp);
        }
        last = Some(statement);
        texts.push(text.to_owned());
    }
    texts
}

/// The protocol's own signature, as clients of it verify it, with an absolute address of the chain.
fn content_signature(
    world: &World,
    verifier: &Verifier,
    metadata: &Value,
    records: &[(String, Vec<u8>)],
    timestamp: types::Timestamp,
) {
    let entries = entries(&metadata["signatures"]);
    assert_eq!(metadata["signature"], metadata["signatures"][0]);
    let message =
        countersign::signing::ContentMessage::new(records.iter().map(|(_, bytes)| bytes), timestamp);
    let mut chains = |x5u: &str| {
        let path = x5u.strip_prefix("http://settings.example.test").ok_or(ChainUnavailable)?;
        chain(world, path).ok_or(ChainUnavailable)
    };
    verifier.verify_content(message, &entries, &mut chains, world.services().clock.now()).unwrap();
}

fn chain(world: &World, x5u: &str) -> Option<Vec<u8>> {
    let answer = world.anonymous().get(x5u.strip_prefix("/v1")?);
    (answer.status == 200).then(|| answer.body.as_str().unwrap().as_bytes().to_vec())
}

fn entries(list: &Value) -> Vec<SignatureEntry> {
    serde_json::from_value(list.clone()).unwrap()
}

fn canonical_bytes(record: &Value) -> Vec<u8> {
    let limits = JsonLimits { depth: 64, nul: Nul::Refused };
    let value = types::Value::parse(record.to_string().as_bytes(), limits).unwrap();
    canonical::record(value.as_object().unwrap()).unwrap()
}
