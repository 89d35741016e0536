//! What people see: standard output for what was asked, standard error for everything else. Colours on a terminal only.

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{IsTerminal as _, Write as _},
};

use crate::{config::Environment, types::is_invisible};

/// Both streams of a program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    /// Standard error: notices, progress, passwords shown once.
    pub(super) err: Page,
    /// Standard output: what was asked for.
    pub(super) out: Page,
}

/// One stream, written line by line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// Before each line.
    indent: &'static str,
    ink: Ink,
    stream: Stream,
    /// Whether somebody watches: progress is of no use in a file.
    terminal: bool,
}

/// How a text is printed on a terminal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tone {
    /// Refused, broken.
    Bad,
    /// A title.
    Bold,
    /// What can be skipped.
    Dim,
    /// Held, done.
    Good,
    /// What a name or number is.
    Key,
    /// Worth a look.
    Warn,
}

#[derive(Clone, Copy, Debug)]
enum Ink {
    Colour,
    Plain,
}

#[derive(Clone, Copy, Debug)]
enum Stream {
    Err,
    Out,
}

impl Console {
    /// The streams of this process.
    pub(super) fn new(environment: &Environment) -> Self {
        let plain = environment.find("NO_COLOR").is_some() || environment.find("TERM") == Some("dumb");
        let page = |stream, terminal| Page {
            indent: "",
            ink: if terminal && !plain { Ink::Colour } else { Ink::Plain },
            stream,
            terminal,
        };
        Self {
            err: page(Stream::Err, std::io::stderr().is_terminal()),
            out: page(Stream::Out, std::io::stdout().is_terminal()),
        }
    }
}

impl Page {
    /// Writes one line. A reader that went away is no reason to stop working.
    pub(super) fn line(&self, text: impl AsRef<str>) {
        self.write(&format!("{}{}\n", self.indent, text.as_ref()));
    }

    /// The same page, its lines further to the right.
    pub(super) fn indented(&self) -> Self {
        Self { indent: "     ", ..*self }
    }

    /// Writes without a line end.
    pub(super) fn write(&self, text: &str) {
        let _gone = match self.stream {
            Stream::Err => std::io::stderr().lock().write_all(text.as_bytes()),
            Stream::Out => {
                let mut out = std::io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
        };
    }

    /// Shows how far something is, in place of what it showed before; nothing where nobody watches.
    pub(super) fn progress(&self, text: &str) {
        if self.terminal {
            self.write(&format!("\r\u{1b}[2K{text}"));
        }
    }

    /// Takes the progress away.
    pub(super) fn end_progress(&self) {
        if self.terminal {
            self.write("\r\u{1b}[2K");
        }
    }

    /// `text` in a tone.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Bad => "31",
            Tone::Bold => "1",
            Tone::Dim => "2",
            Tone::Good => "32",
            Tone::Key => "36",
            Tone::Warn => "33",
        };
        match self.ink {
            Ink::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Ink::Plain => text.to_owned(),
        }
    }

    /// Whether somebody watches.
    pub(super) fn is_terminal(&self) -> bool {
        self.terminal
    }
}

/// Text of others, safe to show: what would move the cursor, turn the direction or hide is spelled out.
///
/// A reviewer must not be shown another text than is signed.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_invisible(character) {
            // Writing to a text cannot fail.
            let _written = write!(safe, "\\u{{{:x}}}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// A number of records, as people say it: `1 record`, `2 records`.
pub(super) fn records(many: usize) -> String {
    if many == 1 { "1 record".to_owned() } else { format!("{many} records") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 2].map(records), ["0 records", "1 record", "2 records"]);
    }

    #[test]
    fn what_hides_is_spelled_out() {
        for (text, safe) in [
            ("plain café 漢字 🦀", "plain café 漢字 🦀"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("user\u{202e}nimda", "user\\u{202e}nimda"),
            ("pay\u{200b}pal", "pay\\u{200b}pal"),
            ("line\nline\ttab\r", "line\\u{a}line\\u{9}tab\\u{d}"),
            ("\u{feff}\u{ad}\u{2066}x\u{2069}", "\\u{feff}\\u{ad}\\u{2066}x\\u{2069}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
        ] {
            assert_eq!(shown(text), safe);
        }
    }
}
