//! A request as handlers see it: the same whether it came over a socket or inside a batch.

use bytes::Bytes;

use super::{Problem, problem::Location};
use crate::{
    types::{JsonLimits, Value},
    workflow::PatchKind,
};

/// One request, already split and decoded.
///
/// The path's segments come after `/v1`, percent-decoded; `/v1/` has none. The query's names are trimmed.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is sent.
    pub body: Bytes,
    /// Header fields.
    pub headers: Headers,
    /// How much JSON a body may hold.
    pub json_limits: JsonLimits,
    /// The method.
    pub method: Method,
    /// Whether others share its transaction.
    pub place: Place,
    /// Percent-decoded names and values, in order.
    pub query: Vec<(String, String)>,
    /// Percent-decoded segments after `/v1`.
    pub segments: Vec<String>,
}

impl Request {
    /// The path from `/v1` on, percent-decoded: what a batch shows and logs say.
    pub fn path(&self) -> String {
        let mut path = String::from("/v1");
        for segment in &self.segments {
            path.push('/');
            path.push_str(segment);
        }
        if self.segments.is_empty() {
            path.push('/');
        }
        path
    }

    /// The last value of a query parameter, as most servers read it.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; an empty one is `{}` (`kinto-api` §6). For after the caller's permission was looked at.
    pub fn json(&self) -> Result<Value, Problem> {
        if self.body.is_empty() {
            return Ok(Value::Object(crate::types::Object::new()));
        }
        Value::parse(&self.body, self.json_limits)
            .map_err(|error| Problem::invalid(Location::Body, Some(""), format!("Invalid JSON: {error}")))
    }

    /// What a PATCH is written in; the shell has refused everything else with 415.
    pub fn patch_kind(&self) -> PatchKind {
        if self.media_type() == Some(MERGE_PATCH) { PatchKind::Merge } else { PatchKind::Plain }
    }

    /// `Content-Type` in lower case without parameters.
    pub(super) fn media_type(&self) -> Option<&str> {
        let full = self.headers.find("content-type")?;
        let media = full.split(';').next().unwrap_or(full).trim();
        // Media types are case-insensitive; the few that we know are compared so.
        KNOWN_MEDIA.iter().find(|known| known.eq_ignore_ascii_case(media)).copied().or(Some(media))
    }
}

/// Whether a request has its transaction for itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// It has; its answer may be read from the database while it is being sent.
    Alone,
    /// It stands in a batch: its answer is made inside the transaction.
    InBatch,
}

/// A request method. Case-sensitive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// `DELETE`
    Delete,
    /// `GET`
    Get,
    /// `HEAD`: as GET; the shell drops the body.
    Head,
    /// `OPTIONS`: answered by the shell.
    Options,
    /// Any other: 405 where the path is known.
    Other,
    /// `PATCH`
    Patch,
    /// `POST`
    Post,
    /// `PUT`
    Put,
}

impl Method {
    /// From its name.
    pub fn parse(name: &str) -> Self {
        match name {
            "DELETE" => Self::Delete,
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "OPTIONS" => Self::Options,
            "PATCH" => Self::Patch,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            _ => Self::Other,
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Other => "-",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    /// Whether it changes nothing.
    pub fn is_read(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }
}

/// Header fields. Names are compared without case.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// From names and values.
    pub fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// Sets a field, replacing all of that name.
    pub fn replace(&mut self, name: &str, value: &str) {
        self.0.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// Takes all fields of that name out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
    }

    /// The first field of that name.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// How many fields of that name there are.
    pub fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name)).count()
    }
}

/// Plain JSON.
pub(super) const JSON: &str = "application/json";
/// RFC 7396.
pub(super) const MERGE_PATCH: &str = "application/merge-patch+json";
const KNOWN_MEDIA: [&str; 2] = [JSON, MERGE_PATCH];
