//! Above the records: why one may not approve, who asks, what it comes to in one sentence, the fingerprint.

use maud::{Markup, html};

use super::{list, view::View};
use crate::{
    storage::{RequestEndKind, ReviewRequest},
    ui::{PageError, SignedIn, has_page, parts, url},
    workflow::{
        Review,
        overview::Stage,
        review::{ReportState, Standing, WroteAttributes},
    },
};

/// Why the one who looks may not approve, though they are a reviewer: first of all, and with a way on.
pub(super) fn reason(view: &View) -> Markup {
    if view.line.stage != Stage::ToReview || view.review == Review::Off {
        return html! {};
    }
    match &view.standing {
        Standing::NotReviewer | Standing::Reviewer => html! {},
        Standing::Requester => parts::notice(
            parts::Tone::Refusal,
            "You cannot approve this change, because you asked for its review.",
            &html! { "Two persons means two persons: whoever asks does not approve. " (who_can(view)) },
        ),
        Standing::HasEdits { attributes, records } => {
            let many = records.len() + usize::from(*attributes == WroteAttributes::Yes);
            let sentence = match (many, records.is_empty()) {
                (1, true) => {
                    "You cannot approve this change, because the attributes are your edit.".to_owned()
                }
                (1, false) => {
                    "You cannot approve this change, because one of its records is your edit.".to_owned()
                }
                (many, _) => format!(
                    "You cannot approve this change, because {} of its edits are yours.",
                    parts::number(as_u64(many))
                ),
            };
            let named = records.iter().take(MOST_NAMED);
            parts::notice(
                parts::Tone::Refusal,
                &sentence,
                &html! {
                    "You changed "
                    @for (place, id) in named.enumerate() {
                        @if place > 0 { ", " }
                        a href=(format!("{}#{}", url::collection(&view.resource.destination, "changes"), list::anchor(id))) {
                            (parts::text(&list::name_among(view, id, records)))
                        }
                    }
                    @if records.len() > MOST_NAMED { " and " (parts::number(as_u64(records.len() - MOST_NAMED))) " more" }
                    @if *attributes == WroteAttributes::Yes { @if !records.is_empty() { ", and " } "the collection’s attributes" }
                    ". Two persons means two persons: whoever edits does not approve. "
                    (who_can(view))
                },
            )
        }
    }
}

/// Who can approve.
fn who_can(view: &View) -> Markup {
    let settings = url::collection(&view.resource.destination, "settings/people");
    match view.approvers.as_slice() {
        [] => html! {
            "Nobody else can: it needs another reviewer. "
            @if has_page(&settings) { a href=(settings) { "Members of the reviewers" } }
        },
        [one] => html! { strong { (parts::text(one)) } " can." },
        [first @ .., last] => html! {
            @for (place, name) in first.iter().enumerate() {
                @if place > 0 { ", " }
                strong { (parts::text(name)) }
            }
            " and " strong { (parts::text(last)) } " can."
        },
    }
}

/// Who asks, or what became of the last request.
pub(super) fn request(signed_in: &SignedIn<'_>, view: &View) -> Markup {
    let now = signed_in.now;
    match (view.line.stage, &view.request) {
        (Stage::ToReview, Some(request)) => {
            let by = view.requested_by.as_deref().unwrap_or_default();
            let asks = if request.request.by == view.user {
                html! { strong { "You" } " asked for a review" }
            } else if view.standing == Standing::Reviewer && view.may_write {
                html! { strong { (parts::text(by)) } " asks you to review" }
            } else {
                html! { strong { (parts::text(by)) } " asks for a review" }
            };
            html! {
                section.change-request aria-label="Request" {
                    p { (asks) span.quiet { " · " (parts::time(request.request.at, now)) } }
                    (quote(&request.request.comment))
                }
            }
        }
        (Stage::Declined, Some(ReviewRequest { end: Some(end), request })) => {
            let by = view.ended_by.as_deref().unwrap_or_default();
            html! {
                section.change-request aria-label="Decline" {
                    p {
                        @if end.by == view.user { strong { "You" } } @else { strong { (parts::text(by)) } }
                        " declined this request" span.quiet { " · " (parts::time(end.at, now)) }
                    }
                    (quote(&end.comment))
                    @if !request.comment.trim().is_empty() {
                        p.small.quiet {
                            "It was asked for " (parts::time(request.at, now)) " with: "
                            q.said dir="auto" { (parts::text(request.comment.trim())) }
                        }
                    }
                }
            }
        }
        (_, Some(ReviewRequest { end: Some(end), request })) if end.kind == RequestEndKind::Overtaken => {
            html! {
                p.quiet {
                    @if end.by == request.by {
                    "The last request was taken back, or overtaken by an edit, "
                } @else {
                    "The last request ended when "
                    (parts::text(view.ended_by.as_deref().unwrap_or_default())) " edited, "
                }
                (parts::time(end.at, now)) ". Nobody is asked now."
                }
            }
        }
        (_, _) if view.review == Review::Off => html! {
            p.quiet { "This collection is published without review: whoever may write it publishes it." }
        },
        (_, _) => {
            html! { p.quiet { "Nobody was asked to review this yet. This is what clients would get." } }
        }
    }
}

