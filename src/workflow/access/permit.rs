//! The proofs. Their parts are seen by access alone: nothing else makes one.

use crate::{
    types::{AccountName, CollectionPath, RecordId},
    workflow::{Preconditions, rows},
};

/// A record in its collection.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RecordKey {
    /// The record.
    pub id: RecordId,
    /// Its collection.
    pub path: CollectionPath,
}

impl RecordKey {
    /// The URI without `/v1`.
    pub fn uri(&self) -> String {
        rows::record_uri(&self.path, &self.id)
    }
}

/// May see it, or be told that it is not there.
#[derive(Debug)]
pub struct MayRead<K>(pub(super) K);

/// May change it, or be told that it is not there.
#[derive(Debug)]
pub struct MayWrite<K>(pub(super) K);

/// May delete it, or be told that it is not there.
#[derive(Debug)]
pub struct MayDelete<K>(pub(super) K);

/// May put it under these preconditions: create it if it is not there, replace it if it is.
///
/// The preconditions are in the permit, since another permission is asked for where they only create.
#[derive(Debug)]
pub struct MayPut<K> {
    pub(super) conditions: Preconditions,
    pub(super) existing: Existing,
    pub(super) key: K,
}

/// May create something in the list, under that id or one that the server makes.
#[derive(Debug)]
pub struct MayCreate<L, I> {
    pub(super) list: L,
    pub(super) id: Option<I>,
}

/// What a POST may do.
#[derive(Debug)]
pub enum MayPost<L, I> {
    /// Create.
    Create(MayCreate<L, I>),
    /// See what has that id already.
    Existing(MayRead<I>),
}

/// May see the list, or the part of it that is shared with the actor.
#[derive(Debug)]
pub struct MayList<L> {
    pub(super) list: L,
    pub(super) part: Part,
}

/// May delete what is in the list, or the part of it that the actor may write.
#[derive(Debug)]
pub struct MayClear<L> {
    pub(super) list: L,
    pub(super) part: Part,
}

/// Whether who may put it may see what is there now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Existing {
    /// A precondition that fails does not show it.
    Hidden,
    /// A precondition that fails shows it.
    Shown,
}

/// May do with every account what administrators do.
#[derive(Debug)]
pub struct MayAdminister(pub(super) ());

/// May do with one account what its owner does: see it, name it, end its sessions.
#[derive(Debug)]
pub struct MayKeep(pub(super) AccountName);

impl MayKeep {
    /// Which account.
    pub fn account(&self) -> &AccountName {
        &self.0
    }
}

/// How much of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Part {
    /// All of it, tombstones included.
    All,
    /// What has these URIs (sorted); no tombstones.
    Only(Vec<String>),
}

impl<K> MayRead<K> {
    /// What may be read.
    pub fn key(&self) -> &K {
        &self.0
    }
}

impl<K> MayWrite<K> {
    /// What may be written.
    pub fn key(&self) -> &K {
        &self.0
    }
}

impl<K> MayDelete<K> {
    /// What may be deleted.
    pub fn key(&self) -> &K {
        &self.0
    }
}

impl<K> MayPut<K> {
    /// What may be put.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Under which preconditions.
    pub fn conditions(&self) -> &Preconditions {
        &self.conditions
    }

    /// Whether a failed precondition shows what is there.
    pub fn existing(&self) -> Existing {
        self.existing
    }
}

impl<L, I> MayCreate<L, I> {
    /// Where.
    pub fn list(&self) -> &L {
        &self.list
    }

    /// Under which id; `None` if the server makes one.
    pub fn id(&self) -> Option<&I> {
        self.id.as_ref()
    }
}

impl<L> MayList<L> {
    /// Which list.
    pub fn list(&self) -> &L {
        &self.list
    }

    /// How much of it.
    pub fn part(&self) -> &Part {
        &self.part
    }
}

impl<L> MayClear<L> {
    /// Which list.
    pub fn list(&self) -> &L {
        &self.list
    }

    /// How much of it.
    pub fn part(&self) -> &Part {
        &self.part
    }
}
