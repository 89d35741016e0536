//! What pages ask of a change again and again, in memory while it is current.

use std::sync::{Mutex, PoisonError};

use super::edits;
use crate::{
    storage::{ObjectKey, StorageError, Tally},
    types::{CollectionPath, Timestamp},
    workflow::{Resource, Scope},
};

/// Something about the change of each of the sources that were asked for lately.
#[derive(Debug)]
pub(super) struct Kept<T>(Mutex<Vec<(CollectionPath, Stamp, T)>>);

/// What a change depends on: it is the same while these are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stamp {
    collection: Timestamp,
    revision: u64,
    version: u64,
}

impl Stamp {
    /// Of a source as it is; `None` where there is none.
    pub(super) fn of(scope: &mut Scope<'_>, resource: &Resource) -> Result<Option<Self>, StorageError> {
        let source = &resource.source;
        let Some(stored) = scope.tx.find_object(&ObjectKey::Collection(source.clone()))? else {
            return Ok(None);
        };
        let latest = scope.tx.latest_publication(&resource.destination)?;
        Ok(Some(Self {
            collection: stored.last_modified,
            revision: edits::revision(scope, source)?,
            version: latest.map_or(0, |latest| latest.version),
        }))
    }
}

impl<T: Clone> Kept<T> {
    /// What is known, if it is current.
    pub(super) fn find(&self, source: &CollectionPath, stamp: Stamp) -> Option<T> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().find(|(own, known, _)| own == source && *known == stamp);
        found.map(|(_, _, value)| value.clone())
    }

    /// Keeps it in place of what was known; `None` forgets.
    pub(super) fn keep(&self, source: &CollectionPath, stamp: Stamp, value: Option<T>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(own, _, _)| own != source);
        if let Some(value) = value {
            all.insert(0, (source.clone(), stamp, value));
            all.truncate(MOST_SOURCES);
        }
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

/// How many records the change of a source creates, updates and deletes. For reads alone: what a write has not committed is no
/// one's to keep.
pub fn tally(scope: &mut Scope<'_>, resource: &Resource) -> Result<Tally, StorageError> {
    let Some(stamp) = Stamp::of(scope, resource)? else { return Ok(Tally::default()) };
    let tallies = &scope.services.changes.tallies;
    if let Some(tally) = tallies.find(&resource.source, stamp) {
        return Ok(tally);
    }
    let tally = scope.tx.tally_pending(&resource.source, &resource.destination)?;
    tallies.keep(&resource.source, stamp, Some(tally));
    Ok(tally)
}

/// A reading of ten thousand records has a few megabytes.
const MOST_SOURCES: usize = 16;
