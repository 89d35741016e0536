//! Signing again, on a schedule, what is published: before clients would call it stale, and as soon as there is a new leaf.

use super::{
    Actor, Scope, Services, overview,
    review::{self, ReviewError},
};
use crate::{
    signing::{Certificate, Chain, Statement},
    storage::{Publication, StorageError, Tx},
    types::{CollectionPath, Timestamp},
};

/// Signs again every publication whose statement is past the middle of its time, or whose chain is not the signer's current
/// one (`statement` §4.3); says which. Each is a transaction of its own, so a failure leaves the ones before done.
///
/// The source is not touched: nobody edits or approves anything. The leaf itself is renewed by the signer before.
pub fn run_due(services: &Services) -> Result<Vec<CollectionPath>, ReviewError> {
    let now = services.clock.now();
    let chain_path = services.signer.chain_path();
    let due: Vec<CollectionPath> = services.store.read(|tx| due(tx, services, (&chain_path, now)))?;
    for path in &due {
        services.write(&Actor::plugin(), |scope| review::sign_again(scope, path))?;
    }
    Ok(due)
}

/// The latest signature of something published, and how long it is good.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// When it is signed again by itself: at the middle of its time; `None` where it is good for ever.
    pub again: Option<Timestamp>,
    /// After it clients call the data stale.
    pub expires: Option<Timestamp>,
    /// Whether it was made with the leaf that signs now.
    pub is_current: bool,
    /// When it was signed.
    pub issued: Timestamp,
    /// The preview or destination.
    pub path: CollectionPath,
    /// Its version.
    pub version: u64,
}

/// How long each publication is good that the actor may know of: those of the resources whose source they may read.
pub fn standings(scope: &mut Scope<'_>) -> Result<Vec<Standing>, StorageError> {
    let mut standings = Vec::new();
    for line in overview::list(scope)? {
        let resource = &line.resource;
        for path in [Some(&resource.destination), resource.preview.as_ref()].into_iter().flatten() {
            let Some(latest) = scope.tx.latest_publication(path)? else { continue };
            let statement = statement(&latest)?;
            let chain_path = scope.services.signer.chain_path();
            standings.push(Standing {
                again: statement.expires.map(|expires| middle(statement.issued, expires)),
                expires: statement.expires,
                is_current: latest.statement_signatures.iter().all(|entry| entry.x5u == chain_path),
                issued: statement.issued,
                path: path.clone(),
                version: latest.version,
            });
        }
    }
    Ok(standings)
}

/// The leaves that ever signed something here under the root of now, oldest first.
pub fn leaves(scope: &mut Scope<'_>) -> Result<Vec<Certificate>, StorageError> {
    let root = scope.services.signer.root();
    let mut leaves = Vec::new();
    for pem in scope.tx.list_chains()? {
        let Ok(chain) = Chain::parse_pem(pem.as_bytes()) else { continue };
        let leaf = chain.iter().next().and_then(Certificate::parse);
        leaves.extend(leaf.filter(|_| chain.root_digest() == root));
    }
    leaves.sort_by_key(Certificate::not_before);
    Ok(leaves)
}

fn due(
    tx: &mut dyn Tx,
    services: &Services,
    (chain_path, now): (&str, Timestamp),
) -> Result<Vec<CollectionPath>, StorageError> {
    let mut due = Vec::new();
    for path in tx.list_published_paths()? {
        if services.settings.resources.of_published(&path).is_some()
            && let Some(latest) = tx.latest_publication(&path)?
            && is_due(&latest, chain_path, now)?
        {
            due.push(path);
        }
    }
    Ok(due)
}

fn is_due(latest: &Publication, chain_path: &str, now: Timestamp) -> Result<bool, StorageError> {
    let statement = statement(latest)?;
    let mut entries = latest.statement_signatures.iter().chain(&latest.content_signatures);
    let is_past_middle = statement.expires.is_some_and(|expires| now >= middle(statement.issued, expires));
    Ok(is_past_middle || entries.any(|entry| entry.x5u != chain_path))
}

/// Of an odd number of milliseconds the later middle: it is past when half is over.
fn middle(issued: Timestamp, expires: Timestamp) -> Timestamp {
    issued.plus_millis(expires.as_millis().saturating_sub(issued.as_millis()).div_ceil(2))
}

fn statement(publication: &Publication) -> Result<Statement, StorageError> {
    Statement::parse(&publication.statement)
        .map_err(|_| StorageError::Corrupt { table: "publications", column: "statement" })
}
