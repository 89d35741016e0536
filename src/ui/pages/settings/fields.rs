//! What the records look like: the columns of their table, their order, their schema, and the form that is made from it.

use maud::{Markup, html};

use super::{
    Section,
    new_collection::malformed,
    page, preview,
    schema_test::{Test, look_at_records, result},
    source,
    typed::{self, COLUMNS, LAYOUT, OTHERS, SCHEMA, SEEN, SORT},
};
use crate::{
    types::{Object, Sha256Digest, Timestamp, Value},
    ui::{Answer, Faults, Flash, Form, Outcome, Page, PageError, SignedIn, has_page, json, parts, url},
    workflow::{
        ImpactAction, Resource, WriteError,
        access::{self, AccessError},
        manage::{self, ChangeError, Changed},
        overview::{self, Stage},
        rows,
    },
};

/// What the page shows besides what is typed.
pub(super) struct View {
    pub(super) attributes: Object,
    /// Whether a change with records that break the schema cannot be approved.
    pub(super) blocks: bool,
    pub(super) may_write: bool,
    pub(super) records: u64,
    stage: Option<Stage>,
}

/// What a form came back with.
#[derive(Default)]
pub(super) struct Came {
    /// The attributes as somebody else left them meanwhile.
    current: Option<Object>,
    pub(super) faults: Faults,
    /// What the schema came to.
    pub(super) test: Option<Test>,
}

pub(super) fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let resource = signed_in.resource()?;
    let view = view(signed_in, &resource)?;
    let form = typed::to_form(&view.attributes);
    render(signed_in, &resource, &view, &form, &Came::default()).map(Into::into)
}

/// The address to which a test is sent, opened by itself.
pub(super) fn to_fields(signed_in: &SignedIn<'_>) -> Outcome {
    Ok(Answer::see_other(Section::Fields.path(&signed_in.resource()?)))
}

pub(super) fn submit(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    let view = view(signed_in, &resource)?;
    let mut came = Came::default();
    let depth = signed_in.ui.services.settings.limits.depth;
    let wanted = typed::to_attributes(form, depth, &mut came.faults);
    typed::look_at_table(form, &view.attributes, &mut came.faults);
    if came.faults.is_empty() && !form.has(ANYWAY) && wanted.get(SCHEMA) != view.attributes.get(SCHEMA) {
        look_at_records(signed_in, &resource, &wanted, &mut came)?;
    }
    if came.faults.is_empty() && came.test.is_none() {
        // What no page of ours has shown differs from everything.
        let seen = Sha256Digest::parse(form.text(SEEN)).unwrap_or_else(|_| Sha256Digest::of(b""));
        match signed_in.write(|scope| manage::change(scope, &resource, &wanted, &seen)) {
            Ok(changed) => return Ok(saved(&resource, changed)),
            Err(error) => note(error, &mut came)?,
        }
    }
    let view = self::view(signed_in, &resource)?;
    render(signed_in, &resource, &view, form, &came).map(|page| page.with_status(422).into())
}

pub(super) fn view(signed_in: &SignedIn<'_>, resource: &Resource) -> Result<View, PageError> {
    signed_in.read(|scope| {
        let stored = source(scope, resource)?;
        let key = crate::storage::ObjectKey::Collection(resource.source.clone());
        Ok::<_, PageError>(View {
            attributes: rows::attributes(&stored)?,
            blocks: scope.services.settings.review.impact.schema == ImpactAction::Block,
            may_write: access::may_write(scope, &key)?,
            records: scope.tx.count_records(&resource.source)?,
            stage: overview::of(scope, resource)?.map(|line| line.stage),
        })
    })
}

fn saved(resource: &Resource, changed: Changed) -> Answer {
    let changes = url::collection(&resource.destination, "changes");
    let flash = match changed {
        Changed::Edit => {
            let flash = Flash::new("Saved as part of the change: clients get it when a reviewer approves.");
            if has_page(&changes) { flash.link("Look at the change", changes) } else { flash }
        }
        Changed::Nothing => Flash::new("Nothing was different, so nothing was saved."),
        Changed::Unreviewed => Flash::new("Saved."),
    };
    Answer::see_other(Section::Fields.path(resource)).with_flash(flash)
}

