//! Making a collection: its name, the people who edit and review it, and, if one likes, its columns and its schema.

mod markup;

use self::markup::{page, refused};
use crate::{
    types::{CollectionId, CollectionPath, Object, Value},
    ui::{Answer, Faults, Flash, Form, Outcome, PageError, Route, SignedIn, has_page, json, parts, url},
    workflow::{
        DraftFault, DraftProblem, Review, Scope, WriteError,
        access::{self, AccessError},
        manage::{self, CreateError, Member, NewCollection, Place, Standing, Team, TeamError},
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
    let view = signed_in.read(View::read)?;
    if view.places.is_empty() {
        return Ok(refused(&view).into());
    }
    let mut faults = Faults::default();
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
                "{name} is made, and published empty. It has no editor yet who can sign in: somebody has to ask for review."
            )
        }
        Standing::Nobody => {
            format!(
                "{name} is made, and published empty. It has no editor yet who can sign in, and no reviewer: until it has \
                 both, no change is published."
            )
        }
        Standing::NoReviewers => {
            format!(
                "{name} is made, and published empty. It has no reviewer yet who can sign in: until it has, no \
                 change is published."
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
        CreateError::Malformed(fault) => faults.add("schema", malformed(&fault)),
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

/// An attribute that is not what a collection has, as a sentence.
pub(super) fn malformed(fault: &DraftFault) -> String {
    if let DraftProblem::NotSchema(error) = &fault.problem {
        return format!("Records cannot be held against this: {error}.");
    }
    format!("{}: {}.", fault.name.strip_prefix("data.").unwrap_or(&fault.name), fault.problem)
}

/// Whom nobody knows, as a sentence.
pub(super) fn stranger(error: &TeamError) -> String {
    match error {
        TeamError::Ambiguous { name } => {
            format!("Several people are called {}. Type the account’s name instead.", parts::plain(name))
        }
        TeamError::Called { account, name } => {
            format!("{} is what {account} is called. Type the account: {account}.", parts::plain(name))
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
    if let Some(mend) = columns_fault(&fields) {
        faults.add("display-fields", mend);
    }
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

/// What to mend about columns that are none, or are too many to be shown.
pub(super) fn columns_fault(fields: &[String]) -> Option<String> {
    if fields.len() > MOST_COLUMNS {
        return Some(format!(
            "The table shows {MOST_COLUMNS} columns, and these are {}. Take some out.",
            fields.len()
        ));
    }
    fields.iter().find_map(|field| {
        if field.chars().count() > LONGEST_FIELD {
            Some(format!("A name of a field has at most {LONGEST_FIELD} characters. Part several by commas."))
        } else if field.chars().any(char::is_control) {
            Some(format!(
                "{} is no name of a field: it has characters that cannot be seen.",
                parts::plain(field)
            ))
        } else {
            None
        }
    })
}

/// Those that were ticked, and those that were typed: by commas or lines, since names of people have spaces.
fn people(form: &Form, ticked: &str, typed: &str) -> Vec<String> {
    let typed = form.text(typed).split([',', ';', '\n']).map(str::trim).filter(|name| !name.is_empty());
    form.all(ticked).chain(typed).map(str::to_owned).collect()
}

/// Of the name of a field, in characters.
pub(super) const LONGEST_FIELD: usize = 255;
/// As many as the table of records shows.
const MOST_COLUMNS: usize = 12;
const PATH: &str = "/ui/new-collection";
