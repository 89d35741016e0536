//! How a command ends when it does not end well.

use std::{error::Error, fmt, process::ExitCode};

/// One sentence, what to do about it, and the exit status.
#[derive(Debug)]
pub(super) struct Failure {
    message: String,
    mend: Option<String>,
    status: Status,
}

/// The exit statuses (docs/command-line.md).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Status {
    /// Refused or failed; nothing changed.
    Refused,
    /// The store or the output file cannot be used.
    Unusable,
    /// The server could not be reached, or did not answer as it should.
    Unreachable,
    /// The command was not understood.
    Usage,
}

impl Failure {
    /// With status 1.
    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::new(Status::Refused, message)
    }

    /// With status 3.
    pub(super) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Status::Unreachable, message)
    }

    /// With status 4.
    pub(super) fn unusable(message: impl Into<String>) -> Self {
        Self::new(Status::Unusable, message)
    }

    /// With status 2.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Status::Usage, message)
    }

    /// With status 1, from an error and what was being done.
    pub(super) fn while_doing(what: impl fmt::Display, error: &dyn Error) -> Self {
        Self::refused(format!("{what}: {}", chain_of(error)))
    }

    fn new(status: Status, message: impl Into<String>) -> Self {
        Self { message: message.into(), mend: None, status }
    }

    /// Says what to do.
    #[must_use]
    pub(super) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    /// The sentence.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// What to do, if anything is known.
    pub(super) fn how_to_mend(&self) -> Option<&str> {
        self.mend.as_deref()
    }

    /// The exit status.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit_status())
    }

    /// The exit status as a number.
    pub(super) fn exit_status(&self) -> u8 {
        match self.status {
            Status::Refused => 1,
            Status::Usage => 2,
            Status::Unreachable => 3,
            Status::Unusable => 4,
        }
    }
}

/// An error and what caused it, in one line; a cause that says nothing new is left out.
pub(super) fn chain_of(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let sentence = cause.to_string();
        if !text.contains(&sentence) {
            text.push_str(": ");
            text.push_str(&sentence);
        }
        source = cause.source();
    }
    text
}
