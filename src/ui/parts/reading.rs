//! What people read in values that only machines read: names of certificates in base64, bytes, times as numbers, JSON in a
//! text. The bytes come first on a page, this second.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::time::exact;
use crate::types::{JsonLimits, Nul, Timestamp, Value};

/// How a value reads, where its schema names its form (`format`, `contentEncoding`, `contentMediaType`), or its bytes leave no
/// doubt. `None` where there is nothing better to show than the value.
pub(in crate::ui) fn reads_as<'a>(
    value: &Value,
    keyword: impl Fn(&str) -> Option<&'a str>,
) -> Option<String> {
    match value {
        Value::Integer(number) => {
            let format = keyword("format").unwrap_or_default();
            let millis = match format {
                "timestamp" | "timestamp-millis" | "utc-millisec" | "unix-millis" => {
                    u64::try_from(*number).ok()?
                }
                "timestamp-seconds" | "unix-time" | "unix-seconds" => {
                    u64::try_from(*number).ok()?.checked_mul(1_000)?
                }
                _ => return None,
            };
            Timestamp::from_millis(millis).ok().map(exact)
        }
        Value::Text(said) => of_text(said, &keyword),
        Value::Bool(_) | Value::Float(_) | Value::List(_) | Value::Null | Value::Object(_) => None,
    }
}

/// What is said of a text that is not what its schema names. It is no fault: a schema names forms, and demands none of them.
pub(in crate::ui) fn unreadable<'a>(
    value: &Value,
    keyword: impl Fn(&str) -> Option<&'a str>,
) -> Option<&'static str> {
    let said = value.as_text().filter(|said| !said.is_empty() && said.len() <= LONGEST)?;
    let format = keyword("format").unwrap_or_default();
    let is_base64 =
        keyword("contentEncoding") == Some("base64") || matches!(format, "base64" | "byte" | "x509-name");
    if is_base64 {
        return match STANDARD.decode(said) {
            Err(_) => Some("does not read as base64"),
            Ok(bytes) if format == "x509-name" && distinguished_name(&bytes).is_none() => {
                Some("does not read as the name in a certificate")
            }
            Ok(_) => None,
        };
    }
    if keyword("contentMediaType") == Some("application/json") {
        let limits = JsonLimits { depth: JsonLimits::MAX_DEPTH, nul: Nul::Accepted };
        return Value::parse(said.as_bytes(), limits).is_err().then_some("does not read as JSON");
    }
    let is_address = said.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !rest.is_empty()
    }) && !said.contains(char::is_whitespace);
    (matches!(format, "uri" | "url" | "iri") && !is_address).then_some("is no address")
}

fn of_text<'a>(said: &str, keyword: &impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    if said.len() > LONGEST {
        return None;
    }
    let is_named = keyword("contentEncoding") == Some("base64")
        || matches!(keyword("format"), Some("base64" | "byte" | "binary"));
    if keyword("contentMediaType") == Some("application/json") && !is_named {
        return json(said.as_bytes());
    }
    if said.len() < SHORTEST {
        return None;
    }
    let bytes = STANDARD.decode(said).ok()?;
    if let Some(name) = distinguished_name(&bytes) {
        return Some(name);
    }
    if !is_named {
        return None;
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) if !text.is_empty() && !text.chars().any(char::is_control) => Some(format!("“{text}”")),
        Ok(_) | Err(_) if bytes.len() <= MOST_BYTES => {
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(digits.join(":"))
        }
        Ok(_) | Err(_) => None,
    }
}

/// What JSON in a text holds.
fn json(bytes: &[u8]) -> Option<String> {
    match Value::parse(bytes, JsonLimits { depth: 64, nul: Nul::Accepted }).ok()? {
        Value::List(list) => Some(super::count(u64::try_from(list.len()).ok()?, "item", "items")),
        Value::Object(object) => {
            let names: Vec<&str> = object.iter().map(|(name, _)| name).take(8).collect();
            Some(format!("an object with {}", names.join(", ")))
        }
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Text(_) => None,
    }
}

