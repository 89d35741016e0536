//! Fields of forms: label, what was typed, a hint, and what to mend beside it.

use maud::{Markup, html};

use super::{Icon, icon, plain, text};
use crate::ui::Faults;

/// A field being put together. Its element's id is `f-NAME`.
#[derive(Clone, Debug)]
pub(in crate::ui) struct Field<'a> {
    autocomplete: Option<&'a str>,
    editor: Option<&'a str>,
    fault: Option<&'a str>,
    hint: Option<Markup>,
    is_mono: bool,
    is_required: bool,
    kind: Kind<'a>,
    label: &'a str,
    list: Option<&'a str>,
    name: &'a str,
    placeholder: Option<&'a str>,
    value: &'a str,
}

#[derive(Clone, Debug)]
enum Kind<'a> {
    /// Lines in sight.
    Area(u32),
    /// Values and words.
    Choice(Vec<(&'a str, &'a str)>),
    /// The `type` of an input.
    Line(&'static str),
}

impl<'a> Field<'a> {
    /// One line of text.
    pub(in crate::ui) fn line(name: &'a str, label: &'a str) -> Self {
        Self {
            autocomplete: None,
            editor: None,
            fault: None,
            hint: None,
            is_mono: false,
            is_required: false,
            kind: Kind::Line("text"),
            label,
            list: None,
            name,
            placeholder: None,
            value: "",
        }
    }

    /// A password. What was typed is never sent back.
    pub(in crate::ui) fn password(name: &'a str, label: &'a str) -> Self {
        Self { kind: Kind::Line("password"), ..Self::line(name, label) }
    }

    /// Several lines.
    pub(in crate::ui) fn area(name: &'a str, label: &'a str, lines: u32) -> Self {
        Self { kind: Kind::Area(lines), ..Self::line(name, label) }
    }

    /// One of several: values and words.
    pub(in crate::ui) fn choice(name: &'a str, label: &'a str, choices: Vec<(&'a str, &'a str)>) -> Self {
        Self { kind: Kind::Choice(choices), ..Self::line(name, label) }
    }

    /// What it holds, or what was typed.
    pub(in crate::ui) fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// What is wrong with it.
    pub(in crate::ui) fn faults(mut self, faults: &'a Faults) -> Self {
        self.fault = faults.of(self.name);
        self
    }

    /// What helps to fill it in.
    pub(in crate::ui) fn hint(mut self, hint: Markup) -> Self {
        self.hint = Some(hint);
        self
    }

    /// An example, inside the empty field.
    pub(in crate::ui) fn placeholder(mut self, placeholder: &'a str) -> Self {
        self.placeholder = Some(placeholder);
        self
    }

    /// For ids, hashes and JSON.
    pub(in crate::ui) fn mono(mut self) -> Self {
        self.is_mono = true;
        self
    }

    /// A JSON editor takes the place of the area, if `json-editor.js` is loaded; `path` is where the editor's module is.
    pub(in crate::ui) fn editor(mut self, path: &'a str) -> Self {
        self.editor = Some(path);
        self
    }

    /// The browser asks for it before it sends the form.
    pub(in crate::ui) fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// What password managers and browsers may fill in.
    pub(in crate::ui) fn autocomplete(mut self, what: &'a str) -> Self {
        self.autocomplete = Some(what);
        self
    }

    /// The `datalist` with what is proposed, by its id.
    pub(in crate::ui) fn list(mut self, id: &'a str) -> Self {
        self.list = Some(id);
        self
    }

    /// The markup.
    pub(in crate::ui) fn render(self) -> Markup {
        let id = format!("f-{}", self.name);
        let (fault_id, hint_id) = (format!("{id}-fault"), format!("{id}-hint"));
        let mut described = Vec::new();
        described.extend(self.fault.is_some().then_some(fault_id.as_str()));
        described.extend(self.hint.is_some().then_some(hint_id.as_str()));
        let described = (!described.is_empty()).then(|| described.join(" "));
        let is_bad = self.fault.is_some();
        let class = if self.is_mono { "input mono" } else { "input" };
        html! {
            div.field.bad[is_bad] {
                label for=(id) { (self.label) }
                @match self.kind {
                    Kind::Area(lines) => textarea #(id) class=(class) name=(self.name) rows=(lines) dir="auto"
                        data-json-editor=[self.editor] data-alone[self.editor.is_some()] aria-label=[self.editor.map(|_| self.label)]
                        placeholder=[self.placeholder] required[self.is_required] spellcheck="false"
                        aria-invalid=[is_bad.then_some("true")] aria-describedby=[described] {
                        // The first line end of an area is not part of its text.
                        "\n" (self.value)
                    },
                    Kind::Choice(choices) => select #(id) class=(class) name=(self.name)
                        aria-invalid=[is_bad.then_some("true")] aria-describedby=[described] {
                        @for (value, words) in choices {
                            option value=(value) selected[value == self.value] { (plain(words)) }
                        }
                    },
                    Kind::Line(kind) => input #(id) class=(class) type=(kind) name=(self.name) dir="auto"
                        value=[(kind != "password").then_some(self.value)] list=[self.list]
                        placeholder=[self.placeholder] required[self.is_required] autocomplete=[self.autocomplete]
                        autocapitalize="none" spellcheck="false"
                        aria-invalid=[is_bad.then_some("true")] aria-describedby=[described];,
                }
                @if let Some(fault) = self.fault {
                    p.fault id=(fault_id) { (icon(Icon::Error)) span { (text(fault)) } }
                }
                @if let Some(hint) = self.hint { p.hint id=(hint_id) { (hint) } }
            }
        }
    }
}

/// Yes or no. The value is `on` if it is ticked.
pub(in crate::ui) fn check_box(name: &str, label: &str, ticked: bool) -> Markup {
    html! {
        label.check { input type="checkbox" name=(name) checked[ticked]; span { (label) } }
    }
}

/// A field that searches; `/` jumps to the one of the page's content.
pub(in crate::ui) fn search_box(placeholder: &str, name: &str) -> Markup {
    html! {
        label.search {
            (icon(Icon::Search))
            input type="search" name=(name) placeholder=(placeholder) aria-label=(placeholder) autocomplete="off" spellcheck="false";
        }
    }
}
