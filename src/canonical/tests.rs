use super::*;
use crate::types::{JsonErrorKind, JsonLimits, Nul, Object, Reader, Sha256Digest, Timestamp, Value};

const LIMITS: JsonLimits = JsonLimits { depth: 64, nul: Nul::Accepted };

fn parse(text: &str) -> Value {
    Value::parse(text.as_bytes(), LIMITS).unwrap()
}

#[test]
fn every_vector_of_canonical_json_is_met() {
    let vectors = parse(include_str!("../../fixtures/spec/canonical-json-vectors.json"));
    let vectors = vectors.as_list().unwrap();
    assert_eq!(vectors.len(), 103);
    for vector in vectors {
        let vector = vector.as_object().unwrap();
        let member = |name| vector.get(name).and_then(Value::as_text).unwrap();
        let (input, output) = (member("input"), member("output"));
        // The original's reader lets the last of two members win; ours refuses, since another one's lets the first.
        if member("note").starts_with("duplicate key") {
            let error = Value::parse(input.as_bytes(), LIMITS).unwrap_err();
            assert_eq!(error.kind, JsonErrorKind::DuplicateKey);
            continue;
        }
        assert_eq!(String::from_utf8(to_bytes(&parse(input))).unwrap(), output, "{}", member("note"));
    }
}

fn object(text: &str) -> Object {
    parse(text).as_object().unwrap().clone()
}

fn refusal(text: &str) -> (String, RefusalReason) {
    let refusal = content(&object(text)).unwrap_err();
    (refusal.pointer, refusal.reason)
}

