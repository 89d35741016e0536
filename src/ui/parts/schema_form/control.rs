//! The elements that are typed into.

use maud::{Markup, html};

use super::{
    kind::{Kind, Line, Widget},
    place::Place,
    pretty::pretty_value,
    said::name,
    words::{json_text, scalar_text},
};
use crate::{
    types::Value,
    ui::{Form, parts::plain},
};

/// An element that is typed into.
pub(super) struct Control<'a> {
    pub(super) described: Option<String>,
    pub(super) id: &'a str,
    pub(super) is_bad: bool,
    pub(super) name: String,
    pub(super) place: &'a Place<'a>,
    pub(super) typed: Option<&'a Form>,
}

impl Control<'_> {
    pub(super) fn render(&self, kind: &Kind<'_>) -> Markup {
        match kind {
            Kind::Choice { options, widget: Widget::Buttons } => self.buttons(options),
            Kind::Choice { options, widget: Widget::Select } => self.select(options),
            Kind::Flag => self.flag(),
            Kind::Group | Kind::Json | Kind::List(_) => self.json(),
            Kind::Lines | Kind::Numbers => self.lines(),
            Kind::Number => self.line("text", Some("numeric")),
            Kind::Text(Line::Area) => self.area(&self.said(), false),
            Kind::Text(Line::Date) => self.line("date", None),
            Kind::Text(Line::One) => self.line("text", None),
            Kind::Ticks { options } => self.ticks(options),
        }
    }

    fn said(&self) -> String {
        self.place.value.map(scalar_text).unwrap_or_default()
    }

    fn line(&self, kind: &str, mode: Option<&str>) -> Markup {
        let said = self.said();
        let placeholder = self.placeholder();
        let is_machine = kind == "text" && !said.contains(' ') && said.len() > 3;
        html! {
            input.input.mono[is_machine] #(self.id) type=(kind) name=(self.name) value=(said) dir="auto" inputmode=[mode]
                placeholder=[placeholder] autocapitalize="none" autocomplete="off" spellcheck="false"
                aria-invalid=[self.is_bad.then_some("true")] aria-describedby=[self.described.as_deref()]
                aria-required=[self.place.is_required.then_some("true")];
        }
    }

    fn area(&self, said: &str, is_mono: bool) -> Markup {
        let lines = said.lines().map(|line| 1 + line.chars().count() / 64).sum::<usize>().clamp(2, 12);
        html! {
            textarea.input.mono[is_mono] #(self.id) name=(self.name) rows=(lines) dir="auto" spellcheck="false"
                placeholder=[self.placeholder()]
                aria-invalid=[self.is_bad.then_some("true")] aria-describedby=[self.described.as_deref()] { "\n" (said) }
        }
    }

    fn json(&self) -> Markup {
        let said = self.place.value.map(pretty_value).unwrap_or_default();
        if said.len() > LONGEST_JSON {
            return html! { p.hint id=(self.id) { "Too long for a form: edit it in the JSON." } };
        }
        let typed = self.typed.and_then(|typed| typed.find(&self.name)).filter(|_| self.is_bad);
        self.area(typed.unwrap_or(&said), true)
    }

    fn lines(&self) -> Markup {
        let items = self.place.value.and_then(Value::as_list).unwrap_or_default();
        let said: Vec<String> = items.iter().map(scalar_text).collect();
        self.area(&said.join("\n"), true)
    }

    fn flag(&self) -> Markup {
        let is_on = self.place.value.and_then(Value::as_bool) == Some(true);
        html! {
            label.check {
                input type="hidden" name=(self.name) value="off";
                input #(self.id) type="checkbox" name=(self.name) value="on" checked[is_on]
                    aria-invalid=[self.is_bad.then_some("true")] aria-describedby=[self.described.as_deref()];
                span { (name(self.place)) }
            }
        }
    }

    fn select(&self, options: &[(&Value, Option<&str>)]) -> Markup {
        let held = self.place.value;
        let is_known = options.iter().any(|(value, _)| Some(*value) == held);
        html! {
            select.input #(self.id) name=(self.name)
                aria-invalid=[self.is_bad.then_some("true")] aria-describedby=[self.described.as_deref()] {
                @if held.is_none() || !self.place.is_required { option value="" selected[held.is_none()] { "—" } }
                @if let Some(held) = held && !is_known {
                    option value=(json_text(held)) selected { (plain(&scalar_text(held))) " (not one of these)" }
                }
                @for (value, words) in options {
                    option value=(json_text(value)) selected[Some(*value) == held] { (option_words(value, *words)) }
                }
            }
        }
    }

    fn buttons(&self, options: &[(&Value, Option<&str>)]) -> Markup {
        let held = self.place.value;
        let is_known = options.iter().any(|(value, _)| Some(*value) == held);
        html! {
            div.boxes {
                @if let Some(held) = held && !is_known {
                    label.check { input type="radio" name=(self.name) value=(json_text(held)) checked; span { (plain(&scalar_text(held))) " (not one of these)" } }
                }
                @for (value, words) in options {
                    label.check {
                        input type="radio" name=(self.name) value=(json_text(value)) checked[Some(*value) == held];
                        span { (option_words(value, *words)) }
                    }
                }
            }
        }
    }

    fn ticks(&self, options: &[(&Value, Option<&str>)]) -> Markup {
        let held = self.place.value.and_then(Value::as_list).unwrap_or_default();
        html! {
            input type="hidden" name=(self.name) value="";
            div.boxes {
                @for (value, words) in options {
                    label.check {
                        input type="checkbox" name=(self.name) value=(json_text(value)) checked[held.contains(value)];
                        span { (option_words(value, *words)) }
                    }
                }
            }
        }
    }

    fn placeholder(&self) -> Option<String> {
        let asked = self.place.ui.and_then(|ui| ui.get("ui:placeholder")).and_then(Value::as_text);
        let asked = asked.map(plain);
        match (asked, self.place.value) {
            (Some(asked), _) => Some(asked),
            (None, Some(Value::Null)) => Some("null".to_owned()),
            (None, _) => None,
        }
    }
}

fn option_words(value: &Value, words: Option<&str>) -> String {
    plain(words.unwrap_or(&scalar_text(value)))
}

/// Bytes of JSON in a field.
const LONGEST_JSON: usize = 50_000;
