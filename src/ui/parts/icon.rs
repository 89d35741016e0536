//! Pictures of one colour, drawn in a square of 16. They are seen, not read out: words stand beside them.

use maud::{Markup, PreEscaped, html};

/// What is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::ui) enum Icon {
    Check,
    Chevron,
    Copy,
    Cross,
    Done,
    Error,
    Filter,
    Info,
    Key,
    Menu,
    Plus,
    Refusal,
    Search,
    Undo,
    Warning,
}

/// One picture.
pub(in crate::ui) fn icon(icon: Icon) -> Markup {
    let drawing = match icon {
        Icon::Check => r#"<path d="m3.5 8.5 3 3 6-7"/>"#,
        Icon::Chevron => r#"<path d="m6 3.5 4.5 4.5L6 12.5"/>"#,
        Icon::Copy => {
            r#"<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M3 10.5A1.5 1.5 0 0 1 2.5 9V4A1.5 1.5 0 0 1 4 2.5h5A1.5 1.5 0 0 1 10.5 3"/>"#
        }
        Icon::Cross => r#"<path d="m4 4 8 8m0-8-8 8"/>"#,
        Icon::Done => r#"<circle cx="8" cy="8" r="6.25"/><path d="m5.2 8.2 2 2 3.6-4.2"/>"#,
        Icon::Error => {
            r#"<circle class="fill" cx="8" cy="8" r="7"/><path class="cut" d="M8 4.2v4.6"/><circle class="dot" cx="8" cy="11.4" r="1"/>"#
        }
        Icon::Filter => r#"<path d="M2 4.5h12M4.5 8h7M6.5 11.5h3"/>"#,
        Icon::Info => {
            r#"<circle cx="8" cy="8" r="6.25"/><path d="M8 7.4v3.8"/><circle class="fill" cx="8" cy="4.9" r=".6"/>"#
        }
        Icon::Key => r#"<circle cx="5" cy="11" r="2.75"/><path d="m7 9 6-6m-2.2 2.2 1.7 1.7"/>"#,
        Icon::Menu => r#"<path d="M2 4h12M2 8h12M2 12h12"/>"#,
        Icon::Plus => r#"<path d="M8 3v10M3 8h10"/>"#,
        Icon::Refusal => r#"<circle cx="8" cy="8" r="6.25"/><path d="m3.7 12.3 8.6-8.6"/>"#,
        Icon::Search => r#"<circle cx="6.75" cy="6.75" r="4.25"/><path d="m10 10 4 4"/>"#,
        Icon::Undo => r#"<path d="M5.5 2.5 2.5 5.5l3 3M3 5.5h6.25a3.75 3.75 0 0 1 0 7.5H6"/>"#,
        Icon::Warning => {
            r#"<path d="M8 2.2 14.5 13.5h-13z"/><path d="M8 6.4v3.4"/><circle class="fill" cx="8" cy="11.6" r=".5"/>"#
        }
    };
    html! { svg.icon viewBox="0 0 16 16" aria-hidden="true" { (PreEscaped(drawing)) } }
}

/// The sign of the program: seen twice.
pub(in crate::ui) fn logo() -> Markup {
    html! {
        svg.logo viewBox="0 0 32 32" aria-hidden="true" {
            rect width="32" height="32" rx="8" {}
            path d="m6.5 16.8 4.2 4.4L19 11m-4.6 9 1.3 1.3L25.5 11" {}
        }
    }
}
