//! What is done with records that somebody picked in a table.

use crate::{
    storage::{Entry, StorageError, StoredRecord},
    types::{RecordId, Timestamp},
    workflow::{
        Preconditions, RecordKey, Resource, Scope, Tag, WriteError,
        access::{self, AccessError},
        records, take_out,
    },
};

/// A record as it was picked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selected {
    /// When it was last written, or removed.
    pub at: Timestamp,
    /// The record.
    pub id: RecordId,
}

/// What is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SelectionAct {
    /// Those that were removed come back as they are published.
    BringBack,
    /// Those that are there are deleted.
    Delete,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Done {
    /// Records that were written or deleted.
    pub done: u64,
    /// Of the deleted ones, those that are not published: nothing is left of them.
    pub gone: u64,
    /// Records that the act does not fit, left as they are.
    pub unfit: u64,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// Some may not be written by the actor.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Some were written since they were picked.
    #[error("{} of the records were changed meanwhile", ids.len())]
    Changed {
        /// These.
        ids: Vec<RecordId>,
    },
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// One of them could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Does it with all of them, or with none: one that was written since it was picked stops all.
pub fn act(
    scope: &mut Scope<'_>,
    resource: &Resource,
    act: SelectionAct,
    selected: &[Selected],
) -> Result<Done, SelectionError> {
    let changed = changed(scope, resource, selected)?;
    if !changed.is_empty() {
        return Err(SelectionError::Changed { ids: changed });
    }
    let mut done = Done::default();
    for picked in selected {
        let key = RecordKey { id: picked.id.clone(), path: resource.source.clone() };
        let published = published(scope, resource, &picked.id)?;
        match (act, records::find(scope, &key)?.is_some(), published) {
            (SelectionAct::Delete, true, published) => {
                delete(scope, &key, picked.at)?;
                done.done += 1;
                done.gone += u64::from(published.is_none());
            }
            (SelectionAct::BringBack, false, Some(_)) => {
                bring_back(scope, &key)?;
                done.done += 1;
            }
            (SelectionAct::Delete, false, _) | (SelectionAct::BringBack, _, _) => done.unfit += 1,
        }
    }
    Ok(done)
}

fn delete(scope: &mut Scope<'_>, key: &RecordKey, at: Timestamp) -> Result<(), SelectionError> {
    let permit = access::delete_record(scope, &key.path, Ok(key.id.clone()))?;
    let conditions = Preconditions { if_match: Some(Tag::At(at)), if_none_match: None };
    records::delete(scope, &permit, None, &conditions)?;
    Ok(())
}

fn bring_back(scope: &mut Scope<'_>, key: &RecordKey) -> Result<(), SelectionError> {
    let conditions = Preconditions { if_match: None, if_none_match: Some(Tag::Any) };
    let permit = access::put_record(scope, &key.path, Ok(key.id.clone()), &conditions)?;
    take_out::take_out(scope, &permit)?;
    Ok(())
}

/// Those that are not any more as they were picked.
fn changed(
    scope: &mut Scope<'_>,
    resource: &Resource,
    selected: &[Selected],
) -> Result<Vec<RecordId>, StorageError> {
    let mut changed = Vec::new();
    for picked in selected {
        let at = match scope.tx.find_record(&resource.source, &picked.id)? {
            Some(Entry::Live(stored)) => Some(stored.last_modified),
            Some(Entry::Deleted(at)) => Some(at),
            None => None,
        };
        if at != Some(picked.at) {
            changed.push(picked.id.clone());
        }
    }
    Ok(changed)
}

fn published(
    scope: &mut Scope<'_>,
    resource: &Resource,
    id: &RecordId,
) -> Result<Option<StoredRecord>, StorageError> {
    Ok(match scope.tx.find_record(&resource.destination, id)? {
        Some(Entry::Live(stored)) => Some(stored),
        Some(Entry::Deleted(_)) | None => None,
    })
}
