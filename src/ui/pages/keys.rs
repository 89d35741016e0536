//! What is signed with, how long it is good, and what to do before it ends.

use maud::{Markup, html};

use crate::{
    signing::{Certificate, CertificateLife, CertificateRole, LifeStage},
    types::{CollectionPath, Timestamp},
    ui::{Outcome, Page, PageError, Route, SignedIn, parts, url},
    workflow::renewal::{self, Standing},
};

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[Route::get("/ui/keys", show)];

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let (standings, leaves) =
        signed_in.read(|scope| Ok::<_, PageError>((renewal::standings(scope)?, renewal::leaves(scope)?)))?;
    let (services, now) = (&signed_in.ui.services, signed_in.now);
    let signer = &services.signer;
    let (lives, next) = (signer.certificates(now), signer.renews_at());
    let chain: Vec<Certificate> = lives.iter().map(|life| life.certificate.clone()).collect();
    let root = signer.root();
    let picture = parts::Lives::of_chain(&chain, now)
        .map(|picture| picture.others(leaves.iter().map(parts::Life::from)).next(next).render());
    let body = html! {
        (health(&lives, next, now))
        section aria-labelledby="root" {
            h2 #root { "What clients pin" }
            dl.facts.keys-facts {
                dt { "Root’s fingerprint" }
                dd { (parts::fingerprint(&root.fingerprint().to_string(), &root.to_hex())) }
                dt { "In full" }
                dd { code.whole { (root.to_hex()) } }
                dt { "Signer’s name" }
                dd { span.id { (parts::mono(signer.name().as_str())) (parts::copy(signer.name().as_str())) } }
                dt { "Chain" }
                dd { a href=(signer.chain_path()) { "All certificates as PEM" } }
            }
            p.small.quiet.keys-note {
                "Give both to clients by a way that does not lead through this service. "
                code { "countersign keys inspect" } " prints the same on the machine itself: compare them."
            }
        }
        section aria-labelledby="certificates" {
            h2 #certificates { "Certificates" }
            @if let Some(picture) = picture { (picture) }
            (certificates(&lives, next, now))
            @if let Some(leaf) = chain.first() {
                @let pem = leaf.public_key_to_pem();
                details.public-key {
                    summary { "Public key of the leaf" }
                    div.once { pre { (pem) } (parts::copy(&pem)) }
                }
            }
        }
        section aria-labelledby="signed" {
            h2 #signed { "What is signed" }
            @if standings.is_empty() {
                (parts::empty("Nothing is signed yet that you may see. Each collection is, from its first day.", &html! {}))
            } @else {
                (signed(signed_in, &standings))
            }
        }
    };
    Ok(Page::new("Keys", body).into())
}

/// One sentence: whether all is well, and what happens next.
fn health(lives: &[CertificateLife], next: Option<Timestamp>, now: Timestamp) -> Markup {
    let worst = |stage| lives.iter().find(|life| life.stage == stage);
    if let Some(ended) = worst(LifeStage::Ended) {
        let sentence = format!("The {} has ended: clients refuse what is signed now.", words(ended.role));
        return parts::notice(parts::Tone::Error, &sentence, &html! { (mend(ended.role, None, now)) });
    }
    if let Some(late) = worst(LifeStage::HalfOver) {
        let sentence = match late.role {
            CertificateRole::Leaf => "The leaf certificate should have been renewed by now.".to_owned(),
            CertificateRole::Intermediate | CertificateRole::Root => {
                format!("More than half of the {}’s life is over.", words(late.role))
            }
        };
        return parts::notice(parts::Tone::Warning, &sentence, &html! { (mend(late.role, None, now)) });
    }
    html! {
        p.keys-health {
            (parts::icon(parts::Icon::Done))
            span {
                strong { "All is well." } " "
                @match next {
                    Some(at) => { "The service renews its leaf by itself, next on " (parts::day(at, now)) ", and signs everything again with it." },
                    None => "Whoever issues the leaf renews it.",
                }
            }
        }
    }
}

