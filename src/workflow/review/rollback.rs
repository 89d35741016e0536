//! Going back to what is published (`remote-settings` §2.7): the source, and the preview with it.

use super::{
    ReviewError, destination, edits,
    publish::{self, Attributes, Plan},
    source::{self, Mark, Status},
};
use crate::{
    storage::{ListKey, PublicationKind, RecordRow, RequestEndKind, Subject},
    types::{CollectionPath, RecordId, Timestamp},
    workflow::{
        Actor, Resource, Scope,
        history::{self, Happened},
        rows,
        timestamps::{self, Wanted},
    },
};

/// `to-rollback`. The destination is not touched.
pub(super) fn roll_back(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), ReviewError> {
    let (user, now) = (source::user(scope), scope.now);
    scope.act_as(&Actor::plugin(), |scope| restore_records(scope, resource))?;
    let published = edits::published_attributes(scope, &resource.destination)?;
    edits::end_request(scope, resource, RequestEndKind::RolledBack, "")?;
    scope.tx.purge_pending(&resource.source)?;
    edits::revise(scope, &resource.source)?;
    if let Some(preview) = &resource.preview {
        let writes = destination::differences(scope, &resource.destination, preview)?;
        let attributes = Attributes::Replace(published.clone());
        let plan = Plan { attributes, writes, ..Plan::unchanged(PublicationKind::Published) };
        publish::publish(scope, preview, plan)?;
        edits::note_previewed(scope, &resource.source)?;
    }
    source::write(scope, &resource.source, |attributes| {
        source::replace_published(attributes, &published);
        attributes.insert(source::STATUS, Status::Signed.as_str());
        attributes.insert(source::EDITOR_COMMENT, "");
        attributes.insert(source::REVIEWER_COMMENT, "");
        Mark::Edit.set(attributes, user, now);
    })
}

/// Every record with a pending edit becomes what the destination has.
fn restore_records(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), ReviewError> {
    let source = &resource.source;
    let list = ListKey::Records(source.clone());
    let time_before = timestamps::current(scope, &list)?;
    let mut edits = scope.tx.list_pending(source)?;
    edits.dedup_by(|a, b| a.subject == b.subject);
    let mut has_changed = false;
    let mut restored = Vec::new();
    for edit in edits {
        let Subject::Record(id) = edit.subject else { continue };
        let held = rows::find_live(scope, source, &id)?;
        match (held, rows::find_live(scope, &resource.destination, &id)?) {
            (None, None) => {}
            (Some(held), None) => {
                // Its own time is its own: nobody else has it.
                let at = place(scope, source, held.last_modified, Place::Own)?;
                scope.tx.delete_record(source, &id, at)?;
                scope.tx.delete_permissions(&rows::record_uri(source, &id))?;
                history::record(scope, source, &id, None, Happened::Deleted(at))?;
                has_changed = true;
            }
            (held, Some(published)) => restored.push((published, held.is_some(), id)),
        }
    }
    // Oldest first, so that the list's time follows without moving the ones to come.
    restored.sort_by_key(|(published, _, _)| published.last_modified);
    for (published, was_there, id) in restored {
        let at = place(scope, source, published.last_modified, Place::Wanted)?;
        let row = RecordRow { content: published.content_id, last_modified: at, leaf: None };
        scope.tx.put_record(source, &id, &row)?;
        note_restored(scope, source, &id, (&row, was_there))?;
        has_changed = true;
    }
    if has_changed && timestamps::current(scope, &list)? == time_before {
        // Everything went back to times of the past: the list itself has changed now.
        timestamps::assign(scope, &list, Wanted::NEW)?;
    }
    Ok(())
}

fn note_restored(
    scope: &mut Scope<'_>,
    source: &CollectionPath,
    id: &RecordId,
    (row, was_there): (&RecordRow, bool),
) -> Result<(), ReviewError> {
    let permissions = scope.tx.find_permissions(&rows::record_uri(source, id))?;
    let happened = if was_there { Happened::Updated(&permissions) } else { Happened::Created(&permissions) };
    Ok(history::record(scope, source, id, Some((row.content, row.last_modified)), happened)?)
}

/// The time of a restored record or of its tombstone: the one it had, if it is free (`kinto-api` §7.3).
fn place(
    scope: &mut Scope<'_>,
    source: &CollectionPath,
    asked: Timestamp,
    whose: Place,
) -> Result<Timestamp, ReviewError> {
    let list = ListKey::Records(source.clone());
    let current = timestamps::current(scope, &list)?;
    let is_taken = whose == Place::Wanted && asked < current && timestamps::is_taken(scope, &list, asked)?;
    if asked == current || is_taken {
        return Ok(timestamps::assign(scope, &list, Wanted::NEW)?);
    }
    if asked > current {
        scope.tx.put_timestamp(&list, asked)?;
    }
    Ok(asked)
}

/// Whether a time in the list is the entry's own now.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Place {
    /// It is.
    Own,
    /// It was, and another entry may have it by now.
    Wanted,
}
