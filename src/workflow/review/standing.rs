//! How the actor stands to a change: whether they may approve it, and if not, why (design §6).

use super::{
    ReviewError, WroteAttributes, edits,
    guard::{EDITORS, REVIEWERS},
    source::{self, Mark},
};
use crate::{
    storage::{ListKey, Subject},
    types::{CollectionPath, Object, RecordId},
    workflow::{Resource, Review, Scope},
};

/// Whether the actor may approve the change of a source, as far as it is about the actor.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// They wrote part of it.
    HasEdits {
        /// Whether they wrote attributes.
        attributes: WroteAttributes,
        /// The records they wrote, sorted.
        records: Vec<RecordId>,
    },
    /// Not in the group of reviewers.
    NotReviewer,
    /// They asked for this review.
    Requester,
    /// They may. Also everybody where review is off.
    Reviewer,
}

/// How the actor stands to the change of a source.
pub fn standing(scope: &mut Scope<'_>, resource: &Resource) -> Result<Standing, ReviewError> {
    if scope.services.settings.review.of(&resource.source) == Review::Off {
        return Ok(Standing::Reviewer);
    }
    if !is_in_group(scope, resource, REVIEWERS) {
        return Ok(Standing::NotReviewer);
    }
    let attributes = source::load(scope, &resource.source)?.unwrap_or_default();
    standing_of_reviewer(scope, resource, &attributes)
}

/// How a reviewer stands to the change of a source that has these attributes.
pub(super) fn standing_of_reviewer(
    scope: &mut Scope<'_>,
    resource: &Resource,
    attributes: &Object,
) -> Result<Standing, ReviewError> {
    let user = source::user(scope);
    if source::text(attributes, Mark::ReviewRequest.by()) == user {
        return Ok(Standing::Requester);
    }
    // Most have none, and a large change need not be read to know it.
    if !scope.tx.list_users_with_edits(&resource.source)?.iter().any(|edits| edits.user == user) {
        return Ok(Standing::Reviewer);
    }
    let mut wrote = WroteAttributes::No;
    let mut records = Vec::new();
    for subject in edits::of_user(scope, resource, user)? {
        match subject {
            Subject::Attributes => wrote = WroteAttributes::Yes,
            Subject::Record(id) => records.push(id),
        }
    }
    if wrote == WroteAttributes::No && records.is_empty() {
        Ok(Standing::Reviewer)
    } else {
        Ok(Standing::HasEdits { attributes: wrote, records })
    }
}

/// Whether the actor may ask for review: in the group of editors. Everybody where review is off.
pub fn may_ask(scope: &Scope<'_>, resource: &Resource) -> bool {
    scope.services.settings.review.of(&resource.source) == Review::Off
        || is_in_group(scope, resource, EDITORS)
}

/// Whether the actor's principals hold the source's group with this suffix, in the bucket of the source.
pub(super) fn is_in_group(scope: &Scope<'_>, resource: &Resource, suffix: &str) -> bool {
    let CollectionPath { bucket, collection } = &resource.source;
    let groups = ListKey::Groups(bucket.clone()).uri();
    scope.actor.has_principal(&format!("{groups}/{collection}{suffix}"))
}
