//! What `doctor` looks at: from the outside in. Where a part cannot be opened, what needs it is left out.

use std::{path::Path, sync::Arc};

use super::{
    super::{Failure, console::Page, folder::Folder, init::command, service},
    Area, Finding, publications,
};
use crate::{
    config::{Config, Environment},
    http::http_date,
    signing::{CertificateLife, CertificateRole, KeyFolder, LifeStage, LocalSigner, RootKey, Signer as _},
    storage::{AccountState, SqliteLedger, StorageError},
    types::{Clock as _, SystemClock, Timestamp},
    workflow::{Actor, Services, accounts, recover, timestamps},
};

/// Looks at everything.
pub(super) fn run(path: &Path, environment: &Environment, progress: &Page) -> Vec<Finding> {
    let mut findings = Vec::new();
    let folder = match Folder::open(path) {
        Ok(folder) => folder,
        Err(failure) => return vec![Finding::failed(Area::Folder, &failure)],
    };
    findings.push(Finding::good(Area::Folder, format!("{} is its owner's alone", path.display())));
    let config = match service::configuration(&folder, None, environment) {
        Ok(config) => config,
        Err(failure) => {
            findings.push(Finding::failed(Area::Configuration, &failure));
            return findings;
        }
    };
    findings.push(configuration(&config));
    findings.extend(disk(&folder));
    let signer = match service::signer(&folder, &config) {
        Ok(signer) => Arc::new(signer),
        Err(failure) => {
            findings.push(Finding::failed(Area::Keys, &failure));
            return findings;
        }
    };
    findings.extend(keys(&folder, &config, &signer));
    match services(&folder, &config, signer) {
        Ok(services) => {
            progress.progress("reading the database …");
            findings.push(database(&services));
            findings.push(clock(&services));
            findings.push(people(&config, &services));
            findings.extend(versions(&folder, &services));
            findings.extend(publications::check(&services, progress));
        }
        Err(failure) => findings.push(Finding::failed(Area::Database, &failure)),
    }
    findings
}

fn services(folder: &Folder, config: &Config, signer: Arc<LocalSigner>) -> Result<Services, Failure> {
    if !folder.database().exists() {
        return Err(Failure::refused(format!("{} is missing", folder.database().display()))
            .mend("Put it back from the backup, or make a new one with `countersign init`."));
    }
    let url = config.public_url.clone().unwrap_or_default();
    service::services(service::store(folder)?, signer, config, url, Arc::new(service::Nobody))
}

fn configuration(config: &Config) -> Finding {
    let lines = config.resources.iter().count();
    if config.public_url.is_none() && !config.listen.ip().is_loopback() {
        return Finding::trouble(
            Area::Configuration,
            format!(
                "it listens on {}, and server.public_url does not say how clients reach it: existing clients cannot fetch \
                 certificate chains",
                config.listen
            ),
            "Set server.public_url to the address that clients use.",
        );
    }
    let plural = if lines == 1 { "resource" } else { "resources" };
    Finding::good(Area::Configuration, format!("{lines} {plural}, signer {}", config.signer.name))
}

#[cfg(unix)]
fn disk(folder: &Folder) -> Vec<Finding> {
    let Ok(found) = rustix::fs::statvfs(folder.path()) else { return Vec::new() };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let size = std::fs::metadata(folder.database()).map_or(0, |metadata| metadata.len());
    let wanted = LEAST_FREE.max(size);
    let sentence = format!("{} MiB are free, the database has {}", free >> 20, mebibytes(size));
    vec![if free < wanted {
        Finding::trouble(
            Area::Disk,
            sentence,
            format!(
                "Make room: at least {} MiB. A full disk stops every write, not what is served.",
                wanted >> 20
            ),
        )
    } else {
        Finding::good(Area::Disk, sentence)
    }]
}

#[cfg(not(unix))]
fn disk(_folder: &Folder) -> Vec<Finding> {
    Vec::new()
}

fn keys(folder: &Folder, config: &Config, signer: &LocalSigner) -> Vec<Finding> {
    let now = SystemClock.now();
    let mut findings: Vec<Finding> =
        signer.certificates(now).iter().map(|life| certificate(life, config)).collect();
    let here = config.brought_key.is_none().then(|| KeyFolder::open(&folder.keys()).ok()).flatten();
    if here.and_then(|keys| keys.inspect().ok()).is_some_and(|found| found.root_key == RootKey::Here) {
        findings.push(Finding::note(
            Area::Keys,
            "the root's private key is in the folder",
            "Move keys/root-key.pem to a safe place offline. It is needed again only when the intermediate ends.",
        ));
    }
    findings
}

