//! Somebody between browser and service, who alters what passes.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use crate::app::wire;

/// Serves everything that the service serves; in answers whose path holds a text, the first place of another is replaced.
#[derive(Debug)]
pub(super) struct Proxy {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

/// Where something is replaced, and by what.
#[derive(Clone, Copy, Debug)]
struct Alteration {
    from: &'static str,
    path: &'static str,
    to: &'static str,
}

impl Proxy {
    pub(super) fn begin(
        service: SocketAddr,
        path: &'static str,
        from: &'static str,
        to: &'static str,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let is_ended = Arc::clone(&ended);
        let alteration = Alteration { from, path, to };
        let server = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if is_ended.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                let _answering = std::thread::spawn(move || answer(stream, service, alteration));
            }
        });
        Self { address, ended, server: Some(server) }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.server.take().unwrap().join().unwrap();
    }
}

/// One request, without a body.
fn answer(mut stream: TcpStream, service: SocketAddr, alteration: Alteration) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        // A browser opens connections in advance and closes some of them unused.
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).unwrap();
    let path = request.split(' ').nth(1).unwrap().to_owned();
    let kept = request.trim_end().split("\r\n").filter(|line| {
        let name = line.split(':').next().unwrap().to_ascii_lowercase();
        !matches!(name.as_str(), "accept-encoding" | "connection")
    });
    let request = format!("{}\r\nConnection: close\r\n\r\n", kept.collect::<Vec<_>>().join("\r\n"));
    let response = wire::exchange(service, request.as_bytes());
    let mut body = response.body;
    if path.contains(alteration.path) && path.starts_with("/v1/") {
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains(alteration.from), "no {:?} in {text}", alteration.from);
        body = text.replacen(alteration.from, alteration.to, 1).into_bytes();
    }
    let mut answer = format!(
        "HTTP/1.1 {} Altered\r\nContent-Length: {}\r\nConnection: close\r\n",
        response.status,
        body.len()
    );
    for (name, value) in response.headers.iter().filter(|(name, _)| {
        !matches!(name.to_ascii_lowercase().as_str(), "connection" | "content-length" | "transfer-encoding")
    }) {
        write!(answer, "{name}: {value}\r\n").unwrap();
    }
    answer.push_str("\r\n");
    let mut bytes = answer.into_bytes();
    bytes.extend_from_slice(&body);
    // The browser may have gone meanwhile.
    let _written = stream.write_all(&bytes);
}
