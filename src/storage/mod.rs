//! Where everything is kept: the [`Store`], the [`Tx`] trait and its implementations. The only SQL.
//!
//! A read sees one state. A write is one transaction: all of it or none, durable when it returns. The closure of a write may
//! run twice, so nothing outside the transaction happens in it (the signer's ledger is the one exception: it repeats safely).

mod history;
mod nouns;
mod sqlite;

use std::{fmt::Debug, sync::Arc};

use crate::{
    signing::SignatureEntry,
    types::{AccountName, BucketId, CollectionPath, Content, GroupId, RecordId, Sha256Digest, Timestamp},
};

pub use history::*;
pub use nouns::*;
pub use sqlite::{SqliteLedger, SqliteStore};

/// The database. Cheap to clone; every clone is the same database.
#[derive(Clone, Debug)]
pub struct Store(Arc<dyn Backend>);

impl Store {
    /// Wraps a backend.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self(backend)
    }

    /// Runs `work` on one consistent state. Savepoints may be used; writes fail with [`StorageError::ReadOnly`].
    pub fn read<T, E: From<StorageError>>(
        &self,
        work: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut work = Some(work);
        let mut outcome = None;
        self.0.read(&mut |tx| {
            outcome = work.take().map(|work| work(tx));
            Ok(())
        })?;
        outcome.unwrap_or(Err(E::from(StorageError::Interrupted)))
    }

    /// Runs `work` in one write transaction: committed when it returns `Ok`, rolled back when it returns `Err`.
    ///
    /// `work` may run twice (a busy or serialisation failure): only its last run counts. It must not call `write` of the same
    /// database again: it would wait for itself.
    pub fn write<T, E: From<StorageError>>(
        &self,
        mut work: impl FnMut(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut outcome = None;
        self.0.write(&mut |tx| {
            let result = work(tx);
            let end = if result.is_ok() { End::Commit } else { End::RollBack };
            outcome = Some(result);
            Ok(end)
        })?;
        outcome.unwrap_or(Err(E::from(StorageError::Interrupted)))
    }

    /// Reads the whole database through and says what is wrong with it. Takes seconds for a large one.
    pub fn check(&self) -> Result<Health, StorageError> {
        self.0.check()
    }
}

/// How a write transaction ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    /// Make everything visible and durable.
    Commit,
    /// Leave everything as it was.
    RollBack,
}

/// A database: runs closures in transactions.
pub trait Backend: Debug + Send + Sync {
    /// Runs `work` on a snapshot. Writes through it fail with [`StorageError::ReadOnly`].
    fn read(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StorageError>)
    -> Result<(), StorageError>;

    /// Runs `work` with the write lock; durable when it returns after [`End::Commit`]. May run `work` twice.
    fn write(
        &self,
        work: &mut dyn FnMut(&mut dyn Tx) -> Result<End, StorageError>,
    ) -> Result<(), StorageError>;

    /// Reads everything through (see [`Store::check`]).
    fn check(&self) -> Result<Health, StorageError>;
}

/// The storage operations. Lists come in the order that each names; "not there" is `Ok(None)`.
pub trait Tx {
    // Savepoints: a batch undoes one sub-request and keeps the others.

    /// Opens a savepoint inside the transaction; they nest.
    fn begin_savepoint(&mut self) -> Result<(), StorageError>;
    /// Keeps what was done since the innermost savepoint and forgets the savepoint.
    fn release_savepoint(&mut self) -> Result<(), StorageError>;
    /// Undoes what was done since the innermost savepoint and forgets the savepoint.
    fn roll_back_savepoint(&mut self) -> Result<(), StorageError>;

    // Timestamps and counters.

