//! Signatures, chains, keys: what the verifier takes and refuses, and what the service's own keys make.

mod authority;
mod chains;
mod key_folder;
mod other_tools;
mod signer;
mod vectors;
mod verifier;

use countersign::{
    canonical,
    signing::{Issuer, Key, Leaf, Publication, Records, RecordsError, Root, SignedRecord, SignerName},
    types::{CollectionPath, Content, JsonLimits, Nul, SeededRandom, Timestamp, Value},
};

/// 2026-11-24T06:00:00Z
const NOW: u64 = 1_795_500_000_000;
const DAY: u64 = 86_400_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

fn signer_name() -> SignerName {
    SignerName::parse("settings.example.test").unwrap()
}

/// A root and an intermediate for [`signer_name`], made at `NOW`.
fn authority(seed: u64) -> (Root, Issuer) {
    let random = SeededRandom::new(seed);
    let root = Root::generate(&signer_name(), at(NOW), &random).unwrap();
    let issuer = root.make_intermediate(&signer_name(), at(NOW), &random).unwrap();
    (root, issuer)
}

/// Records with their time, in the order in which they are shown.
struct Shelf(Vec<(String, Content, Timestamp)>);

impl Shelf {
    fn of(records: &[(&str, u64)]) -> Self {
        let entry = |(json, last_modified): &(&str, u64)| {
            let value = Value::parse(json.as_bytes(), JsonLimits { depth: 8, nul: Nul::Refused }).unwrap();
            let object = value.as_object().unwrap();
            let id = object.get("id").and_then(Value::as_text).unwrap().to_owned();
            (id, canonical::content(object).unwrap(), at(*last_modified))
        };
        Self(records.iter().map(entry).collect())
    }

    fn two() -> Self {
        Self::of(&[(r#"{"id":"a","title":"café"}"#, NOW - 2), (r#"{"id":"b","n":7}"#, NOW - 1)])
    }
}

impl Records for Shelf {
    fn visit(&mut self, visitor: &mut dyn FnMut(SignedRecord<'_>)) -> Result<(), RecordsError> {
        for (id, content, last_modified) in &self.0 {
            let record = content.at(*last_modified);
            let key = Key::of(id);
            visitor(SignedRecord { id, key, leaf: Leaf::of(&key, &record.digest()), record });
        }
        Ok(())
    }
}

/// The first publication of `main/demo`.
fn publication() -> Publication {
    Publication {
        floor_version: 0,
        issued: at(NOW),
        path: CollectionPath::parse("main/demo").unwrap(),
        previous: None,
        timestamp: at(NOW - 1),
    }
}
