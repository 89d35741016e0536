//! A part of a schema with its references followed, as a form reads it.

use std::collections::BTreeSet;

use crate::types::{Object, Value};

/// A part of a schema: what it says itself, then what it refers to and combines. The first word counts.
#[derive(Clone, Debug)]
pub(in crate::ui) struct Node<'a> {
    layers: Vec<&'a Object>,
    root: &'a Object,
}

impl<'a> Node<'a> {
    /// The whole schema.
    pub(in crate::ui) fn root(root: &'a Object) -> Self {
        Self::of(root, root)
    }

    fn of(root: &'a Object, part: &'a Object) -> Self {
        let mut node = Self { layers: Vec::new(), root };
        node.add(part, 0);
        node
    }

    fn of_value(&self, part: &'a Value) -> Self {
        part.as_object()
            .map_or_else(|| Self { layers: Vec::new(), root: self.root }, |part| Self::of(self.root, part))
    }

    fn add(&mut self, part: &'a Object, depth: usize) {
        if depth > DEEPEST || self.layers.len() > MOST_LAYERS {
            return;
        }
        self.layers.push(part);
        if let Some(target) = part.get("$ref").and_then(Value::as_text)
            && let Some(led_to) = target.strip_prefix('#').and_then(|pointer| self.find(pointer))
        {
            self.add(led_to, depth + 1);
        }
        for branch in part.get("allOf").and_then(Value::as_list).into_iter().flatten() {
            if let Some(branch) = branch.as_object() {
                self.add(branch, depth + 1);
            }
        }
        // Something or null is that something.
        for keyword in ["anyOf", "oneOf"] {
            let branches = part.get(keyword).and_then(Value::as_list).unwrap_or_default();
            let is_null = |branch: &&Value| {
                branch.as_object().and_then(|branch| branch.get("type")).and_then(Value::as_text)
                    == Some("null")
            };
            let others: Vec<&Value> = branches.iter().filter(|branch| !is_null(branch)).collect();
            if let ([only], true) = (&others[..], others.len() < branches.len())
                && let Some(only) = only.as_object()
            {
                self.add(only, depth + 1);
            }
        }
    }

