//! The records that are measured: revocations of 365 bytes with their time, in canonical form.

use countersign::types::Sha256Digest;

/// A record's id: in no order, as UUIDs are.
pub(crate) fn id(number: usize) -> String {
    let hex = Sha256Digest::of(&number.to_le_bytes()).to_hex();
    let groups = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    groups.map(|(from, to)| hex.get(from..to).unwrap_or_default()).join("-")
}

/// Canonical JSON of a record without `last_modified`. Another `revision`, another content.
pub(crate) fn json(number: usize, revision: u64) -> String {
    let id = id(number);
    let head = format!(
        r#"{{"details":{{"bug":"https://bugs.example/{number:07}","created":"2026-11-24","name":"","who":"","why":"."}},"enabled":false,"id":"{id}","issuerName":""#
    );
    let tail = format!(r#"","schema":{},"serialNumber":"{revision:032x}"}}"#, 1_795_490_000_000 + revision);
    format!("{head}{}{tail}", "A".repeat(CONTENT_BYTES.saturating_sub(head.len() + tail.len())))
}

/// 365 with `,"last_modified":1795500000000`.
const CONTENT_BYTES: usize = 335;
