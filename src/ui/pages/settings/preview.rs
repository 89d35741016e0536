//! The form that a schema makes, while one writes the schema.

use std::cell::Cell;

use maud::{Markup, html};

use super::{
    source,
    typed::{self, LAYOUT, SCHEMA},
};
use crate::{
    types::Object,
    ui::{Answer, Faults, Form, Outcome, PageError, SignedIn, parts, url},
    workflow::{
        Resource,
        manage::{self, TestError},
    },
};

/// For the script: the form by what is typed now.
pub(super) fn submit(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    if !signed_in.is_script() {
        return super::fields::to_fields(signed_in);
    }
    Ok(Answer::fragment(part(signed_in, &resource, form)?))
}

/// The form; fetched again while somebody types.
pub(super) fn part(signed_in: &SignedIn<'_>, resource: &Resource, form: &Form) -> Result<Markup, PageError> {
    let depth = signed_in.ui.services.settings.limits.depth;
    let mut faults = Faults::default();
    let schema = typed::object(form, SCHEMA, depth, &mut faults);
    let layout = typed::object(form, LAYOUT, depth, &mut faults);
    let example = signed_in.read(|scope| {
        source(scope, resource)?;
        match manage::example(scope, resource) {
            Ok(example) => Ok(example.unwrap_or_default()),
            Err(TestError::Access(error)) => Err(error.into()),
            Err(error @ (TestError::Schema(_) | TestError::Storage(_))) => Err(PageError::internal(error)),
        }
    })?;
    let inner = match (faults.is_empty(), schema) {
        (false, _) => html! { p.hint { "It is shown again once the JSON above can be read." } },
        (true, None) => html! { p.hint { "Without a schema people edit JSON." } },
        (true, Some(schema)) => rendered(&schema, layout.as_ref(), &example),
    };
    let address = url::collection(&resource.destination, "settings/preview");
    Ok(html! {
        div #form-preview hx-post=(address) hx-trigger="input from:#settings-form delay:700ms" hx-include="#settings-form"
            hx-swap="outerHTML" hx-sync="this:replace" {
            (inner)
        }
    })
}

fn rendered(schema: &Object, layout: Option<&Object>, example: &Object) -> Markup {
    html! {
        fieldset.preview disabled aria-label="The form of a record" {
            (parts::render_form(&parts::SchemaForm {
                hidden: &["id", "schema", "last_modified"],
                room: Cell::new(FIELDS),
                schema,
                typed: None,
                ui: layout,
                value: example,
                violations: &[],
                was: None,
            }))
        }
    }
}

/// Enough to see what it comes to.
const FIELDS: usize = 60;
