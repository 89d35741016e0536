//! What a client must know before it asks: where, what, and whom to believe.

use super::{
    store::Identity,
    transport::ChainHosts,
    url::{ServerUrl, Url, UrlError},
};
use crate::signing::{SignerName, SignerNameError, Verifier};
use crate::types::{CollectionPath, DigestError, IdError, Sha256Digest, Timestamp};

/// One collection of one service, and what a client believes about it. Nothing in here comes from the server.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    pub(super) chain_hosts: ChainHosts,
    pub(super) max_bytes: usize,
    pub(super) rules: Rules,
    pub(super) server: ServerUrl,
    pub(super) stale: StalePolicy,
}

/// What an answer is judged by.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) basis: TrustBasis,
    /// Below this version nothing is applied as long as there is no state.
    pub(super) lowest: Option<u64>,
    pub(super) path: CollectionPath,
    pub(super) verifier: Verifier,
}

impl ClientConfig {
    /// The size of the largest changeset that is taken, unpacked, unless told otherwise: 64 MiB.
    pub const MAX_BYTES: usize = 64 * 1024 * 1024;
    /// The signer's name unless told otherwise.
    pub const SIGNER: &'static str = "countersign.localhost";

    /// From good parts, with the defaults: chains from the service's own origin, no lowest version, 64 MiB, stale data is
    /// read and reported.
    pub fn new(server: ServerUrl, path: CollectionPath, verifier: Verifier) -> Self {
        let rules = Rules { basis: TrustBasis::Statement, lowest: None, path, verifier };
        Self {
            chain_hosts: ChainHosts::default(),
            max_bytes: Self::MAX_BYTES,
            rules,
            server,
            stale: StalePolicy::default(),
        }
    }

    /// From texts: the server's URL with or without `/v1`, `bucket/collection`, and the SHA-256 of the root certificate
    /// (64 hex digits, any case, colons allowed). The signer is [`ClientConfig::SIGNER`].
    pub fn parse(server: &str, path: &str, root: &str) -> Result<Self, ConfigError> {
        let verifier = Verifier::new(Sha256Digest::parse_lenient(root)?, SignerName::parse(Self::SIGNER)?);
        Ok(Self::new(ServerUrl::parse(server)?, CollectionPath::parse(path)?, verifier))
    }

    /// Expects the leaf certificate of another signer.
    pub fn signer(self, name: &str) -> Result<Self, ConfigError> {
        let verifier = Verifier::new(*self.rules.verifier.root(), SignerName::parse(name)?);
        Ok(Self { rules: Rules { verifier, ..self.rules }, ..self })
    }

    /// Where certificate chains may come from.
    #[must_use]
    pub fn chain_hosts(self, hosts: ChainHosts) -> Self {
        Self { chain_hosts: hosts, ..self }
    }

    /// Keeps out statements below this version as long as there is no state: for programs that come with data, or whose
    /// operator knows a version.
    #[must_use]
    pub fn lowest(self, version: u64) -> Self {
        Self { rules: Rules { lowest: Some(version), ..self.rules }, ..self }
    }

    /// Takes changesets up to this size, unpacked; at most 4 GiB.
    #[must_use]
    pub fn max_bytes(self, bytes: usize) -> Self {
        let most = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
        Self { max_bytes: bytes.min(most), ..self }
    }

    /// What readers get when the data has expired.
    #[must_use]
    pub fn stale(self, policy: StalePolicy) -> Self {
        Self { stale: policy, ..self }
    }

    /// Goes by content signatures alone (`remote-settings` §8.3), for a service that has no statements.
    ///
    /// Dangerous: a content signature does not name the collection it is of, nor its bucket (a preview's fits), and never
    /// expires. A store that has ever held a statement refuses to be used so.
    #[must_use]
    pub fn dangerous_content_signature_only(self) -> Self {
        Self { rules: Rules { basis: TrustBasis::ContentSignatureOnly, ..self.rules }, ..self }
    }

    /// Whose state it is.
    pub fn identity(&self) -> Identity {
        Identity {
            path: self.rules.path.clone(),
            root: *self.rules.verifier.root(),
            signer: self.rules.verifier.signer().as_str().to_ascii_lowercase(),
        }
    }

    /// The changeset's address.
    pub(super) fn changeset_url(&self, expected: Timestamp, since: Option<Timestamp>) -> Url {
        let CollectionPath { bucket, collection } = &self.rules.path;
        let since = since.map_or_else(String::new, |since| format!("&_since={since}"));
        self.server.as_url().with_path(
            &format!("/buckets/{bucket}/collections/{collection}/changeset"),
            Some(format!("_expected={expected}{since}")),
        )
    }
}

/// What a client goes by.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum TrustBasis {
    /// Content signatures alone.
    ContentSignatureOnly,
    /// The publication statement.
    Statement,
}

/// What readers get when the applied statement has expired (`statement` §5, step 7). Data is never dropped for it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum StalePolicy {
    /// The data, marked as stale: what most programs want, since old revocations are better than none.
    #[default]
    Serve,
    /// An error in place of the data.
    Withhold,
}

/// Why texts make no configuration.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// Not `bucket/collection`.
    #[error("not BUCKET/COLLECTION: {0}")]
    Path(#[from] IdError),
    /// Not the SHA-256 of a certificate.
    #[error("not a fingerprint of 64 hex digits: {0}")]
    Root(#[from] DigestError),
    /// Not a URL of a server.
    #[error("not a server: {0}")]
    Server(#[from] UrlError),
    /// Not a DNS name.
    #[error("not a signer's name: {0}")]
    Signer(#[from] SignerNameError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changeset_is_asked_below_the_version() {
        let root = "AB:".repeat(31) + "AB";
        let config = ClientConfig::parse("http://h:1/", "main/demo", &root).unwrap();
        let time = |millis| Timestamp::from_millis(millis).unwrap();
        assert_eq!(
            config.changeset_url(time(0), None).to_string(),
            "http://h:1/v1/buckets/main/collections/demo/changeset?_expected=0"
        );
        assert_eq!(
            config.changeset_url(time(7), Some(time(5))).to_string(),
            "http://h:1/v1/buckets/main/collections/demo/changeset?_expected=7&_since=5"
        );
    }

    #[test]
    fn each_part_is_refused_by_its_name() {
        let root = "ab".repeat(32);
        let parse = |server, path, root| ClientConfig::parse(server, path, root).map(drop);
        assert_eq!(parse("ftp://h", "main/demo", &root), Err(ConfigError::Server(UrlError::Scheme)));
        assert_eq!(parse("http://h", "main", &root), Err(ConfigError::Path(IdError::Character)));
        assert_eq!(parse("http://h", "main/demo", "ab"), Err(ConfigError::Root(DigestError::Length)));
        let config = ClientConfig::parse("http://h", "main/demo", &root).unwrap();
        assert_eq!(config.signer("*.example").map(drop), Err(ConfigError::Signer(SignerNameError)));
    }
}
