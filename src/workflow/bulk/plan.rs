//! What a text would do to the records of a source, item by item, before it does it.

use std::collections::{HashMap, HashSet};

use super::{
    column::Columns,
    nouns::{BulkAct, Entry, Given, Outcome, Plan, PlanError, Refusal},
    read::{self, Item},
};
use crate::{
    canonical,
    storage::{ObjectKey, StorageError, StoredRecord, Visit},
    types::{CollectionPath, Content, Object, RecordId, Sha256Digest, Value},
    workflow::{PatchKind, RecordKey, Resource, Scope, WriteError, draft, query::Field, records, rows},
};

/// What the text would do now. Asks for no permission, and writes nothing.
pub fn plan(scope: &mut Scope<'_>, resource: &Resource, given: &Given<'_>) -> Result<Plan, PlanError> {
    let source = &resource.source;
    let attributes = match scope.tx.find_object(&ObjectKey::Collection(source.clone()))? {
        Some(stored) => rows::attributes(&stored)?,
        None => Object::new(),
    };
    let columns = Columns::of(scope, source, &attributes)?;
    let items = read::read(given.text, given.format, &|name| columns.cell(name))?;
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
        let spelled = canonical::to_bytes(value.ok_or_else(|| Refusal::Keyless { key: key.clone() })?);
        self.meet(spelled.clone(), line)?;
        let id = match self.known.get(&spelled).map(Vec::as_slice) {
            Some([one]) => Some(RecordId::parse(one).map_err(|_| Refusal::Id)?),
            Some(several @ [_, ..]) => return Err(Refusal::Ambiguous { key, many: several.len() }),
            Some([]) | None => sent,
        };
        if let Some(id) = &id {
            // Another item may mean the same record in another way. No value is spelled like this.
            self.meet(format!("id {id}").into_bytes(), line)?;
        }
        Ok(id)
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
    keys.extend(
        named
            .iter()
            .take(MOST_CANDIDATES)
            .filter_map(Value::as_text)
            .filter(|name| is_key(name))
            .map(str::to_owned),
    );
    keys.extend((!has_id).then(|| ID.to_owned()));
    if let Some(first) = objects.first() {
        let names = first.iter().map(|(name, _)| name).take(MOST_CANDIDATES);
        keys.extend(names.filter(|name| is_key(name)).map(str::to_owned));
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

const ID: &str = "id";
/// Fields that are looked at for one that tells records apart.
const MOST_CANDIDATES: usize = 200;
const MOST_KEYS: usize = 40;
/// The id of a record that gets one, while it is looked at.
const STAND_IN: &str = "new";
