//! The nouns: ids, timestamps, digests, JSON values, records, and the [`Clock`] trait.
//!
//! Ground floor: names nothing else of this crate.

mod clock;
mod digest;
mod id;
mod invisible;
mod json;
mod random;
mod record;
mod timestamp;

pub use clock::{Clock, ManualClock, SystemClock};
pub use digest::{DigestError, Fingerprint, Sha256Digest, Sha384Digest, hex};
pub use id::{AccountName, BucketId, CollectionId, CollectionPath, GroupId, IdError, RecordId};
pub use invisible::is_invisible;
pub use json::{JsonError, JsonErrorKind, JsonLimits, Nul, Object, Reader, Value};
pub(crate) use json::{push_index, push_name};
pub use random::{Random, RandomError, SeededRandom, SystemRandom};
pub use record::{Content, RecordRef};
pub use timestamp::{Timestamp, TimestampError};
