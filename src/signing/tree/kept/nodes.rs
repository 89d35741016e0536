//! What a kept tree is made of, and how a change makes new nodes beside those that stay.

use std::{iter, slice, sync::Arc};

use super::super::{Hash, Key, Leaf, Side, node, root_of_sorted};

/// A record and its value.
pub(super) type Item<V> = (Key, (Leaf, V));

/// A bit, and the records on both sides of it.
pub(super) type Halves<'a, V> = (u8, &'a [Item<V>], &'a [Item<V>]);

/// A record that is put or taken away.
pub(super) type Change<V> = (Key, Option<(Leaf, V)>);

/// The hash over some records, and how to find them.
#[derive(Debug)]
pub(super) enum Node<V> {
    Branch(Branch<V>),
    Bucket(Bucket<V>),
}

/// Two subtrees that differ in a bit.
#[derive(Debug)]
pub(super) struct Branch<V> {
    pub(super) bit: u8,
    hash: Hash,
    pub(super) left: Arc<Node<V>>,
    pub(super) right: Arc<Node<V>>,
}

/// Few records, sorted, at least one.
#[derive(Debug)]
pub(super) struct Bucket<V> {
    hash: Hash,
    pub(super) items: Box<[Item<V>]>,
}

impl<V> Branch<V> {
    pub(super) fn child(&self, key: &Key) -> &Node<V> {
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

    pub(super) fn hash(&self) -> &Hash {
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
    pub(super) fn of_sorted(items: &[Item<V>]) -> Option<Arc<Self>> {
        if items.len() > BUCKET
            && let Some((bit, left, right)) = split(items)
        {
            return Some(Self::join(bit, Self::of_sorted(left)?, Self::of_sorted(right)?));
        }
        Some(Arc::new(Self::Bucket(Bucket { hash: hash_of(items)?, items: items.into() })))
    }
}

/// The records below a node, in the order of their keys.
pub(super) fn items<V>(top: Option<&Node<V>>) -> impl Iterator<Item = &Item<V>> {
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

pub(super) fn hash_of<V>(items: &[Item<V>]) -> Option<Hash> {
    root_of_sorted(items.iter().map(|(key, (leaf, _))| (key, leaf)))
}

/// The subtree after `changes`, which are sorted; `count` follows.
pub(super) fn update<V: Clone>(
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
pub(super) fn split<V>(pairs: &[Item<V>]) -> Option<Halves<'_, V>> {
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
