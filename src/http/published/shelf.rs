//! What is held of the published collections: built at the first read, forgotten when a publication is committed.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use actix_web::web;
use arc_swap::ArcSwap;
use bytes::Bytes;

use super::{
    changes::Changes,
    snapshot::{Built, Snapshot},
};
use crate::{
    http::{Problem, problem::Code},
    storage::{ListKey, ObjectKey, StorageError, Tx},
    types::{CollectionPath, Sha256Digest, Timestamp},
    workflow::{Actor, Listener, ResourceEnd, Scope, Services},
};

/// The published collections in memory.
///
/// A reader takes one pointer and never waits for a writer. Memory is bounded: what does not fit is not held, and answered
/// from the database.
#[derive(Debug)]
pub struct Published {
    /// One builder at a time: those who wait find what it built, and memory is asked for once.
    building: tokio::sync::Mutex<()>,
    held: ArcSwap<Held>,
    ledger: Mutex<Ledger>,
    max_bytes: usize,
    /// `changes.resources`; `None`: everything that is published.
    monitored: Option<Vec<ResourceEnd>>,
    step: AtomicU64,
}

/// What readers see. Replaced whole.
#[derive(Clone, Debug, Default)]
struct Held {
    chains: HashMap<Sha256Digest, Bytes>,
    changes: Option<Arc<Changes>>,
    /// By [`shelf_key`].
    collections: HashMap<String, Place>,
}

/// What is known of a collection.
#[derive(Clone, Debug)]
enum Place {
    Ready(Arc<Snapshot>),
    /// It does not fit. So that nobody tries again until it is published anew.
    TooLarge,
}

/// What was published while something was being built.
#[derive(Debug, Default)]
struct Ledger {
    /// Times that each collection was published since the start.
    generations: HashMap<String, u64>,
    /// Times of the collections as a look at the database last saw them.
    seen: HashMap<CollectionPath, Times>,
    /// Times that anything was published since the start.
    total: u64,
}

/// When a collection's records, and the collection itself, were last changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Times {
    metadata: Option<Timestamp>,
    records: Option<Timestamp>,
}

impl Published {
    /// Holds nothing yet, and never more than about `max_bytes` of collections (while one is replaced, twice that).
    pub fn new(max_bytes: u64, monitored: Option<Vec<ResourceEnd>>) -> Self {
        Self {
            building: tokio::sync::Mutex::new(()),
            held: ArcSwap::default(),
            ledger: Mutex::default(),
            max_bytes: usize::try_from(max_bytes).unwrap_or(usize::MAX),
            monitored,
            step: AtomicU64::new(0),
        }
    }

    /// What `changes.resources` says.
    pub(in crate::http) fn monitored(&self) -> Option<&[ResourceEnd]> {
        self.monitored.as_deref()
    }

