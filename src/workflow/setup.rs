//! Sources that are there when a resource begins to name them (design §6): at start-up they get groups, a first publication,
//! and an edit for each record, so that nothing is published that nobody reviewed.
//!
//! Which resource a source was set up for is remembered; a resource that is changed, or left out for a while and named again,
//! begins anew. What was published stays published until a review says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Actor, PLUGIN_USER, Resource, ResourceLine, RowError, Scope, Services,
    review::{self, ReviewError},
    rows,
    timestamps::Wanted,
};
use crate::{
    storage::{ObjectKey, Permissions, StorageError},
    types::{BucketId, CollectionPath, Object, Sha256Digest},
};

/// Why a resource cannot begin: the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A publication or a row failed, or what is to be published as it is cannot be signed.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// A row that could not be written: clock, timestamps.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Sets up every source that a resource names newly, each in a transaction of its own; says which. Repeats safely.
pub fn begin_resources(services: &Services) -> Result<Vec<CollectionPath>, SetupError> {
    let plugin = Actor::plugin();
    services.write(&plugin, forget_left_out)?;
    let sources = services.read(&plugin, |scope| -> Result<_, StorageError> {
        let mut sources = Vec::new();
        for resource in existing_sources(scope)? {
            if !is_set_up(scope, &resource)? {
                sources.push(resource);
            }
        }
        Ok(sources)
    })?;
    for resource in &sources {
        services.write(&plugin, |scope| begin(scope, resource))?;
    }
    Ok(sources.into_iter().map(|resource| resource.source).collect())
}

/// Makes the source buckets that are not there yet, each with `write` for `writers` (`account:NAME`); says which. Buckets that
/// are there stay as they are. Repeats safely.
pub fn make_source_buckets(services: &Services, writers: &[String]) -> Result<Vec<BucketId>, SetupError> {
    services.write(&Actor::plugin(), |scope| {
        let mut made = Vec::new();
        for bucket in scope.services.settings.resources.source_buckets() {
            let key = ObjectKey::Bucket(bucket.clone());
            if scope.tx.find_object(&key)?.is_none() {
                let permissions =
                    Permissions::from([("write".to_owned(), writers.iter().cloned().collect())]);
                rows::put_object(scope, &key, &Object::new(), &permissions, Wanted::NEW)?;
                made.push(bucket);
            }
        }
        Ok(made)
    })
}

/// Notes that a source was set up for its resource.
pub(super) fn note_set_up(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), StorageError> {
    let mark = mark(resource);
    scope.tx.put_counter(&source_name(&resource.source), mark)?;
    for path in resource.published() {
        scope.tx.put_counter(&published_name(path), mark)?;
    }
    Ok(())
}

/// Whether this preview or destination has been published by this very resource, and by no other and by no hand since.
pub(super) fn is_published_by(
    scope: &mut Scope<'_>,
    resource: &Resource,
    path: &CollectionPath,
) -> Result<bool, StorageError> {
    Ok(scope.tx.find_counter(&published_name(path))? == mark(resource))
}

fn is_set_up(scope: &mut Scope<'_>, resource: &Resource) -> Result<bool, StorageError> {
    let mut is_set_up = scope.tx.find_counter(&source_name(&resource.source))? == mark(resource);
    for path in resource.published() {
        is_set_up &= is_published_by(scope, resource, path)?;
    }
    Ok(is_set_up)
}

/// What was published once and is named by no resource now begins anew if it is named again: meanwhile anything is written.
fn forget_left_out(scope: &mut Scope<'_>) -> Result<(), StorageError> {
    for path in scope.tx.list_published_paths()? {
        let is_named = scope.services.settings.resources.of_published(&path).is_some();
        if !is_named && scope.tx.find_counter(&published_name(&path))? != 0 {
            scope.tx.put_counter(&published_name(&path), 0)?;
        }
    }
    Ok(())
}

fn existing_sources(scope: &mut Scope<'_>) -> Result<Vec<Resource>, StorageError> {
    let lines: Vec<ResourceLine> = scope.services.settings.resources.iter().cloned().collect();
    let mut paths = BTreeSet::new();
    for line in lines {
        match line.source.collection {
            Some(collection) => {
                let path = CollectionPath::new(line.source.bucket, collection);
                if scope.tx.find_object(&ObjectKey::Collection(path.clone()))?.is_some() {
                    paths.insert(path);
                }
            }
            None => paths.extend(rows::collections_in(scope, &line.source.bucket)?),
        }
    }
    let resources = &scope.services.settings.resources;
    Ok(paths.iter().filter_map(|path| resources.of_source(path)).collect())
}

fn begin(scope: &mut Scope<'_>, resource: &Resource) -> Result<(), SetupError> {
    let writers = Writers::read(scope, resource)?;
    review::take_over(scope, resource, &|uri| writers.of(uri))?;
    Ok(())
}

/// Who wrote what, by the history of the source's bucket.
struct Writers(BTreeMap<String, BTreeSet<String>>);

impl Writers {
    fn read(scope: &mut Scope<'_>, resource: &Resource) -> Result<Self, StorageError> {
        let mut writers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let collection = ObjectKey::Collection(resource.source.clone()).uri();
        for entry in scope.tx.list_history(&resource.source.bucket, EVERYTHING)? {
            let is_here = entry
                .uri
                .strip_prefix(&collection)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if let Some(user) = entry.user.filter(|_| is_here) {
                writers.entry(entry.uri).or_default().insert(user);
            }
        }
        Ok(Self(writers))
    }

    /// The users of an object's history, else the plug-in user.
    fn of(&self, uri: &str) -> Vec<String> {
        match self.0.get(uri) {
            Some(users) => users.iter().cloned().collect(),
            None => vec![PLUGIN_USER.to_owned()],
        }
    }
}

/// A number that tells one resource from another.
fn mark(resource: &Resource) -> u64 {
    let preview = resource.preview.as_ref().map(ToString::to_string).unwrap_or_default();
    let text = format!("{} -> {preview} -> {}", resource.source, resource.destination);
    let digest = Sha256Digest::of(text.as_bytes());
    digest.as_bytes().iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte)) | 1
}

fn source_name(path: &CollectionPath) -> String {
    format!("setup.source {path}")
}

fn published_name(path: &CollectionPath) -> String {
    format!("setup.published {path}")
}

/// More entries than a history has.
const EVERYTHING: usize = usize::MAX;
