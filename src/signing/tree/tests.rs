use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    canonical,
    types::{JsonLimits, Nul, Object, Value, hex},
};

const LIMITS: JsonLimits = JsonLimits { depth: 128, nul: Nul::Accepted };

type Set = BTreeMap<Key, Leaf>;

/// The tree as `statement` §2 puts it, word for word.
fn naive(set: &Set) -> Sha256Digest {
    fn of(set: &[(Key, Leaf)]) -> Vec<u8> {
        if let [(_, leaf)] = set {
            return leaf.as_bytes().to_vec();
        }
        let bit_of = |key: &Key, bit: usize| (key.as_bytes()[bit / 8] >> (7 - bit % 8)) & 1;
        let bit = (0..256)
            .find(|bit| set.iter().any(|(key, _)| bit_of(key, *bit) != bit_of(&set[0].0, *bit)))
            .unwrap();
        let (zeros, ones): (Vec<_>, Vec<_>) = set.iter().partition(|(key, _)| bit_of(key, bit) == 0);
        let message = [vec![1, u8::try_from(bit).unwrap()], of(&zeros), of(&ones)].concat();
        Sha256Digest::of(&message).as_bytes().to_vec()
    }
    if set.is_empty() {
        return Sha256Digest::of(b"");
    }
    let pairs: Vec<(Key, Leaf)> = set.iter().map(|(key, leaf)| (*key, *leaf)).collect();
    Sha256Digest::from_bytes(of(&pairs).try_into().unwrap())
}

fn vectors() -> Object {
    let text = include_bytes!("../../../fixtures/spec/statement-vectors.json");
    Value::parse(text, LIMITS).unwrap().as_object().unwrap().clone()
}

fn list<'a>(object: &'a Object, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_list).unwrap()
}

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_text).unwrap()
}

fn digest_of(record: &Object) -> Sha256Digest {
    Sha256Digest::of(&canonical::record(record).unwrap())
}

fn pair(record: &Object) -> (Key, Leaf) {
    let key = Key::of(text(record, "id"));
    (key, Leaf::of(&key, &digest_of(record)))
}

fn thousand(first_millis: u64) -> Vec<Object> {
    let record = |index: u64| {
        let mut record = Object::new();
        record.insert("id", format!("r-{index:04}"));
        record.insert("last_modified", first_millis + index);
        record.insert("value", format!("v{index}"));
        record
    };
    (0..1000).map(record).collect()
}

#[test]
fn every_vector_of_trees_is_met() {
    let vectors = vectors();
    let mut met = 0;
    for tree in list(&vectors, "trees") {
        let tree = tree.as_object().unwrap();
        let records: Vec<Object> = if tree.has("records") {
            list(tree, "records").iter().map(|record| record.as_object().unwrap().clone()).collect()
        } else if let Some(first) = tree.get("T").and_then(Value::as_integer) {
            thousand(u64::try_from(first).unwrap())
        } else {
            // Its records are not part of the vectors.
            assert!(text(tree, "note").contains("onecrl"));
            continue;
        };
        let mut pairs: Vec<(Key, Leaf)> = records.iter().map(pair).collect();
        let kept = Tree::new(pairs.clone()).unwrap();
        assert_eq!(root(&mut pairs).unwrap().to_hex(), text(tree, "root"), "{}", text(tree, "note"));
        assert_eq!(kept.root().to_hex(), text(tree, "root"));
        assert_eq!(Some(i128::try_from(kept.len()).unwrap()), tree.get("count").and_then(Value::as_integer));
        assert_eq!(naive(&pairs.into_iter().collect()).to_hex(), text(tree, "root"));
        if tree.has("leaves") {
            for (leaf, record) in list(tree, "leaves").iter().zip(&records) {
                let leaf = leaf.as_object().unwrap();
                let (key, hashed) = pair(record);
                assert_eq!(text(leaf, "id"), text(record, "id"));
                assert_eq!(text(leaf, "key"), hex(key.as_bytes()));
                assert_eq!(text(leaf, "digest"), digest_of(record).to_hex());
                assert_eq!(text(leaf, "leaf"), hex(hashed.as_bytes()));
                assert_eq!(kept.leaf(&key), Some(hashed));
            }
        }
        met += 1;
    }
    assert_eq!(met, 8);
}

#[test]
fn every_vector_of_updates_is_met() {
    let vectors = vectors();
    let mut tree = Tree::default();
    let updates = list(&vectors, "updates");
    assert_eq!(updates.len(), 6);
    for update in updates {
        let update = update.as_object().unwrap();
        let changes = list(update, "changes").iter().map(|record| {
            let record = record.as_object().unwrap();
            match record.get("deleted").and_then(Value::as_bool) {
                Some(true) => (Key::of(text(record, "id")), None),
                _ => (pair(record).0, Some(pair(record).1)),
            }
        });
        tree = tree.updated(changes.collect()).unwrap();
        assert_eq!(tree.root().to_hex(), text(update, "root"), "{}", text(update, "note"));
        assert_eq!(
            Some(i128::try_from(tree.len()).unwrap()),
            update.get("count").and_then(Value::as_integer)
        );
    }
}

