//! `signer.resources`: which sources are published where (`remote-settings` §1.1).
//!
//! Read once at start-up; whatever is ambiguous is refused there, so that every collection has one role at most.

use std::{collections::BTreeSet, fmt};

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

impl Resource {
    /// Preview and destination, in the order in which they are published.
    pub fn published(&self) -> impl Iterator<Item = &CollectionPath> {
        self.preview.iter().chain([&self.destination])
    }
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

/// One line of the setting: three buckets, or three collections.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResourceLine {
    /// Where clients read.
    pub destination: ResourceEnd,
    /// Where testers read before approval.
    pub preview: Option<ResourceEnd>,
    /// Where editors write.
    pub source: ResourceEnd,
}

/// A bucket, or one collection of it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ResourceEnd {
    /// The bucket.
    pub bucket: BucketId,
    /// The collection; `None` for all of the bucket.
    pub collection: Option<CollectionId>,
}

/// All resources, in the order of the setting.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Resources(Vec<ResourceLine>);

/// Why the setting is refused; the service does not start.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ResourceError {
    /// Neither two nor three URIs.
    #[error(
        "Malformed resource: should be a pair or a triplet (in '{line}'). See kinto-remote-settings README."
    )]
    Arity {
        /// The line.
        line: String,
    },
    /// One URI plays two roles, or a collection lies in a bucket that plays another role.
    #[error("cannot repeat URIs across resources")]
    CrossingRoles,
    /// An id has other characters than ids have.
    #[error(
        "Malformed resource: bucket or collection id is invalid (in '{line}'). See kinto-remote-settings README."
    )]
    InvalidId {
        /// The line.
        line: String,
    },
    /// Buckets and collections in one line.
    #[error(
        "Malformed resource: cannot mix bucket and collection URIs (in '{line}'). See kinto-remote-settings README."
    )]
    Mixed {
        /// The line.
        line: String,
    },
    /// Neither `->` nor `;`.
    #[error("Malformed resource: not separated with '->' (in '{line}'). See kinto-remote-settings README.")]
    NotSeparated {
        /// The line.
        line: String,
    },
    /// Two sources would be published to one destination.
    #[error("Resources setting has repeated destination URI")]
    RepeatedDestination,
    /// Two sources would be shown in one preview.
    #[error("Resources setting has repeated preview URI")]
    RepeatedPreview,
    /// A source that comes twice.
    #[error("Malformed resource: cannot repeat resource (in '{line}'). See kinto-remote-settings README.")]
    RepeatedSource {
        /// The line.
        line: String,
    },
    /// One URI twice in a line.
    #[error(
        "Malformed resource: cannot have same value for source,  preview or destination (in '{line}'). See kinto-remote-settings README."
    )]
    SameValue {
        /// The line.
        line: String,
    },
    /// No bucket and no collection.
    #[error(
        "Malformed resource: should be a bucket or collection URI (in '{line}'). See kinto-remote-settings README."
    )]
    Uri {
        /// The line.
        line: String,
    },
}

impl Resources {
    /// Reads the lines of the setting; empty ones and comments (`#`) are left out.
    ///
    /// A bucket is written `/buckets/bid` or `bid`, a collection `/buckets/bid/collections/cid` or `bid/cid`.
    pub fn parse(lines: impl IntoIterator<Item: AsRef<str>>) -> Result<Self, ResourceError> {
        let mut all: Vec<ResourceLine> = Vec::new();
        for item in lines {
            let texts = item.as_ref().lines().map(str::trim);
            for text in texts.filter(|text| !text.is_empty() && !text.starts_with('#')) {
                let line = ResourceLine::parse(text)?;
                if all.iter().any(|other| other.source == line.source) {
                    return Err(ResourceError::RepeatedSource { line: text.to_owned() });
                }
                all.push(line);
            }
        }
        let resources = Self(all);
        resources.refuse_ambiguity()?;
        Ok(resources)
    }

    /// The lines of the setting, in order: what the capability lists.
    pub fn iter(&self) -> impl Iterator<Item = &ResourceLine> {
        self.0.iter()
    }

