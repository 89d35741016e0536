//! What editor, reviewer and administrator do: each thing one request or a few, over HTTP, with their own passwords.

use super::super::{
    Failure,
    api::{Api, ApiAnswer, ApiMethod, address_of},
    password::Password,
    review::SeenChange,
};
use crate::types::{AccountName, CollectionPath, Object, Value};

/// An account that is signed in.
#[derive(Debug)]
pub(super) struct Person {
    api: Api,
    /// What others see: a name, as people have them.
    pub(super) called: &'static str,
    pub(super) name: AccountName,
    pub(super) password: Password,
}

impl Person {
    /// Signs in at a server.
    pub(super) fn new(server: &Api, name: AccountName, called: &'static str, password: Password) -> Self {
        Self { api: server.sign_in(&name, &password), called, name, password }
    }

    /// Makes an account, as an administrator.
    pub(super) fn add_account(&self, other: &Self) -> Result<(), Failure> {
        let mut data = Object::new();
        data.insert("password", other.password.as_str());
        data.insert("name", other.called);
        self.put(&format!("/accounts/{}", other.name), data)
    }

    /// Says what one is called.
    pub(super) fn say_name(&self) -> Result<(), Failure> {
        let mut data = Object::new();
        data.insert("name", self.called);
        self.api
            .must(ApiMethod::Patch, &format!("/accounts/{}", self.name), &[], Some(&envelope(data)))
            .map(drop)
    }

    /// Makes a collection with these attributes; its groups, its preview and its destination come with it.
    pub(super) fn add_collection(&self, path: &CollectionPath, attributes: Object) -> Result<(), Failure> {
        self.put(&address_of(path), attributes)
    }

    /// Says who is in a group of a collection.
    pub(super) fn name_members(
        &self,
        source: &CollectionPath,
        group: &str,
        members: &[&Self],
    ) -> Result<(), Failure> {
        let members = members.iter().map(|member| Value::from(format!("account:{}", member.name)));
        let mut data = Object::new();
        data.insert("members", members.collect::<Vec<_>>());
        let address = format!("/buckets/{}/groups/{}-{group}", source.bucket, source.collection);
        self.api.must(ApiMethod::Patch, &address, &[], Some(&envelope(data))).map(drop)
    }

    /// Writes records, a batch at a time. The number of batches.
    pub(super) fn write_records(
        &self,
        source: &CollectionPath,
        records: &[Object],
    ) -> Result<usize, Failure> {
        let requests: Vec<Value> = records
            .iter()
            .map(|record| {
                let id = record.get("id").and_then(Value::as_text).unwrap_or_default();
                let mut request = Object::new();
                request.insert("method", "PUT");
                request.insert("path", format!("{}/records/{id}", address_of(source)));
                request.insert("body", envelope(record.clone()));
                Value::from(request)
            })
            .collect();
        self.send_batches(&requests)
    }

    /// Deletes records, in one batch.
    pub(super) fn delete_records(&self, source: &CollectionPath, ids: &[&str]) -> Result<(), Failure> {
        let requests: Vec<Value> = ids
            .iter()
            .map(|id| {
                let mut request = Object::new();
                request.insert("method", "DELETE");
                request.insert("path", format!("{}/records/{id}", address_of(source)));
                Value::from(request)
            })
            .collect();
        self.send_batches(&requests).map(drop)
    }

    /// Asks for review.
    pub(super) fn ask_for_review(&self, source: &CollectionPath, comment: &str) -> Result<(), Failure> {
        let mut data = Object::new();
        data.insert("status", "to-review");
        data.insert("last_editor_comment", comment);
        self.api.must(ApiMethod::Patch, &address_of(source), &[], Some(&envelope(data))).map(drop)
    }

    /// Looks at what waits; what is shown was checked to be what the digest names.
    pub(super) fn look(
        &self,
        source: &CollectionPath,
        destination: &CollectionPath,
    ) -> Result<SeenChange, Failure> {
        SeenChange::fetch(&self.api, source, destination)
    }

    /// Approves the change that was seen, and no other.
    pub(super) fn approve(&self, source: &CollectionPath, change: &SeenChange) -> Result<ApiAnswer, Failure> {
        let mut data = Object::new();
        data.insert("status", "to-sign");
        let digest = change.digest.to_hex();
        let headers = [("Countersign-Change", digest.as_str())];
        self.api.send(ApiMethod::Patch, &address_of(source), &headers, Some(&envelope(data)))
    }

    /// The status of a source.
    pub(super) fn status(&self, source: &CollectionPath) -> Result<String, Failure> {
        let answer = self.api.must(ApiMethod::Get, &address_of(source), &[], None)?;
        let status = answer.data().and_then(|data| data.get("status")).and_then(Value::as_text);
        Ok(status.unwrap_or_default().to_owned())
    }

    fn put(&self, address: &str, data: Object) -> Result<(), Failure> {
        self.api.must(ApiMethod::Put, address, &[], Some(&envelope(data))).map(drop)
    }

    fn send_batches(&self, requests: &[Value]) -> Result<usize, Failure> {
        let batches = requests.chunks(BATCH);
        let count = batches.len();
        for batch in batches {
            let mut body = Object::new();
            body.insert("requests", batch.to_vec());
            let answer = self.api.must(ApiMethod::Post, "/batch", &[], Some(&body))?;
            let responses = answer.body.as_object().and_then(|body| body.get("responses"));
            let statuses = responses.and_then(Value::as_list).unwrap_or_default().iter();
            let good = statuses.filter(|response| {
                let status = response.as_object().and_then(|response| response.get("status"));
                status.and_then(Value::as_integer).is_some_and(|status| (200..300).contains(&status))
            });
            if good.count() != batch.len() {
                return Err(Failure::refused("a request of a batch was refused"));
            }
        }
        Ok(count)
    }
}

fn envelope(data: Object) -> Object {
    let mut body = Object::new();
    body.insert("data", data);
    body
}

/// What a server takes at once, unless configured otherwise.
const BATCH: usize = 25;
