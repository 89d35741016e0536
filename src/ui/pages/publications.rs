//! What was published of a collection, and what was sent back.

use maud::{Markup, html};

use crate::{
    storage::{Publication, PublicationKind, SignedAgain},
    types::Timestamp,
    ui::{Answer, Outcome, Page, PageError, Route, SignedIn, Tab, has_page, parts, url},
    workflow::{
        Resource, Scope,
        people::Names,
        publications::{self, Declined, DeclinedList, Made, MadeList},
    },
};

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[Route::get("/ui/c/{bucket}/{collection}/publications", show)];

/// Everything that the page shows.
struct List {
    declined: Vec<(Declined, String, String)>,
    declined_next: Option<u64>,
    /// Each with the names of its people.
    made: Vec<(Made, String)>,
    publications: MadeList,
}

impl List {
    fn read(
        scope: &mut Scope<'_>,
        resource: &Resource,
        before: Option<u64>,
        declined_before: Option<u64>,
    ) -> Result<Self, PageError> {
        let mut publications = publications::list(scope, resource, before, PAGE)?;
        let DeclinedList { declined, next: declined_next } =
            publications::declined(scope, resource, declined_before, DECLINED_PAGE)?;
        let mut names = Names::default();
        let made = std::mem::take(&mut publications.made)
            .into_iter()
            .map(|made| {
                let people = people(scope, &mut names, &made.publication)?;
                Ok((made, people))
            })
            .collect::<Result<_, PageError>>()?;
        let declined = declined
            .into_iter()
            .map(|declined| {
                let asked = names.of(scope, &declined.request.request.by)?;
                let by = declined.request.end.as_ref().map(|end| end.by.clone()).unwrap_or_default();
                let by = names.of(scope, &by)?;
                Ok((declined, asked, by))
            })
            .collect::<Result<_, PageError>>()?;
        Ok(Self { declined, declined_next, made, publications })
    }
}

/// Who approved it, and who edited it.
pub(super) fn people(
    scope: &mut Scope<'_>,
    names: &mut Names,
    publication: &Publication,
) -> Result<String, PageError> {
    let mut people = Vec::new();
    if let Some(user) = &publication.review.approved_by {
        people.push(format!("approved by {}", names.of(scope, user)?));
    }
    let editors: Vec<String> =
        publication.editors.iter().map(|user| names.of(scope, user)).collect::<Result<_, _>>()?;
    if !editors.is_empty() {
        people.push(format!("edited by {}", editors.join(", ")));
    }
    Ok(people.join("; "))
}

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let resource = signed_in.resource()?;
    let (before, declined_before) = (number(signed_in, BEFORE)?, number(signed_in, DECLINED)?);
    let list = signed_in.read(|scope| List::read(scope, &resource, before, declined_before))?;
    let (counts, now) = (list.publications.counts, signed_in.now);
    let path = url::collection(&resource.destination, "publications");
    let nothing = counts.made == 0 && list.publications.beginning.is_none() && before.is_none();
    let body = html! {
        section aria-labelledby="published" {
            h2 #published {
                "Published"
                @if counts.made > 0 { " " span.heading-count { (parts::number(counts.made)) } }
                @if counts.signed_again > 0 {
                    " " span.heading-note { "and signed again " (times(counts.signed_again)) " without a change" }
                }
            }
            @if nothing {
                (parts::empty("No change is published yet. What a reviewer approves appears here, as a version that stays for ever.", &html! {}))
            } @else {
                (table(&list, &resource, now))
            }
            (more(&path, BEFORE, before.is_some(), list.publications.next))
        }
        @if !list.declined.is_empty() || declined_before.is_some() {
            section aria-labelledby="declined" {
                h2 #declined { "Declined" " " span.heading-note { "requests that a reviewer sent back" } }
                ul.rows { @for (declined, asked, by) in &list.declined { (declined_row(declined, asked, by, now)) } }
                (more(&path, DECLINED, declined_before.is_some(), list.declined_next))
            }
        }
    };
    let page = Page::new("Publications", body)
        .of_collection(&resource, Tab::Publications)
        .crumb(resource.destination.collection.to_string(), records_page(&resource))
        .count(Tab::Publications, counts.made);
    Ok(Answer::from(page))
}

/// Where the collection's records are, if there is such a page.
pub(super) fn records_page(resource: &Resource) -> Option<String> {
    Some(url::collection(&resource.destination, "")).filter(|path| has_page(path))
}

