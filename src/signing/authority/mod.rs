//! The service's own certificate authority: a root, an intermediate, and the leaves that are renewed under it.
//!
//! Everything is ECDSA P-384 with SHA-384. The intermediate may vouch for the signer's name and what is below it, and for
//! code signing; so a stolen intermediate is worth nothing under another name.

mod certificate;
mod der;
mod identity;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, GeneralSubtree,
    IsCa, KeyIdMethod, KeyUsagePurpose, NameConstraints, SanType, SerialNumber,
};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{
    ChainError, IssuerKey, KeyError, LeafKey, SignerKey, SignerName,
    pem::{self, MAX_FILE_CERTIFICATES},
};
use crate::types::{Random, RandomError, Timestamp};

pub use certificate::Certificate;
pub use identity::Identity;

/// A root with its private key. Only needed to make an intermediate, once in years; lives offline in between.
#[derive(Debug)]
pub struct Root {
    certificate: Certificate,
    key: IssuerKey,
}

impl Root {
    /// A new root for a service whose signer is `signer`: 30 years.
    pub fn generate(
        signer: &SignerName,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, AuthorityError> {
        let key = IssuerKey::generate(random)?;
        let mut params = params(now, now.plus_millis(ROOT_DAYS * DAY_MILLIS), random)?;
        params.distinguished_name = name("root", signer);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        Ok(Self { certificate: Certificate::parse(certificate.der()).ok_or(AuthorityError::Malformed)?, key })
    }

    /// From its file: private key and certificate.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        let key = IssuerKey::parse_pem(text)?;
        let [certificate] =
            <[Certificate; 1]>::try_from(read_certificates(text)?).map_err(|_| AuthorityError::Malformed)?;
        fits(key.public(), &certificate)?;
        Ok(Self { certificate, key })
    }

    /// Its file.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, AuthorityError> {
        Ok(pem::with_key(&self.key.to_pem()?, &self.certificate.to_pem()))
    }

    /// The certificate, which everybody may have.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// A new intermediate under it, for leaves of `signer`: 10 years, never past the root's end.
    pub fn make_intermediate(
        &self,
        signer: &SignerName,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Issuer, AuthorityError> {
        let key = IssuerKey::generate(random)?;
        let end = now.plus_millis(INTERMEDIATE_DAYS * DAY_MILLIS).min(self.certificate.not_after());
        let mut params = params(now, end, random)?;
        params.distinguished_name = name("intermediate", signer);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName(signer.to_string())],
            excluded_subtrees: Vec::new(),
        });
        let certificate = issue(params, key.public(), &self.key, &self.certificate)?;
        Ok(Issuer { certificates: vec![certificate, self.certificate.clone()], key })
    }
}

/// An authority that issues leaves: its private key, its certificate, and those from it to the root. The service's own, or
/// another's that the operator brings.
#[derive(Debug)]
pub struct Issuer {
    /// The issuing certificate first, the root last; never empty.
    certificates: Vec<Certificate>,
    key: IssuerKey,
}

impl Issuer {
    /// From the private key and the chain: the issuing certificate first, the root last. Both texts may be the same.
    pub fn parse(key: &str, chain: &str) -> Result<Self, AuthorityError> {
        let key = IssuerKey::parse_pem(key)?;
        let certificates = read_certificates(chain)?;
        fits(key.public(), certificates.first().ok_or(AuthorityError::Malformed)?)?;
        Ok(Self { certificates, key })
    }

    /// Its file: private key, then the certificates.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, AuthorityError> {
        let certificates: String = self.certificates.iter().map(Certificate::to_pem).collect();
        Ok(pem::with_key(&self.key.to_pem()?, &certificates))
    }

    /// The issuing certificate first, the root last.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// A new leaf for `signer` with its private key: from 30 days ago to `leaf_days` ahead, never past the end of what vouches
    /// for it. Clients' clocks may be wrong by as much.
    pub fn issue_leaf(
        &self,
        signer: &SignerName,
        leaf_days: u64,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Identity, AuthorityError> {
        let issuer = self.certificates.first().ok_or(AuthorityError::Malformed)?;
        let key = SignerKey::generate(random)?;
        let end = self
            .certificates
            .iter()
            .map(Certificate::not_after)
            .fold(now.plus_millis(leaf_days.saturating_mul(DAY_MILLIS)), Timestamp::min);
        let mut params = params(now, end, random)?;
        params.distinguished_name = leaf_name(signer);
        params.is_ca = IsCa::NoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.subject_alt_names =
            vec![SanType::DnsName(signer.as_str().try_into().map_err(|_| AuthorityError::Encoding)?)];
        let leaf = issue(params, key.public(), &self.key, issuer)?;
        let mut chain = leaf.to_pem();
        for certificate in &self.certificates {
            chain.push_str(&certificate.to_pem());
        }
        let identity = Identity::new(key, chain)?;
        identity.vouched_for(signer, now)?;
        Ok(identity)
    }
}

