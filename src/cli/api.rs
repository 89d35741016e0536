//! A small client of the HTTP API, for the commands that talk to a server as a person does.

use std::time::Duration;

use ureq::{
    Agent, Body,
    http::{Request, Response, Uri},
};

use super::{Failure, failure::chain_of, password::Password};
use crate::{
    canonical,
    types::{AccountName, CollectionPath, JsonLimits, Nul, Object, Value},
};

/// A server, and who asks.
#[derive(Debug)]
pub(super) struct Api {
    agent: Agent,
    authorization: Option<String>,
    /// With `/v1`, without a slash at the end.
    base: String,
}

/// What a server answered.
#[derive(Debug)]
pub(super) struct ApiAnswer {
    pub(super) body: Value,
    pub(super) etag: Option<String>,
    pub(super) status: u16,
}

/// The methods that are used.
#[derive(Clone, Copy, Debug)]
pub(super) enum ApiMethod {
    Get,
    Patch,
    Post,
    Put,
}

impl Api {
    /// For a server's URL with or without `/v1`.
    pub(super) fn new(url: &str) -> Result<Self, Failure> {
        let plain = url.trim_end_matches('/');
        let plain = plain.strip_suffix("/v1").unwrap_or(plain);
        let good = plain.starts_with("http://") || plain.starts_with("https://");
        if !good || plain.parse::<Uri>().ok().is_none_or(|uri| uri.host().is_none()) {
            return Err(Failure::usage(format!("{url:?} is no address of a server"))
                .mend("Write it as http://HOST:PORT or https://HOST."));
        }
        let agent = Agent::new_with_config(
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .timeout_connect(Some(IDLE))
                .timeout_recv_response(Some(TOTAL))
                .timeout_recv_body(Some(TOTAL))
                .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
                .build(),
        );
        Ok(Self { agent, authorization: None, base: format!("{plain}/v1") })
    }

    /// The same server, as this account.
    pub(super) fn sign_in(&self, name: &AccountName, password: &Password) -> Self {
        use base64::Engine as _;
        let pair = format!("{name}:{}", password.as_str());
        let basic = base64::engine::general_purpose::STANDARD.encode(pair);
        Self {
            agent: self.agent.clone(),
            authorization: Some(format!("Basic {basic}")),
            base: self.base.clone(),
        }
    }

    /// The address of a path below `/v1`.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Sends one request; every status is an answer, 5xx are not.
    pub(super) fn send(
        &self,
        method: ApiMethod,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Object>,
    ) -> Result<ApiAnswer, Failure> {
        let mut request = Request::builder().uri(self.address(path)).method(match method {
            ApiMethod::Get => "GET",
            ApiMethod::Patch => "PATCH",
            ApiMethod::Post => "POST",
            ApiMethod::Put => "PUT",
        });
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let bytes = body.map(|body| canonical::to_bytes(&Value::Object(body.clone()))).unwrap_or_default();
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        let request = request
            .body(bytes)
            .map_err(|error| Failure::usage(format!("{}: {error}", self.address(path))))?;
        let answer = self.agent.run(request).map_err(|error| self.unreachable(&error))?;
        self.read(answer)
    }

    /// Sends one request that must succeed.
    pub(super) fn must(
        &self,
        method: ApiMethod,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Object>,
    ) -> Result<ApiAnswer, Failure> {
        let answer = self.send(method, path, headers, body)?;
        if (200..300).contains(&answer.status) { Ok(answer) } else { Err(answer.refusal()) }
    }

    fn read(&self, answer: Response<Body>) -> Result<ApiAnswer, Failure> {
        let status = answer.status().as_u16();
        let etag = answer.headers().get("ETag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let mut body = answer.into_body();
        let bytes =
            body.with_config().limit(MAX_ANSWER).read_to_vec().map_err(|error| self.unreachable(&error))?;
        let limits = JsonLimits { depth: JsonLimits::MAX_DEPTH, nul: Nul::Accepted };
        let body = Value::parse(&bytes, limits);
        if status >= 500 {
            let message = body.ok().as_ref().and_then(message_of).unwrap_or_default();
            return Err(Failure::unreachable(format!("{} answered {status}. {message}", self.base)));
        }
        let body = body.map_err(|_| {
            Failure::unreachable(format!("{} answered {status} without JSON", self.base))
                .mend("Is this a Countersign server?")
        })?;
        Ok(ApiAnswer { body, etag, status })
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        Failure::unreachable(format!("{} cannot be reached: {}", self.base, chain_of(error)))
    }
}

impl ApiAnswer {
    /// The member `data`, if it is an object.
    pub(super) fn data(&self) -> Option<&Object> {
        self.body.as_object()?.get("data")?.as_object()
    }

    /// What the server said against it.
    pub(super) fn refusal(&self) -> Failure {
        let message = message_of(&self.body).unwrap_or_else(|| "no reason given".to_owned());
        let failure = Failure::refused(format!("refused ({}): {message}", self.status));
        match self.status {
            401 => failure.mend("Check the name and the password."),
            404 => failure.mend("Check the collection's name."),
            412 => failure.mend("Somebody else changed it meanwhile. Look at it again."),
            _ => failure,
        }
    }
}

/// The address of a collection, below `/v1`.
pub(super) fn address_of(path: &CollectionPath) -> String {
    format!("/buckets/{}/collections/{}", path.bucket, path.collection)
}

fn message_of(body: &Value) -> Option<String> {
    let body = body.as_object()?;
    let text = |name| body.get(name).and_then(Value::as_text);
    text("message").or_else(|| text("error")).map(|text| super::console::shown(text).into_owned())
}

const IDLE: Duration = Duration::from_secs(30);
const MAX_ANSWER: u64 = 64 * 1024 * 1024;
const TOTAL: Duration = Duration::from_mins(5);
