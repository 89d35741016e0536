//! What is signed, and the proof that it was: the record tree, the publication statement, the change digest, the content
//! hash.
//!
//! The verifying half has no feature: no build of this crate can leave verification out.

mod chain;
mod change;
mod content;
#[cfg(feature = "server")]
mod key;
#[cfg(feature = "server")]
mod ledger;
mod pem;
mod signature;
#[cfg(feature = "server")]
mod signer;
mod statement;
pub mod tree;
mod verify;

pub use chain::{Chain, ChainError, SignerName, SignerNameError};
pub use change::{Change, ChangeBase};
pub use content::ContentHasher;
#[cfg(feature = "server")]
pub use key::{IssuerKey, KeyError, SignerKey};
#[cfg(feature = "server")]
pub use ledger::{Ledger, LedgerError, MemoryLedger, Spending, Spent};
pub use signature::{
    ContentMessage, LeafKey, SIGNING_PREFIX, Signature, SignatureEntry, SignatureFormError,
    SignatureMismatch, SigningInput,
};
#[cfg(feature = "server")]
pub use signer::{ChainFile, Publication, Records, RecordsError, SignError, Signed, SignedRecord, Signer};
pub use statement::{MalformedStatement, Statement, StatementError};
pub use tree::{Key, Leaf};
pub use verify::{
    Asked, ChainSource, ChainUnavailable, EntryRefusal, SignatureError, Verified, Verifier, VerifyError,
};
