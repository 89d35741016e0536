//! Making a collection with the people who work on it, in one transaction: there is no half-made one.

use super::{Standing, Team, TeamError, standing, team::account_of};
use crate::{
    storage::{ListKey, ObjectKey, StorageError},
    types::{BucketId, CollectionId, CollectionPath, Object},
    workflow::{
        Draft, DraftFault, Preconditions, Resource, Role, RowError, Scope, Tag, WriteError,
        access::{self, AccessError},
        groups, objects,
    },
};

/// What is to be made. It is named by its destination.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCollection {
    /// Of the source. Those that are published wait for review.
    pub attributes: Object,
    /// Where clients will read it.
    pub destination: CollectionPath,
    /// Account names, or what the people are called.
    pub editors: Vec<String>,
    /// Account names, or what the people are called. Administrators alone name any.
    pub reviewers: Vec<String>,
}

/// Where the actor may make collections.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The destination bucket.
    pub bucket: BucketId,
    /// Which names the configuration publishes there.
    pub names: Names,
}

/// The collections that a configuration publishes in a bucket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Names {
    /// Every one.
    Any,
    /// These, that are not there yet.
    Only(Vec<CollectionId>),
}

/// Why there is no new collection. Nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Who asked may not.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// There is one of that name.
    #[error("there is a collection {destination} already")]
    Exists {
        /// Its destination.
        destination: CollectionPath,
    },
    /// An attribute is not what a collection has.
    #[error("{}: {}", .0.name, .0.problem)]
    Malformed(DraftFault),
    /// The configuration publishes no such collection.
    #[error("signer.resources publishes no {destination}")]
    NotConfigured {
        /// What was asked for.
        destination: CollectionPath,
    },
    /// Reviewers are named by administrators alone (design §6).
    #[error("administrators alone name reviewers")]
    ReviewersByAdministrators,
    /// Names that are nobody's, or several people's.
    #[error("not everybody has one account")]
    Strangers(Vec<(Team, TeamError)>),
    /// As every write.
    #[error(transparent)]
    Write(WriteError),
}

impl From<StorageError> for CreateError {
    fn from(error: StorageError) -> Self {
        Self::Write(error.into())
    }
}

impl From<RowError> for CreateError {
    fn from(error: RowError) -> Self {
        Self::Write(error.into())
    }
}

/// Whether the actor may make a collection anywhere.
pub fn may_create(scope: &mut Scope<'_>) -> Result<bool, StorageError> {
    Ok(!places(scope)?.is_empty())
}

/// Where the actor may make collections, in the order of the configuration.
pub fn places(scope: &mut Scope<'_>) -> Result<Vec<Place>, StorageError> {
    let services = scope.services;
    let mut places: Vec<Place> = Vec::new();
    for line in services.settings.resources.iter() {
        if !access::may_create(scope, &ListKey::Collections(line.source.bucket.clone()))? {
            continue;
        }
        let bucket = &line.destination.bucket;
        let name = match (&line.source.collection, &line.destination.collection) {
            (Some(source), Some(name)) => {
                let path = CollectionPath::new(line.source.bucket.clone(), source.clone());
                if scope.tx.find_object(&ObjectKey::Collection(path))?.is_some() {
                    continue;
                }
                Some(name)
            }
            (_, _) => None,
        };
        let place = places.iter_mut().find(|place| place.bucket == *bucket);
        match (place, name) {
            (Some(place), None) => place.names = Names::Any,
            (Some(Place { names: Names::Only(names), .. }), Some(name)) => names.push(name.clone()),
            (Some(Place { names: Names::Any, .. }), Some(_)) => {}
            (None, None) => places.push(Place { bucket: bucket.clone(), names: Names::Any }),
            (None, Some(name)) => {
                places.push(Place { bucket: bucket.clone(), names: Names::Only(vec![name.clone()]) });
            }
        }
    }
    Ok(places)
}

/// Makes a collection: its source with these attributes, its two groups with these members, its first, empty publication.
///
/// An administrator also makes the bucket of the source where it is missing.
pub fn create(scope: &mut Scope<'_>, new: &NewCollection) -> Result<(Resource, Standing), CreateError> {
    let destination = || new.destination.clone();
    let resource = match scope.services.settings.resources.role(&new.destination) {
        Some(Role::Destination(resource)) => resource,
        Some(Role::Preview(_) | Role::Source(_)) | None => {
            return Err(CreateError::NotConfigured { destination: destination() });
        }
    };
    let key = ObjectKey::Collection(resource.source.clone());
    make_bucket(scope, &resource.source.bucket)?;
    let permit = access::put_object(scope, &key.list(), Ok(key.clone()), &CREATES)?;
    if scope.tx.find_object(&key)?.is_some() {
        return Err(CreateError::Exists { destination: destination() });
    }
    if !new.reviewers.is_empty() && !access::is_administrator(scope) {
        return Err(CreateError::ReviewersByAdministrators);
    }
    let teams = [(Team::Editors, &new.editors), (Team::Reviewers, &new.reviewers)];
    let mut chosen: Vec<(Team, Vec<String>)> = Vec::new();
    let mut strangers = Vec::new();
    for (team, names) in teams {
        let mut users: Vec<String> = Vec::new();
        for name in names {
            match account_of(scope, name) {
                Ok(account) if users.contains(&format!("account:{account}")) => {}
                Ok(account) => users.push(format!("account:{account}")),
                Err(TeamError::Row(error)) => return Err(error.into()),
                Err(error) => strangers.push((team, error)),
            }
        }
        chosen.push((team, users));
    }
    if !strangers.is_empty() {
        return Err(CreateError::Strangers(strangers));
    }
    let draft = Draft { data: Some(new.attributes.clone()), permissions: None };
    match objects::put(scope, &permit, draft) {
        Ok(_) => {}
        Err(WriteError::Draft(fault)) => return Err(CreateError::Malformed(fault)),
        Err(error) => return Err(CreateError::Write(error)),
    }
    for (team, users) in chosen {
        // The reviewers of a bucket writer stay nobody, or who they were before there was a collection.
        let is_asked = team == Team::Editors || access::is_administrator(scope);
        let Some(group) = team.key(&resource).filter(|_| is_asked) else { continue };
        let permit = access::put_object(scope, &group.list(), Ok(group), &Preconditions::default())?;
        groups::put_members(scope, &permit, users)?;
    }
    let standing = standing(scope, &resource)?;
    Ok((resource, standing))
}

fn make_bucket(scope: &mut Scope<'_>, bucket: &BucketId) -> Result<(), CreateError> {
    let key = ObjectKey::Bucket(bucket.clone());
    if !access::is_administrator(scope) || scope.tx.find_object(&key)?.is_some() {
        return Ok(());
    }
    let permit = access::put_object(scope, &ListKey::Buckets, Ok(key), &CREATES)?;
    objects::put(scope, &permit, Draft::default()).map_err(CreateError::Write)?;
    Ok(())
}

/// Something is made that is not there, or nothing is.
const CREATES: Preconditions = Preconditions { if_match: None, if_none_match: Some(Tag::Any) };
