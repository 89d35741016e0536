//! `verify`: a publication checked step by step and out loud, for people who do not trust us.

use std::{fs, path::Path};

use super::{
    Failure,
    arguments::Verify,
    console::{Console, Tone, records, shown},
    sync,
};
use crate::{
    canonical,
    client::{HttpTransport, Snapshot, StepResult, Verification, verify, verify_file},
    types::{Clock as _, Object, SystemClock, Value},
};

/// Runs the command.
pub(super) fn run(arguments: &Verify, console: &Console) -> Result<(), Failure> {
    let now = SystemClock.now();
    let is_address = ["http://", "https://"].iter().any(|start| arguments.subject.starts_with(start));
    let verification = match (&arguments.chain, &arguments.path) {
        (Some(_), _) if is_address => {
            return Err(Failure::usage("--chain goes with a file: a server says where its chain is")
                .mend("Leave --chain out, or give the file with the changeset."));
        }
        (Some(chain), path) => {
            let read = |path: &Path| {
                fs::read(path).map_err(|error| Failure::unusable(format!("{}: {error}", path.display())))
            };
            let body = read(Path::new(&arguments.subject))?;
            verify_file(&sync::verifier(&arguments.trust)?, path.as_ref(), body, &read(chain)?, now)
        }
        (None, Some(path)) => {
            let config = sync::client_config(&arguments.subject, path, &arguments.trust)?;
            verify(&config, &mut HttpTransport::new(), now)
        }
        (None, None) => {
            return Err(Failure::usage(
                "BUCKET/COLLECTION is missing, or --chain FILE if a file is to be checked",
            )
            .mend("`countersign help verify` shows both."));
        }
    };
    if arguments.json {
        console.out.line(json(&verification));
    } else {
        print(&verification, console);
    }
    match &verification.outcome {
        Err(reason) => Err(sync::failure_of(reason)),
        Ok(_) if verification.holds() => Ok(()),
        Ok(_) => Err(Failure::refused("not everything holds")),
    }
}

fn print(verification: &Verification, console: &Console) {
    let page = &console.out;
    for step in &verification.steps {
        let (sign, words) = match &step.result {
            StepResult::Failed(words) => (page.paint(Tone::Bad, "FAILED "), words.as_str()),
            StepResult::Holds(words) => (page.paint(Tone::Good, "holds  "), words.as_str()),
            StepResult::NotReached => (page.paint(Tone::Dim, "not reached"), ""),
            StepResult::Noted(words) => (page.paint(Tone::Warn, "noted  "), words.as_str()),
        };
        page.line(format!("{sign} {}", step.check));
        if !words.is_empty() {
            page.line(page.paint(Tone::Dim, &format!("        {}", shown(words))));
        }
    }
    if let (true, Ok(snapshot)) = (verification.holds(), &verification.outcome) {
        page.line("");
        page.line(
            page.paint(Tone::Good, &format!("Verified: {}, exactly as signed.", records(snapshot.len()))),
        );
    }
}

fn json(verification: &Verification) -> String {
    let steps = verification.steps.iter().map(|step| {
        let (result, words) = match &step.result {
            StepResult::Failed(words) => ("failed", Some(words)),
            StepResult::Holds(words) => ("holds", Some(words)),
            StepResult::NotReached => ("not reached", None),
            StepResult::Noted(words) => ("noted", Some(words)),
        };
        let mut object = Object::new();
        object.insert("check", step.check.to_string());
        object.insert("result", result);
        object.insert("detail", words.map_or(Value::Null, |words| Value::from(words.as_str())));
        Value::from(object)
    });
    let snapshot = verification.outcome.as_ref().ok();
    let statement = snapshot.and_then(Snapshot::statement);
    let number = |number: Option<u64>| number.map_or(Value::Null, Value::from);
    let mut object = Object::new();
    object.insert("holds", verification.holds());
    let refusal = verification.outcome.as_ref().err().map(|reason| Value::from(reason.name()));
    object.insert("refusal", refusal.unwrap_or(Value::Null));
    object.insert("steps", steps.collect::<Vec<_>>());
    object.insert("version", number(statement.map(|statement| statement.version)));
    object.insert("timestamp", number(snapshot.map(|snapshot| snapshot.timestamp().as_millis())));
    object.insert("records", number(snapshot.and_then(|snapshot| u64::try_from(snapshot.len()).ok())));
    canonical::object_to_text(&object)
}
