//! The client: asks, judges, applies, and lets programs read what it has verified.

use std::ops::Deref;

use super::{
    chains::{ChainCache, FetchedChains},
    changeset::Changeset,
    judge::{Applied, Fetch, Held, JudgeError, Verdict, judge},
    refusal::Refusal,
    report::{Changes, Damage, Outcome, Report, SyncError, SyncFailure},
    settings::{ClientConfig, StalePolicy, TrustBasis},
    snapshot::{RecordSet, Snapshot},
    store::{
        Basis, Change, Commit, Generation, Identity, Loaded, SignedText, Store, StoreError, StoredRecords,
        StoredState,
    },
    transport::{Follow, Heard, Transport, fetch},
};
use crate::signing::Statement;
use crate::types::{Sha256Digest, Timestamp};

/// Keeps one collection of one service in step with what its signer published, and hands out nothing else.
///
/// Reading takes `&self` and syncing `&mut self`: a program with threads puts it behind a lock, or hands out the
/// [`Snapshot`]s that it reads.
#[derive(Debug)]
pub struct Client<T, S> {
    chains: ChainCache,
    config: ClientConfig,
    damage: Option<Damage>,
    generation: Generation,
    held: Held,
    /// When the service last answered with what we have, or with more.
    last_confirmed: Option<Timestamp>,
    /// The service wants to be left alone until then.
    not_before: Option<Timestamp>,
    store: S,
    transport: T,
    /// What the answers of this sync asked for.
    wait_seconds: Option<u64>,
}

impl<T: Transport, S: Store> Client<T, S> {
    /// Opens the store: what it has for this collection can be read at once, if it is whole. Asks nobody.
    pub fn new(config: ClientConfig, transport: T, store: S) -> Result<Self, StoreError> {
        let mut client = Self {
            chains: ChainCache::default(),
            config,
            damage: None,
            generation: Generation::default(),
            held: Held::default(),
            last_confirmed: None,
            not_before: None,
            store,
            transport,
            wait_seconds: None,
        };
        client.load()?;
        Ok(client)
    }

    /// Asks the service and applies what it has published, if it is verified and not older than what is here.
    ///
    /// `now` is the time by the program's clock: certificates are judged by it.
    ///
    /// A service that is busy asks to be left alone for a while (`Backoff`, `Retry-After`): before that is over nothing is
    /// sent, and the answer is [`SyncFailure::Backoff`]. Nothing sleeps here; the program decides when to try again.
    pub fn sync(&mut self, now: Timestamp) -> Result<Report, SyncError> {
        self.sync_expecting(Timestamp::ZERO, now)
    }

    /// As [`Client::sync`], after somebody (a push message, `monitor/changes`) said that there is a state of `timestamp`.
    ///
    /// That is not signed, so it can say that something is new, but not for long that nothing is: `None` if we have that
    /// state and it is not [`Client::is_due`] yet. Caches on the way are told which state is expected.
    pub fn sync_notified(
        &mut self,
        timestamp: Timestamp,
        now: Timestamp,
    ) -> Option<Result<Report, SyncError>> {
        if self.is_due(now) {
            return Some(self.sync(now));
        }
        let is_known = self.held.snapshot.as_ref().is_some_and(|held| timestamp <= held.timestamp());
        (!is_known).then(|| self.sync_expecting(timestamp, now))
    }

    /// Until when the service wants to be left alone, if it said so: at most a day from when it did, whatever it asked for, so
    /// that nobody on the way can keep a client quiet.
    pub fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// Asks at the next sync all the same: for a person who knows better.
    pub fn forget_backoff(&mut self) {
        self.not_before = None;
    }

    /// Keeps to what the service asked of this program before it was started anew.
    #[must_use]
    pub fn keeping_to(mut self, not_before: Option<Timestamp>) -> Self {
        self.not_before = not_before;
        self
    }

