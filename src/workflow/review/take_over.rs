//! Beginning to review a source that is there already: see [`crate::workflow::setup`].

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Refusal, ReviewError, change, creation, destination, edits,
    publish::{self, Plan},
    source,
};
use crate::{
    canonical,
    storage::{
        ListKey, ObjectKey, PendingEdit, PublicationKind, RecordRow, RequestEndKind, StorageError, Subject,
        Visit,
    },
    types::{CollectionPath, RecordId},
    workflow::{
        PLUGIN_USER, Resource, Scope, rows, setup,
        timestamps::{self, Wanted},
    },
};

/// Groups, first publication of what is published (or of nothing), an edit for each subject in which the source differs, and
/// `work-in-progress`. `writers` are the users of an object's history, by its URI.
pub(crate) fn take_over(
    scope: &mut Scope<'_>,
    resource: &Resource,
    writers: &dyn Fn(&str) -> Vec<String>,
) -> Result<(), ReviewError> {
    creation::create_groups(scope, resource, None)?;
    edits::revise(scope, &resource.source)?;
    // What cannot be signed is found again when the change is named.
    if pass_door(scope, &resource.source)?.is_some() {
        change::note_taken_over(scope, &resource.source)?;
    }
    publish_as_it_is(scope, resource)?;
    note_edits(scope, resource, writers)?;
    edits::end_request(scope, resource, RequestEndKind::Overtaken, "")?;
    setup::note_set_up(scope, resource)?;
    creation::finish(scope, resource, PLUGIN_USER)
}

/// The first publication of a resource: what its preview and destination hold (`remote-settings` §2.3), usually nothing.
///
/// What was written there while this resource did not publish it passes the door first, and gets a time above every one that
/// a statement has named.
pub(super) fn publish_as_it_is(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), ReviewError> {
    for path in resource.published() {
        if !setup::is_published_by(scope, resource, path)? {
            if let Some((record, refusal)) = pass_door(scope, path)? {
                let (path, refusal) = (Box::new(path.clone()), Box::new(refusal));
                return Err(ReviewError::BadRequest(Refusal::UnsignablePublished { path, record, refusal }));
            }
            if let Some(latest) = scope.tx.latest_publication(path)? {
                let list = ListKey::Records(path.clone());
                publish::raise_timestamp(scope, &list, &latest)?;
                timestamps::assign(scope, &list, Wanted::NEW)?;
            }
        }
        publish::publish(scope, path, Plan::unchanged(PublicationKind::Created))?;
    }
    Ok(())
}

/// Records that were written while nobody meant to sign them take the form that can be signed; the first that has none is
/// returned.
fn pass_door(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
) -> Result<Option<(RecordId, canonical::Refusal)>, ReviewError> {
    let mut records = Vec::new();
    scope.tx.visit_places_by_id(path, &mut |id, content, last_modified| {
        records.push((RecordId::parse(id), content, last_modified));
        Visit::Continue
    })?;
    let mut unsignable = None;
    for (id, content, last_modified) in records {
        let id = id.map_err(|_| StorageError::Corrupt { table: "records", column: "id" })?;
        let stored = scope.tx.load_content(content)?;
        match canonical::content(&rows::members(&stored)?) {
            Ok(door) if door == stored => {}
            Ok(door) => {
                let content = scope.tx.intern_content(&door, canonical::equality_digest(&door))?;
                scope.tx.put_record(path, &id, &RecordRow { content, last_modified, leaf: None })?;
            }
            Err(refusal) => unsignable = unsignable.or(Some((id, refusal))),
        }
    }
    Ok(unsignable)
}

/// Brings the table of edits to what differs now. Rows that are there stay, if their subject still differs.
fn note_edits(
    scope: &mut Scope<'_>,
    resource: &Resource,
    writers: &dyn Fn(&str) -> Vec<String>,
) -> Result<(), ReviewError> {
    let mut differing: BTreeMap<Subject, String> = BTreeMap::new();
    for write in destination::differences(scope, &resource.source, &resource.destination)? {
        let uri = rows::record_uri(&resource.source, &write.id);
        differing.insert(Subject::Record(write.id), uri);
    }
    let attributes = source::load(scope, &resource.source)?.unwrap_or_default();
    let published = edits::published_attributes(scope, &resource.destination)?;
    if source::differing_attribute(&published, &attributes).is_some() {
        differing.insert(Subject::Attributes, ObjectKey::Collection(resource.source.clone()).uri());
    }
    let mut known = BTreeSet::new();
    for edit in scope.tx.list_pending(&resource.source)? {
        if !differing.contains_key(&edit.subject) {
            scope.tx.delete_pending(&resource.source, &edit.subject)?;
        }
        known.insert(edit.subject);
    }
    for (subject, uri) in differing.into_iter().filter(|(subject, _)| !known.contains(subject)) {
        for user in writers(&uri) {
            let edit = PendingEdit { at: scope.now, subject: subject.clone(), user };
            scope.tx.put_pending(&resource.source, &edit)?;
        }
    }
    Ok(())
}