fn certificates(lives: &[CertificateLife], next: Option<Timestamp>, now: Timestamp) -> Markup {
    html! {
        div.table-box tabindex="0" role="region" aria-labelledby="certificates" {
            table.table.keys-table {
                thead {
                    tr {
                        th scope="col" { "Certificate" }
                        th scope="col" { "Valid" }
                        th.number scope="col" { "Ends in" }
                        th scope="col" { "Before it ends" }
                    }
                }
                tbody {
                    @for life in lives.iter().rev() {
                        @let certificate = &life.certificate;
                        tr {
                            td {
                                strong { (title(life.role)) }
                                span.small.quiet.subject { (parts::text(&certificate.subject())) }
                                (parts::id(&certificate.fingerprint().to_hex()))
                            }
                            td { (parts::day(certificate.not_before(), now)) " to " (parts::day(certificate.not_after(), now)) }
                            td.number {
                                @if life.stage == LifeStage::Ended { strong { "ended" } }
                                @else { (remaining(certificate.not_after(), now)) }
                            }
                            td.keys-mend { (mend(life.role, next, now)) }
                        }
                    }
                }
            }
        }
    }
}

/// What somebody has to do, or nobody.
fn mend(role: CertificateRole, next: Option<Timestamp>, now: Timestamp) -> Markup {
    match (role, next) {
        (CertificateRole::Leaf, Some(at)) => html! {
            "Nothing: the next one is made on " (parts::day(at, now)) "."
        },
        (CertificateRole::Leaf, None) => html! {
            "If the service makes its leaves: the log says what keeps it from doing so, " code { "countersign doctor" } " tells more. \
             If you bring them: put the next key and chain in place of these."
        },
        (CertificateRole::Intermediate, _) => html! {
            "Bring the root’s key back, move " code { "intermediate.pem" } " and " code { "leaf.pem" } " away, run "
            code { "countersign keys init" } ", take the root’s key away again. Clients notice nothing."
        },
        (CertificateRole::Root, _) => html! {
            "Give clients another root in time: they believe nothing else. Keep the root’s key where no network reaches it."
        },
    }
}

fn signed(signed_in: &SignedIn<'_>, standings: &[Standing]) -> Markup {
    let now = signed_in.now;
    // Previews are signed too, and have no page.
    let is_destination = |path: &CollectionPath| {
        let resource = signed_in.ui.services.settings.resources.of_published(path);
        resource.is_some_and(|resource| resource.destination == *path)
    };
    html! {
        div.table-box tabindex="0" role="region" aria-labelledby="signed" {
            table.table {
                thead {
                    tr {
                        th scope="col" { "Collection" }
                        th.number scope="col" { "Version" }
                        th.number scope="col" { "Signed" }
                        th.number scope="col" { "Signed again" }
                        th.number scope="col" { "Stale after" }
                    }
                }
                tbody {
                    @for standing in standings {
                        @let place = url::collection(&standing.path, "publications");
                        @let name = format!("{} / {}", standing.path.bucket, standing.path.collection);
                        tr {
                            td.clip {
                                @if is_destination(&standing.path) { a.row-link href=(place) { (parts::text(&name)) } }
                                @else { (parts::text(&name)) }
                            }
                            td.number.quiet { (parts::number(standing.version)) }
                            td.number { (parts::time(standing.issued, now)) }
                            td.number {
                                @if !standing.is_current { "in a minute, with the new leaf" }
                                @else if let Some(again) = standing.again { (parts::day(again, now)) }
                                @else { "with the next leaf" }
                            }
                            td.number {
                                @match standing.expires {
                                    Some(expires) if expires < now => { strong { "stale since " (parts::day(expires, now)) } },
                                    Some(expires) => (parts::day(expires, now)),
                                    None => "never",
                                }
                            }
                        }
                    }
                }
            }
        }
        p.small.quiet.keys-note {
            "Clients keep stale data, and say that it is stale. What is signed again has the same records under a new version."
        }
    }
}

/// `60 days`, `9 years`.
fn remaining(until: Timestamp, now: Timestamp) -> String {
    let days = until.as_millis().saturating_sub(now.as_millis()) / 86_400_000;
    if days < 2 * 365 { parts::count(days, "day", "days") } else { parts::count(days / 365, "year", "years") }
}

fn title(role: CertificateRole) -> &'static str {
    match role {
        CertificateRole::Intermediate => "Intermediate",
        CertificateRole::Leaf => "Leaf",
        CertificateRole::Root => "Root",
    }
}

fn words(role: CertificateRole) -> &'static str {
    match role {
        CertificateRole::Intermediate => "intermediate certificate",
        CertificateRole::Leaf => "leaf certificate",
        CertificateRole::Root => "root certificate",
    }
}
