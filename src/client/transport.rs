//! How a client gets bytes: the [`Transport`] that an embedder supplies, and the rules for following redirects.

use std::{error::Error, fmt::Debug};

use super::url::{Scheme, Url, UrlError};

/// Fetches for the client. `HttpTransport` (feature `client-http`) is one; a browser or a daemon may have its own.
pub trait Transport: Debug {
    /// A sync begins: limits on the time of a whole sync start here.
    fn begin(&mut self) {}

    /// One GET, without credentials and **without following a redirect**. The answer is whole: its body is as long as was
    /// announced, and unpacked no longer than `request.limit`; else it is an error. Answers of other statuses than 200 may
    /// come without their body.
    fn fetch(&mut self, request: &Request<'_>) -> Result<Answer, TransportError>;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn begin(&mut self) {
        (**self).begin();
    }

    fn fetch(&mut self, request: &Request<'_>) -> Result<Answer, TransportError> {
        (**self).fetch(request)
    }
}

/// What is to be fetched.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Greatest number of bytes of the unpacked body.
    pub limit: usize,
    /// From where.
    pub url: &'a Url,
}

/// What came.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Answer {
    /// The unpacked body; may be empty if the status is not 200.
    pub body: Vec<u8>,
    /// The `Location` of a redirect, as it was sent.
    pub location: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// For how many seconds the server asks not to be asked again: the larger of the headers `Backoff` and `Retry-After`.
    /// What is no number of seconds counts as absent.
    pub wait_seconds: Option<u64>,
}

/// A transport that remembers the longest wait that was asked for.
#[derive(Debug)]
pub(super) struct Heard<'a, T: ?Sized> {
    pub(super) inner: &'a mut T,
    pub(super) wait_seconds: &'a mut Option<u64>,
}

impl<T: Transport + ?Sized> Transport for Heard<'_, T> {
    fn begin(&mut self) {
        self.inner.begin();
    }

    fn fetch(&mut self, request: &Request<'_>) -> Result<Answer, TransportError> {
        let answer = self.inner.fetch(request)?;
        *self.wait_seconds = (*self.wait_seconds).max(answer.wait_seconds);
        Ok(answer)
    }
}

/// Why nothing came, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection: no such host, nobody listens, no TLS.
    #[error("no connection")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// The body ended before the length that was announced.
    #[error("the answer was cut short")]
    CutShort,
    /// Nothing came for too long.
    #[error("the server was silent for too long")]
    Idle,
    /// Not HTTP, or not as it should be.
    #[error("the answer is broken")]
    Protocol(#[source] Box<dyn Error + Send + Sync>),
    /// The whole sync took too long.
    #[error("the answer took too long")]
    TimedOut,
    /// More than the limit.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

/// Why there is no whole 200.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A reference, or the `Location` of a redirect, is no URL that a client follows.
    #[error("an address cannot be used: {0}")]
    Address(#[from] UrlError),
    /// It leads to another host, or from `https` to `http`, where that is not allowed.
    #[error("{0} is not followed from here")]
    NotFollowed(Box<Url>),
    /// More redirects than are followed: a loop.
    #[error("too many redirects")]
    RedirectLoop,
    /// Any status but 200.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// Nothing came, or not all of it.
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// From where certificate chains are fetched (`statement` §3).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ChainHosts {
    /// From any `https` host too: needed where the service keeps its chains on a CDN of another name.
    AnyHttps,
    /// From the scheme, host and port of the service only.
    #[default]
    OwnOrigin,
}

/// Which addresses are followed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Follow<'a> {
    /// Anywhere, except from `https` to `http`.
    Anywhere,
    /// The origin of this URL, and perhaps others by `https`.
    From(&'a Url, ChainHosts),
}

impl Follow<'_> {
    fn allows(self, from: Option<&Url>, to: &Url) -> bool {
        match self {
            Self::Anywhere => {
                to.scheme() == Scheme::Https || from.is_none_or(|from| from.scheme() == Scheme::Http)
            }
            Self::From(own, hosts) => {
                let is_other_allowed = match hosts {
                    ChainHosts::AnyHttps => to.scheme() == Scheme::Https,
                    ChainHosts::OwnOrigin => false,
                };
                is_other_allowed || to.has_origin_of(own)
            }
        }
    }
}

