//! What a schema can cost: before it is taken, and on one record before it is run.
//!
//! The validating library follows every combination, on the stack. Two parts that each ask two others twice make four; forty
//! in a row would never end. So combinations are counted first, by dynamic programming, which costs each pair of a part and a
//! value once.

use std::{cell::Cell, collections::HashMap};

use serde_json::Value;

use super::{
    SchemaError,
    graph::{Node, Step},
};

/// The parts of a schema that was taken.
#[derive(Debug)]
pub(super) struct Costs {
    /// The most that one value can cost, where no part leads back to itself.
    bound: Option<u64>,
    nodes: Vec<Node>,
}

impl Costs {
    /// Takes a schema whose parts end on every value.
    pub(super) fn of(nodes: Vec<Node>) -> Result<Self, SchemaError> {
        let mut chains = Chains { nodes: &nodes, seen: vec![Seen::Not; nodes.len()] };
        for index in 0..nodes.len() {
            chains.from(index, 0)?;
        }
        let bound = bound(&nodes);
        Ok(Self { bound, nodes })
    }

    /// Whether a record may be checked: within what a check may cost, and what the stack holds.
    pub(super) fn allow(&self, record: &Value) -> bool {
        if let Some(bound) = self.bound
            && bound.saturating_mul(size(record)) <= CHEAP
        {
            return true;
        }
        let mut count = Count { known: HashMap::new(), nodes: &self.nodes };
        count.of(0, record, 0).is_some_and(|cost| cost <= DEAREST)
    }
}

/// How many values a value has, itself included.
fn size(value: &Value) -> u64 {
    let within: u64 = match value {
        Value::Array(list) => list.iter().map(size).sum(),
        Value::Object(map) => map.values().map(size).sum(),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => 0,
    };
    within + 1
}

/// How often parts are asked about one value at most, all ways counted; `None` where a part leads back to itself, or the
/// longest way is too long for the stack.
fn bound(nodes: &[Node]) -> Option<u64> {
    let followers = |node: &Node| -> Vec<usize> {
        node.here.iter().copied().chain(node.below.iter().map(|(_, index)| *index)).collect()
    };
    let mut incoming = vec![0_usize; nodes.len()];
    for index in nodes.iter().flat_map(followers) {
        *incoming.get_mut(index)? += 1;
    }
    let mut ways = vec![0_u64; nodes.len()];
    *ways.first_mut()? = 1;
    let mut longest = vec![1_usize; nodes.len()];
    let mut ready: Vec<usize> =
        incoming.iter().enumerate().filter(|(_, count)| **count == 0).map(|(index, _)| index).collect();
    let (mut done, mut total) = (0, 0_u64);
    while let Some(index) = ready.pop() {
        done += 1;
        let node = nodes.get(index)?;
        let (own_ways, own_length) = (*ways.get(index)?, *longest.get(index)?);
        if own_length > LONGEST_WAY {
            return None;
        }
        total = total.saturating_add(own_ways.saturating_mul(node.weight));
        let factor = if node.repeats { REPEATS } else { 1 };
        for follower in followers(node) {
            let (ways, length) = (ways.get_mut(follower)?, longest.get_mut(follower)?);
            *ways = ways.saturating_add(own_ways.saturating_mul(factor));
            *length = (*length).max(own_length + 1);
            let left = incoming.get_mut(follower)?;
            *left -= 1;
            if *left == 0 {
                ready.push(follower);
            }
        }
    }
    (done == nodes.len()).then_some(total)
}

/// Ways that stay on one value: they must end, and soon.
struct Chains<'a> {
    nodes: &'a [Node],
    seen: Vec<Seen>,
}

#[derive(Clone, Copy)]
enum Seen {
    /// Its longest way is known.
    Done {
        cost: u64,
        length: usize,
    },
    Not,
    /// A way through it is being followed.
    Open,
}

