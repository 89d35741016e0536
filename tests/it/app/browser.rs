//! A browser as far as pages without scripts need one: cookies, forms, where a request comes from.

use std::cell::RefCell;

use super::{Request, Response, TestApp, password_of};

/// One browser, with its own cookies.
#[derive(Debug)]
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    cookies: RefCell<Vec<(String, String)>>,
    /// `csrf` and `build` of the page that was shown last.
    guard: RefCell<Vec<(String, String)>>,
}

impl TestApp {
    /// A browser in which nobody is signed in.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { app: self, cookies: RefCell::default(), guard: RefCell::default() }
    }

    /// A browser in which that person is signed in, on the first page.
    pub(crate) fn browser_of(&self, person: &str) -> Browser<'_> {
        let browser = self.browser();
        let _page = browser.get("/ui/sign-in").expect(200);
        let answer = browser.post("/ui/sign-in", &[("name", person), ("password", &password_of(person))]);
        let _home = browser.follow(answer).expect(200);
        browser
    }
}

impl<'a> Browser<'a> {
    /// Opens a page.
    pub(crate) fn get(&self, path: &str) -> Response {
        self.send(self.request("GET", path).header("Sec-Fetch-Site", "none"))
    }

    /// Sends a form of the page that was opened last, its hidden fields included.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(self.form(path, fields))
    }

    /// As [`Browser::post`], not yet sent: a test may change its headers.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> Request<'a> {
        let guard = self.guard.borrow();
        let guard = guard.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<(&str, &str)> = guard.chain(fields.iter().copied()).collect();
        self.bare_form(path, &all)
    }

    /// A form with these fields and no others.
    pub(crate) fn bare_form(&self, path: &str, fields: &[(&str, &str)]) -> Request<'a> {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.request("POST", path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Origin", &format!("http://{}", self.app.address))
            .header("Sec-Fetch-Site", "same-origin")
            .body(pairs.join("&"))
    }

    /// Sends a request, keeps its cookies, and reads the hidden fields of the page that comes.
    pub(crate) fn send(&self, request: Request<'_>) -> Response {
        let response = request.send();
        let mut cookies = self.cookies.borrow_mut();
        for (_, value) in response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Set-Cookie"))
        {
            let (name, rest) = value.split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            cookies.retain(|(own, _)| own != name);
            if !attributes.contains("Max-Age=0") {
                cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let text = response.text();
        let guard: Vec<(String, String)> = ["csrf", "build"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), hidden(&text, name)?)))
            .collect();
        if !guard.is_empty() {
            *self.guard.borrow_mut() = guard;
        }
        response
    }

    /// Goes where a form leads.
    pub(crate) fn follow(&self, response: Response) -> Response {
        let response = response.expect(303);
        let path = response.header("Location").unwrap().to_owned();
        self.get(&path)
    }

    /// The `Cookie` header.
    pub(crate) fn cookies(&self) -> String {
        let cookies = self.cookies.borrow();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Plants a `Cookie` header.
    pub(crate) fn set_cookies(&self, header: &str) {
        *self.cookies.borrow_mut() = header
            .split("; ")
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
    }

    /// A request as this browser makes it.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request<'a> {
        let request = self
            .app
            .anonymous()
            .raw(method, path)
            .header("Host", &self.app.address.to_string())
            .header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let cookies = self.cookies();
        if cookies.is_empty() { request } else { request.header("Cookie", &cookies) }
    }
}

impl Response {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Says that this text stands in the body, and hands the answer on.
    #[track_caller]
    pub(crate) fn shows(self, text: &str) -> Self {
        assert!(self.text().contains(text), "no {text:?} in {} {}", self.status, self.text());
        self
    }

    /// Says that this text does not stand in the body, and hands the answer on.
    #[track_caller]
    pub(crate) fn hides(self, text: &str) -> Self {
        assert!(!self.text().contains(text), "{text:?} in {} {}", self.status, self.text());
        self
    }
}

/// The value of a hidden field.
fn hidden(html: &str, name: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
