use super::*;
use crate::types::{JsonLimits, Nul, Value};

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
            assert_eq!(error.kind, crate::types::JsonErrorKind::DuplicateKey);
            continue;
        }
        assert_eq!(String::from_utf8(to_bytes(&parse(input))).unwrap(), output, "{}", member("note"));
    }
}
