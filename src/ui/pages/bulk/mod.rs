//! Many records at once: paste or choose a file, look at what it would do line by line, then do it.

mod results;
mod text;

use maud::{Markup, html};

use crate::{
    storage::ListKey,
    types::{Object, Sha256Digest, Value},
    ui::{Answer, Flash, Form, Outcome, Page, PageError, Route, SignedIn, frame::Tab, parts, url},
    workflow::{
        Resource, Scope, access,
        bulk::{self, ApplyError, BulkAct, Counts, Format, Given, Plan, PlanError},
        overview::{self, Stage},
    },
};

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/ui/c/{bucket}/{collection}/bulk", show),
    Route::post("/ui/c/{bucket}/{collection}/bulk", check),
    Route::post("/ui/c/{bucket}/{collection}/bulk/apply", apply),
];

/// What somebody typed.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    act: BulkAct,
    format: Option<Format>,
    /// The field that tells which record is meant; empty where the best is taken.
    key: String,
    text: String,
}

/// The collection that records go into.
struct Into {
    display_fields: Vec<String>,
    records: u64,
    resource: Resource,
    stage: Stage,
}

impl Typed {
    /// For records that are picked in the table: each as it is, to be edited.
    pub(super) fn of_records(text: String) -> Self {
        Self { act: BulkAct::Replace, format: Some(Format::JsonLines), key: "id".to_owned(), text }
    }

    fn of(form: &Form) -> Self {
        let pasted = form.text("text");
        let file = form.text("file");
        Self {
            act: match form.text("act") {
                "delete" => BulkAct::Delete,
                "replace" => BulkAct::Replace,
                _ => BulkAct::Merge,
            },
            format: match form.text("format") {
                "csv" => Some(Format::Csv),
                "json" => Some(Format::Json),
                "lines" => Some(Format::JsonLines),
                _ => None,
            },
            key: form.text("key").to_owned(),
            text: if file.trim().is_empty() { pasted.to_owned() } else { file.to_owned() },
        }
    }

    fn given(&self) -> Given<'_> {
        Given { act: self.act, format: self.format, key: Some(self.key.as_str()), text: &self.text }
    }

    fn act_name(&self) -> &'static str {
        match self.act {
            BulkAct::Delete => "delete",
            BulkAct::Merge => "merge",
            BulkAct::Replace => "replace",
        }
    }

    fn format_name(&self) -> &'static str {
        match self.format {
            Some(Format::Csv) => "csv",
            Some(Format::Json) => "json",
            Some(Format::JsonLines) => "lines",
            None => "",
        }
    }
}

impl Into {
    fn read(scope: &mut Scope<'_>, resource: &Resource) -> Result<Self, PageError> {
        access::read_records(scope, &resource.source)?;
        let list = ListKey::Records(resource.source.clone());
        if !access::may_create(scope, &list)? {
            return Err(PageError::Forbidden(
                "You may look at these records, and not change them. An administrator can make you an editor.",
            ));
        }
        let line = overview::of(scope, resource)?.ok_or(PageError::Missing)?;
        Ok(Self {
            display_fields: display_fields(&line.attributes),
            records: scope.tx.count_records(&resource.source)?,
            resource: resource.clone(),
            stage: line.stage,
        })
    }

    fn path(&self, rest: &str) -> String {
        url::collection(&self.resource.destination, rest)
    }
}

fn display_fields(attributes: &Object) -> Vec<String> {
    let fields = attributes.get("displayFields").and_then(Value::as_list).unwrap_or_default();
    fields.iter().filter_map(Value::as_text).map(str::to_owned).collect()
}

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    page(signed_in, &Typed::default())
}

/// The page with a text in it that nobody has looked at yet.
pub(super) fn page(signed_in: &SignedIn<'_>, typed: &Typed) -> Outcome {
    let resource = signed_in.resource()?;
    let into = signed_in.read(|scope| Into::read(scope, &resource))?;
    Ok(render(signed_in, &into, typed, &Looked::Not, &html! {})?.into())
}

/// What is known of the text.
enum Looked {
    /// It cannot be read: why.
    Failed(String),
    /// It is what was refused of a text that is done: why each was. Nobody looked at it on its own yet.
    Left(Box<Plan>),
    /// Nobody looked.
    Not,
    /// What it would do.
    Planned(Box<Plan>),
}

