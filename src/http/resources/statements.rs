//! `GET /buckets/{bucket}/collections/{id}/statements`: every statement of a published collection, so that anybody can follow
//! `previous` (`interface`, Additions to HTTP).

use super::paging;
use crate::{
    http::{Captures, Problem, Request, Response, problem::Code},
    storage::{ListKey, Publication, PublicationKind},
    types::{CollectionPath, Object, Value},
    workflow::{Scope, published},
};

/// For who may read the changeset; oldest first, from the version `_from` on.
pub(in crate::http) fn read(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let path = CollectionPath::parse(&format!("{}/{}", captures.text("bucket"), captures.id())).ok();
    let list = path.clone().map(ListKey::Records);
    paging::require_reader(scope, list.as_ref())?;
    let from = paging::number(request, "_from")?.unwrap_or(0);
    let limit = paging::limit(request)?;
    let published = path.filter(|path| scope.services.settings.resources.of_published(path).is_some());
    let path = published.ok_or_else(|| Problem::new(Code::MissingResource))?;
    let publications = scope.tx.list_publications(&path, from, limit)?;
    if publications.is_empty() && scope.tx.latest_publication(&path)?.is_none() {
        return Err(Problem::new(Code::MissingResource));
    }
    let mut body = Object::new();
    body.insert("data", publications.into_iter().map(entry).collect::<Vec<_>>());
    let response = Response::json(200, &Value::Object(body));
    Ok(response.with_header("Cache-Control", "no-cache, no-store"))
}

fn entry(publication: Publication) -> Value {
    let mut entry = Object::new();
    entry.insert("kind", kind(publication.kind));
    entry.insert("signatures", published::statement_signatures(&publication));
    entry.insert("statement", publication.statement);
    entry.insert("version", publication.version);
    Value::Object(entry)
}

fn kind(kind: PublicationKind) -> &'static str {
    match kind {
        PublicationKind::Created => "created",
        PublicationKind::Emptied => "emptied",
        PublicationKind::Published => "published",
        PublicationKind::Resigned => "resigned",
    }
}