    /// The list's timestamp T (`kinto-api` §7.3); `None` if the list was never used.
    fn find_timestamp(&mut self, list: &ListKey) -> Result<Option<Timestamp>, StorageError>;
    /// Sets T.
    fn put_timestamp(&mut self, list: &ListKey, timestamp: Timestamp) -> Result<(), StorageError>;
    /// Forgets T of the list and of every list below it.
    fn delete_timestamps(&mut self, list: &ListKey) -> Result<(), StorageError>;
    /// A named number; 0 if never set.
    fn find_counter(&mut self, name: &str) -> Result<u64, StorageError>;
    /// Sets a named number.
    fn put_counter(&mut self, name: &str, value: u64) -> Result<(), StorageError>;

    // Buckets, groups, collections, accounts.

    /// A live object.
    fn find_object(&mut self, key: &ObjectKey) -> Result<Option<StoredObject>, StorageError>;
    /// Creates or replaces; a tombstone of the same key goes.
    fn put_object(&mut self, key: &ObjectKey, object: &StoredObject) -> Result<(), StorageError>;
    /// Deletes one object only (a group with its members in the index); `tombstone` leaves one with that time. `false` if it
    /// was not there.
    fn delete_object(&mut self, key: &ObjectKey, tombstone: Option<Timestamp>) -> Result<bool, StorageError>;
    /// Live objects, and tombstones where the window asks for them; newest first, then by id. Records and history are visited
    /// by their own operations: here they are empty.
    fn list_objects(
        &mut self,
        list: &ListKey,
        window: &Window,
    ) -> Result<Vec<(String, Entry<StoredObject>)>, StorageError>;
    /// Removes all objects and tombstones directly in a list without trace, group members in the index included; not what is
    /// below them, their permissions or their timestamps. Lists of records and history: as [`Tx::purge_records`] and
    /// [`Tx::purge_history`].
    fn purge_objects(&mut self, list: &ListKey) -> Result<(), StorageError>;
    /// Replaces a group's members in the index that [`Tx::groups_of`] reads.
    fn put_group_members(
        &mut self,
        bucket: &BucketId,
        group: &GroupId,
        members: &[String],
    ) -> Result<(), StorageError>;
    /// The groups that list `member`, sorted.
    fn groups_of(&mut self, member: &str) -> Result<Vec<(BucketId, GroupId)>, StorageError>;

    // Accounts' secrets.

    /// The password hash and whether the account may sign in.
    fn find_credential(&mut self, name: &AccountName) -> Result<Option<Credential>, StorageError>;
    /// Sets both.
    fn put_credential(&mut self, name: &AccountName, credential: &Credential) -> Result<(), StorageError>;
    /// Forgets both.
    fn delete_credential(&mut self, name: &AccountName) -> Result<(), StorageError>;

    // Who is signed in to the pages, by the SHA-256 of the token that the browser holds.

    /// A session, expired or not.
    fn find_session(&mut self, token: &Sha256Digest) -> Result<Option<StoredSession>, StorageError>;
    /// Begins a session, or writes it again.
    fn put_session(&mut self, token: &Sha256Digest, session: &StoredSession) -> Result<(), StorageError>;
    /// Ends one session; `false` if there was none.
    fn delete_session(&mut self, token: &Sha256Digest) -> Result<bool, StorageError>;
    /// Ends all sessions of an account.
    fn delete_sessions_of(&mut self, account: &AccountName) -> Result<(), StorageError>;
    /// The sessions of an account, the one that was used last first.
    fn list_sessions_of(&mut self, account: &AccountName) -> Result<Vec<StoredSession>, StorageError>;
    /// Forgets sessions that began before `begun`, or were last seen before `seen`.
    fn purge_sessions(&mut self, begun: Timestamp, seen: Timestamp) -> Result<(), StorageError>;
    /// Remembers a link to the first start.
    fn insert_first_start_link(&mut self, token: &Sha256Digest, made: Timestamp) -> Result<(), StorageError>;
    /// When a link to the first start was made.
    fn find_first_start_link(&mut self, token: &Sha256Digest) -> Result<Option<Timestamp>, StorageError>;
    /// Forgets all links to the first start.
    fn purge_first_start_links(&mut self) -> Result<(), StorageError>;

