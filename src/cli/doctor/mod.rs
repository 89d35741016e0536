//! `doctor`: looks for trouble before users do. Changes nothing. One sentence and a mend for each trouble.

mod checks;
mod publications;

use super::{
    Failure,
    arguments::Doctor,
    console::{Console, Tone, shown},
};
use crate::{
    canonical,
    config::Environment,
    types::{Object, Value},
};

/// What was looked at, and what was found.
#[derive(Debug)]
struct Finding {
    area: Area,
    result: Found,
}

/// What is looked at, in this order.
#[derive(Clone, Copy, Debug)]
enum Area {
    Accounts,
    Clock,
    Configuration,
    Database,
    Disk,
    Folder,
    Keys,
    Publication,
}

/// What was found.
#[derive(Debug)]
enum Found {
    /// All is well.
    Good(String),
    /// Worth knowing; nothing is wrong.
    Note { mend: String, sentence: String },
    /// Something is wrong.
    Trouble { mend: String, sentence: String },
}

impl Area {
    fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Clock => "clock",
            Self::Configuration => "configuration",
            Self::Database => "database",
            Self::Disk => "disk",
            Self::Folder => "folder",
            Self::Keys => "keys",
            Self::Publication => "publication",
        }
    }
}

impl Finding {
    fn good(area: Area, sentence: impl Into<String>) -> Self {
        Self { area, result: Found::Good(sentence.into()) }
    }

    fn note(area: Area, sentence: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { area, result: Found::Note { mend: mend.into(), sentence: sentence.into() } }
    }

    fn trouble(area: Area, sentence: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { area, result: Found::Trouble { mend: mend.into(), sentence: sentence.into() } }
    }

    /// A failure of a part, with its own mend.
    fn failed(area: Area, failure: &Failure) -> Self {
        let mend = failure.how_to_mend().unwrap_or("Put the folder back from the backup.");
        Self::trouble(area, failure.message(), mend)
    }

    fn is_trouble(&self) -> bool {
        match self.result {
            Found::Good(_) | Found::Note { .. } => false,
            Found::Trouble { .. } => true,
        }
    }
}

/// Runs the command.
pub(super) fn run(doctor: &Doctor, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let findings = checks::run(&doctor.data.path, environment, &console.err);
    console.err.end_progress();
    let troubles = findings.iter().filter(|finding| finding.is_trouble()).count();
    if doctor.json {
        console.out.line(json(&findings));
    } else {
        print(&findings, console);
    }
    match troubles {
        0 => Ok(()),
        1 => Err(Failure::refused("there is one trouble")),
        many => Err(Failure::refused(format!("there are {many} troubles"))),
    }
}

fn print(findings: &[Finding], console: &Console) {
    let page = &console.out;
    for finding in findings {
        let (sign, sentence, mend) = match &finding.result {
            Found::Good(sentence) => (page.paint(Tone::Good, "ok     "), sentence, None),
            Found::Note { mend, sentence } => (page.paint(Tone::Warn, "note   "), sentence, Some(mend)),
            Found::Trouble { mend, sentence } => (page.paint(Tone::Bad, "TROUBLE"), sentence, Some(mend)),
        };
        page.line(format!("{sign} {:<13} {}", finding.area.name(), shown(sentence)));
        if let Some(mend) = mend {
            page.line(format!("        {:<13} {} {}", "", page.paint(Tone::Key, "do:"), shown(mend)));
        }
    }
    if !findings.iter().any(Finding::is_trouble) {
        page.line("");
        page.line(page.paint(Tone::Good, "All is well."));
    }
}

fn json(findings: &[Finding]) -> String {
    let all = findings.iter().map(|finding| {
        let (result, sentence, mend) = match &finding.result {
            Found::Good(sentence) => ("ok", sentence, None),
            Found::Note { mend, sentence } => ("note", sentence, Some(mend)),
            Found::Trouble { mend, sentence } => ("trouble", sentence, Some(mend)),
        };
        let mut object = Object::new();
        object.insert("area", finding.area.name());
        object.insert("result", result);
        object.insert("sentence", sentence.as_str());
        object.insert("mend", mend.map_or(Value::Null, |mend| Value::from(mend.as_str())));
        Value::from(object)
    });
    let mut object = Object::new();
    object.insert("well", !findings.iter().any(Finding::is_trouble));
    object.insert("findings", all.collect::<Vec<_>>());
    canonical::object_to_text(&object)
}
