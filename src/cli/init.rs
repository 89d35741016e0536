//! `init`: a folder with everything in it. Never overwrites.

use super::{
    Failure, account,
    arguments::Init,
    console::{Console, Tone},
    first_start,
    folder::{Folder, FolderState, write_new},
    password::PasswordSource,
    service,
};
use crate::{
    config::{
        Config, DEFAULT_ADMINISTRATOR, DEFAULT_RESOURCE, DEFAULT_SIGNER, Environment, program, template,
    },
    signing::{KeyFolder, SignerName},
    types::{Clock as _, SystemClock, SystemRandom},
};

/// What is decided when a folder is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choices<'a> {
    pub(super) administrator: &'a str,
    pub(super) resources: &'a [&'a str],
    pub(super) signer_name: &'a str,
}

impl Default for Choices<'_> {
    fn default() -> Self {
        Self {
            administrator: DEFAULT_ADMINISTRATOR,
            resources: &[DEFAULT_RESOURCE],
            signer_name: DEFAULT_SIGNER,
        }
    }
}

/// Runs the command.
pub(super) fn run(init: &Init, console: &Console, environment: &Environment) -> Result<(), Failure> {
    // A name that is no name would be written, and be in the way of the next try.
    if let Some(name) = &init.signer_name {
        SignerName::parse(name)
            .map_err(|error| Failure::while_doing(format!("--signer-name {name:?}"), &error))?;
    }
    let folder = Folder::prepare(&init.data.path)?;
    if folder.state()? == FolderState::Ready {
        return Err(Failure::refused(format!("{} is made already", folder.path().display()))
            .mend("`countersign serve` serves it. Nothing was changed."));
    }
    let usual = Choices::default();
    let choices = Choices {
        administrator: init.admin.as_ref().map_or(usual.administrator, |name| name.as_str()),
        signer_name: init.signer_name.as_deref().unwrap_or(usual.signer_name),
        ..usual
    };
    let config = make(&folder, choices, None, environment)?;
    let (_, _, services) = service::beside(folder.path(), environment)?;
    service::set_up(&services, &config)?;
    if let Some(name) = &init.admin {
        let source = PasswordSource::from_flag(init.password_stdin);
        let password = account::given_or_made(source, name, console, environment)?;
        account::create(&services, name, &password)?;
    }
    let page = &console.out;
    page.line(format!("{} is ready.", folder.path().display()));
    page.line(format!("  configuration  {}", folder.configuration().display()));
    page.line(format!("  keys           {}, for {}", folder.keys().display(), config.signer.name));
    page.line(format!("  database       {}", folder.database().display()));
    if init.admin.is_none() {
        page.line(format!(
            "\nNobody can sign in yet. Make the administrator with {},",
            page.paint(Tone::Bold, &command(&format!("account add {}", choices.administrator), &folder))
        ));
        page.line("or in a browser, once the service runs: by this link, or by the one that `serve` prints.");
        first_start::invite(&services, console)?;
    }
    page.line("");
    page.line(format!("Serve it with {}", page.paint(Tone::Bold, &command("serve", &folder))));
    Ok(())
}

/// Makes what is missing in a folder: configuration, keys, database, in this order; so an interruption can be made good by
/// calling it again.
pub(super) fn make(
    folder: &Folder,
    choices: Choices<'_>,
    config_file: Option<&std::path::Path>,
    environment: &Environment,
) -> Result<Config, Failure> {
    if config_file.is_none() {
        let text = template(choices.administrator, choices.signer_name, choices.resources);
        let _kept_if_there = write_new(&folder.configuration(), &text)?;
    }
    let config = service::configuration(folder, config_file, environment)?;
    match (folder.state()?, &config.brought_key) {
        (FolderState::DatabaseAlone, None) => {
            return Err(Failure::refused(format!(
                "{} has a database and no keys",
                folder.path().display()
            ))
            .mend("Put the folder `keys` back from the backup. With new keys (`countersign keys init`) clients would refuse everything."));
        }
        (FolderState::Empty, None) => {
            KeyFolder::init(
                &folder.keys(),
                &service::signer_name(&config)?,
                config.signer.leaf_days,
                SystemClock.now(),
                &SystemRandom,
            )
            .map_err(|error| service::unusable_keys(&error))?;
        }
        (FolderState::DatabaseAlone | FolderState::Empty, Some(_))
        | (FolderState::KeysAlone | FolderState::Ready, _) => {}
    }
    drop(service::store(folder)?);
    Ok(config)
}

/// A command line for this folder.
pub(super) fn command(command: &str, folder: &Folder) -> String {
    if folder.path() == std::path::Path::new("countersign-data") {
        format!("{} {command}", program())
    } else {
        format!("{} {command} --data {}", program(), folder.path().display())
    }
}
