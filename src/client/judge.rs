//! The rules by which an answer becomes the next state, or does not (`statement` §5, steps 2 to 5). No network, no disk, no
//! clock: all of it is handed in.

use std::mem;

use super::{
    changeset::{Carried, Changeset},
    refusal::{Malformed, Refusal},
    settings::{Rules, TrustBasis},
    snapshot::{RecordSet, Snapshot},
    store::{Basis, Evidence, SignedText},
};
use crate::signing::{
    Asked, ChainSource, ChainUnavailable, ContentMessage, SignatureEntry, SignatureError, Statement,
    StatementError, Verified, Verifier, VerifyError,
};
use crate::types::{CollectionPath, Timestamp};

/// What a client has when it judges.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// The last applied statement; may be known where the records are lost.
    pub(super) applied: Option<Applied>,
    /// The last good state, if it is whole.
    pub(super) snapshot: Option<Snapshot>,
}

/// The last applied statement.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    pub(super) signed: SignedText,
    pub(super) statement: Statement,
}

impl Held {
    /// Of a whole state.
    pub(super) fn of(snapshot: Snapshot) -> Self {
        let applied = match (snapshot.basis(), snapshot.statement()) {
            (Basis::Statement(signed), Some(statement)) => {
                Some(Applied { signed: signed.clone(), statement: statement.clone() })
            }
            (Basis::Statement(_), None) | (Basis::ContentSignature { .. }, _) => None,
        };
        Self { applied, snapshot: Some(snapshot) }
    }

    /// Whether what is applied should have been signed again by now.
    pub(super) fn is_stale(&self, now: Timestamp) -> bool {
        let expires = self.applied.as_ref().and_then(|applied| applied.statement.expires);
        expires.is_some_and(|expires| expires < now)
    }
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fetch {
    /// What changed since the applied state.
    Delta,
    /// Everything.
    Whole,
}

/// What comes of an answer.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The next state.
    Apply(Snapshot),
    /// The changes do not lead to what is signed: fetch everything, once. What would have been said of a whole answer.
    FetchWhole(Refusal),
    /// Older than what is applied, or than the lowest version. The data is kept.
    Older,
    /// Nothing to do.
    UpToDate,
}

/// Why there is no verdict.
#[derive(Debug)]
pub(super) enum JudgeError {
    /// A chain was not had and nothing verified: a failure of the network.
    ChainUnavailable,
    /// Refused.
    Refused(Refusal),
}

