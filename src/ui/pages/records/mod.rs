//! The records of a collection in a table, each as against what is published; and what can be done with several at once.

mod ask;
mod cell;
mod selection;
mod tools;
mod view;

use maud::{Markup, html};

use crate::{
    ui::{Answer, Outcome, Page, Route, SignedIn, frame::Tab, has_page, parts, url},
    workflow::{
        overview::Stage,
        query::Direction,
        table::{Row, State},
    },
};
use ask::Ask;
use view::{Column, View};

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/ui/c/{bucket}/{collection}", show),
    Route::get("/ui/c/{bucket}/{collection}/records", to_table),
    Route::post("/ui/c/{bucket}/{collection}/selection", selection::act),
];

fn to_table(signed_in: &SignedIn<'_>) -> Outcome {
    let resource = signed_in.resource()?;
    Ok(Answer::see_other(url::collection(&resource.destination, "")))
}

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let resource = signed_in.resource()?;
    let ask = Ask::of(&signed_in.query);
    if let Some(ask) = ask.with_typed_filter(&signed_in.query) {
        // The address says what is shown: it can be kept, and sent to others.
        return Ok(Answer::see_other(ask.url(&resource)));
    }
    let view = signed_in.read(|scope| View::read(scope, &resource, &ask))?;
    let guard = signed_in.guard()?;
    let body = html! {
        (against(signed_in, &view))
        @if view.is_empty_collection() {
            (nothing_yet(&view))
        } @else {
            (tools::tools(&view))
            @if view.table.rows.is_empty() { (nothing_found(&view)) }
            @else { (table(signed_in, &view, &guard)) }
        }
    };
    let name = resource.destination.collection.as_str();
    let mut page = Page::new(name, body).of_collection(&resource, Tab::Records).script("records.js");
    page = page.count(Tab::Records, view.table.records);
    if let Some(action) = action(&view) {
        page = page.action(action);
    }
    if !view.table.rows.is_empty() {
        page = page.foot(pages(&view));
    }
    Ok(page.into())
}

/// The one thing that comes next.
fn action(view: &View) -> Option<Markup> {
    let to = |rest: &str| url::collection(&view.resource.destination, rest);
    let (words, path) = match view.stage {
        Stage::Declined | Stage::WorkInProgress => ("Request review", to("changes")),
        Stage::Signed => ("New record", to("new")),
        Stage::ToReview => ("Open the review", to("changes")),
    };
    let fits = view.stage != Stage::Signed || view.may_create;
    (fits && has_page(&path)).then(|| parts::link_button(parts::Weight::Primary, words, &path))
}

/// What differs from what is published, in one line.
fn against(signed_in: &SignedIn<'_>, view: &View) -> Markup {
    let changes = &view.table.changes;
    let records = changes.created + changes.updated + changes.deleted;
    let place = url::collection(&view.resource.destination, "changes");
    html! {
        p.records-against {
            @if let Some((version, at)) = view.published {
                "Against version " (parts::number(version))
                @if let Some(at) = at { ", published " (parts::day(at, signed_in.now)) }
                ": "
            } @else {
                "No record is published yet: "
            }
            @if view.changes == 0 { "nothing has changed." }
            @else {
                (parts::tally_of(changes))
                @if records > 0 && view.changes > records { ", and " span.changed { "attributes\u{a0}changed" } }
                ". "
                @if has_page(&place) {
                    a href=(place) {
                        @if view.changes == 1 { "See the change" }
                        @else { "See the " (parts::number(view.changes)) " changes" }
                    }
                }
            }
        }
    }
}

fn nothing_yet(view: &View) -> Markup {
    let to = |rest: &str| url::collection(&view.resource.destination, rest);
    let (new, bulk) = (to("new"), to("bulk"));
    parts::empty(
        "No records yet. A record is one JSON object; clients fetch all records of the collection together, once a change \
         was approved.",
        &html! {
            @if view.may_create {
                div.buttons {
                    @if has_page(&new) { (parts::link_button(parts::Weight::Plain, "New record", &new)) }
                    @if has_page(&bulk) { (parts::link_button(parts::Weight::Plain, "Paste or import", &bulk)) }
                }
            } @else {
                p { "An editor of this collection can make the first one." }
            }
        },
    )
}

fn nothing_found(view: &View) -> Markup {
    let all = Ask::default().url(&view.resource);
    let sentence = if view.ask.is_narrowed() {
        "No record fits what you search and filter for."
    } else {
        "No record differs from what is published."
    };
    parts::empty(sentence, &html! { p { a href=(all) { "Show all records" } } })
}

