//! `If-Match` and `If-None-Match` (`kinto-api` §10).

use super::{
    Problem, Request,
    problem::{Fault, Location},
};
use crate::types::Timestamp;

/// What a request says about the state that it wants to meet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Preconditions {
    /// `If-Match`
    pub if_match: Option<Tag>,
    /// `If-None-Match`
    pub if_none_match: Option<Tag>,
}

/// The value of such a header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tag {
    /// `*`
    Any,
    /// `"<ms>"`
    Exactly(Timestamp),
}

impl Preconditions {
    /// Reads both headers; an empty value counts as absent.
    pub fn parse(request: &Request) -> Result<Self, Problem> {
        let mut faults = Vec::new();
        let mut tag = |name: &str| match request.headers.find(name).map(Tag::parse) {
            None | Some(Ok(None)) => None,
            Some(Ok(Some(tag))) => Some(tag),
            Some(Err(NotATag)) => {
                faults.push(Fault {
                    location: Location::Header,
                    name: Some(name.to_owned()),
                    description: "The value should be integer between double quotes.".to_owned(),
                });
                None
            }
        };
        let preconditions = Self { if_match: tag("If-Match"), if_none_match: tag("If-None-Match") };
        if faults.is_empty() { Ok(preconditions) } else { Err(Problem::faults(faults)) }
    }
}

impl Tag {
    fn parse(raw: &str) -> Result<Option<Self>, NotATag> {
        match raw.trim() {
            "" => Ok(None),
            "*" => Ok(Some(Self::Any)),
            quoted => {
                let digits =
                    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(NotATag)?;
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(NotATag);
                }
                let millis = digits.parse().map_err(|_| NotATag)?;
                Timestamp::from_millis(millis)
                    .map(|timestamp| Some(Self::Exactly(timestamp)))
                    .map_err(|_| NotATag)
            }
        }
    }
}

struct NotATag;
