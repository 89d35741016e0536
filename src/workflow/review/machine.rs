//! The state machine of a source's `status` (`remote-settings` §2.2, design §6): what is refused, and what is done.

use super::{
    CollectionWrite, Refusal, ReviewError, approval, creation, edits, impact, request, resign, rollback,
    source::{self, Mark, Status},
    standing::{self, Standing},
};
use crate::{
    storage::RequestEndKind,
    types::{Object, Value},
    workflow::{ChangeNamed, Resource, Review, Scope},
};

/// Before the row of a source is written: refuses, and turns a change of published attributes into an edit.
pub(super) fn writing(
    scope: &mut Scope<'_>,
    resource: &Resource,
    write: CollectionWrite,
    before: Option<&Object>,
    after: &mut Object,
) -> Result<(), ReviewError> {
    let nothing = Object::new();
    let before = before.unwrap_or(&nothing);
    let asked = transition(before, after)?;
    let differing = source::differing_attribute(before, after);
    match asked {
        None | Some(Status::WorkInProgress) => {}
        Some(Status::Signed) => return Err(ReviewError::BadRequest(Refusal::CannotSetSigned)),
        Some(Status::ToResign) => refuse_attribute(differing)?,
        Some(Status::ToReview) => require_editor(scope, resource)?,
        Some(Status::ToRollBack) => {
            if Status::of(before) == Some(Status::Signed) {
                return Err(ReviewError::BadRequest(Refusal::NothingToRollBack));
            }
            refuse_attribute(differing)?;
        }
        Some(Status::ToSign) => {
            approve(scope, resource, before)?;
            refuse_attribute(differing)?;
        }
    }
    refuse_tracking_fields(before, after)?;
    if asked == Some(Status::ToSign) {
        impact::refuse_too_large(scope, resource, before)?;
    }
    match write {
        // What is created gets its status from its creation.
        CollectionWrite::Create => creation::check(scope, resource),
        CollectionWrite::Patch | CollectionWrite::Put => {
            if differing.is_some() {
                if asked != Some(Status::ToReview) {
                    after.insert(source::STATUS, Status::WorkInProgress.as_str());
                }
                Mark::Edit.set(after, source::user(scope), scope.now);
            }
            Ok(())
        }
    }
}

/// After the row of a source was written: runs the transition.
pub(super) fn written(
    scope: &mut Scope<'_>,
    resource: &Resource,
    write: CollectionWrite,
    before: Option<&Object>,
    after: &Object,
) -> Result<(), ReviewError> {
    let (CollectionWrite::Patch | CollectionWrite::Put, Some(before)) = (write, before) else {
        return creation::created(scope, resource, after);
    };
    let is_edit = source::differing_attribute(before, after).is_some();
    if is_edit {
        edits::note_attributes(scope, resource, after)?;
        edits::revise(scope, &resource.source)?;
        edits::end_request(scope, resource, RequestEndKind::Overtaken, "")?;
    }
    match transition(before, after)? {
        None | Some(Status::Signed) => Ok(()),
        Some(Status::ToResign) => resign::resign(scope, resource, before),
        Some(Status::ToReview) => request::request(scope, resource, before, after),
        Some(Status::ToRollBack) => rollback::roll_back(scope, resource),
        Some(Status::ToSign) => {
            let comment = reviewer_comment(scope, before, after);
            approval::publish_change(scope, resource, after, comment)
        }
        Some(Status::WorkInProgress) => {
            let comment = reviewer_comment(scope, before, after);
            // Who asked takes the request back: nobody has declined it.
            let is_own = source::text(before, Mark::ReviewRequest.by()) == source::user(scope);
            let kind = if is_own { RequestEndKind::Overtaken } else { RequestEndKind::Declined };
            edits::end_request(scope, resource, kind, comment)
        }
    }
}

