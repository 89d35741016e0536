//! What was typed, put into the object that the form was made for.

use std::collections::BTreeSet;

use super::{Letter, at, steps};
use crate::{
    types::{JsonLimits, Nul, Object, Value},
    ui::Form,
    workflow::Violation,
};

/// The object after what was typed, and what of it does not read. What the form does not show stays as it was.
pub(in crate::ui) fn read(mut object: Object, form: &Form) -> (Object, Vec<Violation>) {
    let mut unread = Vec::new();
    let mut done = BTreeSet::new();
    for (name, _) in form.typed() {
        let Some((letter, pointer)) = Letter::of_name(name) else { continue };
        if pointer.matches('/').count() > LIMITS.depth || !done.insert(name) {
            continue;
        }
        let typed: Vec<&str> = form.all(name).collect();
        let held = at(&object, pointer);
        let value = match letter {
            Letter::Choice => choice(&typed),
            Letter::Flag => flag(&typed, held),
            Letter::Json => match json(&typed, held) {
                Ok(value) => value,
                Err(message) => {
                    let pointer = pointer.to_owned();
                    unread.push(Violation { keyword: "json".to_owned(), message, pointer });
                    continue;
                }
            },
            Letter::Lines => list(&typed, held, |line| Value::from(line)),
            Letter::Number => number(&typed, held),
            Letter::Numbers => list(&typed, held, number_of),
            Letter::Text => text(&typed, held),
            Letter::Ticks => ticks(&typed, held),
        };
        set(&mut object, pointer, value);
    }
    (object, unread)
}

/// What a button in a form does before the form is sent in earnest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::ui) enum Act {
    /// An item at the end of the list at this pointer, or the object there.
    Add(String),
    /// The value at this pointer goes.
    Remove(String),
    /// The value at this pointer becomes the only one that fits.
    Use(String),
}

impl Act {
    /// As a button's value says it: `add/aliases`, `remove/aliases/1`.
    pub(in crate::ui) fn parse(value: &str) -> Option<Self> {
        let (verb, _) = value.split_once('/')?;
        let pointer = value.get(verb.len()..)?.to_owned();
        match verb {
            "add" => Some(Self::Add(pointer)),
            "remove" => Some(Self::Remove(pointer)),
            "use" => Some(Self::Use(pointer)),
            _ => None,
        }
    }

    /// The pointer that it is about.
    pub(in crate::ui) fn pointer(&self) -> &str {
        match self {
            Self::Add(pointer) | Self::Remove(pointer) | Self::Use(pointer) => pointer,
        }
    }
}

/// Carries it out. `fresh` is what comes new.
pub(in crate::ui) fn act(object: &mut Object, act: &Act, fresh: Value) {
    match act {
        Act::Add(pointer) => match at(object, pointer) {
            Some(Value::List(list)) => {
                let next = format!("{pointer}/{}", list.len());
                set(object, &next, Some(fresh));
            }
            _ => set(object, pointer, Some(fresh)),
        },
        Act::Remove(pointer) => set(object, pointer, None),
        Act::Use(pointer) => set(object, pointer, Some(fresh)),
    }
}

/// Sets or takes out the value at a pointer. Objects on the way are made; a list grows by one at its end.
fn set(object: &mut Object, pointer: &str, value: Option<Value>) {
    let steps: Vec<String> = steps(pointer).collect();
    set_member(object, &steps, value);
}

fn set_member(object: &mut Object, steps: &[String], value: Option<Value>) {
    match (steps, value) {
        ([], _) => {}
        ([last], Some(value)) => {
            object.insert(last.as_str(), value);
        }
        ([last], None) => {
            object.remove(last);
        }
        ([first, rest @ ..], value) => {
            let inner = match (object.remove(first), &value) {
                (Some(inner), _) => inner,
                (None, Some(_)) => Value::Object(Object::new()),
                (None, None) => return,
            };
            object.insert(first.as_str(), set_in(inner, rest, value));
        }
    }
}

