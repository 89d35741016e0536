//! The hash of a whole collection: the message of its content signature, as a stream (`remote-settings` §4.1).

use ring::digest::{Context, SHA384};

use super::signature::SIGNING_PREFIX;
use crate::types::{RecordRef, Sha384Digest, Timestamp};

/// Takes records in the order of their ids and hashes the message that a content signature signs. Holds no records.
#[derive(Clone)]
pub struct ContentHasher {
    context: Context,
    /// What waits to be hashed: few pieces of whole blocks are faster than many of any length.
    buffer: Vec<u8>,
    has_records: bool,
}

impl ContentHasher {
    /// No records yet.
    pub fn new() -> Self {
        let mut buffer = Vec::with_capacity(BUFFER * 2);
        buffer.extend_from_slice(SIGNING_PREFIX);
        buffer.extend_from_slice(b"{\"data\":[");
        Self { context: Context::new(&SHA384), buffer, has_records: false }
    }

    /// Adds the next record.
    pub fn push(&mut self, record: &RecordRef<'_>) {
        self.separate();
        record.write_to(&mut self.buffer);
        self.hash_blocks();
    }

    /// Adds the next record: its canonical bytes, `last_modified` included.
    pub fn push_bytes(&mut self, record: &[u8]) {
        self.separate();
        self.buffer.extend_from_slice(record);
        self.hash_blocks();
    }

    /// The digest, with the records timestamp at the end.
    pub fn finish(mut self, timestamp: Timestamp) -> Sha384Digest {
        self.buffer.extend_from_slice(format!("],\"last_modified\":\"{timestamp}\"}}").as_bytes());
        self.context.update(&self.buffer);
        let digest = self.context.finish();
        let mut bytes = [0; 48];
        for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        Sha384Digest::from_bytes(bytes)
    }

    fn separate(&mut self) {
        if self.has_records {
            self.buffer.push(b',');
        }
        self.has_records = true;
    }

    fn hash_blocks(&mut self) {
        if self.buffer.len() >= BUFFER {
            let blocks = self.buffer.len() / BLOCK * BLOCK;
            self.context.update(self.buffer.get(..blocks).unwrap_or_default());
            self.buffer.drain(..blocks);
        }
    }
}

impl Default for ContentHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContentHasher").finish_non_exhaustive()
    }
}

/// Bytes of a block of SHA-384.
const BLOCK: usize = 128;
/// Bytes that are gathered before they are hashed: measured; stays in the processor's first cache.
const BUFFER: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        canonical,
        types::{JsonLimits, Nul, Value},
    };

    #[test]
    fn the_specified_message_has_the_specified_digest() {
        let expected = "93a81b3363cbc4e1807e6d55727e91530c628e16e95daa3814cca67cfe681def0fffbceefcc402d99542c93fef14d9fc";
        let record = Value::parse(
            r#"{"title":"café","id":"a"}"#.as_bytes(),
            JsonLimits { depth: 8, nul: Nul::Refused },
        );
        let content = canonical::content(record.unwrap().as_object().unwrap()).unwrap();
        let mut hasher = ContentHasher::new();
        hasher.push(&content.at(Timestamp::from_millis(1).unwrap()));
        assert_eq!(hasher.finish(Timestamp::from_millis(2).unwrap()).to_hex(), expected);
        let mut hasher = ContentHasher::new();
        hasher.push_bytes(br#"{"id":"a","last_modified":1,"title":"caf\u00e9"}"#);
        assert_eq!(hasher.finish(Timestamp::from_millis(2).unwrap()).to_hex(), expected);
    }

    #[test]
    fn pieces_are_joined_as_the_whole_message_is() {
        for (count, length) in [(0, 0), (1, 0), (2, 5000), (3000, 0), (300, 300)] {
            let filler = "x".repeat(length);
            let records: Vec<String> = (0..count)
                .map(|n| format!(r#"{{"id":"r{n}","last_modified":{n},"x":"{filler}"}}"#))
                .collect();
            let message =
                format!("Content-Signature:\0{{\"data\":[{}],\"last_modified\":\"7\"}}", records.join(","));
            let mut hasher = ContentHasher::default();
            for record in &records {
                hasher.push_bytes(record.as_bytes());
            }
            let digest = hasher.finish(Timestamp::from_millis(7).unwrap());
            assert_eq!(&digest.as_bytes()[..], ring::digest::digest(&SHA384, message.as_bytes()).as_ref());
        }
    }
}
