//! Who sends requests, and what they are answered.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use countersign::{
    http::{Body, Headers, Incoming, Method, Shell},
    types::ManualClock,
};
use serde_json::{Value, json};

use super::SOURCE;

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct Person<'a> {
    pub(super) clock: &'a ManualClock,
    pub(super) headers: Vec<(String, String)>,
    pub(super) name: Option<&'a str>,
    pub(super) shell: &'a Shell,
}

impl Person<'_> {
    /// With one more header field.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Naming the change that was seen.
    pub(crate) fn seeing(self, digest: &str) -> Self {
        self.with("Countersign-Change", digest)
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.send("GET", target, None)
    }

    pub(crate) fn put(&self, target: &str, body: Value) -> Answer {
        self.send("PUT", target, Some(body))
    }

    pub(crate) fn post(&self, target: &str, body: Value) -> Answer {
        self.send("POST", target, Some(body))
    }

    pub(crate) fn patch(&self, target: &str, body: Value) -> Answer {
        self.send("PATCH", target, Some(body))
    }

    pub(crate) fn delete(&self, target: &str) -> Answer {
        self.send("DELETE", target, None)
    }

    /// PATCH of the source's status.
    pub(crate) fn set_status(&self, status: &str) -> Answer {
        self.patch(SOURCE, json!({"data": {"status": status}}))
    }

    /// A batch of `[method, path, body]`.
    pub(crate) fn batch(&self, requests: &[(&str, &str, Value)]) -> Answer {
        let requests: Vec<Value> = requests
            .iter()
            .map(|(method, path, body)| json!({"method": method, "path": path, "body": body}))
            .collect();
        self.post("/batch", json!({"requests": requests}))
    }

    fn send(&self, method: &str, target: &str, body: Option<Value>) -> Answer {
        let mut headers = self.headers.clone();
        if let Some(name) = self.name {
            headers.push((
                "Authorization".to_owned(),
                format!("Basic {}", STANDARD.encode(format!("{name}:{name}"))),
            ));
        }
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        // Every request has a time of its own.
        self.clock.advance_millis(1);
        let response = self.shell.respond(Incoming {
            body: body.map(|body| body.to_string()).unwrap_or_default().into(),
            headers: Headers::new(headers),
            method: Method::parse(method),
            target: format!("/v1{target}"),
        });
        let bytes = match response.body {
            Body::Empty => Vec::new(),
            Body::Json(bytes) | Body::Text(_, bytes) => bytes.to_vec(),
            Body::JsonPieces(pieces) => pieces.concat(),
            Body::Pages(mut pages) => {
                let mut bytes = Vec::new();
                while let Some(page) = pages.next_page().unwrap() {
                    bytes.extend_from_slice(&page);
                }
                bytes
            }
        };
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        let headers = response.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Answer { body, headers, status: response.status }
    }
}

impl Answer {
    /// It went well.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status < 300, "{self:?}");
        self.body
    }

    /// It was refused, with exactly this.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, errno: u64, message: &str) {
        let found = (self.status, self.body["errno"].as_u64(), self.body["message"].as_str());
        assert_eq!(found, (status, Some(errno), Some(message)), "{self:?}");
        assert_eq!(self.body["code"].as_u64(), Some(u64::from(status)));
    }

    /// As anybody without permission is answered.
    #[track_caller]
    pub(crate) fn forbidden(&self) {
        self.refused(403, 121, "This user cannot access this resource.");
    }

    /// As anybody who has not signed in is answered.
    #[track_caller]
    pub(crate) fn unauthorized(&self) {
        self.refused(401, 104, "Please authenticate yourself to use this endpoint.");
    }

    pub(crate) fn etag(&self) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name == "ETag").map(|(_, value)| value.as_str())
    }

    /// The answers inside a batch: status and body.
    pub(crate) fn responses(&self) -> Vec<(u64, Value)> {
        assert_eq!(self.status, 200, "{self:?}");
        let responses = self.body["responses"].as_array().unwrap();
        responses
            .iter()
            .map(|response| (response["status"].as_u64().unwrap(), response["body"].clone()))
            .collect()
    }
}

/// An answer.
#[derive(Debug)]
#[must_use]
pub(crate) struct Answer {
    pub(crate) body: Value,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) status: u16,
}
