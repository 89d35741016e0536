//! What a service does by itself: renews the leaf certificate, and signs again what would go stale.

use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::failure::chain_of;
use crate::{
    signing::{LocalSigner, Renewal},
    types::{Clock as _, SystemClock, SystemRandom},
    workflow::{Services, renewal},
};

/// Runs beside the server until it is dropped.
#[derive(Debug)]
pub(super) struct Schedule {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Schedule {
    /// Begins at once, and looks again every minute.
    pub(super) fn begin(services: Services, signer: Arc<LocalSigner>) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().name("schedule".to_owned()).spawn(move || {
            let mut watch = Watch::default();
            loop {
                watch.look(&services, &signer);
                match stopped.recv_timeout(PAUSE) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) | Ok(()) => return,
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // What it was signing is one transaction; it ends or is rolled back.
            let _ended = thread.join();
        }
    }
}

/// Says a failure once, not every minute.
#[derive(Debug, Default)]
struct Watch {
    last_failure: Option<String>,
}

impl Watch {
    fn look(&mut self, services: &Services, signer: &LocalSigner) {
        let failure = look(services, signer).err();
        if let Some(sentence) = &failure
            && self.last_failure != failure
        {
            tracing::error!(
                "the signing schedule failed and tries again every minute: {sentence}. `countersign doctor` tells more."
            );
        }
        self.last_failure = failure;
    }
}

/// The leaf first: what is signed again is signed with the new one.
fn look(services: &Services, signer: &LocalSigner) -> Result<(), String> {
    let renewed = signer.renew_if_due(SystemClock.now(), &SystemRandom);
    match &renewed {
        Ok(Renewal::Renewed) => tracing::info!("the signing certificate was renewed"),
        Ok(Renewal::NotDue) | Err(_) => {}
    }
    // Statements are signed again whether or not there is a new leaf: the old one is good for a while.
    let signed = renewal::run_due(services).map_err(|error| chain_of(&error))?;
    for path in signed {
        tracing::info!(%path, "signed again");
    }
    renewed.map(drop).map_err(|error| chain_of(&error))
}

const PAUSE: Duration = Duration::from_mins(1);