/// The name in a certificate (RFC 5280 §4.1.2.4), if the bytes are one and nothing else: `CN=…, O=…, C=…`.
fn distinguished_name(bytes: &[u8]) -> Option<String> {
    let (mut sets, rest) = element(bytes, SEQUENCE)?;
    if !rest.is_empty() || sets.is_empty() {
        return None;
    }
    let mut parts = Vec::new();
    while !sets.is_empty() {
        let (mut pairs, rest) = element(sets, SET)?;
        sets = rest;
        while !pairs.is_empty() {
            let (pair, rest) = element(pairs, SEQUENCE)?;
            pairs = rest;
            let (kind, value) = element(pair, OBJECT_ID)?;
            let (tag, _) = value.split_first()?;
            let (said, rest) = element(value, *tag)?;
            if !rest.is_empty() {
                return None;
            }
            let name = NAMES.iter().find(|(id, _)| *id == kind).map_or("other", |(_, name)| name);
            parts.push(format!("{name}={}", text(*tag, said)?));
        }
    }
    // The nearest to the bearer stands last in the bytes, and first for people.
    parts.reverse();
    Some(parts.join(", "))
}

/// What an element of this tag holds, and what comes after it (DER).
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=127 => (usize::from(*length), rest),
        0x81 => {
            let (length, rest) = rest.split_first()?;
            (usize::from(*length), rest)
        }
        0x82 => {
            let (length, rest) = rest.split_at_checked(2)?;
            (usize::from(u16::from_be_bytes(length.try_into().ok()?)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn text(tag: u8, said: &[u8]) -> Option<String> {
    match tag {
        // UTF8String, PrintableString, T61String, IA5String
        0x0c | 0x13 | 0x16 => std::str::from_utf8(said).ok().map(str::to_owned),
        0x14 => Some(said.iter().map(|byte| char::from(*byte)).collect()),
        // BMPString
        0x1e => {
            let units: Vec<u16> = said
                .chunks_exact(2)
                .filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)))
                .collect();
            String::from_utf16(&units).ok()
        }
        _ => None,
    }
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
/// What the parts of a name are called.
const NAMES: [(&[u8], &str); 11] = [
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "street"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 97], "organizationIdentifier"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], "email"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
];
/// Bytes that are written out.
const MOST_BYTES: usize = 40;
const LONGEST: usize = 20_000;
const SHORTEST: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<&'static str> {
        None
    }

    #[test]
    fn a_name_of_a_certificate_reads_as_people_write_it() {
        let name = "MDwxHjAcBgNVBAMMFUF0b3MgVHJ1c3RlZFJvb3QgMjAxMTENMAsGA1UECgwEQXRvczELMAkGA1UEBhMCREU=";
        let read = reads_as(&Value::from(name), none);
        assert_eq!(read.as_deref(), Some("C=DE, O=Atos, CN=Atos TrustedRoot 2011"));
        for nothing in ["AAAA", "hello", "aGVsbG8=", ""] {
            assert_eq!(reads_as(&Value::from(nothing), none), None, "{nothing}");
        }
        let der = [&[0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b, 0x06, 3, 0x55, 4, 3, 0x0c, 4][..], b"Root"].concat();
        let read = reads_as(&Value::from(STANDARD.encode(&der)), none);
        assert_eq!(read.as_deref(), Some("CN=Root"));
        let cut = STANDARD.encode(&der[..15]);
        assert_eq!(reads_as(&Value::from(cut), none), None);
    }

    #[test]
    fn what_the_schema_names_is_read() {
        let base64 = |keyword: &str| (keyword == "contentEncoding").then_some("base64");
        assert_eq!(reads_as(&Value::from("aGVsbG8="), base64).as_deref(), Some("“hello”"));
        assert_eq!(reads_as(&Value::from("AP8Q"), base64).as_deref(), Some("00:ff:10"));
        assert_eq!(unreadable(&Value::from("AP8Q"), base64), None);
        assert_eq!(unreadable(&Value::from("hello world"), base64), Some("does not read as base64"));
        let name = |keyword: &str| (keyword == "format").then_some("x509-name");
        let says = Some("does not read as the name in a certificate");
        assert_eq!(unreadable(&Value::from("aGVsbG8="), name), says);
        let address = |keyword: &str| (keyword == "format").then_some("uri");
        for (said, says) in [
            ("not a url", Some("is no address")),
            ("", None),
            ("https://example/", None),
            ("urn:isbn:0", None),
        ] {
            assert_eq!(unreadable(&Value::from(said), address), says, "{said}");
        }
        let time = |keyword: &str| (keyword == "format").then_some("unix-time");
        assert_eq!(reads_as(&Value::Integer(0), time).as_deref(), Some("1970-01-01 00:00:00 UTC"));
        let json = |keyword: &str| (keyword == "contentMediaType").then_some("application/json");
        assert_eq!(reads_as(&Value::from(r#"{"a":1,"b":[]}"#), json).as_deref(), Some("an object with a, b"));
    }
}
