//! The link to the page that makes the first administrator.

use super::{
    Failure,
    console::{Console, Tone},
};
use crate::{
    types::SystemRandom,
    workflow::{Actor, Services, first_start, sessions::Token},
};

/// Where there is no account yet, prints a link on standard error that makes the first one: it never is in a log or in what
/// another program reads.
pub(super) fn invite(services: &Services, console: &Console) -> Result<(), Failure> {
    let token = Token::new(&SystemRandom).map_err(|error| Failure::while_doing("making a link", &error))?;
    let is_open = services
        .write(&Actor::plugin(), |scope| first_start::make_link(scope, &token))
        .map_err(|error| Failure::while_doing("making a link", &error))?;
    if is_open {
        let page = &console.err;
        let url = services.settings.url_to_open();
        let link = format!("{url}/ui/first-start?token={}", token.to_text());
        page.line("");
        page.line(
            "There is no account yet. This link makes the first administrator; it works once, for 24 hours:",
        );
        page.line(format!("  {}", page.paint(Tone::Bold, &link)));
        page.line("");
    }
    Ok(())
}