/// GETs `url`, following redirects; only a whole 200 is an answer.
pub(super) fn fetch<T: Transport + ?Sized>(
    transport: &mut T,
    url: Url,
    limit: usize,
    follow: Follow<'_>,
) -> Result<Vec<u8>, FetchError> {
    if !follow.allows(None, &url) {
        return Err(FetchError::NotFollowed(Box::new(url)));
    }
    let mut url = url;
    for _ in 0..=MAX_REDIRECTS {
        let Answer { body, location, status, wait_seconds: _ } =
            transport.fetch(&Request { limit, url: &url })?;
        match (status, location) {
            // A transport of another's make may have counted otherwise.
            (200, _) if body.len() > limit => return Err(TransportError::TooLarge { limit }.into()),
            (200, _) => return Ok(body),
            (301 | 302 | 303 | 307 | 308, Some(location)) => {
                let to = url.join(&location)?;
                if !follow.allows(Some(&url), &to) {
                    return Err(FetchError::NotFollowed(Box::new(to)));
                }
                url = to;
            }
            (status, _) => return Err(FetchError::Status(status)),
        }
    }
    Err(FetchError::RedirectLoop)
}

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers each URL with what is listed for it, everything else with 404.
    #[derive(Debug)]
    struct Listed(&'static [(&'static str, u16, &'static str)]);

    impl Transport for Listed {
        fn fetch(&mut self, request: &Request<'_>) -> Result<Answer, TransportError> {
            let url = request.url.to_string();
            let found = self.0.iter().find(|(at, ..)| *at == url);
            Ok(match found {
                None => Answer { status: 404, ..Answer::default() },
                Some((_, 200, text)) => {
                    Answer { body: text.as_bytes().to_vec(), status: 200, ..Answer::default() }
                }
                Some((_, status, to)) => {
                    Answer { location: Some((*to).to_owned()), status: *status, ..Answer::default() }
                }
            })
        }
    }

    fn url(raw: &str) -> Url {
        Url::parse(raw).unwrap()
    }

    #[test]
    fn redirects_are_followed_within_what_is_allowed() {
        let mut transport = Listed(&[
            ("https://own/a", 302, "/b"),
            ("https://own/b", 308, "c"),
            ("https://own/c", 200, "here"),
            ("https://own/out", 307, "https://other/c"),
            ("https://other/c", 200, "there"),
            ("https://own/down", 301, "http://own/c"),
            ("http://own/c", 200, "plain"),
            ("https://own/loop", 302, "/loop"),
            ("https://own/nowhere", 302, "https://"),
        ]);
        let own = url("https://own/v1/changeset");
        let only_own = Follow::From(&own, ChainHosts::OwnOrigin);
        let any_https = Follow::From(&own, ChainHosts::AnyHttps);
        let mut get = |at: &str, follow| fetch(&mut transport, url(at), 5, follow);

        assert_eq!(get("https://own/a", only_own).unwrap(), b"here");
        assert_eq!(get("https://own/out", any_https).unwrap(), b"there");
        assert_eq!(get("https://own/out", Follow::Anywhere).unwrap(), b"there");
        assert_eq!(get("http://own/c", Follow::Anywhere).unwrap(), b"plain");
        let refused = |result: Result<Vec<u8>, FetchError>| match result {
            Err(FetchError::NotFollowed(to)) => to.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(get("https://own/out", only_own)), "https://other/c");
        assert_eq!(refused(get("https://other/c", only_own)), "https://other/c");
        assert_eq!(refused(get("http://own/c", any_https)), "http://own/c");
        assert_eq!(refused(get("https://own/down", any_https)), "http://own/c");
        assert_eq!(refused(get("https://own/down", Follow::Anywhere)), "http://own/c");
        assert!(matches!(get("https://own/loop", only_own), Err(FetchError::RedirectLoop)));
        assert!(matches!(get("https://own/gone", only_own), Err(FetchError::Status(404))));
        assert!(matches!(get("https://own/nowhere", only_own), Err(FetchError::Address(UrlError::Host))));
        let small = fetch(&mut transport, url("https://own/c"), 3, only_own);
        assert!(matches!(small, Err(FetchError::Transport(TransportError::TooLarge { limit: 3 }))));
    }
}
