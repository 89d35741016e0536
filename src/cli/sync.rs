//! `sync`: what a client does, for scripts: fetch, verify, keep.

use std::{
    fs,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{
    Failure,
    arguments::{Sync, Trust},
    console::{Console, Tone, records},
    failure::chain_of,
};
use crate::{
    canonical,
    client::{
        Client, ClientConfig, Damage, FileStore, HttpTransport, MemoryStore, Outcome, Refusal, ServerUrl,
        Snapshot, Store, StoreError, SyncError, SyncFailure,
    },
    http::http_date,
    signing::{SignerName, Verifier},
    types::{Clock as _, CollectionPath, Object, SystemClock, Timestamp, Value},
};

/// Runs the command.
pub(super) fn run(sync: &Sync, console: &Console) -> Result<(), Failure> {
    let mut config = client_config(&sync.url, &sync.path, &sync.trust)?.max_bytes(sync.max_bytes);
    if sync.content_signature_only {
        config = config.dangerous_content_signature_only();
        console.err.line(format!(
            "{} content signatures alone do not say which collection they are of, nor how old it is.",
            console.err.paint(Tone::Warn, "warning:")
        ));
    }
    let Some(folder) = &sync.store else {
        console
            .err
            .line("No --store: everything is fetched, and that it is not older than before cannot be known.");
        return sync_into(sync, config, MemoryStore::default(), console);
    };
    sync_into(sync, config, FileStore::new(folder), console)
}

/// Where it is kept until when this server wants to be left alone: beside the store, which is what the next run has.
fn wait_file(sync: &Sync) -> Option<PathBuf> {
    let name = format!("{}.{}.not-before", sync.path.bucket, sync.path.collection);
    sync.store.as_ref().map(|folder| folder.join(name))
}

/// What an earlier run was asked. A file that cannot be read asks for nothing.
fn kept_wait(sync: &Sync) -> Option<Timestamp> {
    let text = fs::read_to_string(wait_file(sync)?).ok()?;
    Timestamp::from_millis(text.trim().parse().ok()?).ok()
}

/// Keeps what the server asked for the next run. Where it cannot be written, the next run asks a little early.
fn keep_wait(sync: &Sync, not_before: Option<Timestamp>) {
    let Some(file) = wait_file(sync) else { return };
    let _kept = match not_before {
        Some(at) => fs::write(file, format!("{at}\n")),
        None => fs::remove_file(file),
    };
}

/// Whom to ask, for what, and whom to believe.
pub(super) fn client_config(
    url: &str,
    path: &CollectionPath,
    trust: &Trust,
) -> Result<ClientConfig, Failure> {
    let server = ServerUrl::parse(url).map_err(|error| {
        Failure::usage(format!("{url:?} is no address of a server: {error}"))
            .mend("Write it as http://HOST:PORT or https://HOST.")
    })?;
    Ok(ClientConfig::new(server, path.clone(), verifier(trust)?))
}

/// Whom to believe.
pub(super) fn verifier(trust: &Trust) -> Result<Verifier, Failure> {
    let signer = SignerName::parse(&trust.signer)
        .map_err(|error| Failure::usage(format!("--signer {:?}: {error}", trust.signer)))?;
    Ok(Verifier::new(trust.root, signer))
}

fn sync_into<S: Store>(
    sync: &Sync,
    config: ClientConfig,
    store: S,
    console: &Console,
) -> Result<(), Failure> {
    let now = SystemClock.now();
    let mut client = match Client::new(config, HttpTransport::new(), store) {
        Ok(client) => client.keeping_to(kept_wait(sync)),
        Err(error) => {
            let ended = Ended { outcome: "StoreUnusable", ..Ended::default() };
            return ended.fail(sync, store_failure(&error), console);
        }
    };
    let result = client.sync(now);
    let kept = client.read(now).ok().map(|reading| reading.snapshot().clone());
    keep_wait(sync, client.not_before());
    if let (Ok(_), Some(until)) = (&result, client.not_before()) {
        console.err.line(format!("The server asks not to be asked again before {}.", http_date(until)));
    }
    match result {
        Ok(report) => {
            let ended = Ended {
                bytes: Some(report.bytes),
                changes: [report.changes.created(), report.changes.updated(), report.changes.deleted()],
                kept,
                outcome: report.outcome.name(),
                stale: report.stale,
            };
            if report.repaired == Some(Damage::Everything) || report.repaired == Some(Damage::Records) {
                console.err.line("The store was damaged. Everything was fetched again and verified.");
            }
            match report.outcome {
                Outcome::Older => console.err.line(format!(
                    "{} the server showed something older; the newer data was kept. A lagging cache does this, and an attacker.",
                    console.err.paint(Tone::Warn, "warning:")
                )),
                Outcome::Stale => console.err.line(format!(
                    "{} what the server shows has expired: newer data may be kept from you.",
                    console.err.paint(Tone::Warn, "warning:")
                )),
                Outcome::Applied | Outcome::UpToDate => {}
            }
            ended.succeed(sync, console)
        }
        Err(error) => {
            let ended = Ended {
                bytes: Some(error.bytes),
                kept,
                outcome: match &error.reason {
                    // To scripts both say: look at the store.
                    SyncFailure::Locked | SyncFailure::StoreUnusable(_) => "StoreUnusable",
                    // Both say: not now.
                    SyncFailure::Backoff { .. } => "Unreachable",
                    SyncFailure::ChainUnavailable(_)
                    | SyncFailure::Refused(_)
                    | SyncFailure::Unreachable(_) => error.name(),
                },
                stale: error.stale,
                ..Ended::default()
            };
            ended.fail(sync, sync_failure(&error), console)
        }
    }
}

/// How a sync ended.
#[derive(Debug, Default)]
struct Ended {
    bytes: Option<u64>,
    /// Created, updated, deleted.
    changes: [usize; 3],
    kept: Option<Snapshot>,
    outcome: &'static str,
    stale: bool,
}

impl Ended {
    fn succeed(mut self, sync: &Sync, console: &Console) -> Result<(), Failure> {
        if let (Some(file), Some(kept)) = (&sync.out, &self.kept)
            && let Err(error) = write_records(file, kept)
        {
            self.outcome = "StoreUnusable";
            let failure = Failure::unusable(format!("{}: {error}", file.display()))
                .mend("The store is verified and current. Run it again with a file that can be written.");
            return self.fail(sync, failure, console);
        }
        if sync.json {
            console.out.line(self.json());
        } else {
            let [created, updated, deleted] = self.changes;
            let version = self.version().map_or_else(String::new, |version| format!(" version {version},"));
            console.out.line(format!(
                "{}: {}{version} {} ({created} created, {updated} updated, {deleted} deleted), {} bytes fetched",
                self.outcome,
                sync.path,
                records(self.kept.as_ref().map_or(0, Snapshot::len)),
                self.bytes.unwrap_or_default(),
            ));
        }
        Ok(())
    }

    fn fail(self, sync: &Sync, failure: Failure, console: &Console) -> Result<(), Failure> {
        if sync.json {
            console.out.line(self.json());
        }
        Err(failure)
    }

    fn version(&self) -> Option<u64> {
        self.kept.as_ref()?.statement().map(|statement| statement.version)
    }

    /// One object with every key always there.
    fn json(&self) -> String {
        let number = |number: Option<u64>| number.map_or(Value::Null, Value::from);
        let count = |count: usize| u64::try_from(count).ok();
        let [created, updated, deleted] = self.changes;
        let mut object = Object::new();
        object.insert("outcome", self.outcome);
        object.insert("stale", self.stale);
        object.insert("version", number(self.version()));
        let timestamp = self.kept.as_ref().map(|kept| kept.timestamp().as_millis());
        object.insert("timestamp", number(timestamp));
        object.insert("records", number(self.kept.as_ref().and_then(|kept| count(kept.len()))));
        object.insert("created", number(count(created)));
        object.insert("updated", number(count(updated)));
        object.insert("deleted", number(count(deleted)));
        object.insert("bytes", number(self.bytes));
        canonical::object_to_text(&object)
    }
}

/// Writes the records as a JSON array sorted by id, beside the file, and puts it in its place when it is whole.
fn write_records(file: &Path, kept: &Snapshot) -> io::Result<()> {
    let folder =
        file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut temporary = NamedTempFile::with_prefix_in(".countersign-", folder)?;
    {
        let mut writer = BufWriter::new(temporary.as_file_mut());
        writer.write_all(b"[")?;
        for (index, (_, record)) in kept.records_by_id().into_iter().enumerate() {
            writer.write_all(if index == 0 { b"\n" } else { b",\n" })?;
            writer.write_all(record.as_bytes())?;
        }
        writer.write_all(b"\n]\n")?;
        writer.flush()?;
    }
    temporary.as_file().sync_all()?;
    readable(temporary.as_file())?;
    temporary.persist(file).map_err(|refused| refused.error)?;
    Ok(())
}

/// Temporary files are their owner's alone; what is published is for everybody whom the folder lets in.
#[cfg(unix)]
fn readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_file: &fs::File) -> io::Result<()> {
    Ok(())
}

