//! SHA-2 digests as types, their hex form, and the fingerprint that people read to each other.

use std::fmt;

use ring::digest;

/// 32 bytes of SHA-256.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_ring(&digest::digest(&digest::SHA256, bytes))
    }

    /// The digest of the concatenation of `parts`.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in parts {
            context.update(part);
        }
        Self::from_ring(&context.finish())
    }

    /// From the 32 bytes themselves.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// From 64 lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        parse_hex(text).map(Self)
    }

    /// From 64 hex digits of any case, colons allowed between bytes: how people copy fingerprints of certificates.
    pub fn parse_lenient(text: &str) -> Result<Self, DigestError> {
        let plain: String = text.chars().filter(|c| *c != ':').map(|c| c.to_ascii_lowercase()).collect();
        Self::parse(&plain)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hex digits.
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// The first 20 bytes for people: eight groups of four characters of Crockford's base32.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut first = [0; 20];
        for (to, from) in first.iter_mut().zip(self.0) {
            *to = from;
        }
        Fingerprint(first)
    }

    fn from_ring(digest: &digest::Digest) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        Self(bytes)
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// 48 bytes of SHA-384.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Sha384Digest([u8; 48]);

impl Sha384Digest {
    /// From the 48 bytes themselves.
    pub const fn from_bytes(bytes: [u8; 48]) -> Self {
        Self(bytes)
    }

    /// From 96 lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        parse_hex(text).map(Self)
    }

    /// The 48 bytes.
    pub const fn as_bytes(&self) -> &[u8; 48] {
        &self.0
    }

    /// 96 lower-case hex digits.
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }
}

impl fmt::Debug for Sha384Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// 160 bits of a change digest as people compare them: `7K2M-QX9D-4TBV-0C3H-8W1N-E5RA-6PJZ-Y2FG`. Programs compare the digest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fingerprint([u8; 20]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = 0;
        for five in self.0.chunks(5) {
            let bits = five.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
            for shift in (0..8).rev() {
                if written > 0 && written % 4 == 0 {
                    f.write_str("-")?;
                }
                let index = usize::try_from((bits >> (shift * 5)) & 31).unwrap_or(0);
                let character = CROCKFORD.get(index).copied().unwrap_or(b'0');
                write!(f, "{}", char::from(character))?;
                written += 1;
            }
        }
        Ok(())
    }
}

/// Why a text is no digest.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DigestError {
    /// A character that is no lower-case hex digit.
    #[error("not a hex digit")]
    Character,
    /// Too short or too long.
    #[error("wrong number of hex digits")]
    Length,
}

/// Lower-case hex digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}

fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], DigestError> {
    if text.len() != N * 2 {
        return Err(DigestError::Length);
    }
    let mut bytes = [0; N];
    for (to, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        for character in pair {
            let digit = match character {
                b'0'..=b'9' => character - b'0',
                b'a'..=b'f' => character - b'a' + 10,
                _ => return Err(DigestError::Character),
            };
            *to = (*to << 4) | digit;
        }
    }
    Ok(bytes)
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
