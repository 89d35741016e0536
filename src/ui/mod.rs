//! The pages that people work in: HTML made here, forms answered here. They call verbs and hold no rule of their own.
//!
//! A request for a page runs through [`Ui`]: the route is found, where the request comes from and who is signed in is looked at,
//! then one function of `pages/` answers with a `Page` or with an address to go on to. What a page shows is put together from
//! `parts`.

#![expect(
    dead_code,
    unused_imports,
    reason = "the base offers more than the first pages use; goes with the pages to come"
)]

mod answer;
mod assets;
mod form;
mod frame;
mod json;
mod pages;
mod parts;
mod route;
mod session;
mod url;
mod visit;

use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;

use crate::{
    http::{Body, Headers, Incoming, Method, Published, Response, Site},
    storage::StoredSession,
    workflow::{Actor, Services, people, sessions},
};
use answer::{Answer, Content, Flash, PageError};
use assets::{Assets, Packed};
use form::{BUILD, BadForm, CSRF, Faults, Form};
use frame::{Page, Tab};
use route::{Handler, Outcome, Route};
use session::{Cookies, Origin};
use visit::{SignedIn, Visit};

/// All pages of one installation.
#[derive(Debug)]
pub struct Ui {
    assets: Assets,
    cookies: Cookies,
    published: Arc<Published>,
    services: Services,
}

impl Ui {
    /// Around these services; `published` is their listener, and what clients get.
    pub fn new(published: Arc<Published>, services: Services) -> Self {
        let cookies = Cookies::of(&services.settings.public_url);
        Self { assets: Assets::new(), cookies, published, services }
    }

    fn asset(&self, path: &str, accepts_gzip: bool) -> Response {
        let Some(sent) = self.assets.find(path, accepts_gzip) else {
            return Response {
                body: Body::Text(
                    "text/plain; charset=utf-8",
                    Bytes::from_static(b"There is no such file.\n"),
                ),
                headers: vec![("Cache-Control", "no-store".to_owned())],
                status: 404,
            };
        };
        let response = Response { body: Body::Text(sent.media, sent.body), headers: Vec::new(), status: 200 }
            .with_header("Cache-Control", "public, max-age=31536000, immutable")
            .with_header("Vary", "Accept-Encoding");
        match sent.packed {
            Packed::No => response,
            Packed::Yes => response.with_header("Content-Encoding", "gzip"),
        }
    }

    fn page(&self, incoming: &Incoming) -> Response {
        let (path, query) = incoming.target.split_once('?').unwrap_or((&incoming.target, ""));
        let flash = self.cookies.flash(&incoming.headers).and_then(Flash::from_cookie);
        let visit = Visit {
            captures: Vec::new(),
            flash,
            headers: &incoming.headers,
            method: incoming.method,
            now: self.services.clock.now(),
            path,
            query: Form::parse(query.as_bytes()).unwrap_or_default(),
            target: &incoming.target,
            ui: self,
        };
        self.answer_visit(visit, incoming)
    }

    fn answer_visit(&self, mut visit: Visit<'_>, incoming: &Incoming) -> Response {
        let signed_in = match self.session(&visit) {
            Ok(signed_in) => signed_in,
            Err(error) => return self.finish(&visit, None, Err(error)),
        };
        let Some((handler, captures)) = find(visit.path, visit.method) else {
            let outcome = Err(PageError::Missing);
            return match signed_in {
                Some((token, session)) => self.in_session(visit, token, session, |_| outcome),
                None => self.finish(&visit, None, outcome),
            };
        };
        visit.captures = captures;
        match (handler, signed_in) {
            (Handler::OpenGet(answer), _) => {
                let outcome = answer(&visit);
                self.finish(&visit, None, outcome)
            }
            (Handler::OpenPost(answer), _) => {
                let outcome = match (visit.origin(), typed(incoming)) {
                    (Origin::Elsewhere, _) => Ok(pages::sign_in::from_elsewhere()),
                    (Origin::Ours | Origin::Unsaid, Err(bad)) => Ok(pages::error::bad_form(bad)),
                    (Origin::Ours | Origin::Unsaid, Ok(form)) => answer(&visit, &form),
                };
                self.finish(&visit, None, outcome)
            }
            (Handler::Get(answer), Some((token, session))) => self.in_session(visit, token, session, answer),
            (Handler::Get(_), None) => {
                let outcome = Ok(pages::sign_in::away(&visit));
                self.finish(&visit, None, outcome)
            }
            (Handler::Post(answer), signed_in) => self.post(visit, incoming, signed_in, answer),
        }
    }

