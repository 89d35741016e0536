//! The two groups of a resource: who edits and asks, who approves (`remote-settings` §1.3).
//!
//! Adding and removing one member each change that one alone, so two people who do so at once never undo each other.

use super::{Consent, LosesPowers, powers::keeping_powers};
use crate::{
    storage::{AccountState, ListKey, ObjectKey, StorageError},
    types::{AccountName, GroupId},
    workflow::{
        Preconditions, Resource, Review, RowError, Scope,
        access::{self, AccessError, Part},
        accounts, groups, passwords,
        people::{self, Found, Names},
        review::{EDITORS, REVIEWERS},
        rows,
    },
};

/// One of the two groups.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Team {
    /// Who edits and asks for review.
    Editors,
    /// Who approves.
    Reviewers,
}

impl Team {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Editors, Self::Reviewers];

    /// The group in the source's bucket; `None` where the collection's name leaves no room for its name.
    pub fn key(self, resource: &Resource) -> Option<ObjectKey> {
        let suffix = match self {
            Self::Editors => EDITORS,
            Self::Reviewers => REVIEWERS,
        };
        let source = &resource.source;
        let group = GroupId::parse(&format!("{}{suffix}", source.collection)).ok()?;
        Some(ObjectKey::Group(source.bucket.clone(), group))
    }
}

/// Somebody in a group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// What they are called.
    pub name: String,
    /// Whether they can sign in.
    pub state: MemberState,
    /// The principal: `account:NAME`, or what somebody wrote there.
    pub user: String,
}

/// Whether a member can act.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MemberState {
    /// An account that can sign in.
    Active,
    /// An account that cannot sign in.
    Disabled,
    /// An account whose link to choose a password was not used yet: it cannot sign in until then.
    Invited,
    /// An account that is not there.
    Missing,
    /// No account: a principal of the protocol, as `system.Authenticated`.
    Principal,
}

/// Whether a change of a resource can be edited, asked for and approved at all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// There is somebody to ask, and somebody else to approve.
    Enough,
    /// Nobody can ask for review.
    NoEditors,
    /// Nobody can approve.
    NoReviewers,
    /// Nobody can ask for review, and nobody can approve.
    Nobody,
    /// Whoever edits and asks is the only one who could approve.
    OnePerson {
        /// What they are called.
        name: String,
    },
    /// Review is off for this source: nobody has to approve.
    Off,
}

