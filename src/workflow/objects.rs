//! Accounts, buckets, collections and groups: create, read, put, patch, delete, each one and whole lists (`kinto-api` §8).
//!
//! The five kinds share these verbs but records, whose bytes go another way (`records`). What is particular to a kind is in
//! its own module.

use super::{
    Kind, RowError, Scope,
    access::{self, Existing, MayClear, MayCreate, MayDelete, MayList, MayPut, MayRead, MayWrite},
    accounts, collections,
    draft::{self, Draft, DraftFault, DraftProblem, PatchKind},
    groups, history,
    listing::{Cleared, ListQuery, Listed, Page},
    outcome::{Counted, Deleted, Fetched, Patched, ReadError, Shown, WriteError, Written},
    password::Secret,
    people::Called,
    preconditions::{Preconditions, Unmet, failed, met_list_read, met_list_write, met_read},
    published,
    review::{self, CollectionWrite, Target},
    rows,
    sharing::{SignedSource, signed_source, visible, with_writer},
    timestamps::{self, Wanted},
};
use crate::{
    canonical,
    storage::{Entry, ListKey, ObjectKey, Permissions, StorageError, StoredObject},
    types::{AccountName, Object, Timestamp, Value},
};

/// GET of one object.
pub fn load(
    scope: &mut Scope<'_>,
    permit: &MayRead<ObjectKey>,
    conditions: &Preconditions,
) -> Result<Fetched<Shown>, ReadError> {
    let key = permit.key();
    let stored = scope.tx.find_object(key)?.ok_or_else(|| missing_read(key))?;
    let shown = show(scope, key, &stored)?;
    met_read(conditions, shown)
}

/// POST of an object that is there already: it is shown, and nothing changes.
pub fn load_posted(
    scope: &mut Scope<'_>,
    permit: &MayRead<ObjectKey>,
    conditions: &Preconditions,
) -> Result<Shown, WriteError> {
    let key = permit.key();
    let stored = scope.tx.find_object(key)?.ok_or_else(|| missing(key))?;
    let shown = show(scope, key, &stored)?;
    match conditions.check_write(Some(stored.last_modified)) {
        Ok(()) => Ok(shown),
        Err(Unmet::Failed | Unmet::NotModified) => Err(failed(shown)),
    }
}

/// POST of a new object.
pub fn create(
    scope: &mut Scope<'_>,
    permit: &MayCreate<ListKey, ObjectKey>,
    draft: Draft,
    conditions: &Preconditions,
) -> Result<Shown, WriteError> {
    met_list_write(scope, permit.list(), conditions.check_write(None))?;
    let key = match permit.id() {
        Some(key) => key.clone(),
        None => fresh_key(scope, permit.list())?,
    };
    create_at(scope, &key, draft)
}

/// PUT: creates what is not there, replaces what is.
pub fn put(scope: &mut Scope<'_>, permit: &MayPut<ObjectKey>, draft: Draft) -> Result<Written, WriteError> {
    let (key, conditions) = (permit.key(), permit.conditions());
    let Some(stored) = scope.tx.find_object(key)? else {
        met_list_write(scope, &key.list(), conditions.check_write(None))?;
        return create_at(scope, key, draft).map(Written::Created);
    };
    met_write(scope, key, &stored, conditions, permit.existing())?;
    let before = rows::attributes(&stored)?;
    let asked = draft.data.as_ref().and_then(|data| timestamps::asked(data.get("last_modified")));
    scope.sent = names(draft.data.as_ref());
    let mut after = match draft.data {
        Some(data) => draft::attributes(data, key.id()).map_err(WriteError::in_data)?,
        None if matches!(key, ObjectKey::Account(_)) => {
            return Err(WriteError::Draft(accounts::no_password()));
        }
        None => before.clone(),
    };
    let secret = check(key, &mut after, accounts::Password::Required).map_err(WriteError::in_data)?;
    let permissions = draft::replaced(scope.tx.find_permissions(&key.uri())?, draft.permissions);
    let write = Write { key, before: Some((&stored, &before)), how: CollectionWrite::Put, asked, secret };
    store(scope, write, after, permissions).map(Written::Updated)
}

