//! What people are called: the attribute `name` of their account, else its id.

use std::collections::BTreeMap;

use super::{PLUGIN_USER, Scope, accounts, rows};
use crate::{
    storage::{ObjectKey, StorageError},
    types::{AccountName, Value},
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
    /// No account is called so.
    Nobody,
    /// This account.
    One(AccountName),
    /// More than one account is called so.
    Several,
}

/// The account that somebody typed: by its id, with or without `account:`, else by what the person is called, whatever the
/// case. Asks for no permission.
pub fn find(scope: &mut Scope<'_>, typed: &str) -> Result<Found, StorageError> {
    let typed = typed.trim();
    let id = typed.strip_prefix("account:").unwrap_or(typed);
    if let Ok(account) = AccountName::parse(id)
        && scope.tx.find_object(&ObjectKey::Account(account.clone()))?.is_some()
    {
        return Ok(Found::One(account));
    }
    let typed = typed.to_lowercase();
    let mut found = Found::Nobody;
    for line in accounts::list(scope)? {
        if name_of(scope, &line.name)?.to_lowercase() != typed {
            continue;
        }
        if found != Found::Nobody {
            return Ok(Found::Several);
        }
        found = Found::One(line.name);
    }
    Ok(found)
}
