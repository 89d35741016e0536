//! From file and environment to one flat table: dotted names, raw values, and where each was given.

use std::{collections::BTreeMap, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{ConfigError, Environment, Origin, Problem, SETTINGS};

/// All values that were given.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// By dotted name.
    pub(super) values: BTreeMap<&'static str, Given>,
    /// `enabled` of `[review."bucket"]` and `[review."bucket/collection"]`.
    pub(super) review_exceptions: BTreeMap<String, Given>,
}

/// A value, and where it was given.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) origin: Origin,
    pub(super) raw: Raw,
}

/// A value before its setting has looked at it.
#[derive(Debug)]
pub(super) enum Raw {
    Bool(bool),
    /// From the environment: its type is the setting's.
    Environment(String),
    Integer(i64),
    List(Vec<String>),
    /// A table, a date, a float, a mixed list: nothing is spelled so.
    Other,
    Text(String),
}

impl Source {
    /// Reads the file's text, then lets the environment win.
    pub(super) fn read(file: Option<(&Path, &str)>, environment: &Environment) -> Result<Self, ConfigError> {
        let mut source = Self::default();
        if let Some((path, text)) = file {
            source.read_file(&File { path, text })?;
        }
        source.read_environment(environment)?;
        Ok(source)
    }

    fn read_file(&mut self, file: &File<'_>) -> Result<(), ConfigError> {
        let table = DeTable::parse(file.text).map_err(|error| ConfigError::Syntax {
            origin: file.origin(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        for (section, value) in table.get_ref() {
            let name: &str = section.get_ref();
            if !SETTINGS.iter().any(|key| section_of(key) == name) {
                return Err(unknown(file.origin(section.span().start), name.to_owned()));
            }
            self.read_table(file, name, value)?;
        }
        Ok(())
    }

    /// One section, or a section of a section.
    fn read_table(
        &mut self,
        file: &File<'_>,
        name: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), ConfigError> {
        let Some(table) = value.get_ref().as_table() else {
            return Err(ConfigError::Value {
                origin: file.origin(value.span().start),
                key: name.to_owned(),
                problem: Problem::Type("a section: write it as [name], with its settings below"),
            });
        };
        for (member, value) in table {
            let key = format!("{name}.{}", member.get_ref());
            let origin = file.origin(member.span().start);
            if let Some(known) = SETTINGS.iter().find(|known| **known == key) {
                self.values.insert(known, Given { origin, raw: Raw::of(value.get_ref()) });
            } else if SETTINGS.iter().any(|known| known.starts_with(&format!("{key}."))) {
                self.read_table(file, &key, value)?;
            } else if let ("review", Some(exception)) = (name, value.get_ref().as_table()) {
                self.read_exception(file, member.get_ref(), exception)?;
            } else {
                return Err(unknown(origin, key));
            }
        }
        Ok(())
    }

    /// `[review."bucket/collection"]`: has `enabled` alone.
    fn read_exception(
        &mut self,
        file: &File<'_>,
        name: &str,
        table: &DeTable<'_>,
    ) -> Result<(), ConfigError> {
        for (member, value) in table {
            let origin = file.origin(member.span().start);
            if member.get_ref() != "enabled" {
                return Err(ConfigError::Unknown {
                    origin,
                    key: format!("review.{name:?}.{}", member.get_ref()),
                    nearest: Some("review.\"bucket/collection\".enabled"),
                });
            }
            self.review_exceptions.insert(name.to_owned(), Given { origin, raw: Raw::of(value.get_ref()) });
        }
        Ok(())
    }

    fn read_environment(&mut self, environment: &Environment) -> Result<(), ConfigError> {
        for (variable, value) in environment.with_prefix(PREFIX) {
            let origin = Origin::Environment(variable.to_owned());
            let name = variable.trim_start_matches(PREFIX);
            if let Some(known) = SETTINGS.iter().find(|key| variable_of(key) == name) {
                self.values.insert(known, Given { origin, raw: Raw::Environment(value.to_owned()) });
                continue;
            }
            if !is_no_setting(name, value) {
                return Err(unknown(origin, name.to_ascii_lowercase().replacen('_', ".", 1)));
            }
        }
        Ok(())
    }
}

impl Raw {
    fn of(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::Array(list) => {
                let texts: Option<Vec<String>> =
                    list.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
                texts.map_or(Self::Other, Self::List)
            }
            DeValue::Boolean(truth) => Self::Bool(*truth),
            DeValue::Datetime(_) | DeValue::Float(_) | DeValue::Table(_) => Self::Other,
            DeValue::Integer(integer) => {
                i64::from_str_radix(integer.as_str(), integer.radix()).map_or(Self::Other, Self::Integer)
            }
            DeValue::String(text) => Self::Text(text.to_string()),
        }
    }
}

/// The file being read.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn origin(&self, offset: usize) -> Origin {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        Origin::File(self.path.to_owned(), line)
    }
}

fn unknown(origin: Origin, key: String) -> ConfigError {
    let nearest = SETTINGS
        .iter()
        .map(|known| (distance(&key, known).min(distance(&key, section_of(known))), *known))
        .min()
        .filter(|(distance, _)| *distance <= 1 + key.len() / 3)
        .map(|(_, known)| known);
    ConfigError::Unknown { origin, key, nearest }
}

fn section_of(key: &str) -> &str {
    key.split_once('.').map_or(key, |(section, _)| section)
}

/// `signer.local.key_file` is `SIGNER_LOCAL_KEY_FILE`.
fn variable_of(key: &str) -> String {
    key.replace('.', "_").to_ascii_uppercase()
}

/// Whether a variable (without its prefix) is for something else than a setting: the log, a password, the project's own tests,
/// or what an orchestrator tells every container about a service that is called `countersign`.
fn is_no_setting(name: &str, value: &str) -> bool {
    let is_address = value.starts_with("tcp://") || value.starts_with("udp://");
    ["LOG", "LOG_FORMAT", "PASSWORD", "REQUIRE_ALL"].contains(&name)
        || name.starts_with("TEST_")
        || name == "SERVICE_HOST"
        || name.starts_with("SERVICE_PORT")
        || name.starts_with("PORT_")
        || (name == "PORT" && is_address)
}

/// How many characters must be added, removed or replaced to make one text the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(b.chars()) {
            let here = (diagonal + usize::from(left != right)).min(before + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = here;
            before = here;
        }
    }
    row.last().copied().unwrap_or_default()
}

const PREFIX: &str = "COUNTERSIGN_";
