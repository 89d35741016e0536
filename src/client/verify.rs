//! A first fetch, judged step by step and out loud: for people who do not trust us, and for the command `verify`.
//!
//! The rules are those of a sync, in the same function. Two steps follow that a client need not take: the digest that ties
//! the statement to the content signature, and that signature itself.

use std::{cmp::Ordering, fmt};

use super::{
    chains::{ChainCache, FetchedChains},
    changeset::Changeset,
    judge::{Fetch, Held, JudgeError, Verdict, judge, refuse_statement, verify_content},
    refusal::{Malformed, Refusal},
    report::SyncFailure,
    settings::{ClientConfig, Rules, TrustBasis},
    snapshot::Snapshot,
    transport::{Follow, Transport, fetch},
};
use crate::signing::{ChainSource, ChainUnavailable, ContentHasher, SignatureEntry, Statement, Verifier};
use crate::types::{BucketId, CollectionId, CollectionPath, Timestamp};

/// What was checked, and what came of it.
#[derive(Debug)]
pub struct Verification {
    /// The records, or why there are none.
    pub outcome: Result<Snapshot, SyncFailure>,
    /// Each step in its order, those that were not reached included.
    pub steps: Vec<Step>,
}

impl Verification {
    /// Whether everything that was checked holds.
    pub fn holds(&self) -> bool {
        let failed = self.steps.iter().any(|step| match step.result {
            StepResult::Failed(_) | StepResult::NotReached => true,
            StepResult::Holds(_) | StepResult::Noted(_) => false,
        });
        self.outcome.is_ok() && !failed
    }
}

/// One step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// What is checked.
    pub check: Check,
    /// What came of it.
    pub result: StepResult,
}

/// What came of a step, in words for people.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum StepResult {
    /// It does not hold: nothing after it was looked at.
    Failed(String),
    /// It holds.
    Holds(String),
    /// It holds, and there is something to know about it.
    Noted(String),
    /// A step before it failed.
    NotReached,
}

/// The steps, in their order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Check {
    /// The answer came whole.
    Fetched,
    /// It is a changeset with a statement.
    Form,
    /// A signature over the statement is good: the chain leads to the pinned root, the leaf is the signer's.
    Signature,
    /// The text is a statement, in its one spelling.
    Statement,
    /// It is of the bucket and collection that were asked for.
    Collection,
    /// It has the changeset's timestamp.
    Timestamp,
    /// Version and timestamp are not too far ahead of the clock.
    Clock,
    /// The records are those that it commits to.
    Records,
    /// It has not expired.
    Freshness,
    /// It names the digest of the content signature's message.
    ContentDigest,
    /// The content signature, which other clients go by, is good too.
    ContentSignature,
}

impl Check {
    /// All steps in their order.
    pub const ALL: [Self; 11] = [
        Self::Fetched,
        Self::Form,
        Self::Signature,
        Self::Statement,
        Self::Collection,
        Self::Timestamp,
        Self::Clock,
        Self::Records,
        Self::Freshness,
        Self::ContentDigest,
        Self::ContentSignature,
    ];
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clock => "the version and the timestamp are not ahead of the clock",
            Self::Collection => "the statement is of the collection that was asked for",
            Self::ContentDigest => "the statement names the digest of the signed content",
            Self::ContentSignature => "the content signature is good",
            Self::Fetched => "the answer came whole",
            Self::Form => "the answer is a changeset with a statement",
            Self::Freshness => "the statement has not expired",
            Self::Records => "the records are those of the statement",
            Self::Signature => "the statement is signed under the pinned root by the expected signer",
            Self::Statement => "the statement is read in one way only",
            Self::Timestamp => "the statement is of the same time as the records",
        })
    }
}

