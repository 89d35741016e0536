//! What a script asks while somebody types: what is wrong, what differs, and the form as it would be. Nothing is written.

use super::{Seen, Typed, View, conflict::Conflict, of_address, seen::Asked};
use crate::{
    canonical,
    types::{Object, Value},
    ui::{Answer, Form, Outcome, SignedIn, parts},
};

pub(super) fn check(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    answer(signed_in, &of_address(signed_in)?, form)
}

pub(super) fn check_new(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    let seen = signed_in.read(|scope| Seen::read(scope, resource, Asked::New))?;
    answer(signed_in, &seen, form)
}

fn answer(signed_in: &SignedIn<'_>, seen: &Seen, form: &Form) -> Outcome {
    let mut typed = Typed::read(seen, form, signed_in.ui.services.settings.limits.depth);
    if typed.unread.is_empty() {
        typed.violations = seen.judge(&typed.record);
        if form.has("quiet") {
            // Nobody has said yet that the record is whole.
            typed.violations.retain(|violation| violation.keyword != "required");
        }
    }
    let conflict = form.has("conflict").then(|| Conflict::open(seen));
    let mut view = View::new(signed_in, seen, &typed);
    if let Some(conflict) = &conflict {
        view = view.conflict(conflict);
    }
    let mut answer = Object::new();
    let faults = typed.faults().into_iter().map(|violation| {
        let mut fault = Object::new();
        fault.insert("id", parts::field_id(&violation.pointer));
        fault.insert("pointer", violation.pointer.as_str());
        if let Some(line) = typed.bad_line {
            fault.insert("line", Value::Integer(line.try_into().unwrap_or(1)));
        }
        fault.insert("sentence", violation.sentence());
        Value::Object(fault)
    });
    answer.insert("faults", faults.collect::<Vec<_>>());
    answer.insert("form", view.form().into_string());
    answer.insert("difference", view.difference().into_string());
    if typed.unread.is_empty() {
        answer.insert("text", typed.text.as_str());
    }
    let changed = view.changed().into_iter().map(Value::from);
    answer.insert("changed", changed.collect::<Vec<_>>());
    Ok(Answer::json(canonical::object_to_text(&answer)))
}
