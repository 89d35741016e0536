//! Forms: what was decided is done, or the page says why not and what is new.

use std::time::Duration;

use maud::{Markup, html};

use super::{
    Typed, page, read,
    view::{Ask, View},
};
use crate::{
    types::{Sha256Digest, Timestamp},
    ui::{Answer, Flash, Form, Outcome, Page, PageError, SignedIn, frame::Tab, has_page, parts, url},
    workflow::{
        Resource, Review, WriteError,
        acts::{Act, ActError, act},
        overview::Stage,
        review::{self, Refusal, ReviewError},
    },
};

/// "Approve and publish", or "Publish" where review is off.
pub(super) fn approve(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let Some(seen) = seen(form) else { return anew(signed_in, form) };
    let resource = signed_in.resource()?;
    if let Some(answer) = too_long(signed_in, form)? {
        return Ok(answer);
    }
    let done = signed_in.write(|scope| {
        act(scope, &resource, Act::Approve(&seen), form.text("comment"))?;
        Ok::<_, ActError>(
            scope.tx.latest_publication(&resource.destination)?.map_or(0, |latest| latest.version),
        )
    });
    let version = match done {
        Ok(version) => version,
        Err(error) => return refused(signed_in, form, error),
    };
    let sentence = format!(
        "Published as version {}. Clients of {} fetch it with their next poll.",
        parts::number(version),
        resource.destination
    );
    let publication = url::collection(&resource.destination, &format!("publications/{version}"));
    let flash = Flash::new(sentence);
    Ok(back(&resource, if has_page(&publication) { flash.link("Look at it", publication) } else { flash }))
}

/// "Decline".
pub(super) fn decline(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let Some(seen) = seen(form) else { return anew(signed_in, form) };
    let resource = signed_in.resource()?;
    if let Some(answer) = too_long(signed_in, form)? {
        return Ok(answer);
    }
    match signed_in.write(|scope| act(scope, &resource, Act::Decline(&seen), form.text("comment"))) {
        Ok(()) => {
            Ok(back(&resource, Flash::new("Declined. The editors see your comment; nothing was published.")))
        }
        Err(error) => refused(signed_in, form, error),
    }
}

/// "Request review".
pub(super) fn request(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let Some(seen) = seen(form) else { return anew(signed_in, form) };
    let resource = signed_in.resource()?;
    if let Some(answer) = too_long(signed_in, form)? {
        return Ok(answer);
    }
    match signed_in.write(|scope| act(scope, &resource, Act::Request(&seen), form.text("comment"))) {
        Ok(()) => {
            // Whoever reviews it finds the report ready.
            review::report(&signed_in.ui.services, &resource, &seen, Duration::ZERO);
            Ok(back(
                &resource,
                Flash::new("Review requested. Nothing is published before somebody else approves it."),
            ))
        }
        Err(error) => refused(signed_in, form, error),
    }
}

/// "Take the request back".
pub(super) fn take_back(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let Some(seen) = seen(form) else { return anew(signed_in, form) };
    let resource = signed_in.resource()?;
    match signed_in.write(|scope| act(scope, &resource, Act::TakeBack(&seen), "")) {
        Ok(()) => Ok(back(&resource, Flash::new("You took the request back. Your edits are still here."))),
        Err(error) => refused(signed_in, form, error),
    }
}

/// "Sign again".
pub(super) fn sign_again(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    match signed_in.write(|scope| act(scope, &resource, Act::SignAgain, "")) {
        Ok(()) => Ok(back(
            &resource,
            Flash::new("Signed again. The records are the same; clients fetch new signatures."),
        )),
        Err(error) => refused(signed_in, form, error),
    }
}

/// What would be given up, before it is.
pub(super) fn confirm_roll_back(signed_in: &SignedIn<'_>) -> Outcome {
    let view = read(signed_in, &Ask::none())?;
    Ok(confirmation(signed_in, &view, None)?.into())
}

