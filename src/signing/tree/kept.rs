//! A tree that is kept: a change of ten records costs what ten records cost, whatever the number of records.
//!
//! Its leaves are buckets of sorted pairs, hashed as one; only the nodes above are kept. That takes some 70 bytes a
//! record. A tree never changes: an update makes another one that shares what is the same, so whoever verifies can
//! look at the new root, keep the old tree, and drop the one that is wrong.

use std::sync::Arc;

use super::{Hash, Key, Leaf, Pair, RepeatedKey, Side, node, refuse_repeated, root_of_sorted, root_or_empty};
use crate::types::Sha256Digest;

/// The record tree of one state of a collection. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    top: Option<Arc<Node>>,
    count: usize,
}

impl Tree {
    /// The tree over these records, given in any order.
    pub fn new(mut pairs: Vec<(Key, Leaf)>) -> Result<Self, RepeatedKey> {
        pairs.sort_unstable_by_key(|pair| pair.0);
        refuse_repeated(&pairs)?;
        Ok(Self { top: Node::of_sorted(&pairs), count: pairs.len() })
    }

    /// This tree after changes, given in any order: `Some` puts a record, `None` takes it away if it is there.
    pub fn updated(&self, mut changes: Vec<(Key, Option<Leaf>)>) -> Result<Self, RepeatedKey> {
        changes.sort_unstable_by_key(|change| change.0);
        refuse_repeated(&changes)?;
        let mut count = self.count;
        let top = update(self.top.as_ref(), &changes, &mut count);
        Ok(Self { top, count })
    }

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
        let found = self.search(key)?;
        (found.key == *key).then_some(found.leaf)
    }

    /// Where a search for `key` ends; `None` if the tree is empty.
    pub(super) fn search(&self, key: &Key) -> Option<Found> {
        let mut path = Vec::new();
        let mut at = self.top.as_deref()?;
        let mut pairs = loop {
            match at {
                Node::Branch(branch) => {
                    let (next, sibling) = match key.side(branch.bit) {
                        Side::Left => (&branch.left, &branch.right),
                        Side::Right => (&branch.right, &branch.left),
                    };
                    path.push((branch.bit, *sibling.hash()));
                    at = next;
                }
                Node::Bucket(bucket) => break &*bucket.pairs,
            }
        };
        while let Some((bit, left, right)) = split(pairs) {
            let (next, sibling) = match key.side(bit) {
                Side::Left => (left, right),
                Side::Right => (right, left),
            };
            path.push((bit, root_of_sorted(sibling)?));
            pairs = next;
        }
        path.reverse();
        pairs.first().map(|(key, leaf)| Found { key: *key, leaf: *leaf, path })
    }
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

impl Eq for Tree {}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.count == other.count && self.root() == other.root()
    }
}

/// A record that is put or taken away.
type Change = (Key, Option<Leaf>);

/// The hash over some records, and how to find them.
#[derive(Debug)]
enum Node {
    Branch(Branch),
    Bucket(Bucket),
}

/// Two subtrees that differ in a bit.
#[derive(Debug)]
struct Branch {
    bit: u8,
    hash: Hash,
    left: Arc<Node>,
    right: Arc<Node>,
}

/// Few records, sorted, at least one.
#[derive(Debug)]
struct Bucket {
    hash: Hash,
    pairs: Box<[Pair]>,
}

impl Node {
    /// `None` for no pairs. Recursion ends after 256 levels, since each looks at a later bit.
    fn of_sorted(pairs: &[Pair]) -> Option<Arc<Self>> {
        if pairs.len() > BUCKET
            && let Some((bit, left, right)) = split(pairs)
        {
            return Some(Self::join(bit, Self::of_sorted(left)?, Self::of_sorted(right)?));
        }
        Some(Arc::new(Self::Bucket(Bucket { hash: root_of_sorted(pairs)?, pairs: pairs.into() })))
    }

    fn join(bit: u8, left: Arc<Self>, right: Arc<Self>) -> Arc<Self> {
        let hash = node(bit, left.hash(), right.hash());
        Arc::new(Self::Branch(Branch { bit, hash, left, right }))
    }

    fn hash(&self) -> &Hash {
        match self {
            Self::Branch(branch) => &branch.hash,
            Self::Bucket(bucket) => &bucket.hash,
        }
    }