/// What a reviewer says with this write. An attribute that did not come with it is of an earlier decision.
fn reviewer_comment<'a>(scope: &Scope<'_>, before: &Object, after: &'a Object) -> &'a str {
    let name = source::REVIEWER_COMMENT;
    let is_sent = before.get(name) != after.get(name) || scope.sent.iter().any(|sent| sent == name);
    if is_sent { source::text(after, name) } else { "" }
}

/// The status that a write asks for; `None` where it leaves it as it was.
fn transition(before: &Object, after: &Object) -> Result<Option<Status>, ReviewError> {
    let value =
        |attributes: &Object| attributes.get(source::STATUS).filter(|value| **value != Value::Null).cloned();
    match (value(before), value(after)) {
        (before, after) if before == after => Ok(None),
        (_, None) => Err(ReviewError::BadRequest(Refusal::CannotRemoveStatus)),
        (_, Some(status)) => match Status::parse(&status) {
            Some(status) => Ok(Some(status)),
            None => Err(ReviewError::BadRequest(Refusal::InvalidStatus { status })),
        },
    }
}

/// Who may approve, and what: in the order of `interface`, from `Collection already signed` to `Reviewer has edits`.
fn approve(scope: &mut Scope<'_>, resource: &Resource, before: &Object) -> Result<(), ReviewError> {
    let review = scope.services.settings.review.of(&resource.source);
    if Status::of(before) == Some(Status::Signed) {
        return Err(ReviewError::BadRequest(Refusal::AlreadySigned));
    }
    if review == Review::On && !standing::is_in_group(scope, resource, super::guard::REVIEWERS) {
        let collection = resource.source.collection.clone();
        return Err(ReviewError::Forbidden(Refusal::NotReviewer { collection }));
    }
    compare_named_change(scope, resource, before)?;
    if review == Review::Off {
        return Ok(());
    }
    if Status::of(before) != Some(Status::ToReview) {
        return Err(ReviewError::BadRequest(Refusal::NotUnderReview));
    }
    match standing::standing_of_reviewer(scope, resource, before)? {
        Standing::HasEdits { attributes, records } => Err(ReviewError::HasEdits { attributes, records }),
        Standing::NotReviewer => {
            let collection = resource.source.collection.clone();
            Err(ReviewError::Forbidden(Refusal::NotReviewer { collection }))
        }
        Standing::Reviewer => Ok(()),
        Standing::Requester => Err(ReviewError::Forbidden(Refusal::LastEditor)),
    }
}

/// What is approved is what was seen.
fn compare_named_change(
    scope: &mut Scope<'_>,
    resource: &Resource,
    before: &Object,
) -> Result<(), ReviewError> {
    let named = match scope.change_named {
        ChangeNamed::Absent => return Ok(()),
        ChangeNamed::Digest(named) => named,
        ChangeNamed::Malformed => return Err(ReviewError::ChangeMalformed),
    };
    let current = super::change::of(scope, resource, before)?.digest()?;
    if named == current { Ok(()) } else { Err(ReviewError::ChangeDiffers { current }) }
}

fn require_editor(scope: &Scope<'_>, resource: &Resource) -> Result<(), ReviewError> {
    if standing::may_ask(scope, resource) {
        Ok(())
    } else {
        let collection = resource.source.collection.clone();
        Err(ReviewError::Forbidden(Refusal::NotEditor { collection }))
    }
}

fn refuse_attribute(differing: Option<&'static str>) -> Result<(), ReviewError> {
    match differing {
        Some(attribute) => Err(ReviewError::BadRequest(Refusal::AttributeWithStatus { attribute })),
        None => Ok(()),
    }
}

/// Changed, added or dropped, on creation as well.
fn refuse_tracking_fields(before: &Object, after: &Object) -> Result<(), ReviewError> {
    let fields = Mark::ALL.into_iter().flat_map(|mark| [mark.by(), mark.date()]);
    match fields.into_iter().find(|field| before.get(field) != after.get(field)) {
        Some(field) => Err(ReviewError::BadRequest(Refusal::TrackingField { field })),
        None => Ok(()),
    }
}
