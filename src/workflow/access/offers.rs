//! What pages offer: whether somebody may do a thing, asked without doing it. Nothing is written on the strength of these: the
//! verb asks again, and wants a permit.

use super::{
    guard, is_administrator,
    rules::{may_create_in, may_write_object},
};
use crate::{
    storage::{ListKey, ObjectKey, StorageError},
    workflow::{Scope, review::Target},
};

/// Whether the actor may write this object, were it there: for pages that offer what can be done. The verb asks again.
pub fn may_write(scope: &mut Scope<'_>, key: &ObjectKey) -> Result<bool, StorageError> {
    Ok(guard(scope, &Target::Object(key.clone())).is_ok() && may_write_object(scope, key)?)
}

/// Whether the actor may delete this object, were it there, as [`may_write`].
pub fn may_delete(scope: &mut Scope<'_>, key: &ObjectKey) -> Result<bool, StorageError> {
    Ok(guard(scope, &Target::Deletion(key.clone())).is_ok() && may_write_object(scope, key)?)
}

/// Whether the actor may create something in this list, were its parent there, as [`may_write`].
pub fn may_create(scope: &mut Scope<'_>, list: &ListKey) -> Result<bool, StorageError> {
    let is_open = guard(scope, &Target::List(list.clone())).is_ok();
    Ok(is_open && (is_administrator(scope) || may_create_in(scope, list)?))
}
