//! All resources at a glance: where each one stands, and how much waits in it. What navigation and home show.

mod lately;
mod mine;

use crate::{
    storage::{Entry, ListKey, ObjectKey, StorageError, StoredObject, Window},
    types::{CollectionId, CollectionPath, Object, Value},
    workflow::{
        Resource, ResourceEnd, Scope,
        access::{self, AccessError, Part},
        rows,
    },
};

pub use lately::{Published, lately};
pub use mine::{Begun, Mine, Waiting, WaitingFor, count_waiting, mine};

/// Where a resource stands, as people say it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// A reviewer sent the change back.
    Declined,
    /// What is published is what is edited.
    Signed,
    /// A reviewer has the word.
    ToReview,
    /// There are edits that nobody was asked to review.
    WorkInProgress,
}

/// One resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The attributes of its source.
    pub attributes: Object,
    /// Records and attributes with edits that are not published.
    pub changes: u64,
    /// Its three collections.
    pub resource: Resource,
    /// Where it stands.
    pub stage: Stage,
}

/// The resources whose source the actor may read, by destination.
pub fn list(scope: &mut Scope<'_>) -> Result<Vec<Line>, StorageError> {
    let ends: Vec<ResourceEnd> =
        scope.services.settings.resources.iter().map(|line| line.source.clone()).collect();
    let mut lines: Vec<Line> = Vec::new();
    for end in ends {
        let list = ListKey::Collections(end.bucket.clone());
        let permit = match access::read_list(scope, &list) {
            Ok(permit) => permit,
            Err(AccessError::Storage(error)) => return Err(error),
            // Nothing of it may be seen, or the bucket is not there yet.
            Err(AccessError::Denied(_) | AccessError::MalformedId | AccessError::MissingParent { .. }) => {
                continue;
            }
        };
        for (id, entry) in scope.tx.list_objects(&list, &Window::default())? {
            let Entry::Live(stored) = entry else { continue };
            let Ok(collection) = CollectionId::parse(&id) else { continue };
            if end.collection.as_ref().is_some_and(|named| *named != collection) {
                continue;
            }
            let path = CollectionPath::new(end.bucket.clone(), collection);
            let Some(resource) = scope.services.settings.resources.of_source(&path) else { continue };
            let uri = ObjectKey::Collection(path).uri();
            let may_read = match permit.part() {
                Part::All => true,
                Part::Only(uris) => uris.contains(&uri),
            };
            if may_read && !lines.iter().any(|line| line.resource == resource) {
                lines.push(line(scope, resource, &stored)?);
            }
        }
    }
    lines.sort_by(|one, other| one.resource.destination.cmp(&other.resource.destination));
    Ok(lines)
}

/// One resource; `None` where it has no source. Asks for no permission.
pub fn of(scope: &mut Scope<'_>, resource: &Resource) -> Result<Option<Line>, StorageError> {
    let Some(stored) = scope.tx.find_object(&ObjectKey::Collection(resource.source.clone()))? else {
        return Ok(None);
    };
    line(scope, resource.clone(), &stored).map(Some)
}

fn line(scope: &mut Scope<'_>, resource: Resource, stored: &StoredObject) -> Result<Line, StorageError> {
    let attributes = rows::attributes(stored)?;
    let changes = scope.tx.count_pending(&resource.source)?;
    let stage = match attributes.get("status").and_then(Value::as_text) {
        Some("to-review") => Stage::ToReview,
        Some("work-in-progress") if was_declined(scope, &resource.source)? => Stage::Declined,
        Some("work-in-progress") => Stage::WorkInProgress,
        Some(_) | None => Stage::Signed,
    };
    Ok(Line { attributes, changes, resource, stage })
}

/// Whether the last request was sent back.
fn was_declined(scope: &mut Scope<'_>, source: &CollectionPath) -> Result<bool, StorageError> {
    Ok(scope.tx.list_requests(source, 1)?.first().is_some_and(mine::is_declined))
}
