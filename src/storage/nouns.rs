//! What the storage operations take and give.

use std::collections::{BTreeMap, BTreeSet};

use super::StoredSignature;
use crate::{
    signing::{Key, Leaf},
    types::{
        AccountName, BucketId, CollectionPath, Content, GroupId, RecordId, RecordRef, Sha256Digest, Timestamp,
    },
};

/// Permission name → principals. Names without principals are absent.
pub type Permissions = BTreeMap<String, BTreeSet<String>>;

/// A bucket, group, collection or account.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ObjectKey {
    /// `/accounts/{id}`
    Account(AccountName),
    /// `/buckets/{id}`
    Bucket(BucketId),
    /// `/buckets/{id}/collections/{id}`
    Collection(CollectionPath),
    /// `/buckets/{id}/groups/{id}`
    Group(BucketId, GroupId),
}

impl ObjectKey {
    /// The URI without `/v1`.
    pub fn uri(&self) -> String {
        match self {
            Self::Account(name) => format!("/accounts/{name}"),
            Self::Bucket(bucket) => format!("/buckets/{bucket}"),
            Self::Collection(path) => format!("/buckets/{}/collections/{}", path.bucket, path.collection),
            Self::Group(bucket, group) => format!("/buckets/{bucket}/groups/{group}"),
        }
    }

    /// The list it is in.
    pub fn list(&self) -> ListKey {
        match self {
            Self::Account(_) => ListKey::Accounts,
            Self::Bucket(_) => ListKey::Buckets,
            Self::Collection(path) => ListKey::Collections(path.bucket.clone()),
            Self::Group(bucket, _) => ListKey::Groups(bucket.clone()),
        }
    }

    /// The id alone.
    pub fn id(&self) -> &str {
        match self {
            Self::Account(name) => name.as_str(),
            Self::Bucket(bucket) => bucket.as_str(),
            Self::Collection(path) => path.collection.as_str(),
            Self::Group(_, group) => group.as_str(),
        }
    }
}

/// A list with a timestamp of its own.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ListKey {
    /// `/accounts`
    Accounts,
    /// `/buckets`
    Buckets,
    /// `/buckets/{id}/collections`
    Collections(BucketId),
    /// `/buckets/{id}/groups`
    Groups(BucketId),
    /// `/buckets/{id}/history`
    History(BucketId),
    /// `/buckets/{id}/collections/{id}/records`
    Records(CollectionPath),
}

impl ListKey {
    /// The URI without `/v1`.
    pub fn uri(&self) -> String {
        match self {
            Self::Accounts => "/accounts".to_owned(),
            Self::Buckets => "/buckets".to_owned(),
            Self::Collections(bucket) => format!("/buckets/{bucket}/collections"),
            Self::Groups(bucket) => format!("/buckets/{bucket}/groups"),
            Self::History(bucket) => format!("/buckets/{bucket}/history"),
            Self::Records(path) => {
                format!("/buckets/{}/collections/{}/records", path.bucket, path.collection)
            }
        }
    }
}

/// A live object's own attributes, and when it was last modified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredObject {
    /// Canonical JSON text of the attributes, without `id` and `last_modified`.
    pub attributes: String,
    /// When it was last modified.
    pub last_modified: Timestamp,
}

/// Live, or the mark that it was deleted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Entry<T> {
    /// Deleted at that time.
    Deleted(Timestamp),
    /// Live.
    Live(T),
}

/// Which part of a list.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Window {
    /// Only what was modified before this.
    pub before: Option<Timestamp>,
    /// Only what was modified after this.
    pub since: Option<Timestamp>,
    /// Whether tombstones are in it.
    pub tombstones: Tombstones,
}

/// Whether a window shows tombstones.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Tombstones {
    /// Live entries only.
    #[default]
    Hidden,
    /// Live entries and tombstones.
    Shown,
}

/// Which end of time comes first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TimeOrder {
    /// What was written last.
    NewestFirst,
    /// What was written first.
    OldestFirst,
}