    /// What a collection is; `None` for one that is not signed. A line that names it wins over one of its bucket.
    pub fn role(&self, path: &CollectionPath) -> Option<Role> {
        let named = ResourceEnd { bucket: path.bucket.clone(), collection: Some(path.collection.clone()) };
        let whole = ResourceEnd { bucket: path.bucket.clone(), collection: None };
        let role = |end: &ResourceEnd| {
            self.0.iter().find_map(|line| {
                let resource = line.resource(&path.collection);
                if line.source == *end {
                    Some(Role::Source(resource))
                } else if line.preview.as_ref() == Some(end) {
                    Some(Role::Preview(resource))
                } else if line.destination == *end {
                    Some(Role::Destination(resource))
                } else {
                    None
                }
            })
        };
        role(&named).or_else(|| {
            role(&whole).filter(|role| match role {
                Role::Source(_) => true,
                // A line that names the source sends it elsewhere: nothing is published here any more.
                Role::Destination(resource) | Role::Preview(resource) => !self.is_named(&resource.source),
            })
        })
    }

    /// The resource whose source this is.
    pub fn of_source(&self, path: &CollectionPath) -> Option<Resource> {
        match self.role(path) {
            Some(Role::Source(resource)) => Some(resource),
            Some(Role::Destination(_) | Role::Preview(_)) | None => None,
        }
    }

    /// The resource that publishes to this preview or destination.
    pub fn of_published(&self, path: &CollectionPath) -> Option<Resource> {
        match self.role(path) {
            Some(Role::Destination(resource) | Role::Preview(resource)) => Some(resource),
            Some(Role::Source(_)) | None => None,
        }
    }

    /// What a bucket is; `None` for one that no resource touches.
    pub fn bucket_role(&self, bucket: &BucketId) -> Option<BucketRole> {
        let published = |line: &ResourceLine, whole: bool| {
            line.published().any(|end| end.bucket == *bucket && end.collection.is_none() == whole)
        };
        if self.0.iter().any(|line| published(line, true)) {
            Some(BucketRole::Published)
        } else if self.0.iter().any(|line| published(line, false)) {
            Some(BucketRole::HoldsPublished)
        } else if self.0.iter().any(|line| line.source.bucket == *bucket) {
            Some(BucketRole::Source)
        } else {
            None
        }
    }

    /// Whether a source is, or may be, in this bucket. A bucket that also holds published collections can be one.
    pub fn has_source_in(&self, bucket: &BucketId) -> bool {
        self.0.iter().any(|line| line.source.bucket == *bucket)
    }

    /// Whether a bucket or collection is a source, or holds one.
    pub fn has_source(&self, end: &ResourceEnd) -> bool {
        self.0.iter().any(|line| line.source.overlaps(end))
    }

    /// The buckets of all sources, sorted.
    pub fn source_buckets(&self) -> Vec<BucketId> {
        self.0.iter().map(|line| line.source.bucket.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn is_named(&self, source: &CollectionPath) -> bool {
        self.0.iter().any(|line| {
            line.source.bucket == source.bucket && line.source.collection.as_ref() == Some(&source.collection)
        })
    }

    fn refuse_ambiguity(&self) -> Result<(), ResourceError> {
        for (index, line) in self.0.iter().enumerate() {
            for other in self.0.iter().skip(index + 1) {
                if line.destination == other.destination {
                    return Err(ResourceError::RepeatedDestination);
                }
                if line.preview.is_some() && line.preview == other.preview {
                    return Err(ResourceError::RepeatedPreview);
                }
            }
        }
        for line in &self.0 {
            for other in &self.0 {
                if line.crosses(other) {
                    return Err(ResourceError::CrossingRoles);
                }
                if self.meet(Some(&line.destination), Some(&other.destination), &other.source) {
                    return Err(ResourceError::RepeatedDestination);
                }
                if self.meet(line.preview.as_ref(), other.preview.as_ref(), &other.source) {
                    return Err(ResourceError::RepeatedPreview);
                }
            }
        }
        Ok(())
    }

    /// Whether the named collection `one` lies in the bucket `whole`, and the bucket's own source still goes there too.
    fn meet(&self, one: Option<&ResourceEnd>, whole: Option<&ResourceEnd>, source: &ResourceEnd) -> bool {
        let (Some(one), Some(whole)) = (one, whole) else { return false };
        let (Some(collection), None) = (&one.collection, &whole.collection) else { return false };
        one.bucket == whole.bucket
            && !self.is_named(&CollectionPath::new(source.bucket.clone(), collection.clone()))
    }
}

/// What a bucket is to the resources.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BucketRole {
    /// Single collections in it are previews or destinations.
    HoldsPublished,
    /// All of it is a preview or a destination.
    Published,
    /// Sources are in it, and nothing published.
    Source,
}

impl ResourceLine {
    fn parse(text: &str) -> Result<Self, ResourceError> {
        let line = || text.to_owned();
        if !text.contains("->") && !text.contains(';') {
            return Err(ResourceError::NotSeparated { line: line() });
        }
        let spaced = text.replace("->", " ").replace(';', " ");
        let uris: Vec<&str> = spaced.split_whitespace().collect();
        let (source, preview, destination) = match uris.as_slice() {
            [source, destination] => (*source, None, *destination),
            [source, preview, destination] => (*source, Some(*preview), *destination),
            _ => return Err(ResourceError::Arity { line: line() }),
        };
        let parsed = Self {
            source: ResourceEnd::parse(source, text)?,
            preview: preview.map(|preview| ResourceEnd::parse(preview, text)).transpose()?,
            destination: ResourceEnd::parse(destination, text)?,
        };
        let ends = || std::iter::once(&parsed.source).chain(parsed.published());
        if ends().any(|end| end.collection.is_some() != parsed.source.collection.is_some()) {
            return Err(ResourceError::Mixed { line: line() });
        }
        if ends().collect::<BTreeSet<_>>().len() != ends().count() {
            return Err(ResourceError::SameValue { line: line() });
        }
        Ok(parsed)
    }

