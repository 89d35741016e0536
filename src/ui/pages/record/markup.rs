//! The page.

use std::cell::Cell;

use maud::{Markup, html};

use super::{Seen, Typed, conflict::Conflict, marks, seen::MOST_COMPARED};
use crate::{
    types::Value,
    ui::{
        Outcome, Page, PageError, SignedIn, Tab, has_page,
        parts::{self, Block, Icon, SchemaForm, Tone, Weight},
        url,
    },
    workflow::{Violation, history::Event},
};

/// What the page is made of.
pub(super) struct View<'a> {
    conflict: Option<&'a Conflict>,
    /// Above everything: what was not done, and why.
    refusal: Option<&'a str>,
    seen: &'a Seen,
    signed_in: &'a SignedIn<'a>,
    typed: &'a Typed,
    violations: Vec<Violation>,
}

impl<'a> View<'a> {
    pub(super) fn new(signed_in: &'a SignedIn<'a>, seen: &'a Seen, typed: &'a Typed) -> Self {
        Self { conflict: None, refusal: None, seen, signed_in, typed, violations: typed.faults() }
    }

    /// Somebody else was faster.
    pub(super) fn conflict(mut self, conflict: &'a Conflict) -> Self {
        self.conflict = Some(conflict);
        self
    }

    /// Nothing was saved, for this reason.
    pub(super) fn refusal(mut self, sentence: &'a str) -> Self {
        self.refusal = Some(sentence);
        self
    }

    /// The page.
    pub(super) fn page(&self) -> Outcome {
        let seen = self.seen;
        let resource = &seen.resource;
        let page = Page::new(self.title(), self.body()?)
            .of_collection(resource, Tab::Records)
            .without_tabs()
            .crumb(resource.destination.collection.as_str(), self.leads_to(""))
            .crumb("Records", self.leads_to(""))
            .heading(self.heading())
            .script("record.js")
            .with_status(self.status());
        Ok(if seen.may_write { page.action(self.head()) } else { page }.into())
    }

    /// Whether it is a page to mend.
    fn status(&self) -> u16 {
        match (self.conflict.is_some(), self.violations.is_empty() && self.refusal.is_none()) {
            (true, _) => 409,
            (false, false) => 422,
            (false, true) => 200,
        }
    }

    fn leads_to(&self, rest: &str) -> Option<String> {
        Some(url::collection(&self.seen.resource.destination, rest)).filter(|path| has_page(path))
    }

    /// Where this form is sent.
    fn path(&self) -> String {
        let rest = match &self.seen.id {
            Some(id) => format!("records/{id}"),
            None => "new".to_owned(),
        };
        url::collection(&self.seen.resource.destination, &rest)
    }

    /// As [`Self::path`], and what the new record is a copy of.
    fn action(&self) -> String {
        let copied = self.seen.copied.as_ref();
        let query = copied.map(|copied| url::query(&[("from", copied.id.as_str())])).unwrap_or_default();
        format!("{}{query}", self.path())
    }

    fn title(&self) -> String {
        match (&self.seen.id, &self.seen.copied) {
            (Some(id), _) => self.seen.name().unwrap_or_else(|| id.as_str().to_owned()),
            (None, Some(copied)) => format!("Copy of {}", copied.name),
            (None, None) => "New record".to_owned(),
        }
    }

    fn heading(&self) -> Markup {
        let title = self.title();
        let id = self.seen.id.as_ref().map(crate::types::RecordId::as_str);
        html! {
            span.record-title { (parts::text(&title)) }
            @if let Some(id) = id.filter(|id| *id != title) { " " span.record-id { (parts::id(id)) } }
        }
    }

    fn head(&self) -> Markup {
        let back = self.leads_to("").unwrap_or_else(|| "/".to_owned());
        let words = match (self.conflict, self.seen.is_deleted(), &self.seen.id) {
            (Some(_), _, _) => "Save mine",
            (None, true, _) => "Bring back",
            (None, false, None) => "Create record",
            (None, false, Some(_)) => "Save record",
        };
        html! {
            (parts::link_button(Weight::Plain, "Cancel", &back))
            button.button.primary type="submit" form="record" name="half" value="form" data-save { (words) }
        }
    }

