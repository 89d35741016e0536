//! What was published lately, in all collections that the actor sees.

use super::Line;
use crate::{
    storage::{Publication, StorageError, Tally},
    workflow::Scope,
};

/// A publication, and what it changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Published {
    /// The publication.
    pub publication: Publication,
    /// What it changed.
    pub tally: Tally,
}

/// The newest publications of these lines, newest first, at most `limit`.
pub fn lately(scope: &mut Scope<'_>, lines: &[Line], limit: usize) -> Result<Vec<Published>, StorageError> {
    let mut all: Vec<Publication> = Vec::new();
    for line in lines {
        all.extend(scope.tx.list_newest_publications(&line.resource.destination, None, limit)?);
        all.sort_by_key(|publication| std::cmp::Reverse(publication.at));
        all.truncate(limit);
    }
    all.into_iter()
        .map(|publication| {
            let tally = scope.tx.tally_publication(&publication.path, publication.version)?;
            Ok(Published { publication, tally })
        })
        .collect()
}
