//! What is asked of the history, and what an entry's URI says.

use super::HistoryAction;
use crate::types::{BucketId, CollectionId, CollectionPath, GroupId, RecordId, Timestamp};

/// The object that an entry of the history is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HistoryPlace {
    /// A bucket.
    Bucket(BucketId),
    /// A collection.
    Collection(CollectionPath),
    /// A group.
    Group(BucketId, GroupId),
    /// A record.
    Record(CollectionPath, RecordId),
}

/// What kind of object an entry of the history is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HistoryKind {
    /// A bucket.
    Bucket,
    /// A collection.
    Collection,
    /// A group.
    Group,
    /// A record.
    Record,
}

/// Who did it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum HistoryUser {
    /// Whoever.
    #[default]
    Any,
    /// Nobody but this one.
    Only(String),
    /// Anybody but this one.
    Other(String),
}

/// Which entries of a bucket's history.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HistoryWindow {
    /// What was done.
    pub action: Option<HistoryAction>,
    /// Only what was written before this.
    pub before: Option<Timestamp>,
    /// The collection or what is in it.
    pub collection: Option<CollectionId>,
    /// What it was done to.
    pub kind: Option<HistoryKind>,
    /// Only what was written at this time or later.
    pub since: Option<Timestamp>,
    /// One object.
    pub uri: Option<String>,
    /// Who did it.
    pub user: HistoryUser,
}

impl HistoryPlace {
    /// From the URI of an entry, without `/v1`.
    pub fn parse(uri: &str) -> Option<Self> {
        let parts: Vec<&str> = uri.strip_prefix("/buckets/")?.split('/').collect();
        let path = |bucket, collection| {
            Some(CollectionPath::new(BucketId::parse(bucket).ok()?, CollectionId::parse(collection).ok()?))
        };
        match *parts.as_slice() {
            [bucket] => BucketId::parse(bucket).ok().map(Self::Bucket),
            [bucket, "collections", collection] => path(bucket, collection).map(Self::Collection),
            [bucket, "groups", group] => {
                Some(Self::Group(BucketId::parse(bucket).ok()?, GroupId::parse(group).ok()?))
            }
            [bucket, "collections", collection, "records", record] => {
                Some(Self::Record(path(bucket, collection)?, RecordId::parse(record).ok()?))
            }
            _ => None,
        }
    }

    /// What kind of object it is.
    pub fn kind(&self) -> HistoryKind {
        match self {
            Self::Bucket(_) => HistoryKind::Bucket,
            Self::Collection(_) => HistoryKind::Collection,
            Self::Group(_, _) => HistoryKind::Group,
            Self::Record(_, _) => HistoryKind::Record,
        }
    }

    /// The collection that it is, or is in.
    pub fn collection(&self) -> Option<&CollectionPath> {
        match self {
            Self::Bucket(_) | Self::Group(_, _) => None,
            Self::Collection(path) | Self::Record(path, _) => Some(path),
        }
    }
}

impl HistoryKind {
    /// As tables and addresses have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::Collection => "collection",
            Self::Group => "group",
            Self::Record => "record",
        }
    }
}

impl HistoryAction {
    /// As tables and addresses have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Update => "update",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_says_what_an_entry_is_about() {
        for (uri, kind, collection) in [
            ("/buckets/b", Some(HistoryKind::Bucket), None),
            ("/buckets/b/groups/collections", Some(HistoryKind::Group), None),
            ("/buckets/records/collections/groups", Some(HistoryKind::Collection), Some("records/groups")),
            ("/buckets/b/collections/c/records/r", Some(HistoryKind::Record), Some("b/c")),
            ("/accounts/a", None, None),
            ("/buckets/b/records/c", None, None),
            ("/buckets//groups/g", None, None),
        ] {
            let place = HistoryPlace::parse(uri);
            assert_eq!(place.as_ref().map(HistoryPlace::kind), kind, "{uri}");
            let path = place.as_ref().and_then(HistoryPlace::collection).map(ToString::to_string);
            assert_eq!(path.as_deref(), collection, "{uri}");
        }
    }
}