fn set_in(mut held: Value, steps: &[String], value: Option<Value>) -> Value {
    match &mut held {
        Value::List(list) => {
            let Some((index, rest)) = steps.split_first() else { return held };
            let Ok(index) = index.parse::<usize>() else { return held };
            let length = list.len();
            match (list.get_mut(index), rest, value) {
                (Some(item), [], Some(value)) => *item = value,
                (Some(_), [], None) => {
                    list.remove(index);
                }
                (Some(item), rest, value) => {
                    let inner = std::mem::replace(item, Value::Null);
                    *item = set_in(inner, rest, value);
                }
                (None, [], Some(value)) if index == length => list.push(value),
                (None, _, _) => {}
            }
        }
        Value::Object(object) => set_member(object, steps, value),
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Text(_) => {
            if let Some(value) = value {
                let mut object = Object::new();
                set_member(&mut object, steps, Some(value));
                return Value::Object(object);
            }
        }
    }
    held
}

/// The last one counts: a hidden one may stand before.
fn last<'a>(typed: &[&'a str]) -> &'a str {
    typed.last().copied().unwrap_or_default()
}

fn choice(typed: &[&str]) -> Option<Value> {
    Value::parse(last(typed).as_bytes(), LIMITS).ok()
}

/// A box that is not ticked, for a value that was not there, leaves it so.
fn flag(typed: &[&str], held: Option<&Value>) -> Option<Value> {
    match (typed.contains(&"on"), held) {
        (true, _) => Some(true.into()),
        (false, None) => None,
        (false, Some(Value::Null)) => Some(Value::Null),
        (false, Some(_)) => Some(false.into()),
    }
}

fn json(typed: &[&str], held: Option<&Value>) -> Result<Option<Value>, String> {
    let typed = last(typed);
    if typed.trim().is_empty() {
        return Ok(held.filter(|held| **held == Value::Null).cloned());
    }
    // Numbers too long for a form, texts that browsers would change: as they were, unless somebody typed.
    if held.is_some_and(|held| super::pretty::pretty_value(held) == typed) {
        return Ok(held.cloned());
    }
    match Value::parse(typed.as_bytes(), LIMITS) {
        Ok(value) => Ok(Some(value)),
        Err(error) => Err(format!("does not read as JSON: {error}")),
    }
}

/// A field that is empty takes the value out, unless it was empty itself.
fn text(typed: &[&str], held: Option<&Value>) -> Option<Value> {
    let typed = last(typed);
    match held {
        // Browsers write line ends their own way.
        Some(Value::Text(held)) if one_line_end(held) == typed => Some(held.as_str().into()),
        Some(Value::Null) if typed.is_empty() => Some(Value::Null),
        Some(_) | None if typed.is_empty() => None,
        Some(_) | None => Some(typed.into()),
    }
}

fn one_line_end(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn number(typed: &[&str], held: Option<&Value>) -> Option<Value> {
    let typed = last(typed).trim();
    match held {
        Some(Value::Null) if typed.is_empty() => Some(Value::Null),
        Some(_) | None if typed.is_empty() => None,
        Some(held) if super::words::scalar_text(held) == typed => Some(held.clone()),
        Some(_) | None => Some(number_of(typed)),
    }
}

/// What is no number stays the text that it is; the schema says what is wrong with it.
fn number_of(typed: &str) -> Value {
    match Value::parse(typed.as_bytes(), LIMITS) {
        Ok(value @ (Value::Float(_) | Value::Integer(_))) => value,
        Ok(Value::Bool(_) | Value::List(_) | Value::Null | Value::Object(_) | Value::Text(_)) | Err(_) => {
            typed.into()
        }
    }
}

fn list(typed: &[&str], held: Option<&Value>, read: fn(&str) -> Value) -> Option<Value> {
    let items: Vec<Value> =
        last(typed).lines().map(str::trim).filter(|line| !line.is_empty()).map(read).collect();
    if items.is_empty() && held.is_none_or(|held| *held == Value::Null) {
        return held.cloned();
    }
    Some(Value::List(items))
}

fn ticks(typed: &[&str], held: Option<&Value>) -> Option<Value> {
    let ticked: Vec<Value> =
        typed.iter().filter_map(|typed| Value::parse(typed.as_bytes(), LIMITS).ok()).collect();
    let held_list = held.and_then(Value::as_list).unwrap_or_default();
    // What was there stays in its order.
    let kept = held_list.iter().filter(|value| ticked.contains(value)).cloned();
    let mut items: Vec<Value> = kept.collect();
    items.extend(ticked.into_iter().filter(|value| !held_list.contains(value)));
    if items.is_empty() && held.is_none_or(|held| *held == Value::Null) {
        return held.cloned();
    }
    Some(Value::List(items))
}

/// The door says what may be stored; here it only has to read.
pub(super) const LIMITS: JsonLimits = JsonLimits { depth: 64, nul: Nul::Refused };