/// Whether a record that is published is still in its source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It is there.
    Live,
    /// It was removed; what is shown is what is published, at the time of the removal.
    Removed,
}

/// Whether a visit goes on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Visit {
    /// The next one, please.
    Continue,
    /// Enough.
    Stop,
}

/// An account's secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credential {
    /// PHC text of the password's hash.
    pub password_hash: String,
    /// Whether it may sign in.
    pub state: AccountState,
}

/// Whether an account may sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AccountState {
    /// It may.
    Active,
    /// It may not.
    Disabled,
}

/// A sign-in to the pages that lasts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredSession {
    /// Who.
    pub account: AccountName,
    /// Since when.
    pub begun: Timestamp,
    /// When it was last used, give or take a few minutes.
    pub seen: Timestamp,
}

/// The row id of a content.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ContentId(pub i64);

/// A live record as stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredRecord {
    /// Its content.
    pub content: Content,
    /// The row of the content.
    pub content_id: ContentId,
    /// SHA-256 of the content without `schema`: equal records have equal ones (`remote-settings` §2.9).
    pub equality: Sha256Digest,
    /// When it was last modified.
    pub last_modified: Timestamp,
}

/// What is written for a live record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RecordRow {
    /// The row of the content.
    pub content: ContentId,
    /// When it was last modified.
    pub last_modified: Timestamp,
    /// Its place in the record tree; only previews and destinations have one.
    pub leaf: Option<(Key, Leaf)>,
}

/// A live record as a visit shows it.
#[derive(Clone, Copy, Debug)]
pub struct VisitedRecord<'a> {
    /// The row of the content.
    pub content_id: ContentId,
    /// SHA-256 of the content without `schema`.
    pub equality: Sha256Digest,
    /// Its place in the record tree, if it has one.
    pub leaf: Option<(Key, Leaf)>,
    /// Content and time.
    pub record: RecordRef<'a>,
}

/// What an edit is about.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Subject {
    /// `flags`, `attachment`, `schema`, `sort`, `displayFields` of the source.
    Attributes,
    /// A record.
    Record(RecordId),
}

/// One user's edit of one subject that is not published.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PendingEdit {
    /// When the user last wrote it.
    pub at: Timestamp,
    /// What was written.
    pub subject: Subject,
    /// Who (`account:NAME`, or the plug-in user).
    pub user: String,
}

/// What one user has among the edits of a source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserEdits {
    /// The last one's time.
    pub last: Timestamp,
    /// How many subjects.
    pub subjects: u64,
    /// Who.
    pub user: String,
}

/// How many records are created, updated and deleted, and how long the contents are that come new.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Bytes of the contents after it, deletions not counted.
    pub bytes: u64,
    /// Records that were not there before.
    pub created: u64,
    /// Records that are not there after.
    pub deleted: u64,
    /// Records with another content.
    pub updated: u64,
}

/// A request for review that begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewRequest {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What the requester wrote.
    pub comment: String,
    /// The change digest at that moment; `None` where the change has none.
    pub digest: Option<Sha256Digest>,
}

/// How a request ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestEnd {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What the one who ended it wrote.
    pub comment: String,
    /// Which end.
    pub kind: RequestEndKind,
}

/// The ends of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RequestEndKind {
    /// Published.
    Approved,
    /// Sent back by a reviewer.
    Declined,
    /// An edit, or another request, came after it.
    Overtaken,
    /// The source went back to what is published.
    RolledBack,
}

/// A request with its end, if it has ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReviewRequest {
    /// How it ended; `None` while it is open.
    pub end: Option<RequestEnd>,
    /// The request.
    pub request: NewRequest,
}

