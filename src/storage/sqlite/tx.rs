//! One transaction: the trait's operations, each handed to its table.

use std::collections::HashMap;

use rusqlite::{Connection, Params, Row};

use super::{
    chains, contents, counters, credentials, group_members, history, objects, password_links, pending,
    permissions, publication_changes, publications, records, review_requests, sessions, timestamps,
};
use crate::{
    storage::{
        ChangesWindow, ContentId, Credential, Entry, HistoryEntry, HistoryWindow, ListKey, NewRequest,
        ObjectKey, PendingEdit, Permissions, Publication, PublicationChange, PublicationCounts, RecordRow,
        RequestEnd, ReviewRequest, SignedAgain, Standing, StorageError, StoredObject, StoredRecord,
        StoredSession, Subject, Tally, TimeOrder, Tx, UserEdits, Visit, VisitedRecord, Window,
    },
    types::{AccountName, BucketId, CollectionPath, Content, GroupId, RecordId, Sha256Digest, Timestamp},
};

/// A transaction on one connection.
pub(super) struct SqliteTx<'connection> {
    pub(super) connection: &'connection Connection,
    mode: Mode,
    /// Numbers of paths met in this transaction.
    pub(super) paths: HashMap<CollectionPath, i64>,
}

/// Whether a transaction may write.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Mode {
    Read,
    Write,
}

impl<'connection> SqliteTx<'connection> {
    pub(super) fn new(connection: &'connection Connection, mode: Mode) -> Self {
        Self { connection, mode, paths: HashMap::new() }
    }

    /// The first row, read by `read`.
    pub(super) fn find<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Option<T>, StorageError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        rows.next()?.map(read).transpose()
    }

    /// All rows, each read by `read`.
    pub(super) fn list<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        let mut list = Vec::new();
        self.visit(sql, params, |row| {
            list.push(read(row)?);
            Ok(Visit::Continue)
        })?;
        Ok(list)
    }

    /// One row after the other, until `visitor` has enough.
    pub(super) fn visit(
        &self,
        sql: &str,
        params: impl Params,
        mut visitor: impl FnMut(&Row<'_>) -> Result<Visit, StorageError>,
    ) -> Result<(), StorageError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if visitor(row)? == Visit::Stop {
                break;
            }
        }
        Ok(())
    }

    /// Writes; answers the number of rows that it touched.
    pub(super) fn change(&self, sql: &str, params: impl Params) -> Result<usize, StorageError> {
        self.ask_to_write()?;
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// Every write passes here.
    pub(super) fn ask_to_write(&self) -> Result<(), StorageError> {
        if self.mode == Mode::Read {
            return Err(StorageError::ReadOnly);
        }
        // After some failures (a full disk) SQLite gives the whole transaction up; a write after that would stand alone.
        if self.connection.is_autocommit() { Err(StorageError::Interrupted) } else { Ok(()) }
    }
}

