//! Passwords: their hash at rest, and the desk where they are checked.
//!
//! A check costs 19 MiB and some milliseconds on purpose. So the desk lets in as many at once as there are cores, makes
//! whoever guesses wait, takes the same time for names that do not exist, and remembers for minutes what it has verified.

use std::{
    collections::HashMap,
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use ring::hmac;
use zeroize::Zeroizing;

use super::Services;
use crate::{
    storage::{AccountState, Credential, StorageError},
    types::{AccountName, Random, RandomError, Timestamp},
};

/// A password, wiped when it goes. It prints as a placeholder.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Most bytes of a password.
    pub const LONGEST: usize = 1024;

    /// Takes a password: 1 to 1024 bytes.
    pub fn new(password: String) -> Result<Self, SecretError> {
        let password = Zeroizing::new(password);
        if password.is_empty() {
            Err(SecretError::Empty)
        } else if password.len() > Self::LONGEST {
            Err(SecretError::TooLong)
        } else {
            Ok(Self(password))
        }
    }

    /// Fewest characters of a password that somebody chooses in the pages.
    pub const FEWEST: usize = 10;

    /// Takes a password that somebody chose just now. Those of machines come by [`Secret::new`].
    pub fn choose(password: String) -> Result<Self, ChoiceError> {
        if password.chars().count() < Self::FEWEST {
            return Err(ChoiceError::TooShort);
        }
        Self::new(password).map_err(|_| ChoiceError::TooLong)
    }

    /// Its argon2id hash as PHC text, with fresh salt.
    pub fn hash(&self, random: &dyn Random) -> Result<String, HashError> {
        let mut salt = [0; 16];
        random.fill(&mut salt)?;
        let hash: PasswordHash =
            hasher()?.hash_password_with_salt(self.0.as_bytes(), &salt).map_err(|_| HashError::Algorithm)?;
        Ok(hash.to_string())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a text is no password.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SecretError {
    /// Nothing in it.
    #[error("a password cannot be empty")]
    Empty,
    /// More than 1024 bytes.
    #[error("a password has at most 1024 bytes")]
    TooLong,
}

/// Why a password is not to be chosen.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ChoiceError {
    /// More than 1024 bytes.
    #[error("A password has at most 1024 bytes.")]
    TooLong,
    /// Fewer than ten characters.
    #[error("Choose a password of at least ten characters, for example a few words.")]
    TooShort,
}

/// Why there is no hash.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The hash function refused its parameters.
    #[error("the password could not be hashed")]
    Algorithm,
    /// No salt.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Where passwords are checked. One for a whole process.
pub struct Desk {
    at_once: usize,
    decoy: String,
    key: hmac::Key,
    memory: Mutex<Memory>,
    queue: Mutex<Queue>,
    turn: Condvar,
}

impl Desk {
    /// A desk that checks `at_once` passwords at once: the number of cores.
    pub fn new(random: &dyn Random, at_once: usize) -> Result<Self, HashError> {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(key.as_mut())?;
        Ok(Self {
            at_once: at_once.max(1),
            decoy: Secret(Zeroizing::new("decoy".to_owned())).hash(random)?,
            key: hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()),
            memory: Mutex::default(),
            queue: Mutex::default(),
            turn: Condvar::new(),
        })
    }

    /// Waits for a turn.
    fn enter(&self) -> Result<Turn<'_>, SignInError> {
        let mut queue = lock(&self.queue);
        if queue.inside >= self.at_once && queue.waiting >= LONGEST_QUEUE {
            return Err(SignInError::Busy);
        }
        queue.waiting += 1;
        while queue.inside >= self.at_once {
            queue = self.turn.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.waiting -= 1;
        queue.inside += 1;
        Ok(Turn(self))
    }

    /// What stands for one password of one account with one stored hash: another hash, another tag.
    fn tag(&self, name: &AccountName, credential: &Credential, password: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [name.as_str(), &credential.password_hash, password] {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut tag = [0; 32];
        for (to, from) in tag.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        tag
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("at_once", &self.at_once).finish_non_exhaustive()
    }
}

/// Why nobody can say who it is.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Too many wrong passwords for this account: the next one is looked at after that time.
    #[error("too many wrong passwords; wait {seconds} s")]
    BackOff {
        /// How long to wait.
        seconds: u64,
    },
    /// Too many wait for their turn.
    #[error("too many password checks at once")]
    Busy,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The account that a name and a password prove; `None` for wrong ones, unknown and disabled accounts alike.
///
/// Blocks for the time of a check unless the same was verified within five minutes. Opens a read transaction of its own,
/// so call it outside any.
pub fn sign_in(
    name: &AccountName,
    password: &str,
    services: &Services,
) -> Result<Option<AccountName>, SignInError> {
    if password.len() > Secret::LONGEST {
        return Ok(None);
    }
    let desk = &services.desk;
    let now = services.clock.now();
    let credential = services.store.read(|tx| tx.find_credential(name))?;
    let tag = credential.as_ref().map(|credential| desk.tag(name, credential, password));
    let known = || tag.is_some_and(|tag| lock(&desk.memory).is_verified(&tag, now));
    if !known() {
        let _turn = desk.enter()?;
        // While waiting, another request may have proved the same.
        if !known() {
            lock(&desk.memory).may_try(name, now)?;
            let hash = credential.as_ref().map_or(&desk.decoy, |credential| &credential.password_hash);
            let right = verify(password, hash)? && credential.is_some();
            let mut memory = lock(&desk.memory);
            if right {
                memory.right(name, tag, now);
            } else {
                memory.wrong(name.clone(), now);
                return Ok(None);
            }
        }
    }
    let active = credential.is_some_and(|credential| credential.state == AccountState::Active);
    Ok(active.then(|| name.clone()))
}

/// What the desk remembers. Bounded: who fills it is forgotten first.
#[derive(Debug, Default)]
struct Memory {
    failures: HashMap<AccountName, Failures>,
    verified: HashMap<[u8; 32], Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    in_a_row: u32,
    last: Timestamp,
}

impl Memory {
    fn is_verified(&self, tag: &[u8; 32], now: Timestamp) -> bool {
        self.verified.get(tag).is_some_and(|at| is_within(*at, now, REMEMBERED_MILLIS))
    }

    fn may_try(&self, name: &AccountName, now: Timestamp) -> Result<(), SignInError> {
        let Some(failures) = self.failures.get(name) else { return Ok(()) };
        let wait = failures.wait_millis();
        if wait == 0 || !is_within(failures.last, now, wait) {
            return Ok(());
        }
        let left = failures.last.plus_millis(wait).as_millis().saturating_sub(now.as_millis());
        Err(SignInError::BackOff { seconds: left.div_ceil(1_000).max(1) })
    }

    fn right(&mut self, name: &AccountName, tag: Option<[u8; 32]>, now: Timestamp) {
        self.failures.remove(name);
        if self.verified.len() >= MOST_REMEMBERED {
            self.verified.retain(|_, at| is_within(*at, now, REMEMBERED_MILLIS));
        }
        if self.verified.len() >= MOST_REMEMBERED {
            self.verified.clear();
        }
        self.verified.extend(tag.map(|tag| (tag, now)));
    }

    fn wrong(&mut self, name: AccountName, now: Timestamp) {
        if self.failures.len() >= MOST_REMEMBERED && !self.failures.contains_key(&name) {
            let oldest = self.failures.iter().min_by_key(|(_, failures)| failures.last);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                self.failures.remove(&oldest);
            }
        }
        let failures = self.failures.entry(name).or_insert(Failures { in_a_row: 0, last: now });
        if !is_within(failures.last, now, FORGIVEN_MILLIS) {
            failures.in_a_row = 0;
        }
        failures.in_a_row = failures.in_a_row.saturating_add(1);
        failures.last = now;
    }
}

