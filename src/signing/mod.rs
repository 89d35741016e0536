//! What is signed, and the proof that it was: the record tree, the publication statement, the change digest, the content
//! hash.
//!
//! The verifying half has no feature: no build of this crate can leave verification out.

mod signature;
mod tree;

pub use signature::SignatureEntry;
pub use tree::{Key, Leaf};
