//! Where there is one way to mend a value, a button does it.

use crate::{types::Value, workflow::Violation};

/// The value that fits in place of this one, where the schema leaves no choice.
pub(in crate::ui) fn mended(violation: &Violation, value: &Value) -> Option<Value> {
    match violation.keyword.as_str() {
        "pattern" => {
            // Another scheme before the same address.
            let wanted = violation.message.strip_prefix("must begin with ")?;
            let said = value.as_text()?;
            let rest = said.split_once("://").map_or(said, |(_, rest)| rest);
            (wanted.ends_with("://") && rest.contains('.')).then(|| format!("{wanted}{rest}").into())
        }
        "const" => {
            let wanted = violation.message.strip_prefix("must be ")?;
            Value::parse(wanted.as_bytes(), super::read::LIMITS).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leaves_no_choice_is_mended() {
        let violation = |keyword: &str, message: &str| Violation {
            keyword: keyword.to_owned(),
            message: message.to_owned(),
            pointer: "/a".to_owned(),
        };
        let https = violation("pattern", "must begin with https://");
        assert_eq!(
            mended(&https, &"http://www.ecosia.org/x".into()),
            Some("https://www.ecosia.org/x".into())
        );
        assert_eq!(mended(&https, &"www.ecosia.org".into()), Some("https://www.ecosia.org".into()));
        assert_eq!(mended(&https, &"x".into()), None);
        assert_eq!(mended(&violation("pattern", "must begin with a"), &"b.c".into()), None);
        assert_eq!(mended(&violation("const", "must be 5"), &Value::Null), Some(Value::Integer(5)));
        assert_eq!(mended(&violation("minLength", "must not be empty"), &"".into()), None);
    }
}
