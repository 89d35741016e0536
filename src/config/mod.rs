//! The configuration: a TOML file, and the environment, which wins. The only reader of either.
//!
//! Every key is known, every value has limits, and what is wrong is named with its line (docs/configuration.md).

mod environment;
mod error;
mod source;
mod template;
#[cfg(test)]
mod tests;
mod value;

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use self::{
    source::Source,
    value::{address, choice, dns_name, list, number, path, read, server_url, size, text, truth},
};
use crate::{
    types::{AccountName, BucketId, CollectionPath},
    workflow::{Impact, ImpactAction, Limits, ResourceEnd, Resources, Review, ReviewPolicy},
};

pub use self::{
    environment::{Environment, program},
    error::{ConfigError, Origin, Problem},
    template::template,
};

/// What the operator decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `accounts.administrators`
    pub administrators: Vec<AccountName>,
    /// `cache.max_bytes`: memory for published snapshots.
    pub cache_max_bytes: u64,
    /// `changes.resources`: what `monitor/changes` lists; `None`: every destination and preview.
    pub changes: Option<Vec<ResourceEnd>>,
    /// `[limits]`
    pub limits: Limits,
    /// `server.listen`
    pub listen: SocketAddr,
    /// `[signer.local]`: another authority's key and chain; `None`: the service's own.
    pub brought_key: Option<BroughtKey>,
    /// `server.name`: what the service calls itself.
    pub name: String,
    /// `server.public_url`, without a slash at the end; `None`: the bound address.
    pub public_url: Option<String>,
    /// `signer.resources`
    pub resources: Resources,
    /// `review.enabled`, also per bucket and collection.
    pub review: ReviewPolicy,
    /// `[signer]`: what is written into certificates and statements.
    pub signer: Signer,
}

/// The signer's name and its times.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signer {
    /// How long a leaf certificate lives from its making.
    pub leaf_days: u64,
    /// The DNS name in the leaf certificate, which every client expects.
    pub name: String,
    /// How long a statement is fresh.
    pub statement_days: u64,
}

/// Key and chain of another authority.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BroughtKey {
    /// PEM: leaf first, root last.
    pub chain_file: PathBuf,
    /// PEM: the leaf's P-384 private key.
    pub key_file: PathBuf,
}

impl Config {
    /// Reads `file` (none: all defaults) under `environment`.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Self, ConfigError> {
        let text = file.map(|path| {
            fs::read_to_string(path)
                .map_err(|reason| ConfigError::Unreadable { path: path.to_owned(), reason })
        });
        let text = text.transpose()?;
        Self::parse(file.zip(text.as_deref()), environment)
    }

    /// As [`Config::load`], from a file's path (for messages) and text.
    pub fn parse(file: Option<(&Path, &str)>, environment: &Environment) -> Result<Self, ConfigError> {
        let mut source = Source::read(file, environment)?;
        let resources = resources(&mut source)?;
        Ok(Self {
            administrators: source.take("accounts.administrators", default_administrators(), names)?,
            cache_max_bytes: source.take("cache.max_bytes", DEFAULT_CACHE, size(1 << 20..=1 << 40))?,
            changes: source.find("changes.resources", ends)?,
            limits: limits(&mut source)?,
            listen: source.take("server.listen", default_listen(), address)?,
            brought_key: brought_key(&mut source)?,
            name: source.take("server.name", DEFAULT_NAME.to_owned(), text)?,
            public_url: source.find("server.public_url", server_url)?,
            review: review(&mut source, &resources)?,
            resources,
            signer: Signer {
                leaf_days: source.take("signer.leaf_days", DEFAULT_LEAF_DAYS, number(2..=825))?,
                name: source.take("signer.name", DEFAULT_SIGNER.to_owned(), dns_name)?,
                statement_days: source.take(
                    "signer.statement_days",
                    DEFAULT_STATEMENT_DAYS,
                    number(1..=90),
                )?,
            },
        })
    }
}

fn impact(source: &mut Source) -> Result<Impact, ConfigError> {
    let action = || choice(&ACTIONS, "\"block\" or \"warn\"");
    Ok(Impact {
        growth_percent: source.take("review.impact.growth_percent", 50, number(0..=100_000))?,
        over: source.take("review.impact.over", ImpactAction::Warn, action())?,
        removed_percent: source.take("review.impact.removed_percent", 20, number(0..=100))?,
        schema: source.take("review.impact.schema", ImpactAction::Block, action())?,
    })
}

fn limits(source: &mut Source) -> Result<Limits, ConfigError> {
    let default = Limits::default();
    let whole = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Ok(Limits {
        batch: whole(source.take("limits.batch", wide(default.batch), number(1..=1000))?),
        body: whole(source.take("limits.body", wide(default.body), size(1 << 10..=1 << 30))?),
        depth: whole(source.take("limits.depth", wide(default.depth), number(4..=200))?),
        page: whole(source.take("limits.page", wide(default.page), number(1..=100_000))?),
        record: whole(source.take("limits.record", wide(default.record), size(256..=64 << 20))?),
        records: source.take("limits.records", default.records, number(1..=100_000_000))?,
    })
}

