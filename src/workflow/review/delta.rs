//! What clients will fetch of a change: the changeset that brings them from what is published to what would be.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};

use super::{ReviewError, change::Change, source};
use crate::{
    canonical,
    storage::StorageError,
    types::{Object, Timestamp, Value},
    workflow::{Resource, Scope, published},
};

/// The size of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DeltaSize {
    /// Bytes as the service sends them.
    pub bytes: u64,
    /// Bytes as gzip, which caches in front of the service send.
    pub packed: u64,
}

/// Writes the changeset as it would be, and counts. Signatures are of one length, so those of now stand for those to come.
pub(super) fn measure(
    scope: &mut Scope<'_>,
    resource: &Resource,
    change: &Change,
    note: &mut dyn FnMut(u64),
) -> Result<DeltaSize, ReviewError> {
    let mut counted = Counted::new(GzEncoder::new(Counted::new(io::sink()), Compression::default()));
    let now = scope.now;
    let head = head(scope, resource, change)?;
    // Counting does not fail.
    let _head = counted.write_all(&head);
    let mut text = Vec::new();
    for (index, entry) in change.entries.iter().enumerate() {
        text.clear();
        if index > 0 {
            text.push(b',');
        }
        if let Some((content, _)) = entry.after {
            scope.tx.load_content(content)?.at(now).write_to(&mut text);
        } else {
            text.extend_from_slice(b"{\"deleted\":true,\"id\":");
            canonical::write_text(entry.id.as_str(), &mut text);
            text.extend_from_slice(format!(",\"last_modified\":{now}}}").as_bytes());
        }
        let _entry = counted.write_all(&text);
        note(1);
    }
    let _tail = counted.write_all(b"]}");
    let bytes = counted.bytes;
    let packed = counted.inner.finish().map_or(bytes, |packed| packed.bytes);
    Ok(DeltaSize { bytes, packed })
}

/// `{"metadata":{…},"timestamp":N,"changes":[`
fn head(scope: &mut Scope<'_>, resource: &Resource, change: &Change) -> Result<Vec<u8>, StorageError> {
    let path = &resource.destination;
    let metadata = published::metadata(scope.tx, &scope.services.settings, path)?;
    let mut metadata = metadata.unwrap_or_else(|| {
        let mut metadata = Object::new();
        metadata.insert("id", path.collection.as_str());
        metadata.insert("last_modified", Timestamp::as_millis(scope.now));
        metadata
    });
    source::replace_published(&mut metadata, &change.attributes_after);
    metadata.insert("bucket", path.bucket.as_str());
    let mut head = b"{\"metadata\":".to_vec();
    canonical::write(&Value::Object(metadata), &mut head);
    head.extend_from_slice(format!(",\"timestamp\":{},\"changes\":[", scope.now).as_bytes());
    Ok(head)
}

/// Counts what goes through, on its way to `W`.
#[derive(Debug)]
struct Counted<W> {
    bytes: u64,
    inner: W,
}

impl<W> Counted<W> {
    fn new(inner: W) -> Self {
        Self { bytes: 0, inner }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.bytes += u64::try_from(written).unwrap_or(u64::MAX);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
