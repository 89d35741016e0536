//! From a request to its answer: what every route has in common (`kinto-api` §2, §5, §6).
//!
//! Order of checks: route 404 · method 405 · parents 404 and the id of a POST 400 · `Accept` 406 · `Content-Type` 415 · then
//! the handler: authorization, query, body, object, preconditions, the verb.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    Captures, Credentials, Endpoint, Headers, Kind, Method, Place, Problem, Request, Response,
    batch::Batch,
    problem::{Code, Location},
    published::Published,
    redirect,
    request::{JSON, MERGE_PATCH},
    route::{BUCKET, COLLECTION, Route},
    routes::ROUTES,
    site::Site,
    target::Target,
};
use crate::{
    storage::ObjectKey,
    types::{AccountName, JsonLimits, Nul, RecordId, Sha256Digest},
    workflow::{Actor, ChangeNamed, Scope, Services, sign_in},
};

/// Who sent a request: resolved before any transaction, since a password check takes its time.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Caller {
    /// The account that proved who it is; `None` for everybody else.
    pub account: Option<AccountName>,
}

/// A request as it comes off a socket.
#[derive(Debug)]
pub struct Incoming {
    /// The whole body.
    pub body: Bytes,
    /// Header fields.
    pub headers: Headers,
    /// The method.
    pub method: Method,
    /// Path and query, percent-encoded.
    pub target: String,
}

/// The shell around all handlers.
#[derive(Clone, Debug)]
pub struct Shell {
    published: Arc<Published>,
    services: Services,
    site: Option<Arc<dyn Site>>,
}

impl Shell {
    /// Around these services. Their listener has to be `published`, or has to pass on to it what it is told.
    pub fn new(published: Arc<Published>, services: Services) -> Self {
        Self { published, services, site: None }
    }

    /// With pages for people.
    #[must_use]
    pub fn with_site(self, site: Arc<dyn Site>) -> Self {
        Self { site: Some(site), ..self }
    }

    /// The pages, if this request is for them.
    pub(super) fn site_of(&self, method: Method, target: &str, headers: &Headers) -> Option<Arc<dyn Site>> {
        self.site.as_ref().filter(|site| site.owns(method, target, headers)).map(Arc::clone)
    }

    /// What is answered from memory.
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// What the handlers work on.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Answers one request, whatever it is. Blocks: it checks passwords, and reads and writes the database.
    pub fn respond(&self, incoming: Incoming) -> Response {
        let Incoming { body, headers, method, target } = incoming;
        let (segments, query) = match Target::parse(&target) {
            Ok(Target::Found { segments, query }) => (segments, query),
            Ok(Target::Redirect { max_age_seconds: None, .. }) if method == Method::Options => {
                return finish(Kind::Utility, method, &headers, Ok(Response::empty(200)));
            }
            Ok(Target::Redirect { to, max_age_seconds }) => {
                let now = self.services.clock.now();
                let response = redirect::moved(&to, max_age_seconds, &headers, &self.services.settings, now);
                return finish(Kind::Utility, method, &headers, Ok(response));
            }
            Err(problem) => return finish(Kind::Utility, method, &headers, Err(problem)),
        };
        let json_limits = JsonLimits { depth: self.services.settings.limits.depth, nul: Nul::Refused };
        let request = Request { body, headers, json_limits, method, place: Place::Alone, query, segments };
        let Some((route, captures)) = find(&request.segments) else {
            let problem = Problem::new(Code::MissingResource);
            return finish(Kind::Utility, method, &request.headers, Err(problem));
        };
        if method == Method::Options {
            return preflight(route, &request)
                .unwrap_or_else(|problem| finish(route.kind, method, &request.headers, Err(problem)));
        }
        let result = self.result(&request, route, &captures);
        finish(route.kind, method, &request.headers, result)
    }

    /// Finds out who sends a request. Blocks: a password check takes its time.
    pub(super) fn identify(&self, credentials: &Credentials) -> Result<Caller, Problem> {
        let account = match credentials {
            Credentials::Absent => None,
            Credentials::Basic { name, password } => sign_in(name, password, &self.services)?,
        };
        Ok(Caller { account })
    }

    fn result(&self, request: &Request, route: &Route, captures: &Captures) -> Result<Response, Problem> {
        match endpoint(route, request.method)? {
            Endpoint::Batch => {
                check_content_type(request)?;
                let batch = Batch::prepare(self, request)?;
                self.run(batch.mode(), |scope| batch.run(self, scope, request))
            }
            Endpoint::Service(answer) => Ok(answer(self)),
            Endpoint::Published(_) | Endpoint::Verb(_) => {
                let caller = self.identify(&Credentials::parse(&request.headers))?;
                let mode = if request.method.is_read() { Mode::Read } else { Mode::Write };
                self.run(mode, |scope| answer_in(self, scope, request, &caller, route, captures))
            }
        }
    }