/// Fetches everything and checks it as a client without a state does.
pub fn verify<T: Transport + ?Sized>(
    config: &ClientConfig,
    transport: &mut T,
    now: Timestamp,
) -> Verification {
    transport.begin();
    let url = config.changeset_url(Timestamp::ZERO, None);
    let body = match fetch(transport, url.clone(), config.max_bytes, Follow::Anywhere) {
        Ok(body) => body,
        Err(error) => return ended(Vec::new(), SyncFailure::Unreachable(error)),
    };
    let fetched = format!("{} bytes from {url}", body.len());
    let mut cache = ChainCache::default();
    let mut chains = FetchedChains {
        asked: &url,
        bytes: 0,
        cache: &mut cache,
        faults: Vec::new(),
        hosts: config.chain_hosts,
        transport,
    };
    let mut verification =
        verify_body(Some(&config.rules.path), &config.rules.verifier, body, fetched, &mut chains, now);
    if let Err(SyncFailure::ChainUnavailable(faults)) = &mut verification.outcome {
        *faults = chains.faults;
    }
    verification
}

/// Checks an answer and a chain that somebody kept. Without `path`, whatever collection the statement is of.
pub fn verify_file(
    verifier: &Verifier,
    path: Option<&CollectionPath>,
    body: Vec<u8>,
    chain: &[u8],
    now: Timestamp,
) -> Verification {
    let fetched = format!("{} bytes from a file", body.len());
    let mut chains = |_: &str| Ok::<_, ChainUnavailable>(chain.to_vec());
    verify_body(path, verifier, body, fetched, &mut chains, now)
}

fn verify_body(
    path: Option<&CollectionPath>,
    verifier: &Verifier,
    body: Vec<u8>,
    fetched: String,
    chains: &mut dyn ChainSource,
    now: Timestamp,
) -> Verification {
    let mut steps = vec![Step { check: Check::Fetched, result: StepResult::Holds(fetched) }];
    let mut changeset = match Changeset::parse(body) {
        Ok(changeset) => changeset,
        Err(reason) => return ended(steps, Refusal::from(reason).into()),
    };
    let path = match path.map_or_else(|| path_of(&changeset), |path| Ok(path.clone())) {
        Ok(path) => path,
        Err(refusal) => return ended(steps, refusal.into()),
    };
    let rules = Rules { basis: TrustBasis::Statement, lowest: None, path, verifier: verifier.clone() };
    match judge(&rules, &Held::default(), Fetch::Whole, &mut changeset, chains, now) {
        Ok(Verdict::Apply(snapshot)) => {
            hold(&mut steps, &rules, &snapshot, now);
            steps.push(content_digest(&snapshot));
            steps.push(content_signature(verifier, &snapshot, &changeset.content_signatures, chains, now));
            Verification { outcome: Ok(snapshot), steps }
        }
        // Without a state, and asked for everything, there is nothing to be older than, and nothing more to ask.
        Ok(Verdict::Older | Verdict::UpToDate) => ended(steps, Refusal::StatementMissing.into()),
        Ok(Verdict::FetchWhole(refusal)) | Err(JudgeError::Refused(refusal)) => ended(steps, refusal.into()),
        Err(JudgeError::ChainUnavailable) => ended(steps, SyncFailure::ChainUnavailable(Vec::new())),
    }
}

/// The collection that the statement says it is of.
fn path_of(changeset: &Changeset) -> Result<CollectionPath, Refusal> {
    let carried = changeset.carried.as_ref().ok_or(Refusal::StatementMissing)?;
    let statement = Statement::parse(&carried.text).map_err(refuse_statement)?;
    let bucket = BucketId::parse(&statement.bucket).map_err(|_| Refusal::WrongBucket)?;
    let collection = CollectionId::parse(&statement.collection).map_err(|_| Refusal::WrongCollection)?;
    Ok(CollectionPath::new(bucket, collection))
}

