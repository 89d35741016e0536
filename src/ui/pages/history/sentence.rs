//! An entry as a sentence, with links to what it is about.

use maud::{Markup, html};

use crate::{
    storage::{HistoryEntry, HistoryPlace},
    types::CollectionPath,
    ui::{SignedIn, has_page, parts, url},
    workflow::{Resources, history::Event},
};

/// Whether sentences have to say which collection they are about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reach {
    /// They have.
    All,
    /// The page is about one.
    One,
}

/// What somebody did, after their name.
pub(super) fn sentence(
    entry: &HistoryEntry,
    event: &Event,
    reach: Reach,
    signed_in: &SignedIn<'_>,
) -> Markup {
    let place = HistoryPlace::parse(&entry.uri);
    let resources = &signed_in.ui.services.settings.resources;
    let object = object(place.as_ref(), &entry.uri, reach, resources);
    html! {
        @match event {
            Event::Approved => { "approved the change of " (object) },
            Event::Asked => { "asked for review of " (object) },
            Event::Changed(names) => { "changed " (object) (members(names)) },
            Event::Created => { "made " (object) },
            Event::Declined => { "declined the change of " (object) },
            Event::Deleted => { "deleted " (object) },
            Event::Noted => { "wrote down where " (object) " stands" },
            Event::RolledBack => { "took back every edit of " (object) },
            Event::SignedAgain => { "had " (object) " signed again" },
        }
    }
}

fn members(names: &[String]) -> Markup {
    let (first, rest) = names.split_at_checked(3).unwrap_or((names, &[]));
    html! {
        @if !first.is_empty() {
            ": "
            @for (place, name) in first.iter().enumerate() {
                @if place > 0 { ", " }
                (parts::mono(name))
            }
            @if !rest.is_empty() { " and " (parts::number(u64::try_from(rest.len()).unwrap_or(u64::MAX))) " more" }
        }
    }
}

/// What it was done to, with a link where there is a page. A collection is named by its destination.
pub(super) fn object(place: Option<&HistoryPlace>, uri: &str, reach: Reach, resources: &Resources) -> Markup {
    let shown = |path: &CollectionPath| {
        resources.of_source(path).map_or_else(|| path.clone(), |resource| resource.destination)
    };
    let collection = |path: &CollectionPath| {
        let shown = shown(path);
        let target = url::collection(&shown, "");
        let is_ours = resources.of_source(path).is_some() && has_page(&target);
        (shown.to_string(), Some(target).filter(|_| is_ours))
    };
    let linked = |name: &str, path: Option<String>| {
        html! {
            @if let Some(path) = path { a href=(path) { (parts::text(name)) } } @else { (parts::text(name)) }
        }
    };
    match place {
        Some(HistoryPlace::Collection(_)) if reach == Reach::One => html! { "this collection" },
        Some(HistoryPlace::Bucket(bucket)) => html! { "the bucket " (parts::text(bucket.as_str())) },
        Some(HistoryPlace::Collection(path)) => {
            let (name, target) = collection(path);
            linked(&name, target)
        }
        Some(HistoryPlace::Group(bucket, group)) => {
            html! { "the group " (parts::text(group.as_str())) " of " (parts::text(bucket.as_str())) }
        }
        Some(HistoryPlace::Record(path, record)) => {
            let (name, target) = collection(path);
            let page = url::collection(&shown(path), &format!("records/{record}"));
            let page = Some(page).filter(|page| target.is_some() && has_page(page));
            html! {
                "record " (linked(record.as_str(), page))
                @if reach == Reach::All { " in " (linked(&name, target)) }
            }
        }
        None => parts::mono(uri),
    }
}
