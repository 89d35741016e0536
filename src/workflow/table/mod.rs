//! The records of a source as a table shows them: a page of them, each as against what is published.
//!
//! In the order of time a page costs what it shows, whatever the collection holds: it is read from an index. A search, a filter
//! or another order reads every record once, as bytes, and keeps no more than a page of them.

mod cursor;
mod pick;

use self::pick::{Picked, Picker};
use super::{
    Resource, Scope,
    access::{MayList, Part},
    query::{Direction, Filter, Search, Sort},
    review, rows,
};
use crate::{
    storage::{
        Entry, ListKey, Standing, StorageError, StoredRecord, Subject, Tally, TimeOrder, Tombstones, Visit,
        VisitedRecord, Window,
    },
    types::{CollectionPath, Object, RecordId, RecordRef, Sha256Digest, Timestamp, Value},
};

pub use cursor::{Cursor, CursorError};

/// What a table is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    /// Only what fits all of these.
    pub filters: Vec<Filter>,
    /// At most so many rows.
    pub limit: usize,
    /// Which page.
    pub place: Place,
    /// Only what this finds.
    pub search: Search,
    /// All, or what changed.
    pub show: Show,
    /// In which order.
    pub sort: Sort,
}

/// Which page of a table.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Place {
    /// The one that follows that row.
    After(Cursor),
    /// The one that ends before that row.
    Before(Cursor),
    /// The first one.
    #[default]
    First,
}

/// Which rows a table has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Show {
    /// Every record, and what was removed since it was published.
    #[default]
    All,
    /// What differs from what is published.
    Changed,
}

/// A page of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What differs from what is published, in numbers.
    pub changes: Tally,
    /// How many rows come before this page; near enough where others are writing.
    pub first: u64,
    /// How many rows the table has as it was asked for; `None` where that is all of it, and nobody counted.
    pub matching: Option<u64>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
    /// Where the page before ends.
    pub previous: Option<Cursor>,
    /// How many live records the source has.
    pub records: u64,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A record in a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// When it was last written in the source, or removed from it.
    pub at: Timestamp,
    /// The record.
    pub id: RecordId,
    /// What it is, as against what is published.
    pub state: State,
}

/// A record as against what is published. Objects are without `last_modified`.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// It is not published yet.
    Added(Object),
    /// Something else is published.
    Changed {
        /// What it is.
        after: Object,
        /// What is published.
        before: Object,
    },
    /// It is published, and no longer in the source.
    Removed(Object),
    /// It is published as it is.
    Same(Object),
}

impl State {
    /// What the table shows of it.
    pub fn shown(&self) -> &Object {
        match self {
            Self::Added(shown)
            | Self::Changed { after: shown, .. }
            | Self::Removed(shown)
            | Self::Same(shown) => shown,
        }
    }
}

/// A page of the table of a resource's source. Who reads a part of the records alone sees that part, and nothing of what was
/// removed.
pub fn read(
    scope: &mut Scope<'_>,
    permit: &MayList<CollectionPath>,
    resource: &Resource,
    wanted: &Wanted,
) -> Result<Table, StorageError> {
    let source = permit.list();
    let changes = review::tally(scope, resource)?;
    let records = match permit.part() {
        Part::All => scope.tx.count_records(source)?,
        Part::Only(uris) => u64::try_from(uris.len()).unwrap_or(u64::MAX),
    };
    let reader = Reader { part: permit.part(), resource, source, wanted, has_removed: changes.deleted > 0 };
    let is_whole = wanted.filters.is_empty() && wanted.search.is_empty() && wanted.show == Show::All;
    let page = match (is_whole, wanted.sort.by_time()) {
        (true, Some(direction)) => reader.walk(scope, direction)?,
        (_, _) => reader.pick(scope)?,
    };
    let rows =
        page.rows.iter().map(|found| reader.row(scope, found)).collect::<Result<Vec<_>, StorageError>>()?;
    Ok(Table {
        changes,
        first: page.first,
        matching: page.matching,
        next: page.next,
        previous: page.previous,
        records,
        rows,
    })
}

/// One record as against what is published; `None` where it is neither in the source nor published.
pub fn state(
    scope: &mut Scope<'_>,
    resource: &Resource,
    id: &RecordId,
) -> Result<Option<State>, StorageError> {
    let after = rows::find_live(scope, &resource.source, id)?;
    let before = rows::find_live(scope, &resource.destination, id)?;
    compared(after, before)
}

/// Where a row was found.
#[derive(Clone, Debug)]
struct Found {
    at: Timestamp,
    id: RecordId,
}

