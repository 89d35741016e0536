//! What was published of a resource, and what was not: the list of its publications, the requests that were declined, and
//! everything that is known of one publication.

mod facts;

use super::{
    Resource, Scope,
    access::{self, AccessError},
};
use crate::storage::{
    ListKey, ObjectKey, Publication, PublicationCounts, PublicationKind, ReviewRequest, SignedAgain,
    StorageError, Tally,
};

pub use facts::{Changed, ChangesPart, Facts, Sizes, changes, facts};

/// A publication that people made, what it changed, and how often its records were signed again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Made {
    /// The publication.
    pub publication: Publication,
    /// The versions after it that sign the same records again.
    pub signed_again: Option<SignedAgain>,
    /// What it changed.
    pub tally: Tally,
}

/// A part of the list of publications.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MadeList {
    /// The version with which the collection began, and what was signed again before anything was published; at the end of
    /// the list alone.
    pub beginning: Option<(Publication, Option<SignedAgain>)>,
    /// How many there are in all.
    pub counts: PublicationCounts,
    /// Newest first.
    pub made: Vec<Made>,
    /// The version below which the next part begins; `None` at the end.
    pub next: Option<u64>,
}

/// A request that a reviewer sent back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Declined {
    /// Its number: requests below it are older.
    pub number: u64,
    /// The request and its end.
    pub request: ReviewRequest,
}

/// A part of the declined requests.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeclinedList {
    /// Newest first.
    pub declined: Vec<Declined>,
    /// The number below which the next part begins; `None` at the end.
    pub next: Option<u64>,
}

/// Publications of the destination that people made, newest first, at most `limit`, of those below a version. Previews are
/// not among them. For who may read the source.
pub fn list(
    scope: &mut Scope<'_>,
    resource: &Resource,
    before: Option<u64>,
    limit: usize,
) -> Result<MadeList, AccessError> {
    may_read(scope, resource)?;
    let path = &resource.destination;
    let counts = scope.tx.count_publications(path)?;
    let mut found = scope.tx.list_newest_publications(path, before, limit.saturating_add(1))?;
    let is_end = found.len() <= limit;
    found.truncate(limit);
    let next = found.last().filter(|_| !is_end).map(|last| last.version);
    let beginning = if is_end { beginning(scope, resource)? } else { None };
    let made = found
        .into_iter()
        .map(|publication| {
            let tally = scope.tx.tally_publication(path, publication.version)?;
            let signed_again = scope.tx.find_signed_again(path, publication.version)?;
            Ok(Made { publication, signed_again, tally })
        })
        .collect::<Result<_, StorageError>>()?;
    Ok(MadeList { beginning, counts, made, next })
}

/// Requests for review that a reviewer sent back, newest first, at most `limit`, of those below a number. For who may read the
/// source.
pub fn declined(
    scope: &mut Scope<'_>,
    resource: &Resource,
    before: Option<u64>,
    limit: usize,
) -> Result<DeclinedList, AccessError> {
    may_read(scope, resource)?;
    let mut found = scope.tx.list_declined_requests(&resource.source, before, limit.saturating_add(1))?;
    let is_end = found.len() <= limit;
    found.truncate(limit);
    let next = found.last().filter(|_| !is_end).map(|(number, _)| *number);
    let declined = found.into_iter().map(|(number, request)| Declined { number, request }).collect();
    Ok(DeclinedList { declined, next })
}

/// The version with which a collection began.
fn beginning(
    scope: &mut Scope<'_>,
    resource: &Resource,
) -> Result<Option<(Publication, Option<SignedAgain>)>, StorageError> {
    let first = scope.tx.list_publications(&resource.destination, 0, 1)?.pop();
    let Some(first) = first.filter(|first| first.kind == PublicationKind::Created) else { return Ok(None) };
    let signed_again = scope.tx.find_signed_again(&resource.destination, first.version)?;
    Ok(Some((first, signed_again)))
}

/// People and comments are told to who may read the source alone, although everybody may read what is published.
fn may_read(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), AccessError> {
    let list = ListKey::Collections(resource.source.bucket.clone());
    access::read_object(scope, &list, Ok(ObjectKey::Collection(resource.source.clone()))).map(drop)
}
