//! 307 answers (`kinto-api` §4). The address is built from the configured public URL, never from the `Host` header.

use bytes::Bytes;

use super::{Body, Headers, Response, http_date, request::JSON};
use crate::{
    canonical,
    types::{Object, Timestamp},
    workflow::Settings,
};

/// Sends the caller to `to`, a path with its query on this service.
pub(super) fn answer(to: &str, headers: &Headers, public_url: &str) -> Response {
    let location = format!("{public_url}{to}");
    Response { status: 307, headers: Vec::new(), body: notice(&location, headers) }
        .with_header("Location", location)
}

/// As [`answer`], for an address that is written in another way; the answer may be kept that long.
pub(super) fn moved(
    to: &str,
    max_age_seconds: Option<u32>,
    headers: &Headers,
    settings: &Settings,
    now: Timestamp,
) -> Response {
    let response = answer(to, headers, &settings.public_url);
    match max_age_seconds {
        Some(seconds) => with_max_age(response, seconds, now),
        None => response,
    }
}

/// `Cache-Control: max-age=N` and `Expires`.
pub(super) fn with_max_age(response: Response, seconds: u32, now: Timestamp) -> Response {
    let expires = now.plus_millis(u64::from(seconds) * 1_000);
    response
        .with_header("Cache-Control", format!("max-age={seconds}"))
        .with_header("Expires", http_date(expires))
}

/// A few words for whoever does not follow.
fn notice(location: &str, headers: &Headers) -> Body {
    let accept = headers.find("Accept").unwrap_or_default();
    let message =
        format!("The resource has been moved to {location}; you should be redirected automatically.");
    if accept.contains("text/html") || accept.contains("*/*") {
        let escaped =
            message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        let html = format!(
            "<html><head><title>307 Temporary Redirect</title></head><body><h1>307 Temporary Redirect</h1>{escaped}</body></html>"
        );
        Body::Text("text/html; charset=UTF-8", Bytes::from(html))
    } else if accept.contains(JSON) {
        let mut body = Object::new();
        body.insert("code", "307 Temporary Redirect");
        body.insert("message", message);
        body.insert("title", "Temporary Redirect");
        Body::Json(canonical::object_to_bytes(&body).into())
    } else {
        Body::Text("text/plain; charset=UTF-8", Bytes::from(format!("307 Temporary Redirect\n\n{message}\n")))
    }
}