#[test]
fn what_javascript_spells_otherwise_is_refused_at_the_door() {
    let vectors = parse(include_str!("../../fixtures/spec/canonical-json-vectors.json"));
    let mut refused = 0;
    for vector in vectors.as_list().unwrap() {
        let vector = vector.as_object().unwrap();
        let member = |name| vector.get(name).and_then(Value::as_text).unwrap();
        if member("note").starts_with("duplicate key") {
            continue;
        }
        let record = object(&format!("{{\"id\":\"a\",\"v\":{}}}", member("input")));
        let differs = member("note").contains("JavaScript clients produce") && member("input") != "-0";
        match content(&record) {
            Ok(content) => {
                assert!(!differs, "{}", member("note"));
                let bytes = format!("{{\"id\":\"a\",\"v\":{}}}", member("output"));
                assert_eq!(content.as_bytes(), bytes.as_bytes());
            }
            Err(refusal) => {
                assert!(differs, "{}: {refusal}", member("note"));
                assert!(refusal.pointer.starts_with("/v"), "{}", refusal.pointer);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 37);
}

#[test]
fn a_refusal_says_where_and_why() {
    use RefusalReason::{Deleted, Float, Id, IntegerRange, NameOrder, ToJson};
    assert_eq!(refusal(r#"{"id":"a","x":{"a/b~":[1,2.5]}}"#), ("/x/a~1b~0/1".into(), Float));
    assert_eq!(refusal(r#"{"id":"a","n":1e2}"#), ("/n".into(), Float));
    assert_eq!(refusal(r#"{"id":"a","n":18446744073709551616}"#), ("/n".into(), Float));
    assert_eq!(refusal(r#"{"id":"a","n":-9007199254740992}"#), ("/n".into(), IntegerRange));
    assert_eq!(refusal(r#"{"id":"a","x":[{"toJSON":null}]}"#), ("/x/0/toJSON".into(), ToJson));
    assert_eq!(refusal(r#"{"id":"a","x":{"\ue000":1,"😀":2}}"#), ("/x/😀".into(), NameOrder));
    assert_eq!(refusal(r#"{"id":"a","x":{"\uffff":1,"z":2,"é😀":2}}"#), ("/x/é😀".into(), NameOrder));
    assert_eq!(refusal(r#"{"id":"a","deleted":false}"#), ("/deleted".into(), Deleted));
    assert_eq!(refusal(r#"{"id":"a","deleted":null,"x":0.5}"#), ("/deleted".into(), Deleted));
    assert_eq!(refusal(r#"{"id":7}"#), ("/id".into(), Id));
    assert_eq!(refusal("{}"), ("/id".into(), Id));
    let refused = content(&object(r#"{"id":"a","x":[0.5]}"#)).unwrap_err();
    assert_eq!(refused.to_string(), "/x/0: numbers with fraction or exponent cannot be signed");
}

#[test]
fn what_all_implementations_agree_on_passes_the_door() {
    for text in [
        r#"{"id":"a","x":{"deleted":true}}"#,
        r#"{"id":"a","n":9007199254740991,"o":-9007199254740991,"p":0}"#,
        r#"{"id":"a","\ud83d\ude00":1,"\ud83d\ude01":2}"#,
        r#"{"id":"a","\ud83d\ude00\uffff":1}"#,
        r#"{"id":"a","\ue000":1,"\uffff":2}"#,
        r#"{"a":{"\ud83d\ude00":1},"b":{"\uffff":1},"id":"a"}"#,
    ] {
        assert_eq!(String::from_utf8(content(&object(text)).unwrap().as_bytes().to_vec()).unwrap(), text);
    }
    assert_eq!(content(&object(r#"{"id":"a","n":-0}"#)).unwrap().as_bytes(), br#"{"id":"a","n":0}"#);
}

#[test]
fn the_content_is_the_record_without_last_modified_and_null_attachment() {
    let record = object(
        r#"{"zoo":1,"last_modified":9,"id":"a","attachment":null,"b":{"attachment":null,"last_modified":1}}"#,
    );
    let content = content(&record).unwrap();
    assert_eq!(content.as_bytes(), br#"{"b":{"attachment":null,"last_modified":1},"id":"a","zoo":1}"#);
    let mut bytes = Vec::new();
    content.at(Timestamp::from_millis(17).unwrap()).write_to(&mut bytes);
    assert_eq!(bytes, br#"{"b":{"attachment":null,"last_modified":1},"id":"a","last_modified":17,"zoo":1}"#);
    let last = super::content(&object(r#"{"id":"a","last":1}"#)).unwrap();
    let mut bytes = Vec::new();
    last.at(Timestamp::from_millis(17).unwrap()).write_to(&mut bytes);
    assert_eq!(bytes, br#"{"id":"a","last":1,"last_modified":17}"#);
}

#[test]
fn a_content_that_is_never_signed_is_kept_as_it_is() {
    let record = object(
        r#"{"x":2.50,"deleted":true,"toJSON":1,"id":"a","attachment":null,"last_modified":1,"n":18446744073709551615}"#,
    );
    let content = plain_content(&record).unwrap();
    let expected =
        br#"{"attachment":null,"deleted":true,"id":"a","n":18446744073709551615,"toJSON":1,"x":2.5E0}"#;
    assert_eq!(content.as_bytes(), expected);
    let refused = Refusal { pointer: "/id".into(), reason: RefusalReason::Id };
    assert_eq!(plain_content(&object(r#"{"id":null}"#)).unwrap_err(), refused);
}

#[test]
fn a_client_hashes_what_has_a_canonical_form() {
    let text = r#"{"deleted":false,"id":"a","toJSON":1,"\uffff":1,"\ud83d\ude00":2}"#;
    assert_eq!(record(&object(text)).unwrap(), text.as_bytes());
    let refused = |text| record(&object(text)).unwrap_err();
    assert_eq!(refused(r#"{"x":[1.0]}"#), Refusal { pointer: "/x/0".into(), reason: RefusalReason::Float });
    assert_eq!(
        refused(r#"{"x":9007199254740992}"#),
        Refusal { pointer: "/x".into(), reason: RefusalReason::IntegerRange }
    );
}

#[test]
fn two_contents_that_differ_in_schema_alone_are_equal() {
    let digest = |text: &str| equality_digest(&plain_content(&object(text)).unwrap());
    let plain = digest(r#"{"id":"a","x":"},\"schema\":1"}"#);
    assert_eq!(plain, Sha256Digest::of(br#"{"id":"a","x":"},\"schema\":1"}"#));
    assert_eq!(
        digest(r#"{"id":"a","x":"},\"schema\":1","schema":{"a":[1,{"b":","}]},"last_modified":3}"#),
        plain
    );
    assert_eq!(digest(r#"{"id":"a","schema":1}"#), digest(r#"{"id":"a"}"#));
    assert_ne!(digest(r#"{"id":"a","x":{"id":"a","schema":1}}"#), digest(r#"{"id":"a","x":{"id":"a"}}"#));
    assert_ne!(digest(r#"{"id":"a","schemas":1}"#), digest(r#"{"id":"a"}"#));
}

#[test]
fn a_very_long_entry_is_read_only_as_it_must_be_spelled() {
    let entry = |members: &str, fill: usize| format!(r#"{{{members}"x":"{}"}}"#, "y".repeat(fill));
    let long = Entry::MAX_RESPELLED;
    let read = |text: &str| {
        let mut reader = Reader::new(text.as_bytes(), LIMITS);
        let entry = Entry::read(&mut reader).unwrap();
        reader.end().unwrap();
        let canonical = entry.canonical.map(std::borrow::Cow::into_owned);
        (canonical, entry.deleted, entry.id.map(std::borrow::Cow::into_owned), entry.last_modified)
    };
    let canonical = entry(r#""id":"a","last_modified":7,"#, long);
    assert_eq!(read(&canonical), (Some(canonical.into_bytes()), Deleted::No, Some("a".into()), Some(7)));
    for (fill, is_read) in [(long - 100, true), (long, false)] {
        let (bytes, deleted, id, last_modified) = read(&entry(r#""last_modified":7, "id":"a","#, fill));
        assert_eq!(bytes.is_some(), is_read);
        assert_eq!((deleted, id, last_modified), (Deleted::No, Some("a".into()), Some(7)));
    }
    let (_, deleted, id, last_modified) =
        read(&entry(r#""last_modified":"7", "id":3,"deleted":true,"#, long));
    assert_eq!((deleted, id, last_modified), (Deleted::Yes, None, None));
    assert_eq!(read(&entry(r#" "deleted":null,"#, long)).1, Deleted::Other);
}

#[test]
fn what_is_skipped_is_still_json() {
    let skip = |text: &str| {
        let mut reader = Reader::new(text.as_bytes(), JsonLimits { depth: 3, nul: Nul::Refused });
        reader.skip().and_then(|()| reader.end()).map_err(|error| error.kind)
    };
    for good in ["1", " null ", "\"\\u00e9\"", r#"{"a":[{"b":1.5e3}],"a":{}}"#, "[[[]]]"] {
        assert_eq!(skip(good), Ok(()), "{good}");
    }
    for (bad, kind) in [
        ("", JsonErrorKind::Syntax),
        ("{", JsonErrorKind::Syntax),
        ("{\"a\"}", JsonErrorKind::Syntax),
        ("[1,]", JsonErrorKind::Syntax),
        ("01", JsonErrorKind::Syntax),
        ("{}{}", JsonErrorKind::Syntax),
        ("\"\\ud800\"", JsonErrorKind::LoneSurrogate),
        ("\"\\u0000\"", JsonErrorKind::NulCharacter),
        ("[1e999]", JsonErrorKind::NumberRange),
        ("[[[[]]]]", JsonErrorKind::Depth),
    ] {
        assert_eq!(skip(bad), Err(kind), "{bad}");
    }
}
