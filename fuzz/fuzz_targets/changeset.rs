//! Any bytes as the answer of a service, and a good answer with some of its bytes exchanged.

#![no_main]

use std::sync::LazyLock;

use countersign::{
    client::verify_file,
    signing::{SignerName, Verifier},
    types::{CollectionPath, Sha256Digest, Timestamp},
};
use libfuzzer_sys::fuzz_target;

const GOOD: &[u8] = include_bytes!("../../fixtures/signed/good/changeset.json");
const CHAIN: &[u8] = include_bytes!("../../fixtures/signed/good/chain.pem");
const CASE: &str = include_str!("../../fixtures/signed/good/case.json");

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let case: serde_json::Value = serde_json::from_str(CASE).unwrap();
    let root = Sha256Digest::parse(case["root"].as_str().unwrap()).unwrap();
    Verifier::new(root, SignerName::parse("settings.example.test").unwrap())
});
static GOOD_ROOT: LazyLock<Sha256Digest> = LazyLock::new(|| root_of(GOOD.to_vec()).unwrap());

fn root_of(body: Vec<u8>) -> Option<Sha256Digest> {
    let path = CollectionPath::parse("main/demo").unwrap();
    let now = Timestamp::from_millis(1_795_500_000_000).unwrap();
    verify_file(&VERIFIER, Some(&path), body, CHAIN, now).outcome.ok().map(|snapshot| snapshot.root())
}

fuzz_target!(|input: (Vec<u8>, Vec<(u16, u8)>)| {
    let (body, changes) = input;
    assert_eq!(root_of(body), None);
    let mut changed = GOOD.to_vec();
    for (index, byte) in changes {
        let index = usize::from(index) % changed.len();
        changed[index] = byte;
    }
    // Refused, or the same records.
    assert!(root_of(changed).is_none_or(|root| root == *GOOD_ROOT));
});
