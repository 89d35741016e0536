//! The foot that stays in sight: what can be done with the change, and what pressing it means.

use maud::{Markup, html};

use super::{Typed, impact, list, view::View};
use crate::{
    ui::{PageError, SignedIn, has_page, parts, url},
    workflow::{Review, overview::Stage, review::Standing},
};

/// The foot for who looks, at the stage at which the change is.
pub(super) fn foot(signed_in: &SignedIn<'_>, view: &View, typed: &Typed) -> Result<Markup, PageError> {
    let guard = guard(signed_in, view)?;
    Ok(match (view.line.stage, view.review) {
        _ if view.reading.change.name.is_err() => says(
            "This change cannot be published as it is",
            &html! { "Mend the record that is named above, or discard the change." },
            &discard(view),
        ),
        (Stage::ToReview, Review::On) => asked(view, typed, &guard),
        (Stage::Declined | Stage::Signed | Stage::WorkInProgress, Review::On) => to_ask(view, typed, &guard),
        (_, Review::Off) => to_publish(view, &guard),
    })
}

/// The hidden fields of every decision: which change was seen, and when.
fn guard(signed_in: &SignedIn<'_>, view: &View) -> Result<Markup, PageError> {
    let guard = signed_in.guard()?;
    let digest = view.reading.change.name.as_ref().map(|name| name.digest.to_hex()).unwrap_or_default();
    Ok(html! {
        (guard)
        input type="hidden" name="change" value=(digest);
        input type="hidden" name="seen" value=(signed_in.now.as_millis());
    })
}

/// Somebody was asked.
fn asked(view: &View, typed: &Typed, guard: &Markup) -> Markup {
    let requested_by_me = view.request.as_ref().is_some_and(|request| request.request.by == view.user);
    let take_back = html! {
        form method="post" action=(place(view, "take-back")) {
            (guard)
            (parts::button(parts::Weight::Plain, "Take the request back"))
        }
    };
    match (&view.standing, view.may_write) {
        (Standing::Reviewer, true) if impact::is_blocked(view) => html! {
            form.decide method="post" action=(place(view, "decline")) {
                (guard)
                p.decide-means { (parts::icon(parts::Icon::Refusal)) span { strong { "The impact policy blocks this change." } " It can be declined, so that its editors mend it." } }
                (comment(typed, "Comment: what should be mended?"))
                div.decide-buttons { (parts::button(parts::Weight::Plain, "Decline")) }
            }
        },
        (Standing::Reviewer, true) => html! {
            form.decide method="post" action=(place(view, "decline")) {
                (guard)
                p.decide-means { (parts::icon(parts::Icon::Key)) span { "Approving publishes exactly " (short_name(view)) " to all clients" span.decide-long { " of this collection, in your name" } "." } }
                (comment(typed, "Comment; needed to decline"))
                div.decide-buttons {
                    (parts::button(parts::Weight::Plain, "Decline"))
                    button.button.primary type="submit" formaction=(place(view, "approve")) { "Approve and publish" }
                }
            }
        },
        (Standing::HasEdits { records, .. }, true) => {
            let own = records.iter().take(MOST_OWN).filter_map(|id| {
                let path = url::collection(&view.resource.destination, &format!("records/{id}"));
                has_page(&path).then(|| (path, list::name_among(view, id, records)))
            });
            html! {
                form.decide method="post" action=(place(view, "decline")) {
                    (guard)
                    p.decide-means { span { strong { "Waiting for " (parts::text(&any_of(&view.approvers))) "." } " You may still decline it, or take your edits out so that you can review the rest." } }
                    (comment(typed, "Comment; needed to decline"))
                    div.decide-buttons {
                        (parts::button(parts::Weight::Plain, "Decline"))
                        @for (path, name) in own {
                            (parts::link_button(parts::Weight::Plain, &format!("Open {} to take my edit out", parts::plain(&name)), &path))
                        }
                    }
                }
            }
        }
        (
            Standing::NotReviewer | Standing::Requester | Standing::Reviewer | Standing::HasEdits { .. },
            may_write,
        ) => {
            let title = format!("Waiting for {}", any_of(&view.approvers));
            let more = match (requested_by_me, may_write) {
                (true, _) => html! { "As long as nobody has decided you can take the request back." },
                (false, _) if view.standing == Standing::NotReviewer => {
                    html! { "You are not among the reviewers of this collection." }
                }
                (false, _) => html! { "You may look, and not decide." },
            };
            says(
                &title,
                &more,
                &if requested_by_me && may_write {
                    take_back
                } else {
                    html! {}
                },
            )
        }
    }
}

