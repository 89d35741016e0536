//! The markup of a form.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{
    Letter, Node, SchemaForm, at,
    kind::{self, Kind, Line, Widget},
    mended,
    pretty::pretty_value,
};
use crate::{
    canonical,
    types::{Object, Value, push_index, push_name},
    ui::{
        parts::{Icon, icon, mono, number, plain, reads_as, text},
        url,
    },
    workflow::Violation,
};

/// One value and where it stands.
struct Place<'a> {
    /// What it is called below its heading: `urls.base`.
    below: String,
    is_required: bool,
    node: Node<'a>,
    pointer: String,
    title: String,
    ui: Option<&'a Object>,
    value: Option<&'a Value>,
}

/// The fields of the whole object.
pub(in crate::ui) fn render(form: &SchemaForm<'_>) -> Markup {
    let places: Vec<Place<'_>> = members(&Node::root(form.schema), form.ui, Some(form.value), "", "")
        .into_iter()
        .filter(|place| !form.hidden.iter().any(|hidden| place.pointer.get(1..) == Some(*hidden)))
        .collect();
    html! { div.fields { (rows(form, places, 0)) } }
}

/// The id of the element that holds the value at a pointer.
pub(in crate::ui) fn field_id(pointer: &str) -> String {
    format!("f{}", url::encode(pointer).replace('%', "_"))
}

/// Values of one group: single ones first come, groups and lists under headings of their own.
fn rows(form: &SchemaForm<'_>, places: Vec<Place<'_>>, depth: usize) -> Markup {
    let widths = widths(&places, depth);
    html! { @for (place, width) in places.iter().zip(widths) { (row(form, place, depth, width)) } }
}

/// How much of a line a field takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Width {
    Half,
    Whole,
}

/// Short fields stand in pairs. A text that has no partner takes the whole line.
fn widths(places: &[Place<'_>], depth: usize) -> Vec<Width> {
    let kinds: Vec<(Kind<'_>, bool)> = places
        .iter()
        .map(|place| {
            let kind = kind_of(place, depth);
            let is_short = is_short(&kind, place);
            (kind, is_short)
        })
        .collect();
    let mut widths = Vec::with_capacity(places.len());
    while let Some((kind, is_short)) = kinds.get(widths.len()) {
        let has_partner = kinds.get(widths.len() + 1).is_some_and(|(_, is_short)| *is_short);
        match (is_short, has_partner) {
            (true, true) => widths.extend([Width::Half, Width::Half]),
            (true, false) if !matches!(kind, Kind::Text(Line::One)) => widths.push(Width::Half),
            (true | false, _) => widths.push(Width::Whole),
        }
    }
    widths
}

fn kind_of<'a>(place: &Place<'a>, depth: usize) -> Kind<'a> {
    if depth > DEEPEST { Kind::Json } else { kind::of(&place.node, place.ui, place.value, place.is_required) }
}

fn row(form: &SchemaForm<'_>, place: &Place<'_>, depth: usize, width: Width) -> Markup {
    let left = form.room.get();
    if left == 0 {
        return html! {};
    }
    form.room.set(left - 1);
    if left == 1 {
        return html! { p.hint.wide { "There are more values than a form shows. They are all in the JSON." } };
    }
    let kind = kind_of(place, depth);
    match kind {
        Kind::Group => group(form, place, depth),
        Kind::List(ref item) => list(form, place, item, depth),
        Kind::Choice { .. }
        | Kind::Flag
        | Kind::Json
        | Kind::Lines
        | Kind::Number
        | Kind::Numbers
        | Kind::Text(_)
        | Kind::Ticks { .. } => field(form, place, &kind, width),
    }
}

