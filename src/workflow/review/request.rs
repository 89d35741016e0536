//! Asking for review (`remote-settings` §2.4): the preview shows the change, and the request is remembered.

use super::{
    ReviewError, change, destination, edits,
    publish::{self, Attributes, Plan},
    source::{self, Mark, Status},
};
use crate::{
    storage::{NewRequest, PublicationKind, PublicationReview, RequestEndKind},
    types::Object,
    workflow::{Resource, Scope},
};

/// `to-review`.
pub(super) fn request(
    scope: &mut Scope<'_>,
    resource: &Resource,
    before: &Object,
    after: &Object,
) -> Result<(), ReviewError> {
    let (user, now) = (source::user(scope), scope.now);
    let change = change::of(scope, resource, after)?;
    let digest = change.digest()?;
    // A comment is for one request: one that was not sent with it is of an earlier one. Without a preview it stays, as
    // existing clients know it.
    let is_sent = before.get(source::EDITOR_COMMENT) != after.get(source::EDITOR_COMMENT)
        || scope.sent.iter().any(|name| name == source::EDITOR_COMMENT);
    let keeps_comment = is_sent || resource.preview.is_none();
    let comment = if keeps_comment { source::text(after, source::EDITOR_COMMENT) } else { "" };
    edits::end_request(scope, resource, RequestEndKind::Overtaken, "")?;
    scope.tx.insert_request(
        &resource.source,
        &NewRequest { at: now, by: user.to_owned(), comment: comment.to_owned(), digest: Some(digest) },
    )?;
    if let Some(preview) = &resource.preview {
        let writes = if edits::is_previewed(scope, &resource.source)? {
            Vec::new()
        } else {
            destination::differences(scope, &resource.source, preview)?
        };
        let plan = Plan {
            attributes: Attributes::Replace(change.attributes_after),
            change_digest: Some(digest),
            editors: change.editors,
            kind: PublicationKind::Published,
            review: PublicationReview {
                editor_comment: comment.to_owned(),
                requested_at: Some(now),
                requested_by: Some(user.to_owned()),
                ..PublicationReview::default()
            },
            writes,
        };
        publish::publish(scope, preview, plan)?;
        edits::note_previewed(scope, &resource.source)?;
    }
    source::write(scope, &resource.source, |attributes| {
        attributes.insert(source::STATUS, Status::ToReview.as_str());
        Mark::ReviewRequest.set(attributes, user, now);
        if !keeps_comment {
            attributes.insert(source::EDITOR_COMMENT, "");
        }
    })
}