fn quote(comment: &str) -> Markup {
    html! {
        @if comment.trim().is_empty() { p.quiet { "Without a comment." } }
        @else { blockquote.quote { (parts::paragraphs(comment.trim())) } }
    }
}

/// The change in one sentence.
pub(super) fn sentence(view: &View) -> Markup {
    let counts = view.counts;
    let any = counts.created + counts.updated + counts.deleted > 0;
    html! {
        section.change-sentence aria-labelledby="sentence" {
            h2 #sentence {
                @if any {
                    (parts::tally(counts.created, counts.updated, counts.deleted))
                    @if view.records_before > 0 { " of\u{a0}" (parts::number(view.records_before)) }
                    ". "
                    @if view.reading.attributes.is_some() { "Attributes " span.changed { "changed" } ". " }
                } @else {
                    "Attributes " span.changed { "changed" } ", no records. "
                }
                (fetch(view, None))
            }
            p.quiet {
                @if counts.deleted > 0 && view.records_after == 0 {
                    strong { "Afterwards clients hold nothing. " }
                } @else {
                    "Afterwards " (parts::count(view.records_after, "record", "records")) ". "
                }
                @match view.published {
                    Some(published) => { "Clients hold version " (parts::number(published.version)) " now." }
                    None => "Clients hold nothing yet.",
                }
                " " (packed(view, None))
            }
        }
    }
}

/// How many bytes clients will fetch, once that is known. `in_place`: it comes later, and takes the place of what is there.
pub(super) fn fetch(view: &View, in_place: Option<&str>) -> Markup {
    html! {
        span #fetch hx-swap-oob=[in_place] {
            @match &view.report {
                Some(ReportState::Ready(report)) => { "Clients will fetch\u{a0}" (parts::bytes(report.delta.bytes)) "." }
                Some(ReportState::Working { .. }) => "Clients will fetch\u{a0}…",
                Some(ReportState::Failed) | None => "",
            }
        }
    }
}

/// The same behind a cache that packs.
pub(super) fn packed(view: &View, in_place: Option<&str>) -> Markup {
    html! {
        span #packed hx-swap-oob=[in_place] {
            @match &view.report {
                Some(ReportState::Ready(report)) => { "Through a cache that packs it is\u{a0}" (parts::bytes(report.delta.packed)) "." }
                Some(ReportState::Failed | ReportState::Working { .. }) | None => "",
            }
        }
    }
}

/// What people read to each other.
pub(super) fn fingerprint(view: &View) -> Markup {
    match &view.reading.change.name {
        Ok(name) => html! {
            section.change-name aria-labelledby="fingerprint" {
                h2 #fingerprint { "Fingerprint of this change" }
                p { (parts::fingerprint(&name.digest.fingerprint().to_string(), &name.digest.to_hex())) }
                p.hint {
                    @if view.line.stage == Stage::ToReview {
                        "An approval is for exactly this. If anything changes before the button is pressed, the approval is refused, and what is new is shown."
                    } @else {
                        "It names exactly this change: two persons who read the same one to each other see the same."
                    }
                }
            }
        },
        Err(refusal) => parts::notice(
            parts::Tone::Error,
            "This change cannot be published.",
            &html! { (parts::text(&refusal.to_string())) ". Mend that record, then ask again." },
        ),
    }
}

/// Nothing differs.
pub(super) fn nothing(signed_in: &SignedIn<'_>, view: &View) -> Result<Markup, PageError> {
    let path = &view.resource.destination;
    let (records, publications) = (url::collection(path, ""), url::collection(path, "publications"));
    let is_signed = view.line.stage == Stage::Signed;
    let guard = signed_in.guard()?;
    Ok(html! {
        (parts::empty(
            if is_signed { "Nothing to review: what is edited is what clients hold." }
            else { "Nothing differs any more: every edit was taken back. What is edited is what clients hold." },
            &html! {
                @if let Some(published) = view.published {
                    p.small.quiet {
                        "They hold version " (parts::number(published.version)) " with "
                        (parts::count(view.records_before, "record", "records")) ", signed " (parts::time(published.at, signed_in.now)) "."
                    }
                }
                div.buttons {
                    @if !is_signed && view.may_write {
                        form method="post" action=(url::collection(path, "changes/roll-back")) {
                            (guard)
                            (parts::button(parts::Weight::Primary, "Close the work in progress"))
                        }
                    }
                    @if has_page(&records) { (parts::link_button(parts::Weight::Plain, "Open the records", &records)) }
                    @if has_page(&publications) { (parts::link_button(parts::Weight::Plain, "Look at what was published", &publications)) }
                }
            },
        ))
        @if is_signed && view.may_write && view.published.is_some() {
            section aria-labelledby="again" {
                h2 #again { "Sign again" }
                p.lead { "The service does this by itself before certificates end. It changes no record; clients fetch new signatures." }
                form.change-again method="post" action=(url::collection(path, "changes/sign-again")) {
                    (guard)
                    (parts::button(parts::Weight::Plain, "Sign again"))
                }
            }
        }
    })
}

fn as_u64(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

/// Own edits that are named.
const MOST_NAMED: usize = 3;
