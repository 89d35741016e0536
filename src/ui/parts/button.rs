//! Buttons say what happens.

use maud::{Markup, html};

/// How much a button weighs. A page has one primary one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::ui) enum Weight {
    /// One of several equals.
    Outlined,
    /// Beside others.
    Plain,
    /// What the page is for.
    Primary,
}

impl Weight {
    const fn class(self) -> &'static str {
        match self {
            Self::Outlined => "button outlined",
            Self::Plain => "button",
            Self::Primary => "button primary",
        }
    }
}

/// Sends the form it stands in.
pub(in crate::ui) fn button(weight: Weight, words: &str) -> Markup {
    html! { button class=(weight.class()) type="submit" { (words) } }
}

/// Sends the form with a name and a value, which say which button it was.
pub(in crate::ui) fn named_button(weight: Weight, words: &str, name: &str, value: &str) -> Markup {
    html! { button class=(weight.class()) type="submit" name=(name) value=(value) { (words) } }
}

/// Leads to another page.
pub(in crate::ui) fn link_button(weight: Weight, words: &str, path: &str) -> Markup {
    html! { a class=(weight.class()) href=(path) { (words) } }
}
