//! Looking things up in the history: by who, what, where and when, newest first, a page at a time, from indices.
//!
//! Whoever may read a bucket sees its whole history; who may read a collection alone sees what happened to it and in it.

use crate::{
    storage::{
        Entry, HistoryAction, HistoryEntry, HistoryKind, HistoryPlace, HistoryTarget, HistoryUser,
        HistoryWindow, ListKey, StorageError, Window,
    },
    types::{BucketId, CollectionId, CollectionPath, Object, RecordId, Timestamp, Value},
    workflow::{PLUGIN_USER, Scope, access, review, rows},
};

/// What is looked for. The default is everything that may be seen.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Search {
    /// What was done.
    pub action: Option<HistoryAction>,
    /// Only what follows this entry: the next page.
    pub after: Option<Cursor>,
    /// In this bucket.
    pub bucket: Option<BucketId>,
    /// This collection and what is in it.
    pub collection: Option<CollectionPath>,
    /// What it was done to.
    pub kind: Option<HistoryKind>,
    /// This record of the collection.
    pub record: Option<RecordId>,
    /// At this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Who did it.
    pub user: HistoryUser,
}

/// An entry of the history, as the place where a page ends. Entries of one bucket have different times.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cursor {
    /// Its time.
    pub at: Timestamp,
    /// Its bucket.
    pub bucket: BucketId,
}

/// A page of entries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    /// Newest first.
    pub entries: Vec<HistoryEntry>,
    /// Where the next page goes on; `None` where this is the last one.
    pub next: Option<Cursor>,
}

impl Cursor {
    /// As [`Cursor::to_text`] wrote it; `None` for every other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, bucket) = text.split_once('.')?;
        let at = Timestamp::from_millis(at.parse().ok()?).ok()?;
        Some(Self { at, bucket: BucketId::parse(bucket).ok()? })
    }

    /// For an address.
    pub fn to_text(&self) -> String {
        format!("{}.{}", self.at, self.bucket)
    }
}

/// At most `most` entries that fit and may be seen.
pub fn find(scope: &mut Scope<'_>, search: &Search, most: usize) -> Result<Found, StorageError> {
    let mut entries = Vec::new();
    for part in parts(scope, search)? {
        let window = part.window(search);
        entries.extend(scope.tx.search_history(&part.bucket, &window, most.saturating_add(1))?);
    }
    entries.sort_by(|one, other| {
        other.last_modified.cmp(&one.last_modified).then_with(|| one.bucket.cmp(&other.bucket))
    });
    let is_more = entries.len() > most;
    entries.truncate(most);
    let next = entries
        .last()
        .filter(|_| is_more)
        .map(|last| Cursor { at: last.last_modified, bucket: last.bucket.clone() });
    Ok(Found { entries, next })
}

/// One entry, and the one before it of the same object; `None` where there is none that may be seen.
pub fn entry(
    scope: &mut Scope<'_>,
    place: &Cursor,
) -> Result<Option<(HistoryEntry, Option<HistoryEntry>)>, StorageError> {
    let exact = Search {
        bucket: Some(place.bucket.clone()),
        since: Some(place.at),
        until: Some(place.at.plus_millis(1)),
        ..Search::default()
    };
    let Some(entry) = find(scope, &exact, 1)?.entries.into_iter().next() else { return Ok(None) };
    let before = before(scope, &entry)?;
    Ok(Some((entry, before)))
}

/// The entry of the same object before this one.
fn before(scope: &mut Scope<'_>, entry: &HistoryEntry) -> Result<Option<HistoryEntry>, StorageError> {
    let window = HistoryWindow {
        before: Some(entry.last_modified),
        uri: Some(entry.uri.clone()),
        ..HistoryWindow::default()
    };
    Ok(scope.tx.search_history(&entry.bucket, &window, 1)?.into_iter().next())
}

/// What may be seen of one bucket.
struct Part {
    bucket: BucketId,
    /// This collection alone.
    collection: Option<CollectionId>,
}

impl Part {
    fn window(&self, search: &Search) -> HistoryWindow {
        // Of one time the entries of buckets that come later in the alphabet are on the next page.
        let after = search
            .after
            .as_ref()
            .map(|after| if self.bucket > after.bucket { after.at.plus_millis(1) } else { after.at });
        let before = match (search.until, after) {
            (Some(until), Some(after)) => Some(until.min(after)),
            (until, after) => until.or(after),
        };
        let uri = search.collection.as_ref().zip(search.record.as_ref());
        HistoryWindow {
            action: search.action,
            before,
            collection: self.collection.clone(),
            kind: search.kind,
            since: search.since,
            uri: uri.map(|(path, record)| rows::record_uri(path, record)),
            user: search.user.clone(),
        }
    }
}

