//! Who is signed in to the pages: sessions that last for hours, known by a token that only the browser holds.
//!
//! The database holds the token's SHA-256, so whoever reads a backup cannot sign in with it. A session ends by itself when it
//! is idle or old, at sign-out, and with every change of its account's password or state.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::{Scope, access::MayKeep};
use crate::{
    storage::{AccountState, StorageError, StoredSession},
    types::{AccountName, Random, RandomError, Sha256Digest, Timestamp},
};

/// 256 random bits that stand for a sign-in. It prints as a placeholder.
#[derive(Clone, Eq, PartialEq)]
pub struct Token(Zeroizing<[u8; 32]>);

impl Token {
    /// A new one.
    pub fn new(random: &dyn Random) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// From the text of [`Token::to_text`]; `None` for every other text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        bytes.as_slice().try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// 43 characters of URL-safe base64.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_slice())
    }

    /// What the database knows it by.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.0.as_slice())
    }

    /// 32 bytes that only the holder of the token and this program can know, another for each purpose.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        *Sha256Digest::of_parts(&[purpose.as_bytes(), b"\0", self.0.as_slice()]).as_bytes()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Begins a session for who has just proved who it is. Always with a new token: one that somebody planted is of no use.
pub fn begin(scope: &mut Scope<'_>, account: &AccountName, token: &Token) -> Result<(), StorageError> {
    let now = scope.now;
    scope.tx.purge_sessions(now.minus_millis(LONGEST_MILLIS), now.minus_millis(IDLE_MILLIS))?;
    let session = StoredSession { account: account.clone(), begun: now, seen: now };
    scope.tx.put_session(&token.digest(), &session)
}

/// Whose session it is; `None` if it has ended.
pub fn find(scope: &mut Scope<'_>, token: &Token) -> Result<Option<StoredSession>, StorageError> {
    let Some(session) = scope.tx.find_session(&token.digest())? else { return Ok(None) };
    if is_over(&session, scope.now) {
        return Ok(None);
    }
    let credential = scope.tx.find_credential(&session.account)?;
    let is_active = credential.is_some_and(|credential| credential.state == AccountState::Active);
    Ok(Some(session).filter(|_| is_active))
}

fn is_over(session: &StoredSession, now: Timestamp) -> bool {
    session.begun.plus_millis(LONGEST_MILLIS) <= now || session.seen.plus_millis(IDLE_MILLIS) <= now
}

/// Whether it is time to write down that the session is in use.
pub fn is_due(session: &StoredSession, now: Timestamp) -> bool {
    session.seen.plus_millis(SEEN_MILLIS) <= now
}

/// Writes down that the session is in use. Nothing happens where it has ended meanwhile.
pub fn note_use(scope: &mut Scope<'_>, token: &Token) -> Result<(), StorageError> {
    let Some(session) = find(scope, token)? else { return Ok(()) };
    scope.tx.put_session(&token.digest(), &StoredSession { seen: scope.now, ..session })
}

/// Ends a session.
pub fn end(scope: &mut Scope<'_>, token: &Token) -> Result<(), StorageError> {
    scope.tx.delete_session(&token.digest()).map(|_| ())
}

/// The sessions of an account that have not ended, the one that was used last first.
pub fn list(scope: &mut Scope<'_>, permit: &MayKeep) -> Result<Vec<StoredSession>, StorageError> {
    let mut sessions = scope.tx.list_sessions_of(permit.account())?;
    sessions.retain(|session| !is_over(session, scope.now));
    Ok(sessions)
}

/// Ends every session of an account.
pub fn end_all(scope: &mut Scope<'_>, permit: &MayKeep) -> Result<(), StorageError> {
    scope.tx.delete_sessions_of(permit.account())
}

/// A session that is not used ends after half a day.
pub const IDLE_MILLIS: u64 = 12 * 3_600_000;
/// A session ends after a week, used or not.
pub const LONGEST_MILLIS: u64 = 7 * 24 * 3_600_000;
/// How old the time of the last use may be: reading pages writes seldom.
const SEEN_MILLIS: u64 = 5 * 60_000;
