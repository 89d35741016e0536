//! What a route is, and how a path finds it.

use super::{Method, Problem, Request, Response, Shell};
use crate::{
    types::{BucketId, CollectionId, CollectionPath},
    workflow::Scope,
};

/// Answers one request inside one transaction. It may run twice: it does nothing outside its scope.
pub type Handler = fn(&Request, &mut Scope<'_>, &Captures) -> Result<Response, Problem>;

/// One line of the table in `routes.rs`.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// Which checks the shell makes, and which headers it adds.
    pub kind: Kind,
    /// Method and who answers it. HEAD goes where GET goes.
    pub methods: &'static [(Method, Endpoint)],
    /// The path after `/v1`: literal segments, and `{bucket}`, `{collection}`, `{id}` …
    pub pattern: &'static str,
}

/// Who answers a method of a route.
#[derive(Clone, Copy, Debug)]
pub enum Endpoint {
    /// `POST /batch`: many requests in one transaction.
    Batch,
    /// A handler of what is otherwise answered from memory, inside a transaction.
    Published(fn(&Shell, &Request, &mut Scope<'_>, &Captures) -> Result<Response, Problem>),
    /// About the service itself, outside any transaction.
    Service(fn(&Shell) -> Response),
    /// A handler, inside a transaction.
    Verb(Handler),
}

/// What stands behind a route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A list of objects: `/buckets`, `…/records`.
    List,
    /// One object: `/buckets/{id}`.
    Object,
    /// Anything else: takes any `Accept`.
    Utility,
}

/// What a path has in the places of a pattern's names.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Captures(Vec<(&'static str, String)>);

impl Captures {
    /// The text in a place; empty where the pattern has no such name.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| *own == name).map_or("", |(_, text)| text)
    }

    /// `{id}`, as it stands: its form is looked at after authorization.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// `{bucket}` as a parent: 404/111 where its form is bad.
    pub fn bucket(&self) -> Result<BucketId, Problem> {
        let raw = self.text(BUCKET);
        BucketId::parse(raw).map_err(|_| Problem::missing_parent(raw, "bucket"))
    }

    /// `{bucket}` and `{collection}` as parents: 404/111 where a form is bad.
    pub fn collection(&self) -> Result<CollectionPath, Problem> {
        let bucket = self.bucket()?;
        let raw = self.text(COLLECTION);
        let collection = CollectionId::parse(raw).map_err(|_| Problem::missing_parent(raw, "collection"))?;
        Ok(CollectionPath::new(bucket, collection))
    }

    /// Whether the pattern has this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| *own == name)
    }
}

impl Route {
    /// What the path has in this route's places, if it is this route's.
    pub fn matches(&self, segments: &[String]) -> Option<Captures> {
        let mut captures = Vec::new();
        let mut own = self.pattern.split('/').skip(1).filter(|segment| !segment.is_empty());
        for segment in segments {
            let pattern = own.next()?;
            match pattern.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) if !segment.is_empty() => captures.push((name, segment.clone())),
                None if pattern == segment => {}
                Some(_) | None => return None,
            }
        }
        own.next().is_none().then_some(Captures(captures))
    }

    /// Who answers a method.
    pub fn endpoint(&self, method: Method) -> Option<Endpoint> {
        let wanted = if method == Method::Head { Method::Get } else { method };
        self.methods.iter().find(|(own, _)| *own == wanted).map(|(_, endpoint)| *endpoint)
    }

    /// The methods that it answers, for `Allow` and CORS.
    pub fn allowed(&self) -> String {
        let mut names: Vec<&str> = self.methods.iter().map(|(method, _)| method.as_str()).collect();
        if names.contains(&"GET") {
            names.push("HEAD");
        }
        names.push("OPTIONS");
        names.sort_unstable();
        names.join(", ")
    }
}

/// A bucket as a parent.
pub(super) const BUCKET: &str = "bucket";
/// A collection as a parent.
pub(super) const COLLECTION: &str = "collection";
