//! The ledger of spent versions: what keeps a signer from signing two texts with one version (`statement` §4.4).

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Mutex, PoisonError},
};

use crate::types::{CollectionPath, Sha256Digest};

/// Remembers the highest version for which a signature may exist, for each bucket and collection.
///
/// Kept apart from the database, so that a restored database does not bring spent versions back.
pub trait Ledger: Debug + Send + Sync {
    /// The highest version spent for `path`.
    fn highest(&self, path: &CollectionPath) -> Result<Option<Spent>, LedgerError>;

    /// Every collection for which a version was spent or raised, with the highest; sorted by collection.
    fn list(&self) -> Result<Vec<(CollectionPath, Spent)>, LedgerError>;

    /// Spends `version` for the statement text with the SHA-256 `text_hash`. Durable when it returns: only then is the text
    /// signed, so what was spent and never published leaves a gap.
    ///
    /// The highest version is granted again for the very text it was spent for, and refused for any other; a lower one is
    /// refused always. Compares and writes in one step, also between processes.
    fn spend(&self, path: &CollectionPath, version: u64, text_hash: &Sha256Digest)
    -> Result<(), LedgerError>;

    /// Makes every version up to `version` count as spent, for no text: after a restore (`statement` §4.5). Durable when it
    /// returns. Does nothing where a version as high is spent.
    fn raise(&self, path: &CollectionPath, version: u64) -> Result<(), LedgerError>;
}

/// The highest spent version of a collection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Spent {
    /// SHA-256 of the text it was spent for; `None` if it was raised.
    pub text_hash: Option<Sha256Digest>,
    /// The version.
    pub version: u64,
}

/// Why the ledger grants no version.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LedgerError {
    /// The version is not greater than the highest, and the text is another.
    #[error("version {version} is spent; the highest is {highest}")]
    Spent {
        /// The highest spent version.
        highest: u64,
        /// The one that was asked for.
        version: u64,
    },
    /// The ledger cannot be read or written.
    #[error("ledger of spent versions unavailable: {what}")]
    Unavailable {
        /// What the driver said.
        what: String,
    },
}

impl Spent {
    /// The rule of [`Ledger::spend`], for every ledger: what `highest` says about spending `version` for `text_hash`.
    pub fn judge(
        highest: Option<&Self>,
        version: u64,
        text_hash: &Sha256Digest,
    ) -> Result<Spending, LedgerError> {
        match highest {
            Some(spent) if spent.version == version && spent.text_hash.as_ref() == Some(text_hash) => {
                Ok(Spending::Again)
            }
            Some(spent) if spent.version >= version => {
                Err(LedgerError::Spent { highest: spent.version, version })
            }
            Some(_) | None => Ok(Spending::New),
        }
    }
}

/// What spending a version means for the ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Spending {
    /// It is written there already.
    Again,
    /// It is to be written.
    New,
}

/// A ledger that lasts as long as the process: for tests and demonstrations. A service keeps a durable one.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<BTreeMap<CollectionPath, Spent>>);

impl Ledger for MemoryLedger {
    fn highest(&self, path: &CollectionPath) -> Result<Option<Spent>, LedgerError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path).copied())
    }

    fn list(&self) -> Result<Vec<(CollectionPath, Spent)>, LedgerError> {
        let spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(spent.iter().map(|(path, spent)| (path.clone(), *spent)).collect())
    }

    fn spend(
        &self,
        path: &CollectionPath,
        version: u64,
        text_hash: &Sha256Digest,
    ) -> Result<(), LedgerError> {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match Spent::judge(spent.get(path), version, text_hash)? {
            Spending::Again => {}
            Spending::New => {
                spent.insert(path.clone(), Spent { text_hash: Some(*text_hash), version });
            }
        }
        Ok(())
    }

    fn raise(&self, path: &CollectionPath, version: u64) -> Result<(), LedgerError> {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.get(path).is_none_or(|highest| highest.version < version) {
            spent.insert(path.clone(), Spent { text_hash: None, version });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> CollectionPath {
        CollectionPath::parse("main/demo").unwrap()
    }

    fn hash(text: &str) -> Sha256Digest {
        Sha256Digest::of(text.as_bytes())
    }

    #[test]
    fn a_version_is_spent_once_and_granted_again_for_the_same_text_only() {
        let ledger = MemoryLedger::default();
        assert_eq!(ledger.highest(&path()), Ok(None));
        assert_eq!(ledger.spend(&path(), 1, &hash("a")), Ok(()));
        assert_eq!(ledger.spend(&path(), 1, &hash("a")), Ok(()));
        assert_eq!(ledger.spend(&path(), 1, &hash("b")), Err(LedgerError::Spent { highest: 1, version: 1 }));
        assert_eq!(ledger.highest(&path()), Ok(Some(Spent { text_hash: Some(hash("a")), version: 1 })));
    }

    #[test]
    fn a_lower_version_is_refused_even_for_its_own_text() {
        let ledger = MemoryLedger::default();
        ledger.spend(&path(), 1, &hash("a")).unwrap();
        ledger.spend(&path(), 4, &hash("b")).unwrap();
        assert_eq!(ledger.spend(&path(), 1, &hash("a")), Err(LedgerError::Spent { highest: 4, version: 1 }));
    }

    #[test]
    fn raising_leaves_a_gap_and_never_lowers() {
        let ledger = MemoryLedger::default();
        ledger.spend(&path(), 3, &hash("a")).unwrap();
        ledger.raise(&path(), 10).unwrap();
        ledger.raise(&path(), 7).unwrap();
        assert_eq!(ledger.highest(&path()), Ok(Some(Spent { text_hash: None, version: 10 })));
        assert_eq!(
            ledger.spend(&path(), 10, &hash("a")),
            Err(LedgerError::Spent { highest: 10, version: 10 })
        );
        assert_eq!(ledger.spend(&path(), 11, &hash("c")), Ok(()));
    }

    #[test]
    fn collections_do_not_share_versions() {
        let ledger = MemoryLedger::default();
        ledger.spend(&path(), 9, &hash("a")).unwrap();
        let other = CollectionPath::parse("preview/demo").unwrap();
        assert_eq!(ledger.highest(&other), Ok(None));
        assert_eq!(ledger.spend(&other, 1, &hash("b")), Ok(()));
    }
}
