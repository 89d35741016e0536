//! Cookies, the token in forms, and where a request comes from.
//!
//! A form is carried out if it comes from a page of ours (`Sec-Fetch-Site`, else `Origin`), and brings the token that only a
//! page made for this very session holds. Each answer masks the token anew, so that packing a page tells nothing about it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    http::Headers,
    types::{Random, RandomError, Sha256Digest},
    workflow::sessions::Token,
};

/// The cookies of one installation.
#[derive(Clone, Debug)]
pub(super) struct Cookies {
    name: String,
    secure: bool,
}

/// Where a request comes from, as the browser says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Origin {
    /// From a page of another site.
    Elsewhere,
    /// From a page of ours.
    Ours,
    /// The browser does not say, or it is no browser.
    Unsaid,
}

impl Cookies {
    /// For the address under which people reach the service. `__Host-` keeps other hosts and plain http from planting a
    /// session; it needs https. Cookies do not know ports, so on plain http the port is part of the name.
    pub(super) fn of(public_url: &str) -> Self {
        if public_url.starts_with("https://") {
            Self { name: "__Host-countersign".to_owned(), secure: true }
        } else {
            let port = public_url.rsplit(':').next().filter(|port| port.bytes().all(|b| b.is_ascii_digit()));
            Self { name: format!("countersign-{}", port.unwrap_or("80")), secure: false }
        }
    }

    /// The session's token.
    pub(super) fn token(&self, headers: &Headers) -> Option<Token> {
        Token::parse(cookie(headers, &self.name)?)
    }

    /// Whether the browser sent a session's cookie, good or not.
    pub(super) fn has_token(&self, headers: &Headers) -> bool {
        cookie(headers, &self.name).is_some()
    }

    /// The sentence for this page.
    pub(super) fn flash<'a>(&self, headers: &'a Headers) -> Option<&'a str> {
        cookie(headers, &self.flash_name())
    }

    /// `Set-Cookie` that begins a session. It goes when the browser is closed, or when the database says so.
    pub(super) fn begin(&self, token: &Token) -> String {
        self.write(&self.name, &token.to_text(), "")
    }

    /// `Set-Cookie` that forgets the session.
    pub(super) fn end(&self) -> String {
        self.write(&self.name, "", "; Max-Age=0")
    }

    /// `Set-Cookie` with the sentence for the next page.
    pub(super) fn set_flash(&self, value: &str) -> String {
        self.write(&self.flash_name(), value, "; Max-Age=60")
    }

    /// `Set-Cookie` after the sentence was shown.
    pub(super) fn forget_flash(&self) -> String {
        self.write(&self.flash_name(), "", "; Max-Age=0")
    }

    fn flash_name(&self) -> String {
        format!("{}-flash", self.name)
    }

    fn write(&self, name: &str, value: &str, more: &str) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}")
    }
}

impl Origin {
    /// Reads what the browser says. `public_url` has no slash at its end.
    pub(super) fn of(headers: &Headers, public_url: &str) -> Self {
        match (headers.find("Sec-Fetch-Site"), headers.find("Origin")) {
            (Some("same-origin" | "none"), _) => Self::Ours,
            (Some(_), _) => Self::Elsewhere,
            (None, Some(origin)) => {
                // Behind a proxy one or the other is what the browser sees.
                let by_host = headers.find("Host").is_some_and(|host| {
                    origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")) == Some(host)
                });
                if by_host || origin == public_url { Self::Ours } else { Self::Elsewhere }
            }
            (None, None) => Self::Unsaid,
        }
    }
}

/// The token for the forms of one page.
pub(super) fn form_token(session: &Token, random: &dyn Random) -> Result<String, RandomError> {
    let mut mask = [0; 32];
    random.fill(&mut mask)?;
    let mut text = mask.to_vec();
    text.extend(session.derive(PURPOSE).iter().zip(mask).map(|(own, mask)| own ^ mask));
    Ok(URL_SAFE_NO_PAD.encode(text))
}