    /// Any key below: those of a subtree agree up to its bit.
    fn some_key(&self) -> Option<Key> {
        let mut at = self;
        loop {
            match at {
                Self::Branch(branch) => at = &branch.left,
                Self::Bucket(bucket) => return bucket.pairs.first().map(|pair| pair.0),
            }
        }
    }
}

/// The subtree after `changes`, which are sorted; `count` follows.
fn update(top: Option<&Arc<Node>>, changes: &[Change], count: &mut usize) -> Option<Arc<Node>> {
    let Some(top) = top else { return created(changes, count) };
    if changes.is_empty() {
        return Some(Arc::clone(top));
    }
    match &**top {
        Node::Branch(branch) => update_branch(top, branch, changes, count),
        Node::Bucket(bucket) => {
            let pairs = merged(&bucket.pairs, changes);
            *count = *count + pairs.len() - bucket.pairs.len();
            Node::of_sorted(&pairs)
        }
    }
}

fn update_branch(
    top: &Arc<Node>,
    branch: &Branch,
    changes: &[Change],
    count: &mut usize,
) -> Option<Arc<Node>> {
    // Keys that leave the common path above this node: sorted changes have the earliest to leave at an end.
    let inside = top.some_key()?;
    let leaves_at = |change: Option<&Change>| change.and_then(|(key, _)| inside.first_difference(key));
    let earliest = [changes.first(), changes.last()].into_iter().filter_map(leaves_at).min();
    if let Some(bit) = earliest.filter(|bit| *bit < branch.bit) {
        let (left, right) = split_changes(changes, bit);
        return match inside.side(bit) {
            Side::Left => join_some(bit, update(Some(top), left, count), created(right, count)),
            Side::Right => join_some(bit, created(left, count), update(Some(top), right, count)),
        };
    }
    let (left, right) = split_changes(changes, branch.bit);
    join_some(branch.bit, update(Some(&branch.left), left, count), update(Some(&branch.right), right, count))
}

/// The subtree of new records alone; what is taken away was not there.
fn created(changes: &[Change], count: &mut usize) -> Option<Arc<Node>> {
    let pairs = merged(&[], changes);
    *count += pairs.len();
    Node::of_sorted(&pairs)
}

/// Two subtrees as one: a node has two children or is not there, and two small buckets become one.
fn join_some(bit: u8, left: Option<Arc<Node>>, right: Option<Arc<Node>>) -> Option<Arc<Node>> {
    let (left, right) = match (left, right) {
        (Some(left), Some(right)) => (left, right),
        (left, right) => return left.or(right),
    };
    if let (Node::Bucket(left), Node::Bucket(right)) = (&*left, &*right)
        && left.pairs.len() + right.pairs.len() <= BUCKET / 2
    {
        let hash = node(bit, &left.hash, &right.hash);
        let pairs = [&*left.pairs, &*right.pairs].concat().into_boxed_slice();
        return Some(Arc::new(Node::Bucket(Bucket { hash, pairs })));
    }
    Some(Node::join(bit, left, right))
}

/// Two sorted lists as one.
fn merged(pairs: &[Pair], changes: &[Change]) -> Vec<Pair> {
    let mut all = Vec::with_capacity(pairs.len() + changes.len());
    let mut rest = pairs;
    for (key, leaf) in changes {
        let (before, from) = rest.split_at(rest.partition_point(|pair| pair.0 < *key));
        all.extend_from_slice(before);
        rest = match from.split_first() {
            Some((same, after)) if same.0 == *key => after,
            _ => from,
        };
        all.extend(leaf.map(|leaf| (*key, leaf)));
    }
    all.extend_from_slice(rest);
    all
}

/// Sorted pairs on both sides of the first bit in which they differ; `None` if there are fewer than two.
fn split(pairs: &[Pair]) -> Option<(u8, &[Pair], &[Pair])> {
    let bit = pairs.first()?.0.first_difference(&pairs.last()?.0)?;
    let (left, right) = pairs.split_at(pairs.partition_point(|pair| pair.0.side(bit) == Side::Left));
    Some((bit, left, right))
}

/// Sorted changes on both sides of a bit; they agree in the bits before.
fn split_changes(changes: &[Change], bit: u8) -> (&[Change], &[Change]) {
    changes.split_at(changes.partition_point(|change| change.0.side(bit) == Side::Left))
}

/// Most records of a bucket: more make an update slower, fewer a tree larger.
const BUCKET: usize = 64;
