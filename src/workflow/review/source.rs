//! The source collection as review sees it: its status, the fields that only the signer writes, the attributes that are
//! published.

use super::ReviewError;
use crate::{
    canonical,
    signing::Change,
    storage::ObjectKey,
    types::{CollectionPath, Object, Timestamp, Value},
    workflow::{
        Actor, Scope,
        rows::{self},
        timestamps::Wanted,
    },
};

/// The values of `status` (`remote-settings` §2.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Status {
    Signed,
    ToResign,
    ToReview,
    ToRollBack,
    ToSign,
    WorkInProgress,
}

impl Status {
    pub(super) fn parse(value: &Value) -> Option<Self> {
        Self::ALL.into_iter().find(|status| value.as_text() == Some(status.as_str()))
    }

    /// The status of a source; `None` where it has none, or one that this program does not know.
    pub(super) fn of(attributes: &Object) -> Option<Self> {
        attributes.get(STATUS).and_then(Self::parse)
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::ToResign => "to-resign",
            Self::ToReview => "to-review",
            Self::ToRollBack => "to-rollback",
            Self::ToSign => "to-sign",
            Self::WorkInProgress => "work-in-progress",
        }
    }

    const ALL: [Self; 6] =
        [Self::Signed, Self::ToResign, Self::ToReview, Self::ToRollBack, Self::ToSign, Self::WorkInProgress];
}

/// Who did what last, and when: a pair of fields that only the signer writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mark {
    Edit,
    Review,
    ReviewRequest,
    Signature,
}

impl Mark {
    /// In the order in which a refusal names them.
    pub(super) const ALL: [Self; 4] = [Self::Edit, Self::ReviewRequest, Self::Review, Self::Signature];

    pub(super) const fn by(self) -> &'static str {
        match self {
            Self::Edit => "last_edit_by",
            Self::Review => "last_review_by",
            Self::ReviewRequest => "last_review_request_by",
            Self::Signature => "last_signature_by",
        }
    }

    pub(super) const fn date(self) -> &'static str {
        match self {
            Self::Edit => "last_edit_date",
            Self::Review => "last_review_date",
            Self::ReviewRequest => "last_review_request_date",
            Self::Signature => "last_signature_date",
        }
    }

    pub(super) fn set(self, attributes: &mut Object, user: &str, now: Timestamp) {
        attributes.insert(self.by(), user);
        attributes.insert(self.date(), now.to_iso8601());
    }
}

/// The attributes of a live collection; `None` where there is none.
pub(super) fn load(scope: &mut Scope<'_>, path: &CollectionPath) -> Result<Option<Object>, ReviewError> {
    let stored = scope.tx.find_object(&ObjectKey::Collection(path.clone()))?;
    Ok(stored.as_ref().map(rows::attributes).transpose()?)
}

/// Writes attributes of a collection as the service itself, with an entry in the history. Nothing happens where nothing
/// changes, or where there is no collection.
pub(super) fn write(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    change: impl FnOnce(&mut Object),
) -> Result<(), ReviewError> {
    let key = ObjectKey::Collection(path.clone());
    let Some(stored) = scope.tx.find_object(&key)? else { return Ok(()) };
    let before = rows::attributes(&stored)?;
    let mut after = before.clone();
    change(&mut after);
    if after == before {
        return Ok(());
    }
    let permissions = scope.tx.find_permissions(&key.uri())?;
    let wanted = Wanted::after(stored.last_modified);
    scope.act_as(&Actor::plugin(), |scope| rows::put_object(scope, &key, &after, &permissions, wanted))?;
    Ok(())
}

/// The published ones among the attributes of a source.
pub(super) fn published(attributes: &Object) -> Object {
    let mut published = Object::new();
    for name in Change::ATTRIBUTES {
        if let Some(value) = attributes.get(name) {
            published.insert(name, value.clone());
        }
    }
    published
}

/// Replaces the published ones among `attributes`; those that `published` does not have go.
pub(super) fn replace_published(attributes: &mut Object, published: &Object) {
    for name in Change::ATTRIBUTES {
        match published.get(name) {
            Some(value) => attributes.insert(name, value.clone()),
            None => attributes.remove(name),
        };
    }
}

/// The first published attribute in which the two differ: it is there or not, or its canonical form is another.
pub(in crate::workflow) fn differing_attribute(before: &Object, after: &Object) -> Option<&'static str> {
    let spelled = |attributes: &Object, name| {
        let value = attributes.get(name)?;
        let mut alone = Object::new();
        alone.insert(name, value.clone());
        Some(canonical::attributes_to_bytes(&alone))
    };
    Change::ATTRIBUTES.into_iter().find(|name| spelled(before, *name) != spelled(after, *name))
}

/// Whether an attribute of a source is review's to write: status, marks, comments.
pub(in crate::workflow) fn is_reserved(name: &str) -> bool {
    [STATUS, EDITOR_COMMENT, REVIEWER_COMMENT].contains(&name)
        || Mark::ALL.into_iter().any(|mark| mark.by() == name || mark.date() == name)
}

/// The user who acts. The hooks are reached by those who signed in, and by the service itself.
pub(super) fn user<'a>(scope: &Scope<'a>) -> &'a str {
    scope.actor.user().unwrap_or(crate::workflow::EVERYONE)
}

/// A text attribute; empty where it is missing or of another type.
pub(super) fn text<'a>(attributes: &'a Object, name: &str) -> &'a str {
    attributes.get(name).and_then(Value::as_text).unwrap_or("")
}

pub(super) const STATUS: &str = "status";
pub(super) const EDITOR_COMMENT: &str = "last_editor_comment";
pub(super) const REVIEWER_COMMENT: &str = "last_reviewer_comment";
