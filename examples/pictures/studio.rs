//! Takes pictures, and makes them small.

use std::{
    cell::{Cell, RefCell},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use countersign::workflow::Limits;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    app::{Builder, START, TestApp, at, password_of, wire},
    driver::Driver,
    looks::Look,
    optional::find,
    window::Window,
};

/// Where pictures are taken.
#[derive(Debug)]
pub(crate) struct Studio {
    bytes: Cell<u64>,
    driver: &'static Driver,
    failed: RefCell<Vec<String>>,
    folder: PathBuf,
    scratch: TempDir,
    /// Which pictures are wanted; none means all.
    words: Vec<String>,
}

impl Studio {
    pub(crate) fn open(words: Vec<String>) -> Self {
        let driver =
            Driver::of_this_run().expect("Chromium, chromedriver and axe-core are needed: .ci/run tools");
        for program in ["pngquant", "cwebp"] {
            assert!(find(program).is_some(), "{program} is needed");
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
        Self {
            bytes: Cell::new(0),
            driver,
            failed: RefCell::default(),
            folder,
            scratch: tempfile::tempdir().unwrap(),
            words,
        }
    }

    /// Whether a picture of that name is wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    /// A browser in which nobody is signed in, whose clock is the service's.
    pub(crate) fn window(&self, app: &TestApp) -> Window {
        let mut window = Window::open_browser(self.driver, app.url());
        window.set_clock(app.now().as_millis());
        window
    }

    /// A browser in which this person is signed in.
    pub(crate) fn sign_in(&self, app: &TestApp, person: &str) -> Window {
        let window = self.window(app);
        window.open("/ui/sign-in");
        window.fill("Account", person);
        window.fill("Password", &password_of(person));
        window.click("Sign in");
        window.expect_path("/");
        window
    }

    /// Opens a page and takes it in all looks; a page that is not there is told of at the end.
    pub(crate) fn page(&self, window: &Window, name: &str, path: &str) {
        if self.wants(name) {
            window.open(path);
            let title = window.text();
            if (title.contains("There is no such page") && !name.contains("missing"))
                || title.contains("Something broke")
            {
                self.failed.borrow_mut().push(format!("{name}: {path}"));
                return;
            }
            // What is computed in the background is in the picture.
            let done = || window.count("progress") == 0 && !window.text().contains("Look again");
            for _ in 0..200 {
                if done() {
                    break;
                }
                std::thread::park_timeout(std::time::Duration::from_millis(50));
                window.open(path);
            }
            self.take(window, name);
        }
    }

    /// Takes what is in sight, in all looks.
    pub(crate) fn take(&self, window: &Window, name: &str) {
        if !self.wants(name) {
            return;
        }
        for (look, end) in [(Look::Light, ""), (Look::Dark, "-dark"), (Look::Phone, "-phone")] {
            window.look(look);
            window.script("document.activeElement?.blur(); document.querySelector('.flash')?.remove();");
            let file = self.folder.join(format!("{name}{end}.webp"));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            let raw = self.scratch.path().join("raw.png");
            fs::write(&raw, window.picture()).unwrap();
            let few = self.scratch.path().join("few.png");
            run(Command::new("pngquant")
                .args(["--force", "--speed", "1", "--nofs", "--output"])
                .args([&few])
                .arg("96")
                .arg(&raw));
            run(Command::new("cwebp").args(["-quiet", "-lossless", "-m", "6", "-o"]).args([&file, &few]));
            let length = fs::metadata(&file).unwrap().len();
            self.bytes.set(self.bytes.get() + length);
            println!("{} {length}", file.strip_prefix(&self.folder).unwrap().display());
        }
        window.look(Look::Light);
    }

    pub(crate) fn close(self) {
        println!("{} bytes", self.bytes.get());
        let failed = self.failed.into_inner();
        assert!(failed.is_empty(), "pages that are not there: {failed:#?}");
    }
}

fn run(command: &mut Command) {
    let done = command.status().unwrap();
    assert!(done.success(), "{command:?}");
}

/// A service of that name on the usual port, which is in the pictures.
pub(crate) fn installation(name: &str) -> Builder {
    let mut builder = TestApp::builder().limits(Limits { batch: 5_000, ..Limits::default() });
    name.clone_into(&mut builder.name);
    builder.port = 8_888;
    builder
}

/// Sends a request as somebody. What is published is not verified after each, as tests do.
pub(crate) fn send(app: &TestApp, person: &'static str, method: &str, path: &str, body: &Value) -> Value {
    let request = app.person(person).request(method, path).json(body);
    let answer = wire::exchange(app.address, &request.to_bytes());
    assert!(
        answer.status < 300,
        "{method} {path}: {} {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

/// Moves the clock to this day after the beginning, at this hour and minute.
pub(crate) fn go(app: &TestApp, day: u64, hour: u64, minute: u64) {
    let then = at(START - 6 * HOUR + day * 24 * HOUR + hour * HOUR + minute * 60_000);
    assert!(then > app.now(), "the clock goes forward");
    app.clock.set(then);
}

/// Makes a collection of a source bucket, and names who edits and who reviews it.
pub(crate) fn make(app: &TestApp, bucket: &str, id: &str, attributes: &Value) {
    let source = format!("/buckets/{bucket}/collections/{id}");
    send(app, "admin", "PUT", &source, &json!({"data": attributes}));
    for (group, members) in
        [("editors", ["editor", "second-editor"]), ("reviewers", ["reviewer", "second-editor"])]
    {
        let members: Vec<String> = members.iter().map(|member| format!("account:{member}")).collect();
        let path = format!("/buckets/{bucket}/groups/{id}-{group}");
        send(app, "admin", "PATCH", &path, &json!({"data": {"members": members}}));
    }
}

/// Writes records, as one batch.
pub(crate) fn write(app: &TestApp, person: &'static str, source: &str, records: &[Value]) {
    let requests: Vec<Value> = records
        .iter()
        .map(|record| {
            let path = format!("{source}/records/{}", record["id"].as_str().unwrap());
            json!({"method": "PUT", "path": path, "body": {"data": record}})
        })
        .collect();
    for batch in requests.chunks(5_000) {
        let answer = send(app, person, "POST", "/batch", &json!({"requests": batch}));
        for response in answer["responses"].as_array().unwrap() {
            assert!(response["status"].as_u64().unwrap() < 300, "{response}");
        }
    }
}

/// Asks for review, approves or declines.
pub(crate) fn decide(app: &TestApp, person: &'static str, source: &str, status: &str, comment: &str) {
    app.clock.advance_millis(1);
    let member = if status == "to-review" { "last_editor_comment" } else { "last_reviewer_comment" };
    send(app, person, "PATCH", source, &json!({"data": {"status": status, member: comment}}));
}

/// Writes, asks, approves.
pub(crate) fn publish(app: &TestApp, source: &str, records: &[Value], comment: &str) {
    write(app, "editor", source, records);
    decide(app, "editor", source, "to-review", comment);
    app.clock.advance_millis(17 * 60_000);
    decide(app, "reviewer", source, "to-sign", "");
}

const HOUR: u64 = 3_600_000;
