//! Switches that turn: a truth value of a record that becomes the other one. Small in a diff, large for clients.

use super::Change;
use crate::{
    storage::StorageError,
    types::{Object, Value},
    workflow::{Scope, rows},
};

/// A member that turns to one value on some records.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Flip {
    /// The member of the records.
    pub member: String,
    /// Records, of all as they would be published, that have this value.
    pub now: u64,
    /// Records on which it turns.
    pub records: u64,
    /// To what.
    pub to: bool,
}

/// The switches that a change turns, without what other records have.
pub(super) fn of(scope: &mut Scope<'_>, change: &Change) -> Result<Vec<Flip>, StorageError> {
    let mut flips: Vec<Flip> = Vec::new();
    for entry in &change.entries {
        let (Some((before, _)), Some((after, _))) = (entry.before, entry.after) else { continue };
        let before = rows::members(&scope.tx.load_content(before)?)?;
        let after = rows::members(&scope.tx.load_content(after)?)?;
        for (member, value) in after.iter() {
            let (Value::Bool(to), Some(Value::Bool(from))) = (value, before.get(member)) else { continue };
            if to == from {
                continue;
            }
            let is_same = |flip: &&mut Flip| flip.member == member && flip.to == *to;
            if let Some(flip) = flips.iter_mut().find(is_same) {
                flip.records += 1;
            } else if flips.len() < MOST {
                flips.push(Flip { member: member.to_owned(), now: 0, records: 1, to: *to });
            }
        }
    }
    Ok(flips)
}

/// Counts one record as it would be published.
pub(super) fn count(flips: &mut [Flip], members: &Object) {
    for flip in flips {
        if members.get(&flip.member).and_then(Value::as_bool) == Some(flip.to) {
            flip.now += 1;
        }
    }
}

/// Switches that are told.
const MOST: usize = 5;
