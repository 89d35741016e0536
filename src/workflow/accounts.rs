//! Accounts: who can sign in, and their passwords (`kinto-api` §13.4, with the differences of design §7).
//!
//! A password's hash is kept apart from the account's attributes: no answer and no history can show it. Only administrators
//! create accounts; whoever can set passwords can act as a second person, which docs/security.md says.
//!
//! A disabled account cannot sign in, and whoever is signed in with it is out with the commit: sessions, passwords that were
//! verified before, links by which it could get another one. What it edited, asked for and approved stays as it is.
//!
//! [`add`], [`set_password`] and [`list`] are for the one who has the folder: they ask for no permit.

use super::{
    RowError, Scope,
    access::MayAdminister,
    draft::{DraftFault, DraftProblem},
    password::{HashError, Secret, SecretError},
    review::Denied,
    rows,
    timestamps::Wanted,
};
use crate::{
    storage::{AccountState, Credential, Entry, ListKey, ObjectKey, Permissions, StorageError, Window},
    types::{AccountName, Object, Timestamp, Value},
};

/// An account as the operator lists it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountLine {
    /// When it was last written.
    pub last_modified: Timestamp,
    /// Its name.
    pub name: AccountName,
    /// Whether it may sign in. Without a password it may not.
    pub state: AccountState,
}

/// Why the operator's word on an account was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Not for whoever asks.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is one of that name.
    #[error("there is an account {name} already")]
    Exists {
        /// The name.
        name: AccountName,
    },
    /// The hash could not be made.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// Another account goes by the id that was asked for.
    #[error("the account {by} goes by this name")]
    IdTaken {
        /// Which.
        by: AccountName,
    },
    /// Without it nobody could administer.
    #[error("{name} is the last administrator who can sign in")]
    LastAdministrator {
        /// The name.
        name: AccountName,
    },
    /// There is none of that name.
    #[error("there is no account {name}")]
    Missing {
        /// The name.
        name: AccountName,
    },
    /// Another account goes by the name that was asked for.
    #[error("the account {by} goes by this name")]
    NameTaken {
        /// Which.
        by: AccountName,
    },
    /// It never had a password: it can be given one, but not enabled.
    #[error("{name} has no password yet")]
    NoPassword {
        /// The name.
        name: AccountName,
    },
    /// Clock, timestamps, database.
    #[error(transparent)]
    Row(#[from] RowError),
}

impl From<StorageError> for AccountError {
    fn from(error: StorageError) -> Self {
        Self::Row(RowError::Storage(error))
    }
}

/// Whether a write of an account has to bring a password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Password {
    /// It may keep the one that is there.
    Optional,
    /// It has to.
    Required,
}

/// Makes an account.
pub fn add(scope: &mut Scope<'_>, name: &AccountName, password: &Secret) -> Result<(), AccountError> {
    create(scope, name, &Object::new(), password)
}

/// Makes an account that has these attributes.
pub(super) fn create(
    scope: &mut Scope<'_>,
    name: &AccountName,
    attributes: &Object,
    password: &Secret,
) -> Result<(), AccountError> {
    create_without_password(scope, name, attributes)?;
    put_secret(scope, name, password)?;
    Ok(())
}

/// Makes an account with which nobody can sign in yet.
pub(super) fn create_without_password(
    scope: &mut Scope<'_>,
    name: &AccountName,
    attributes: &Object,
) -> Result<(), AccountError> {
    let key = ObjectKey::Account(name.clone());
    if scope.tx.find_object(&key)?.is_some() {
        return Err(AccountError::Exists { name: name.clone() });
    }
    let permissions = with_owner(name, Permissions::new());
    rows::put_object(scope, &key, attributes, &permissions, Wanted::NEW)?;
    Ok(())
}

/// Sets a password. An account that was disabled may sign in again: there is a new password because somebody wants that.
pub fn set_password(
    scope: &mut Scope<'_>,
    name: &AccountName,
    password: &Secret,
) -> Result<(), AccountError> {
    ask_for(scope, name)?;
    let password_hash = password.hash(scope.services.random.as_ref())?;
    put_credential(scope, name, &Credential { password_hash, state: AccountState::Active })?;
    Ok(())
}

/// Keeps an account from signing in, from the commit on. Doing it again changes nothing.
pub fn disable(scope: &mut Scope<'_>, _: &MayAdminister, name: &AccountName) -> Result<(), AccountError> {
    ask_for(scope, name)?;
    scope.tx.delete_password_link_of(name)?;
    // Without a password nobody signs in with it anyway.
    let Some(credential) = scope.tx.find_credential(name)? else { return Ok(()) };
    if credential.state == AccountState::Active && is_last_administrator(scope, name)? {
        return Err(AccountError::LastAdministrator { name: name.clone() });
    }
    put_credential(scope, name, &Credential { state: AccountState::Disabled, ..credential })?;
    Ok(())
}