    /// A form of somebody who is signed in, or was when the page was made.
    fn post(
        &self,
        visit: Visit<'_>,
        incoming: &Incoming,
        signed_in: Option<Session>,
        answer: fn(&SignedIn<'_>, &Form) -> Outcome,
    ) -> Response {
        let origin = visit.origin();
        let form = typed(incoming);
        let (form, (token, session)) = match (origin, form, signed_in) {
            (Origin::Elsewhere, _, _) => {
                return self.finish(&visit, None, Ok(pages::sign_in::from_elsewhere()));
            }
            (_, Err(bad), _) => return self.finish(&visit, None, Ok(pages::error::bad_form(bad))),
            // What was typed goes along through the sign-in, but only what was typed on a page of ours.
            (Origin::Ours, Ok(form), None) => {
                let outcome = pages::sign_in::ended(&visit, &form);
                return self.finish(&visit, None, outcome);
            }
            (Origin::Unsaid, Ok(_), None) => {
                let outcome = Ok(SignedIn::to_sign_in(&visit));
                return self.finish(&visit, None, outcome);
            }
            (Origin::Ours | Origin::Unsaid, Ok(form), Some(session)) => (form, session),
        };
        let is_own = session::is_form_token(form.text(CSRF), &token);
        let is_current = form.text(BUILD) == self.assets.build();
        self.in_session(visit, token, session, |signed_in| match (is_own, is_current, origin) {
            (true, true, _) => answer(signed_in, &form),
            (true, false, _) => pages::sign_in::upgraded(signed_in, &form),
            (false, _, Origin::Ours) => pages::sign_in::other_session(signed_in, &form),
            (false, _, Origin::Elsewhere | Origin::Unsaid) => Ok(pages::sign_in::from_elsewhere()),
        })
    }

    fn in_session(
        &self,
        visit: Visit<'_>,
        token: sessions::Token,
        session: StoredSession,
        answer: impl FnOnce(&SignedIn<'_>) -> Outcome,
    ) -> Response {
        let now = visit.now;
        // A page is shown even where nothing can be written.
        if sessions::is_due(&session, now)
            && let Err(error) =
                self.services.write(&Actor::anonymous(), |scope| sessions::note_use(scope, &token))
        {
            tracing::warn!(%error, "cannot note that a session is in use");
        }
        let name = self.services.read(&Actor::anonymous(), |scope| people::name_of(scope, &session.account));
        match name {
            Ok(name) => {
                let signed_in = SignedIn::new(visit, name, token, session);
                let outcome = answer(&signed_in);
                self.finish(&signed_in, Some(&signed_in), outcome)
            }
            Err(error) => self.finish(&visit, None, Err(error.into())),
        }
    }

    fn session(&self, visit: &Visit<'_>) -> Result<Option<Session>, PageError> {
        let Some(token) = self.cookies.token(visit.headers) else { return Ok(None) };
        let found = self.services.read(&Actor::anonymous(), |scope| sessions::find(scope, &token))?;
        Ok(found.map(|session| (token, session)))
    }

    /// From what a page's function gave back to what is sent.
    fn finish(&self, visit: &Visit<'_>, signed_in: Option<&SignedIn<'_>>, outcome: Outcome) -> Response {
        let answer = outcome.unwrap_or_else(|error| pages::error::answer(&error));
        let Answer { content, mut cookies, flash, headers } = answer;
        let (status, media, text) = match content {
            Content::Fragment(status, markup) => (status, HTML, markup.into_string()),
            Content::Json(status, text) => (status, "application/json", text),
            Content::Page(page) => {
                (page.status(), HTML, frame::render(visit, signed_in, &page).into_string())
            }
            Content::SeeOther(path) => {
                return self.see_other(visit, &path, cookies, flash.as_ref(), headers);
            }
        };
        if visit.flash.is_some() {
            cookies.push(self.cookies.forget_flash());
        }
        let mut response = packed(visit, status, media, text);
        response.headers.extend(headers);
        response.headers.extend(cookies.into_iter().map(|cookie| ("Set-Cookie", cookie)));
        if !response.headers.iter().any(|(name, _)| *name == "Cache-Control") {
            // What answers a form may show what was typed.
            let caching = if visit.method == Method::Post { "no-store" } else { "private, no-cache" };
            response = response.with_header("Cache-Control", caching);
        }
        response.with_header("Vary", "Accept-Encoding, Cookie")
    }

    fn see_other(
        &self,
        visit: &Visit<'_>,
        path: &str,
        mut cookies: Vec<String>,
        flash: Option<&Flash>,
        headers: Vec<(&'static str, String)>,
    ) -> Response {
        if let Some(flash) = flash {
            cookies.push(self.cookies.set_flash(&flash.to_cookie()));
        }
        let mut response = if visit.is_script() {
            // A script follows by loading the page; a 303 it would follow itself.
            Response::empty(200).with_header("HX-Redirect", path)
        } else {
            Response::empty(303).with_header("Location", path)
        };
        response.headers.extend(headers);
        response.headers.extend(cookies.into_iter().map(|cookie| ("Set-Cookie", cookie)));
        response.with_header("Cache-Control", "no-store")
    }
}

/// The form that was sent.
fn typed(incoming: &Incoming) -> Result<Form, BadForm> {
    let kind = incoming.headers.find("Content-Type").unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        Form::parse_multipart(&incoming.body, kind)
    } else {
        Form::parse(&incoming.body)
    }
}

fn packed(visit: &Visit<'_>, status: u16, media: &'static str, text: String) -> Response {
    let bytes = Bytes::from(text);
    if bytes.len() < SMALLEST_PACKED || !accepts_gzip(visit.headers) {
        return Response { body: Body::Text(media, bytes), headers: Vec::new(), status };
    }
    let packed = assets::pack(&bytes, Compression::new(PACKING));
    Response { body: Body::Text(media, packed), headers: Vec::new(), status }
        .with_header("Content-Encoding", "gzip")
}

/// A session's token and what the database knows of it.
type Session = (sessions::Token, StoredSession);

impl Site for Ui {
    fn owns(&self, method: Method, target: &str, headers: &Headers) -> bool {
        let path = target.split('?').next().unwrap_or(target);
        if path == "/" {
            let accept = headers.find("Accept").unwrap_or_default();
            return method.is_read() && method != Method::Options && accept.contains("text/html");
        }
        path == "/ui" || path.starts_with("/ui/") || path.starts_with(assets::PREFIX)
    }

    fn answer(&self, incoming: Incoming) -> Response {
        let path = incoming.target.split('?').next().unwrap_or_default();
        let response = if path.starts_with(assets::PREFIX) {
            self.asset(path, accepts_gzip(&incoming.headers))
        } else {
            self.page(&incoming)
        };
        with_policy(response)
    }

    fn refuse(&self, status: u16, headers: &Headers) -> Response {
        let visit = Visit {
            captures: Vec::new(),
            flash: None,
            headers,
            method: Method::Post,
            now: self.services.clock.now(),
            path: "/",
            query: Form::default(),
            target: "/",
            ui: self,
        };
        let answer = pages::error::unreadable(status, self.services.settings.limits.body);
        with_policy(self.finish(&visit, None, Ok(answer)))
    }
}

/// The route of a path, with what it has in the route's places.
fn find(path: &str, method: Method) -> Option<(Handler, Vec<(&'static str, String)>)> {
    let segments: Vec<String> =
        path.split('/').filter(|part| !part.is_empty()).map(url::decode).collect::<Option<_>>()?;
    let reads = matches!(method, Method::Get | Method::Head);
    pages::ROUTES.iter().flat_map(|routes| routes.iter()).find_map(|route| {
        let fits = match route.handler {
            Handler::Get(_) | Handler::OpenGet(_) => reads,
            Handler::OpenPost(_) | Handler::Post(_) => method == Method::Post,
        };
        if fits { route.matches(&segments).map(|captures| (route.handler, captures)) } else { None }
    })
}

/// Whether something answers there: a link that leads nowhere is not shown.
fn has_page(path: &str) -> bool {
    find(path, Method::Get).is_some()
}

/// What every answer says about how it may be used: no script or style but ours, in no frame, known to no other site.
fn with_policy(mut response: Response) -> Response {
    for (name, value) in POLICY {
        response.headers.push((name, value.to_owned()));
    }
    response
}

fn accepts_gzip(headers: &Headers) -> bool {
    let accepted = headers.find("Accept-Encoding").unwrap_or_default();
    accepted.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        parts.next() == Some("gzip") && parts.all(|part| part != "q=0")
    })
}

const HTML: &str = "text/html; charset=utf-8";
const POLICY: [(&str, &str); 6] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
];
/// Of nine levels: most of the gain for a millisecond.
const PACKING: u32 = 4;
/// Below it packing gains nothing.
const SMALLEST_PACKED: usize = 1_024;
