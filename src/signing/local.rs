//! The signer inside the service: a leaf's private key in memory, its ledger on disk.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;

use super::{
    Asked, Certificate, CertificateLife, CertificateRole, ChainUnavailable, EntryRefusal, Identity, Issuer,
    KeyFolder, KeyFolderError, Ledger, LedgerError, LifeStage, Publication, Records, SignError,
    SignatureEntry, SignatureError, Signed, Signer, SignerName, SigningInput, Spent, Statement, Verified,
    Verifier, VerifyError,
    content::ContentHasher,
    key_folder::read_brought,
    tree::{self, Key, Leaf},
};
use crate::types::{Random, Sha256Digest, Sha384Digest, Timestamp};

/// Signs with a key of its own folder, or one that the operator brings.
///
/// Key and chain are one value, taken at the start of each signing; a renewal swaps them for the next.
pub struct LocalSigner {
    identity: ArcSwap<Identity>,
    ledger: Arc<dyn Ledger>,
    lifetimes: Lifetimes,
    name: SignerName,
    renewing: Mutex<()>,
    source: KeySource,
}

impl LocalSigner {
    /// Takes the key and chain from `source`, with a new leaf if one is due. Refused if clients that expect `name` would not
    /// take its signatures now.
    pub fn open(
        source: KeySource,
        name: SignerName,
        lifetimes: Lifetimes,
        ledger: Arc<dyn Ledger>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, KeyFolderError> {
        let identity = match &source {
            KeySource::Brought { chain_file, key_file } => read_brought(key_file, chain_file)?,
            KeySource::Folder(folder) => folder.identity()?,
            KeySource::Memory(issuer) => issuer.issue_leaf(&name, lifetimes.leaf_days, now, random)?,
        };
        let identity = ArcSwap::from_pointee(identity);
        let signer = Self { identity, ledger, lifetimes, name, renewing: Mutex::new(()), source };
        // A renewal that fails is no reason not to start while the leaf is good: heartbeat and `doctor` tell.
        let renewed = signer.renew_if_due(now, random);
        let vouched = signer.identity.load().vouched_for(&signer.name, now);
        match (vouched, renewed) {
            (Ok(()), Ok(_) | Err(_)) => Ok(signer),
            (Err(_), Err(reason)) => Err(reason),
            (Err(reason), Ok(_)) => Err(reason.into()),
        }
    }

    /// Issues a new leaf when half of `leaf_days` is over, or takes up files of the operator's that have changed. What is
    /// published then names the old chain still, and is to be signed again before the old leaf ends.
    pub fn renew_if_due(&self, now: Timestamp, random: &dyn Random) -> Result<Renewal, KeyFolderError> {
        let _one_at_a_time = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.identity.load_full();
        let renewed = match &self.source {
            KeySource::Brought { chain_file, key_file } => {
                let brought = read_brought(key_file, chain_file)?;
                if brought.chain_file().digest == current.chain_file().digest {
                    return Ok(Renewal::NotDue);
                }
                brought
            }
            KeySource::Folder(_) | KeySource::Memory(_) if !self.is_renewal_due(&current, now) => {
                return Ok(Renewal::NotDue);
            }
            KeySource::Folder(folder) => {
                folder.renew_leaf(&self.name, self.lifetimes.leaf_days, &current.root(), now, random)?
            }
            KeySource::Memory(issuer) => {
                issuer.issue_leaf(&self.name, self.lifetimes.leaf_days, now, random)?
            }
        };
        renewed.vouched_for(&self.name, now)?;
        if renewed.root() != current.root() {
            return Err(KeyFolderError::RootChanged);
        }
        self.identity.store(Arc::new(renewed));
        Ok(Renewal::Renewed)
    }

    /// Half of the leaf's time is over, and a new one would last longer: near the end of an intermediate none does.
    fn is_renewal_due(&self, current: &Identity, now: Timestamp) -> bool {
        let above = current.certificates().iter().skip(1).map(Certificate::not_after);
        let possible =
            above.fold(now.plus_millis(self.lifetimes.leaf_days.saturating_mul(DAY_MILLIS)), Timestamp::min);
        current.is_half_over(self.lifetimes.leaf_days, now)
            && possible.as_millis() / 1000 > current.not_after().as_millis() / 1000
    }

    /// The statement of `version`, if it may be signed.
    fn statement(
        &self,
        publication: &Publication,
        hashed: &Hashed,
        identity: &Identity,
        version: u64,
    ) -> Result<Statement, SignError> {
        if version > publication.issued.as_millis().saturating_add(DAY_MILLIS) {
            return Err(SignError::VersionTooFarAhead);
        }
        let expires =
            publication.issued.plus_millis(self.lifetimes.statement_days.saturating_mul(DAY_MILLIS));
        Ok(Statement {
            bucket: publication.path.bucket.as_str().to_owned(),
            collection: publication.path.collection.as_str().to_owned(),
            content: hashed.content,
            count: hashed.count,
            expires: Some(expires.min(identity.not_after())),
            issued: publication.issued,
            previous: publication.previous,
            root: hashed.root,
            timestamp: publication.timestamp,
            version,
        })
    }

    /// The text with the next version, spent in the ledger. If the highest spent version was spent for the very text that it
    /// would give, it is that one again: the transaction runs for the second time.
    fn spend(
        &self,
        publication: &Publication,
        hashed: &Hashed,
        identity: &Identity,
    ) -> Result<(u64, String), SignError> {
        for _ in 0..MAX_RACES {
            let highest = self.ledger.highest(&publication.path)?;
            if let Some(Spent { text_hash: Some(hash), version }) = highest
                && version > publication.floor_version
            {
                let text = self.statement(publication, hashed, identity, version)?.to_text();
                if Statement::hash_of_text(&text) == hash {
                    return Ok((version, text));
                }
            }
            let spent = highest.map_or(0, |spent| spent.version);
            let version = publication.floor_version.max(spent).saturating_add(1);
            let text = self.statement(publication, hashed, identity, version)?.to_text();
            match self.ledger.spend(&publication.path, version, &Statement::hash_of_text(&text)) {
                Ok(()) => return Ok((version, text)),
                // Another process was faster: the next version is higher now.
                Err(LedgerError::Spent { .. }) => {}
                Err(error @ LedgerError::Unavailable { .. }) => return Err(error.into()),
            }
        }
        Err(SignError::LedgerContended)
    }

    /// What clients will say of the statement's signature.
    fn verify(
        &self,
        publication: &Publication,
        identity: &Identity,
        text: &str,
        entry: &SignatureEntry,
    ) -> Result<Verified<Statement>, VerifyError> {
        let mut chains = |_: &str| Ok::<_, ChainUnavailable>(identity.chain_file().pem.as_bytes().to_vec());
        Verifier::new(identity.root(), self.name.clone()).verify_statement(
            text,
            std::slice::from_ref(entry),
            &Asked::Changeset { path: &publication.path, timestamp: publication.timestamp },
            &mut chains,
            publication.issued,
        )
    }
}

impl Signer for LocalSigner {
    fn sign(&self, publication: &Publication, records: &mut dyn Records) -> Result<Signed, SignError> {
        let identity = self.identity.load_full();
        // Before a version is spent for nothing.
        let key = identity.leaf_key(&self.name, publication.issued).map_err(SignError::NotVouched)?;
        if publication.timestamp > publication.issued.plus_millis(DAY_MILLIS) {
            return Err(SignError::TimestampTooFarAhead);
        }
        let hashed = Hashed::of(records, publication.timestamp)?;
        // Durable from here on: if we stop now, the version is a gap.
        let (version, text) = self.spend(publication, &hashed, &identity)?;

        let content = SigningInput::content(hashed.content);
        let content_signature = identity.key().sign(&content).map_err(SignError::Key)?;
        let mismatch = |_| SignatureError::BadSignature { refused: vec![EntryRefusal::Mismatch] };
        key.verify(&content, &content_signature).map_err(mismatch).map_err(VerifyError::from)?;

        let signature = identity.key().sign(&SigningInput::statement(&text)).map_err(SignError::Key)?;
        let x5u = identity.chain_file().path();
        let entry = SignatureEntry::new(&signature, x5u.clone());
        let verified = self.verify(publication, &identity, &text, &entry)?;
        Ok(Signed {
            chain: identity.chain_file().clone(),
            content_signatures: vec![SignatureEntry::new(&content_signature, x5u)],
            statement: text,
            statement_signatures: vec![entry],
            verified,
            version,
        })
    }

