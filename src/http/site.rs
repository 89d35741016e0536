//! Pages for people beside the protocol: another floor brings them, the server asks it first.

use std::fmt::Debug;

use super::{Headers, Incoming, Method, Response};

/// What answers requests that are not the protocol's.
pub trait Site: Debug + Send + Sync {
    /// Whether this request is for the site; the target is path and query, percent-encoded.
    fn owns(&self, method: Method, target: &str, headers: &Headers) -> bool;

    /// Answers a request that it owns. Blocks: it reads and writes the database.
    fn answer(&self, incoming: Incoming) -> Response;

    /// Answers a request that it owns and that could not be read: its body is too large, too slow, or broken.
    fn refuse(&self, status: u16, headers: &Headers) -> Response;
}
