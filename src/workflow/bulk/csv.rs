//! CSV: the first line names the fields, dots in a name lead into objects, and an empty cell says nothing.

use std::collections::HashSet;

use super::read::{Item, ItemError, LIMITS, ReadError, SyntaxError, enough, line_at};
use crate::types::{Object, Value};

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cell {
    /// JSON; a text where it is none.
    Json,
    /// A text, whatever it looks like.
    Text,
    /// Nobody knows: what is plainly a number, a truth value, a list or an object is that, everything else a text.
    Unknown,
}

pub(super) fn read(body: &str, types: &dyn Fn(&str) -> Cell) -> Result<Vec<Item>, ReadError> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body.as_bytes());
    let mut row = csv::ByteRecord::new();
    let mut names: Vec<(String, Cell)> = Vec::new();
    let mut items = Vec::new();
    if let Some(at) = open_quote(body) {
        return Err(ReadError::Syntax { error: SyntaxError::OpenQuote, line: line_at(body, at) });
    }
    loop {
        let (start, line) = (offset(&reader), reader.position().line());
        // What is no UTF-8 never comes here, and nothing else fails in a text that is in memory.
        if !reader.read_byte_record(&mut row).unwrap_or(false) {
            break;
        }
        // The reader goes past empty lines, and past the rest of a line's end, when it reads on.
        let rest = body.as_bytes().get(start..).unwrap_or_default();
        let skipped =
            rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).filter(|byte| **byte == b'\n');
        let line = line.saturating_add(u64::try_from(skipped.count()).unwrap_or(u64::MAX));
        if names.is_empty() {
            names = head(&row, types)?;
            continue;
        }
        let is_blank = row.len() == 1 && row.iter().all(<[u8]>::is_empty);
        if !is_blank {
            items.push(Item { line, said: record(&names, &row), span: start..offset(&reader) });
            enough(&items)?;
        }
    }
    Ok(items)
}

/// Where the quote opened that the text ends within: the reader would take all lines after it into one cell.
fn open_quote(body: &str) -> Option<usize> {
    let (mut opened, mut is_cell_start) = (None, true);
    let mut bytes = body.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match (opened, byte) {
            (Some(_), b'"') if bytes.peek().is_some_and(|(_, next)| *next == b'"') => {
                bytes.next();
            }
            (Some(_), b'"') => opened = None,
            (None, b'"') if is_cell_start => opened = Some(at),
            (Some(_) | None, _) => {}
        }
        is_cell_start = opened.is_none() && matches!(byte, b',' | b'\n' | b'\r');
    }
    opened
}

fn offset(reader: &csv::Reader<&[u8]>) -> usize {
    usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
}

fn head(row: &csv::ByteRecord, types: &dyn Fn(&str) -> Cell) -> Result<Vec<(String, Cell)>, ReadError> {
    if row.len() > MOST_COLUMNS {
        return Err(ReadError::TooManyColumns { most: MOST_COLUMNS });
    }
    let mut names: Vec<(String, Cell)> = Vec::new();
    let mut met: HashSet<String> = HashSet::new();
    for (index, cell) in row.iter().enumerate() {
        let name = String::from_utf8_lossy(cell).trim().to_owned();
        if name.is_empty() {
            return Err(ReadError::NamelessColumn { number: index + 1 });
        }
        if !met.insert(name.clone()) {
            return Err(ReadError::DuplicateColumn { name });
        }
        let cell = types(&name);
        names.push((name, cell));
    }
    Ok(names)
}

fn record(names: &[(String, Cell)], row: &csv::ByteRecord) -> Result<Object, ItemError> {
    if row.len() != names.len() {
        return Err(ItemError::Cells { expected: names.len(), found: row.len() });
    }
    let mut object = Object::new();
    for ((name, cell), bytes) in names.iter().zip(row) {
        let text = std::str::from_utf8(bytes).map_err(|_| ItemError::Utf8)?;
        if text.is_empty() {
            continue;
        }
        if !put(&mut object, name, value(text, *cell)) {
            return Err(ItemError::Nested { name: name.clone() });
        }
    }
    Ok(object)
}

fn value(text: &str, cell: Cell) -> Value {
    let parsed = || Value::parse(text.as_bytes(), LIMITS).ok();
    let value = match cell {
        Cell::Json => parsed(),
        Cell::Text => None,
        Cell::Unknown => parsed().filter(|value| match value {
            Value::Bool(_) | Value::List(_) | Value::Object(_) => true,
            Value::Integer(integer) => integer.to_string() == text,
            Value::Float(_) | Value::Null | Value::Text(_) => false,
        }),
    };
    value.unwrap_or_else(|| Value::from(text))
}

/// Puts a value where the dots of its name lead; `false` where something else is in the way.
fn put(object: &mut Object, name: &str, value: Value) -> bool {
    let Some((first, rest)) =
        name.split_once('.').filter(|(first, rest)| !first.is_empty() && !rest.is_empty())
    else {
        return object.insert(name, value).is_none();
    };
    let mut inner = match object.remove(first) {
        Some(Value::Object(inner)) => inner,
        None => Object::new(),
        Some(
            Value::Bool(_)
            | Value::Float(_)
            | Value::Integer(_)
            | Value::List(_)
            | Value::Null
            | Value::Text(_),
        ) => return false,
    };
    let is_put = put(&mut inner, rest, value);
    object.insert(first, inner);
    is_put
}

/// More columns than any collection has fields.
const MOST_COLUMNS: usize = 1_000;
