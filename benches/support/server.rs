//! The program itself, on a folder and a port of its own, with people who edit and approve.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tempfile::TempDir;

/// A service that runs until this is dropped.
pub(crate) struct Server {
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    child: Child,
    folder: TempDir,
}

impl Server {
    /// A new folder with accounts, served.
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        run(&folder, &["init", "--admin", "admin"]);
        for name in ["editor", "reviewer"] {
            run(&folder, &["account", "add", name]);
        }
        // The log is written as a service writes it; not into the figures of this benchmark.
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut child = command(&folder, &["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { address, child, folder }
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Where its data folder is; goes with it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes `main-workspace/NAME` of these records and publishes it as `main/NAME`: import, request, approval.
    pub(crate) fn publish(&self, name: &str, records: usize, record: impl Fn(usize) -> String) {
        let source = format!("/buckets/main-workspace/collections/{name}");
        self.send("admin", "PUT", &source, "{}");
        for (group, person) in [("editors", "editor"), ("reviewers", "reviewer")] {
            let members = format!(r#"{{"data":{{"members":["account:{person}"]}}}}"#);
            self.send("admin", "PATCH", &format!("/buckets/main-workspace/groups/{name}-{group}"), &members);
        }
        let file = self.folder.path().join("records.json");
        for from in (0..records).step_by(IMPORT) {
            let part: Vec<String> = (from..records.min(from + IMPORT)).map(&record).collect();
            fs::write(&file, format!("[{}]", part.join(","))).unwrap();
            self.import(&file, name);
        }
        self.set_status(name, "editor", "to-review");
        self.set_status(name, "reviewer", "to-sign");
    }

    /// The editor writes the records of a file into `main-workspace/NAME`.
    pub(crate) fn import(&self, file: &Path, name: &str) {
        let to = format!("main-workspace/{name}");
        run(&self.folder, &["import", file.to_str().unwrap(), "--to", &to, "--as", "editor"]);
    }

    /// Asks for review, approves.
    pub(crate) fn set_status(&self, name: &str, person: &str, status: &str) {
        let source = format!("/buckets/main-workspace/collections/{name}");
        self.send(person, "PATCH", &source, &format!(r#"{{"data":{{"status":"{status}"}}}}"#));
    }

    /// Sends one request, which has to go well; gives the body.
    pub(crate) fn send(&self, person: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
        let login = STANDARD.encode(format!("{person}:{PASSWORD}"));
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} /v1{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {login}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 20"), "{path}: {}", String::from_utf8_lossy(&answer));
        answer.split_off(end + 4)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn run(folder: &TempDir, arguments: &[&str]) {
    let output = command(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn command(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).arg("--data").arg(folder.path().join("data"));
    command.env("COUNTERSIGN_PASSWORD", PASSWORD).env("COUNTERSIGN_LIMITS_BODY", "1000000");
    command
}

/// Records of one import: more would be held in memory as a whole.
const IMPORT: usize = 100_000;
/// Of everybody.
pub(crate) const PASSWORD: &str = "password of the benchmark";
