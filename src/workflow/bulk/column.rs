//! What the columns of a CSV hold.

use super::csv::Cell;
use crate::{
    storage::{Entry, StorageError, Visit, Window},
    types::{CollectionPath, Object, Value},
    workflow::{Scope, query::Field, rows},
};

/// What the columns of a CSV hold: what the schema says, else what the newest records have.
pub(super) struct Columns {
    records: Vec<Object>,
    schema: Object,
}

impl Columns {
    pub(super) fn of(
        scope: &mut Scope<'_>,
        source: &CollectionPath,
        attributes: &Object,
    ) -> Result<Self, StorageError> {
        let schema = attributes.get("schema").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut bytes: Vec<Vec<u8>> = Vec::new();
        scope.tx.visit_newest_first(source, &Window::default(), &mut |_, entry| {
            if let Entry::Live(visited) = entry {
                bytes.push(visited.record.content.to_vec());
            }
            if bytes.len() >= SAMPLE { Visit::Stop } else { Visit::Continue }
        })?;
        let records = bytes.iter().map(|bytes| rows::parse_members(bytes)).collect::<Result<_, _>>()?;
        Ok(Self { records, schema })
    }

    pub(super) fn cell(&self, name: &str) -> Cell {
        if name == ID {
            return Cell::Text;
        }
        if let Some(cell) = of_schema(&self.schema, name) {
            return cell;
        }
        let field = Field::new(name);
        let mut values = self.records.iter().filter_map(|record| field.of(record)).peekable();
        if values.peek().is_none() {
            return Cell::Unknown;
        }
        if values.all(|value| matches!(value, Value::Text(_) | Value::Null)) {
            Cell::Text
        } else {
            Cell::Json
        }
    }
}

/// What a schema says of a field, if it says one type.
fn of_schema(schema: &Object, name: &str) -> Option<Cell> {
    let properties = schema.get("properties")?.as_object()?;
    if let Some(own) = properties.get(name).and_then(Value::as_object) {
        return match own.get("type")? {
            Value::Text(kind) if kind == "string" => Some(Cell::Text),
            Value::Text(_) | Value::List(_) => Some(Cell::Json),
            Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Object(_) => None,
        };
    }
    let (first, rest) = name.split_once('.')?;
    of_schema(properties.get(first)?.as_object()?, rest)
}

const ID: &str = "id";
/// Records that are looked at to tell what a column is.
const SAMPLE: usize = 100;
