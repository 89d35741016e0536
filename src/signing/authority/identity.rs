//! What a signer signs with: a private key and the chain that vouches for it, one value that is swapped as one.

use zeroize::Zeroizing;

use super::{AuthorityError, Certificate, DAY_MILLIS, fits, read_certificates};
use crate::{
    signing::{Chain, ChainError, ChainFile, LeafKey, SignerKey, SignerName, pem},
    types::{Sha256Digest, Timestamp},
};

/// A signer's private key with its chain.
#[derive(Debug)]
pub struct Identity {
    /// Leaf first, root last.
    certificates: Vec<Certificate>,
    chain: Chain,
    file: ChainFile,
    key: SignerKey,
}

impl Identity {
    /// From the key and the PEM text of its chain, leaf first, root last. Whether clients would take it is a question of the
    /// time: [`Identity::vouched_for`].
    pub fn new(key: SignerKey, chain: String) -> Result<Self, AuthorityError> {
        let certificates = read_certificates(&chain)?;
        fits(key.public(), certificates.first().ok_or(AuthorityError::Malformed)?)?;
        let parsed = Chain::parse_pem(chain.as_bytes()).map_err(AuthorityError::NotVouched)?;
        Ok(Self { certificates, chain: parsed, file: ChainFile::new(chain), key })
    }

    /// From its file: private key, then the chain.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        let key = SignerKey::parse_pem(text)?;
        let chain: String = read_certificates(text)?.iter().map(Certificate::to_pem).collect();
        Self::new(key, chain)
    }

    /// Its file.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, AuthorityError> {
        Ok(pem::with_key(&self.key.to_pem()?, &self.file.pem))
    }

    /// Leaf first, root last.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The chain as it is served.
    pub fn chain_file(&self) -> &ChainFile {
        &self.file
    }

    /// The private key.
    pub fn key(&self) -> &SignerKey {
        &self.key
    }

    /// SHA-256 of the root: what clients pin.
    pub fn root(&self) -> Sha256Digest {
        self.chain.root_digest()
    }

    /// The end of the leaf.
    pub fn not_after(&self) -> Timestamp {
        self.certificates.first().map_or(Timestamp::ZERO, Certificate::not_after)
    }

    /// Whether clients that pin its root and expect `signer` would take its signatures at `now`.
    pub fn vouched_for(&self, signer: &SignerName, now: Timestamp) -> Result<(), AuthorityError> {
        self.leaf_key(signer, now).map(drop).map_err(AuthorityError::NotVouched)
    }

    /// The leaf's public key, if [`Identity::vouched_for`].
    pub fn leaf_key(&self, signer: &SignerName, now: Timestamp) -> Result<LeafKey, ChainError> {
        self.chain.verify(&self.root(), signer, now)
    }

    /// Whether half of `leaf_days` is over, so that a new leaf is due.
    pub fn is_half_over(&self, leaf_days: u64, now: Timestamp) -> bool {
        now >= self.not_after().minus_millis(leaf_days.saturating_mul(DAY_MILLIS) / 2)
    }
}
