//! What the additions to the protocol have in common: who may read, and numbers in the query.

use crate::{
    http::{Problem, Request, problem::Location},
    storage::ListKey,
    workflow::{Scope, access, review::Denied},
};

/// 401 or 403 unless the actor reads everything in the list; `None` for a path that cannot be one.
pub(super) fn require_reader(scope: &mut Scope<'_>, list: Option<&ListKey>) -> Result<(), Problem> {
    let permitted = match list {
        Some(list) => access::may_read_below(scope, list)?,
        None => access::is_administrator(scope),
    };
    match (permitted, scope.actor.user()) {
        (true, _) => Ok(()),
        (false, None) => Err(Problem::from(Denied::Anonymous)),
        (false, Some(_)) => Err(Problem::from(Denied::Forbidden)),
    }
}

/// `_limit`: at most, and without it, 1 000 entries.
pub(super) fn limit(request: &Request) -> Result<usize, Problem> {
    let limit = number(request, "_limit")?.filter(|limit| *limit > 0);
    Ok(limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(MOST).min(MOST))
}

/// A number in the query; `None` where it is absent or empty.
pub(super) fn number(request: &Request, name: &str) -> Result<Option<u64>, Problem> {
    let Some(text) = request.query(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.map(Some).ok_or_else(|| {
        Problem::invalid(Location::QueryString, Some(name), "The value should be an integer from 0 on.")
    })
}

const MOST: usize = 1_000;
