//! One publication: who made it, what it changed, what vouches for it, and whether it verifies in the reader's own browser.

mod changes;
mod proof;
mod steps;

use maud::{Markup, html};

use crate::{
    storage::{PublicationKind, RecordChange},
    types::Timestamp,
    ui::{Answer, Outcome, Page, PageError, Route, SignedIn, Tab, parts, url},
    workflow::{
        Resource, Scope,
        people::Names,
        publications::{self, Changed, Facts},
    },
};
use changes::Wanted;

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[Route::get("/ui/c/{bucket}/{collection}/publications/{version}", show)];

/// Everything that the page shows.
struct Shown {
    changed: Vec<Changed>,
    facts: Facts,
    people: People,
}

/// What people are called.
struct People {
    approved: Option<String>,
    editors: Vec<String>,
    requested: Option<String>,
}

impl Shown {
    fn read(
        scope: &mut Scope<'_>,
        resource: &Resource,
        version: u64,
        wanted: &Wanted,
    ) -> Result<Self, PageError> {
        let facts = publications::facts(scope, resource, version)?.ok_or(PageError::Missing)?;
        let changed = publications::changes(scope, resource, version, &wanted.part())?;
        let mut names = Names::default();
        let publication = &facts.publication;
        let mut name = |user: &String| names.with_account(scope, user);
        let people = People {
            approved: publication.review.approved_by.as_ref().map(&mut name).transpose()?,
            editors: publication.editors.iter().map(&mut name).collect::<Result<_, _>>()?,
            requested: publication.review.requested_by.as_ref().map(&mut name).transpose()?,
        };
        Ok(Self { changed, facts, people })
    }
}

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let resource = signed_in.resource()?;
    let version: u64 = signed_in.capture("version")?.parse().map_err(|_| PageError::Missing)?;
    let wanted = Wanted::read(&signed_in.query)?;
    let shown = signed_in.read(|scope| Shown::read(scope, &resource, version, &wanted))?;
    let (facts, now) = (&shown.facts, signed_in.now);
    let settings = &signed_in.ui.services.settings;
    let root = signed_in.ui.services.signer.root();
    let list = url::collection(&resource.destination, "publications");
    let body = html! {
        (steps::line(facts, &shown.people, signed_in.ui.services.signer.name().as_str(), &list, now))
        div.publication-grid {
            (proof::verification(facts, signed_in.ui.services.signer.name().as_str(), &root))
            (numbers(facts))
        }
        div.publication-grid {
            (proof::chain(facts, now))
            (proof::by_hand(facts, settings, signed_in.ui.services.signer.name().as_str(), &root))
        }
        (changes::section(facts, &shown.changed, &wanted, &url::collection(&resource.destination, &format!("publications/{version}"))))
    };
    let page = Page::new(format!("Version {version}"), body)
        .of_collection(&resource, Tab::Publications)
        .crumb(resource.destination.collection.to_string(), super::publications::records_page(&resource))
        .crumb("Publications", Some(list.clone()))
        .heading(html! { "Version\u{a0}" (parts::number(version)) })
        .mark(mark(facts, &list))
        .action(neighbours(facts, &list))
        .count(Tab::Publications, facts.made)
        .script("publication.js");
    Ok(Answer::from(page))
}

/// What has become of it.
fn mark(facts: &Facts, list: &str) -> Markup {
    let replaced = |version: u64| {
        html! { "Replaced by version\u{a0}" a href=(format!("{list}/{version}")) { (parts::number(version)) } }
    };
    html! {
        span.stage {
            @match (facts.next, facts.signed_again) {
                (None, _) => { (parts::shape(crate::workflow::overview::Stage::Signed)) "What clients get now" },
                (Some(_), Some(again)) if again.last_version == facts.latest => {
                    (parts::shape(crate::workflow::overview::Stage::Signed)) "What clients get now, signed again as version\u{a0}"
                    a href=(format!("{list}/{}", again.last_version)) { (parts::number(again.last_version)) }
                },
                (Some(_), Some(again)) => (replaced(again.last_version.saturating_add(1))),
                (Some(next), None) => (replaced(next)),
            }
        }
    }
}

fn neighbours(facts: &Facts, list: &str) -> Markup {
    let link = |words: &str, rel: &str, version: u64| {
        html! { a.button.small rel=(rel) href=(format!("{list}/{version}")) aria-label=(format!("{words}: version {version}")) { (words) } }
    };
    html! {
        @if let Some((previous, _)) = &facts.previous { (link("Previous", "prev", previous.version)) }
        @if let Some(next) = facts.next { (link("Next", "next", next)) }
    }
}

/// At the side: how much changed, and how much clients fetch.
fn numbers(facts: &Facts) -> Markup {
    let count = facts.statement.count;
    let before = facts.previous.as_ref().map(|(_, statement)| statement.count);
    html! {
        dl.numbers aria-label="Numbers" {
            div { dt { "Change" } dd { (change_words(facts)) } }
            div {
                dt { "Records" }
                dd {
                    @match before {
                        Some(before) if before != count => { (parts::number(before)) " → " (parts::number(count)) },
                        Some(_) | None => (parts::number(count)),
                    }
                }
            }
            @if let Some((previous, _)) = &facts.previous {
                div { dt { "Clients on " (parts::number(previous.version)) " fetch" } dd { (size(facts.sizes.delta)) } }
            }
            div {
                dt { "New clients fetch" }
                dd {
                    @match facts.sizes.full {
                        Some(full) => (size(full)),
                        None => span.quiet title="An earlier version of the program published it and did not count" { "not counted" },
                    }
                }
            }
        }
    }
}

fn size(bytes: u64) -> Markup {
    html! { span title=(parts::count(bytes, "byte before compression", "bytes before compression")) { (parts::bytes(bytes)) } }
}

fn change_words(facts: &Facts) -> Markup {
    match facts.publication.kind {
        PublicationKind::Created => html! { "the first" },
        PublicationKind::Emptied => html! { span.removed { "everything removed" } },
        PublicationKind::Published => parts::tally_of(&facts.tally),
        PublicationKind::Resigned => html! { "none" },
    }
}

/// Exact, since it is about the past: the day, and the time on hover.
fn when(at: Timestamp, now: Timestamp) -> Markup {
    parts::time(at, now)
}

impl RecordChange {
    /// As the query of this page says it.
    const fn query(self) -> &'static str {
        match self {
            Self::Created => "added",
            Self::Deleted => "removed",
            Self::Updated => "changed",
        }
    }
}
