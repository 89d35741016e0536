//! What the page reads: the record where it is edited, what is published of it, who did what, and whether one may write.

use std::sync::Arc;

use crate::{
    storage::{Entry, HistoryAction, HistoryEntry, HistoryTarget, RequestEnd, StorageError, StoredRecord},
    types::{CollectionPath, Object, RecordId, Timestamp, Value},
    ui::{PageError, parts},
    workflow::{
        Preconditions, Resource, Scope, Tag, Violation,
        access::{self, AccessError},
        history::{self, Event},
        overview::{self, Line, Stage},
        people::Names,
        rows,
        validation::{self, CollectionSchemaError, Schema},
    },
};

/// Which record.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    New,
    Record(RecordId),
}

/// Everything that the page shows.
#[derive(Debug)]
pub(super) struct Seen {
    /// What a new record is a copy of.
    pub(super) copied: Option<Copied>,
    /// How the last request ended, if it was sent back, and by whom.
    pub(super) declined: Option<(String, RequestEnd)>,
    pub(super) display_fields: Vec<String>,
    /// What the record is in the source, and when it was written; `None` where it is not there.
    pub(super) held: Option<(Object, Timestamp)>,
    pub(super) history: Vec<Happening>,
    /// `None` for one that is not there yet.
    pub(super) id: Option<RecordId>,
    /// Where the collection stands.
    pub(super) line: Line,
    pub(super) may_write: bool,
    /// What clients have.
    pub(super) published: Option<Object>,
    /// The version that clients have, and since when.
    pub(super) publication: Option<(u64, Timestamp)>,
    /// What was written last, of a record that was deleted.
    pub(super) remains: Option<Object>,
    pub(super) resource: Resource,
    pub(super) schema: Object,
    /// What records are held against.
    judge: Option<Arc<Schema>>,
    /// Why the schema cannot be used.
    pub(super) schema_fault: Option<String>,
    pub(super) ui: Option<Object>,
}

/// The record that a new one is a copy of.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) id: RecordId,
    pub(super) name: String,
}

/// One line of the record's history.
#[derive(Debug)]
pub(super) struct Happening {
    pub(super) at: Timestamp,
    pub(super) event: Event,
    pub(super) who: String,
}

