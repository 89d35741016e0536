//! The groups of the whole installation and who is in them, for administrators. Those of a collection's editors and reviewers
//! are among them; who may change those is decided where every write of a group is.

use super::{
    Preconditions, Resource, RowError, Scope, WriteError,
    access::{self, AccessError, MayAdminister},
    groups, objects,
    people::{self, Found, Names},
    rows,
};
use crate::{
    storage::{Entry, ListKey, ObjectKey, StorageError, Window},
    types::{AccountName, BucketId, CollectionId, CollectionPath, GroupId},
};

/// A group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GroupLine {
    /// Where it is.
    pub bucket: BucketId,
    /// Its name.
    pub group: GroupId,
    /// Users, each with what they are called, in the group's order.
    pub members: Vec<(String, String)>,
    /// What the group is for, where it came with a collection.
    pub purpose: Option<Purpose>,
}

/// What a group that came with a collection is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// Its members edit this and ask for review.
    Edit(Resource),
    /// Its members approve changes of this.
    Review(Resource),
}

/// Why a group is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MembershipError {
    /// Who asked may not, or there is no such bucket.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// They are in it already.
    #[error("{account} is in the group already")]
    AlreadyIn {
        /// Who.
        account: AccountName,
    },
    /// Several accounts are called so.
    #[error("several accounts are called so")]
    Ambiguous,
    /// An account that has another id is called so.
    #[error("{account} is called so")]
    Called {
        /// The account.
        account: AccountName,
    },
    /// There is a group of that name.
    #[error("there is a group {group} already")]
    Exists {
        /// Its name.
        group: GroupId,
    },
    /// There is no such group.
    #[error("there is no such group")]
    Missing,
    /// A row could not be written.
    #[error(transparent)]
    Row(#[from] RowError),
    /// There is no account of that name.
    #[error("there is no account of that name")]
    Unknown,
    /// The deletion was refused.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<StorageError> for MembershipError {
    fn from(error: StorageError) -> Self {
        Self::Row(error.into())
    }
}

/// Every group, by bucket and name.
pub fn list(scope: &mut Scope<'_>, _: &MayAdminister) -> Result<Vec<GroupLine>, StorageError> {
    let mut lines = Vec::new();
    let mut names = Names::default();
    for bucket in buckets(scope)? {
        for (id, entry) in scope.tx.list_objects(&ListKey::Groups(bucket.clone()), &Window::default())? {
            let Entry::Live(stored) = entry else { continue };
            let group =
                GroupId::parse(&id).map_err(|_| StorageError::Corrupt { table: "objects", column: "id" })?;
            let users = groups::members(&rows::attributes(&stored)?);
            let line = line(scope, &mut names, (&bucket, &group), users)?;
            lines.push(line);
        }
    }
    lines.sort_by(|one, other| (&one.bucket, &one.group).cmp(&(&other.bucket, &other.group)));
    Ok(lines)
}

/// One group.
pub fn find(
    scope: &mut Scope<'_>,
    _: &MayAdminister,
    (bucket, group): (&BucketId, &GroupId),
) -> Result<Option<GroupLine>, StorageError> {
    let Some(users) = users(scope, &key(bucket, group))? else { return Ok(None) };
    line(scope, &mut Names::default(), (bucket, group), users).map(Some)
}

/// The buckets in which a group can be made, by name.
pub fn places(scope: &mut Scope<'_>, _: &MayAdminister) -> Result<Vec<BucketId>, StorageError> {
    let mut places = Vec::new();
    for bucket in buckets(scope)? {
        if access::may_create(scope, &ListKey::Groups(bucket.clone()))? {
            places.push(bucket);
        }
    }
    Ok(places)
}

/// Makes a group that nobody is in.
pub fn create(scope: &mut Scope<'_>, bucket: &BucketId, group: &GroupId) -> Result<(), MembershipError> {
    let key = key(bucket, group);
    let permit = access::put_object(scope, &key.list(), Ok(key.clone()), &Preconditions::default())?;
    if scope.tx.find_object(&key)?.is_some() {
        return Err(MembershipError::Exists { group: group.clone() });
    }
    Ok(groups::put_members(scope, &permit, Vec::new())?)
}