    /// Preview and destination.
    pub fn published(&self) -> impl Iterator<Item = &ResourceEnd> {
        self.preview.iter().chain([&self.destination])
    }

    fn resource(&self, collection: &CollectionId) -> Resource {
        Resource {
            destination: self.destination.path(collection),
            preview: self.preview.as_ref().map(|preview| preview.path(collection)),
            source: self.source.path(collection),
        }
    }

    /// Whether something of this line plays one role here and another role there.
    fn crosses(&self, other: &Self) -> bool {
        let preview = other.preview.as_ref();
        self.published().any(|end| end.overlaps(&other.source))
            || preview.is_some_and(|preview| self.destination.overlaps(preview))
    }
}

impl ResourceEnd {
    fn parse(uri: &str, text: &str) -> Result<Self, ResourceError> {
        let parts: Vec<&str> = uri.split('/').collect();
        let (bucket, collection) = match parts.as_slice() {
            [bucket] if !bucket.is_empty() => (*bucket, None),
            [bucket, collection] if !bucket.is_empty() => (*bucket, Some(*collection)),
            ["", "buckets", bucket] => (*bucket, None),
            ["", "buckets", bucket, "collections", collection] => (*bucket, Some(*collection)),
            _ => return Err(ResourceError::Uri { line: text.to_owned() }),
        };
        let invalid = |_| ResourceError::InvalidId { line: text.to_owned() };
        Ok(Self {
            bucket: BucketId::parse(bucket).map_err(invalid)?,
            collection: collection.map(CollectionId::parse).transpose().map_err(invalid)?,
        })
    }

    fn path(&self, collection: &CollectionId) -> CollectionPath {
        let collection = self.collection.as_ref().unwrap_or(collection);
        CollectionPath::new(self.bucket.clone(), collection.clone())
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.bucket == other.bucket
            && (self.collection.is_none()
                || other.collection.is_none()
                || self.collection == other.collection)
    }
}

impl fmt::Display for ResourceEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.collection {
            Some(collection) => write!(f, "/buckets/{}/collections/{collection}", self.bucket),
            None => write!(f, "/buckets/{}", self.bucket),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BucketRole, Resource, ResourceError, Resources, Role};
    use crate::types::{BucketId, CollectionPath};

    fn path(raw: &str) -> CollectionPath {
        CollectionPath::parse(raw).unwrap()
    }

    fn resource(source: &str, preview: Option<&str>, destination: &str) -> Resource {
        Resource { source: path(source), preview: preview.map(path), destination: path(destination) }
    }

    fn refusal(lines: &[&str]) -> ResourceError {
        Resources::parse(lines).unwrap_err()
    }

    #[test]
    fn separators_white_space_and_uri_forms_are_read() {
        let forms = [
            "main-workspace -> main-preview -> main",
            "/buckets/main-workspace->/buckets/main-preview;main",
            "\n  # a comment\n main-workspace ; /buckets/main-preview main  \n",
        ];
        for form in forms {
            let resources = Resources::parse([form]).unwrap();
            assert_eq!(
                resources.role(&path("main-preview/cfr")),
                Some(Role::Preview(resource("main-workspace/cfr", Some("main-preview/cfr"), "main/cfr"))),
                "{form}"
            );
        }
    }

