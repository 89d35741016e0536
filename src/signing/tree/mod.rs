//! The record tree: a hash over a set of records whose shape depends on their ids alone (`statement` §2).
//!
//! [`root`] hashes a whole set once. [`Tree`] keeps it, so that a change costs what changed. [`Proof`] shows somebody who
//! holds nothing but a root that a record is in the set, or that an id is not.

mod kept;
mod proof;

pub use kept::{Difference, Tree};
pub use proof::{Proof, ProofError, Standing};

use crate::types::{Sha256Digest, hex};

/// Where a record stands in the tree: SHA-256 of its id.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of the record with this id.
    pub fn of(id: &str) -> Self {
        Self(*Sha256Digest::of(id.as_bytes()).as_bytes())
    }

    /// From the 32 bytes themselves.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// On which side of a node that splits at `bit` the key is. Bit 0 is the highest of the first byte.
    fn side(&self, bit: u8) -> Side {
        let byte = self.0.get(usize::from(bit / 8)).copied().unwrap_or_default();
        if byte & (0x80 >> (bit % 8)) == 0 { Side::Left } else { Side::Right }
    }

    /// The first bit in which two keys differ; `None` if they are the same.
    fn first_difference(&self, other: &Self) -> Option<u8> {
        let (index, difference) = (0_u8..)
            .zip(self.0.iter().zip(other.0).map(|(a, b)| a ^ b))
            .find(|(_, difference)| *difference != 0)?;
        u8::try_from(difference.leading_zeros()).ok().map(|zeros| index * 8 + zeros)
    }
}

/// A record in the tree: its key and its digest, hashed together.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Leaf([u8; 32]);

impl Leaf {
    /// The leaf of a record; `digest` is SHA-256 of its canonical bytes, `last_modified` included.
    pub fn of(key: &Key, digest: &Sha256Digest) -> Self {
        Self(*Sha256Digest::of_parts(&[&[0], &key.0, digest.as_bytes()]).as_bytes())
    }

    /// From the 32 bytes themselves.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The root over a whole set, which is sorted on the way; O(n) hashes, and no memory beside the pairs.
pub fn root(pairs: &mut [(Key, Leaf)]) -> Result<Sha256Digest, RepeatedKey> {
    pairs.sort_unstable_by_key(|pair| pair.0);
    refuse_repeated(pairs)?;
    Ok(root_or_empty(root_of_sorted(pairs.iter().map(|(key, leaf)| (key, leaf)))))
}

/// Two records with one key: one id comes twice.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("two records have the key {}", hex(.0.as_bytes()))]
pub struct RepeatedKey(pub Key);

/// Which child of a node.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Side {
    /// The bit is 0.
    Left,
    /// The bit is 1.
    Right,
}

/// A leaf or node as its parent hashes it.
type Hash = [u8; 32];

/// `H(0x01 ‖ bit ‖ left ‖ right)`.
fn node(bit: u8, left: &Hash, right: &Hash) -> Hash {
    *Sha256Digest::of_parts(&[&[1, bit], left, right]).as_bytes()
}

/// The root over pairs sorted by unique keys; `None` for none.
///
/// Walks once: what is open is a stack of left halves whose bits go up, so it holds at most 256.
fn root_of_sorted<'a>(pairs: impl IntoIterator<Item = (&'a Key, &'a Leaf)>) -> Option<Hash> {
    let mut pairs = pairs.into_iter();
    let first = pairs.next()?;
    let mut open: Vec<(u8, Hash)> = Vec::new();
    let mut last_key = *first.0;
    let mut current = first.1.0;
    for (key, leaf) in pairs {
        let bit = last_key.first_difference(key)?;
        while let Some((closed, left)) = open.pop_if(|(open_bit, _)| *open_bit > bit) {
            current = node(closed, &left, &current);
        }
        open.push((bit, current));
        last_key = *key;
        current = leaf.0;
    }
    Some(open.into_iter().rev().fold(current, |right, (bit, left)| node(bit, &left, &right)))
}

/// What a set hashes to, the empty one included.
fn root_or_empty(root: Option<Hash>) -> Sha256Digest {
    root.map_or_else(|| Sha256Digest::of(b""), Sha256Digest::from_bytes)
}

/// `sorted` may hold each key once.
fn refuse_repeated<T>(sorted: &[(Key, T)]) -> Result<(), RepeatedKey> {
    let repeated = sorted.windows(2).find_map(|pair| match pair {
        [(a, _), (b, _)] if a == b => Some(*a),
        _ => None,
    });
    repeated.map_or(Ok(()), |key| Err(RepeatedKey(key)))
}

#[cfg(test)]
mod tests;
