//! Why a write on a signed resource is refused, one variant for each reason.

use super::{guard::Denied, report::Exceeded};
use crate::{
    canonical,
    signing::{SignError, VerifyError},
    storage::StorageError,
    types::{BucketId, CollectionId, CollectionPath, RecordId, Sha256Digest, Value},
    workflow::RowError,
};

/// Why a write on a signed resource is refused. The transaction (a whole batch) is undone.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// 400/109 with this text.
    #[error("{0}")]
    BadRequest(Refusal),
    /// 400/109 with `details.impact`: the policy does not let the change through.
    #[error("Change is blocked by the impact policy")]
    BlockedByImpact(Box<Exceeded>),
    /// 412/114: another change than the one named.
    #[error("the change is another one by now")]
    ChangeDiffers {
        /// The current change's digest.
        current: Sha256Digest,
    },
    /// 400/107, location header: what is named is no digest.
    #[error("Countersign-Change in header: not a digest")]
    ChangeMalformed,
    /// As anybody without permission: 401/104 or 403/121.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// 403/121 with this text.
    #[error("{0}")]
    Forbidden(Refusal),
    /// 403/121 with `details` `{records, attributes}`: who wants to approve wrote part of the change.
    #[error("Reviewer has edits in this change")]
    HasEdits {
        /// Whether they wrote attributes.
        attributes: WroteAttributes,
        /// The records they wrote, sorted.
        records: Vec<RecordId>,
    },
    /// What the signer returned does not verify: for the operator.
    #[error("what the signer returned does not verify: {0}")]
    OwnStatement(#[from] VerifyError),
    /// A row could not be written: clock, random bytes, database.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The signer: for the operator.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The signer signed another statement than the next one: for the operator.
    #[error("the signer signed another statement than was asked for")]
    SignedOther,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Whether somebody wrote the attributes of a change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WroteAttributes {
    /// They did not.
    No,
    /// They did.
    Yes,
}

/// The refusals of the protocol and ours, with the texts that clients see.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// `to-sign` on what is signed.
    #[error("Collection already signed")]
    AlreadySigned,
    /// A published attribute changes in the write that publishes, re-signs or rolls back.
    #[error("Cannot change {attribute} with this status")]
    AttributeWithStatus {
        /// The first such attribute.
        attribute: &'static str,
    },
    /// A source always has a status.
    #[error("Cannot remove status")]
    CannotRemoveStatus,
    /// `signed` is for the signer to say.
    #[error("Cannot set status to 'signed'")]
    CannotSetSigned,
    /// The creator of a source may not create its groups.
    #[error(
        "Cannot create collection without `group:create` on bucket '{bucket}': editors/reviewers groups cannot be set up."
    )]
    GroupsNotAllowed {
        /// The source bucket.
        bucket: BucketId,
    },
    /// What is published can be emptied through review only.
    #[error("Collection has published records")]
    HasPublishedRecords,
    /// Not one of the statuses that are written by hand.
    #[error("Invalid status '{}'", spell(status))]
    InvalidStatus {
        /// What was sent.
        status: Value,
    },
    /// The requester cannot approve.
    #[error("Last editor cannot review")]
    LastEditor,
    /// `to-review` by somebody outside the editors group.
    #[error("Not in {collection}-editors group")]
    NotEditor {
        /// The source collection.
        collection: CollectionId,
    },
    /// `to-sign` by somebody outside the reviewers group.
    #[error("Not in {collection}-reviewers group")]
    NotReviewer {
        /// The source collection.
        collection: CollectionId,
    },
    /// `to-sign` where nobody asked for review.
    #[error("Collection not under review")]
    NotUnderReview,
    /// `to-rollback` where nothing is in progress.
    #[error("Collection has no work-in-progress")]
    NothingToRollBack,
    /// A field that only the signer writes.
    #[error("Cannot change <TRACKING_FIELDS.{}: '{field}'>", field.to_uppercase())]
    TrackingField {
        /// The first such field.
        field: &'static str,
    },
    /// A record that came into the source before it was signed holds what cannot be signed.
    #[error("Record '{record}' cannot be signed: {refusal}")]
    Unsignable {
        /// The record.
        record: RecordId,
        /// Why, and where in the record.
        refusal: Box<canonical::Refusal>,
    },
    /// A collection that becomes a preview or destination holds a record that no client could verify.
    #[error("{path} is to be published as it is, but record '{record}' cannot be signed: {refusal}")]
    UnsignablePublished {
        /// The preview or destination.
        path: Box<CollectionPath>,
        /// The record.
        record: RecordId,
        /// Why, and where in the record.
        refusal: Box<canonical::Refusal>,
    },
}

fn spell(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Bool(_)
        | Value::Float(_)
        | Value::Integer(_)
        | Value::List(_)
        | Value::Null
        | Value::Object(_) => String::from_utf8_lossy(&canonical::to_bytes(value)).into_owned(),
    }
}
