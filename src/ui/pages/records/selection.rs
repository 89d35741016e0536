//! What is done with the records that are picked.

use maud::{Markup, html};

use super::{super::bulk as bulk_page, view::View};
use crate::{
    types::{RecordId, Timestamp, Value},
    ui::{Answer, Flash, Form, Outcome, Page, PageError, SignedIn, frame::Tab, has_page, parts, url},
    workflow::{
        Resource, access,
        bulk::{self, Done, Selected, SelectionAct, SelectionError},
        table::{self, State},
    },
};

/// Over the heads of the table while something is picked: what fits it.
pub(super) fn bar(view: &View) -> Markup {
    let bulk = url::collection(&view.resource.destination, "bulk");
    html! {
        div.records-bar role="group" aria-label="With the selected records" {
            strong { span data-picked {} " selected" }
            button.link.when-live type="submit" name="act" value="delete" { "Delete" }
            button.link.when-removed type="submit" name="act" value="bring-back" { "Bring back" }
            @if has_page(&bulk) {
                button.link.when-live type="submit" name="act" value="edit" { "Edit as JSON" }
            }
            button.link.records-clear type="reset" { "Clear selection" }
        }
    }
}

/// The form around the table.
pub(super) fn act(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    let selected: Vec<Selected> = form.all("pick").filter_map(parse).collect();
    let back = back(form, &resource);
    if selected.is_empty() {
        return Ok(
            Answer::see_other(back).with_flash(Flash::new("Nothing was selected, so nothing was done."))
        );
    }
    match form.text("act") {
        "delete" => delete(signed_in, form, &resource, &selected, back),
        "bring-back" => {
            let done =
                signed_in.write(|scope| bulk::act(scope, &resource, SelectionAct::BringBack, &selected));
            finish(done, back, |done| {
                Flash::new(format!("{} back as published.", told(done.done, "record is", "records are")))
            })
        }
        "edit" => edit(signed_in, &resource, &selected),
        _ => Err(PageError::Missing),
    }
}

/// The records in a text, to be changed there: nothing is written by this.
fn edit(signed_in: &SignedIn<'_>, resource: &Resource, selected: &[Selected]) -> Outcome {
    let text = signed_in.read(|scope| {
        access::read_records(scope, &resource.source)?;
        let mut text = String::new();
        for picked in selected {
            let state = table::state(scope, resource, &picked.id)?;
            let mut object = match state {
                Some(State::Added(shown) | State::Changed { after: shown, .. } | State::Same(shown)) => shown,
                Some(State::Removed(_)) | None => continue,
            };
            object.remove("schema");
            text.push_str(&parts::json(&Value::Object(object)));
            text.push('\n');
        }
        Ok::<_, PageError>(text)
    })?;
    bulk_page::page(signed_in, &bulk_page::Typed::of_records(text))
}

fn delete(
    signed_in: &SignedIn<'_>,
    form: &Form,
    resource: &Resource,
    selected: &[Selected],
    back: String,
) -> Outcome {
    if !form.has("sure") {
        let gone = signed_in.read(|scope| {
            let mut gone = 0_u64;
            for picked in selected {
                let state = table::state(scope, resource, &picked.id)?;
                gone += u64::from(matches!(state, Some(State::Added(_))));
            }
            Ok::<_, PageError>(gone)
        })?;
        if gone > 0 {
            return confirm(signed_in, resource, selected, gone, &back);
        }
    }
    let done = signed_in.write(|scope| bulk::act(scope, resource, SelectionAct::Delete, selected));
    let changed = format!("{}?show=changed", url::collection(&resource.destination, ""));
    finish(done, back, |done| {
        let flash = Flash::new(format!("{} deleted.", told(done.done, "record is", "records are")));
        if done.gone == done.done { flash } else { flash.link("Look, or bring back", changed) }
    })
}

/// What was never published is gone once it is deleted.
fn confirm(
    signed_in: &SignedIn<'_>,
    resource: &Resource,
    selected: &[Selected],
    gone: u64,
    back: &str,
) -> Outcome {
    let many = u64::try_from(selected.len()).unwrap_or(u64::MAX);
    let act = url::collection(&resource.destination, "selection");
    let records = parts::count(many, "record", "records");
    let sentence = match (many, gone) {
        (1, _) => "This record was never published: nothing is left of it once it is deleted.".to_owned(),
        (many, gone) if many == gone => {
            "They were never published: nothing is left of them once they are deleted.".to_owned()
        }
        (_, gone) => format!(
            "{} never published: nothing is left of {} once deleted. The others can be brought back until the change is published.",
            told(gone, "of them was", "of them were"),
            if gone == 1 { "it" } else { "them" }
        ),
    };
    let body = html! {
        p.lead { (sentence) }
        form.buttons method="post" action=(act) {
            (signed_in.guard()?)
            input type="hidden" name="back" value=(back);
            input type="hidden" name="sure" value="on";
            @for picked in selected {
                input type="hidden" name="pick" value=(format!("{}.{}", picked.at.as_millis(), picked.id));
            }
            (parts::named_button(parts::Weight::Primary, &format!("Delete {records}"), "act", "delete"))
            (parts::link_button(parts::Weight::Plain, "Keep", back))
        }
    };
    let page = Page::new(format!("Delete {records}?"), body)
        .of_collection(resource, Tab::Records)
        .crumb(resource.destination.collection.to_string(), Some(url::collection(&resource.destination, "")));
    Ok(page.into())
}

fn finish(done: Result<Done, SelectionError>, back: String, sentence: impl FnOnce(Done) -> Flash) -> Outcome {
    let flash = match done {
        Ok(done) if done.done == 0 => Flash::new("Nothing had to be done."),
        Ok(done) => sentence(done),
        Err(SelectionError::Changed { ids }) => {
            let many = u64::try_from(ids.len()).unwrap_or(u64::MAX);
            let first = ids.first().map(ToString::to_string).unwrap_or_default();
            Flash::new(format!(
                "Nothing was done: {} meanwhile ({first}{}). Here is how it is now.",
                told(many, "record was changed", "records were changed"),
                if many > 1 { ", …" } else { "" },
            ))
        }
        Err(SelectionError::Access(error)) => return Err(error.into()),
        Err(SelectionError::Storage(error)) => return Err(error.into()),
        Err(SelectionError::Write(error)) => return Err(error.into()),
    };
    Ok(Answer::see_other(back).with_flash(flash))
}

/// `3 records are`
fn told(many: u64, one: &str, more: &str) -> String {
    parts::count(many, one, more)
}

/// The table as it was, if that is where the form says it was.
fn back(form: &Form, resource: &Resource) -> String {
    let table = url::collection(&resource.destination, "");
    let back = form.text("back");
    let is_ours = back.split('?').next() == Some(table.as_str());
    url::local(back).filter(|_| is_ours).map_or(table, str::to_owned)
}

/// `TIME.ID`
fn parse(text: &str) -> Option<Selected> {
    let (at, id) = text.split_once('.')?;
    Some(Selected { at: Timestamp::from_millis(at.parse().ok()?).ok()?, id: RecordId::parse(id).ok()? })
}
