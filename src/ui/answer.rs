//! What a page's function gives back, and what goes wrong.

use std::error::Error;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use maud::Markup;

use super::{Page, url};
use crate::{
    storage::StorageError,
    types::RandomError,
    workflow::{
        ReadError, RowError, WriteError,
        access::AccessError,
        accounts::AccountError,
        review::{Denied, ReviewError},
    },
};

/// What a page's function gives back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) content: Content,
    /// Complete `Set-Cookie` values.
    pub(super) cookies: Vec<String>,
    pub(super) flash: Option<Flash>,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// What is shown.
#[derive(Debug)]
pub(super) enum Content {
    /// A piece of a page, for a script that puts it in place. The status, then the piece.
    Fragment(u16, Markup),
    /// JSON text for a script.
    Json(u16, String),
    /// A page in the frame, or alone.
    Page(Box<Page>),
    /// 303: go there with GET.
    SeeOther(String),
}

impl Answer {
    /// A piece of a page.
    pub(super) fn fragment(markup: Markup) -> Self {
        Self::from(Content::Fragment(200, markup))
    }

    /// A piece of a page about something that went wrong.
    pub(super) fn fragment_with_status(status: u16, markup: Markup) -> Self {
        Self::from(Content::Fragment(status, markup))
    }

    /// JSON text.
    pub(super) fn json(text: String) -> Self {
        Self::from(Content::Json(200, text))
    }

    /// After a form was carried out: to this path.
    pub(super) fn see_other(path: impl Into<String>) -> Self {
        Self::from(Content::SeeOther(path.into()))
    }

    /// The sentence that the next page shows.
    pub(super) fn with_flash(mut self, flash: Flash) -> Self {
        self.flash = Some(flash);
        self
    }

    /// A cookie, written as the header wants it.
    pub(super) fn with_cookie(mut self, cookie: String) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// Another header field.
    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Content> for Answer {
    fn from(content: Content) -> Self {
        Self { content, cookies: Vec::new(), flash: None, headers: Vec::new() }
    }
}

impl From<Page> for Answer {
    fn from(page: Page) -> Self {
        Self::from(Content::Page(Box::new(page)))
    }
}

/// A sentence about what has just happened, shown once on the next page, with a way back or on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Flash {
    pub(super) link: Option<(String, String)>,
    pub(super) sentence: String,
}

impl Flash {
    /// A whole sentence.
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self { link: None, sentence: sentence.into() }
    }

    /// With a link: its words, and a path of ours.
    pub(super) fn link(mut self, words: impl Into<String>, path: impl Into<String>) -> Self {
        self.link = Some((words.into(), path.into()));
        self
    }

    /// As a cookie's value.
    pub(super) fn to_cookie(&self) -> String {
        let (words, path) = self.link.clone().unwrap_or_default();
        let short: String = self.sentence.chars().take(LONGEST_SENTENCE).collect();
        URL_SAFE_NO_PAD.encode([short, words, path].join("\u{1f}"))
    }

    /// From a cookie's value. Other programs on this machine may have written it: a link to elsewhere is left out.
    pub(super) fn from_cookie(value: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()?;
        let mut parts = text.split('\u{1f}');
        let sentence = parts.next().filter(|sentence| !sentence.is_empty())?.to_owned();
        let link = parts
            .next()
            .zip(parts.next())
            .filter(|(words, path)| !words.is_empty() && url::local(path).is_some());
        Some(Self { link: link.map(|(words, path)| (words.to_owned(), path.to_owned())), sentence })
    }
}

/// Why there is no page. What somebody typed wrong is no error: it is a page with status 422.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    /// 403; the sentence says what is missing and who can help.
    #[error("{0}")]
    Forbidden(&'static str),
    /// 500; for the operator's log.
    #[error(transparent)]
    Internal(Box<dyn Error + Send + Sync>),
    /// 404
    #[error("there is no such page")]
    Missing,
}

impl PageError {
    /// Something that should not happen.
    pub(super) fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }
}

impl From<StorageError> for PageError {
    fn from(error: StorageError) -> Self {
        Self::internal(error)
    }
}

impl From<RandomError> for PageError {
    fn from(error: RandomError) -> Self {
        Self::internal(error)
    }
}

impl From<RowError> for PageError {
    fn from(error: RowError) -> Self {
        Self::internal(error)
    }
}

impl From<Denied> for PageError {
    fn from(_: Denied) -> Self {
        Self::Forbidden(NOT_ALLOWED)
    }
}

impl From<AccessError> for PageError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Denied(denied) => denied.into(),
            AccessError::MalformedId | AccessError::MissingParent { .. } => Self::Missing,
            AccessError::Storage(error) => error.into(),
        }
    }
}

impl From<AccountError> for PageError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Denied(denied) => denied.into(),
            AccountError::Missing { .. } => Self::Missing,
            AccountError::Row(error) => error.into(),
            error @ (AccountError::Exists { .. }
            | AccountError::Hash(_)
            | AccountError::IdTaken { .. }
            | AccountError::LastAdministrator { .. }
            | AccountError::NameTaken { .. }
            | AccountError::NoPassword { .. }) => Self::internal(error),
        }
    }
}

impl From<ReadError> for PageError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Missing { .. } => Self::Missing,
            error @ (ReadError::PreconditionFailed { .. } | ReadError::Storage(_)) => Self::internal(error),
        }
    }
}

impl From<ReviewError> for PageError {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::Denied(denied) => denied.into(),
            error @ (ReviewError::BadRequest(_)
            | ReviewError::BlockedByImpact(_)
            | ReviewError::ChangeDiffers { .. }
            | ReviewError::ChangeMalformed
            | ReviewError::Forbidden(_)
            | ReviewError::HasEdits { .. }
            | ReviewError::OwnStatement(_)
            | ReviewError::Row(_)
            | ReviewError::Sign(_)
            | ReviewError::SignedOther
            | ReviewError::Storage(_)) => Self::internal(error),
        }
    }
}

impl From<WriteError> for PageError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Denied(denied) => denied.into(),
            WriteError::Missing { .. } => Self::Missing,
            error @ (WriteError::Draft(_)
            | WriteError::Password(_)
            | WriteError::PreconditionFailed { .. }
            | WriteError::RecordTooLong { .. }
            | WriteError::Refused(_)
            | WriteError::Review(_)
            | WriteError::Row(_)
            | WriteError::Schema(_)
            | WriteError::TooManyRecords { .. }
            | WriteError::Violates { .. }) => Self::internal(error),
        }
    }
}

const LONGEST_SENTENCE: usize = 600;
const NOT_ALLOWED: &str = "You may not do this. An administrator can give you the permission.";