    fn body(&self) -> Result<Markup, PageError> {
        let seen = self.seen;
        let path = self.path();
        let guard = self.signed_in.guard()?;
        let version = match self.conflict {
            Some(conflict) => conflict.version.clone(),
            None => seen.version(),
        };
        let base = parts::pretty(&self.typed.record);
        Ok(html! {
            (self.said())
            form #record.record method="post" action=(self.action()) novalidate autocomplete="off" data-check=(format!("{path}/check"))
                data-quiet[seen.id.is_none() && self.violations.is_empty()] data-conflict[self.conflict.is_some()]
                data-unsaved[self.status() != 200] {
                // Enter in a field saves, whatever buttons stand before.
                button.hidden type="submit" name="half" value="form" tabindex="-1" aria-hidden="true" data-save disabled[!seen.may_write] {}
                (guard)
                input type="hidden" name="version" value=(version);
                @if base.len() <= LONGEST_BASE { noscript { input type="hidden" name="base" value=(base); } }
                div.record-sides {
                    div.record-form {
                        p.record-waits role="status" hidden data-waits {
                            (parts::icon(Icon::Warning)) span { "The JSON does not read at this moment. The form goes on when it does." }
                        }
                        fieldset.bare #record-form disabled[!seen.may_write] { (self.form()) }
                    }
                    div.record-aside {
                        (self.json())
                        section #difference aria-labelledby="difference-title" { (self.difference()) }
                    }
                }
            }
            @if seen.id.is_some() { (self.history()) (self.more(&guard)) }
        })
    }

    /// What has to be said before the form.
    fn said(&self) -> Markup {
        let seen = self.seen;
        html! {
            @if let Some(conflict) = self.conflict { (conflict.notice(self.seen, &self.typed.record, &self.path(), self.signed_in.now)) }
            @if let Some(sentence) = self.refusal { (parts::notice(Tone::Error, "Not saved.", &html! { (sentence) " Everything you typed is still here." })) }
            div #faults data-faults { (self.summary()) }
            @if let Some((who, end)) = seen.declined.as_ref().filter(|_| seen.id.is_some()) {
                div.notice role="note" {
                    (parts::shape(seen.line.stage))
                    div.notice-text {
                        strong { (parts::text(who)) " declined this change" } " " (parts::time(end.at, self.signed_in.now))
                        @if !end.comment.is_empty() { div.said { "“" (parts::paragraphs(&end.comment)) "”" } }
                    }
                }
            }
            @if let Some(fault) = &seen.schema_fault {
                (parts::notice(Tone::Warning, "The schema of this collection cannot be used.", &html! { (parts::text(fault)) ". Nothing can be saved until it is mended." }))
            }
            @if seen.is_deleted() {
                @if seen.published.is_some() {
                    (parts::notice(Tone::Note, "This record is deleted in the change.", &html! { "Clients have it until the change is published. Below is what they have." }))
                } @else {
                    (parts::notice(Tone::Note, "This record is deleted.", &html! { "Below is what it was last." }))
                }
            } @else if seen.is_asked_for() && seen.may_write {
                (parts::notice(Tone::Warning, "A review of this collection is asked for.", &html! { "Saving takes the request back; somebody asks anew when the change is ready." }))
            }
            @if !seen.may_write {
                (parts::notice(Tone::Refusal, "You can look at this record, and not change it.", &html! { "Its editors, or an administrator, can let you." }))
            }
        }
    }

    fn summary(&self) -> Markup {
        if self.violations.is_empty() {
            return html! {};
        }
        let many = self.violations.len();
        if let [only] = self.violations.as_slice()
            && only.pointer.is_empty()
        {
            let sentence = if only.keyword == "json" {
                "Not saved: the JSON needs mending."
            } else {
                "Not saved: the record needs mending."
            };
            let more = html! {
                "Everything you typed is still here. "
                a href="#json" data-to-json { (parts::text(&begun(&only.sentence()))) "." }
            };
            return parts::notice(Tone::Error, sentence, &more);
        }
        let sentence = match many {
            1 => "Not saved: one field needs mending.".to_owned(),
            many => format!("Not saved: {many} fields need mending."),
        };
        let more = html! {
            "Everything you typed is still here. "
            @for (place, violation) in self.violations.iter().take(MOST_LINKS).enumerate() {
                @if place > 0 { " · " }
                @if violation.pointer.is_empty() { a href="#json" data-to-json { (parts::text(&violation.sentence())) } }
                @else { a href=(format!("#{}", parts::field_id(&violation.pointer))) { (parts::text(&violation.sentence())) } }
            }
            @if many > MOST_LINKS { " · …" }
        };
        parts::notice(Tone::Error, &sentence, &more)
    }

