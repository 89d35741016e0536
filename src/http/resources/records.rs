//! Records: as objects, with a collection that has to be there.

use super::{
    answer::{self, Behavior},
    query::{self, Query},
};
use crate::{
    http::{Captures, Method, Problem, Request, Response, precondition::preconditions},
    types::RecordId,
    workflow::{
        Kind, Scope,
        access::{self, MayPost},
        records,
    },
};

/// GET and HEAD of a list.
pub(in crate::http) fn read_list(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let permit = access::read_records(scope, &captures.collection()?)?;
    let query = Query::parse(request, scope.now)?;
    let conditions = preconditions(request)?;
    if request.method == Method::Head {
        let counted = records::count(scope, &permit, &query.list, &conditions)?;
        return Ok(answer::counted(request, scope, &query, &counted));
    }
    let listed = records::list(scope, &permit, &query.list, &conditions)?;
    answer::listed(request, scope, &query, listed)
}

/// DELETE of a list.
pub(in crate::http) fn clear(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let permit = access::clear_records(scope, &captures.collection()?)?;
    let query = Query::parse(request, scope.now)?;
    let conditions = preconditions(request)?;
    let cleared = records::clear(scope, &permit, &query.list, &conditions)?;
    Ok(answer::cleared(request, scope, &query, &cleared))
}

/// POST on a list.
pub(in crate::http) fn create(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let path = captures.collection()?;
    let id = answer::posted_id(request)
        .map(|id| RecordId::parse(&id))
        .transpose()
        .map_err(|_| Problem::invalid_object_id())?;
    match access::post_record(scope, &path, id)? {
        MayPost::Create(permit) => {
            let draft = answer::draft(request, Kind::Record)?;
            let shown = records::create(scope, &permit, draft, &preconditions(request)?)?;
            Ok(answer::object(201, &shown))
        }
        MayPost::Existing(permit) => {
            answer::draft(request, Kind::Record)?;
            let shown = records::load_posted(scope, &permit, &preconditions(request)?)?;
            Ok(answer::object(200, &shown))
        }
    }
}

/// GET and HEAD of a record.
pub(in crate::http) fn read(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let permit = access::read_record(scope, &captures.collection()?, RecordId::parse(captures.id()))?;
    let shown = records::load(scope, &permit, &preconditions(request)?)?;
    answer::fetched(shown, query::fields(request).as_deref())
}

/// PUT of a record.
pub(in crate::http) fn put(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let path = captures.collection()?;
    // The permission that is asked for depends on a header (§14.2). One that cannot be read is told to who has permission.
    let conditions = preconditions(request);
    let known = conditions.as_ref().copied().unwrap_or_default();
    let permit = access::put_record(scope, &path, RecordId::parse(captures.id()), &known)?;
    conditions?;
    let draft = answer::draft(request, Kind::Record)?;
    Ok(answer::written(&records::put(scope, &permit, draft)?))
}

/// PATCH of a record.
pub(in crate::http) fn patch(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let permit = access::write_record(scope, &captures.collection()?, RecordId::parse(captures.id()))?;
    let behavior = Behavior::parse(request)?;
    let conditions = preconditions(request)?;
    let draft = answer::patch_draft(request, Kind::Record)?;
    let sent = draft.data.clone();
    let patched = records::patch(scope, &permit, draft, request.patch_kind(), &conditions)?;
    Ok(answer::patched(behavior, sent.as_ref(), &patched))
}

/// DELETE of a record.
pub(in crate::http) fn delete(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let permit = access::delete_record(scope, &captures.collection()?, RecordId::parse(captures.id()))?;
    let asked = query::asked_time(request)?;
    let conditions = preconditions(request)?;
    Ok(answer::deleted(&records::delete(scope, &permit, asked, &conditions)?))
}
