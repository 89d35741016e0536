//! The page that makes the first administrator. Reached by a link that `init` and `serve` print, once.

use maud::html;

use crate::ui::{Outcome, Page, Route, Visit};

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[Route::open_get("/ui/first-start", show)];

fn show(_: &Visit<'_>) -> Outcome {
    Ok(Page::alone("First start", html! { div.card { h1 { "First start" } } }).into())
}
