//! Publishing a change (`remote-settings` §2.5). Whether the actor may is decided before ([`super::machine`]).

use super::{
    ReviewError, change, destination, edits,
    publish::{self, Attributes, Plan},
    source::{self, Mark, Status},
};
use crate::{
    storage::{PublicationKind, PublicationReview, RequestEndKind},
    types::Object,
    workflow::{Resource, Scope},
};

/// `to-sign`: what differs goes to the destination; a preview that is equal already is left alone.
pub(super) fn publish_change(
    scope: &mut Scope<'_>,
    resource: &Resource,
    after: &Object,
    reviewer_comment: &str,
) -> Result<(), ReviewError> {
    let (user, now) = (source::user(scope), scope.now);
    let change = change::of(scope, resource, after)?;
    let digest = change.digest()?;
    let review = PublicationReview {
        edited: change.edited,
        reviewer_comment: reviewer_comment.to_owned(),
        ..review(scope, resource, after, user)?
    };
    let plan = |writes| Plan {
        attributes: Attributes::Replace(change.attributes_after.clone()),
        change_digest: Some(digest),
        editors: change.editors.clone(),
        kind: PublicationKind::Published,
        review: review.clone(),
        writes,
    };
    if let Some(preview) = &resource.preview
        && !edits::is_previewed(scope, &resource.source)?
    {
        let writes = destination::differences(scope, &resource.source, preview)?;
        publish::publish(scope, preview, plan(writes))?;
        edits::note_previewed(scope, &resource.source)?;
    }
    let entries = change.entries.iter();
    let writes = entries
        .map(|entry| destination::Write { after: entry.after, before: entry.before, id: entry.id.clone() })
        .collect();
    publish::publish(scope, &resource.destination, plan(writes))?;
    scope.tx.purge_pending(&resource.source)?;
    edits::end_request(scope, resource, RequestEndKind::Approved, reviewer_comment)?;
    source::write(scope, &resource.source, |attributes| {
        attributes.insert(source::STATUS, Status::Signed.as_str());
        Mark::Review.set(attributes, user, now);
        Mark::Signature.set(attributes, user, now);
    })
}

/// The people of the publication.
fn review(
    scope: &mut Scope<'_>,
    resource: &Resource,
    after: &Object,
    user: &str,
) -> Result<PublicationReview, ReviewError> {
    let latest = scope.tx.list_requests(&resource.source, 1)?.pop();
    let open = latest.filter(|request| request.end.is_none()).map(|request| request.request);
    Ok(PublicationReview {
        approved_by: Some(user.to_owned()),
        edited: None,
        editor_comment: source::text(after, source::EDITOR_COMMENT).to_owned(),
        requested_at: open.as_ref().map(|open| open.at),
        requested_by: open.map(|open| open.by),
        reviewer_comment: String::new(),
    })
}
