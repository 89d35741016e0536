//! The verifier, and what it alone makes: [`Verified`].

use std::ops::Deref;

use super::{
    chain::{Chain, ChainError, SignerName},
    signature::{ContentMessage, Signature, SignatureEntry, SignatureFormError, SigningInput},
    statement::{Statement, StatementError},
};
use crate::types::{CollectionPath, Sha256Digest, Timestamp};

/// Proof that a value was signed by the expected signer under the pinned root. Made by [`Verifier`] alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// The value without its proof.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Where chains come from: the caller's network, its cache, or a file.
///
/// The caller follows the rules for `x5u` of `statement` §3: own origin, no credentials, no redirect elsewhere, at most
/// [`Chain::MAX_BYTES`], within the time of the sync; only a 200 counts.
pub trait ChainSource {
    /// The document at `x5u`, a URL reference as it stands in the entry.
    fn chain(&mut self, x5u: &str) -> Result<Vec<u8>, ChainUnavailable>;
}

impl<F: FnMut(&str) -> Result<Vec<u8>, ChainUnavailable>> ChainSource for F {
    fn chain(&mut self, x5u: &str) -> Result<Vec<u8>, ChainUnavailable> {
        self(x5u)
    }
}

/// A chain was not had: any status but 200, too large, too slow, no URL, an address that is not followed. A failure of the
/// network, which the source may remember in detail.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the certificate chain could not be fetched")]
pub struct ChainUnavailable;

/// Says what is true: knows the pinned root and the signer's name, and makes [`Verified`] values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verifier {
    root: Sha256Digest,
    signer: SignerName,
}

impl Verifier {
    /// Trusts `signer` under the root certificate whose DER has the SHA-256 `root`.
    pub fn new(root: Sha256Digest, signer: SignerName) -> Self {
        Self { root, signer }
    }

    /// The pinned root.
    pub fn root(&self) -> &Sha256Digest {
        &self.root
    }

    /// The expected signer.
    pub fn signer(&self) -> &SignerName {
        &self.signer
    }

    /// The statement in `text`, if one of `entries` is good, and it is what was asked for (`statement` §5, steps 2 and 3).
    pub fn verify_statement(
        &self,
        text: &str,
        entries: &[SignatureEntry],
        asked: &Asked<'_>,
        chains: &mut dyn ChainSource,
        now: Timestamp,
    ) -> Result<Verified<Statement>, VerifyError> {
        self.has_good_signature(&SigningInput::statement(text), entries, chains, now)?;
        let statement = Statement::parse(text)?;
        is_asked_for(&statement, asked)?;
        is_not_too_far_ahead(&statement, now)?;
        Ok(Verified(statement))
    }

    /// The message of a content signature, if one of `entries` is good. For services that have no statements: it does not
    /// say which collection it is of, nor how old it is (`remote-settings` §8.3).
    pub fn verify_content(
        &self,
        message: ContentMessage,
        entries: &[SignatureEntry],
        chains: &mut dyn ChainSource,
        now: Timestamp,
    ) -> Result<Verified<ContentMessage>, SignatureError> {
        self.has_good_signature(&SigningInput::message(message.as_bytes()), entries, chains, now)?;
        Ok(Verified(message))
    }

    /// Tries the entries in order; one good one is enough. A chain that was not had makes the failure one of the network.
    fn has_good_signature(
        &self,
        input: &SigningInput<'_>,
        entries: &[SignatureEntry],
        chains: &mut dyn ChainSource,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let mut refused = Vec::new();
        for entry in entries.iter().take(SignatureEntry::MAX_TRIED).filter(|entry| entry.is_tried()) {
            match self.judge(input, entry, chains, now) {
                Ok(()) => return Ok(()),
                Err(refusal) => refused.push(refusal),
            }
        }
        if refused.contains(&EntryRefusal::ChainUnavailable) {
            Err(SignatureError::ChainUnavailable)
        } else {
            Err(SignatureError::BadSignature { refused })
        }
    }

