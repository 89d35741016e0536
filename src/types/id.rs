//! Identifiers of the protocol, parsed once at the door.

use std::fmt;

/// Why a text is no identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum IdError {
    /// A character outside the allowed set, or a first character that is neither letter nor digit.
    #[error("Invalid object id")]
    Character,
    /// Empty, or longer than 255 bytes.
    #[error("Invalid object id")]
    Length,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $extra:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(String);

        impl $name {
            /// The only way in.
            pub fn parse(raw: &str) -> Result<Self, IdError> {
                parse(raw, $extra).map(|()| Self(raw.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// A bucket's name: 1 to 255 of `A-Z`, `a-z`, `0-9`, `-`, `_`, beginning with a letter or digit (`kinto-api` §7.1).
    BucketId, b"-_"
}
id! {
    /// A collection's name: as [`BucketId`].
    CollectionId, b"-_"
}
id! {
    /// A group's name: as [`BucketId`].
    GroupId, b"-_"
}
id! {
    /// A record's id: as [`BucketId`].
    RecordId, b"-_"
}
id! {
    /// An account's name: as [`BucketId`], and `+`, `.`, `@`.
    AccountName, b"-_+.@"
}

/// A collection in its bucket, written `bucket/collection`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CollectionPath {
    /// The bucket.
    pub bucket: BucketId,
    /// The collection in it.
    pub collection: CollectionId,
}

impl CollectionPath {
    /// From good parts.
    pub fn new(bucket: BucketId, collection: CollectionId) -> Self {
        Self { bucket, collection }
    }

    /// From `bucket/collection`.
    pub fn parse(raw: &str) -> Result<Self, IdError> {
        let (bucket, collection) = raw.split_once('/').ok_or(IdError::Character)?;
        Ok(Self { bucket: BucketId::parse(bucket)?, collection: CollectionId::parse(collection)? })
    }
}

impl fmt::Display for CollectionPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.collection)
    }
}

fn parse(raw: &str, extra: &[u8]) -> Result<(), IdError> {
    if raw.is_empty() || raw.len() > MAX_LENGTH {
        return Err(IdError::Length);
    }
    let first = raw.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let rest = raw.bytes().all(|byte| byte.is_ascii_alphanumeric() || extra.contains(&byte));
    if first && rest { Ok(()) } else { Err(IdError::Character) }
}

const MAX_LENGTH: usize = 255;
