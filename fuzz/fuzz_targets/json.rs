//! Any bytes as JSON.

#![no_main]

use countersign::{
    canonical,
    types::{JsonErrorKind, JsonLimits, Nul, Value},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Below the depth at which the other reader stops.
    let limits = JsonLimits { depth: 100, nul: Nul::Accepted };
    let ours = Value::parse(bytes, limits);
    if let Ok(text) = std::str::from_utf8(bytes) {
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        match ours.as_ref().map_err(|error| error.kind) {
            Ok(_) => assert!(theirs),
            Err(JsonErrorKind::Syntax) => assert!(!theirs),
            Err(_) => {}
        }
    }
    match ours {
        Ok(value) => {
            let canonical = canonical::to_bytes(&value);
            assert!(canonical.iter().all(|byte| (b' '..=b'~').contains(byte)));
            let again = Value::parse(&canonical, limits).unwrap();
            assert_eq!(again, value);
            assert_eq!(canonical::to_bytes(&again), canonical);
            if let Value::Object(record) = value {
                // What passes the door has a canonical form for clients.
                if let Ok(content) = canonical::content(&record) {
                    let content = Value::parse(content.as_bytes(), limits).unwrap();
                    assert!(canonical::record(content.as_object().unwrap()).is_ok());
                }
            }
        }
        Err(error) => assert!(error.offset <= bytes.len()),
    }
});
