//! Beginning to review a source that is there already: see [`crate::workflow::setup`].

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ReviewError, change, creation, destination, edits,
    publish::{self, Plan},
    source,
};
use crate::{
    canonical,
    signing::{Key, Leaf},
    storage::{
        Entry, ObjectKey, PendingEdit, PublicationKind, RecordRow, RequestEndKind, StorageError, Subject,
        Visit,
    },
    types::{CollectionPath, Content, RecordId},
    workflow::{PLUGIN_USER, Resource, Role, Scope, rows, setup},
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
    pass_door(scope, resource)?;
    for path in resource.published() {
        if scope.tx.latest_publication(path)?.is_none() {
            publish::publish(scope, path, Plan::unchanged(PublicationKind::Created))?;
        }
    }
    note_edits(scope, resource, writers)?;
    edits::end_request(scope, resource, RequestEndKind::Overtaken, "")?;
    setup::note_set_up(scope, resource)?;
    creation::finish(scope, resource, PLUGIN_USER)
}

/// Puts another content in the place of a record's, at the same time: the form that the door gives it.
pub(crate) fn replace_content(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    id: &RecordId,
    content: &Content,
) -> Result<(), ReviewError> {
    let Some(Entry::Live(stored)) = scope.tx.find_record(path, id)? else { return Ok(()) };
    let last_modified = stored.last_modified;
    let is_published = match scope.services.settings.resources.role(path) {
        Some(Role::Destination(_) | Role::Preview(_)) => true,
        Some(Role::Source(_)) | None => false,
    };
    let leaf = is_published.then(|| {
        let key = Key::of(id.as_str());
        (key, Leaf::of(&key, &content.at(last_modified).digest()))
    });
    let content = scope.tx.intern_content(content, canonical::equality_digest(content))?;
    Ok(scope.tx.put_record(path, id, &RecordRow { content, last_modified, leaf })?)
}

/// Records that were written while nobody meant to sign them take the form that can be signed; those that have none are
/// found when the change is named.
fn pass_door(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), ReviewError> {
    let mut contents = Vec::new();
    scope.tx.visit_by_id(&resource.source, &mut |id, visited| {
        contents.push((id.to_owned(), visited.content_id));
        Visit::Continue
    })?;
    let mut is_signable = true;
    for (id, content) in contents {
        let stored = scope.tx.load_content(content)?;
        match canonical::content(&rows::members(&stored)?) {
            Ok(door) if door == stored => {}
            Ok(door) => {
                let id = RecordId::parse(&id)
                    .map_err(|_| StorageError::Corrupt { table: "records", column: "id" })?;
                replace_content(scope, &resource.source, &id, &door)?;
            }
            Err(_) => is_signable = false,
        }
    }
    if is_signable { Ok(()) } else { change::note_taken_over(scope, &resource.source) }
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