/// What the verb refused, beside the field that mends it.
fn note(error: ChangeError, came: &mut Came) -> Result<(), PageError> {
    match error {
        ChangeError::Access(AccessError::Denied(_)) => {
            came.faults.add(
                OTHERS,
                "You may not change these settings. An administrator can give you the permission.",
            );
        }
        ChangeError::Access(error) => return Err(error.into()),
        ChangeError::Differs { current } => came.current = Some(*current),
        ChangeError::Malformed(fault) => {
            let name = fault.name.strip_prefix("data.").unwrap_or(&fault.name);
            let field = if name == SCHEMA { SCHEMA } else { OTHERS };
            came.faults.add(field, malformed(&fault));
        }
        ChangeError::Reserved { name } => {
            came.faults.add(
                OTHERS,
                format!("{} is written by the service alone. Take it out.", parts::plain(&name)),
            );
        }
        ChangeError::Write(WriteError::Denied(denied)) => return Err(denied.into()),
        ChangeError::Write(error @ WriteError::Missing { .. }) => return Err(error.into()),
        ChangeError::Write(error) => return Err(PageError::internal(error)),
    }
    Ok(())
}

pub(super) fn render(
    signed_in: &SignedIn<'_>,
    resource: &Resource,
    view: &View,
    form: &Form,
    came: &Came,
) -> Result<Page, PageError> {
    if !view.may_write {
        return Ok(page(resource, Section::Fields, &read_only(view)));
    }
    let changes = url::collection(&resource.destination, "changes");
    let reviewed = html! {
        p.lead {
            "Columns, order and schema are part of the change: they are reviewed like records, and clients get them when a reviewer \
             approves. The layout of the form is for this site alone."
            @if has_page(&changes) { " " a href=(changes) { "See the change" } "." }
        }
    };
    let body = html! {
        @if let Some(current) = &came.current { (conflict(form, current)) }
        (parts::error_summary("Not saved", &came.faults))
        (reviewed)
        @if view.stage == Some(Stage::ToReview) {
            (parts::notice(parts::Tone::Note, "Review of this change was asked for.", &html! {
                "Saving other columns, another order or another schema takes the request back."
            }))
        }
        form.settings-form #(FORM) method="post" action=(Section::Fields.path(resource)) {
            (signed_in.guard()?)
            input type="hidden" name=(SEEN) value=(match &came.current {
                Some(current) => manage::seen(current).to_hex(),
                None => form.text(SEEN).to_owned(),
            });
            section.part aria-labelledby="table" {
                h2 #table { "Table of records" }
                (table_fields(form, &came.faults))
            }
            section.part aria-labelledby="schema" {
                h2 #schema { "Schema" }
                (schema_fields(signed_in, resource, view, form, came))
            }
            section.part aria-labelledby="preview" {
                h2 #preview { "Form" }
                p.lead { "What people fill in for a record, by this schema and layout. It is shown with the newest record; nothing here is saved." }
                (preview::part(signed_in, resource, form)?)
            }
            section.part aria-labelledby="more" {
                h2 #more { "More" }
                (more_fields(view, form, &came.faults))
            }
        }
    };
    let action = html! { button.button.primary type="submit" form=(FORM) { "Save settings" } };
    Ok(page(resource, Section::Fields, &body).action(action).script("json-editor.js").with_pieces())
}

fn table_fields(form: &Form, faults: &Faults) -> Markup {
    html! {
        div.pair {
            (parts::Field::line(COLUMNS, "Columns")
                .value(form.text(COLUMNS))
                .faults(faults)
                .placeholder("for example, name, recordType, enabled")
                .autocomplete("off")
                .hint(html! { "Names of fields, parted by commas (" code { "displayFields" } "). Without any, the table shows ids." })
                .render())
            (parts::Field::line(SORT, "Order")
                .value(form.text(SORT))
                .faults(faults)
                .placeholder("-last_modified")
                .autocomplete("off")
                .hint(html! { "A field, with " code { "-" } " before it for the largest first (" code { "sort" } ")." })
                .render())
        }
    }
}

