//! The markup of a form.

use maud::{Markup, html};

use super::{
    Letter, Node, SchemaForm, at,
    control::Control,
    kind::{self, Kind, Line, Widget},
    place::{Place, members},
    said::{act_button, changed, faults, has_help, help, is_below, label, name},
    words::{article, lower, singular, summary},
};
use crate::{
    types::{Object, Value, push_index},
    ui::{
        parts::{Icon, icon, mono, number, reads_as, text, unreadable},
        url,
    },
};

/// The fields of the whole object.
pub(in crate::ui) fn render(form: &SchemaForm<'_>) -> Markup {
    let places: Vec<Place<'_>> = members(&Node::root(form.schema), form.ui, Some(form.value), "", "")
        .into_iter()
        .filter(|place| !form.hidden.iter().any(|hidden| place.pointer.get(1..) == Some(*hidden)))
        .collect();
    html! { div.fields { (rows(form, &places, 0)) } }
}

/// The id of the element that holds the value at a pointer.
pub(in crate::ui) fn field_id(pointer: &str) -> String {
    format!("f{}", url::encode(pointer).replace('%', "_"))
}

/// Values of one group: single ones first come, groups and lists under headings of their own.
fn rows(form: &SchemaForm<'_>, places: &[Place<'_>], depth: usize) -> Markup {
    let widths = widths(places, depth);
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

/// An object: under a heading where it stands in the record itself, deeper ones go on with their paths.
fn group(form: &SchemaForm<'_>, place: &Place<'_>, depth: usize) -> Markup {
    let value = place.value.and_then(Value::as_object);
    if value.is_none() && !place.is_required {
        return absent(place);
    }
    let (below, is_own) = if depth == 0 { ("", true) } else { (place.below.as_str(), false) };
    let places = members(&place.node, place.ui, value, &place.pointer, below);
    let rows = rows(form, &places, depth + 1);
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
            @if left > 1 { div.fields { (rows(form, &places, depth + 1)) } }
            div.item-foot { (act_button("remove", &pointer, "Remove", "quiet")) }
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
                } @else if let Some(says) = place.value.and_then(|value| unreadable(value, |keyword| place.node.text(keyword))) {
                    p.reads { (icon(Icon::Warning)) " " (says) }
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

/// Levels that have fields of their own.
const DEEPEST: usize = 10;
/// Items of a list that have fields of their own.
const MOST_ITEMS: usize = 100;
/// Characters of a text that needs no line of its own.
const SHORT: usize = 28;
