//! The settings of a collection: what its records look like, who works on it, who may do what, how it is reviewed, and its end.
//! Each is a page of its own below the tab.

mod deletion;
mod fields;
mod people;
mod permissions;
mod preview;
mod review;
mod schema_test;
mod typed;

use maud::{Markup, html};

use super::new_collection;
use crate::{
    storage::{ListKey, ObjectKey, StoredObject},
    ui::{Page, PageError, Route, SignedIn, Tab, parts, url},
    workflow::{Resource, Scope, access, manage::LosesPowers},
};

/// Where these pages are.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/ui/c/{bucket}/{collection}/settings", fields::show),
    Route::post("/ui/c/{bucket}/{collection}/settings", fields::submit),
    Route::get("/ui/c/{bucket}/{collection}/settings/delete", deletion::show),
    Route::post("/ui/c/{bucket}/{collection}/settings/delete", deletion::submit),
    Route::get("/ui/c/{bucket}/{collection}/settings/people", people::show),
    Route::post("/ui/c/{bucket}/{collection}/settings/people", people::submit),
    Route::get("/ui/c/{bucket}/{collection}/settings/permissions", permissions::show),
    Route::post("/ui/c/{bucket}/{collection}/settings/permissions", permissions::submit),
    Route::get("/ui/c/{bucket}/{collection}/settings/preview", fields::to_fields),
    Route::post("/ui/c/{bucket}/{collection}/settings/preview", preview::submit),
    Route::get("/ui/c/{bucket}/{collection}/settings/review", review::show),
    Route::get("/ui/c/{bucket}/{collection}/settings/test", fields::to_fields),
    Route::post("/ui/c/{bucket}/{collection}/settings/test", schema_test::submit),
];

/// One page of the settings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Section {
    Delete,
    Fields,
    People,
    Permissions,
    Review,
}

impl Section {
    /// In the order in which they stand.
    const ALL: [Self; 5] = [Self::Fields, Self::People, Self::Permissions, Self::Review, Self::Delete];

    const fn name(self) -> &'static str {
        match self {
            Self::Delete => "Delete",
            Self::Fields => "Fields and schema",
            Self::People => "People",
            Self::Permissions => "Permissions",
            Self::Review => "Review",
        }
    }

    fn path(self, resource: &Resource) -> String {
        let place = match self {
            Self::Delete => "settings/delete",
            Self::Fields => "settings",
            Self::People => "settings/people",
            Self::Permissions => "settings/permissions",
            Self::Review => "settings/review",
        };
        url::collection(&resource.destination, place)
    }
}

/// The source, for who may see it.
fn source(scope: &mut Scope<'_>, resource: &Resource) -> Result<StoredObject, PageError> {
    let key = ObjectKey::Collection(resource.source.clone());
    let list = ListKey::Collections(resource.source.bucket.clone());
    let permit = access::read_object(scope, &list, Ok(key))?;
    scope.tx.find_object(permit.key())?.ok_or(PageError::Missing)
}

/// A page of the settings, with the way to the others above it.
fn page(resource: &Resource, section: Section, body: &Markup) -> Page {
    let collection = resource.destination.collection.as_str();
    let body = html! {
        nav.choices.sections aria-label="Settings" {
            @for own in Section::ALL {
                a href=(own.path(resource)) aria-current=[(own == section).then_some("page")] { (own.name()) }
            }
        }
        (body)
    };
    Page::new(format!("{collection}, settings"), body)
        .heading(parts::text(collection))
        .of_collection(resource, Tab::Settings)
}

/// Asks whether somebody wants to take something from themselves; `again` are the fields that say what.
fn lock_out(
    signed_in: &SignedIn<'_>,
    action: &str,
    lost: &LosesPowers,
    again: &[(&str, &str)],
) -> Result<Markup, PageError> {
    let sentence = format!("{}.", sentence_case(&lost.to_string()));
    Ok(parts::notice(
        parts::Tone::Warning,
        &sentence,
        &html! {
            "Nothing was changed yet. Somebody else would have to give it back to you."
            form.notice-form method="post" action=(action) {
                (signed_in.guard()?)
                @for (name, value) in again { input type="hidden" name=(name) value=(value); }
                input type="hidden" name=(CONSENT) value="given";
                div.buttons {
                    (parts::button(parts::Weight::Plain, "Do it anyway"))
                    (parts::link_button(parts::Weight::Plain, "Keep things as they are", action))
                }
            }
        },
    ))
}

fn sentence_case(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The field that says that somebody knows what they lose.
const CONSENT: &str = "consent";
