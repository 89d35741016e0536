//! Making a collection: its name, the people who edit and review it, and, if one likes, its columns and its schema.

use maud::{Markup, html};

use crate::{
    types::{CollectionId, CollectionPath, Object, Value},
    ui::{
        Answer, Faults, Flash, Form, Outcome, Page, PageError, Route, SignedIn, has_page, json, parts, url,
    },
    workflow::{
        DraftProblem, Review, Scope, WriteError,
        access::{self, AccessError},
        manage::{self, CreateError, Member, Names, NewCollection, Place, Standing, Team, TeamError},
        overview,
    },
};

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[Route::get(PATH, show), Route::post(PATH, submit)];

/// Everything that the page shows besides what was typed.
struct View {
    administrators: Vec<String>,
    candidates: Vec<Member>,
    is_administrator: bool,
    is_first: bool,
    /// Review is on for whatever is made.
    is_reviewed: bool,
    places: Vec<Place>,
}

impl View {
    fn read(scope: &mut Scope<'_>) -> Result<Self, PageError> {
        let review = &scope.services.settings.review;
        let is_reviewed =
            review.default == Review::On && review.exceptions.values().all(|review| *review == Review::On);
        Ok(Self {
            administrators: manage::administrators(scope)?,
            candidates: manage::candidates(scope)?,
            is_administrator: access::is_administrator(scope),
            is_first: overview::list(scope)?.is_empty(),
            is_reviewed,
            places: manage::places(scope)?,
        })
    }
}

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let view = signed_in.read(View::read)?;
    if view.places.is_empty() {
        return Ok(refused(&view).into());
    }
    // Whoever makes it usually edits it.
    let fresh = Form::of(&[("editor", signed_in.account.as_str())]);
    page(signed_in, &view, &fresh, &Faults::default()).map(Into::into)
}

fn submit(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let mut faults = Faults::default();
    let view = signed_in.read(View::read)?;
    let destination = destination(&view, form, &mut faults);
    let attributes = attributes(signed_in, form, &mut faults);
    if let (Some(destination), true) = (destination, faults.is_empty()) {
        let new = NewCollection {
            attributes,
            destination,
            editors: people(form, "editor", "more-editors"),
            reviewers: people(form, "reviewer", "more-reviewers"),
        };
        match signed_in.write(|scope| manage::create(scope, &new)) {
            Ok((resource, standing)) => return Ok(made(&resource.destination, &standing)),
            Err(error) => note(error, &mut faults)?,
        }
    }
    page(signed_in, &view, form, &faults).map(|page| page.with_status(422).into())
}

/// To the new collection, with the next step.
fn made(path: &CollectionPath, standing: &Standing) -> Answer {
    let name = format!("{} / {}", path.bucket, path.collection);
    let mut flash = Flash::new(match standing {
        Standing::Enough | Standing::Off => {
            format!("{name} is made, and published empty. Add its first record.")
        }
        Standing::NoEditors => {
            format!(
                "{name} is made, and published empty. It has no editor yet: somebody has to ask for review."
            )
        }
        Standing::NoReviewers => {
            format!(
                "{name} is made, and published empty. It has no reviewer yet: until it has, nothing is published."
            )
        }
        Standing::OnePerson { name: person } => format!(
            "{name} is made, and published empty. {person} alone edits and reviews it, and nobody approves their own \
             edits: it needs a second person."
        ),
    });
    let people = url::collection(path, "settings/people");
    if !matches!(standing, Standing::Enough | Standing::Off) && has_page(&people) {
        flash = flash.link("Name people", people);
    }
    let records = url::collection(path, "");
    let next = if has_page(&records) { records } else { url::collection(path, "settings") };
    Answer::see_other(next).with_flash(flash)
}

