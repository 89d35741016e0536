//! What a form does: save, create, delete, take an edit out of the change.

use maud::html;

use super::{
    Seen, Typed, View,
    conflict::Conflict,
    of_address, original,
    seen::{self, Asked},
};
use crate::{
    storage::StorageError,
    types::{Object, RecordId, Value},
    ui::{
        Answer, Flash, Form, Outcome, Page, PageError, SignedIn, Tab,
        parts::{self, Tone, Weight},
        url,
    },
    workflow::{
        Draft, WriteError,
        access::{self, AccessError, MayPost},
        records,
        take_out::{self, TakenOut},
    },
};

/// Saves the record of the address, or shows what was typed again: with what needs mending, with one more item in a list, or
/// beside what somebody else saved meanwhile.
pub(super) fn save(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let seen = of_address(signed_in)?;
    seen.writable()?;
    let mut typed = Typed::read(&seen, form, signed_in.ui.services.settings.limits.depth);
    let Some(id) = seen.id.clone() else { return Err(PageError::Missing) };
    match typed.record.get("id").map(|said| said.as_text() == Some(id.as_str())) {
        Some(false) if typed.unread.is_empty() => typed.unread.push(crate::workflow::Violation {
            keyword: "id".to_owned(),
            message: "belongs to the address; duplicate the record to give it another id".to_owned(),
            pointer: "/id".to_owned(),
        }),
        Some(_) | None => {}
    }
    if form.has("merge") {
        return put_together(signed_in, &seen, &typed, form.text("began"));
    }
    if form.has("act") || !typed.unread.is_empty() {
        return View::new(signed_in, &seen, &typed).page();
    }
    let mut record = typed.record.clone();
    record.insert("id", id.as_str());
    if seen.held.as_ref().is_some_and(|(held, _)| *held == record) {
        return Ok(to_record(&seen, &id).with_flash(Flash::new("Nothing to save: the record is as it was.")));
    }
    let conditions = seen::conditions(form.text("version"));
    let written = signed_in.write(|scope| {
        let permit = access::put_record(scope, &seen.resource.source, Ok(id.clone()), &conditions)?;
        records::put(scope, &permit, draft(&record)).map_err(SaveError::Write)
    });
    match written {
        Ok(_) => {
            let name =
                parts::title_of(&record, &seen.display_fields).unwrap_or_else(|| id.as_str().to_owned());
            let is_published = seen.published.as_ref() == Some(&record);
            let flash = Flash::new(match (seen.is_deleted(), is_published) {
                (true, true) => format!("{name} is back as published. Nothing changes for clients."),
                (true, false) => format!("{name} is back. Clients get it when the change is published."),
                (false, true) => format!("{name} is saved as published. Nothing changes for clients."),
                (false, false) => format!("{name} is saved. Clients get it when the change is published."),
            });
            Ok(to_record(&seen, &id).with_flash(with_changes(&seen, flash)))
        }
        Err(SaveError::Write(WriteError::PreconditionFailed { .. })) => {
            beside(signed_in, &seen, &typed, form.text("version"))
        }
        Err(error) => again(signed_in, &seen, typed, error),
    }
}

/// Creates a record.
pub(super) fn create(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    let mut seen = signed_in.read(|scope| Seen::read(scope, resource, Asked::New))?;
    seen.writable()?;
    seen.copied = original(signed_in)?.and_then(|original| original.copied());
    let mut typed = Typed::read(&seen, form, signed_in.ui.services.settings.limits.depth);
    let said = typed.record.get("id").map(|said| said.as_text().and_then(|said| RecordId::parse(said).ok()));
    if let Some(None) = said {
        typed
            .unread
            .push(of_id("is a letter or digit, then letters, digits, - and _; 255 at most".to_owned()));
    }
    let id = said.flatten();
    if form.has("act") || !typed.unread.is_empty() {
        return View::new(signed_in, &seen, &typed).page();
    }
    let record = typed.record.clone();
    let made =
        signed_in.write(|scope| match access::post_record(scope, &seen.resource.source, id.clone())? {
            MayPost::Create(permit) => {
                let shown = records::create(scope, &permit, draft(&record), &seen::conditions(""))
                    .map_err(SaveError::Write)?;
                Ok(Some(shown))
            }
            MayPost::Existing(_) => Ok::<_, SaveError>(None),
        });
    match made {
        Ok(Some(shown)) => {
            let id = id_of(&shown.data).ok_or(PageError::Missing)?;
            let flash = Flash::new("The record is added. Clients get it when the change is published.");
            Ok(to_record(&seen, &id).with_flash(with_changes(&seen, flash)))
        }
        Ok(None) => {
            typed.violations.push(of_id("is taken by another record of this collection".to_owned()));
            View::new(signed_in, &seen, &typed).page()
        }
        Err(error) => again(signed_in, &seen, typed, error),
    }
}