/// A number in the query; what is none is no page of ours.
fn number(signed_in: &SignedIn<'_>, name: &str) -> Result<Option<u64>, PageError> {
    let Some(text) = signed_in.query.find(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| PageError::Missing)
}

fn table(list: &List, resource: &Resource, now: Timestamp) -> Markup {
    html! {
        div.table-box tabindex="0" role="region" aria-labelledby="published" {
            table.table.publications {
                thead {
                    tr {
                        th scope="col" { "Version" }
                        th scope="col" { "What" }
                        th scope="col" { "Why" }
                        th scope="col" { "Approved, edited" }
                        th.number scope="col" { "When" }
                    }
                }
                tbody data-keys {
                    @for (made, people) in &list.made {
                        @let publication = &made.publication;
                        @let comment = publication.review.editor_comment.trim();
                        tr {
                            td { (version_link(resource, publication.version)) }
                            td {
                                @match publication.kind {
                                    PublicationKind::Emptied => span.removed { "everything\u{a0}removed" },
                                    PublicationKind::Created | PublicationKind::Published | PublicationKind::Resigned =>
                                        (parts::tally_of(&made.tally)),
                                }
                                // On a phone there is no room for columns of their own.
                                div.when-narrow {
                                    @if !comment.is_empty() { q.said { (parts::text(comment)) } }
                                    div { (parts::text(people)) }
                                }
                            }
                            td.clip { @if !comment.is_empty() { q.said { (parts::text(comment)) } } }
                            td.people.quiet { (parts::text(people)) }
                            td.number.quiet { (parts::time(publication.at, now)) }
                        }
                        (again(made.signed_again, resource, now))
                    }
                    @if let Some((first, signed_again)) = &list.publications.beginning {
                        tr {
                            td { (version_link(resource, first.version)) }
                            td.wide-words.quiet { "the collection began, without records" }
                            td {}
                            td {}
                            td.number.quiet { (parts::time(first.at, now)) }
                        }
                        (again(*signed_again, resource, now))
                    }
                }
            }
        }
    }
}

fn version_link(resource: &Resource, version: u64) -> Markup {
    let place = url::collection(&resource.destination, &format!("publications/{version}"));
    html! { a href=(place) aria-label=(format!("Version {version}")) { (parts::number(version)) } }
}

/// One line for all the versions that sign the same records again.
fn again(signed_again: Option<SignedAgain>, resource: &Resource, now: Timestamp) -> Markup {
    let Some(SignedAgain { count, last_at, last_version }) = signed_again else { return html! {} };
    html! {
        tr.again {
            td {}
            td.wide-words {
                "signed again "
                @if count > 1 { (times(count)) ", last " }
                "as version " (version_link(resource, last_version))
            }
            td {}
            td {}
            td.number { (parts::time(last_at, now)) }
        }
    }
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => parts::count(count, "time", "times"),
    }
}

fn declined_row(declined: &Declined, asked: &str, by: &str, now: Timestamp) -> Markup {
    let request = &declined.request.request;
    html! {
        li.declined {
            (parts::shape(crate::workflow::overview::Stage::Declined))
            div.declined-text {
                @if let Some(end) = &declined.request.end {
                    p.declined-head {
                        strong { (parts::text(by)) } " declined " (parts::time(end.at, now))
                    }
                    @if !end.comment.trim().is_empty() { p.quote { (parts::paragraphs(end.comment.trim())) } }
                }
                p.small.quiet {
                    (parts::text(asked)) " had asked " (parts::time(request.at, now))
                    @if !request.comment.trim().is_empty() { ": " q.said dir="auto" { (parts::text(request.comment.trim())) } }
                }
            }
        }
    }
}

/// Links to the newest and to the next part.
fn more(path: &str, name: &str, is_later: bool, next: Option<u64>) -> Markup {
    if !is_later && next.is_none() {
        return html! {};
    }
    html! {
        nav.more aria-label="Older and newer" {
            @if is_later { a href=(path) { "Newest" } }
            @if let Some(next) = next {
                a href=(format!("{path}{}", url::query(&[(name, &next.to_string())]))) rel="next" { "Older" }
            }
        }
    }
}

const BEFORE: &str = "before";
const DECLINED: &str = "declined";
const DECLINED_PAGE: usize = 20;
const PAGE: usize = 25;