impl Seen {
    /// Reads a record; [`PageError::Missing`] where there is none and never was one.
    pub(super) fn read(scope: &mut Scope<'_>, resource: Resource, asked: Asked) -> Result<Self, PageError> {
        let source = resource.source.clone();
        let id = match asked {
            Asked::New => None,
            Asked::Record(id) => Some(id),
        };
        match &id {
            Some(id) => access::read_record(scope, &source, Ok(id.clone())).map(|_| ())?,
            None => access::read_records(scope, &source).map(|_| ())?,
        }
        let line = overview::of(scope, &resource)?.ok_or(PageError::Missing)?;
        let (judge, schema_fault) = match validation::of_collection(scope, &source) {
            Ok(found) => (found.map(|(schema, _)| schema), None),
            Err(CollectionSchemaError::Schema(error)) => (None, Some(error.to_string())),
            Err(CollectionSchemaError::Storage(error)) => return Err(error.into()),
        };
        let object = |name: &str| line.attributes.get(name).and_then(Value::as_object).cloned();
        let schema = object("schema");
        let has_schema = schema.is_some();
        let mut names = Names::default();
        let mut seen = Self {
            copied: None,
            declined: declined(scope, &line, &mut names)?,
            display_fields: display_fields(&line.attributes),
            held: None,
            history: Vec::new(),
            id: id.clone(),
            judge,
            may_write: may_write(scope, &source, id.as_ref())?,
            publication: scope
                .tx
                .latest_publication(&resource.destination)?
                .map(|last| (last.version, last.at)),
            published: None,
            remains: None,
            schema: schema.unwrap_or_default(),
            schema_fault,
            ui: object("uiSchema"),
            line,
            resource,
        };
        let Some(id) = id else { return Ok(seen) };
        let members = |record: &StoredRecord| {
            rows::members(&record.content).map(|mut members| {
                if has_schema {
                    members.remove("schema");
                }
                members
            })
        };
        let held = rows::find_live(scope, &source, &id)?;
        seen.published = rows::find_live(scope, &seen.resource.destination.clone(), &id)?
            .as_ref()
            .map(members)
            .transpose()?;
        seen.held = match &held {
            Some(held) => Some((members(held)?, held.last_modified)),
            None => None,
        };
        let entries = entries(scope, &source, &id)?;
        if held.is_none() && seen.published.is_none() {
            let content = entries.iter().find_map(|entry| match entry.target {
                HistoryTarget::Record(content, _) => Some(content),
                HistoryTarget::Deleted(_) | HistoryTarget::Object(_) => None,
            });
            let content = content.ok_or(PageError::Missing)?;
            let mut remains = rows::members(&scope.tx.load_content(content)?)?;
            if has_schema {
                remains.remove("schema");
            }
            seen.remains = Some(remains);
        }
        // What each edit changed is read from two contents: of long records nobody waits for that.
        let is_long = held.as_ref().is_some_and(|held| held.content.as_bytes().len() > LONGEST_COMPARED);
        for (place, entry) in entries.iter().enumerate() {
            let event = match (place, entry.action) {
                (_, HistoryAction::Create) => Event::Created,
                (_, HistoryAction::Delete) => Event::Deleted,
                (place, HistoryAction::Update) if is_long || place >= MOST_COMPARED => {
                    Event::Changed(Vec::new())
                }
                (_, HistoryAction::Update) => history::event(scope, entry)?,
            };
            let who = match &entry.user {
                Some(user) => names.of(scope, user)?,
                None => "somebody".to_owned(),
            };
            seen.history.push(Happening { at: entry.last_modified, event, who });
        }
        Ok(seen)
    }

    /// The record as it is; of a deleted one what was published, or written last.
    pub(super) fn shown(&self) -> Object {
        let held = self.held.as_ref().map(|(record, _)| record);
        held.or(self.published.as_ref()).or(self.remains.as_ref()).cloned().unwrap_or_default()
    }

    /// What names the record for people; columns that are for machines alone by what they say.
    pub(super) fn name(&self) -> Option<String> {
        let shown = self.shown();
        let read = self.display_fields.iter().find_map(|field| read_title(shown.get(field)?));
        read.or_else(|| parts::title_of(&shown, &self.display_fields))
    }

    /// What a copy of this record says about it.
    pub(super) fn copied(&self) -> Option<Copied> {
        let id = self.id.clone()?;
        let name = self.name().unwrap_or_else(|| id.as_str().to_owned());
        Some(Copied { id, name })
    }

    /// What a form says about which version it was made for.
    pub(super) fn version(&self) -> String {
        self.held.as_ref().map(|(_, at)| at.as_millis().to_string()).unwrap_or_default()
    }

    /// Whether it was there, and is not any more.
    pub(super) fn is_deleted(&self) -> bool {
        self.id.is_some() && self.held.is_none()
    }

    /// Whether what is there differs from what is published.
    pub(super) fn differs(&self) -> bool {
        self.held.as_ref().map(|(record, _)| record) != self.published.as_ref()
    }

    /// Whether a write takes the request away from the reviewers.
    pub(super) fn is_asked_for(&self) -> bool {
        self.line.stage == Stage::ToReview
    }

    /// Refuses who may only read.
    pub(super) fn writable(&self) -> Result<(), PageError> {
        if self.may_write { Ok(()) } else { Err(PageError::Forbidden(NOT_AN_EDITOR)) }
    }

    /// What is wrong with a record, by the schema and by what can be signed.
    pub(super) fn judge(&self, record: &Object) -> Vec<Violation> {
        let mut record = record.clone();
        if let Some(id) = &self.id {
            record.insert("id", id.as_str());
        } else if !record.has("id") {
            record.insert("id", "00000000-0000-4000-8000-000000000000");
        }
        let mut violations = self.judge.as_ref().map(|schema| schema.check(&record)).unwrap_or_default();
        if let Err(refusal) = crate::canonical::content(&record) {
            violations.push(unsigned(&refusal));
        }
        violations
    }
}

