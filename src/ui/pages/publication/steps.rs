//! Four steps on one line: edited, asked, approved, signed.

use maud::{Markup, html};

use super::{Facts, People, when};
use crate::{storage::PublicationKind, types::Timestamp, ui::parts};

/// Who did what, and when.
pub(super) fn line(facts: &Facts, people: &People, signer: &str, list: &str, now: Timestamp) -> Markup {
    let publication = &facts.publication;
    let review = &publication.review;
    html! {
        ol.stepline aria-label="How it came about" {
            @match publication.kind {
                PublicationKind::Created => (step("Created", None, &html! { "with the collection, without records" })),
                PublicationKind::Resigned => (step("Signed again", None, &html! { p {
                    "the same records"
                    @if let Some(version) = facts.repeats { " as in version\u{a0}" a href=(format!("{list}/{version}")) { (parts::number(version)) } }
                    ", with a new signature"
                } })),
                PublicationKind::Emptied => (step("Emptied", people.approved.as_deref(), &html! { "the collection was deleted" })),
                PublicationKind::Published => {
                    (step("Edited", Some(&names(&people.editors)), &html! {
                        @if let Some((first, last)) = review.edited {
                            p { (when(first, now)) @if last > first.plus_millis(MINUTE) { " to " (when(last, now)) } }
                        }
                        p { (records(facts)) }
                    }))
                    @if let Some(requested) = &people.requested {
                        (step("Review requested", Some(requested), &html! {
                            @if let Some(at) = review.requested_at { p { (when(at, now)) } }
                            (said(&review.editor_comment))
                        }))
                        (step("Approved", people.approved.as_deref(), &html! {
                            p { (when(publication.at, now)) }
                            (said(&review.reviewer_comment))
                            @if let Some(digest) = publication.change_digest {
                                p { "over fingerprint " span.fingerprint.small title=(digest.to_hex()) { (digest.fingerprint()) } }
                            }
                        }))
                    } @else {
                        (step("Published without review", people.approved.as_deref(), &html! {
                            p { (when(publication.at, now)) }
                            (said(&review.editor_comment))
                            (said(&review.reviewer_comment))
                        }))
                    }
                },
            }
            (step("Signed and published", Some(signer), &html! {
                p { (when(publication.at, now)) }
                @if let Some(expires) = facts.statement.expires {
                    p { @if expires < now { "expired " } @else { "good until " } (when(expires, now)) }
                }
            }))
        }
    }
}

fn step(what: &str, who: Option<&str>, more: &Markup) -> Markup {
    html! {
        li {
            p.step-what { (what) }
            @if let Some(who) = who.filter(|who| !who.is_empty()) { p.step-who { (parts::text(who)) } }
            div.step-more-text { (more) }
        }
    }
}

fn said(comment: &str) -> Markup {
    let comment = comment.trim();
    let first: String = comment.chars().take(FIRST).collect();
    html! {
        @if first.len() < comment.len() {
            details.step-long {
                summary {
                    span.step-said { (parts::paragraphs(&first)) "…" }
                    span.step-fold { "Show less" }
                }
                blockquote.step-said { (parts::paragraphs(comment)) }
            }
        } @else if !comment.is_empty() {
            blockquote.step-said { (parts::paragraphs(comment)) }
        }
    }
}

fn records(facts: &Facts) -> String {
    let tally = facts.tally;
    match tally.created + tally.updated + tally.deleted {
        0 => "attributes of the collection".to_owned(),
        many => parts::count(many, "record", "records"),
    }
}

/// `Ana`, `Ana and Ben`, `Ana, Ben and 3 others`.
fn names(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, others @ ..] => format!("{one}, {two} and {} others", others.len()),
    }
}

/// Characters of a comment that are in sight; the rest opens.
const FIRST: usize = 160;
/// Milliseconds.
const MINUTE: u64 = 60_000;
