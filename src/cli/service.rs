//! From a folder and a configuration to everything that verbs need.

use std::{num::NonZero, path::Path, sync::Arc};

use super::{
    Failure,
    folder::{Folder, FolderState},
};
use crate::{
    config::{BroughtKey, Config, Environment},
    signing::{
        KeyFolder, KeyFolderError, KeySource, Lifetimes, LocalSigner, Signer as _, SignerName, Verifier,
    },
    storage::{SqliteLedger, SqliteStore, StorageError, Store},
    types::{Clock as _, CollectionPath, SystemClock, SystemRandom},
    workflow::{
        Desk, Listener, Services, Settings,
        setup::{self, SetupError},
    },
};

/// Reads the configuration: `--config FILE`, else the folder's file, else the defaults.
pub(super) fn configuration(
    folder: &Folder,
    file: Option<&Path>,
    environment: &Environment,
) -> Result<Config, Failure> {
    let own = folder.configuration();
    let file = file.or_else(|| own.exists().then_some(own.as_path()));
    Config::load(file, environment).map_err(|error| Failure::refused(error.to_string()))
}

/// Opens the database.
pub(super) fn store(folder: &Folder) -> Result<Store, Failure> {
    SqliteStore::open(&folder.database()).map_err(|error| {
        let failure = Failure::while_doing(folder.database().display(), &error);
        if let StorageError::NewerSchema { .. } = error {
            failure.mend("Run the newer countersign that wrote it: its data is whole.")
        } else {
            failure
        }
    })
}

/// The signer that the configuration asks for, with its ledger.
pub(super) fn signer(folder: &Folder, config: &Config) -> Result<LocalSigner, Failure> {
    let ledger = SqliteLedger::open(&folder.ledger())
        .map_err(|error| Failure::while_doing(folder.ledger().display(), &error))?;
    let source = match &config.brought_key {
        Some(BroughtKey { chain_file, key_file }) => {
            KeySource::Brought { chain_file: chain_file.clone(), key_file: key_file.clone() }
        }
        None => KeySource::Folder(KeyFolder::open(&folder.keys()).map_err(|error| unusable_keys(&error))?),
    };
    LocalSigner::open(
        source,
        signer_name(config)?,
        lifetimes(config),
        Arc::new(ledger),
        SystemClock.now(),
        &SystemRandom,
    )
    .map_err(|error| unusable_keys(&error))
}

/// Puts the parts together.
pub(super) fn services(
    store: Store,
    signer: Arc<LocalSigner>,
    config: &Config,
    public_url: String,
    listener: Arc<dyn Listener>,
) -> Result<Services, Failure> {
    let verifier = Verifier::new(signer.root(), signer.name().clone());
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let desk = Desk::new(&SystemRandom, cores)
        .map_err(|error| Failure::while_doing("making ready to check passwords", &error))?;
    Ok(Services {
        changes: Arc::default(),
        clock: Arc::new(SystemClock),
        desk: Arc::new(desk),
        listener,
        random: Arc::new(SystemRandom),
        schemas: Arc::default(),
        settings: Arc::new(settings(config, public_url)),
        signer,
        store,
        verifier: Arc::new(verifier),
    })
}

/// Makes ready what the resources of the configuration need: source buckets, and what a source gets when a resource begins to
/// name it. Repeats safely.
pub(super) fn set_up(services: &Services, config: &Config) -> Result<(), Failure> {
    let writers: Vec<String> = config.administrators.iter().map(|name| format!("account:{name}")).collect();
    let failed =
        |error: SetupError| Failure::while_doing("the resources (signer.resources) cannot be set up", &error);
    for bucket in setup::make_source_buckets(services, &writers).map_err(failed)? {
        tracing::info!(%bucket, "made a source bucket");
    }
    for source in setup::begin_resources(services).map_err(failed)? {
        tracing::info!(%source, "a resource begins to name this source; its records wait for review");
    }
    Ok(())
}

/// What commands beside a service work with.
pub(super) fn beside(path: &Path, environment: &Environment) -> Result<(Folder, Config, Services), Failure> {
    let folder = Folder::open(path)?;
    match folder.state()? {
        FolderState::Ready => {}
        FolderState::DatabaseAlone | FolderState::Empty | FolderState::KeysAlone => {
            return Err(Failure::refused(format!("{} is not a whole data folder", path.display()))
                .mend("Make it with `countersign init`, or name another with --data DIR."));
        }
    }
    let config = configuration(&folder, None, environment)?;
    let signer = Arc::new(signer(&folder, &config)?);
    let url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
    let services = services(store(&folder)?, signer, &config, url, Arc::new(Nobody))?;
    Ok((folder, config, services))
}

/// Nothing is kept in memory here that a publication would make old.
#[derive(Debug)]
pub(super) struct Nobody;

impl Listener for Nobody {
    fn published(&self, _paths: &[CollectionPath]) {}
}

/// What verbs need of the configuration.
fn settings(config: &Config, public_url: String) -> Settings {
    Settings {
        administrators: config.administrators.iter().map(ToString::to_string).collect(),
        limits: config.limits,
        name: config.name.clone(),
        public_url,
        resources: config.resources.clone(),
        review: config.review.clone(),
    }
}

/// How long certificates and statements are good.
pub(super) fn lifetimes(config: &Config) -> Lifetimes {
    Lifetimes { leaf_days: config.signer.leaf_days, statement_days: config.signer.statement_days }
}

/// The name that certificates carry.
pub(super) fn signer_name(config: &Config) -> Result<SignerName, Failure> {
    SignerName::parse(&config.signer.name).map_err(|error| Failure::while_doing("signer.name", &error))
}

/// What is wrong with the keys, and what to do.
pub(super) fn unusable_keys(error: &KeyFolderError) -> Failure {
    let failure = Failure::while_doing("the signing keys cannot be used", error);
    match error {
        KeyFolderError::Authority(_) => failure.mend(
            "`countersign keys inspect` shows names and dates. The name in the configuration (signer.name) must be the \
             leaf's, and the clock must be right.",
        ),
        KeyFolderError::Exists { .. } => {
            failure.mend("To begin anew, move the folder of keys away first. Clients then pin another root.")
        }
        KeyFolderError::Io { .. } | KeyFolderError::Unusable { .. } => {
            failure.mend("Put the file back from the backup.")
        }
        KeyFolderError::Missing { .. } => {
            failure.mend("Put the keys back from the backup, or make new ones with `countersign keys init`.")
        }
        KeyFolderError::RootChanged => failure.mend("Put the former chain back."),
        KeyFolderError::TooOpen { allowed, path, .. } => {
            failure.mend(format!("chmod {allowed:04o} {}", path.display()))
        }
    }
}