impl From<Malformed> for JudgeError {
    fn from(reason: Malformed) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<Refusal> for JudgeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Judges an answer. Its entries are taken out only once its statement is good.
pub(super) fn judge(
    rules: &Rules,
    held: &Held,
    fetch: Fetch,
    changeset: &mut Changeset,
    chains: &mut dyn ChainSource,
    now: Timestamp,
) -> Result<Verdict, JudgeError> {
    match rules.basis {
        TrustBasis::ContentSignatureOnly => {
            judge_content(&rules.verifier, held, fetch, changeset, chains, now)
        }
        TrustBasis::Statement => judge_statement(rules, held, fetch, changeset, chains, now),
    }
}

fn judge_statement(
    rules: &Rules,
    held: &Held,
    fetch: Fetch,
    changeset: &mut Changeset,
    chains: &mut dyn ChainSource,
    now: Timestamp,
) -> Result<Verdict, JudgeError> {
    let carried = changeset.carried.as_ref().ok_or(Refusal::StatementMissing)?;
    let timestamp = changeset.timestamp;
    let (statement, signed) = verify(&rules.verifier, &rules.path, carried, timestamp, chains, now)?;
    match compare(rules.lowest, held, &statement, &signed)? {
        Comparison::GoOn => {}
        Comparison::Older => return Ok(Verdict::Older),
        Comparison::UpToDate => return Ok(Verdict::UpToDate),
    }
    let entries = mem::take(&mut changeset.entries);
    let records = match (fetch, &held.snapshot) {
        (Fetch::Delta, Some(snapshot)) => snapshot.record_set().updated(entries)?,
        (Fetch::Delta, None) | (Fetch::Whole, _) => RecordSet::default().updated(entries)?,
    };
    match commits_to(&statement, &records) {
        Ok(()) => {
            let statement = statement.into_inner();
            Ok(Verdict::Apply(Snapshot::new(Basis::Statement(signed), Some(statement), records)))
        }
        Err(mismatch) => match fetch {
            Fetch::Delta => Ok(Verdict::FetchWhole(mismatch)),
            Fetch::Whole => Err(mismatch.into()),
        },
    }
}

/// Steps 2 and 3: signature, text, and whether it is what was asked for. The chain that was good is kept.
pub(super) fn verify(
    verifier: &Verifier,
    path: &CollectionPath,
    carried: &Carried,
    timestamp: i64,
    chains: &mut dyn ChainSource,
    now: Timestamp,
) -> Result<(Verified<Statement>, SignedText), JudgeError> {
    let Carried { signatures, text } = carried;
    let mut recording = Recording { chains, last: Vec::new() };
    let since_epoch = u64::try_from(timestamp).ok().and_then(|millis| Timestamp::from_millis(millis).ok());
    let asked =
        since_epoch.map_or(Asked::Statement { path }, |timestamp| Asked::Changeset { path, timestamp });
    let verified = match verifier.verify_statement(text, signatures, &asked, &mut recording, now) {
        // No statement has a negative timestamp, and this is looked at before numbers that are too large.
        Ok(_) | Err(VerifyError::TooFarAhead) if since_epoch.is_none() => {
            return Err(Refusal::TimestampMismatch.into());
        }
        other => other.map_err(refuse_verify)?,
    };
    let chain = String::from_utf8_lossy(&recording.last).into_owned();
    Ok((verified, SignedText { chain, signatures: signatures.clone(), text: text.clone() }))
}

fn refuse_verify(error: VerifyError) -> JudgeError {
    match error {
        VerifyError::Signature(error) => refuse_signature(error),
        VerifyError::Statement(error) => refuse_statement(error).into(),
        VerifyError::TimestampMismatch => Refusal::TimestampMismatch.into(),
        VerifyError::TooFarAhead => Refusal::TooFarAhead.into(),
        VerifyError::WrongBucket => Refusal::WrongBucket.into(),
        VerifyError::WrongCollection => Refusal::WrongCollection.into(),
    }
}

pub(super) fn refuse_statement(error: StatementError) -> Refusal {
    match error {
        StatementError::Malformed(reason) => Malformed::Statement(reason).into(),
        StatementError::UnknownCritical => Refusal::UnknownCritical,
        StatementError::UnknownType => Refusal::UnknownType,
    }
}

fn refuse_signature(error: SignatureError) -> JudgeError {
    match error {
        SignatureError::BadSignature { refused } => Refusal::BadSignature(refused).into(),
        SignatureError::ChainUnavailable => JudgeError::ChainUnavailable,
    }
}

/// What step 4 says.
enum Comparison {
    GoOn,
    Older,
    UpToDate,
}

/// Step 4: against the applied statement, or against the lowest version of a client that has none.
fn compare(
    lowest: Option<u64>,
    held: &Held,
    statement: &Statement,
    signed: &SignedText,
) -> Result<Comparison, Refusal> {
    let Some(applied) = &held.applied else {
        let is_below = lowest.is_some_and(|lowest| statement.version < lowest);
        return Ok(if is_below { Comparison::Older } else { Comparison::GoOn });
    };
    let equivocation = || {
        let evidence = Evidence { applied: applied.signed.clone(), offered: signed.clone() };
        Err(Refusal::Equivocation(Box::new(evidence)))
    };
    let version = applied.statement.version;
    if statement.version < version {
        return Ok(Comparison::Older);
    }
    if statement.version == version {
        return match (applied.signed.text == signed.text, &held.snapshot) {
            (false, _) => equivocation(),
            // Our own records are damaged: the same statement, once more with its records.
            (true, None) => Ok(Comparison::GoOn),
            (true, Some(_)) => Ok(Comparison::UpToDate),
        };
    }
    let follows = statement.previous == Some(Statement::hash_of_text(&applied.signed.text));
    if statement.version == version.saturating_add(1) && !follows {
        return equivocation();
    }
    let went_back = statement.timestamp < applied.statement.timestamp;
    if went_back {
        let (applied, offered) = (applied.statement.timestamp, statement.timestamp);
        return Err(Refusal::TimestampWentBack { applied, offered });
    }
    Ok(Comparison::GoOn)
}

/// The end of step 5.
fn commits_to(statement: &Statement, records: &RecordSet) -> Result<(), Refusal> {
    let Statement { count, root, .. } = *statement;
    if records.len() == count && records.root() == root {
        return Ok(());
    }
    Err(Refusal::RootMismatch { actual: records.root(), count, records: records.len(), root })
}

/// For services without statements (`remote-settings` §8.3): the signature is over all records, so these come first.
///
/// An older timestamp is not applied, although the protocol's other clients do not look at it.
fn judge_content(
    verifier: &Verifier,
    held: &Held,
    fetch: Fetch,
    changeset: &mut Changeset,
    chains: &mut dyn ChainSource,
    now: Timestamp,
) -> Result<Verdict, JudgeError> {
    let entries = mem::take(&mut changeset.entries);
    let timestamp =
        u64::try_from(changeset.timestamp).ok().and_then(|millis| Timestamp::from_millis(millis).ok());
    let timestamp = timestamp.ok_or(Malformed::Member("timestamp"))?;
    let before = held.snapshot.as_ref();
    let records = match (fetch, before) {
        (Fetch::Delta, Some(snapshot)) => snapshot.record_set().updated(entries)?,
        (Fetch::Delta, None) | (Fetch::Whole, _) => RecordSet::default().updated(entries)?,
    };
    let basis = Basis::ContentSignature { root: records.root().to_hex(), timestamp: timestamp.as_millis() };
    let offered = Snapshot::new(basis, None, records);
    match verify_content(verifier, &offered, &changeset.content_signatures, chains, now) {
        Ok(()) => {}
        Err(JudgeError::Refused(refusal)) if fetch == Fetch::Delta => {
            return Ok(Verdict::FetchWhole(refusal));
        }
        Err(error) => return Err(error),
    }
    Ok(match before {
        Some(before) if offered.timestamp() < before.timestamp() => Verdict::Older,
        Some(before) if offered.timestamp() == before.timestamp() && offered.root() == before.root() => {
            Verdict::UpToDate
        }
        Some(_) | None => Verdict::Apply(offered),
    })
}

/// Whether a content signature over these records is good.
pub(super) fn verify_content(
    verifier: &Verifier,
    snapshot: &Snapshot,
    signatures: &[SignatureEntry],
    chains: &mut dyn ChainSource,
    now: Timestamp,
) -> Result<(), JudgeError> {
    let records = snapshot.records_by_id();
    let records = records.iter().map(|(_, record)| record.as_bytes());
    let message = ContentMessage::new(records, snapshot.timestamp());
    verifier.verify_content(message, signatures, chains, now).map(drop).map_err(refuse_signature)
}

/// Remembers the last chain that was handed over: entries are tried in order, and the first good one ends it.
struct Recording<'a> {
    chains: &'a mut dyn ChainSource,
    last: Vec<u8>,
}

impl ChainSource for Recording<'_> {
    fn chain(&mut self, x5u: &str) -> Result<Vec<u8>, ChainUnavailable> {
        let chain = self.chains.chain(x5u)?;
        self.last.clone_from(&chain);
        Ok(chain)
    }
}
