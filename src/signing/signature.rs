//! A signature as it is published, beside what it signs.

use serde::{Deserialize, Serialize};

/// One entry of a `signatures` list (`remote-settings` §4.2, `statement` §3).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SignatureEntry {
    /// Always `p384ecdsa` in what we make.
    pub mode: String,
    /// base64url of r‖s, without padding: 128 characters.
    pub signature: String,
    /// Where the certificate chain is: a URL reference. A path where we store it.
    pub x5u: String,
}
