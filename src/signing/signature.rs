//! Signatures in their text form, what they are made over, and the key that checks them.
//!
//! A key signs a [`SigningInput`] and nothing else: the prefix of the protocol, then canonical bytes (`remote-settings`
//! §4.1, `statement` §3).

use std::{borrow::Cow, fmt};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::types::{Timestamp, Value};

/// The bytes in front of everything that is signed: `Content-Signature:` and a zero byte.
pub const SIGNING_PREFIX: &[u8] = b"Content-Signature:\0";

/// An ECDSA P-384 signature over SHA-384: r‖s, 48 bytes each.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Signature([u8; Self::LENGTH]);

impl Signature {
    const LENGTH: usize = 96;
    const TEXT_LENGTH: usize = 128;

    /// From the text form: 128 characters of base64url, never any padding. The only way in from outside.
    pub fn parse(text: &str) -> Result<Self, SignatureFormError> {
        if text.len() != Self::TEXT_LENGTH {
            return Err(SignatureFormError::Length);
        }
        let mut bytes = [0; Self::LENGTH];
        let written =
            URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).map_err(|_| SignatureFormError::Character)?;
        if written == Self::LENGTH { Ok(Self(bytes)) } else { Err(SignatureFormError::Length) }
    }

    /// From r‖s.
    pub const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// r‖s.
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// Why a text is no signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SignatureFormError {
    /// A character outside base64url: standard base64, padding, white space.
    #[error("signature is not base64url without padding")]
    Character,
    /// Not 128 characters.
    #[error("signature has not 128 characters")]
    Length,
}

/// One entry of a list `signatures`: a signature and where the certificates are that vouch for its key.
///
/// What came from outside is read by [`SignatureEntry::read_list`], which skips what has another shape.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SignatureEntry {
    /// The algorithm; only [`SignatureEntry::MODE`] is known.
    pub mode: String,
    /// The text form of the signature; not checked yet.
    pub signature: String,
    /// A URL reference to the chain, as it came; not signed. A path where we store it.
    pub x5u: String,
}

impl SignatureEntry {
    /// How many entries of a list are looked at; what follows is ignored.
    pub const MAX_TRIED: usize = 8;
    /// ECDSA P-384 over SHA-384, the only mode there is.
    pub const MODE: &'static str = "p384ecdsa";

    /// An entry of the known mode.
    pub fn new(signature: &Signature, x5u: String) -> Self {
        Self { mode: Self::MODE.to_owned(), signature: signature.to_string(), x5u }
    }

    /// The entries of a list that a reader tries, in order: of the first eight those with the known mode and text, not
    /// empty, in `signature` and `x5u` (`statement` §3, "Carried"). The others are skipped, unknown members ignored.
    pub fn read_list(list: &[Value]) -> Vec<Self> {
        list.iter().take(Self::MAX_TRIED).filter_map(Self::read).collect()
    }

    /// Whether a reader tries this entry.
    pub fn is_tried(&self) -> bool {
        self.mode == Self::MODE && !self.signature.is_empty() && !self.x5u.is_empty()
    }

    fn read(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let text = |name| object.get(name).and_then(Value::as_text).map(str::to_owned);
        let entry = Self { mode: text("mode")?, signature: text("signature")?, x5u: text("x5u")? };
        entry.is_tried().then_some(entry)
    }
}

/// The message of a content signature in memory: prefix, then the records and their timestamp (`remote-settings` §4.1).
///
/// For clients of services without statements: the library that verifies there wants a message, not its digest. A service
/// hashes its records as a stream.
#[derive(Clone, Eq, PartialEq)]
pub struct ContentMessage(Vec<u8>);

impl ContentMessage {
    /// From the canonical bytes of the live records (`last_modified` included) in the order of their ids, and their
    /// timestamp.
    pub fn new<R: AsRef<[u8]>>(records: impl IntoIterator<Item = R>, timestamp: Timestamp) -> Self {
        let mut message = Vec::new();
        message.extend_from_slice(SIGNING_PREFIX);
        message.extend_from_slice(b"{\"data\":[");
        for (index, record) in records.into_iter().enumerate() {
            if index > 0 {
                message.push(b',');
            }
            message.extend_from_slice(record.as_ref());
        }
        message.extend_from_slice(format!("],\"last_modified\":\"{timestamp}\"}}").as_bytes());
        Self(message)
    }