    fn name(&self) -> &SignerName {
        &self.name
    }

    fn root(&self) -> Sha256Digest {
        self.identity.load().root()
    }

    fn chain_path(&self) -> String {
        self.identity.load().chain_file().path()
    }

    fn renews_at(&self) -> Option<Timestamp> {
        let identity = self.identity.load();
        let is_ours = matches!(self.source, KeySource::Folder(_) | KeySource::Memory(_));
        let at = identity.not_after().minus_millis(self.lifetimes.leaf_days.saturating_mul(DAY_MILLIS) / 2);
        let mut above = identity.certificates().iter().skip(1);
        (is_ours && above.all(|certificate| certificate.not_after() > identity.not_after())).then_some(at)
    }

    fn certificates(&self, now: Timestamp) -> Vec<CertificateLife> {
        let identity = self.identity.load();
        let last = identity.certificates().len().saturating_sub(1);
        let lives = identity.certificates().iter().enumerate().map(|(index, certificate)| {
            let role = match index {
                0 => CertificateRole::Leaf,
                index if index == last => CertificateRole::Root,
                _ => CertificateRole::Intermediate,
            };
            let ours = matches!(self.source, KeySource::Folder(_) | KeySource::Memory(_));
            let is_half_over = if ours && role == CertificateRole::Leaf {
                identity.is_half_over(self.lifetimes.leaf_days, now)
            } else {
                certificate.is_half_over(now)
            };
            let stage = if now > certificate.not_after() {
                LifeStage::Ended
            } else if is_half_over {
                LifeStage::HalfOver
            } else {
                LifeStage::Young
            };
            CertificateLife { certificate: certificate.clone(), role, stage }
        });
        lives.collect()
    }
}

impl fmt::Debug for LocalSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSigner")
            .field("name", &self.name)
            .field("root", &self.root())
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

/// Where a local signer has its key from.
#[derive(Debug)]
pub enum KeySource {
    /// Another authority's, in files that the operator renews.
    Brought {
        /// The chain, leaf first, root last.
        chain_file: PathBuf,
        /// The leaf's private key.
        key_file: PathBuf,
    },
    /// The service's own folder.
    Folder(KeyFolder),
    /// An authority in memory, gone with the process: for tests and demonstrations.
    Memory(Box<Issuer>),
}

/// How long things are good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lifetimes {
    /// How many days ahead a leaf ends.
    pub leaf_days: u64,
    /// How many days ahead a statement expires.
    pub statement_days: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { leaf_days: 90, statement_days: 14 }
    }
}

