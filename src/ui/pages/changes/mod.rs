//! What would change for clients: to look at before asking for review, and to be reviewed once asked.

mod act;
mod decide;
mod impact;
mod list;
mod top;
mod view;

use maud::{Markup, html};

use crate::{
    types::RecordId,
    ui::{Answer, Faults, Form, Outcome, Page, PageError, Route, SignedIn, frame::Tab, parts, url},
    workflow::overview::Stage,
};
use view::{Ask, Shown, View};

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/ui/c/{bucket}/{collection}/changes", show),
    Route::get("/ui/c/{bucket}/{collection}/changes/impact", impact_piece),
    Route::get("/ui/c/{bucket}/{collection}/changes/records/{id}", show_record),
    Route::get("/ui/c/{bucket}/{collection}/changes/roll-back", act::confirm_roll_back),
    Route::post("/ui/c/{bucket}/{collection}/changes/approve", act::approve),
    Route::post("/ui/c/{bucket}/{collection}/changes/decline", act::decline),
    Route::post("/ui/c/{bucket}/{collection}/changes/request", act::request),
    Route::post("/ui/c/{bucket}/{collection}/changes/roll-back", act::roll_back),
    Route::post("/ui/c/{bucket}/{collection}/changes/sign-again", act::sign_again),
    Route::post("/ui/c/{bucket}/{collection}/changes/take-back", act::take_back),
];

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let ask = Ask::of(&signed_in.query);
    let view = read(signed_in, &ask)?;
    if signed_in.is_script() && ask.is_more() {
        // The next blocks of the same list.
        return Ok(Answer::fragment(list::blocks(signed_in, &view)));
    }
    Ok(page(signed_in, &view, &Typed::default())?.into())
}

/// What somebody typed that was not carried out, and why.
#[derive(Debug, Default)]
pub(super) struct Typed {
    comment: String,
    faults: Faults,
    /// Before the page: why not.
    refusal: Option<Markup>,
}

fn read(signed_in: &SignedIn<'_>, ask: &Ask) -> Result<View, PageError> {
    let resource = signed_in.resource()?;
    let mut view = signed_in.read(|scope| View::read(scope, &resource, ask))?;
    view.find_report(&signed_in.ui.services, view::PATIENCE);
    Ok(view)
}

fn page(signed_in: &SignedIn<'_>, view: &View, typed: &Typed) -> Result<Page, PageError> {
    let collection = view.resource.destination.collection.as_str();
    let title = match view.line.stage {
        Stage::ToReview => format!("Review of {collection}"),
        Stage::Declined | Stage::Signed | Stage::WorkInProgress => format!("Changes of {collection}"),
    };
    let body = if view.is_empty() {
        top::nothing(signed_in, view)?
    } else {
        html! {
            @if let Some(refusal) = &typed.refusal { (refusal) }
            (parts::error_summary("Nothing was done", &typed.faults))
            (top::reason(view))
            (top::request(signed_in, view))
            (top::sentence(view))
            section.change-facts {
                (impact::section(view))
                (top::fingerprint(view))
            }
            (list::section(signed_in, view))
        }
    };
    let page = Page::new(title, body)
        .of_collection(&view.resource, Tab::Changes)
        .count(Tab::Records, view.records_after)
        .with_pieces()
        .script("changes.js");
    if view.is_empty() { Ok(page) } else { Ok(page.foot(decide::foot(signed_in, view, typed)?)) }
}

/// The impact report alone, for a script that asks how far it is.
fn impact_piece(signed_in: &SignedIn<'_>) -> Outcome {
    if !signed_in.is_script() {
        let resource = signed_in.resource()?;
        return Ok(Answer::see_other(url::collection(&resource.destination, "changes")));
    }
    let view = read(signed_in, &Ask::default())?;
    Ok(Answer::fragment(html! { (impact::section(&view)) (impact::elsewhere(&view)) }))
}

/// One record of the change with nothing cut and everything open.
fn show_record(signed_in: &SignedIn<'_>) -> Outcome {
    let id = RecordId::parse(signed_in.capture("id")?).map_err(|_| PageError::Missing)?;
    let resource = signed_in.resource()?;
    let (view, shown) = signed_in.read(|scope| {
        let view = View::read(scope, &resource, &Ask::none())?;
        let shown = view.find(scope, &id)?.ok_or(PageError::Missing)?;
        Ok::<_, PageError>((view, shown))
    })?;
    let back = url::collection(&resource.destination, "changes");
    let body = html! {
        p { a href=(format!("{back}#{}", list::anchor(&shown.id))) { "Back to all changes" } }
        div data-keys { (list::block(signed_in, &view, &shown).whole().render()) }
    };
    let title = format!("Change of {}", shown.id.as_str());
    Ok(Page::new(title, body).of_collection(&resource, Tab::Changes).into())
}
