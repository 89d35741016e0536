//! What people do with a change as a whole: ask for its review, approve, decline, take the request back, go back to what is
//! published, sign again.
//!
//! Each is the write of a status, as existing clients make it: every rule is [`super::review`]'s.

use super::{
    ChangeNamed, Draft, PatchKind, Preconditions, Resource, Review, Scope, WriteError,
    access::{self, AccessError},
    objects,
    review::{self, ReviewError},
};
use crate::{
    storage::{ObjectKey, ReviewRequest, StorageError},
    types::{Object, Sha256Digest},
};

/// What is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Act<'a> {
    /// Publishes the change that was seen.
    Approve(&'a Sha256Digest),
    /// Sends the change that was seen back to its editors.
    Decline(&'a Sha256Digest),
    /// Asks others to look at the change that was seen.
    Request(&'a Sha256Digest),
    /// Gives up every edit of the change that was seen: the source becomes what is published.
    RollBack(Option<&'a Sha256Digest>),
    /// Has what is published signed again.
    SignAgain,
    /// Ends one's own request for the change that was seen.
    TakeBack(&'a Sha256Digest),
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// No permission to write the collection.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A decline without a comment: nobody would know what to mend.
    #[error("a decline needs a comment")]
    NoComment,
    /// Declining or taking back what nobody asked for, or asking for the review of nothing.
    #[error("this is not possible now")]
    NotNow,
    /// Taking back what somebody else asked for.
    #[error("somebody else asked for this review")]
    NotRequester,
    /// The write, and what review says of it.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<StorageError> for ActError {
    fn from(error: StorageError) -> Self {
        Self::Access(error.into())
    }
}

impl From<ReviewError> for ActError {
    fn from(error: ReviewError) -> Self {
        Self::Write(error.into())
    }
}

/// Does it, with a comment where one is kept: that of who asks, or of who reviews.
pub fn act(scope: &mut Scope<'_>, resource: &Resource, act: Act<'_>, comment: &str) -> Result<(), ActError> {
    let comment = comment.trim();
    match act {
        Act::Approve(seen) => {
            scope.change_named = ChangeNamed::Digest(*seen);
            write(scope, resource, "to-sign", Some((REVIEWER_COMMENT, comment)))
        }
        Act::Decline(seen) => {
            if comment.is_empty() {
                return Err(ActError::NoComment);
            }
            require_seen(scope, resource, Some(seen))?;
            require_request(scope, resource)?;
            write(scope, resource, "work-in-progress", Some((REVIEWER_COMMENT, comment)))
        }
        Act::Request(seen) => {
            if scope.tx.count_pending(&resource.source)? == 0 {
                return Err(ActError::NotNow);
            }
            require_seen(scope, resource, Some(seen))?;
            write(scope, resource, "to-review", Some((EDITOR_COMMENT, comment)))
        }
        Act::RollBack(seen) => {
            if scope.tx.count_pending(&resource.source)? > 0 {
                require_seen(scope, resource, seen)?;
            }
            write(scope, resource, "to-rollback", None)
        }
        Act::SignAgain => write(scope, resource, "to-resign", None),
        Act::TakeBack(seen) => {
            require_seen(scope, resource, Some(seen))?;
            let request = require_request(scope, resource)?;
            if scope.actor.user() != Some(request.request.by.as_str()) {
                return Err(ActError::NotRequester);
            }
            write(scope, resource, "work-in-progress", None)
        }
    }
}

/// Whether the actor may write the source at all.
pub fn may_write(scope: &mut Scope<'_>, resource: &Resource) -> Result<bool, StorageError> {
    let key = ObjectKey::Collection(resource.source.clone());
    match access::write_object(scope, &key.list(), Ok(key)) {
        Ok(_) => Ok(true),
        Err(AccessError::Storage(error)) => Err(error),
        Err(AccessError::Denied(_) | AccessError::MalformedId | AccessError::MissingParent { .. }) => {
            Ok(false)
        }
    }
}

/// What is asked for, or given up, is what was seen. A change that cannot be signed has no name to see it by.
fn require_seen(
    scope: &mut Scope<'_>,
    resource: &Resource,
    seen: Option<&Sha256Digest>,
) -> Result<(), ActError> {
    let change = review::change(scope, &resource.source)?.ok_or(ActError::NotNow)?;
    match &change.name {
        Ok(name) if seen != Some(&name.digest) => {
            Err(ReviewError::ChangeDiffers { current: name.digest }.into())
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Where review is off, nobody asks: there is nothing to decline.
fn require_request(scope: &mut Scope<'_>, resource: &Resource) -> Result<ReviewRequest, ActError> {
    let last = scope.tx.list_requests(&resource.source, 1)?.pop();
    let open = last.filter(|request| request.end.is_none());
    let is_on = scope.services.settings.review.of(&resource.source) == Review::On;
    open.filter(|_| is_on).ok_or(ActError::NotNow)
}

fn write(
    scope: &mut Scope<'_>,
    resource: &Resource,
    status: &str,
    comment: Option<(&str, &str)>,
) -> Result<(), ActError> {
    let key = ObjectKey::Collection(resource.source.clone());
    let permit = access::write_object(scope, &key.list(), Ok(key))?;
    let mut data = Object::new();
    data.insert("status", status);
    if let Some((name, comment)) = comment {
        data.insert(name, comment);
    }
    let draft = Draft { data: Some(data), permissions: None };
    objects::patch(scope, &permit, draft, PatchKind::Plain, &Preconditions::default())?;
    Ok(())
}

const EDITOR_COMMENT: &str = "last_editor_comment";
const REVIEWER_COMMENT: &str = "last_reviewer_comment";
