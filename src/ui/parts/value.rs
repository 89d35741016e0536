//! Values of records, as people read them, their bytes first.

use maud::{Markup, html};

use super::{count, mono, number, reads_as, text};
use crate::{canonical, types::Value};

/// How much of a long value is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::ui) enum Extent {
    /// Its beginning and its end, and how much is between.
    Short,
    /// All of it.
    Whole,
}

/// A value: prose as prose, everything else in letters of one width.
pub(in crate::ui) fn value(value: &Value, extent: Extent) -> Markup {
    match value {
        Value::Text(said) if said.is_empty() => html! { span.faint { "empty text" } },
        Value::Text(said) => html! {
            (text_value(said, extent))
            @if let Some(read) = reads_as(value, |_| None) {
                span.reads-as { "reads as " (text(&read)) }
            }
        },
        Value::Bool(_)
        | Value::Float(_)
        | Value::Integer(_)
        | Value::List(_)
        | Value::Null
        | Value::Object(_) => mono_pieces(&json(value), extent),
    }
}

/// A text as it is, with a link where it is an address on the web.
fn text_value(said: &str, extent: Extent) -> Markup {
    if is_address(said) {
        return html! { a.address href=(said) rel="noreferrer noopener" { (mono_pieces(said, extent)) } };
    }
    if is_prose(said) {
        html! { span.lines dir="auto" { (pieces(said, extent, text)) } }
    } else {
        mono_pieces(said, extent)
    }
}

/// A value as JSON on one line, with its numbers as people write them: `1.5` and not `1.5E0`.
pub(in crate::ui) fn json(value: &Value) -> String {
    let signed = String::from_utf8_lossy(&canonical::to_bytes(value)).into_owned();
    let (mut shown, mut number) = (String::with_capacity(signed.len()), String::new());
    let (mut is_text, mut is_escaped) = (false, false);
    for character in signed.chars() {
        if !is_text && matches!(character, '0'..='9' | '+' | '-' | '.' | 'E') {
            number.push(character);
            continue;
        }
        shown.push_str(&plain_number(&number));
        number.clear();
        match character {
            '"' if !is_escaped => is_text = !is_text,
            _ => {}
        }
        is_escaped = is_text && character == '\\' && !is_escaped;
        shown.push(character);
    }
    shown.push_str(&plain_number(&number));
    shown
}

fn plain_number(number: &str) -> String {
    match number.parse::<f64>() {
        Ok(float) if number.contains('E') => format!("{float:?}"),
        Ok(_) | Err(_) => number.to_owned(),
    }
}

/// Whether a text is for people: it has words, and blanks between them.
pub(in crate::ui) fn is_prose(said: &str) -> bool {
    let blanks = said.chars().filter(|character| character.is_whitespace()).count();
    blanks > 0 && !said.trim_start().starts_with(['{', '[']) && !said.contains("==") && !said.contains("&&")
}

/// A text in pieces: where it is long, what is between its beginning and its end is counted.
pub(in crate::ui) fn pieces(said: &str, extent: Extent, show: fn(&str) -> Markup) -> Markup {
    match (extent, middle(said)) {
        (Extent::Short, Some((first, between, last))) => html! {
            (show(first)) " " span.cut { "… " (number(between)) " more characters …" } " " (show(last))
        },
        (Extent::Short | Extent::Whole, _) => show(said),
    }
}

/// What stays the same in a long text: the words next to what differs.
pub(in crate::ui) fn same_piece(said: &str, extent: Extent, place: Place) -> Markup {
    let characters = said.chars().count();
    if extent == Extent::Whole || characters <= LONGEST_SAME {
        return text(said);
    }
    let cut = |from: usize| said.char_indices().nth(from).map_or(said.len(), |(at, _)| at);
    let first = said.get(..cut(CONTEXT)).unwrap_or_default();
    let last = said.get(cut(characters - CONTEXT)..).unwrap_or_default();
    let between = match place {
        Place::Between => characters - 2 * CONTEXT,
        Place::First | Place::Last => characters - CONTEXT,
    };
    let hidden = html! {
        span.cut { "… " (count(u64::try_from(between).unwrap_or(u64::MAX), "character", "characters")) " the same …" }
    };
    match place {
        Place::Between => html! { (text(first)) " " (hidden) " " (text(last)) },
        Place::First => html! { (hidden) " " (text(last)) },
        Place::Last => html! { (text(first)) " " (hidden) },
    }
}

/// Where a piece stands in its text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::ui) enum Place {
    /// Changes stand on both sides.
    Between,
    /// The text begins with it.
    First,
    /// The text ends with it.
    Last,
}

fn mono_pieces(said: &str, extent: Extent) -> Markup {
    pieces(said, extent, mono)
}

/// The beginning of a long text, how many characters are between, and its end.
fn middle(said: &str) -> Option<(&str, u64, &str)> {
    if said.len() <= LONGEST {
        return None;
    }
    let characters = said.chars().count();
    if characters <= LONGEST {
        return None;
    }
    let (from, _) = said.char_indices().nth(HEAD)?;
    let (to, _) = said.char_indices().nth(characters - TAIL)?;
    let between = u64::try_from(characters - HEAD - TAIL).unwrap_or(u64::MAX);
    Some((said.get(..from)?, between, said.get(to..)?))
}

/// Whether a text is an address that may be opened, and nothing besides.
fn is_address(said: &str) -> bool {
    (said.starts_with("https://") || said.starts_with("http://"))
        && said.len() <= LONGEST_ADDRESS
        && said.bytes().all(|byte| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte))
}

/// Characters beside a change.
const CONTEXT: usize = 80;
/// Characters of the beginning that are shown of a long value.
const HEAD: usize = 800;
/// Characters that are shown whole.
const LONGEST: usize = 1_200;
const LONGEST_ADDRESS: usize = 2_000;
/// Characters that stay the same and are shown whole.
const LONGEST_SAME: usize = 400;
/// Characters of the end that are shown of a long value.
const TAIL: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let limits = crate::types::JsonLimits {
            depth: crate::types::JsonLimits::MAX_DEPTH,
            nul: crate::types::Nul::Accepted,
        };
        for (given, shown) in [
            ("1.5", "1.5"),
            (r#"{"minimum":1.5,"n":[2,-0.25]}"#, r#"{"minimum":1.5,"n":[2,-0.25]}"#),
            (r#""say \"1.5E0\"""#, r#""say \"1.5E0\"""#),
            ("1e300", "1e300"),
        ] {
            assert_eq!(json(&Value::parse(given.as_bytes(), limits).unwrap()), shown);
        }
    }

    #[test]
    fn only_plain_addresses_become_links() {
        for good in ["https://bugzilla.example/show_bug.cgi?id=2077222", "http://localhost/"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "https://example/\"onclick=x",
            "https://exa\u{202e}mple/",
            "see https://example/",
            " https://example/",
            &format!("https://{}", "a".repeat(3_000)),
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_cut_is_counted() {
        let long = "é".repeat(2_000);
        let (first, between, last) = middle(&long).unwrap();
        assert_eq!((first.chars().count(), between, last.chars().count()), (800, 1_000, 200));
        assert_eq!(middle(&"é".repeat(1_200)), None);
        let shown = value(&Value::from(long.as_str()), Extent::Short).into_string();
        assert!(shown.contains("1\u{202f}000 more characters"), "{shown}");
        assert!(value(&Value::from(long.as_str()), Extent::Whole).into_string().contains(&long));
    }
}
