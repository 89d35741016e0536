//! What a text would do to the records of a source, item by item, before it does it.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use super::{
    csv::Cell,
    read::{self, Format, Item, ItemError, ReadError},
};
use crate::{
    canonical,
    storage::{Entry as Stored, ObjectKey, StorageError, StoredRecord, Visit, Window},
    types::{CollectionPath, Content, Object, RecordId, RecordRef, Sha256Digest, Value},
    workflow::{
        PatchKind, RecordKey, Resource, RowError, Scope, WriteError, draft,
        query::Field,
        records, rows,
        validation::{SchemaError, Violation},
    },
};

/// What is done with the records of a text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BulkAct {
    /// They are deleted.
    Delete,
    /// What is new is created; of what is there the values that are given are set, `null` takes one away, the others stay.
    #[default]
    Merge,
    /// What is new is created; what is there becomes what is given.
    Replace,
}

/// A text and how it is meant.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// What is done.
    pub act: BulkAct,
    /// How it is written; `None` to look.
    pub format: Option<Format>,
    /// The field that tells which record is meant; `None` for what fits best.
    pub key: Option<&'a str>,
    /// The text.
    pub text: &'a str,
}

/// What would be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Names this plan: the same text gives another one when a record that it touches was written meanwhile.
    pub digest: Sha256Digest,
    /// Item by item, in the order of the text.
    pub entries: Vec<Entry>,
    /// How the text was read.
    pub format: Format,
    /// The field that tells which record is meant.
    pub key: String,
    /// Fields that could.
    pub keys: Vec<String>,
}

/// One item of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// On which line it begins.
    pub line: u64,
    /// The value by which it is known; empty where it has none.
    pub name: String,
    /// What would be done with it.
    pub outcome: Outcome,
    /// Where it is in the text.
    pub span: Range<usize>,
}

/// What would be done with one item.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The record becomes another.
    Change {
        /// What it becomes.
        after: Object,
        /// What it is.
        before: Object,
        /// The record.
        id: RecordId,
    },
    /// A record that is not there yet.
    Create {
        /// What it becomes.
        after: Object,
        /// Its id; `None` where it gets one.
        id: Option<RecordId>,
    },
    /// The record goes.
    Delete {
        /// What it is.
        before: Object,
        /// The record.
        id: RecordId,
    },
    /// Nothing, and why.
    Refused(Refusal),
    /// The record is so already.
    Same(RecordId),
}

/// Why nothing is done with an item.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Several records have the value by which it is known.
    #[error("{many} records have this {key}. Say which one is meant by its id.")]
    Ambiguous {
        /// The field.
        key: String,
        /// How many.
        many: usize,
    },
    /// Another item means the same record.
    #[error("The same {key} as line {line}. Keep one of the two.")]
    Duplicate {
        /// The field.
        key: String,
        /// Where the other one is.
        line: u64,
    },
    /// An id that no record can have.
    #[error(
        "This id cannot be used: an id has 1 to 255 of A-Z, a-z, 0-9, - and _, and begins with a letter or digit."
    )]
    Id,
    /// No record.
    #[error("This {0}.")]
    Item(ItemError),
    /// The value by which it is known is missing.
    #[error("{key} is empty and must have a value: it says which record is meant.")]
    Keyless {
        /// The field.
        key: String,
    },
    /// There is no such record.
    #[error("There is no record with this {key}, so there is nothing to delete.")]
    Missing {
        /// The field.
        key: String,
    },
    /// The schema of the collection cannot be used.
    #[error("The schema of the collection cannot be used: {0}. Mend it in the settings.")]
    Schema(SchemaError),
    /// Longer than records may be.
    #[error("It is longer than {most} bytes, the most that a record may have.")]
    TooLong {
        /// The limit.
        most: usize,
    },
    /// It could not be signed.
    #[error("{0}.")]
    Unsignable(canonical::Refusal),
    /// It is not what the schema asks for.
    #[error("{}.", .0.iter().take(3).map(Violation::sentence).collect::<Vec<_>>().join(". "))]
    Violates(Vec<Violation>),
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nothing could be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Clock, timestamps, database.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The collection would hold too many records.
    #[error("The collection would hold more than {most} records.")]
    TooManyRecords {
        /// The limit.
        most: u64,
    },
}

impl From<StorageError> for PlanError {
    fn from(error: StorageError) -> Self {
        Self::Row(RowError::Storage(error))
    }
}

impl Plan {
    /// How many items would be created, changed, deleted; how many are refused; how many are so already.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for entry in &self.entries {
            let count = match entry.outcome {
                Outcome::Change { .. } => &mut counts.changed,
                Outcome::Create { .. } => &mut counts.created,
                Outcome::Delete { .. } => &mut counts.deleted,
                Outcome::Refused(_) => &mut counts.refused,
                Outcome::Same(_) => &mut counts.same,
            };
            *count += 1;
        }
        counts
    }
}

