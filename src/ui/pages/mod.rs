//! One file a page: its addresses, what it reads, its markup. Whoever adds a page adds its routes to [`ROUTES`].

#![expect(clippy::unnecessary_wraps, reason = "a page's function has the shape that routes want")]

mod bulk;
mod changes;
pub(super) mod error;
mod first_start;
mod history;
mod home;
mod keys;
mod new_collection;
pub(super) mod people;
mod publication;
mod publications;
mod record;
mod records;
mod settings;
pub(super) mod sign_in;

use super::Route;

/// Every page. The first route that matches wins.
pub(super) const ROUTES: &[&[Route]] = &[
    bulk::ROUTES,
    changes::ROUTES,
    first_start::ROUTES,
    history::ROUTES,
    home::ROUTES,
    keys::ROUTES,
    new_collection::ROUTES,
    people::ROUTES,
    publication::ROUTES,
    publications::ROUTES,
    records::ROUTES,
    record::ROUTES,
    settings::ROUTES,
    sign_in::ROUTES,
];