    /// One transaction: of a read, unless the verb finds that it has to write something down first.
    fn run(
        &self,
        mode: Mode,
        mut verb: impl FnMut(&mut Scope<'_>) -> Result<Response, Problem>,
    ) -> Result<Response, Problem> {
        let nobody = Actor::anonymous();
        if mode == Mode::Read {
            match self.services.read(&nobody, &mut verb) {
                Err(problem) if problem.wants_write() => {}
                result => return result,
            }
        }
        self.services.write(&nobody, verb)
    }
}

/// How a transaction begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mode {
    /// On a snapshot.
    Read,
    /// With the write lock.
    Write,
}

/// The route of a path, with what it has in the route's places.
pub(super) fn find(segments: &[String]) -> Option<(&'static Route, Captures)> {
    ROUTES.iter().find_map(|route| route.matches(segments).map(|captures| (route, captures)))
}

/// Who answers, or 405 with `Allow`.
pub(super) fn endpoint(route: &Route, method: Method) -> Result<Endpoint, Problem> {
    route
        .endpoint(method)
        .ok_or_else(|| Problem::new(Code::MethodNotAllowed).with_header("Allow", route.allowed()))
}

/// Answers inside a transaction, as the caller: the way of a lone request and of each one in a batch.
pub(super) fn answer_in(
    shell: &Shell,
    scope: &mut Scope<'_>,
    request: &Request,
    caller: &Caller,
    route: &Route,
    captures: &Captures,
) -> Result<Response, Problem> {
    let actor = match &caller.account {
        Some(account) => Actor::signed_in(account, scope.tx)?,
        None => Actor::anonymous(),
    };
    scope.change_named = change_named(&request.headers);
    scope.act_as(&actor, |scope| {
        if !request.method.is_read() && route.kind != Kind::Utility {
            check_parents(scope, request, route, captures)?;
        }
        if route.kind != Kind::Utility {
            check_accept(request)?;
        }
        if !request.method.is_read() {
            check_content_type(request)?;
        }
        match endpoint(route, request.method)? {
            Endpoint::Published(handler) => handler(shell, request, scope, captures),
            Endpoint::Service(answer) => Ok(answer(shell)),
            Endpoint::Verb(handler) => handler(request, scope, captures),
            // A batch inside a batch was refused before, and the one outside does not come here.
            Endpoint::Batch => Err(Problem::new(Code::MethodNotAllowed)),
        }
    })
}

/// Makes the answer, and adds what every answer has.
pub(super) fn finish(
    kind: Kind,
    method: Method,
    headers: &Headers,
    result: Result<Response, Problem>,
) -> Response {
    let mut response = result.unwrap_or_else(Problem::into_response);
    let fresh = matches!(response.status, 200..=299) && method.is_read() && kind != Kind::Utility;
    if fresh && response.header("Cache-Control").is_none() {
        response.headers.push(("Cache-Control", "no-cache, no-store".to_owned()));
    }
    response.headers.push(("Access-Control-Expose-Headers", exposed(kind, method).to_owned()));
    add_common(headers, &mut response);
    response
}

fn add_common(headers: &Headers, response: &mut Response) {
    if headers.find("Origin").is_some() {
        response.headers.push(("Access-Control-Allow-Origin", "*".to_owned()));
    }
    response.headers.push(("X-Content-Type-Options", "nosniff".to_owned()));
    response.headers.push(("Content-Security-Policy", POLICY.to_owned()));
}

/// Said twice is malformed: whoever approves names one change.
fn change_named(headers: &Headers) -> ChangeNamed {
    if headers.count("Countersign-Change") > 1 {
        return ChangeNamed::Malformed;
    }
    match headers.find("Countersign-Change") {
        None => ChangeNamed::Absent,
        Some(text) => Sha256Digest::parse(text.trim()).map_or(ChangeNamed::Malformed, ChangeNamed::Digest),
    }
}

/// §2, 5: what reaches even those who may do nothing.
fn check_parents(
    scope: &mut Scope<'_>,
    request: &Request,
    route: &Route,
    captures: &Captures,
) -> Result<(), Problem> {
    let writes_list = route.kind == Kind::List && request.method == Method::Delete;
    if captures.has(BUCKET) {
        captures.bucket()?;
    }
    if captures.has(COLLECTION) {
        let path = captures.collection()?;
        let id = path.collection.as_str().to_owned();
        if !writes_list && scope.tx.find_object(&ObjectKey::Collection(path))?.is_none() {
            return Err(Problem::missing_parent(&id, "collection"));
        }
    }
    if route.kind == Kind::List && request.method == Method::Post {
        check_posted_id(request, route)?;
    }
    Ok(())
}

