//! Who may do what with a resource: the permissions of its bucket, its source and its two groups (`kinto-api` §14).
//!
//! Unlike a write through the API, changing permissions here adds nobody to `write`: what the page shows is what there is.

use std::collections::BTreeSet;

use super::{Consent, LosesPowers, Team, TeamError, powers::keeping_powers, team::account_of};
use crate::{
    storage::{ObjectKey, StorageError},
    types::{AccountName, GroupId},
    workflow::{
        AUTHENTICATED, EVERYONE, Kind, Resource, RowError, Scope,
        access::{self, AccessError},
        objects,
        people::Names,
    },
};

/// What permissions are given on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Subject {
    /// The bucket of the source: everything in it.
    Bucket,
    /// The source.
    Collection,
    /// One of the groups.
    Team(Team),
}

impl Subject {
    /// From the widest to the narrowest.
    pub const ALL: [Self; 4] =
        [Self::Bucket, Self::Collection, Self::Team(Team::Editors), Self::Team(Team::Reviewers)];

    /// The object; `None` for a group that cannot be.
    pub fn key(self, resource: &Resource) -> Option<ObjectKey> {
        match self {
            Self::Bucket => Some(ObjectKey::Bucket(resource.source.bucket.clone())),
            Self::Collection => Some(ObjectKey::Collection(resource.source.clone())),
            Self::Team(team) => team.key(resource),
        }
    }
}

/// The permissions on one object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PermissionTable {
    /// Every permission that can be given on it, with who has it; only those who may change them see who.
    pub lines: Vec<(&'static str, Vec<Holder>)>,
    /// Whether the actor may change them.
    pub may_change: bool,
    /// On what.
    pub subject: Subject,
}

/// Somebody who has a permission.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Holder {
    /// What it is.
    pub kind: HolderKind,
    /// As it is stored.
    pub principal: String,
}

/// What a principal is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HolderKind {
    /// An account, and what the person is called.
    Account(String),
    /// Everybody, signed in or not.
    Everybody,
    /// Another group.
    Group,
    /// Something else that somebody wrote there.
    Other,
    /// Everybody who signed in.
    SignedIn,
    /// One of the resource's own groups.
    Team(Team),
}

