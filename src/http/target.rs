//! What a request's path and query mean: version prefix, redirects, decoding (`kinto-api` §2.3, §4).

use super::{
    Problem,
    problem::{Code, Location},
};

/// Where a request goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Target {
    /// Below `/v1`.
    Found {
        /// Names and values, decoded.
        query: Vec<(String, String)>,
        /// Segments after `/v1`, decoded; none for `/v1/`.
        segments: Vec<String>,
    },
    /// Elsewhere.
    Redirect {
        /// How long the answer may be kept; `None` for not at all.
        max_age_seconds: Option<u32>,
        /// Path and query as they are to be asked, still encoded.
        to: String,
    },
}

impl Target {
    /// Reads a path with its query, both still percent-encoded. `is_route` tells whether segments name something.
    pub(super) fn parse(path_and_query: &str) -> Result<Self, Problem> {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let version = path.split('/').nth(1).unwrap_or_default();
        if !is_version(version) {
            return Ok(Self::Redirect { to: join(&format!("/v1{path}"), query), max_age_seconds: None });
        }
        if !version.starts_with("v1") {
            return Err(Problem::new(Code::VersionUnavailable));
        }
        if path == "/v1" {
            return Ok(Self::Redirect {
                to: join("/v1/", query),
                max_age_seconds: Some(REDIRECT_MAX_AGE_SECONDS),
            });
        }
        if path != "/v1/" && path.ends_with('/') {
            return Ok(Self::Redirect {
                to: join(path.trim_end_matches('/'), query),
                max_age_seconds: Some(REDIRECT_MAX_AGE_SECONDS),
            });
        }
        let Some(rest) = path.strip_prefix("/v1/") else { return Err(Problem::new(Code::MissingResource)) };
        let segments = if rest.is_empty() {
            Vec::new()
        } else {
            rest.split('/').map(|segment| decode(segment, Plus::Literal)).collect::<Result<_, _>>()?
        };
        Ok(Self::Found { segments, query: parse_query(query.unwrap_or_default())? })
    }
}

/// Names and values of a query string; names are trimmed, a name without `=` has an empty value.
pub(super) fn parse_query(query: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name, Plus::Space)?, decode(value, Plus::Space)?);
        if name.contains('\0') || value.contains('\0') {
            return Err(Problem::invalid(Location::QueryString, None, "Invalid character 0x00"));
        }
        pairs.push((name.trim().to_owned(), value));
    }
    Ok(pairs)
}

/// A query string of these names and values.
pub(super) fn write_query(pairs: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in pairs {
        if !query.is_empty() {
            query.push('&');
        }
        encode_into(name, &mut query);
        query.push('=');
        encode_into(value, &mut query);
    }
    query
}

/// What `+` stands for.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Plus {
    Literal,
    Space,
}

/// Percent-decodes; a `%` that begins no escape stands for itself.
fn decode(text: &str, plus: Plus) -> Result<String, Problem> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Ok(text.to_owned());
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        match (byte, ahead.next().and_then(hex_digit), ahead.next().and_then(hex_digit)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high << 4 | low);
                bytes = ahead;
            }
            (b'+', _, _) if plus == Plus::Space => decoded.push(b' '),
            (_, _, _) => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).map_err(|_| Problem::new(Code::BadUrl))
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn encode_into(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

fn join(path: &str, query: Option<&str>) -> String {
    query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

const REDIRECT_MAX_AGE_SECONDS: u32 = 3_600;

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> (Vec<String>, Vec<(String, String)>) {
        match Target::parse(path).unwrap() {
            Target::Found { segments, query } => (segments, query),
            Target::Redirect { to, .. } => panic!("redirect to {to}"),
        }
    }

    fn redirect(path: &str) -> (String, Option<u32>) {
        match Target::parse(path).unwrap() {
            Target::Found { segments, .. } => panic!("{segments:?}"),
            Target::Redirect { to, max_age_seconds } => (to, max_age_seconds),
        }
    }

    #[test]
    fn segments_and_query_are_decoded() {
        let (segments, query) = found("/v1/buckets/a%2Fb/x%zz?_since=%22123%22&%20n+=a+b&flag&q=%C3%A9");
        assert_eq!(segments, ["buckets", "a/b", "x%zz"]);
        let expected = [("_since", "\"123\""), ("n", "a b"), ("flag", ""), ("q", "é")];
        assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(found("/v1/").0, Vec::<String>::new());
    }

    #[test]
    fn what_is_not_below_the_version_is_redirected() {
        assert_eq!(redirect("/"), ("/v1/".to_owned(), None));
        assert_eq!(redirect("/foo?x=%20"), ("/v1/foo?x=%20".to_owned(), None));
        assert_eq!(redirect("//evil.example/"), ("/v1//evil.example/".to_owned(), None));
        assert_eq!(redirect("/v1"), ("/v1/".to_owned(), Some(3_600)));
        assert_eq!(redirect("/v1/buckets//?a=b"), ("/v1/buckets?a=b".to_owned(), Some(3_600)));
    }

    #[test]
    fn other_versions_and_broken_texts_are_refused() {
        assert_eq!(Target::parse("/v0/").unwrap_err().code(), Code::VersionUnavailable);
        assert_eq!(Target::parse("/v2/buckets").unwrap_err().code(), Code::VersionUnavailable);
        assert_eq!(Target::parse("/v12/buckets").unwrap_err().code(), Code::MissingResource);
        assert_eq!(Target::parse("/v1/buckets/%FF").unwrap_err().code(), Code::BadUrl);
        assert_eq!(Target::parse("/v1/buckets?x=%C3").unwrap_err().code(), Code::BadUrl);
        assert_eq!(Target::parse("/v1/buckets?x=%00").unwrap_err().code(), Code::InvalidParameters);
    }

    #[test]
    fn a_query_is_written_so_that_it_reads_the_same() {
        let text = write_query(&[("a b", "ü&=+"), ("_expected", "1")]);
        assert_eq!(text, "a%20b=%C3%BC%26%3D%2B&_expected=1");
        assert_eq!(
            parse_query(&text).unwrap(),
            [("a b".to_owned(), "ü&=+".to_owned()), ("_expected".to_owned(), "1".to_owned())]
        );
    }
}
