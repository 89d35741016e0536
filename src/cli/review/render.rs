//! A change in words and lines: field by field, and nothing that hides.

use super::{
    super::console::{Page, Tone, shown},
    seen::{SeenChange, SeenRecord},
};
use crate::{
    canonical,
    types::{Object, Value},
};

/// Prints the whole change.
pub(in crate::cli) fn print(page: &Page, change: &SeenChange) {
    for record in &change.records {
        print_record(page, record);
    }
    let (before, after) = &change.attributes;
    if before != after {
        page.line(format!(
            "{} {}",
            page.paint(Tone::Warn, "~"),
            page.paint(Tone::Bold, "attributes of the collection")
        ));
        print_fields(page, Some(before), Some(after));
    }
    if change.records.is_empty() && before == after {
        page.line(page.paint(Tone::Dim, "No difference to what is published."));
    }
}

/// The counts, who edited, and the two names of the change.
pub(in crate::cli) fn print_summary(page: &Page, change: &SeenChange) {
    let [created, updated, deleted] = change.counts();
    page.line(format!("{created} created, {updated} updated, {deleted} deleted"));
    if !change.editors.is_empty() {
        page.line(format!("edited by    {}", shown(&change.editors.join(", "))));
    }
    page.line(format!("fingerprint  {}", page.paint(Tone::Key, &change.digest.fingerprint().to_string())));
    page.line(format!("digest       {}", change.digest));
}

fn print_record(page: &Page, record: &SeenRecord) {
    let (tone, sign) = match (&record.before, &record.after) {
        (None, _) => (Tone::Good, "+"),
        (Some(_), None) => (Tone::Bad, "-"),
        (Some(_), Some(_)) => (Tone::Warn, "~"),
    };
    let by =
        if record.by.is_empty() { String::new() } else { format!("  ({})", shown(&record.by.join(", "))) };
    page.line(format!(
        "{} {}{}",
        page.paint(tone, sign),
        page.paint(Tone::Bold, &shown(&record.id)),
        page.paint(Tone::Dim, &by)
    ));
    print_fields(page, record.before.as_ref(), record.after.as_ref());
}

/// The fields that are on one side only, or differ; all of a record that is new or gone.
fn print_fields(page: &Page, before: Option<&Object>, after: Option<&Object>) {
    let empty = Object::new();
    let (before, after) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
    let mut names: Vec<&str> = before.iter().chain(after.iter()).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    for name in names.into_iter().filter(|name| *name != "id") {
        let (old, new) = (before.get(name), after.get(name));
        if old == new {
            continue;
        }
        let label = page.paint(Tone::Dim, &format!("    {}", shown(name)));
        if let Some(old) = old {
            page.line(format!("{label}  {}", page.paint(Tone::Bad, &format!("- {}", spelled(old)))));
        }
        if let Some(new) = new {
            page.line(format!("{label}  {}", page.paint(Tone::Good, &format!("+ {}", spelled(new)))));
        }
    }
}

/// A value as JSON; text in its own characters where they leave a mark.
fn spelled(value: &Value) -> String {
    match value {
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null => {
            String::from_utf8_lossy(&canonical::to_bytes(value)).into_owned()
        }
        Value::List(items) => {
            format!("[{}]", items.iter().map(spelled).collect::<Vec<_>>().join(", "))
        }
        Value::Object(object) => {
            let members = object.iter().map(|(name, value)| format!("{}: {}", quoted(name), spelled(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Text(text) => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(&text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{JsonLimits, Nul};

    #[test]
    fn values_are_spelled_so_that_nothing_hides() {
        let limits = JsonLimits { depth: 8, nul: Nul::Accepted };
        let value = Value::parse(
            r#"{"a":[1,true,null],"b":"caf\u00e9 \"q\" \\ \u202e\u0007","c\u200b":{}}"#.as_bytes(),
            limits,
        );
        assert_eq!(
            spelled(&value.unwrap()),
            r#"{"a": [1, true, null], "b": "café \"q\" \\ \u{202e}\u{7}", "c\u{200b}": {}}"#
        );
    }
}
