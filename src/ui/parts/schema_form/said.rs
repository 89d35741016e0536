//! What is said about a field: its name, what is wrong with it, what helps, and that it changed.

use maud::{Markup, html};

use super::{SchemaForm, at, field_id, mended, place::Place, words::scalar_text};
use crate::{
    types::Value,
    ui::parts::{Icon, icon, mono, plain, text},
    workflow::Violation,
};

/// Title and key.
pub(super) fn name(place: &Place<'_>) -> Markup {
    html! {
        span.field-title dir="auto" { (plain(&place.title)) }
        " " (mono(&place.below))
        @if place.is_required { " " span.needed { "needed" } }
    }
}

pub(super) fn label(place: &Place<'_>) -> Markup {
    html! { p.label { (name(place)) } }
}

pub(super) fn changed(form: &SchemaForm<'_>, place: &Place<'_>) -> Markup {
    let differs = form.was.is_some_and(|was| at(was, &place.pointer) != place.value);
    // There without script too, so that a script can show it.
    html! { @if form.was.is_some() { span.mark.changed hidden[!differs] { "changed" } } }
}

/// What is wrong here, and for a field that holds other values, within.
pub(super) fn faults(form: &SchemaForm<'_>, pointer: &str, with_below: bool) -> Markup {
    let is_here = |violation: &&Violation| {
        violation.pointer == pointer || with_below && is_below(&violation.pointer, pointer)
    };
    let here: Vec<&Violation> = form.violations.iter().filter(is_here).take(5).collect();
    html! {
        @if !here.is_empty() {
            div.faults id=(format!("{}-fault", field_id(pointer))) {
                @for violation in here {
                    p.fault {
                        (icon(Icon::Error))
                        span {
                            (fault_words(violation, pointer))
                            @if let Some(fits) = at(form.value, &violation.pointer).and_then(|value| mended(violation, value)) {
                                " " (act_button("use", &violation.pointer, &format!("Use {}", scalar_text(&fits)), "mend"))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn fault_words(violation: &Violation, pointer: &str) -> Markup {
    let message = if violation.pointer == pointer {
        let mut words = violation.message.chars();
        words.next().map(|first| first.to_uppercase().chain(words).collect::<String>()).unwrap_or_default()
    } else {
        violation.sentence()
    };
    html! { (text(&message)) "." }
}

pub(super) fn is_below(pointer: &str, above: &str) -> bool {
    pointer.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) fn has_help(place: &Place<'_>) -> bool {
    help_text(place).is_some()
}

fn help_text<'a>(place: &Place<'a>) -> Option<&'a str> {
    let asked = |name: &str| place.ui.and_then(|ui| ui.get(name)).and_then(Value::as_text);
    asked("ui:help").or_else(|| asked("ui:description")).or_else(|| place.node.text("description"))
}

pub(super) fn help(place: &Place<'_>) -> Markup {
    html! {
        @if let Some(said) = help_text(place) {
            p.hint id=(format!("{}-hint", field_id(&place.pointer))) { (text(said)) }
        }
    }
}

pub(super) fn act_button(verb: &str, pointer: &str, words: &str, class: &str) -> Markup {
    html! {
        button.link.(class) type="submit" name="act" value=(format!("{verb}{pointer}")) formnovalidate {
            @if verb == "add" { (icon(Icon::Plus)) }
            (plain(words))
        }
    }
}
