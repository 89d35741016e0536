//! The command line: what can be asked, and the help that teaches it.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use crate::types::{AccountName, CollectionPath, Sha256Digest};

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
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a data folder: configuration, keys, database
    #[command(after_help = "\
Nothing that is there is overwritten. The configuration file explains every setting.

Examples:
  countersign init --admin alice
      the account alice is made; its password is shown once
  countersign init --data /srv/countersign --signer-name settings.example.org
      no account yet: `countersign account add admin` makes the first one")]
    Init(Init),

    /// Serve the HTTP API
    #[command(after_help = "\
Prints `listening on http://ADDR:PORT` on standard output when it is ready. An empty folder is made ready first, as by
`countersign init`. SIGTERM and Ctrl-C finish the requests that are under way, and end it with status 0.

Log lines go to standard error. COUNTERSIGN_LOG chooses them (default `info`; `debug`, `warn`, `countersign=debug`),
COUNTERSIGN_LOG_FORMAT=json writes them for machines.

Examples:
  countersign serve
  countersign serve --data /srv/countersign --listen 0.0.0.0:8080
  COUNTERSIGN_SERVER_PUBLIC_URL=https://settings.example.org countersign serve")]
    Serve(Serve),

    /// Play the whole story on real certificate revocations, attacks included, then serve
    #[command(after_help = "\
Makes a folder, keys and accounts; publishes revocations that browsers really enforce; changes some, has them approved and
signed; polls and verifies as a client; then attacks the connection and shows each attack refused. Everything goes through
HTTP and the real client. Afterwards it goes on serving, with a change waiting for your review.

Examples:
  countersign demo
  countersign demo --once          ends with 0 only if every step held
  countersign demo --data ./demo   keeps the folder")]
    Demo(Demo),

    /// Fetch a collection, verify it, and keep it
    #[command(after_help = "\
Exit status: 0 the store is verified and current (also if what it holds is stale, which is said); 1 refused, nothing
changed; 2 not understood; 3 not reachable; 4 store or file cannot be used.

Examples:
  countersign sync https://settings.example.org main/certs --root 5E36…92FE --store ./certs --out certs.json
  countersign sync http://127.0.0.1:8888 main/certs --root $ROOT --json")]
    Sync(Sync),

    /// Check a publication step by step, and say what was checked
    #[command(after_help = "\
Takes a server and a collection, or a changeset and a chain that were saved. docs/verify-by-hand.md does the same with
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
FILE holds a JSON array of records, or {\"data\": [records]}. Each has an `id`; records of the same id are replaced. All of
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
Signs every collection again under a version and a timestamp that no client has seen, so that clients that are ahead of
the backup accept what is published from here on.

Example:
  countersign recover --data /srv/countersign")]
    Recover(Recover),
}

/// The folder that holds everything.
#[derive(Args, Debug)]
pub(super) struct DataFolder {
    /// The folder with configuration, keys and database
    #[arg(long = "data", value_name = "DIR", default_value = "countersign-data")]
    pub(super) path: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct Init {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// The name in the signing certificate, which every client is told
    #[arg(long, value_name = "NAME")]
    pub(super) signer_name: Option<String>,
    /// Make this account, and let it administer
    #[arg(long, value_name = "NAME", value_parser = account)]
    pub(super) admin: Option<AccountName>,
    #[command(flatten)]
    pub(super) password: PasswordFlag,
}

#[derive(Args, Debug)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// Another configuration file than the one in the folder
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Where to listen, whatever the configuration says; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) listen: Option<SocketAddr>,
}

#[derive(Args, Debug)]
pub(super) struct Demo {
    /// End after the story, with status 0 only if every step held
    #[arg(long)]
    pub(super) once: bool,
    /// Print one line of JSON when it serves; the story goes to standard error
    #[arg(long)]
    pub(super) json: bool,
    /// Keep everything in this new folder
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8888, or a free port if that is taken]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) listen: Option<SocketAddr>,
}

/// Whom to believe.
#[derive(Args, Debug)]
pub(super) struct Trust {
    /// SHA-256 of the root certificate: 64 hex digits, colons allowed
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint)]
    pub(super) root: Sha256Digest,
    /// The name in the signing certificate
    #[arg(long, value_name = "NAME", default_value = crate::config::DEFAULT_SIGNER)]
    pub(super) signer: String,
}

