//! The client: polls a collection, verifies what comes, and only then lets a program read it.
//!
//! The embedder brings a [`Transport`] and a [`Store`], or takes [`HttpTransport`] (feature `client-http`) and
//! [`FileStore`]. What a service publishes is judged by the rules of `statement` §5; verification is not optional, and nothing
//! that was not verified is ever where a program can read it.
//!
//! ```no_run
//! use countersign::client::{Client, ClientConfig, FileStore, HttpTransport};
//! use countersign::types::{Clock, SystemClock};
//!
//! # #[derive(serde::Deserialize)] struct Revocation { #[serde(rename = "serialNumber")] serial: String }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let root = "c8a80e9afaef4e219b6fb5d7a71d0f101223bac5001ac28f9b0d43dc59a106db";
//! let config = ClientConfig::parse("https://settings.example", "security-state/onecrl", root)?;
//! let mut client = Client::new(config, HttpTransport::new(), FileStore::new("revocations"))?;
//! let now = SystemClock.now();
//! match client.sync(now) {
//!     Ok(report) => println!("{}: {} records are new", report.outcome, report.changes.created()),
//!     Err(error) => eprintln!("{}: {error}", error.name()), // what was verified before can still be read
//! }
//! for record in client.read(now)?.records() {
//!     println!("revoked: {}", record.parse::<Revocation>()?.serial);
//! }
//! # Ok(())
//! # }
//! ```

mod chains;
mod changeset;
#[cfg(feature = "client-http")]
mod http;
mod judge;
mod refusal;
mod report;
mod settings;
mod snapshot;
mod store;
mod sync;
mod transport;
mod url;
mod verify;

#[cfg(feature = "client-http")]
pub use http::{AuthoritiesError, HttpTransport, TimeLimits};
pub use refusal::{EntryFault, Malformed, Refusal};
pub use report::{ChainFault, Changes, Damage, Outcome, RecordChange, Report, SyncError, SyncFailure};
pub use settings::{ClientConfig, ConfigError, StalePolicy};
pub use snapshot::{Record, Snapshot};
pub use store::{
    Basis, Change, Commit, Evidence, FileStore, Generation, Identity, Loaded, MemoryStore, SignedText, Store,
    StoreError, StoredRecords, StoredState,
};
pub use sync::{Client, ReadError, Reading};
pub use transport::{Answer, ChainHosts, FetchError, Request, Transport, TransportError};
pub use url::{Scheme, ServerUrl, Url, UrlError};
pub use verify::{Check, Step, StepResult, Verification, verify, verify_file};