/// The members of an object: in the order of `ui:order`, else as its schema sorts them, then those that no schema knows.
fn members<'a>(
    node: &Node<'a>,
    ui: Option<&'a Object>,
    value: Option<&'a Object>,
    pointer: &str,
    below: &str,
) -> Vec<Place<'a>> {
    let mut known = node.members();
    let order = ui.and_then(|ui| ui.get("ui:order")).and_then(Value::as_list).unwrap_or_default();
    let place_of = |name: &str| {
        let find = |wanted: &str| order.iter().position(|own| own.as_text() == Some(wanted));
        find(name).or_else(|| find("*")).unwrap_or(usize::MAX)
    };
    known.sort_by_key(|(name, part)| (place_of(name), is_large(part)));
    let names: BTreeSet<&str> = known.iter().map(|(name, _)| *name).collect();
    let empty = Node::root(NOTHING.get_or_init(Object::new));
    let strangers: Vec<(&str, Node<'_>)> = value
        .into_iter()
        .flat_map(Object::iter)
        .filter(|(name, _)| !names.contains(name))
        .map(|(name, _)| (name, empty.clone()))
        .collect();
    known
        .into_iter()
        .chain(strangers)
        .filter_map(|(name, part)| {
            let ui = ui.and_then(|ui| ui.get(name)).and_then(Value::as_object);
            let is_hidden = ui.and_then(|ui| ui.get("ui:widget")).and_then(Value::as_text) == Some("hidden");
            if is_hidden {
                return None;
            }
            let mut own = pointer.to_owned();
            push_name(&mut own, name);
            let title = ui
                .and_then(|ui| ui.get("ui:title"))
                .and_then(Value::as_text)
                .or_else(|| part.text("title"))
                .map_or_else(|| titled(name), str::to_owned);
            Some(Place {
                below: if below.is_empty() { name.to_owned() } else { format!("{below}.{name}") },
                is_required: node.requires(name),
                node: part,
                pointer: own,
                title,
                ui,
                value: value.and_then(|value| value.get(name)),
            })
        })
        .collect()
}

/// Groups and lists of groups come after single values where nobody says otherwise.
fn is_large(part: &Node<'_>) -> bool {
    let types = part.types();
    types.contains(&"object") || part.items().is_some_and(|items| items.types().contains(&"object"))
}

/// An object: under a heading where it stands in the record itself, deeper ones go on with their paths.
fn group(form: &SchemaForm<'_>, place: &Place<'_>, depth: usize) -> Markup {
    let value = place.value.and_then(Value::as_object);
    if value.is_none() && !place.is_required {
        return absent(place);
    }
    let (below, is_own) = if depth == 0 { ("", true) } else { (place.below.as_str(), false) };
    let places = members(&place.node, place.ui, value, &place.pointer, below);
    let rows = rows(form, places, depth + 1);
    if !is_own {
        return html! { (said_of(form, place)) (rows) };
    }
    html! {
        section.group.wide id=(field_id(&place.pointer)) data-p=(place.pointer) {
            div.group-head {
                h3 { (text(&place.title)) " " (mono(&place.below)) }
                (changed(form, place))
                @if !place.is_required { (act_button("remove", &place.pointer, "Remove", "quiet")) }
            }
            (faults(form, &place.pointer, false))
            (help(place))
            div.fields { (rows) }
        }
    }
}

/// What is wrong with a group that has no heading.
fn said_of(form: &SchemaForm<'_>, place: &Place<'_>) -> Markup {
    let said = faults(form, &place.pointer, false);
    html! { @if !said.0.is_empty() { div.field.bad.wide id=(field_id(&place.pointer)) { (label(place)) (said) } } }
}

/// An object that may be there, and is not.
fn absent(place: &Place<'_>) -> Markup {
    html! {
        div.absent.wide {
            (act_button("add", &place.pointer, &format!("Add {}", lower(&place.title)), "add"))
            (mono(&place.below))
        }
    }
}