#[derive(Args, Debug)]
pub(super) struct Sync {
    /// The server, with or without /v1
    pub(super) url: String,
    /// What to fetch
    #[arg(value_name = "BUCKET/COLLECTION", value_parser = collection)]
    pub(super) path: CollectionPath,
    #[command(flatten)]
    pub(super) trust: Trust,
    /// Keep the verified records here; only changes are fetched next time
    #[arg(long, value_name = "DIR")]
    pub(super) store: Option<PathBuf>,
    /// Write the verified records to this file, as a JSON array sorted by id
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// For services without statements: go by content signatures alone, which do not name their collection
    #[arg(long)]
    pub(super) content_signature_only: bool,
    /// Refuse larger answers
    #[arg(long, value_name = "N", default_value_t = crate::client::ClientConfig::MAX_BYTES)]
    pub(super) max_bytes: usize,
    /// Print the outcome as one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Verify {
    /// A server, or a file with a changeset
    #[arg(value_name = "URL|FILE")]
    pub(super) subject: String,
    /// What to fetch from the server
    #[arg(value_name = "BUCKET/COLLECTION", value_parser = collection)]
    pub(super) path: Option<CollectionPath>,
    #[command(flatten)]
    pub(super) trust: Trust,
    /// The certificate chain of the file: PEM
    #[arg(long, value_name = "FILE")]
    pub(super) chain: Option<PathBuf>,
    /// Print the steps as one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Review {
    /// Show the change, field by field, with its fingerprint
    #[command(after_help = "\
Takes the collection that is edited, or the one it is published to.

Example:
  countersign review show http://127.0.0.1:8888 main-workspace/certs --user bob")]
    Show(ReviewTarget),
    /// Show the change and approve it: this publishes it
    #[command(after_help = "\
Shows the change and asks. Without a terminal it needs --change, so that nothing is approved unseen.

Examples:
  countersign review approve http://127.0.0.1:8888 main/certs --user bob
  countersign review approve http://127.0.0.1:8888 main/certs --user bob --change 4f0c…")]
    Approve(Approve),
    /// Send the change back
    #[command(after_help = "\
Example:
  countersign review decline http://127.0.0.1:8888 main/certs --user bob --comment 'The serial of 2nd entry is wrong'")]
    Decline(Decline),
}

#[derive(Args, Debug)]
pub(super) struct ReviewTarget {
    /// The server, with or without /v1
    pub(super) url: String,
    /// The collection that is edited, or the one it is published to
    #[arg(value_name = "BUCKET/COLLECTION", value_parser = collection)]
    pub(super) path: CollectionPath,
    /// Who you are
    #[arg(long, value_name = "NAME", value_parser = account)]
    pub(super) user: AccountName,
    #[command(flatten)]
    pub(super) password: PasswordFlag,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Approve {
    #[command(flatten)]
    pub(super) target: ReviewTarget,
    /// Approve only this change: its digest, 64 hex digits
    #[arg(long, value_name = "HEX", value_parser = fingerprint)]
    pub(super) change: Option<Sha256Digest>,
    /// For the editors and the record
    #[arg(long, value_name = "TEXT")]
    pub(super) comment: Option<String>,
}

#[derive(Args, Debug)]
pub(super) struct Decline {
    #[command(flatten)]
    pub(super) target: ReviewTarget,
    /// What is wrong with it
    #[arg(long, value_name = "TEXT")]
    pub(super) comment: String,
}

#[derive(Args, Debug)]
pub(super) struct Import {
    /// A JSON array of records, or an object with it as `data`
    pub(super) file: PathBuf,
    /// The collection that is edited; it must exist
    #[arg(long, value_name = "BUCKET/COLLECTION", value_parser = collection)]
    pub(super) to: CollectionPath,
    /// Whose edit it is; the account must exist
    #[arg(long = "as", value_name = "NAME", value_parser = account)]
    pub(super) account: AccountName,
    /// Delete the records that are not in the file
    #[arg(long)]
    pub(super) replace: bool,
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// Print the outcome as one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Make an account
    #[command(after_help = "\
Example:
  countersign account add bob
  echo \"$PASSWORD\" | countersign account add bob --password-stdin")]
    Add(AccountSecret),
    /// Change an account's password
    Passwd(AccountSecret),
    /// Keep an account from signing in; its edits and approvals stay on record
    Disable(AccountDisable),
    /// List all accounts
    List(AccountList),
}

/// An account that gets a password.
#[derive(Args, Debug)]
pub(super) struct AccountSecret {
    /// Its name
    #[arg(value_parser = account)]
    pub(super) name: AccountName,
    #[command(flatten)]
    pub(super) data: DataFolder,
    #[command(flatten)]
    pub(super) password: PasswordFlag,
}

#[derive(Args, Debug)]
pub(super) struct AccountDisable {
    /// Its name
    #[arg(value_parser = account)]
    pub(super) name: AccountName,
    #[command(flatten)]
    pub(super) data: DataFolder,
}

#[derive(Args, Debug)]
pub(super) struct AccountList {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Make root, intermediate and leaf
    #[command(after_help = "\
`init` and `serve` do this on an empty folder. Afterwards move keys/root-key.pem to a safe place: it is not needed to serve.

Examples:
  countersign keys init
  countersign keys init --issuer-key inter.key.pem --issuer-chain inter-and-root.pem
      the leaf is issued under an intermediate that you bring")]
    Init(KeysInit),
    /// Show certificates, dates and the fingerprint that clients pin
    Inspect(KeysInspect),
}

#[derive(Args, Debug)]
pub(super) struct KeysInit {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// The name in the signing certificate
    #[arg(long, value_name = "NAME")]
    pub(super) signer_name: Option<String>,
    /// The private key of an intermediate of yours: PEM
    #[arg(long, value_name = "FILE", requires = "issuer_chain")]
    pub(super) issuer_key: Option<PathBuf>,
    /// The intermediate's certificate and its root's: PEM
    #[arg(long, value_name = "FILE", requires = "issuer_key")]
    pub(super) issuer_chain: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct KeysInspect {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Doctor {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct Recover {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// How a password is given.
#[derive(Args, Debug)]
pub(super) struct PasswordFlag {
    /// Read the password from standard input; else `COUNTERSIGN_PASSWORD`, else it is asked for
    #[arg(long = "password-stdin")]
    pub(super) stdin: bool,
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
