//! `signer.resources`: which sources are published where.

use crate::types::{BucketId, CollectionId, CollectionPath};

/// A collection that is edited, with where it goes.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Resource {
    /// Where clients read.
    pub destination: CollectionPath,
    /// Where testers read before approval.
    pub preview: Option<CollectionPath>,
    /// Where editors write.
    pub source: CollectionPath,
}

/// What a collection is to a resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Role {
    /// The destination of a resource.
    Destination(Resource),
    /// The preview of a resource.
    Preview(Resource),
    /// The source of a resource.
    Source(Resource),
}

/// All resources.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Resources(Vec<Line>);

/// One line of the setting: bucket-wide (no collections) or three named collections.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Line {
    source: End,
    preview: Option<End>,
    destination: End,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct End {
    bucket: BucketId,
    collection: Option<CollectionId>,
}

/// Why the setting is refused (`remote-settings` §1.1).
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ResourceError {}

impl Resources {
    /// What a collection is; `None` for one that is not signed. An explicit line wins over a bucket-wide one.
    pub fn role(&self, _path: &CollectionPath) -> Option<Role> {
        None
    }
}
