//! One reading of all records as they would be published.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Broken, Found, ReviewError, SchemaState, corrupt_id,
    flips::{self, Flip},
    schema_of,
};
use crate::{
    canonical,
    storage::{StorageError, Visit},
    types::{Object, RecordId, Sha256Digest, Value},
    workflow::{
        Resource, Scope, jexl,
        review::change::{Change, ChangeEntry},
        rows,
        validation::Schema,
    },
};

/// What one reading finds.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) duplicates: Found<(RecordId, RecordId)>,
    pub(super) expressions: Found<(RecordId, Option<jexl::Fault>)>,
    pub(super) flips: Vec<Flip>,
    pub(super) schema: SchemaState,
}

/// Reads all records of the source.
pub(super) fn read(
    scope: &mut Scope<'_>,
    resource: &Resource,
    change: &Change,
    note: &mut dyn FnMut(u64),
) -> Result<Findings, ReviewError> {
    let schema = schema_of(change).map(|schema| scope.services.schemas.ready(schema)).transpose();
    let twins = Twins::of(scope, change)?;
    let mut search = Search {
        broken: Found::default(),
        duplicates: Found::default(),
        expressions: Found::default(),
        flips: flips::of(scope, change)?,
        schema: schema.as_ref().ok().and_then(Option::as_deref),
        twins,
    };
    let mut failure = None;
    scope.tx.visit_by_id(&resource.source, &mut |id, visited| {
        note(1);
        match search.look_at(id, visited.record.content) {
            Ok(()) => Visit::Continue,
            Err(error) => {
                failure = Some(error);
                Visit::Stop
            }
        }
    })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    let Search { broken, duplicates, expressions, flips, .. } = search;
    let schema = match schema {
        Err(error) => SchemaState::Unusable(error),
        Ok(None) => SchemaState::Absent,
        Ok(Some(_)) => SchemaState::Checked(broken),
    };
    Ok(Findings { duplicates, expressions, flips, schema })
}

/// Holds all records of the source against the schema that would be published, and looks at nothing else.
pub(in crate::workflow::review) fn check_schema(
    scope: &mut Scope<'_>,
    resource: &Resource,
    change: &Change,
) -> Result<SchemaState, ReviewError> {
    let schema = match schema_of(change).map(|schema| scope.services.schemas.ready(schema)).transpose() {
        Ok(Some(schema)) => schema,
        Ok(None) => return Ok(SchemaState::Absent),
        Err(error) => return Ok(SchemaState::Unusable(error)),
    };
    let mut broken = Found::default();
    let mut failure = None;
    scope.tx.visit_by_id(&resource.source, &mut |id, visited| match rows::parse_members(
        visited.record.content,
    )
    .and_then(|members| note_broken(&mut broken, &schema, id, &members))
    {
        Ok(()) => Visit::Continue,
        Err(error) => {
            failure = Some(error);
            Visit::Stop
        }
    })?;
    failure.map_or(Ok(SchemaState::Checked(broken)), |error| Err(error.into()))
}

fn note_broken(
    broken: &mut Found<Broken>,
    schema: &Schema,
    id: &str,
    members: &Object,
) -> Result<(), StorageError> {
    if let Some(violation) = schema.check(members).into_iter().next() {
        let id = RecordId::parse(id).map_err(|_| corrupt_id())?;
        broken.add(|| Broken { id, violation });
    }
    Ok(())
}

struct Search<'a> {
    broken: Found<Broken>,
    duplicates: Found<(RecordId, RecordId)>,
    expressions: Found<(RecordId, Option<jexl::Fault>)>,
    flips: Vec<Flip>,
    schema: Option<&'a Schema>,
    twins: Twins,
}

impl Search<'_> {
    fn look_at(&mut self, id: &str, content: &[u8]) -> Result<(), StorageError> {
        let may_have_filter = holds(content, FILTER_MEMBER);
        let may_be_twin = self.twins.may_be(id, content);
        if self.schema.is_none() && self.flips.is_empty() && !may_have_filter && !may_be_twin {
            return Ok(());
        }
        let mut members = rows::parse_members(content)?;
        flips::count(&mut self.flips, &members);
        if let Some(schema) = self.schema {
            note_broken(&mut self.broken, schema, id, &members)?;
        }
        let fault = match members.get(FILTER) {
            Some(Value::Text(expression)) => jexl::check(expression).err().map(Some),
            // Clients of Gecko take what is falsy for no filter, and drop what else is no text.
            Some(Value::Bool(false) | Value::Integer(0) | Value::Null) | None => None,
            Some(
                Value::Bool(true) | Value::Float(_) | Value::Integer(_) | Value::List(_) | Value::Object(_),
            ) => Some(None),
        };
        if let Some(fault) = fault {
            let id = RecordId::parse(id).map_err(|_| corrupt_id())?;
            self.expressions.add(|| (id, fault));
        }
        if may_be_twin {
            let digest = digest_without_id(&mut members);
            if let Some(own) = self.twins.of_record(id, &digest) {
                let other = RecordId::parse(id).map_err(|_| corrupt_id())?;
                self.duplicates.add(|| (own, other));
            }
        }
        Ok(())
    }
}

/// The records that come new with a change, by what they are without their id.
struct Twins {
    by_digest: BTreeMap<Sha256Digest, RecordId>,
    /// Lengths of contents without the length of the id: what is of another length is no twin.
    lengths: BTreeSet<usize>,
    own: BTreeSet<RecordId>,
}

impl Twins {
    fn of(scope: &mut Scope<'_>, change: &Change) -> Result<Self, StorageError> {
        let mut twins = Self { by_digest: BTreeMap::new(), lengths: BTreeSet::new(), own: BTreeSet::new() };
        for ChangeEntry { after, id, .. } in &change.entries {
            let Some((content, _)) = after else { continue };
            let content = scope.tx.load_content(*content)?;
            let mut members = rows::members(&content)?;
            twins.lengths.insert(length(id.as_str(), content.as_bytes(), members.get("schema")));
            // Of several equal ones the first is kept; the others are its twins.
            twins.by_digest.entry(digest_without_id(&mut members)).or_insert_with(|| id.clone());
            twins.own.insert(id.clone());
        }
        Ok(twins)
    }

    fn may_be(&self, id: &str, content: &[u8]) -> bool {
        // Without its `schema`, whose length may differ, nothing is known of a length.
        !self.lengths.is_empty()
            && (holds(content, b"\"schema\":") || self.lengths.contains(&length(id, content, None)))
    }

    /// The new record of which this one is a twin.
    fn of_record(&self, id: &str, digest: &Sha256Digest) -> Option<RecordId> {
        self.by_digest.get(digest).filter(|own| own.as_str() != id).cloned()
    }
}

/// The length of a content without its id; 0 for what has a schema's time in it, which is left out of comparisons.
fn length(id: &str, content: &[u8], schema: Option<&Value>) -> usize {
    if schema.is_some() { 0 } else { content.len().saturating_sub(id.len()) }
}

fn digest_without_id(members: &mut Object) -> Sha256Digest {
    members.remove("id");
    members.remove("schema");
    Sha256Digest::of(&canonical::object_to_bytes(members))
}

/// Whether the bytes hold these.
fn holds(content: &[u8], wanted: &[u8]) -> bool {
    content.windows(wanted.len()).any(|window| window == wanted)
}

const FILTER: &str = "filter_expression";
const FILTER_MEMBER: &[u8] = b"\"filter_expression\":";
