//! The record tree: a hash over a set of records whose shape depends on their ids alone (`statement` §2).

use crate::types::Sha256Digest;

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
