//! The change of a source: what publishing now would write into its destination (`statement` §6).
//!
//! Computed from the table of pending edits, so it costs what changed, not what is there.

use super::{Refusal, ReviewError, edits, source};
use crate::{
    canonical,
    signing::{self, ChangeBase, Statement},
    storage::{ContentId, StorageError, StoredRecord, Subject},
    types::{CollectionPath, Object, RecordId, Sha256Digest, Timestamp},
    workflow::{Resource, Scope, rows},
};

/// What publishing now would write.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The published attributes that the source has.
    pub attributes_after: Object,
    /// The published attributes that the destination has.
    pub attributes_before: Object,
    /// What the last statement for the destination says; `None` if there never was one.
    pub base: Option<ChangeBase>,
    /// When the first of its edits was made, and the last; each counts where it was last written.
    pub edited: Option<(Timestamp, Timestamp)>,
    /// Everybody who has an edit in the change, sorted.
    pub editors: Vec<String>,
    /// The records, by id.
    pub entries: Vec<ChangeEntry>,
    /// Its name. A source that holds a record that cannot be signed has none, and cannot be published.
    pub name: Result<ChangeName, Refusal>,
}

/// What names a change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangeName {
    /// SHA-256 of the text.
    pub digest: Sha256Digest,
    /// The canonical text (`statement` §6).
    pub text: String,
}

/// One record of a change. Before and after are content and time, in the destination and in the source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangeEntry {
    /// `None` if it is deleted.
    pub after: Option<(ContentId, Timestamp)>,
    /// `None` if it is created.
    pub before: Option<(ContentId, Timestamp)>,
    /// Who wrote it, sorted.
    pub by: Vec<String>,
    /// The record.
    pub id: RecordId,
}

impl ChangeEntry {
    /// What happens to the record.
    pub const fn kind(&self) -> EntryKind {
        match (self.before, self.after) {
            (None, _) => EntryKind::Created,
            (Some(_), Some(_)) => EntryKind::Updated,
            (Some(_), None) => EntryKind::Deleted,
        }
    }
}

/// What a change does to a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EntryKind {
    /// It is in the source alone.
    Created,
    /// It is in the destination alone.
    Deleted,
    /// It is in both, unequal.
    Updated,
}

/// How many records a change creates, updates and deletes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ChangeCounts {
    /// In the source alone.
    pub created: u64,
    /// In the destination alone.
    pub deleted: u64,
    /// In both, unequal.
    pub updated: u64,
}

/// The change of a source; `None` where there is no source.
pub fn change(scope: &mut Scope<'_>, path: &CollectionPath) -> Result<Option<Change>, ReviewError> {
    let Some(resource) = scope.services.settings.resources.of_source(path) else { return Ok(None) };
    let Some(attributes) = source::load(scope, path)? else { return Ok(None) };
    of(scope, &resource, &attributes).map(Some)
}

/// The change of a source that has these attributes.
pub(super) fn of(
    scope: &mut Scope<'_>,
    resource: &Resource,
    attributes: &Object,
) -> Result<Change, ReviewError> {
    let attributes_after = source::published(attributes);
    let attributes_before = edits::published_attributes(scope, &resource.destination)?;
    let base = base(scope, &resource.destination)?;
    let mut text = signing::Change::new(resource.destination.clone(), base, &attributes_after);
    let is_checked = is_taken_over(scope, &resource.source)?;
    let mut unsignable = None;
    let mut edited: Option<(Timestamp, Timestamp)> = None;
    let mut editors: Vec<String> = Vec::new();
    let mut entries: Vec<ChangeEntry> = Vec::new();
    for edit in scope.tx.list_pending(&resource.source)? {
        editors.push(edit.user.clone());
        edited =
            Some(edited.map_or((edit.at, edit.at), |(first, last)| (first.min(edit.at), last.max(edit.at))));
        let Subject::Record(id) = edit.subject else { continue };
        if let Some(last) = entries.last_mut().filter(|last| last.id == id) {
            last.by.push(edit.user);
            continue;
        }
        let before = rows::find_live(scope, &resource.destination, &id)?;
        let after = rows::find_live(scope, &resource.source, &id)?;
        let place = |record: &StoredRecord| (record.content_id, record.last_modified);
        match &after {
            Some(record) => {
                text.put(id.as_str(), record.content.digest());
                if is_checked && unsignable.is_none() {
                    unsignable = refusal(&id, record)?;
                }
            }
            None => text.delete(id.as_str()),
        }
        let (before, after) = (before.as_ref().map(place), after.as_ref().map(place));
        entries.push(ChangeEntry { after, before, by: vec![edit.user], id });
    }
    editors.sort_unstable();
    editors.dedup();
    let name = if let Some(refusal) = unsignable {
        Err(refusal)
    } else {
        let text = text.to_text();
        Ok(ChangeName { digest: Sha256Digest::of(text.as_bytes()), text })
    };
    Ok(Change { attributes_after, attributes_before, base, edited, editors, entries, name })
}

impl Change {
    /// How many records it creates, updates and deletes.
    pub fn counts(&self) -> ChangeCounts {
        let mut counts = ChangeCounts::default();
        for entry in &self.entries {
            let count = match entry.kind() {
                EntryKind::Created => &mut counts.created,
                EntryKind::Deleted => &mut counts.deleted,
                EntryKind::Updated => &mut counts.updated,
            };
            *count += 1;
        }
        counts
    }

    /// Its digest; the refusal where it has none.
    pub(super) fn digest(&self) -> Result<Sha256Digest, ReviewError> {
        match &self.name {
            Ok(name) => Ok(name.digest),
            Err(refusal) => Err(ReviewError::BadRequest(refusal.clone())),
        }
    }
}

/// What the last statement for a path says, for the digest.
fn base(scope: &mut Scope<'_>, path: &CollectionPath) -> Result<Option<ChangeBase>, ReviewError> {
    let Some(publication) = scope.tx.latest_publication(path)? else { return Ok(None) };
    let statement = Statement::parse(&publication.statement)
        .map_err(|_| StorageError::Corrupt { table: "publications", column: "statement" })?;
    Ok(Some(ChangeBase { root: statement.root, timestamp: statement.timestamp }))
}

/// Why a record cannot be signed; `None` if it can.
fn refusal(id: &RecordId, record: &StoredRecord) -> Result<Option<Refusal>, ReviewError> {
    let members = rows::members(&record.content)?;
    let refusal = canonical::content(&members).err().map(Box::new);
    Ok(refusal.map(|refusal| Refusal::Unsignable { record: id.clone(), refusal }))
}

// What is written into a source passes the door of what can be signed. Records that were there before did not.

/// The source holds records that did not pass the door.
pub(super) fn note_taken_over(scope: &mut Scope<'_>, source: &CollectionPath) -> Result<(), ReviewError> {
    Ok(scope.tx.put_counter(&format!("review.taken-over {source}"), 1)?)
}

fn is_taken_over(scope: &mut Scope<'_>, source: &CollectionPath) -> Result<bool, ReviewError> {
    Ok(scope.tx.find_counter(&format!("review.taken-over {source}"))? != 0)
}
