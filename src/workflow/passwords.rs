//! How people get and change their passwords in the pages: by a link that an administrator gives them, or by the one they have.
//!
//! A link works once and for a day; the database holds the SHA-256 of its token. A newer link, a new password by any other way,
//! and disabling the account end it. Until it is used the former password stays as it is.

use super::{
    Actor, Scope, Services, SignInError,
    access::MayAdminister,
    accounts::{self, AccountError},
    password::{HashError, Secret, sign_in},
    people::{self, Called},
    sessions::Token,
};
use crate::{
    storage::{AccountState, Credential, ObjectKey, StorageError},
    types::{AccountName, Object, Timestamp},
};

/// Makes an account with this password.
pub fn add(
    scope: &mut Scope<'_>,
    _: &MayAdminister,
    name: &AccountName,
    called: &Called,
    password: &Secret,
) -> Result<(), AccountError> {
    ask_unique(scope, name, called)?;
    accounts::create(scope, name, &attributes(called), password)
}

/// Makes an account whose owner chooses the password, by the link with this token.
pub fn invite(
    scope: &mut Scope<'_>,
    permit: &MayAdminister,
    name: &AccountName,
    called: &Called,
    token: &Token,
) -> Result<(), AccountError> {
    ask_unique(scope, name, called)?;
    accounts::create_without_password(scope, name, &attributes(called))?;
    make_link(scope, permit, name, token).map_err(|error| match error {
        LinkError::Account(error) => error,
        // It has just been made.
        LinkError::Disabled => AccountError::NoPassword { name: name.clone() },
    })
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// As every word on an account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A disabled account gets no password: it is enabled first.
    #[error("the account is disabled")]
    Disabled,
}

impl From<StorageError> for LinkError {
    fn from(error: StorageError) -> Self {
        Self::Account(error.into())
    }
}

/// Makes a link by which the account gets another password. The link before it ends.
pub fn make_link(
    scope: &mut Scope<'_>,
    _: &MayAdminister,
    name: &AccountName,
    token: &Token,
) -> Result<(), LinkError> {
    accounts::ask_for(scope, name)?;
    let credential = scope.tx.find_credential(name)?;
    if credential.is_some_and(|credential| credential.state == AccountState::Disabled) {
        return Err(LinkError::Disabled);
    }
    Ok(scope.tx.put_password_link(name, &token.digest(), scope.now)?)
}

/// Whose password a link sets; `None` where it does not work.
pub fn look(scope: &mut Scope<'_>, token: &Token) -> Result<Option<AccountName>, StorageError> {
    let Some((name, made)) = scope.tx.find_password_link(&token.digest())? else { return Ok(None) };
    let is_there = scope.tx.find_object(&ObjectKey::Account(name.clone()))?.is_some();
    Ok(Some(name).filter(|_| is_there && ends(made) > scope.now))
}

/// Why a link set no password.
#[derive(Debug, thiserror::Error)]
pub enum ChooseError {
    /// No hash.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// It was used, it is a day old, another one came after it, or the account was disabled.
    #[error("the link does not work")]
    Over,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Sets the password that a link is for, and uses it up. Whoever was signed in as that account is signed out.
pub fn choose(scope: &mut Scope<'_>, token: &Token, password: &Secret) -> Result<AccountName, ChooseError> {
    let Some(name) = look(scope, token)? else { return Err(ChooseError::Over) };
    let password_hash = password.hash(scope.services.random.as_ref())?;
    accounts::put_credential(scope, &name, &Credential { password_hash, state: AccountState::Active })?;
    Ok(name)
}

/// Until when the account's link works; `None` where there is none.
pub(super) fn link_ends(
    scope: &mut Scope<'_>,
    name: &AccountName,
) -> Result<Option<Timestamp>, StorageError> {
    let made = scope.tx.find_password_link_of(name)?;
    Ok(made.map(ends).filter(|until| *until > scope.now))
}

/// Why somebody keeps the password that they have.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The new one was not kept.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The current one could not be looked at now.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The current one is another.
    #[error("this is not the current password")]
    Wrong,
}

impl From<StorageError> for ChangeError {
    fn from(error: StorageError) -> Self {
        Self::Account(error.into())
    }
}

/// Changes the password of somebody who has it. Every session of the account ends. Wrong ones count as wrong ones at the
/// sign-in do. Runs transactions of its own.
pub fn change(
    name: &AccountName,
    current: &str,
    new: &Secret,
    services: &Services,
) -> Result<(), ChangeError> {
    if sign_in(name, current, services)?.is_none() {
        return Err(ChangeError::Wrong);
    }
    services.write(&Actor::anonymous(), |scope| {
        accounts::put_secret(scope, name, new).map_err(|error| ChangeError::Account(error.into()))
    })
}

/// Refused where another account goes by the id or by the name.
fn ask_unique(scope: &mut Scope<'_>, name: &AccountName, called: &Called) -> Result<(), AccountError> {
    if let Some(by) = people::goes_by(scope, name.as_str(), name)? {
        return Err(AccountError::IdTaken { by });
    }
    match called.taken_by(scope, name)? {
        Some(by) => Err(AccountError::NameTaken { by }),
        None => Ok(()),
    }
}

fn attributes(called: &Called) -> Object {
    let mut attributes = Object::new();
    called.put(&mut attributes);
    attributes
}

fn ends(made: Timestamp) -> Timestamp {
    made.plus_millis(LINK_MILLIS)
}

/// A day.
const LINK_MILLIS: u64 = 24 * 3_600_000;
