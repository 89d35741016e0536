//! What a publication changed: a part at a time, so that ten thousand records stay usable.

use maud::{Markup, html};

use super::Facts;
use crate::{
    storage::{PublicationKind, RecordChange},
    types::{Object, RecordId, Value},
    ui::{Form, PageError, parts, url},
    workflow::publications::{Changed, ChangesPart},
};

/// Which part of the changes is asked for.
pub(super) struct Wanted {
    /// Where the part before ended.
    after: Option<(RecordChange, RecordId)>,
    kind: Option<RecordChange>,
    /// One record, with nothing cut.
    only: Option<RecordId>,
}

impl Wanted {
    /// From the query.
    pub(super) fn read(query: &Form) -> Result<Self, PageError> {
        let id = |name| query.find(name).map(RecordId::parse).transpose().map_err(|_| PageError::Missing);
        let kind = |name| match query.text(name) {
            "" => Ok(None),
            word => KINDS.into_iter().find(|kind| kind.query() == word).map(Some).ok_or(PageError::Missing),
        };
        let after = match (kind(AMONG)?, id(AFTER)?) {
            (Some(among), Some(after)) => Some((among, after)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(PageError::Missing),
        };
        Ok(Self { after, kind: kind(KIND)?, only: id(ONLY)? })
    }

    /// One more than is shown: whether there are more.
    pub(super) fn part(&self) -> ChangesPart {
        ChangesPart { after: self.after.clone(), kind: self.kind, limit: PAGE + 1, only: self.only.clone() }
    }
}

/// The difference to the version before.
pub(super) fn section(facts: &Facts, changed: &[Changed], wanted: &Wanted, path: &str) -> Markup {
    let tally = facts.tally;
    let all = tally.created + tally.updated + tally.deleted;
    let fields =
        display_fields(if facts.attributes.1.is_empty() { &facts.attributes.0 } else { &facts.attributes.1 });
    let (shown, more) = changed.split_at_checked(PAGE).unwrap_or((changed, &[]));
    html! {
        section.what-changed aria-labelledby="what-changed" {
            div.section-head {
                h2 #what-changed {
                    "What changed "
                    @if let Some((previous, _)) = &facts.previous {
                        span.heading-note { "as against version\u{a0}" (parts::number(previous.version)) }
                    }
                }
                @if all > 0 { (kinds(facts, wanted, path)) }
            }
            (attributes(facts))
            @if all == 0 && facts.attributes.0 == facts.attributes.1 {
                (parts::empty(nothing(facts.publication.kind), &html! {}))
            }
            @if !shown.is_empty() {
                div.changes data-keys { @for changed in shown { (record(changed, &fields, wanted, path)) } }
            } @else if all > 0 {
                p.quiet { "Nothing of this kind" @if wanted.after.is_some() { " after this record" } "." }
            }
            @if wanted.after.is_some() || wanted.only.is_some() || !more.is_empty() {
                nav.more aria-label="More changes" {
                    @if wanted.after.is_some() || wanted.only.is_some() { a href=(address(path, None, wanted.kind)) { "All changes" } }
                    @if let (Some(last), false) = (shown.last(), more.is_empty()) {
                        a rel="next" href=(address(path, Some(last), wanted.kind)) { "Next " (parts::number(u64::try_from(PAGE).unwrap_or(0))) }
                    }
                }
            }
        }
    }
}

fn nothing(kind: PublicationKind) -> &'static str {
    match kind {
        PublicationKind::Created => "The collection began with this version, without records.",
        PublicationKind::Emptied => "There was nothing to remove.",
        PublicationKind::Published => "No record differs from the version before.",
        PublicationKind::Resigned => {
            "Nothing: the same records were signed again, so that clients know they are not kept from newer ones."
        }
    }
}

/// Links that show one kind alone.
fn kinds(facts: &Facts, wanted: &Wanted, path: &str) -> Markup {
    let tally = facts.tally;
    let all = tally.created + tally.updated + tally.deleted;
    let counts = [
        (None, "All", all),
        (Some(RecordChange::Updated), "Changed", tally.updated),
        (Some(RecordChange::Deleted), "Removed", tally.deleted),
        (Some(RecordChange::Created), "Added", tally.created),
    ];
    html! {
        nav.choices aria-label="Kind of change" {
            @for (kind, words, count) in counts.into_iter().filter(|(kind, _, count)| kind.is_none() || *count > 0) {
                a href=(address(path, None, kind)) aria-current=[(wanted.kind == kind && wanted.only.is_none()).then_some("true")] {
                    (words) " " span.tab-count { (parts::number(count)) }
                }
            }
        }
    }
}

fn address(path: &str, after: Option<&Changed>, kind: Option<RecordChange>) -> String {
    let kind = kind.map_or("", RecordChange::query);
    format!(
        "{path}{}#what-changed",
        url::query(&[
            (KIND, kind),
            (AMONG, after.map_or("", |after| after.kind().query())),
            (AFTER, after.map_or("", |after| after.id.as_str()))
        ])
    )
}

/// The published attributes that differ.
fn attributes(facts: &Facts) -> Markup {
    let (before, after) = &facts.attributes;
    html! {
        @if before != after && facts.previous.is_some() {
            (parts::Block::attributes("Attributes of the collection", before, after).render())
        }
    }
}

fn record(changed: &Changed, fields: &[String], wanted: &Wanted, path: &str) -> Markup {
    let id = changed.id.as_str();
    let block = parts::Block::record(id, changed.before.as_ref(), changed.after.as_ref(), fields)
        .anchor(format!("record-{id}"));
    if wanted.only.is_some() { block.whole() } else { block.whole_at(whole(path, id)) }.render()
}

fn whole(path: &str, id: &str) -> String {
    format!("{path}{}#what-changed", url::query(&[(ONLY, id)]))
}

/// What the collection names its records by.
fn display_fields(attributes: &Object) -> Vec<String> {
    let fields = attributes.get("displayFields").and_then(Value::as_list).unwrap_or_default();
    fields.iter().filter_map(Value::as_text).map(str::to_owned).collect()
}

const AFTER: &str = "after";
const AMONG: &str = "among";
const KIND: &str = "kind";
const ONLY: &str = "record";
const KINDS: [RecordChange; 3] = [RecordChange::Created, RecordChange::Deleted, RecordChange::Updated];
/// Records on a page.
const PAGE: usize = 25;