    /// The bytes, prefix included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ContentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentMessage({} bytes)", self.0.len())
    }
}

/// What a key signs: prefix and payload, or the digest of both. Nothing else can be handed to a key.
#[derive(Clone, Debug)]
pub struct SigningInput<'a>(Input<'a>);

#[derive(Clone, Debug)]
enum Input<'a> {
    #[cfg(feature = "server")]
    Digest(crate::types::Sha384Digest),
    Message(Cow<'a, [u8]>),
}

impl<'a> SigningInput<'a> {
    /// The digest of a content signature's message, as the hash over the stored records gave it.
    #[cfg(feature = "server")]
    pub(super) fn content(digest: crate::types::Sha384Digest) -> Self {
        Self(Input::Digest(digest))
    }

    /// The text of a statement, prefix put before it.
    pub(super) fn statement(text: &str) -> Self {
        let mut message = Vec::with_capacity(SIGNING_PREFIX.len() + text.len());
        message.extend_from_slice(SIGNING_PREFIX);
        message.extend_from_slice(text.as_bytes());
        Self(Input::Message(Cow::Owned(message)))
    }

    /// Hands the SHA-384 digest of it to `sign`.
    #[cfg(feature = "server")]
    pub(super) fn digest_with<T>(&self, sign: impl FnOnce(&[u8]) -> T) -> T {
        match &self.0 {
            Input::Digest(digest) => sign(digest.as_bytes()),
            Input::Message(message) => sign(ring::digest::digest(&ring::digest::SHA384, message).as_ref()),
        }
    }

    /// A message that has the prefix already.
    pub(super) fn message(message: &'a [u8]) -> Self {
        Self(Input::Message(Cow::Borrowed(message)))
    }
}

/// The public key of a leaf certificate: an uncompressed point of P-384.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct LeafKey([u8; Self::LENGTH]);

impl LeafKey {
    const LENGTH: usize = 97;

    /// From the DER of a `SubjectPublicKeyInfo`; `None` unless it is an uncompressed point of P-384.
    pub fn from_spki(der: &[u8]) -> Option<Self> {
        Self::from_point(der.strip_prefix(P384_SPKI_HEAD)?)
    }

    /// From `04`, x, y; `None` unless it looks so.
    pub(super) fn from_point(point: &[u8]) -> Option<Self> {
        let point: [u8; Self::LENGTH] = point.try_into().ok()?;
        (point.first() == Some(&UNCOMPRESSED)).then_some(Self(point))
    }

    /// The point: `04`, x, y.
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Whether `signature` is this key's over `input`.
    pub fn verify(&self, input: &SigningInput<'_>, signature: &Signature) -> Result<(), SignatureMismatch> {
        match &input.0 {
            #[cfg(feature = "server")]
            Input::Digest(digest) => {
                use p384::ecdsa::{self, VerifyingKey, signature::hazmat::PrehashVerifier as _};
                // ring verifies messages only; a service would have to hold the whole collection in memory for it.
                let key = VerifyingKey::from_sec1_bytes(&self.0).map_err(|_| SignatureMismatch)?;
                let signature = ecdsa::Signature::from_slice(&signature.0).map_err(|_| SignatureMismatch)?;
                key.verify_prehash(digest.as_bytes(), &signature).map_err(|_| SignatureMismatch)
            }
            Input::Message(message) => UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &self.0)
                .verify(message, &signature.0)
                .map_err(|_| SignatureMismatch),
        }
    }
}

impl fmt::Debug for LeafKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeafKey({})", crate::types::hex(&self.0))
    }
}

/// The signature is not this key's over this text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the signature does not fit the text and the key")]
pub struct SignatureMismatch;

/// Everything before the point in the `SubjectPublicKeyInfo` of an uncompressed P-384 key (RFC 5480): SEQUENCE, algorithm
/// `id-ecPublicKey` with `secp384r1`, BIT STRING without unused bits.
const P384_SPKI_HEAD: &[u8] = &[
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
    0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
];
const UNCOMPRESSED: u8 = 0x04;

#[cfg(test)]
#[cfg(feature = "server")]
mod tests;
