//! One file a page: its addresses, what it reads, its markup. Whoever adds a page adds its routes to [`ROUTES`].

#![expect(clippy::unnecessary_wraps, reason = "a page's function has the shape that routes want")]

mod changes;
pub(super) mod error;
mod first_start;
mod home;
mod new_collection;
mod publication;
mod publications;
mod settings;
pub(super) mod sign_in;

use super::Route;

/// Every page. The first route that matches wins.
pub(super) const ROUTES: &[&[Route]] = &[
    changes::ROUTES,
    first_start::ROUTES,
    home::ROUTES,
    new_collection::ROUTES,
    publication::ROUTES,
    publications::ROUTES,
    settings::ROUTES,
    sign_in::ROUTES,
];