fn certificate(life: &CertificateLife, config: &Config) -> Finding {
    let (role, mend) = match life.role {
        CertificateRole::Intermediate => (
            "intermediate",
            "Bring the root's key back and make a new intermediate, or bring another authority's key (signer.local).",
        ),
        CertificateRole::Leaf if config.brought_key.is_some() => {
            ("signing certificate", "Have your authority renew it, and replace both files of signer.local.")
        }
        CertificateRole::Leaf => (
            "signing certificate",
            "A running service renews it by itself: see its log, and whether keys/intermediate.pem is there.",
        ),
        CertificateRole::Root => {
            ("root", "Plan new keys: clients must be told the new root before this one ends.")
        }
    };
    let until = http_date(life.certificate.not_after());
    match life.stage {
        LifeStage::Ended => Finding::trouble(
            Area::Keys,
            format!("the {role} has ended, {until}: clients refuse everything"),
            mend,
        ),
        LifeStage::HalfOver => Finding::trouble(
            Area::Keys,
            format!("more than half of the {role}'s life is over; it ends {until}"),
            mend,
        ),
        LifeStage::Young => Finding::good(Area::Keys, format!("the {role} is good until {until}")),
    }
}

fn database(services: &Services) -> Finding {
    match services.store.check() {
        Ok(health) if health.troubles.is_empty() => Finding::good(
            Area::Database,
            format!("schema {}, {}, read through without a fault", health.schema, mebibytes(health.bytes)),
        ),
        Ok(health) => Finding::trouble(
            Area::Database,
            health.troubles.join("; "),
            "Stop the service, keep a copy of the folder, put the last good backup in its place, then `countersign recover`.",
        ),
        Err(error) => broken(&error),
    }
}

fn broken(error: &StorageError) -> Finding {
    Finding::trouble(
        Area::Database,
        error.to_string(),
        "Stop the service, keep a copy of the folder, put the last good backup in its place, then `countersign recover`.",
    )
}

/// The words that the service logs when it refuses to write.
fn clock(services: &Services) -> Finding {
    let now = services.clock.now();
    match services.store.read(|tx| tx.find_counter(timestamps::CLOCK)) {
        Err(error) => broken(&error),
        Ok(highest) if now.plus_millis(DAY_MILLIS).as_millis() < highest => {
            let highest = Timestamp::from_millis(highest).unwrap_or(Timestamp::MAX);
            Finding::trouble(
                Area::Clock,
                format!("it shows {}, and something was written {}", now.to_iso8601(), highest.to_iso8601()),
                "Set the machine's clock. Until it is right nothing is written and nothing is signed.",
            )
        }
        Ok(_) => Finding::good(Area::Clock, now.to_iso8601()),
    }
}

fn people(config: &Config, services: &Services) -> Finding {
    let lines = match services.read(&Actor::plugin(), accounts::list) {
        Ok(lines) => lines,
        Err(error) => return broken(&error),
    };
    let active = lines.iter().filter(|line| line.state == AccountState::Active);
    let can_administer = active.clone().any(|line| config.administrators.contains(&line.name));
    if can_administer {
        Finding::good(Area::Accounts, format!("{} can sign in", active.count()))
    } else {
        let names: Vec<String> = config.administrators.iter().map(ToString::to_string).collect();
        let first = names.first().map_or("NAME", String::as_str);
        Finding::note(
            Area::Accounts,
            "no administrator can sign in",
            format!("countersign account add {first}, or name another in accounts.administrators."),
        )
    }
}

/// Database and ledger must tell the same.
fn versions(folder: &Folder, services: &Services) -> Vec<Finding> {
    let ledger = match SqliteLedger::open(&folder.ledger()) {
        Ok(ledger) => ledger,
        Err(error) => return vec![broken(&error)],
    };
    match recover::disagreements(services, &ledger) {
        Ok(found) => found
            .into_iter()
            .map(|found| {
                Finding::trouble(
                    Area::Publication,
                    format!(
                        "{}: version {} is the last published, {} the last signed; after a restore clients may have seen more",
                        found.path, found.published, found.spent
                    ),
                    format!(
                        "After a restore: {}. Without one, a crash while publishing does this, and the next publication settles it.",
                        command("recover", folder)
                    ),
                )
            })
            .collect(),
        Err(error) => {
            vec![Finding::failed(Area::Publication, &Failure::while_doing("the ledger of versions", &error))]
        }
    }
}

fn mebibytes(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{} KiB", bytes >> 10) } else { format!("{} MiB", bytes >> 20) }
}

const DAY_MILLIS: u64 = 86_400_000;
const LEAST_FREE: u64 = 256 << 20;
