//! The time that a write gets: all of `kinto-api` §7.3, once.
//!
//! Times strictly increase per list and are never shared by two entries of one list. A list's timestamp begins with
//! its parent, so reads write nothing.

use super::{RowError, Scope};
use crate::{
    storage::{Entry, ListKey, StorageError, Tombstones, Visit, Window},
    types::{Timestamp, Value},
};

/// What the client wants an entry's time to be, and what it is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Wanted {
    /// The time of the live entry that is written; `None` for a new one.
    pub current: Option<Timestamp>,
    /// The client's `last_modified`; `None` where there is none that counts.
    pub asked: Option<Timestamp>,
}

impl Wanted {
    /// A new entry at a time of the server's choice.
    pub const NEW: Self = Self { current: None, asked: None };

    /// An existing entry at a time of the server's choice.
    pub fn after(current: Timestamp) -> Self {
        Self { current: Some(current), asked: None }
    }
}

/// The client's `last_modified`: an integer that is no less than 0 and leaves room for later ones, else as if absent.
pub fn asked(value: Option<&Value>) -> Option<Timestamp> {
    let millis = u64::try_from(value?.as_integer()?).ok()?;
    Timestamp::from_millis(millis).ok().filter(|asked| *asked <= LATEST_ASKED)
}

/// The timestamp T of a list.
///
/// A list that was never used gets one now, to stay: only the lists without a parent can be so, once in a database's life. In
/// a read transaction that is [`StorageError::ReadOnly`], and the caller begins again with a write.
pub fn current(scope: &mut Scope<'_>, list: &ListKey) -> Result<Timestamp, StorageError> {
    if let Some(timestamp) = scope.tx.find_timestamp(list)? {
        return Ok(timestamp);
    }
    scope.tx.put_timestamp(list, scope.now)?;
    Ok(scope.now)
}

/// Gives a list that was never used the time of now, so that its reads have a stable one.
pub fn begin(scope: &mut Scope<'_>, list: &ListKey) -> Result<(), RowError> {
    guard_clock(scope)?;
    if scope.tx.find_timestamp(list)?.is_none() {
        scope.tx.put_timestamp(list, scope.now)?;
    }
    Ok(())
}

/// The time of a new or changed entry, or of its tombstone; T follows.
///
/// What the client asks counts only if it is later than the entry's own time. Later than T it becomes T; earlier it is kept
/// and T stays. In the lists of a signed source what lies ahead of the clock does not count (design §3).
pub fn assign(scope: &mut Scope<'_>, list: &ListKey, wanted: Wanted) -> Result<Timestamp, RowError> {
    guard_clock(scope)?;
    let last = scope.tx.find_timestamp(list)?;
    let asked = wanted
        .asked
        .filter(|asked| wanted.current.is_none_or(|current| *asked > current))
        .filter(|asked| *asked <= scope.now || !is_signed(scope, list));
    match (asked, last) {
        (Some(asked), Some(last)) if asked < last => {
            if is_taken(scope, list, asked)? {
                Err(RowError::TimestampTaken)
            } else {
                Ok(asked)
            }
        }
        (Some(asked), last) if last.is_none_or(|last| asked > last) => {
            scope.tx.put_timestamp(list, asked)?;
            Ok(asked)
        }
        (_, last) => {
            let after = last.map_or(Timestamp::ZERO, |last| last.plus_millis(1));
            if last == Some(after) {
                return Err(RowError::TimestampsExhausted);
            }
            let next = after.max(scope.now);
            scope.tx.put_timestamp(list, next)?;
            Ok(next)
        }
    }
}

/// Whether the server alone says what lies ahead in this list: records of a source, preview or destination.
fn is_signed(scope: &Scope<'_>, list: &ListKey) -> bool {
    match list {
        ListKey::Records(path) => scope.services.settings.resources.role(path).is_some(),
        ListKey::Collections(bucket) => scope.services.settings.resources.bucket_role(bucket).is_some(),
        ListKey::Accounts | ListKey::Buckets | ListKey::Groups(_) | ListKey::History(_) => false,
    }
}

/// Whether an entry or a tombstone of the list has this time (`kinto-api` §25, 16).
pub(super) fn is_taken(scope: &mut Scope<'_>, list: &ListKey, time: Timestamp) -> Result<bool, StorageError> {
    let window = Window {
        before: Some(time.plus_millis(1)),
        since: (time > Timestamp::ZERO).then(|| time.minus_millis(1)),
        tombstones: Tombstones::Shown,
    };
    if let ListKey::Records(path) = list {
        let mut taken = false;
        scope.tx.visit_newest_first(path, &window, &mut |_, entry| {
            taken |= match entry {
                Entry::Deleted(deleted) => deleted == time,
                Entry::Live(visited) => visited.record.last_modified == time,
            };
            Visit::Continue
        })?;
        return Ok(taken);
    }
    Ok(!scope.tx.list_objects(list, &window)?.is_empty())
}

/// Refuses every write while the clock is more than a day behind what it showed at an earlier write.
///
/// Asked once in a transaction. The highest time is noted once an hour: precise enough for a day.
fn guard_clock(scope: &mut Scope<'_>) -> Result<(), RowError> {
    if scope.effects.clock_checked {
        return Ok(());
    }
    let highest = scope.tx.find_counter(CLOCK)?;
    let now = scope.now.as_millis();
    if now.saturating_add(DAY) < highest {
        return Err(RowError::ClockBehind {
            highest: Timestamp::from_millis(highest).unwrap_or(Timestamp::MAX),
            now: scope.now,
        });
    }
    if now > highest.saturating_add(HOUR) {
        scope.tx.put_counter(CLOCK, now)?;
    }
    scope.effects.clock_checked = true;
    Ok(())
}

/// The counter that holds the highest time at which something was written; `doctor` reads it too.
pub const CLOCK: &str = "clock.highest";

/// A client's time beyond this does not count, so that no client can use up a list's times.
const LATEST_ASKED: Timestamp = match Timestamp::from_millis(1 << 52) {
    Ok(latest) => latest,
    Err(_) => Timestamp::MAX,
};

const HOUR: u64 = 3_600_000;

const DAY: u64 = 24 * HOUR;