/// PATCH of what is there.
pub fn patch(
    scope: &mut Scope<'_>,
    permit: &MayWrite<ObjectKey>,
    draft: Draft,
    kind: PatchKind,
    conditions: &Preconditions,
) -> Result<Patched, WriteError> {
    let key = permit.key();
    let stored = scope.tx.find_object(key)?.ok_or_else(|| missing(key))?;
    met_write(scope, key, &stored, conditions, Existing::Shown)?;
    let before = rows::attributes(&stored)?;
    let data = draft.data.unwrap_or_default();
    let asked = timestamps::asked(data.get("last_modified"));
    let sent = draft::attributes(data, key.id()).map_err(WriteError::Draft)?;
    scope.sent = names(Some(&sent));
    let mut after = draft::patched(before.clone(), sent, kind);
    let secret = check(key, &mut after, accounts::Password::Optional).map_err(WriteError::Draft)?;
    let permissions =
        draft::patched_permissions(scope.tx.find_permissions(&key.uri())?, draft.permissions, kind);
    let write = Write { key, before: Some((&stored, &before)), how: CollectionWrite::Patch, asked, secret };
    let shown = store(scope, write, after.clone(), permissions)?;
    Ok(Patched {
        after: history::whole(key.id(), &after, shown.last_modified),
        before: history::whole(key.id(), &before, stored.last_modified),
        shown,
    })
}

/// Replaces the permissions of something that is there, and nothing else of it. Nobody joins those who may write it.
pub(super) fn put_permissions(
    scope: &mut Scope<'_>,
    permit: &MayWrite<ObjectKey>,
    permissions: &Permissions,
) -> Result<(), RowError> {
    let key = permit.key();
    let Some(stored) = scope.tx.find_object(key)? else { return Ok(()) };
    let attributes = rows::attributes(&stored)?;
    rows::put_object(scope, key, &attributes, permissions, Wanted::after(stored.last_modified))?;
    Ok(())
}

/// DELETE of one object and of everything below it.
pub fn delete(
    scope: &mut Scope<'_>,
    permit: &MayDelete<ObjectKey>,
    asked: Option<Timestamp>,
    conditions: &Preconditions,
) -> Result<Deleted, WriteError> {
    let key = permit.key();
    let stored = scope.tx.find_object(key)?.ok_or_else(|| missing(key))?;
    met_write(scope, key, &stored, conditions, Existing::Shown)?;
    remove(scope, key, &stored, asked)
}

/// GET of a list of objects, newest first.
pub fn list(
    scope: &mut Scope<'_>,
    permit: &MayList<ListKey>,
    query: &ListQuery,
    conditions: &Preconditions,
) -> Result<Fetched<Listed>, ReadError> {
    let timestamp = match met_list_read(scope, permit.list(), conditions)? {
        Fetched::New(timestamp) => timestamp,
        Fetched::NotModified(timestamp) => return Ok(Fetched::NotModified(timestamp)),
    };
    let mut page = Page::new(query, scope.services.settings.limits.page);
    for (id, entry) in scope.tx.list_objects(permit.list(), &query.window())? {
        match entry {
            Entry::Deleted(last_modified) => {
                let tombstone = Deleted { id, last_modified };
                if query.takes_tombstone(permit.part(), &tombstone) && page.has_room() {
                    page.push(last_modified, |data| data.extend_from_slice(&tombstone.to_data()));
                }
            }
            Entry::Live(stored) => {
                let key = listed_key(permit.list(), &id)?;
                let mut attributes = rows::attributes(&stored)?;
                present(scope, &key, &mut attributes)?;
                let whole = history::whole(&id, &attributes, stored.last_modified);
                let taken =
                    query.takes(permit.part(), &key.uri(), || Ok::<_, StorageError>(whole.clone()))?;
                if taken && page.has_room() {
                    page.push(stored.last_modified, |data| {
                        data.extend_from_slice(&canonical::object_to_bytes(&whole));
                    });
                }
            }
        }
        if page.is_over() {
            break;
        }
    }
    Ok(Fetched::New(page.finish(timestamp)))
}

/// HEAD of a list of objects: how many there are.
pub fn count(
    scope: &mut Scope<'_>,
    permit: &MayList<ListKey>,
    query: &ListQuery,
    conditions: &Preconditions,
) -> Result<Fetched<Counted>, ReadError> {
    let timestamp = match met_list_read(scope, permit.list(), conditions)? {
        Fetched::New(timestamp) => timestamp,
        Fetched::NotModified(timestamp) => return Ok(Fetched::NotModified(timestamp)),
    };
    let mut total = 0;
    for (id, entry) in scope.tx.list_objects(permit.list(), &query.unpaged().live_window())? {
        let Entry::Live(stored) = entry else { continue };
        let uri = format!("{}/{id}", permit.list().uri());
        let taken = query.takes(permit.part(), &uri, || {
            rows::attributes(&stored).map(|attributes| history::whole(&id, &attributes, stored.last_modified))
        })?;
        total += u64::from(taken);
    }
    Ok(Fetched::New(Counted { timestamp, total }))
}

