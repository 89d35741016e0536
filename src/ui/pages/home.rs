//! What waits for me, what I have begun, what was published lately, and whether the signer is well.

use maud::{Markup, html};

use super::publications;
use crate::{
    signing::{CertificateLife, CertificateRole, LifeStage},
    types::Timestamp,
    ui::{Answer, Outcome, Page, PageError, Route, SignedIn, Visit, has_page, parts, url},
    workflow::{
        Scope, access,
        overview::{self, Begun, Line, Mine, Published, Stage, Waiting, WaitingFor},
        people::Names,
    },
};

/// Where this page is.
pub(super) const ROUTES: &[Route] =
    &[Route::get("/", show), Route::get("/ui", to_start), Route::open_get("/ui/build", build)];

/// The version of the program, for pages that stay open across an upgrade.
fn build(visit: &Visit<'_>) -> Outcome {
    Ok(Answer::json(format!("\"{}\"", visit.ui.assets.build())))
}

fn to_start(_: &SignedIn<'_>) -> Outcome {
    Ok(Answer::see_other("/"))
}

/// Everything that the page shows.
struct Home {
    begun: Vec<(Begun, Vec<String>)>,
    is_administrator: bool,
    lately: Vec<(Published, String)>,
    lines: Vec<Line>,
    waiting: Vec<(Waiting, String)>,
}

impl Home {
    fn read(scope: &mut Scope<'_>) -> Result<Self, PageError> {
        let lines = overview::list(scope)?;
        let Mine { begun, waiting } = overview::mine(scope, &lines)?;
        let lately = overview::lately(scope, &lines, LATELY)?;
        let mut names = Names::default();
        let begun = begun
            .into_iter()
            .map(|mut begun| {
                if let Some(user) = begun.asked_by.take() {
                    begun.asked_by = Some(names.of(scope, &user)?);
                }
                let approvers =
                    begun.approvers.iter().map(|user| names.of(scope, user)).collect::<Result<_, _>>()?;
                Ok((begun, approvers))
            })
            .collect::<Result<_, PageError>>()?;
        let waiting = waiting
            .into_iter()
            .map(|waiting| {
                let user = match &waiting.what {
                    WaitingFor::Mending(end) => &end.by,
                    WaitingFor::Review(request) => &request.request.by,
                };
                let name = names.of(scope, user)?;
                Ok((waiting, name))
            })
            .collect::<Result<_, PageError>>()?;
        let lately = lately
            .into_iter()
            .map(|published| {
                let people = publications::people(scope, &mut names, &published.publication)?;
                Ok((published, people))
            })
            .collect::<Result<_, PageError>>()?;
        Ok(Self { begun, is_administrator: access::is_administrator(scope), lately, lines, waiting })
    }
}

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let home = signed_in.read(Home::read)?;
    if home.lines.is_empty() {
        return Ok(first_steps(signed_in, &home));
    }
    let now = signed_in.now;
    let body = html! {
        section aria-labelledby="waiting" {
            h2 #waiting {
                "Waiting for me"
                @if !home.waiting.is_empty() { " " span.heading-count { (parts::number(len(&home.waiting))) } }
            }
            @if home.waiting.is_empty() {
                (parts::empty("Nothing waits for you: no review to do, and nobody sent a change of yours back.", &html! {}))
            } @else {
                ul.rows.cases data-keys {
                    @for (waiting, name) in &home.waiting { (case(waiting, name, now)) }
                }
            }
        }
        @if !home.begun.is_empty() {
            section aria-labelledby="begun" {
                h2 #begun { "In progress " span.heading-note { "your changes that are not published yet" } }
                ul.rows.begun {
                    @for (begun, approvers) in &home.begun { (begun_row(begun, approvers, now)) }
                }
            }
        }
        section aria-labelledby="lately" {
            h2 #lately { "Published lately" }
            @if home.lately.is_empty() {
                (parts::empty("No change is published yet. What is approved appears here.", &html! {}))
            } @else {
                (lately_table(&home.lately, now))
            }
        }
    };
    let lives = signed_in.ui.services.signer.certificates(now);
    Ok(Page::new("Home", body).foot(health(&lives, now)).into())
}

