//! Why a configuration is refused: where it stands, which setting, what is wrong, and what to write instead.

use std::{fmt, path::PathBuf};

use crate::workflow::ResourceError;

/// Why the service does not start with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{origin}: this is not TOML: {message}")]
    Syntax {
        /// The file and the line.
        origin: Origin,
        /// What the parser said.
        message: String,
    },
    /// A setting, or a section, that is not one.
    #[error("{origin}: {key} is not a setting. {}", suggestion(*nearest))]
    Unknown {
        /// Where.
        origin: Origin,
        /// The dotted name.
        key: String,
        /// The setting that is spelled most alike.
        nearest: Option<&'static str>,
    },
    /// A setting with a value that it cannot have.
    #[error("{origin}: {key} {problem}")]
    Value {
        /// Where.
        origin: Origin,
        /// The dotted name.
        key: String,
        /// What is wrong.
        problem: Problem,
    },
}

/// Where a value was given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    /// An environment variable.
    Environment(String),
    /// A line of a file, counted from 1.
    File(PathBuf, usize),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::File(path, line) => write!(f, "{}, line {line}", path.display()),
        }
    }
}

/// What is wrong with a value.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Problem {
    /// A list item that is no account name.
    #[error("names {0:?}, which is no account name. Names have letters, digits, and - _ + . @ inside")]
    AccountName(String),
    /// No address with a port.
    #[error(
        "is no address. Write ADDRESS:PORT, as in \"127.0.0.1:8888\", or \"[::]:8888\" for all interfaces"
    )]
    Address,
    /// None of the words that it can be.
    #[error("can be {0} only")]
    Choice(&'static str),
    /// Neither a bucket nor a collection of one.
    #[error("names {0:?}, which is neither a bucket nor bucket/collection")]
    Collection(String),
    /// No name that a certificate can carry.
    #[error(
        "is no DNS name. Write a name such as \"countersign.localhost\": letters, digits, dots and dashes"
    )]
    DnsName,
    /// An exception to review that is none.
    #[error("names no source: signer.resources publishes nothing from there")]
    NoSource,
    /// Only one of two settings that go together.
    #[error("needs {0} beside it: another authority's key is of use with its chain only")]
    Half(&'static str),
    /// Outside its limits.
    #[error("is {found}; it can be {limits}")]
    Range {
        /// The value.
        found: String,
        /// From least to most.
        limits: String,
    },
    /// A resource that is not understood.
    #[error("is refused. {0}")]
    Resources(ResourceError),
    /// No size.
    #[error("is no size. Write a number of bytes, or one with KiB, MiB or GiB, as in \"10 MiB\"")]
    Size,
    /// A section where a value is expected, or the other way about, or another type.
    #[error("must be {0}")]
    Type(&'static str),
    /// No URL of a server.
    #[error(
        "is no address of a server. Write scheme, host and port only, as in \"https://settings.example.org\""
    )]
    Url,
}

fn suggestion(name: Option<&str>) -> String {
    name.map_or_else(
        || "docs/configuration.md lists all settings.".to_owned(),
        |name| format!("Did you mean {name}?"),
    )
}
