//! Previews and destinations as rows: what differs from the source, and writing it (`remote-settings` §2.9).

use super::ReviewError;
use crate::{
    signing::{Key, Leaf},
    storage::{
        ContentId, ListKey, ObjectKey, Permissions, PublicationChange, RecordRow, StorageError, Visit,
    },
    types::{CollectionPath, Object, RecordId, Timestamp},
    workflow::{
        Actor, EVERYONE, Scope, rows,
        timestamps::{self, Wanted},
    },
};

/// What is written of one record: content and time where it comes from (`after`) and in the target (`before`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Write {
    pub(super) after: Option<Place>,
    pub(super) before: Option<Place>,
    pub(super) id: RecordId,
}

/// What has to be written into `target` to make its records equal to those of `origin`, by id.
///
/// Reads the places of both whole, and contents only where it is not the same one.
pub(super) fn differences(
    scope: &mut Scope<'_>,
    origin: &CollectionPath,
    target: &CollectionPath,
) -> Result<Vec<Write>, ReviewError> {
    let mut held = places(scope, target)?.into_iter().peekable();
    let mut raw: Vec<(String, Option<Place>, Option<Place>)> = Vec::new();
    scope.tx.visit_places_by_id(origin, &mut |id, content, last_modified| {
        while let Some((own, place)) = held.next_if(|(own, _)| own.as_str() < id) {
            raw.push((own, Some(place), None));
        }
        match held.next_if(|(own, _)| own == id) {
            Some((_, before)) if before.0 == content => {}
            before => {
                raw.push((id.to_owned(), before.map(|(_, place)| place), Some((content, last_modified))));
            }
        }
        Visit::Continue
    })?;
    raw.extend(held.map(|(own, place)| (own, Some(place), None)));
    let mut writes = Vec::with_capacity(raw.len());
    for (id, before, after) in raw {
        let id = parse_id(&id)?;
        if before.is_none() || after.is_none() || !is_equal(scope, origin, target, &id)? {
            writes.push(Write { after, before, id });
        }
    }
    Ok(writes)
}

/// What has to be written into `target` to make it empty.
pub(super) fn deletions(scope: &mut Scope<'_>, target: &CollectionPath) -> Result<Vec<Write>, ReviewError> {
    let places = places(scope, target)?.into_iter();
    places.map(|(id, place)| Ok(Write { after: None, before: Some(place), id: parse_id(&id)? })).collect()
}

/// The live records of a collection, by id.
fn places(scope: &mut Scope<'_>, path: &CollectionPath) -> Result<Vec<(String, Place)>, StorageError> {
    let mut places = Vec::new();
    scope.tx.visit_places_by_id(path, &mut |id, content, last_modified| {
        places.push((id.to_owned(), (content, last_modified)));
        Visit::Continue
    })?;
    Ok(places)
}

/// Whether the two have contents that count as the same.
fn is_equal(
    scope: &mut Scope<'_>,
    origin: &CollectionPath,
    target: &CollectionPath,
    id: &RecordId,
) -> Result<bool, StorageError> {
    let [after, before] = [rows::find_live(scope, origin, id)?, rows::find_live(scope, target, id)?];
    Ok(after.map(|record| record.equality) == before.map(|record| record.equality))
}

fn parse_id(id: &str) -> Result<RecordId, StorageError> {
    RecordId::parse(id).map_err(|_| StorageError::Corrupt { table: "records", column: "id" })
}

/// Creates bucket and collection if they are absent: everybody reads the collection, nobody writes either.
pub(super) fn ensure(scope: &mut Scope<'_>, target: &CollectionPath) -> Result<(), ReviewError> {
    let bucket = ObjectKey::Bucket(target.bucket.clone());
    let collection = ObjectKey::Collection(target.clone());
    let readers = Permissions::from([("read".to_owned(), [EVERYONE.to_owned()].into())]);
    for (key, permissions) in [(bucket, Permissions::new()), (collection, readers)] {
        if scope.tx.find_object(&key)?.is_none() {
            scope.act_as(&Actor::plugin(), |scope| {
                rows::put_object(scope, &key, &Object::new(), &permissions, Wanted::NEW)
            })?;
        }
    }
    Ok(())
}

/// Writes records into `target`, each at a new time, and says what changed. No history: a publication is remembered whole.
///
/// First those that the target has, in the order in which it lists them; then the new ones, as the source lists them.
pub(super) fn apply(
    scope: &mut Scope<'_>,
    target: &CollectionPath,
    mut writes: Vec<Write>,
) -> Result<Vec<PublicationChange>, ReviewError> {
    writes.sort_by(|a, b| {
        let place = |write: &Write| {
            let time = write.before.or(write.after).map_or(Timestamp::ZERO, |(_, time)| time);
            (write.before.is_none(), std::cmp::Reverse(time))
        };
        place(a).cmp(&place(b)).then_with(|| a.id.cmp(&b.id))
    });
    let list = ListKey::Records(target.clone());
    let mut changes = Vec::with_capacity(writes.len());
    for Write { after, before, id } in writes {
        let last_modified = timestamps::assign(scope, &list, Wanted::NEW)?;
        if let Some((content, _)) = after {
            let key = Key::of(id.as_str());
            let leaf = Leaf::of(&key, &scope.tx.load_content(content)?.at(last_modified).digest());
            let row = RecordRow { content, last_modified, leaf: Some((key, leaf)) };
            scope.tx.put_record(target, &id, &row)?;
        } else {
            scope.tx.delete_record(target, &id, last_modified)?;
        }
        let after = after.map(|(content, _)| (content, last_modified));
        changes.push(PublicationChange { after, before, id });
    }
    Ok(changes)
}

/// Content and time of a record.
type Place = (ContentId, Timestamp);
