//! The end of a collection: what goes, what clients see, and why it often cannot be.

use maud::{Markup, html};

use super::{Section, page, source};
use crate::{
    ui::{Answer, Faults, Flash, Form, Outcome, Page, PageError, SignedIn, has_page, parts, url},
    workflow::{
        Resource, WriteError,
        access::AccessError,
        manage::{self, Deletion, DeletionError},
    },
};

pub(super) fn show(signed_in: &SignedIn<'_>) -> Outcome {
    render(signed_in, &signed_in.resource()?, &Form::default(), &Faults::default()).map(Into::into)
}

pub(super) fn submit(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    let mut faults = Faults::default();
    match signed_in.write(|scope| manage::delete(scope, &resource, form.text(NAME))) {
        Ok(()) => {
            let sentence = format!(
                "{} / {} is deleted. Clients get an empty list, signed.",
                resource.destination.bucket, resource.destination.collection
            );
            return Ok(Answer::see_other("/").with_flash(Flash::new(sentence)));
        }
        Err(DeletionError::NameDiffers) => {
            let name = &resource.destination.collection;
            faults.add(NAME, format!("This is not its name. Type {name} to delete it."));
        }
        // The page says why.
        Err(DeletionError::Published | DeletionError::Access(AccessError::Denied(_))) => {}
        Err(DeletionError::Access(error)) => return Err(error.into()),
        Err(DeletionError::Write(WriteError::Denied(denied))) => return Err(denied.into()),
        Err(DeletionError::Write(error)) => return Err(PageError::internal(error)),
    }
    render(signed_in, &resource, form, &faults).map(|page| page.with_status(422).into())
}

fn render(
    signed_in: &SignedIn<'_>,
    resource: &Resource,
    typed: &Form,
    faults: &Faults,
) -> Result<Page, PageError> {
    let deletion = signed_in.read(|scope| {
        source(scope, resource)?;
        Ok::<_, PageError>(manage::deletion(scope, resource)?)
    })?;
    let body = html! {
        @if !deletion.is_allowed {
            (parts::notice(parts::Tone::Refusal, "You may not delete this collection.", &html! {
                "It takes the permission to write it. An administrator can give it to you."
            }))
        } @else if deletion.published > 0 {
            (published(resource, &deletion))
        } @else {
            (form(signed_in, resource, &deletion, typed, faults)?)
        }
    };
    Ok(page(resource, Section::Delete, &body))
}

/// Clients hold records: it is emptied first.
fn published(resource: &Resource, deletion: &Deletion) -> Markup {
    let records = url::collection(&resource.destination, "");
    let sentence = format!(
        "Clients hold {} of it, so nobody can delete it.",
        parts::count(deletion.published, "record", "records")
    );
    html! {
        (parts::notice(parts::Tone::Refusal, &sentence, &html! {
            "What clients hold goes through review, administrators included. Three steps lead there."
        }))
        ol.numbered {
            li {
                @if has_page(&records) { a href=(records) { "Delete its records" } } @else { "Delete its records" }
                " and ask for review."
            }
            li { "Another person approves. Clients then get an empty list, and forget the records." }
            li { "Come back here and delete the collection." }
        }
    }
}

fn form(
    signed_in: &SignedIn<'_>,
    resource: &Resource,
    deletion: &Deletion,
    typed: &Form,
    faults: &Faults,
) -> Result<Markup, PageError> {
    let path = &resource.destination;
    let label = format!("Type {} to delete it", path.collection);
    Ok(html! {
        div.deletion {
            p.lead { "Nothing of it is published, so it can go. This cannot be taken back." }
            ul.marked {
                li {
                    @if deletion.records == 0 { "It holds no record." }
                    @else {
                        "Its " (parts::count(deletion.records, "record", "records"))
                        ", which nobody approved yet, "
                        @if deletion.records == 1 { "is" } @else { "are" }
                        " deleted."
                    }
                }
                li { "Its groups of editors and reviewers are deleted, with what they may do." }
                li {
                    "Clients that ask for " (parts::mono(&path.to_string())) " get an empty list, signed once more"
                    @if let Some(preview) = &resource.preview { ", and so do testers of " (parts::mono(&preview.to_string())) }
                    "."
                }
                li { "What happened to it stays in the history. A collection of the same name goes on with its versions." }
            }
            form.form method="post" action=(Section::Delete.path(resource)) {
                (signed_in.guard()?)
                (parts::Field::line(NAME, &label).value(typed.text(NAME)).faults(faults).mono().autocomplete("off").render())
                div.buttons { (parts::button(parts::Weight::Plain, "Delete the collection")) }
            }
        }
    })
}

const NAME: &str = "name";