/// Why a group is as it was.
#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    /// Who asked may not.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// They are in it already.
    #[error("{user} is in the group already")]
    AlreadyIn {
        /// The user.
        user: String,
    },
    /// Several accounts are called so.
    #[error("several accounts are called {name:?}")]
    Ambiguous {
        /// What was typed.
        name: String,
    },
    /// An account that has another id is called so.
    #[error("{account} is called {name:?}")]
    Called {
        /// The account.
        account: AccountName,
        /// What was typed.
        name: String,
    },
    /// Who asked would lose something that was not mentioned.
    #[error(transparent)]
    LosesPowers(#[from] LosesPowers),
    /// The collection's name leaves no room for a group's name.
    #[error("the collection's name is too long for it to have groups")]
    NoGroup,
    /// A row could not be written.
    #[error(transparent)]
    Row(#[from] RowError),
    /// There is no account of that name.
    #[error("there is no account {name:?}")]
    Unknown {
        /// What was typed.
        name: String,
    },
}

impl From<StorageError> for TeamError {
    fn from(error: StorageError) -> Self {
        Self::Row(error.into())
    }
}

/// Who is in a group, in its order. Asks for no permission.
pub fn members(scope: &mut Scope<'_>, resource: &Resource, team: Team) -> Result<Vec<Member>, StorageError> {
    let mut names = Names::default();
    users(scope, resource, team)?
        .into_iter()
        .map(|user| {
            let name = names.of(scope, &user)?;
            let state = state_of(scope, &user)?;
            Ok(Member { name, state, user })
        })
        .collect()
}

/// Whom the actor may pick as members, by what they are called: of the accounts that the actor may see those that can sign in, and
/// those that are invited to.
pub fn candidates(scope: &mut Scope<'_>) -> Result<Vec<Member>, StorageError> {
    let list = ListKey::Accounts;
    let part = match access::read_list(scope, &list) {
        Ok(permit) => permit.part().clone(),
        Err(AccessError::Storage(error)) => return Err(error),
        Err(AccessError::Denied(_) | AccessError::MalformedId | AccessError::MissingParent { .. }) => {
            return Ok(Vec::new());
        }
    };
    let mut candidates = Vec::new();
    for line in accounts::list(scope)? {
        let is_seen = match &part {
            Part::All => true,
            Part::Only(uris) => uris.contains(&ObjectKey::Account(line.name.clone()).uri()),
        };
        if !is_seen {
            continue;
        }
        let state = match line.state {
            AccountState::Active => MemberState::Active,
            AccountState::Disabled if is_invited(scope, &line.name)? => MemberState::Invited,
            AccountState::Disabled => continue,
        };
        let name = people::name_of(scope, &line.name)?;
        candidates.push(Member { name, state, user: format!("account:{}", line.name) });
    }
    candidates.sort_by_key(|member| member.name.to_lowercase());
    Ok(candidates)
}

/// What the administrators are called, those who have an account: whom to ask.
pub fn administrators(scope: &mut Scope<'_>) -> Result<Vec<String>, StorageError> {
    let mut names = Vec::new();
    for name in &scope.services.settings.administrators {
        if let Ok(account) = AccountName::parse(name)
            && scope.tx.find_object(&ObjectKey::Account(account.clone()))?.is_some()
        {
            names.push(people::name_of(scope, &account)?);
        }
    }
    Ok(names)
}

/// Whether there are enough people, counting those who can sign in. Asks for no permission.
pub fn standing(scope: &mut Scope<'_>, resource: &Resource) -> Result<Standing, StorageError> {
    if scope.services.settings.review.of(&resource.source) == Review::Off {
        return Ok(Standing::Off);
    }
    let can_act = |member: &Member| matches!(member.state, MemberState::Active | MemberState::Principal);
    let mut editors = members(scope, resource, Team::Editors)?;
    let mut reviewers = members(scope, resource, Team::Reviewers)?;
    editors.retain(can_act);
    reviewers.retain(can_act);
    Ok(match (editors.as_slice(), reviewers.as_slice()) {
        ([], []) => Standing::Nobody,
        ([], _) => Standing::NoEditors,
        (_, []) => Standing::NoReviewers,
        // Whoever signed in may be many.
        ([editor], [reviewer]) if editor == reviewer && editor.state == MemberState::Active => {
            Standing::OnePerson { name: editor.name.clone() }
        }
        (_, _) => Standing::Enough,
    })
}

/// Puts an account into a group; `typed` is its id: what a person is called, they chose
/// themselves. Says who it was.
pub fn add(
    scope: &mut Scope<'_>,
    resource: &Resource,
    team: Team,
    typed: &str,
) -> Result<AccountName, TeamError> {
    let key = team.key(resource).ok_or(TeamError::NoGroup)?;
    let permit = access::put_object(scope, &key.list(), Ok(key), &Preconditions::default())?;
    let account = account_of(scope, typed)?;
    let user = format!("account:{account}");
    let mut users = users(scope, resource, team)?;
    if users.contains(&user) {
        return Err(TeamError::AlreadyIn { user });
    }
    users.push(user);
    groups::put_members(scope, &permit, users)?;
    Ok(account)
}

/// Takes a user out of a group. `false`, and nothing happens, where they are not in it.
pub fn remove(
    scope: &mut Scope<'_>,
    resource: &Resource,
    team: Team,
    user: &str,
    consent: Consent,
) -> Result<bool, TeamError> {
    let key = team.key(resource).ok_or(TeamError::NoGroup)?;
    let permit = access::put_object(scope, &key.list(), Ok(key), &Preconditions::default())?;
    let mut users = users(scope, resource, team)?;
    let before = users.len();
    users.retain(|own| own != user);
    if users.len() == before {
        return Ok(false);
    }
    keeping_powers(scope, resource, consent, |scope| {
        groups::put_members(scope, &permit, users)?;
        Ok(true)
    })
}

/// The account that somebody named.
pub(super) fn account_of(scope: &mut Scope<'_>, typed: &str) -> Result<AccountName, TeamError> {
    match people::find(scope, typed)? {
        Found::Called(account) => Err(TeamError::Called { account, name: typed.trim().to_owned() }),
        Found::Nobody => Err(TeamError::Unknown { name: typed.trim().to_owned() }),
        Found::One(account) => Ok(account),
        Found::Several => Err(TeamError::Ambiguous { name: typed.trim().to_owned() }),
    }
}

fn users(scope: &mut Scope<'_>, resource: &Resource, team: Team) -> Result<Vec<String>, StorageError> {
    let Some(key) = team.key(resource) else { return Ok(Vec::new()) };
    let stored = scope.tx.find_object(&key)?;
    let attributes = stored.as_ref().map(rows::attributes).transpose()?;
    Ok(attributes.map(|attributes| groups::members(&attributes)).unwrap_or_default())
}

fn state_of(scope: &mut Scope<'_>, user: &str) -> Result<MemberState, StorageError> {
    let Some(Ok(account)) = user.strip_prefix("account:").map(AccountName::parse) else {
        return Ok(MemberState::Principal);
    };
    Ok(match scope.tx.find_credential(&account)?.map(|credential| credential.state) {
        Some(AccountState::Active) => MemberState::Active,
        None if scope.tx.find_object(&ObjectKey::Account(account.clone()))?.is_none() => MemberState::Missing,
        None if is_invited(scope, &account)? => MemberState::Invited,
        Some(AccountState::Disabled) | None => MemberState::Disabled,
    })
}

/// Whether an account has no password yet, and a link that works to choose one.
fn is_invited(scope: &mut Scope<'_>, account: &AccountName) -> Result<bool, StorageError> {
    Ok(scope.tx.find_credential(account)?.is_none() && passwords::link_ends(scope, account)?.is_some())
}
