//! What goes wrong, as the protocol says it. The only place that knows statuses and error numbers.
//!
//! Verbs have error enums of their own; each has one `From` here (`problem/*.rs`). What is for the operator is carried as a
//! cause, logged once when the answer leaves, and never shown: the caller reads a fixed sentence.

mod code;
mod review;
mod rows;
mod verbs;

use std::{borrow::Cow, error::Error};

pub use self::code::Code;
use super::{Body, Response, response::http_date};
use crate::{
    canonical,
    storage::StorageError,
    types::{Object, RandomError, Timestamp, Value},
};

/// An answer that is an error (`kinto-api` §22).
#[derive(Debug)]
pub struct Problem {
    cause: Option<Box<dyn Error + Send + Sync>>,
    code: Code,
    details: Option<Vec<u8>>,
    headers: Vec<(&'static str, String)>,
    message: Option<Cow<'static, str>>,
    reach: Reach,
}

/// How far an error goes inside a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// The whole batch is undone, and its answer is this error.
    Batch,
    /// Its own sub-request alone.
    Item,
}

/// Where a wrong parameter stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Location {
    /// The request's body.
    Body,
    /// A header field.
    Header,
    /// The path.
    Path,
    /// The query string.
    QueryString,
}

/// One wrong parameter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// What is wrong with it.
    pub description: String,
    /// Where it stands.
    pub location: Location,
    /// Its name; `Some("")` for the body as a whole, `None` where there is no name.
    pub name: Option<String>,
}

impl Problem {
    /// An error with the message that its code has.
    pub fn new(code: Code) -> Self {
        Self {
            cause: None,
            code,
            details: None,
            headers: Vec::new(),
            message: code.message().map(Cow::Borrowed),
            reach: if code.status() == 409 || code.status() >= 500 { Reach::Batch } else { Reach::Item },
        }
    }

    /// 400/107 with one wrong parameter.
    pub fn invalid(location: Location, name: Option<&str>, description: impl Into<String>) -> Self {
        Self::faults(vec![Fault { location, name: name.map(str::to_owned), description: description.into() }])
    }

    /// 400/107 with every wrong parameter of this stage; the first by name is the message.
    pub fn faults(faults: Vec<Fault>) -> Self {
        Self::new(Code::InvalidParameters).with_faults(faults)
    }

    /// A header that cannot be served.
    pub(super) fn header(code: Code, name: &str, description: String) -> Self {
        let name = Some(name.to_owned());
        Self::new(code).with_faults(vec![Fault { description, location: Location::Header, name }])
    }

    /// 400/107: the id in the path has a bad form.
    pub fn invalid_object_id() -> Self {
        Self::invalid(Location::Path, None, "Invalid object id")
    }

    /// 404/110: the object of the URL is not there. `resource_name` is `bucket`, `group`, `collection`, `record`, `account`.
    pub fn missing_object(id: &str, resource_name: &str) -> Self {
        Self::new(Code::MissingObject).with_missing(id, resource_name)
    }

    /// 404/111: a parent of the URL is not there, or its id has a bad form.
    pub fn missing_parent(id: &str, resource_name: &str) -> Self {
        let problem = Self::new(Code::MissingResource).with_missing(id, resource_name);
        Self { message: None, ..problem }
    }

    /// 412/114. `existing` is the object's data as JSON text, for callers who may read it; `timestamp` the object's, or the
    /// list's where there is no object.
    pub fn precondition_failed(existing: Option<Vec<u8>>, timestamp: Option<Timestamp>) -> Self {
        let mut problem = Self::new(Code::PreconditionFailed);
        problem.details = existing.map(|existing| [b"{\"existing\":", &*existing, b"}"].concat());
        if let Some(timestamp) = timestamp {
            problem.headers.push(("ETag", format!("\"{timestamp}\"")));
            problem.headers.push(("Last-Modified", http_date(timestamp)));
        }
        problem
    }

    /// An error whose reason is for the operator.
    pub fn caused(code: Code, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { cause: Some(Box::new(cause)), ..Self::new(code) }
    }

    /// Replaces the message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Sets `details`.
    #[must_use]
    pub fn with_details(mut self, details: &Value) -> Self {
        self.details = Some(canonical::to_bytes(details));
        self
    }

