//! What one entry changed, value by value.

use maud::html;

use super::{HISTORY, Reach, sentence, tell};
use crate::{
    storage::{HistoryEntry, HistoryPlace},
    types::{CollectionPath, Object},
    ui::{Outcome, Page, PageError, SignedIn, parts, url},
    workflow::{
        Resources,
        history::{self, Cursor},
        people::Names,
    },
};

pub(super) fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let place = Cursor::parse(signed_in.capture("entry")?).ok_or(PageError::Missing)?;
    let (told, before, after) = signed_in.read(|scope| {
        let (entry, before) = history::entry(scope, &place)?.ok_or(PageError::Missing)?;
        let before = match &before {
            Some(before) => history::object_after(scope, before)?.map(without_time),
            None => None,
        };
        let after = history::object_after(scope, &entry)?.map(without_time);
        Ok::<_, PageError>((tell(scope, &mut Names::default(), entry)?, before, after))
    })?;
    let entry = &told.entry;
    let id = entry.uri.rsplit('/').next().unwrap_or_default();
    let block = parts::Block::record(id, before.as_ref(), after.as_ref(), &[]);
    let body = html! {
        p.lead { strong { (parts::text(&told.name)) } " " (sentence(entry, &told.event, Reach::All, signed_in)) ", " (parts::time(entry.last_modified, signed_in.now)) "." }
        dl.facts {
            dt { "Exactly" } dd { (parts::mono(&entry.last_modified.to_iso8601())) }
            dt { "Account" } dd { (parts::mono(entry.user.as_deref().unwrap_or("none"))) }
            dt { "Address" } dd { (parts::mono(&entry.uri)) }
        }
        (block.render())
        p { a href=(same_object(entry, &signed_in.ui.services.settings.resources)) { "All that happened to it" } }
    };
    Ok(Page::new("What changed", body).crumb("History", Some(HISTORY.to_owned())).into())
}

/// Every entry has another time: it says nothing of what somebody did.
fn without_time(mut object: Object) -> Object {
    object.remove("last_modified");
    object
}

/// The history of the same object.
fn same_object(entry: &HistoryEntry, resources: &Resources) -> String {
    let named = |path: &CollectionPath| {
        resources.of_source(path).map_or_else(|| path.clone(), |resource| resource.destination).to_string()
    };
    let query = match HistoryPlace::parse(&entry.uri) {
        Some(HistoryPlace::Record(path, record)) => {
            url::query(&[("collection", &named(&path)), ("record", record.as_str())])
        }
        Some(HistoryPlace::Collection(path)) => {
            url::query(&[("collection", &named(&path)), ("kind", "collection")])
        }
        Some(HistoryPlace::Group(_, _)) => url::query(&[("kind", "group")]),
        Some(HistoryPlace::Bucket(_)) | None => url::query(&[("kind", "bucket")]),
    };
    format!("{HISTORY}{query}")
}
