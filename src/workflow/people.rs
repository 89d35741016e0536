//! The people of an installation: what they are called (the attribute `name` of their account, else its id), and where their
//! accounts stand.

use std::collections::BTreeMap;

use super::{
    PLUGIN_USER, Scope,
    access::{MayAdminister, MayKeep},
    accounts::{self, AccountError},
    passwords, rows,
    timestamps::Wanted,
};
use crate::{
    storage::{AccountState, Entry, ListKey, ObjectKey, StorageError, Window},
    types::{AccountName, BucketId, GroupId, Object, Timestamp, Value, is_invisible},
};

/// Names of users, each looked up once.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// What a user (`account:NAME`, the plug-in user) is called. Accounts that are gone keep their id.
    pub fn of(&mut self, scope: &mut Scope<'_>, user: &str) -> Result<String, StorageError> {
        if let Some(name) = self.0.get(user) {
            return Ok(name.clone());
        }
        let name = match user.strip_prefix("account:").map(AccountName::parse) {
            Some(Ok(account)) => name_of(scope, &account)?,
            Some(Err(_)) | None if user == PLUGIN_USER => "the service".to_owned(),
            Some(Err(_)) | None => user.to_owned(),
        };
        self.0.insert(user.to_owned(), name.clone());
        Ok(name)
    }

    /// As [`Names::of`], with the account behind it where the name is another: `Mara Lindqvist (mara)`. For whoever counts
    /// for a review, as people choose their names themselves.
    pub fn with_account(&mut self, scope: &mut Scope<'_>, user: &str) -> Result<String, StorageError> {
        let name = self.of(scope, user)?;
        Ok(match user.strip_prefix("account:") {
            Some(id) if id != name => format!("{name} ({id})"),
            Some(_) | None => name,
        })
    }
}

/// What an account is called.
pub fn name_of(scope: &mut Scope<'_>, account: &AccountName) -> Result<String, StorageError> {
    let stored = scope.tx.find_object(&ObjectKey::Account(account.clone()))?;
    let attributes = stored.as_ref().map(rows::attributes).transpose()?;
    let name = attributes.as_ref().and_then(|attributes| attributes.get("name")).and_then(Value::as_text);
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    Ok(name.unwrap_or(account.as_str()).to_owned())
}

/// Whom somebody means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Found {
    /// One account is called so, which has another id. People choose what they are called.
    Called(AccountName),
    /// No account is called so.
    Nobody,
    /// The account of this id.
    One(AccountName),
    /// More than one account is called so.
    Several,
}

/// The account that somebody typed: by its id, with or without `account:`, else by what the person is called, whatever the
/// case. The id alone says for certain who is meant. Asks for no permission.
pub fn find(scope: &mut Scope<'_>, typed: &str) -> Result<Found, StorageError> {
    let typed = typed.trim();
    let id = typed.strip_prefix("account:").unwrap_or(typed);
    if let Ok(account) = AccountName::parse(id)
        && scope.tx.find_object(&ObjectKey::Account(account.clone()))?.is_some()
    {
        return Ok(Found::One(account));
    }
    let typed = folded(typed);
    let mut found = Found::Nobody;
    for line in accounts::list(scope)? {
        if folded(&name_of(scope, &line.name)?) != typed {
            continue;
        }
        if found != Found::Nobody {
            return Ok(Found::Several);
        }
        found = Found::Called(line.name);
    }
    Ok(found)
}

/// What somebody is called: up to a hundred characters, or nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Called(String);

/// Why nobody is called like that.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CalledError {
    /// A character that nobody sees, or that turns the text around it.
    #[error("A name has no invisible characters, and none that change the direction of writing.")]
    Invisible,
    /// More than a hundred characters.
    #[error("A name has at most 100 characters.")]
    TooLong,
}

impl Called {
    /// Spaces around it do not count.
    pub fn parse(text: &str) -> Result<Self, CalledError> {
        let text = text.trim();
        if text.chars().any(is_invisible) {
            return Err(CalledError::Invisible);
        }
        if text.chars().count() > LONGEST_NAME {
            return Err(CalledError::TooLong);
        }
        Ok(Self(text.to_owned()))
    }

    /// The other account that goes by this name already, by its id or by what it is called; spaces and case do not count.
    pub fn taken_by(
        &self,
        scope: &mut Scope<'_>,
        own: &AccountName,
    ) -> Result<Option<AccountName>, StorageError> {
        if self.0.is_empty() { Ok(None) } else { goes_by(scope, &self.0, own) }
    }

