//! The commands: what people, scripts and tests meet. Puts the parts together.
//!
//! Standard output carries what was asked for, standard error everything else. docs/command-line.md describes all of it.

mod account;
mod api;
mod arguments;
mod console;
mod demo;
mod doctor;
mod failure;
mod first_start;
mod folder;
mod import;
mod init;
mod keys;
mod logging;
mod password;
mod recover;
mod review;
mod schedule;
mod serve;
mod service;
mod sync;
mod verify;

use std::process::ExitCode;

use clap::Parser as _;

use self::{
    arguments::{Arguments, Command},
    console::{Console, Tone},
    failure::Failure,
};
use crate::config::Environment;

/// Runs the program: reads the command line, does what it says, and tells how it ended.
pub fn run() -> ExitCode {
    let environment = Environment::of_process();
    let console = Console::new(&environment);
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version are errors to clap; it knows their stream and status.
        Err(error) => {
            let _gone = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match dispatch(&arguments.command, &console, &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.err.line(format!("{} {}", console.err.paint(Tone::Bad, "error:"), failure.message()));
            if let Some(mend) = failure.how_to_mend() {
                console.err.line(format!("{} {mend}", console.err.paint(Tone::Key, "   do:")));
            }
            failure.exit_code()
        }
    }
}

fn dispatch(command: &Command, console: &Console, environment: &Environment) -> Result<(), Failure> {
    match command {
        Command::Account(account) => account::run(account, console, environment),
        Command::Demo(demo) => demo::run(demo, console, environment),
        Command::Doctor(doctor) => doctor::run(doctor, console, environment),
        Command::Import(import) => import::run(import, console, environment),
        Command::Init(init) => init::run(init, console, environment),
        Command::Keys(keys) => keys::run(keys, console, environment),
        Command::Recover(recover) => recover::run(recover, console, environment),
        Command::Review(review) => review::run(review, console, environment),
        Command::Serve(serve) => serve::run(serve, console, environment),
        Command::Sync(sync) => sync::run(sync, console),
        Command::Verify(verify) => verify::run(verify, console),
    }
}
