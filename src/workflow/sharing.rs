//! Who joins `write` of what it writes, and who sees permissions (`kinto-api` §8).

use super::{Actor, EVERYONE, Role, Scope};
use crate::{storage::Permissions, types::CollectionPath};

/// The caller joins those who may write what it writes (§8); on a signed source nobody joins (design §6).
pub(super) fn with_writer(
    scope: &Scope<'_>,
    source: SignedSource,
    mut permissions: Permissions,
) -> Permissions {
    if source == SignedSource::No {
        let writer = scope.actor.user().unwrap_or(EVERYONE).to_owned();
        permissions.entry("write".to_owned()).or_default().insert(writer);
    }
    permissions
}

/// Whether something is, or is in, a signed source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SignedSource {
    No,
    Yes,
}

/// What a collection, or a record in it, is here.
pub(super) fn signed_source(scope: &Scope<'_>, path: &CollectionPath) -> SignedSource {
    match scope.services.settings.resources.role(path) {
        Some(Role::Source(_)) => SignedSource::Yes,
        Some(Role::Destination(_) | Role::Preview(_)) | None => SignedSource::No,
    }
}

/// A permission map as the actor sees it.
pub(super) fn visible(scope: &Scope<'_>, permissions: Permissions) -> Permissions {
    if sees_permissions(scope.actor, &permissions) { permissions } else { Permissions::new() }
}

/// Whether a user is in its own right allowed to see the permissions of an object: named in its `write` (§8).
fn sees_permissions(actor: &Actor, permissions: &Permissions) -> bool {
    permissions
        .get("write")
        .is_some_and(|writers| writers.iter().any(|principal| actor.has_principal(principal)))
}
