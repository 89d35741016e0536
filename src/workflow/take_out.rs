//! Taking an edit out of a change: one record goes back to what is published, whatever was done to it.

use super::{RecordKey, Scope, WriteError, access::MayPut, records, review, rows, timestamps::Wanted};
use crate::storage::Permissions;

/// What became of the record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TakenOut {
    /// It is what is published already.
    Nothing,
    /// It was never published: it is deleted.
    Removed,
    /// It is what is published again.
    Restored,
}

/// Puts a record of a source back to what is published. The collection's schema is not asked: what is published was approved.
///
/// It is a write like any other: everybody's edits of this record leave the change, and an open request is overtaken.
pub fn take_out(scope: &mut Scope<'_>, permit: &MayPut<RecordKey>) -> Result<TakenOut, WriteError> {
    let key = permit.key();
    let held = records::find(scope, key)?;
    if let Some(held) = &held {
        records::met_write(scope, key, held, permit.conditions(), permit.existing())?;
    }
    let published = match scope.services.settings.resources.of_source(&key.path) {
        Some(resource) => rows::find_live(scope, &resource.destination, &key.id)?,
        None => held.clone(),
    };
    match (held, published) {
        (None, None) => Ok(TakenOut::Nothing),
        (Some(held), Some(published)) if held.equality == published.equality => Ok(TakenOut::Nothing),
        (Some(held), None) => records::remove(scope, key, &held, None).map(|_| TakenOut::Removed),
        (held, Some(published)) => {
            let permissions = if held.is_some() {
                scope.tx.find_permissions(&key.uri())?
            } else {
                records::take_room(scope, &key.path)?;
                Permissions::new()
            };
            let wanted = Wanted { current: held.as_ref().map(|held| held.last_modified), asked: None };
            let stored =
                rows::put_record(scope, &key.path, &key.id, published.content, &permissions, wanted)?;
            review::record_written(scope, &key.path, &key.id, held.as_ref(), Some(&stored))?;
            Ok(TakenOut::Restored)
        }
    }
}