/// What a look at the leaf's age led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Renewal {
    /// Nothing to do.
    NotDue,
    /// A new leaf is in use.
    Renewed,
}

/// What the records of a publication come to.
struct Hashed {
    content: Sha384Digest,
    count: u64,
    root: Sha256Digest,
}

impl Hashed {
    /// One pass over the stored bytes: the content's digest as a stream, the root from the stored leaves.
    fn of(records: &mut dyn Records, timestamp: Timestamp) -> Result<Self, SignError> {
        let mut content = ContentHasher::new();
        let mut pairs: Vec<(Key, Leaf)> = Vec::new();
        let mut last: Option<String> = None;
        let mut in_order = true;
        records.visit(&mut |record| {
            in_order &= last.as_deref().is_none_or(|last| last < record.id);
            last.get_or_insert_default().replace_range(.., record.id);
            content.push(&record.record);
            pairs.push((record.key, record.leaf));
        })?;
        if !in_order {
            return Err(SignError::RecordOrder);
        }
        let count = u64::try_from(pairs.len()).unwrap_or(u64::MAX);
        // A key that comes twice under two ids would be a collision of SHA-256.
        let root = tree::root(&mut pairs).map_err(|_| SignError::RecordOrder)?;
        Ok(Self { content: content.finish(timestamp), count, root })
    }
}

const DAY_MILLIS: u64 = 86_400_000;
/// How often another process may be faster before we give up.
const MAX_RACES: usize = 16;