/// The rows of a page, before their contents are read.
#[derive(Debug)]
struct Page {
    first: u64,
    matching: Option<u64>,
    next: Option<Cursor>,
    previous: Option<Cursor>,
    rows: Vec<Found>,
}

struct Reader<'a> {
    /// Whether something was removed that is published.
    has_removed: bool,
    part: &'a Part,
    resource: &'a Resource,
    source: &'a CollectionPath,
    wanted: &'a Wanted,
}

impl Reader<'_> {
    /// In the order of time: as much of the index as the page has.
    fn walk(&self, scope: &mut Scope<'_>, direction: Direction) -> Result<Page, StorageError> {
        let forward = match direction {
            Direction::Ascending => TimeOrder::OldestFirst,
            Direction::Descending => TimeOrder::NewestFirst,
        };
        let (order, edge) = match &self.wanted.place {
            Place::First => (forward, None),
            Place::After(cursor) => (forward, Some(cursor.at)),
            Place::Before(cursor) => (reversed(forward), Some(cursor.at)),
        };
        let tombstones = self.tombstones();
        let window = match order {
            TimeOrder::NewestFirst => Window { before: edge, since: None, tombstones },
            TimeOrder::OldestFirst => Window { before: None, since: edge, tombstones },
        };
        let most = self.wanted.limit.saturating_add(1);
        let mut found = Vec::new();
        self.visit(scope, &window, order, |id, record| {
            found.push((record.last_modified, id.to_owned()));
            if found.len() >= most { Visit::Stop } else { Visit::Continue }
        })?;
        let is_more = found.len() >= most;
        found.truncate(self.wanted.limit);
        if matches!(self.wanted.place, Place::Before(_)) {
            found.reverse();
        }
        let rows = found
            .into_iter()
            .map(|(at, id)| Ok(Found { at, id: parse_id(&id)? }))
            .collect::<Result<Vec<_>, StorageError>>()?;
        let len = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let first = match &self.wanted.place {
            Place::After(cursor) => cursor.passed,
            Place::Before(cursor) if is_more => cursor.passed.saturating_sub(len),
            Place::Before(_) | Place::First => 0,
        };
        Ok(self.page(rows, first, is_more, None))
    }

    /// In any order: every record is looked at once.
    fn pick(&self, scope: &mut Scope<'_>) -> Result<Page, StorageError> {
        let pivot = match &self.wanted.place {
            Place::First => None,
            Place::After(cursor) | Place::Before(cursor) => self.pivot(scope, cursor)?,
        };
        let mut picker = Picker::new(&self.wanted.sort, &self.wanted.place, pivot, self.wanted.limit);
        match self.wanted.show {
            Show::All => {
                let window = Window { before: None, since: None, tombstones: self.tombstones() };
                self.visit(scope, &window, TimeOrder::NewestFirst, |id, record| {
                    if self.takes(record) {
                        picker.offer(id, record);
                    }
                    Visit::Continue
                })?;
            }
            Show::Changed => self.visit_changed(scope, &mut picker)?,
        }
        let Picked { first, is_more, matching, rows } = picker.finish();
        let rows = rows
            .into_iter()
            .map(|(at, id)| Ok(Found { at, id: parse_id(&id)? }))
            .collect::<Result<Vec<_>, StorageError>>()?;
        Ok(self.page(rows, first, is_more, Some(matching)))
    }

    fn page(&self, rows: Vec<Found>, first: u64, is_more: bool, matching: Option<u64>) -> Page {
        let len = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let cursor = |found: &Found, passed: u64| Cursor { at: found.at, id: found.id.clone(), passed };
        let after = rows.last().map(|last| cursor(last, first.saturating_add(len)));
        let before = rows.first().map(|own| cursor(own, first));
        let (previous, next) = match (&self.wanted.place, is_more) {
            (Place::First, more) => (None, after.filter(|_| more)),
            (Place::After(_), more) => (before, after.filter(|_| more)),
            (Place::Before(_), more) => (before.filter(|_| more), after),
        };
        Page { first, matching, next, previous, rows }
    }

    /// Visits what the actor may see.
    fn visit(
        &self,
        scope: &mut Scope<'_>,
        window: &Window,
        order: TimeOrder,
        mut visitor: impl FnMut(&str, RecordRef<'_>) -> Visit,
    ) -> Result<(), StorageError> {
        let list = ListKey::Records(self.source.clone()).uri();
        scope.tx.visit_with_removed(
            self.source,
            &self.resource.destination,
            window,
            order,
            &mut |id: &str, _: Standing, visited: VisitedRecord<'_>| {
                let is_seen = match self.part {
                    Part::All => true,
                    Part::Only(uris) => uris.binary_search(&format!("{list}/{id}")).is_ok(),
                };
                if is_seen { visitor(id, visited.record) } else { Visit::Continue }
            },
        )
    }

    /// Visits the records that have edits which are not published.
    fn visit_changed(&self, scope: &mut Scope<'_>, picker: &mut Picker<'_>) -> Result<(), StorageError> {
        if *self.part != Part::All {
            return Ok(());
        }
        let mut last: Option<RecordId> = None;
        for edit in scope.tx.list_pending(self.source)? {
            let Subject::Record(id) = edit.subject else { continue };
            if last.as_ref() == Some(&id) {
                continue;
            }
            let (stored, at) = match scope.tx.find_record(self.source, &id)? {
                Some(Entry::Live(stored)) => {
                    let at = stored.last_modified;
                    (Some(stored), at)
                }
                Some(Entry::Deleted(at)) => (rows::find_live(scope, &self.resource.destination, &id)?, at),
                None => (rows::find_live(scope, &self.resource.destination, &id)?, edit.at),
            };
            if let Some(stored) = stored {
                let record = stored.content.at(at);
                if self.takes(record) {
                    picker.offer(id.as_str(), record);
                }
            }
            last = Some(id);
        }
        Ok(())
    }

    fn takes(&self, record: RecordRef<'_>) -> bool {
        self.wanted.search.finds(record)
            && self.wanted.filters.iter().all(|filter| filter.matches_record(record))
    }

    /// The row at which a page begins or ends, as it is compared; `None` where it is gone: then it is the first page.
    fn pivot(&self, scope: &mut Scope<'_>, cursor: &Cursor) -> Result<Option<pick::Keyed>, StorageError> {
        let stored = match rows::find_live(scope, self.source, &cursor.id)? {
            Some(stored) => Some(stored),
            None => rows::find_live(scope, &self.resource.destination, &cursor.id)?,
        };
        Ok(stored.map(|stored| {
            let keys = self.wanted.sort.keys(stored.content.at(cursor.at));
            pick::Keyed { at: cursor.at, id: cursor.id.as_str().to_owned(), keys }
        }))
    }

    fn tombstones(&self) -> Tombstones {
        if self.has_removed && *self.part == Part::All { Tombstones::Shown } else { Tombstones::Hidden }
    }

    fn row(&self, scope: &mut Scope<'_>, found: &Found) -> Result<Row, StorageError> {
        let state = state(scope, self.resource, &found.id)?;
        let state = state.ok_or(StorageError::Dangling)?;
        Ok(Row { at: found.at, id: found.id.clone(), state })
    }
}

