//! PEM blocks of certificates (RFC 7468), in and out.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The certificates in a text, at most `limit` of them; what stands outside the blocks is ignored. `None` if a block does not
/// end or is no base64.
pub(super) fn certificates(text: &[u8], limit: usize) -> Option<Vec<Vec<u8>>> {
    let mut certificates = Vec::new();
    let mut open: Option<Vec<u8>> = None;
    for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        match &mut open {
            None if line == BEGIN => {
                if certificates.len() == limit {
                    return Some(certificates);
                }
                open = Some(Vec::new());
            }
            None => {}
            Some(block) if line == END => {
                certificates.push(STANDARD.decode(block).ok()?);
                open = None;
            }
            Some(block) => block.extend_from_slice(line),
        }
    }
    open.is_none().then_some(certificates)
}

/// The block of a certificate, 64 characters in a line.
#[cfg(feature = "server")]
pub(super) fn certificate(der: &[u8]) -> String {
    block("CERTIFICATE", der)
}

/// The block of a public key.
#[cfg(feature = "server")]
pub(super) fn public_key(der: &[u8]) -> String {
    block("PUBLIC KEY", der)
}

#[cfg(feature = "server")]
fn block(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, character) in STANDARD.encode(der).chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

/// A private key with its certificates, for one file. Made in one piece: a text that grows would leave copies of the key.
#[cfg(feature = "server")]
pub(super) fn with_key(key: &str, certificates: &str) -> zeroize::Zeroizing<String> {
    let mut text = zeroize::Zeroizing::new(String::with_capacity(key.len() + certificates.len()));
    text.push_str(key);
    text.push_str(certificates);
    text
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";
/// The most certificates that a file of the operator's is read to.
#[cfg(feature = "server")]
pub(super) const MAX_FILE_CERTIFICATES: usize = 16;