/// How many items of a plan have which outcome.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// To change.
    pub changed: u64,
    /// To create.
    pub created: u64,
    /// To delete.
    pub deleted: u64,
    /// Refused.
    pub refused: u64,
    /// The same already.
    pub same: u64,
}

impl Counts {
    /// How many records would be written or deleted.
    pub fn writes(&self) -> u64 {
        self.changed + self.created + self.deleted
    }
}

/// What the text would do now. Asks for no permission, and writes nothing.
pub fn plan(scope: &mut Scope<'_>, resource: &Resource, given: &Given<'_>) -> Result<Plan, PlanError> {
    let source = &resource.source;
    let attributes = match scope.tx.find_object(&ObjectKey::Collection(source.clone()))? {
        Some(stored) => rows::attributes(&stored)?,
        None => Object::new(),
    };
    let types = Types::of(scope, source, &attributes)?;
    let items = read::read(given.text, given.format, &|name| types.of_column(name))?;
    let keys = keys(&items.items, &attributes);
    let key = given
        .key
        .filter(|key| !key.is_empty())
        .map_or_else(|| keys.first().cloned().unwrap_or_else(|| ID.to_owned()), str::to_owned);
    let known = if key == ID { HashMap::new() } else { known(scope, source, &Field::new(&key))? };
    let mut planner = Planner {
        act: given.act,
        key: Field::new(&key),
        known,
        met: HashMap::new(),
        seen: Vec::new(),
        source,
    };
    let mut entries = Vec::with_capacity(items.items.len());
    for item in items.items {
        entries.push(planner.entry(scope, item)?);
    }
    let digest = Sha256Digest::of(&planner.seen);
    let plan = Plan { digest, entries, format: items.format, key, keys };
    let most = scope.services.settings.limits.records;
    let created = plan.counts().created;
    if created > 0 && scope.tx.count_records(source)?.saturating_add(created) > most {
        return Err(PlanError::TooManyRecords { most });
    }
    Ok(plan)
}

struct Planner<'a> {
    act: BulkAct,
    key: Field,
    /// By the value of the key: the records that have it.
    known: HashMap<Vec<u8>, Vec<String>>,
    /// By the value of the key: the line that means it.
    met: HashMap<Vec<u8>, u64>,
    /// What the plan rests on, for its digest.
    seen: Vec<u8>,
    source: &'a CollectionPath,
}

