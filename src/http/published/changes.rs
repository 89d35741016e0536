//! `monitor/changes`: which published collections there are, and when each was last changed (`remote-settings` §5.1).

use bytes::Bytes;
use md5::{Digest, Md5};

use super::{
    query::Query,
    snapshot::{TAIL, head_bytes},
};
use crate::{
    canonical,
    http::Body,
    storage::{ListKey, StorageError, Tx},
    types::{CollectionPath, Object, Timestamp, hex},
    workflow::{ResourceEnd, Settings},
};

/// The list as finished bytes.
#[derive(Debug)]
pub(super) struct Changes {
    entries: Vec<Change>,
    /// `{"metadata":{"bucket":"monitor"},"timestamp":N,"changes":[`; `None` while there is no entry.
    head: Option<Bytes>,
    /// The whole answer, for the commonest question.
    whole: Option<Bytes>,
}

/// One collection of the list.
#[derive(Debug)]
pub(super) struct Change {
    /// The entry as JSON.
    pub(super) bytes: Bytes,
    /// The MD5 sum that names it.
    pub(super) id: String,
    /// Its records' time.
    pub(super) last_modified: Timestamp,
    /// Which collection.
    pub(super) path: CollectionPath,
}

impl Changes {
    /// Reads the times of everything that is published and monitored; `monitored` is `changes.resources`.
    pub(super) fn build(
        tx: &mut dyn Tx,
        settings: &Settings,
        monitored: Option<&[ResourceEnd]>,
    ) -> Result<Self, StorageError> {
        let host = host(&settings.public_url);
        let mut entries = Vec::new();
        for path in tx.list_published_paths()? {
            let listed = monitored.is_none_or(|ends| ends.iter().any(|end| covers(end, &path)));
            if !listed || settings.resources.of_published(&path).is_none() {
                continue;
            }
            if let Some(last_modified) = tx.find_timestamp(&ListKey::Records(path.clone()))? {
                entries.push(Change::new(path, last_modified, host));
            }
        }
        entries.sort_by(|a, b| b.last_modified.cmp(&a.last_modified).then_with(|| a.path.cmp(&b.path)));
        let mut changes = Self { entries, head: None, whole: None };
        changes.head = changes.timestamp().map(|timestamp| head(timestamp).into());
        changes.whole =
            changes.head.clone().map(|head| join(&head, &changes.entries.iter().collect::<Vec<_>>()));
        Ok(changes)
    }

    /// The highest time of all entries, filters or not.
    pub(super) fn timestamp(&self) -> Option<Timestamp> {
        self.entries.first().map(|change| change.last_modified)
    }

    /// The entries, newest first.
    pub(super) fn entries(&self) -> &[Change] {
        &self.entries
    }

    /// The changeset that is asked for.
    pub(super) fn body(&self, query: &Query, now: Timestamp) -> Body {
        let (Some(head), Some(whole)) = (&self.head, &self.whole) else {
            return Body::Json([&*head(now), TAIL].concat().into());
        };
        let Query { bucket, collection, limit, since, .. } = query;
        if bucket.is_none() && collection.is_none() && limit.is_none() && since.is_none() {
            return Body::Json(whole.clone());
        }
        let since = since.unwrap_or_default();
        let all = query.since.is_none();
        let shown = self
            .entries
            .iter()
            .take_while(|change| all || change.last_modified.as_millis() > since)
            .filter(|change| bucket.as_deref().is_none_or(|own| own == change.path.bucket.as_str()))
            .filter(|change| collection.as_deref().is_none_or(|own| own == change.path.collection.as_str()))
            .take(limit.unwrap_or(usize::MAX))
            .collect::<Vec<_>>();
        Body::Json(join(head, &shown))
    }
}

fn join(head: &Bytes, shown: &[&Change]) -> Bytes {
    let mut bytes = head.to_vec();
    for (index, change) in shown.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(&change.bytes);
    }
    bytes.extend_from_slice(TAIL);
    bytes.into()
}

impl Change {
    fn new(path: CollectionPath, last_modified: Timestamp, host: &str) -> Self {
        let id = entry_id(&path, host);
        let mut entry = Object::new();
        entry.insert("bucket", path.bucket.as_str());
        entry.insert("collection", path.collection.as_str());
        entry.insert("host", host);
        entry.insert("id", id.as_str());
        entry.insert("last_modified", last_modified.as_millis());
        Self { bytes: canonical::object_to_bytes(&entry).into(), id, last_modified, path }
    }
}

/// Host and port of the public URL.
pub(super) fn host(public_url: &str) -> &str {
    public_url.split_once("://").map_or(public_url, |(_, rest)| rest.split('/').next().unwrap_or(rest))
}

/// MD5 of host and URI, printed as a UUID whose version bits are left alone.
fn entry_id(path: &CollectionPath, host: &str) -> String {
    let uri = format!("{host}/buckets/{}/collections/{}", path.bucket, path.collection);
    let digest = hex(&Md5::digest(uri.as_bytes()));
    let mut id = String::with_capacity(36);
    for (index, digit) in digest.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}

fn covers(end: &ResourceEnd, path: &CollectionPath) -> bool {
    end.bucket == path.bucket
        && end.collection.as_ref().is_none_or(|collection| *collection == path.collection)
}

fn head(timestamp: Timestamp) -> Vec<u8> {
    let mut metadata = Object::new();
    metadata.insert("bucket", "monitor");
    head_bytes(metadata, timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_named_as_the_protocol_says() {
        let path = CollectionPath::parse("main/c1").unwrap();
        assert_eq!(entry_id(&path, "rs.example.com"), "ebcbe543-2277-b311-8397-7508f6853ed3");
    }

    #[test]
    fn the_host_is_that_of_the_public_url() {
        assert_eq!(host("http://127.0.0.1:8888"), "127.0.0.1:8888");
        assert_eq!(host("https://rs.example.com/prefix"), "rs.example.com");
    }
}
