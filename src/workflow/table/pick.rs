//! Picks one page out of all rows without keeping more than a few pages of them.

use std::cmp::Ordering;

use super::Place;
use crate::{
    types::{RecordRef, Timestamp, Value},
    workflow::query::Sort,
};

/// A row with what it is ordered by.
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    pub(super) at: Timestamp,
    pub(super) id: String,
    pub(super) keys: Vec<Option<Value>>,
}

/// Rows being looked through.
#[derive(Debug)]
pub(super) struct Picker<'a> {
    kept: Vec<Keyed>,
    matching: u64,
    most: usize,
    /// How many rows come before the pivot, itself counted where the page follows it.
    passed: u64,
    pivot: Option<Keyed>,
    side: Side,
    sort: &'a Sort,
}

/// On which side of the pivot the page is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Side {
    After,
    Before,
}

/// One page.
#[derive(Debug)]
pub(super) struct Picked {
    pub(super) first: u64,
    pub(super) is_more: bool,
    pub(super) matching: u64,
    pub(super) rows: Vec<(Timestamp, String)>,
}

impl<'a> Picker<'a> {
    pub(super) fn new(sort: &'a Sort, place: &Place, pivot: Option<Keyed>, limit: usize) -> Self {
        let side = match (place, &pivot) {
            (Place::Before(_), Some(_)) => Side::Before,
            (Place::After(_) | Place::Before(_) | Place::First, _) => Side::After,
        };
        Self { kept: Vec::new(), matching: 0, most: limit.saturating_add(1), passed: 0, pivot, side, sort }
    }

    /// One more row that matches.
    pub(super) fn offer(&mut self, id: &str, record: RecordRef<'_>) {
        self.matching = self.matching.saturating_add(1);
        let row = Keyed { at: record.last_modified, id: id.to_owned(), keys: self.sort.keys(record) };
        if let Some(pivot) = &self.pivot {
            let order = compare(self.sort, &row, pivot);
            let is_passed = match self.side {
                Side::After => order.is_le(),
                Side::Before => order.is_lt(),
            };
            self.passed = self.passed.saturating_add(u64::from(is_passed));
            if is_passed != (self.side == Side::Before) {
                return;
            }
        }
        self.kept.push(row);
        if self.kept.len() >= self.most.saturating_mul(KEPT_PAGES) {
            self.shrink();
        }
    }

    /// The page.
    pub(super) fn finish(mut self) -> Picked {
        self.shrink();
        let is_more = self.kept.len() >= self.most;
        let limit = self.most.saturating_sub(1);
        match self.side {
            Side::After => self.kept.truncate(limit),
            Side::Before => drop(self.kept.drain(..self.kept.len().saturating_sub(limit))),
        }
        let len = u64::try_from(self.kept.len()).unwrap_or(u64::MAX);
        let first = match self.side {
            Side::After => self.passed,
            Side::Before => self.passed.saturating_sub(len),
        };
        let rows = self.kept.into_iter().map(|row| (row.at, row.id)).collect();
        Picked { first, is_more, matching: self.matching, rows }
    }

    /// Keeps what may still be on the page, in order.
    fn shrink(&mut self) {
        let sort = self.sort;
        self.kept.sort_by(|one, other| compare(sort, one, other));
        match self.side {
            Side::After => self.kept.truncate(self.most),
            Side::Before => drop(self.kept.drain(..self.kept.len().saturating_sub(self.most))),
        }
    }
}

/// By the keys, then newest first, then by id.
fn compare(sort: &Sort, one: &Keyed, other: &Keyed) -> Ordering {
    sort.compare(&one.keys, &other.keys)
        .then_with(|| other.at.cmp(&one.at))
        .then_with(|| one.id.cmp(&other.id))
}

/// Rows are sorted when so many pages of them have come together.
const KEPT_PAGES: usize = 8;
