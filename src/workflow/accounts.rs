//! Accounts: who can sign in, and their passwords (`kinto-api` §13.4, with the differences of design §7).
//!
//! A password's hash is kept apart from the account's attributes: no answer and no history can show it. Only administrators
//! create accounts; whoever can set passwords can act as a second person, which docs/security.md says.
//!
//! [`add`], [`set_password`], [`set_state`] and [`list`] are for the one who has the folder: they ask for no permit.

use super::{
    RowError, Scope,
    draft::{DraftFault, DraftProblem},
    password::{HashError, Secret, SecretError},
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
    /// There is one of that name.
    #[error("there is an account {name} already")]
    Exists {
        /// The name.
        name: AccountName,
    },
    /// The hash could not be made.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// There is none of that name.
    #[error("there is no account {name}")]
    Missing {
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
    let key = ObjectKey::Account(name.clone());
    if scope.tx.find_object(&key)?.is_some() {
        return Err(AccountError::Exists { name: name.clone() });
    }
    let permissions = with_owner(name, Permissions::new());
    rows::put_object(scope, &key, attributes, &permissions, Wanted::NEW)?;
    put_secret(scope, name, password)?;
    Ok(())
}

/// Sets a password. An account that was disabled may sign in again: there is a new password because somebody wants that.
pub fn set_password(
    scope: &mut Scope<'_>,
    name: &AccountName,
    password: &Secret,
) -> Result<(), AccountError> {
    let key = ObjectKey::Account(name.clone());
    if scope.tx.find_object(&key)?.is_none() {
        return Err(AccountError::Missing { name: name.clone() });
    }
    let password_hash = password.hash(scope.services.random.as_ref())?;
    put_credential(scope, name, &Credential { password_hash, state: AccountState::Active })?;
    Ok(())
}

/// Lets an account sign in, or not. From the commit on, also where its password was verified before.
pub fn set_state(scope: &mut Scope<'_>, name: &AccountName, state: AccountState) -> Result<(), AccountError> {
    let Some(credential) = scope.tx.find_credential(name)? else {
        return Err(AccountError::Missing { name: name.clone() });
    };
    put_credential(scope, name, &Credential { state, ..credential })?;
    Ok(())
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

/// Another password, another state: who is signed in with the former ones is signed out.
fn put_credential(
    scope: &mut Scope<'_>,
    name: &AccountName,
    credential: &Credential,
) -> Result<(), StorageError> {
    scope.tx.delete_sessions_of(name)?;
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
