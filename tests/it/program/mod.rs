//! The real program: run, served, stopped; and a few people who work on what it serves.

mod clients;
mod commands;
mod demo;
mod documents;
mod folder;
mod operations;
mod reviewing;

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The password of everybody in these tests.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The program with a clean environment.
pub(crate) fn command<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Ran {
    Ran::of(&mut command(arguments))
}

/// Runs the program to its end, with the password of everybody in its environment.
pub(crate) fn run_as_somebody<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Ran {
    Ran::of(command(arguments).env("COUNTERSIGN_PASSWORD", PASSWORD))
}

/// How a run ended.
#[derive(Debug)]
#[must_use]
pub(crate) struct Ran {
    pub(crate) err: String,
    pub(crate) out: String,
    pub(crate) status: i32,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().expect("the program runs"))
    }

    /// Runs with this text on standard input.
    pub(crate) fn with_input(command: &mut Command, input: &str) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Self::from(child.wait_with_output().unwrap())
    }

    /// Its standard output, where it ended well.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        assert_eq!(self.status, 0, "{self:?}");
        self.out
    }

    /// Its standard output as one JSON object, whatever the status.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// That it ended with this status and said this.
    #[track_caller]
    pub(crate) fn failed(&self, status: i32, message: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.err.contains(message), "{message:?} is not in {:?}", self.err);
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            err: String::from_utf8(output.stderr).unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            status: output.status.code().expect("it was not killed"),
        }
    }
}

/// A service in a process of its own. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
}

