//! Signing again, on a schedule, what is published: before clients would call it stale, and as soon as there is a new leaf.

use super::{
    Actor, Services,
    review::{self, ReviewError},
};
use crate::{
    signing::Statement,
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
    let statement = Statement::parse(&latest.statement)
        .map_err(|_| StorageError::Corrupt { table: "publications", column: "statement" })?;
    let mut entries = latest.statement_signatures.iter().chain(&latest.content_signatures);
    let is_past_middle = statement.expires.is_some_and(|expires| {
        let from_issue = now.as_millis().saturating_sub(statement.issued.as_millis());
        from_issue.saturating_mul(2) >= expires.as_millis().saturating_sub(statement.issued.as_millis())
    });
    Ok(is_past_middle || entries.any(|entry| entry.x5u != chain_path))
}
