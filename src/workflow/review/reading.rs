//! The change of a source as pages read it: in their order, with the last edit of each record. Kept in memory while it is
//! current, so that ten thousand records are looked up once and not for each page.

use std::sync::Arc;

use super::{
    ReviewError,
    change::{self, Change, ChangeEntry, EntryKind},
    kept::Stamp,
    source,
};
use crate::{
    canonical,
    storage::{StorageError, Subject},
    types::{Content, Timestamp, Value},
    workflow::{Resource, Scope, compare, rows},
};

/// A change, read once.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The last edit of the published attributes, if they have one.
    pub attributes: Option<LastEdit>,
    /// The change.
    pub change: Change,
    /// Of each entry, in their order.
    latest: Vec<LastEdit>,
    /// Places of entries, as people read them: what alters what clients hold comes first.
    order: Vec<usize>,
}

/// Who wrote something last, and when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LastEdit {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub user: String,
}

/// The change of a source; `None` where there is no source. For reads alone: what a write has not committed is no one's to keep.
pub fn read(scope: &mut Scope<'_>, resource: &Resource) -> Result<Option<Arc<Reading>>, ReviewError> {
    let path = &resource.source;
    let Some(stamp) = Stamp::of(scope, resource)? else { return Ok(None) };
    let readings = &scope.services.changes.readings;
    if let Some(reading) = readings.find(path, stamp) {
        return Ok(Some(reading));
    }
    let Some(attributes) = source::load(scope, path)? else { return Ok(None) };
    let change = change::of(scope, resource, &attributes)?;
    let reading = Arc::new(Reading::of(scope, resource, change)?);
    let is_kept = reading.change.entries.len() <= MOST_ENTRIES;
    readings.keep(path, stamp, is_kept.then(|| Arc::clone(&reading)));
    Ok(Some(reading))
}

impl Reading {
    fn of(scope: &mut Scope<'_>, resource: &Resource, change: Change) -> Result<Self, StorageError> {
        let mut attributes: Option<LastEdit> = None;
        let mut latest: Vec<LastEdit> = Vec::with_capacity(change.entries.len());
        let mut last = None;
        // By subject, as the entries are.
        for edit in scope.tx.list_pending(&resource.source)? {
            let own = LastEdit { at: edit.at, user: edit.user };
            match (edit.subject, latest.last_mut()) {
                (Subject::Attributes, _) => {
                    if attributes.as_ref().is_none_or(|known| known.at < own.at) {
                        attributes = Some(own);
                    }
                }
                (Subject::Record(id), Some(known)) if last.as_ref() == Some(&id) => {
                    if known.at < own.at {
                        *known = own;
                    }
                }
                (Subject::Record(id), _) => {
                    latest.push(own);
                    last = Some(id);
                }
            }
        }
        let mut order: Vec<usize> = (0..change.entries.len()).collect();
        order.sort_by_key(|index| change.entries.get(*index).map(|entry| place(entry.kind())));
        Ok(Self { attributes, change, latest, order })
    }

    /// The entries as people read them, each with its last edit; of one kind, or all.
    pub fn entries(&self, kind: Option<EntryKind>) -> impl Iterator<Item = (&ChangeEntry, &LastEdit)> {
        self.order
            .iter()
            .filter_map(|index| self.change.entries.get(*index).zip(self.latest.get(*index)))
            .filter(move |(entry, _)| kind.is_none_or(|kind| entry.kind() == kind))
    }

    /// Those of [`Reading::entries`] whose id, or one of whose values before or after, holds the text in any case of its
    /// letters. Reads every content.
    pub fn search(
        &self,
        scope: &mut Scope<'_>,
        kind: Option<EntryKind>,
        text: &str,
    ) -> Result<Vec<(&ChangeEntry, &LastEdit)>, StorageError> {
        let wanted = Wanted::new(text);
        let mut found = Vec::new();
        for (entry, edit) in self.entries(kind) {
            let mut holds = entry.id.as_str().to_lowercase().contains(&wanted.text);
            for (content, _) in [entry.after, entry.before].into_iter().flatten() {
                holds = holds || wanted.is_in(&scope.tx.load_content(content)?)?;
            }
            if holds {
                found.push((entry, edit));
            }
        }
        Ok(found)
    }

    /// Subjects that were edited after this time: records, and the attributes as one.
    pub fn count_since(&self, at: Timestamp) -> usize {
        let attributes = self.attributes.iter().filter(|edit| edit.at > at).count();
        attributes + self.latest.iter().filter(|edit| edit.at > at).count()
    }
}

fn place(kind: EntryKind) -> u8 {
    match kind {
        EntryKind::Updated => 0,
        EntryKind::Deleted => 1,
        EntryKind::Created => 2,
    }
}

/// What is searched for.
struct Wanted {
    /// As contents spell it, in small letters; `None` where it has letters that they escape.
    spelled: Option<Vec<u8>>,
    /// In small letters.
    text: String,
}

impl Wanted {
    fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let mut spelled = Vec::with_capacity(text.len() + 2);
        canonical::write_text(&text, &mut spelled);
        let inside =
            spelled.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).map(<[u8]>::to_vec);
        Self { spelled: inside.filter(|_| text.is_ascii()), text }
    }

    /// Bytes are compared where that is enough: reading a content costs ten times as much.
    fn is_in(&self, content: &Content) -> Result<bool, StorageError> {
        let bytes = content.as_bytes();
        match &self.spelled {
            Some(spelled) if !bytes.windows(2).any(|two| two == b"\\u") => {
                let holds = |window: &[u8]| window.eq_ignore_ascii_case(spelled);
                Ok(spelled.is_empty() || bytes.windows(spelled.len()).any(holds))
            }
            Some(_) | None => {
                let members = rows::members(content)?;
                Ok(compare::fields(&members).iter().any(|field| self.is_in_field(field)))
            }
        }
    }

    fn is_in_field(&self, field: &compare::Field<'_>) -> bool {
        let holds = |text: &str| text.to_lowercase().contains(&self.text);
        holds(&field.path)
            || match field.value {
                Value::Text(text) => holds(text),
                other @ (Value::Bool(_)
                | Value::Float(_)
                | Value::Integer(_)
                | Value::List(_)
                | Value::Null
                | Value::Object(_)) => holds(&String::from_utf8_lossy(&canonical::to_bytes(other))),
            }
    }
}

/// Larger changes are read each time: some hundred bytes an entry.
const MOST_ENTRIES: usize = 200_000;
