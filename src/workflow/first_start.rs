//! The first administrator of a new installation, made in the pages by whoever has a link that the console printed.
//!
//! A link works once, for a day, and only while there is no account at all. The database holds the SHA-256 of its token.

use super::{
    Scope,
    accounts::{self, AccountError},
    password::Secret,
    sessions::Token,
};
use crate::{
    storage::{Entry, ListKey, StorageError, Window},
    types::{AccountName, Object},
};

/// What a link is good for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Link {
    /// It makes the first administrator.
    Good,
    /// There is an account: this is over.
    Over,
    /// It is a day old, or none that this installation made.
    Unknown,
}

/// Why there is no administrator.
#[derive(Debug, thiserror::Error)]
pub enum FirstStartError {
    /// As the making of every account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The link is not good.
    #[error("the link does not work")]
    Link(Link),
    /// The configuration names other administrators.
    #[error("accounts.administrators does not name {name}")]
    NotAdministrator {
        /// Who was named.
        name: AccountName,
    },
}

impl From<StorageError> for FirstStartError {
    fn from(error: StorageError) -> Self {
        Self::Account(error.into())
    }
}

/// Whether there is no account yet.
pub fn is_open(scope: &mut Scope<'_>) -> Result<bool, StorageError> {
    let accounts = scope.tx.list_objects(&ListKey::Accounts, &Window::default())?;
    Ok(!accounts.iter().any(|(_, entry)| matches!(entry, Entry::Live(_))))
}

/// Remembers a link; `false`, and nothing is remembered, where there is an account. For the one who has the folder.
pub fn make_link(scope: &mut Scope<'_>, token: &Token) -> Result<bool, StorageError> {
    if !is_open(scope)? {
        return Ok(false);
    }
    scope.tx.insert_first_start_link(&token.digest(), scope.now)?;
    Ok(true)
}

/// What a link is good for now.
pub fn look(scope: &mut Scope<'_>, token: &Token) -> Result<Link, StorageError> {
    if !is_open(scope)? {
        return Ok(Link::Over);
    }
    let made = scope.tx.find_first_start_link(&token.digest())?;
    let is_fresh = made.is_some_and(|made| made.plus_millis(LINK_MILLIS) > scope.now);
    Ok(if is_fresh { Link::Good } else { Link::Unknown })
}

/// Makes the first administrator, one of those that the configuration names; every link is used up with it. `called` is what
/// people see instead of the account's name.
pub fn make_administrator(
    scope: &mut Scope<'_>,
    token: &Token,
    name: &AccountName,
    called: &str,
    password: &Secret,
) -> Result<(), FirstStartError> {
    match look(scope, token)? {
        Link::Good => {}
        link @ (Link::Over | Link::Unknown) => return Err(FirstStartError::Link(link)),
    }
    if !scope.services.settings.administrators.iter().any(|own| own == name.as_str()) {
        return Err(FirstStartError::NotAdministrator { name: name.clone() });
    }
    let mut attributes = Object::new();
    if !called.is_empty() {
        attributes.insert("name", called);
    }
    accounts::create(scope, name, &attributes, password)?;
    Ok(scope.tx.purge_first_start_links()?)
}

/// A day.
const LINK_MILLIS: u64 = 24 * 3_600_000;