/// Whether a form's token was made for this session.
pub(super) fn is_form_token(text: &str, session: &Token) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) else { return false };
    let Some((mask, masked)) = bytes.split_at_checked(32) else { return false };
    if masked.len() != 32 {
        return false;
    }
    let sent: Vec<u8> = masked.iter().zip(mask).map(|(own, mask)| own ^ mask).collect();
    // Digests are compared, so the time of the comparison says nothing about the token.
    Sha256Digest::of(&sent) == Sha256Digest::of(&session.derive(PURPOSE))
}

/// Whether a page that is reached like this may ask for a password: it is not sent in the clear over a network.
pub(super) fn is_private(public_url: &str, headers: &Headers) -> bool {
    let host = headers.find("Host").unwrap_or_default();
    let name = if host.starts_with('[') {
        host.split_once(']').map_or(host, |(name, _)| name)
    } else {
        host.split(':').next().unwrap_or(host)
    };
    public_url.starts_with("https://")
        || name == "localhost"
        || name.ends_with(".localhost")
        || name == "[::1"
        || name.starts_with("127.")
}

fn cookie<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.find("Cookie")?.split(';').find_map(|pair| {
        let (own, value) = pair.trim().split_once('=')?;
        (own == name && !value.is_empty()).then_some(value)
    })
}

const PURPOSE: &str = "countersign form";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::SeededRandom;

    fn headers(fields: &[(&str, &str)]) -> Headers {
        Headers::new(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_form_token_is_good_for_its_session_alone_and_never_the_same() {
        let random = SeededRandom::new(1);
        let (session, other) = (Token::new(&random).unwrap(), Token::new(&random).unwrap());
        let (one, two) = (form_token(&session, &random).unwrap(), form_token(&session, &random).unwrap());
        assert_ne!(one, two);
        assert!(is_form_token(&one, &session) && is_form_token(&two, &session));
        assert!(!is_form_token(&one, &other));
        for bad in ["", "x", one.split_at(80).0, &session.to_text(), &format!("{one}AAAA")] {
            assert!(!is_form_token(bad, &session), "{bad}");
        }
    }

    #[test]
    fn where_a_request_comes_from_is_what_the_browser_says() {
        let url = "https://settings.example";
        for (fields, expected) in [
            (&[("Sec-Fetch-Site", "same-origin")][..], Origin::Ours),
            (&[("Sec-Fetch-Site", "none")], Origin::Ours),
            (&[("Sec-Fetch-Site", "same-site"), ("Origin", url)], Origin::Elsewhere),
            (&[("Sec-Fetch-Site", "cross-site"), ("Origin", url)], Origin::Elsewhere),
            (&[("Origin", url)], Origin::Ours),
            (&[("Origin", "null")], Origin::Elsewhere),
            (&[("Origin", "https://evil.example"), ("Host", "settings.example")], Origin::Elsewhere),
            (&[("Origin", "http://localhost:8888"), ("Host", "localhost:8888")], Origin::Ours),
            (&[], Origin::Unsaid),
        ] {
            assert_eq!(Origin::of(&headers(fields), url), expected, "{fields:?}");
        }
    }

    #[test]
    fn cookies_are_named_for_https_and_for_each_port() {
        assert_eq!(
            Cookies::of("https://settings.example").end(),
            "__Host-countersign=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0"
        );
        assert_eq!(
            Cookies::of("http://127.0.0.1:8888").end(),
            "countersign-8888=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        );
        assert_eq!(Cookies::of("http://localhost").name, "countersign-80");
    }

    #[test]
    fn a_password_is_asked_for_over_https_or_on_the_machine_itself() {
        let private = |url, host| is_private(url, &headers(&[("Host", host)]));
        assert!(private("https://settings.example", "settings.example"));
        for host in ["localhost:8888", "127.0.0.1:8888", "[::1]:8888", "demo.localhost"] {
            assert!(private("http://127.0.0.1:8888", host), "{host}");
        }
        for host in ["192.168.1.7:8888", "localhost.evil.example", "", "[2001:db8::1]:8888"] {
            assert!(!private("http://127.0.0.1:8888", host), "{host}");
        }
    }
}
