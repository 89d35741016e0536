//! Records: made canonical at the door, then moved as bytes (design §2).

use super::{
    Kind, Role, Scope,
    access::{Existing, MayClear, MayCreate, MayDelete, MayList, MayPut, MayRead, MayWrite, Part, RecordKey},
    draft::{self, Draft, PatchKind},
    listing::{Cleared, ListQuery, Listed, Page},
    outcome::{Counted, Deleted, Fetched, Patched, ReadError, Shown, WriteError, Written},
    preconditions::{Preconditions, Unmet, failed, met_list_read, met_list_write, met_read},
    review::{self, Target},
    rows,
    sharing::{signed_source, visible, with_writer},
    timestamps::{self, Wanted},
    validation,
};
use crate::{
    canonical,
    storage::{Entry, ListKey, Permissions, StorageError, StoredRecord, Visit},
    types::{CollectionPath, Content, Object, RecordId, Timestamp},
};

/// GET of one record.
pub fn load(
    scope: &mut Scope<'_>,
    permit: &MayRead<RecordKey>,
    conditions: &Preconditions,
) -> Result<Fetched<Shown>, ReadError> {
    let key = permit.key();
    let stored = find(scope, key)?
        .ok_or_else(|| ReadError::Missing { id: key.id.as_str().to_owned(), kind: Kind::Record })?;
    met_read(conditions, show(scope, key, &stored)?)
}

/// POST of a record that is there already: it is shown, and nothing changes.
pub fn load_posted(
    scope: &mut Scope<'_>,
    permit: &MayRead<RecordKey>,
    conditions: &Preconditions,
) -> Result<Shown, WriteError> {
    let key = permit.key();
    let stored = find(scope, key)?.ok_or_else(|| missing(key))?;
    let shown = show(scope, key, &stored)?;
    match conditions.check_write(Some(stored.last_modified)) {
        Ok(()) => Ok(shown),
        Err(Unmet::Failed | Unmet::NotModified) => Err(failed(shown)),
    }
}

/// POST of a new record. Without an id it gets a UUID.
pub fn create(
    scope: &mut Scope<'_>,
    permit: &MayCreate<CollectionPath, RecordKey>,
    draft: Draft,
    conditions: &Preconditions,
) -> Result<Shown, WriteError> {
    let path = permit.list();
    met_list_write(scope, &ListKey::Records(path.clone()), conditions.check_write(None))?;
    let key = match permit.id() {
        Some(key) => key.clone(),
        None => fresh_key(scope, path)?,
    };
    create_at(scope, &key, draft)
}

/// PUT: creates what is not there, replaces what is.
pub fn put(scope: &mut Scope<'_>, permit: &MayPut<RecordKey>, draft: Draft) -> Result<Written, WriteError> {
    let (key, conditions) = (permit.key(), permit.conditions());
    let Some(stored) = find(scope, key)? else {
        met_list_write(scope, &ListKey::Records(key.path.clone()), conditions.check_write(None))?;
        return create_at(scope, key, draft).map(Written::Created);
    };
    met_write(scope, key, &stored, conditions, permit.existing())?;
    let asked = draft.data.as_ref().and_then(|data| timestamps::asked(data.get("last_modified")));
    let content = match draft.data {
        Some(data) => {
            content(scope, key, draft::attributes(data, key.id.as_str()).map_err(WriteError::in_data)?)?
        }
        None => stored.content.clone(),
    };
    let permissions = draft::replaced(scope.tx.find_permissions(&key.uri())?, draft.permissions);
    store(scope, key, Some(&stored), content, permissions, asked).map(Written::Updated)
}