    pub(super) fn put(&self, attributes: &mut Object) {
        if self.0.is_empty() {
            attributes.remove("name");
        } else {
            attributes.insert("name", self.0.as_str());
        }
    }
}

/// The account, another than `own`, that goes by this name.
pub(super) fn goes_by(
    scope: &mut Scope<'_>,
    name: &str,
    own: &AccountName,
) -> Result<Option<AccountName>, StorageError> {
    let name = folded(name);
    for line in accounts::list(scope)? {
        let is_called = folded(line.name.as_str()) == name || folded(&name_of(scope, &line.name)?) == name;
        if is_called && line.name != *own {
            return Ok(Some(line.name));
        }
    }
    Ok(None)
}

fn folded(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Calls somebody so; `false` where there is no such account.
pub fn call(scope: &mut Scope<'_>, permit: &MayKeep, called: &Called) -> Result<bool, AccountError> {
    if let Some(by) = called.taken_by(scope, permit.account())? {
        return Err(AccountError::NameTaken { by });
    }
    let key = ObjectKey::Account(permit.account().clone());
    let Some(stored) = scope.tx.find_object(&key)? else { return Ok(false) };
    let mut attributes = rows::attributes(&stored)?;
    called.put(&mut attributes);
    let permissions = scope.tx.find_permissions(&key.uri())?;
    rows::put_object(scope, &key, &attributes, &permissions, Wanted::after(stored.last_modified))?;
    Ok(true)
}

/// Somebody who has an account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// The account.
    pub account: AccountName,
    /// What they are called; `None` where the account's name has to do.
    pub called: Option<String>,
    /// The groups that list them, sorted.
    pub groups: Vec<(BucketId, GroupId)>,
    /// Whether the configuration names them.
    pub is_administrator: bool,
    /// When a session of theirs that has not ended was last used.
    pub seen: Option<Timestamp>,
    /// Whether they can sign in.
    pub standing: Standing,
}

/// Whether somebody can sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// They can.
    Active,
    /// An administrator disabled the account.
    Disabled,
    /// They can once they have chosen a password; until then their link works.
    Invited(Timestamp),
    /// There is no password, and no link that works.
    NoPassword,
}

/// Everybody, by account.
pub fn list(scope: &mut Scope<'_>, _: &MayAdminister) -> Result<Vec<Person>, StorageError> {
    let mut people = Vec::new();
    for (id, entry) in scope.tx.list_objects(&ListKey::Accounts, &Window::default())? {
        let Entry::Live(stored) = entry else { continue };
        let name =
            AccountName::parse(&id).map_err(|_| StorageError::Corrupt { table: "objects", column: "id" })?;
        people.push(read(scope, &name, &rows::attributes(&stored)?)?);
    }
    people.sort_by(|one, other| one.account.cmp(&other.account));
    Ok(people)
}

/// One of them.
pub fn person(scope: &mut Scope<'_>, permit: &MayKeep) -> Result<Option<Person>, StorageError> {
    let stored = scope.tx.find_object(&ObjectKey::Account(permit.account().clone()))?;
    let Some(stored) = stored else { return Ok(None) };
    read(scope, permit.account(), &rows::attributes(&stored)?).map(Some)
}

fn read(scope: &mut Scope<'_>, name: &AccountName, attributes: &Object) -> Result<Person, StorageError> {
    let called = attributes.get("name").and_then(Value::as_text).map(str::trim);
    let link = passwords::link_ends(scope, name)?;
    let standing = match (scope.tx.find_credential(name)?.map(|credential| credential.state), link) {
        (Some(AccountState::Active), _) => Standing::Active,
        (Some(AccountState::Disabled), _) => Standing::Disabled,
        (None, Some(until)) => Standing::Invited(until),
        (None, None) => Standing::NoPassword,
    };
    Ok(Person {
        account: name.clone(),
        called: called.filter(|called| !called.is_empty()).map(str::to_owned),
        groups: scope.tx.groups_of(&format!("account:{name}"))?,
        is_administrator: scope.services.settings.administrators.iter().any(|own| own == name.as_str()),
        seen: scope.tx.list_sessions_of(name)?.into_iter().map(|session| session.seen).max(),
        standing,
    })
}

const LONGEST_NAME: usize = 100;