/// A POST may name its id; a bad one is refused at once. A body that cannot be read is refused later.
fn check_posted_id(request: &Request, route: &Route) -> Result<(), Problem> {
    let Ok(body) = request.json() else { return Ok(()) };
    let id = body.as_object().and_then(|body| body.get("data")).and_then(|data| data.as_object()?.get("id"));
    // Accounts have ids of their own form, which their verb knows.
    let good = route.pattern == "/accounts"
        || id.is_none_or(|id| id.as_text().is_some_and(|id| RecordId::parse(id).is_ok()));
    if good { Ok(()) } else { Err(Problem::invalid_object_id()) }
}

fn check_accept(request: &Request) -> Result<(), Problem> {
    let Some(accept) = request.headers.find("Accept") else { return Ok(()) };
    let takes_json = accept.trim().is_empty() || accept.split(',').any(takes_json);
    if takes_json {
        return Ok(());
    }
    let fault = format!("Accept header should be one of ['{JSON}']");
    Err(Problem::header(Code::NotAcceptable, "Accept", fault))
}

/// One item of `Accept`. Of its parameters only `q` is understood.
fn takes_json(item: &str) -> bool {
    let mut parts = item.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    let matches =
        ["application/json", "application/*", "*/*"].iter().any(|own| own.eq_ignore_ascii_case(media));
    matches
        && parts.all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            name.trim().eq_ignore_ascii_case("q")
                && value.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0)
        })
}

fn check_content_type(request: &Request) -> Result<(), Problem> {
    let good = match request.media_type() {
        None | Some(JSON) => true,
        Some(MERGE_PATCH) => request.method == Method::Patch,
        // Nothing is read from such a body.
        Some(_) => request.method == Method::Delete,
    };
    if good {
        return Ok(());
    }
    let more = if request.method == Method::Patch { format!(", '{MERGE_PATCH}'") } else { String::new() };
    let fault = format!("Content-Type header should be one of ['{JSON}'{more}]");
    Err(Problem::header(Code::UnsupportedMediaType, "Content-Type", fault))
}

/// §5: any origin, any header.
fn preflight(route: &Route, request: &Request) -> Result<Response, Problem> {
    let mandatory = |name: &str| {
        request
            .headers
            .find(name)
            .ok_or_else(|| Problem::invalid(Location::Header, Some(name), "this header is mandatory"))
    };
    let _: &str = mandatory("Origin")?;
    let method = mandatory("Access-Control-Request-Method")?;
    let allowed = route.allowed();
    if !allowed.split(", ").any(|own| own == method) {
        return Err(Problem::invalid(
            Location::Header,
            Some("Access-Control-Request-Method"),
            "Method not allowed",
        ));
    }
    let mut wanted = exposed(route.kind, Method::Get).to_owned();
    if let Some(more) = request.headers.find("Access-Control-Request-Headers") {
        wanted.push_str(", ");
        wanted.push_str(more);
    }
    let mut response = Response::json_bytes(200, "null")
        .with_header("Access-Control-Allow-Methods", allowed)
        .with_header("Access-Control-Allow-Headers", wanted)
        .with_header("Access-Control-Max-Age", "3600");
    add_common(&request.headers, &mut response);
    Ok(response)
}

/// What scripts of other origins may read.
fn exposed(kind: Kind, method: Method) -> &'static str {
    match (kind, method) {
        (Kind::List, Method::Head) => {
            "Backoff, Retry-After, Alert, Content-Length, Content-Type, Last-Modified, ETag, Cache-Control, Expires, \
             Pragma, Next-Page, Total-Objects, Total-Records"
        }
        (Kind::List, Method::Get) => {
            "Backoff, Retry-After, Alert, Content-Length, Content-Type, Last-Modified, ETag, Cache-Control, Expires, \
             Pragma, Next-Page"
        }
        (Kind::Object, Method::Get | Method::Head) => {
            "Backoff, Retry-After, Alert, Content-Length, Content-Type, Last-Modified, ETag, Cache-Control, Expires, \
             Pragma"
        }
        (Kind::List | Kind::Object | Kind::Utility, _) => {
            "Backoff, Retry-After, Alert, Content-Length, Content-Type"
        }
    }
}

const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none';";
