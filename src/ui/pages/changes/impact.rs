//! The impact report, as far as it is: what blocks first, then what to look at twice, then how much was looked at.

use maud::{Markup, html};

use super::{top, view::View};
use crate::{
    types::RecordId,
    ui::{has_page, parts, url},
    workflow::{
        Impact, ImpactAction,
        review::{Found, Limits, Report, ReportState, SchemaState},
    },
};

/// One thing that was found.
struct Finding {
    blocks: bool,
    more: Markup,
    sentence: Markup,
}

/// The section; while the report is not ready, a script asks for it again.
pub(super) fn section(view: &View) -> Markup {
    let piece = url::collection(&view.resource.destination, "changes/impact");
    let is_working = matches!(view.report, Some(ReportState::Working { .. }));
    html! {
        section.change-impact #impact aria-labelledby="impact-head" aria-live="polite"
            hx-get=[is_working.then_some(&piece)] hx-trigger=[is_working.then_some("load delay:600ms")] hx-swap=[is_working.then_some("outerHTML")] {
            h2 #impact-head { "Impact" }
            @match &view.report {
                Some(ReportState::Ready(report)) => (findings(view, report)),
                Some(ReportState::Working { done, total }) => (working(view, *done, *total)),
                Some(ReportState::Failed) => p.finding {
                    (parts::icon(parts::Icon::Error))
                    span { strong { "The impact could not be worked out. " } "The log of the service says why. " (again(view, "Try again")) }
                },
                None => p.finding { (parts::icon(parts::Icon::Refusal)) span { strong { "It cannot be published as it is, so it has no impact." } } },
            }
        }
    }
}

/// What else of the page depends on the report.
pub(super) fn elsewhere(view: &View) -> Markup {
    html! {
        @if matches!(view.report, Some(ReportState::Ready(_))) {
            (top::fetch(view, Some("true")))
            (top::packed(view, Some("true")))
        }
    }
}

/// Whether the policy lets the change through, as far as that is known.
pub(super) fn is_blocked(view: &View) -> bool {
    match &view.report {
        Some(ReportState::Ready(report)) => !report.exceeded(&view.policy).is_nothing(),
        Some(ReportState::Failed | ReportState::Working { .. }) | None => false,
    }
}

fn working(view: &View, done: u64, total: u64) -> Markup {
    html! {
        p.finding {
            (parts::icon(parts::Icon::Info))
            span {
                @if total > 0 {
                    "Looked at " (parts::number(done.min(total))) " of " (parts::count(total, "record", "records")) " so far. "
                } @else {
                    "The records are about to be looked at. "
                }
                (again(view, "Look again"))
            }
        }
        @if total > 0 { progress.change-progress max=(total) value=(done.min(total)) aria-label="Records looked at" {} }
    }
}

fn again(view: &View, words: &str) -> Markup {
    html! { a href=(url::collection(&view.resource.destination, "changes")) { (words) } }
}

fn findings(view: &View, report: &Report) -> Markup {
    let mut found = Vec::new();
    let mut passed = vec!["Every record can be signed".to_owned()];
    schema(view, report, &mut found, &mut passed);
    removed(&view.policy, report, &mut found, &mut passed);
    growth(&view.policy, report, &mut found, &mut passed);
    expressions(view, report, &mut found, &mut passed);
    duplicates(view, report, &mut found, &mut passed);
    flips(view, report, &mut found);
    found.sort_by_key(|finding| !finding.blocks);
    let blocking = found.iter().filter(|finding| finding.blocks).count();
    html! {
        ul.findings {
            @if blocking == 0 {
                li.finding {
                    (parts::icon(parts::Icon::Done))
                    div {
                        "Nothing blocks this change. "
                        details.finding-passed {
                            summary { (passed_words(passed.len())) }
                            ul { @for check in &passed { li { (check) "." } } }
                        }
                    }
                }
            }
            @for finding in &found {
                li.finding {
                    (parts::icon(if finding.blocks { parts::Icon::Refusal } else { parts::Icon::Warning }))
                    div {
                        strong { @if finding.blocks { "Blocked: " } (finding.sentence) }
                        " " (finding.more)
                    }
                }
            }
        }
    }
}

fn passed_words(many: usize) -> String {
    if many == 1 { "1 check passed".to_owned() } else { format!("{many} checks passed") }
}

fn schema(view: &View, report: &Report, found: &mut Vec<Finding>, passed: &mut Vec<String>) {
    let blocks = view.policy.schema == ImpactAction::Block;
    match &report.schema {
        SchemaState::Absent => {}
        SchemaState::Checked(broken) if broken.total == 0 => {
            passed.push("Every record of the collection fits its schema".to_owned());
        }
        SchemaState::Checked(broken) => found.push(Finding {
            blocks,
            sentence: html! {
                @if broken.total == 1 { "1 record does not fit the schema." }
                @else { (parts::count(broken.total, "record", "records")) " do not fit the schema." }
            },
            more: named(
                view,
                broken,
                |broken| &broken.id,
                |broken| {
                    html! { (parts::text(&broken.violation.sentence())) }
                },
            ),
        }),
        SchemaState::Unusable(error) => found.push(Finding {
            blocks,
            sentence: html! { "The schema cannot be used." },
            more: html! { (parts::text(&error.to_string())) },
        }),
    }
}

