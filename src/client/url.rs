//! The few URLs that a client meets: its server's, and references to certificate chains (RFC 3986, `http` and `https`).

use std::fmt;

/// An absolute `http` or `https` URL without user and without fragment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Url {
    scheme: Scheme,
    /// Lower case; an IPv6 address keeps its brackets.
    host: String,
    port: u16,
    /// Begins with `/`.
    path: String,
    /// Without the question mark.
    query: Option<String>,
}

/// The two schemes that are followed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// Plain.
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// As written in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Url {
    /// From a whole URL.
    pub fn parse(raw: &str) -> Result<Self, UrlError> {
        check_characters(raw)?;
        let (scheme, rest) = raw.split_once(':').ok_or(UrlError::Scheme)?;
        let scheme = parse_scheme(scheme)?;
        let rest = rest.strip_prefix("//").ok_or(UrlError::Host)?;
        Self::from_authority(scheme, rest)
    }

    /// Resolves a reference against this URL (RFC 3986 §5.2).
    pub fn join(&self, reference: &str) -> Result<Self, UrlError> {
        check_characters(reference)?;
        if let Some((scheme, _)) = reference.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
            parse_scheme(scheme)?;
            return Self::parse(reference);
        }
        if let Some(rest) = reference.strip_prefix("//") {
            return Self::from_authority(self.scheme, rest);
        }
        let reference = without_fragment(reference);
        let (path, query) = split_query(reference);
        let (path, query) = if path.is_empty() {
            (self.path.clone(), query.or_else(|| self.query.clone()))
        } else if path.starts_with('/') {
            (without_dots(path), query)
        } else {
            let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            (without_dots(&format!("{folder}/{path}")), query)
        };
        Ok(Self { path, query, ..self.clone() })
    }

    /// This URL with more at the end of its path, and another query.
    #[must_use]
    pub fn with_path(&self, more: &str, query: Option<String>) -> Self {
        Self { path: format!("{}{more}", self.path), query, ..self.clone() }
    }

    /// Whether both have the same scheme, host and port.
    pub fn has_origin_of(&self, other: &Self) -> bool {
        (self.scheme, &self.host, self.port) == (other.scheme, &other.host, other.port)
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, lower case, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path, from its first `/`, without the query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the host is this machine by its name or address.
    pub fn is_loopback(&self) -> bool {
        let is_name = self.host == "localhost" || self.host.ends_with(".localhost");
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        is_name || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// What comes after `//`: authority, path, query, fragment.
    fn from_authority(scheme: Scheme, rest: &str) -> Result<Self, UrlError> {
        let rest = without_fragment(rest);
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(UrlError::Credentials);
        }
        let (host, port) = split_port(authority)?;
        let port = match port {
            None | Some("") => scheme.default_port(),
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| UrlError::Port)?
            }
            Some(_) => return Err(UrlError::Port),
        };
        let (path, query) = split_query(rest);
        let path = if path.is_empty() { "/".to_owned() } else { without_dots(path) };
        Ok(Self { scheme, host: host.to_ascii_lowercase(), port, path, query })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        if self.port != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        f.write_str(&self.path)?;
        self.query.as_ref().map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

/// Why a text is no URL that a client follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UrlError {
    /// A character that has no place in a URL: a space, a control character, a backslash, one beyond ASCII.
    #[error("the URL holds a character that must be escaped")]
    Character,
    /// A user or a password: none are ever sent.
    #[error("the URL holds a user name or password")]
    Credentials,
    /// No host, or one with other characters than letters, digits, `-`, `.`, `_`, or a bracketed address that is none.
    #[error("the URL has no valid host")]
    Host,
    /// A port that is no number below 65 536.
    #[error("the URL has no valid port")]
    Port,
    /// Neither `http` nor `https`.
    #[error("the URL begins with neither http: nor https:")]
    Scheme,
}

/// A server: its URL with or without `/v1` at the end. Paths of the protocol are appended to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerUrl(Url);

impl ServerUrl {
    /// `https://host`, `https://host/v1`, `https://host/prefix/v1/`: all good; a query is not.
    pub fn parse(raw: &str) -> Result<Self, UrlError> {
        let mut url = Url::parse(raw)?;
        if url.query.is_some() {
            return Err(UrlError::Character);
        }
        let trimmed = url.path.trim_end_matches('/');
        url.path = if trimmed.ends_with("/v1") { trimmed.to_owned() } else { format!("{trimmed}/{VERSION}") };
        Ok(Self(url))
    }

