//! The records of the change, each as a block: what alters what clients hold comes first.

use maud::{Markup, html};

use super::view::{Open, Shown, View};
use crate::{
    types::RecordId,
    ui::{SignedIn, has_page, parts, url},
    workflow::review::EntryKind,
};

/// Choices, search, blocks, and the way to more of them.
pub(super) fn section(signed_in: &SignedIn<'_>, view: &View) -> Markup {
    html! {
        section.change-list #diff aria-label="Changes" {
            (tools(view))
            @if view.ask.is_more() {
                p.quiet.small { "Beginning with record " (parts::number(as_u64(view.ask.from + 1))) ". " a href=(address(view, view.ask.kind, 0)) { "From the beginning" } }
            }
            div.diffs data-keys { (blocks(signed_in, view)) }
        }
    }
}

/// The blocks of this page, and what leads to the next.
pub(super) fn blocks(signed_in: &SignedIn<'_>, view: &View) -> Markup {
    let next = view.ask.from + view.shown.len();
    let change = &view.reading.change;
    let with_attributes = !view.ask.is_more()
        && view.ask.search.is_empty()
        && view.ask.kind.is_none_or(|kind| kind == EntryKind::Updated);
    html! {
        @if with_attributes && let Some(edit) = &view.reading.attributes {
            ({
                let block = parts::Block::attributes("Attributes of the collection", &change.attributes_before, &change.attributes_after)
                    .note(html! { "edited by " (parts::text(view.attributes_by.as_deref().unwrap_or_default())) " · " (parts::time(edit.at, signed_in.now)) })
                    .whole_at(address_open(view));
                if view.ask.open == Open::All { block.whole().render() } else { block.render() }
            })
        }
        @for shown in &view.shown {
            ({
                let block = block(signed_in, view, shown);
                if view.ask.open == Open::All { block.whole().render() } else { block.render() }
            })
        }
        @if view.matching == 0 && !with_attributes {
            div.empty { p { (nothing_fits(view)) } }
        }
        @if next < view.matching {
            @let path = address(view, view.ask.kind, next);
            p.diff-next {
                a.button href=(path) hx-get=(path) hx-target="closest .diff-next" hx-swap="outerHTML" {
                    "Show the next of " (parts::number(as_u64(view.matching - next))) " more"
                }
            }
        }
    }
}

fn nothing_fits(view: &View) -> Markup {
    html! {
        @if view.ask.search.is_empty() { "No record of this kind is in the change. " }
        @else { "No record of the change has “" (parts::text(&view.ask.search)) "” in it. " }
        a href=(url::collection(&view.resource.destination, "changes")) { "Show all" }
    }
}

/// One record.
pub(super) fn block<'a>(signed_in: &SignedIn<'_>, view: &'a View, shown: &'a Shown) -> parts::Block<'a> {
    let path = &view.resource.destination;
    let record = url::collection(path, &format!("records/{}", shown.id));
    let note = html! {
        "edited by "
        @for (place, name) in shown.by.iter().enumerate() {
            @if place > 0 { ", " }
            (parts::text(name))
        }
        " · " (parts::time(shown.at, signed_in.now))
    };
    let block = parts::Block::record(
        shown.id.as_str(),
        shown.before.as_ref(),
        shown.after.as_ref(),
        &view.display_fields,
    )
    .anchor(anchor(&shown.id))
    .note(note)
    .whole_at(url::collection(path, &format!("changes/records/{}", shown.id)));
    if shown.after.is_some() && has_page(&record) { block.link(record) } else { block }
}

/// The id of a record's block in the page.
pub(super) fn anchor(id: &RecordId) -> String {
    format!("r-{id}")
}

/// What a record of the change is called, where it is on this page.
pub(super) fn name_in(view: &View, id: &RecordId) -> String {
    let shown = view.shown.iter().find(|shown| shown.id == *id);
    let record = shown.and_then(|shown| shown.after.as_ref().or(shown.before.as_ref()));
    record
        .and_then(|record| parts::title_of(record, &view.display_fields))
        .unwrap_or_else(|| id.as_str().to_owned())
}

/// The same, with its id where another one of these is called the same.
pub(super) fn name_among(view: &View, id: &RecordId, all: &[RecordId]) -> String {
    let name = name_in(view, id);
    let is_shared = all.iter().any(|other| other != id && name_in(view, other) == name);
    if is_shared { format!("{name} ({id})") } else { name }
}

fn tools(view: &View) -> Markup {
    let counts = view.counts;
    let all = counts.created + counts.updated + counts.deleted;
    let kinds = [
        (None, "All", all),
        (Some(EntryKind::Updated), "Changed", counts.updated),
        (Some(EntryKind::Deleted), "Removed", counts.deleted),
        (Some(EntryKind::Created), "Added", counts.created),
    ];
    let path = url::collection(&view.resource.destination, "changes");
    let open = view.ask.open == Open::All;
    html! {
        div.change-tools {
            nav.choices aria-label="Kinds of change" {
                @for (kind, words, many) in kinds {
                    a href=(address(view, kind, 0)) aria-current=[(view.ask.kind == kind && view.ask.since.is_none()).then_some("true")] {
                        (words) " " span.choice-count { (parts::number(many)) }
                    }
                }
            }
            form.change-search method="get" action=(path) role="search" {
                @if let Some(kind) = view.ask.kind { input type="hidden" name="kind" value=(word(kind)); }
                label.search {
                    (parts::icon(parts::Icon::Search))
                    input type="search" name="q" value=(view.ask.search) placeholder="Find in this change" aria-label="Find in this change" autocomplete="off" spellcheck="false" dir="auto";
                    kbd aria-hidden="true" { "/" }
                }
            }
            p.change-keys {
                span.change-hint { kbd { "j" } " " kbd { "k" } " next, previous" }
                a href=(address_open(view)) data-open-all { @if open { "Close values" } @else { "Open all values" } }
            }
        }
        @if !view.ask.search.is_empty() && view.matching > 0 {
            p.small.quiet role="status" {
                (parts::count(as_u64(view.matching), "record", "records")) " with “" (parts::text(&view.ask.search)) "”. "
                a href=(path) { "Show all" }
            }
        }
    }
}

fn word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Created => "added",
        EntryKind::Deleted => "removed",
        EntryKind::Updated => "changed",
    }
}

/// This page with another kind, from another record on.
fn address(view: &View, kind: Option<EntryKind>, from: usize) -> String {
    let from = if from == 0 { String::new() } else { from.to_string() };
    let open = if view.ask.open == Open::All { "all" } else { "" };
    let query = url::query(&[
        ("kind", kind.map_or("", word)),
        ("q", &view.ask.search),
        ("open", open),
        ("from", &from),
    ]);
    format!("{}{query}#diff", url::collection(&view.resource.destination, "changes"))
}

/// This page with everything open, or not.
fn address_open(view: &View) -> String {
    let open = if view.ask.open == Open::All { "" } else { "all" };
    let query =
        url::query(&[("kind", view.ask.kind.map_or("", word)), ("q", &view.ask.search), ("open", open)]);
    format!("{}{query}#diff", url::collection(&view.resource.destination, "changes"))
}

fn as_u64(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}
