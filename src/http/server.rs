//! The sockets: from actix-web's requests to ours and back. Everything outside has a limit here.

use std::{
    convert::Infallible,
    future::poll_fn,
    io,
    net::TcpListener,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    body::{BodySize, BodyStream, MessageBody},
    dev,
    error::BlockingError,
    http::{StatusCode, header},
    rt::{System, time::timeout},
    web,
};
use bytes::{Bytes, BytesMut};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    Body, Headers, Incoming, Kind, Method, Pages, Problem, Response, Shell,
    problem::{Code, Location},
    published,
    shell::finish,
};

/// Whether the server ends itself when the operating system asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signals {
    /// SIGTERM drains and ends, SIGINT ends: for a program that is a server.
    Handled,
    /// Only [`Handle::stop`] ends it: for a server inside another program.
    Ignored,
}

/// A running server.
#[derive(Clone, Debug)]
pub struct Handle(dev::ServerHandle);

impl Handle {
    /// Takes no more connections, finishes what was begun, and ends. Returns at once.
    pub fn stop(&self) {
        drop(self.0.stop(true));
    }
}

/// Serves until it is stopped; blocks. `ready` is called once, when connections are accepted.
///
/// Bind the listener first: what it is bound to may be part of `settings.public_url`.
pub fn serve(
    shell: Shell,
    listener: TcpListener,
    signals: Signals,
    ready: impl FnOnce(Handle),
) -> io::Result<()> {
    let watched = shell.clone();
    let edge = web::Data::new(Edge::new(shell));
    let mut server =
        HttpServer::new(move || App::new().app_data(edge.clone()).default_service(web::to(answer)))
            .backlog(1_024)
            .max_connections(MAX_CONNECTIONS_OF_A_WORKER)
            .worker_max_blocking_threads(BLOCKING_THREADS_OF_A_WORKER)
            .client_request_timeout(HEAD_TIMEOUT)
            .keep_alive(KEEP_ALIVE)
            .h1_write_buffer_size(WRITE_BUFFER_BYTES)
            .tcp_nodelay(true)
            .shutdown_timeout(DRAIN_SECONDS);
    if signals == Signals::Ignored {
        server = server.disable_signals();
    }
    let server = server.listen(listener)?;
    System::new().block_on(async move {
        let server = server.run();
        let handle = Handle(server.handle());
        let server = actix_web::rt::spawn(server);
        // The server sets up accepting and signals when it is first polled: only then is it ready to be asked to end.
        tokio::task::yield_now().await;
        ready(handle);
        let watch = actix_web::rt::spawn(watch(watched));
        let result = server.await.unwrap_or_else(|ended| Err(io::Error::other(ended)));
        watch.abort();
        result
    })
}

/// Looks from time to time whether another process has published: commands work beside a running service.
async fn watch(shell: Shell) {
    let mut ticks = actix_web::rt::time::interval(LOOK_INTERVAL);
    loop {
        ticks.tick().await;
        let shell = shell.clone();
        match web::block(move || shell.published().look(shell.services())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "cannot see what was published"),
            Err(error) => tracing::warn!(%error, "cannot see what was published"),
        }
    }
}

/// What the workers share.
#[derive(Debug)]
struct Edge {
    /// One permit for each KiB of large bodies in memory.
    bodies: Arc<Semaphore>,
    shell: Arc<Shell>,
}

impl Edge {
    fn new(shell: Shell) -> Self {
        let body = shell.services().settings.limits.body;
        let all = ALL_BODIES_BYTES.max(body.saturating_mul(4));
        Self { bodies: Arc::new(Semaphore::new(all >> 10)), shell: Arc::new(shell) }
    }
}

async fn answer(request: HttpRequest, payload: web::Payload, edge: web::Data<Edge>) -> HttpResponse {
    let clock = Arc::clone(&edge.shell.services().clock);
    let begin = clock.now();
    let method = Method::parse(request.method().as_str());
    let response = respond(&request, method, payload, &edge).await;
    let millis = clock.now().as_millis().saturating_sub(begin.as_millis());
    tracing::info!(
        method = request.method().as_str(),
        path = request.path(),
        status = response.status,
        bytes = response.body.len(),
        millis,
        "request"
    );
    into_actix(response)
}

async fn respond(request: &HttpRequest, method: Method, payload: web::Payload, edge: &Edge) -> Response {
    let headers = headers_of(request);
    let limit = edge.shell.services().settings.limits.body;
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let site = edge.shell.site_of(method, &target, &headers);
    let (body, _permit) = match (read_body(request, payload, limit, &edge.bodies).await, &site) {
        (Ok(read), _) => read,
        (Err(problem), None) => return finish(Kind::Utility, method, &headers, Err(problem)),
        (Err(problem), Some(site)) => return site.refuse(problem.into_response().status, &headers),
    };
    let incoming = Incoming { body, headers, method, target };
    if let Some(site) = site {
        return web::block(move || site.answer(incoming)).await.unwrap_or_else(|error| {
            let problem = Problem::caused(Code::Internal, error);
            finish(Kind::Utility, method, &Headers::default(), Err(problem))
        });
    }
    if let Some(response) = published::answer(&edge.shell, &incoming).await {
        return response;
    }
    let shell = Arc::clone(&edge.shell);
    web::block(move || shell.respond(incoming)).await.unwrap_or_else(|error| {
        let problem = Problem::caused(Code::Internal, error);
        finish(Kind::Utility, method, &Headers::default(), Err(problem))
    })
}

