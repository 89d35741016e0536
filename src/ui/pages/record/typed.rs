//! What somebody typed, in whichever half of the form, as a record.

use super::seen::Seen;
use crate::{
    canonical,
    types::{JsonLimits, Nul, Object, Value},
    ui::{Form, json, parts, parts::Act},
    workflow::Violation,
};

/// What somebody typed.
#[derive(Debug)]
pub(super) struct Typed {
    /// The line in which the JSON goes wrong.
    pub(super) bad_line: Option<usize>,
    /// What the fields said, for those whose text does not read.
    pub(super) form: Option<Form>,
    /// The record as far as it reads.
    pub(super) record: Object,
    /// The JSON as it was typed.
    pub(super) text: String,
    /// What does not read; nothing can be saved.
    pub(super) unread: Vec<Violation>,
    /// What is wrong with the record, by its schema and by what can be signed.
    pub(super) violations: Vec<Violation>,
}

impl Typed {
    /// Nothing was typed yet.
    pub(super) fn of(record: Object) -> Self {
        let text = parts::pretty(&record);
        Self { bad_line: None, form: None, record, text, unread: Vec::new(), violations: Vec::new() }
    }

    /// The record as it is stored.
    pub(super) fn stored(seen: &Seen) -> Self {
        Self::of(seen.shown())
    }

    /// What a form brings: its half `json`, or the fields put into the record that the form was made for.
    pub(super) fn read(seen: &Seen, form: &Form, depth: usize) -> Self {
        let limits = JsonLimits { depth, nul: Nul::Refused };
        let mut typed = if form.text("half") == "json" {
            Self::read_json(seen, form.text("json"), depth)
        } else {
            let base = form.find("base").or_else(|| form.find("json")).unwrap_or_default();
            let base = parse(base, depth).unwrap_or_else(|_| seen.shown());
            let (record, unread) = parts::read_form(base, form);
            Self { form: Some(form.clone()), unread, ..Self::of(record) }
        };
        if let Some(act) = Act::parse(form.text("act")) {
            let fresh = match &act {
                Act::Add(_) | Act::Remove(_) => Some(parts::fresh(&seen.schema, &typed.record, &act)),
                Act::Use(pointer) => seen.judge(&typed.record).iter().find_map(|violation| {
                    let value =
                        parts::at(&typed.record, pointer).filter(|_| violation.pointer == *pointer)?;
                    parts::mended(violation, value)
                }),
            };
            if let Some(fresh) = fresh {
                parts::act(&mut typed.record, &act, fresh);
            }
            typed.text = parts::pretty(&typed.record);
        }
        // What was put together from fields is no deeper than what comes as text.
        if typed.unread.is_empty()
            && Value::parse(&canonical::object_to_bytes(&typed.record), limits).is_err()
        {
            typed.unread.push(of_whole(
                "holds something that cannot be stored: it is nested too deep, or holds U+0000",
            ));
        }
        typed
    }

    fn read_json(seen: &Seen, text: &str, depth: usize) -> Self {
        match parse(text, depth) {
            Ok(record) => Self { text: text.to_owned(), ..Self::of(record) },
            Err(message) => Self {
                bad_line: Some(json::bad_line(text, depth)),
                form: None,
                record: seen.shown(),
                text: text.to_owned(),
                unread: vec![of_whole(message)],
                violations: Vec::new(),
            },
        }
    }

    /// Everything that is wrong.
    pub(super) fn faults(&self) -> Vec<Violation> {
        self.unread.iter().chain(&self.violations).cloned().collect()
    }
}

fn of_whole(message: impl Into<String>) -> Violation {
    Violation { keyword: "json".to_owned(), message: message.into(), pointer: String::new() }
}

fn parse(text: &str, depth: usize) -> Result<Object, String> {
    json::parse_object(text, depth).map_err(|sentence| {
        sentence.strip_prefix("This ").unwrap_or(&sentence).trim_end_matches('.').to_owned()
    })
}
