//! From rows to nouns, and from the driver's errors to ours. What does not read is a corrupt row, named by table and column.

use rusqlite::{Row, ffi, types::FromSql};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    storage::{ContentId, StorageError, Tally},
    types::{Content, Sha256Digest, Timestamp},
};

/// The columns of one row of a listed select.
#[derive(Clone, Copy)]
pub(super) struct Columns<'row> {
    row: &'row Row<'row>,
    table: &'static str,
}

impl<'row> Columns<'row> {
    pub(super) fn of(row: &'row Row<'row>, table: &'static str) -> Self {
        Self { row, table }
    }

    /// This column makes no sense.
    pub(super) fn corrupt(&self, column: &'static str) -> StorageError {
        StorageError::Corrupt { table: self.table, column }
    }

    pub(super) fn value<T: FromSql>(&self, index: usize, column: &'static str) -> Result<T, StorageError> {
        self.row.get(index).map_err(|error| self.unreadable(error, column))
    }

    /// Borrowed text: for visits, which copy nothing.
    pub(super) fn text(&self, index: usize, column: &'static str) -> Result<&'row str, StorageError> {
        let value = self.row.get_ref(index).map_err(|error| self.unreadable(error, column))?;
        value.as_str().map_err(|_| self.corrupt(column))
    }

    /// Borrowed bytes.
    pub(super) fn bytes(&self, index: usize, column: &'static str) -> Result<&'row [u8], StorageError> {
        let value = self.row.get_ref(index).map_err(|error| self.unreadable(error, column))?;
        value.as_blob().map_err(|_| self.corrupt(column))
    }

    /// Text in the shape that `parse` knows.
    pub(super) fn parsed<T, E>(
        &self,
        index: usize,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StorageError> {
        parse(self.text(index, column)?).map_err(|_| self.corrupt(column))
    }

    /// Text that we wrote as JSON.
    pub(super) fn json<T: DeserializeOwned>(
        &self,
        index: usize,
        column: &'static str,
    ) -> Result<T, StorageError> {
        self.parsed(index, column, |text| serde_json::from_str(text))
    }

    pub(super) fn time(&self, index: usize, column: &'static str) -> Result<Timestamp, StorageError> {
        let millis = self.value::<i64>(index, column)?;
        self.to_time(millis, column)
    }

    pub(super) fn time_or_null(
        &self,
        index: usize,
        column: &'static str,
    ) -> Result<Option<Timestamp>, StorageError> {
        let millis = self.value::<Option<i64>>(index, column)?;
        millis.map(|millis| self.to_time(millis, column)).transpose()
    }

    pub(super) fn number<T: TryFrom<i64>>(
        &self,
        index: usize,
        column: &'static str,
    ) -> Result<T, StorageError> {
        T::try_from(self.value(index, column)?).map_err(|_| self.corrupt(column))
    }

    pub(super) fn digest(&self, index: usize, column: &'static str) -> Result<Sha256Digest, StorageError> {
        self.value(index, column).map(Sha256Digest::from_bytes)
    }

    pub(super) fn digest_or_null(
        &self,
        index: usize,
        column: &'static str,
    ) -> Result<Option<Sha256Digest>, StorageError> {
        self.value::<Option<_>>(index, column).map(|bytes| bytes.map(Sha256Digest::from_bytes))
    }

    /// Created, updated, deleted, bytes: the first four columns.
    pub(super) fn tally(&self) -> Result<Tally, StorageError> {
        Ok(Tally {
            bytes: self.number(3, "bytes")?,
            created: self.number(0, "created")?,
            deleted: self.number(2, "deleted")?,
            updated: self.number(1, "updated")?,
        })
    }

    pub(super) fn content_id(&self, index: usize, column: &'static str) -> Result<ContentId, StorageError> {
        self.value(index, column).map(ContentId)
    }

    /// A splice and, one column on, the bytes that it splits.
    pub(super) fn content(&self, index: usize) -> Result<Content, StorageError> {
        let (splice, bytes) = self.borrowed_content(index)?;
        Ok(Content::from_parts(bytes.into(), splice))
    }

    /// As [`Columns::content`], but nothing is copied.
    pub(super) fn borrowed_content(&self, index: usize) -> Result<(usize, &'row [u8]), StorageError> {
        let bytes = self.bytes(index + 1, "bytes")?;
        let splice: usize = self.number(index, "splice")?;
        if splice > bytes.len() { Err(self.corrupt("splice")) } else { Ok((splice, bytes)) }
    }

    fn to_time(self, millis: i64, column: &'static str) -> Result<Timestamp, StorageError> {
        let millis = u64::try_from(millis).map_err(|_| self.corrupt(column))?;
        Timestamp::from_millis(millis).map_err(|_| self.corrupt(column))
    }

    fn unreadable(&self, error: rusqlite::Error, column: &'static str) -> StorageError {
        match error.sqlite_error() {
            Some(_) => error.into(),
            None => self.corrupt(column),
        }
    }
}

/// A time as a column holds it.
pub(super) fn millis(time: Timestamp) -> i64 {
    // Never past 2^53−1.
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// A noun as the JSON text that [`Columns::json`] reads.
pub(super) fn to_json<T: Serialize + ?Sized>(
    value: &T,
    table: &'static str,
    column: &'static str,
) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|_| StorageError::Corrupt { table, column })
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        let extended = error.sqlite_error().map_or(0, |error| error.extended_code);
        match extended & 0xff {
            ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => Self::Damaged { what: error.to_string() },
            _ if extended == ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Self::Dangling,
            _ if [
                ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
                ffi::SQLITE_CONSTRAINT_ROWID,
                ffi::SQLITE_CONSTRAINT_UNIQUE,
            ]
            .contains(&extended) =>
            {
                Self::Conflict
            }
            _ => Self::Unavailable { what: error.to_string() },
        }
    }
}