/// A list of objects.
fn list(form: &SchemaForm<'_>, place: &Place<'_>, item: &Node<'_>, depth: usize) -> Markup {
    let items = place.value.and_then(Value::as_list).unwrap_or_default();
    let ui = place.ui.and_then(|ui| ui.get("items")).and_then(Value::as_object);
    let one = singular(item.text("title").unwrap_or(&place.title));
    html! {
        section.group.wide id=(field_id(&place.pointer)) data-p=(place.pointer) {
            div.group-head {
                h3 { (text(&place.title)) " " (mono(&place.below)) }
                (changed(form, place))
            }
            (faults(form, &place.pointer, false))
            (help(place))
            @if !items.is_empty() {
                ol.items {
                    @for (index, value) in items.iter().take(MOST_ITEMS).enumerate() {
                        li { (item_of(form, item, ui, (index, value), &place.pointer, depth)) }
                    }
                }
            }
            @if items.len() > MOST_ITEMS {
                p.hint { (number(u64::try_from(items.len() - MOST_ITEMS).unwrap_or(u64::MAX))) " more are in the JSON." }
            }
            (act_button("add", &place.pointer, &format!("Add {} {}", article(&one), lower(&one)), "add"))
        }
    }
}

fn item_of(
    form: &SchemaForm<'_>,
    item: &Node<'_>,
    ui: Option<&Object>,
    (index, value): (usize, &Value),
    list: &str,
    depth: usize,
) -> Markup {
    let mut pointer = list.to_owned();
    push_index(&mut pointer, index);
    let is_bad = form.violations.iter().any(|violation| is_below(&violation.pointer, &pointer));
    let is_new = form.was.is_some_and(|was| at(was, &pointer).is_none());
    let differs = form.was.is_some_and(|was| at(was, &pointer) != Some(value));
    let object = value.as_object();
    let left = form.room.get();
    let places = members(item, ui, object, &pointer, "");
    html! {
        details.item id=(field_id(&pointer)) data-p=(pointer) open[is_bad || is_new] {
            summary {
                span.item-number { (number(u64::try_from(index + 1).unwrap_or(u64::MAX))) }
                span.item-words { (text(&summary(value))) }
                @if differs { span.mark.changed { "changed" } }
            }
            @if left > 1 { div.fields { (rows(form, places, depth + 1)) } }
            div.item-foot { (act_button("remove", &pointer, "Remove", "quiet")) }
        }
    }
}

