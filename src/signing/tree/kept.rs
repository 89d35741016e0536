//! A tree that is kept: a change of ten records costs what ten records cost, whatever the number of records.
//!
//! Its leaves are buckets of sorted records, hashed as one; only the nodes above are kept. That takes some 70 bytes a
//! record, and a value beside each for those who need one. A tree never changes: an update makes another one that shares what
//! is the same, so whoever verifies can look at the new root, keep the old tree, and drop the one that is wrong.

use std::{iter, slice, sync::Arc};

use super::{Hash, Key, Leaf, RepeatedKey, Side, node, refuse_repeated, root_of_sorted, root_or_empty};
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

/// A record and its value.
type Item<V> = (Key, (Leaf, V));

/// A bit, and the records on both sides of it.
type Halves<'a, V> = (u8, &'a [Item<V>], &'a [Item<V>]);

/// A record that is put or taken away.
type Change<V> = (Key, Option<(Leaf, V)>);

/// The hash over some records, and how to find them.
#[derive(Debug)]
enum Node<V> {
    Branch(Branch<V>),
    Bucket(Bucket<V>),
}

/// Two subtrees that differ in a bit.
#[derive(Debug)]
struct Branch<V> {
    bit: u8,
    hash: Hash,
    left: Arc<Node<V>>,
    right: Arc<Node<V>>,
}

/// Few records, sorted, at least one.
#[derive(Debug)]
struct Bucket<V> {
    hash: Hash,
    items: Box<[Item<V>]>,
}

impl<V> Branch<V> {
    fn child(&self, key: &Key) -> &Node<V> {
        match key.side(self.bit) {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }
}

impl<V> Node<V> {
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
                Self::Bucket(bucket) => return bucket.items.first().map(|item| item.0),
            }
        }
    }
}

impl<V: Clone> Node<V> {
    /// `None` for no records. Recursion ends after 256 levels, since each looks at a later bit.
    fn of_sorted(items: &[Item<V>]) -> Option<Arc<Self>> {
        if items.len() > BUCKET
            && let Some((bit, left, right)) = split(items)
        {
            return Some(Self::join(bit, Self::of_sorted(left)?, Self::of_sorted(right)?));
        }
        Some(Arc::new(Self::Bucket(Bucket { hash: hash_of(items)?, items: items.into() })))
    }
}

/// The records below a node, in the order of their keys.
fn items<V>(top: Option<&Node<V>>) -> impl Iterator<Item = &Item<V>> {
    let mut open: Vec<&Node<V>> = top.into_iter().collect();
    let mut bucket: slice::Iter<'_, Item<V>> = [].iter();
    iter::from_fn(move || {
        loop {
            if let Some(item) = bucket.next() {
                return Some(item);
            }
            match open.pop()? {
                Node::Branch(branch) => open.extend([&*branch.right, &*branch.left]),
                Node::Bucket(full) => bucket = full.items.iter(),
            }
        }
    })
}

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

fn hash_of<V>(items: &[Item<V>]) -> Option<Hash> {
    root_of_sorted(items.iter().map(|(key, (leaf, _))| (key, leaf)))
}

/// The subtree after `changes`, which are sorted; `count` follows.
fn update<V: Clone>(
    top: Option<&Arc<Node<V>>>,
    changes: &[Change<V>],
    count: &mut usize,
) -> Option<Arc<Node<V>>> {
    let Some(top) = top else { return created(changes, count) };
    if changes.is_empty() {
        return Some(Arc::clone(top));
    }
    match &**top {
        Node::Branch(branch) => update_branch(top, branch, changes, count),
        Node::Bucket(bucket) => {
            let pairs = merged(&bucket.items, changes);
            *count = *count + pairs.len() - bucket.items.len();
            Node::of_sorted(&pairs)
        }
    }
}

fn update_branch<V: Clone>(
    top: &Arc<Node<V>>,
    branch: &Branch<V>,
    changes: &[Change<V>],
    count: &mut usize,
) -> Option<Arc<Node<V>>> {
    // Keys that leave the common path above this node: sorted changes have the earliest to leave at an end.
    let inside = top.some_key()?;
    let leaves_at = |change: Option<&Change<V>>| change.and_then(|(key, _)| inside.first_difference(key));
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
fn created<V: Clone>(changes: &[Change<V>], count: &mut usize) -> Option<Arc<Node<V>>> {
    let pairs = merged(&[], changes);
    *count += pairs.len();
    Node::of_sorted(&pairs)
}

/// Two subtrees as one: a node has two children or is not there, and two small buckets become one.
fn join_some<V: Clone>(
    bit: u8,
    left: Option<Arc<Node<V>>>,
    right: Option<Arc<Node<V>>>,
) -> Option<Arc<Node<V>>> {
    let (left, right) = match (left, right) {
        (Some(left), Some(right)) => (left, right),
        (left, right) => return left.or(right),
    };
    if let (Node::Bucket(left), Node::Bucket(right)) = (&*left, &*right)
        && left.items.len() + right.items.len() <= BUCKET / 2
    {
        let hash = node(bit, &left.hash, &right.hash);
        let items = [&*left.items, &*right.items].concat().into_boxed_slice();
        return Some(Arc::new(Node::Bucket(Bucket { hash, items })));
    }
    Some(Node::join(bit, left, right))
}

/// Two sorted lists as one.
fn merged<V: Clone>(pairs: &[Item<V>], changes: &[Change<V>]) -> Vec<Item<V>> {
    let mut all = Vec::with_capacity(pairs.len() + changes.len());
    let mut rest = pairs;
    for (key, leaf) in changes {
        let (before, from) = rest.split_at(rest.partition_point(|pair| pair.0 < *key));
        all.extend_from_slice(before);
        rest = match from.split_first() {
            Some((same, after)) if same.0 == *key => after,
            _ => from,
        };
        all.extend(leaf.clone().map(|leaf| (*key, leaf)));
    }
    all.extend_from_slice(rest);
    all
}

/// Sorted pairs on both sides of the first bit in which they differ; `None` if there are fewer than two.
fn split<V>(pairs: &[Item<V>]) -> Option<Halves<'_, V>> {
    let bit = pairs.first()?.0.first_difference(&pairs.last()?.0)?;
    let (left, right) = pairs.split_at(pairs.partition_point(|pair| pair.0.side(bit) == Side::Left));
    Some((bit, left, right))
}

/// Sorted changes on both sides of a bit; they agree in the bits before.
fn split_changes<V>(changes: &[Change<V>], bit: u8) -> (&[Change<V>], &[Change<V>]) {
    changes.split_at(changes.partition_point(|change| change.0.side(bit) == Side::Left))
}

/// Most records of a bucket: more make an update slower, fewer a tree larger.
const BUCKET: usize = 64;