/// Lets an account sign in again, with the password that it had.
pub fn enable(scope: &mut Scope<'_>, _: &MayAdminister, name: &AccountName) -> Result<(), AccountError> {
    ask_for(scope, name)?;
    let Some(credential) = scope.tx.find_credential(name)? else {
        return Err(AccountError::NoPassword { name: name.clone() });
    };
    if credential.state == AccountState::Disabled {
        put_credential(scope, name, &Credential { state: AccountState::Active, ..credential })?;
    }
    Ok(())
}

/// Refused where there is no such account.
pub(super) fn ask_for(scope: &mut Scope<'_>, name: &AccountName) -> Result<(), AccountError> {
    match scope.tx.find_object(&ObjectKey::Account(name.clone()))? {
        Some(_) => Ok(()),
        None => Err(AccountError::Missing { name: name.clone() }),
    }
}

/// Whether it administers, and no other account that administers can sign in.
fn is_last_administrator(scope: &mut Scope<'_>, name: &AccountName) -> Result<bool, StorageError> {
    let administrators = &scope.services.settings.administrators;
    if !administrators.iter().any(|own| own == name.as_str()) {
        return Ok(false);
    }
    for other in administrators.iter().filter(|own| *own != name.as_str()) {
        let Ok(other) = AccountName::parse(other) else { continue };
        let credential = scope.tx.find_credential(&other)?;
        if credential.is_some_and(|credential| credential.state == AccountState::Active) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// All accounts, by name.
pub fn list(scope: &mut Scope<'_>) -> Result<Vec<AccountLine>, StorageError> {
    let mut lines = Vec::new();
    for (id, entry) in scope.tx.list_objects(&ListKey::Accounts, &Window::default())? {
        let Entry::Live(stored) = entry else { continue };
        let name =
            AccountName::parse(&id).map_err(|_| StorageError::Corrupt { table: "objects", column: "id" })?;
        let state =
            scope.tx.find_credential(&name)?.map_or(AccountState::Disabled, |credential| credential.state);
        lines.push(AccountLine { last_modified: stored.last_modified, name, state });
    }
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(lines)
}

/// The owner may always write its own account, whoever wrote it last.
pub(super) fn with_owner(name: &AccountName, mut permissions: Permissions) -> Permissions {
    permissions.entry("write".to_owned()).or_default().insert(format!("account:{name}"));
    permissions
}

/// Takes the password out of an account's attributes, which keep no trace of it.
pub(super) fn take_password(
    attributes: &mut Object,
    password: Password,
) -> Result<Option<Secret>, DraftFault> {
    let fault = |problem| DraftFault::new(PASSWORD, problem);
    match (attributes.remove(PASSWORD), password) {
        (None, Password::Optional) => Ok(None),
        (None, Password::Required) | (Some(Value::Null), _) => Err(fault(DraftProblem::Required)),
        (Some(Value::Text(text)), _) => match Secret::new(text) {
            Ok(secret) => Ok(Some(secret)),
            Err(SecretError::Empty) => Err(fault(DraftProblem::Required)),
            Err(SecretError::TooLong) => Err(fault(DraftProblem::TooLong { most: Secret::LONGEST })),
        },
        (
            Some(Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::List(_) | Value::Object(_)),
            _,
        ) => Err(fault(DraftProblem::NotText)),
    }
}

/// A PUT that sends no data.
pub(super) fn no_password() -> DraftFault {
    DraftFault::new("data.password", DraftProblem::Required)
}

/// Keeps a password's hash; a disabled account stays disabled.
pub(super) fn put_secret(
    scope: &mut Scope<'_>,
    name: &AccountName,
    secret: &Secret,
) -> Result<(), PutSecretError> {
    let state = scope.tx.find_credential(name)?.map_or(AccountState::Active, |credential| credential.state);
    let password_hash = secret.hash(scope.services.random.as_ref())?;
    put_credential(scope, name, &Credential { password_hash, state })?;
    Ok(())
}

/// Another password, another state: who is signed in with the former ones is signed out, and no link waits.
pub(super) fn put_credential(
    scope: &mut Scope<'_>,
    name: &AccountName,
    credential: &Credential,
) -> Result<(), StorageError> {
    scope.tx.delete_sessions_of(name)?;
    scope.tx.delete_password_link_of(name)?;
    scope.tx.put_credential(name, credential)
}

/// Why a password is not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum PutSecretError {
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<PutSecretError> for AccountError {
    fn from(error: PutSecretError) -> Self {
        match error {
            PutSecretError::Hash(error) => Self::Hash(error),
            PutSecretError::Storage(error) => error.into(),
        }
    }
}

const PASSWORD: &str = "password";
