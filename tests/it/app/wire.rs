//! HTTP/1.1 as bytes on a socket: so that a test can send what no library would, and sees what really comes back.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// An answer as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub(crate) struct Response {
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) status: u16,
}

impl Response {
    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error}: {} {:?}", self.status, String::from_utf8_lossy(&self.body))
        })
    }

    /// `data` of the body.
    pub(crate) fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    /// The time in `ETag`.
    pub(crate) fn etag(&self) -> u64 {
        let etag = self.header("ETag").unwrap_or_else(|| panic!("no ETag: {self:?}"));
        etag.trim_matches('"').parse().unwrap()
    }

    /// Says that the status is this one, and hands the answer on.
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// Says that it is this error, whole in status, errno and message.
    #[track_caller]
    pub(crate) fn expect_error(self, status: u16, errno: u64, message: &str) -> Self {
        let body = self.json();
        let found = (self.status, body["code"].as_u64(), body["errno"].as_u64(), body["message"].as_str());
        assert_eq!(found, (status, Some(u64::from(status)), Some(errno), Some(message)), "{body}");
        self
    }
}

/// Sends bytes on a new connection, and reads one answer.
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Response {
    let mut stream = connect(address);
    // A server may answer, and close, before it has read all of a request that it refuses.
    let _answered_early = stream.write_all(request);
    let head = !request.starts_with(b"HEAD ");
    read(&mut stream, head)
}

/// A connection on which nothing takes longer than half a minute.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Reads one answer; `has_body` is false for those to HEAD.
pub(crate) fn read(stream: &mut TcpStream, has_body: bool) -> Response {
    let mut received = Vec::new();
    let end = loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        assert!(more(stream, &mut received), "closed: {:?}", String::from_utf8_lossy(&received));
    };
    let head = String::from_utf8(received.drain(..end).collect()).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let split = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_owned(), value.trim().to_owned())
    };
    let headers: Vec<(String, String)> = lines.map(split).collect();
    let mut response = Response { body: Vec::new(), headers, status };
    if !has_body || matches!(status, 204 | 304) {
        return response;
    }
    response.body = if response.header("Transfer-Encoding") == Some("chunked") {
        read_chunks(stream, received)
    } else {
        let length = response.header("Content-Length").map_or(0, |length| length.parse().unwrap());
        while received.len() < length {
            assert!(more(stream, &mut received), "closed after {} of {length} bytes", received.len());
        }
        received.truncate(length);
        received
    };
    response
}

fn read_chunks(stream: &mut TcpStream, mut received: Vec<u8>) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = loop {
            if let Some(end) = received.windows(2).position(|window| window == b"\r\n") {
                break end;
            }
            assert!(more(stream, &mut received), "closed inside a chunked body");
        };
        let size = std::str::from_utf8(&received[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        received.drain(..line + 2);
        while received.len() < size + 2 {
            assert!(more(stream, &mut received), "closed inside a chunk");
        }
        body.extend(received.drain(..size + 2).take(size));
        if size == 0 {
            return body;
        }
    }
}

fn more(stream: &mut TcpStream, received: &mut Vec<u8>) -> bool {
    let mut buffer = vec![0; 64 << 10];
    let count = stream.read(&mut buffer).unwrap_or(0);
    received.extend_from_slice(&buffer[..count]);
    count > 0
}
