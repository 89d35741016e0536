//! Words for values and names.

use crate::{canonical, types::Value};

/// The first words of an item.
pub(super) fn summary(value: &Value) -> String {
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

pub(super) fn json_text(value: &Value) -> String {
    String::from_utf8_lossy(&canonical::to_bytes(value)).into_owned()
}

/// `searchTermName` is called "Search term name" where the schema has no better word.
pub(super) fn titled(name: &str) -> String {
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
pub(super) fn lower(title: &str) -> String {
    let mut characters = title.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        (_, _) => title.to_owned(),
    }
}

pub(super) fn singular(title: &str) -> String {
    match title.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => title.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(title).to_owned(),
    }
}

pub(super) fn article(noun: &str) -> &'static str {
    let is_vowel = noun.chars().next().is_some_and(|first| "aeiouAEIOU".contains(first));
    if is_vowel { "an" } else { "a" }
}

/// Characters of an item's first words.
const LONGEST_SUMMARY: usize = 80;