    /// Remembers the link by which an account gets its password; one that was made before goes.
    fn put_password_link(
        &mut self,
        account: &AccountName,
        token: &Sha256Digest,
        made: Timestamp,
    ) -> Result<(), StorageError>;
    /// Whose link it is, and when it was made.
    fn find_password_link(
        &mut self,
        token: &Sha256Digest,
    ) -> Result<Option<(AccountName, Timestamp)>, StorageError>;
    /// When the account's link was made.
    fn find_password_link_of(&mut self, account: &AccountName) -> Result<Option<Timestamp>, StorageError>;
    /// Forgets the link of an account.
    fn delete_password_link_of(&mut self, account: &AccountName) -> Result<(), StorageError>;

    // Permissions.

    /// The stored permissions of one object; names without principals are left out.
    fn find_permissions(&mut self, uri: &str) -> Result<Permissions, StorageError>;
    /// Replaces all permissions of one object.
    fn put_permissions(&mut self, uri: &str, permissions: &Permissions) -> Result<(), StorageError>;
    /// Deletes the permissions of the object and of everything below it.
    fn delete_permissions(&mut self, uri: &str) -> Result<(), StorageError>;
    /// URIs directly in the list whose permissions give one of `names` to one of `principals`; sorted.
    fn list_shared(
        &mut self,
        list: &ListKey,
        names: &[&str],
        principals: &[String],
    ) -> Result<Vec<String>, StorageError>;
    /// Removes a principal from every permission of every object.
    fn delete_principal(&mut self, principal: &str) -> Result<(), StorageError>;

    // Records.