/// DELETE of a list of objects: each that matches and that the actor may write. One that may not be deleted refuses all.
pub fn clear(
    scope: &mut Scope<'_>,
    permit: &MayClear<ListKey>,
    query: &ListQuery,
    conditions: &Preconditions,
) -> Result<Cleared, WriteError> {
    let timestamp = timestamps::current(scope, permit.list())?;
    met_list_write(scope, permit.list(), conditions.check_write(Some(timestamp)))?;
    let mut page = Page::new(query, scope.services.settings.limits.page);
    let mut chosen = Vec::new();
    for (id, entry) in scope.tx.list_objects(permit.list(), &query.live_window())? {
        let Entry::Live(stored) = entry else { continue };
        let key = listed_key(permit.list(), &id)?;
        let taken = query.takes(permit.part(), &key.uri(), || {
            rows::attributes(&stored).map(|attributes| history::whole(&id, &attributes, stored.last_modified))
        })?;
        if taken && page.has_room() {
            page.note(stored.last_modified);
            chosen.push((key, stored));
        }
        if page.is_over() {
            break;
        }
    }
    for (key, _) in &chosen {
        review::guard_write(scope, &Target::Deletion(key.clone()))?;
    }
    let mut deleted = Vec::new();
    for (key, stored) in &chosen {
        deleted.push(remove(scope, key, stored, None)?);
    }
    let timestamp = deleted.iter().map(|deleted| deleted.last_modified).max().unwrap_or(timestamp);
    Ok(Cleared { deleted, next: page.next(), timestamp })
}

/// A write of one object, before its attributes and permissions.
struct Write<'a> {
    key: &'a ObjectKey,
    before: Option<(&'a StoredObject, &'a Object)>,
    how: CollectionWrite,
    asked: Option<Timestamp>,
    secret: Option<Secret>,
}

fn create_at(scope: &mut Scope<'_>, key: &ObjectKey, draft: Draft) -> Result<Shown, WriteError> {
    let data = draft.data.unwrap_or_default();
    let asked = timestamps::asked(data.get("last_modified"));
    scope.sent = names(Some(&data));
    let mut after = draft::attributes(data, key.id()).map_err(WriteError::in_data)?;
    let secret = check(key, &mut after, accounts::Password::Required).map_err(WriteError::in_data)?;
    let permissions = draft::replaced(Permissions::new(), draft.permissions);
    let write = Write { key, before: None, how: CollectionWrite::Create, asked, secret };
    store(scope, write, after, permissions)
}

fn names(data: Option<&Object>) -> Vec<String> {
    data.into_iter().flat_map(Object::iter).map(|(name, _)| name.to_owned()).collect()
}

/// The rules of each kind on its attributes; an account's password is taken out.
fn check(
    key: &ObjectKey,
    attributes: &mut Object,
    password: accounts::Password,
) -> Result<Option<Secret>, DraftFault> {
    match key {
        ObjectKey::Account(_) => accounts::take_password(attributes, password),
        ObjectKey::Bucket(_) => Ok(None),
        ObjectKey::Collection(_) => collections::check(attributes).map(|()| None),
        ObjectKey::Group(_, _) => groups::check(attributes).map(|()| None),
    }
}

/// Writes everything that belongs to one write of an object. The answer shows it as it was written, before what review
/// makes of it (`remote-settings` §2.1).
fn store(
    scope: &mut Scope<'_>,
    write: Write<'_>,
    mut after: Object,
    permissions: Permissions,
) -> Result<Shown, WriteError> {
    let Write { key, before, how, asked, secret } = write;
    if let ObjectKey::Collection(path) = key {
        collections::check_schema(scope, before.map(|(_, attributes)| attributes), &after).map_err(
            |fault| match how {
                CollectionWrite::Create | CollectionWrite::Put => WriteError::in_data(fault),
                CollectionWrite::Patch => WriteError::Draft(fault),
            },
        )?;
        review::collection_writing(scope, path, how, before.map(|(_, attributes)| attributes), &mut after)?;
    }
    if let ObjectKey::Account(account) = key {
        check_called(scope, account, before.map(|(_, attributes)| attributes), &after)?;
    }
    let permissions = match key {
        ObjectKey::Account(name) => accounts::with_owner(name, permissions),
        ObjectKey::Bucket(_) | ObjectKey::Collection(_) | ObjectKey::Group(_, _) => {
            with_writer(scope, source_of(scope, key), permissions)
        }
    };
    let wanted = Wanted { current: before.map(|(stored, _)| stored.last_modified), asked };
    let stored = rows::put_object(scope, key, &after, &permissions, wanted)?;
    if let (ObjectKey::Account(name), Some(secret)) = (key, secret) {
        accounts::put_secret(scope, name, &secret)?;
    }
    let shown = shown(scope, key, after.clone(), stored.last_modified, permissions)?;
    if let ObjectKey::Collection(path) = key {
        review::collection_written(scope, path, how, before.map(|(_, attributes)| attributes), &after)?;
    }
    Ok(shown)
}

