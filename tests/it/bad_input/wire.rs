//! Too much, too little, or no HTTP at all.

use std::{
    io::{Read, Write},
    net::Shutdown,
};

use countersign::workflow::Limits;
use serde_json::json;

use super::{RECORD, SOURCE, app, app_with, everything, refuse};
use crate::app::{basic, wire};

#[test]
fn a_body_over_the_limit_is_refused() {
    let limits = Limits { body: 100_000, ..Limits::default() };
    let app = app_with(limits);
    let before = everything(&app);
    let body = |length: usize| {
        let empty = json!({"data": {"text": ""}}).to_string();
        json!({"data": {"text": "x".repeat(length - empty.len())}}).to_string()
    };
    let message = "The body of the request is too large.";
    let over = app.editor().request("PUT", RECORD).body(body(100_001)).send();
    let _error = over.expect_error(413, 113, message);
    // Announced only.
    let head = format!("PUT /v1{RECORD} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n");
    let _error = wire::exchange(app.address, head.as_bytes()).expect_error(413, 113, message);
    // In chunks, which announce nothing.
    let mut stream = wire::connect(app.address);
    let authorization = basic("editor", "password of editor");
    let head = format!(
        "PUT /v1{RECORD} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    for chunk in body(100_001).as_bytes().chunks(10_000) {
        let _closed_early = stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes());
        let _closed_early = stream.write_all(&[chunk, b"\r\n"].concat());
    }
    let _error = wire::read(&mut stream, true).expect_error(413, 113, message);
    assert_eq!(everything(&app), before);
    let _stored = app.editor().request("PUT", RECORD).body(body(100_000)).send().expect(201);
}

#[test]
fn a_body_in_chunks_is_as_good() {
    let app = app();
    let authorization = basic("editor", "password of editor");
    let request = format!(
        "PUT /v1{RECORD} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nTransfer-Encoding: chunked\r\n\r\n\
         8\r\n{{\"data\":\r\n9\r\n{{\"n\": 7}}}}\r\n0\r\n\r\n"
    );
    let answer = wire::exchange(app.address, request.as_bytes()).expect(201);
    assert_eq!(answer.data()["n"], 7);
}

#[test]
fn a_body_that_breaks_off_is_no_request() {
    let app = app();
    let before = everything(&app);
    let request = app.editor().request("PUT", RECORD).json(&json!({"data": {"n": 1}})).to_bytes();
    let mut stream = wire::connect(app.address);
    stream.write_all(&request[..request.len() - 5]).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    let _nothing_or_an_error = stream.read_to_end(&mut rest);
    assert!(!String::from_utf8_lossy(&rest).contains(" 201 "), "{rest:?}");
    assert_eq!(everything(&app), before);
}

#[test]
fn a_record_over_the_limit_is_refused() {
    let limits = Limits { record: 1_000, ..Limits::default() };
    let app = app_with(limits);
    let body = json!({"data": {"text": "x".repeat(1_000)}}).to_string();
    refuse(&app, "PUT", RECORD, body.as_bytes(), (413, 113, "A record has at most 1000 bytes."));
    let patch = format!("{SOURCE}/records/kept");
    refuse(&app, "PATCH", &patch, body.as_bytes(), (413, 113, "A record has at most 1000 bytes."));
}

#[test]
fn more_records_than_a_collection_may_have_are_refused() {
    let limits = Limits { records: 2, ..Limits::default() };
    let app = app_with(limits);
    let _second = app.editor().put(RECORD, &json!({"data": {}})).expect(201);
    let path = format!("{SOURCE}/records/third");
    refuse(&app, "PUT", &path, b"{}", (507, 121, "A collection has at most 2 records."));
    let _replaced = app.editor().put(RECORD, &json!({"data": {"n": 1}})).expect(200);
}

#[test]
fn heads_have_a_limit() {
    let app = app();
    let before = everything(&app);
    let authorization = basic("editor", "password of editor");
    let begin = format!("PUT /v1{RECORD} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n");
    let many = (0..200).map(|n| format!("X-{n}: x\r\n")).collect::<Vec<_>>().concat();
    let long = format!("X: {}\r\n", "x".repeat(200_000));
    for headers in [many, long] {
        let answer = wire::exchange(app.address, format!("{begin}{headers}\r\n").as_bytes());
        assert_eq!((answer.status, answer.body), (431, Vec::new()));
    }
    let path = format!("GET /v1/{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(200_000));
    let answer = wire::exchange(app.address, path.as_bytes());
    assert_eq!((answer.status, answer.body), (431, Vec::new()));
    assert_eq!(everything(&app), before);
}

#[test]
fn bytes_that_are_no_request_are_refused() {
    let app = app();
    let before = everything(&app);
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"PUT / HTTP/9.9\r\n\r\n",
        b"PUT /v1/buckets/b HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"PUT /v1/buckets/b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"PUT /v1/buckets/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let answer = wire::exchange(app.address, bytes);
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    assert_eq!(everything(&app), before);
}
