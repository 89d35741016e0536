//! Each chain of the specification's vectors, with the exact reason why it does not vouch.

use std::{collections::BTreeMap, sync::LazyLock};

use countersign::{
    signing::{Chain, ChainError, SignerName},
    types::{Sha256Digest, Timestamp},
};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::Value as Json;

use super::{NOW, at, vectors};

#[test]
fn every_chain_of_the_vectors_is_taken_or_refused_for_its_own_reason() {
    use ChainError as E;
    let refused = [
        ("any-eku", E::ExtendedKeyUsage),
        ("broken-certificate", E::Malformed),
        ("early-intermediate", E::NotYetValid),
        ("early-leaf", E::NotYetValid),
        ("empty", E::TooFewCertificates),
        ("excluded-subtree", E::NameConstraint),
        ("expired-intermediate", E::Expired),
        ("expired-leaf", E::Expired),
        ("intermediate-of-tls-eku", E::ExtendedKeyUsage),
        ("intermediate-without-eku", E::ExtendedKeyUsage),
        ("issuer-no-ca", E::IssuerIsNoAuthority),
        ("issuer-no-ca-with-keycertsign", E::IssuerIsNoAuthority),
        ("issuer-of-another-name", E::UnknownIssuer),
        ("issuer-without-basic-constraints", E::IssuerIsNoAuthority),
        ("leaf-begins-in-a-second", E::NotYetValid),
        ("leaf-ended-a-second-ago", E::Expired),
        ("leaf-p256", E::LeafKeyNotP384),
        ("leaf-signed-by-another-key", E::CertificateSignature),
        ("name-below-the-signer", E::NotTheSigner),
        ("name-in-cn-only", E::NotTheSigner),
        ("nine-certificates", E::TooManyCertificates),
        ("no-certificates", E::TooFewCertificates),
        ("no-eku", E::ExtendedKeyUsage),
        ("no-intermediate", E::UnknownIssuer),
        ("of-65537-bytes", E::TooLarge),
        ("only-the-pinned-root", E::TooFewCertificates),
        ("other-name", E::NotTheSigner),
        ("other-root", E::RootNotPinned),
        ("outside-constraints", E::NameConstraint),
        ("parent-of-the-name", E::NotTheSigner),
        ("path-length-exceeded", E::PathLength),
        ("pinned-root-appended", E::CertificateSignature),
        ("root-first", E::RootNotPinned),
        ("root-left-out", E::RootNotPinned),
        ("second-name-outside-constraints", E::NameConstraint),
        ("tls-eku", E::ExtendedKeyUsage),
        ("unknown-critical-extension", E::UnknownCriticalExtension),
        ("unknown-critical-extension-of-the-intermediate", E::UnknownCriticalExtension),
        ("wildcard", E::NotTheSigner),
    ];
    let taken = [
        "eight-certificates",
        "leaf-begins-now",
        "leaf-of-two-ekus",
        "name-below-constraint",
        "name-in-other-case",
        "name-second",
        "of-65536-bytes",
        "path-length-kept",
        "text-around",
        "unknown-extension",
        "vectors",
    ];
    let mut expected: BTreeMap<&str, Result<(), ChainError>> =
        refused.into_iter().map(|(name, reason)| (name, Err(reason))).collect();
    expected.extend(taken.map(|name| (name, Ok(()))));
    // The path library does not look at the key usage of issuers; the specification leaves that open.
    expected.insert("issuer-without-keycertsign", Ok(()));
    // Has a root of its own, whose dates do not matter.
    expected.insert("expired-root", Err(E::RootNotPinned));

    let vectors = vectors::load();
    let root = Sha256Digest::parse(vectors["root_sha256"].as_str().unwrap()).unwrap();
    let signer = SignerName::parse(vectors["signer"].as_str().unwrap()).unwrap();
    let now = Timestamp::from_millis(vectors["now"].as_u64().unwrap()).unwrap();
    let chains = vectors["chains"].as_object().unwrap();
    let found: BTreeMap<&str, Result<(), ChainError>> = chains
        .iter()
        .filter_map(|(path, served)| {
            let name = path.strip_prefix("/chains/")?.strip_suffix(".pem")?;
            let served = served.get("status").is_none().then_some(served)?;
            let document = vectors::body(served, &vectors["chains"]);
            let judged = Chain::parse_pem(document.as_bytes())
                .and_then(|chain| chain.verify(&root, &signer, now))
                .map(drop);
            Some((name, judged))
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_dates_of_a_pinned_root_do_not_matter() {
    let vectors = vectors::load();
    let case =
        vectors["statements"].as_array().unwrap().iter().find(|case| case["note"] == "chain: expired-root");
    let root = Sha256Digest::parse(case.unwrap()["root_sha256"].as_str().unwrap()).unwrap();
    let signer = SignerName::parse(vectors["signer"].as_str().unwrap()).unwrap();
    let document = vectors::body(&vectors["chains"]["/chains/expired-root.pem"], &vectors["chains"]);
    let chain = Chain::parse_pem(document.as_bytes()).unwrap();
    assert!(chain.verify(&root, &signer, at(NOW)).is_ok());
}

#[test]
fn certificates_with_bytes_behind_them_are_refused() {
    let vectors = vectors::load();
    let document = vectors::body(&vectors["chains"]["/chains/vectors.pem"], &vectors["chains"]);
    let root = Sha256Digest::parse(vectors["root_sha256"].as_str().unwrap()).unwrap();
    let signer = SignerName::parse(vectors["signer"].as_str().unwrap()).unwrap();
    // The leaf's DER has no padding in base64 exactly when four characters can be appended to its block.
    let end = "\n-----END CERTIFICATE-----\n";
    let (leaf, rest) = document.split_once(end).unwrap();
    let padded = leaf.trim_end_matches('=');
    let (kept, _) = padded.split_at(padded.len() - padded.lines().last().unwrap().len() % 4);
    let longer = format!("{kept}AAAA{end}{rest}");
    let judged = Chain::parse_pem(longer.as_bytes()).and_then(|chain| chain.verify(&root, &signer, at(NOW)));
    assert_eq!(judged.map(drop), Err(ChainError::Malformed));
}

proptest! {
    #[test]
    fn a_changed_document_vouches_only_if_its_certificates_are_the_same(
        changes in vec((any::<Index>(), any::<u8>()), 1..4)
    ) {
        let vectors = &*VECTORS;
        let root = Sha256Digest::parse(vectors["root_sha256"].as_str().unwrap()).unwrap();
        let signer = SignerName::parse(vectors["signer"].as_str().unwrap()).unwrap();
        let document = vectors::body(&vectors["chains"]["/chains/text-around.pem"], &vectors["chains"]);
        let original = Chain::parse_pem(document.as_bytes()).unwrap();
        let mut changed = document.into_bytes();
        for (place, byte) in changes {
            let place = place.index(changed.len());
            changed[place] = byte;
        }
        if let Ok(chain) = Chain::parse_pem(&changed)
            && chain.verify(&root, &signer, at(NOW)).is_ok()
        {
            prop_assert_eq!(chain, original);
        }
    }
}

/// Read once for all cases.
static VECTORS: LazyLock<Json> = LazyLock::new(vectors::load);

#[test]
fn a_block_that_does_not_end_or_is_no_base64_is_malformed() {
    let cases = [
        "-----BEGIN CERTIFICATE-----\nAAAA\n",
        "-----BEGIN CERTIFICATE-----\nA-_A\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ];
    for case in cases {
        assert_eq!(Chain::parse_pem(case.as_bytes()), Err(ChainError::Malformed), "{case}");
    }
}

#[test]
fn a_signer_is_a_plain_dns_name() {
    for good in ["countersign.localhost", "a", "Remote-Settings.example.test", "xn--caf-dma.example"] {
        assert_eq!(SignerName::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "*.example.test", "example.test.", "a_b.test", "a b", "-a.test", "127.0.0.1", "café.test"]
    {
        assert!(SignerName::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(SignerName::parse("A.test"), SignerName::parse("a.TEST"));
}