/// What a value says to people that names something to machines.
fn read_title(value: &Value) -> Option<String> {
    let read = parts::reads_as(value, |_| None)?;
    let common = read.split(", ").find_map(|part| part.strip_prefix("CN=")).map(str::to_owned);
    Some(common.unwrap_or(read))
}

/// What can never be signed, as one more thing that is wrong.
pub(super) fn unsigned(refusal: &crate::canonical::Refusal) -> Violation {
    Violation {
        keyword: "signed".to_owned(),
        message: format!("cannot stay so: {}", refusal.reason),
        pointer: refusal.pointer.clone(),
    }
}

/// Preconditions of a form that was made for this version (empty: for a record that is not there).
pub(super) fn conditions(version: &str) -> Preconditions {
    let at = version.parse().ok().and_then(|millis| Timestamp::from_millis(millis).ok());
    match at {
        Some(at) => Preconditions { if_match: Some(Tag::At(at)), ..Preconditions::default() },
        None => Preconditions { if_none_match: Some(Tag::Any), ..Preconditions::default() },
    }
}

/// What the record was when a form was made for it, if its history still says.
pub(super) fn at_version(
    scope: &mut Scope<'_>,
    source: &CollectionPath,
    id: &RecordId,
    version: &str,
) -> Result<Option<Object>, PageError> {
    for entry in entries(scope, source, id)? {
        if let HistoryTarget::Record(content, at) = entry.target
            && at.as_millis().to_string() == version
        {
            return Ok(Some(rows::members(&scope.tx.load_content(content)?)?));
        }
    }
    Ok(None)
}

fn entries(
    scope: &mut Scope<'_>,
    source: &CollectionPath,
    id: &RecordId,
) -> Result<Vec<HistoryEntry>, StorageError> {
    let search = history::Search {
        collection: Some(source.clone()),
        record: Some(id.clone()),
        ..history::Search::default()
    };
    Ok(history::find(scope, &search, MOST_HAPPENINGS)?.entries)
}

fn declined(
    scope: &mut Scope<'_>,
    line: &Line,
    names: &mut Names,
) -> Result<Option<(String, RequestEnd)>, StorageError> {
    if line.stage != Stage::Declined {
        return Ok(None);
    }
    let last = scope.tx.list_requests(&line.resource.source, 1)?.into_iter().next();
    let Some(end) = last.and_then(|request| request.end) else { return Ok(None) };
    Ok(Some((names.of(scope, &end.by)?, end)))
}

fn may_write(
    scope: &mut Scope<'_>,
    source: &CollectionPath,
    id: Option<&RecordId>,
) -> Result<bool, StorageError> {
    let permit = match id {
        Some(id) => access::put_record(scope, source, Ok(id.clone()), &Preconditions::default()).map(|_| ()),
        None => access::post_record(scope, source, None).map(|_| ()),
    };
    match permit {
        Ok(()) => Ok(true),
        Err(AccessError::Storage(error)) => Err(error),
        Err(AccessError::Denied(_) | AccessError::MalformedId | AccessError::MissingParent { .. }) => {
            Ok(false)
        }
    }
}

fn display_fields(attributes: &Object) -> Vec<String> {
    let fields = attributes.get("displayFields").and_then(Value::as_list).unwrap_or_default();
    fields.iter().filter_map(Value::as_text).map(str::to_owned).collect()
}

/// Bytes of a record whose edits are compared.
const LONGEST_COMPARED: usize = 32 * 1024;
/// Edits that say what they changed: those in sight.
pub(super) const MOST_COMPARED: usize = 12;
/// Edits that are counted.
const MOST_HAPPENINGS: usize = 30;
const NOT_AN_EDITOR: &str = "You can read this collection, and not change it. Somebody among its editors, or an administrator, can let you.";
