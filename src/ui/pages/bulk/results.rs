//! What a text would do, by kind: refused first, each with its mend.

use maud::{Markup, html};

use crate::{
    types::Object,
    ui::parts::{self, ChangeKind},
    workflow::{
        bulk::{Counts, Entry, Outcome, Plan, Refusal},
        compare,
    },
};

/// Sentence and lists.
pub(super) fn all(plan: &Plan, display_fields: &[String]) -> Markup {
    let counts = plan.counts();
    let of = |fits: fn(&Outcome) -> bool| -> Vec<&Entry> {
        plan.entries.iter().filter(|entry| fits(&entry.outcome)).collect()
    };
    let refused = of(|outcome| matches!(outcome, Outcome::Refused(_)));
    let changed = of(|outcome| matches!(outcome, Outcome::Change { .. }));
    let created = of(|outcome| matches!(outcome, Outcome::Create { .. }));
    let deleted = of(|outcome| matches!(outcome, Outcome::Delete { .. }));
    html! {
        section.bulk-sum aria-labelledby="sum" {
            h2 #sum { (sentence(plan.entries.len(), &counts)) }
            p.quiet {
                "Nothing is written yet."
                @if counts.refused > 0 { " Refused lines stay in the box above, so that you can mend them and check again." }
            }
        }
        (list(&refused_heading(counts.refused), &refused, display_fields))
        (list(&heading(ChangeKind::Removed, counts.deleted, "to delete"), &deleted, display_fields))
        (list(&heading(ChangeKind::Changed, counts.changed, "to change"), &changed, display_fields))
        (list(&heading(ChangeKind::Added, counts.created, "to create"), &created, display_fields))
    }
}

/// What was refused of a text that is done.
pub(super) fn left(plan: &Plan, display_fields: &[String]) -> Markup {
    let refused: Vec<&Entry> =
        plan.entries.iter().filter(|entry| matches!(entry.outcome, Outcome::Refused(_))).collect();
    html! {
        (list(&refused_heading(plan.counts().refused), &refused, display_fields))
        p.hint { "Lines are counted as in the text that was checked." }
    }
}

fn refused_heading(count: u64) -> Markup {
    html! { span.bulk-kind { (parts::icon(parts::Icon::Error)) (parts::number(count)) " refused" } }
}

/// `10 records read: 4 to create, 2 to change, 3 refused, 1 already the same.`
fn sentence(read: usize, counts: &Counts) -> Markup {
    let read = u64::try_from(read).unwrap_or(u64::MAX);
    let kinds = [
        (counts.created, Some("added"), "to\u{a0}create"),
        (counts.changed, Some("changed"), "to\u{a0}change"),
        (counts.deleted, Some("removed"), "to\u{a0}delete"),
        (counts.refused, None, "refused"),
        (counts.same, None, "already the same"),
    ];
    let some: Vec<_> = kinds.into_iter().filter(|(count, _, _)| *count > 0).collect();
    html! {
        (parts::count(read, "record", "records")) " read"
        @for (place, (count, class, words)) in some.iter().enumerate() {
            @if place == 0 { ": " } @else { ", " }
            span class=[*class] { (parts::number(*count)) "\u{a0}" (words) }
        }
        "."
    }
}

fn heading(kind: ChangeKind, count: u64, words: &str) -> Markup {
    let sign = match kind {
        ChangeKind::Added => "+",
        ChangeKind::Changed => "~",
        ChangeKind::Removed => "−",
    };
    html! {
        span.bulk-kind.(kind.word()) { span.sign aria-hidden="true" { (sign) } (parts::number(count)) " " (words) }
    }
}

fn list(heading: &Markup, entries: &[&Entry], display_fields: &[String]) -> Markup {
    if entries.is_empty() {
        return html! {};
    }
    let more = u64::try_from(entries.len().saturating_sub(MOST)).unwrap_or(u64::MAX);
    html! {
        section.bulk-list {
            h3 { (heading) }
            ul data-keys {
                @for entry in entries.iter().take(MOST) { (row(entry, display_fields)) }
            }
            @if more > 0 { p.hint { "And " (parts::count(more, "more like these", "more like these")) "." } }
        }
    }
}

