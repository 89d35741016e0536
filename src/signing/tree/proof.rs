//! Proofs that a record is in the set behind a root, or that no record has an id (`statement` §2).

use super::{Hash, Key, Leaf, Side, Tree, node, root_or_empty};
use crate::{
    canonical,
    types::{JsonError, JsonLimits, Nul, Object, Sha256Digest, Value, hex},
};

/// What stands behind a root at an id: one path through the tree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proof {
    id: String,
    /// Key and digest of the record where a search for the id ends; `None` in the empty tree.
    end: Option<(Key, Sha256Digest)>,
    /// From the leaf to the root: bits, strictly decreasing, and siblings.
    path: Vec<(u8, Hash)>,
}

/// What a proof shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// No record has the id.
    Absent,
    /// The record with the id has this digest. Who holds the record compares.
    Included(Sha256Digest),
}

/// Why a text is no proof, or a proof shows nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProofError {
    /// A bit that is not below the one before it, or no integer from 0 to 255.
    #[error("the bits of the path do not decrease from 255 to 0")]
    Bits,
    /// The search for the id does not end at the leaf.
    #[error("a search for the id does not end at this leaf")]
    Elsewhere,
    /// Not JSON.
    #[error("no JSON: {0}")]
    Json(JsonError),
    /// It leads to another root.
    #[error("the path leads to another root")]
    Root,
    /// A member is missing or of another type.
    #[error("a member is missing or has another type")]
    Shape,
    /// Longer than a proof can be.
    #[error("the text is too long")]
    Size,
}

impl Proof {
    /// The proof of what `tree` holds at `id`. `digest` finds the digest of the record with the asked key: the tree keeps
    /// leaves only. `None` if it does not find it, or finds another record's.
    pub fn make(tree: &Tree, id: &str, digest: impl FnOnce(&Key) -> Option<Sha256Digest>) -> Option<Self> {
        let Some(found) = tree.search(&Key::of(id)) else {
            return Some(Self { id: id.to_owned(), end: None, path: Vec::new() });
        };
        let digest = digest(&found.key)?;
        let is_right = Leaf::of(&found.key, &digest) == found.leaf;
        is_right.then(|| Self { id: id.to_owned(), end: Some((found.key, digest)), path: found.path })
    }

    /// Reads a proof's JSON text. Members that are not known are ignored.
    pub fn parse(text: &[u8]) -> Result<Self, ProofError> {
        if text.len() > MAX_LENGTH {
            return Err(ProofError::Size);
        }
        let limits = JsonLimits { depth: MAX_DEPTH, nul: Nul::Accepted };
        let proof = Value::parse(text, limits).map_err(ProofError::Json)?;
        let proof = proof.as_object().ok_or(ProofError::Shape)?;
        let id = proof.get("id").and_then(Value::as_text).ok_or(ProofError::Shape)?.to_owned();
        let path = proof.get("path").and_then(Value::as_list).ok_or(ProofError::Shape)?;
        let path: Vec<(u8, Hash)> = path.iter().map(parse_step).collect::<Result<_, _>>()?;
        if !path.is_sorted_by(|(before, _), (after, _)| before > after) {
            return Err(ProofError::Bits);
        }
        let end = match (proof.get("key"), proof.get("digest")) {
            (Some(Value::Null), Some(Value::Null)) if path.is_empty() => None,
            (Some(Value::Text(key)), Some(Value::Text(digest))) => {
                Some((Key(*parse_hex(key)?.as_bytes()), parse_hex(digest)?))
            }
            _ => return Err(ProofError::Shape),
        };
        Ok(Self { id, end, path })
    }

    /// The id that it is about.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it shows to somebody who trusts `root`.
    pub fn verify(&self, root: &Sha256Digest) -> Result<Standing, ProofError> {
        let asked = Key::of(&self.id);
        let Some((key, digest)) = self.end else {
            return if *root == root_or_empty(None) { Ok(Standing::Absent) } else { Err(ProofError::Root) };
        };
        let mut hash = *Leaf::of(&key, &digest).as_bytes();
        for (bit, sibling) in &self.path {
            if asked.side(*bit) != key.side(*bit) {
                return Err(ProofError::Elsewhere);
            }
            hash = match key.side(*bit) {
                Side::Left => node(*bit, &hash, sibling),
                Side::Right => node(*bit, sibling, &hash),
            };
        }
        if *root != Sha256Digest::from_bytes(hash) {
            return Err(ProofError::Root);
        }
        Ok(if asked == key { Standing::Included(digest) } else { Standing::Absent })
    }

    /// Its JSON text.
    pub fn to_text(&self) -> String {
        let (key, digest) = match &self.end {
            Some((key, digest)) => (Value::Text(hex(key.as_bytes())), Value::Text(digest.to_hex())),
            None => (Value::Null, Value::Null),
        };
        let step = |(bit, sibling): &(u8, Hash)| {
            Value::List(vec![Value::from(u64::from(*bit)), Value::Text(hex(sibling))])
        };
        let mut proof = Object::new();
        proof.insert("id", self.id.as_str());
        proof.insert("key", key);
        proof.insert("digest", digest);
        proof.insert("path", self.path.iter().map(step).collect::<Vec<_>>());
        canonical::object_to_text(&proof)
    }
}

fn parse_step(step: &Value) -> Result<(u8, Hash), ProofError> {
    let Some([bit, sibling]) = step.as_list() else { return Err(ProofError::Shape) };
    let bit = bit.as_integer().and_then(|bit| u8::try_from(bit).ok()).ok_or(ProofError::Bits)?;
    let sibling = sibling.as_text().ok_or(ProofError::Shape)?;
    Ok((bit, *parse_hex(sibling)?.as_bytes()))
}

fn parse_hex(text: &str) -> Result<Sha256Digest, ProofError> {
    Sha256Digest::parse(text).map_err(|_| ProofError::Shape)
}

/// Nesting of a proof's text, members that are not known included.
const MAX_DEPTH: usize = 64;
/// Bytes of a proof's text: 256 steps of 75 bytes, an id, and room.
const MAX_LENGTH: usize = 65_536;
