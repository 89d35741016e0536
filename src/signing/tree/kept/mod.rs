//! A tree that is kept: a change of ten records costs what ten records cost, whatever the number of records.
//!
//! Its leaves are buckets of sorted records, hashed as one; only the nodes above are kept. That takes some 70 bytes a
//! record, and a value beside each for those who need one. A tree never changes: an update makes another one that shares what
//! is the same, so whoever verifies can look at the new root, keep the old tree, and drop the one that is wrong.

mod nodes;

use std::sync::Arc;

use self::nodes::{Item, Node, hash_of, items, split, update};
use super::{Hash, Key, Leaf, RepeatedKey, Side, refuse_repeated, root_or_empty};
use crate::types::Sha256Digest;

/// The record tree of one state of a collection. Cheap to clone.
///
/// Beside each record may be a value, which no hash covers: where its bytes are, say.
#[derive(Clone, Debug)]
pub struct Tree<V = ()> {
    top: Option<Arc<Node<V>>>,
    count: usize,
}

impl Tree {
    /// The tree over these records, given in any order.
    pub fn new(pairs: Vec<(Key, Leaf)>) -> Result<Self, RepeatedKey> {
        let mut items: Vec<Item<()>> = pairs.into_iter().map(|(key, leaf)| (key, (leaf, ()))).collect();
        items.sort_unstable_by_key(|item| item.0);
        refuse_repeated(&items)?;
        Ok(Self { top: Node::of_sorted(&items), count: items.len() })
    }

    /// This tree after changes, given in any order: `Some` puts a record, `None` takes it away if it is there.
    pub fn updated(&self, changes: Vec<(Key, Option<Leaf>)>) -> Result<Self, RepeatedKey> {
        let changes = changes.into_iter().map(|(key, leaf)| (key, leaf.map(|leaf| (leaf, ()))));
        self.updated_with(changes.collect())
    }
}

impl<V: Clone> Tree<V> {
    /// This tree after changes, given in any order: `Some` puts a record with its value, `None` takes it away if it is
    /// there.
    pub fn updated_with(&self, mut changes: Vec<(Key, Option<(Leaf, V)>)>) -> Result<Self, RepeatedKey> {
        changes.sort_unstable_by_key(|change| change.0);
        refuse_repeated(&changes)?;
        let mut count = self.count;
        let top = update(self.top.as_ref(), &changes, &mut count);
        Ok(Self { top, count })
    }
}

impl<V> Tree<V> {
    /// The root.
    pub fn root(&self) -> Sha256Digest {
        root_or_empty(self.top.as_ref().map(|top| *top.hash()))
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The leaf of a record.
    pub fn leaf(&self, key: &Key) -> Option<Leaf> {
        self.find(key).map(|(leaf, _)| *leaf)
    }

    /// The leaf and the value of a record.
    pub fn find(&self, key: &Key) -> Option<&(Leaf, V)> {
        let mut at = self.top.as_deref()?;
        let bucket = loop {
            match at {
                Node::Branch(branch) => at = branch.child(key),
                Node::Bucket(bucket) => break bucket,
            }
        };
        let index = bucket.items.binary_search_by_key(key, |item| item.0).ok()?;
        bucket.items.get(index).map(|item| &item.1)
    }

    /// All records in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &(Key, (Leaf, V))> {
        items(self.top.as_deref())
    }

    /// What this tree has that `before` had otherwise, in the order of the keys. Costs what is different, as long as the one
    /// was made from the other.
    pub fn differences<'a>(&'a self, before: &'a Self) -> Vec<Difference<'a, V>> {
        let mut found = Vec::new();
        differences(before.top.as_ref(), self.top.as_ref(), &mut found);
        found
    }

    /// Where a search for `key` ends; `None` if the tree is empty.
    pub(super) fn search(&self, key: &Key) -> Option<Found> {
        let mut path = Vec::new();
        let mut at = self.top.as_deref()?;
        let mut items = loop {
            match at {
                Node::Branch(branch) => {
                    let (next, sibling) = match key.side(branch.bit) {
                        Side::Left => (&branch.left, &branch.right),
                        Side::Right => (&branch.right, &branch.left),
                    };
                    path.push((branch.bit, *sibling.hash()));
                    at = next;
                }
                Node::Bucket(bucket) => break &*bucket.items,
            }
        };
        while let Some((bit, left, right)) = split(items) {
            let (next, sibling) = match key.side(bit) {
                Side::Left => (left, right),
                Side::Right => (right, left),
            };
            path.push((bit, hash_of(sibling)?));
            items = next;
        }
        path.reverse();
        items.first().map(|(key, (leaf, _))| Found { key: *key, leaf: *leaf, path })
    }
}

impl<V> Default for Tree<V> {
    fn default() -> Self {
        Self { top: None, count: 0 }
    }
}

impl<V> Eq for Tree<V> {}

impl<V> PartialEq for Tree<V> {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.root() == other.root()
    }
}

/// How a record of one tree stands in another; with its values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Difference<'a, V> {
    /// It was not there before.
    Created(&'a V),
    /// It is there no more.
    Deleted(&'a V),
    /// It was another before.
    Updated {
        /// Its value now.
        after: &'a V,
        /// Its value before.
        before: &'a V,
    },
}

/// Where a search ends.
#[derive(Debug)]
pub(super) struct Found {
    /// The key that is there.
    pub(super) key: Key,
    /// Its leaf.
    pub(super) leaf: Leaf,
    /// From the leaf to the root: bits and siblings.
    pub(super) path: Vec<(u8, Hash)>,
}

/// Adds what `after` has otherwise than `before`.
fn differences<'a, V>(
    before: Option<&'a Arc<Node<V>>>,
    after: Option<&'a Arc<Node<V>>>,
    found: &mut Vec<Difference<'a, V>>,
) {
    if let (Some(before), Some(after)) = (before, after) {
        if before.hash() == after.hash() {
            return;
        }
        // A key stands on the same side of a bit in both, so each side can be looked at by itself.
        if let (Node::Branch(before), Node::Branch(after)) = (&**before, &**after)
            && before.bit == after.bit
        {
            differences(Some(&before.left), Some(&after.left), found);
            differences(Some(&before.right), Some(&after.right), found);
            return;
        }
    }
    let mut old = items(before.map(|node| &**node)).peekable();
    let mut new = items(after.map(|node| &**node)).peekable();
    loop {
        let old_key = old.peek().map(|item| item.0);
        let new_key = new.peek().map(|item| item.0);
        let is_old = old_key.is_some_and(|old| new_key.is_none_or(|new| old <= new));
        let is_new = new_key.is_some_and(|new| old_key.is_none_or(|old| new <= old));
        match (old.next_if(|_| is_old), new.next_if(|_| is_new)) {
            (None, None) => return,
            (None, Some((_, (_, after)))) => found.push(Difference::Created(after)),
            (Some((_, (_, before))), None) => found.push(Difference::Deleted(before)),
            (Some((_, (old_leaf, before))), Some((_, (new_leaf, after)))) => {
                if old_leaf != new_leaf {
                    found.push(Difference::Updated { after, before });
                }
            }
        }
    }
}
