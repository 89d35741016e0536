//! A form for an object, made from its JSON Schema and `uiSchema`: what a schema does not say is taken from the object itself,
//! and what a form cannot express stays as JSON in a field of its own. So nothing of an object is out of sight or out of reach.
//!
//! A field's name is the letter of its [`Letter`] and the JSON pointer of its value: `s/urls/base`. Reading a posted form needs
//! no schema: [`read()`] puts what was typed into the object that the form was made for.

mod control;
mod kind;
mod mend;
mod node;
mod place;
mod pretty;
mod read;
mod render;
mod said;
mod words;

use std::cell::Cell;

use crate::{
    types::{Object, Value},
    ui::Form,
    workflow::Violation,
};

pub(in crate::ui) use mend::mended;
pub(in crate::ui) use node::{Node, defaults, fresh};
pub(in crate::ui) use pretty::{pretty, pretty_value};
pub(in crate::ui) use read::{Act, act, read};
pub(in crate::ui) use render::{field_id, render};

/// What a form is made of.
#[derive(Debug)]
pub(in crate::ui) struct SchemaForm<'a> {
    /// Names of members that are not shown.
    pub(in crate::ui) hidden: &'a [&'a str],
    /// How many more fields fit.
    pub(in crate::ui) room: Cell<usize>,
    /// The schema; an empty one where there is none.
    pub(in crate::ui) schema: &'a Object,
    /// What was typed: fields that hold JSON show it again where it does not read.
    pub(in crate::ui) typed: Option<&'a Form>,
    /// `uiSchema`
    pub(in crate::ui) ui: Option<&'a Object>,
    /// The object.
    pub(in crate::ui) value: &'a Object,
    /// What is wrong, shown beside the fields.
    pub(in crate::ui) violations: &'a [Violation],
    /// What it is compared with: fields that differ say so. `None` where there is nothing to compare with.
    pub(in crate::ui) was: Option<&'a Object>,
}

/// What a field's text means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::ui) enum Letter {
    /// `b`: `on` if any value is.
    Flag,
    /// `e`: one value, as JSON.
    Choice,
    /// `j`: JSON.
    Json,
    /// `l`: a list of texts, one a line.
    Lines,
    /// `n`: a number.
    Number,
    /// `m`: a list of numbers, one a line.
    Numbers,
    /// `s`: text.
    Text,
    /// `t`: a list of values, each as JSON.
    Ticks,
}

impl Letter {
    const ALL: [Self; 8] = [
        Self::Flag,
        Self::Choice,
        Self::Json,
        Self::Lines,
        Self::Number,
        Self::Numbers,
        Self::Text,
        Self::Ticks,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Choice => "e",
            Self::Flag => "b",
            Self::Json => "j",
            Self::Lines => "l",
            Self::Number => "n",
            Self::Numbers => "m",
            Self::Text => "s",
            Self::Ticks => "t",
        }
    }

    /// The letter and the pointer of a field's name.
    fn of_name(name: &str) -> Option<(Self, &str)> {
        let letter = Self::ALL.into_iter().find(|letter| name.starts_with(letter.as_str()))?;
        let pointer = name.get(1..)?;
        pointer.starts_with('/').then_some((letter, pointer))
    }
}

/// The steps of a JSON pointer.
fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// The value at a pointer.
pub(in crate::ui) fn at<'a>(object: &'a Object, pointer: &str) -> Option<&'a Value> {
    let mut steps = steps(pointer);
    let mut value = object.get(&steps.next()?)?;
    for step in steps {
        value = match value {
            Value::List(list) => list.get(step.parse::<usize>().ok()?)?,
            Value::Object(object) => object.get(&step)?,
            Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Text(_) => {
                return None;
            }
        };
    }
    Some(value)
}

/// More fields than people fill in; what comes after them is edited as JSON.
pub(in crate::ui) const MOST_FIELDS: usize = 400;

#[cfg(test)]
mod tests;
