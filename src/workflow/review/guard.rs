//! Who cannot write at all, whatever the permissions say (design §6, "What cannot be done alone").

use super::Target;
use crate::{
    storage::{ListKey, ObjectKey},
    types::{BucketId, CollectionId, CollectionPath, GroupId},
    workflow::{Actor, BucketRole, Role, Scope, Settings},
};

/// Why a write is refused before anything is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Denied {
    /// Nobody is signed in: 401.
    #[error("please authenticate")]
    Anonymous,
    /// Signed in, but not allowed: 403.
    #[error("not allowed")]
    Forbidden,
}

/// Before a permission is even looked at: preview and destination, reviewers groups, anonymous writers on signed sources.
///
/// The service itself may write everywhere; nobody else does what is refused here, administrators included.
pub fn guard_write(scope: &mut Scope<'_>, target: &Target) -> Result<(), Denied> {
    let settings = &scope.services.settings;
    let actor = scope.actor;
    if actor.is_plugin() {
        return Ok(());
    }
    let refused = is_published(settings, target)
        || (actor.user().is_none() && is_source(settings, target))
        || (is_reviewers_group(settings, target) && !is_administrator(settings, actor));
    match (refused, actor.user()) {
        (false, _) => Ok(()),
        (true, None) => Err(Denied::Anonymous),
        (true, Some(_)) => Err(Denied::Forbidden),
    }
}

/// Whether the actor is named in `accounts.administrators`.
pub fn is_administrator(settings: &Settings, actor: &Actor) -> bool {
    let name = actor.user().and_then(|user| user.strip_prefix("account:"));
    name.is_some_and(|name| settings.administrators.iter().any(|administrator| administrator == name))
}

/// The suffix of the group whose members ask for review.
pub(in crate::workflow) const EDITORS: &str = "-editors";
/// The suffix of the group whose members approve.
pub(in crate::workflow) const REVIEWERS: &str = "-reviewers";

/// Whether the target is a preview or destination, is in a bucket of them, or takes one down with it.
fn is_published(settings: &Settings, target: &Target) -> bool {
    let deletion = matches!(target, Target::Deletion(_));
    let in_published_bucket =
        bucket(target).is_some_and(|bucket| match settings.resources.bucket_role(bucket) {
            Some(BucketRole::Published) => true,
            Some(BucketRole::HoldsPublished) => deletion && is_bucket(target),
            Some(BucketRole::Source) | None => false,
        });
    in_published_bucket
        || collection(target).is_some_and(|path| match settings.resources.role(path) {
            Some(Role::Destination(_) | Role::Preview(_)) => true,
            Some(Role::Source(_)) | None => false,
        })
}

/// Whether the target is a source, or something on which writing to sources rests: their buckets and the groups in them.
fn is_source(settings: &Settings, target: &Target) -> bool {
    match collection(target) {
        Some(path) => settings.resources.of_source(path).is_some(),
        None => bucket(target).is_some_and(|bucket| settings.resources.has_source_in(bucket)),
    }
}

/// Whether the target is the reviewers group of a collection that is, or would be, a source.
fn is_reviewers_group(settings: &Settings, target: &Target) -> bool {
    let (Target::Deletion(ObjectKey::Group(bucket, group)) | Target::Object(ObjectKey::Group(bucket, group))) =
        target
    else {
        return false;
    };
    collection_reviewed_by(bucket, group).is_some_and(|path| settings.resources.of_source(&path).is_some())
}

fn collection_reviewed_by(bucket: &BucketId, group: &GroupId) -> Option<CollectionPath> {
    let collection = CollectionId::parse(group.as_str().strip_suffix(REVIEWERS)?).ok()?;
    Some(CollectionPath::new(bucket.clone(), collection))
}

fn is_bucket(target: &Target) -> bool {
    matches!(target, Target::Deletion(ObjectKey::Bucket(_)) | Target::Object(ObjectKey::Bucket(_)))
}

fn bucket(target: &Target) -> Option<&BucketId> {
    match target {
        Target::Deletion(key) | Target::Object(key) => match key {
            ObjectKey::Account(_) => None,
            ObjectKey::Bucket(bucket) | ObjectKey::Group(bucket, _) => Some(bucket),
            ObjectKey::Collection(path) => Some(&path.bucket),
        },
        Target::List(list) => match list {
            ListKey::Accounts | ListKey::Buckets => None,
            ListKey::Collections(bucket) | ListKey::Groups(bucket) | ListKey::History(bucket) => Some(bucket),
            ListKey::Records(path) => Some(&path.bucket),
        },
        Target::Record(path, _) => Some(&path.bucket),
    }
}

fn collection(target: &Target) -> Option<&CollectionPath> {
    match target {
        Target::Deletion(ObjectKey::Collection(path))
        | Target::List(ListKey::Records(path))
        | Target::Object(ObjectKey::Collection(path))
        | Target::Record(path, _) => Some(path),
        Target::Deletion(ObjectKey::Account(_) | ObjectKey::Bucket(_) | ObjectKey::Group(_, _))
        | Target::List(
            ListKey::Accounts
            | ListKey::Buckets
            | ListKey::Collections(_)
            | ListKey::Groups(_)
            | ListKey::History(_),
        )
        | Target::Object(ObjectKey::Account(_) | ObjectKey::Bucket(_) | ObjectKey::Group(_, _)) => None,
    }
}