/// Somebody waits for a decision, or for a mend.
fn case(waiting: &Waiting, name: &str, now: Timestamp) -> Markup {
    let path = &waiting.line.resource.destination;
    let place = url::collection(path, "changes");
    let (words, weight, comment) = match &waiting.what {
        WaitingFor::Mending(end) => ("Open my change", parts::Weight::Plain, &end.comment),
        WaitingFor::Review(request) => ("Review", parts::Weight::Outlined, &request.request.comment),
    };
    html! {
        li.case {
            (parts::shape(waiting.line.stage))
            div.case-text {
                p.case-head {
                    (collection_name(&waiting.line))
                    " "
                    span.small {
                        @match &waiting.what {
                            WaitingFor::Mending(_) => span.quiet { (parts::text(name)) " declined your request" },
                            WaitingFor::Review(_) => (parts::tally_of(&waiting.tally)),
                        }
                    }
                }
                p.case-note {
                    @match &waiting.what {
                        WaitingFor::Mending(end) => (parts::time(end.at, now)),
                        WaitingFor::Review(request) => {
                            (parts::text(name)) " asked " (parts::time(request.request.at, now))
                        }
                    }
                    @if !comment.trim().is_empty() { ": " q.said dir="auto" { (parts::text(comment.trim())) } }
                }
            }
            @if has_page(&place) { (parts::link_button(weight, words, &place)) }
        }
    }
}

fn begun_row(begun: &Begun, approvers: &[String], now: Timestamp) -> Markup {
    html! {
        li.begun-row {
            (parts::shape(begun.line.stage))
            span.begun-name { (collection_name(&begun.line)) }
            span.begun-note.small {
                (parts::tally_of(&begun.tally))
                @if begun.asked.is_some() || begun.asked_by.is_some() {
                    span.quiet {
                        " · "
                        @if let Some(name) = &begun.asked_by { (parts::text(name)) " asked for review; " }
                        @if approvers.is_empty() { "nobody can approve it: it needs another reviewer" }
                        @else { (parts::text(&any_of(approvers))) " can approve" }
                    }
                }
            }
            span.begun-time.small.quiet {
                @if let Some(asked) = begun.asked { "asked " (parts::time(asked, now)) }
                @else if let Some(edited) = begun.edited { "edited " (parts::time(edited, now)) }
            }
        }
    }
}

fn lately_table(lately: &[(Published, String)], now: Timestamp) -> Markup {
    html! {
        div.table-box tabindex="0" role="region" aria-labelledby="lately" {
            table.table.lately {
                thead {
                    tr {
                        th scope="col" { "Collection" }
                        th.number scope="col" { "Version" }
                        th scope="col" { "What" }
                        th scope="col" { "Approved, edited" }
                        th.number scope="col" { "New content" }
                        th.number scope="col" { "When" }
                    }
                }
                tbody {
                    @for (published, people) in lately {
                        @let publication = &published.publication;
                        @let place = url::collection(&publication.path, &format!("publications/{}", publication.version));
                        @let name = format!("{} / {}", publication.path.bucket, publication.path.collection);
                        tr {
                            td.clip {
                                @if has_page(&place) { a.row-link href=(place) { (parts::text(&name)) } }
                                @else { (parts::text(&name)) }
                            }
                            td.number.quiet { (parts::number(publication.version)) }
                            td { (parts::tally_of(&published.tally)) }
                            td.clip.quiet { (parts::text(people)) }
                            td.number { (parts::bytes(published.tally.bytes)) }
                            td.number.quiet { (parts::time(publication.at, now)) }
                        }
                    }
                }
            }
        }
    }
}