impl Failures {
    /// Nothing for the first five, then a second, doubled each time, a minute at most.
    fn wait_millis(self) -> u64 {
        match self.in_a_row.checked_sub(FREE_FAILURES) {
            None | Some(0) => 0,
            Some(beyond) => 1_000_u64
                .checked_shl(beyond - 1)
                .map_or(LONGEST_WAIT_MILLIS, |wait| wait.clamp(1_000, LONGEST_WAIT_MILLIS)),
        }
    }
}

#[derive(Debug, Default)]
struct Queue {
    inside: usize,
    waiting: usize,
}

/// A turn at the desk; given back when it goes.
struct Turn<'a>(&'a Desk);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.queue).inside -= 1;
        self.0.turn.notify_one();
    }
}

fn verify(password: &str, hash: &str) -> Result<bool, StorageError> {
    let hash = PasswordHash::new(hash)
        .map_err(|_| StorageError::Corrupt { table: "credentials", column: "password_hash" })?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

fn hasher() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashError::Algorithm)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Whether less than `millis` went by since then. A clock that went back counts as no time.
fn is_within(then: Timestamp, now: Timestamp, millis: u64) -> bool {
    now.as_millis().saturating_sub(then.as_millis()) < millis
}

/// What is in it is whole after every statement, so a panic elsewhere does not matter.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// The parameters that OWASP names first for argon2id.
const LANES: u32 = 1;
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

