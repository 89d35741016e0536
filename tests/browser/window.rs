//! What somebody does in a browser: opens pages, presses what has these words, fills what has that label, reads.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::{
    Cookie, WebDriver, WebElement,
    error::WebDriverResult,
    prelude::{By, Key},
};

use crate::{driver::Driver, looks::Look};

/// One browser, with its own cookies. What went wrong in its pages (an error of a script, something that the content policy
/// refuses) fails the test when it goes.
#[derive(Debug)]
pub(crate) struct Window {
    browser: Option<WebDriver>,
    /// Sets the clock of each page.
    clock: Option<Value>,
    pub(crate) driver: &'static Driver,
    /// `http://127.0.0.1:…`
    server: String,
}

#[expect(dead_code, reason = "the tests of pages to come use the rest")]
impl Window {
    /// A browser in front of this server, on an empty page.
    pub(crate) fn open_browser(driver: &'static Driver, server: &str) -> Self {
        let window = Self { browser: Some(driver.take()), clock: None, driver, server: server.to_owned() };
        window.look(Look::Light);
        window
    }

    /// Sets the clock of the pages that are opened from now on: each begins at this time, in milliseconds.
    pub(crate) fn set_clock(&mut self, now: u64) {
        self.stop_clock();
        let source = CLOCK.replace("NOW", &now.to_string());
        let set = self.tell("Page.addScriptToEvaluateOnNewDocument", json!({"source": source}));
        self.clock = Some(set);
    }

    fn stop_clock(&mut self) {
        if let Some(clock) = self.clock.take() {
            self.tell("Page.removeScriptToEvaluateOnNewDocument", clock);
        }
    }

    /// Goes to another server.
    pub(crate) fn move_to(&mut self, server: &str) {
        server.clone_into(&mut self.server);
    }

    /// Opens a page of the server.
    pub(crate) fn open(&self, path: &str) {
        self.wait(self.browser().goto(format!("{}{path}", self.server)));
    }

    /// Loads the page anew.
    pub(crate) fn reload(&self) {
        self.wait(self.browser().refresh());
    }

    /// Goes back to the page before.
    pub(crate) fn back(&self) {
        self.wait(self.browser().back());
    }

    /// The path of the page, with its query.
    pub(crate) fn path(&self) -> String {
        let url = self.wait(self.browser().current_url()).to_string();
        url.strip_prefix(&self.server).unwrap_or(&url).to_owned()
    }

    /// Waits until the path is this one.
    #[track_caller]
    pub(crate) fn expect_path(&self, path: &str) {
        let found = until(|| (self.path() == path).then_some(()));
        assert!(found.is_some(), "at {} and not at {path}: {}", self.path(), self.text());
    }

    /// Presses a button or a link, or opens what is folded, by its words (or the first of them).
    #[track_caller]
    pub(crate) fn click(&self, words: &str) {
        self.click_in("body", words);
    }

    /// As [`Window::click`], within what the selector names.
    #[track_caller]
    pub(crate) fn click_in(&self, selector: &str, words: &str) {
        let pressed = until(|| {
            let found = self.by_words(selector, words)?;
            self.try_it(found.click())
        });
        assert!(pressed.is_some(), "no {words:?} to press in {selector} at {}: {}", self.path(), self.text());
    }

    /// Whether there is something to press with these words.
    pub(crate) fn offers(&self, words: &str) -> bool {
        self.by_words("body", words).is_some()
    }

    /// Types into the field with this label, in place of what stands there.
    #[track_caller]
    pub(crate) fn fill(&self, label: &str, text: &str) {
        let typed = until(|| {
            let field = self.by_label(label)?;
            self.try_it(async {
                field.clear().await?;
                field.send_keys(text).await
            })
        });
        assert!(typed.is_some(), "no field {label:?} at {}: {}", self.path(), self.text());
    }

    /// Puts a long text into the field with this label at once, as pasting does.
    #[track_caller]
    pub(crate) fn paste(&self, label: &str, text: &str) {
        let field = self.field(label);
        let field = field.to_json().unwrap();
        self.script_with(
            "arguments[0].value = arguments[1]; \
             arguments[0].dispatchEvent(new Event('input', {bubbles: true})); \
             arguments[0].dispatchEvent(new Event('change', {bubbles: true}))",
            vec![field, json!(text)],
        );
    }

    /// Chooses in the list with this label.
    #[track_caller]
    pub(crate) fn choose(&self, label: &str, option: &str) {
        let list = self.field(label);
        let quoted = option.replace('"', "");
        self.wait(async {
            list.find(By::XPath(format!("./option[normalize-space()=\"{quoted}\"]"))).await?.click().await
        });
    }