/// The first words of an item.
fn summary(value: &Value) -> String {
    let mut words = String::new();
    summarise(value, &mut words, 0);
    if words.is_empty() {
        return "empty".to_owned();
    }
    match words.char_indices().nth(LONGEST_SUMMARY) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

fn summarise(value: &Value, words: &mut String, depth: usize) {
    if words.len() > 4 * LONGEST_SUMMARY || depth > 3 {
        return;
    }
    let mut add = |more: &str| {
        if !words.is_empty() {
            words.push_str(" · ");
        }
        words.push_str(more);
    };
    match value {
        Value::Bool(_) | Value::Null => {}
        Value::Float(_) | Value::Integer(_) => add(&scalar_text(value)),
        Value::Text(said) if said.is_empty() => {}
        Value::Text(said) => add(&said.chars().take(LONGEST_SUMMARY).collect::<String>()),
        Value::List(list) => {
            let said: Vec<&str> = list.iter().filter_map(Value::as_text).take(12).collect();
            if said.len() == list.len().min(12) && !said.is_empty() {
                add(&said.join(", "));
            }
        }
        Value::Object(object) => {
            for (_, value) in object.iter() {
                summarise(value, words, depth + 1);
            }
        }
    }
}

/// One field with its label, what is wrong with it, and what helps.
fn field(form: &SchemaForm<'_>, place: &Place<'_>, kind: &Kind<'_>, width: Width) -> Markup {
    let id = field_id(&place.pointer);
    let is_leaf = !matches!(kind, Kind::Text(_) | Kind::Number | Kind::Flag);
    let said = faults(form, &place.pointer, is_leaf);
    let is_bad = !said.0.is_empty();
    let letter = letter(kind);
    let is_wide = width == Width::Whole;
    let described = [(is_bad, "fault"), (has_help(place), "hint")]
        .iter()
        .filter(|(has, _)| *has)
        .map(|(_, part)| format!("{id}-{part}"))
        .collect::<Vec<_>>()
        .join(" ");
    let control = Control {
        described: (!described.is_empty()).then_some(described),
        id: &id,
        is_bad,
        name: format!("{}{}", letter.as_str(), place.pointer),
        place,
        typed: form.typed,
    };
    let is_set = matches!(kind, Kind::Choice { widget: Widget::Buttons, .. } | Kind::Ticks { .. });
    html! {
        @if is_set {
            fieldset.field.bad[is_bad].wide id=(id) data-k=(letter.as_str()) data-p=(place.pointer) {
                legend { span.field-name { (name(place)) } (changed(form, place)) }
                (control.render(kind))
                (said)
                (help(place))
            }
        } @else {
            div.field.bad[is_bad].wide[is_wide] data-k=(letter.as_str()) data-p=(place.pointer) {
                @if matches!(kind, Kind::Flag) {
                    div.label-row { (control.render(kind)) (changed(form, place)) }
                } @else {
                    div.label-row { label for=(id) { (name(place)) } (changed(form, place)) }
                    (control.render(kind))
                }
                @if let Some(read) = place.value.and_then(|value| reads_as(value, |keyword| place.node.text(keyword))) {
                    p.reads { "reads as " (text(&read)) }
                }
                (said)
                (help(place))
            }
        }
    }
}

const fn letter(kind: &Kind<'_>) -> Letter {
    match kind {
        Kind::Choice { .. } => Letter::Choice,
        Kind::Flag => Letter::Flag,
        Kind::Group | Kind::Json | Kind::List(_) => Letter::Json,
        Kind::Lines => Letter::Lines,
        Kind::Number => Letter::Number,
        Kind::Numbers => Letter::Numbers,
        Kind::Text(_) => Letter::Text,
        Kind::Ticks { .. } => Letter::Ticks,
    }
}

fn is_short(kind: &Kind<'_>, place: &Place<'_>) -> bool {
    match kind {
        Kind::Choice { widget: Widget::Select, .. } | Kind::Number | Kind::Text(Line::Date) => true,
        Kind::Text(Line::One) => {
            let said = place.value.and_then(Value::as_text).unwrap_or_default();
            let is_address = place.node.text("format").is_some_and(|format| format.contains("ur"));
            said.chars().count() <= SHORT && !is_address && place.below.chars().count() <= SHORT
        }
        Kind::Choice { widget: Widget::Buttons, .. }
        | Kind::Flag
        | Kind::Group
        | Kind::Json
        | Kind::Lines
        | Kind::List(_)
        | Kind::Numbers
        | Kind::Text(Line::Area)
        | Kind::Ticks { .. } => false,
    }
}

/// An element that is typed into.
struct Control<'a> {
    described: Option<String>,
    id: &'a str,
    is_bad: bool,
    name: String,
    place: &'a Place<'a>,
    typed: Option<&'a crate::ui::Form>,
}

