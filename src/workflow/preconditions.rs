//! `If-Match` and `If-None-Match` (`kinto-api` §10): strict equality, never "newer than".

use super::{
    Scope,
    outcome::{Fetched, ReadError, Shown, WriteError},
    timestamps,
};
use crate::{storage::ListKey, types::Timestamp};

/// The two headers of a request.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Preconditions {
    /// `If-Match`
    pub if_match: Option<Tag>,
    /// `If-None-Match`
    pub if_none_match: Option<Tag>,
}

/// One of the headers' values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tag {
    /// `*`
    Any,
    /// `"<milliseconds>"`
    At(Timestamp),
}

impl Tag {
    /// Reads a header's value: `*`, or digits in quotation marks. Weak tags and lists are none.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let digits = text.strip_prefix('"')?.strip_suffix('"')?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Timestamp::from_millis(digits.parse().ok()?).ok().map(Self::At)
    }
}

/// Why a request goes no further.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unmet {
    /// 412
    Failed,
    /// 304
    NotModified,
}

impl Preconditions {
    /// For GET and HEAD of something that exists, or of a list, at its time. 304 comes before 412.
    pub fn check_read(&self, current: Timestamp) -> Result<(), Unmet> {
        match self.if_none_match {
            Some(Tag::At(known)) if known == current => return Err(Unmet::NotModified),
            Some(Tag::Any) => return Err(Unmet::Failed),
            Some(Tag::At(_)) | None => {}
        }
        self.check_match(Some(current))
    }

    /// For PUT, PATCH, DELETE and POST of something that exists at that time, or does not exist.
    ///
    /// The time in `If-None-Match` does not matter here. PATCH and DELETE of what does not exist end before this.
    pub fn check_write(&self, current: Option<Timestamp>) -> Result<(), Unmet> {
        if self.if_none_match == Some(Tag::Any) && current.is_some() {
            return Err(Unmet::Failed);
        }
        self.check_match(current)
    }

    /// Whether the request creates or nothing (`If-None-Match: *`).
    pub fn creates_only(&self) -> bool {
        self.if_none_match == Some(Tag::Any)
    }

    fn check_match(&self, current: Option<Timestamp>) -> Result<(), Unmet> {
        let met = match (self.if_match, current) {
            (None, _) | (Some(Tag::Any), Some(_)) => true,
            (Some(Tag::At(known)), Some(current)) => known == current,
            (Some(_), None) => false,
        };
        if met { Ok(()) } else { Err(Unmet::Failed) }
    }
}

pub(super) fn met_read(conditions: &Preconditions, shown: Shown) -> Result<Fetched<Shown>, ReadError> {
    match conditions.check_read(shown.last_modified) {
        Ok(()) => Ok(Fetched::New(shown)),
        Err(Unmet::Failed) => Err(ReadError::PreconditionFailed {
            timestamp: shown.last_modified,
            existing: Some(Box::new(shown)),
        }),
        Err(Unmet::NotModified) => Ok(Fetched::NotModified(shown.last_modified)),
    }
}

pub(super) fn met_list_read(
    scope: &mut Scope<'_>,
    list: &ListKey,
    conditions: &Preconditions,
) -> Result<Fetched<Timestamp>, ReadError> {
    let timestamp = timestamps::current(scope, list)?;
    match conditions.check_read(timestamp) {
        Ok(()) => Ok(Fetched::New(timestamp)),
        Err(Unmet::Failed) => Err(ReadError::PreconditionFailed { existing: None, timestamp }),
        Err(Unmet::NotModified) => Ok(Fetched::NotModified(timestamp)),
    }
}

/// For writes that concern no object that is there.
pub(super) fn met_list_write(
    scope: &mut Scope<'_>,
    list: &ListKey,
    met: Result<(), Unmet>,
) -> Result<(), WriteError> {
    if met.is_err() {
        let timestamp = timestamps::current(scope, list)?;
        return Err(WriteError::PreconditionFailed { existing: None, timestamp });
    }
    Ok(())
}

/// What is there, told with the refusal.
pub(super) fn failed(shown: Shown) -> WriteError {
    WriteError::PreconditionFailed { timestamp: shown.last_modified, existing: Some(Box::new(shown)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn a_tag_is_digits_in_quotation_marks_or_a_star() {
        assert_eq!(Tag::parse("*"), Some(Tag::Any));
        assert_eq!(Tag::parse("\"12\""), Some(Tag::At(at(12))));
        let others = [
            "",
            "12",
            "\"\"",
            "\"1",
            "W/\"1\"",
            "\"1\", \"2\"",
            "\"a\"",
            "*x",
            "\"-1\"",
            "\"9007199254740992\"",
        ];
        for text in others {
            assert_eq!(Tag::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_table_of_the_protocol_is_met() {
        let none = |tag| Preconditions { if_match: None, if_none_match: Some(tag) };
        let with = |tag| Preconditions { if_match: Some(tag), if_none_match: None };
        let (same, other) = (Tag::At(at(5)), Tag::At(at(6)));

        assert_eq!(none(same).check_read(at(5)), Err(Unmet::NotModified));
        assert_eq!(none(other).check_read(at(5)), Ok(()));
        assert_eq!(none(Tag::Any).check_read(at(5)), Err(Unmet::Failed));
        assert_eq!(with(same).check_read(at(5)), Ok(()));
        assert_eq!(with(other).check_read(at(5)), Err(Unmet::Failed));
        assert_eq!(with(Tag::Any).check_read(at(5)), Ok(()));
        let both = Preconditions { if_match: Some(other), if_none_match: Some(same) };
        assert_eq!(both.check_read(at(5)), Err(Unmet::NotModified));

        assert_eq!(none(same).check_write(Some(at(5))), Ok(()));
        assert_eq!(none(Tag::Any).check_write(Some(at(5))), Err(Unmet::Failed));
        assert_eq!(none(Tag::Any).check_write(None), Ok(()));
        assert_eq!(with(same).check_write(Some(at(5))), Ok(()));
        assert_eq!(with(other).check_write(Some(at(5))), Err(Unmet::Failed));
        assert_eq!(with(same).check_write(None), Err(Unmet::Failed));
        assert_eq!(with(Tag::Any).check_write(Some(at(5))), Ok(()));
        assert_eq!(with(Tag::Any).check_write(None), Err(Unmet::Failed));
    }
}