    /// What stands in the field with this label.
    #[track_caller]
    pub(crate) fn value(&self, label: &str) -> String {
        let field = self.field(label);
        self.wait(field.prop("value")).unwrap_or_default()
    }

    /// Presses keys, wherever the focus is.
    pub(crate) fn press(&self, keys: impl Into<thirtyfour::TypingData>) {
        self.wait(self.browser().action_chain().send_keys(keys).perform());
    }

    /// Goes on with the tabulator until the focus is on what has these words or this label.
    #[track_caller]
    pub(crate) fn tab_to(&self, words: &str) {
        for _ in 0..200 {
            self.press(Key::Tab);
            if self
                .names_of_focus()
                .iter()
                .any(|name| name == words || name.starts_with(&format!("{words} ")))
            {
                return;
            }
        }
        panic!("no way to {words:?} by keyboard at {}: {}", self.path(), self.text());
    }

    /// What the element with the focus is called.
    pub(crate) fn names_of_focus(&self) -> Vec<String> {
        let names = self.script(&format!("{WORDS} return names(document.activeElement)"));
        serde_json::from_value(names).unwrap()
    }

    /// Waits until this text is in sight. Spaces of all kinds are alike.
    #[track_caller]
    pub(crate) fn expect(&self, text: &str) -> &Self {
        let wanted = plain(text);
        let found = until(|| plain(&self.text()).contains(&wanted).then_some(()));
        assert!(found.is_some(), "no {text:?} at {}: {}", self.path(), self.text());
        self
    }

    /// Says that this text is not in sight.
    #[track_caller]
    pub(crate) fn expect_no(&self, text: &str) -> &Self {
        let shown = self.text();
        assert!(!plain(&shown).contains(&plain(text)), "{text:?} at {}: {shown}", self.path());
        self
    }

    /// Everything that is in sight, as text.
    pub(crate) fn text(&self) -> String {
        let text = self.script("return document.body ? document.body.innerText : ''");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What is in sight of the first element that a selector names.
    #[track_caller]
    pub(crate) fn text_in(&self, selector: &str) -> String {
        let element = self.find(selector);
        self.wait(element.text())
    }

    /// The first element that a selector names, once it is there.
    #[track_caller]
    pub(crate) fn find(&self, selector: &str) -> WebElement {
        let found = until(|| self.try_it(self.browser().find(By::Css(selector))));
        found.unwrap_or_else(|| panic!("no {selector} at {}: {}", self.path(), self.text()))
    }

    /// How many elements a selector names.
    pub(crate) fn count(&self, selector: &str) -> usize {
        self.wait(self.browser().find_all(By::Css(selector))).len()
    }

    /// Goes into a frame of the page: what is read and pressed from now on is in there.
    #[track_caller]
    pub(crate) fn enter_frame(&self, selector: &str) {
        let frame = self.find(selector);
        self.wait(frame.enter_frame());
    }

    /// Goes back to the page itself.
    pub(crate) fn leave_frame(&self) {
        self.wait(self.browser().enter_default_frame());
    }

    /// Runs a script in the page. It ends with `return …` where something is to come back.
    pub(crate) fn script(&self, script: &str) -> Value {
        self.script_with(script, Vec::new())
    }

    /// As [`Window::script`], with `arguments`.
    pub(crate) fn script_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.wait(async { Ok(self.browser().execute(script, arguments).await?.json().clone()) })
    }

