//! How the collection is reviewed and where it is published: decided by the configuration, shown with its names.

use maud::{Markup, html};

use super::{Section, page, source};
use crate::{
    ui::{Outcome, SignedIn, parts, url},
    workflow::{Impact, ImpactAction, Resource, ResourceLine, Review, Settings},
};

pub(super) fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let resource = signed_in.resource()?;
    signed_in.read(|scope| source(scope, &resource).map(|_| ()))?;
    let settings = &signed_in.ui.services.settings;
    let review = settings.review.of(&resource.source);
    let key = match settings.review.deciding(&resource.source) {
        Some((name, _)) => format!("[review.\"{name}\"] enabled"),
        None => "review.enabled".to_owned(),
    };
    let people = url::collection(&resource.destination, "settings/people");
    let body = html! {
        p.lead {
            "The operator decides this in the configuration, so that nobody who is signed in can turn review off. It is read when the \
             service starts."
        }
        div.table-box {
            table.table.decided {
                thead { tr { th scope="col" { "What" } th scope="col" { "How it is" } th scope="col" { "Setting" } } }
                tbody {
                    tr {
                        th scope="row" { "Review" }
                        td {
                            @match review {
                                Review::On => {
                                    strong { "On." } " Another person approves each change. " a href=(people) { "Who can" }
                                }
                                Review::Off => { strong { "Off." } " Whoever may edit publishes alone." }
                            }
                        }
                        td { (parts::mono(&key)) }
                    }
                    (ends(&resource, settings))
                    (impact(&settings.review.impact))
                }
            }
        }
    };
    Ok(page(&resource, Section::Review, &body).into())
}

/// The three collections.
fn ends(resource: &Resource, settings: &Settings) -> Markup {
    let line = settings.resources.iter().find(|line| is_of(line, resource));
    let spelled = line.map(spell).unwrap_or_default();
    html! {
        tr {
            th scope="row" { "Editors write" }
            td { (parts::mono(&resource.source.to_string())) }
            td { (parts::mono("signer.resources")) }
        }
        tr {
            th scope="row" { "Testers read" }
            td {
                @match &resource.preview {
                    Some(preview) => { (parts::mono(&preview.to_string())) ", once review is asked for" }
                    None => "There is no preview.",
                }
            }
            td { (parts::mono("signer.resources")) }
        }
        tr {
            th scope="row" { "Clients read" }
            td { (parts::mono(&resource.destination.to_string())) ", once a change is approved" }
            td { (parts::mono("signer.resources")) @if !spelled.is_empty() { br; (parts::mono(&spelled)) } }
        }
    }
}

fn impact(impact: &Impact) -> Markup {
    html! {
        tr {
            th scope="row" { "Large changes" }
            td {
                "More than " (parts::number(impact.removed_percent)) "\u{a0}% of the published records removed, or a growth of more than "
                (parts::number(impact.growth_percent)) "\u{a0}%: " (words(impact.over)) "."
            }
            td {
                (parts::mono("review.impact.removed_percent")) br;
                (parts::mono("review.impact.growth_percent")) br;
                (parts::mono("review.impact.over"))
            }
        }
        tr {
            th scope="row" { "Records that break the schema" }
            td { "In a change: " (words(impact.schema)) "." }
            td { (parts::mono("review.impact.schema")) }
        }
    }
}

const fn words(action: ImpactAction) -> &'static str {
    match action {
        ImpactAction::Block => "the change cannot be approved",
        ImpactAction::Warn => "the reviewer is warned",
    }
}

fn is_of(line: &ResourceLine, resource: &Resource) -> bool {
    let source = &line.source;
    source.bucket == resource.source.bucket
        && source.collection.as_ref().is_none_or(|collection| *collection == resource.source.collection)
        && line.destination.bucket == resource.destination.bucket
}

/// As it stands in the configuration.
fn spell(line: &ResourceLine) -> String {
    let ends = std::iter::once(&line.source).chain(line.published());
    ends.map(ToString::to_string).collect::<Vec<_>>().join(" -> ")
}
