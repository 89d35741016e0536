//! From what somebody pasted to items, each with the line on which it begins.

use std::ops::Range;

use super::csv;
use crate::types::{JsonError, JsonLimits, Nul, Object, Value};

/// How a text is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// A head line, then a record a line (RFC 4180).
    Csv,
    /// One object, a list of objects, or an object with such a list in `data`.
    Json,
    /// One object a line.
    JsonLines,
}

/// Why nothing could be read of a text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReadError {
    /// A name that comes twice in the head line.
    #[error("The column {name} comes twice in the first line. Keep one of the two.")]
    DuplicateColumn {
        /// The name.
        name: String,
    },
    /// There is nothing.
    #[error("There is nothing to read yet. Paste records, or choose a file.")]
    Empty,
    /// A column of the head line has no name.
    #[error("Column {number} of the first line has no name. The first line names the fields.")]
    NamelessColumn {
        /// Counted from 1.
        number: usize,
    },
    /// JSON, and no records.
    #[error("This is JSON, and holds no records: paste an object, a list of objects, or an object a line.")]
    NotRecords,
    /// The text as a whole is no JSON.
    #[error("Line {line}: {error}")]
    Syntax {
        /// Where and what.
        error: SyntaxError,
        /// The line.
        line: u64,
    },
    /// More columns than are taken.
    #[error("At most {most} columns. Leave out those that are not needed.")]
    TooManyColumns {
        /// The limit.
        most: usize,
    },
    /// More than is taken at once.
    #[error("At most {most} records at once. Divide them into several imports.")]
    TooMany {
        /// The limit.
        most: usize,
    },
}

/// What is wrong with a text as a whole.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SyntaxError {
    /// Something stands after the end.
    #[error("something stands after the end of the list; remove it")]
    After,
    /// No JSON.
    #[error("this is no JSON here ({})", .0.kind)]
    Json(JsonError),
    /// A quoted cell of CSV has no end.
    #[error("the quotation mark that opens here is never closed; write \" at the end of the value")]
    OpenQuote,
    /// The list has no end.
    #[error("the list that begins here has no end; write ] after the last record")]
    Unclosed,
}

/// Why an item is no record.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ItemError {
    /// A line of CSV with more or fewer cells than the head line.
    #[error(
        "has {found} cells, and the first line names {expected}; a comma within a value needs quotation marks around it"
    )]
    Cells {
        /// As many as the first line.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// No JSON.
    #[error("is no JSON: {} on line {line}, column {column}", .error.kind)]
    Json {
        /// Counted from 1, in characters.
        column: usize,
        /// What.
        error: JsonError,
        /// The line.
        line: u64,
    },
    /// Two columns that cannot both be there: `a` and `a.b`.
    #[error("has both a value and fields of its own in {name}")]
    Nested {
        /// The column.
        name: String,
    },
    /// JSON, and no object.
    #[error("is no object: a record is written as {{…}}")]
    NotObject,
    /// Not UTF-8.
    #[error("is not UTF-8; save the file as UTF-8")]
    Utf8,
}

/// One item of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// On which line it begins, counted from 1.
    pub line: u64,
    /// The record that it says, or why it says none.
    pub said: Result<Object, ItemError>,
    /// Where it is in the text.
    pub span: Range<usize>,
}

/// What a text holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Items {
    /// How it was read.
    pub format: Format,
    /// In their order.
    pub items: Vec<Item>,
}

/// Reads a text. Without a format it is looked at: `[` and `{` begin JSON, everything else is CSV. `types` says what a cell of
/// CSV is.
pub(super) fn read(
    text: &str,
    format: Option<Format>,
    types: &dyn Fn(&str) -> csv::Cell,
) -> Result<Items, ReadError> {
    // What some programs write at the beginning of a file.
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let body = text.get(start..).unwrap_or_default();
    if body.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    let format = format.unwrap_or_else(|| guess(body));
    let items = match format {
        Format::Csv => csv::read(body, types)?,
        Format::Json => json(body)?,
        Format::JsonLines => lines(body)?,
    };
    let items = items
        .into_iter()
        .map(|item| Item { span: item.span.start + start..item.span.end + start, ..item })
        .collect();
    Ok(Items { format, items })
}

fn guess(body: &str) -> Format {
    let trimmed = body.trim_start();
    match trimmed.bytes().next() {
        Some(b'[') => Format::Json,
        Some(b'{') => {
            let (first, rest) = trimmed.split_once('\n').unwrap_or((trimmed, ""));
            let is_line = Value::parse(first.trim().as_bytes(), LIMITS).is_ok();
            if is_line && !rest.trim().is_empty() { Format::JsonLines } else { Format::Json }
        }
        Some(_) | None => Format::Csv,
    }
}

fn lines(body: &str) -> Result<Vec<Item>, ReadError> {
    let mut items = Vec::new();
    let mut at = 0;
    for (index, line) in body.split('\n').enumerate() {
        let span = at..at + line.len();
        let place = Place { before: 0, line: number(index) + 1 };
        at = span.end + 1;
        if line.trim().is_empty() {
            continue;
        }
        items.push(Item { line: number(index) + 1, said: object(line, place), span });
        enough(&items)?;
    }
    Ok(items)
}

