//! `account`: who may sign in. Works on a folder, also beside a running service.

use super::{
    Failure,
    arguments::{Account, AccountList, AccountSecret},
    console::{Console, Tone},
    password::{self, Password, PasswordSource},
    service,
};
use crate::{
    canonical,
    config::Environment,
    storage::{AccountState, StorageError},
    types::{AccountName, Object, SystemRandom, Value},
    workflow::{
        Actor, Scope, Secret, Services,
        access::{self, MayAdminister},
        accounts::{self, AccountError},
    },
};

/// Runs one of the five.
pub(super) fn run(account: &Account, console: &Console, environment: &Environment) -> Result<(), Failure> {
    match account {
        Account::Add(named) => add(named, console, environment),
        Account::Disable(named) => {
            let (_, _, services) = service::beside(&named.data.path, environment)?;
            change(&services, |scope, permit| accounts::disable(scope, permit, &named.name))?;
            console.out.line(format!("{} can sign in no more.", named.name));
            Ok(())
        }
        Account::Enable(named) => {
            let (_, _, services) = service::beside(&named.data.path, environment)?;
            change(&services, |scope, permit| accounts::enable(scope, permit, &named.name))?;
            console.out.line(format!("{} can sign in again, with the password that it had.", named.name));
            Ok(())
        }
        Account::List(arguments) => list(arguments, console, environment),
        Account::Passwd(named) => {
            let (_, _, services) = service::beside(&named.data.path, environment)?;
            let password = new_password(named, environment)?;
            let secret = secret(&password)?;
            services
                .write(&Actor::plugin(), |scope| accounts::set_password(scope, &named.name, &secret))
                .map_err(|error| failed(&error))?;
            console.out.line(format!("{} has a new password.", named.name));
            Ok(())
        }
    }
}

/// As whoever has the folder: it administers.
fn change(
    services: &Services,
    mut verb: impl FnMut(&mut Scope<'_>, &MayAdminister) -> Result<(), AccountError>,
) -> Result<(), Failure> {
    services
        .write(&Actor::plugin(), |scope| {
            let permit = access::administer(scope)?;
            verb(scope, &permit)
        })
        .map_err(|error| failed(&error))
}

/// Makes an account with this password.
pub(super) fn create(services: &Services, name: &AccountName, password: &Password) -> Result<(), Failure> {
    let secret = secret(password)?;
    services
        .write(&Actor::plugin(), |scope| accounts::add(scope, name, &secret))
        .map_err(|error| failed(&error))
}

/// A password that was given, or a new one, which is shown once.
pub(super) fn given_or_made(
    source: PasswordSource,
    name: &AccountName,
    console: &Console,
    environment: &Environment,
) -> Result<Password, Failure> {
    if let Some(password) = password::given(source, environment)? {
        return Ok(password);
    }
    let made = password::generate(&SystemRandom)?;
    console
        .err
        .line(format!("Password of {name}, shown this once: {}", console.err.paint(Tone::Bold, &made)));
    Ok(made)
}

fn add(named: &AccountSecret, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let (_, config, services) = service::beside(&named.data.path, environment)?;
    let password = new_password(named, environment)?;
    create(&services, &named.name, &password)?;
    let role = if config.administrators.contains(&named.name) { "; it administers" } else { "" };
    console.out.line(format!("{} can sign in{role}.", named.name));
    Ok(())
}

fn list(list: &AccountList, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let (_, config, services) = service::beside(&list.data.path, environment)?;
    let lines = services
        .read(&Actor::plugin(), accounts::list)
        .map_err(|error: StorageError| Failure::while_doing("reading the accounts", &error))?;
    let is_administrator = |name: &AccountName| config.administrators.contains(name);
    if list.json {
        let accounts = lines.iter().map(|line| {
            let mut object = Object::new();
            object.insert("name", line.name.as_str());
            object.insert("active", line.state == AccountState::Active);
            object.insert("administrator", is_administrator(&line.name));
            object.insert("last_modified", line.last_modified.as_millis());
            Value::from(object)
        });
        let mut object = Object::new();
        object.insert("accounts", accounts.collect::<Vec<_>>());
        console.out.line(canonical::object_to_text(&object));
        return Ok(());
    }
    if lines.is_empty() {
        console.err.line("No accounts yet. Make the first with `countersign account add admin`.");
    }
    for line in lines {
        let state = match line.state {
            AccountState::Active => "",
            AccountState::Disabled => "  disabled",
        };
        let role = if is_administrator(&line.name) { "  administrator" } else { "" };
        console.out.line(format!("{}{}", line.name, console.out.paint(Tone::Dim, &format!("{role}{state}"))));
    }
    Ok(())
}

fn new_password(named: &AccountSecret, environment: &Environment) -> Result<Password, Failure> {
    let prompt = format!("New password of {}: ", named.name);
    password::read_new(PasswordSource::from_flag(named.password.stdin), &prompt, environment)
}

fn secret(password: &Password) -> Result<Secret, Failure> {
    Secret::new(password.to_string()).map_err(|error| Failure::refused(error.to_string()))
}

fn failed(error: &AccountError) -> Failure {
    let failure = Failure::refused(super::failure::chain_of(error));
    match error {
        AccountError::Exists { .. } => {
            failure.mend("`countersign account passwd NAME` changes its password.")
        }
        AccountError::Missing { .. } => failure.mend("`countersign account list` shows all accounts."),
        AccountError::LastAdministrator { .. } => failure.mend(
            "Make an account for another of accounts.administrators first: `countersign account add NAME`.",
        ),
        AccountError::NoPassword { .. } => failure.mend("`countersign account passwd NAME` gives it one."),
        AccountError::Denied(_)
        | AccountError::Hash(_)
        | AccountError::IdTaken { .. }
        | AccountError::NameTaken { .. }
        | AccountError::Row(_) => failure,
    }
}