fn row(entry: &Entry, display_fields: &[String]) -> Markup {
    html! {
        li.bulk-row tabindex="-1" {
            span.bulk-at { "Line\u{a0}" (parts::number(entry.line)) }
            span.bulk-name {
                @if entry.name.is_empty() { span.faint { (nameless(&entry.outcome)) } }
                @else { (parts::text(&short(&entry.name))) }
            }
            div.bulk-what {
                @match &entry.outcome {
                    Outcome::Change { after, before, id } => {
                        (parts::Block::record(id.as_str(), Some(before), Some(after), display_fields).fields())
                    }
                    Outcome::Create { after, .. } => (summary(after)),
                    Outcome::Delete { before, .. } => s.quiet { (summary(before)) },
                    Outcome::Refused(refusal) => (parts::text(&refusal.to_string())),
                    Outcome::Same(_) => {},
                }
            }
        }
    }
}

fn nameless(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Refused(Refusal::Item(_)) => "no record",
        Outcome::Create { .. } => "gets an id",
        Outcome::Change { .. } | Outcome::Delete { .. } | Outcome::Refused(_) | Outcome::Same(_) => "no name",
    }
}

/// The values of a record on a line or two.
fn summary(record: &Object) -> Markup {
    let fields = compare::fields(record);
    let told: Vec<String> = fields
        .iter()
        .filter(|field| !["id", "schema"].contains(&field.path.as_str()))
        .map(|field| {
            let value = field.value.as_text().map_or_else(|| parts::json(field.value), str::to_owned);
            format!("{}: {}", field.path, short(&value))
        })
        .take(MOST_VALUES)
        .collect();
    let mut line = told.join("; ");
    if fields.len() > MOST_VALUES {
        line.push_str("; …");
    }
    if line.is_empty() {
        return html! { span.faint { "no values" } };
    }
    html! { span.quiet { (parts::mono(&line)) } }
}

/// `Create 4, change 2`
pub(super) fn button(counts: &Counts) -> String {
    capital(&pieces(counts, ["create", "change", "delete"]).join(", "))
}

/// `Creates 4 records and changes 2`
pub(super) fn would(counts: &Counts) -> String {
    let kinds = [(counts.created, "creates"), (counts.changed, "changes"), (counts.deleted, "deletes")];
    let some = kinds.into_iter().filter(|(count, _)| *count > 0).enumerate();
    let pieces: Vec<String> = some
        .map(|(place, (count, word))| match place {
            0 => format!("{word} {}", parts::count(count, "record", "records")),
            _ => format!("{word} {}", parts::number(count)),
        })
        .collect();
    if pieces.is_empty() { "Writes none".to_owned() } else { capital(&pieces.join(" and ")) }
}

/// `4 records created, 2 changed`
pub(super) fn done(counts: &Counts) -> String {
    let kinds = [(counts.created, "created"), (counts.changed, "changed"), (counts.deleted, "deleted")];
    let some: Vec<(u64, &str)> = kinds.into_iter().filter(|(count, _)| *count > 0).collect();
    let pieces: Vec<String> = some
        .iter()
        .enumerate()
        .map(|(place, (count, word))| match place {
            0 => format!("{} {word}", parts::count(*count, "record", "records")),
            _ => format!("{} {word}", parts::number(*count)),
        })
        .collect();
    pieces.join(", ")
}

fn pieces(counts: &Counts, words: [&str; 3]) -> Vec<String> {
    let [create, change, delete] = words;
    [(counts.created, create), (counts.changed, change), (counts.deleted, delete)]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{word} {}", parts::number(count)))
        .collect()
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

const LONGEST: usize = 120;
/// Entries of one kind that are shown.
const MOST: usize = 100;
const MOST_VALUES: usize = 8;
