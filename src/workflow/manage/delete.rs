//! Deleting a whole collection (`remote-settings` §2.8): nobody does it by accident, nor what clients hold alone.

use crate::{
    storage::{ObjectKey, StorageError},
    workflow::{
        Preconditions, Resource, Scope, WriteError,
        access::{self, AccessError},
        objects,
        review::{Refusal, ReviewError},
    },
};

/// What a deletion would take, and whether it can be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deletion {
    /// Whether the actor may delete the source.
    pub is_allowed: bool,
    /// Records that clients hold. Above 0 it is refused for everybody.
    pub published: u64,
    /// Records of the source, which go.
    pub records: u64,
}

/// Why a collection is still there.
#[derive(Debug, thiserror::Error)]
pub enum DeletionError {
    /// Who asked may not.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// What was typed is not its name.
    #[error("what was typed is not the collection's name")]
    NameDiffers,
    /// Clients hold records of it: it is emptied through review first.
    #[error("records are published")]
    Published,
    /// As every write.
    #[error(transparent)]
    Write(WriteError),
}

impl From<StorageError> for DeletionError {
    fn from(error: StorageError) -> Self {
        Self::Write(error.into())
    }
}

/// What a deletion would do now.
pub fn deletion(scope: &mut Scope<'_>, resource: &Resource) -> Result<Deletion, StorageError> {
    let key = ObjectKey::Collection(resource.source.clone());
    Ok(Deletion {
        is_allowed: access::may_delete(scope, &key)?,
        published: scope.tx.count_records(&resource.destination)?,
        records: scope.tx.count_records(&resource.source)?,
    })
}

/// Deletes the source with its records and groups; preview and destination become empty and are signed. `typed` has to be the
/// name of the destination's collection.
pub fn delete(scope: &mut Scope<'_>, resource: &Resource, typed: &str) -> Result<(), DeletionError> {
    let key = ObjectKey::Collection(resource.source.clone());
    let permit = access::delete_object(scope, &key.list(), Ok(key))?;
    if typed.trim() != resource.destination.collection.as_str() {
        return Err(DeletionError::NameDiffers);
    }
    match objects::delete(scope, &permit, None, &Preconditions::default()) {
        Ok(_) => Ok(()),
        Err(WriteError::Review(ReviewError::Forbidden(Refusal::HasPublishedRecords))) => {
            Err(DeletionError::Published)
        }
        Err(error) => Err(DeletionError::Write(error)),
    }
}
