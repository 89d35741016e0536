//! The markup of the page that makes a collection.

use maud::{Markup, html};

use super::{PATH, View};
use crate::{
    types::CollectionId,
    ui::{Faults, Form, Page, PageError, SignedIn, has_page, parts},
    workflow::manage::{Member, MemberState, Names},
};

pub(super) fn page(
    signed_in: &SignedIn<'_>,
    view: &View,
    typed: &Form,
    faults: &Faults,
) -> Result<Page, PageError> {
    let title = if view.is_first { "Create the first collection" } else { "New collection" };
    let body = html! {
        p.lead {
            "A collection is a list of JSON records that clients fetch together. You can change everything but its name later."
        }
        (parts::error_summary("Not created", faults))
        form.new-collection #(FORM) method="post" action=(PATH) {
            (signed_in.guard()?)
            section.part aria-labelledby="name" {
                h2 #name { "Name" }
                (name(view, typed, faults))
            }
            section.part aria-labelledby="people" {
                h2 #people { "People" }
                (people_part(signed_in, view, typed, faults))
            }
            section.part aria-labelledby="records" {
                h2 #records { "Records " span.heading-note { "can wait until later" } }
                (records(signed_in, typed, faults))
            }
        }
    };
    let action = html! {
        (parts::link_button(parts::Weight::Plain, "Cancel", "/"))
        button.button.primary type="submit" form=(FORM) { "Create collection" }
    };
    Ok(Page::new(title, body).crumb("Home", Some("/".to_owned())).action(action).script("json-editor.js"))
}

fn name(view: &View, typed: &Form, faults: &Faults) -> Markup {
    let buckets: Vec<(&str, &str)> =
        view.places.iter().map(|place| (place.bucket.as_str(), place.bucket.as_str())).collect();
    let named: Vec<String> = view
        .places
        .iter()
        .filter_map(|place| match &place.names {
            Names::Any => None,
            Names::Only(names) => {
                let names: Vec<&str> = names.iter().map(CollectionId::as_str).collect();
                Some(format!("In {}: {}", place.bucket, names.join(", ")))
            }
        })
        .collect();
    html! {
        div.pair {
            (parts::Field::choice("bucket", "Bucket", buckets)
                .value(typed.text("bucket"))
                .faults(faults)
                .hint(html! { "Where clients read it." })
                .render())
            (parts::Field::line("collection", "Collection")
                .value(typed.text("collection"))
                .faults(faults)
                .placeholder("for example, search-engines")
                .autocomplete("off")
                .hint(html! {
                    @if named.is_empty() { "Clients know it by this name, and it stays." }
                    @else { "The configuration names what there can be. " (parts::text(&named.join("; "))) "." }
                })
                .render())
        }
    }
}

fn people_part(signed_in: &SignedIn<'_>, view: &View, typed: &Form, faults: &Faults) -> Markup {
    let (shown, more) = if view.candidates.len() <= MOST_SHOWN {
        (view.candidates.as_slice(), false)
    } else {
        (&[][..], true)
    };
    html! {
        p.lead {
            @if view.is_reviewed {
                strong { "It takes two." }
                " Whoever edits a record, or asks for review, cannot approve that change. So a collection needs at least one \
                 editor and another person as reviewer; with more of both, nobody waits for one who is away."
            } @else {
                "The configuration turns review off in places (" code { "review.enabled" } "): there, whoever may edit also \
                 publishes. Where it is on, whoever edits cannot approve."
            }
        }
        @if !shown.is_empty() {
            div.table-box {
                table.table.people-pick {
                    thead {
                        tr {
                            th scope="col" { "Person" }
                            th scope="col" { "Edits" }
                            th scope="col" { @if view.is_administrator { "Reviews" } }
                        }
                    }
                    tbody {
                        @for member in shown { (pick(signed_in, view, member, typed)) }
                    }
                }
            }
            @if shown.len() == 1 && view.is_administrator {
                p.hint {
                    "Nobody else can sign in yet. "
                    @if has_page("/ui/people") { a href="/ui/people" { "Make an account" } " for a second person" }
                    @else { "Make an account for a second person" }
                    ", before or after this; until somebody else reviews, nothing is published."
                }
            }
        }
        @let typed_more = ["more-editors", "more-reviewers"].iter().any(|field| !typed.text(field).is_empty());
        // Administrators see everybody in the list, as long as there is one.
        @if more || !view.is_administrator || typed_more { div.pair {
            (parts::Field::line("more-editors", if more || shown.is_empty() { "Editors" } else { "Other editors" })
                .value(typed.text("more-editors"))
                .faults(faults)
                .placeholder("Names, parted by commas")
                .autocomplete("off")
                .render())
            @if view.is_administrator {
                (parts::Field::line("more-reviewers", if more || shown.is_empty() { "Reviewers" } else { "Other reviewers" })
                    .value(typed.text("more-reviewers"))
                    .faults(faults)
                    .placeholder("Names, parted by commas")
                    .autocomplete("off")
                    .render())
            } @else {
                div.field {
                    span.label { "Reviewers" }
                    p.hint {
                        "Administrators alone name them"
                        @if !view.administrators.is_empty() { ": ask " (parts::text(&view.administrators.join(" or "))) }
                        ". Until then nothing is published."
                    }
                    @if let Some(fault) = faults.of("more-reviewers") {
                        p.fault #f-more-reviewers { (parts::icon(parts::Icon::Error)) span { (parts::text(fault)) } }
                    }
                }
            }
        } }
    }
}