/// PATCH of what is there.
pub fn patch(
    scope: &mut Scope<'_>,
    permit: &MayWrite<RecordKey>,
    draft: Draft,
    kind: PatchKind,
    conditions: &Preconditions,
) -> Result<Patched, WriteError> {
    let key = permit.key();
    let stored = find(scope, key)?.ok_or_else(|| missing(key))?;
    met_write(scope, key, &stored, conditions, Existing::Shown)?;
    let mut before = rows::members(&stored.content)?;
    let data = draft.data.unwrap_or_default();
    let asked = timestamps::asked(data.get("last_modified"));
    let sent = draft::attributes(data, key.id.as_str()).map_err(WriteError::Draft)?;
    let content = content(scope, key, draft::patched(before.clone(), sent, kind))?;
    let mut after = rows::members(&content)?;
    let permissions =
        draft::patched_permissions(scope.tx.find_permissions(&key.uri())?, draft.permissions, kind);
    let shown = store(scope, key, Some(&stored), content, permissions, asked)?;
    before.insert("last_modified", stored.last_modified.as_millis());
    after.insert("last_modified", shown.last_modified.as_millis());
    Ok(Patched { after, before, shown })
}

/// DELETE of one record.
pub fn delete(
    scope: &mut Scope<'_>,
    permit: &MayDelete<RecordKey>,
    asked: Option<Timestamp>,
    conditions: &Preconditions,
) -> Result<Deleted, WriteError> {
    let key = permit.key();
    let stored = find(scope, key)?.ok_or_else(|| missing(key))?;
    met_write(scope, key, &stored, conditions, Existing::Shown)?;
    remove(scope, key, &stored, asked)
}

/// GET of a list of records, newest first.
pub fn list(
    scope: &mut Scope<'_>,
    permit: &MayList<CollectionPath>,
    query: &ListQuery,
    conditions: &Preconditions,
) -> Result<Fetched<Listed>, ReadError> {
    let path = permit.list();
    let list = ListKey::Records(path.clone());
    let timestamp = match met_list_read(scope, &list, conditions)? {
        Fetched::New(timestamp) => timestamp,
        Fetched::NotModified(timestamp) => return Ok(Fetched::NotModified(timestamp)),
    };
    let mut page = Page::new(query, scope.services.settings.limits.page);
    let uri = list.uri();
    let mut corrupt = Ok(());
    scope.tx.visit_newest_first(path, &query.window(), &mut |id, entry| {
        match entry {
            Entry::Deleted(last_modified) => {
                let tombstone = Deleted { id: id.to_owned(), last_modified };
                if query.takes_tombstone(permit.part(), &tombstone) && page.has_room() {
                    page.push(last_modified, |data| data.extend_from_slice(&tombstone.to_data()));
                }
            }
            Entry::Live(visited) => {
                let record = visited.record;
                match query.takes(permit.part(), &format!("{uri}/{id}"), || members_of(record)) {
                    Ok(true) if page.has_room() => {
                        page.push(record.last_modified, |data| record.write_to(data));
                    }
                    Ok(_) => {}
                    Err(error) => corrupt = Err(error),
                }
            }
        }
        if page.is_over() || corrupt.is_err() { Visit::Stop } else { Visit::Continue }
    })?;
    corrupt?;
    Ok(Fetched::New(page.finish(timestamp)))
}

/// HEAD of a list of records: how many there are.
pub fn count(
    scope: &mut Scope<'_>,
    permit: &MayList<CollectionPath>,
    query: &ListQuery,
    conditions: &Preconditions,
) -> Result<Fetched<Counted>, ReadError> {
    let path = permit.list();
    let list = ListKey::Records(path.clone());
    let timestamp = match met_list_read(scope, &list, conditions)? {
        Fetched::New(timestamp) => timestamp,
        Fetched::NotModified(timestamp) => return Ok(Fetched::NotModified(timestamp)),
    };
    let unpaged = query.unpaged();
    if unpaged == ListQuery::default() && *permit.part() == Part::All {
        return Ok(Fetched::New(Counted { timestamp, total: scope.tx.count_records(path)? }));
    }
    let uri = list.uri();
    let mut total = Ok(0);
    scope.tx.visit_newest_first(path, &unpaged.live_window(), &mut |id, entry| {
        if let Entry::Live(visited) = entry {
            let taken = unpaged.takes(permit.part(), &format!("{uri}/{id}"), || members_of(visited.record));
            total = match (&total, taken) {
                (Ok(total), Ok(taken)) => Ok(total + u64::from(taken)),
                (Ok(_), Err(error)) => Err(error),
                (Err(_), _) => return Visit::Stop,
            };
        }
        Visit::Continue
    })?;
    Ok(Fetched::New(Counted { timestamp, total: total? }))
}