    /// The fields.
    pub(super) fn form(&self) -> Markup {
        let seen = self.seen;
        let hidden: &[&str] = match (seen.id.is_some(), seen.schema.is_empty()) {
            (true, false) => &["id", "schema", "last_modified"],
            (true, true) => &["id", "last_modified"],
            (false, false) => &["schema", "last_modified", "id"],
            (false, true) => &["last_modified", "id"],
        };
        let is_empty = self.typed.record.is_empty() && seen.schema.is_empty();
        html! {
            @if seen.id.is_none() { (self.id_field()) }
            @if is_empty {
                p.hint { "This collection has no schema, so there is no form yet: write the record as JSON, or give the collection a schema in its settings." }
            }
            (parts::render_form(&SchemaForm {
                hidden,
                room: Cell::new(parts::MOST_FIELDS),
                schema: &seen.schema,
                typed: self.typed.form.as_ref(),
                ui: seen.ui.as_ref(),
                value: &self.typed.record,
                violations: &self.violations,
                was: seen.published.as_ref(),
            }))
        }
    }

    fn id_field(&self) -> Markup {
        let held = self.typed.record.get("id").and_then(Value::as_text).unwrap_or_default();
        let id = parts::field_id("/id");
        let fault = self.violations.iter().find(|violation| violation.pointer == "/id");
        html! {
            div.field.bad[fault.is_some()].record-new-id data-k="s" data-p="/id" {
                div.label-row { label for=(id) { span.field-title { "Id" } " " (parts::mono("id")) } }
                input.input.mono #(id) type="text" name="s/id" value=(held) autocapitalize="none" autocomplete="off" spellcheck="false"
                    aria-invalid=[fault.map(|_| "true")] aria-describedby=(format!("{id}-hint"));
                @if let Some(fault) = fault { div.faults { p.fault { (parts::icon(Icon::Error)) span { (parts::text(&fault.message)) } } } }
                p.hint id=(format!("{id}-hint")) { "Letters, digits, - and _. Left empty, the service makes one." }
            }
        }
    }

    fn json(&self) -> Markup {
        let is_bad = !self.typed.unread.is_empty();
        let bad = self.typed.bad_line.zip(self.typed.unread.first());
        html! {
            section.json-box.bad[self.typed.bad_line.is_some()] aria-labelledby="json-title" {
                header.json-head {
                    h2 #json-title { "JSON" }
                    span.json-note data-json-note { @if self.seen.may_write { "the other half: save the form or this" } }
                    // A script fills in what is to be copied at that moment.
                    (parts::copy(""))
                }
                textarea #json.input.mono.json-text name="json" rows="24" wrap="off" spellcheck="false" autocapitalize="none" autocomplete="off"
                    aria-label="The record as JSON" readonly[!self.seen.may_write] aria-invalid=[is_bad.then_some("true")]
                    data-bad-line=[bad.map(|(line, _)| line)] data-bad-says=[bad.map(|(_, fault)| begun(&fault.sentence()))]
                    data-json-editor=(self.signed_in.ui.assets.path("vendor/codemirror.js")) { "\n" (self.typed.text) }
                @if self.seen.may_write {
                    div.json-foot data-without-script {
                        button.button.small type="submit" name="half" value="json" { "Save the JSON" }
                    }
                }
            }
        }
    }

