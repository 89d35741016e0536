//! What was done, by whom and when: one line each, narrowed by a form, a page at a time; and what one entry changed.

mod asked;
mod entry;
mod sentence;

use maud::{Markup, html};

use crate::{
    storage::{HistoryEntry, HistoryPlace, StorageError},
    types::{CollectionPath, Timestamp},
    ui::{Outcome, Page, PageError, Route, SignedIn, Tab, parts, url},
    workflow::{
        PLUGIN_USER, Scope,
        history::{self, Cursor, Event},
        overview,
        people::Names,
    },
};

use asked::Asked;
use sentence::{Reach, object, sentence};

/// Where these pages are.
pub(super) const ROUTES: &[Route] = &[
    Route::get(HISTORY, show),
    Route::get("/ui/history/{entry}", entry::show),
    Route::get("/ui/c/{bucket}/{collection}/history", show_of_collection),
];

/// An entry, and what its line says.
struct Told {
    entry: HistoryEntry,
    event: Event,
    name: String,
}

impl Told {
    /// Whether both are the same deed of the same person to records of the same collection: many of these are one line.
    fn goes_with(&self, other: &Self) -> bool {
        let is_alike = match (&self.event, &other.event) {
            (Event::Changed(_), Event::Changed(_)) => true,
            (one, other) => one == other,
        };
        is_alike
            && self.records().is_some()
            && self.records() == other.records()
            && self.entry.user == other.entry.user
    }

    /// The collection, of a record.
    fn records(&self) -> Option<CollectionPath> {
        match HistoryPlace::parse(&self.entry.uri) {
            Some(HistoryPlace::Record(path, _)) => Some(path),
            Some(HistoryPlace::Bucket(_) | HistoryPlace::Collection(_) | HistoryPlace::Group(_, _))
            | None => None,
        }
    }
}

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let asked = Asked::of_all(signed_in);
    let body = body(signed_in, &asked)?;
    Ok(Page::new("History", body).into())
}

/// The same of one collection, among its pages.
fn show_of_collection(signed_in: &SignedIn<'_>) -> Outcome {
    let resource = signed_in.resource()?;
    let is_seen = signed_in.read(|scope| {
        let lines = overview::list(scope)?;
        Ok::<_, StorageError>(lines.iter().any(|line| line.resource == resource))
    })?;
    if !is_seen {
        return Err(PageError::Missing);
    }
    let asked = Asked::of_resource(signed_in, &resource);
    let body = body(signed_in, &asked)?;
    let name = resource.destination.collection.as_str();
    Ok(Page::new(name, body).of_collection(&resource, Tab::History).into())
}

fn body(signed_in: &SignedIn<'_>, asked: &Asked) -> Result<Markup, PageError> {
    let (told, next, collections) = signed_in.read(|scope| {
        let lines = overview::list(scope)?;
        let collections: Vec<String> =
            lines.into_iter().map(|line| line.resource.destination.to_string()).collect();
        // What cannot be understood is not left out of the question: nothing is shown.
        if asked.fault.is_some() {
            return Ok((Vec::new(), None, collections));
        }
        let search = asked.resolve(scope)?;
        let found = history::find(scope, &search, PAGE)?;
        let mut names = Names::default();
        let told: Result<Vec<Told>, StorageError> =
            found.entries.into_iter().map(|entry| tell(scope, &mut names, entry)).collect();
        Ok::<_, PageError>((told?, found.next, collections))
    })?;
    let everything = html! { a href=(asked.base) { "Show everything" } };
    Ok(html! {
        (asked.form(&collections))
        @if let Some(fault) = asked.fault {
            (parts::notice(parts::Tone::Error, fault, &everything))
        } @else if !told.is_empty() {
            ol.rows.deeds data-keys {
                @for run in told.chunk_by(Told::goes_with) {
                    @match run {
                        [first, .., last] if run.len() > FEW => (many((first, last), run, asked.reach(), signed_in)),
                        few => @for told in few { (line(told, asked.reach(), signed_in)) },
                    }
                }
            }
            @if next.is_some() || asked.search.after.is_some() {
                nav.pages aria-label="Pages" {
                    @if asked.search.after.is_some() { a href=(asked.address(None)) { "Newest" } }
                    @if let Some(next) = &next { a href=(asked.address(Some(next))) rel="next" { "Older" } }
                }
            }
        } @else if asked.is_narrow() {
            (parts::empty("Nothing like this happened, or you may not see it.", &everything))
        } @else {
            (parts::empty("Nothing has happened yet that you may see. Every edit, request and approval appears here.", &html! {}))
        }
    })
}

/// Who did it, and what it was.
fn tell(scope: &mut Scope<'_>, names: &mut Names, entry: HistoryEntry) -> Result<Told, StorageError> {
    let name = match &entry.user {
        Some(user) if user == PLUGIN_USER => "The service".to_owned(),
        Some(user) => names.of(scope, user)?,
        None => "Somebody who did not sign in".to_owned(),
    };
    let event = history::event(scope, &entry)?;
    Ok(Told { entry, event, name })
}

/// Who did what to what, when.
fn line(told: &Told, reach: Reach, signed_in: &SignedIn<'_>) -> Markup {
    let now = signed_in.now;
    let place = Cursor { at: told.entry.last_modified, bucket: told.entry.bucket.clone() };
    html! {
        li.deed {
            p.deed-text { strong { (parts::text(&told.name)) } " " (sentence(&told.entry, &told.event, reach, signed_in)) }
            a.deed-more.small href=(format!("{HISTORY}/{}", url::encode(&place.to_text()))) aria-label="Show what this changed" { "Show" }
            span.deed-time.small.quiet { (parts::time(told.entry.last_modified, now)) }
        }
    }
}

/// The same deed to many records, one after the other.
fn many((first, last): (&Told, &Told), run: &[Told], reach: Reach, signed_in: &SignedIn<'_>) -> Markup {
    let now = signed_in.now;
    let verb = match first.event {
        Event::Created => "made",
        Event::Deleted => "deleted",
        Event::Approved
        | Event::Asked
        | Event::Changed(_)
        | Event::Declined
        | Event::Noted
        | Event::RolledBack
        | Event::SignedAgain => "changed",
    };
    let count = u64::try_from(run.len()).unwrap_or(u64::MAX);
    let resources = &signed_in.ui.services.settings.resources;
    let place = first.records().map(HistoryPlace::Collection);
    html! {
        li.deed-run {
            div.deed {
                p.deed-text {
                    strong { (parts::text(&first.name)) } " " (verb) " " (parts::count(count, "record", "records"))
                    @if reach == Reach::All { " in " (object(place.as_ref(), &first.entry.uri, reach, resources)) }
                }
                span.deed-time.small.quiet {
                    (parts::time(first.entry.last_modified, now))
                    span.hidden { ", the first of them " (parts::time(last.entry.last_modified, now)) }
                }
            }
            details.deed-each {
                summary { "Show each" }
                ol.rows { @for told in run { (line(told, reach, signed_in)) } }
            }
        }
    }
}

/// More of the same are one line.
const FEW: usize = 3;
const HISTORY: &str = "/ui/history";
/// Entries on one page.
const PAGE: usize = 100;
