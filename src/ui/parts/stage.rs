//! Where a collection stands: a word with a shape.

use maud::{Markup, html};

use crate::workflow::overview::Stage;

impl Stage {
    /// As people say it.
    pub(in crate::ui) const fn words(self) -> &'static str {
        match self {
            Self::Declined => "Declined",
            Self::Signed => "Signed",
            Self::ToReview => "To review",
            Self::WorkInProgress => "Work in progress",
        }
    }
}

/// Shape and word.
pub(in crate::ui) fn stage(stage: Stage) -> Markup {
    html! { span.stage { (shape(stage)) (stage.words()) } }
}

/// The shape alone, beside words that say the same.
pub(in crate::ui) fn shape(stage: Stage) -> Markup {
    let class = if stage == Stage::Signed { "shape signed" } else { "shape" };
    html! {
        svg class=(class) viewBox="0 0 14 14" aria-hidden="true" {
            @match stage {
                Stage::Declined => circle cx="7" cy="7" r="5.25" class="ring" {},
                Stage::Signed => circle cx="7" cy="7" r="6" class="full" {},
                Stage::ToReview => {
                    circle cx="7" cy="7" r="5.25" class="ring" {}
                    path class="full" d="M7 1.75a5.25 5.25 0 0 0 0 10.5z" {}
                }
                Stage::WorkInProgress => {
                    circle cx="7" cy="7" r="5.25" class="ring" {}
                    path class="full" d="M7 1.75v5.25h5.25a5.25 5.25 0 0 0-5.25-5.25z" {}
                }
            }
        }
    }
}