    fn judge(
        &self,
        input: &SigningInput<'_>,
        entry: &SignatureEntry,
        chains: &mut dyn ChainSource,
        now: Timestamp,
    ) -> Result<(), EntryRefusal> {
        let signature = Signature::parse(&entry.signature).map_err(EntryRefusal::Form)?;
        let document = chains.chain(&entry.x5u).map_err(|ChainUnavailable| EntryRefusal::ChainUnavailable)?;
        if document.len() > Chain::MAX_BYTES {
            return Err(EntryRefusal::ChainUnavailable);
        }
        let chain = Chain::parse_pem(&document).map_err(EntryRefusal::Chain)?;
        let key = chain.verify(&self.root, &self.signer, now).map_err(EntryRefusal::Chain)?;
        key.verify(input, &signature).map_err(|_| EntryRefusal::Mismatch)
    }
}

/// What the caller asked a service for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Asked<'a> {
    /// A changeset: the statement must be of this collection and have the changeset's timestamp.
    Changeset {
        /// The collection that was asked for.
        path: &'a CollectionPath,
        /// The member `timestamp` of the answer.
        timestamp: Timestamp,
    },
    /// A statement alone, without records: for auditors, who follow `previous`.
    Statement {
        /// The collection that was asked for.
        path: &'a CollectionPath,
    },
}

/// Why a statement is refused, in the order in which it is looked at.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum VerifyError {
    /// No good signature.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The text is no statement that this reader understands.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Not the timestamp of the changeset that it came with.
    #[error("the statement is of another timestamp than its changeset")]
    TimestampMismatch,
    /// `version` or `timestamp` is more than 90 days ahead.
    #[error("version or timestamp is more than 90 days ahead")]
    TooFarAhead,
    /// Of another bucket than asked for.
    #[error("the statement is of another bucket")]
    WrongBucket,
    /// Of another collection than asked for.
    #[error("the statement is of another collection")]
    WrongCollection,
}

/// Why no entry of a list is good.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignatureError {
    /// Every entry that was tried is bad; none at all if there was none to try.
    #[error("no good signature{}", Reasons(.refused))]
    BadSignature {
        /// Why, in the order of the entries.
        refused: Vec<EntryRefusal>,
    },
    /// Nothing verified, and a chain was not had: a failure of the network.
    #[error("the certificate chain could not be fetched")]
    ChainUnavailable,
}

/// Why one entry is not good.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EntryRefusal {
    /// The chain does not vouch for a key.
    #[error("{0}")]
    Chain(ChainError),
    /// The chain was not had.
    #[error("the certificate chain could not be fetched")]
    ChainUnavailable,
    /// The text is no signature.
    #[error("{0}")]
    Form(SignatureFormError),
    /// The signature is not the leaf's over this text.
    #[error("the signature does not fit the text and the key")]
    Mismatch,
}

/// The reasons as the end of a sentence.
pub(crate) struct Reasons<'a>(pub(crate) &'a [EntryRefusal]);

impl std::fmt::Display for Reasons<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, reason) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { ": " } else { "; " })?;
            write!(f, "{reason}")?;
        }
        Ok(())
    }
}

fn is_asked_for(statement: &Statement, asked: &Asked<'_>) -> Result<(), VerifyError> {
    let (Asked::Changeset { path, .. } | Asked::Statement { path }) = asked;
    if statement.bucket != path.bucket.as_str() {
        return Err(VerifyError::WrongBucket);
    }
    if statement.collection != path.collection.as_str() {
        return Err(VerifyError::WrongCollection);
    }
    match asked {
        Asked::Changeset { timestamp, .. } if statement.timestamp != *timestamp => {
            Err(VerifyError::TimestampMismatch)
        }
        Asked::Changeset { .. } | Asked::Statement { .. } => Ok(()),
    }
}

/// By this bound a number signed by mistake or with a stolen key shuts nobody out for good.
fn is_not_too_far_ahead(statement: &Statement, now: Timestamp) -> Result<(), VerifyError> {
    let bound = now.as_millis().saturating_add(MAX_AHEAD_MILLIS);
    if statement.version > bound || statement.timestamp.as_millis() > bound {
        Err(VerifyError::TooFarAhead)
    } else {
        Ok(())
    }
}

/// 90 days.
const MAX_AHEAD_MILLIS: u64 = 7_776_000_000;