    /// Whether the service must be asked by now, whatever notifications say: there is no good state, or half the time from
    /// `issued` to `expires` is over, or, without `expires`, a day since it was last asked.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let Some(snapshot) = &self.held.snapshot else { return true };
        match snapshot.statement().map(|statement| (statement.issued, statement.expires)) {
            Some((issued, Some(expires))) => {
                let life = expires.as_millis().saturating_sub(issued.as_millis());
                now >= issued.plus_millis(life / 2)
            }
            Some((_, None)) | None => {
                self.last_confirmed.is_none_or(|last| now < last || now >= last.plus_millis(DAY_MILLIS))
            }
        }
    }

    /// The verified records, by the policy for data that has expired.
    pub fn read(&self, now: Timestamp) -> Result<Reading<'_>, ReadError> {
        let Some(snapshot) = &self.held.snapshot else {
            return Err(if self.damage.is_some() { ReadError::Damaged } else { ReadError::Empty });
        };
        let is_stale = self.is_stale(now);
        match self.config.stale {
            StalePolicy::Withhold if is_stale => Err(ReadError::Stale),
            StalePolicy::Serve | StalePolicy::Withhold => Ok(Reading { is_stale, snapshot }),
        }
    }

    /// Whether the applied statement has expired: it should have been signed again, and newer data may be kept from us.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.held.is_stale(now)
    }

    /// What the store had lost when it was opened, until a sync has mended it.
    pub fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// What was configured.
    pub fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// The store, to look into it.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The transport, to look into it.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    fn sync_expecting(&mut self, expected: Timestamp, now: Timestamp) -> Result<Report, SyncError> {
        // A clock that went back is no reason to wait for longer than was asked.
        let is_ahead = |until: &Timestamp| *until > now && *until <= now.plus_millis(DAY_MILLIS);
        if let Some(until) = self.not_before.filter(is_ahead) {
            let (reason, stale) = (SyncFailure::Backoff { until }, self.is_stale(now));
            return Err(SyncError { bytes: 0, not_before: Some(until), reason, stale });
        }
        let mut bytes = 0;
        self.wait_seconds = None;
        let attempted = self.attempts(expected, now, &mut bytes);
        let wait = self.wait_seconds.filter(|seconds| *seconds > 0);
        self.not_before = wait.map(|seconds| now.plus_millis(seconds.saturating_mul(1_000).min(DAY_MILLIS)));
        match attempted {
            Ok(done) => {
                let is_stale = self.is_stale(now);
                let outcome = match done.outcome {
                    Outcome::Applied | Outcome::UpToDate if is_stale => Outcome::Stale,
                    outcome @ (Outcome::Applied | Outcome::Older | Outcome::Stale | Outcome::UpToDate) => {
                        outcome
                    }
                };
                let state = self.held.snapshot.clone();
                Ok(Report {
                    bytes,
                    changes: done.changes,
                    not_before: self.not_before,
                    outcome,
                    repaired: done.repaired,
                    stale: is_stale,
                    state,
                })
            }
            Err(reason) => {
                let (not_before, stale) = (self.not_before, self.is_stale(now));
                Err(SyncError { bytes, not_before, reason, stale })
            }
        }
    }

    /// Begins again when somebody else has moved the state meanwhile.
    fn attempts(
        &mut self,
        expected: Timestamp,
        now: Timestamp,
        bytes: &mut u64,
    ) -> Result<Done, SyncFailure> {
        self.transport.begin();
        for _ in 1..MAX_ATTEMPTS {
            match self.attempt(expected, now, bytes) {
                Err(SyncFailure::StoreUnusable(StoreError::Moved)) => self.load()?,
                other => return other,
            }
        }
        self.attempt(expected, now, bytes)
    }

    fn attempt(&mut self, expected: Timestamp, now: Timestamp, bytes: &mut u64) -> Result<Done, SyncFailure> {
        let since = self.held.snapshot.as_ref().map(Snapshot::timestamp);
        let fetch = if since.is_some() { Fetch::Delta } else { Fetch::Whole };
        let (verdict, offered) = self.ask(expected, since, fetch, now, bytes)?;
        match verdict {
            Verdict::FetchWhole(_) => {
                // A cache that has the whole answer of an older state is asked for the one that was just promised.
                match self.ask(offered, None, Fetch::Whole, now, bytes)? {
                    (Verdict::FetchWhole(refusal), _) => Err(refusal.into()),
                    (verdict, _) => self.carry_out(verdict, now),
                }
            }
            verdict @ (Verdict::Apply(_) | Verdict::Older | Verdict::UpToDate) => {
                self.carry_out(verdict, now)
            }
        }
    }

    /// Fetches an answer and judges it. Also gives its timestamp.
    fn ask(
        &mut self,
        expected: Timestamp,
        since: Option<Timestamp>,
        kind: Fetch,
        now: Timestamp,
        bytes: &mut u64,
    ) -> Result<(Verdict, Timestamp), SyncFailure> {
        let url = self.config.changeset_url(expected, since);
        let mut transport = Heard { inner: &mut self.transport, wait_seconds: &mut self.wait_seconds };
        let body = fetch(&mut transport, url.clone(), self.config.max_bytes, Follow::Anywhere)?;
        *bytes += u64::try_from(body.len()).unwrap_or(u64::MAX);
        let mut changeset = Changeset::parse(body).map_err(Refusal::from)?;
        let offered = u64::try_from(changeset.timestamp).unwrap_or_default();
        let offered = Timestamp::from_millis(offered).unwrap_or(Timestamp::MAX);
        self.chains.begin(self.config.rules.basis);
        let mut chains = FetchedChains {
            asked: &url,
            bytes: 0,
            cache: &mut self.chains,
            faults: Vec::new(),
            hosts: self.config.chain_hosts,
            transport: &mut transport,
        };
        let mut judged = judge(&self.config.rules, &self.held, kind, &mut changeset, &mut chains, now);
        if let Err(JudgeError::Refused(Refusal::BadSignature(_)) | JudgeError::ChainUnavailable) = judged
            && chains.cache.forget()
        {
            // A chain that we had kept may be another by now.
            judged = judge(&self.config.rules, &self.held, kind, &mut changeset, &mut chains, now);
        }
        *bytes += chains.bytes;
        let faults = chains.faults;
        match judged {
            Ok(verdict) => {
                self.chains.keep();
                Ok((verdict, offered))
            }
            Err(JudgeError::ChainUnavailable) => Err(SyncFailure::ChainUnavailable(faults)),
            Err(JudgeError::Refused(refusal)) => {
                if let Refusal::Equivocation(evidence) = &refusal {
                    // The caller has both texts too, and must hear of them even if the disk is full.
                    drop(self.store.keep_evidence(&self.config.identity(), evidence));
                }
                Err(refusal.into())
            }
        }
    }

    fn carry_out(&mut self, verdict: Verdict, now: Timestamp) -> Result<Done, SyncFailure> {
        match verdict {
            Verdict::Apply(next) => {
                let changes = Changes::between(self.held.snapshot.clone(), next.clone());
                // Until this returns, readers and the store have the old state; whatever fails leaves it so.
                self.commit(&next, &changes)?;
                self.held = Held::of(next);
                self.last_confirmed = Some(now);
                Ok(Done { changes, outcome: Outcome::Applied, repaired: self.damage.take() })
            }
            Verdict::FetchWhole(refusal) => Err(refusal.into()),
            Verdict::Older => Ok(Done::unchanged(Outcome::Older)),
            Verdict::UpToDate => {
                self.last_confirmed = Some(now);
                Ok(Done::unchanged(Outcome::UpToDate))
            }
        }
    }
}