    /// From the next page on no script runs.
    pub(crate) fn without_scripts(&self) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    }

    /// The cookies of the server.
    pub(crate) fn cookies(&self) -> Vec<Cookie> {
        self.wait(self.browser().get_all_cookies())
    }

    /// Plants a cookie; a page of the server must be open.
    pub(crate) fn plant(&self, cookie: Cookie) {
        self.wait(self.browser().add_cookie(cookie));
    }

    /// A picture of what is in sight: a PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        self.wait(self.browser().screenshot_as_png())
    }

    /// What was said in the browser's log so far is as it should be, and is forgotten.
    pub(crate) fn forget_log(&self) {
        let _said = self.wait(self.browser().browser_log());
    }

    /// Nothing went wrong in the pages so far.
    #[track_caller]
    pub(crate) fn check(&self) {
        let log = self.wait(self.browser().browser_log());
        let wrong: Vec<String> = log
            .into_iter()
            .filter(|entry| match entry.source.as_deref() {
                // A page that says what is to be mended, or that nobody is signed in, is in order; a file that is missing not.
                Some("network") => {
                    entry.message.contains("/assets/") || !entry.message.contains("a status of 4")
                }
                Some("security") => true,
                _ => entry.level == "SEVERE",
            })
            .map(|entry| format!("{:?}: {}", entry.source, entry.message))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn tell(&self, command: &str, parameters: Value) -> Value {
        self.wait(self.browser().cdp().send_raw(command, parameters))
    }

    #[track_caller]
    fn field(&self, label: &str) -> WebElement {
        let found = until(|| self.by_label(label));
        found.unwrap_or_else(|| panic!("no field {label:?} at {}: {}", self.path(), self.text()))
    }

    fn by_words(&self, selector: &str, words: &str) -> Option<WebElement> {
        let script = format!(
            "{WORDS} const [selector, words] = arguments;
             const all = [...document.querySelectorAll(selector)].flatMap(place => [...place.querySelectorAll(
               'button, a[href], summary, label, [role=button], [role=tab], input[type=submit]')]).filter(seen);
             return all.find(e => names(e).includes(words))
               ?? all.find(e => names(e).some(name => name.startsWith(words + ' '))) ?? null"
        );
        self.element(&script, vec![json!(selector), json!(plain(words))])
    }

    fn by_label(&self, label: &str) -> Option<WebElement> {
        let script = format!(
            "{WORDS} const [words] = arguments;
             const all = [...document.querySelectorAll('input:not([type=hidden]), textarea, select')].filter(seen);
             const labels = e => [...(e.labels ?? [])].map(l => plain(l.innerText));
             return all.find(e => labels(e).includes(words)) ?? all.find(e => names(e).includes(words))
               ?? all.find(e => labels(e).some(name => name.startsWith(words + ' '))) ?? null"
        );
        self.element(&script, vec![json!(plain(label))])
    }

    fn element(&self, script: &str, arguments: Vec<Value>) -> Option<WebElement> {
        self.driver.wait(async { self.browser().execute(script, arguments).await?.element() }).ok()
    }

    /// A page that changes meanwhile is tried again.
    fn try_it<T>(&self, work: impl Future<Output = WebDriverResult<T>>) -> Option<T> {
        self.driver.wait(work).ok()
    }

    #[track_caller]
    pub(crate) fn wait<T>(&self, work: impl Future<Output = WebDriverResult<T>>) -> T {
        match self.driver.wait(work) {
            Ok(done) => done,
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn browser(&self) -> &WebDriver {
        self.browser.as_ref().unwrap()
    }

    /// Nothing of this test is left for the next one.
    fn clean(&mut self) {
        self.stop_clock();
        self.tell("Emulation.setScriptExecutionDisabled", json!({"value": false}));
        self.tell("Network.clearBrowserCookies", json!({}));
        let all = json!({"origin": self.server, "storageTypes": "all"});
        self.tell("Storage.clearDataForOrigin", all);
        self.wait(self.browser().goto("about:blank"));
        self.forget_log();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let name = std::thread::current().name().unwrap_or("failed").replace("::", "-");
            let file = std::path::Path::new(option_env!("CARGO_TARGET_TMPDIR").unwrap_or("."))
                .join(name)
                .with_extension("png");
            let browser = self.browser.take().unwrap();
            let kept = self.driver.wait(browser.screenshot(&file));
            if kept.is_ok() {
                eprintln!("what was in sight: {}", file.display());
            }
            drop(self.driver.wait(browser.quit()));
            return;
        }
        self.check();
        self.clean();
        self.driver.give_back(self.browser.take().unwrap());
    }
}

/// All kinds of space are one space.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Tries until it is there, for as long as [`PATIENCE`].
fn until<T>(mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let began = now();
    loop {
        if let Some(found) = attempt() {
            return Some(found);
        }
        if began.elapsed() > PATIENCE {
            return None;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a test waits is no matter of the service's time")]
fn now() -> Instant {
    Instant::now()
}

/// The service's time stands where a test put it; the page's begins there too.
const CLOCK: &str = "{ const Real = Date; const ahead = NOW - Real.now();
  globalThis.Date = class extends Real {
    constructor(...given) { if (given.length) super(...given); else super(Real.now() + ahead); }
    static now() { return Real.now() + ahead; }
  }; }";
/// Ten times what anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// What an element is called, and whether it can be seen.
const WORDS: &str = r"
const plain = text => (text ?? '').replace(/\s+/g, ' ').trim();
const seen = e => e.checkVisibility({visibilityProperty: true});
const names = e => [e.innerText, e.getAttribute('aria-label'), e.type === 'submit' ? e.value : '', e.placeholder, e.title,
  ...[...(e.labels ?? [])].map(l => l.innerText)].map(plain).filter(Boolean);
";
