//! One `chromedriver` for the whole run, and browsers that are used again: starting one takes half a second of a processor.
//!
//! Nothing outlives the run, however it ends: the driver hangs on a pipe, and where that closes, driver, browsers and their
//! profiles go.

use std::{
    future::Future,
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Mutex, OnceLock},
};

use serde_json::json;
use thirtyfour::{
    ChromiumLikeCapabilities as _, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
    error::WebDriverResult,
};
use tokio::runtime::{Builder, Handle};

use crate::optional::{find, require, variable};

/// What drives browsers.
#[derive(Debug)]
pub(crate) struct Driver {
    /// The accessibility checker: a script that goes into a page.
    axe: PathBuf,
    /// Holds the pipe that closes with this process, and so ends the driver.
    _child: Child,
    chromium: PathBuf,
    /// Browsers that nobody uses at the moment, with nothing kept in them.
    idle: Mutex<Vec<WebDriver>>,
    /// Kept open, so that the driver can write.
    _output: BufReader<ChildStdout>,
    runtime: Handle,
    url: String,
}

impl Driver {
    /// The driver of this run; `None`, said aloud, where a program is missing.
    pub(crate) fn of_this_run() -> Option<&'static Self> {
        static DRIVER: OnceLock<Option<Driver>> = OnceLock::new();
        DRIVER.get_or_init(Self::start).as_ref()
    }

    fn start() -> Option<Self> {
        let chromium = require(find("chromium"), "Chromium")?;
        let chromedriver = require(find("chromedriver"), "chromedriver")?;
        let axe = require(axe().filter(|file| file.is_file()), "axe-core (COUNTERSIGN_TEST_AXE)")?;
        let folder = tempfile::Builder::new().prefix("countersign-browser-").tempdir().unwrap().keep();
        let mut child = Command::new("sh")
            .args(["-c", LEASH, "sh"])
            .args([&chromedriver, &folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let port = loop {
            let mut line = String::new();
            assert!(output.read_line(&mut line).unwrap() > 0, "chromedriver ended before it listened");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim().trim_end_matches('.').to_owned();
            }
        };
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let handle = runtime.handle().clone();
        // Ends with the process: browsers are used from one test to the next.
        let _running = std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        Some(Self {
            axe,
            _child: child,
            chromium,
            idle: Mutex::default(),
            _output: output,
            runtime: handle,
            url: format!("http://127.0.0.1:{port}"),
        })
    }

    /// A browser in which nothing is kept.
    pub(crate) fn take(&self) -> WebDriver {
        let idle = self.idle.lock().unwrap().pop();
        idle.unwrap_or_else(|| self.wait(self.begin()).unwrap())
    }

    /// Gives a browser back.
    pub(crate) fn give_back(&self, browser: WebDriver) {
        self.idle.lock().unwrap().push(browser);
    }

    /// Waits for what the browser does.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The accessibility checker.
    pub(crate) fn axe(&self) -> String {
        std::fs::read_to_string(&self.axe).unwrap()
    }

    async fn begin(&self) -> WebDriverResult<WebDriver> {
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(self.chromium.to_str().unwrap())?;
        for flag in FLAGS {
            wanted.add_arg(flag)?;
        }
        wanted.set_logging_prefs("browser".to_owned(), LoggingPrefsLogLevel::All)?;
        wanted.as_mut().set("unhandledPromptBehavior", json!("accept"))?;
        WebDriver::new(&self.url, wanted).await
    }
}

/// Where `.ci/run` puts it, unless the environment says otherwise.
fn axe() -> Option<PathBuf> {
    if let Some(file) = variable("COUNTERSIGN_TEST_AXE") {
        return Some(file.into());
    }
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))?;
    Some(cache.join("countersign-ci/axe/node_modules/axe-core/axe.min.js"))
}

/// Runs the driver ($1) with its profiles in a folder ($2) until standard input closes.
const LEASH: &str = r#"
export TMPDIR="$2"
"$1" --port=0 --log-level=SEVERE </dev/null &
trap : TERM
cat >/dev/null
kill -TERM -$$
wait
rm -rf "$2" || { sleep 1; rm -rf "$2"; }
"#;
/// No sandbox: it does not work as root, and the pages are our own. Nothing of the browser's own goes out to the network.
const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--lang=en-GB",
    "--window-size=1280,800",
];