/// Nobody was asked yet.
fn to_ask(view: &View, typed: &Typed, guard: &Markup) -> Markup {
    if !view.may_write || !view.may_ask {
        return says(
            "Only editors of this collection ask for a review",
            &html! { "You are not among them, so you see what would change and cannot ask." },
            &if view.may_write {
                discard(view)
            } else {
                html! {}
            },
        );
    }
    html! {
        form.decide method="post" action=(place(view, "request")) {
            (guard)
            p.decide-means { span { "Whoever reviews sees exactly this change, and who edited it." } }
            (comment(typed, "What is this change for? Whoever reviews reads it"))
            div.decide-buttons {
                (discard(view))
                (parts::button(parts::Weight::Primary, "Request review"))
            }
        }
    }
}

/// Review is off.
fn to_publish(view: &View, guard: &Markup) -> Markup {
    if !view.may_write {
        return says(
            "You may look, and not publish",
            &html! { "You may not write this collection." },
            &html! {},
        );
    }
    if impact::is_blocked(view) {
        return says(
            "The impact policy blocks this change",
            &html! { "It can be mended, or discarded." },
            &discard(view),
        );
    }
    html! {
        form.decide method="post" action=(place(view, "approve")) {
            (guard)
            p.decide-means { (parts::icon(parts::Icon::Key)) span { "This publishes exactly " (short_name(view)) " to all clients" span.decide-long { " of this collection, in your name" } ". Nobody reviews it." } }
            div.decide-buttons {
                (discard(view))
                (parts::button(parts::Weight::Primary, "Publish"))
            }
        }
    }
}

/// Two lines, and what can be done.
fn says(title: &str, more: &Markup, buttons: &Markup) -> Markup {
    html! {
        div.decide {
            div.decide-words { strong { (parts::text(title)) } p.small.quiet { (more) } }
            div.decide-buttons { (buttons) }
        }
    }
}

fn discard(view: &View) -> Markup {
    html! {
        @if view.may_write { (parts::link_button(parts::Weight::Plain, "Discard the change…", &place(view, "roll-back"))) }
    }
}

/// One field that grows; on phones it folds away until it is asked for.
fn comment(typed: &Typed, words: &str) -> Markup {
    let fault = typed.faults.of("comment");
    let is_open = fault.is_some() || !typed.comment.is_empty();
    html! {
        div.decide-comment.bad[fault.is_some()] {
            input.hidden #add-comment type="checkbox" checked[is_open];
            label.decide-add for="add-comment" { "Add a comment" }
            textarea.input #f-comment name="comment" rows="1" dir="auto" placeholder=(words) aria-label=(words)
                aria-invalid=[fault.map(|_| "true")] aria-describedby=[fault.map(|_| "comment-fault")] {
                "\n" (typed.comment)
            }
            @if let Some(fault) = fault {
                p.fault #comment-fault { (parts::icon(parts::Icon::Error)) span { (parts::text(fault)) } }
            }
        }
    }
}

/// The first and last groups of the fingerprint.
fn short_name(view: &View) -> Markup {
    let whole = view
        .reading
        .change
        .name
        .as_ref()
        .map(|name| name.digest.fingerprint().to_string())
        .unwrap_or_default();
    let groups: Vec<&str> = whole.split('-').collect();
    let short = match groups.as_slice() {
        [first, second, .., last] => format!("{first}-{second} … {last}"),
        _ => whole.clone(),
    };
    html! { code title=(whole) { (short) } }
}

fn any_of(names: &[String]) -> String {
    match names {
        [] => "another reviewer: there is none yet".to_owned(),
        [one] => one.clone(),
        [one, two] => format!("{one} or {two}"),
        [one, two, ..] => format!("{one}, {two} or another"),
    }
}

/// Where an act is sent.
fn place(view: &View, act: &str) -> String {
    url::collection(&view.resource.destination, &format!("changes/{act}"))
}

/// Own edits with a link each.
const MOST_OWN: usize = 3;
