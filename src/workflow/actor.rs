//! Who acts, and which principals that is.

use crate::{
    storage::{AccountState, StorageError, Tx},
    types::AccountName,
};

/// The user that the signer's own writes are attributed to.
pub const PLUGIN_USER: &str = "plugin:remote-settings";

/// Who acts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Actor {
    user: Option<String>,
    principals: Vec<String>,
}

impl Actor {
    /// Nobody who signed in.
    pub fn anonymous() -> Self {
        Self { user: None, principals: vec![EVERYONE.to_owned()] }
    }

    /// An account that proved a moment ago who it is; nobody where it was disabled or deleted since. Read in the transaction of
    /// what it does, so nothing is done by an account after it was disabled.
    pub fn signed_in(name: &AccountName, tx: &mut dyn Tx) -> Result<Self, StorageError> {
        let credential = tx.find_credential(name)?;
        if credential.is_some_and(|credential| credential.state == AccountState::Active) {
            Self::account(name, tx)
        } else {
            Ok(Self::anonymous())
        }
    }

    /// An account; its groups are read now.
    pub fn account(name: &AccountName, tx: &mut dyn Tx) -> Result<Self, StorageError> {
        let user = format!("account:{name}");
        let mut principals = vec![user.clone()];
        for member in [user.as_str(), AUTHENTICATED] {
            for (bucket, group) in tx.groups_of(member)? {
                let uri = format!("/buckets/{bucket}/groups/{group}");
                if !principals.contains(&uri) {
                    principals.push(uri);
                }
            }
        }
        principals.extend([EVERYONE.to_owned(), AUTHENTICATED.to_owned()]);
        Ok(Self { user: Some(user), principals })
    }

    /// The same with its groups as they are now.
    pub fn read_again(&self, tx: &mut dyn Tx) -> Result<Self, StorageError> {
        match self.user.as_deref().and_then(|user| user.strip_prefix("account:")).map(AccountName::parse) {
            Some(Ok(name)) => Self::account(&name, tx),
            Some(Err(_)) | None => Ok(self.clone()),
        }
    }

    /// The service itself.
    pub fn plugin() -> Self {
        Self { user: Some(PLUGIN_USER.to_owned()), principals: vec![PLUGIN_USER.to_owned()] }
    }

    /// `account:NAME` or the plug-in user; `None` for anonymous.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The user first, then group URIs, then the system principals.
    pub fn principals(&self) -> &[String] {
        &self.principals
    }

    /// Whether one of the principals is this one.
    pub fn has_principal(&self, principal: &str) -> bool {
        self.principals.iter().any(|own| own == principal)
    }

    /// Whether it is the service itself.
    pub fn is_plugin(&self) -> bool {
        self.user() == Some(PLUGIN_USER)
    }
}

/// Everybody, signed in or not.
pub const EVERYONE: &str = "system.Everyone";
/// Everybody who signed in.
pub const AUTHENTICATED: &str = "system.Authenticated";
