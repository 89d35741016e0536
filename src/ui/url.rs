//! Addresses of pages, and how their parts are written and read.

use std::fmt::Write as _;

use crate::types::CollectionPath;

/// The page of a collection, named by its destination; `rest` is below it (`records/abc`), or empty.
pub(super) fn collection(destination: &CollectionPath, rest: &str) -> String {
    let slash = if rest.is_empty() { "" } else { "/" };
    format!("/ui/c/{}/{}{slash}{rest}", destination.bucket, destination.collection)
}

/// The sign-in page that leads back to `next`.
pub(super) fn sign_in(next: &str) -> String {
    if next == "/" { SIGN_IN.to_owned() } else { format!("{SIGN_IN}?next={}", encode(next)) }
}

/// A query string of these names and values, with its `?`; empty values are left out.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(&encode(name));
        query.push('=');
        query.push_str(&encode(value));
    }
    query
}

/// Percent-encodes everything but letters, digits and `-._~`.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _written = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Percent-decodes one segment of a path; `None` for what is no UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        match (byte, ahead.next().and_then(digit), ahead.next().and_then(digit)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high << 4 | low);
                bytes = ahead;
            }
            (byte, _, _) => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).ok()
}

/// Names and values of a query or of a posted form, `+` being a space. What is no UTF-8 is left out.
pub(super) fn parse_pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(&name.replace('+', " "))?, decode(&value.replace('+', " "))?))
    })
}

/// Where a form may lead after it is done: a path on this server, and nothing that a browser could read as another server.
pub(super) fn local(next: &str) -> Option<&str> {
    let is_path = next == "/" || next.starts_with("/ui/");
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (is_path && is_plain && !next.contains("//") && next.len() <= LONGEST).then_some(next)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The sign-in page.
pub(super) const SIGN_IN: &str = "/ui/sign-in";
const LONGEST: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_led_back_to() {
        for good in ["/", "/ui/c/main/a/records?sort=-id&page=2", "/ui/people"] {
            assert_eq!(local(good), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "/v1/",
            "/ui",
            "/ui/c//evil.example",
            "/ui/a\nb",
            "/ui/a b",
            "/ui/é",
            "javascript:alert(1)",
            &format!("/ui/{}", "a".repeat(5_000)),
        ] {
            assert_eq!(local(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_encoded_is_read_again() {
        let awful = "a b&c=d%?#/\\\u{202e}é\"'<>+";
        assert_eq!(decode(&encode(awful)).as_deref(), Some(awful));
        let query = query(&[("q", awful), ("empty", ""), ("x", "1")]);
        let pairs: Vec<_> = parse_pairs(query.trim_start_matches('?')).collect();
        assert_eq!(pairs, [("q".to_owned(), awful.to_owned()), ("x".to_owned(), "1".to_owned())]);
        assert_eq!(decode("%ff"), None);
        assert_eq!(decode("%4"), Some("%4".to_owned()));
    }
}
