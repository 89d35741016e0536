use super::*;
use crate::types::SeededRandom;

const SEC1: &str = include_str!("../../../fixtures/keys/sec1.pem");
const PKCS8: &str = include_str!("../../../fixtures/keys/pkcs8.pem");

fn public() -> LeafKey {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let pem = include_str!("../../../fixtures/keys/public.pem");
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    LeafKey::from_spki(&STANDARD.decode(lines).unwrap()).unwrap()
}

/// RFC 6979, A.2.6: the private key, and signatures of `sample` and `test` with SHA-384.
#[test]
fn signatures_are_those_of_rfc_6979() {
    let secret =
        "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5";
    let key = SigningKey::from_slice(&bytes(secret)).unwrap();
    let key = SignerKey(Secret::new(key).unwrap());
    let signatures = [
        (
            "sample",
            "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
            "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8",
        ),
        (
            "test",
            "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB0542A7F0812998DA8F1DD3CA3CF023DB",
            "DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E06A739F040649A667BF3B828246BAA5A5",
        ),
    ];
    for (message, r, s) in signatures {
        let signature = key.sign(&SigningInput::message(message.as_bytes())).unwrap();
        assert_eq!(signature.as_bytes().to_vec(), bytes(&format!("{r}{s}")), "{message}");
    }
}

#[test]
fn a_message_and_its_digest_get_the_same_signature() {
    let key = SignerKey::generate(&SeededRandom::new(1)).unwrap();
    let message = SigningInput::statement("{}");
    let digest: [u8; 48] = digest(&SHA384, b"Content-Signature:\0{}").as_ref().try_into().unwrap();
    let digest = SigningInput::content(crate::types::Sha384Digest::from_bytes(digest));
    let signature = key.sign(&message).unwrap();
    assert_eq!(key.sign(&digest).unwrap(), signature);
    assert_eq!(key.public().verify(&message, &signature), Ok(()));
    assert_eq!(key.public().verify(&digest, &signature), Ok(()));
}

#[test]
fn keys_come_in_the_forms_that_openssl_writes() {
    assert_eq!(*SignerKey::parse_pem(SEC1).unwrap().public(), public());
    assert_eq!(*SignerKey::parse_pem(PKCS8).unwrap().public(), public());
    assert_eq!(*IssuerKey::parse_pem(&format!("# mine\n{PKCS8}")).unwrap().public(), public());
    assert_eq!(*SignerKey::parse_pem(&SEC1.replace('\n', "\r\n")).unwrap().public(), public());
    let with_parameters = include_str!("../../../fixtures/keys/parameters-and-sec1.pem");
    assert!(SignerKey::parse_pem(with_parameters).is_ok());
    let first_of_two = format!("{PKCS8}{with_parameters}");
    assert_eq!(*SignerKey::parse_pem(&first_of_two).unwrap().public(), public());
}

#[test]
fn a_key_that_was_written_is_the_same_when_read() {
    let key = SignerKey::parse_pem(SEC1).unwrap();
    assert_eq!(key.to_pem().unwrap().as_str(), PKCS8);
}

#[test]
fn what_is_no_usable_key_is_refused_for_its_reason() {
    let refusal = |text: &str| SignerKey::parse_pem(text).map(drop).unwrap_err();
    assert_eq!(refusal(""), KeyError::Missing);
    assert_eq!(refusal("-----BEGIN "), KeyError::Missing);
    assert_eq!(refusal(include_str!("../../../fixtures/keys/public.pem")), KeyError::Missing);
    assert_eq!(refusal(include_str!("../../../fixtures/keys/encrypted-pkcs8.pem")), KeyError::Encrypted);
    assert_eq!(refusal(include_str!("../../../fixtures/keys/encrypted-sec1.pem")), KeyError::Encrypted);
    assert_eq!(refusal(include_str!("../../../fixtures/keys/p256.pem")), KeyError::Malformed);
    assert_eq!(refusal(&SEC1.replacen("MIGk", "MIGl", 1)), KeyError::Malformed);
    assert_eq!(refusal(SEC1.split_once("-----END").unwrap().0), KeyError::Malformed);
}

#[test]
fn keys_do_not_show_themselves() {
    assert_eq!(format!("{:?}", SignerKey::parse_pem(SEC1).unwrap()), "SignerKey(…)");
    assert_eq!(format!("{:?}", IssuerKey::parse_pem(SEC1).unwrap()), "IssuerKey(…)");
}

#[test]
fn new_keys_differ() {
    let random = SeededRandom::new(1);
    let (first, second) = (SignerKey::generate(&random).unwrap(), SignerKey::generate(&random).unwrap());
    assert_ne!(first.public(), second.public());
    assert_eq!(first.public(), SignerKey::generate(&SeededRandom::new(1)).unwrap().public());
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
