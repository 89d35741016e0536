//! Any bytes as an entry of a changeset, in one pass and as a value.

#![no_main]

use countersign::{
    canonical::{self, Deleted, Entry},
    types::{JsonLimits, Nul, Reader, Value},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = JsonLimits { depth: 64, nul: Nul::Accepted };
    let mut fast = Reader::new(bytes, limits);
    let mut slow = Reader::new(bytes, limits).with_negative_zero_as_float();
    match (Entry::read(&mut fast), slow.whole_object()) {
        (Ok(entry), Ok(object)) => {
            assert_eq!(fast.offset(), slow.offset());
            assert_eq!(entry.canonical.as_deref(), canonical::record(&object).ok().as_deref());
            assert_eq!(entry.id.as_deref(), object.get("id").and_then(Value::as_text));
            let deleted = match object.get("deleted") {
                None => Deleted::No,
                Some(Value::Bool(true)) => Deleted::Yes,
                Some(_) => Deleted::Other,
            };
            assert_eq!(entry.deleted, deleted);
            let time = object.get("last_modified").and_then(Value::as_integer);
            assert_eq!(entry.last_modified.map(i128::from), time.filter(|time| time.abs() < 1 << 53));
        }
        (Err(fast), Err(slow)) => assert_eq!(fast, slow),
        (fast, slow) => panic!("{fast:?} {slow:?}"),
    }
});