impl<T, S: Store> Client<T, S> {
    /// Takes what the store has, checked: nothing that it hands back is believed for having been stored.
    fn load(&mut self) -> Result<(), StoreError> {
        let identity = self.config.identity();
        let Loaded { generation, state } = self.store.load(&identity)?;
        let opened = open(self.config.rules.basis, &identity, state)?;
        (self.generation, self.held, self.damage) = (generation, opened.held, opened.damage);
        Ok(())
    }

    fn commit(&mut self, next: &Snapshot, changes: &Changes) -> Result<(), StoreError> {
        let basis = next.basis();
        let change = match &self.held.snapshot {
            Some(before) => changes.to_step(before.len()),
            None => Change::Whole,
        };
        let step = Commit { basis, change, snapshot: next };
        self.generation = self.store.commit(&self.config.identity(), self.generation, &step)?;
        Ok(())
    }
}

/// What a client finds in its store.
struct Opened {
    damage: Option<Damage>,
    held: Held,
}

fn open(wanted: TrustBasis, identity: &Identity, state: StoredState) -> Result<Opened, StoreError> {
    let basis = match &state {
        StoredState::Absent => return Ok(Opened { damage: None, held: Held::default() }),
        StoredState::Damaged { basis } => basis.as_deref(),
        StoredState::Records { basis, .. } => Some(&**basis),
        StoredState::Snapshot(snapshot) => Some(snapshot.basis()),
    };
    match (wanted, basis) {
        // What cannot be read may have been a statement.
        (TrustBasis::ContentSignatureOnly, Some(Basis::Statement(_)) | None) => {
            return Err(StoreError::HeldStatement);
        }
        // Records under a content signature were never verified as a client of statements verifies them.
        (TrustBasis::Statement, Some(Basis::ContentSignature { .. })) => {
            return Ok(Opened { damage: None, held: Held::default() });
        }
        (TrustBasis::ContentSignatureOnly, Some(Basis::ContentSignature { .. }))
        | (TrustBasis::Statement, Some(Basis::Statement(_)) | None) => {}
    }
    Ok(match state {
        StoredState::Absent => Opened { damage: None, held: Held::default() },
        StoredState::Damaged { basis } => damaged(basis.and_then(|basis| applied(*basis, identity))),
        StoredState::Records { basis, records } => rebuild(*basis, records, identity),
        StoredState::Snapshot(snapshot) => Opened { damage: None, held: Held::of(snapshot) },
    })
}

