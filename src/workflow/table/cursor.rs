//! Where a page begins or ends: a row, by the time and the id that it had.

use std::fmt;

use crate::types::{RecordId, Timestamp};

/// A row at the edge of a page. Pages stay in order while others write: a row that moved is met again where it went.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cursor {
    /// When it was last written.
    pub at: Timestamp,
    /// The record.
    pub id: RecordId,
    /// How many rows come before the edge.
    pub passed: u64,
}

/// The text is no cursor.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no place in a table")]
pub struct CursorError;

impl Cursor {
    /// Reads what `to_string` wrote: `TIME.PASSED.ID`.
    pub fn parse(text: &str) -> Result<Self, CursorError> {
        let mut parts = text.splitn(3, '.');
        let number = |part: Option<&str>| part.and_then(|part| part.parse::<u64>().ok()).ok_or(CursorError);
        let at = number(parts.next())?;
        let passed = number(parts.next())?;
        let id = parts.next().ok_or(CursorError)?;
        Ok(Self {
            at: Timestamp::from_millis(at).map_err(|_| CursorError)?,
            id: RecordId::parse(id).map_err(|_| CursorError)?,
            passed,
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.at.as_millis(), self.passed, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_what_it_wrote_and_nothing_else() {
        let cursor = Cursor {
            at: Timestamp::from_millis(1_700_000_000_000).unwrap(),
            id: RecordId::parse("a-b_c").unwrap(),
            passed: 25,
        };
        assert_eq!(cursor.to_string(), "1700000000000.25.a-b_c");
        assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
        for bad in ["", "1", "1.2", "1.2.", "x.2.a", "1.-2.a", "1.2.<b>", "9999999999999999999.2.a"] {
            assert_eq!(Cursor::parse(bad), Err(CursorError), "{bad}");
        }
    }
}
