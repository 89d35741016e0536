//! The parts of a schema and how they lead to each other: on the same value, or on values within it.

use std::collections::{HashMap, VecDeque};

use jsonschema::Draft;
use serde_json::{Map, Value};

use super::SchemaError;
use crate::types::push_name;

/// One part of a schema.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Parts that are asked about values within.
    pub(super) below: Vec<(Step, usize)>,
    /// Parts that are asked about the same value.
    pub(super) here: Vec<usize>,
    /// Where it stands.
    pub(super) pointer: String,
    /// Whether it asks its parts again, for what none of them has looked at.
    pub(super) repeats: bool,
    /// What it costs by itself, in looks at one value.
    pub(super) weight: u64,
}

/// Which values within.
#[derive(Debug)]
pub(super) enum Step {
    /// Every item.
    Items,
    /// One member.
    Member(String),
    /// Every member.
    Members,
    /// The names of all members.
    Names,
    /// Every member but these, which are sorted.
    Others(Vec<String>),
}

/// What is put right before a schema is compiled.
#[derive(Debug)]
pub(super) enum Rewrite {
    /// A keyword goes: it would give a part another address.
    Forget { keyword: &'static str, pointer: String },
    /// `$ref` becomes a pointer from the root.
    Refer { pointer: String, target: String },
}

/// A schema's parts, the root first.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) rewrites: Vec<Rewrite>,
}

/// Reads a schema. Every reference in it leads to a part of it.
pub(super) fn read(root: &Value, draft: Draft) -> Result<Graph, SchemaError> {
    let mut reader = Reader {
        anchors: HashMap::new(),
        draft,
        embedded: None,
        known: HashMap::new(),
        nodes: Vec::new(),
        references: Vec::new(),
        rewrites: Vec::new(),
        root,
        root_id: root.get("$id").or_else(|| root.get("id")).and_then(Value::as_str).unwrap_or_default(),
        waiting: VecDeque::new(),
    };
    reader.node(root, String::new());
    loop {
        while let Some((index, part, pointer)) = reader.waiting.pop_front() {
            reader.read_part(index, part, &pointer)?;
        }
        // Anchors are known once all parts are; what references lead to may be parts that nothing else leads to.
        let references = std::mem::take(&mut reader.references);
        if references.is_empty() {
            break;
        }
        for (index, pointer, target) in references {
            reader.follow(index, pointer, &target)?;
        }
    }
    Ok(Graph { nodes: reader.nodes, rewrites: reader.rewrites })
}

struct Reader<'a> {
    anchors: HashMap<&'a str, String>,
    draft: Draft,
    embedded: Option<String>,
    known: HashMap<String, usize>,
    nodes: Vec<Node>,
    references: Vec<(usize, String, String)>,
    rewrites: Vec<Rewrite>,
    root: &'a Value,
    root_id: &'a str,
    waiting: VecDeque<(usize, &'a Value, String)>,
}

impl<'a> Reader<'a> {
    /// The index of a part, which is read later if it is new.
    fn node(&mut self, part: &'a Value, pointer: String) -> usize {
        if let Some(index) = self.known.get(&pointer) {
            return *index;
        }
        let index = self.nodes.len();
        self.nodes.push(Node { pointer: pointer.clone(), weight: 1, ..Node::default() });
        self.known.insert(pointer.clone(), index);
        self.waiting.push_back((index, part, pointer));
        index
    }

    fn read_part(&mut self, index: usize, part: &'a Value, pointer: &str) -> Result<(), SchemaError> {
        let Some(members) = part.as_object() else { return Ok(()) };
        self.read_names(members, pointer)?;
        let mut here = Vec::new();
        let mut below = Vec::new();
        let mut weight = 1;
        let mut repeats = false;
        for (keyword, value) in members {
            let at = step(pointer, keyword);
            match keyword.as_str() {
                "$ref" => {
                    if let Some(target) = value.as_str() {
                        self.references.push((index, pointer.to_owned(), target.to_owned()));
                    }
                }
                "$dynamicRef" => {
                    return Err(SchemaError::Unsupported { keyword: "$dynamicRef", pointer: at });
                }
                "$recursiveRef" => {
                    return Err(SchemaError::Unsupported { keyword: "$recursiveRef", pointer: at });
                }
                "enum" => weight += value.as_array().map_or(0, |list| count(list.len()) / 8),
                "pattern" => weight += PATTERN,
                "not" | "if" | "then" | "else" => here.push(self.node(value, at)),
                "allOf" | "anyOf" | "oneOf" => here.extend(self.listed(value, &at)),
                "dependentSchemas" | "dependencies" => {
                    here.extend(self.named(value, &at).into_iter().map(|(_, index)| index));
                }
                "items" if value.is_array() => {
                    below.extend(self.listed(value, &at).into_iter().map(|index| (Step::Items, index)));
                }
                "prefixItems" => {
                    below.extend(self.listed(value, &at).into_iter().map(|index| (Step::Items, index)));
                }
                "items" | "additionalItems" | "contains" => below.push((Step::Items, self.node(value, at))),
                "unevaluatedItems" => {
                    repeats = true;
                    below.push((Step::Items, self.node(value, at)));
                }
                "properties" => {
                    let named = self.named(value, &at).into_iter();
                    below.extend(named.map(|(name, index)| (Step::Member(name), index)));
                }
                "patternProperties" => {
                    let named = self.named(value, &at);
                    weight += PATTERN * count(named.len());
                    below.extend(named.into_iter().map(|(_, index)| (Step::Members, index)));
                }
                "additionalProperties" => {
                    let names = members.get("properties").and_then(Value::as_object);
                    let mut names: Vec<String> = names.into_iter().flat_map(Map::keys).cloned().collect();
                    names.sort_unstable();
                    below.push((Step::Others(names), self.node(value, at)));
                }
                "unevaluatedProperties" => {
                    repeats = true;
                    below.push((Step::Members, self.node(value, at)));
                }
                "propertyNames" => below.push((Step::Names, self.node(value, at))),
                // Asked about nothing until something refers to them, but looked at: nothing in them leads elsewhere either.
                "definitions" | "$defs" => {
                    self.named(value, &at);
                }
                _ => {}
            }
        }
        if let Some(node) = self.nodes.get_mut(index) {
            node.here.extend(here);
            node.below.extend(below);
            node.weight = weight;
            node.repeats = repeats;
        }
        Ok(())
    }

