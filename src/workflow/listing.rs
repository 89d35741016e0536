//! Which entries of a list are asked for, and a page of them (`kinto-api` §11): newest first, filters, a limit.

use super::{access::Part, outcome::Deleted, query::Filter};
use crate::{
    storage::{Tombstones, Window},
    types::{Object, Timestamp},
};

/// What a list is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListQuery {
    /// Only what follows the entry of that time: the next page.
    pub after: Option<Timestamp>,
    /// Only what was modified before this.
    pub before: Option<Timestamp>,
    /// Only what has all of these.
    pub filters: Vec<Filter>,
    /// At most so many; `None` for as many as fit a page.
    pub limit: Option<usize>,
    /// Only what was modified after this.
    pub since: Option<Timestamp>,
    /// Whether tombstones are asked for: where the time is.
    pub tombstones: Tombstones,
}

/// A page of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// Canonical JSON text of the array of entries.
    pub data: Vec<u8>,
    /// Where the next page goes on; `None` where this is the last one.
    pub next: Option<Timestamp>,
    /// The timestamp of the whole list.
    pub timestamp: Timestamp,
}

/// What the deletion of a list deleted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cleared {
    /// Tombstones in the order of deletion.
    pub deleted: Vec<Deleted>,
    /// Where the next page goes on, by the times before the deletion; `None` where nothing is left.
    pub next: Option<Timestamp>,
    /// The time of the last tombstone; the list's where nothing was deleted.
    pub timestamp: Timestamp,
}

impl ListQuery {
    /// What the database narrows by.
    pub fn window(&self) -> Window {
        let before = match (self.before, self.after) {
            (Some(before), Some(after)) => Some(before.min(after)),
            (before, after) => before.or(after),
        };
        Window { before, since: self.since, tombstones: self.tombstones }
    }

    /// As [`ListQuery::window`], of live entries alone.
    pub fn live_window(&self) -> Window {
        Window { tombstones: Tombstones::Hidden, ..self.window() }
    }

    /// The same without pages: for counting.
    #[must_use]
    pub fn unpaged(&self) -> Self {
        Self { after: None, limit: None, ..self.clone() }
    }

    /// Whether a live entry with this URI is asked for and in the part; `members` is asked for where it matters only.
    pub(super) fn takes<E>(
        &self,
        part: &Part,
        uri: &str,
        members: impl FnOnce() -> Result<Object, E>,
    ) -> Result<bool, E> {
        let shared = match part {
            Part::All => true,
            Part::Only(uris) => uris.binary_search_by(|own| own.as_str().cmp(uri)).is_ok(),
        };
        if !shared || self.filters.is_empty() {
            return Ok(shared);
        }
        let members = members()?;
        Ok(self.filters.iter().all(|filter| filter.matches(&members)))
    }

    /// Whether a tombstone is asked for. Only who sees all of a list sees tombstones.
    pub(super) fn takes_tombstone(&self, part: &Part, tombstone: &Deleted) -> bool {
        *part == Part::All && self.filters.iter().all(|filter| filter.matches(&tombstone.members()))
    }
}

/// A page being filled.
#[derive(Debug)]
pub(super) struct Page {
    data: Vec<u8>,
    last: Option<Timestamp>,
    len: usize,
    more: bool,
    most: usize,
}

impl Page {
    pub(super) fn new(query: &ListQuery, most: usize) -> Self {
        let most = query.limit.map_or(most, |limit| limit.min(most));
        Self { data: vec![b'['], last: None, len: 0, more: false, most }
    }

    /// Whether one more entry goes in. If not, the page knows that there is more.
    pub(super) fn has_room(&mut self) -> bool {
        self.more |= self.len >= self.most;
        !self.more
    }

    /// Whether it is known that there is more.
    pub(super) fn is_over(&self) -> bool {
        self.more
    }

    /// Adds an entry that `write` spells.
    pub(super) fn push(&mut self, at: Timestamp, write: impl FnOnce(&mut Vec<u8>)) {
        if self.len > 0 {
            self.data.push(b',');
        }
        write(&mut self.data);
        self.note(at);
    }

    /// Counts an entry without its text.
    pub(super) fn note(&mut self, at: Timestamp) {
        self.len += 1;
        self.last = Some(at);
    }

    /// Where the next page goes on.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.last.filter(|_| self.more)
    }

    pub(super) fn finish(mut self, timestamp: Timestamp) -> Listed {
        self.data.push(b']');
        Listed { next: self.next(), data: self.data, timestamp }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_there_is_more() {
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let mut page = Page::new(&ListQuery { limit: Some(2), ..ListQuery::default() }, 10);
        for millis in [9, 8, 7] {
            if page.has_room() {
                page.push(at(millis), |data| data.extend_from_slice(millis.to_string().as_bytes()));
            }
        }
        let listed = page.finish(at(10));
        assert_eq!(listed, Listed { data: b"[9,8]".to_vec(), next: Some(at(8)), timestamp: at(10) });

        let mut page = Page::new(&ListQuery::default(), 2);
        for millis in [9, 8] {
            assert!(page.has_room());
            page.push(at(millis), |data| data.push(b'0'));
        }
        assert_eq!(page.finish(at(9)).next, None);
    }
}
