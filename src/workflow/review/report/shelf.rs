//! Reports that were made or are being made, and the changes that were read lately.

use std::{
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use super::{Report, ReviewError};
use crate::{
    storage::Tally,
    types::Sha256Digest,
    workflow::{
        Actor, Resource, Services,
        review::{self, kept::Kept, reading::Reading},
    },
};

/// What is known of changes, in memory: how they read, and what they would do.
#[derive(Debug, Default)]
pub struct Changes {
    moved: Condvar,
    pub(in crate::workflow::review) readings: Kept<Arc<Reading>>,
    reports: Mutex<Vec<(Sha256Digest, Slot)>>,
    pub(in crate::workflow::review) tallies: Kept<Tally>,
}

/// How far a report is.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportState {
    /// It could not be made; the next one who asks begins anew.
    Failed,
    /// Here it is.
    Ready(Arc<Report>),
    /// Records that were looked at, of all that will be.
    Working {
        /// Looked at.
        done: u64,
        /// To be looked at; 0 while that is not known.
        total: u64,
    },
}

#[derive(Clone, Debug)]
enum Slot {
    Failed,
    Ready(Arc<Report>),
    Working(Arc<Progress>),
}

#[derive(Debug, Default)]
struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

/// The report of the current change of a source, if that has this digest. Begins to make it in the background where nobody
/// has, and waits for it, but no longer than `patience`.
pub fn report(
    services: &Services,
    resource: &Resource,
    digest: &Sha256Digest,
    patience: Duration,
) -> ReportState {
    let changes = &services.changes;
    if !changes.is_known(digest) {
        changes.begin(services, resource, digest);
    }
    changes.wait(digest, patience)
}

impl Changes {
    /// A report that is ready.
    pub(in crate::workflow::review) fn find(&self, digest: &Sha256Digest) -> Option<Arc<Report>> {
        match slot(&self.lock(), digest)? {
            Slot::Ready(report) => Some(Arc::clone(report)),
            Slot::Failed | Slot::Working(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Sha256Digest, Slot)>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_known(&self, digest: &Sha256Digest) -> bool {
        slot(&self.lock(), digest).is_some()
    }

    fn begin(&self, services: &Services, resource: &Resource, digest: &Sha256Digest) {
        let progress = Arc::new(Progress::default());
        {
            let mut reports = self.lock();
            let working = reports.iter().filter(|(_, slot)| matches!(slot, Slot::Working(_))).count();
            // Somebody was faster, or there is enough to do: the next one who asks will begin it.
            if slot(&reports, digest).is_some() || working >= MOST_AT_ONCE {
                return;
            }
            reports.insert(0, (*digest, Slot::Working(Arc::clone(&progress))));
            let mut kept = 0;
            reports.retain(|(_, slot)| {
                kept += 1;
                kept <= MOST_REPORTS || matches!(slot, Slot::Working(_))
            });
        }
        let (services, resource, digest) = (services.clone(), resource.clone(), *digest);
        let job = move || {
            // Whatever happens in here, who waits is told.
            let mut end = End { changes: &services.changes, digest, slot: Some(Slot::Failed) };
            end.slot = work(&services, &resource, &digest, &progress);
        };
        if thread::Builder::new().name("impact".to_owned()).spawn(job).is_err() {
            self.finish(&digest, Some(Slot::Failed));
        }
    }

    fn wait(&self, digest: &Sha256Digest, patience: Duration) -> ReportState {
        let is_working =
            |reports: &mut Vec<(Sha256Digest, Slot)>| matches!(slot(reports, digest), Some(Slot::Working(_)));
        let waited = self.moved.wait_timeout_while(self.lock(), patience, is_working);
        let (mut reports, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match slot(&reports, digest).cloned() {
            Some(Slot::Ready(report)) => ReportState::Ready(report),
            Some(Slot::Working(progress)) => ReportState::Working {
                done: progress.done.load(Ordering::Relaxed),
                total: progress.total.load(Ordering::Relaxed),
            },
            Some(Slot::Failed) => {
                reports.retain(|(own, _)| own != digest);
                ReportState::Failed
            }
            None => ReportState::Working { done: 0, total: 0 },
        }
    }

    /// Keeps what came of it; `None` forgets that it was asked for.
    fn finish(&self, digest: &Sha256Digest, outcome: Option<Slot>) {
        let mut reports = self.lock();
        match (reports.iter_mut().find(|(own, _)| own == digest), outcome) {
            (Some((_, slot)), Some(outcome)) => *slot = outcome,
            (Some(_), None) => reports.retain(|(own, _)| own != digest),
            (None, _) => {}
        }
        drop(reports);
        self.moved.notify_all();
    }
}

/// Hands over what came of a job, also where it ended by a panic.
struct End<'a> {
    changes: &'a Changes,
    digest: Sha256Digest,
    slot: Option<Slot>,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.changes.finish(&self.digest, self.slot.take());
    }
}

fn slot<'a>(reports: &'a [(Sha256Digest, Slot)], digest: &Sha256Digest) -> Option<&'a Slot> {
    reports.iter().find(|(own, _)| own == digest).map(|(_, slot)| slot)
}

/// Makes the report; `None` where the change is another one by now.
fn work(
    services: &Services,
    resource: &Resource,
    digest: &Sha256Digest,
    progress: &Progress,
) -> Option<Slot> {
    let made = services.read(&Actor::plugin(), |scope| {
        let Some(change) = review::change(scope, &resource.source)? else { return Ok(None) };
        if change.name.as_ref().map(|name| name.digest) != Ok(*digest) {
            return Ok(None);
        }
        let entries = u64::try_from(change.entries.len()).unwrap_or(u64::MAX);
        let total = scope.tx.count_records(&resource.source)?.saturating_add(entries);
        progress.total.store(total, Ordering::Relaxed);
        let mut note = |records| {
            progress.done.fetch_add(records, Ordering::Relaxed);
        };
        Report::make(scope, resource, &change, &mut note).map(Some)
    });
    match made {
        Ok(report) => report.map(|report| Slot::Ready(Arc::new(report))),
        Err(error) => {
            let error: ReviewError = error;
            tracing::error!(%error, source = %resource.source, "cannot make an impact report");
            Some(Slot::Failed)
        }
    }
}

/// Threads that make reports.
const MOST_AT_ONCE: usize = 2;
/// Reports that are kept: some kilobytes each.
const MOST_REPORTS: usize = 64;
