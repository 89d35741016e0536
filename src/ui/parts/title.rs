//! What records are called.

use super::reads_as;
use crate::types::{Object, Value};

/// What a record is called: the first of the display fields that is a text for people, else what is usually its name. `None`
/// where it has only its id.
pub(in crate::ui) fn title_of(record: &Object, display_fields: &[String]) -> Option<String> {
    let named = display_fields.iter().map(String::as_str).chain(NAMES);
    let mut first = None;
    for value in named.filter_map(|path| at(record, path)) {
        let Some(text) = value.as_text().map(str::trim).filter(|text| !text.is_empty()) else { continue };
        if let Some(read) = reads_as(value, |_| None) {
            return Some(common_name(&read).to_owned());
        }
        if text.chars().count() <= LONGEST_TITLE && !looks_machine(text) {
            return Some(text.to_owned());
        }
        first = first.or(Some(text));
    }
    first.map(str::to_owned)
}

/// Of the name in a certificate, what people call it.
fn common_name(name: &str) -> &str {
    let after = |mark: &str| name.find(mark).and_then(|at| name.get(at + mark.len()..));
    let Some(rest) = name.strip_prefix("CN=").or_else(|| after(", CN=")) else { return name };
    let end = PARTS.iter().filter_map(|part| rest.find(part)).min();
    end.and_then(|end| rest.get(..end)).unwrap_or(rest)
}

/// The value at a path of plain keys.
fn at<'a>(record: &'a Object, path: &str) -> Option<&'a Value> {
    if let Some(value) = record.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    at(record.get(first)?.as_object()?, rest)
}

/// Whether a text is one long word with digits or signs in it: a key, a hash, base64.
fn looks_machine(text: &str) -> bool {
    let is_word = !text.contains(char::is_whitespace);
    let is_odd = |character: char| character.is_ascii_digit() || "=+/".contains(character);
    is_word && (text.ends_with('=') || (text.len() > 16 && text.contains(is_odd)))
}

/// Characters of a title.
pub(super) const LONGEST_TITLE: usize = 120;
/// What names a record where its collection does not say.
const NAMES: [&str; 8] =
    ["name", "title", "displayName", "label", "slug", "details.name", "experiment", "description"];

/// What may follow a common name.
const PARTS: [&str; 8] =
    [", O=", ", OU=", ", C=", ", L=", ", ST=", ", serialNumber=", ", organizationIdentifier=", ", DC="];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{JsonLimits, Nul};

    fn object(json: &str) -> Object {
        let limits = JsonLimits { depth: JsonLimits::MAX_DEPTH, nul: Nul::Accepted };
        Value::parse(json.as_bytes(), limits).unwrap().as_object().unwrap().clone()
    }

    #[test]
    fn a_record_is_called_by_what_people_call_it() {
        let record = object(
            r#"{"details":{"name":"Baltimore CyberTrust Root"},"issuerName":"MF8xCzAJBgNVBAYTAkdCMRgwFgYD","serialNumber":"VS0Duo3zjBUCApvCbQzk+Q=="}"#,
        );
        let fields = ["serialNumber".to_owned(), "details.name".to_owned()];
        assert_eq!(title_of(&record, &fields).as_deref(), Some("Baltimore CyberTrust Root"));
        assert_eq!(title_of(&record, &fields[..1]).as_deref(), Some("Baltimore CyberTrust Root"));
        assert_eq!(title_of(&object(r#"{"id":"a"}"#), &fields), None);
    }

    #[test]
    fn of_a_certificate_the_common_name_counts() {
        assert_eq!(common_name("CN=Sectigo, the Root, O=Sectigo Limited, C=GB"), "Sectigo, the Root");
        assert_eq!(common_name("C=DE, O=Atos, CN=Atos TrustedRoot 2011"), "Atos TrustedRoot 2011");
        assert_eq!(common_name("O=Sectigo Limited, C=GB"), "O=Sectigo Limited, C=GB");
        let der = "MA8xDTALBgNVBAMMBFJvb3Q=";
        let record = object(&format!(r#"{{"id":"a","issuerName":"{der}","serialNumber":"Q704nTrqxVY="}}"#));
        let fields = ["serialNumber".to_owned(), "issuerName".to_owned()];
        assert_eq!(title_of(&record, &fields).as_deref(), Some("Root"));
    }
}
