//! What the page shows, read in one transaction.

use std::collections::BTreeMap;

use super::{ask::Ask, cell};
use crate::{
    storage::ListKey,
    types::{Object, Timestamp, Value},
    ui::PageError,
    workflow::{
        Resource, Scope, access,
        overview::{self, Stage},
        query::{Field, Sort},
        table::{self, Row, State, Table},
    },
};

/// Everything that the page shows.
#[derive(Debug)]
pub(super) struct View {
    pub(super) ask: Ask,
    /// Records and attributes with edits that are not published.
    pub(super) changes: u64,
    pub(super) columns: Vec<Column>,
    pub(super) may_create: bool,
    /// The version that clients have, and when people published last.
    pub(super) published: Option<(u64, Option<Timestamp>)>,
    pub(super) resource: Resource,
    pub(super) sort: Sort,
    pub(super) stage: Stage,
    pub(super) table: Table,
}

/// A column of the table.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) field: Field,
    /// Whether cells show what values read as.
    pub(super) is_read: bool,
    /// What the schema says about the field.
    pub(super) schema: Object,
    pub(super) title: String,
}

impl View {
    pub(super) fn read(scope: &mut Scope<'_>, resource: &Resource, ask: &Ask) -> Result<Self, PageError> {
        let permit = access::read_records(scope, &resource.source)?;
        let line = overview::of(scope, resource)?.ok_or(PageError::Missing)?;
        let sort = match &ask.sort {
            Some(sort) => sort.clone(),
            None => table::default_order(scope, &resource.source, &line.attributes)?,
        };
        let table = table::read(scope, &permit, resource, &ask.wanted(sort.clone(), &line.attributes))?;
        let list = ListKey::Records(resource.source.clone());
        let latest = scope.tx.latest_publication(&resource.destination)?;
        let lately = scope.tx.list_newest_publications(&resource.destination, None, 1)?;
        // A first publication without anything in it is nothing that anybody published.
        let published = latest
            .filter(|_| !lately.is_empty())
            .map(|latest| (latest.version, lately.first().map(|publication| publication.at)));
        Ok(Self {
            ask: ask.clone(),
            changes: line.changes,
            columns: columns(&line.attributes, &table.rows),
            may_create: access::may_create(scope, &list)?,
            published,
            resource: resource.clone(),
            sort,
            stage: line.stage,
            table,
        })
    }

    /// Whether there is nothing to search in.
    pub(super) fn is_empty_collection(&self) -> bool {
        self.table.records == 0 && self.table.changes.deleted == 0
    }
}

/// The collection's display fields; without any, what most of the records have that fits a cell.
fn columns(attributes: &Object, rows: &[Row]) -> Vec<Column> {
    let named = attributes.get("displayFields").and_then(Value::as_list).unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for name in named.iter().filter_map(Value::as_text).filter(|name| !name.is_empty()) {
        if !names.iter().any(|own| own == name) {
            names.push(name.to_owned());
        }
    }
    names.truncate(MOST_NAMED);
    if names.is_empty() {
        names = sensible(rows);
    }
    let properties = attributes.get("schema").and_then(Value::as_object);
    names
        .into_iter()
        .map(|name| {
            let schema = properties.and_then(|schema| schema_of(schema, &name)).cloned().unwrap_or_default();
            let mut column = Column { field: Field::new(&name), is_read: false, schema, title: name };
            column.is_read = rows.iter().any(|row| cell::reads(row, &column));
            column
        })
        .collect()
}

/// What a schema says about a field.
fn schema_of<'a>(schema: &'a Object, name: &str) -> Option<&'a Object> {
    let properties = schema.get("properties")?.as_object()?;
    if let Some(own) = properties.get(name) {
        return own.as_object();
    }
    let (first, rest) = name.split_once('.')?;
    schema_of(properties.get(first)?.as_object()?, rest)
}

/// Names that people know things by come first, then what most records have; the id where there is nothing else.
fn sensible(rows: &[Row]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        for (name, value) in row.state.shown().iter() {
            let fits = match value {
                Value::Bool(_) | Value::Float(_) | Value::Integer(_) => true,
                Value::Text(text) => !text.is_empty(),
                Value::List(_) | Value::Null | Value::Object(_) => false,
            };
            if fits && !["id", "schema"].contains(&name) {
                *counts.entry(name).or_default() += 1;
            }
        }
    }
    let place = |name: &str| TELLING.iter().position(|own| *own == name).unwrap_or(TELLING.len());
    let mut names: Vec<(&str, usize)> = counts.into_iter().collect();
    names.sort_by_key(|(name, count)| (place(name), std::cmp::Reverse(*count)));
    let mut names: Vec<String> =
        names.into_iter().take(MOST_CHOSEN).map(|(name, _)| name.to_owned()).collect();
    if names.is_empty() {
        names.push("id".to_owned());
    }
    names
}

/// The value of a column in a row; `None` is where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Values<'a> {
    /// Another one is published.
    Changed { after: Option<&'a Value>, before: Option<&'a Value> },
    /// As the row as a whole.
    One(Option<&'a Value>),
}

pub(super) fn values<'a>(row: &'a Row, column: &Column) -> Values<'a> {
    let after = column.field.of(row.state.shown());
    match &row.state {
        State::Changed { before, .. } if column.field.of(before) != after => {
            Values::Changed { after, before: column.field.of(before) }
        }
        State::Added(_) | State::Changed { .. } | State::Removed(_) | State::Same(_) => Values::One(after),
    }
}

/// Columns that are chosen where the collection names none.
const MOST_CHOSEN: usize = 4;
/// Columns that a collection may name.
const MOST_NAMED: usize = 12;
const TELLING: [&str; 10] = [
    "name",
    "title",
    "displayName",
    "label",
    "slug",
    "identifier",
    "host",
    "domain",
    "description",
    "version",
];