    #[test]
    fn a_line_that_names_the_collection_wins_over_its_bucket() {
        let resources = Resources::parse(["ws -> preview -> main", "ws/a -> main/a"]).unwrap();
        let named = resource("ws/a", None, "main/a");
        assert_eq!(resources.role(&path("ws/a")), Some(Role::Source(named.clone())));
        assert_eq!(resources.role(&path("main/a")), Some(Role::Destination(named)));
        assert_eq!(resources.role(&path("preview/a")), None);
        assert_eq!(resources.bucket_role(&BucketId::parse("preview").unwrap()), Some(BucketRole::Published));
        let whole = resource("ws/b", Some("preview/b"), "main/b");
        assert_eq!(resources.of_source(&path("ws/b")), Some(whole.clone()));
        assert_eq!(resources.of_published(&path("main/b")), Some(whole));
        assert_eq!(resources.role(&path("elsewhere/b")), None);
    }

    #[test]
    fn buckets_of_named_collections_hold_published_ones() {
        let resources = Resources::parse(["ws/a -> ws/a-preview -> main/a"]).unwrap();
        let role = |bucket| resources.bucket_role(&BucketId::parse(bucket).unwrap());
        assert_eq!(role("ws"), Some(BucketRole::HoldsPublished));
        assert_eq!(role("main"), Some(BucketRole::HoldsPublished));
        assert_eq!(role("other"), None);
        assert!(resources.has_source_in(&BucketId::parse("ws").unwrap()));
        assert_eq!(resources.source_buckets(), [BucketId::parse("ws").unwrap()]);
    }

    #[test]
    fn each_fault_has_its_message() {
        let of = |line: &str| refusal(&[line]).to_string();
        assert_eq!(
            of("a b"),
            "Malformed resource: not separated with '->' (in 'a b'). See kinto-remote-settings README."
        );
        for line in ["a ->", "a -> b -> c -> d"] {
            assert_eq!(refusal(&[line]), ResourceError::Arity { line: line.to_owned() });
        }
        assert_eq!(
            of("a -> b -> c -> d"),
            "Malformed resource: should be a pair or a triplet (in 'a -> b -> c -> d'). See kinto-remote-settings README."
        );
        for line in
            ["/buckets -> b", "/buckets/a/collections -> b", "/bucket/a/collections/b -> c/d", "a/b/c -> d/e"]
        {
            assert_eq!(refusal(&[line]), ResourceError::Uri { line: line.to_owned() });
        }
        assert_eq!(
            of("/buckets -> b"),
            "Malformed resource: should be a bucket or collection URI (in '/buckets -> b'). See kinto-remote-settings README."
        );
        for line in ["-a -> b", "a/b! -> c/d", "/buckets/ -> b", "a/ -> b/c"] {
            assert_eq!(refusal(&[line]), ResourceError::InvalidId { line: line.to_owned() });
        }
        assert_eq!(
            of("-a -> b"),
            "Malformed resource: bucket or collection id is invalid (in '-a -> b'). See kinto-remote-settings README."
        );
        assert_eq!(
            of("a -> b -> c/d"),
            "Malformed resource: cannot mix bucket and collection URIs (in 'a -> b -> c/d'). See kinto-remote-settings README."
        );
        assert_eq!(
            of("a -> b -> a"),
            "Malformed resource: cannot have same value for source,  preview or destination (in 'a -> b -> a'). See kinto-remote-settings README."
        );
        assert_eq!(
            refusal(&["a -> b", "a -> c"]).to_string(),
            "Malformed resource: cannot repeat resource (in 'a -> c'). See kinto-remote-settings README."
        );
        assert_eq!(
            refusal(&["a -> b", "c -> b"]).to_string(),
            "Resources setting has repeated destination URI"
        );
        assert_eq!(
            refusal(&["a -> b -> c", "d -> b -> e"]).to_string(),
            "Resources setting has repeated preview URI"
        );
        for lines in [["a -> b", "b -> c"], ["a -> b -> c", "d -> c -> e"], ["a -> b", "b/x -> c/x"]] {
            assert_eq!(refusal(&lines).to_string(), "cannot repeat URIs across resources", "{lines:?}");
        }
    }

    #[test]
    fn two_sources_cannot_meet_in_one_published_collection() {
        assert_eq!(refusal(&["ws -> main", "other/a -> main/a"]), ResourceError::RepeatedDestination);
        assert_eq!(refusal(&["ws/a -> main/b", "ws -> main"]), ResourceError::RepeatedDestination);
        assert_eq!(
            refusal(&["ws -> preview -> main", "ws/a -> preview/b -> x/y"]),
            ResourceError::RepeatedPreview
        );
        let swapped = ["ws -> main", "ws/a -> main/b", "ws/b -> main/a"];
        assert_eq!(
            Resources::parse(swapped).unwrap().of_published(&path("main/a")),
            Some(resource("ws/b", None, "main/a"))
        );
    }
}
