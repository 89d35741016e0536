//! `serve`: the service itself.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use super::{
    Failure,
    arguments::Serve,
    console::Console,
    first_start,
    folder::{Folder, FolderState},
    init::{self, Choices},
    logging,
    schedule::Schedule,
    service,
};
use crate::{
    config::{Config, Environment},
    http::{self, Published, Shell, Signals},
    ui::Ui,
};

/// Runs the command.
pub(super) fn run(serve: &Serve, console: &Console, environment: &Environment) -> Result<(), Failure> {
    logging::begin(&console.err, environment, LOG)?;
    let folder = Folder::prepare(&serve.data.path)?;
    let lock = folder.lock()?;
    let was = folder.state()?;
    let config = init::make(&folder, Choices::default(), serve.config.as_deref(), environment)?;
    if was == FolderState::Empty {
        console.err.line(format!("{} was empty and is ready now.", folder.path().display()));
    }
    let listener = bind(serve.listen.unwrap_or(config.listen))?;
    let address = address_of(&listener)?;
    let signer = Arc::new(service::signer(&folder, &config)?);
    let published = Arc::new(Published::new(config.cache_max_bytes, config.changes.clone()));
    let services = service::services(
        service::store(&folder)?,
        Arc::clone(&signer),
        &config,
        public_url(&config, address),
        Arc::<Published>::clone(&published),
    )?;
    service::set_up(&services, &config)?;
    first_start::invite(&services, console)?;
    let schedule = Schedule::begin(services.clone(), signer)
        .map_err(|error| Failure::while_doing("beginning the schedule", &error))?;
    let out = console.out;
    let pages = Ui::new(Arc::clone(&published), services.clone());
    let shell = Shell::new(published, services).with_site(Arc::new(pages));
    http::serve(shell, listener, Signals::Handled, |_| {
        out.line(format!("listening on http://{address}"));
    })
    .map_err(|error| Failure::while_doing("serving", &error))?;
    drop(schedule);
    drop(lock);
    Ok(())
}

/// Binds the address, or says who has it.
pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        let failure = Failure::while_doing(format!("cannot listen on {address}"), &error);
        if error.kind() == std::io::ErrorKind::AddrInUse {
            failure.mend("Stop the other program, or choose another port with --listen ADDR:PORT.")
        } else {
            failure
        }
    })
}

/// What a listener is bound to.
pub(super) fn address_of(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener.local_addr().map_err(|error| Failure::while_doing("asking for the bound address", &error))
}

/// Where clients reach the service.
pub(super) fn public_url(config: &Config, address: SocketAddr) -> String {
    config.public_url.clone().unwrap_or_else(|| format!("http://{address}"))
}

/// Ours in full; of the framework what somebody has to act on.
const LOG: &str = "info,actix_server=warn";
