//! What has to be said before the page: what happened, what is wrong, what comes first.

use maud::{Markup, html};

use super::{Icon, icon, text};
use crate::ui::{Faults, Flash};

/// How much a notice matters. Ink and shape say it, not colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::ui) enum Tone {
    /// Something was refused, and has to be mended.
    Error,
    /// Worth knowing.
    Note,
    /// Something is not possible here, and why.
    Refusal,
    /// Worth a second look.
    Warning,
}

/// A bold sentence, and what else there is to say.
pub(in crate::ui) fn notice(tone: Tone, sentence: &str, more: &Markup) -> Markup {
    let (class, shape) = match tone {
        Tone::Error => ("notice error", Icon::Error),
        Tone::Note => ("notice", Icon::Info),
        Tone::Refusal => ("notice refusal", Icon::Refusal),
        Tone::Warning => ("notice warning", Icon::Warning),
    };
    let role = if tone == Tone::Error { "alert" } else { "note" };
    html! {
        div class=(class) role=(role) {
            (icon(shape))
            div.notice-text { strong { (text(sentence)) } " " (more) }
        }
    }
}

/// At the top of a form that was not carried out: how much needs mending, with a link to each field.
pub(in crate::ui) fn error_summary(not_done: &str, faults: &Faults) -> Markup {
    let many = faults.iter().count();
    if many == 0 {
        return html! {};
    }
    let sentence = if many == 1 {
        format!("{not_done}: one field needs mending.")
    } else {
        format!("{not_done}: {many} fields need mending.")
    };
    notice(
        Tone::Error,
        &sentence,
        &html! {
            "Everything you typed is still here. "
            @for (place, (field, mend)) in faults.iter().enumerate() {
                @if place > 0 { " · " }
                a href=(format!("#f-{field}")) { (text(mend)) }
            }
        },
    )
}

/// What has just happened, and a way back.
pub(in crate::ui) fn flash(flash: &Flash) -> Markup {
    html! {
        div.flash role="status" {
            (icon(Icon::Done))
            span.flash-text { (text(&flash.sentence)) }
            @if let Some((words, path)) = &flash.link { " " a href=(path) { (text(words)) } }
        }
    }
}

/// A list without anything in it: what would be here, and the next step.
pub(in crate::ui) fn empty(sentence: &str, next: &Markup) -> Markup {
    html! { div.empty { p { (sentence) } (next) } }
}
