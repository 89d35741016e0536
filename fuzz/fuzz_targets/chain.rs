//! Any bytes as a chain document, and as a signature's text.

#![no_main]

use countersign::{
    signing::{Chain, Signature, SignerName},
    types::{Sha256Digest, Timestamp},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let now = Timestamp::from_millis(1_795_500_000_000).unwrap_or_default();
    if let (Ok(chain), Ok(signer)) = (Chain::parse_pem(bytes), SignerName::parse("settings.example.test")) {
        let count = chain.iter().count();
        assert!((2..=Chain::MAX_CERTIFICATES).contains(&count));
        assert!(chain.verify(&Sha256Digest::of(b"a root that nobody has"), &signer, now).is_err());
        // The path itself, under whatever root the document brings.
        let _judged = chain.verify(&chain.root_digest(), &signer, now);
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(signature) = Signature::parse(text)
    {
        assert_eq!(signature.to_string(), text);
    }
});