fn damaged(applied: Option<Applied>) -> Opened {
    let damage = if applied.is_some() { Damage::Records } else { Damage::Everything };
    Opened { damage: Some(damage), held: Held { applied, snapshot: None } }
}

/// The state that a store kept, if its records are those of its statement.
fn rebuild(basis: Basis, records: StoredRecords, identity: &Identity) -> Opened {
    let Some(records) = RecordSet::load(records) else { return damaged(applied(basis, identity)) };
    let snapshot = match &basis {
        Basis::ContentSignature { root, .. } => {
            (Sha256Digest::parse(root) == Ok(records.root())).then(|| Snapshot::new(basis, None, records))
        }
        Basis::Statement(_) => {
            let Some(Applied { signed, statement }) = applied(basis, identity) else { return damaged(None) };
            if (records.len(), records.root()) != (statement.count, statement.root) {
                return damaged(Some(Applied { signed, statement }));
            }
            Some(Snapshot::new(Basis::Statement(signed), Some(statement), records))
        }
    };
    snapshot.map_or_else(|| damaged(None), |snapshot| Opened { damage: None, held: Held::of(snapshot) })
}

/// The statement of a basis, if it is one about this collection.
fn applied(basis: Basis, identity: &Identity) -> Option<Applied> {
    let signed: SignedText = match basis {
        Basis::ContentSignature { .. } => return None,
        Basis::Statement(signed) => signed,
    };
    let statement = Statement::parse(&signed.text).ok()?;
    let is_ours = statement.bucket == identity.path.bucket.as_str()
        && statement.collection == identity.path.collection.as_str();
    is_ours.then_some(Applied { signed, statement })
}

/// What an attempt did.
struct Done {
    changes: Changes,
    outcome: Outcome,
    repaired: Option<Damage>,
}

impl Done {
    fn unchanged(outcome: Outcome) -> Self {
        Self { changes: Changes::default(), outcome, repaired: None }
    }
}

/// The verified records, and whether their statement has expired.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    is_stale: bool,
    snapshot: &'a Snapshot,
}

impl<'a> Reading<'a> {
    /// Whether the statement has expired: newer data may be kept from us.
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// The records, to keep or to hand on.
    pub fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }
}

impl Deref for Reading<'_> {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        self.snapshot
    }
}

/// Why there is nothing to read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReadError {
    /// The store was damaged, and no sync has mended it yet.
    #[error("the store was damaged; sync first")]
    Damaged,
    /// Nothing was ever applied.
    #[error("nothing was applied yet; sync first")]
    Empty,
    /// The statement has expired, and the policy withholds such data.
    #[error("the data has expired")]
    Stale,
}

const DAY_MILLIS: u64 = 24 * 60 * 60 * 1000;
/// How often a sync begins when others move the state meanwhile.
const MAX_ATTEMPTS: usize = 3;