fn compared(
    after: Option<StoredRecord>,
    before: Option<StoredRecord>,
) -> Result<Option<State>, StorageError> {
    let equality = |stored: &StoredRecord| -> Sha256Digest { stored.equality };
    Ok(match (after, before) {
        (Some(after), Some(before)) if equality(&after) == equality(&before) => {
            Some(State::Same(rows::members(&after.content)?))
        }
        (Some(after), Some(before)) => Some(State::Changed {
            after: rows::members(&after.content)?,
            before: rows::members(&before.content)?,
        }),
        (Some(after), None) => Some(State::Added(rows::members(&after.content)?)),
        (None, Some(before)) => Some(State::Removed(rows::members(&before.content)?)),
        (None, None) => None,
    })
}

fn parse_id(id: &str) -> Result<RecordId, StorageError> {
    RecordId::parse(id).map_err(|_| StorageError::Corrupt { table: "records", column: "id" })
}

fn reversed(order: TimeOrder) -> TimeOrder {
    match order {
        TimeOrder::NewestFirst => TimeOrder::OldestFirst,
        TimeOrder::OldestFirst => TimeOrder::NewestFirst,
    }
}

/// The order of a collection's table where nobody asks for one: the collection's attribute `sort`. A large collection comes
/// newest first all the same, unless its `sort` is one of time: there is an index of no other.
pub fn default_order(
    scope: &mut Scope<'_>,
    source: &CollectionPath,
    attributes: &Object,
) -> Result<Sort, StorageError> {
    let sort = Sort::parse(attributes.get("sort").and_then(Value::as_text).unwrap_or_default());
    if sort.by_time().is_some() || scope.tx.count_records(source)? <= MOST_SORTED {
        return Ok(sort);
    }
    Ok(Sort::default())
}

/// Records that are sorted for every page without being asked to.
const MOST_SORTED: u64 = 10_000;
