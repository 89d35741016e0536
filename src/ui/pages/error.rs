//! Pages about what went wrong: what happened, and the way on.

use maud::{Markup, html};

use crate::ui::{Answer, BadForm, Page, PageError, parts};

/// The page of an error.
pub(in crate::ui) fn answer(error: &PageError) -> Answer {
    match error {
        PageError::Forbidden(why) => page(403, "Not allowed", &html! { (why) }).into(),
        PageError::Internal(error) => {
            tracing::error!(%error, "a page could not be made");
            page(500, "Something broke", &html! {
                "The service could not finish this, and wrote down why in its log. Nothing half-done is kept: \
                 what you see after trying again is how things are."
            })
            .into()
        }
        PageError::Missing => page(
            404,
            "There is no such page",
            &html! {
                "Perhaps it was deleted, or the address is mistyped. Every collection that you may see is in the list of collections."
            },
        )
        .into(),
    }
}

/// What somebody sent, and no form that we read.
pub(in crate::ui) fn bad_form(bad: BadForm) -> Answer {
    let why = match bad {
        BadForm::Shape => "It did not arrive whole.",
        BadForm::TooMany => "It has more fields than any page here sends.",
        BadForm::Utf8 => "The file is not UTF-8: save it as UTF-8 and choose it again.",
    };
    page(
        400,
        "This form cannot be read",
        &html! {
            (why) " Nothing was changed; go back, what you typed is still there."
        },
    )
    .into()
}

/// A request whose body did not come whole.
pub(in crate::ui) fn unreadable(status: u16, limit: usize) -> Answer {
    let limit = parts::bytes(u64::try_from(limit).unwrap_or(u64::MAX));
    let more = match status {
        413 => {
            html! { "It is larger than " (limit) ". Nothing was changed; go back, and send it in smaller parts." }
        }
        408 => html! { "It did not arrive in time. Nothing was changed; go back and send it again." },
        _ => html! { "It did not arrive whole. Nothing was changed; go back and send it again." },
    };
    page(status, "This form was not taken", &more).into()
}

fn page(status: u16, title: &str, more: &Markup) -> Page {
    let body = html! {
        div.error-page {
            p.lead { (more) }
            p { (parts::link_button(parts::Weight::Plain, "Go to the start", "/")) }
        }
    };
    Page::new(title, body).with_status(status)
}
