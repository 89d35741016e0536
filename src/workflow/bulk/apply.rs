//! Does what a plan says.

use super::{
    nouns::{Entry, Given, Outcome, Plan, PlanError},
    plan::plan,
};
use crate::{
    storage::StorageError,
    types::Sha256Digest,
    workflow::{
        Draft, Preconditions, Resource, Scope, Tag, WriteError,
        access::{self, AccessError, MayPost},
        records,
    },
};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Some record may not be written by the actor.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The plan is another one than was shown: a record that it touches was written meanwhile.
    #[error("the records were changed meanwhile")]
    Changed,
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A record could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<StorageError> for ApplyError {
    fn from(error: StorageError) -> Self {
        Self::Plan(error.into())
    }
}

/// Carries out the plan that was seen, and gives it back. Refused items are left out.
pub fn apply(
    scope: &mut Scope<'_>,
    resource: &Resource,
    given: &Given<'_>,
    seen: &Sha256Digest,
) -> Result<Plan, ApplyError> {
    let plan = plan(scope, resource, given)?;
    if plan.digest != *seen {
        return Err(ApplyError::Changed);
    }
    for entry in &plan.entries {
        write(scope, resource, entry)?;
    }
    Ok(plan)
}

fn write(scope: &mut Scope<'_>, resource: &Resource, entry: &Entry) -> Result<(), ApplyError> {
    let source = &resource.source;
    let anew = Preconditions { if_match: None, if_none_match: Some(Tag::Any) };
    let there = Preconditions { if_match: Some(Tag::Any), if_none_match: None };
    match &entry.outcome {
        Outcome::Change { after, id, .. } => {
            let permit = access::put_record(scope, source, Ok(id.clone()), &there)?;
            records::put(scope, &permit, Draft { data: Some(after.clone()), permissions: None })?;
        }
        Outcome::Create { after, id: Some(id) } => {
            let permit = access::put_record(scope, source, Ok(id.clone()), &anew)?;
            records::put(scope, &permit, Draft { data: Some(after.clone()), permissions: None })?;
        }
        Outcome::Create { after, id: None } => match access::post_record(scope, source, None)? {
            MayPost::Create(permit) => {
                let draft = Draft { data: Some(after.clone()), permissions: None };
                records::create(scope, &permit, draft, &Preconditions::default())?;
            }
            MayPost::Existing(_) => {}
        },
        Outcome::Delete { id, .. } => {
            let permit = access::delete_record(scope, source, Ok(id.clone()))?;
            records::delete(scope, &permit, None, &there)?;
        }
        Outcome::Refused(_) | Outcome::Same(_) => {}
    }
    Ok(())
}
