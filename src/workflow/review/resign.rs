//! Signing again what is published (`remote-settings` §2.6). Nothing is copied from the source: what nobody approved is not
//! published by a new signature.

use super::{
    ReviewError,
    publish::{self, Plan},
    source::{self, Mark},
};
use crate::{
    storage::PublicationKind,
    types::{CollectionPath, Object},
    workflow::{Resource, Scope},
};

/// `to-resign`: destination first, then preview; the status becomes what it was.
pub(super) fn resign(scope: &mut Scope<'_>, resource: &Resource, before: &Object) -> Result<(), ReviewError> {
    for path in [Some(&resource.destination), resource.preview.as_ref()].into_iter().flatten() {
        sign_again(scope, path)?;
    }
    let (user, now) = (source::user(scope), scope.now);
    source::write(scope, &resource.source, |attributes| {
        match before.get(source::STATUS) {
            Some(status) => attributes.insert(source::STATUS, status.clone()),
            None => attributes.remove(source::STATUS),
        };
        Mark::Signature.set(attributes, user, now);
    })
}

/// A new signature for one preview or destination, whatever its source does.
pub(crate) fn sign_again(scope: &mut Scope<'_>, path: &CollectionPath) -> Result<(), ReviewError> {
    publish::publish(scope, path, Plan::unchanged(PublicationKind::Resigned))
}
