//! `recover`: after a restore, above everything that clients may have seen.

use super::{
    Failure,
    arguments::Recover,
    console::{Console, Tone},
    service,
};
use crate::{
    canonical,
    config::Environment,
    storage::SqliteLedger,
    types::{Object, Value},
    workflow::recover,
};

/// Runs the command.
pub(super) fn run(recover: &Recover, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let (folder, _, services) = service::beside(&recover.data.path, environment)?;
    let ledger = SqliteLedger::open(&folder.ledger())
        .map_err(|error| Failure::while_doing(folder.ledger().display(), &error))?;
    let recovered = recover::recover(&services, &ledger).map_err(|error| {
        Failure::while_doing("recovery stopped", &error)
            .mend("What was done stays done. Mend the cause and run it again.")
    })?;
    if recover.json {
        let all = recovered.iter().map(|recovered| {
            let (version, timestamp) =
                recovered.published.map_or((Value::Null, Value::Null), |(version, timestamp)| {
                    (Value::from(version), Value::from(timestamp.as_millis()))
                });
            let mut object = Object::new();
            object.insert("path", recovered.path.to_string());
            object.insert("version", version);
            object.insert("timestamp", timestamp);
            Value::from(object)
        });
        let mut object = Object::new();
        object.insert("recovered", all.collect::<Vec<_>>());
        console.out.line(canonical::object_to_text(&object));
        return Ok(());
    }
    for recovered in &recovered {
        console.out.line(match recovered.published {
            Some((version, timestamp)) => {
                format!("{}: version {version}, {}", recovered.path, timestamp.to_iso8601())
            }
            None => format!("{}: raised for the day when it is published again", recovered.path),
        });
    }
    console.out.line(
        console.out.paint(
            Tone::Good,
            &format!("{} collections are above what any client has seen.", recovered.len()),
        ),
    );
    Ok(())
}