fn json(body: &str) -> Result<Vec<Item>, ReadError> {
    let start = body.len() - body.trim_start().len();
    if body.get(start..).is_some_and(|text| text.starts_with('[')) {
        return list(body, start);
    }
    let whole = Value::parse(body.as_bytes(), LIMITS).map_err(|error| ReadError::Syntax {
        line: line_at(body, error.offset),
        error: SyntaxError::Json(error),
    })?;
    match &whole {
        Value::Object(object)
            if object.get("data").and_then(Value::as_list).is_some() && !object.has("id") =>
        {
            list_of_data(body).map_or(Err(ReadError::NotRecords), |start| list_within(body, start))
        }
        Value::Object(object) => {
            Ok(vec![Item { line: line_at(body, start), said: Ok(object.clone()), span: 0..body.len() }])
        }
        Value::Bool(_)
        | Value::Float(_)
        | Value::Integer(_)
        | Value::List(_)
        | Value::Null
        | Value::Text(_) => Err(ReadError::NotRecords),
    }
}

/// A list that is all of the text from `start` on.
fn list(body: &str, start: usize) -> Result<Vec<Item>, ReadError> {
    let (items, end) = split(body, start)?;
    if body.get(end..).is_some_and(|rest| !rest.trim().is_empty()) {
        let at = end + body.get(end..).map_or(0, |rest| rest.len() - rest.trim_start().len());
        return Err(ReadError::Syntax { error: SyntaxError::After, line: line_at(body, at) });
    }
    Ok(items)
}

fn list_within(body: &str, start: usize) -> Result<Vec<Item>, ReadError> {
    split(body, start).map(|(items, _)| items)
}

/// Where the list of a member `data` begins.
fn list_of_data(body: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = body.get(from..)?.find("\"data\"") {
        let after = from + found + "\"data\"".len();
        let rest = body.get(after..)?;
        let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
        if let Some(value) = value.filter(|value| value.starts_with('[')) {
            return Some(body.len() - value.len());
        }
        from = after;
    }
    None
}

/// The items of a list that begins at `start`, and where it ends. Each is read on its own, so that one that is wrong does not
/// hide the others.
fn split(body: &str, start: usize) -> Result<(Vec<Item>, usize), ReadError> {
    let mut items = Vec::new();
    let (mut depth, mut in_text, mut skip) = (0_usize, false, false);
    let (mut from, mut line, mut begun) = (start + 1, line_at(body, start), None);
    let mut line_start = body.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let mut place = Place { before: columns(body.get(line_start..from).unwrap_or_default()), line };
    for (at, byte) in body.bytes().enumerate().skip(start) {
        if byte == b'\n' {
            (line, line_start) = (line + 1, at + 1);
        }
        if skip {
            skip = false;
            continue;
        }
        if in_text {
            match byte {
                b'\\' => skip = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        let is_end = depth == 1 && matches!(byte, b',' | b']');
        if is_end {
            let piece = body.get(from..at).unwrap_or_default();
            if byte == b',' || !piece.trim().is_empty() {
                let said = object(piece, place);
                items.push(Item { line: begun.unwrap_or(line), said, span: from..at });
                enough(&items)?;
            }
            if byte == b']' {
                return Ok((items, at + 1));
            }
            (from, begun) = (at + 1, None);
            place = Place { before: columns(body.get(line_start..from).unwrap_or_default()), line };
            continue;
        }
        if depth >= 1 && begun.is_none() && !byte.is_ascii_whitespace() {
            begun = Some(line);
        }
        match byte {
            b'"' => in_text = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let line = line_at(body, start);
    Err(ReadError::Syntax { error: SyntaxError::Unclosed, line })
}

/// Where a piece of the text begins.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Characters of its first line that stand before it.
    before: usize,
    line: u64,
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

fn object(text: &str, place: Place) -> Result<Object, ItemError> {
    let told = |error: JsonError| {
        let before = text.get(..error.offset).unwrap_or(text);
        let (lines, column) = match before.rsplit_once('\n') {
            Some((lines, last)) => (line_at(lines, lines.len()), columns(last)),
            None => (0, columns(before) + place.before),
        };
        ItemError::Json { column: column + 1, error, line: place.line + lines }
    };
    match Value::parse(text.as_bytes(), LIMITS).map_err(told)? {
        Value::Object(object) => Ok(object),
        Value::Bool(_)
        | Value::Float(_)
        | Value::Integer(_)
        | Value::List(_)
        | Value::Null
        | Value::Text(_) => Err(ItemError::NotObject),
    }
}

pub(super) fn enough(items: &[Item]) -> Result<(), ReadError> {
    if items.len() > MOST { Err(ReadError::TooMany { most: MOST }) } else { Ok(()) }
}

/// Counted from 1.
pub(super) fn line_at(text: &str, offset: usize) -> u64 {
    let before = text.get(..offset).unwrap_or(text);
    number(before.split('\n').count())
}

fn number(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

/// Records of the API are as deep.
pub(super) const LIMITS: JsonLimits = JsonLimits { depth: 64, nul: Nul::Refused };
/// Items in one text.
const MOST: usize = 20_000;
