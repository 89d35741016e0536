//! Programs of others, unmodified, against a running service. Where they are missing the test says that it was skipped;
//! with `COUNTERSIGN_REQUIRE_ALL=1` it fails.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::{PASSWORD, Station, run, run_as_somebody};
use crate::optional::{find, program, require, variable};

#[test]
fn kinto_http_creates_edits_requests_review_and_approves() {
    let python = variable("COUNTERSIGN_TEST_PYTHON").unwrap_or_else(|| "python3".to_owned());
    let Some(python) = program(&python, &["-c", "import kinto_http"], "Python with kinto-http") else {
        return;
    };
    let station = Station::new();
    run_script(Command::new(python).arg(script("kinto_http_test.py")).arg(&station.served.url));
}

#[test]
fn firefox_syncs_takes_a_delta_and_refuses_a_tampered_one() {
    let Some(python) = program("python3", &["--version"], "Python") else { return };
    let firefox = ["firefox-esr", "firefox"].iter().find_map(|name| find(name));
    let Some(firefox) = require(firefox, "Firefox") else { return };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gecko-local");
    let folder = TempDir::new().unwrap();
    let chain = folder.path().join("inter-and-root.pem");
    let text = ["inter.pem", "root.pem"].map(|name| fs::read_to_string(fixtures.join(name)).unwrap());
    fs::write(&chain, text.concat()).unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let key = fixtures.join("inter.key.pem");
    run([
        "keys",
        "init",
        "--data",
        data,
        "--signer-name",
        "remote-settings.content-signature.mozilla.org",
        "--issuer-key",
        key.to_str().unwrap(),
        "--issuer-chain",
        chain.to_str().unwrap(),
    ])
    .good();
    run_as_somebody(["init", "--data", data]).good();
    run_as_somebody(["account", "add", "admin", "--data", data]).good();
    let station = Station::in_folder(folder);
    let mut command = Command::new(python);
    command.arg(script("firefox_test.py")).arg(&station.served.url).arg(firefox);
    run_script(&mut command);
}

/// Runs a script; what it prints is shown if it fails.
fn run_script(command: &mut Command) {
    let output = command.env("COUNTERSIGN_PASSWORD", PASSWORD).output().unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}
