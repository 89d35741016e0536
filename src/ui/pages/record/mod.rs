//! One record: a form made from its schema beside its JSON, what differs from what is published, and what can be done with it.
//!
//! Both halves of the form are of one record. A script keeps them in step and sends the JSON; without it one chooses which half
//! to save. Every form carries the version it was made for, so nothing is overwritten that nobody has seen.

mod check;
mod conflict;
mod marks;
mod markup;
mod save;
mod seen;
mod typed;

use crate::{
    types::RecordId,
    ui::{Outcome, PageError, Route, SignedIn, parts, parts::Node},
};
use markup::View;
use seen::{Asked, Seen};
use typed::Typed;

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/ui/c/{bucket}/{collection}/new", new),
    Route::post("/ui/c/{bucket}/{collection}/new", save::create),
    Route::post("/ui/c/{bucket}/{collection}/new/check", check::check_new),
    Route::get("/ui/c/{bucket}/{collection}/records/{id}", show),
    Route::post("/ui/c/{bucket}/{collection}/records/{id}", save::save),
    Route::post("/ui/c/{bucket}/{collection}/records/{id}/check", check::check),
    Route::get("/ui/c/{bucket}/{collection}/records/{id}/delete", save::ask_delete),
    Route::post("/ui/c/{bucket}/{collection}/records/{id}/delete", save::delete),
    Route::post("/ui/c/{bucket}/{collection}/records/{id}/take-out", save::take_out),
];

/// The record of the address.
fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let seen = of_address(signed_in)?;
    let typed = Typed::stored(&seen);
    View::new(signed_in, &seen, &typed).page()
}

/// A record that is not there yet; `?from=` names one to begin with.
fn new(signed_in: &SignedIn<'_>) -> Outcome {
    let resource = signed_in.resource()?;
    let mut seen = signed_in.read(|scope| Seen::read(scope, resource, Asked::New))?;
    seen.writable()?;
    let typed = match original(signed_in)? {
        Some(original) => {
            seen.copied = original.copied();
            let mut copy = original.shown();
            copy.remove("id");
            Typed::of(copy)
        }
        None => Typed::of(parts::defaults(&Node::root(&seen.schema))),
    };
    View::new(signed_in, &seen, &typed).page()
}

/// The record that a new one begins with.
fn original(signed_in: &SignedIn<'_>) -> Result<Option<Seen>, PageError> {
    let Some(from) = signed_in.query.find("from").and_then(|from| RecordId::parse(from).ok()) else {
        return Ok(None);
    };
    let resource = signed_in.resource()?;
    signed_in.read(|scope| Seen::read(scope, resource, Asked::Record(from))).map(Some)
}

fn of_address(signed_in: &SignedIn<'_>) -> Result<Seen, PageError> {
    let resource = signed_in.resource()?;
    let id = RecordId::parse(signed_in.capture("id")?).map_err(|_| PageError::Missing)?;
    signed_in.read(|scope| Seen::read(scope, resource, Asked::Record(id)))
}
