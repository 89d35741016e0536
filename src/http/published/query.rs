//! The query of a changeset (`remote-settings` §5.3).

use crate::http::{
    Problem,
    problem::{Fault, Location},
};

/// What a changeset is asked for. Parameters that are not known are ignored.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Query {
    /// Only entries of this bucket; `monitor/changes` alone.
    pub(super) bucket: Option<String>,
    /// Only entries of this collection; `monitor/changes` alone.
    pub(super) collection: Option<String>,
    /// A token that gets past caches; any text.
    pub(super) expected: String,
    /// At most that many entries. 0 counts as absent.
    pub(super) limit: Option<usize>,
    /// Only what was modified after this, in milliseconds; tombstones too.
    pub(super) since: Option<u64>,
}

impl Query {
    /// Reads the names and values of a query string.
    pub(super) fn parse(pairs: &[(String, String)]) -> Result<Self, Problem> {
        let find =
            |name: &str| pairs.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let mut faults = Vec::new();
        let expected = find(EXPECTED).unwrap_or_default().to_owned();
        if expected.is_empty() {
            faults.push(fault(EXPECTED, "Required".to_owned()));
        }
        let mut read = |name: &'static str, parse: fn(&str) -> Result<u64, String>| {
            let text = find(name).filter(|text| !text.is_empty())?;
            parse(text).map_err(|description| faults.push(fault(name, description))).ok()
        };
        let since = read(SINCE, since);
        let limit = read(LIMIT, limit);
        if !faults.is_empty() {
            return Err(Problem::faults(faults));
        }
        Ok(Self {
            bucket: find("bucket").map(str::to_owned),
            collection: find("collection").map(str::to_owned),
            expected,
            limit: limit.filter(|limit| *limit > 0).map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            since,
        })
    }
}

/// The integer above 0 that a text holds, perhaps between quotes: how `_expected` and `_since` are compared.
pub(super) fn positive(text: &str) -> Option<u64> {
    unquoted(text).parse().ok().filter(|number| *number > 0)
}

/// Without a pair of double quotes around it.
pub(super) fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

fn since(text: &str) -> Result<u64, String> {
    let digits = unquoted(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("The value should be integer, optionally between double quotes.".to_owned());
    }
    digits
        .parse()
        .ok()
        .filter(|millis| *millis <= SINCE_MAX)
        .ok_or_else(|| format!("{digits} is greater than maximum value {SINCE_MAX}"))
}

/// How many entries are asked for, as a text.
pub(super) fn limit(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("\"{text}\" is not a number"));
    }
    if text.starts_with('-') && digits.bytes().any(|byte| byte != b'0') {
        return Err(format!("{text} is less than minimum value 0"));
    }
    digits
        .parse()
        .ok()
        .filter(|limit| *limit <= LIMIT_MAX)
        .ok_or_else(|| format!("{text} is greater than maximum value {LIMIT_MAX}"))
}

fn fault(name: &str, description: String) -> Fault {
    Fault { location: Location::QueryString, name: Some(name.to_owned()), description }
}

/// Gets past caches.
pub(super) const EXPECTED: &str = "_expected";
/// Only what is newer.
pub(super) const SINCE: &str = "_since";
/// At most that many.
pub(super) const LIMIT: &str = "_limit";
const LIMIT_MAX: u64 = 1 << 63;
/// The beginning of the year 2100.
const SINCE_MAX: u64 = 4_102_444_800_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Query, String> {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Query::parse(&pairs).map_err(|problem| {
            let response = problem.into_response();
            let crate::http::Body::Json(body) = response.body else { panic!("no body") };
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["errno"], 107);
            body["message"].as_str().unwrap().to_owned()
        })
    }

    #[test]
    fn a_time_is_digits_perhaps_between_quotes() {
        for (text, since) in [("5", Some(5)), ("\"5\"", Some(5)), ("0", Some(0)), ("", None)] {
            assert_eq!(parse(&[("_expected", "x"), ("_since", text)]).unwrap().since, since, "{text}");
        }
        assert_eq!(parse(&[("_expected", "x"), ("_since", "4102444800000")]).unwrap().since, Some(SINCE_MAX));
        for text in ["\"\"", "\"5", "5\"", "abc", "-1", "1.5", " 5", "+5"] {
            assert_eq!(
                parse(&[("_expected", "x"), ("_since", text)]).unwrap_err(),
                "_since in querystring: The value should be integer, optionally between double quotes.",
                "{text}"
            );
        }
        for text in ["4102444800001", "99999999999999999999999999"] {
            assert_eq!(
                parse(&[("_expected", "x"), ("_since", text)]).unwrap_err(),
                format!("_since in querystring: {text} is greater than maximum value 4102444800000")
            );
        }
    }

    #[test]
    fn a_limit_is_a_number_and_0_is_none() {
        assert_eq!(parse(&[("_expected", "x"), ("_limit", "0")]).unwrap().limit, None);
        assert_eq!(parse(&[("_expected", "x"), ("_limit", "2")]).unwrap().limit, Some(2));
        assert_eq!(
            parse(&[("_expected", "x"), ("_limit", "-1")]).unwrap_err(),
            "_limit in querystring: -1 is less than minimum value 0"
        );
        assert_eq!(
            parse(&[("_expected", "x"), ("_limit", "x")]).unwrap_err(),
            "_limit in querystring: \"x\" is not a number"
        );
    }

    #[test]
    fn something_has_to_be_expected() {
        assert_eq!(parse(&[]).unwrap_err(), "_expected in querystring: Required");
        assert_eq!(parse(&[("_expected", "")]).unwrap_err(), "_expected in querystring: Required");
        assert_eq!(parse(&[("_expected", "\"1\"")]).unwrap().expected, "\"1\"");
    }
}
