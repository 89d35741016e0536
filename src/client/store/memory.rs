//! A state that lives as long as the program.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Commit, Evidence, Generation, Identity, Loaded, Store, StoreError, StoredState};
use crate::client::Snapshot;

/// Keeps states in memory, without a copy of the records. A clone is the same store: clients can share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    evidence: Vec<Evidence>,
    states: HashMap<Identity, (Generation, Snapshot)>,
}

impl MemoryStore {
    /// Without any state.
    pub fn new() -> Self {
        Self::default()
    }

    /// The pairs of contradicting statements that clients have met.
    pub fn evidence(&self) -> Vec<Evidence> {
        self.with(|kept| kept.evidence.clone())
    }

    /// A panic elsewhere leaves the last good state, since a step is one assignment.
    fn with<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for MemoryStore {
    fn load(&mut self, identity: &Identity) -> Result<Loaded, StoreError> {
        let found = self.with(|kept| kept.states.get(identity).cloned());
        Ok(match found {
            None => Loaded { generation: Generation::default(), state: StoredState::Absent },
            Some((generation, snapshot)) => Loaded { generation, state: StoredState::Snapshot(snapshot) },
        })
    }

    fn commit(
        &mut self,
        identity: &Identity,
        expected: Generation,
        step: &Commit<'_>,
    ) -> Result<Generation, StoreError> {
        self.with(|kept| {
            let current = kept.states.get(identity).map(|state| state.0).unwrap_or_default();
            if current != expected {
                return Err(StoreError::Moved);
            }
            kept.states.insert(identity.clone(), (expected.next(), step.snapshot.clone()));
            Ok(expected.next())
        })
    }

    fn keep_evidence(&mut self, _: &Identity, evidence: &Evidence) -> Result<(), StoreError> {
        self.with(|kept| {
            if !kept.evidence.contains(evidence) {
                kept.evidence.push(evidence.clone());
            }
        });
        Ok(())
    }
}
