//! The refusals of the verbs on objects and records.

use super::{Code, Fault, Location, Problem};
use crate::{
    canonical::{Refusal, RefusalReason},
    types::{Object, Value},
    workflow::{
        DraftFault, HashError, ReadError, Shown, SignInError, Violation, WriteError, access::AccessError,
    },
};

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Denied(denied) => denied.into(),
            AccessError::MalformedId => Self::invalid_object_id(),
            AccessError::MissingParent { id, kind } => Self::missing_parent(&id, kind.name()),
            AccessError::Storage(error) => error.into(),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Missing { id, kind } => Self::missing_object(&id, kind.name()),
            ReadError::PreconditionFailed { existing, timestamp } => {
                Self::precondition_failed(data(existing), Some(timestamp))
            }
            ReadError::Storage(error) => error.into(),
        }
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Denied(denied) => denied.into(),
            WriteError::Draft(fault) => fault.into(),
            WriteError::Missing { id, kind } => Self::missing_object(&id, kind.name()),
            WriteError::Password(error) => error.into(),
            WriteError::PreconditionFailed { existing, timestamp } => {
                Self::precondition_failed(data(existing), Some(timestamp))
            }
            WriteError::RecordTooLong { most } => {
                Self::new(Code::BodyTooLarge).with_message(format!("A record has at most {most} bytes."))
            }
            WriteError::Refused(refusal) => refusal.into(),
            WriteError::Review(error) => error.into(),
            WriteError::Row(error) => error.into(),
            WriteError::Schema(error) => Self::invalid(Location::Body, Some("schema"), error.to_string()),
            WriteError::TooManyRecords { most } => Self::new(Code::InsufficientStorage)
                .with_message(format!("A collection has at most {most} records.")),
            WriteError::Violates { violations } => violated(&violations),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::BackOff { seconds } => {
                Self::new(Code::TooManyRequests).with_header("Retry-After", seconds.to_string())
            }
            SignInError::Busy => Self::new(Code::Unavailable),
            SignInError::Storage(error) => error.into(),
        }
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Algorithm => Self::caused(Code::Internal, error),
            HashError::Random(error) => error.into(),
        }
    }
}

impl From<DraftFault> for Problem {
    fn from(fault: DraftFault) -> Self {
        Self::faults(vec![Fault {
            description: fault.problem.to_string(),
            location: Location::Body,
            name: Some(fault.name),
        }])
    }
}

/// Floats as the original refuses them (`remote-settings` §2.10), the rest as any wrong parameter. All name the place.
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let path = dotted(&refusal.pointer);
        match refusal.reason {
            RefusalReason::Float => Self::new(Code::Refused)
                .with_message(format!("field contains float value (tip: use integer or string), '{path}'")),
            RefusalReason::Deleted
            | RefusalReason::Id
            | RefusalReason::IntegerRange
            | RefusalReason::NameOrder
            | RefusalReason::ToJson => {
                Self::invalid(Location::Body, Some(&format!("data.{path}")), refusal.reason.to_string())
            }
        }
    }
}

/// The nearest thing that is wrong with a record (`kinto-api` §16): one error, named by the field or the place in a list; of
/// extras, and of the record as a whole, by the keyword.
fn violated(violations: &[Violation]) -> Problem {
    let Some(violation) = violations.first() else { return Problem::new(Code::InvalidParameters) };
    let step = violation.pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
    let name = match violation.keyword.as_str() {
        keyword @ ("additionalProperties" | "unevaluatedProperties") => Value::from(keyword),
        keyword if violation.pointer.is_empty() => Value::from(keyword),
        _ => step.parse().map_or_else(|_| Value::from(step.as_str()), Value::Integer),
    };
    let sentence = violation.sentence();
    let mut fault = Object::new();
    fault.insert("location", Location::Body.as_str());
    fault.insert("name", name);
    fault.insert("description", sentence.as_str());
    Problem::new(Code::InvalidParameters)
        .with_message(sentence)
        .with_details(&Value::List(vec![fault.into()]))
}

/// A JSON pointer as the protocol writes places: `/a/0/b` is `a.0.b`.
fn dotted(pointer: &str) -> String {
    let steps: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    steps.join(".")
}

fn data(existing: Option<Box<Shown>>) -> Option<Vec<u8>> {
    existing.map(|existing| existing.data)
}
