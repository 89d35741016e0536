//! An answer as handlers make it: the same whether it goes to a socket or into a batch.

use std::fmt;

use bytes::Bytes;

use super::Problem;
use crate::{
    canonical,
    types::{Timestamp, Value},
};

/// One answer. The shell adds the headers that every answer has.
#[derive(Debug)]
#[must_use]
pub struct Response {
    /// What is sent.
    pub body: Body,
    /// Header fields; names as they are to be written.
    pub headers: Vec<(&'static str, String)>,
    /// The HTTP status.
    pub status: u16,
}

/// What an answer carries.
#[derive(Debug)]
pub enum Body {
    /// Nothing, and no `Content-Type`.
    Empty,
    /// JSON text.
    Json(Bytes),
    /// JSON text in finished pieces, one after the other.
    JsonPieces(Vec<Bytes>),
    /// JSON text that is read while it is sent.
    Pages(Pages),
    /// Another text, with its `Content-Type`.
    Text(&'static str, Bytes),
}

impl Response {
    /// An answer with a JSON value.
    pub fn json(status: u16, value: &Value) -> Self {
        Self::json_bytes(status, canonical::to_bytes(value))
    }

    /// An answer with JSON text that is ready.
    pub fn json_bytes(status: u16, bytes: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(bytes.into()) }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    /// 304 of an object or list (`kinto-api` §10).
    pub fn not_modified(timestamp: Timestamp) -> Self {
        Self::empty(304).with_timestamp(timestamp)
    }

    /// Adds a header field.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds `ETag` and `Last-Modified`, which every success of a resource endpoint has.
    pub fn with_timestamp(self, timestamp: Timestamp) -> Self {
        self.with_header("ETag", format!("\"{timestamp}\""))
            .with_header("Last-Modified", http_date(timestamp))
    }

    /// The first header field of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Makes a body piece by piece. Blocks: it reads the database.
pub struct Pages(Box<dyn FnMut() -> Result<Option<Bytes>, Problem> + Send>);

impl Pages {
    /// From what makes the next piece; `None` ends the body, an error breaks it off.
    pub fn new(next: impl FnMut() -> Result<Option<Bytes>, Problem> + Send + 'static) -> Self {
        Self(Box::new(next))
    }

    /// The next piece.
    pub fn next_page(&mut self) -> Result<Option<Bytes>, Problem> {
        (self.0)()
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pages")
    }
}

impl Body {
    /// Number of bytes; 0 where nobody knows yet.
    pub fn len(&self) -> usize {
        match self {
            Self::Empty | Self::Pages(_) => 0,
            Self::Json(bytes) | Self::Text(_, bytes) => bytes.len(),
            Self::JsonPieces(pieces) => pieces.iter().map(Bytes::len).sum(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Its media type.
    pub fn content_type(&self) -> Option<&'static str> {
        match self {
            Self::Empty => None,
            Self::Json(_) | Self::JsonPieces(_) | Self::Pages(_) => Some("application/json"),
            Self::Text(media, _) => Some(media),
        }
    }
}

/// `Tue, 24 Nov 2026 03:59:05 GMT`; seconds are floored.
pub fn http_date(timestamp: Timestamp) -> String {
    let seconds = timestamp.as_millis() / 1_000;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = timestamp.date();
    let weekday = usize::try_from(days % 7).ok().and_then(|index| WEEKDAYS.get(index)).unwrap_or(&"Thu");
    let month = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).unwrap_or(&"Jan");
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// From the epoch's day on.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    fn date(millis: u64) -> String {
        http_date(Timestamp::from_millis(millis).unwrap())
    }

    #[test]
    fn dates_are_written_as_http_wants_them() {
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(1_795_492_745_641), "Tue, 24 Nov 2026 03:59:05 GMT");
        assert_eq!(date(951_782_400_000), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(date(4_107_542_399_999), "Sun, 28 Feb 2100 23:59:59 GMT");
        assert_eq!(date(4_107_542_400_000), "Mon, 01 Mar 2100 00:00:00 GMT");
    }
}