    /// What would give a part another name or address.
    fn read_names(&mut self, members: &'a Map<String, Value>, pointer: &str) -> Result<(), SchemaError> {
        let forget = |keyword| Rewrite::Forget { keyword, pointer: pointer.to_owned() };
        if members.contains_key("$schema") {
            self.rewrites.push(forget("$schema"));
        }
        // Gone since 2019-09; the validating library knows it still.
        if matches!(self.draft, Draft::Draft201909 | Draft::Draft202012)
            && members.contains_key("dependencies")
        {
            self.rewrites.push(forget("dependencies"));
        }
        for keyword in ["$id", "id"] {
            let Some(id) = members.get(keyword).and_then(Value::as_str) else { continue };
            self.rewrites.push(forget(keyword));
            if let Some(anchor) = id.strip_prefix('#') {
                self.anchor(anchor, pointer);
            } else if !pointer.is_empty() {
                self.embedded.get_or_insert_with(|| pointer.to_owned());
            }
        }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            if let Some(anchor) = members.get(keyword).and_then(Value::as_str) {
                self.anchor(anchor, pointer);
                self.rewrites.push(forget(keyword));
            }
        }
        if members.contains_key("$recursiveAnchor") {
            self.rewrites.push(forget("$recursiveAnchor"));
        }
        if self.nodes.len() > MOST_PARTS { Err(SchemaError::Costly) } else { Ok(()) }
    }

    fn anchor(&mut self, anchor: &'a str, pointer: &str) {
        if !anchor.is_empty() && !anchor.starts_with('/') {
            self.anchors.entry(anchor).or_insert_with(|| pointer.to_owned());
        }
    }

    /// Where a reference leads. It becomes a pointer from the root.
    fn follow(&mut self, index: usize, pointer: String, target: &str) -> Result<(), SchemaError> {
        if let Some(embedded) = &self.embedded {
            return Err(SchemaError::Embedded { pointer: embedded.clone() });
        }
        let remote = || SchemaError::Remote { pointer: step(&pointer, "$ref"), target: target.to_owned() };
        let fragment = match target.split_once('#') {
            Some((document, fragment))
                if document.is_empty() || document == self.root_id.trim_end_matches('#') =>
            {
                fragment
            }
            None if target.is_empty() || target == self.root_id => "",
            Some(_) | None => return Err(remote()),
        };
        let unresolved =
            || SchemaError::Unresolved { pointer: step(&pointer, "$ref"), target: target.to_owned() };
        let place = if fragment.is_empty() || fragment.starts_with('/') {
            percent_decoded(fragment).ok_or_else(unresolved)?
        } else {
            self.anchors.get(fragment).cloned().ok_or_else(unresolved)?
        };
        let part = self.root.pointer(&place).ok_or_else(unresolved)?;
        if !part.is_object() && !part.is_boolean() {
            return Err(unresolved());
        }
        let led_to = self.node(part, place.clone());
        if let Some(node) = self.nodes.get_mut(index) {
            node.here.push(led_to);
        }
        self.rewrites.push(Rewrite::Refer { pointer, target: format!("#{}", percent_encoded(&place)) });
        Ok(())
    }

    fn listed(&mut self, value: &'a Value, pointer: &str) -> Vec<usize> {
        let list = value.as_array().into_iter().flatten().enumerate();
        list.map(|(index, part)| self.node(part, format!("{pointer}/{index}"))).collect()
    }

    fn named(&mut self, value: &'a Value, pointer: &str) -> Vec<(String, usize)> {
        let map = value.as_object().into_iter().flatten();
        // `dependencies` may name members instead of a part.
        map.filter(|(_, part)| part.is_object() || part.is_boolean())
            .map(|(name, part)| (name.clone(), self.node(part, step(pointer, name))))
            .collect()
    }
}

fn step(pointer: &str, name: &str) -> String {
    let mut pointer = pointer.to_owned();
    push_name(&mut pointer, name);
    pointer
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

/// A fragment is part of an address.
fn percent_decoded(fragment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn percent_encoded(pointer: &str) -> String {
    pointer
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// Parts of a schema.
const MOST_PARTS: usize = 20_000;
/// A pattern on a text, in looks at a value.
const PATTERN: u64 = 16;