impl Planner<'_> {
    fn entry(&mut self, scope: &mut Scope<'_>, item: Item) -> Result<Entry, PlanError> {
        let Item { line, said, span } = item;
        let (name, outcome) = match said {
            Ok(object) => {
                let name = self.key.of(&object).map(shown).unwrap_or_default();
                (name, self.outcome(scope, object, line)?)
            }
            Err(error) => (String::new(), Outcome::Refused(Refusal::Item(error))),
        };
        Ok(Entry { line, name, outcome, span })
    }

    fn outcome(&mut self, scope: &mut Scope<'_>, object: Object, line: u64) -> Result<Outcome, PlanError> {
        let id = match self.meant(&object, line) {
            Ok(id) => id,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let stored = match &id {
            Some(id) => records::find(scope, &self.key_of(id))?,
            None => None,
        };
        match (self.act, id, stored) {
            (BulkAct::Delete, Some(id), Some(stored)) => {
                self.note(b'-', Some(&id), Some(&stored), &[]);
                Ok(Outcome::Delete { before: rows::members(&stored.content)?, id })
            }
            (BulkAct::Delete, _, _) => {
                Ok(Outcome::Refused(Refusal::Missing { key: self.key.name().to_owned() }))
            }
            (BulkAct::Merge | BulkAct::Replace, Some(id), Some(stored)) => {
                self.change(scope, object, id, &stored)
            }
            (BulkAct::Merge | BulkAct::Replace, id, _) => self.create(scope, object, id),
        }
    }

    fn change(
        &mut self,
        scope: &mut Scope<'_>,
        object: Object,
        id: RecordId,
        stored: &StoredRecord,
    ) -> Result<Outcome, PlanError> {
        let before = rows::members(&stored.content)?;
        let given = own(object);
        let after = match self.act {
            BulkAct::Merge => draft::patched(before.clone(), given, PatchKind::Merge),
            BulkAct::Delete | BulkAct::Replace => given,
        };
        let content = match content(scope, &self.key_of(&id), after)? {
            Ok(content) => content,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        if canonical::equality_digest(&content) == stored.equality {
            return Ok(Outcome::Same(id));
        }
        self.note(b'~', Some(&id), Some(stored), content.as_bytes());
        Ok(Outcome::Change { after: rows::members(&content)?, before, id })
    }

    fn create(
        &mut self,
        scope: &mut Scope<'_>,
        object: Object,
        id: Option<RecordId>,
    ) -> Result<Outcome, PlanError> {
        let given = match self.act {
            // A merge into nothing.
            BulkAct::Merge => draft::patched(Object::new(), own(object), PatchKind::Merge),
            BulkAct::Delete | BulkAct::Replace => own(object),
        };
        let stand_in = RecordId::parse(STAND_IN).map_err(|_| StorageError::Dangling)?;
        let key = self.key_of(id.as_ref().unwrap_or(&stand_in));
        let content = match content(scope, &key, given)? {
            Ok(content) => content,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        self.note(b'+', id.as_ref(), None, content.as_bytes());
        let mut after = rows::members(&content)?;
        if id.is_none() {
            after.remove(ID);
        }
        Ok(Outcome::Create { after, id })
    }

    /// Which record an item means; `None` for one that gets an id.
    fn meant(&mut self, object: &Object, line: u64) -> Result<Option<RecordId>, Refusal> {
        let key = self.key.name().to_owned();
        let sent = match object.get(ID) {
            Some(Value::Text(id)) => Some(RecordId::parse(id).map_err(|_| Refusal::Id)?),
            Some(Value::Null) | None => None,
            Some(Value::Integer(id)) => Some(RecordId::parse(&id.to_string()).map_err(|_| Refusal::Id)?),
            Some(Value::Bool(_) | Value::Float(_) | Value::List(_) | Value::Object(_)) => {
                return Err(Refusal::Id);
            }
        };
        if key == ID {
            let Some(id) = sent else {
                return if self.act == BulkAct::Delete { Err(Refusal::Keyless { key }) } else { Ok(None) };
            };
            self.meet(id.as_str().as_bytes().to_vec(), line)?;
            return Ok(Some(id));
        }
        let value = self.key.of(object).filter(|value| !is_empty(value));
        let spelled = canonical::to_bytes(value.ok_or(Refusal::Keyless { key: key.clone() })?);
        self.meet(spelled.clone(), line)?;
        match self.known.get(&spelled).map(Vec::as_slice) {
            Some([one]) => RecordId::parse(one).map(Some).map_err(|_| Refusal::Id),
            Some(several @ [_, ..]) => Err(Refusal::Ambiguous { key, many: several.len() }),
            Some([]) | None => Ok(sent),
        }
    }

    fn meet(&mut self, spelled: Vec<u8>, line: u64) -> Result<(), Refusal> {
        if let Some(first) = self.met.get(&spelled) {
            return Err(Refusal::Duplicate { key: self.key.name().to_owned(), line: *first });
        }
        self.met.insert(spelled, line);
        Ok(())
    }

    fn key_of(&self, id: &RecordId) -> RecordKey {
        RecordKey { id: id.clone(), path: self.source.clone() }
    }

    /// Each part ends where nothing can be mistaken for the next.
    fn note(&mut self, sign: u8, id: Option<&RecordId>, before: Option<&StoredRecord>, after: &[u8]) {
        self.seen.push(sign);
        self.seen.extend_from_slice(id.map_or("", RecordId::as_str).as_bytes());
        self.seen.push(b' ');
        if let Some(before) = before {
            self.seen.extend_from_slice(before.last_modified.as_millis().to_string().as_bytes());
        }
        self.seen.push(b' ');
        self.seen.extend_from_slice(Sha256Digest::of(after).to_hex().as_bytes());
    }
}

/// The door of records, and why it stays shut.
fn content(
    scope: &mut Scope<'_>,
    key: &RecordKey,
    members: Object,
) -> Result<Result<Content, Refusal>, PlanError> {
    Ok(Err(match records::content(scope, key, members) {
        Ok(content) => return Ok(Ok(content)),
        Err(WriteError::RecordTooLong { most }) => Refusal::TooLong { most },
        Err(WriteError::Refused(refusal)) => Refusal::Unsignable(refusal),
        Err(WriteError::Schema(error)) => Refusal::Schema(error),
        Err(WriteError::Violates { violations }) => Refusal::Violates(violations),
        Err(WriteError::Row(error)) => return Err(error.into()),
        Err(
            WriteError::Denied(_)
            | WriteError::Draft(_)
            | WriteError::Missing { .. }
            | WriteError::Password(_)
            | WriteError::PreconditionFailed { .. }
            | WriteError::Review(_)
            | WriteError::TooManyRecords { .. },
        ) => return Err(StorageError::Interrupted.into()),
    }))
}

/// What the server says itself is taken out.
fn own(mut object: Object) -> Object {
    for name in [ID, "last_modified", "__permissions__"] {
        object.remove(name);
    }
    object
}

/// The records that have each value of a field.
fn known(
    scope: &mut Scope<'_>,
    source: &CollectionPath,
    field: &Field,
) -> Result<HashMap<Vec<u8>, Vec<String>>, StorageError> {
    let mut known: HashMap<Vec<u8>, Vec<String>> = HashMap::new();
    scope.tx.visit_by_id(source, &mut |id, visited| {
        if let Some(value) = field.of_record(visited.record).filter(|value| !is_empty(value)) {
            known.entry(canonical::to_bytes(&value)).or_default().push(id.to_owned());
        }
        Visit::Continue
    })?;
    Ok(known)
}

/// What could tell records apart: the id where some item has one, then what the collection shows first, then what every item
/// has.
fn keys(items: &[Item], attributes: &Object) -> Vec<String> {
    let objects: Vec<&Object> = items.iter().filter_map(|item| item.said.as_ref().ok()).collect();
    let has_id = objects.iter().any(|object| object.has(ID));
    let is_key = |name: &str| {
        let field = Field::new(name);
        let values = objects.iter().filter_map(|object| field.of(object)).filter(|value| is_scalar(value));
        let spelled: Vec<Vec<u8>> = values.map(canonical::to_bytes).collect();
        let different: HashSet<&[u8]> = spelled.iter().map(Vec::as_slice).collect();
        // One or the other may have been forgotten, or come twice: that is told then.
        spelled.len() * 4 >= objects.len() * 3
            && different.len() * 4 >= spelled.len() * 3
            && !spelled.is_empty()
    };
    let named = attributes.get("displayFields").and_then(Value::as_list).unwrap_or_default();
    let mut keys: Vec<String> = Vec::new();
    keys.extend(has_id.then(|| ID.to_owned()));
    keys.extend(named.iter().filter_map(Value::as_text).filter(|name| is_key(name)).map(str::to_owned));
    keys.extend((!has_id).then(|| ID.to_owned()));
    if let Some(first) = objects.first() {
        keys.extend(first.iter().map(|(name, _)| name).filter(|name| is_key(name)).map(str::to_owned));
    }
    let mut once: Vec<String> = Vec::new();
    for key in keys {
        if !once.contains(&key) {
            once.push(key);
        }
    }
    once.truncate(MOST_KEYS);
    once
}

fn is_empty(value: &Value) -> bool {
    *value == Value::Null || value.as_text().is_some_and(|text| text.trim().is_empty())
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Integer(_)) && !is_empty(value)
}

fn shown(value: &Value) -> String {
    value
        .as_text()
        .map_or_else(|| String::from_utf8_lossy(&canonical::to_bytes(value)).into_owned(), str::to_owned)
}

/// What the columns of a CSV hold: what the schema says, else what the newest records have.
struct Types {
    records: Vec<Object>,
    schema: Object,
}

impl Types {
    fn of(scope: &mut Scope<'_>, source: &CollectionPath, attributes: &Object) -> Result<Self, StorageError> {
        let schema = attributes.get("schema").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut bytes: Vec<Vec<u8>> = Vec::new();
        scope.tx.visit_newest_first(source, &Window::default(), &mut |_, entry| {
            if let Stored::Live(visited) = entry {
                let RecordRef { content, .. } = visited.record;
                bytes.push(content.to_vec());
            }
            if bytes.len() >= SAMPLE { Visit::Stop } else { Visit::Continue }
        })?;
        let records = bytes.iter().map(|bytes| rows::parse_members(bytes)).collect::<Result<_, _>>()?;
        Ok(Self { records, schema })
    }

    fn of_column(&self, name: &str) -> Cell {
        if name == ID {
            return Cell::Text;
        }
        if let Some(cell) = of_schema(&self.schema, name) {
            return cell;
        }
        let field = Field::new(name);
        let mut values = self.records.iter().filter_map(|record| field.of(record)).peekable();
        if values.peek().is_none() {
            return Cell::Unknown;
        }
        if values.all(|value| matches!(value, Value::Text(_) | Value::Null)) {
            Cell::Text
        } else {
            Cell::Json
        }
    }
}

/// What a schema says of a field, if it says one type.
fn of_schema(schema: &Object, name: &str) -> Option<Cell> {
    let properties = schema.get("properties")?.as_object()?;
    if let Some(own) = properties.get(name).and_then(Value::as_object) {
        return match own.get("type")? {
            Value::Text(kind) if kind == "string" => Some(Cell::Text),
            Value::Text(_) | Value::List(_) => Some(Cell::Json),
            Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Object(_) => None,
        };
    }
    let (first, rest) = name.split_once('.')?;
    of_schema(properties.get(first)?.as_object()?, rest)
}

const ID: &str = "id";
const MOST_KEYS: usize = 40;
/// Records that are looked at to tell what a column is.
const SAMPLE: usize = 100;
/// The id of a record that gets one, while it is looked at.
const STAND_IN: &str = "new";
