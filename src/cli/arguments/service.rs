//! The commands of whoever keeps a service.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

use super::{DataFolder, account};
use crate::types::AccountName;

#[derive(Args, Debug)]
pub(in crate::cli) struct Init {
    #[command(flatten)]
    pub(in crate::cli) data: DataFolder,
    /// The name in the signing certificate, which every client is told
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) signer_name: Option<String>,
    /// Make this account, and let it administer
    #[arg(long, value_name = "NAME", value_parser = account)]
    pub(in crate::cli) admin: Option<AccountName>,
    /// Read its password from standard input; else `COUNTERSIGN_PASSWORD`, else one is made and shown once
    #[arg(long)]
    pub(in crate::cli) password_stdin: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Serve {
    #[command(flatten)]
    pub(in crate::cli) data: DataFolder,
    /// Another configuration file than the one in the folder
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// Where to listen, whatever the configuration says; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub(in crate::cli) listen: Option<SocketAddr>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Demo {
    /// End after the story, with status 0 only if every step held
    #[arg(long)]
    pub(in crate::cli) once: bool,
    /// Print one line of JSON when it serves; the story goes to standard error
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// Keep everything in this new folder
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) data: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8888, or a free port if that is taken]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(in crate::cli) listen: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Keys {
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
pub(in crate::cli) struct KeysInit {
    #[command(flatten)]
    pub(in crate::cli) data: DataFolder,
    /// The name in the signing certificate
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) signer_name: Option<String>,
    /// The private key of an intermediate of yours: PEM
    #[arg(long, value_name = "FILE", requires = "issuer_chain")]
    pub(in crate::cli) issuer_key: Option<PathBuf>,
    /// The intermediate's certificate and its root's: PEM
    #[arg(long, value_name = "FILE", requires = "issuer_key")]
    pub(in crate::cli) issuer_chain: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct KeysInspect {
    #[command(flatten)]
    pub(in crate::cli) data: DataFolder,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Doctor {
    #[command(flatten)]
    pub(in crate::cli) data: DataFolder,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Recover {
    #[command(flatten)]
    pub(in crate::cli) data: DataFolder,
    /// Print one JSON object
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
