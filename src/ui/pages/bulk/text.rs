//! The box with the text, and beside each line what becomes of it.

use maud::{Markup, html};

use super::Typed;
use crate::{
    ui::parts,
    workflow::bulk::{Format, Outcome, Plan},
};

/// The box. Signs stand beside the lines where there are not too many to scroll along with them.
pub(super) fn area(typed: &Typed, plan: Option<&Plan>, is_bad: bool) -> Markup {
    let lines = typed.text.split('\n').count();
    let signs = plan.filter(|_| lines <= MOST_SIGNED).map(|plan| signs(plan, lines));
    let rows = match &signs {
        Some(_) => lines.max(LEAST_ROWS),
        None => lines.clamp(LEAST_ROWS, MOST_ROWS),
    };
    let class = if signs.is_some() { "input mono bulk-text signed" } else { "input mono bulk-text" };
    html! {
        div.field.bad[is_bad] {
            label for="f-text" { "Records" }
            div.bulk-box.with-signs[signs.is_some()] {
                @if let Some(signs) = &signs { (signs) }
                textarea #f-text class=(class) name="text" rows=(rows) wrap="off" spellcheck="false" dir="auto"
                    placeholder="{\"id\": \"example\", \"title\": \"One object a line, a list of objects, or CSV with a header line\"}"
                    aria-invalid=[is_bad.then_some("true")] aria-describedby=[is_bad.then_some("f-text-fault")] data-drop {
                    // The first line end of an area is not part of its text.
                    "\n" (typed.text)
                }
            }
        }
    }
}

fn signs(plan: &Plan, lines: usize) -> Markup {
    let mut signs: Vec<Option<(&str, &str)>> = vec![None; lines];
    for entry in &plan.entries {
        let at = usize::try_from(entry.line).unwrap_or(usize::MAX).saturating_sub(1);
        if let Some(sign) = signs.get_mut(at) {
            *sign = Some(match entry.outcome {
                Outcome::Change { .. } => ("changed", "~"),
                Outcome::Create { .. } => ("added", "+"),
                Outcome::Delete { .. } => ("removed", "−"),
                Outcome::Refused(_) => ("refused", ""),
                Outcome::Same(_) => ("same", "="),
            });
        }
    }
    html! {
        ol.bulk-signs aria-hidden="true" {
            @for (index, sign) in signs.iter().enumerate() {
                li {
                    span.bulk-line { (index + 1) }
                    @match sign {
                        Some(("refused", _)) => span.bulk-sign { (parts::icon(parts::Icon::Error)) },
                        Some(("same", sign)) => span.bulk-sign.faint { (sign) },
                        Some((kind, sign)) => span.bulk-sign.(*kind) { span.sign { (sign) } },
                        None => span.bulk-sign {},
                    }
                }
            }
        }
    }
}

/// The text with nothing in it but what was refused.
pub(super) fn refused(text: &str, plan: &Plan) -> String {
    let pieces: Vec<&str> = plan
        .entries
        .iter()
        .filter(|entry| matches!(entry.outcome, Outcome::Refused(_)))
        .filter_map(|entry| text.get(entry.span.clone()))
        .map(str::trim)
        .collect();
    match plan.format {
        Format::Csv => {
            let head = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            std::iter::once(head).chain(pieces).collect::<Vec<_>>().join("\n")
        }
        Format::Json => format!("[\n{}\n]", pieces.join(",\n")),
        Format::JsonLines => pieces.join("\n"),
    }
}

const LEAST_ROWS: usize = 10;
const MOST_ROWS: usize = 24;
/// Lines that get signs.
const MOST_SIGNED: usize = 2_000;