/// Asks whether it is meant.
pub(super) fn ask_delete(signed_in: &SignedIn<'_>) -> Outcome {
    let seen = of_address(signed_in)?;
    seen.writable()?;
    deletion(signed_in, &seen, None)
}

fn deletion(signed_in: &SignedIn<'_>, seen: &Seen, refusal: Option<&str>) -> Outcome {
    let Some(id) = &seen.id else { return Err(PageError::Missing) };
    let path = url::collection(&seen.resource.destination, &format!("records/{id}"));
    let guard = signed_in.guard()?;
    let shown = seen.shown();
    let name = parts::title_of(&shown, &seen.display_fields).unwrap_or_else(|| id.as_str().to_owned());
    let body = html! {
        @if let Some(sentence) = refusal { (parts::notice(Tone::Error, "Not deleted.", &html! { (sentence) })) }
        p.lead {
            @if seen.is_deleted() { "It is deleted already." }
            @else if seen.published.is_some() { "Clients have this record until the deletion is reviewed and published. Until then it can be brought back." }
            @else { "This record was never published: clients do not know it." }
        }
        form method="post" action=(format!("{path}/delete")) {
            (guard)
            input type="hidden" name="version" value=(seen.version());
            div.buttons {
                @if !seen.is_deleted() { (parts::button(Weight::Primary, "Delete the record")) }
                (parts::link_button(Weight::Plain, "Leave it", &path))
            }
        }
        div.diff.record-reading {
            (parts::Block::record(id.as_str(), Some(&shown), None, &seen.display_fields).fields())
        }
    };
    let page = Page::new(format!("Delete {name}?"), body)
        .of_collection(&seen.resource, Tab::Records)
        .without_tabs()
        .crumb(
            seen.resource.destination.collection.as_str(),
            Some(url::collection(&seen.resource.destination, "")),
        )
        .crumb("Records", None)
        .with_status(if refusal.is_some() { 409 } else { 200 });
    Ok(page.into())
}

/// Deletes the record of the address.
pub(super) fn delete(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let seen = of_address(signed_in)?;
    seen.writable()?;
    let Some(id) = seen.id.clone() else { return Err(PageError::Missing) };
    if seen.is_deleted() {
        return deletion(signed_in, &seen, None);
    }
    let conditions = seen::conditions(form.text("version"));
    let deleted = signed_in.write(|scope| {
        let permit = access::delete_record(scope, &seen.resource.source, Ok(id.clone()))?;
        records::delete(scope, &permit, None, &conditions).map_err(SaveError::Write)
    });
    match deleted {
        Ok(_) => {
            let name = parts::title_of(&seen.shown(), &seen.display_fields)
                .unwrap_or_else(|| id.as_str().to_owned());
            let record = url::collection(&seen.resource.destination, &format!("records/{id}"));
            let list = url::collection(&seen.resource.destination, "");
            let next = if crate::ui::has_page(&list) { list } else { record.clone() };
            Ok(Answer::see_other(next)
                .with_flash(Flash::new(format!("{name} is deleted.")).link("Bring it back", record)))
        }
        Err(SaveError::Write(WriteError::PreconditionFailed { .. })) => deletion(
            signed_in,
            &seen,
            Some(
                "Somebody changed the record while this page was open. Look at it as it is now, then decide.",
            ),
        ),
        Err(error) => Err(error.into()),
    }
}

/// Puts the record back to what is published.
pub(super) fn take_out(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let seen = of_address(signed_in)?;
    seen.writable()?;
    let Some(id) = seen.id.clone() else { return Err(PageError::Missing) };
    let version = form.text("version");
    let conditions = match version {
        // Deleted: it comes back, unless somebody was faster.
        "" => seen::conditions(""),
        version => seen::conditions(version),
    };
    let taken = signed_in.write(|scope| {
        let permit = access::put_record(scope, &seen.resource.source, Ok(id.clone()), &conditions)?;
        take_out::take_out(scope, &permit).map_err(SaveError::Write)
    });
    let sentence = match taken {
        Ok(TakenOut::Nothing) => "Nothing to do: the record is what is published.",
        Ok(TakenOut::Removed) => "The record is out of the change. It was never published, so it is deleted.",
        Ok(TakenOut::Restored) => "The record is what is published again.",
        Err(SaveError::Write(WriteError::PreconditionFailed { .. })) => {
            let typed = Typed::stored(&seen);
            let sentence = "Somebody changed the record while this page was open; below is what it is now.";
            return View::new(signed_in, &seen, &typed).refusal(sentence).page();
        }
        Err(error) => return Err(error.into()),
    };
    Ok(to_record(&seen, &id).with_flash(with_changes(&seen, Flash::new(sentence))))
}