impl Served {
    /// Starts a command that says `listening on http://…`, and waits until it does.
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.find_map(|line| line.unwrap().strip_prefix("listening on ").map(str::to_owned));
        let Some(url) = url else {
            panic!("it never listened: {:?}", Ran::from(child.wait_with_output().unwrap()))
        };
        // Whoever is not read is blocked one day.
        let mut err = child.stderr.take().unwrap();
        std::thread::spawn(move || std::io::copy(&mut err, &mut std::io::sink()));
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }

    /// SIGTERM; the status with which it ends.
    pub(crate) fn stop(mut self) -> i32 {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code().expect("it ended by itself")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A folder, a service, three people, and the collection `main-workspace/certs`.
#[derive(Debug)]
pub(crate) struct Station {
    pub(crate) served: Served,
    pub(crate) folder: TempDir,
    pub(crate) root: String,
}

pub(crate) const SOURCE: &str = "main-workspace/certs";
pub(crate) const PREVIEW: &str = "main-preview/certs";
pub(crate) const PUBLISHED: &str = "main/certs";

impl Station {
    /// With nothing published but the empty collection.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        let arguments = ["init", "--admin", "admin", "--data"].map(OsStr::new);
        run_as_somebody(arguments.into_iter().chain([data.as_os_str()])).good();
        Self::in_folder(folder)
    }

    /// In a folder whose `data` is initialised, with `admin`.
    pub(crate) fn in_folder(folder: TempDir) -> Self {
        let data = folder.path().join("data");
        for name in ["editor", "reviewer"] {
            run_as_somebody(["account", "add", name, "--data", data.to_str().unwrap()]).good();
        }
        let root = root_of(&data);
        let station = Self { served: serve(&data), folder, root };
        station.admin().put(&path_of(SOURCE), &json!({"data": {}}));
        let admin = station.admin();
        for (group, member) in [("editors", "account:editor"), ("reviewers", "account:reviewer")] {
            admin.patch(
                &format!("/buckets/main-workspace/groups/certs-{group}"),
                &json!({"data": {"members": [member]}}),
            );
        }
        station
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `--data DIR`, for commands on the folder.
    pub(crate) fn data_text(&self) -> String {
        self.data().to_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn person(&self, name: &str) -> Http {
        Http::new(&self.served.url, Some(name))
    }

    pub(crate) fn admin(&self) -> Http {
        self.person("admin")
    }

    /// Writes records as the editor, asks for review, and approves as the reviewer.
    pub(crate) fn publish(&self, records: &[Value]) {
        self.ask(records);
        self.person("reviewer").patch(&path_of(SOURCE), &json!({"data": {"status": "to-sign"}}));
    }

    /// Writes records as the editor and asks for review.
    pub(crate) fn ask(&self, records: &[Value]) {
        let editor = self.person("editor");
        for record in records {
            let id = record["id"].as_str().unwrap();
            editor.put(&format!("{}/records/{id}", path_of(SOURCE)), &json!({"data": record}));
        }
        editor.patch(
            &path_of(SOURCE),
            &json!({"data": {"status": "to-review", "last_editor_comment": "please"}}),
        );
    }

    pub(crate) fn status(&self) -> String {
        let answer = self.admin().get(&path_of(SOURCE));
        answer["data"]["status"].as_str().unwrap().to_owned()
    }

    /// The version that is published.
    pub(crate) fn version(&self) -> u64 {
        let changeset =
            Http::new(&self.served.url, None).get(&format!("{}/changeset?_expected=0", path_of(PUBLISHED)));
        let statement = changeset["metadata"]["countersign"]["statement"].as_str().unwrap();
        serde_json::from_str::<Value>(statement).unwrap()["version"].as_u64().unwrap()
    }

    /// `sync` of the published collection, with these arguments more.
    pub(crate) fn sync(&self, more: &[&str]) -> Ran {
        let usual = ["sync", &self.served.url, PUBLISHED, "--root", &self.root, "--json"];
        run(usual.into_iter().chain(more.iter().copied()))
    }

    /// Stops the service and starts it again.
    pub(crate) fn restart(self, between: impl FnOnce(&Path)) -> Self {
        let Self { served, folder, root } = self;
        assert_eq!(served.stop(), 0);
        let data = folder.path().join("data");
        between(&data);
        Self { served: serve(&data), folder, root }
    }
}

/// Serves a folder on a free port.
#[track_caller]
pub(crate) fn serve(data: &Path) -> Served {
    Served::start(&mut command(["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]))
}

/// The fingerprint that clients of a folder pin.
pub(crate) fn root_of(data: &Path) -> String {
    let keys = run(["keys", "inspect", "--json", "--data", data.to_str().unwrap()]);
    keys.json()["root"].as_str().unwrap().to_owned()
}

/// `bucket/collection` as a path below `/v1`.
pub(crate) fn path_of(path: &str) -> String {
    let (bucket, collection) = path.split_once('/').unwrap();
    format!("/buckets/{bucket}/collections/{collection}")
}

/// Requests that must succeed.
#[derive(Debug)]
pub(crate) struct Http {
    agent: ureq::Agent,
    authorization: Option<String>,
    base: String,
}

impl Http {
    pub(crate) fn new(url: &str, user: Option<&str>) -> Self {
        Self::make(url, user.map(|user| (user, PASSWORD)))
    }

    pub(crate) fn with_password(url: &str, user: &str, password: &str) -> Self {
        Self::make(url, Some((user, password)))
    }

    fn make(url: &str, user: Option<(&str, &str)>) -> Self {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        let authorization =
            user.map(|(name, password)| format!("Basic {}", STANDARD.encode(format!("{name}:{password}"))));
        Self { agent: config.into(), authorization, base: format!("{url}/v1") }
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.try_send(method, path, body).expect("the service answers")
    }

    /// `None` where no whole answer comes: the service is gone.
    pub(crate) fn try_send(&self, method: &str, path: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut answer = self.agent.run(request.body(body).unwrap()).ok()?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    /// What is not JSON.
    pub(crate) fn text(&self, path: &str) -> String {
        self.agent.get(format!("{}{path}", self.base)).call().unwrap().body_mut().read_to_string().unwrap()
    }

    #[track_caller]
    fn must(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.send(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        self.must("GET", path, None)
    }

    #[track_caller]
    pub(crate) fn patch(&self, path: &str, body: &Value) {
        self.must("PATCH", path, Some(body));
    }

    #[track_caller]
    pub(crate) fn put(&self, path: &str, body: &Value) {
        self.must("PUT", path, Some(body));
    }
}

/// Waits until something is so, for at most a minute.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("{what} did not come to be");
}
