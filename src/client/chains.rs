//! Certificate chains over the network, by the rules of `statement` §3 for `x5u`.

use super::{
    report::ChainFault,
    settings::TrustBasis,
    transport::{ChainHosts, Follow, Transport, fetch},
    url::Url,
};
use crate::signing::{Chain, ChainSource, ChainUnavailable};

/// Fetches chains for one answer; remembers what could not be had.
#[derive(Debug)]
pub(super) struct FetchedChains<'a, T: ?Sized> {
    /// Where the changeset was asked: references are resolved against it.
    pub(super) asked: &'a Url,
    /// Bytes that came.
    pub(super) bytes: u64,
    pub(super) cache: &'a mut ChainCache,
    pub(super) faults: Vec<ChainFault>,
    pub(super) hosts: ChainHosts,
    pub(super) transport: &'a mut T,
}

impl<T: Transport + ?Sized> ChainSource for FetchedChains<'_, T> {
    fn chain(&mut self, x5u: &str) -> Result<Vec<u8>, ChainUnavailable> {
        let fetched = self.asked.join(x5u).map_err(Into::into).and_then(|url| {
            if let Some(known) = self.cache.find(&url) {
                return Ok(known);
            }
            let follow = Follow::From(self.asked, self.hosts);
            let chain = fetch(self.transport, url.clone(), Chain::MAX_BYTES, follow)?;
            self.bytes += u64::try_from(chain.len()).unwrap_or(u64::MAX);
            self.cache.fresh.push((url, chain.clone()));
            Ok(chain)
        });
        fetched.map_err(|error| {
            self.faults.push(ChainFault { error, x5u: x5u.to_owned() });
            ChainUnavailable
        })
    }
}

/// Chains that verified something, so that a poll is one request. They are verified again each time; a client that finds
/// them wanting fetches them again.
#[derive(Debug, Default)]
pub(super) struct ChainCache {
    /// Fetched for the answer at hand.
    fresh: Vec<(Url, Vec<u8>)>,
    kept: Vec<(Url, Vec<u8>)>,
    /// Whether a kept chain was used for the answer at hand.
    was_used: bool,
}

impl ChainCache {
    /// An answer is judged from here on. One that stands on content signatures is judged once only: nothing kept is used.
    pub(super) fn begin(&mut self, basis: TrustBasis) {
        self.fresh.clear();
        self.was_used = false;
        match basis {
            TrustBasis::ContentSignatureOnly => self.kept.clear(),
            TrustBasis::Statement => {}
        }
    }

    /// The answer was good: what was fetched for it is worth keeping.
    pub(super) fn keep(&mut self) {
        self.kept.append(&mut self.fresh);
        let surplus = self.kept.len().saturating_sub(MAX_KEPT);
        self.kept.drain(..surplus);
    }

    /// The answer was not good. Whether that may be for a kept chain that is another by now; it is kept no longer.
    pub(super) fn forget(&mut self) -> bool {
        self.fresh.clear();
        self.kept.clear();
        self.was_used
    }

    fn find(&mut self, url: &Url) -> Option<Vec<u8>> {
        let find = |chains: &[(Url, Vec<u8>)]| {
            chains.iter().find(|(known, _)| known == url).map(|(_, chain)| chain.clone())
        };
        find(&self.fresh).or_else(|| {
            let kept = find(&self.kept);
            self.was_used |= kept.is_some();
            kept
        })
    }
}

/// A collection has one chain at a time, two while it changes.
const MAX_KEPT: usize = 4;