/// One version of a preview or destination, whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Publication {
    /// When it was signed.
    pub at: Timestamp,
    /// Canonical JSON text of the published attributes (`flags`, `attachment`, `schema`, `sort`, `displayFields`) after it.
    pub attributes: String,
    /// The change digest that was approved or requested; `None` for re-signings and creations.
    pub change_digest: Option<Sha256Digest>,
    /// Content signatures; `x5u` as a path.
    pub content_signatures: Vec<StoredSignature>,
    /// Who had an edit in the change, sorted.
    pub editors: Vec<String>,
    /// Why there is this version.
    pub kind: PublicationKind,
    /// The preview or destination.
    pub path: CollectionPath,
    /// Bytes of all its records as clients get them, without the commas between; `None` where an earlier version of the
    /// program published it.
    pub record_bytes: Option<u64>,
    /// Who asked, who approved, and what they wrote.
    pub review: PublicationReview,
    /// The statement's text.
    pub statement: String,
    /// The statement's signatures; `x5u` as a path.
    pub statement_signatures: Vec<StoredSignature>,
    /// The records timestamp.
    pub timestamp: Timestamp,
    /// The statement's version.
    pub version: u64,
}

/// The people of a publication.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PublicationReview {
    /// Who approved (or published, where review is off).
    pub approved_by: Option<String>,
    /// When its first edit was made, and its last; an edit counts where it was last written. `None` where nothing was edited.
    pub edited: Option<(Timestamp, Timestamp)>,
    /// What the requester wrote.
    pub editor_comment: String,
    /// Who asked for review.
    pub requested_by: Option<String>,
    /// When review was asked for.
    pub requested_at: Option<Timestamp>,
    /// What the reviewer wrote.
    pub reviewer_comment: String,
}

/// Why there is a version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PublicationKind {
    /// The first one, with the collection.
    Created,
    /// The source was deleted: an empty list.
    Emptied,
    /// A change was published (destination) or shown (preview).
    Published,
    /// Same records, new signature.
    Resigned,
}

/// How many versions a collection has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PublicationCounts {
    /// Those that people made.
    pub made: u64,
    /// Those that sign the same records again.
    pub signed_again: u64,
}

/// Versions that sign the records of one publication again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignedAgain {
    /// How many.
    pub count: u64,
    /// When the last one was signed.
    pub last_at: Timestamp,
    /// The last one.
    pub last_version: u64,
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RecordChange {
    /// It is new.
    Created,
    /// It is gone.
    Deleted,
    /// It has another content.
    Updated,
}

/// Which part of what a publication changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangesWindow {
    /// Only records whose id comes after this one.
    pub after: Option<RecordId>,
    /// Only records to which this happened.
    pub kind: Option<RecordChange>,
    /// At most that many.
    pub limit: usize,
    /// This record alone; the others do not count then.
    pub only: Option<RecordId>,
}

/// What a publication changed in one record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicationChange {
    /// Content and time after; `None` if deleted.
    pub after: Option<(ContentId, Timestamp)>,
    /// Content and time before; `None` if created.
    pub before: Option<(ContentId, Timestamp)>,
    /// The record.
    pub id: RecordId,
}

/// One line of a bucket's history (`kinto-api` §19.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HistoryEntry {
    /// What was done.
    pub action: HistoryAction,
    /// The bucket.
    pub bucket: BucketId,
    /// Its own id, a UUID.
    pub id: String,
    /// Its own time, increasing in the bucket.
    pub last_modified: Timestamp,
    /// Permissions after the change.
    pub permissions: Permissions,
    /// The object's data after the change.
    pub target: HistoryTarget,
    /// The object.
    pub uri: String,
    /// Who; `None` for anonymous.
    pub user: Option<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum HistoryAction {
    /// It is new.
    Create,
    /// It is gone.
    Delete,
    /// It was written again.
    Update,
}

/// An object's data in the history.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HistoryTarget {
    /// A tombstone of that time.
    Deleted(Timestamp),
    /// Canonical JSON text of the data, `id` and `last_modified` included.
    Object(String),
    /// A record: its content and time.
    Record(ContentId, Timestamp),
}

/// What a look at the whole database found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Health {
    /// Size of the database without its log.
    pub bytes: u64,
    /// Of these, not used now.
    pub free_bytes: u64,
    /// Size of the write-ahead log.
    pub log_bytes: u64,
    /// Number of the last migration.
    pub schema: u64,
    /// What is wrong, in the database's words; empty if all is well.
    pub troubles: Vec<String>,
}
