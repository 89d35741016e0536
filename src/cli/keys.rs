//! `keys`: make them, look at them.

use std::{error::Error, fs, path::Path};

use super::{
    Failure,
    arguments::{Keys, KeysInit, KeysInspect},
    console::{Console, Page, Tone},
    folder::{Folder, write_new},
    init::Choices,
    service::{self, unusable_keys},
};
use crate::{
    canonical,
    config::{BroughtKey, Environment, template},
    http::http_date,
    signing::{Certificate, Chain, ChainError, Issuer, KeyFolder, KeyInspection, RootKey},
    types::{Clock as _, Object, SystemClock, SystemRandom, Value},
};

/// Runs one of the two.
pub(super) fn run(keys: &Keys, console: &Console, environment: &Environment) -> Result<(), Failure> {
    match keys {
        Keys::Init(init) => self::init(init, console, environment),
        Keys::Inspect(inspect) => self::inspect(inspect, console, environment),
    }
}

fn init(init: &KeysInit, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let folder = Folder::prepare(&init.data.path)?;
    if let Some(name) = &init.signer_name {
        let usual = Choices::default();
        let text = template(usual.administrator, name, usual.resources);
        let _kept_if_there = write_new(&folder.configuration(), &text)?;
    }
    let config = service::configuration(&folder, None, environment)?;
    if init.signer_name.as_ref().is_some_and(|name| *name != config.signer.name) {
        return Err(Failure::refused(format!(
            "the configuration says signer.name = {:?}",
            config.signer.name
        ))
        .mend(format!("Change it in {} first.", folder.configuration().display())));
    }
    let name = service::signer_name(&config)?;
    let (now, days) = (SystemClock.now(), config.signer.leaf_days);
    let made = match (&init.issuer_key, &init.issuer_chain) {
        (Some(key), Some(chain)) => {
            let read = |path: &Path| {
                fs::read_to_string(path).map_err(|error| Failure::while_doing(path.display(), &error))
            };
            let issuer = Issuer::parse(&read(key)?, &read(chain)?)
                .map_err(|error| Failure::while_doing("the issuer that you bring", &error))?;
            KeyFolder::init_under(&folder.keys(), &issuer, &name, days, now, &SystemRandom)
        }
        (None, _) | (_, None) => KeyFolder::init(&folder.keys(), &name, days, now, &SystemRandom),
    };
    let made = made.map_err(|error| unusable_keys(&error))?;
    print(&made.inspect().map_err(|error| unusable_keys(&error))?, &folder, &console.out);
    Ok(())
}

fn inspect(inspect: &KeysInspect, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let folder = Folder::open(&inspect.data.path)?;
    let found = match service::configuration(&folder, None, environment)?.brought_key {
        Some(BroughtKey { chain_file, .. }) => brought(&chain_file)?,
        None => KeyFolder::open(&folder.keys())
            .and_then(|keys| keys.inspect())
            .map_err(|error| unusable_keys(&error))?,
    };
    if inspect.json {
        console.out.line(json(&found));
    } else {
        print(&found, &folder, &console.out);
    }
    Ok(())
}

/// Another authority's chain: what is signed under, whatever the folder holds.
fn brought(chain_file: &Path) -> Result<KeyInspection, Failure> {
    let failed = |error: &dyn Error| Failure::while_doing(chain_file.display(), error);
    let document = fs::read(chain_file).map_err(|error| failed(&error))?;
    let chain = Chain::parse_pem(&document).map_err(|error| failed(&error))?;
    let chain: Option<Vec<Certificate>> = chain.iter().map(Certificate::parse).collect();
    let chain = chain.ok_or_else(|| failed(&ChainError::Malformed))?;
    Ok(KeyInspection { chain, intermediate: None, root_key: RootKey::Offline })
}

fn print(found: &KeyInspection, folder: &Folder, page: &Page) {
    let now = SystemClock.now();
    for (index, certificate) in found.chain.iter().enumerate() {
        let role = role_of(index, found.chain.len());
        page.line(format!("{} {}", page.paint(Tone::Bold, role), certificate.subject()));
        let (tone, stage) = if certificate.not_after() < now {
            (Tone::Bad, "has ended")
        } else if certificate.is_half_over(now) {
            (Tone::Warn, "half is over")
        } else {
            (Tone::Good, "good")
        };
        page.line(format!("  from    {}", http_date(certificate.not_before())));
        page.line(format!("  until   {}  {}", http_date(certificate.not_after()), page.paint(tone, stage)));
        page.line(format!("  SHA-256 {}", certificate.fingerprint()));
    }
    page.line("");
    if let Some(root) = found.chain.last() {
        page.line(format!("Clients pin the root: {}", page.paint(Tone::Key, &root.fingerprint().to_hex())));
    }
    if found.root_key == RootKey::Here {
        page.line(format!(
            "The root's private key is in {}: move it to a safe place. It is not needed to serve or to renew.",
            folder.keys().join("root-key.pem").display()
        ));
    }
}

fn json(found: &KeyInspection) -> String {
    let length = found.chain.len();
    let certificates = found
        .chain
        .iter()
        .enumerate()
        .map(|(index, certificate)| Value::from(certificate_json(role_of(index, length), certificate)));
    let mut object = Object::new();
    object.insert("chain", certificates.collect::<Vec<_>>());
    object.insert(
        "root",
        found.chain.last().map_or(Value::Null, |root| Value::from(root.fingerprint().to_hex())),
    );
    object.insert("root_key_here", found.root_key == RootKey::Here);
    canonical::object_to_text(&object)
}

fn certificate_json(role: &str, certificate: &Certificate) -> Object {
    let mut object = Object::new();
    object.insert("role", role);
    object.insert("subject", certificate.subject());
    object.insert("not_before", certificate.not_before().as_millis());
    object.insert("not_after", certificate.not_after().as_millis());
    object.insert("sha256", certificate.fingerprint().to_hex());
    object
}

fn role_of(index: usize, length: usize) -> &'static str {
    if index == 0 {
        "leaf"
    } else if index + 1 == length {
        "root"
    } else {
        "intermediate"
    }
}
