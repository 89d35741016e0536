//! Bringing records from a file into a source: one transaction, whose edits count for the person it names.

use std::collections::BTreeSet;

use super::{
    Actor, Role, RowError, Scope, Services,
    review::{self, ReviewError},
    rows,
    timestamps::Wanted,
    validation::{self, CollectionSchemaError, Schema, SchemaError, Violation},
};
use crate::{
    canonical,
    storage::{Entry, ObjectKey, Permissions, StorageError, Visit},
    types::{
        AccountName, CollectionPath, Content, JsonError, JsonLimits, Nul, Object, RecordId, Timestamp, Value,
    },
};

/// What becomes of records of the source that the file does not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Others {
    /// They are deleted.
    Delete,
    /// They stay.
    Keep,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Imported {
    /// New records.
    pub created: u64,
    /// Records that the file did not have.
    pub deleted: u64,
    /// Records that the source had so already; nobody edits them by an import.
    pub unchanged: u64,
    /// Records with another content than before.
    pub updated: u64,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// An id that comes twice.
    #[error("record '{id}' comes twice")]
    DuplicateId {
        /// The id.
        id: RecordId,
    },
    /// The file is no JSON.
    #[error("no JSON: {0}")]
    Json(#[from] JsonError),
    /// The account does not exist.
    #[error("no account {0}")]
    MissingAccount(AccountName),
    /// The collection does not exist.
    #[error("no collection {0}")]
    MissingCollection(CollectionPath),
    /// Neither a list nor an object with a list `data`.
    #[error("the file is neither a list of records nor an object with such a list in `data`")]
    NotRecords,
    /// Only sources are imported into: published collections change through review, others through HTTP.
    #[error("{0} is not the source of a resource")]
    NotSource(CollectionPath),
    /// An item of the list has no id, or one of another form.
    #[error("item {index} of the list is no object with a valid id")]
    RecordId {
        /// Counted from 0.
        index: usize,
    },
    /// A record is longer than the limit.
    #[error("record '{id}' is longer than {most} bytes")]
    RecordTooLong {
        /// The record.
        id: RecordId,
        /// The limit.
        most: usize,
    },
    /// A record cannot be signed.
    #[error("record '{id}' cannot be signed: {refusal}")]
    Refused {
        /// The record.
        id: RecordId,
        /// Why, and where in the record.
        refusal: canonical::Refusal,
    },
    /// A rule of review.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// A row could not be written.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The schema of the collection, stored before schemas were looked at, cannot be used.
    #[error("the schema of the collection cannot be used: {0}")]
    Schema(#[from] SchemaError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The collection would hold more records than the limit.
    #[error("the collection would hold more than {most} records")]
    TooManyRecords {
        /// The limit.
        most: u64,
    },
    /// A record is not what the schema of the collection asks for.
    #[error("record '{id}' does not fit the schema: {}", violation.sentence())]
    Violates {
        /// The record.
        id: RecordId,
        /// What is wrong.
        violation: Violation,
    },
}

impl From<CollectionSchemaError> for ImportError {
    fn from(error: CollectionSchemaError) -> Self {
        match error {
            CollectionSchemaError::Schema(error) => error.into(),
            CollectionSchemaError::Storage(error) => error.into(),
        }
    }
}

/// Records that may be written into a source: each went through the door of what can be signed.
#[derive(Clone, Debug)]
pub struct Batch(Vec<(RecordId, Content)>);

impl Batch {
    /// Reads a file: a JSON list of records, or an object with one in `data`. `last_modified` is left out: the service says
    /// when a record was written.
    pub fn parse(bytes: &[u8], depth: usize, most_bytes: usize) -> Result<Self, ImportError> {
        let limits = JsonLimits { depth, nul: Nul::Refused };
        let list = match Value::parse(bytes, limits)? {
            Value::List(list) => list,
            Value::Object(mut object) => match object.remove("data") {
                Some(Value::List(list)) => list,
                Some(_) | None => return Err(ImportError::NotRecords),
            },
            Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Text(_) => {
                return Err(ImportError::NotRecords);
            }
        };
        let mut ids = BTreeSet::new();
        let mut records = Vec::with_capacity(list.len());
        for (index, item) in list.into_iter().enumerate() {
            let (id, content) = read(index, &item, most_bytes)?;
            if !ids.insert(id.clone()) {
                return Err(ImportError::DuplicateId { id });
            }
            records.push((id, content));
        }
        // Contents lie on disk in the order in which they came; visits by id, each publication among them, then read forward.
        records.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Self(records))
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Writes a batch into a source as `user`. `progress` is told how many records are done; the transaction may run twice.
pub fn import(
    batch: &Batch,
    path: &CollectionPath,
    user: &AccountName,
    others: Others,
    services: &Services,
    progress: &mut dyn FnMut(usize),
) -> Result<Imported, ImportError> {
    let Some(Role::Source(_)) = services.settings.resources.role(path) else {
        return Err(ImportError::NotSource(path.clone()));
    };
    let actor = services.store.read(|tx| -> Result<_, ImportError> {
        if tx.find_object(&ObjectKey::Account(user.clone()))?.is_none() {
            return Err(ImportError::MissingAccount(user.clone()));
        }
        Ok(Actor::account(user, tx)?)
    })?;
    services.write(&actor, |scope| {
        if scope.tx.find_object(&ObjectKey::Collection(path.clone()))?.is_none() {
            return Err(ImportError::MissingCollection(path.clone()));
        }
        write(scope, path, (batch, others), progress)
    })
}

fn write(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    (batch, others): (&Batch, Others),
    progress: &mut dyn FnMut(usize),
) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    let schema = validation::of_collection(scope, path)?;
    let mut edits = review::Edits::begin(scope, path);
    for (done, (id, content)) in batch.0.iter().enumerate() {
        let before = match scope.tx.find_record(path, id)? {
            Some(Entry::Live(before)) => Some(before),
            Some(Entry::Deleted(_)) | None => None,
        };
        let is_known = before.as_ref().is_some_and(|before| match &schema {
            // It may have been written under another schema; `schema` says so, and is no difference.
            Some(_) => before.equality == canonical::equality_digest(content),
            None => before.content == *content,
        });
        if is_known {
            imported.unchanged += 1;
        } else {
            let wanted = Wanted { current: before.as_ref().map(|before| before.last_modified), asked: None };
            let permissions = match before {
                Some(_) => scope.tx.find_permissions(&rows::record_uri(path, id))?,
                None => Permissions::new(),
            };
            let content = match &schema {
                Some((schema, time)) => held_against(schema, *time, id, content)?,
                None => content.clone(),
            };
            let after = rows::put_record(scope, path, id, content, &permissions, wanted)?;
            edits.record(scope, id, Some(&after))?;
            *if before.is_some() { &mut imported.updated } else { &mut imported.created } += 1;
        }
        if done % PROGRESS_STEP == PROGRESS_STEP - 1 {
            progress(done + 1);
        }
    }
    if others == Others::Delete {
        for id in others_than(scope, path, batch)? {
            let Some(Entry::Live(before)) = scope.tx.find_record(path, &id)? else { continue };
            rows::delete_record(scope, path, &id, Wanted::after(before.last_modified))?;
            edits.record(scope, &id, None)?;
            imported.deleted += 1;
        }
    }
    let most = scope.services.settings.limits.records;
    if scope.tx.count_records(path)? > most {
        return Err(ImportError::TooManyRecords { most });
    }
    edits.finish(scope)?;
    progress(batch.0.len());
    Ok(imported)
}

/// The content as it is written under a schema.
fn held_against(
    schema: &Schema,
    time: Timestamp,
    id: &RecordId,
    content: &Content,
) -> Result<Content, ImportError> {
    let mut members = rows::members(content)?;
    if let Some(violation) = schema.check(&members).into_iter().next() {
        return Err(ImportError::Violates { id: id.clone(), violation });
    }
    members.insert("schema", time.as_millis());
    canonical::content(&members).map_err(|refusal| ImportError::Refused { id: id.clone(), refusal })
}

fn others_than(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    batch: &Batch,
) -> Result<Vec<RecordId>, ImportError> {
    let kept: BTreeSet<&str> = batch.0.iter().map(|(id, _)| id.as_str()).collect();
    let mut others = Vec::new();
    scope.tx.visit_places_by_id(path, &mut |id, _, _| {
        if !kept.contains(id) {
            others.push(RecordId::parse(id));
        }
        Visit::Continue
    })?;
    let ids: Result<Vec<RecordId>, _> = others.into_iter().collect();
    Ok(ids.map_err(|_| StorageError::Corrupt { table: "records", column: "id" })?)
}

fn read(index: usize, item: &Value, most: usize) -> Result<(RecordId, Content), ImportError> {
    let record: Option<(&Object, RecordId)> = item.as_object().and_then(|object| {
        let id = RecordId::parse(object.get("id")?.as_text()?).ok()?;
        Some((object, id))
    });
    let Some((object, id)) = record else { return Err(ImportError::RecordId { index }) };
    match canonical::content(object) {
        Ok(content) if content.as_bytes().len() > most => Err(ImportError::RecordTooLong { id, most }),
        Ok(content) => Ok((id, content)),
        Err(refusal) => Err(ImportError::Refused { id, refusal }),
    }
}

/// How many records are written between two words of progress.
const PROGRESS_STEP: usize = 1_000;
