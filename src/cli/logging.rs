//! Log lines: to standard error, as sentences with fields.

use tracing_subscriber::EnvFilter;

use super::{Failure, console::Page};
use crate::config::Environment;

/// Begins to log. `COUNTERSIGN_LOG` chooses what, `COUNTERSIGN_LOG_FORMAT=json` how.
pub(super) fn begin(page: &Page, environment: &Environment, usual: &str) -> Result<(), Failure> {
    let wanted = environment.find("COUNTERSIGN_LOG").unwrap_or(usual);
    let filter = EnvFilter::builder().parse(wanted).map_err(|error| {
        Failure::usage(format!("COUNTERSIGN_LOG: {error}")).mend("Write a level, as in COUNTERSIGN_LOG=info.")
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match environment.find("COUNTERSIGN_LOG_FORMAT") {
        Some("json") => builder.json().flatten_event(true).try_init(),
        None | Some("text") => builder.with_ansi(page.is_terminal()).with_target(false).try_init(),
        Some(other) => {
            return Err(Failure::usage(format!("COUNTERSIGN_LOG_FORMAT is {other:?}"))
                .mend("It can be `text` or `json`."));
        }
    };
    // Somebody who logs already keeps logging.
    drop(begun);
    Ok(())
}
