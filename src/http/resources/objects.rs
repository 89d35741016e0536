//! Accounts, buckets, collections and groups: the same handlers for four kinds of list.
//!
//! Each goes in the order of `kinto-api` §2: permit, query and body, verb, answer.

use super::{
    answer::{self, Behavior},
    query::{self, Query},
};
use crate::{
    http::{Captures, Method, Problem, Request, Response, precondition::preconditions, problem::Code},
    storage::{ListKey, ObjectKey},
    types::IdError,
    workflow::{
        Kind, Scope,
        access::{self, AccessError, MayPost},
        objects,
        review::Denied,
    },
};

/// A list of objects, by its path.
pub(in crate::http) trait Objects {
    /// What it holds.
    const KIND: Kind;

    /// Which list a path means.
    fn list(captures: &Captures) -> Result<ListKey, Problem>;
}

/// `/accounts`
pub(in crate::http) struct Accounts;
/// `/buckets`
pub(in crate::http) struct Buckets;
/// `/buckets/{bucket}/collections`
pub(in crate::http) struct Collections;
/// `/buckets/{bucket}/groups`
pub(in crate::http) struct Groups;

impl Objects for Accounts {
    const KIND: Kind = Kind::Account;

    fn list(_: &Captures) -> Result<ListKey, Problem> {
        Ok(ListKey::Accounts)
    }
}

impl Objects for Buckets {
    const KIND: Kind = Kind::Bucket;

    fn list(_: &Captures) -> Result<ListKey, Problem> {
        Ok(ListKey::Buckets)
    }
}

impl Objects for Collections {
    const KIND: Kind = Kind::Collection;

    fn list(captures: &Captures) -> Result<ListKey, Problem> {
        captures.bucket().map(ListKey::Collections)
    }
}

impl Objects for Groups {
    const KIND: Kind = Kind::Group;

    fn list(captures: &Captures) -> Result<ListKey, Problem> {
        captures.bucket().map(ListKey::Groups)
    }
}

/// GET and HEAD of a list.
pub(in crate::http) fn read_list<O: Objects>(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let list = O::list(captures)?;
    let permit = access::read_list(scope, &list).map_err(|error| match error {
        AccessError::Denied(Denied::Anonymous) if list == ListKey::Accounts => {
            Problem::new(Code::AccountsAnonymous)
        }
        AccessError::Denied(_)
        | AccessError::MalformedId
        | AccessError::MissingParent { .. }
        | AccessError::Storage(_) => error.into(),
    })?;
    let query = Query::parse(request, scope.now)?;
    let conditions = preconditions(request)?;
    if request.method == Method::Head {
        let counted = objects::count(scope, &permit, &query.list, &conditions)?;
        return Ok(answer::counted(request, scope, &query, &counted));
    }
    let listed = objects::list(scope, &permit, &query.list, &conditions)?;
    answer::listed(request, scope, &query, listed)
}

/// DELETE of a list.
pub(in crate::http) fn clear<O: Objects>(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let permit = access::clear_list(scope, &O::list(captures)?)?;
    let query = Query::parse(request, scope.now)?;
    let conditions = preconditions(request)?;
    let cleared = objects::clear(scope, &permit, &query.list, &conditions)?;
    Ok(answer::cleared(request, scope, &query, &cleared))
}

/// POST on a list.
pub(in crate::http) fn create<O: Objects>(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let list = O::list(captures)?;
    let key = answer::posted_id(request)
        .map(|id| object_key(&list, &id))
        .transpose()
        .map_err(|_| Problem::invalid_object_id())?;
    match access::post_object(scope, &list, key)? {
        MayPost::Create(permit) => {
            let draft = answer::draft(request, O::KIND)?;
            let shown = objects::create(scope, &permit, draft, &preconditions(request)?)?;
            Ok(answer::object(201, &shown))
        }
        MayPost::Existing(permit) => {
            answer::draft(request, O::KIND)?;
            let shown = objects::load_posted(scope, &permit, &preconditions(request)?)?;
            Ok(answer::object(200, &shown))
        }
    }
}

/// GET and HEAD of an object.
pub(in crate::http) fn read<O: Objects>(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let list = O::list(captures)?;
    let permit = access::read_object(scope, &list, object_key(&list, captures.id()))?;
    let shown = objects::load(scope, &permit, &preconditions(request)?)?;
    answer::fetched(shown, query::fields(request).as_deref())
}

/// PUT of an object.
pub(in crate::http) fn put<O: Objects>(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let list = O::list(captures)?;
    // The permission that is asked for depends on a header (§14.2). One that cannot be read is told to who has permission.
    let conditions = preconditions(request);
    let known = conditions.as_ref().copied().unwrap_or_default();
    let permit = access::put_object(scope, &list, object_key(&list, captures.id()), &known)?;
    conditions?;
    let draft = answer::draft(request, O::KIND)?;
    Ok(answer::written(&objects::put(scope, &permit, draft)?))
}

/// PATCH of an object.
pub(in crate::http) fn patch<O: Objects>(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let list = O::list(captures)?;
    let permit = access::write_object(scope, &list, object_key(&list, captures.id()))?;
    let behavior = Behavior::parse(request)?;
    let conditions = preconditions(request)?;
    let draft = answer::patch_draft(request, O::KIND)?;
    let sent = draft.data.clone();
    let patched = objects::patch(scope, &permit, draft, request.patch_kind(), &conditions)?;
    Ok(answer::patched(behavior, sent.as_ref(), &patched))
}

/// DELETE of an object.
pub(in crate::http) fn delete<O: Objects>(
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let list = O::list(captures)?;
    let permit = access::delete_object(scope, &list, object_key(&list, captures.id()))?;
    let asked = query::asked_time(request)?;
    let conditions = preconditions(request)?;
    Ok(answer::deleted(&objects::delete(scope, &permit, asked, &conditions)?))
}

/// The key of an object by the id in the path.
fn object_key(list: &ListKey, id: &str) -> Result<ObjectKey, IdError> {
    access::object_key(list, id).unwrap_or(Err(IdError::Character))
}
