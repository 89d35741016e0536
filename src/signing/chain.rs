//! Certificate chains: PEM text in, the leaf's key out once the path to the pinned root holds (`statement` §5, step 2).

use std::{fmt, time::Duration};

use rustls_pki_types::{CertificateDer, DnsName, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error as PathError, KeyUsage, anchor_from_trusted_cert};

use super::{pem, signature::LeafKey};
use crate::types::{Sha256Digest, Timestamp};

/// The name that a service's leaf certificates carry: a DNS name, no wildcard. Compared without regard to ASCII case.
#[derive(Clone, Debug)]
pub struct SignerName(String);

impl SignerName {
    /// The only way in.
    pub fn parse(raw: &str) -> Result<Self, SignerNameError> {
        let plain = !raw.ends_with('.') && !raw.contains('_') && DnsName::try_from(raw).is_ok();
        if plain { Ok(Self(raw.to_owned())) } else { Err(SignerNameError) }
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for SignerName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for SignerName {}

impl fmt::Display for SignerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no DNS name, ends with a dot, or holds a wildcard or an underscore.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a DNS name")]
pub struct SignerNameError;

/// The certificates of an `x5u` document: leaf first, root last, two to eight.
///
/// Nothing is verified yet: [`Chain::verify`] does, and gives the leaf's key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chain {
    leaf: CertificateDer<'static>,
    between: Vec<CertificateDer<'static>>,
    root: CertificateDer<'static>,
}

impl Chain {
    /// The size of the largest document that is read, in bytes.
    pub const MAX_BYTES: usize = 65_536;
    /// The most certificates in a document.
    pub const MAX_CERTIFICATES: usize = 8;

    /// From PEM text: text outside the blocks is ignored, and so are blocks of other kinds.
    pub fn parse_pem(document: &[u8]) -> Result<Self, ChainError> {
        if document.len() > Self::MAX_BYTES {
            return Err(ChainError::TooLarge);
        }
        let mut certificates =
            pem::certificates(document, Self::MAX_CERTIFICATES + 1).ok_or(ChainError::Malformed)?;
        if certificates.len() > Self::MAX_CERTIFICATES {
            return Err(ChainError::TooManyCertificates);
        }
        if certificates.len() < 2 {
            return Err(ChainError::TooFewCertificates);
        }
        let leaf = certificates.remove(0).into();
        let root = certificates.pop().ok_or(ChainError::TooFewCertificates)?.into();
        Ok(Self { leaf, between: certificates.into_iter().map(CertificateDer::from).collect(), root })
    }

    /// SHA-256 of the root's DER: what clients pin.
    pub fn root_digest(&self) -> Sha256Digest {
        Sha256Digest::of(&self.root)
    }

    /// The certificates in DER, leaf first.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(&self.leaf).chain(&self.between).chain(std::iter::once(&self.root)).map(AsRef::as_ref)
    }

    /// The leaf's key, if the leaf is `signer`'s and a path leads from it to the root whose SHA-256 is `root`, at `now`.
    ///
    /// The root is an anchor by its pin alone: its dates do not matter. All others are within their dates, follow the path
    /// rules of RFC 5280 and have the extended key usage codeSigning. Every rule is one function below.
    pub fn verify(
        &self,
        root: &Sha256Digest,
        signer: &SignerName,
        now: Timestamp,
    ) -> Result<LeafKey, ChainError> {
        self.is_anchored(root)?;
        let leaf = EndEntityCert::try_from(&self.leaf).map_err(|error| ChainError::of_path(&error))?;
        self.has_path(&leaf, now)?;
        is_named(&leaf, signer)?;
        LeafKey::from_spki(&leaf.subject_public_key_info()).ok_or(ChainError::LeafKeyNotP384)
    }

    fn is_anchored(&self, root: &Sha256Digest) -> Result<(), ChainError> {
        if self.root_digest() == *root { Ok(()) } else { Err(ChainError::RootNotPinned) }
    }

