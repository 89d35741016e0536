//! What clients poll: `monitor/changes`, changesets, chains; from memory (`remote-settings` §5).
//!
//! A warm answer touches neither database nor serialiser: it is a few slices of finished bytes. What is not in memory, and
//! whatever is asked inside a batch, is answered by the handlers in `verbs`, from the transaction.

mod changes;
mod query;
mod records;
mod shelf;
mod snapshot;
pub(super) mod verbs;

use bytes::Bytes;

use self::{
    changes::Changes,
    query::{EXPECTED, Query, SINCE, positive, unquoted},
    snapshot::Snapshot,
};
use super::{
    Body, Headers, Incoming, Kind, Method, Problem, Response, Shell,
    problem::Code,
    redirect::{self, with_max_age},
    response::http_date,
    shell::finish,
    target::{parse_query, write_query},
};
use crate::types::{Sha256Digest, Timestamp};

pub use shelf::Published;

/// What an answer depends on beside the data.
#[derive(Clone, Copy, Debug)]
struct Context<'a> {
    headers: &'a Headers,
    method: Method,
    now: Timestamp,
    public_url: &'a str,
}

/// What a path asks of the memory.
enum Ask<'a> {
    Chain(Sha256Digest),
    Changes,
    ChangesRecords,
    /// `bucket/collections/collection`
    Collection(&'a str),
}

impl<'a> Ask<'a> {
    /// Reads a path that is written plainly; one with escapes goes the long way.
    fn parse(path: &'a str) -> Option<Self> {
        let path = path.strip_prefix("/v1/")?;
        if let Some(file) = path.strip_prefix("cert-chains/") {
            return Sha256Digest::parse(file.strip_suffix(".pem")?).ok().map(Self::Chain);
        }
        let rest = path.strip_prefix("buckets/")?;
        match rest {
            "monitor/collections/changes/changeset" => Some(Self::Changes),
            "monitor/collections/changes/records" => Some(Self::ChangesRecords),
            _ => rest.strip_suffix("/changeset").map(Self::Collection),
        }
    }
}

/// Answers from memory, filling it first where that is all it takes; `None` for everything else.
pub(super) async fn answer(shell: &Shell, incoming: &Incoming) -> Option<Response> {
    if !matches!(incoming.method, Method::Get | Method::Head) {
        return None;
    }
    let (path, query) = incoming.target.split_once('?').unwrap_or((&incoming.target, ""));
    let ask = Ask::parse(path)?;
    let (published, services) = (shell.published(), shell.services());
    let context = Context {
        headers: &incoming.headers,
        method: incoming.method,
        now: services.clock.now(),
        public_url: &services.settings.public_url,
    };
    let kind = if matches!(ask, Ask::ChangesRecords) { Kind::List } else { Kind::Utility };
    let result = match ask {
        Ask::Chain(digest) => published.chain(digest, services).await.and_then(chain),
        Ask::Changes => published
            .changes(services)
            .await
            .and_then(|changes| changes_changeset(&context, &changes, &parse_query(query)?)),
        Ask::ChangesRecords => published
            .changes(services)
            .await
            .and_then(|changes| records::answer(&context, &changes, &parse_query(query)?)),
        Ask::Collection(key) => match published.collection(key, services).await {
            Ok(Some(snapshot)) => {
                parse_query(query).and_then(|pairs| collection_changeset(&context, &snapshot, &pairs))
            }
            Ok(None) => return None,
            Err(problem) => Err(problem),
        },
    };
    Some(finish(kind, incoming.method, &incoming.headers, result))
}

/// An immutable file.
fn chain(pem: Option<Bytes>) -> Result<Response, Problem> {
    let pem = pem.ok_or_else(|| Problem::new(Code::MissingResource))?;
    let response = Response { status: 200, headers: Vec::new(), body: Body::Text(PEM, pem) };
    Ok(response.with_header("Cache-Control", "public, max-age=31536000, immutable"))
}

fn collection_changeset(
    context: &Context<'_>,
    snapshot: &Snapshot,
    pairs: &[(String, String)],
) -> Result<Response, Problem> {
    let query = Query::parse(pairs)?;
    let response = Response { status: 200, headers: Vec::new(), body: snapshot.body(&query) };
    let response = response.with_header("Last-Modified", snapshot.last_modified.clone());
    Ok(with_max_age(response, max_age_seconds(Some(&query.expected)), context.now))
}

/// In this order: validation, quoted `_expected`, stale `_expected`, old `_since`, the answer.
fn changes_changeset(
    context: &Context<'_>,
    changes: &Changes,
    pairs: &[(String, String)],
) -> Result<Response, Problem> {
    let query = Query::parse(pairs)?;
    if query.expected.contains('"') {
        let mut kept = without(pairs, EXPECTED);
        let plain = query.expected.replace('"', "");
        kept.push((EXPECTED, &plain));
        return Ok(elsewhere(context, "changeset", &kept));
    }
    if let Some(response) = early(context, "changeset", pairs) {
        return Ok(response);
    }
    let now = context.now;
    let response = Response { status: 200, headers: Vec::new(), body: changes.body(&query, now) };
    let response = response.with_header("Last-Modified", http_date(changes.timestamp().unwrap_or(now)));
    Ok(with_max_age(response, max_age_seconds(Some(&query.expected)), now))
}

/// What is decided before the entries are looked at: 204 when the caller has what it expects, 307 without a `_since` that is
/// so old that every caller may as well get the same answer.
fn early(context: &Context<'_>, name: &str, pairs: &[(String, String)]) -> Option<Response> {
    let since = find(pairs, SINCE).and_then(|text| unquoted(text).parse::<u64>().ok())?;
    let expected = find(pairs, EXPECTED).and_then(positive);
    if expected.is_some_and(|expected| expected < since) {
        return Some(with_max_age(Response::empty(204), DAY_SECONDS, context.now));
    }
    let oldest = context.now.minus_millis(SINCE_MAX_AGE_MILLIS).as_millis();
    (since < oldest).then(|| {
        let response = elsewhere(context, name, &without(pairs, SINCE));
        with_max_age(response, DAY_SECONDS, context.now)
    })
}

/// The last value of a parameter.
fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

fn without<'a>(pairs: &'a [(String, String)], name: &str) -> Vec<(&'a str, &'a str)> {
    pairs.iter().filter(|(own, _)| own != name).map(|(own, value)| (own.as_str(), value.as_str())).collect()
}

/// 307 to the same list with another query.
fn elsewhere(context: &Context<'_>, name: &str, pairs: &[(&str, &str)]) -> Response {
    let query = write_query(pairs);
    let mark = if query.is_empty() { "" } else { "?" };
    redirect::answer(&format!("{MONITOR}/{name}{mark}{query}"), context.headers, context.public_url)
}

/// How long caches may keep an answer: little when the question says that a cached one will do, or that caches are to be
/// passed by; long when it names what it expects (`remote-settings` §5.3).
fn max_age_seconds(expected: Option<&str>) -> u32 {
    match expected {
        Some(expected) if expected != "0" && !expected.starts_with("9999") => LONG_SECONDS,
        Some(_) | None => SHORT_SECONDS,
    }
}

const DAY_SECONDS: u32 = 86_400;
const LONG_SECONDS: u32 = 3_600;
const MONITOR: &str = "/v1/buckets/monitor/collections/changes";
const PEM: &str = "application/x-pem-file";
const SHORT_SECONDS: u32 = 60;
const SINCE_MAX_AGE_MILLIS: u64 = 21 * 86_400_000;
