//! How large a change is, and whether that is too large to be approved (`interface`, `[review.impact]`).

use super::{
    ReviewError,
    change::{self, Change},
    error::{Exceeded, OverLimit},
};
use crate::{
    types::Object,
    workflow::{Impact, ImpactAction, Resource, Scope},
};

/// The last of the refusals of `to-sign`; `attributes` are the source's.
pub(super) fn refuse_too_large(
    scope: &mut Scope<'_>,
    resource: &Resource,
    attributes: &Object,
) -> Result<(), ReviewError> {
    let policy = scope.services.settings.review.impact;
    match policy.over {
        ImpactAction::Warn => Ok(()),
        ImpactAction::Block => {
            let change = change::of(scope, resource, attributes)?;
            let published = scope.tx.count_records(&resource.destination)?;
            let exceeded = exceeded(&policy, &change, published);
            if exceeded.growth.is_none() && exceeded.removed.is_none() {
                Ok(())
            } else {
                Err(ReviewError::BlockedByImpact(exceeded))
            }
        }
    }
}

/// Of what is published now. Where nothing is, whatever comes is the beginning, and no growth.
fn exceeded(policy: &Impact, change: &Change, published: u64) -> Exceeded {
    let counts = change.counts();
    let over = |records: u64, limit: u64| {
        let hundreds = records.saturating_mul(100);
        let percent = hundreds.checked_div(published)?;
        (hundreds > limit.saturating_mul(published)).then_some(OverLimit { limit, percent })
    };
    Exceeded {
        growth: over(counts.created.saturating_sub(counts.deleted), policy.growth_percent),
        removed: over(counts.deleted, policy.removed_percent),
    }
}
