//! Which function answers which address.

use super::{Answer, Form, PageError, SignedIn, Visit};

/// One address and what answers there. `{name}` in a pattern takes one segment.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) handler: Handler,
    pub(super) pattern: &'static str,
}

/// What an answer may be.
pub(super) type Outcome = Result<Answer, PageError>;

/// Who answers, and what has been looked at before it is called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Handler {
    /// GET of a page for whoever signed in; everybody else gets the sign-in page and comes back.
    Get(fn(&SignedIn<'_>) -> Outcome),
    /// GET of a page for everybody.
    OpenGet(fn(&Visit<'_>) -> Outcome),
    /// POST of a form by everybody. It came from a page of ours.
    OpenPost(fn(&Visit<'_>, &Form) -> Outcome),
    /// POST of a form by whoever signed in. It came from a page of ours, and carried the session's token.
    Post(fn(&SignedIn<'_>, &Form) -> Outcome),
}

impl Route {
    /// A page for whoever signed in.
    pub(super) const fn get(pattern: &'static str, answer: fn(&SignedIn<'_>) -> Outcome) -> Self {
        Self { handler: Handler::Get(answer), pattern }
    }

    /// A form for whoever signed in.
    pub(super) const fn post(pattern: &'static str, answer: fn(&SignedIn<'_>, &Form) -> Outcome) -> Self {
        Self { handler: Handler::Post(answer), pattern }
    }

    /// A page for everybody.
    pub(super) const fn open_get(pattern: &'static str, answer: fn(&Visit<'_>) -> Outcome) -> Self {
        Self { handler: Handler::OpenGet(answer), pattern }
    }

    /// A form for everybody.
    pub(super) const fn open_post(pattern: &'static str, answer: fn(&Visit<'_>, &Form) -> Outcome) -> Self {
        Self { handler: Handler::OpenPost(answer), pattern }
    }

    /// What the places of the pattern hold, if the path is one of these.
    pub(super) fn matches(&self, segments: &[String]) -> Option<Vec<(&'static str, String)>> {
        let own = self.pattern.split('/').filter(|part| !part.is_empty());
        if own.clone().count() != segments.len() {
            return None;
        }
        let mut captures = Vec::new();
        for (part, segment) in own.zip(segments) {
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) if !segment.is_empty() => captures.push((name, segment.clone())),
                None if part == segment => {}
                None | Some(_) => return None,
            }
        }
        Some(captures)
    }
}
