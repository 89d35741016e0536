//! What the configuration decides, as verbs need it.

use std::collections::BTreeMap;

use super::Resources;
use crate::types::CollectionPath;

/// The decisions of the configuration (`interface`, Configuration).
#[derive(Clone, Debug)]
pub struct Settings {
    /// Accounts (names without `account:`) that create accounts and buckets and may write everything that is written by hand.
    pub administrators: Vec<String>,
    /// Outside numbers.
    pub limits: Limits,
    /// Shown in the root document.
    pub name: String,
    /// Where clients reach the service: scheme, host, port, without `/v1` and without a slash at the end.
    pub public_url: String,
    /// Which sources are published where.
    pub resources: Resources,
    /// Whether publishing needs another person.
    pub review: ReviewPolicy,
}

impl Settings {
    /// The address for links that people open: listening everywhere is no address that a browser knows.
    pub fn url_to_open(&self) -> String {
        self.public_url.replace("://0.0.0.0", "://localhost").replace("://[::]", "://localhost")
    }
}

/// Whether review is on: everywhere unless the configuration says off for a bucket or a collection.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ReviewPolicy {
    /// The server-wide value.
    pub default: Review,
    /// By `bucket` or `bucket/collection` of the source; the longer one wins.
    pub exceptions: BTreeMap<String, Review>,
    /// When a change is so large that it cannot be approved, or that its reviewer is warned.
    pub impact: Impact,
}

impl ReviewPolicy {
    /// Whether publishing this source needs another person.
    pub fn of(&self, source: &CollectionPath) -> Review {
        self.deciding(source).map_or(self.default, |(_, review)| review)
    }

    /// The exception that decides about this source, by the name it has in the configuration; `None` where the default does.
    pub fn deciding(&self, source: &CollectionPath) -> Option<(&str, Review)> {
        let exception =
            |name: &str| self.exceptions.get_key_value(name).map(|(name, review)| (name.as_str(), *review));
        exception(&source.to_string()).or_else(|| exception(source.bucket.as_str()))
    }
}

/// Whether publishing a collection needs another person.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Review {
    /// Whoever may write publishes.
    Off,
    /// Another person approves.
    #[default]
    On,
}

/// When a change deserves a second look (`interface`, `[review.impact]`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Impact {
    /// Growth of what is published, in percent, above which `over` holds.
    pub growth_percent: u64,
    /// What happens above one of the two limits.
    pub over: ImpactAction,
    /// Published records removed, in percent, above which `over` holds.
    pub removed_percent: u64,
    /// What happens when records, anywhere in the collection, break its schema.
    pub schema: ImpactAction,
}

impl Default for Impact {
    fn default() -> Self {
        Self {
            growth_percent: 50,
            over: ImpactAction::Warn,
            removed_percent: 20,
            schema: ImpactAction::Block,
        }
    }
}

/// What the impact policy does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ImpactAction {
    /// The change cannot be approved.
    Block,
    /// It can, and the reviewer is warned.
    Warn,
}

/// Greatest outside numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Sub-requests in a batch.
    pub batch: usize,
    /// Bytes of a request's body.
    pub body: usize,
    /// Nesting of JSON.
    pub depth: usize,
    /// Entries in one answer of a list; more come with `Next-Page`.
    pub page: usize,
    /// Bytes of a record's canonical form.
    pub record: usize,
    /// Live records in a collection.
    pub records: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { batch: 25, body: 10 << 20, depth: 64, page: 10_000, record: 1 << 20, records: 2_000_000 }
    }
}