    /// Adds a header field.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Makes it undo a whole batch.
    #[must_use]
    pub fn for_whole_batch(mut self) -> Self {
        self.reach = Reach::Batch;
        self
    }

    /// What kind.
    pub fn code(&self) -> Code {
        self.code
    }

    /// How far it goes inside a batch.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether it says that something had to be written while reading; the shell then begins again with a write.
    pub(super) fn wants_write(&self) -> bool {
        let storage = self.cause.as_deref().and_then(|cause| cause.downcast_ref::<StorageError>());
        matches!(storage, Some(StorageError::ReadOnly))
    }

    /// The answer. Logs the cause, if there is one: call it once.
    pub(super) fn into_response(self) -> Response {
        if let Some(cause) = &self.cause {
            tracing::error!(status = self.code.status(), cause = chain(cause.as_ref()), "request failed");
        }
        let mut body = Object::new();
        body.insert("code", u64::from(self.code.status()));
        body.insert("errno", self.code.errno());
        body.insert("error", self.code.title());
        if let Some(message) = self.message {
            body.insert("message", message.into_owned());
        }
        if self.code == Code::Internal {
            body.insert("info", ABOUT_ERRORS);
        }
        let mut bytes = canonical::object_to_bytes(&body);
        if let Some(details) = self.details {
            bytes.pop();
            bytes.extend_from_slice(b",\"details\":");
            bytes.extend_from_slice(&details);
            bytes.push(b'}');
        }
        let mut headers = self.headers;
        if let Some(seconds) = self.code.retry_after_seconds()
            && !headers.iter().any(|(name, _)| *name == "Retry-After")
        {
            headers.push(("Retry-After", seconds.to_owned()));
        }
        if self.code.status() == 401 && self.code != Code::AccountsAnonymous {
            headers.push(("WWW-Authenticate", "Basic realm=\"Realm\"".to_owned()));
        }
        Response { status: self.code.status(), headers, body: Body::Json(bytes.into()) }
    }

    pub(super) fn with_faults(mut self, mut faults: Vec<Fault>) -> Self {
        faults.sort_by(|a, b| a.name.cmp(&b.name));
        self.message = faults.first().map(|fault| Cow::Owned(fault.message()));
        let details: Vec<Value> = faults.into_iter().map(Fault::into_value).collect();
        self.with_details(&Value::List(details))
    }

    fn with_missing(self, id: &str, resource_name: &str) -> Self {
        let mut details = Object::new();
        details.insert("id", id);
        details.insert("resource_name", resource_name);
        self.with_details(&Value::Object(details))
    }
}

impl Location {
    /// As `details` spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Header => "header",
            Self::Path => "path",
            Self::QueryString => "querystring",
        }
    }
}

impl Fault {
    /// The text that stands at the top: the description alone where it names the parameter.
    fn message(&self) -> String {
        let Self { description, location, name } = self;
        let location = location.as_str();
        match name {
            None => format!("{location}: {description}"),
            Some(name) if description.contains(name.as_str()) => description.clone(),
            Some(name) => format!("{name} in {location}: {description}"),
        }
    }

    fn into_value(self) -> Value {
        let mut fault = Object::new();
        fault.insert("location", self.location.as_str());
        fault.insert("name", self.name.map_or(Value::Null, Value::Text));
        fault.insert("description", self.description);
        Value::Object(fault)
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Conflict => Self::new(Code::Conflict),
            StorageError::Corrupt { .. }
            | StorageError::Dangling
            | StorageError::Interrupted
            | StorageError::ReadOnly => Self::caused(Code::Internal, error),
            StorageError::Damaged { .. }
            | StorageError::NewerSchema { .. }
            | StorageError::Unavailable { .. } => Self::caused(Code::Unavailable, error),
        }
    }
}

impl From<RandomError> for Problem {
    fn from(error: RandomError) -> Self {
        Self::caused(Code::Unavailable, error)
    }
}

/// An error and what caused it, from the outside in.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

/// What the caller can read about error bodies.
const ABOUT_ERRORS: &str = "https://docs.kinto-storage.org/en/stable/api/1.x/errors.html";
