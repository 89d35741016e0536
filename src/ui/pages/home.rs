//! What waits, what is in progress, what was published lately.

use maud::html;

use crate::{
    ui::{Answer, Outcome, Page, PageError, Route, SignedIn, Visit, parts, url},
    workflow::overview::{self, Stage},
};

/// Where this page is.
pub(super) const ROUTES: &[Route] =
    &[Route::get("/", show), Route::get("/ui", to_start), Route::open_get("/ui/build", build)];

/// The version of the program, for pages that stay open across an upgrade.
fn build(visit: &Visit<'_>) -> Outcome {
    Ok(Answer::json(format!("\"{}\"", visit.ui.assets.build())))
}

fn to_start(_: &SignedIn<'_>) -> Outcome {
    Ok(Answer::see_other("/"))
}

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let lines = signed_in.read(|scope| overview::list(scope).map_err(PageError::from))?;
    let body = html! {
        section {
            h2 { "In progress" }
            ul.rows {
                @for line in lines.iter().filter(|line| line.stage != Stage::Signed) {
                    li {
                        (parts::shape(line.stage))
                        a href=(url::collection(&line.resource.destination, "")) { (parts::text(&line.resource.destination.to_string())) }
                    }
                }
            }
        }
    };
    Ok(Page::new("Home", body).into())
}
