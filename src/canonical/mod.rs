//! JSON values as the bytes that are hashed and signed, and what may be signed at all.
//!
//! The only writer of signed bytes. [`write()`] spells any value (`remote-settings` §3.1); [`content`] is the door of
//! collections that will be signed, [`plain_content`] of those that never will be, [`record`] the statement's rule for
//! what a client hashes; [`Entry`] is its way in. Keys are sorted and numbers and texts spelled here: no library's map order or number printing
//! has a say.

mod door;
mod scan;
mod write;

pub use door::{Refusal, RefusalReason, content, equality_digest, plain_content, record};
pub use scan::{Deleted, Entry};
pub use write::{attributes_to_bytes, object_to_bytes, object_to_text, to_bytes, write, write_text};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