fn parts(scope: &mut Scope<'_>, search: &Search) -> Result<Vec<Part>, StorageError> {
    let asked = search.collection.as_ref();
    let bucket = match (asked.map(|path| &path.bucket), &search.bucket) {
        (Some(of_path), Some(bucket)) if of_path != bucket => return Ok(Vec::new()),
        (of_path, bucket) => of_path.or(bucket.as_ref()),
    };
    let buckets = match bucket {
        Some(bucket) => vec![bucket.clone()],
        None => buckets(scope)?,
    };
    let mut parts = Vec::new();
    for bucket in buckets {
        if access::may_read_below(scope, &ListKey::History(bucket.clone()))? {
            parts.push(Part { bucket, collection: asked.map(|path| path.collection.clone()) });
        } else if let Some(path) = asked {
            if access::may_read_below(scope, &ListKey::Records(path.clone()))? {
                parts.push(Part { bucket, collection: Some(path.collection.clone()) });
            }
        } else {
            let shared = scope.tx.list_shared(
                &ListKey::Collections(bucket.clone()),
                &["read", "write"],
                scope.actor.principals(),
            )?;
            parts.extend(shared.iter().filter_map(|uri| match HistoryPlace::parse(uri) {
                Some(HistoryPlace::Collection(path)) => {
                    Some(Part { bucket: path.bucket, collection: Some(path.collection) })
                }
                Some(HistoryPlace::Bucket(_) | HistoryPlace::Group(_, _) | HistoryPlace::Record(_, _))
                | None => None,
            }));
        }
    }
    Ok(parts)
}

/// Every bucket that is there.
fn buckets(scope: &mut Scope<'_>) -> Result<Vec<BucketId>, StorageError> {
    let mut buckets = Vec::new();
    for (id, entry) in scope.tx.list_objects(&ListKey::Buckets, &Window::default())? {
        let Entry::Live(_) = entry else { continue };
        let bucket =
            BucketId::parse(&id).map_err(|_| StorageError::Corrupt { table: "objects", column: "id" })?;
        buckets.push(bucket);
    }
    Ok(buckets)
}

/// What the object was after an entry, `id` and `last_modified` included; `None` where it was deleted.
pub fn object_after(scope: &mut Scope<'_>, entry: &HistoryEntry) -> Result<Option<Object>, StorageError> {
    match &entry.target {
        HistoryTarget::Deleted(_) => Ok(None),
        HistoryTarget::Object(text) => rows::parse_members(text.as_bytes()).map(Some),
        HistoryTarget::Record(content, at) => {
            let mut members = rows::members(&scope.tx.load_content(*content)?)?;
            members.insert("last_modified", at.as_millis());
            Ok(Some(members))
        }
    }
}

/// What somebody did, as people say it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// Approved a change, which published it.
    Approved,
    /// Asked for review.
    Asked,
    /// Changed an object; the names of its members that are other than before, sorted.
    Changed(Vec<String>),
    /// Made an object.
    Created,
    /// Sent a change back.
    Declined,
    /// Deleted an object.
    Deleted,
    /// Wrote down where a collection stands: the service, after what somebody did.
    Noted,
    /// Went back to what is published.
    RolledBack,
    /// Had what is published signed again.
    SignedAgain,
}

/// What an entry tells.
pub fn event(scope: &mut Scope<'_>, entry: &HistoryEntry) -> Result<Event, StorageError> {
    match entry.action {
        HistoryAction::Create => return Ok(Event::Created),
        HistoryAction::Delete => return Ok(Event::Deleted),
        HistoryAction::Update => {}
    }
    let after = object_after(scope, entry)?.unwrap_or_default();
    let before = match before(scope, entry)? {
        Some(before) => object_after(scope, &before)?.unwrap_or_default(),
        None => Object::new(),
    };
    let status = |object: &Object| object.get("status").and_then(Value::as_text).map(str::to_owned);
    let is_collection = matches!(HistoryPlace::parse(&entry.uri), Some(HistoryPlace::Collection(_)));
    let step = match (status(&before).as_deref(), status(&after).as_deref()) {
        (_, _) if !is_collection => None,
        (_, _) if entry.user.as_deref() == Some(PLUGIN_USER) => Some(Event::Noted),
        (_, Some("to-resign")) => Some(Event::SignedAgain),
        (_, Some("to-rollback")) => Some(Event::RolledBack),
        (_, Some("to-sign")) => Some(Event::Approved),
        (Some("to-review"), Some("work-in-progress")) => Some(Event::Declined),
        (before, Some("to-review")) if before != Some("to-review") => Some(Event::Asked),
        (_, _) => None,
    };
    // A record that differs in `schema` alone is no other one (`remote-settings` §2.9).
    let mut names = differing(&before, &after);
    // What the service writes down itself is nothing that somebody changed.
    names.retain(|name| if is_collection { !review::is_reserved(name) } else { name != "schema" });
    Ok(step.unwrap_or(Event::Changed(names)))
}

fn differing(before: &Object, after: &Object) -> Vec<String> {
    let mut names: Vec<String> = before
        .iter()
        .map(|(name, _)| name)
        .chain(after.iter().map(|(name, _)| name))
        .filter(|name| *name != "last_modified" && before.get(name) != after.get(name))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}