fn brought_key(source: &mut Source) -> Result<Option<BroughtKey>, ConfigError> {
    let half = |given: Option<&source::Given>, key: &str, other| {
        given.map_or(Ok(()), |given| {
            let problem = Problem::Half(other);
            Err(ConfigError::Value { origin: given.origin.clone(), key: key.to_owned(), problem })
        })
    };
    let key = source.values.contains_key(KEY_FILE);
    let chain = source.values.contains_key(CHAIN_FILE);
    if key != chain {
        half(source.values.get(KEY_FILE), KEY_FILE, CHAIN_FILE)?;
        half(source.values.get(CHAIN_FILE), CHAIN_FILE, KEY_FILE)?;
    }
    let key_file = source.find(KEY_FILE, path)?;
    let chain_file = source.find(CHAIN_FILE, path)?;
    Ok(key_file.zip(chain_file).map(|(key_file, chain_file)| BroughtKey { chain_file, key_file }))
}

fn resources(source: &mut Source) -> Result<Resources, ConfigError> {
    let parse = |lines: Vec<String>| Resources::parse(lines).map_err(Problem::Resources);
    let given = source.find("signer.resources", |raw| parse(list(raw)?))?;
    // The default is a good one; a test reads it.
    Ok(given.unwrap_or_else(|| Resources::parse([DEFAULT_RESOURCE]).unwrap_or_default()))
}

/// An exception that names no source would leave the collection that was meant without it: refused.
fn review(source: &mut Source, resources: &Resources) -> Result<ReviewPolicy, ConfigError> {
    let on = |truth| if truth { Review::On } else { Review::Off };
    let default = source.take("review.enabled", Review::On, |raw| truth(raw).map(on))?;
    let mut exceptions = BTreeMap::new();
    for (name, given) in std::mem::take(&mut source.review_exceptions) {
        let key = format!("review.{name:?}");
        let (name, review) = read(&key, given, |raw| {
            let end = end(&name)?;
            if !resources.has_source(&end) {
                return Err(Problem::NoSource);
            }
            let ResourceEnd { bucket, collection } = end;
            let name = collection.map_or_else(|| bucket.to_string(), |id| format!("{bucket}/{id}"));
            Ok((name, truth(raw).map(on)?))
        })?;
        exceptions.insert(name, review);
    }
    Ok(ReviewPolicy { default, exceptions, impact: impact(source)? })
}

fn names(raw: source::Raw) -> Result<Vec<AccountName>, Problem> {
    let name = |item: String| {
        AccountName::parse(item.strip_prefix("account:").unwrap_or(&item))
            .map_err(|_| Problem::AccountName(item.clone()))
    };
    list(raw)?.into_iter().map(name).collect()
}

fn ends(raw: source::Raw) -> Result<Vec<ResourceEnd>, Problem> {
    list(raw)?.iter().map(|item| end(item)).collect()
}

/// `bucket`, `bucket/collection`, or either as a URI.
fn end(text: &str) -> Result<ResourceEnd, Problem> {
    let plain = text.strip_prefix("/buckets/").unwrap_or(text).replace("/collections/", "/");
    let refused = |_| Problem::Collection(text.to_owned());
    if plain.contains('/') {
        let path = CollectionPath::parse(&plain).map_err(refused)?;
        Ok(ResourceEnd { bucket: path.bucket, collection: Some(path.collection) })
    } else {
        Ok(ResourceEnd { bucket: BucketId::parse(&plain).map_err(refused)?, collection: None })
    }
}

fn default_administrators() -> Vec<AccountName> {
    AccountName::parse(DEFAULT_ADMINISTRATOR).into_iter().collect()
}

fn default_listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8888))
}

/// The administrator, where nobody named one.
pub const DEFAULT_ADMINISTRATOR: &str = "admin";
/// The name that certificates carry, where nobody chose one.
pub const DEFAULT_SIGNER: &str = "countersign.localhost";

const ACTIONS: [(&str, ImpactAction); 2] = [("block", ImpactAction::Block), ("warn", ImpactAction::Warn)];
const CHAIN_FILE: &str = "signer.local.chain_file";
const DEFAULT_CACHE: u64 = 1 << 30;
const DEFAULT_LEAF_DAYS: u64 = 90;
const DEFAULT_NAME: &str = "Countersign";
/// What is published, where nobody said.
pub const DEFAULT_RESOURCE: &str = "main-workspace -> main-preview -> main";
const DEFAULT_STATEMENT_DAYS: u64 = 14;
const KEY_FILE: &str = "signer.local.key_file";

/// Every setting but the exceptions of `[review]`.
const SETTINGS: [&str; 23] = [
    "accounts.administrators",
    "cache.max_bytes",
    "changes.resources",
    "limits.batch",
    "limits.body",
    "limits.depth",
    "limits.page",
    "limits.record",
    "limits.records",
    "review.enabled",
    "review.impact.growth_percent",
    "review.impact.over",
    "review.impact.removed_percent",
    "review.impact.schema",
    "server.listen",
    "server.name",
    "server.public_url",
    "signer.leaf_days",
    CHAIN_FILE,
    KEY_FILE,
    "signer.name",
    "signer.resources",
    "signer.statement_days",
];
