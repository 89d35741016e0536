//! Every publication as a client would judge it, from the bytes that are served; and the whole line of statements before it.

use super::{
    super::console::{Page, records},
    Area, Finding,
};
use crate::{
    canonical,
    client::{StepResult, verify_file},
    signing::Statement,
    storage::{Entry, Publication, StorageError, Visit},
    types::{CollectionPath, Sha256Digest, Timestamp, Value},
    workflow::{Services, published},
};

/// Checks the latest publication of every path, and that each statement names the one before it.
pub(super) fn check(services: &Services, progress: &Page) -> Vec<Finding> {
    let paths = match services.store.read(|tx| tx.list_published_paths()) {
        Ok(paths) => paths,
        Err(error) => return vec![unreadable(&error.to_string())],
    };
    paths
        .iter()
        .map(|path| {
            progress.progress(&format!("verifying {path} …"));
            one(services, path).unwrap_or_else(|error: StorageError| unreadable(&format!("{path}: {error}")))
        })
        .collect()
}

fn one(services: &Services, path: &CollectionPath) -> Result<Finding, StorageError> {
    let Some(served) = Served::read(services, path)? else {
        return Ok(Finding::note(
            Area::Publication,
            format!("{path} was published once, and no resource names it now"),
            "Nothing to do if that is meant. Clients of it will find its data stale.",
        ));
    };
    if let Some(version) = broken_line(services, path)? {
        return Ok(Finding::trouble(
            Area::Publication,
            format!("{path}: version {version} does not name the statement before it"),
            "Keep a copy of the folder, and put the last good backup in its place.",
        ));
    }
    let now = services.clock.now();
    let count = served.versions;
    let verification = verify_file(&services.verifier, Some(path), served.body, served.chain.as_bytes(), now);
    let worst = verification.steps.iter().find_map(|step| match &step.result {
        StepResult::Failed(words) => {
            Some((false, format!("{path}: that {} does not hold: {words}", step.check)))
        }
        StepResult::Noted(words) => Some((true, format!("{path}: {words}"))),
        StepResult::Holds(_) | StepResult::NotReached => None,
    });
    let mend = "A running service signs it again by itself: see its log. `countersign keys inspect` shows the keys' dates.";
    Ok(match (worst, verification.outcome) {
        (Some((_, sentence)), _) => Finding::trouble(Area::Publication, sentence, mend),
        (None, Err(failure)) => Finding::trouble(Area::Publication, format!("{path}: {failure}"), mend),
        (None, Ok(snapshot)) => Finding::good(
            Area::Publication,
            format!(
                "{path}: verified, {} and {count} {} in one line",
                records(snapshot.len()),
                if count == 1 { "statement" } else { "statements" }
            ),
        ),
    })
}

/// What clients get.
struct Served {
    body: Vec<u8>,
    chain: String,
    versions: usize,
}

impl Served {
    fn read(services: &Services, path: &CollectionPath) -> Result<Option<Self>, StorageError> {
        services.store.read(|tx| {
            if services.settings.resources.of_published(path).is_none() {
                return Ok(None);
            }
            let Some(latest) = tx.latest_publication(path)? else { return Ok(None) };
            let Some(metadata) = published::metadata(tx, &services.settings, path)? else { return Ok(None) };
            let timestamp = published::timestamp(tx, path)?.unwrap_or(Timestamp::ZERO);
            let mut body = b"{\"changes\":[".to_vec();
            let start = body.len();
            published::visit(tx, path, None, &mut |_, entry| {
                match entry {
                    Entry::Deleted(_) => {}
                    Entry::Live(visited) => {
                        if body.len() > start {
                            body.push(b',');
                        }
                        visited.record.write_to(&mut body);
                    }
                }
                Visit::Continue
            })?;
            body.extend_from_slice(b"],\"metadata\":");
            canonical::write(&Value::from(metadata), &mut body);
            body.extend_from_slice(format!(",\"timestamp\":{timestamp}}}").as_bytes());
            let chain = match chain_digest(&latest) {
                Some(digest) => tx.find_chain(&digest)?.unwrap_or_default(),
                None => String::new(),
            };
            let versions = tx.list_publications(path, 0, EVERYTHING)?.len();
            Ok(Some(Self { body, chain, versions }))
        })
    }
}

/// The first version whose `previous` is not the hash of the statement before it.
fn broken_line(services: &Services, path: &CollectionPath) -> Result<Option<u64>, StorageError> {
    let all = services.store.read(|tx| tx.list_publications(path, 0, EVERYTHING))?;
    let mut before: Option<Sha256Digest> = None;
    for publication in all {
        let named = Statement::parse(&publication.statement).ok().map(|statement| statement.previous);
        if named != Some(before) {
            return Ok(Some(publication.version));
        }
        before = Some(Statement::hash_of_text(&publication.statement));
    }
    Ok(None)
}

/// The chain's name: `/v1/cert-chains/<digest>.pem`.
fn chain_digest(publication: &Publication) -> Option<Sha256Digest> {
    let x5u = &publication.statement_signatures.first()?.x5u;
    Sha256Digest::parse(x5u.rsplit('/').next()?.strip_suffix(".pem")?).ok()
}

fn unreadable(words: &str) -> Finding {
    Finding::trouble(
        Area::Publication,
        words,
        "Put the folder back from the backup, then `countersign recover`.",
    )
}

const EVERYTHING: usize = 10_000_000;