    /// Stores a content once; the same bytes get the same id.
    fn intern_content(
        &mut self,
        content: &Content,
        equality: Sha256Digest,
    ) -> Result<ContentId, StorageError>;
    /// A content by its id; [`StorageError::Dangling`] if there is none.
    fn load_content(&mut self, id: ContentId) -> Result<Content, StorageError>;
    /// A record, live or tombstone.
    fn find_record(
        &mut self,
        path: &CollectionPath,
        id: &RecordId,
    ) -> Result<Option<Entry<StoredRecord>>, StorageError>;
    /// Creates or replaces a live record; a tombstone of the same id goes.
    fn put_record(
        &mut self,
        path: &CollectionPath,
        id: &RecordId,
        row: &RecordRow,
    ) -> Result<(), StorageError>;
    /// Deletes a live record, leaving a tombstone with that time. `false` if it was not live.
    fn delete_record(
        &mut self,
        path: &CollectionPath,
        id: &RecordId,
        tombstone: Timestamp,
    ) -> Result<bool, StorageError>;
    /// Removes all records and tombstones of a collection without trace.
    fn purge_records(&mut self, path: &CollectionPath) -> Result<(), StorageError>;
    /// Number of live records.
    fn count_records(&mut self, path: &CollectionPath) -> Result<u64, StorageError>;
    /// Visits records newest first, then by id; tombstones where the window asks for them. The visitor may stop it.
    fn visit_newest_first(
        &mut self,
        path: &CollectionPath,
        window: &Window,
        visitor: &mut dyn FnMut(&str, Entry<VisitedRecord<'_>>) -> Visit,
    ) -> Result<(), StorageError>;
    /// Visits what a table of a source shows, in the order of the times at which it was last written, then by id: its live
    /// records and, where the window shows tombstones, the records that were removed from it and that `published` still has.
    fn visit_with_removed(
        &mut self,
        path: &CollectionPath,
        published: &CollectionPath,
        window: &Window,
        order: TimeOrder,
        visitor: &mut dyn FnMut(&str, Standing, VisitedRecord<'_>) -> Visit,
    ) -> Result<(), StorageError>;
    /// Visits live records by id (code points).
    fn visit_by_id(
        &mut self,
        path: &CollectionPath,
        visitor: &mut dyn FnMut(&str, VisitedRecord<'_>) -> Visit,
    ) -> Result<(), StorageError>;
    /// Visits live records by id, and of their contents the number alone: to compare collections at a fraction of the cost.
    fn visit_places_by_id(
        &mut self,
        path: &CollectionPath,
        visitor: &mut dyn FnMut(&str, ContentId, Timestamp) -> Visit,
    ) -> Result<(), StorageError>;

    // Pending edits: who wrote what in a source since it last equalled what is published.

    /// Adds or refreshes the row of (source, subject, user).
    fn put_pending(&mut self, source: &CollectionPath, edit: &PendingEdit) -> Result<(), StorageError>;
    /// Removes all rows of a subject.
    fn delete_pending(&mut self, source: &CollectionPath, subject: &Subject) -> Result<(), StorageError>;
    /// Removes all rows of a source.
    fn purge_pending(&mut self, source: &CollectionPath) -> Result<(), StorageError>;
    /// All rows, by subject (the attributes first, then record ids), then by user.
    fn list_pending(&mut self, source: &CollectionPath) -> Result<Vec<PendingEdit>, StorageError>;
    /// Number of subjects with rows.
    fn count_pending(&mut self, source: &CollectionPath) -> Result<u64, StorageError>;
    /// What each user has among the rows, by user.
    fn list_users_with_edits(&mut self, source: &CollectionPath) -> Result<Vec<UserEdits>, StorageError>;
    /// What the rows' records are in the source, as against the destination.
    fn tally_pending(
        &mut self,
        source: &CollectionPath,
        destination: &CollectionPath,
    ) -> Result<Tally, StorageError>;

    // Review requests.

    /// Adds a request that has not ended. [`StorageError::Conflict`] while another is open.
    fn insert_request(&mut self, source: &CollectionPath, request: &NewRequest) -> Result<(), StorageError>;
    /// Ends the open request, if there is one; `false` if there is none.
    fn end_request(&mut self, source: &CollectionPath, end: &RequestEnd) -> Result<bool, StorageError>;
    /// Requests, newest first, at most `limit`.
    fn list_requests(
        &mut self,
        source: &CollectionPath,
        limit: usize,
    ) -> Result<Vec<ReviewRequest>, StorageError>;
    /// Requests that a reviewer sent back, newest first, at most `limit`, each with its number; of those below a number.
    fn list_declined_requests(
        &mut self,
        source: &CollectionPath,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, ReviewRequest)>, StorageError>;

    // Publications.

    /// Adds a publication; its version is greater than every one before it for this path, else [`StorageError::Conflict`].
    fn insert_publication(&mut self, publication: &Publication) -> Result<(), StorageError>;
    /// Adds what a publication changed in one record; the publication is there by the end of the transaction.
    fn insert_publication_change(
        &mut self,
        path: &CollectionPath,
        version: u64,
        change: &PublicationChange,
    ) -> Result<(), StorageError>;
    /// The publication with the highest version.
    fn latest_publication(&mut self, path: &CollectionPath) -> Result<Option<Publication>, StorageError>;
    /// Publications from a version on, oldest first, at most `limit`.
    fn list_publications(
        &mut self,
        path: &CollectionPath,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Publication>, StorageError>;
    /// Publications that people made, newest first, at most `limit`, of those below a version: neither creations nor
    /// signatures that were made again.
    fn list_newest_publications(
        &mut self,
        path: &CollectionPath,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Publication>, StorageError>;
    /// Publications below a version, newest first, at most `limit`, of every kind.
    fn list_publications_before(
        &mut self,
        path: &CollectionPath,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Publication>, StorageError>;
    /// How many versions there are.
    fn count_publications(&mut self, path: &CollectionPath) -> Result<PublicationCounts, StorageError>;
    /// The versions right after this one that sign its records again.
    fn find_signed_again(
        &mut self,
        path: &CollectionPath,
        version: u64,
    ) -> Result<Option<SignedAgain>, StorageError>;
    /// Counts what a publication changed and keeps the numbers with it, once all its changes were added.
    fn keep_publication_tally(&mut self, path: &CollectionPath, version: u64) -> Result<(), StorageError>;
    /// What a publication changed, in numbers.
    fn tally_publication(&mut self, path: &CollectionPath, version: u64) -> Result<Tally, StorageError>;
    /// What a publication changed, by record id.
    fn list_publication_changes(
        &mut self,
        path: &CollectionPath,
        version: u64,
    ) -> Result<Vec<PublicationChange>, StorageError>;
    /// A part of what a publication changed, by record id.
    fn list_publication_changes_in(
        &mut self,
        path: &CollectionPath,
        version: u64,
        window: &ChangesWindow,
    ) -> Result<Vec<PublicationChange>, StorageError>;
    /// Bytes of the ids of the records that a publication deleted.
    fn count_deleted_id_bytes(&mut self, path: &CollectionPath, version: u64) -> Result<u64, StorageError>;
    /// Every path that has a publication, sorted.
    fn list_published_paths(&mut self) -> Result<Vec<CollectionPath>, StorageError>;
    /// Keeps a chain file for ever, by the SHA-256 of its bytes.
    fn put_chain(&mut self, digest: &Sha256Digest, pem: &str) -> Result<(), StorageError>;
    /// A chain file.
    fn find_chain(&mut self, digest: &Sha256Digest) -> Result<Option<String>, StorageError>;

    /// Every chain file, in no order.
    fn list_chains(&mut self) -> Result<Vec<String>, StorageError>;

    // History.

    /// Adds an entry to a bucket's history.
    fn insert_history(&mut self, entry: &HistoryEntry) -> Result<(), StorageError>;
    /// Entries of a bucket, newest first, at most `limit`.
    fn list_history(&mut self, bucket: &BucketId, limit: usize) -> Result<Vec<HistoryEntry>, StorageError>;
    /// Entries of a bucket that fit, newest first, at most `limit`. From indices: a million entries are looked through in a
    /// fraction of a second.
    fn search_history(
        &mut self,
        bucket: &BucketId,
        window: &HistoryWindow,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, StorageError>;
    /// Removes a bucket's history.
    fn purge_history(&mut self, bucket: &BucketId) -> Result<(), StorageError>;
}

/// What went wrong below the verbs: for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A lost race that the database noticed, or a second row where there can be one.
    #[error("a concurrent write was faster")]
    Conflict,
    /// A row that this program could not have written.
    #[error("table {table} holds a row that this program did not write (column {column})")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The file is no database, or its pages do not fit together.
    #[error("database damaged: {what}")]
    Damaged {
        /// What the driver said.
        what: String,
    },
    /// A content or publication that is named is not there: the caller's bug, nothing is written.
    #[error("a row names another that is not there")]
    Dangling,
    /// The closure did not run to its end, or the database gave the transaction up in its middle.
    #[error("transaction interrupted")]
    Interrupted,
    /// The schema is newer than this program.
    #[error("database schema {found} is newer than this program's {known}; use a newer countersign")]
    NewerSchema {
        /// The database's.
        found: u64,
        /// The highest that this program knows.
        known: u64,
    },
    /// A write through a read transaction.
    #[error("write in a read transaction")]
    ReadOnly,
    /// The file or server cannot be reached, opened or written: missing, locked, full, forbidden.
    #[error("database unavailable: {what}")]
    Unavailable {
        /// What the driver said.
        what: String,
    },
}

/// A signature with its chain as stored: `x5u` is a path, joined with the public URL when an answer is built.
pub type StoredSignature = SignatureEntry;