/// Why permissions are as they were.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// Who asked may not.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// An account that has another id is called so.
    #[error("{account} is called {name:?}")]
    Called {
        /// The account.
        account: AccountName,
        /// What was typed.
        name: String,
    },
    /// Several accounts are called so.
    #[error("several accounts are called {name:?}")]
    Ambiguous {
        /// What was typed.
        name: String,
    },
    /// Who asked would lose something that was not mentioned.
    #[error(transparent)]
    LosesPowers(#[from] LosesPowers),
    /// There is nothing to give it on, or no such permission.
    #[error("there is no such permission")]
    NoSuchPermission,
    /// A row could not be written.
    #[error(transparent)]
    Row(#[from] RowError),
    /// Neither an account nor a group.
    #[error("there is no account or group {name:?}")]
    Unknown {
        /// What was typed.
        name: String,
    },
}

impl From<StorageError> for GrantError {
    fn from(error: StorageError) -> Self {
        Self::Row(error.into())
    }
}

impl From<TeamError> for GrantError {
    fn from(error: TeamError) -> Self {
        match error {
            TeamError::Access(error) => Self::Access(error),
            TeamError::Called { account, name } => Self::Called { account, name },
            TeamError::Ambiguous { name } => Self::Ambiguous { name },
            TeamError::LosesPowers(error) => Self::LosesPowers(error),
            TeamError::AlreadyIn { .. } | TeamError::NoGroup => Self::NoSuchPermission,
            TeamError::Row(error) => Self::Row(error),
            TeamError::Unknown { name } => Self::Unknown { name },
        }
    }
}

/// The permissions of a resource's objects that are there.
pub fn permissions(scope: &mut Scope<'_>, resource: &Resource) -> Result<Vec<PermissionTable>, StorageError> {
    let mut names = Names::default();
    let mut tables = Vec::new();
    for subject in Subject::ALL {
        let Some(key) = subject.key(resource) else { continue };
        if scope.tx.find_object(&key)?.is_none() {
            continue;
        }
        let may_change = access::may_write(scope, &key)?;
        let mut stored = scope.tx.find_permissions(&key.uri())?;
        let mut lines = Vec::new();
        for name in Kind::of(&key).permission_names().iter().copied().filter(|_| may_change) {
            let mut holders = Vec::new();
            for principal in stored.remove(name).unwrap_or_default() {
                holders.push(Holder { kind: kind_of(scope, resource, &mut names, &principal)?, principal });
            }
            lines.push((name, holders));
        }
        tables.push(PermissionTable { lines, may_change, subject });
    }
    Ok(tables)
}

/// Gives a permission to whom somebody named: an account by its name or by what the person is called, `editors` or `reviewers`
/// of this resource, a group by its URI, `system.Authenticated`, `system.Everyone`. `false` where they have it already.
pub fn grant(
    scope: &mut Scope<'_>,
    resource: &Resource,
    subject: Subject,
    permission: &str,
    typed: &str,
) -> Result<bool, GrantError> {
    let principal = principal_of(scope, resource, typed)?;
    change(scope, resource, subject, permission, Consent::Given, |holders| holders.insert(principal))
}

/// Takes a permission from a principal. `false` where they do not have it.
pub fn revoke(
    scope: &mut Scope<'_>,
    resource: &Resource,
    subject: Subject,
    permission: &str,
    principal: &str,
    consent: Consent,
) -> Result<bool, GrantError> {
    change(scope, resource, subject, permission, consent, |holders| holders.remove(principal))
}

fn change(
    scope: &mut Scope<'_>,
    resource: &Resource,
    subject: Subject,
    permission: &str,
    consent: Consent,
    edit: impl FnOnce(&mut BTreeSet<String>) -> bool,
) -> Result<bool, GrantError> {
    let key = subject.key(resource).ok_or(GrantError::NoSuchPermission)?;
    if scope.tx.find_object(&key)?.is_none() || !Kind::of(&key).permission_names().contains(&permission) {
        return Err(GrantError::NoSuchPermission);
    }
    let permit = access::write_object(scope, &key.list(), Ok(key.clone()))?;
    let mut permissions = scope.tx.find_permissions(&key.uri())?;
    let is_changed = edit(permissions.entry(permission.to_owned()).or_default());
    if !is_changed {
        return Ok(false);
    }
    permissions.retain(|_, holders| !holders.is_empty());
    keeping_powers(scope, resource, consent, |scope| {
        objects::put_permissions(scope, &permit, &permissions)?;
        Ok(true)
    })
}

/// Who was named.
fn principal_of(scope: &mut Scope<'_>, resource: &Resource, typed: &str) -> Result<String, GrantError> {
    let typed = typed.trim();
    if [AUTHENTICATED, EVERYONE].contains(&typed) {
        return Ok(typed.to_owned());
    }
    let team = match typed.to_lowercase().as_str() {
        "editors" => Some(Team::Editors),
        "reviewers" => Some(Team::Reviewers),
        _ => None,
    };
    if let Some(team) = team {
        return team.key(resource).map(|key| key.uri()).ok_or(GrantError::NoSuchPermission);
    }
    if let Some(rest) = typed.strip_prefix(&format!("/buckets/{}/groups/", resource.source.bucket)) {
        let key = GroupId::parse(rest).map(|group| ObjectKey::Group(resource.source.bucket.clone(), group));
        if let Ok(key) = key
            && scope.tx.find_object(&key)?.is_some()
        {
            return Ok(key.uri());
        }
        return Err(GrantError::Unknown { name: typed.to_owned() });
    }
    Ok(format!("account:{}", account_of(scope, typed)?))
}

fn kind_of(
    scope: &mut Scope<'_>,
    resource: &Resource,
    names: &mut Names,
    principal: &str,
) -> Result<HolderKind, StorageError> {
    let own = Team::ALL.into_iter().find(|team| team.key(resource).is_some_and(|key| key.uri() == principal));
    Ok(match (own, principal) {
        (Some(team), _) => HolderKind::Team(team),
        (None, EVERYONE) => HolderKind::Everybody,
        (None, AUTHENTICATED) => HolderKind::SignedIn,
        (None, group) if group.starts_with("/buckets/") => HolderKind::Group,
        (None, user) if user.starts_with("account:") => HolderKind::Account(names.of(scope, user)?),
        (None, _) => HolderKind::Other,
    })
}