/// Reads a body of at most `limit` bytes. The permit is kept as long as the body is.
async fn read_body(
    request: &HttpRequest,
    payload: web::Payload,
    limit: usize,
    bodies: &Arc<Semaphore>,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Problem> {
    let announced = match request.headers().get(header::CONTENT_LENGTH) {
        Some(length) => {
            let length = length.to_str().ok().and_then(|length| length.parse::<usize>().ok());
            length.filter(|length| *length <= limit).ok_or_else(|| Problem::new(Code::BodyTooLarge))?
        }
        None if request.headers().contains_key(header::TRANSFER_ENCODING) => limit,
        None => return Ok((Bytes::new(), None)),
    };
    let permit = if announced > SMALL_BODY_BYTES {
        let kib = u32::try_from(announced >> 10).unwrap_or(u32::MAX);
        let wait = timeout(BODY_IDLE_TIMEOUT, Arc::clone(bodies).acquire_many_owned(kib));
        match wait.await {
            Ok(Ok(permit)) => Some(permit),
            Ok(Err(_)) | Err(_) => return Err(Problem::new(Code::Unavailable)),
        }
    } else {
        None
    };
    let body = timeout(BODY_TIMEOUT, collect(payload, limit));
    let body = body.await.map_err(|_| Problem::new(Code::BodyTimeout))??;
    Ok((body, permit))
}

async fn collect(payload: web::Payload, limit: usize) -> Result<Bytes, Problem> {
    let mut stream = BodyStream::new(payload);
    let mut body = BytesMut::new();
    loop {
        let next = poll_fn(|context| Pin::new(&mut stream).poll_next(context));
        match timeout(BODY_IDLE_TIMEOUT, next).await {
            Err(_) => return Err(Problem::new(Code::BodyTimeout)),
            Ok(None) => return Ok(body.freeze()),
            Ok(Some(Ok(chunk))) if body.len().saturating_add(chunk.len()) > limit => {
                return Err(Problem::new(Code::BodyTooLarge));
            }
            Ok(Some(Ok(chunk))) => body.extend_from_slice(&chunk),
            Ok(Some(Err(error))) => {
                let description = format!("The body cannot be read: {error}");
                return Err(Problem::invalid(Location::Body, Some(""), description));
            }
        }
    }
}

fn headers_of(request: &HttpRequest) -> Headers {
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let fields = request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    Headers::new(fields.collect())
}

fn into_actix(response: Response) -> HttpResponse {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    for (name, value) in response.headers {
        builder.append_header((name, value));
    }
    if let Some(media) = response.body.content_type() {
        builder.append_header((header::CONTENT_TYPE, media));
    }
    match response.body {
        Body::Empty => builder.finish(),
        Body::Json(bytes) | Body::Text(_, bytes) => builder.body(bytes),
        Body::JsonPieces(pieces) => builder.body(Pieces::new(pieces)),
        Body::Pages(pages) => builder.body(Paging::Idle(pages)),
    }
}

/// Finished pieces, one after the other.
struct Pieces {
    length: u64,
    pieces: std::vec::IntoIter<Bytes>,
}

impl Pieces {
    fn new(pieces: Vec<Bytes>) -> Self {
        let length = pieces.iter().map(|piece| u64::try_from(piece.len()).unwrap_or(u64::MAX)).sum();
        Self { length, pieces: pieces.into_iter() }
    }
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(self.pieces.find(|piece| !piece.is_empty()).map(Ok))
    }
}

/// A body that is read while it is sent; one page ahead of the socket, off the event loop.
enum Paging {
    Done,
    Idle(Pages),
    Reading(Pin<Box<dyn Future<Output = PageRead>>>),
}

/// What a reading brings: the reader, for the next one, and the page.
type PageRead = Result<(Pages, Result<Option<Bytes>, Problem>), BlockingError>;

/// A body ended before its end. The connection is closed, so that the caller notices.
#[derive(Debug, thiserror::Error)]
#[error("the answer could not be read to its end")]
struct BrokenOff;

impl MessageBody for Paging {
    type Error = BrokenOff;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        loop {
            match std::mem::replace(&mut *self, Self::Done) {
                Self::Done => return Poll::Ready(None),
                Self::Idle(mut pages) => {
                    let reading = web::block(move || {
                        let page = pages.next_page();
                        (pages, page)
                    });
                    *self = Self::Reading(Box::pin(reading));
                }
                Self::Reading(mut reading) => match reading.as_mut().poll(context) {
                    Poll::Pending => {
                        *self = Self::Reading(reading);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok((pages, Ok(Some(page))))) => {
                        *self = Self::Idle(pages);
                        if !page.is_empty() {
                            return Poll::Ready(Some(Ok(page)));
                        }
                    }
                    Poll::Ready(Ok((_, Ok(None)))) => return Poll::Ready(None),
                    Poll::Ready(Ok((_, Err(problem)))) => {
                        tracing::warn!(code = ?problem.code(), "an answer was broken off");
                        return Poll::Ready(Some(Err(BrokenOff)));
                    }
                    Poll::Ready(Err(error)) => {
                        tracing::error!(%error, "an answer was broken off");
                        return Poll::Ready(Some(Err(BrokenOff)));
                    }
                },
            }
        }
    }
}

/// All large bodies in memory together, at least.
const ALL_BODIES_BYTES: usize = 256 << 20;
const BLOCKING_THREADS_OF_A_WORKER: usize = 64;
/// Between two pieces of a body.
const BODY_IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// For a whole body.
const BODY_TIMEOUT: Duration = Duration::from_mins(2);
const DRAIN_SECONDS: u64 = 30;
/// For a request's line and headers.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long an answer may be older than what another process has published.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
const MAX_CONNECTIONS_OF_A_WORKER: usize = 8_192;
/// Bodies up to this size are read without a permit.
const SMALL_BODY_BYTES: usize = 64 << 10;
const WRITE_BUFFER_BYTES: usize = 64 << 10;
