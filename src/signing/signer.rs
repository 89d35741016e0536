//! The door between workflow and signer: a publication and its records go in, signatures come out. Nobody can ask a signer
//! to sign bytes.

use std::fmt::Debug;

use super::{
    Certificate, ChainError, KeyError, LedgerError, SignatureEntry, SignerName, Statement, Verified,
    VerifyError,
    tree::{Key, Leaf},
};
use crate::types::{CollectionPath, RecordRef, Sha256Digest, Timestamp};

/// Signs publications.
pub trait Signer: Debug + Send + Sync {
    /// Signs the publication of `records`: recomputes count, root and content from them, takes the next version, spends it
    /// in its ledger, and only then signs. What it returns it has verified with the client's own verifier.
    ///
    /// Called inside the transaction that publishes. The same publication and records give the same signed texts again, as
    /// long as nothing else was signed for the collection meanwhile: so a transaction may run twice.
    fn sign(&self, publication: &Publication, records: &mut dyn Records) -> Result<Signed, SignError>;

    /// The name in its certificates: what clients expect.
    fn name(&self) -> &SignerName;

    /// SHA-256 of the root certificate under which it signs now: what clients pin.
    fn root(&self) -> Sha256Digest;

    /// Where the chain is served that vouches for what it signs now: what names another chain is to be signed again.
    fn chain_path(&self) -> String;

    /// Its certificates, leaf first, root last, and how old they are: for heartbeat and `doctor`.
    fn certificates(&self, now: Timestamp) -> Vec<CertificateLife>;

    /// When it makes its next leaf by itself; `None` where somebody else does, or where what is above the leaf ends before.
    fn renews_at(&self) -> Option<Timestamp>;
}

/// What is to be published.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Publication {
    /// The highest version of this collection that the publisher knows; 0 if none.
    pub floor_version: u64,
    /// Now: fixed once for the whole transaction.
    pub issued: Timestamp,
    /// The collection that clients ask for.
    pub path: CollectionPath,
    /// SHA-256 of the text of the last statement for this collection; `None` only where none is known.
    pub previous: Option<Sha256Digest>,
    /// The records timestamp.
    pub timestamp: Timestamp,
}

/// The live records of a publication.
pub trait Records {
    /// Shows every live record once, in the order of ids (by their UTF-8 bytes).
    ///
    /// May be called more than once; shows the same records each time.
    fn visit(&mut self, visitor: &mut dyn FnMut(SignedRecord<'_>)) -> Result<(), RecordsError>;
}

/// A live record with its stored place in the record tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignedRecord<'a> {
    /// Its id.
    pub id: &'a str,
    /// The hash of its id.
    pub key: Key,
    /// Its leaf, as computed when it was written.
    pub leaf: Leaf,
    /// Content and time.
    pub record: RecordRef<'a>,
}

/// The records could not be read. The source remembers why: it is its own error that the caller reports.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the records to sign could not be read")]
pub struct RecordsError;

/// What a signer returns, to be stored and published whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signed {
    /// The chain that vouches for the signatures: to be stored before an answer names it, and kept for ever.
    pub chain: ChainFile,
    /// Signatures over the records, for clients of the protocol; `x5u` is the chain's path.
    pub content_signatures: Vec<SignatureEntry>,
    /// The text of the statement.
    pub statement: String,
    /// Signatures over the statement; `x5u` is the chain's path.
    pub statement_signatures: Vec<SignatureEntry>,
    /// The statement, as the client's verifier read it.
    pub verified: Verified<Statement>,
    /// The version in the statement.
    pub version: u64,
}

/// A certificate chain as it is served: PEM text, leaf first, root last.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChainFile {
    /// SHA-256 of the text: its name.
    pub digest: Sha256Digest,
    /// The text.
    pub pem: String,
}

impl ChainFile {
    /// A chain under its name.
    pub fn new(pem: String) -> Self {
        Self { digest: Sha256Digest::of(pem.as_bytes()), pem }
    }

    /// Where it is served, from the root of the server.
    pub fn path(&self) -> String {
        format!("/v1/cert-chains/{}.pem", self.digest)
    }
}

/// A certificate of a signer, and its age.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateLife {
    /// The certificate.
    pub certificate: Certificate,
    /// What it is in the chain.
    pub role: CertificateRole,
    /// Its age.
    pub stage: LifeStage,
}

/// What a certificate is in a chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CertificateRole {
    /// Issues leaves, or other intermediates.
    Intermediate,
    /// Signs.
    Leaf,
    /// Is pinned.
    Root,
}

/// How much of a certificate's life is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LifeStage {
    /// All of it: clients refuse what it vouches for.
    Ended,
    /// More than half: it should have been renewed.
    HalfOver,
    /// Less than half.
    Young,
}

/// Why nothing was signed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignError {
    /// The key makes no signature.
    #[error(transparent)]
    Key(KeyError),
    /// No version was granted.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Others took version after version.
    #[error("other processes are spending this collection's versions")]
    LedgerContended,
    /// Clients would not take the chain: nothing was spent.
    #[error("clients would refuse the signer's certificates: {0}")]
    NotVouched(ChainError),
    /// What was signed does not verify.
    #[error("the signer's own signature does not verify: {0}")]
    OwnSignature(#[from] VerifyError),
    /// A record came before one with a lower id.
    #[error("the records to sign are out of order")]
    RecordOrder,
    /// The records could not be read.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The records timestamp is more than a day ahead of the clock: the clock has gone back.
    #[error("the records timestamp is more than a day ahead of the clock")]
    TimestampTooFarAhead,
    /// The next version is more than a day ahead of the clock.
    #[error("the next version is more than a day ahead of the clock")]
    VersionTooFarAhead,
}
