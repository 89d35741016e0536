//! What clients of the original were answered, asked again of us: `fixtures/spec/samples.jsonl`, 129 exchanges in the order
//! that builds their state.
//!
//! Status, shape, values and the headers that clients read are compared; times, generated ids and signatures count as equal
//! where they are of the same kind. Whatever differs is listed in [`differences`], line by line, with the row of
//! docs/compatibility.md that says why. A line that is not listed fails the test, and so does one that is listed and no longer
//! there: no exchange is skipped. What differs in many answers in the same way is in [`differences::everywhere`].

mod compare;
mod differences;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use self::{compare::compare, differences::Difference};
use crate::app::{Response, START, TestApp, basic, password_of, wire};

const SAMPLES: &str = include_str!("../../../fixtures/spec/samples.jsonl");
const COMPATIBILITY: &str = include_str!("../../../docs/compatibility.md");
/// When the samples begin.
const SAMPLES_START: u64 = 1_795_492_745_000;
const SAMPLES_URL: &str = "http://127.0.0.1:8814";

/// The exchanges again, against a service of ours.
pub(crate) struct Replay {
    pub(crate) app: TestApp,
    /// Times in the samples → ours.
    times: BTreeMap<u64, u64>,
    /// Address of the next page, as we gave it.
    next_page: Option<String>,
}

