//! After a restore from a backup: versions and timestamps go above what clients may have seen (`statement` §4.5).

use std::collections::BTreeMap;

use super::{
    Actor, RowError, Services,
    review::{self, ReviewError},
};
use crate::{
    signing::{Ledger, LedgerError},
    storage::{ListKey, StorageError},
    types::{CollectionPath, Timestamp},
};

/// A collection after recovery.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recovered {
    /// The collection.
    pub path: CollectionPath,
    /// Version and records timestamp that were published; `None` where nothing is published there now, and the version is
    /// raised for the day when it is.
    pub published: Option<(u64, Timestamp)>,
}

/// Database and ledger do not tell the same: one of them is from a backup, or a publication was signed and lost.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Disagreement {
    /// The collection.
    pub path: CollectionPath,
    /// The highest version in the database; 0 if none.
    pub published: u64,
    /// The highest spent version; 0 if none.
    pub spent: u64,
}

/// Why recovery stopped. What was done before stays; it can be run again.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Signing or writing.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<RowError> for RecoverError {
    fn from(error: RowError) -> Self {
        Self::Review(error.into())
    }
}

/// Raises versions and timestamps of everything that was ever published or spent, and publishes it again.
///
/// Versions count publications, so none ever is as high as the milliseconds since the epoch: raised to those, a version is
/// above what any client has seen, however old the backup and however often this is run; and it is no more ahead than the
/// clock.
pub fn recover(services: &Services, ledger: &dyn Ledger) -> Result<Vec<Recovered>, RecoverError> {
    let mut recovered = Vec::new();
    for (path, standing) in standings(services, ledger)? {
        let now = services.clock.now();
        let version = standing.published.max(standing.spent).max(now.as_millis());
        ledger.raise(&path, version)?;
        let published = if is_published(services, &path)? { Some(publish(services, &path)?) } else { None };
        recovered.push(Recovered { path, published });
    }
    Ok(recovered)
}

/// Where database and ledger do not tell the same: `doctor` asks for [`recover`] then.
pub fn disagreements(services: &Services, ledger: &dyn Ledger) -> Result<Vec<Disagreement>, RecoverError> {
    let standings = standings(services, ledger)?.into_iter();
    Ok(standings
        .map(|(path, Standing { published, spent })| Disagreement { path, published, spent })
        .filter(|found| found.published != found.spent)
        .collect())
}

#[derive(Clone, Copy, Default)]
struct Standing {
    published: u64,
    spent: u64,
}

fn standings(
    services: &Services,
    ledger: &dyn Ledger,
) -> Result<BTreeMap<CollectionPath, Standing>, RecoverError> {
    let mut standings: BTreeMap<CollectionPath, Standing> = BTreeMap::new();
    services.store.read(|tx| -> Result<(), StorageError> {
        for path in tx.list_published_paths()? {
            let latest = tx.latest_publication(&path)?.map_or(0, |latest| latest.version);
            standings.entry(path).or_default().published = latest;
        }
        Ok(())
    })?;
    for (path, spent) in ledger.list()? {
        standings.entry(path).or_default().spent = spent.version;
    }
    Ok(standings)
}

/// Whether something is published there, and still by a resource.
fn is_published(services: &Services, path: &CollectionPath) -> Result<bool, StorageError> {
    let is_named = services.settings.resources.of_published(path).is_some();
    Ok(is_named && services.store.read(|tx| tx.latest_publication(path))?.is_some())
}

fn publish(services: &Services, path: &CollectionPath) -> Result<(u64, Timestamp), RecoverError> {
    services.write(&Actor::plugin(), |scope| {
        let list = ListKey::Records(path.clone());
        let last = scope.tx.find_timestamp(&list)?.unwrap_or(Timestamp::ZERO);
        scope.tx.put_timestamp(&list, last.plus_millis(1).max(scope.now))?;
        review::sign_again(scope, path)?;
        let latest = scope.tx.latest_publication(path)?.ok_or(StorageError::Dangling)?;
        Ok((latest.version, latest.timestamp))
    })
}
