//! The refusals of review.

use super::{Code, Location, Problem};
use crate::{
    signing::SignError,
    types::{Object, Value},
    workflow::review::{Denied, Exceeded, ReviewError, SchemaTrouble, WroteAttributes},
};

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Anonymous => Self::new(Code::Unauthorized),
            Denied::Forbidden => Self::new(Code::Forbidden),
        }
    }
}

/// Each of these undoes a whole batch: a batch that asked for a publication must not half happen.
impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        let problem = match error {
            ReviewError::BadRequest(refusal) => Self::new(Code::Refused).with_message(refusal.to_string()),
            ReviewError::BlockedByImpact(exceeded) => {
                let mut details = Object::new();
                details.insert("impact", impact(&exceeded));
                Self::new(Code::Refused)
                    .with_message("Change is blocked by the impact policy")
                    .with_details(&Value::Object(details))
            }
            ReviewError::ChangeDiffers { current } => {
                let mut change = Object::new();
                change.insert("digest", current.to_hex());
                change.insert("fingerprint", current.fingerprint().to_string());
                let mut details = Object::new();
                details.insert("change", change);
                Self::new(Code::PreconditionFailed)
                    .with_message("The change is another one by now")
                    .with_details(&Value::Object(details))
            }
            ReviewError::ChangeMalformed => {
                Self::invalid(Location::Header, Some("Countersign-Change"), "The value should be a digest.")
            }
            ReviewError::Denied(denied) => Self::from(denied),
            ReviewError::Forbidden(refusal) => Self::new(Code::Forbidden).with_message(refusal.to_string()),
            ReviewError::HasEdits { attributes, records } => {
                let records = records.iter().map(|id| Value::from(id.as_str())).collect::<Vec<_>>();
                let mut details = Object::new();
                details.insert("attributes", attributes == WroteAttributes::Yes);
                details.insert("records", records);
                Self::new(Code::Forbidden)
                    .with_message("Reviewer has edits in this change")
                    .with_details(&Value::Object(details))
            }
            ReviewError::OwnStatement(_) | ReviewError::SignedOther => Self::caused(Code::Internal, error),
            ReviewError::Row(error) => Self::from(error),
            ReviewError::Sign(error) => Self::from(error),
            ReviewError::Storage(error) => Self::from(error),
        };
        problem.for_whole_batch()
    }
}

/// What is over its limit, and what breaks the schema: those members that there is something to say of.
fn impact(exceeded: &Exceeded) -> Object {
    let mut impact = Object::new();
    for (name, over) in [("growth", exceeded.limits.growth), ("removed", exceeded.limits.removed)] {
        if let Some(over) = over {
            let mut numbers = Object::new();
            numbers.insert("limit", over.limit);
            numbers.insert("percent", over.percent);
            impact.insert(name, numbers);
        }
    }
    if let Some(trouble) = &exceeded.schema {
        impact.insert("schema", schema(trouble));
    }
    impact
}

/// `{"total": N, "records": [{"id", "pointer", "message"}]}`, the first ones; or `{"error": text}` where it cannot be used.
fn schema(trouble: &SchemaTrouble) -> Object {
    let mut schema = Object::new();
    match trouble {
        SchemaTrouble::Broken(found) => {
            let records = found.first.iter().map(|broken| {
                let mut record = Object::new();
                record.insert("id", broken.id.as_str());
                record.insert("message", broken.violation.message.as_str());
                record.insert("pointer", broken.violation.pointer.as_str());
                Value::Object(record)
            });
            schema.insert("records", records.collect::<Vec<_>>());
            schema.insert("total", found.total);
        }
        SchemaTrouble::Unusable(error) => {
            schema.insert("error", error.to_string());
        }
    }
    schema
}

/// What the operator can mend by waiting or by `doctor` is 503; a signer that signs what does not verify is broken.
impl From<SignError> for Problem {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Ledger(_)
            | SignError::LedgerContended
            | SignError::NotVouched(_)
            | SignError::Records(_)
            | SignError::TimestampTooFarAhead
            | SignError::VersionTooFarAhead => Self::caused(Code::Unavailable, error),
            SignError::Key(_) | SignError::OwnSignature(_) | SignError::RecordOrder => {
                Self::caused(Code::Internal, error)
            }
        }
    }
}