/// The steps of a sync, all of which hold.
fn hold(steps: &mut Vec<Step>, rules: &Rules, snapshot: &Snapshot, now: Timestamp) {
    let Some(statement) = snapshot.statement() else { return };
    let mut add = |check, result| steps.push(Step { check, result });
    let previous = statement.previous.map_or_else(|| "the first".to_owned(), |hash| format!("after {hash}"));
    add(Check::Form, StepResult::Holds(format!("{} bytes of records", snapshot.bytes())));
    add(
        Check::Signature,
        StepResult::Holds(format!("{} under {}", rules.verifier.signer(), rules.verifier.root())),
    );
    add(Check::Statement, StepResult::Holds(format!("version {}, {previous}", statement.version)));
    add(Check::Collection, StepResult::Holds(rules.path.to_string()));
    let date = statement.timestamp.to_iso8601();
    add(Check::Timestamp, StepResult::Holds(format!("{} ({date})", statement.timestamp)));
    add(Check::Clock, StepResult::Holds(now.to_iso8601()));
    add(Check::Records, StepResult::Holds(format!("{} records, root {}", statement.count, statement.root)));
    add(
        Check::Freshness,
        match statement.expires {
            None => StepResult::Noted("it never expires: nobody can tell a frozen copy".to_owned()),
            Some(expires) if expires < now => StepResult::Noted(format!(
                "it expired {}: newer data may be kept from you",
                expires.to_iso8601()
            )),
            Some(expires) => StepResult::Holds(format!("until {}", expires.to_iso8601())),
        },
    );
}

fn content_digest(snapshot: &Snapshot) -> Step {
    let mut hasher = ContentHasher::new();
    for (_, record) in snapshot.records_by_id() {
        hasher.push_bytes(record.as_bytes());
    }
    let actual = hasher.finish(snapshot.timestamp());
    let is_named = snapshot.statement().is_some_and(|statement| statement.content == actual);
    let hex = actual.to_hex();
    let result = if is_named {
        StepResult::Holds(hex)
    } else {
        StepResult::Failed(format!("the content of these records is {hex}"))
    };
    Step { check: Check::ContentDigest, result }
}

fn content_signature(
    verifier: &Verifier,
    snapshot: &Snapshot,
    signatures: &[SignatureEntry],
    chains: &mut dyn ChainSource,
    now: Timestamp,
) -> Step {
    let result = match verify_content(verifier, snapshot, signatures, chains, now) {
        Ok(()) => StepResult::Holds(format!("one of {}", signatures.len())),
        Err(_) if signatures.is_empty() => {
            StepResult::Noted("there is none: other clients refuse it".to_owned())
        }
        Err(JudgeError::ChainUnavailable) => StepResult::Failed("its chain could not be fetched".to_owned()),
        Err(JudgeError::Refused(refusal)) => StepResult::Failed(refusal.to_string()),
    };
    Step { check: Check::ContentSignature, result }
}

/// The rules are looked at in the order of the steps: those before the one that failed hold.
fn ended(mut steps: Vec<Step>, failure: SyncFailure) -> Verification {
    let failed = check_of(&failure);
    let reason = failure.to_string();
    for check in Check::ALL {
        let result = match check.cmp(&failed) {
            _ if steps.iter().any(|step| step.check == check) => continue,
            Ordering::Less => StepResult::Holds(String::new()),
            Ordering::Equal => StepResult::Failed(reason.clone()),
            Ordering::Greater => StepResult::NotReached,
        };
        steps.push(Step { check, result });
    }
    Verification { outcome: Err(failure), steps }
}

fn check_of(failure: &SyncFailure) -> Check {
    match failure {
        SyncFailure::ChainUnavailable(_) => Check::Signature,
        SyncFailure::Backoff { .. }
        | SyncFailure::Locked
        | SyncFailure::StoreUnusable(_)
        | SyncFailure::Unreachable(_) => Check::Fetched,
        SyncFailure::Refused(refusal) => match refusal {
            Refusal::BadSignature(_) => Check::Signature,
            Refusal::Malformed(Malformed::Entry { .. } | Malformed::RepeatedId)
            | Refusal::Equivocation(_)
            | Refusal::RootMismatch { .. }
            | Refusal::TimestampWentBack { .. } => Check::Records,
            Refusal::Malformed(Malformed::Statement(_)) | Refusal::UnknownCritical | Refusal::UnknownType => {
                Check::Statement
            }
            Refusal::Malformed(Malformed::Json(_) | Malformed::Member(_) | Malformed::TooManyMembers)
            | Refusal::StatementMissing => Check::Form,
            Refusal::TimestampMismatch => Check::Timestamp,
            Refusal::TooFarAhead => Check::Clock,
            Refusal::WrongBucket | Refusal::WrongCollection => Check::Collection,
        },
    }
}