    /// As against what is published.
    pub(super) fn difference(&self) -> Markup {
        let seen = self.seen;
        let Some(id) = &seen.id else { return html! {} };
        let version = seen.publication.map(|(version, at)| {
            html! { p.small.faint { "Version " (parts::number(version)) ", " (parts::day(at, self.signed_in.now)) } }
        });
        let now = if seen.is_deleted() && self.violations.is_empty() && self.conflict.is_none() {
            None
        } else {
            Some(&self.typed.record)
        };
        let differs = now != seen.published.as_ref();
        html! {
            h2 #difference-title { "Changed from published" }
            @if seen.published.is_none() {
                p.small.quiet { "This record is not published: clients get all of it when the change is." }
            } @else if !differs {
                p.small.quiet { "Nothing: it is what clients have." }
                (version.unwrap_or_default())
            } @else if now.is_none() {
                p.small.quiet { "All of it: the record is deleted." }
            } @else {
                (version.unwrap_or_default())
                div.diff.stacked { (Block::record(id.as_str(), seen.published.as_ref(), now, &seen.display_fields).fields()) }
            }
            @if seen.may_write && seen.differs() && self.conflict.is_none() {
                button.button type="submit" form="take-out" {
                    (parts::icon(Icon::Undo))
                    @if seen.published.is_some() { "Back to published" } @else { "Take it out of the change" }
                }
                @if let Some(last) = seen.history.first() {
                    p.small.faint { "Last edited by " (parts::text(&last.who)) ", " (parts::time(last.at, self.signed_in.now)) ". This takes the edit out of the change." }
                }
            }
        }
    }

    /// Pointers of values that differ from what is published.
    pub(super) fn changed(&self) -> Vec<String> {
        self.seen.published.as_ref().map(|was| marks::differing(was, &self.typed.record)).unwrap_or_default()
    }

    fn history(&self) -> Markup {
        let lines = &self.seen.history;
        html! {
            @if let (Some(first), true) = (lines.last(), self.conflict.is_none()) {
                section.record-history aria-labelledby="history-title" {
                    h2 #history-title { "History of this record" }
                    p.small.faint { (parts::count(u64::try_from(lines.len()).unwrap_or(u64::MAX), "edit", "edits")) " since " (parts::day(first.at, self.signed_in.now)) }
                    ol.rows {
                        @for line in lines.iter().take(MOST_COMPARED) {
                            li.happening {
                                span.happening-what { (event_words(&line.event)) " by " (parts::text(&line.who)) }
                                (parts::time(line.at, self.signed_in.now))
                            }
                        }
                    }
                }
            }
        }
    }

    fn more(&self, guard: &Markup) -> Markup {
        let seen = self.seen;
        let Some(id) = seen.id.as_ref().filter(|_| seen.may_write) else { return html! {} };
        let base = url::collection(&seen.resource.destination, &format!("records/{id}"));
        let copy = url::collection(
            &seen.resource.destination,
            &format!("new{}", url::query(&[("from", id.as_str())])),
        );
        html! {
            form #take-out method="post" action=(format!("{base}/take-out")) {
                (guard)
                input type="hidden" name="version" value=(seen.version());
            }
            div.buttons.record-more {
                (parts::link_button(Weight::Plain, "Duplicate", &copy))
                @if !seen.is_deleted() { (parts::link_button(Weight::Plain, "Delete…", &format!("{base}/delete"))) }
            }
        }
    }
}

/// A sentence with the capital letter that begins it.
fn begun(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

fn event_words(event: &Event) -> Markup {
    match event {
        Event::Changed(names) if names.is_empty() || names.iter().all(|name| name == "schema") => {
            html! { "written again" }
        }
        Event::Changed(names) => {
            let shown: Vec<&String> = names.iter().filter(|name| *name != "schema").collect();
            html! {
                @for (place, name) in shown.iter().take(6).enumerate() {
                    @if place > 0 { ", " }
                    (parts::text(name))
                }
                @if shown.len() > 6 { " and more" }
            }
        }
        Event::Created => html! { "added" },
        Event::Deleted => html! { "deleted" },
        Event::Approved
        | Event::Asked
        | Event::Declined
        | Event::Noted
        | Event::RolledBack
        | Event::SignedAgain => html! { "set" },
    }
}

/// Bytes of a record that goes along a second time, for those without script.
const LONGEST_BASE: usize = 64_000;
/// Faults that are linked from the top.
const MOST_LINKS: usize = 8;
