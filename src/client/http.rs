//! The transport that comes with the client: HTTP/1.1 and TLS, gzip, limits on size and time, no cookies, no credentials.

use std::{
    io::Read,
    time::{Duration, Instant},
};

use ureq::{
    Agent, Timeout,
    http::header::LOCATION,
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
};

use super::transport::{Answer, Request, Transport, TransportError};

/// How long a sync may take on the wire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TimeLimits {
    /// Longest silence of the server; also the longest that a connection may take to come about.
    pub idle: Duration,
    /// All requests of a sync together.
    pub total: Duration,
}

impl Default for TimeLimits {
    /// 30 seconds of silence, 300 seconds in all.
    fn default() -> Self {
        Self { idle: Duration::from_secs(30), total: Duration::from_mins(5) }
    }
}

/// Fetches over HTTP.
///
/// A proxy named by the environment (`HTTPS_PROXY`, `NO_PROXY` …) is used, except for this machine's own addresses.
/// TLS trusts the public authorities, or those given to [`HttpTransport::with_authorities`]; what is *verified* does not
/// depend on TLS.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    agent: Agent,
    limits: TimeLimits,
    /// When the sync began.
    began: Option<Instant>,
}

impl HttpTransport {
    /// With the default limits.
    pub fn new() -> Self {
        Self::with_limits(TimeLimits::default())
    }

    /// With other limits.
    pub fn with_limits(limits: TimeLimits) -> Self {
        Self { agent: agent(TlsConfig::default(), USER_AGENT), limits, began: None }
    }

    /// Trusts for TLS the authorities in this PEM text in place of the public ones: for services inside a company.
    pub fn with_authorities(self, pem: &[u8]) -> Result<Self, AuthoritiesError> {
        let mut authorities: Vec<Certificate<'static>> = Vec::new();
        for item in parse_pem(pem) {
            match item {
                Ok(PemItem::Certificate(certificate)) => authorities.push(certificate),
                Ok(_) => {}
                Err(_) => return Err(AuthoritiesError::Pem),
            }
        }
        if authorities.is_empty() {
            return Err(AuthoritiesError::Empty);
        }
        let tls = TlsConfig::builder().root_certs(RootCerts::from(authorities)).build();
        Ok(Self { agent: agent(tls, USER_AGENT), ..self })
    }

    /// Names the program: `product` is put before our own name in the `User-Agent` header. Visible ASCII only; other
    /// characters are left out.
    #[must_use]
    pub fn with_product(self, product: &str) -> Self {
        let product: String = product.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
        let tls = self.agent.config().tls_config().clone();
        Self { agent: agent(tls, &format!("{} {USER_AGENT}", product.trim())), ..self }
    }

    /// What is left of the time for this sync.
    fn left(&mut self) -> Result<Duration, TransportError> {
        let began = *self.began.get_or_insert_with(monotonic);
        let elapsed = monotonic().saturating_duration_since(began);
        self.limits.total.checked_sub(elapsed).filter(|left| !left.is_zero()).ok_or(TransportError::TimedOut)
    }
}

impl Default for HttpTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for HttpTransport {
    fn begin(&mut self) {
        self.began = None;
    }

    fn fetch(&mut self, request: &Request<'_>) -> Result<Answer, TransportError> {
        let left = self.left()?;
        let idle = Some(self.limits.idle);
        let mut config = self
            .agent
            .get(request.url.to_string())
            .config()
            .timeout_global(Some(left))
            .timeout_resolve(idle)
            .timeout_connect(idle)
            .timeout_per_read(idle)
            .timeout_per_write(idle);
        if request.url.is_loopback() {
            config = config.proxy(None);
        }
        let mut response = config.build().call().map_err(map_error)?;
        let status = response.status().as_u16();
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.map(str::to_owned);
        let wait_seconds = WAITS
            .iter()
            .filter_map(|name| response.headers().get(*name)?.to_str().ok()?.trim().parse::<u64>().ok())
            .max();
        if status != 200 {
            return Ok(Answer { body: Vec::new(), location, status, wait_seconds });
        }
        let announced = response.body().content_length();
        let body = read_whole(response.body_mut().as_reader(), announced, request.limit)?;
        Ok(Answer { body, location: None, status, wait_seconds })
    }
}

/// Why a PEM text names no authorities.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AuthoritiesError {
    /// It holds no certificate.
    #[error("no certificate in the PEM text")]
    Empty,
    /// It is broken.
    #[error("not PEM")]
    Pem,
}

fn agent(tls: TlsConfig, user_agent: &str) -> Agent {
    Agent::new_with_config(
        Agent::config_builder()
            .tls_config(tls)
            .user_agent(user_agent)
            .accept("application/json, */*;q=0.5")
            // The client follows redirects itself, by the statement's rules.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .build(),
    )
}

/// Reads to the end, in one buffer of the announced length. Without one it grows by an eighth at a time: the allocator moves
/// pages, and at no time is there twice the body.
fn read_whole(
    mut reader: impl Read,
    announced: Option<u64>,
    limit: usize,
) -> Result<Vec<u8>, TransportError> {
    let too_large = TransportError::TooLarge { limit };
    let mut body: Vec<u8> = Vec::new();
    if let Some(announced) = announced {
        let announced = usize::try_from(announced).unwrap_or(usize::MAX);
        if announced > limit {
            return Err(too_large);
        }
        body.reserve_exact(announced);
    }
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let length = reader.read(&mut chunk).map_err(|error| map_error(error.into()))?;
        let Some(piece) = chunk.get(..length).filter(|piece| !piece.is_empty()) else { return Ok(body) };
        if piece.len() > limit.saturating_sub(body.len()) {
            return Err(too_large);
        }
        if body.capacity() - body.len() < piece.len() {
            body.reserve_exact(piece.len().max(body.len() / 8));
        }
        body.extend_from_slice(piece);
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library's enum, and it grows; the rest is no good HTTP"
)]
fn map_error(error: ureq::Error) -> TransportError {
    match error {
        ureq::Error::Timeout(Timeout::Global | Timeout::PerCall) => TransportError::TimedOut,
        ureq::Error::Timeout(_) => TransportError::Idle,
        ureq::Error::Io(io) | ureq::Error::Decompress(_, io)
            if io.kind() == std::io::ErrorKind::UnexpectedEof =>
        {
            TransportError::CutShort
        }
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionReset => TransportError::CutShort,
        error @ (ureq::Error::Io(_)
        | ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::Tls(_)
        | ureq::Error::Pem(_)
        | ureq::Error::Rustls(_)
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::ConnectProxyFailed(_)) => TransportError::Connect(Box::new(error)),
        other => TransportError::Protocol(Box::new(other)),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a limit on the time on the wire; no rule of the protocol reads it"
)]
fn monotonic() -> Instant {
    Instant::now()
}

const USER_AGENT: &str = concat!("countersign/", env!("CARGO_PKG_VERSION"));
const CHUNK_BYTES: usize = 64 * 1024;
/// What asks a client to wait (`kinto-api` §6).
const WAITS: [&str; 2] = ["Backoff", "Retry-After"];
