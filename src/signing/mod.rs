//! What is signed, and the proof that it was: the record tree, the publication statement, the change digest, the content
//! hash.
//!
//! The verifying half has no feature: no build of this crate can leave verification out.

#[cfg(feature = "server")]
mod authority;
mod chain;
mod change;
mod content;
#[cfg(feature = "server")]
mod key;
#[cfg(feature = "server")]
mod key_folder;
#[cfg(feature = "server")]
mod ledger;
#[cfg(feature = "server")]
mod local;
mod pem;
mod signature;
#[cfg(feature = "server")]
mod signer;
mod statement;
pub mod tree;
mod verify;

#[cfg(feature = "server")]
pub use authority::{AuthorityError, Certificate, Identity, Issuer, Root};
pub use chain::{Chain, ChainError, SignerName, SignerNameError};
pub use change::{Change, ChangeBase};
pub use content::ContentHasher;
#[cfg(feature = "server")]
pub use key::{IssuerKey, KeyError, SignerKey};
#[cfg(feature = "server")]
pub use key_folder::{KeyFolder, KeyFolderError, KeyInspection, RootKey};
#[cfg(feature = "server")]
pub use ledger::{Ledger, LedgerError, MemoryLedger, Spending, Spent};
#[cfg(feature = "server")]
pub use local::{KeySource, Lifetimes, LocalSigner, Renewal};
pub use signature::{
    ContentMessage, LeafKey, SIGNING_PREFIX, Signature, SignatureEntry, SignatureFormError,
    SignatureMismatch, SigningInput,
};
#[cfg(feature = "server")]
pub use signer::{
    CertificateLife, CertificateRole, ChainFile, LifeStage, Publication, Records, RecordsError, SignError,
    Signed, SignedRecord, Signer,
};
pub use statement::{MalformedStatement, Statement, StatementError};
pub use tree::{Key, Leaf};
pub(crate) use verify::Reasons;
pub use verify::{
    Asked, ChainSource, ChainUnavailable, EntryRefusal, SignatureError, Verified, Verifier, VerifyError,
};
