//! `import`: records from a file into a source. All of them or none.

use std::fs;

use super::{
    Failure,
    arguments::Import,
    console::{Console, Tone, records},
    failure::chain_of,
    service,
};
use crate::{
    canonical,
    config::Environment,
    types::Object,
    workflow::import::{self, Batch, ImportError, Imported, Others},
};

/// Runs the command.
pub(super) fn run(arguments: &Import, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let (_, _, services) = service::beside(&arguments.data.path, environment)?;
    let bytes =
        fs::read(&arguments.file).map_err(|error| Failure::while_doing(arguments.file.display(), &error))?;
    let limits = &services.settings.limits;
    let file = arguments.file.display();
    let batch = Batch::parse(&bytes, limits.depth, limits.record)
        .map_err(|error| failed(&error, &format!("{file}: ")))?;
    drop(bytes);
    let total = batch.len();
    let others = if arguments.replace { Others::Delete } else { Others::Keep };
    let mut progress = |done: usize| {
        if done.is_multiple_of(STEP) {
            console.err.progress(&format!("{done} of {} …", records(total)));
        }
    };
    let imported =
        import::import(&batch, &arguments.to, &arguments.account, others, &services, &mut progress);
    console.err.end_progress();
    let imported = imported.map_err(|error| failed(&error, ""))?;
    if arguments.json {
        console.out.line(json(&imported));
        return Ok(());
    }
    let Imported { created, deleted, unchanged, updated } = imported;
    console.out.line(format!(
        "{}: {created} created, {updated} updated, {deleted} deleted, {unchanged} unchanged",
        arguments.to
    ));
    if created + updated + deleted > 0 {
        console.err.line(console.err.paint(
            Tone::Dim,
            &format!(
                "Nothing is published yet: ask for review of {}, and have another person approve it.",
                arguments.to
            ),
        ));
    }
    Ok(())
}

fn json(imported: &Imported) -> String {
    let mut object = Object::new();
    object.insert("created", imported.created);
    object.insert("updated", imported.updated);
    object.insert("deleted", imported.deleted);
    object.insert("unchanged", imported.unchanged);
    canonical::object_to_text(&object)
}

fn failed(error: &ImportError, before: &str) -> Failure {
    let failure = Failure::refused(format!("{before}{}. Nothing was imported.", chain_of(error)));
    match error {
        ImportError::MissingAccount(name) => failure.mend(format!("countersign account add {name}")),
        ImportError::MissingCollection(path) => failure.mend(format!(
            "Make it first, as an administrator: PUT /v1/buckets/{}/collections/{}",
            path.bucket, path.collection
        )),
        ImportError::NotSource(_) => {
            failure.mend("Name a collection that is edited, on the left of a line of signer.resources.")
        }
        ImportError::RecordTooLong { .. } => failure.mend("limits.record in the configuration is the limit."),
        ImportError::TooManyRecords { .. } => {
            failure.mend("limits.records in the configuration is the limit.")
        }
        ImportError::DuplicateId { .. }
        | ImportError::Json(_)
        | ImportError::NotRecords
        | ImportError::RecordId { .. }
        | ImportError::Refused { .. }
        | ImportError::Schema(_)
        | ImportError::Violates { .. }
        | ImportError::Review(_)
        | ImportError::Row(_)
        | ImportError::Storage(_) => failure,
    }
}

/// Records between two signs of progress.
const STEP: usize = 1000;