impl Chains<'_> {
    fn from(&mut self, index: usize, depth: usize) -> Result<(u64, usize), SchemaError> {
        let Some(node) = self.nodes.get(index) else { return Ok((0, 0)) };
        match self.seen.get(index) {
            Some(Seen::Done { cost, length }) => return Ok((*cost, *length)),
            Some(Seen::Open) => return Err(SchemaError::Endless { pointer: node.pointer.clone() }),
            Some(Seen::Not) | None => {}
        }
        if depth > LONGEST_CHAIN {
            return Err(SchemaError::Deep);
        }
        self.mark(index, Seen::Open);
        let (mut within, mut longest) = (0_u64, 0);
        for follower in &node.here {
            let (cost, length) = self.from(*follower, depth + 1)?;
            within = within.saturating_add(cost);
            longest = longest.max(length);
        }
        let factor = if node.repeats { REPEATS } else { 1 };
        let (cost, length) = (node.weight.saturating_add(within.saturating_mul(factor)), longest + 1);
        if length > LONGEST_CHAIN {
            return Err(SchemaError::Deep);
        }
        if cost > DEAREST_PART {
            return Err(SchemaError::Costly);
        }
        self.mark(index, Seen::Done { cost, length });
        Ok((cost, length))
    }

    fn mark(&mut self, index: usize, seen: Seen) {
        if let Some(slot) = self.seen.get_mut(index) {
            *slot = seen;
        }
    }
}

/// The exact count on one record.
struct Count<'a> {
    known: HashMap<(usize, *const Value), u64>,
    nodes: &'a [Node],
}

impl Count<'_> {
    /// `None`: too deep for the stack, or too many pairs to count.
    fn of(&mut self, index: usize, value: &Value, depth: usize) -> Option<u64> {
        let pair = (index, std::ptr::from_ref(value));
        if let Some(cost) = self.known.get(&pair) {
            return Some(*cost);
        }
        if depth > LONGEST_WAY || self.known.len() > MOST_PAIRS {
            return None;
        }
        let node = self.nodes.get(index)?;
        let total = Cell::new(0_u64);
        let add = |cost: u64| total.set(total.get().saturating_add(cost));
        for follower in &node.here {
            add(self.of(*follower, value, depth + 1)?);
        }
        for (step, follower) in &node.below {
            match (step, value) {
                (Step::Items, Value::Array(items)) => {
                    for item in items {
                        add(self.of(*follower, item, depth + 1)?);
                    }
                }
                (Step::Member(name), Value::Object(members)) => {
                    if let Some(member) = members.get(name) {
                        add(self.of(*follower, member, depth + 1)?);
                    }
                }
                (Step::Members, Value::Object(members)) => {
                    for member in members.values() {
                        add(self.of(*follower, member, depth + 1)?);
                    }
                }
                (Step::Names, Value::Object(members)) => {
                    let each = self.of(*follower, &NO_VALUE, depth + 1)?;
                    add(each.saturating_mul(u64::try_from(members.len()).ok()?));
                }
                (Step::Others(names), Value::Object(members)) => {
                    for (name, member) in members {
                        if names.binary_search(name).is_err() {
                            add(self.of(*follower, member, depth + 1)?);
                        }
                    }
                }
                (Step::Items | Step::Member(_) | Step::Members | Step::Names | Step::Others(_), _) => {}
            }
        }
        let factor = if node.repeats { REPEATS } else { 1 };
        let cost = node.weight.saturating_add(total.get().saturating_mul(factor));
        self.known.insert(pair, cost);
        Some(cost)
    }
}

/// Looks at a value that need no exact count.
const CHEAP: u64 = 1_000_000;
/// Looks at values that one check may take: about a second.
const DEAREST: u64 = 10_000_000;
/// Looks at one value.
const DEAREST_PART: u64 = 100_000;
/// Parts in a row that are asked about the same value.
const LONGEST_CHAIN: usize = 64;
/// Parts in a row, from the record to the innermost value: each takes some of the stack.
const LONGEST_WAY: usize = 320;
/// Pairs of a part and a value that are counted.
const MOST_PAIRS: usize = 500_000;
/// How often parts are asked by one that looks at what is left.
const REPEATS: u64 = 3;
/// Stands for a name where only the cost counts.
static NO_VALUE: Value = Value::Null;
