//! Private keys. They are never copied, never printed, and gone from memory when they are dropped.
//!
//! There are two kinds, so that neither can do the other's work: a [`SignerKey`] signs a [`SigningInput`], an [`IssuerKey`]
//! signs certificates. Both make the same signature each time (RFC 6979): no random number can give a key away.

use std::fmt;

use p384::{
    SecretKey,
    ecdsa::{self, SigningKey, signature::hazmat::PrehashSigner as _},
    pkcs8::{EncodePrivateKey as _, LineEnding},
};
use ring::digest::{SHA384, digest};
use zeroize::Zeroizing;

use super::signature::{LeafKey, Signature, SigningInput};
use crate::types::{Random, RandomError};

/// The private key of a leaf certificate.
pub struct SignerKey(Secret);

impl SignerKey {
    /// A new key.
    pub fn generate(random: &dyn Random) -> Result<Self, RandomError> {
        Secret::generate(random).map(Self)
    }

    /// The first private key in PEM text: `PRIVATE KEY` (PKCS #8) or `EC PRIVATE KEY` (SEC 1), P-384.
    pub fn parse_pem(text: &str) -> Result<Self, KeyError> {
        Secret::parse_pem(text).map(Self)
    }

    /// The key as PEM text (PKCS #8), for its file.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        self.0.to_pem()
    }

    /// The public key.
    pub fn public(&self) -> &LeafKey {
        &self.0.public
    }

    /// This key's signature.
    pub fn sign(&self, input: &SigningInput<'_>) -> Result<Signature, KeyError> {
        input.digest_with(|digest| self.0.sign(digest))
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignerKey(…)")
    }
}

/// The private key of a root or an intermediate.
pub struct IssuerKey(Secret);

impl IssuerKey {
    /// A new key.
    pub fn generate(random: &dyn Random) -> Result<Self, RandomError> {
        Secret::generate(random).map(Self)
    }

    /// As [`SignerKey::parse_pem`].
    pub fn parse_pem(text: &str) -> Result<Self, KeyError> {
        Secret::parse_pem(text).map(Self)
    }

    /// The key as PEM text (PKCS #8), for its file.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        self.0.to_pem()
    }

    /// The public key.
    pub fn public(&self) -> &LeafKey {
        &self.0.public
    }
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IssuerKey(…)")
    }
}

impl rcgen::PublicKeyData for IssuerKey {
    fn der_bytes(&self) -> &[u8] {
        self.0.public.as_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P384_SHA384
    }
}

impl rcgen::SigningKey for IssuerKey {
    fn sign(&self, certificate: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self
            .0
            .sign(digest(&SHA384, certificate).as_ref())
            .and_then(|signature| {
                ecdsa::Signature::from_slice(signature.as_bytes()).map_err(|_| KeyError::Malformed)
            })
            .map_err(|_| rcgen::Error::RemoteKeyError)?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

/// The public key of a certificate to be made.
impl rcgen::PublicKeyData for LeafKey {
    fn der_bytes(&self) -> &[u8] {
        self.as_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P384_SHA384
    }
}

/// Why a text is no private key, or a key makes no signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// Protected by a password.
    #[error("the private key is protected by a password; store it without")]
    Encrypted,
    /// Not a P-384 key in PKCS #8 or SEC 1.
    #[error("the private key is not a P-384 key in PKCS #8 or SEC 1")]
    Malformed,
    /// No private key in the text.
    #[error("no private key in the file")]
    Missing,
}

/// The number itself, with its public key. The library overwrites it when it is dropped.
struct Secret {
    key: SigningKey,
    public: LeafKey,
}

impl Secret {
    fn generate(random: &dyn Random) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new([0; 48]);
        loop {
            random.fill(bytes.as_mut())?;
            // Fails for zero and for numbers beyond the group's order, that is, about never.
            if let Some(secret) = SigningKey::from_slice(bytes.as_ref()).ok().and_then(Self::new) {
                return Ok(secret);
            }
        }
    }

    fn parse_pem(text: &str) -> Result<Self, KeyError> {
        let block = private_block(text)?;
        SecretKey::from_pem(block)
            .ok()
            .and_then(|key| Self::new(SigningKey::from(key)))
            .ok_or(KeyError::Malformed)
    }

    fn new(key: SigningKey) -> Option<Self> {
        let point = key.verifying_key().to_sec1_point(false);
        let public = LeafKey::from_point(point.as_bytes())?;
        Some(Self { key, public })
    }

    fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        self.key.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Malformed)
    }

    fn sign(&self, digest: &[u8]) -> Result<Signature, KeyError> {
        let signature: ecdsa::Signature = self.key.sign_prehash(digest).map_err(|_| KeyError::Malformed)?;
        let bytes = signature.to_bytes();
        let bytes = <[u8; 96]>::try_from(bytes.as_slice()).map_err(|_| KeyError::Malformed)?;
        Ok(Signature::from_bytes(bytes))
    }
}

/// The first block of a private key, from its first to its last dash. Other blocks (`EC PARAMETERS`, certificates) and text
/// around are stepped over.
fn private_block(text: &str) -> Result<&str, KeyError> {
    let mut rest = text;
    while let Some((_, from_begin)) = rest.split_once(BEGIN) {
        let (label, _) = from_begin.split_once(DASHES).ok_or(KeyError::Missing)?;
        if !label.ends_with("PRIVATE KEY") || label.contains(['\n', '\r']) {
            rest = from_begin;
            continue;
        }
        let end = format!("-----END {label}{DASHES}");
        let begin = text.len() - from_begin.len() - BEGIN.len();
        let block = text.get(begin..).ok_or(KeyError::Malformed)?;
        let length = block.find(&end).ok_or(KeyError::Malformed)? + end.len();
        let block = block.get(..length).ok_or(KeyError::Malformed)?;
        let encrypted = label == "ENCRYPTED PRIVATE KEY" || block.contains("Proc-Type: 4,ENCRYPTED");
        return if encrypted { Err(KeyError::Encrypted) } else { Ok(block) };
    }
    Err(KeyError::Missing)
}

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

#[cfg(test)]
mod tests;
