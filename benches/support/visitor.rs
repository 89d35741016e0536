//! Somebody who is signed in and looks at pages, as a browser asks for them.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use super::server::{PASSWORD, Server};

/// A session of one person.
pub(crate) struct Visitor {
    address: String,
    cookie: String,
}

impl Visitor {
    /// Signs in.
    pub(crate) fn sign_in(server: &Server, person: &str) -> Self {
        let form = format!("name={person}&password={}", PASSWORD.replace(' ', "+"));
        let head = format!(
            "POST /ui/sign-in HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {1}\r\n\r\n{form}",
            server.address,
            form.len()
        );
        let answer = String::from_utf8(ask(&server.address, &head)).unwrap();
        let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or(&answer);
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { address: server.address.clone(), cookie }
    }

    /// A page as it is sent, packed; it has to be there.
    pub(crate) fn open(&self, path: &str) -> Vec<u8> {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\
             Connection: close\r\n\r\n",
            self.address, self.cookie
        );
        let mut answer = ask(&self.address, &head);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{path}: {}", String::from_utf8_lossy(&answer));
        answer.split_off(end + 4)
    }
}

fn ask(address: &str, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}
