//! One request as pages see it.

use std::ops::Deref;

use maud::{Markup, html};

use super::{Answer, CSRF, Flash, Form, Origin, PageError, Ui, form, session, url};
use crate::{
    http::{Headers, Method},
    storage::{StorageError, StoredSession},
    types::{AccountName, BucketId, CollectionId, CollectionPath, Timestamp},
    workflow::{Actor, Resource, Role, Scope, sessions::Token},
};

/// One request.
#[derive(Debug)]
pub(super) struct Visit<'a> {
    pub(super) captures: Vec<(&'static str, String)>,
    pub(super) flash: Option<Flash>,
    pub(super) headers: &'a Headers,
    pub(super) method: Method,
    /// The time of the whole answer.
    pub(super) now: Timestamp,
    /// The path, percent-encoded as it was sent.
    pub(super) path: &'a str,
    /// The query, as a form is read.
    pub(super) query: Form,
    /// Path and query.
    pub(super) target: &'a str,
    pub(super) ui: &'a Ui,
}

/// A request of somebody who is signed in.
#[derive(Debug)]
pub(super) struct SignedIn<'a> {
    /// Who.
    pub(super) account: AccountName,
    /// What they are called.
    pub(super) name: String,
    pub(super) session: StoredSession,
    pub(super) token: Token,
    visit: Visit<'a>,
}

impl<'a> Deref for SignedIn<'a> {
    type Target = Visit<'a>;

    fn deref(&self) -> &Visit<'a> {
        &self.visit
    }
}

impl Visit<'_> {
    /// What stands in that place of the address.
    pub(super) fn capture(&self, name: &str) -> Result<&str, PageError> {
        let found = self.captures.iter().find(|(own, _)| *own == name);
        found.map(|(_, value)| value.as_str()).ok_or(PageError::Missing)
    }

    /// Where the browser says that the request comes from.
    pub(super) fn origin(&self) -> Origin {
        Origin::of(self.headers, &self.ui.services.settings.public_url)
    }

    /// Whether a script of ours asks, which puts a piece of a page in place.
    pub(super) fn is_script(&self) -> bool {
        self.headers.find("HX-Request").is_some()
    }

    /// Hidden fields that a form needs which has no session yet.
    pub(super) fn open_guard(&self) -> Markup {
        html! { input type="hidden" name=(form::BUILD) value=(self.ui.assets.build()); }
    }
}

impl<'a> SignedIn<'a> {
    /// Somebody of that name, in this session.
    pub(super) fn new(visit: Visit<'a>, name: String, token: Token, session: StoredSession) -> Self {
        Self { account: session.account.clone(), name, session, token, visit }
    }

    /// Runs a verb on one consistent state, as who is signed in; groups are read with it.
    pub(super) fn read<T, E: From<StorageError>>(
        &self,
        verb: impl FnOnce(&mut Scope<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.ui.services.read(&Actor::anonymous(), |scope| {
            let actor = Actor::signed_in(&self.account, scope.tx)?;
            scope.act_as(&actor, verb)
        })
    }

    /// Runs a verb in one write transaction, as who is signed in. May run it twice.
    pub(super) fn write<T, E: From<StorageError>>(
        &self,
        mut verb: impl FnMut(&mut Scope<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.ui.services.write(&Actor::anonymous(), |scope| {
            let actor = Actor::signed_in(&self.account, scope.tx)?;
            scope.act_as(&actor, &mut verb)
        })
    }

    /// The principal: `account:NAME`.
    pub(super) fn user(&self) -> String {
        format!("account:{}", self.account)
    }

    /// The hidden fields that every form of ours begins with.
    pub(super) fn guard(&self) -> Result<Markup, PageError> {
        let token = session::form_token(&self.token, self.ui.services.random.as_ref())?;
        Ok(html! {
            input type="hidden" name=(CSRF) value=(token);
            (self.open_guard())
        })
    }

    /// The resource that `{bucket}` and `{collection}` of the address name by its destination.
    pub(super) fn resource(&self) -> Result<Resource, PageError> {
        let bucket = BucketId::parse(self.capture("bucket")?).map_err(|_| PageError::Missing)?;
        let collection = CollectionId::parse(self.capture("collection")?).map_err(|_| PageError::Missing)?;
        match self.ui.services.settings.resources.role(&CollectionPath::new(bucket, collection)) {
            Some(Role::Destination(resource)) => Ok(resource),
            Some(Role::Preview(_) | Role::Source(_)) | None => Err(PageError::Missing),
        }
    }

    /// To the sign-in page and back here.
    pub(super) fn to_sign_in(visit: &Visit<'_>) -> Answer {
        let address = url::sign_in(url::local(visit.target).unwrap_or("/"));
        if visit.is_script() {
            return Answer::fragment_with_status(401, html! {}).with_header("HX-Redirect", address);
        }
        Answer::see_other(address)
    }
}
