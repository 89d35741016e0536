//! Where the values of an object stand, in the order in which a form shows them.

use std::{collections::BTreeSet, sync::OnceLock};

use super::{Node, words::titled};
use crate::types::{Object, Value, push_name};

/// One value and where it stands.
pub(super) struct Place<'a> {
    /// What it is called below its heading: `urls.base`.
    pub(super) below: String,
    pub(super) is_required: bool,
    pub(super) node: Node<'a>,
    pub(super) pointer: String,
    pub(super) title: String,
    pub(super) ui: Option<&'a Object>,
    pub(super) value: Option<&'a Value>,
}

/// The members of an object: in the order of `ui:order`, else as its schema sorts them, then those that no schema knows.
pub(super) fn members<'a>(
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

static NOTHING: OnceLock<Object> = OnceLock::new();
