//! A schema held against the records that are there, before anybody saves it.

use crate::{
    storage::{Entry, ListKey, StorageError, Visit, Window},
    types::{Object, RecordId, Timestamp},
    workflow::{
        Resource, Scope,
        access::{self, AccessError, Part},
        rows,
        validation::{Schema, SchemaError, Violation},
    },
};

/// What a slice of the records came to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tested {
    /// The first of those that do not fit, of earlier slices too.
    pub examples: Vec<Misfit>,
    /// How many do not fit.
    pub failed: u64,
    /// Where the next slice begins; `None` where there is none.
    pub next: Option<Timestamp>,
    /// How many were looked at.
    pub tested: u64,
}

/// A record that does not fit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Misfit {
    /// Which.
    pub id: RecordId,
    /// Why: at least one.
    pub violations: Vec<Violation>,
}

/// Why a schema was not tested.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// Who asked may not see the records.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// It is no schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Holds a schema against the records of a source, newest first, [`SLICE`] at a time: those before `before`, or the first.
/// `named` are records that are to be named again: what earlier slices found.
pub fn test_schema(
    scope: &mut Scope<'_>,
    resource: &Resource,
    schema: &Object,
    before: Option<Timestamp>,
    named: &[RecordId],
) -> Result<Tested, TestError> {
    let permit = access::read_records(scope, &resource.source)?;
    let schema = Schema::compile(schema)?;
    let examples = match permit.part() {
        Part::All => named_again(scope, resource, &schema, named)?,
        Part::Only(_) => Vec::new(),
    };
    let uri = ListKey::Records(resource.source.clone()).uri();
    let window = Window { before, ..Window::default() };
    let mut tested = Tested { examples, ..Tested::default() };
    let mut last = None;
    let mut outcome = Ok(());
    scope.tx.visit_newest_first(&resource.source, &window, &mut |id, entry| {
        let Entry::Live(visited) = entry else { return Visit::Continue };
        if tested.tested == SLICE {
            tested.next = last;
            return Visit::Stop;
        }
        let is_seen = match permit.part() {
            Part::All => true,
            Part::Only(uris) => uris.contains(&format!("{uri}/{id}")),
        };
        if !is_seen {
            return Visit::Continue;
        }
        last = Some(visited.record.last_modified);
        outcome = test(&schema, id, visited.record.content, &mut tested);
        if outcome.is_ok() { Visit::Continue } else { Visit::Stop }
    })?;
    outcome?;
    Ok(tested)
}

fn named_again(
    scope: &mut Scope<'_>,
    resource: &Resource,
    schema: &Schema,
    named: &[RecordId],
) -> Result<Vec<Misfit>, StorageError> {
    let mut misfits = Vec::new();
    for id in named.iter().take(MOST_EXAMPLES) {
        let Some(Entry::Live(stored)) = scope.tx.find_record(&resource.source, id)? else { continue };
        let violations = schema.check(&rows::members(&stored.content)?);
        if !violations.is_empty() {
            misfits.push(Misfit { id: id.clone(), violations });
        }
    }
    Ok(misfits)
}

/// The newest record that the actor may see: what a form is shown with. `None` where there is none.
pub fn example(scope: &mut Scope<'_>, resource: &Resource) -> Result<Option<Object>, TestError> {
    let permit = access::read_records(scope, &resource.source)?;
    if *permit.part() != Part::All {
        return Ok(None);
    }
    let mut example = Ok(None);
    scope.tx.visit_newest_first(&resource.source, &Window::default(), &mut |_, entry| {
        if let Entry::Live(visited) = entry {
            example = rows::parse_members(visited.record.content).map(Some);
        }
        Visit::Stop
    })?;
    Ok(example?)
}

fn test(schema: &Schema, id: &str, content: &[u8], tested: &mut Tested) -> Result<(), StorageError> {
    let violations = schema.check(&rows::parse_members(content)?);
    tested.tested += 1;
    if violations.is_empty() {
        return Ok(());
    }
    tested.failed += 1;
    if tested.examples.len() < MOST_EXAMPLES {
        let id = RecordId::parse(id).map_err(|_| StorageError::Corrupt { table: "records", column: "id" })?;
        tested.examples.push(Misfit { id, violations });
    }
    Ok(())
}

/// Records of one slice.
pub const SLICE: u64 = 10_000;
/// Records that are named.
const MOST_EXAMPLES: usize = 20;
