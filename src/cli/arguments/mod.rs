//! The command line: what can be asked, and the help that teaches it.

mod people;
mod service;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::types::{AccountName, CollectionPath, Sha256Digest};

pub(super) use self::{
    people::{
        Account, AccountList, AccountSecret, Approve, Decline, Import, Review, ReviewTarget, Sync, Verify,
    },
    service::{Demo, Doctor, Init, Keys, KeysInit, KeysInspect, Recover, Serve},
};

/// Publishes data that must be right: edited by one person, approved by another, signed, and verified by every client.
#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "\
See it work, on real certificate revocations:
  countersign demo

Begin for real:
  countersign init --admin alice        makes ./countersign-data, keys included
  countersign serve                     http://127.0.0.1:8888
  countersign keys inspect              the fingerprint that clients pin

`countersign help COMMAND` shows examples for each."
)]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    pub(in crate::cli) command: Command,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// Make a data folder: configuration, keys, database
    #[command(after_help = "\
Nothing that is there is overwritten. The configuration file explains every setting.

Examples:
  countersign init --admin alice
      the account alice is made; its password is shown once
  countersign init --data /srv/countersign --signer-name settings.example.org
      no account yet: `countersign account add admin` makes the first one")]
    Init(Init),

    /// Serve the pages and the HTTP API
    #[command(after_help = "\
Prints `listening on http://ADDR:PORT` on standard output when it is ready. An empty folder is made ready first, as by \
`countersign init`. SIGTERM and Ctrl-C finish the requests that are under way, and end it with status 0.

Log lines go to standard error. COUNTERSIGN_LOG chooses them (default `info`; `debug`, `warn`, `countersign=debug`), \
COUNTERSIGN_LOG_FORMAT=json writes them for machines.

Examples:
  countersign serve
  countersign serve --data /srv/countersign --listen 0.0.0.0:8080
  COUNTERSIGN_SERVER_PUBLIC_URL=https://settings.example.org countersign serve")]
    Serve(Serve),

    /// Play the whole story on real certificate revocations, attacks included, then serve
    #[command(after_help = "\
Makes a folder, keys and accounts; publishes revocations that browsers really enforce; changes some, has them approved and \
signed; polls and verifies as a client; then attacks the connection and shows each attack refused. Everything goes through \
HTTP and the real client. Afterwards it goes on serving, with a change waiting for your review.

Examples:
  countersign demo
  countersign demo --once          ends with 0 only if every step held
  countersign demo --data ./demo   keeps the folder")]
    Demo(Demo),

    /// Fetch a collection, verify it, and keep it
    #[command(after_help = "\
Exit status: 0 the store is verified and current (also if what it holds is stale, which is said); 1 refused, nothing \
changed; 2 not understood; 3 not reachable; 4 store or file cannot be used.

Examples:
  countersign sync https://settings.example.org main/certs --root 5E36…92FE --store ./certs --out certs.json
  countersign sync http://127.0.0.1:8888 main/certs --root $ROOT --json")]
    Sync(Sync),

    /// Check a publication step by step, and say what was checked
    #[command(after_help = "\
Takes a server and a collection, or a changeset and a chain that were saved. docs/verify-by-hand.md does the same with \
curl, jq and OpenSSL alone.

Examples:
  countersign verify http://127.0.0.1:8888 main/certs --root $ROOT
  countersign verify changeset.json --chain chain.pem --root $ROOT")]
    Verify(Verify),

    /// Look at a change that waits for review, approve or decline it
    #[command(subcommand)]
    Review(Review),

    /// Load records from a file into a collection that is edited
    #[command(after_help = "\
FILE holds a JSON array of records, or {\"data\": [records]}. Each has an `id`; records of the same id are replaced. All of \
it is written, or nothing. It counts as NAME's edit, so NAME cannot approve it.

Examples:
  countersign import revocations.json --to main-workspace/certs --as alice
  countersign import all.json --to main-workspace/certs --as alice --replace")]
    Import(Import),

    /// Add, disable and list accounts, change passwords
    #[command(subcommand)]
    Account(Account),

    /// Make and inspect the signing keys
    #[command(subcommand)]
    Keys(Keys),

    /// Look for trouble: configuration, keys, database, disk, every publication
    #[command(after_help = "\
Says one sentence and a mend for each trouble. Changes nothing. Status 0 if all is well, 1 if something is wrong.

Example:
  countersign doctor --data /srv/countersign")]
    Doctor(Doctor),

    /// After a restore from a backup: raise versions and times above what clients may have seen
    #[command(after_help = "\
Signs every collection again under a version and a timestamp that no client has seen, so that clients that are ahead of \
the backup accept what is published from here on.

Example:
  countersign recover --data /srv/countersign")]
    Recover(Recover),
}

/// The folder that holds everything.
#[derive(Args, Debug)]
pub(in crate::cli) struct DataFolder {
    /// The folder with configuration, keys and database
    #[arg(long = "data", value_name = "DIR", default_value = "countersign-data")]
    pub(in crate::cli) path: PathBuf,
}

/// Whom to believe.
#[derive(Args, Debug)]
pub(in crate::cli) struct Trust {
    /// SHA-256 of the root certificate: 64 hex digits, colons allowed
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint)]
    pub(in crate::cli) root: Sha256Digest,
    /// The name in the signing certificate
    #[arg(long, value_name = "NAME", default_value = crate::config::DEFAULT_SIGNER)]
    pub(in crate::cli) signer: String,
}

/// How a password is given.
#[derive(Args, Debug)]
pub(in crate::cli) struct PasswordFlag {
    /// Read the password from standard input; else `COUNTERSIGN_PASSWORD`, else it is asked for
    #[arg(long = "password-stdin")]
    pub(in crate::cli) stdin: bool,
}

fn account(text: &str) -> Result<AccountName, String> {
    AccountName::parse(text.strip_prefix("account:").unwrap_or(text))
        .map_err(|_| "not an account's name: letters, digits, and - _ + . @ inside".to_owned())
}

fn collection(text: &str) -> Result<CollectionPath, String> {
    CollectionPath::parse(text).map_err(|_| "not BUCKET/COLLECTION, as in main/certs".to_owned())
}

fn fingerprint(text: &str) -> Result<Sha256Digest, String> {
    Sha256Digest::parse_lenient(text).map_err(|error| format!("not 64 hex digits: {error}"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn fingerprints_are_taken_as_people_copy_them() {
        let colons = "AB:".repeat(31) + "AB";
        assert_eq!(fingerprint(&colons), Ok(Sha256Digest::from_bytes([0xab; 32])));
        assert_eq!(fingerprint("ab"), Err("not 64 hex digits: wrong number of hex digits".to_owned()));
    }
}