/// The exit status and the words of a failed sync.
pub(super) fn sync_failure(error: &SyncError) -> Failure {
    let failure = failure_of(&error.reason);
    match (&error.reason, error.not_before) {
        (SyncFailure::Unreachable(_), Some(until)) => {
            failure.mend(format!("The server asks not to be asked again before {}.", http_date(until)))
        }
        (_, _) => failure,
    }
}

/// The exit status and the words of a failure.
pub(super) fn failure_of(reason: &SyncFailure) -> Failure {
    match reason {
        SyncFailure::Backoff { until } => Failure::unreachable(format!(
            "{reason}: it was busy, and wants to be left alone until {}",
            http_date(*until)
        ))
        .mend("Run it again after that. What is kept is as it was."),
        SyncFailure::ChainUnavailable(faults) => {
            let faults: Vec<String> = faults.iter().map(|fault| chain_of(fault)).collect();
            Failure::unreachable(format!("ChainUnavailable: {reason} ({})", faults.join("; ")))
        }
        SyncFailure::Locked => {
            Failure::unusable(reason.to_string()).mend("Wait for the other one, or give another --store.")
        }
        SyncFailure::Refused(refusal) => {
            let failure = Failure::refused(format!("{}: {reason}. Nothing was changed.", refusal.name()));
            if matches!(refusal, Refusal::BadSignature(_)) {
                failure.mend("See that --root and --signer are what whoever runs the service gives out.")
            } else {
                failure
            }
        }
        SyncFailure::StoreUnusable(error) => store_failure(error),
        SyncFailure::Unreachable(_) => Failure::unreachable(chain_of(reason)),
    }
}

fn store_failure(error: &StoreError) -> Failure {
    let failure = Failure::unusable(format!("the store cannot be used: {}", chain_of(error)));
    match error {
        StoreError::HeldStatement => {
            failure.mend("Leave out --content-signature-only: this service has better than that.")
        }
        StoreError::Locked => failure.mend("Wait for the other one, or give another --store."),
        StoreError::Io { .. } | StoreError::Moved | StoreError::Other(_) | StoreError::TooLarge => failure,
    }
}
