//! Programs of others that some tests drive. Where one is missing the test says that it was skipped; with
//! `COUNTERSIGN_REQUIRE_ALL=1` it fails.

use std::{io::Write as _, path::PathBuf, process::Command};

/// A program that runs with these arguments; else the test says that it was skipped.
pub(crate) fn program(name: &str, check: &[&str], what: &str) -> Option<PathBuf> {
    let runs = Command::new(name).args(check).output().is_ok_and(|output| output.status.success());
    require(runs.then(|| PathBuf::from(name)), what)
}

/// A program on the path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// What was found; where nothing was, the test says that it was skipped.
pub(crate) fn require<T>(found: Option<T>, what: &str) -> Option<T> {
    if found.is_none() {
        assert!(variable("COUNTERSIGN_REQUIRE_ALL").is_none(), "{what} is missing");
        // Past the harness, which keeps what passing tests print.
        let _gone = writeln!(std::io::stderr(), "skipped: {what} is missing");
    }
    found
}

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "the tests' own switches")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
