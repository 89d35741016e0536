//! How the story is told: acts, steps that hold or do not, and what they showed.

use super::super::{
    Failure,
    console::{Page, Tone},
};

/// Tells the story on one page.
#[derive(Debug)]
pub(super) struct Teller {
    act: usize,
    page: Page,
}

impl Teller {
    /// On this page.
    pub(super) fn new(page: Page) -> Self {
        Self { act: 0, page }
    }

    /// Begins an act.
    pub(super) fn act(&mut self, title: &str) {
        self.act += 1;
        self.page.line("");
        self.page.line(format!(
            "{} {}",
            self.page.paint(Tone::Key, &format!("{:>2}", self.act)),
            self.page.paint(Tone::Bold, title)
        ));
    }

    /// Tells of a step that held; the value goes on.
    pub(super) fn held(&self, what: impl AsRef<str>) {
        self.page.line(format!("   {} {}", self.page.paint(Tone::Good, "✓"), what.as_ref()));
    }

    /// Something to know about the step before.
    pub(super) fn detail(&self, text: impl AsRef<str>) {
        self.page.line(format!("     {}", self.page.paint(Tone::Dim, text.as_ref())));
    }

    /// A line of its own.
    pub(super) fn line(&self, text: impl AsRef<str>) {
        self.page.line(text);
    }

    /// A text in a tone of this page.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        self.page.paint(tone, text)
    }

    /// The page itself.
    pub(super) fn page(&self) -> &Page {
        &self.page
    }

    /// Holds a step to what it should have shown.
    pub(super) fn expect<T: PartialEq + std::fmt::Debug>(
        &self,
        what: &str,
        found: &T,
        expected: &T,
    ) -> Result<(), Failure> {
        if found == expected {
            Ok(())
        } else {
            self.page.line(format!("   {} {what}", self.page.paint(Tone::Bad, "✗")));
            Err(Failure::refused(format!("{what}: {found:?}, where {expected:?} was expected")))
        }
    }
}
