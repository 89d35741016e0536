//! Passwords: from the environment, from standard input, or from a prompt; never from an argument.

use std::io::{IsTerminal as _, Read as _};

use zeroize::Zeroizing;

use super::Failure;
use crate::{config::Environment, types::Random};

/// A password; forgotten when dropped.
pub(super) type Password = Zeroizing<String>;

/// Where a password may come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PasswordSource {
    /// `COUNTERSIGN_PASSWORD`, else a prompt.
    Ask,
    /// The first line of standard input.
    Stdin,
}

impl PasswordSource {
    /// From the flag.
    pub(super) fn from_flag(stdin: bool) -> Self {
        if stdin { Self::Stdin } else { Self::Ask }
    }
}

/// The password of somebody who has one.
pub(super) fn read(
    source: PasswordSource,
    prompt: &str,
    environment: &Environment,
) -> Result<Password, Failure> {
    if let Some(password) = given(source, environment)? {
        return Ok(password);
    }
    ask(prompt)
}

/// A new password: given, or asked for twice.
pub(super) fn read_new(
    source: PasswordSource,
    prompt: &str,
    environment: &Environment,
) -> Result<Password, Failure> {
    if let Some(password) = given(source, environment)? {
        return Ok(password);
    }
    let password = ask(prompt)?;
    if password != ask("Again: ")? {
        return Err(Failure::refused("the two passwords are not the same"));
    }
    Ok(password)
}

/// A password that came without asking anybody.
pub(super) fn given(source: PasswordSource, environment: &Environment) -> Result<Option<Password>, Failure> {
    match source {
        PasswordSource::Ask => {
            Ok(environment.find("COUNTERSIGN_PASSWORD").map(|text| text.to_owned().into()))
        }
        PasswordSource::Stdin => from_stdin().map(Some),
    }
}

/// A password that nobody can guess: 100 bits in characters that are not taken for one another.
pub(super) fn generate(random: &dyn Random) -> Result<Password, Failure> {
    let mut bytes = Zeroizing::new([0_u8; 20]);
    random.fill(&mut *bytes).map_err(|error| Failure::while_doing("making a password", &error))?;
    let mut password = Password::default();
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index.is_multiple_of(4) {
            password.push('-');
        }
        password.push(ALPHABET.get(usize::from(byte & 31)).copied().map_or('0', char::from));
    }
    Ok(password)
}

fn from_stdin() -> Result<Password, Failure> {
    let mut text = Password::default();
    std::io::stdin()
        .take(MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| Failure::while_doing("reading the password from standard input", &error))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::usage("standard input holds no password").mend("Write it there as one line."));
    }
    Ok(line.to_owned().into())
}

fn ask(prompt: &str) -> Result<Password, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("a password is needed, and there is no terminal to ask for it")
            .mend("Set COUNTERSIGN_PASSWORD, or give --password-stdin and write it to standard input."));
    }
    rpassword::prompt_password(prompt)
        .map(Password::from)
        .map_err(|error| Failure::while_doing("asking for the password", &error))
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const MAX_BYTES: u64 = 4096;
