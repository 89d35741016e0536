//! Deleting a source (`remote-settings` §2.8, design §6): refused while it has published records, so that nobody empties
//! alone what clients hold.

use super::{
    Refusal, ReviewError, destination, edits,
    guard::Denied,
    publish::{self, Plan},
};
use crate::{
    storage::{PublicationKind, RequestEndKind},
    types::CollectionPath,
    workflow::{Resource, Role, Scope},
};

/// Before a collection is deleted by the actor.
pub(super) fn deleting(scope: &mut Scope<'_>, path: &CollectionPath) -> Result<(), ReviewError> {
    match scope.services.settings.resources.role(path) {
        Some(Role::Destination(_) | Role::Preview(_)) => Err(Denied::Forbidden.into()),
        Some(Role::Source(resource)) if scope.tx.count_records(&resource.destination)? > 0 => {
            Err(ReviewError::Forbidden(Refusal::HasPublishedRecords))
        }
        Some(Role::Source(_)) | None => Ok(()),
    }
}

/// After a source was deleted: what was published from it is emptied and signed, its edits are forgotten.
pub(super) fn deleted(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), ReviewError> {
    for path in resource.published() {
        if scope.tx.latest_publication(path)?.is_none() {
            continue;
        }
        let writes = destination::deletions(scope, path)?;
        publish::publish(scope, path, Plan { writes, ..Plan::unchanged(PublicationKind::Emptied) })?;
    }
    scope.tx.purge_pending(&resource.source)?;
    edits::end_request(scope, resource, RequestEndKind::Overtaken, "")?;
    edits::revise(scope, &resource.source)
}
