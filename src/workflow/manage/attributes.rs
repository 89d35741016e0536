//! The attributes of a source, written as a whole by somebody who saw them as a whole.
//!
//! What they saw is named by a digest of what can be edited alone: every edit of a record writes the fields of review into the
//! same row, and its timestamp would refuse people who disturb nobody.

use crate::{
    canonical,
    storage::{ObjectKey, StorageError},
    types::{Object, Sha256Digest},
    workflow::{
        Draft, DraftFault, Kind, Preconditions, Resource, Scope, WriteError,
        access::{self, AccessError},
        objects,
        review::{self, ReviewError},
        rows,
    },
};

/// What a change of attributes came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Changed {
    /// Published ones are others now: it is an edit, and waits for review.
    Edit,
    /// Everything is as it was.
    Nothing,
    /// Ones that are not published.
    Unreviewed,
}

/// Why the attributes are as they were.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Who asked may not.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Somebody else changed them since they were seen.
    #[error("somebody else changed the attributes meanwhile")]
    Differs {
        /// What they are now.
        current: Box<Object>,
    },
    /// One of them is not what a collection has.
    #[error("{}: {}", .0.name, .0.problem)]
    Malformed(DraftFault),
    /// One that only the service writes.
    #[error("{name} is written by the service alone")]
    Reserved {
        /// Its name.
        name: String,
    },
    /// As every write.
    #[error(transparent)]
    Write(WriteError),
}

impl From<StorageError> for ChangeError {
    fn from(error: StorageError) -> Self {
        Self::Write(error.into())
    }
}

/// The attributes that people write.
pub fn editable(attributes: &Object) -> Object {
    only(attributes, |name| !review::is_reserved(name))
}

/// The attributes that the service writes: status, who did what last, comments.
pub fn reserved(attributes: &Object) -> Object {
    only(attributes, review::is_reserved)
}

/// A name for the attributes that people write, as they are.
pub fn seen(attributes: &Object) -> Sha256Digest {
    Sha256Digest::of(&canonical::object_to_bytes(&editable(attributes)))
}

/// Makes `wanted` the attributes that people write, if they are still what was seen.
pub fn change(
    scope: &mut Scope<'_>,
    resource: &Resource,
    wanted: &Object,
    seen_before: &Sha256Digest,
) -> Result<Changed, ChangeError> {
    let key = ObjectKey::Collection(resource.source.clone());
    let permit = access::put_object(scope, &key.list(), Ok(key.clone()), &Preconditions::default())?;
    let Some(stored) = scope.tx.find_object(&key)? else {
        return Err(ChangeError::Write(WriteError::Missing {
            id: key.id().to_owned(),
            kind: Kind::Collection,
        }));
    };
    if let Some((name, _)) = wanted.iter().find(|(name, _)| review::is_reserved(name)) {
        return Err(ChangeError::Reserved { name: name.to_owned() });
    }
    let before = rows::attributes(&stored)?;
    let now = editable(&before);
    if now == *wanted {
        return Ok(Changed::Nothing);
    }
    if seen(&before) != *seen_before {
        return Err(ChangeError::Differs { current: Box::new(now) });
    }
    let mut after = reserved(&before);
    for (name, value) in wanted.iter() {
        after.insert(name, value.clone());
    }
    let is_edit = review::differing_attribute(&before, &after).is_some();
    let draft = Draft { data: Some(after), permissions: None };
    match objects::put(scope, &permit, draft) {
        Ok(_) if is_edit => Ok(Changed::Edit),
        Ok(_) => Ok(Changed::Unreviewed),
        Err(WriteError::Draft(fault)) => Err(ChangeError::Malformed(fault)),
        Err(WriteError::Review(ReviewError::Denied(denied))) => Err(AccessError::Denied(denied).into()),
        Err(error) => Err(ChangeError::Write(error)),
    }
}

fn only(attributes: &Object, keeps: impl Fn(&str) -> bool) -> Object {
    let mut kept = Object::new();
    for (name, value) in attributes.iter().filter(|(name, _)| keeps(name)) {
        kept.insert(name, value.clone());
    }
    kept
}