/// "Check": what the text would do. Nothing is written.
fn check(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    let typed = Typed::of(form);
    let (into, looked) = signed_in.read(|scope| {
        let into = Into::read(scope, &resource)?;
        let looked = look(scope, &resource, &typed)?;
        Ok::<_, PageError>((into, looked))
    })?;
    let status = if matches!(&looked, Looked::Failed(_)) { 422 } else { 200 };
    Ok(render(signed_in, &into, &typed, &looked, &html! {})?.with_status(status).into())
}

fn look(scope: &mut Scope<'_>, resource: &Resource, typed: &Typed) -> Result<Looked, PageError> {
    match bulk::plan(scope, resource, &typed.given()) {
        Ok(plan) => Ok(Looked::Planned(Box::new(plan))),
        Err(error @ (PlanError::Read(_) | PlanError::TooManyRecords { .. })) => {
            Ok(Looked::Failed(error.to_string()))
        }
        Err(PlanError::Row(error)) => Err(error.into()),
    }
}

/// "Create 4, change 2": what was looked at is done.
fn apply(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    let typed = Typed::of(form);
    let Ok(seen) = Sha256Digest::parse(form.text("seen")) else { return check(signed_in, form) };
    let done = signed_in.write(|scope| bulk::apply(scope, &resource, &typed.given(), &seen));
    let plan = match done {
        Ok(plan) => plan,
        Err(ApplyError::Access(error)) => return Err(error.into()),
        Err(
            ApplyError::Changed | ApplyError::Plan(PlanError::Read(_) | PlanError::TooManyRecords { .. }),
        ) => {
            return changed(signed_in, &resource, &typed);
        }
        Err(ApplyError::Plan(PlanError::Row(error))) => return Err(error.into()),
        Err(ApplyError::Write(error)) => return Err(error.into()),
    };
    let counts = plan.counts();
    let sentence = format!("{}. Clients see it only after a review.", results::done(&counts));
    let changes = url::collection(&resource.destination, "changes");
    if counts.refused == 0 {
        let table = url::collection(&resource.destination, "");
        let flash = Flash::new(sentence).link("See what would change", changes);
        return Ok(Answer::see_other(table).with_flash(flash));
    }
    // What was refused stays in the box, to be mended.
    let left = Typed { text: text::refused(&typed.text, &plan), ..typed };
    // What was refused stays refused: a second of two lines would now overwrite what the first has just made.
    let looked = Looked::Left(Box::new(plan));
    let into = signed_in.read(|scope| Into::read(scope, &resource))?;
    let note = parts::notice(
        parts::Tone::Note,
        &sentence,
        &html! { "What was refused is left in the box, so that you can mend it. " a href=(changes) { "See what would change" } },
    );
    Ok(render(signed_in, &into, &left, &looked, &note)?.into())
}

/// Somebody was faster.
fn changed(signed_in: &SignedIn<'_>, resource: &Resource, typed: &Typed) -> Outcome {
    let (into, looked) = signed_in.read(|scope| {
        let into = Into::read(scope, resource)?;
        let looked = look(scope, resource, typed)?;
        Ok::<_, PageError>((into, looked))
    })?;
    let note = parts::notice(
        parts::Tone::Error,
        "Nothing was written: records were changed since you checked.",
        &html! { "Below is what your text would do now. Look again, then press the button." },
    );
    Ok(render(signed_in, &into, typed, &looked, &note)?.with_status(409).into())
}

