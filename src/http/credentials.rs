//! HTTP Basic credentials: the only ones that the API reads. Cookies are never looked at.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::Headers;
use crate::types::AccountName;

/// What an `Authorization` header says.
#[derive(Clone, Eq, PartialEq)]
pub enum Credentials {
    /// Nothing, or nothing that we read: anonymous.
    Absent,
    /// A name and a password, not yet checked.
    Basic {
        /// The account.
        name: AccountName,
        /// What is said to be its password.
        password: Zeroizing<String>,
    },
}

impl Credentials {
    /// Reads the header. What cannot be read counts as absent: the request goes on as anonymous (`kinto-api` §13.2).
    pub fn parse(headers: &Headers) -> Self {
        headers.find("Authorization").and_then(basic).unwrap_or(Self::Absent)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("Absent"),
            Self::Basic { name, .. } => f.debug_struct("Basic").field("name", name).finish_non_exhaustive(),
        }
    }
}

fn basic(value: &str) -> Option<Credentials> {
    let (scheme, encoded) = value.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let text = std::str::from_utf8(&decoded).ok()?;
    let (name, password) = text.split_once(':')?;
    let name = AccountName::parse(name).ok()?;
    Some(Credentials::Basic { name, password: Zeroizing::new(password.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Credentials {
        Credentials::parse(&Headers::new(vec![("authorization".to_owned(), value.to_owned())]))
    }

    #[test]
    fn basic_credentials_are_read() {
        let expected = Credentials::Basic {
            name: AccountName::parse("alice").unwrap(),
            password: Zeroizing::new("a:b é".to_owned()),
        };
        assert_eq!(parse(&format!("bAsIc {}", STANDARD.encode("alice:a:b é"))), expected);
        assert_eq!(format!("{expected:?}"), "Basic { name: AccountName(\"alice\"), .. }");
    }

    #[test]
    fn what_cannot_be_read_is_anonymous() {
        for value in ["", "Basic", "Basic ###", "Bearer abc", "Basic YWxpY2U=", "Basic Onh4", "Basic /w=="] {
            assert_eq!(parse(value), Credentials::Absent, "{value}");
        }
    }
}