/// DELETE of a list of records: each that matches and that the actor may write.
pub fn clear(
    scope: &mut Scope<'_>,
    permit: &MayClear<CollectionPath>,
    query: &ListQuery,
    conditions: &Preconditions,
) -> Result<Cleared, WriteError> {
    let path = permit.list();
    let list = ListKey::Records(path.clone());
    let timestamp = timestamps::current(scope, &list)?;
    met_list_write(scope, &list, conditions.check_write(Some(timestamp)))?;
    let mut page = Page::new(query, scope.services.settings.limits.page);
    let uri = list.uri();
    let mut chosen = Vec::new();
    let mut corrupt = Ok(());
    scope.tx.visit_newest_first(path, &query.live_window(), &mut |id, entry| {
        if let Entry::Live(visited) = entry {
            match query.takes(permit.part(), &format!("{uri}/{id}"), || members_of(visited.record)) {
                Ok(true) if page.has_room() => {
                    page.note(visited.record.last_modified);
                    chosen.push(id.to_owned());
                }
                Ok(_) => {}
                Err(error) => corrupt = Err(error),
            }
        }
        if page.is_over() || corrupt.is_err() { Visit::Stop } else { Visit::Continue }
    })?;
    corrupt?;
    let mut deleted = Vec::new();
    for id in chosen {
        let id =
            RecordId::parse(&id).map_err(|_| StorageError::Corrupt { table: "records", column: "id" })?;
        let key = RecordKey { id, path: path.clone() };
        review::guard_write(scope, &Target::Record(path.clone(), key.id.clone()))?;
        if let Some(stored) = find(scope, &key)? {
            deleted.push(remove(scope, &key, &stored, None)?);
        }
    }
    let timestamp = deleted.iter().map(|deleted| deleted.last_modified).max().unwrap_or(timestamp);
    Ok(Cleared { deleted, next: page.next(), timestamp })
}

/// The live record, if there is one.
pub(super) fn find(scope: &mut Scope<'_>, key: &RecordKey) -> Result<Option<StoredRecord>, StorageError> {
    Ok(match scope.tx.find_record(&key.path, &key.id)? {
        Some(Entry::Live(stored)) => Some(stored),
        Some(Entry::Deleted(_)) | None => None,
    })
}

/// The door: what the collection's schema allows goes in, with the schema's time as its `schema` (`kinto-api` §16). What may be
/// signed is canonical from here on; what never will be is at least sorted and bounded.
pub(super) fn content(
    scope: &mut Scope<'_>,
    key: &RecordKey,
    mut members: Object,
) -> Result<Content, WriteError> {
    members.insert("id", key.id.as_str());
    if let Some((schema, time)) = validation::of_collection(scope, &key.path)? {
        let violations = schema.check(&members);
        if !violations.is_empty() {
            return Err(WriteError::Violates { violations });
        }
        members.insert("schema", time.as_millis());
    }
    let content = match scope.services.settings.resources.role(&key.path) {
        Some(Role::Destination(_) | Role::Preview(_) | Role::Source(_)) => canonical::content(&members)?,
        None => canonical::plain_content(&members)?,
    };
    let most = scope.services.settings.limits.record;
    if content.as_bytes().len() > most {
        return Err(WriteError::RecordTooLong { most });
    }
    Ok(content)
}

/// Writes everything that belongs to one write of a record by a user, and tells review.
pub(super) fn store(
    scope: &mut Scope<'_>,
    key: &RecordKey,
    before: Option<&StoredRecord>,
    content: Content,
    permissions: Permissions,
    asked: Option<Timestamp>,
) -> Result<Shown, WriteError> {
    let permissions = with_writer(scope, signed_source(scope, &key.path), permissions);
    let wanted = Wanted { current: before.map(|stored| stored.last_modified), asked };
    let stored = rows::put_record(scope, &key.path, &key.id, content, &permissions, wanted)?;
    review::record_written(scope, &key.path, &key.id, before, Some(&stored))?;
    Ok(shown(scope, &stored, permissions))
}