fn confirmation(signed_in: &SignedIn<'_>, view: &View, refusal: Option<Markup>) -> Result<Page, PageError> {
    let path = &view.resource.destination;
    let changes = url::collection(path, "changes");
    let counts = view.counts;
    let guard = signed_in.guard()?;
    let digest = view.reading.change.name.as_ref().map(|name| name.digest.to_hex()).unwrap_or_default();
    let others: Vec<String> = view
        .reading
        .change
        .editors
        .iter()
        .filter(|user| **user != view.user)
        .map(|user| view.name_of(user))
        .collect();
    let body = html! {
        @if let Some(refusal) = refusal { (refusal) }
        @if !view.may_write {
            (parts::notice(parts::Tone::Refusal, "You may not do this.", &html! { "You may not write this collection." }))
        } @else if view.is_empty() {
            (parts::empty("There is nothing to discard: what is edited is what clients hold.", &html! {}))
        } @else {
            p.lead {
                "This gives up "
                (parts::tally(counts.created, counts.updated, counts.deleted))
                @if view.reading.attributes.is_some() { ", and the changed attributes" }
                ": everything goes back to what is published. It cannot be undone, but the history keeps what was written."
            }
            @if !others.is_empty() {
                (parts::notice(parts::Tone::Warning, "Not only your work goes.", &html! {
                    "There are edits by "
                    @for (place, name) in others.iter().enumerate() {
                        @if place > 0 { ", " }
                        strong { (parts::text(name)) }
                    }
                    " in it."
                }))
            }
            form.buttons method="post" action=(url::collection(path, "changes/roll-back")) {
                (guard)
                input type="hidden" name="change" value=(digest);
                input type="hidden" name="seen" value=(signed_in.now.as_millis());
                (parts::button(parts::Weight::Primary, &discard_words(view)))
                (parts::link_button(parts::Weight::Plain, "Keep it", &changes))
            }
        }
        @if !view.may_write || view.is_empty() { p { a href=(changes) { "Back to the changes" } } }
    };
    Ok(Page::new(format!("Discard the change of {}", path.collection), body)
        .of_collection(&view.resource, Tab::Changes)
        .count(Tab::Records, view.records_after))
}

fn discard_words(view: &View) -> String {
    let subjects = u64::try_from(view.subjects()).unwrap_or(u64::MAX);
    format!("Discard {}", parts::count(subjects, "change", "changes"))
}

/// Everything goes back to what is published.
pub(super) fn roll_back(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    let seen = seen(form);
    match signed_in.write(|scope| act(scope, &resource, Act::RollBack(seen.as_ref()), "")) {
        Ok(()) => {
            Ok(back(&resource, Flash::new("The change was discarded: what is edited is what is published.")))
        }
        Err(ActError::Write(WriteError::Review(ReviewError::ChangeDiffers { .. }))) => {
            let view = read(signed_in, &Ask::none())?;
            let refusal = parts::notice(
                parts::Tone::Error,
                "Nothing was discarded: the change is another one by now.",
                &html! { "Look at it again; the numbers below are those of now." },
            );
            Ok(confirmation(signed_in, &view, Some(refusal))?.with_status(422).into())
        }
        Err(error) => refused(signed_in, form, error),
    }
}

fn back(resource: &Resource, flash: Flash) -> Answer {
    Answer::see_other(url::collection(&resource.destination, "changes")).with_flash(flash)
}

/// The change that was on the page.
fn seen(form: &Form) -> Option<Sha256Digest> {
    Sha256Digest::parse(form.text("change")).ok()
}

/// When the page was made.
fn seen_at(form: &Form) -> Option<Timestamp> {
    form.text("seen").parse().ok().and_then(|millis| Timestamp::from_millis(millis).ok())
}

/// A form without the change that was seen: no page of ours sends it.
fn anew(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let refusal = parts::notice(
        parts::Tone::Error,
        "Nothing was done: the form did not say which change you saw.",
        &html! { "Here it is as it is now." },
    );
    again(signed_in, form, 422, &Ask::default(), refusal)
}

/// A comment that nobody would read to its end.
fn too_long(signed_in: &SignedIn<'_>, form: &Form) -> Result<Option<Answer>, PageError> {
    let comment = form.text("comment");
    if comment.chars().count() <= LONGEST_COMMENT {
        return Ok(None);
    }
    let mut typed = Typed { comment: comment.to_owned(), ..Typed::default() };
    typed.faults.add("comment", format!("Make the comment shorter: {LONGEST_COMMENT} characters at most."));
    let view = read(signed_in, &Ask::default())?;
    Ok(Some(page(signed_in, &view, &typed)?.with_status(422).into()))
}

/// The page again, with why nothing was done.
fn again(signed_in: &SignedIn<'_>, form: &Form, status: u16, ask: &Ask, refusal: Markup) -> Outcome {
    let view = read(signed_in, ask)?;
    let comment = form.text("comment").to_owned();
    let typed = Typed { comment, refusal: Some(refusal), ..Typed::default() };
    Ok(page(signed_in, &view, &typed)?.with_status(status).into())
}

