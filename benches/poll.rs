//! What a poll costs the service when everything is in memory, beside nginx with the same bytes in files, where it is
//! installed: `cargo bench --bench poll`. Linux only.
//!
//! The program itself serves; counted is what its process uses for each of some thousand requests, over connections that
//! stay open, one request after the other on each.
#![expect(clippy::print_stdout, reason = "what a benchmark is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

mod support {
    pub(crate) mod median;
    pub(crate) mod records;
    pub(crate) mod server;
    pub(crate) mod usage;
}

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use support::{median::median, records, server::Server, usage::Usage};

fn main() {
    let server = Server::start();
    for (name, records) in [("small", 1), ("medium", 80), ("large", 820)] {
        server.publish(name, records, |number| records::json(number, 1));
    }
    let ours = |path: &str| Subject {
        address: server.address.clone(),
        path: path.to_owned(),
        process: server.process(),
    };
    let nginx = Nginx::start(server.folder());
    println!("{:<58} {:>11} {:>8}", "CPU µs for each request", "countersign", "nginx");
    compare("monitor/changes", &ours(&format!("{CHANGES}?_expected=0")), nginx.as_ref());
    let changes = ours(&format!("{CHANGES}?_expected=0")).fetch();
    let changes: serde_json::Value = serde_json::from_slice(&changes).unwrap();
    let newest = changes.get("timestamp").unwrap();
    let since = format!("{CHANGES}?_expected=0&_since=%22{newest}%22");
    compare("monitor/changes, nothing new", &ours(&since), nginx.as_ref());
    for name in ["small", "medium", "large"] {
        let path = format!("/v1/buckets/main/collections/{name}/changeset?_expected=0");
        compare("changeset", &ours(&path), nginx.as_ref());
    }
}

/// Medians of some rounds, ours and theirs in turn.
fn compare(what: &str, ours: &Subject, nginx: Option<&Nginx>) {
    let body = ours.fetch();
    let theirs = nginx.map(|nginx| nginx.serving(&body));
    for connections in [1, 16] {
        let (mut of_ours, mut of_theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            of_ours.push(ours.poll(connections));
            of_theirs.extend(theirs.as_ref().map(|theirs| theirs.poll(connections)));
        }
        let title = format!("{what}, {} bytes, {connections} connections", body.len());
        let micros = |times: &mut Vec<Duration>| format!("{:.1}", median(times).as_secs_f64() * 1e6);
        let theirs = if of_theirs.is_empty() { "absent".to_owned() } else { micros(&mut of_theirs) };
        println!("{title:<58} {:>11} {theirs:>8}", micros(&mut of_ours));
    }
}

/// Something that a process serves.
struct Subject {
    address: String,
    path: String,
    process: u32,
}

impl Subject {
    /// The body of an answer.
    fn fetch(&self) -> Vec<u8> {
        let mut answer = self.exchange(&mut self.connect());
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
        answer.split_off(body_start(&answer).unwrap())
    }

    /// What one request costs the process.
    fn poll(&self, connections: usize) -> Duration {
        let mut open: Vec<TcpStream> = (0..connections).map(|_| self.connect()).collect();
        let lengths: Vec<usize> = open.iter_mut().map(|stream| self.exchange(stream).len()).collect();
        let mut answer = vec![0; lengths.into_iter().max().unwrap()];
        let request = self.request();
        let times = REQUESTS / connections;
        let spent = Usage::of(self.process).during(|| {
            for _ in 0..times {
                for stream in &mut open {
                    stream.write_all(request.as_bytes()).unwrap();
                }
                for stream in &mut open {
                    // All answers are of one length: only the digits of their dates differ.
                    stream.read_exact(&mut answer).unwrap();
                }
            }
        });
        spent / u32::try_from(times * connections).unwrap()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// One request, and its answer to the last byte.
    fn exchange(&self, stream: &mut TcpStream) -> Vec<u8> {
        stream.write_all(self.request().as_bytes()).unwrap();
        let (mut answer, mut part) = (Vec::new(), vec![0; 1 << 16]);
        loop {
            let read = stream.read(&mut part).unwrap();
            assert_ne!(read, 0, "closed after {}", String::from_utf8_lossy(&answer));
            answer.extend(part.iter().take(read));
            let Some(start) = body_start(&answer) else { continue };
            let head = String::from_utf8_lossy(answer.split_at(start).0).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if answer.len() == start + length.parse::<usize>().unwrap() {
                return answer;
            }
        }
    }

    /// With the headers that a browser sends.
    fn request(&self) -> String {
        format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 \
             Firefox/140.0\r\nAccept: */*\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: identity\r\n\
             Connection: keep-alive\r\n\r\n",
            self.path, self.address
        )
    }
}

/// Where the body begins.
fn body_start(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map(|end| end + 4)
}

/// nginx with one worker, which serves files and keeps no log.
struct Nginx {
    address: String,
    child: Child,
    folder: PathBuf,
}

impl Nginx {
    /// Serves a folder; `None` where it is not installed.
    fn start(folder: &Path) -> Option<Self> {
        let folder = folder.join("nginx");
        fs::create_dir_all(folder.join("files")).unwrap();
        // Let go of before nginx takes it: it cannot be handed a socket.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {name};"))
            .concat();
        let configuration = format!(
            "daemon off; master_process off; pid pid; error_log log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000;\n\
             default_type application/json; open_file_cache max=100; {temporary}\n\
             server {{ listen {address}; root files; }} }}\n"
        );
        fs::write(folder.join("nginx.conf"), configuration).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(&folder).arg("-c").arg(folder.join("nginx.conf")).arg("-e").arg("log");
        let child = command.stderr(Stdio::null()).spawn().ok()?;
        for _ in 0..1_000_000 {
            if TcpStream::connect(&address).is_ok() {
                return Some(Self { address, child, folder });
            }
            std::thread::yield_now();
        }
        None
    }

    /// With these bytes in a file.
    fn serving(&self, body: &[u8]) -> Subject {
        let name = format!("{}.json", body.len());
        fs::write(self.folder.join("files").join(&name), body).unwrap();
        Subject { address: self.address.clone(), path: format!("/{name}"), process: self.child.id() }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

const CHANGES: &str = "/v1/buckets/monitor/collections/changes/changeset";
const REQUESTS: usize = 8_000;
const ROUNDS: usize = 7;
