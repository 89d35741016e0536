//! The commands of clients, editors and reviewers, and of whoever keeps their accounts.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{DataFolder, PasswordFlag, Trust, account, collection, fingerprint};
use crate::types::{AccountName, CollectionPath, Sha256Digest};

#[derive(Args, Debug)]
pub(in crate::cli) struct Sync {
    /// The server, with or without /v1
    pub(in crate::cli) url: String,
    /// What to fetch
    #[arg(value_name = "BUCKET/COLLECTION", value_parser = collection)]
    pub(in crate::cli) path: CollectionPath,
    #[command(flatten)]
    pub(in crate::cli) trust: Trust,
    /// Keep the verified records here; only changes are fetched next time
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) store: Option<PathBuf>,
    /// Write the verified records to this file, as a JSON array sorted by id
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// For services without statements: go by content signatures alone, which do not name their collection
    #[arg(long)]
    pub(in crate::cli) content_signature_only: bool,
    /// Refuse larger answers
    #[arg(long, value_name = "N", default_value_t = crate::client::ClientConfig::MAX_BYTES)]
    pub(in crate::cli) max_bytes: usize,
    /// Print the outcome as one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Verify {
    /// A server, or a file with a changeset
    #[arg(value_name = "URL|FILE")]
    pub(in crate::cli) subject: String,
    /// What to fetch from the server
    #[arg(value_name = "BUCKET/COLLECTION", value_parser = collection)]
    pub(in crate::cli) path: Option<CollectionPath>,
    #[command(flatten)]
    pub(in crate::cli) trust: Trust,
    /// The certificate chain of the file: PEM
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) chain: Option<PathBuf>,
    /// Print the steps as one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Review {
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
pub(in crate::cli) struct ReviewTarget {
    /// The server, with or without /v1
    pub(in crate::cli) url: String,
    /// The collection that is edited, or the one it is published to
    #[arg(value_name = "BUCKET/COLLECTION", value_parser = collection)]
    pub(in crate::cli) path: CollectionPath,
    /// Who you are
    #[arg(long, value_name = "NAME", value_parser = account)]
    pub(in crate::cli) user: AccountName,
    #[command(flatten)]
    pub(in crate::cli) password: PasswordFlag,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Approve {
    #[command(flatten)]
    pub(in crate::cli) target: ReviewTarget,
    /// Approve only this change: its digest, 64 hex digits
    #[arg(long, value_name = "HEX", value_parser = fingerprint)]
    pub(in crate::cli) change: Option<Sha256Digest>,
    /// For the editors and the record
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) comment: Option<String>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Decline {
    #[command(flatten)]
    pub(in crate::cli) target: ReviewTarget,
    /// What is wrong with it
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) comment: String,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Import {
    /// A JSON array of records, or an object with it as `data`
    pub(in crate::cli) file: PathBuf,
    /// The collection that is edited; it must exist
    #[arg(long, value_name = "BUCKET/COLLECTION", value_parser = collection)]
    pub(in crate::cli) to: CollectionPath,
    /// Whose edit it is; the account must exist
    #[arg(long = "as", value_name = "NAME", value_parser = account)]
    pub(in crate::cli) account: AccountName,
    /// Delete the records that are not in the file
    #[arg(long)]
    pub(in crate::cli) replace: bool,
    #[command(flatten)]
    pub(in crate::cli) data: DataFolder,
    /// Print the outcome as one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Account {
    /// Make an account
    #[command(after_help = "\
Example:
  countersign account add bob
  echo \"$PASSWORD\" | countersign account add bob --password-stdin")]
    Add(AccountSecret),
    /// Change an account's password; a disabled account may sign in again
    Passwd(AccountSecret),
    /// Keep an account from signing in; its edits and approvals stay on record
    Disable(NamedAccount),
    /// Let a disabled account sign in again, with the password that it had
    Enable(NamedAccount),
    /// List all accounts
    List(AccountList),
}

/// An account that gets a password.
#[derive(Args, Debug)]
pub(in crate::cli) struct AccountSecret {
    /// Its name
    #[arg(value_parser = account)]
    pub(in crate::cli) name: AccountName,
    #[command(flatten)]
    pub(in crate::cli) data: DataFolder,
    #[command(flatten)]
    pub(in crate::cli) password: PasswordFlag,
}

/// An account that is there.
#[derive(Args, Debug)]
pub(in crate::cli) struct NamedAccount {
    /// Its name
    #[arg(value_parser = account)]
    pub(in crate::cli) name: AccountName,
    #[command(flatten)]
    pub(in crate::cli) data: DataFolder,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct AccountList {
    #[command(flatten)]
    pub(in crate::cli) data: DataFolder,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