/// One line: what would stop publishing, and when.
fn health(lives: &[CertificateLife], now: Timestamp) -> Markup {
    let leaf = lives.iter().find(|life| life.role == CertificateRole::Leaf);
    let worst = lives.iter().find(|life| life.stage == LifeStage::Ended);
    html! {
        div.health {
            @if let Some(ended) = worst {
                span.health-bad {
                    (parts::icon(parts::Icon::Error))
                    strong { "The signer’s " (role(ended.role)) " has ended. Clients refuse what it signs." }
                }
            } @else {
                span { strong { "Signer" } " well" }
                @if let Some(leaf) = leaf {
                    span { strong { "Leaf certificate" } " ends in " (days(leaf.certificate.not_after(), now)) }
                }
            }
            @if has_page("/ui/keys") { a.health-more href="/ui/keys" { "Keys" } }
        }
    }
}

/// For an installation that holds nothing yet.
fn first_steps(signed_in: &SignedIn<'_>, home: &Home) -> Answer {
    let services = &signed_in.ui.services;
    let root = services.signer.root();
    let url = &services.settings.public_url;
    if !home.is_administrator {
        let body = parts::empty(
            "There is no collection that you may see. An administrator can make one, or make you an editor or reviewer.",
            &html! {},
        );
        return Page::new("Home", body).into();
    }
    let body = html! {
        p.lead {
            "The service runs and can sign. Nothing is published yet, because there is no collection: a list of JSON records \
             that clients fetch together."
        }
        ol.steps {
            li.step.done {
                span.step-mark { (parts::icon(parts::Icon::Check)) }
                div.step-text {
                    h2 { "Keys are made" }
                    p { "Clients will pin this root: " (parts::fingerprint(&root.fingerprint().to_string(), &root.to_hex())) }
                }
                @if has_page("/ui/keys") { a.step-more href="/ui/keys" { "Keys" } }
            }
            li.step.open {
                span.step-mark { "2" }
                div.step-text {
                    h2 { "Create the first collection" }
                    p { "Name it, and say who edits and who reviews. You can change everything but its name later." }
                    @if has_page(NEW_COLLECTION) {
                        p { (parts::link_button(parts::Weight::Primary, "Create a collection", NEW_COLLECTION)) }
                    } @else {
                        p { "Create it with an HTTP client: " code { "PUT " (url) "/v1/buckets/" (source_bucket(signed_in)) "/collections/NAME" } }
                    }
                }
            }
            li.step {
                span.step-mark { "3" }
                div.step-text {
                    h2 { "Invite a second person" }
                    p { "You cannot approve your own edits, so nothing is published until somebody else can review." }
                }
                @if has_page("/ui/people") { (parts::link_button(parts::Weight::Plain, "Make an account", "/ui/people")) }
            }
            li.step {
                span.step-mark { "4" }
                div.step-text {
                    h2 { "Let a client verify" }
                    p.command { "Once something is published: " code { "countersign verify " (url) " BUCKET/COLLECTION --root " (root.to_hex()) } }
                }
            }
        }
    };
    Page::new("First steps", body).into()
}

fn source_bucket(signed_in: &SignedIn<'_>) -> String {
    let buckets = signed_in.ui.services.settings.resources.source_buckets();
    buckets.first().map_or_else(|| "BUCKET".to_owned(), ToString::to_string)
}

fn collection_name(line: &Line) -> Markup {
    let path = &line.resource.destination;
    let name = format!("{} / {}", path.bucket, path.collection);
    let place = url::collection(path, if line.stage == Stage::Signed { "" } else { "changes" });
    html! {
        @if has_page(&place) { a.case-name href=(place) { (parts::text(&name)) } }
        @else { span.case-name { (parts::text(&name)) } }
    }
}

fn role(role: CertificateRole) -> &'static str {
    match role {
        CertificateRole::Intermediate => "intermediate certificate",
        CertificateRole::Leaf => "leaf certificate",
        CertificateRole::Root => "root certificate",
    }
}

fn days(until: Timestamp, now: Timestamp) -> String {
    let days = until.as_millis().saturating_sub(now.as_millis()) / 86_400_000;
    parts::count(days, "day", "days")
}

/// `Ana`, `Ana or Ben`, `Ana, Ben or another`.
fn any_of(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} or {two}"),
        [one, two, ..] => format!("{one}, {two} or another"),
    }
}

fn len<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

const LATELY: usize = 8;
const NEW_COLLECTION: &str = "/ui/new-collection";
