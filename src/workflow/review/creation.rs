//! What comes with a source: groups, preview, destination, first publication (`remote-settings` §1.3, §2.3).
//!
//! What is published at creation is what was published before, or nothing: whatever the source holds is an edit that waits
//! for review.

use super::{
    Refusal, ReviewError, destination, edits,
    guard::{EDITORS, REVIEWERS, is_administrator},
    source::{self, Mark, Status},
    take_over,
};
use crate::{
    storage::{ListKey, ObjectKey, PendingEdit, Permissions, Subject},
    types::{GroupId, Object, Value},
    workflow::{Actor, Resource, Scope, rows, setup, timestamps::Wanted},
};

/// Before a source is created: its creator may create its groups, by stored permissions or as administrator.
pub(super) fn check(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), ReviewError> {
    if scope.actor.is_plugin() || is_administrator(&scope.services.settings, scope.actor) {
        return Ok(());
    }
    let bucket = &resource.source.bucket;
    let permissions = scope.tx.find_permissions(&ObjectKey::Bucket(bucket.clone()).uri())?;
    let mut holders =
        ["group:create", "write"].into_iter().filter_map(|name| permissions.get(name)).flatten();
    if holders.any(|principal| scope.actor.has_principal(principal)) {
        Ok(())
    } else {
        Err(ReviewError::Forbidden(Refusal::GroupsNotAllowed { bucket: bucket.clone() }))
    }
}

/// After the row of a source was created by the actor.
pub(super) fn created(
    scope: &mut Scope<'_>,
    resource: &Resource,
    attributes: &Object,
) -> Result<(), ReviewError> {
    let user = source::user(scope);
    create_groups(scope, resource, Some(user))?;
    edits::revise(scope, &resource.source)?;
    take_over::publish_as_it_is(scope, resource)?;
    // The rows of an earlier life are gone; what is published and not here would be deleted by a publication.
    scope.tx.purge_pending(&resource.source)?;
    for write in destination::differences(scope, &resource.source, &resource.destination)? {
        let edit = PendingEdit { at: scope.now, subject: Subject::Record(write.id), user: user.to_owned() };
        scope.tx.put_pending(&resource.source, &edit)?;
    }
    edits::note_attributes(scope, resource, attributes)?;
    setup::note_set_up(scope, resource)?;
    finish(scope, resource, user)
}

/// Groups of a source: the editors with its creator if there is one, the reviewers without anybody. Existing ones stay as they are. Both may
/// write the source.
pub(super) fn create_groups(
    scope: &mut Scope<'_>,
    resource: &Resource,
    creator: Option<&str>,
) -> Result<(), ReviewError> {
    let bucket = &resource.source.bucket;
    let key = ObjectKey::Collection(resource.source.clone());
    let mut permissions = scope.tx.find_permissions(&key.uri())?;
    let writers = permissions.entry("write".to_owned()).or_default();
    let before = writers.len();
    let mut missing = Vec::new();
    for suffix in [EDITORS, REVIEWERS] {
        let name = format!("{}{suffix}", resource.source.collection);
        writers.insert(format!("{}/{name}", ListKey::Groups(bucket.clone()).uri()));
        // A collection's name can be so long that there is no room for its groups' names: then nobody is in them.
        let Ok(group) = GroupId::parse(&name) else { continue };
        let group = ObjectKey::Group(bucket.clone(), group);
        if scope.tx.find_object(&group)?.is_none() {
            missing.push((group, suffix));
        }
    }
    let has_grown = writers.len() > before;
    if has_grown {
        scope.tx.put_permissions(&key.uri(), &permissions)?;
    }
    for (group, suffix) in missing {
        let (members, permissions) = match creator.filter(|_| suffix == EDITORS) {
            Some(creator) => (
                vec![Value::from(creator)],
                Permissions::from([("write".to_owned(), [creator.to_owned()].into())]),
            ),
            None => (Vec::new(), Permissions::new()),
        };
        let mut attributes = Object::new();
        attributes.insert("members", members);
        scope.act_as(&Actor::plugin(), |scope| {
            rows::put_object(scope, &group, &attributes, &permissions, Wanted::NEW)
        })?;
    }
    Ok(())
}

/// The status of a source whose first publication was made: signed if it equals what is published, else in progress.
pub(super) fn finish(scope: &mut Scope<'_>, resource: &Resource, user: &str) -> Result<(), ReviewError> {
    let now = scope.now;
    let is_equal = scope.tx.count_pending(&resource.source)? == 0;
    if let Some(preview) = &resource.preview {
        let attributes = source::load(scope, &resource.source)?.unwrap_or_default();
        let shown = edits::published_attributes(scope, preview)?;
        let is_shown = source::differing_attribute(&shown, &attributes).is_none()
            && destination::differences(scope, &resource.source, preview)?.is_empty();
        if is_shown {
            edits::note_previewed(scope, &resource.source)?;
        } else {
            edits::forget_previewed(scope, &resource.source)?;
        }
    }
    source::write(scope, &resource.source, |attributes| {
        let status = if is_equal { Status::Signed } else { Status::WorkInProgress };
        attributes.insert(source::STATUS, status.as_str());
        if !is_equal {
            Mark::Edit.set(attributes, user, now);
        }
        Mark::Signature.set(attributes, user, now);
    })
}
