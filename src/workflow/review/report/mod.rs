//! What a change would do to what is published, beyond its records: the impact report.
//!
//! It follows from the change digest alone, so it is made once for each, in the background, and kept for a while. Nobody can
//! approve past it: what is not ready when a policy needs it is found in the transaction that publishes.

mod findings;
mod flips;
mod shelf;

use super::{
    ReviewError,
    change::{Change, ChangeCounts},
    delta::{self, DeltaSize},
};
use crate::{
    storage::StorageError,
    types::{RecordId, Value},
    workflow::{Impact, ImpactAction, Resource, Scope, Violation, jexl, validation::SchemaError},
};

pub(super) use findings::check_schema;
pub use flips::Flip;
pub use shelf::{Changes, ReportState, report};

/// What a change would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What it does to records.
    pub counts: ChangeCounts,
    /// What clients will fetch.
    pub delta: DeltaSize,
    /// Records that it adds or changes, and that are but for their id what another one is.
    pub duplicates: Found<(RecordId, RecordId)>,
    /// Filter expressions, anywhere in the collection, that no client can read. Why: `None` where it is no text.
    pub expressions: Found<(RecordId, Option<jexl::Fault>)>,
    /// Switches that it turns.
    pub flips: Vec<Flip>,
    /// Records that are published now.
    pub published: u64,
    /// Whether the records fit the schema that would be published with them.
    pub schema: SchemaState,
}

/// Records held against the schema.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaState {
    /// There is none.
    Absent,
    /// Those, anywhere in the collection, that break it.
    Checked(Found<Broken>),
    /// It cannot be used.
    Unusable(SchemaError),
}

/// A record that breaks the schema.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Broken {
    /// The record.
    pub id: RecordId,
    /// In what: the first thing.
    pub violation: Violation,
}

/// What was found: the first ones, and how many there are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found<T> {
    /// The first ones, by record.
    pub first: Vec<T>,
    /// All.
    pub total: u64,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { first: Vec::new(), total: 0 }
    }
}

impl<T> Found<T> {
    fn add(&mut self, one: impl FnOnce() -> T) {
        self.total += 1;
        if self.first.len() < MOST_NAMED {
            self.first.push(one());
        }
    }
}

impl Report {
    /// Makes the report of a change; `note` is told of every record that was looked at.
    pub(super) fn make(
        scope: &mut Scope<'_>,
        resource: &Resource,
        change: &Change,
        note: &mut dyn FnMut(u64),
    ) -> Result<Self, ReviewError> {
        let delta = delta::measure(scope, resource, change, note)?;
        let published = scope.tx.count_records(&resource.destination)?;
        let found = findings::read(scope, resource, change, note)?;
        Ok(Self {
            counts: change.counts(),
            delta,
            duplicates: found.duplicates,
            expressions: found.expressions,
            flips: found.flips,
            published,
            schema: found.schema,
        })
    }

    /// Share of what is published that goes, in percent, rounded down; `None` where nothing is published.
    pub fn removed_percent(&self) -> Option<u64> {
        percent(self.counts.deleted, self.published)
    }

    /// Growth of what is published, in percent, rounded down; `None` where nothing is published.
    pub fn growth_percent(&self) -> Option<u64> {
        percent(self.counts.created.saturating_sub(self.counts.deleted), self.published)
    }

    /// What of it the policy does not let through.
    pub fn exceeded(&self, policy: &Impact) -> Exceeded {
        Exceeded {
            limits: match policy.over {
                ImpactAction::Block => Limits::of(policy, self.counts, self.published),
                ImpactAction::Warn => Limits::default(),
            },
            schema: match policy.schema {
                ImpactAction::Block => self.schema.trouble(),
                ImpactAction::Warn => None,
            },
        }
    }
}

impl SchemaState {
    /// What a policy that blocks has to say of it; `None` where all is well.
    pub fn trouble(&self) -> Option<SchemaTrouble> {
        match self {
            Self::Absent => None,
            Self::Checked(found) if found.total == 0 => None,
            Self::Checked(found) => Some(SchemaTrouble::Broken(found.clone())),
            Self::Unusable(error) => Some(SchemaTrouble::Unusable(error.clone())),
        }
    }
}

/// Why the impact policy does not let a change through; all `None` where it does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exceeded {
    /// The two limits.
    pub limits: Limits,
    /// The schema.
    pub schema: Option<SchemaTrouble>,
}

impl Exceeded {
    /// Whether the change may pass.
    pub fn is_nothing(&self) -> bool {
        self.limits == Limits::default() && self.schema.is_none()
    }
}

/// By how much a change is over the limits of the policy; `None` where it is not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Limits {
    /// Growth of what is published.
    pub growth: Option<OverLimit>,
    /// Published records removed.
    pub removed: Option<OverLimit>,
}

/// A number over its limit, both in percent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OverLimit {
    /// The limit.
    pub limit: u64,
    /// The number, rounded down.
    pub percent: u64,
}

/// What is wrong with records or their schema.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaTrouble {
    /// These records break it.
    Broken(Found<Broken>),
    /// It cannot be used.
    Unusable(SchemaError),
}

impl Limits {
    /// Of what is published now. Where nothing is, whatever comes is the beginning, and no growth.
    pub fn of(policy: &Impact, counts: ChangeCounts, published: u64) -> Self {
        let over = |records: u64, limit: u64| {
            let is_over = records.saturating_mul(100) > limit.saturating_mul(published);
            percent(records, published).filter(|_| is_over).map(|percent| OverLimit { limit, percent })
        };
        Self {
            growth: over(counts.created.saturating_sub(counts.deleted), policy.growth_percent),
            removed: over(counts.deleted, policy.removed_percent),
        }
    }
}

fn percent(part: u64, whole: u64) -> Option<u64> {
    part.saturating_mul(100).checked_div(whole)
}

/// The schema among published attributes; `None` where there is none, or it is no object.
fn schema_of(change: &Change) -> Option<&crate::types::Object> {
    change.attributes_after.get("schema").and_then(Value::as_object).filter(|schema| !schema.is_empty())
}

fn corrupt_id() -> StorageError {
    StorageError::Corrupt { table: "records", column: "id" }
}

/// How many of each kind are named.
const MOST_NAMED: usize = 20;
