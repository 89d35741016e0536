//! Who has an edit in the change (design §6): the table of pending edits, and what an edit does to a review.
//!
//! The rows of a source are exactly the subjects in which it differs from what is published, each with everybody who wrote
//! it since it last was equal. Whatever writes a source comes by here.

use super::{
    ReviewError,
    source::{self, Mark, Status},
};
use crate::{
    storage::{PendingEdit, RequestEnd, RequestEndKind, StorageError, StoredRecord, Subject},
    types::{CollectionPath, JsonLimits, Nul, Object, RecordId, Value},
    workflow::{Resource, Scope, rows},
};

/// After one record of a source was written or deleted by the actor. Written as it was it is no edit: it has another time
/// (`kinto-api` §7.3), and nothing that anybody would publish.
pub(super) fn record_written(
    scope: &mut Scope<'_>,
    resource: &Resource,
    id: &RecordId,
    before: Option<&StoredRecord>,
    after: Option<&StoredRecord>,
) -> Result<(), ReviewError> {
    if before.map(|record| record.equality) == after.map(|record| record.equality) {
        return Ok(());
    }
    note_record(scope, resource, id, after)?;
    begin_work(scope, resource)
}

/// Many edits of one source in one write: each is noted, and the work begins once.
#[derive(Debug)]
pub(crate) struct Edits {
    has_any: bool,
    resource: Option<Resource>,
}

impl Edits {
    /// Edits of this collection by the actor. Where it is no source, or the service itself acts, nothing is noted.
    pub(crate) fn begin(scope: &Scope<'_>, path: &CollectionPath) -> Self {
        let resource = scope.services.settings.resources.of_source(path);
        Self { has_any: false, resource: resource.filter(|_| !scope.actor.is_plugin()) }
    }

    /// A record was written, or deleted.
    pub(crate) fn record(
        &mut self,
        scope: &mut Scope<'_>,
        id: &RecordId,
        after: Option<&StoredRecord>,
    ) -> Result<(), ReviewError> {
        self.has_any = true;
        self.resource.as_ref().map_or(Ok(()), |resource| note_record(scope, resource, id, after))
    }

    /// All are noted.
    pub(crate) fn finish(self, scope: &mut Scope<'_>) -> Result<(), ReviewError> {
        match self.resource {
            Some(resource) if self.has_any => begin_work(scope, &resource),
            Some(_) | None => Ok(()),
        }
    }
}

fn note_record(
    scope: &mut Scope<'_>,
    resource: &Resource,
    id: &RecordId,
    after: Option<&StoredRecord>,
) -> Result<(), ReviewError> {
    let published = rows::find_live(scope, &resource.destination, id)?;
    let is_published =
        published.as_ref().map(|record| record.equality) == after.map(|record| record.equality);
    note(scope, resource, Subject::Record(id.clone()), is_published)
}

/// Notes the edit of the published attributes: `after` are the source's.
pub(super) fn note_attributes(
    scope: &mut Scope<'_>,
    resource: &Resource,
    after: &Object,
) -> Result<(), ReviewError> {
    let published = published_attributes(scope, &resource.destination)?;
    let is_published = source::differing_attribute(&published, after).is_none();
    note(scope, resource, Subject::Attributes, is_published)
}

/// What an edit does to the source: an open request is overtaken, and the source says who edited last.
pub(super) fn begin_work(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), ReviewError> {
    revise(scope, &resource.source)?;
    end_request(scope, resource, RequestEndKind::Overtaken, "")?;
    let (user, now) = (source::user(scope), scope.now);
    source::write(scope, &resource.source, |attributes| {
        attributes.insert(source::STATUS, Status::WorkInProgress.as_str());
        Mark::Edit.set(attributes, user, now);
    })
}

/// Ends the open request for review, if there is one.
pub(super) fn end_request(
    scope: &mut Scope<'_>,
    resource: &Resource,
    kind: RequestEndKind,
    comment: &str,
) -> Result<(), ReviewError> {
    let end =
        RequestEnd { at: scope.now, by: source::user(scope).to_owned(), comment: comment.to_owned(), kind };
    scope.tx.end_request(&resource.source, &end)?;
    Ok(())
}

/// What a user wrote of the change: whether attributes, and which records, sorted.
pub(super) fn of_user(
    scope: &mut Scope<'_>,
    resource: &Resource,
    user: &str,
) -> Result<Vec<Subject>, ReviewError> {
    let edits = scope.tx.list_pending(&resource.source)?;
    Ok(edits.into_iter().filter(|edit| edit.user == user).map(|edit| edit.subject).collect())
}

/// The attributes that a preview or destination has by its last publication; none where there is none.
pub(super) fn published_attributes(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
) -> Result<Object, ReviewError> {
    let Some(publication) = scope.tx.latest_publication(path)? else { return Ok(Object::new()) };
    let limits = JsonLimits { depth: JsonLimits::MAX_DEPTH, nul: Nul::Accepted };
    match Value::parse(publication.attributes.as_bytes(), limits) {
        Ok(Value::Object(attributes)) => Ok(attributes),
        Ok(_) | Err(_) => Err(StorageError::Corrupt { table: "publications", column: "attributes" }.into()),
    }
}

// The revision of a source goes up with every write to it, and never restarts. A preview that was made equal at a revision
// is equal as long as it is still that one, so nobody has to compare all records to know.

/// The source has changed.
pub(super) fn revise(scope: &mut Scope<'_>, source: &CollectionPath) -> Result<(), ReviewError> {
    let next = revision(scope, source)?.saturating_add(1);
    Ok(scope.tx.put_counter(&format!("review.revision {source}"), next)?)
}

/// The preview of the source was made equal to it.
pub(super) fn note_previewed(scope: &mut Scope<'_>, source: &CollectionPath) -> Result<(), ReviewError> {
    let revision = revision(scope, source)?;
    Ok(scope.tx.put_counter(&previewed_name(source), revision)?)
}

/// Nothing is known about the preview of the source any more.
pub(super) fn forget_previewed(scope: &mut Scope<'_>, source: &CollectionPath) -> Result<(), ReviewError> {
    Ok(scope.tx.put_counter(&previewed_name(source), 0)?)
}

/// Whether the preview is known to be equal to the source.
pub(super) fn is_previewed(scope: &mut Scope<'_>, source: &CollectionPath) -> Result<bool, ReviewError> {
    let previewed = scope.tx.find_counter(&previewed_name(source))?;
    Ok(previewed != 0 && previewed == revision(scope, source)?)
}

/// How often a source was written; never the same for two states of it.
pub(super) fn revision(scope: &mut Scope<'_>, source: &CollectionPath) -> Result<u64, StorageError> {
    scope.tx.find_counter(&format!("review.revision {source}"))
}

fn previewed_name(source: &CollectionPath) -> String {
    format!("review.previewed {source}")
}

fn note(
    scope: &mut Scope<'_>,
    resource: &Resource,
    subject: Subject,
    is_published: bool,
) -> Result<(), ReviewError> {
    if is_published {
        return Ok(scope.tx.delete_pending(&resource.source, &subject)?);
    }
    let edit = PendingEdit { at: scope.now, subject, user: source::user(scope).to_owned() };
    Ok(scope.tx.put_pending(&resource.source, &edit)?)
}
