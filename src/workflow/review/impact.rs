//! Whether the impact policy lets a change through (`interface`, `[review.impact]`).

use super::{
    ReviewError,
    change::{self, Change},
    report::{self, Exceeded, Limits, SchemaState},
};
use crate::{
    types::Object,
    workflow::{ImpactAction, Resource, Scope},
};

/// The last of the refusals of `to-sign`; `attributes` are the source's. What is not known yet is found now.
pub(super) fn refuse_too_large(
    scope: &mut Scope<'_>,
    resource: &Resource,
    attributes: &Object,
) -> Result<(), ReviewError> {
    let policy = scope.services.settings.review.impact;
    let asks_schema = policy.schema == ImpactAction::Block && attributes.has("schema");
    if policy.over == ImpactAction::Warn && !asks_schema {
        return Ok(());
    }
    let change = change::of(scope, resource, attributes)?;
    let exceeded = Exceeded {
        limits: match policy.over {
            ImpactAction::Block => {
                let published = scope.tx.count_records(&resource.destination)?;
                Limits::of(&policy, change.counts(), published)
            }
            ImpactAction::Warn => Limits::default(),
        },
        schema: if asks_schema { schema(scope, resource, &change)?.trouble() } else { None },
    };
    if exceeded.is_nothing() { Ok(()) } else { Err(ReviewError::BlockedByImpact(Box::new(exceeded))) }
}

/// From the report of exactly this change, if it was made.
fn schema(scope: &mut Scope<'_>, resource: &Resource, change: &Change) -> Result<SchemaState, ReviewError> {
    let known = change.name.as_ref().ok().and_then(|name| scope.services.changes.find(&name.digest));
    match known {
        Some(report) => Ok(report.schema.clone()),
        None => report::check_schema(scope, resource, change),
    }
}