fn pick(signed_in: &SignedIn<'_>, view: &View, member: &Member, typed: &Form) -> Markup {
    let id = member.user.strip_prefix("account:").unwrap_or(&member.user);
    let is_ticked = |name: &str| typed.all(name).any(|value| value == id);
    let edits = format!("{} edits", member.name);
    let reviews = format!("{} reviews", member.name);
    html! {
        tr {
            th scope="row" {
                span.person { (parts::text(&member.name)) }
                @if member.name != id { " " code.quiet { (parts::plain(id)) } }
                @if *id == *signed_in.account.as_str() { " " span.quiet { "you" } }
                @if member.state == MemberState::Invited { " " span.member-state { "invited" } }
            }
            td { input type="checkbox" name="editor" value=(id) aria-label=(parts::plain(&edits)) checked[is_ticked("editor")]; }
            td {
                @if view.is_administrator {
                    input type="checkbox" name="reviewer" value=(id) aria-label=(parts::plain(&reviews)) checked[is_ticked("reviewer")];
                }
            }
        }
    }
}

fn records(signed_in: &SignedIn<'_>, typed: &Form, faults: &Faults) -> Markup {
    let editor = signed_in.ui.assets.path("vendor/codemirror.js");
    html! {
        p.lead { "What you give here waits for review like a record: clients get it with the first change that is approved." }
        (parts::Field::line("display-fields", "Columns of the table")
            .value(typed.text("display-fields"))
            .faults(faults)
            .placeholder("for example, name, recordType, enabled")
            .autocomplete("off")
            .hint(html! { "Names of fields, parted by commas (" code { "displayFields" } ")." })
            .render())
        (parts::Field::area("schema", "JSON Schema", 8)
            .value(typed.text("schema"))
            .faults(faults)
            .mono()
            .editor(&editor)
            .hint(html! { "What a record has to look like. The form to edit records is made from it; without one, people edit JSON." })
            .render())
    }
}

/// For those who may not make any.
pub(super) fn refused(view: &View) -> Page {
    let asked = if view.administrators.is_empty() {
        "an administrator".to_owned()
    } else {
        view.administrators.join(" or ")
    };
    let body = html! {
        (parts::notice(parts::Tone::Refusal, "You cannot make collections.", &html! {
            @if view.is_administrator {
                "Every collection that the configuration names is there. More need another line in the setting "
                code { "signer.resources" } "."
            } @else {
                "It takes the permission " code { "collection:create" } " on the bucket. Ask " (parts::text(&asked)) "."
            }
        }))
        p { (parts::link_button(parts::Weight::Plain, "Go to the start", "/")) }
    };
    Page::new("New collection", body).with_status(403)
}

const FORM: &str = "new-collection";
/// Accounts that stand in a list; with more of them people type names.
const MOST_SHOWN: usize = 60;