    fn has_path(&self, leaf: &EndEntityCert<'_>, now: Timestamp) -> Result<(), ChainError> {
        let anchor = anchor_from_trusted_cert(&self.root).map_err(|error| ChainError::of_path(&error))?;
        leaf.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &[anchor],
            &self.between,
            UnixTime::since_unix_epoch(Duration::from_millis(now.as_millis())),
            KeyUsage::required(CODE_SIGNING),
            None,
            None,
        )
        .map(drop)
        .map_err(|error| ChainError::of_path(&error))
    }
}

/// Why a chain does not vouch for a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ChainError {
    /// A certificate's signature is not its issuer's.
    #[error("a certificate is not signed by its issuer")]
    CertificateSignature,
    /// The time is after a certificate's end.
    #[error("a certificate has expired")]
    Expired,
    /// Leaf or intermediate without the extended key usage codeSigning.
    #[error("a certificate may not be used for code signing")]
    ExtendedKeyUsage,
    /// A leaf, or a certificate without the CA mark, has issued another.
    #[error("a certificate is issued by one that may not issue")]
    IssuerIsNoAuthority,
    /// The first certificate is an authority's.
    #[error("the first certificate is an authority's")]
    LeafIsAuthority,
    /// The leaf's key is no uncompressed point of P-384.
    #[error("the leaf's key is not P-384")]
    LeafKeyNotP384,
    /// No certificates, or something in them that cannot be read.
    #[error("a certificate cannot be read")]
    Malformed,
    /// A name that an issuer may not vouch for.
    #[error("a name is outside its issuer's name constraints")]
    NameConstraint,
    /// The leaf has no DNS name equal to the expected signer's.
    #[error("the leaf is not of the expected signer")]
    NotTheSigner,
    /// The time is before a certificate's beginning.
    #[error("a certificate is not valid yet")]
    NotYetValid,
    /// More certificates below an authority than it allows.
    #[error("the path is longer than an authority allows")]
    PathLength,
    /// The last certificate is not the pinned root.
    #[error("the last certificate is not the pinned root")]
    RootNotPinned,
    /// Fewer than two certificates.
    #[error("fewer than two certificates")]
    TooFewCertificates,
    /// More than 65 536 bytes.
    #[error("the chain has more than 65 536 bytes")]
    TooLarge,
    /// More than eight certificates.
    #[error("more than eight certificates")]
    TooManyCertificates,
    /// A critical extension that nobody here knows.
    #[error("a certificate has an unknown critical extension")]
    UnknownCriticalExtension,
    /// No certificate in the document issued one of the path.
    #[error("no path leads from the leaf to the root")]
    UnknownIssuer,
    /// Signed with an algorithm that is not accepted.
    #[error("a certificate is signed with an algorithm that is not accepted")]
    UnsupportedAlgorithm,
}

impl ChainError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's enum, and it grows; the rest is malformed"
    )]
    fn of_path(error: &PathError) -> Self {
        match error {
            PathError::CertExpired { .. } => Self::Expired,
            PathError::CertNotValidYet { .. } => Self::NotYetValid,
            PathError::CaUsedAsEndEntity => Self::LeafIsAuthority,
            PathError::EmptyEkuExtension | PathError::RequiredEkuNotFoundContext(_) => Self::ExtendedKeyUsage,
            PathError::EndEntityUsedAsCa => Self::IssuerIsNoAuthority,
            PathError::InvalidSignatureForPublicKey => Self::CertificateSignature,
            PathError::NameConstraintViolation => Self::NameConstraint,
            PathError::PathLenConstraintViolated => Self::PathLength,
            PathError::UnknownIssuer => Self::UnknownIssuer,
            PathError::UnsupportedCriticalExtension => Self::UnknownCriticalExtension,
            PathError::UnsupportedSignatureAlgorithmContext(_)
            | PathError::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Self::UnsupportedAlgorithm,
            _ => Self::Malformed,
        }
    }
}

/// A dNSName equal to the expected one. The path library's own comparison would let a wildcard pass.
fn is_named(leaf: &EndEntityCert<'_>, signer: &SignerName) -> Result<(), ChainError> {
    let named = leaf.valid_dns_names().any(|name| name.eq_ignore_ascii_case(signer.as_str()));
    if named { Ok(()) } else { Err(ChainError::NotTheSigner) }
}

/// id-kp-codeSigning, 1.3.6.1.5.5.7.3.3, as the content of an OBJECT IDENTIFIER.
const CODE_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03];