    /// The URL with `/v1`, without a slash at the end.
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn check_characters(raw: &str) -> Result<(), UrlError> {
    let good = raw.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>'));
    if good { Ok(()) } else { Err(UrlError::Character) }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn parse_scheme(text: &str) -> Result<Scheme, UrlError> {
    if text.eq_ignore_ascii_case("https") {
        Ok(Scheme::Https)
    } else if text.eq_ignore_ascii_case("http") {
        Ok(Scheme::Http)
    } else {
        Err(UrlError::Scheme)
    }
}

/// `host`, `host:port`, `[address]:port`.
fn split_port(authority: &str) -> Result<(&str, Option<&str>), UrlError> {
    let (host, port) = if authority.starts_with('[') {
        let end = authority.find(']').ok_or(UrlError::Host)?;
        let (host, rest) = authority.split_at_checked(end + 1).ok_or(UrlError::Host)?;
        let address = host.trim_start_matches('[').trim_end_matches(']');
        address.parse::<std::net::Ipv6Addr>().map_err(|_| UrlError::Host)?;
        match rest.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if rest.is_empty() => (host, None),
            None => return Err(UrlError::Host),
        }
    } else {
        let (host, port) =
            authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
        let good =
            host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
        if host.is_empty() || !good {
            return Err(UrlError::Host);
        }
        (host, port)
    };
    Ok((host, port))
}

fn without_fragment(text: &str) -> &str {
    text.split_once('#').map_or(text, |(before, _)| before)
}

fn split_query(text: &str) -> (&str, Option<String>) {
    text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query.to_owned())))
}

/// RFC 3986 §5.2.4 for a path that begins with `/`.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            other => {
                kept.push(other);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

/// The protocol's version, as the first segment of its paths.
const VERSION: &str = "v1";

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, reference: &str) -> String {
        Url::parse(base).unwrap().join(reference).unwrap().to_string()
    }

    #[test]
    fn references_resolve_as_rfc_3986_says() {
        let base = "https://Host.example:443/a/b/c?q";
        for (reference, expected) in [
            ("d", "https://host.example/a/b/d"),
            ("./d", "https://host.example/a/b/d"),
            ("../d", "https://host.example/a/d"),
            ("../../../d/.", "https://host.example/d/"),
            ("..", "https://host.example/a/"),
            ("/d?x#y", "https://host.example/d?x"),
            ("?x", "https://host.example/a/b/c?x"),
            ("", "https://host.example/a/b/c?q"),
            ("//other.example:8443", "https://other.example:8443/"),
            ("http://[::1]:80/x", "http://[::1]/x"),
            ("HTTPS://other.example?x", "https://other.example/?x"),
        ] {
            assert_eq!(joined(base, reference), expected, "{reference}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for (raw, expected) in [
            ("https://a b", UrlError::Character),
            ("https://a\\b", UrlError::Character),
            ("https://café.example/", UrlError::Character),
            ("https://user@host/", UrlError::Credentials),
            ("https://", UrlError::Host),
            ("https:///x", UrlError::Host),
            ("https:host", UrlError::Host),
            ("https://[::1/x", UrlError::Host),
            ("https://[nonsense]/x", UrlError::Host),
            ("https://ho%73t/", UrlError::Host),
            ("https://host:65536/", UrlError::Port),
            ("https://host:+80/", UrlError::Port),
            ("ftp://host/", UrlError::Scheme),
            ("host/path", UrlError::Scheme),
            ("", UrlError::Scheme),
        ] {
            assert_eq!(Url::parse(raw), Err(expected), "{raw}");
        }
        let base = Url::parse("https://host/").unwrap();
        for reference in ["file:///etc/hosts", "data:text/plain,x", "javascript:1"] {
            assert_eq!(base.join(reference), Err(UrlError::Scheme), "{reference}");
        }
    }

    #[test]
    fn a_server_is_named_with_or_without_the_version() {
        for (raw, expected) in [
            ("http://h:8888", "http://h:8888/v1"),
            ("http://h:8888/", "http://h:8888/v1"),
            ("http://h:8888/v1", "http://h:8888/v1"),
            ("http://h/v1/", "http://h/v1"),
            ("http://h/prefix", "http://h/prefix/v1"),
            ("http://h/prefix/v1", "http://h/prefix/v1"),
            ("http://h/prev1", "http://h/prev1/v1"),
        ] {
            assert_eq!(ServerUrl::parse(raw).unwrap().to_string(), expected, "{raw}");
        }
        assert_eq!(ServerUrl::parse("http://h/?x"), Err(UrlError::Character));
    }

    #[test]
    fn origins_are_scheme_host_and_port() {
        let own = Url::parse("https://host/x").unwrap();
        assert!(Url::parse("https://HOST:443/y").unwrap().has_origin_of(&own));
        for other in ["http://host/", "https://host:8443/", "https://host.example/"] {
            assert!(!Url::parse(other).unwrap().has_origin_of(&own), "{other}");
        }
    }
}