const FORGIVEN_MILLIS: u64 = 15 * 60_000;
const FREE_FAILURES: u32 = 5;
/// Waiting takes a thread each; the others are for those who are known.
const LONGEST_QUEUE: usize = 32;
const LONGEST_WAIT_MILLIS: u64 = 60_000;
const MOST_REMEMBERED: usize = 10_000;
const REMEMBERED_MILLIS: u64 = 5 * 60_000;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::types::SeededRandom;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let random = SeededRandom::new(1);
        let one = Secret::new("one".to_owned()).unwrap().hash(&random).unwrap();
        let again = Secret::new("one".to_owned()).unwrap().hash(&random).unwrap();
        assert_ne!(one, again);
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert!(verify("one", &one).unwrap());
        assert!(!verify("two", &one).unwrap());
        assert!(matches!(
            verify("one", "plain"),
            Err(StorageError::Corrupt { table: "credentials", column: "password_hash" })
        ));
    }

    #[test]
    fn a_password_has_one_to_1024_bytes_and_does_not_print() {
        assert_eq!(Secret::new(String::new()).unwrap_err(), SecretError::Empty);
        assert_eq!(Secret::new("x".repeat(1025)).unwrap_err(), SecretError::TooLong);
        assert_eq!(format!("{:?}", Secret::new("x".repeat(1024)).unwrap()), "Secret(..)");
    }

    #[test]
    fn whoever_guesses_waits_longer_each_time_and_is_forgiven() {
        let name = AccountName::parse("a").unwrap();
        let mut memory = Memory::default();
        for _ in 0..5 {
            assert!(memory.may_try(&name, at(1_000)).is_ok());
            memory.wrong(name.clone(), at(1_000));
        }
        assert!(memory.may_try(&name, at(1_000)).is_ok());
        for (wrong_at, seconds) in [(1_000, 1), (10_000, 2), (20_000, 4), (30_000, 8)] {
            memory.wrong(name.clone(), at(wrong_at));
            let refused = memory.may_try(&name, at(wrong_at));
            assert!(matches!(refused, Err(SignInError::BackOff { seconds: told }) if told == seconds));
            assert!(memory.may_try(&name, at(wrong_at + seconds * 1_000)).is_ok());
        }
        for _ in 0..100 {
            memory.wrong(name.clone(), at(40_000));
        }
        assert!(matches!(memory.may_try(&name, at(40_000)), Err(SignInError::BackOff { seconds: 60 })));
        memory.wrong(name.clone(), at(40_000 + FORGIVEN_MILLIS));
        assert!(memory.may_try(&name, at(40_000 + FORGIVEN_MILLIS)).is_ok());
    }

    #[test]
    fn as_many_check_at_once_as_there_are_cores_and_few_wait() {
        let desk = Desk::new(&SeededRandom::new(1), 1).unwrap();
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|threads| {
            let first = desk.enter().unwrap();
            let waiting: Vec<_> = (0..LONGEST_QUEUE)
                .map(|_| {
                    threads.spawn(|| {
                        let turn = desk.enter();
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        turn.is_ok()
                    })
                })
                .collect();
            while lock(&desk.queue).waiting < LONGEST_QUEUE {
                std::thread::yield_now();
            }
            assert!(matches!(desk.enter(), Err(SignInError::Busy)));
            drop(first);
            assert!(waiting.into_iter().all(|thread| thread.join().unwrap()));
        });
        assert_eq!(most.load(Ordering::SeqCst), 1);
        assert!(desk.enter().is_ok());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut memory = Memory::default();
        let names: Vec<AccountName> = (0..MOST_REMEMBERED + 10)
            .map(|number| AccountName::parse(&format!("a{number}")).unwrap())
            .collect();
        for (millis, name) in (0_u64..).zip(&names) {
            memory.wrong(name.clone(), at(millis));
        }
        assert_eq!(memory.failures.len(), MOST_REMEMBERED);
        assert!(!memory.failures.contains_key(&names[0]));
        assert!(memory.failures.contains_key(&names[MOST_REMEMBERED + 9]));
        for number in 0..MOST_REMEMBERED + 10 {
            let mut tag = [0; 32];
            tag[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
            memory.right(&names[0], Some(tag), at(1));
        }
        assert_eq!(memory.verified.len(), 10);
    }
}