    /// The list of changes.
    pub(super) async fn changes(&self, services: &Services) -> Result<Arc<Changes>, Problem> {
        let held = || self.held.load().changes.clone();
        if let Some(changes) = held() {
            return Ok(changes);
        }
        let _building = self.building.lock().await;
        if let Some(changes) = held() {
            return Ok(changes);
        }
        let before = self.ledger().total;
        let monitored = self.monitored.clone();
        let build = move |scope: &mut Scope<'_>| {
            Changes::build(scope.tx, &scope.services.settings, monitored.as_deref())
        };
        let changes = Arc::new(read(services, build).await?);
        let ledger = self.ledger();
        if ledger.total == before {
            self.replace(|held| held.changes = Some(Arc::clone(&changes)));
        }
        Ok(changes)
    }

    /// A published collection that everybody may read; `None` for everything else, and for what does not fit.
    pub(super) async fn collection(
        &self,
        key: &str,
        services: &Services,
    ) -> Result<Option<Arc<Snapshot>>, Problem> {
        match self.place(key) {
            Some(Place::Ready(snapshot)) => return Ok(Some(snapshot)),
            Some(Place::TooLarge) => return Ok(None),
            None => {}
        }
        let Some(path) = published_path(key, services) else { return Ok(None) };
        // Asked outside the queue of builders: names that do not exist must not keep others waiting.
        let object = ObjectKey::Collection(path.clone());
        if read(services, move |scope| scope.tx.find_object(&object)).await?.is_none() {
            return Ok(None);
        }
        let _building = self.building.lock().await;
        match self.place(key) {
            Some(Place::Ready(snapshot)) => return Ok(Some(snapshot)),
            Some(Place::TooLarge) => return Ok(None),
            None => {}
        }
        let before = self.generation(key);
        let max_bytes = self.max_bytes;
        let build = move |scope: &mut Scope<'_>| {
            Snapshot::build(scope.tx, &scope.services.settings, &path, max_bytes)
        };
        Ok(match read(services, build).await? {
            Built::Absent | Built::Private => None,
            Built::Ready(snapshot) => {
                let snapshot = Arc::new(snapshot);
                snapshot.touch(self.step.fetch_add(1, Ordering::Relaxed));
                self.hold(key, before, Place::Ready(Arc::clone(&snapshot)));
                Some(snapshot)
            }
            Built::TooLarge => {
                self.hold(key, before, Place::TooLarge);
                None
            }
        })
    }

    /// A chain file. Never changes, so nothing ever forgets it but the bound on their number.
    pub(super) async fn chain(
        &self,
        digest: Sha256Digest,
        services: &Services,
    ) -> Result<Option<Bytes>, Problem> {
        if let Some(pem) = self.held.load().chains.get(&digest) {
            return Ok(Some(pem.clone()));
        }
        let found = read(services, move |scope| scope.tx.find_chain(&digest)).await?;
        let Some(pem) = found.map(Bytes::from) else { return Ok(None) };
        let _ledger = self.ledger();
        self.replace(|held| {
            if held.chains.len() >= CHAINS_MAX {
                held.chains.clear();
            }
            held.chains.insert(digest, pem.clone());
        });
        Ok(Some(pem))
    }

    /// Forgets what another process has published meanwhile. Reads two numbers for each published collection.
    pub(in crate::http) fn look(&self, services: &Services) -> Result<(), StorageError> {
        let now = services.read(&Actor::anonymous(), |scope| times(scope.tx))?;
        let before = std::mem::replace(&mut self.ledger().seen, now.clone());
        let changed: Vec<CollectionPath> = now
            .into_iter()
            .filter(|(path, times)| before.get(path) != Some(times))
            .map(|(path, _)| path)
            .collect();
        if !changed.is_empty() {
            self.published(&changed);
        }
        Ok(())
    }

    /// What is known of a collection, noting that it was asked for.
    fn place(&self, key: &str) -> Option<Place> {
        let place = self.held.load().collections.get(key).cloned();
        if let Some(Place::Ready(snapshot)) = &place {
            snapshot.touch(self.step.fetch_add(1, Ordering::Relaxed));
        }
        place
    }

    fn generation(&self, key: &str) -> u64 {
        self.ledger().generations.get(key).copied().unwrap_or_default()
    }

    /// Holds what was built, unless it was published again since `before`; the longest unasked make room.
    fn hold(&self, key: &str, before: u64, place: Place) {
        let ledger = self.ledger();
        if ledger.generations.get(key).copied().unwrap_or_default() != before {
            return;
        }
        self.replace(|held| {
            held.collections.insert(key.to_owned(), place);
            let mut sizes: Vec<(u64, usize, String)> = Vec::new();
            for (key, place) in &held.collections {
                if let Place::Ready(snapshot) = place {
                    sizes.push((snapshot.used(), snapshot.size(), key.clone()));
                }
            }
            sizes.sort_unstable();
            let mut total: usize = sizes.iter().map(|(_, size, _)| size).sum();
            for (_, size, key) in sizes {
                if total <= self.max_bytes {
                    break;
                }
                total -= size;
                held.collections.remove(&key);
            }
        });
    }

    /// Replaces what readers see. For whoever holds the ledger.
    fn replace(&self, change: impl FnOnce(&mut Held)) {
        let mut held = Held::clone(&self.held.load());
        change(&mut held);
        self.held.store(Arc::new(held));
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Published {
    fn published(&self, paths: &[CollectionPath]) {
        let mut ledger = self.ledger();
        ledger.total += 1;
        for path in paths {
            *ledger.generations.entry(shelf_key(path)).or_default() += 1;
        }
        self.replace(|held| {
            held.changes = None;
            for path in paths {
                held.collections.remove(&shelf_key(path));
            }
        });
    }
}

/// Runs `work` on one consistent state, off the event loop.
async fn read<T: Send + 'static>(
    services: &Services,
    work: impl FnOnce(&mut Scope<'_>) -> Result<T, StorageError> + Send + 'static,
) -> Result<T, Problem> {
    let services = services.clone();
    let result = web::block(move || services.read(&Actor::anonymous(), work)).await;
    Ok(result.map_err(|error| Problem::caused(Code::Internal, error))??)
}

/// `bucket/collections/collection`: a slice of the path that is asked for.
fn shelf_key(path: &CollectionPath) -> String {
    format!("{}/collections/{}", path.bucket, path.collection)
}

/// The preview or destination that a key names.
fn published_path(key: &str, services: &Services) -> Option<CollectionPath> {
    let (bucket, collection) = key.split_once("/collections/")?;
    let path = CollectionPath::parse(&format!("{bucket}/{collection}")).ok()?;
    services.settings.resources.of_published(&path).map(|_| path)
}

fn times(tx: &mut dyn Tx) -> Result<HashMap<CollectionPath, Times>, StorageError> {
    let mut all = HashMap::new();
    for path in tx.list_published_paths()? {
        let object = tx.find_object(&ObjectKey::Collection(path.clone()))?;
        let records = tx.find_timestamp(&ListKey::Records(path.clone()))?;
        all.insert(path, Times { metadata: object.map(|object| object.last_modified), records });
    }
    Ok(all)
}

/// A service has one chain for each leaf, a few in a year.
const CHAINS_MAX: usize = 64;