    fn find(&self, pointer: &str) -> Option<&'a Object> {
        if pointer.is_empty() { Some(self.root) } else { super::at(self.root, pointer)?.as_object() }
    }

    /// The first word on this.
    pub(super) fn get(&self, keyword: &str) -> Option<&'a Value> {
        self.layers.iter().find_map(|layer| layer.get(keyword))
    }

    /// The first word on this, if it is a text.
    pub(super) fn text(&self, keyword: &str) -> Option<&'a str> {
        self.get(keyword).and_then(Value::as_text)
    }

    /// Names and parts of the members that it knows.
    pub(super) fn members(&self) -> Vec<(&'a str, Self)> {
        let mut members: Vec<(&'a str, Self)> = Vec::new();
        let mut known = BTreeSet::new();
        for layer in &self.layers {
            let Some(properties) = layer.get("properties").and_then(Value::as_object) else { continue };
            for (name, part) in properties.iter() {
                if known.insert(name) {
                    members.push((name, self.of_value(part)));
                }
            }
        }
        members
    }

    /// The part of each item.
    pub(super) fn items(&self) -> Option<Self> {
        self.get("items").filter(|items| items.as_object().is_some()).map(|items| self.of_value(items))
    }

    /// Whether it asks for this member.
    pub(super) fn requires(&self, name: &str) -> bool {
        let lists = self.layers.iter().filter_map(|layer| layer.get("required").and_then(Value::as_list));
        lists.flatten().any(|required| required.as_text() == Some(name))
    }

    /// The types that it allows, `null` left out.
    pub(super) fn types(&self) -> Vec<&'a str> {
        let types: Vec<&str> = match self.get("type") {
            Some(Value::Text(one)) => vec![one.as_str()],
            Some(Value::List(several)) => several.iter().filter_map(Value::as_text).collect(),
            Some(Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Object(_))
            | None => {
                if self.get("properties").is_some() {
                    vec!["object"]
                } else if self.items().is_some() {
                    vec!["array"]
                } else {
                    Vec::new()
                }
            }
        };
        types.into_iter().filter(|one| *one != "null").collect()
    }

    /// The values that it lists, with what they are called.
    pub(super) fn options(&self) -> Option<Vec<(&'a Value, Option<&'a str>)>> {
        if let Some(options) = self.get("enum").and_then(Value::as_list) {
            let names = self.get("enumNames").and_then(Value::as_list).unwrap_or_default();
            let named = |index: usize| names.get(index).and_then(Value::as_text);
            return Some(options.iter().enumerate().map(|(index, value)| (value, named(index))).collect());
        }
        if let Some(only) = self.get("const") {
            return Some(vec![(only, None)]);
        }
        ["oneOf", "anyOf"].into_iter().find_map(|keyword| {
            let branches = self.get(keyword)?.as_list()?;
            branches
                .iter()
                .map(|branch| {
                    let branch = branch.as_object()?;
                    let only = match branch.get("enum").and_then(Value::as_list) {
                        Some([only]) => only,
                        Some(_) => return None,
                        None => branch.get("const")?,
                    };
                    Some((only, branch.get("title").and_then(Value::as_text)))
                })
                .collect()
        })
    }

    /// Whether it allows several forms that a form cannot choose among.
    pub(super) fn has_forms(&self) -> bool {
        let asks_type = |branch: &Value| {
            branch
                .as_object()
                .is_some_and(|branch| ["$ref", "properties", "type"].iter().any(|name| branch.has(name)))
        };
        ["oneOf", "anyOf"].iter().any(|keyword| {
            let branches = self.get(keyword).and_then(Value::as_list).unwrap_or_default();
            branches.len() > 1 && self.types().is_empty() && branches.iter().any(asks_type)
        })
    }
}

/// What the schema fills in when a record is new.
pub(in crate::ui) fn defaults(node: &Node<'_>) -> Object {
    defaults_within(node, &mut MOST_DEFAULTS.clone())
}

/// `room` is how many members there may still be: a part may ask for itself.
fn defaults_within(node: &Node<'_>, room: &mut usize) -> Object {
    let mut object = Object::new();
    for (name, part) in node.members() {
        let Some(left) = room.checked_sub(1) else { break };
        if let Some(value) = part.get("default") {
            *room = left;
            object.insert(name, value.clone());
        } else if node.requires(name) && part.types() == ["object"] && left > MOST_DEFAULTS / 2 {
            *room = left;
            object.insert(name, defaults_within(&part, room));
        }
    }
    object
}

/// References in a row.
const DEEPEST: usize = 12;
/// Members that are filled in.
const MOST_DEFAULTS: usize = 200;
const MOST_LAYERS: usize = 40;

/// What an "add" button brings: an item, or the object itself.
pub(in crate::ui) fn fresh(schema: &Object, object: &Object, act: &super::Act) -> Value {
    let mut node = Node::root(schema);
    let pointer = act.pointer();
    for step in super::steps(pointer) {
        let member = node.members().into_iter().find(|(name, _)| *name == step).map(|(_, part)| part);
        let next = member.or_else(|| node.items());
        node = next.unwrap_or(Node { layers: Vec::new(), root: schema });
    }
    let Some(items) = node.items() else { return Value::Object(defaults(&node)) };
    let item = match items.types()[..] {
        ["string"] => Value::from(""),
        ["boolean"] => Value::from(false),
        _ => Value::Object(defaults(&items)),
    };
    match super::at(object, pointer) {
        Some(Value::List(_)) => item,
        Some(
            Value::Bool(_)
            | Value::Float(_)
            | Value::Integer(_)
            | Value::Null
            | Value::Object(_)
            | Value::Text(_),
        )
        | None => Value::List(vec![item]),
    }
}
