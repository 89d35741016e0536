//! What somebody can do with a resource, so that nobody gives it away without noticing.

use std::{collections::BTreeSet, fmt};

use super::Team;
use crate::{
    storage::{ListKey, ObjectKey, StorageError},
    workflow::{Resource, Scope, access},
};

/// One thing that somebody can do with a resource.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Power {
    /// Approve and decline changes of others: in the reviewers group.
    Approve,
    /// Ask for review: in the editors group.
    Ask,
    /// Write everything in the bucket of the source.
    ChangeBucket,
    /// Say who is in the editors group.
    ChangeEditors,
    /// See its records.
    Read,
    /// Write its records, attributes and permissions.
    Write,
}

impl Power {
    /// As in "You could no longer …".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Approve => "approve changes",
            Self::Ask => "ask for review",
            Self::ChangeBucket => "change the whole bucket",
            Self::ChangeEditors => "say who the editors are",
            Self::Read => "see the records",
            Self::Write => "edit the collection",
        }
    }
}

/// Whether somebody knows that a change takes powers from themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Consent {
    /// They were told, and want it.
    Given,
    /// They were not told.
    NotAsked,
}

/// Whoever does this can do less afterwards. Nothing was changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct LosesPowers {
    /// What they could no longer do; never empty.
    pub lost: BTreeSet<Power>,
}

impl fmt::Display for LosesPowers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("you could no longer ")?;
        for (place, power) in self.lost.iter().enumerate() {
            let last = place + 1 == self.lost.len();
            f.write_str(match (place, last) {
                (0, _) => "",
                (_, true) => " and ",
                (_, false) => ", ",
            })?;
            f.write_str(power.words())?;
        }
        Ok(())
    }
}

/// What the actor can do with a resource.
pub fn powers(scope: &mut Scope<'_>, resource: &Resource) -> Result<BTreeSet<Power>, StorageError> {
    let source = ObjectKey::Collection(resource.source.clone());
    let editors = Team::Editors.key(resource);
    let is_in = |key: Option<ObjectKey>, scope: &Scope<'_>| {
        key.is_some_and(|key| scope.actor.has_principal(&key.uri()))
    };
    let mut powers = BTreeSet::new();
    powers.extend(is_in(Team::Reviewers.key(resource), scope).then_some(Power::Approve));
    powers.extend(is_in(editors.clone(), scope).then_some(Power::Ask));
    if access::may_write(scope, &ObjectKey::Bucket(resource.source.bucket.clone()))? {
        powers.insert(Power::ChangeBucket);
    }
    if let Some(editors) = editors
        && access::may_write(scope, &editors)?
    {
        powers.insert(Power::ChangeEditors);
    }
    if access::may_read_below(scope, &ListKey::Records(resource.source.clone()))? {
        powers.insert(Power::Read);
    }
    if access::may_write(scope, &source)? {
        powers.insert(Power::Write);
    }
    Ok(powers)
}

/// Runs `verb`; without consent it is refused if it takes a power from the actor. Its `Err` must undo the transaction.
pub(super) fn keeping_powers<T, E: From<LosesPowers> + From<StorageError>>(
    scope: &mut Scope<'_>,
    resource: &Resource,
    consent: Consent,
    verb: impl FnOnce(&mut Scope<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let before = powers(scope, resource)?;
    let value = verb(scope)?;
    if consent == Consent::Given {
        return Ok(value);
    }
    // Groups were read when the transaction began; they may be others now.
    let actor = scope.actor.read_again(scope.tx)?;
    let after = scope.act_as(&actor, |scope| powers(scope, resource))?;
    let lost: BTreeSet<Power> = before.difference(&after).copied().collect();
    if lost.is_empty() { Ok(value) } else { Err(LosesPowers { lost }.into()) }
}
