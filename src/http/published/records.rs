//! `monitor/changes` as a list of records: for jobs, and clients older than changesets (`remote-settings` §5.2).

use super::{
    Context,
    changes::{Change, Changes, host},
    early, find, max_age_seconds,
    query::{self, EXPECTED, SINCE, unquoted},
};
use crate::{
    http::{
        Method, Problem, Response,
        precondition::preconditions_of,
        problem::{Fault, Location},
        redirect::with_max_age,
    },
    types::Timestamp,
    workflow::Unmet,
};

/// The list that is asked for, newest first. Never 304: who has everything gets an empty list, which caches keep.
pub(super) fn answer(
    context: &Context<'_>,
    changes: &Changes,
    pairs: &[(String, String)],
) -> Result<Response, Problem> {
    if let Some(response) = early(context, "records", pairs) {
        return Ok(response);
    }
    let timestamp = changes.timestamp().unwrap_or(context.now);
    let met = preconditions_of(context.headers)?.check_read(timestamp);
    if met == Err(Unmet::Failed) {
        return Err(Problem::precondition_failed(None, Some(timestamp)));
    }
    let filters = Filters::parse(pairs, context)?;
    let mut shown: Vec<&Change> = Vec::new();
    if met != Err(Unmet::NotModified) {
        shown.extend(changes.entries().iter().filter(|change| filters.show(change)));
    }
    let total = shown.len().to_string();
    shown.truncate(filters.limit.unwrap_or(usize::MAX));
    let mut body = b"{\"data\":[".to_vec();
    for (index, change) in shown.into_iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&change.bytes);
    }
    body.extend_from_slice(b"]}");
    let mut response = Response::json_bytes(200, body).with_timestamp(timestamp);
    if context.method == Method::Head {
        response = response.with_header("Total-Objects", total.clone()).with_header("Total-Records", total);
    }
    Ok(with_max_age(response, max_age_seconds(find(pairs, EXPECTED)), context.now))
}

/// Which entries are asked for. Names that begin with `_` and are not known are ignored; other names are filters.
#[derive(Debug, Default)]
struct Filters<'a> {
    before: Option<u64>,
    /// Members and the texts that they have to equal.
    equal: Vec<(Member, &'a str)>,
    /// The `host` of every entry.
    host: &'a str,
    limit: Option<usize>,
    since: Option<u64>,
}

/// A member of an entry.
#[derive(Clone, Copy, Debug)]
enum Member {
    Bucket,
    Collection,
    Host,
    Id,
    LastModified,
}

impl<'a> Filters<'a> {
    fn parse(pairs: &'a [(String, String)], context: &Context<'a>) -> Result<Self, Problem> {
        let mut filters = Self { host: host(context.public_url), ..Self::default() };
        let mut faults = Vec::new();
        for (name, value) in pairs {
            let member = match name.as_str() {
                SINCE | BEFORE => {
                    match time(name, value, context.now) {
                        Ok(time) if name == SINCE => filters.since = Some(time),
                        Ok(time) => filters.before = Some(time),
                        Err(description) => faults.push(fault(name, description)),
                    }
                    continue;
                }
                query::LIMIT if value.is_empty() => continue,
                query::LIMIT => {
                    match query::limit(value) {
                        Ok(limit) => filters.limit = usize::try_from(limit).ok().filter(|limit| *limit > 0),
                        Err(description) => faults.push(fault(name, description)),
                    }
                    continue;
                }
                "bucket" => Member::Bucket,
                "collection" => Member::Collection,
                "host" => Member::Host,
                "id" => Member::Id,
                "last_modified" => Member::LastModified,
                name if name.starts_with('_') => continue,
                name => {
                    faults.push(Fault {
                        location: Location::QueryString,
                        name: None,
                        description: format!("Unknown filter field '{name}'"),
                    });
                    continue;
                }
            };
            filters.equal.push((member, unquoted(value)));
        }
        if faults.is_empty() { Ok(filters) } else { Err(Problem::faults(faults)) }
    }

    fn show(&self, change: &Change) -> bool {
        let time = change.last_modified.as_millis();
        self.since.is_none_or(|since| time > since)
            && self.before.is_none_or(|before| time < before)
            && self.equal.iter().all(|(member, wanted)| match member {
                Member::Bucket => change.path.bucket.as_str() == *wanted,
                Member::Collection => change.path.collection.as_str() == *wanted,
                Member::Host => self.host == *wanted,
                Member::Id => change.id == *wanted,
                Member::LastModified => time.to_string() == *wanted,
            })
    }
}

/// A time in a list's query (`kinto-api` §11.3): digits, perhaps between quotes, not beyond tomorrow.
fn time(name: &str, text: &str, now: Timestamp) -> Result<u64, String> {
    let digits = unquoted(text);
    let invalid = || format!("Invalid value for {name}");
    if digits.is_empty() {
        return Err(invalid());
    }
    if digits.starts_with('-') && query::limit(digits).is_err_and(|error| error.contains("minimum")) {
        return Err(format!("{digits} is less than minimum value 0"));
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("\"{text}\" is not a number"));
    }
    let tomorrow = now.plus_millis(86_400_000).as_millis();
    digits.parse().ok().filter(|time| *time < tomorrow).ok_or_else(invalid)
}

fn fault(name: &str, description: String) -> Fault {
    Fault { location: Location::QueryString, name: Some(name.to_owned()), description }
}

const BEFORE: &str = "_before";
