//! A schema held against the stored records, while somebody writes it.

use maud::{Markup, html};

use super::{
    fields::{ANYWAY, Came, View, render, view},
    typed::{self, SCHEMA},
};
use crate::{
    types::{Object, RecordId, Sha256Digest, Timestamp, Value},
    ui::{Answer, Faults, Form, Outcome, PageError, SignedIn, has_page, parts, url},
    workflow::{
        Resource,
        manage::{self, TestError, Tested},
    },
};

/// A test as far as it went, over all its slices.
pub(super) struct Test {
    /// Whether it stands in the way of saving.
    asks: bool,
    before: u64,
    failed_before: u64,
    slice: Tested,
}

impl Test {
    fn failed(&self) -> u64 {
        self.failed_before + self.slice.failed
    }

    fn tested(&self) -> u64 {
        self.before + self.slice.tested
    }
}

/// Before a schema is saved: whether it fits what is there.
pub(super) fn look_at_records(
    signed_in: &SignedIn<'_>,
    resource: &Resource,
    wanted: &Object,
    came: &mut Came,
) -> Result<(), PageError> {
    let Some(Value::Object(schema)) = wanted.get(SCHEMA) else { return Ok(()) };
    match signed_in.read(|scope| manage::test_schema(scope, resource, schema, None, &[])) {
        Ok(slice) if slice.failed > 0 => {
            came.test = Some(Test { asks: true, before: 0, failed_before: 0, slice });
        }
        Ok(_) => {}
        Err(error) => note_test(error, &mut came.faults)?,
    }
    Ok(())
}

/// Tests the schema that is typed, a slice at a time: a piece of the page for the script, the whole page without.
pub(super) fn submit(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    let mut came = Came::default();
    let depth = signed_in.ui.services.settings.limits.depth;
    let schema = typed::object(form, SCHEMA, depth, &mut came.faults);
    if came.faults.is_empty() {
        let schema = schema.unwrap_or_default();
        // Another schema begins anew.
        let goes_on = form.text(TEST_OF) == digest(form);
        let number = |name| form.text(name).parse().unwrap_or(0).min(MOST_COUNTED);
        let after = number(TEST_AFTER);
        let before = if goes_on { Timestamp::from_millis(after).ok().filter(|_| after > 0) } else { None };
        let named: Vec<RecordId> = form
            .all(TEST_NAMED)
            .filter(|_| before.is_some())
            .filter_map(|id| RecordId::parse(id).ok())
            .collect();
        match signed_in.read(|scope| manage::test_schema(scope, &resource, &schema, before, &named)) {
            Ok(slice) => {
                let (before, failed_before) =
                    if before.is_some() { (number(TESTED), number(FAILED)) } else { (0, 0) };
                came.test = Some(Test { asks: false, before, failed_before, slice });
            }
            Err(error) => note_test(error, &mut came.faults)?,
        }
    }
    let view = view(signed_in, &resource)?;
    if signed_in.is_script() {
        return Ok(Answer::fragment(result(&resource, &view, form, &came)));
    }
    let status = if came.faults.is_empty() { 200 } else { 422 };
    render(signed_in, &resource, &view, form, &came).map(|page| page.with_status(status).into())
}

fn note_test(error: TestError, faults: &mut Faults) -> Result<(), PageError> {
    match error {
        TestError::Access(error) => Err(error.into()),
        TestError::Schema(error) => {
            faults.add(SCHEMA, format!("Records cannot be held against this: {error}."));
            Ok(())
        }
        TestError::Storage(error) => Err(error.into()),
    }
}

/// What a test came to; goes on by itself where there is a script.
pub(super) fn result(resource: &Resource, view: &View, form: &Form, came: &Came) -> Markup {
    let address = url::collection(&resource.destination, "settings/test");
    let Some(test) = &came.test else {
        return html! {
            div.test-result #test-result role="status" {
                @if let Some(fault) = came.faults.of(SCHEMA) { p.fault { (parts::icon(parts::Icon::Error)) span { (parts::text(fault)) } } }
                @else { p.hint { "Saves nothing. Says which records would fail, and why." } }
            }
        };
    };
    let (tested, failed) = (test.tested(), test.failed());
    html! {
        div.test-result #test-result role="status" {
            @if test.slice.next.is_some() {
                p { "Tested " (parts::number(tested)) " of " (parts::count(view.records, "record", "records")) "." }
            }
            @if failed == 0 && test.slice.next.is_none() {
                p.test-good { (parts::icon(parts::Icon::Done)) strong { @if tested == 0 { "There is no record to test." } @else if tested == 1 { "The one record fits." } @else { "All " (parts::number(tested)) " records fit." } } }
            } @else if failed > 0 {
                p { strong { (parts::count(failed, "record", "records")) " would fail." } }
                p.hint {
                    "They stay as they are, and cannot be saved again"
                    @if view.blocks { ", or approved as part of a change," }
                    " until they are mended."
                }
                (misfits(resource, &test.slice, failed))
            }
            @if test.asks {
                button.button type="submit" name=(ANYWAY) value="yes" { "Save it anyway" }
            }
            @if let Some(next) = test.slice.next.filter(|_| !test.asks) {
                input type="hidden" name=(TEST_AFTER) value=(next.as_millis());
                input type="hidden" name=(TEST_OF) value=(digest(form));
                input type="hidden" name=(TESTED) value=(tested);
                input type="hidden" name=(FAILED) value=(failed);
                @for misfit in &test.slice.examples { input type="hidden" name=(TEST_NAMED) value=(misfit.id); }
                button.button.small type="submit" formaction=(format!("{address}#schema")) formnovalidate
                    hx-post=(address) hx-target="#test-result" hx-swap="outerHTML" hx-trigger="load, click" {
                    "Go on testing"
                }
            }
        }
    }
}

fn misfits(resource: &Resource, slice: &Tested, failed: u64) -> Markup {
    let shown = u64::try_from(slice.examples.len()).unwrap_or(u64::MAX);
    html! {
        ul.misfits tabindex="0" aria-label="Records that would fail" {
            @for misfit in &slice.examples {
                @let place = url::collection(&resource.destination, &format!("records/{}", misfit.id));
                li {
                    @if has_page(&place) { a href=(place) { (parts::mono(misfit.id.as_str())) } }
                    @else { (parts::mono(misfit.id.as_str())) }
                    @for violation in misfit.violations.iter().take(FEW) {
                        p { (parts::text(&violation.sentence())) }
                    }
                    @if misfit.violations.len() > FEW {
                        p.quiet { "and " (parts::number(u64::try_from(misfit.violations.len() - FEW).unwrap_or(0))) " more" }
                    }
                }
            }
        }
        @if failed > shown { p.quiet { "and " (parts::count(failed - shown, "more record", "more records")) } }
    }
}

fn digest(form: &Form) -> String {
    Sha256Digest::of(form.text(SCHEMA).as_bytes()).to_hex()
}

const FAILED: &str = "test-failed";
/// Violations that are shown of one record.
const FEW: usize = 3;
/// No collection has more records, and no time is later.
const MOST_COUNTED: u64 = 1 << 52;
const TESTED: &str = "test-tested";
const TEST_AFTER: &str = "test-after";
const TEST_NAMED: &str = "test-named";
const TEST_OF: &str = "test-of";
