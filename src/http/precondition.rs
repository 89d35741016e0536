//! `If-Match` and `If-None-Match` (`kinto-api` §10), as they are written.

use super::{
    Headers, Problem, Request,
    problem::{Fault, Location},
};
use crate::workflow::{Preconditions, Tag};

/// Reads both headers; an empty value counts as absent.
pub(super) fn preconditions(request: &Request) -> Result<Preconditions, Problem> {
    preconditions_of(&request.headers)
}

/// As [`preconditions`].
pub(super) fn preconditions_of(headers: &Headers) -> Result<Preconditions, Problem> {
    let mut faults = Vec::new();
    let mut tag = |name: &str| {
        let raw = headers.find(name).map(str::trim).filter(|raw| !raw.is_empty())?;
        let tag = Tag::parse(raw);
        if tag.is_none() {
            faults.push(Fault {
                location: Location::Header,
                name: Some(name.to_owned()),
                description: "The value should be integer between double quotes.".to_owned(),
            });
        }
        tag
    };
    let preconditions = Preconditions { if_match: tag("If-Match"), if_none_match: tag("If-None-Match") };
    if faults.is_empty() { Ok(preconditions) } else { Err(Problem::faults(faults)) }
}