/// Deletes a record for a user, and tells review.
pub(super) fn remove(
    scope: &mut Scope<'_>,
    key: &RecordKey,
    stored: &StoredRecord,
    asked: Option<Timestamp>,
) -> Result<Deleted, WriteError> {
    let wanted = Wanted { current: Some(stored.last_modified), asked };
    let last_modified = rows::delete_record(scope, &key.path, &key.id, wanted)?;
    review::record_written(scope, &key.path, &key.id, Some(stored), None)?;
    Ok(Deleted { id: key.id.as_str().to_owned(), last_modified })
}

fn create_at(scope: &mut Scope<'_>, key: &RecordKey, draft: Draft) -> Result<Shown, WriteError> {
    let data = draft.data.unwrap_or_default();
    let asked = timestamps::asked(data.get("last_modified"));
    let content =
        content(scope, key, draft::attributes(data, key.id.as_str()).map_err(WriteError::in_data)?)?;
    take_room(scope, &key.path)?;
    let permissions = draft::replaced(Permissions::new(), draft.permissions);
    store(scope, key, None, content, permissions, asked)
}

/// Takes the room of one new record in a collection; there is only so much.
///
/// Counting costs what the collection holds. So the room that a count found is written down, and the next count comes when
/// it is used up: deletions only add to it.
pub(super) fn take_room(scope: &mut Scope<'_>, path: &CollectionPath) -> Result<(), WriteError> {
    let most = scope.services.settings.limits.records;
    // Another limit is another count.
    let counter = format!("room.{most}.{path}");
    let room = match scope.tx.find_counter(&counter)? {
        0 => most.saturating_sub(scope.tx.count_records(path)?),
        room => room,
    };
    let left = room.checked_sub(1).ok_or(WriteError::TooManyRecords { most })?;
    scope.tx.put_counter(&counter, left)?;
    Ok(())
}

fn fresh_key(scope: &mut Scope<'_>, path: &CollectionPath) -> Result<RecordKey, WriteError> {
    let id = rows::random_uuid(scope)?;
    let id = RecordId::parse(&id).map_err(|_| StorageError::Corrupt { table: "records", column: "id" })?;
    Ok(RecordKey { id, path: path.clone() })
}

/// Whether a write of what is there meets its preconditions.
pub(super) fn met_write(
    scope: &mut Scope<'_>,
    key: &RecordKey,
    stored: &StoredRecord,
    conditions: &Preconditions,
    existing: Existing,
) -> Result<(), WriteError> {
    match (conditions.check_write(Some(stored.last_modified)), existing) {
        (Ok(()), _) => Ok(()),
        (Err(_), Existing::Shown) => Err(failed(show(scope, key, stored)?)),
        (Err(_), Existing::Hidden) => {
            Err(WriteError::PreconditionFailed { existing: None, timestamp: stored.last_modified })
        }
    }
}

fn show(scope: &mut Scope<'_>, key: &RecordKey, stored: &StoredRecord) -> Result<Shown, StorageError> {
    let permissions = scope.tx.find_permissions(&key.uri())?;
    Ok(shown(scope, stored, permissions))
}

fn shown(scope: &Scope<'_>, stored: &StoredRecord, permissions: Permissions) -> Shown {
    let mut data = Vec::with_capacity(stored.content.as_bytes().len() + 32);
    stored.content.at(stored.last_modified).write_to(&mut data);
    Shown { data, last_modified: stored.last_modified, permissions: visible(scope, permissions) }
}

/// The members of a record in a list, `last_modified` included: for filters.
fn members_of(record: crate::types::RecordRef<'_>) -> Result<Object, StorageError> {
    let mut bytes = Vec::new();
    record.write_to(&mut bytes);
    rows::parse_members(&bytes)
}

fn missing(key: &RecordKey) -> WriteError {
    WriteError::Missing { id: key.id.as_str().to_owned(), kind: Kind::Record }
}