fn render(
    signed_in: &SignedIn<'_>,
    into: &Into,
    typed: &Typed,
    looked: &Looked,
    note: &Markup,
) -> Result<Page, PageError> {
    let guard = signed_in.guard()?;
    let plan = match looked {
        Looked::Planned(plan) => Some(plan.as_ref()),
        Looked::Failed(_) | Looked::Left(_) | Looked::Not => None,
    };
    let counts = plan.map(Plan::counts).unwrap_or_default();
    let unwritten = match looked {
        Looked::Left(_) => "Nothing more is written yet: you see first what it would do.",
        Looked::Failed(_) | Looked::Not | Looked::Planned(_) => {
            "Nothing is written yet: you see first what it would do."
        }
    };
    let body = html! {
        (note)
        form #bulk.bulk method="post" action=(into.path("bulk")) enctype="multipart/form-data" {
            (guard)
            (how(typed, plan))
            (text::area(typed, plan, matches!(looked, Looked::Failed(_))))
            @if let Looked::Failed(mend) = looked {
                p.fault #f-text-fault { (parts::icon(parts::Icon::Error)) span { (parts::text(mend)) } }
            }
            (file())
            @if let Some(plan) = plan { input type="hidden" name="seen" value=(plan.digest.to_hex()); }
            @else {
                div.buttons { (parts::button(parts::Weight::Primary, "Check")) }
                p.hint { (unwritten) }
            }
        }
        @if let Looked::Left(plan) = looked { (results::left(plan, &into.display_fields)) }
        @if let Some(plan) = plan { (results::all(plan, &into.display_fields)) }
    };
    let name = into.resource.destination.collection.to_string();
    let page = Page::new("Paste or import", body)
        .of_collection(&into.resource, Tab::Records)
        .crumb(name, Some(into.path("")))
        .count(Tab::Records, into.records)
        .script("bulk.js");
    Ok(if plan.is_some() { page.foot(foot(into, &counts)) } else { page })
}

/// How the text is meant.
fn how(typed: &Typed, plan: Option<&Plan>) -> Markup {
    let format = plan.map(|plan| match plan.format {
        Format::Csv => "CSV with a header line",
        Format::Json => "JSON",
        Format::JsonLines => "JSON Lines",
    });
    html! {
        div.bulk-how {
            div.field {
                label for="f-act" { "What to do" }
                select #f-act.input name="act" {
                    @for (value, words) in ACTS {
                        option value=(value) selected[value == typed.act_name()] { (words) }
                    }
                }
            }
            div.field {
                label for="f-format" { "Written as" }
                select #f-format.input name="format" {
                    option value="" selected[typed.format.is_none()] {
                        @if let (Some(format), None) = (format, typed.format) { "Looks like " (format) } @else { "Find out" }
                    }
                    @for (value, words) in FORMATS {
                        option value=(value) selected[value == typed.format_name()] { (words) }
                    }
                }
            }
            @if let Some(plan) = plan {
                div.field {
                    label for="f-key" { "A record is known by its" }
                    select #f-key.input name="key" {
                        @if !plan.keys.contains(&plan.key) { option value=(plan.key) selected { (parts::plain(&plan.key)) } }
                        @for key in &plan.keys {
                            option value=(key) selected[*key == plan.key] { (parts::plain(key)) }
                        }
                    }
                }
            } @else if !typed.key.is_empty() {
                input type="hidden" name="key" value=(typed.key);
            }
        }
    }
}

fn file() -> Markup {
    html! {
        div.field.bulk-file {
            label for="f-file" { "Or a file" }
            input #f-file type="file" name="file" accept=".json,.jsonl,.ndjson,.csv,.txt,application/json,text/csv,text/plain" data-into="f-text";
        }
    }
}

/// What pressing the button does.
fn foot(into: &Into, counts: &Counts) -> Markup {
    html! {
        div.bulk-foot {
            div.bulk-means {
                strong { (results::would(counts)) }
                p {
                    @match into.stage {
                        Stage::ToReview => "The review that was asked for ends with this: it has to be asked for again.",
                        Stage::Declined => {
                            "What was declined becomes work in progress again. Clients see it only after a review."
                        }
                        Stage::Signed | Stage::WorkInProgress => {
                            "They become part of the work in progress. Clients see them only after a review."
                        }
                    }
                }
            }
            div.buttons {
                a.button href=(into.path("")) { "Cancel" }
                button.button type="submit" form="bulk" { "Check again" }
                @if counts.writes() > 0 {
                    button.button.primary type="submit" form="bulk" formaction=(into.path("bulk/apply")) { (results::button(counts)) }
                }
            }
        }
    }
}

/// What can be done with the records of a text.
const ACTS: [(&str, &str); 3] = [
    ("merge", "Create, or change the values given"),
    ("replace", "Create, or replace the whole record"),
    ("delete", "Delete these records"),
];
const FORMATS: [(&str, &str); 3] =
    [("csv", "CSV with a header line"), ("json", "JSON"), ("lines", "JSON Lines")];