#[test]
fn the_samples_of_the_original_are_answered_alike() {
    let mut replay = Replay {
        app: TestApp::builder().people(&["admin"]).start(),
        times: BTreeMap::new(),
        next_page: None,
    };
    let mut listed = differences::all();
    let mut unexpected = Vec::new();
    let mut count = 0;
    let mut rows = BTreeSet::new();
    for line in SAMPLES.lines() {
        let sample: Value = serde_json::from_str(line).unwrap();
        let n = sample["n"].as_u64().unwrap();
        count += 1;
        let mut found = replay.exchange(&sample);
        found.retain(|line| {
            let row = differences::everywhere(line);
            rows.extend(row);
            row.is_none()
        });
        let difference = listed.remove(&n);
        let expected: &[&str] = difference.as_ref().map_or(&[], |difference| difference.lines);
        if found != expected {
            unexpected.push(format!("{n} {}: {found:#?}", sample["name"]));
        }
        if let Some(Difference { amend, row, .. }) = difference {
            rows.insert(row);
            amend(&mut replay);
        }
    }
    for row in rows {
        assert!(COMPATIBILITY.contains(&format!("| {row} |")), "no row '{row}' in docs/compatibility.md");
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    assert_eq!(count, 129);
    assert!(listed.is_empty(), "differences of no exchange: {listed:?}");
}

impl Replay {
    /// Asks again what the sample asked, and says what differs.
    fn exchange(&mut self, sample: &Value) -> Vec<String> {
        let n = sample["n"].as_u64().unwrap();
        // Time goes on as it did there.
        let date = sample["response_headers"]["date"].as_str().unwrap();
        let second: u64 = date.split(':').nth(2).unwrap()[..2].parse().unwrap();
        let now = START + (second - 5) * 1_000;
        if now > self.app.now().as_millis() {
            self.app.clock.set(crate::app::at(now));
        }
        self.app.clock.advance_millis(3);
        let response = self.send(n, sample);
        self.learn(sample, &response);
        compare(sample, &response, &|text| self.translate(text).replace(SAMPLES_URL, self.app.url()))
    }

    fn send(&mut self, n: u64, sample: &Value) -> Response {
        let method = sample["method"].as_str().unwrap();
        let url = sample["url"].as_str().unwrap().strip_prefix(SAMPLES_URL).unwrap();
        // What the recorder's client made of it.
        let mut url = self.translate(url).replace("/v1/../v0/", "/v0/").replace('"', "%22");
        if url.contains("_token=") {
            self.next_page.take().unwrap().strip_prefix(self.app.url()).unwrap().clone_into(&mut url);
        }
        let mut request = format!(
            "{method} {url} HTTP/1.1\r\nHost: 127.0.0.1:8814\r\nAccept: */*\r\nConnection: close\r\n"
        )
        .into_bytes();
        for (name, value) in sample["request_headers"].as_object().unwrap() {
            let value = match name.as_str() {
                "Content-Length" => continue,
                "Authorization" => {
                    let (name, password) = who(n);
                    basic(name, password)
                }
                _ => self.translate(value.as_str().unwrap()),
            };
            request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        let body = &sample["request_body"];
        let text = body.as_str().map(str::to_owned);
        let body = text.unwrap_or_else(|| if body.is_null() { String::new() } else { body.to_string() });
        request.extend_from_slice(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        let response = wire::exchange(self.app.address, &request);
        if let Some(next) = response.header("Next-Page") {
            self.next_page = Some(next.to_owned());
        }
        response
    }

    /// Times of the samples, in a text, as ours: those that were learned, others shifted.
    fn translate(&self, text: &str) -> String {
        let mut translated = String::new();
        let mut rest = text;
        while let Some(begin) = rest.find("179549") {
            let digits: String = rest[begin..].chars().take_while(char::is_ascii_digit).collect();
            translated.push_str(&rest[..begin]);
            rest = &rest[begin + digits.len()..];
            let time: u64 = digits.parse().unwrap();
            let ours = self.times.get(&time).copied().unwrap_or(time - SAMPLES_START + START);
            translated.push_str(&ours.to_string());
        }
        translated.push_str(rest);
        translated
    }

    /// Remembers which of our times stands where one of the samples stood.
    fn learn(&mut self, sample: &Value, response: &Response) {
        let tag = |text: Option<&str>| text.and_then(|tag| tag.trim_matches('"').parse::<u64>().ok());
        if let (Some(theirs), Some(ours)) =
            (tag(sample["response_headers"]["etag"].as_str()), tag(response.header("ETag")))
        {
            self.times.insert(theirs, ours);
        }
        if let Ok(ours) = serde_json::from_slice::<Value>(&response.body) {
            self.learn_from(&sample["response_body"], &ours);
        }
    }

    fn learn_from(&mut self, theirs: &Value, ours: &Value) {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => {
                for (name, theirs) in theirs {
                    let Some(ours) = ours.get(name) else { continue };
                    if let (true, Some(theirs), Some(ours)) = (
                        matches!(name.as_str(), "last_modified" | "timestamp"),
                        theirs.as_u64(),
                        ours.as_u64(),
                    ) {
                        self.times.insert(theirs, ours);
                    }
                    self.learn_from(theirs, ours);
                }
            }
            (Value::Array(theirs), Value::Array(ours)) => {
                theirs.iter().zip(ours).for_each(|(theirs, ours)| self.learn_from(theirs, ours));
            }
            (_, _) => {}
        }
    }

    /// Asks what was not asked there, to come to the same state.
    pub(crate) fn amend(&self, name: &'static str, method: &str, path: &str, body: &Value) -> Response {
        let password = if name == "admin" { password_of(name) } else { format!("pw-{name}") };
        let request = self.app.anonymous().request(method, path).json(body);
        let response = request.header("Authorization", &basic(name, &password)).send();
        assert!(response.status < 300, "{method} {path}: {response:?}");
        response
    }

    /// As [`Replay::amend`], with the answer in the place of the one in the samples that has this time.
    pub(crate) fn amend_at(&mut self, time: u64, method: &str, path: &str, body: &Value) {
        let response = self.amend("editor", method, path, body);
        self.times.insert(time, response.etag());
    }

    /// As the administrator: an account of the samples.
    pub(crate) fn add_account(&self, name: &str) {
        let body = json!({"data": {"password": format!("pw-{name}")}});
        let _added = self.amend("admin", "PUT", &format!("/accounts/{name}"), &body);
    }
}

/// Who sent an exchange: the samples hide it.
fn who(n: u64) -> (&'static str, &'static str) {
    match n {
        12 => ("editor", "wrong"),
        44 | 45 | 51 | 54 | 55 | 77 => ("reviewer", "pw-reviewer"),
        73 => ("other", "pw-other"),
        _ => ("editor", "pw-editor"),
    }
}
