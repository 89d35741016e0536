//! Two people, or two tabs, on one record: nobody overwrites what they have not seen.

use maud::{Markup, html};

use super::Seen;
use crate::{
    types::{Object, Timestamp},
    ui::parts::{self, Block, Tone, Weight},
};

/// What came in between.
#[derive(Debug)]
pub(super) struct Conflict {
    /// What the form was made for, if that is still known.
    pub(super) base: Option<Object>,
    /// The version that the form was made for.
    pub(super) began: String,
    /// The version that is there now; empty where the record was deleted.
    pub(super) version: String,
}

impl Conflict {
    /// A form that shows two versions asks what is wrong with it.
    pub(super) fn open(seen: &Seen) -> Self {
        Self { base: None, began: String::new(), version: seen.version() }
    }

    /// Theirs and mine, and what can be done.
    pub(super) fn notice(&self, seen: &Seen, mine: &Object, path: &str, now: Timestamp) -> Markup {
        let theirs = seen.held.as_ref().map(|(record, _)| record);
        let last = seen.history.first();
        let id = seen.id.as_ref().map_or("", |id| id.as_str());
        let sentence = match (theirs, last) {
            (Some(_), Some(last)) => format!("{} saved this record while you were editing it.", last.who),
            (Some(_), None) => "Somebody saved this record while you were editing it.".to_owned(),
            (None, Some(last)) => format!("{} deleted this record while you were editing it.", last.who),
            (None, None) => "This record was deleted while you were editing it.".to_owned(),
        };
        let merged = theirs.and_then(|theirs| self.merged(theirs, mine));
        html! {
            section.conflict aria-label="Two versions" {
                (parts::notice(Tone::Error, &sentence, &html! {
                    @if let Some(last) = last { "That was " (parts::time(last.at, now)) ". " }
                    "Nothing was overwritten, and everything you typed is below."
                }))
                @if let Some(theirs) = theirs {
                    div.conflict-sides {
                        @if let Some(base) = &self.base {
                            div {
                                h2 { "What they changed" }
                                div.diff.stacked { (Block::record(id, Some(base), Some(theirs), &seen.display_fields).fields()) }
                            }
                        }
                        div {
                            h2 { "What saving yours would change in theirs" }
                            @if theirs == mine { p.small.quiet { "Nothing: both of you typed the same." } }
                            @else { div.diff.stacked { (Block::record(id, Some(theirs), Some(mine), &seen.display_fields).fields()) } }
                        }
                    }
                }
                div.buttons {
                    @if merged.is_some() {
                        input type="hidden" form="record" name="began" value=(self.began);
                        button.button.outlined type="submit" form="record" name="merge" value="both" data-merge { "Put both together" }
                    }
                    @if theirs.is_some() {
                        (parts::link_button(Weight::Plain, "Take theirs, drop mine", path))
                    }
                    span.small.quiet {
                        @if merged.is_some() { "You changed different fields, so both fit together. You see the result before it is saved." }
                        @else if theirs.is_some() { "“Save mine” replaces their version with what is below." }
                        @else { "“Save mine” brings the record back with what is below." }
                    }
                }
            }
        }
    }

    /// Both, where they did not touch the same members.
    pub(super) fn merged(&self, theirs: &Object, mine: &Object) -> Option<Object> {
        let base = self.base.as_ref()?;
        let merged = merge(base, theirs, mine)?;
        (merged != *mine).then_some(merged)
    }
}

/// Three ways: what one side left as it was is what the other side made of it. `None` where both changed one value.
fn merge(base: &Object, theirs: &Object, mine: &Object) -> Option<Object> {
    use crate::types::Value;
    let mut merged = Object::new();
    let mut names: Vec<&str> =
        base.iter().chain(theirs.iter()).chain(mine.iter()).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let value = match (base.get(name), theirs.get(name), mine.get(name)) {
            (was, theirs, mine) if theirs == mine || was == mine => theirs.cloned(),
            (was, theirs, mine) if was == theirs => mine.cloned(),
            (Some(Value::Object(was)), Some(Value::Object(theirs)), Some(Value::Object(mine))) => {
                Some(Value::Object(merge(was, theirs, mine)?))
            }
            (_, _, _) => return None,
        };
        if let Some(value) = value {
            merged.insert(name, value);
        }
    }
    Some(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{JsonLimits, Nul, Value};

    fn object(text: &str) -> Object {
        let limits = JsonLimits { depth: 64, nul: Nul::Refused };
        Value::parse(text.as_bytes(), limits).unwrap().as_object().unwrap().clone()
    }

    #[test]
    fn changes_of_different_fields_fit_together() {
        let base = object(r#"{"a":1,"b":{"c":1,"d":1},"gone":1}"#);
        for (theirs, mine, both) in [
            (
                r#"{"a":2,"b":{"c":1,"d":1},"gone":1}"#,
                r#"{"a":1,"b":{"c":1,"d":2}}"#,
                Some(r#"{"a":2,"b":{"c":1,"d":2}}"#),
            ),
            (
                r#"{"a":1,"b":{"c":2,"d":1},"gone":1}"#,
                r#"{"a":1,"b":{"c":1,"d":2},"gone":1}"#,
                Some(r#"{"a":1,"b":{"c":2,"d":2},"gone":1}"#),
            ),
            (r#"{"a":2}"#, r#"{"a":3}"#, None),
            (r#"{"a":1,"b":{"c":2,"d":1},"gone":1}"#, r#"{"a":1,"gone":1}"#, None),
        ] {
            assert_eq!(merge(&base, &object(theirs), &object(mine)), both.map(object), "{theirs} {mine}");
        }
    }
}