/// A name that is new follows the rules of the pages: people choose theirs themselves.
fn check_called(
    scope: &mut Scope<'_>,
    account: &AccountName,
    before: Option<&Object>,
    after: &Object,
) -> Result<(), WriteError> {
    let name = after.get("name").and_then(Value::as_text);
    let Some(name) = name.filter(|name| before.and_then(|own| own.get("name")?.as_text()) != Some(name))
    else {
        return Ok(());
    };
    let fault = |problem| WriteError::in_data(DraftFault::new("name", problem));
    let called = Called::parse(name).map_err(|error| fault(DraftProblem::NotName(error)))?;
    match called.taken_by(scope, account)? {
        Some(by) => Err(fault(DraftProblem::NameTaken { by })),
        None => Ok(()),
    }
}

fn remove(
    scope: &mut Scope<'_>,
    key: &ObjectKey,
    stored: &StoredObject,
    asked: Option<Timestamp>,
) -> Result<Deleted, WriteError> {
    let wanted = Wanted { current: Some(stored.last_modified), asked };
    let last_modified = match key {
        ObjectKey::Account(_) | ObjectKey::Group(_, _) => rows::delete_object(scope, key, wanted)?,
        ObjectKey::Bucket(bucket) => {
            // Each on its own, so that review is asked about all and then told of each.
            let paths = rows::collections_in(scope, bucket)?;
            for path in &paths {
                review::collection_deleting(scope, path)?;
            }
            for path in paths {
                let collection = scope.tx.find_object(&ObjectKey::Collection(path.clone()))?;
                if let Some(collection) = collection {
                    collections::delete(scope, &path, &collection, None)?;
                }
            }
            rows::delete_object(scope, key, wanted)?
        }
        ObjectKey::Collection(path) => collections::delete(scope, path, stored, asked)?,
    };
    Ok(Deleted { id: key.id().to_owned(), last_modified })
}

fn show(scope: &mut Scope<'_>, key: &ObjectKey, stored: &StoredObject) -> Result<Shown, StorageError> {
    let permissions = scope.tx.find_permissions(&key.uri())?;
    shown(scope, key, rows::attributes(stored)?, stored.last_modified, permissions)
}

fn shown(
    scope: &mut Scope<'_>,
    key: &ObjectKey,
    mut attributes: Object,
    last_modified: Timestamp,
    permissions: Permissions,
) -> Result<Shown, StorageError> {
    present(scope, key, &mut attributes)?;
    Ok(Shown {
        data: canonical::object_to_bytes(&history::whole(key.id(), &attributes, last_modified)),
        last_modified,
        permissions: visible(scope, permissions),
    })
}

/// A preview or destination is shown with the signatures of its latest publication.
fn present(scope: &mut Scope<'_>, key: &ObjectKey, attributes: &mut Object) -> Result<(), StorageError> {
    match key {
        ObjectKey::Account(_) | ObjectKey::Bucket(_) | ObjectKey::Group(_, _) => Ok(()),
        ObjectKey::Collection(path) => {
            published::add_signatures(scope.tx, &scope.services.settings, path, attributes)
        }
    }
}

fn met_write(
    scope: &mut Scope<'_>,
    key: &ObjectKey,
    stored: &StoredObject,
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

fn source_of(scope: &Scope<'_>, key: &ObjectKey) -> SignedSource {
    match key {
        ObjectKey::Account(_) | ObjectKey::Bucket(_) | ObjectKey::Group(_, _) => SignedSource::No,
        ObjectKey::Collection(path) => signed_source(scope, path),
    }
}

/// An id of eight characters, the first a letter or digit. An account has to be named.
fn fresh_key(scope: &mut Scope<'_>, list: &ListKey) -> Result<ObjectKey, WriteError> {
    if *list == ListKey::Accounts {
        return Err(WriteError::in_data(DraftFault::new("id", DraftProblem::Required)));
    }
    loop {
        let mut bytes = [0; 8];
        scope.services.random.fill(&mut bytes)?;
        let id: String = bytes
            .iter()
            .enumerate()
            .map(|(index, byte)| {
                let alphabet = if index == 0 { FIRST } else { REST };
                char::from(alphabet.get(usize::from(*byte) % alphabet.len()).copied().unwrap_or(b'0'))
            })
            .collect();
        let key = listed_key(list, &id)?;
        if scope.tx.find_object(&key)?.is_none() {
            return Ok(key);
        }
    }
}

/// The key of something in a list, by its id.
fn listed_key(list: &ListKey, id: &str) -> Result<ObjectKey, StorageError> {
    access::object_key(list, id)
        .and_then(Result::ok)
        .ok_or(StorageError::Corrupt { table: "objects", column: "id" })
}

fn missing(key: &ObjectKey) -> WriteError {
    WriteError::Missing { id: key.id().to_owned(), kind: Kind::of(key) }
}

fn missing_read(key: &ObjectKey) -> ReadError {
    ReadError::Missing { id: key.id().to_owned(), kind: Kind::of(key) }
}

const FIRST: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const REST: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