fn removed(policy: &Impact, report: &Report, found: &mut Vec<Finding>, passed: &mut Vec<String>) {
    let deleted = report.counts.deleted;
    let over = Limits::of(policy, report.counts, report.published).removed;
    if deleted == 0 {
        passed.push("No record is removed".to_owned());
        return;
    }
    let sentence = if deleted == 1 {
        "1 record is removed.".to_owned()
    } else {
        format!("{} are removed.", parts::count(deleted, "record", "records"))
    };
    let share = share(report.removed_percent());
    found.push(Finding {
        blocks: over.is_some() && policy.over == ImpactAction::Block,
        sentence: html! { (sentence) },
        more: over.map_or_else(|| html! { "That is " (share) " of what is published." }, |over| html! { "That is " (share) " of what is published; more than " (over.limit) "\u{a0}% is a lot." }),
    });
}

fn growth(policy: &Impact, report: &Report, found: &mut Vec<Finding>, passed: &mut Vec<String>) {
    match Limits::of(policy, report.counts, report.published).growth {
        Some(over) => found.push(Finding {
            blocks: policy.over == ImpactAction::Block,
            sentence: html! { "The collection grows by " (parts::number(over.percent)) "\u{a0}%." },
            more: html! { "More than " (over.limit) "\u{a0}% at once is a lot." },
        }),
        None if report.published == 0 => passed.push("Nothing was published before".to_owned()),
        None => passed.push(format!(
            "The collection grows by less than {}\u{a0}%",
            policy.growth_percent.saturating_add(1)
        )),
    }
}

fn expressions(view: &View, report: &Report, found: &mut Vec<Finding>, passed: &mut Vec<String>) {
    let bad = &report.expressions;
    if bad.total == 0 {
        passed.push("Every filter expression can be read".to_owned());
        return;
    }
    let (sentence, it) = if bad.total == 1 {
        ("1 filter expression cannot be read.".to_owned(), "it")
    } else {
        (
            format!("{} cannot be read.", parts::count(bad.total, "filter expression", "filter expressions")),
            "each",
        )
    };
    let list = named(
        view,
        bad,
        |(id, _)| id,
        |(_, fault)| {
            fault.as_ref().map_or_else(
                || html! { "it is no text" },
                |fault| html! { (parts::text(&fault.to_string())) },
            )
        },
    );
    found.push(Finding {
        blocks: false,
        sentence: html! { (sentence) },
        more: html! { "Clients drop the record with " (it) " silently. " (list) },
    });
}

fn duplicates(view: &View, report: &Report, found: &mut Vec<Finding>, passed: &mut Vec<String>) {
    let same = &report.duplicates;
    if same.total == 0 {
        passed.push("No new record repeats another".to_owned());
        return;
    }
    let sentence = if same.total == 1 {
        "1 record repeats another.".to_owned()
    } else {
        format!("{} repeat another.", parts::count(same.total, "record", "records"))
    };
    let list = named(
        view,
        same,
        |(own, _)| own,
        |(_, other)| {
            html! { "has the same values as " (record_link(view, other)) }
        },
    );
    found.push(Finding { blocks: false, sentence: html! { (sentence) }, more: list });
}

/// Small in the diff, and perhaps all that the change is about.
fn flips(view: &View, report: &Report, found: &mut Vec<Finding>) {
    for flip in &report.flips {
        let to = if flip.to { "true" } else { "false" };
        found.push(Finding {
            blocks: false,
            more: html! {
                "Then it is " (to) " on " (parts::number(flip.now)) " of " (parts::number(view.records_after)) "."
            },
            sentence: html! {
                (parts::mono(&flip.member)) " turns to " (to) " on " (parts::count(flip.records, "record", "records")) "."
            },
        });
    }
}

/// The first few records, each with what is the matter.
fn named<T>(
    view: &View,
    found: &Found<T>,
    id: impl Fn(&T) -> &RecordId,
    what: impl Fn(&T) -> Markup,
) -> Markup {
    let shown = u64::try_from(found.first.len()).unwrap_or(u64::MAX);
    html! {
        details.finding-records open[found.total <= FEW] {
            summary { "Which" }
            ul {
                @for one in &found.first { li { (record_link(view, id(one))) ": " (what(one)) } }
                @if found.total > shown { li.quiet { (parts::number(found.total - shown)) " more" } }
            }
        }
    }
}

fn record_link(view: &View, id: &RecordId) -> Markup {
    let path = url::collection(&view.resource.destination, &format!("records/{id}"));
    html! {
        @if has_page(&path) { a href=(path) { (parts::mono(id.as_str())) } }
        @else { (parts::mono(id.as_str())) }
    }
}

fn share(percent: Option<u64>) -> String {
    match percent {
        Some(0) => "less than 1\u{a0}%".to_owned(),
        Some(percent) => format!("{percent}\u{a0}%"),
        None => "all".to_owned(),
    }
}

/// As many records are named at once.
const FEW: u64 = 3;