fn table(signed_in: &SignedIn<'_>, view: &View, guard: &Markup) -> Markup {
    let act = url::collection(&view.resource.destination, "selection");
    let base = url::collection(&view.resource.destination, "records");
    let columns = format!("columns-{}", view.columns.len());
    html! {
        form.records-form method="post" action=(act) {
            (guard)
            input type="hidden" name="back" value=(signed_in.target);
            @if view.may_create { (selection::bar(view)) }
            div.table-box.records-box tabindex="0" role="region" aria-label="Records" {
                table.table.records.(columns) {
                    thead { (heads(view)) }
                    tbody data-keys {
                        @for row in &view.table.rows { (record(signed_in, view, row, &base)) }
                    }
                }
            }
        }
    }
}

fn heads(view: &View) -> Markup {
    html! {
        tr {
            @if view.may_create {
                th.records-pick { input type="checkbox" hidden data-pick-all aria-label="Select all on this page"; }
            }
            th scope="col" {
                @if let Some((version, _)) = view.published { "Against " (parts::number(version)) }
                @else { "Change" }
            }
            @for column in &view.columns { (head(view, column.field.name(), &column.title, Some(column))) }
            (head(view, "last_modified", "Edited", None))
        }
    }
}

/// A head sorts: up, then down.
fn head(view: &View, field: &str, title: &str, column: Option<&Column>) -> Markup {
    let here = view.sort.0.first().filter(|key| key.field.name() == field).map(|key| key.direction);
    let is_time = field == "last_modified";
    let here = if view.sort.0.is_empty() && is_time { Some(Direction::Descending) } else { here };
    let next = match (here, is_time) {
        (Some(Direction::Ascending), _) | (None, true) => Direction::Descending,
        (Some(Direction::Descending), _) | (None, false) => Direction::Ascending,
    };
    let (said, arrow) = match here {
        Some(Direction::Ascending) => (Some("ascending"), "↑"),
        Some(Direction::Descending) => (Some("descending"), "↓"),
        None => (None, ""),
    };
    html! {
        th.number[is_time] scope="col" aria-sort=[said] {
            a.head-sort href=(view.ask.sorted(field, next).url(&view.resource)) {
                (parts::text(title))
                @if column.is_some_and(|column| column.is_read) { span.head-read { " as read" } }
                @if here.is_some() { span.head-arrow aria-hidden="true" { " " (arrow) } }
            }
        }
    }
}

fn record(signed_in: &SignedIn<'_>, view: &View, row: &Row, base: &str) -> Markup {
    let kind = match row.state {
        State::Added(_) => Some(parts::ChangeKind::Added),
        State::Changed { .. } => Some(parts::ChangeKind::Changed),
        State::Removed(_) => Some(parts::ChangeKind::Removed),
        State::Same(_) => None,
    };
    let class = kind.map_or("same", parts::ChangeKind::word);
    let path = format!("{base}/{}", row.id);
    let path = Some(path).filter(|path| has_page(path));
    let name = cell::name(row, &view.columns);
    html! {
        tr.(class) {
            @if view.may_create {
                td.records-pick {
                    input type="checkbox" name="pick" value=(format!("{}.{}", row.at.as_millis(), row.id)) aria-label=(format!("Select {name}"));
                }
            }
            td.records-mark { @if let Some(kind) = kind { (parts::kind(kind)) } }
            @for (place, column) in view.columns.iter().enumerate() {
                td.clip {
                    @if place == 0 {
                        a.row-link href=[path.as_deref()] { (cell::first(row, column)) }
                    } @else {
                        (cell::value(row, column))
                    }
                }
            }
            td.number.quiet { (parts::time(row.at, signed_in.now)) }
        }
    }
}

/// Where in the list this page is, and the pages beside it.
fn pages(view: &View) -> Markup {
    let table = &view.table;
    let len = u64::try_from(table.rows.len()).unwrap_or(u64::MAX);
    let (first, last) = (table.first.saturating_add(1), table.first.saturating_add(len));
    let deleted = table.changes.deleted;
    let of = table.matching.unwrap_or_else(|| table.records.saturating_add(deleted)).max(last);
    let (before, after) = match view.sort.by_time() {
        Some(Direction::Descending) => ("Newer", "Older"),
        Some(Direction::Ascending) => ("Older", "Newer"),
        None => ("Previous", "Next"),
    };
    html! {
        nav.records-pages aria-label="Pages" {
            span { (parts::number(first)) " to " (parts::number(last)) " of " (parts::number(of))
                @if table.matching.is_none() && deleted > 0 { ", " (parts::number(deleted)) " of them removed" }
            }
            span.buttons {
                @if let Some(cursor) = &table.previous {
                    a.button.small rel="prev" href=(view.ask.before(cursor).url(&view.resource)) { (before) }
                }
                @if let Some(cursor) = &table.next {
                    a.button.small rel="next" href=(view.ask.after(cursor).url(&view.resource)) { (after) }
                }
            }
        }
    }
}