/// What the verb refused, beside the field that mends it.
fn note(error: CreateError, faults: &mut Faults) -> Result<(), PageError> {
    match error {
        CreateError::Access(AccessError::Denied(_)) => faults.add(
            "collection",
            "You may not make collections here. An administrator can make it, or give you the permission.",
        ),
        CreateError::Access(error) => return Err(error.into()),
        CreateError::Exists { destination } => {
            faults.add("collection", format!("There is a collection {destination} already. Choose another name."));
        }
        CreateError::Malformed(fault) => faults.add(
            "schema",
            match &fault.problem {
                DraftProblem::NotSchema(error) => format!("Records cannot be held against this: {error}."),
                problem => format!("{}: {problem}.", fault.name),
            },
        ),
        CreateError::NotConfigured { destination } => faults.add(
            "collection",
            format!("The configuration does not publish {destination} (setting signer.resources). Choose another name."),
        ),
        CreateError::ReviewersByAdministrators => {
            faults.add("more-reviewers", "Administrators alone name reviewers. Leave this empty, and ask one of them.");
        }
        CreateError::Strangers(strangers) => {
            for (team, error) in strangers {
                let field = match team {
                    Team::Editors => "more-editors",
                    Team::Reviewers => "more-reviewers",
                };
                faults.add(field, stranger(&error));
            }
        }
        CreateError::Write(error @ WriteError::Denied(_)) => return Err(error.into()),
        CreateError::Write(error) => return Err(PageError::internal(error)),
    }
    Ok(())
}

/// Whom nobody knows, as a sentence.
pub(super) fn stranger(error: &TeamError) -> String {
    match error {
        TeamError::Ambiguous { name } => {
            format!("Several people are called {}. Type the account’s name instead.", parts::plain(name))
        }
        TeamError::Unknown { name } => {
            format!("Nobody here is called {}. Type the name of an account.", parts::plain(name))
        }
        error @ (TeamError::Access(_)
        | TeamError::AlreadyIn { .. }
        | TeamError::LosesPowers(_)
        | TeamError::NoGroup
        | TeamError::Row(_)) => format!("{error}."),
    }
}

fn destination(view: &View, form: &Form, faults: &mut Faults) -> Option<CollectionPath> {
    let typed = form.text("collection").trim();
    let place = view.places.iter().find(|place| place.bucket.as_str() == form.text("bucket"));
    if place.is_none() {
        faults.add("bucket", "Choose one of the buckets.");
    }
    if typed.is_empty() {
        faults.add("collection", "Give it a name, for example search-engines.");
        return None;
    }
    let Ok(collection) = CollectionId::parse(typed) else {
        faults.add(
            "collection",
            "A name has letters without accents, digits, hyphens and underscores, begins with a letter or digit, and has at \
             most 255 characters.",
        );
        return None;
    };
    Some(CollectionPath::new(place?.bucket.clone(), collection))
}

fn attributes(signed_in: &SignedIn<'_>, form: &Form, faults: &mut Faults) -> Object {
    let mut attributes = Object::new();
    let fields = display_fields(form.text("display-fields"));
    if !fields.is_empty() {
        attributes.insert("displayFields", fields.into_iter().map(Value::from).collect::<Vec<_>>());
    }
    let schema = form.text("schema");
    if !schema.trim().is_empty() {
        match json::parse_object(schema, signed_in.ui.services.settings.limits.depth) {
            Ok(schema) => {
                attributes.insert("schema", schema);
            }
            Err(mend) => faults.add("schema", mend),
        }
    }
    attributes
}

/// Names of fields, parted by commas or lines; each once.
pub(super) fn display_fields(typed: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for field in typed.split([',', '\n']).map(str::trim).filter(|field| !field.is_empty()) {
        if !fields.iter().any(|own| own == field) {
            fields.push(field.to_owned());
        }
    }
    fields
}

/// Those that were ticked, and those that were typed: by commas or lines, since names of people have spaces.
fn people(form: &Form, ticked: &str, typed: &str) -> Vec<String> {
    let typed = form.text(typed).split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty());
    form.all(ticked).chain(typed).map(str::to_owned).collect()
}

fn page(signed_in: &SignedIn<'_>, view: &View, typed: &Form, faults: &Faults) -> Result<Page, PageError> {
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
                (records(typed, faults))
            }
        }
    };
    let action = html! {
        (parts::link_button(parts::Weight::Plain, "Cancel", "/"))
        button.button.primary type="submit" form=(FORM) { "Create collection" }
    };
    Ok(Page::new(title, body).crumb("Home", Some("/".to_owned())).action(action))
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
                    "You are the only one with an account. "
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

fn records(typed: &Form, faults: &Faults) -> Markup {
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
            .hint(html! { "What a record has to look like. The form to edit records is made from it; without one, people edit JSON." })
            .render())
    }
}

/// For those who may not make any.
fn refused(view: &View) -> Page {
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
const PATH: &str = "/ui/new-collection";