impl Tx for SqliteTx<'_> {
    fn begin_savepoint(&mut self) -> Result<(), StorageError> {
        // Names may repeat: the innermost is meant.
        Ok(self.connection.execute_batch("SAVEPOINT innermost")?)
    }

    fn release_savepoint(&mut self) -> Result<(), StorageError> {
        Ok(self.connection.execute_batch("RELEASE innermost")?)
    }

    fn roll_back_savepoint(&mut self) -> Result<(), StorageError> {
        self.paths.clear();
        Ok(self.connection.execute_batch("ROLLBACK TO innermost; RELEASE innermost")?)
    }

    fn find_timestamp(&mut self, list: &ListKey) -> Result<Option<Timestamp>, StorageError> {
        timestamps::find(self, list)
    }

    fn put_timestamp(&mut self, list: &ListKey, timestamp: Timestamp) -> Result<(), StorageError> {
        timestamps::put(self, list, timestamp)
    }

    fn delete_timestamps(&mut self, list: &ListKey) -> Result<(), StorageError> {
        timestamps::delete_below(self, list)
    }

    fn find_counter(&mut self, name: &str) -> Result<u64, StorageError> {
        counters::find(self, name)
    }

    fn put_counter(&mut self, name: &str, value: u64) -> Result<(), StorageError> {
        counters::put(self, name, value)
    }

    fn find_object(&mut self, key: &ObjectKey) -> Result<Option<StoredObject>, StorageError> {
        objects::find(self, key)
    }

    fn put_object(&mut self, key: &ObjectKey, object: &StoredObject) -> Result<(), StorageError> {
        objects::put(self, key, object)
    }

    fn delete_object(&mut self, key: &ObjectKey, tombstone: Option<Timestamp>) -> Result<bool, StorageError> {
        objects::delete(self, key, tombstone)
    }

    fn list_objects(
        &mut self,
        list: &ListKey,
        window: &Window,
    ) -> Result<Vec<(String, Entry<StoredObject>)>, StorageError> {
        objects::list(self, list, window)
    }

    fn purge_objects(&mut self, list: &ListKey) -> Result<(), StorageError> {
        objects::purge(self, list)
    }

    fn put_group_members(
        &mut self,
        bucket: &BucketId,
        group: &GroupId,
        members: &[String],
    ) -> Result<(), StorageError> {
        group_members::put(self, bucket, group, members)
    }

    fn groups_of(&mut self, member: &str) -> Result<Vec<(BucketId, GroupId)>, StorageError> {
        group_members::groups_of(self, member)
    }

    fn find_credential(&mut self, name: &AccountName) -> Result<Option<Credential>, StorageError> {
        credentials::find(self, name)
    }

    fn put_credential(&mut self, name: &AccountName, credential: &Credential) -> Result<(), StorageError> {
        credentials::put(self, name, credential)
    }

    fn delete_credential(&mut self, name: &AccountName) -> Result<(), StorageError> {
        credentials::delete(self, name)
    }

    fn find_session(&mut self, token: &Sha256Digest) -> Result<Option<StoredSession>, StorageError> {
        sessions::find(self, token)
    }

    fn put_session(&mut self, token: &Sha256Digest, session: &StoredSession) -> Result<(), StorageError> {
        sessions::put(self, token, session)
    }

    fn delete_session(&mut self, token: &Sha256Digest) -> Result<bool, StorageError> {
        sessions::delete(self, token)
    }

    fn delete_sessions_of(&mut self, account: &AccountName) -> Result<(), StorageError> {
        sessions::delete_of(self, account)
    }

    fn list_sessions_of(&mut self, account: &AccountName) -> Result<Vec<StoredSession>, StorageError> {
        sessions::list_of(self, account)
    }

    fn put_password_link(
        &mut self,
        account: &AccountName,
        token: &Sha256Digest,
        made: Timestamp,
    ) -> Result<(), StorageError> {
        password_links::put(self, account, token, made)
    }

    fn find_password_link(
        &mut self,
        token: &Sha256Digest,
    ) -> Result<Option<(AccountName, Timestamp)>, StorageError> {
        password_links::find(self, token)
    }

    fn find_password_link_of(&mut self, account: &AccountName) -> Result<Option<Timestamp>, StorageError> {
        password_links::find_of(self, account)
    }

    fn delete_password_link_of(&mut self, account: &AccountName) -> Result<(), StorageError> {
        password_links::delete_of(self, account)
    }

    fn purge_sessions(&mut self, begun: Timestamp, seen: Timestamp) -> Result<(), StorageError> {
        sessions::purge(self, begun, seen)
    }

    fn insert_first_start_link(&mut self, token: &Sha256Digest, made: Timestamp) -> Result<(), StorageError> {
        sessions::insert_link(self, token, made)
    }

    fn find_first_start_link(&mut self, token: &Sha256Digest) -> Result<Option<Timestamp>, StorageError> {
        sessions::find_link(self, token)
    }

    fn purge_first_start_links(&mut self) -> Result<(), StorageError> {
        sessions::purge_links(self)
    }

    fn find_permissions(&mut self, uri: &str) -> Result<Permissions, StorageError> {
        permissions::find(self, uri)
    }

    fn put_permissions(&mut self, uri: &str, permissions: &Permissions) -> Result<(), StorageError> {
        permissions::put(self, uri, permissions)
    }

    fn delete_permissions(&mut self, uri: &str) -> Result<(), StorageError> {
        permissions::delete_below(self, uri)
    }

    fn list_shared(
        &mut self,
        list: &ListKey,
        names: &[&str],
        principals: &[String],
    ) -> Result<Vec<String>, StorageError> {
        permissions::list_shared(self, list, names, principals)
    }

    fn delete_principal(&mut self, principal: &str) -> Result<(), StorageError> {
        permissions::delete_principal(self, principal)
    }

    fn intern_content(
        &mut self,
        content: &Content,
        equality: Sha256Digest,
    ) -> Result<ContentId, StorageError> {
        contents::intern(self, content, equality)
    }

    fn load_content(&mut self, id: ContentId) -> Result<Content, StorageError> {
        contents::load(self, id)
    }

    fn find_record(
        &mut self,
        path: &CollectionPath,
        id: &RecordId,
    ) -> Result<Option<Entry<StoredRecord>>, StorageError> {
        records::find(self, path, id)
    }

    fn put_record(
        &mut self,
        path: &CollectionPath,
        id: &RecordId,
        row: &RecordRow,
    ) -> Result<(), StorageError> {
        records::put(self, path, id, row)
    }

    fn delete_record(
        &mut self,
        path: &CollectionPath,
        id: &RecordId,
        tombstone: Timestamp,
    ) -> Result<bool, StorageError> {
        records::delete(self, path, id, tombstone)
    }

    fn purge_records(&mut self, path: &CollectionPath) -> Result<(), StorageError> {
        records::purge(self, path)
    }

    fn count_records(&mut self, path: &CollectionPath) -> Result<u64, StorageError> {
        records::count(self, path)
    }

    fn visit_newest_first(
        &mut self,
        path: &CollectionPath,
        window: &Window,
        visitor: &mut dyn FnMut(&str, Entry<VisitedRecord<'_>>) -> Visit,
    ) -> Result<(), StorageError> {
        records::visit_newest_first(self, path, window, visitor)
    }

    fn visit_with_removed(
        &mut self,
        path: &CollectionPath,
        published: &CollectionPath,
        window: &Window,
        order: TimeOrder,
        visitor: &mut dyn FnMut(&str, Standing, VisitedRecord<'_>) -> Visit,
    ) -> Result<(), StorageError> {
        records::visit_with_removed(self, path, published, window, order, visitor)
    }

    fn visit_by_id(
        &mut self,
        path: &CollectionPath,
        visitor: &mut dyn FnMut(&str, VisitedRecord<'_>) -> Visit,
    ) -> Result<(), StorageError> {
        records::visit_by_id(self, path, visitor)
    }

    fn visit_places_by_id(
        &mut self,
        path: &CollectionPath,
        visitor: &mut dyn FnMut(&str, ContentId, Timestamp) -> Visit,
    ) -> Result<(), StorageError> {
        records::visit_places_by_id(self, path, visitor)
    }

    fn put_pending(&mut self, source: &CollectionPath, edit: &PendingEdit) -> Result<(), StorageError> {
        pending::put(self, source, edit)
    }

    fn delete_pending(&mut self, source: &CollectionPath, subject: &Subject) -> Result<(), StorageError> {
        pending::delete(self, source, subject)
    }

    fn purge_pending(&mut self, source: &CollectionPath) -> Result<(), StorageError> {
        pending::purge(self, source)
    }

    fn list_pending(&mut self, source: &CollectionPath) -> Result<Vec<PendingEdit>, StorageError> {
        pending::list(self, source)
    }

    fn count_pending(&mut self, source: &CollectionPath) -> Result<u64, StorageError> {
        pending::count(self, source)
    }

    fn list_users_with_edits(&mut self, source: &CollectionPath) -> Result<Vec<UserEdits>, StorageError> {
        pending::list_users(self, source)
    }

    fn tally_pending(
        &mut self,
        source: &CollectionPath,
        destination: &CollectionPath,
    ) -> Result<Tally, StorageError> {
        pending::tally(self, source, destination)
    }

    fn list_newest_publications(
        &mut self,
        path: &CollectionPath,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Publication>, StorageError> {
        publications::list_newest(self, path, before, limit)
    }

    fn list_publications_before(
        &mut self,
        path: &CollectionPath,
        before: u64,
        limit: usize,
    ) -> Result<Vec<Publication>, StorageError> {
        publications::list_before(self, path, before, limit)
    }

    fn count_publications(&mut self, path: &CollectionPath) -> Result<PublicationCounts, StorageError> {
        publications::count(self, path)
    }

    fn find_signed_again(
        &mut self,
        path: &CollectionPath,
        version: u64,
    ) -> Result<Option<SignedAgain>, StorageError> {
        publications::signed_again(self, path, version)
    }

    fn list_publication_changes_in(
        &mut self,
        path: &CollectionPath,
        version: u64,
        window: &ChangesWindow,
    ) -> Result<Vec<PublicationChange>, StorageError> {
        publication_changes::list_window(self, path, version, window)
    }

    fn count_deleted_id_bytes(&mut self, path: &CollectionPath, version: u64) -> Result<u64, StorageError> {
        publication_changes::deleted_id_bytes(self, path, version)
    }

    fn list_declined_requests(
        &mut self,
        source: &CollectionPath,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, ReviewRequest)>, StorageError> {
        review_requests::list_declined(self, source, before, limit)
    }

    fn keep_publication_tally(&mut self, path: &CollectionPath, version: u64) -> Result<(), StorageError> {
        publication_changes::keep_tally(self, path, version)
    }

    fn tally_publication(&mut self, path: &CollectionPath, version: u64) -> Result<Tally, StorageError> {
        publication_changes::tally(self, path, version)
    }

    fn insert_request(&mut self, source: &CollectionPath, request: &NewRequest) -> Result<(), StorageError> {
        review_requests::insert(self, source, request)
    }

    fn end_request(&mut self, source: &CollectionPath, end: &RequestEnd) -> Result<bool, StorageError> {
        review_requests::end(self, source, end)
    }

    fn list_requests(
        &mut self,
        source: &CollectionPath,
        limit: usize,
    ) -> Result<Vec<ReviewRequest>, StorageError> {
        review_requests::list(self, source, limit)
    }

    fn insert_publication(&mut self, publication: &Publication) -> Result<(), StorageError> {
        publications::insert(self, publication)
    }

    fn insert_publication_change(
        &mut self,
        path: &CollectionPath,
        version: u64,
        change: &PublicationChange,
    ) -> Result<(), StorageError> {
        publication_changes::insert(self, path, version, change)
    }

    fn latest_publication(&mut self, path: &CollectionPath) -> Result<Option<Publication>, StorageError> {
        publications::latest(self, path)
    }

    fn list_publications(
        &mut self,
        path: &CollectionPath,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Publication>, StorageError> {
        publications::list(self, path, from, limit)
    }

    fn list_publication_changes(
        &mut self,
        path: &CollectionPath,
        version: u64,
    ) -> Result<Vec<PublicationChange>, StorageError> {
        publication_changes::list(self, path, version)
    }

    fn list_published_paths(&mut self) -> Result<Vec<CollectionPath>, StorageError> {
        publications::list_paths(self)
    }

    fn put_chain(&mut self, digest: &Sha256Digest, pem: &str) -> Result<(), StorageError> {
        chains::put(self, digest, pem)
    }

    fn find_chain(&mut self, digest: &Sha256Digest) -> Result<Option<String>, StorageError> {
        chains::find(self, digest)
    }

    fn list_chains(&mut self) -> Result<Vec<String>, StorageError> {
        chains::list(self)
    }

    fn insert_history(&mut self, entry: &HistoryEntry) -> Result<(), StorageError> {
        history::insert(self, entry)
    }

    fn list_history(&mut self, bucket: &BucketId, limit: usize) -> Result<Vec<HistoryEntry>, StorageError> {
        history::list(self, bucket, limit)
    }

    fn search_history(
        &mut self,
        bucket: &BucketId,
        window: &HistoryWindow,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, StorageError> {
        history::search(self, bucket, window, limit)
    }

    fn purge_history(&mut self, bucket: &BucketId) -> Result<(), StorageError> {
        history::purge(self, bucket)
    }
}
