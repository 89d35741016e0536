//! Any bytes as a proof.

#![no_main]

use countersign::{signing::tree::Proof, types::Sha256Digest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(proof) = Proof::parse(bytes) {
        assert_eq!(Proof::parse(proof.to_text().as_bytes()), Ok(proof.clone()));
        assert!(proof.verify(&Sha256Digest::of(b"a root that no path leads to")).is_err());
    }
});