/// Why nothing was done, and the next step.
fn refused(signed_in: &SignedIn<'_>, form: &Form, error: ActError) -> Outcome {
    match error {
        ActError::Access(error) => Err(error.into()),
        ActError::NoComment => {
            let mut typed = Typed { comment: form.text("comment").to_owned(), ..Typed::default() };
            typed.faults.add("comment", "Say what should be mended: a decline needs a comment.");
            let view = read(signed_in, &Ask::default())?;
            Ok(page(signed_in, &view, &typed)?.with_status(422).into())
        }
        ActError::NotNow => not_now(signed_in, form),
        ActError::NotRequester => {
            let refusal = parts::notice(
                parts::Tone::Error,
                "Nothing was done: somebody else asked for this review.",
                &html! { "Whoever asked can take the request back." },
            );
            again(signed_in, form, 403, &Ask::default(), refusal)
        }
        ActError::Write(WriteError::Review(error)) => refused_by_review(signed_in, form, error),
        ActError::Write(error) => Err(error.into()),
    }
}

fn refused_by_review(signed_in: &SignedIn<'_>, form: &Form, error: ReviewError) -> Outcome {
    match error {
        ReviewError::ChangeDiffers { .. } => differs(signed_in, form),
        ReviewError::BlockedByImpact(_) => {
            let refusal = parts::notice(
                parts::Tone::Error,
                "Nothing was published: the impact policy blocks this change.",
                &html! { "What blocks it stands first under " a href="#impact" { "Impact" } "." },
            );
            again(signed_in, form, 422, &Ask::default(), refusal)
        }
        ReviewError::BadRequest(
            Refusal::AlreadySigned | Refusal::NotUnderReview | Refusal::NothingToRollBack,
        ) => not_now(signed_in, form),
        ReviewError::BadRequest(refusal @ Refusal::Unsignable { .. }) => {
            let refusal = parts::notice(
                parts::Tone::Error,
                "Nothing was done: a record cannot be signed.",
                &html! { (parts::text(&refusal.to_string())) "." },
            );
            again(signed_in, form, 422, &Ask::default(), refusal)
        }
        // The page says why, and who can.
        ReviewError::Forbidden(_) | ReviewError::HasEdits { .. } => {
            let refusal = parts::notice(
                parts::Tone::Error,
                "Nothing was done: this decision is not yours.",
                &html! { "The page says why, and who can." },
            );
            again(signed_in, form, 403, &Ask::default(), refusal)
        }
        error @ (ReviewError::BadRequest(_)
        | ReviewError::ChangeMalformed
        | ReviewError::Denied(_)
        | ReviewError::OwnStatement(_)
        | ReviewError::Row(_)
        | ReviewError::Sign(_)
        | ReviewError::SignedOther
        | ReviewError::Storage(_)) => Err(error.into()),
    }
}

/// Somebody was faster, or the page was open for long.
fn not_now(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let refusal = parts::notice(
        parts::Tone::Error,
        "Nothing was done: somebody was faster.",
        &html! { "This page shows how things are now." },
    );
    let resource = signed_in.resource()?;
    let view = read(signed_in, &Ask::default())?;
    if view.is_empty() {
        let flash =
            Flash::new("Nothing was done: somebody was faster, and there is nothing to decide any more.");
        return Ok(back(&resource, flash));
    }
    again(signed_in, form, 422, &Ask::default(), refusal)
}

/// The change is another one by now: what is new comes alone.
fn differs(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let since = seen_at(form);
    let ask = Ask { since, ..Ask::default() };
    let view = read(signed_in, &ask)?;
    if view.is_empty() {
        return not_now(signed_in, form);
    }
    let new = since.map_or(0, |since| view.reading.count_since(since));
    let changes = url::collection(&view.resource.destination, "changes");
    let more = html! {
        @if new > 0 {
            "Since you looked "
            (parts::count(u64::try_from(new).unwrap_or(u64::MAX), "part of it was", "parts of it were"))
            " edited; below you see " @if new == 1 { "it" } @else { "them" } " alone. "
        } @else {
            "Since you looked something was put back to what is published, or published. "
        }
        a href=(changes) { "See the whole change" }
        @if view.line.stage == Stage::ToReview || view.review == Review::Off { ", then decide anew." }
        @else { ". Nobody is asked to review it now." }
    };
    let refusal =
        parts::notice(parts::Tone::Error, "Nothing was done: the change is another one by now.", &more);
    again(signed_in, form, 422, &if new > 0 { ask } else { Ask::default() }, refusal)
}

/// Characters of a comment.
const LONGEST_COMMENT: usize = 5_000;