/// Why there is no certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AuthorityError {
    /// Something in the certificate has no form in DER.
    #[error("the certificate cannot be written")]
    Encoding,
    /// The issuing certificate, or one above it, has ended.
    #[error("the issuing certificate has ended")]
    IssuerEnded,
    /// The name of the issuing certificate has a form that cannot be repeated in what is issued under it.
    #[error("the issuing certificate's name has a form that cannot be written")]
    IssuerName,
    /// The text of the private key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Private key and certificate do not belong together.
    #[error("private key and first certificate do not belong together")]
    KeyMismatch,
    /// No certificates in the text, or some that cannot be read.
    #[error("the certificates cannot be read")]
    Malformed,
    /// Clients would refuse it.
    #[error("clients would refuse the chain: {0}")]
    NotVouched(ChainError),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl From<rcgen::Error> for AuthorityError {
    fn from(_: rcgen::Error) -> Self {
        Self::Encoding
    }
}

/// What all certificates have in common.
fn params(now: Timestamp, end: Timestamp, random: &dyn Random) -> Result<CertificateParams, AuthorityError> {
    if end <= now {
        return Err(AuthorityError::IssuerEnded);
    }
    let mut params = CertificateParams::default();
    params.not_before = date(now.minus_millis(BACKDATED_DAYS * DAY_MILLIS))?;
    params.not_after = date(end)?;
    params.serial_number = Some(serial(random)?);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    Ok(params)
}

fn issue(
    mut params: CertificateParams,
    key: &LeafKey,
    issuer_key: &IssuerKey,
    issuer: &Certificate,
) -> Result<Certificate, AuthorityError> {
    let mut issuer_params = CertificateParams::default();
    issuer_params.distinguished_name = issuer.name().ok_or(AuthorityError::IssuerName)?;
    if let Some(identifier) = issuer.key_identifier() {
        issuer_params.key_identifier_method = KeyIdMethod::PreSpecified(identifier.to_vec());
        params.use_authority_key_identifier_extension = true;
    }
    let certificate = params.signed_by(key, &rcgen::Issuer::from_params(&issuer_params, issuer_key))?;
    let certificate = Certificate::parse(certificate.der()).ok_or(AuthorityError::Malformed)?;
    if certificate.issuer_der() == issuer.subject_der() {
        Ok(certificate)
    } else {
        Err(AuthorityError::IssuerName)
    }
}

/// `Countersign root`, with the signer's name where the field has room for it: two services' roots can be told apart.
fn name(role: &str, signer: &SignerName) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, ORGANIZATION);
    let full = format!("{ORGANIZATION} {role} of {signer}");
    let short = format!("{ORGANIZATION} {role}");
    name.push(DnType::CommonName, if full.len() > MAX_COMMON_NAME { short } else { full });
    name
}

/// The signer's name as the common name, as older clients want it.
fn leaf_name(signer: &SignerName) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, ORGANIZATION);
    if signer.as_str().len() <= MAX_COMMON_NAME {
        name.push(DnType::CommonName, signer.as_str());
    }
    name
}

/// 16 random bytes; positive, and always of that length.
fn serial(random: &dyn Random) -> Result<SerialNumber, RandomError> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    if let Some(first) = bytes.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    Ok(SerialNumber::from_slice(&bytes))
}

fn date(at: Timestamp) -> Result<OffsetDateTime, AuthorityError> {
    i64::try_from(at.as_millis() / 1000)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .ok_or(AuthorityError::Encoding)
}

fn read_certificates(text: &str) -> Result<Vec<Certificate>, AuthorityError> {
    pem::certificates(text.as_bytes(), MAX_FILE_CERTIFICATES)
        .and_then(|blocks| blocks.iter().map(|der| Certificate::parse(der)).collect())
        .ok_or(AuthorityError::Malformed)
}

fn fits(key: &LeafKey, certificate: &Certificate) -> Result<(), AuthorityError> {
    if LeafKey::from_spki(certificate.key()).as_ref() == Some(key) {
        Ok(())
    } else {
        Err(AuthorityError::KeyMismatch)
    }
}

const DAY_MILLIS: u64 = 86_400_000;
/// How long before now every certificate begins.
const BACKDATED_DAYS: u64 = 30;
/// 10 years.
const INTERMEDIATE_DAYS: u64 = 3652;
/// 30 years.
const ROOT_DAYS: u64 = 10_957;
/// RFC 5280, upper bound of a common name.
const MAX_COMMON_NAME: usize = 64;
const ORGANIZATION: &str = "Countersign";
