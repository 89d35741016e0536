//! Added, changed, removed: always a sign and a word, and a colour beside them.

use maud::{Markup, html};

use super::number;
use crate::storage::Tally;

/// What happened to a record or a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::ui) enum ChangeKind {
    Added,
    Changed,
    Removed,
}

impl ChangeKind {
    /// `added`, `changed`, `removed`: words within a sentence, and the class that colours them.
    pub(in crate::ui) const fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Changed => "Changed",
            Self::Removed => "Removed",
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::Added => "+",
            Self::Changed => "~",
            Self::Removed => "−",
        }
    }
}

/// Sign and word.
pub(in crate::ui) fn kind(kind: ChangeKind) -> Markup {
    html! {
        span.kind.(kind.word()) { span.sign aria-hidden="true" { (kind.sign()) } (kind.title()) }
    }
}

/// [`tally`] of records; a change without records is one of attributes.
pub(in crate::ui) fn tally_of(counts: &Tally) -> Markup {
    if counts.created + counts.updated + counts.deleted == 0 {
        return html! { span.changed { "attributes\u{a0}changed" } };
    }
    tally(counts.created, counts.updated, counts.deleted)
}

/// `3 added, 1 changed, 2 removed`; kinds without any are left out.
pub(in crate::ui) fn tally(added: u64, changed: u64, removed: u64) -> Markup {
    let counts = [(added, ChangeKind::Added), (changed, ChangeKind::Changed), (removed, ChangeKind::Removed)];
    let some: Vec<_> = counts.into_iter().filter(|(count, _)| *count > 0).collect();
    html! {
        span.tally {
            @for (place, (count, kind)) in some.iter().enumerate() {
                @if place > 0 { ", " }
                span.(kind.word()) { (number(*count)) "\u{a0}" (kind.word()) }
            }
            @if some.is_empty() { "no records" }
        }
    }
}
