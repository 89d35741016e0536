//! Above the table: search, all or changed, filters, and what makes records.

use maud::{Markup, html};

use super::{ask::Asked, view::View};
use crate::{
    ui::{has_page, parts, url},
    workflow::{overview::Stage, query::Operator, table::Show},
};

pub(super) fn tools(view: &View) -> Markup {
    let path = url::collection(&view.resource.destination, "");
    let (new, bulk) = (
        url::collection(&view.resource.destination, "new"),
        url::collection(&view.resource.destination, "bulk"),
    );
    let changed = view.table.changes.created + view.table.changes.updated + view.table.changes.deleted;
    html! {
        div.records-tools {
            form.records-search method="get" action=(path) role="search" {
                (carried(view))
                label.search {
                    (parts::icon(parts::Icon::Search))
                    input type="search" name="q" value=(view.ask.search) placeholder=(format!("Search {}", parts::count(view.table.records, "record", "records")))
                        aria-label="Search records" autocomplete="off" spellcheck="false" maxlength="200";
                    kbd aria-hidden="true" { "/" }
                }
            }
            nav.choices aria-label="Which records" {
                (choice(view, Show::All, "All", view.table.records))
                (choice(view, Show::Changed, "Changed", changed))
            }
            (filter_form(view, &path))
            @if view.may_create {
                span.records-make {
                    @if has_page(&bulk) { a.button.small href=(bulk) { "Paste or import" } }
                    @if view.stage != Stage::Signed && has_page(&new) { a.button.small href=(new) { "New record" } }
                }
            }
        }
        @if view.ask.is_narrowed() { (narrowed(view)) }
    }
}

fn choice(view: &View, show: Show, words: &str, count: u64) -> Markup {
    let is_here = view.ask.show == show;
    html! {
        a href=(view.ask.showing(show).url(&view.resource)) aria-current=[is_here.then_some("true")] {
            (words) " " span.choice-count { (parts::number(count)) }
        }
    }
}

/// What other forms of this page have set.
fn carried(view: &View) -> Markup {
    html! {
        @for (name, value) in view.ask.fields() { input type="hidden" name=(name) value=(value); }
    }
}

fn filter_form(view: &View, path: &str) -> Markup {
    html! {
        details.records-filter {
            summary.button.small { (parts::icon(parts::Icon::Filter)) "Filter" }
            form.menu method="get" action=(path) {
                (carried(view))
                @if !view.ask.search.is_empty() { input type="hidden" name="q" value=(view.ask.search); }
                div.field {
                    label for="f-field" { "Field" }
                    input #f-field.input name="field" required list="fields" autocomplete="off" autocapitalize="none"
                        spellcheck="false" maxlength="200" placeholder="details.bug";
                    // What could not be seen in a list is typed.
                    datalist #fields {
                        @for name in view.columns.iter().map(|column| column.field.name()).filter(|name| parts::plain(name) == **name) {
                            option value=(name) {}
                        }
                    }
                }
                div.field {
                    label for="f-op" { "Test" }
                    select #f-op.input name="op" {
                        @for (value, words) in TESTS { option value=(value) { (words) } }
                    }
                }
                div.field {
                    label for="f-value" { "Value" }
                    input #f-value.input name="value" autocomplete="off" autocapitalize="none" spellcheck="false"
                        maxlength="200";
                }
                button.button type="submit" { "Add this filter" }
            }
        }
    }
}

/// What narrows the list, each with a way to let go of it.
fn narrowed(view: &View) -> Markup {
    let matching = view.table.matching.unwrap_or_default();
    html! {
        div.records-narrowed {
            strong { (parts::count(matching, "record fits", "records fit")) }
            @if !view.ask.search.is_empty() {
                a.tag href=(view.ask.without_search().url(&view.resource)) {
                    span { "“" (parts::text(&view.ask.search)) "”" } (gone())
                }
            }
            @for filter in &view.ask.filters {
                a.tag href=(view.ask.without(filter).url(&view.resource)) {
                    span { (parts::text(&filter.field)) " " (words(filter)) } (gone())
                }
            }
        }
    }
}

fn gone() -> Markup {
    html! { span.hidden { ", let go of it" } (parts::icon(parts::Icon::Cross)) }
}

fn words(filter: &Asked) -> Markup {
    let is_there = !matches!(filter.typed.as_str(), "" | "0" | "false" | "null");
    let test = match filter.operator {
        Operator::Contains | Operator::ContainsAny => "has in its list",
        Operator::Equals | Operator::In => "is",
        Operator::Exclude | Operator::Not => "is not",
        Operator::Greater => "is more than",
        Operator::Has if is_there => "is there",
        Operator::Has => "is missing",
        Operator::Less => "is less than",
        Operator::Like => "contains",
        Operator::Max => "is at most",
        Operator::Min => "is at least",
    };
    html! { (test) @if filter.operator != Operator::Has { " " (parts::text(&filter.typed)) } }
}

/// What a field can be tested for.
const TESTS: [(&str, &str); 8] = [
    ("eq", "is"),
    ("not", "is not"),
    ("like", "contains"),
    ("min", "is at least"),
    ("max", "is at most"),
    ("contains", "has in its list"),
    ("has=true", "is there"),
    ("has=false", "is missing"),
];