#[test]
fn every_vector_of_proofs_is_met() {
    // The values are read from the text as it stands: a proof is judged from its bytes.
    let vectors = vectors();
    let proofs = list(&vectors, "proofs");
    assert_eq!(proofs.len(), 48);
    for vector in proofs {
        let vector = vector.as_object().unwrap();
        let root = Sha256Digest::parse(text(vector, "root")).unwrap();
        let bytes = canonical::to_bytes(vector.get("proof").unwrap());
        let verdict = match Proof::parse(&bytes).and_then(|proof| proof.verify(&root)) {
            Ok(Standing::Absent) => "absent",
            Ok(Standing::Included(digest)) => {
                let proof = vector.get("proof").and_then(Value::as_object).unwrap();
                assert_eq!(text(proof, "digest"), digest.to_hex());
                "included"
            }
            Err(_) => "refused",
        };
        assert_eq!(verdict, text(vector, "verdict"), "{:?}", vector.get("note"));
    }
}

#[test]
fn a_bad_proof_is_refused_for_what_is_wrong() {
    let key = "11".repeat(32);
    let step = |bit: &str| format!(r#"[{bit},"{}"]"#, "22".repeat(32));
    let proof = |path: String| format!(r#"{{"id":"a","key":"{key}","digest":"{key}","path":[{path}]}}"#);
    let error = |text: String| Proof::parse(text.as_bytes()).unwrap_err();
    assert_eq!(error(proof(step("256"))), ProofError::Bits);
    assert_eq!(error(proof(step("-1"))), ProofError::Bits);
    assert_eq!(error(proof(step("1E0"))), ProofError::Bits);
    assert_eq!(error(proof(format!("{},{}", step("3"), step("3")))), ProofError::Bits);
    assert_eq!(error(proof(format!("{},{}", step("3"), step("4")))), ProofError::Bits);
    assert_eq!(error(proof("[1]".into())), ProofError::Shape);
    assert_eq!(error("[]".into()), ProofError::Shape);
    assert_eq!(error("x".repeat(65_537)), ProofError::Size);
    assert!(matches!(error("[".repeat(10_000)), ProofError::Json(_)));
    let read = |path| Proof::parse(proof(path).as_bytes()).unwrap();
    let nowhere = Sha256Digest::of(b"nowhere");
    // SHA-256 of "a" begins with ca, the leaf's key with 11: they part at bit 0.
    assert_eq!(read(step("0")).verify(&nowhere), Err(ProofError::Elsewhere));
    assert_eq!(read(String::new()).verify(&nowhere), Err(ProofError::Root));
    let empty = Proof::parse(br#"{"id":"a","key":null,"digest":null,"path":[]}"#).unwrap();
    assert_eq!(empty.verify(&nowhere), Err(ProofError::Root));
    assert_eq!(empty.verify(&Sha256Digest::of(b"")), Ok(Standing::Absent));
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    let (key, leaf) = (Key::of("a"), Leaf::from_bytes([0; 32]));
    assert_eq!(root(&mut [(key, leaf), (Key::of("b"), leaf), (key, leaf)]), Err(RepeatedKey(key)));
    assert_eq!(Tree::new(vec![(key, leaf), (key, leaf)]), Err(RepeatedKey(key)));
    assert_eq!(Tree::default().updated(vec![(key, None), (key, Some(leaf))]), Err(RepeatedKey(key)));
}

/// Keys that share many bits, so that small sets meet every shape: the first and the last byte count.
fn a_key() -> impl Strategy<Value = Key> {
    (0_u8..24, 0_usize..32, any::<u8>()).prop_map(|(first, place, byte)| {
        let mut bytes = [0x55; 32];
        bytes[place] = byte;
        bytes[0] ^= first << 3;
        Key::from_bytes(bytes)
    })
}

fn a_leaf() -> impl Strategy<Value = Leaf> {
    any::<u8>().prop_map(|byte| Leaf::from_bytes([byte; 32]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn roots_are_those_of_the_naive_tree(set in proptest::collection::btree_map(a_key(), a_leaf(), 0..200)) {
        let mut pairs: Vec<(Key, Leaf)> = set.iter().map(|(key, leaf)| (*key, *leaf)).rev().collect();
        let tree = Tree::new(pairs.clone()).unwrap();
        prop_assert_eq!(root(&mut pairs).unwrap(), naive(&set));
        prop_assert_eq!(tree.root(), naive(&set));
        prop_assert_eq!(tree.len(), set.len());
    }

    #[test]
    fn an_updated_tree_is_the_tree_of_the_new_set(
        set in proptest::collection::btree_map(a_key(), a_leaf(), 0..300),
        updates in vec(proptest::collection::btree_map(a_key(), proptest::option::of(a_leaf()), 0..100), 1..5),
    ) {
        let mut set = set;
        let mut tree = Tree::new(set.clone().into_iter().collect()).unwrap();
        for changes in updates {
            let before = (tree.clone(), tree.root(), tree.len());
            let updated = tree.updated(changes.clone().into_iter().collect()).unwrap();
            for (key, leaf) in changes {
                match leaf {
                    Some(leaf) => set.insert(key, leaf),
                    None => set.remove(&key),
                };
            }
            prop_assert_eq!(updated.root(), naive(&set));
            prop_assert_eq!(updated.len(), set.len());
            prop_assert_eq!((before.0.root(), before.0.len()), (before.1, before.2));
            for (key, leaf) in &set {
                prop_assert_eq!(updated.leaf(key), Some(*leaf));
            }
            tree = updated;
        }
    }

    #[test]
    fn proofs_show_what_is_there_and_nothing_else(
        set in proptest::collection::btree_map("[a-z]{1,3}", "[a-z]{1,3}", 0..150),
        asked in vec("[a-z]{1,2}", 1..20),
        bent in any::<prop::sample::Index>(),
    ) {
        let digests: BTreeMap<Key, Sha256Digest> =
            set.iter().map(|(id, text)| (Key::of(id), Sha256Digest::of(text.as_bytes()))).collect();
        let leaves = digests.iter().map(|(key, digest)| (*key, Leaf::of(key, digest)));
        let tree = Tree::new(leaves.collect()).unwrap();
        for id in asked.iter().chain(set.keys()) {
            let proof = Proof::make(&tree, id, |key| digests.get(key).copied()).unwrap();
            let standing = match digests.get(&Key::of(id)) {
                Some(digest) => Standing::Included(*digest),
                None => Standing::Absent,
            };
            prop_assert_eq!(proof.verify(&tree.root()), Ok(standing));
            let text = proof.to_text();
            prop_assert_eq!(Proof::parse(text.as_bytes()), Ok(proof));
            // One hex digit of key, digest or a sibling bent.
            let mut pieces: Vec<String> = text.split('"').map(str::to_owned).collect();
            let hashes: Vec<&mut String> = pieces.iter_mut().filter(|piece| piece.len() == 64).collect();
            if !hashes.is_empty() {
                let index = bent.index(hashes.len() * 64);
                let hash = hashes.into_iter().nth(index / 64).unwrap();
                let digit = if hash.as_bytes()[index % 64] == b'0' { "1" } else { "0" };
                hash.replace_range(index % 64..=index % 64, digit);
                let bent = Proof::parse(pieces.join("\"").as_bytes()).and_then(|proof| proof.verify(&tree.root()));
                prop_assert!(bent.is_err());
            }
        }
    }
}

proptest! {
    #[test]
    fn differences_are_what_changed(
        before in vec((0_u16..600, 0_u8..3), 0..400),
        changes in vec((0_u16..600, proptest::option::of(0_u8..3)), 0..60),
    ) {
        let key = |id: u16| Key::of(&id.to_string());
        let leaf = |id: u16, value: u8| Leaf::of(&key(id), &Sha256Digest::of(&[value]));
        let before: BTreeMap<u16, u8> = before.into_iter().collect();
        let changes: BTreeMap<u16, Option<u8>> = changes.into_iter().collect();
        let mut after = before.clone();
        for (id, value) in &changes {
            match value {
                Some(value) => drop(after.insert(*id, *value)),
                None => drop(after.remove(id)),
            }
        }
        let put = |(id, value): (&u16, &u8)| (key(*id), Some((leaf(*id, *value), (*id, *value))));
        let old = Tree::default().updated_with(before.iter().map(put).collect()).unwrap();
        let changes = changes.into_iter().map(|(id, value)| {
            (key(id), value.map(|value| (leaf(id, value), (id, value))))
        });
        let new = old.updated_with(changes.collect()).unwrap();

        let mut kept: Vec<(u16, u8)> = new.iter().map(|(_, (_, value))| *value).collect();
        kept.sort_unstable();
        prop_assert_eq!(kept, after.iter().map(|(id, value)| (*id, *value)).collect::<Vec<_>>());
        let anew = Tree::default().updated_with(after.iter().map(put).collect()).unwrap();
        for new in [&new, &anew] {
            let mut found = BTreeMap::new();
            for difference in new.differences(&old) {
                let (id, pair) = match difference {
                    Difference::Created((id, value)) => (*id, (None, Some(*value))),
                    Difference::Deleted((id, value)) => (*id, (Some(*value), None)),
                    Difference::Updated { after, before } => (after.0, (Some(before.1), Some(after.1))),
                };
                prop_assert_eq!(found.insert(id, pair), None);
            }
            let expected: BTreeMap<u16, (Option<u8>, Option<u8>)> = (0..600)
                .map(|id| (id, (before.get(&id).copied(), after.get(&id).copied())))
                .filter(|(_, (before, after))| before != after)
                .collect();
            prop_assert_eq!(&found, &expected);
        }
        for id in 0..600 {
            let found = new.find(&key(id)).map(|(_, value)| *value);
            prop_assert_eq!(found, after.get(&id).map(|value| (id, *value)));
        }
    }
}