/// What somebody else saved, beside what was typed.
fn beside(signed_in: &SignedIn<'_>, seen: &Seen, typed: &Typed, version: &str) -> Outcome {
    let conflict = conflict(signed_in, seen, version)?;
    View::new(signed_in, seen, typed).conflict(&conflict).page()
}

fn conflict(signed_in: &SignedIn<'_>, seen: &Seen, version: &str) -> Result<Conflict, PageError> {
    let Some(id) = &seen.id else { return Err(PageError::Missing) };
    let base = signed_in.read(|scope| seen::at_version(scope, &seen.resource.source, id, version))?;
    let base = base.map(|mut base| {
        if !seen.schema.is_empty() {
            base.remove("schema");
        }
        base
    });
    Ok(Conflict { base, began: version.to_owned(), version: seen.version() })
}

/// Both changes in one record, to be looked at and saved.
fn put_together(signed_in: &SignedIn<'_>, seen: &Seen, typed: &Typed, began: &str) -> Outcome {
    let conflict = conflict(signed_in, seen, began)?;
    let theirs = seen.held.as_ref().map(|(record, _)| record);
    match theirs.and_then(|theirs| conflict.merged(theirs, &typed.record)) {
        Some(both) => View::new(signed_in, seen, &Typed::of(both)).page(),
        None => View::new(signed_in, seen, typed).conflict(&conflict).page(),
    }
}

/// The form again, with what is wrong.
fn again(signed_in: &SignedIn<'_>, seen: &Seen, mut typed: Typed, error: SaveError) -> Outcome {
    let refusal = match error {
        SaveError::Write(WriteError::Violates { violations }) => {
            typed.violations = violations;
            None
        }
        SaveError::Write(WriteError::Refused(refusal)) => {
            typed.violations = vec![seen::unsigned(&refusal)];
            None
        }
        SaveError::Write(WriteError::RecordTooLong { most }) => {
            let most = u64::try_from(most).unwrap_or(u64::MAX);
            Some(format!("A record has at most {}.", parts::bytes(most)))
        }
        SaveError::Write(WriteError::TooManyRecords { most }) => Some(format!(
            "The collection holds {} already, and no more fit.",
            parts::count(most, "record", "records")
        )),
        SaveError::Write(WriteError::Schema(error)) => {
            Some(format!("The schema of this collection cannot be used: {error}."))
        }
        error @ (SaveError::Access(_)
        | SaveError::Write(
            WriteError::Denied(_)
            | WriteError::Draft(_)
            | WriteError::Missing { .. }
            | WriteError::Password(_)
            | WriteError::PreconditionFailed { .. }
            | WriteError::Review(_)
            | WriteError::Row(_),
        )) => return Err(error.into()),
    };
    let view = View::new(signed_in, seen, &typed);
    match &refusal {
        Some(refusal) => view.refusal(refusal).page(),
        None => view.page(),
    }
}

fn to_record(seen: &Seen, id: &RecordId) -> Answer {
    Answer::see_other(url::collection(&seen.resource.destination, &format!("records/{id}")))
}

fn with_changes(seen: &Seen, flash: Flash) -> Flash {
    let changes = url::collection(&seen.resource.destination, "changes");
    if crate::ui::has_page(&changes) { flash.link("See the change", changes) } else { flash }
}

fn draft(record: &Object) -> Draft {
    Draft { data: Some(record.clone()), permissions: None }
}

fn of_id(message: String) -> crate::workflow::Violation {
    crate::workflow::Violation { keyword: "id".to_owned(), message, pointer: "/id".to_owned() }
}

/// The id of a record as it is shown.
fn id_of(data: &[u8]) -> Option<RecordId> {
    let limits = crate::types::JsonLimits {
        depth: crate::types::JsonLimits::MAX_DEPTH,
        nul: crate::types::Nul::Accepted,
    };
    let value = Value::parse(data, limits).ok()?;
    RecordId::parse(value.as_object()?.get("id")?.as_text()?).ok()
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
enum SaveError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Write(WriteError),
}

impl From<StorageError> for SaveError {
    fn from(error: StorageError) -> Self {
        Self::Write(error.into())
    }
}

impl From<SaveError> for PageError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Access(error) => error.into(),
            SaveError::Write(error) => error.into(),
        }
    }
}
