//! `GET /buckets/{bucket}/collections/{id}/change`: what a reviewer sees, and its name (`interface`, Additions to HTTP).

use super::paging;
use crate::{
    canonical,
    http::{Captures, Problem, Request, Response, problem::Code},
    storage::{ContentId, ListKey, StorageError},
    types::{CollectionPath, Object, Timestamp, Value},
    workflow::{
        Scope,
        review::{self, Change, ChangeEntry},
    },
};

/// For who reads all records of the source, at every status.
pub(in crate::http) fn read(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let path = CollectionPath::parse(&format!("{}/{}", captures.text("bucket"), captures.id())).ok();
    let list = path.clone().map(ListKey::Records);
    paging::require_reader(scope, list.as_ref())?;
    let limit = paging::limit(request)?;
    let after = request.query("_after");
    let change = match path {
        Some(path) => review::change(scope, &path)?,
        None => None,
    };
    let change = change.ok_or_else(|| Problem::new(Code::MissingResource))?;
    let mut body = b"{\"data\":".to_vec();
    let mut data = canonical::object_to_bytes(&summary(&change));
    data.pop();
    body.append(&mut data);
    // The contents are canonical bytes already: they are put between the others as they are.
    body.extend_from_slice(b",\"changes\":[");
    let page =
        change.entries.iter().filter(|entry| after.is_none_or(|after| entry.id.as_str() > after)).take(limit);
    for (index, entry) in page.enumerate() {
        if index > 0 {
            body.push(b',');
        }
        write_entry(scope, entry, &mut body)?;
    }
    body.extend_from_slice(b"]}}");
    Ok(Response::json_bytes(200, body).with_header("Cache-Control", "no-cache, no-store"))
}

/// Everything but the records.
fn summary(change: &Change) -> Object {
    let name = change.name.as_ref().ok();
    let text = |text: Option<String>| text.map_or(Value::Null, Value::Text);
    let mut attributes = Object::new();
    attributes.insert("after", change.attributes_after.clone());
    attributes.insert("before", change.attributes_before.clone());
    let base = change.base.map_or(Value::Null, |base| {
        let mut object = Object::new();
        object.insert("root", base.root.to_hex());
        object.insert("timestamp", base.timestamp.as_millis());
        Value::Object(object)
    });
    let counts = change.counts();
    let editors: Vec<Value> = change.editors.iter().map(|user| Value::from(user.as_str())).collect();
    let mut data = Object::new();
    data.insert("attributes", attributes);
    data.insert("base", base);
    data.insert("created", counts.created);
    data.insert("deleted", counts.deleted);
    data.insert("digest", text(name.map(|name| name.digest.to_hex())));
    data.insert("editors", editors);
    data.insert("fingerprint", text(name.map(|name| name.digest.fingerprint().to_string())));
    data.insert("text", text(name.map(|name| name.text.clone())));
    data.insert("updated", counts.updated);
    data
}

fn write_entry(scope: &mut Scope<'_>, entry: &ChangeEntry, out: &mut Vec<u8>) -> Result<(), StorageError> {
    out.extend_from_slice(b"{\"id\":");
    canonical::write_text(entry.id.as_str(), out);
    out.extend_from_slice(b",\"before\":");
    write_content(scope, entry.before, out)?;
    out.extend_from_slice(b",\"after\":");
    write_content(scope, entry.after, out)?;
    out.extend_from_slice(b",\"by\":");
    let by: Vec<Value> = entry.by.iter().map(|user| Value::from(user.as_str())).collect();
    canonical::write(&Value::List(by), out);
    out.push(b'}');
    Ok(())
}

fn write_content(
    scope: &mut Scope<'_>,
    place: Option<(ContentId, Timestamp)>,
    out: &mut Vec<u8>,
) -> Result<(), StorageError> {
    match place {
        Some((content, _)) => out.extend_from_slice(scope.tx.load_content(content)?.as_bytes()),
        None => out.extend_from_slice(b"null"),
    }
    Ok(())
}