fn schema_fields(
    signed_in: &SignedIn<'_>,
    resource: &Resource,
    view: &View,
    form: &Form,
    came: &Came,
) -> Markup {
    let test = url::collection(&resource.destination, "settings/test");
    let editor = signed_in.ui.assets.path("vendor/codemirror.js");
    html! {
        p.lead {
            "What a record has to look like, as JSON Schema. Records are held against it whenever somebody saves one, and the form to \
             edit them is made from it."
        }
        div.schema {
            div.schema-text {
                (parts::Field::area(SCHEMA, "JSON Schema", 18).value(form.text(SCHEMA)).faults(&came.faults).mono().editor(&editor).render())
                (parts::Field::area(LAYOUT, "Layout of the form", 6)
                    .value(form.text(LAYOUT))
                    .faults(&came.faults)
                    .mono()
                    .hint(html! { "Order of fields, kinds of inputs (" code { "uiSchema" } "). Neither reviewed nor published." })
                    .render())
            }
            div.schema-side {
                @if view.records == 0 {
                    p.hint { "There is no record to test it against yet." }
                } @else {
                    button.button type="submit" formaction=(format!("{test}#schema")) formnovalidate
                        hx-post=(test) hx-target="#test-result" hx-swap="outerHTML" hx-disabled-elt="this" {
                        "Test against " (parts::count(view.records, "record", "records"))
                    }
                }
                @if view.records > 0 || came.test.is_some() { (result(resource, view, form, came)) }
            }
        }
    }
}

fn more_fields(view: &View, form: &Form, faults: &Faults) -> Markup {
    let is_open = !form.text(OTHERS).trim().is_empty() || faults.of(OTHERS).is_some();
    let reserved = manage::reserved(&view.attributes);
    html! {
        details.more open[is_open] {
            summary { "Other attributes" }
            (parts::Field::area(OTHERS, "Other attributes, as JSON", 8)
                .value(form.text(OTHERS))
                .faults(faults)
                .mono()
                .hint(html! {
                    "Everything else that the collection says of itself. " code { "flags" } " and " code { "attachment" }
                    " are reviewed and published, others are neither."
                })
                .render())
        }
        @if !reserved.is_empty() {
            details.more {
                summary { "Written by the service" }
                pre.json tabindex="0" { (parts::text(&json::pretty(&Value::Object(reserved)))) }
            }
        }
    }
}

/// Somebody else was faster.
fn conflict(form: &Form, current: &Object) -> Markup {
    let theirs = typed::to_form(current);
    let differing: Vec<(&str, &str)> = [
        (COLUMNS, "Columns"),
        (SORT, "Order"),
        (SCHEMA, "JSON Schema"),
        (LAYOUT, "Layout of the form"),
        (OTHERS, "Other attributes"),
    ]
    .into_iter()
    .filter(|(field, _)| theirs.text(field).trim() != form.text(field).trim())
    .collect();
    parts::notice(
        parts::Tone::Error,
        "Not saved: somebody else changed these settings meanwhile.",
        &html! {
            "What you typed is still here; saving it now replaces theirs."
            @for (field, label) in differing {
                details.theirs {
                    summary { (label) ", as it is now" }
                    @if theirs.text(field).is_empty() { p.quiet { "empty" } }
                    @else { pre.json tabindex="0" { (parts::text(theirs.text(field))) } }
                }
            }
        },
    )
}

/// For those who may look and not change.
fn read_only(view: &View) -> Markup {
    let form = typed::to_form(&view.attributes);
    html! {
        (parts::notice(parts::Tone::Note, "You may look at these settings, not change them.", &html! {
            "Editors of the collection can, and administrators."
        }))
        dl.facts {
            dt { "Columns" }
            dd { @if form.text(COLUMNS).is_empty() { span.quiet { "none chosen" } } @else { (parts::text(form.text(COLUMNS))) } }
            dt { "Order" }
            dd { @if form.text(SORT).is_empty() { span.quiet { "newest first" } } @else { (parts::mono(form.text(SORT))) } }
        }
        @for (field, label) in [(SCHEMA, "JSON Schema"), (LAYOUT, "Layout of the form"), (OTHERS, "Other attributes")] {
            @if !form.text(field).is_empty() {
                section { h2 { (label) } pre.json tabindex="0" { (parts::text(form.text(field))) } }
            }
        }
    }
}

pub(super) const ANYWAY: &str = "anyway";
const FORM: &str = "settings-form";