impl Control<'_> {
    fn render(&self, kind: &Kind<'_>) -> Markup {
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

/// Title and key.
fn name(place: &Place<'_>) -> Markup {
    html! {
        span.field-title dir="auto" { (plain(&place.title)) }
        " " (mono(&place.below))
        @if place.is_required { " " span.needed { "needed" } }
    }
}

fn label(place: &Place<'_>) -> Markup {
    html! { p.label { (name(place)) } }
}

fn changed(form: &SchemaForm<'_>, place: &Place<'_>) -> Markup {
    let differs = form.was.is_some_and(|was| at(was, &place.pointer) != place.value);
    // There without script too, so that a script can show it.
    html! { @if form.was.is_some() { span.mark.changed hidden[!differs] { "changed" } } }
}

/// What is wrong here, and for a field that holds other values, within.
fn faults(form: &SchemaForm<'_>, pointer: &str, with_below: bool) -> Markup {
    let is_here = |violation: &&Violation| {
        violation.pointer == pointer || with_below && is_below(&violation.pointer, pointer)
    };
    let here: Vec<&Violation> = form.violations.iter().filter(is_here).take(5).collect();
    html! {
        @if !here.is_empty() {
            div.faults id=(format!("{}-fault", field_id(pointer))) {
                @for violation in here {
                    p.fault {
                        (icon(Icon::Error))
                        span {
                            (fault_words(violation, pointer))
                            @if let Some(fits) = at(form.value, &violation.pointer).and_then(|value| mended(violation, value)) {
                                " " (act_button("use", &violation.pointer, &format!("Use {}", scalar_text(&fits)), "mend"))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn fault_words(violation: &Violation, pointer: &str) -> Markup {
    let message = if violation.pointer == pointer {
        let mut words = violation.message.chars();
        words.next().map(|first| first.to_uppercase().chain(words).collect::<String>()).unwrap_or_default()
    } else {
        violation.sentence()
    };
    html! { (text(&message)) "." }
}

fn is_below(pointer: &str, above: &str) -> bool {
    pointer.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn has_help(place: &Place<'_>) -> bool {
    help_text(place).is_some()
}

fn help_text<'a>(place: &Place<'a>) -> Option<&'a str> {
    let asked = |name: &str| place.ui.and_then(|ui| ui.get(name)).and_then(Value::as_text);
    asked("ui:help").or_else(|| asked("ui:description")).or_else(|| place.node.text("description"))
}

fn help(place: &Place<'_>) -> Markup {
    html! {
        @if let Some(said) = help_text(place) {
            p.hint id=(format!("{}-hint", field_id(&place.pointer))) { (text(said)) }
        }
    }
}

fn act_button(verb: &str, pointer: &str, words: &str, class: &str) -> Markup {
    html! {
        button.link.(class) type="submit" name="act" value=(format!("{verb}{pointer}")) formnovalidate {
            @if verb == "add" { (icon(Icon::Plus)) }
            (plain(words))
        }
    }
}

fn option_words(value: &Value, words: Option<&str>) -> String {
    plain(words.unwrap_or(&scalar_text(value)))
}

/// A single value as it is typed.
pub(super) fn scalar_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.clone(),
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::List(_) | Value::Object(_) => {
            json_text(value)
        }
    }
}

fn json_text(value: &Value) -> String {
    String::from_utf8_lossy(&canonical::to_bytes(value)).into_owned()
}

/// `searchTermName` is called "Search term name" where the schema has no better word.
fn titled(name: &str) -> String {
    let mut title = String::new();
    for (place, character) in name.chars().enumerate() {
        if place == 0 {
            title.extend(character.to_uppercase());
        } else if character == '_' || character == '-' {
            title.push(' ');
        } else if character.is_uppercase() && title.chars().last().is_some_and(char::is_lowercase) {
            title.push(' ');
            title.extend(character.to_lowercase());
        } else {
            title.push(character);
        }
    }
    title
}

/// As within a sentence; abbreviations stay.
fn lower(title: &str) -> String {
    let mut characters = title.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        (_, _) => title.to_owned(),
    }
}

fn singular(title: &str) -> String {
    match title.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => title.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(title).to_owned(),
    }
}

fn article(noun: &str) -> &'static str {
    let is_vowel = noun.chars().next().is_some_and(|first| "aeiouAEIOU".contains(first));
    if is_vowel { "an" } else { "a" }
}

/// Levels that have fields of their own.
const DEEPEST: usize = 10;
/// Bytes of JSON in a field.
const LONGEST_JSON: usize = 50_000;
/// Items of a list that have fields of their own.
const MOST_ITEMS: usize = 100;
/// Characters of an item's first words.
const LONGEST_SUMMARY: usize = 80;
static NOTHING: std::sync::OnceLock<Object> = std::sync::OnceLock::new();
/// Characters of a text that needs no line of its own.
const SHORT: usize = 28;
