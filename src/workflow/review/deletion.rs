//! Deleting a source (`remote-settings` §2.8, design §6): refused while it has published records, so that nobody empties
//! alone what clients hold.

use super::{
    Refusal, ReviewError, destination, edits,
    guard::{Denied, EDITORS, REVIEWERS},
    publish::{self, Plan},
};
use crate::{
    storage::{ObjectKey, PublicationKind, RequestEndKind},
    types::{BucketId, CollectionPath, GroupId},
    workflow::{Actor, Resource, Role, Scope, rows, timestamps::Wanted},
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

/// Before a bucket is deleted by the actor: as if each of its collections were.
pub(super) fn deleting_bucket(scope: &mut Scope<'_>, bucket: &BucketId) -> Result<(), ReviewError> {
    for path in rows::collections_in(scope, bucket)? {
        deleting(scope, &path)?;
    }
    Ok(())
}

/// After a source was deleted: its groups go, what was published from it is emptied and signed, its edits are forgotten.
pub(super) fn deleted(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), ReviewError> {
    let (bucket, collection) = (&resource.source.bucket, &resource.source.collection);
    for suffix in [EDITORS, REVIEWERS] {
        let Ok(group) = GroupId::parse(&format!("{collection}{suffix}")) else { continue };
        let key = ObjectKey::Group(bucket.clone(), group);
        if let Some(stored) = scope.tx.find_object(&key)? {
            let wanted = Wanted::after(stored.last_modified);
            scope.act_as(&Actor::plugin(), |scope| rows::delete_object(scope, &key, wanted))?;
        }
    }
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