/// Puts an account into a group; `typed` is its id: what a person is called, they chose
/// themselves. Says who it was.
pub fn add(
    scope: &mut Scope<'_>,
    (bucket, group): (&BucketId, &GroupId),
    typed: &str,
) -> Result<AccountName, MembershipError> {
    let key = key(bucket, group);
    let permit = access::put_object(scope, &key.list(), Ok(key.clone()), &Preconditions::default())?;
    let mut users = users(scope, &key)?.ok_or(MembershipError::Missing)?;
    let account = match people::find(scope, typed)? {
        Found::Called(account) => return Err(MembershipError::Called { account }),
        Found::Nobody => return Err(MembershipError::Unknown),
        Found::One(account) => account,
        Found::Several => return Err(MembershipError::Ambiguous),
    };
    let user = format!("account:{account}");
    if users.contains(&user) {
        return Err(MembershipError::AlreadyIn { account });
    }
    users.push(user);
    groups::put_members(scope, &permit, users)?;
    Ok(account)
}

/// Takes a user out of a group. `false`, and nothing happens, where they are not in it.
pub fn remove(
    scope: &mut Scope<'_>,
    (bucket, group): (&BucketId, &GroupId),
    user: &str,
) -> Result<bool, MembershipError> {
    let key = key(bucket, group);
    let permit = access::put_object(scope, &key.list(), Ok(key.clone()), &Preconditions::default())?;
    let mut users = users(scope, &key)?.ok_or(MembershipError::Missing)?;
    let before = users.len();
    users.retain(|own| own != user);
    if users.len() == before {
        return Ok(false);
    }
    groups::put_members(scope, &permit, users)?;
    Ok(true)
}

/// Deletes a group. Permissions that name it give nobody anything any more.
pub fn delete(scope: &mut Scope<'_>, bucket: &BucketId, group: &GroupId) -> Result<(), MembershipError> {
    let key = key(bucket, group);
    let permit = access::delete_object(scope, &key.list(), Ok(key))?;
    objects::delete(scope, &permit, None, &Preconditions::default())?;
    Ok(())
}

fn line(
    scope: &mut Scope<'_>,
    names: &mut Names,
    (bucket, group): (&BucketId, &GroupId),
    users: Vec<String>,
) -> Result<GroupLine, StorageError> {
    let mut members = Vec::new();
    for user in users {
        let name = names.of(scope, &user)?;
        members.push((user, name));
    }
    let purpose = purpose(scope, bucket, group)?;
    Ok(GroupLine { bucket: bucket.clone(), group: group.clone(), members, purpose })
}

/// What a group is for: that of a source that is there.
fn purpose(
    scope: &mut Scope<'_>,
    bucket: &BucketId,
    group: &GroupId,
) -> Result<Option<Purpose>, StorageError> {
    for (suffix, kind) in KINDS {
        let Some(Ok(collection)) = group.as_str().strip_suffix(suffix).map(CollectionId::parse) else {
            continue;
        };
        let source = CollectionPath::new(bucket.clone(), collection);
        let Some(resource) = scope.services.settings.resources.of_source(&source) else { continue };
        if scope.tx.find_object(&ObjectKey::Collection(source))?.is_some() {
            return Ok(Some(kind(resource)));
        }
    }
    Ok(None)
}

fn users(scope: &mut Scope<'_>, key: &ObjectKey) -> Result<Option<Vec<String>>, StorageError> {
    let stored = scope.tx.find_object(key)?;
    let attributes = stored.as_ref().map(rows::attributes).transpose()?;
    Ok(attributes.map(|attributes| groups::members(&attributes)))
}

fn key(bucket: &BucketId, group: &GroupId) -> ObjectKey {
    ObjectKey::Group(bucket.clone(), group.clone())
}

/// Every bucket that is there, by name.
fn buckets(scope: &mut Scope<'_>) -> Result<Vec<BucketId>, StorageError> {
    let mut buckets = Vec::new();
    for (id, entry) in scope.tx.list_objects(&ListKey::Buckets, &Window::default())? {
        let Entry::Live(_) = entry else { continue };
        let bucket =
            BucketId::parse(&id).map_err(|_| StorageError::Corrupt { table: "objects", column: "id" })?;
        buckets.push(bucket);
    }
    buckets.sort();
    Ok(buckets)
}

/// The suffixes of the groups that come with a collection.
const KINDS: [(&str, Kind); 2] = [("-editors", Purpose::Edit), ("-reviewers", Purpose::Review)];

type Kind = fn(Resource) -> Purpose;
