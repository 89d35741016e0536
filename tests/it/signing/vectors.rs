//! The statement vectors of the specification, as far as signatures, chains and the statement's own text decide them.

use std::collections::BTreeMap;

use countersign::{
    signing::{
        Asked, Chain, ChainUnavailable, SignatureEntry, SignatureError, SignerName, StatementError, Verifier,
        VerifyError,
    },
    types::{CollectionPath, JsonLimits, Nul, Sha256Digest, Timestamp, Value},
};
use serde_json::Value as Json;

#[test]
fn every_vector_that_signature_or_statement_decides_has_its_outcome() {
    let vectors = load();
    let cases = vectors["statements"].as_array().unwrap();
    let by_note: BTreeMap<&str, &Json> =
        cases.iter().map(|case| (case["note"].as_str().unwrap(), case)).collect();
    let mut judged = BTreeMap::<&str, u64>::new();
    for case in cases {
        let case = inherit(case, &by_note);
        let note = case["note"].as_str().unwrap();
        let Some(outcome) = judge(&case, &vectors) else { continue };
        let mut expected = vec![case["outcome"].as_str().unwrap()];
        expected.extend(case["or"].as_array().into_iter().flatten().map(|or| or.as_str().unwrap()));
        // What the state and the records decide comes after the verifier said yes.
        let decided_later = [
            "Applied",
            "Equivocation",
            "Malformed",
            "Older",
            "RootMismatch",
            "Stale",
            "StatementMissing",
            "TimestampWentBack",
            "UpToDate",
        ];
        let fits = match outcome {
            "Verified" => {
                expected.iter().any(|name| decided_later.contains(name)) || case.get("refetch").is_some()
            }
            other => expected.contains(&other),
        };
        assert!(fits, "{note}: {outcome}, expected {expected:?}");
        *judged.entry(outcome).or_default() += 1;
    }
    let expected = [
        ("BadSignature", 65),
        ("ChainUnavailable", 14),
        ("Malformed", 78),
        ("TimestampMismatch", 2),
        ("TooFarAhead", 4),
        ("UnknownCritical", 4),
        ("UnknownType", 6),
        ("Verified", 118),
        ("WrongBucket", 3),
        ("WrongCollection", 4),
    ];
    assert_eq!(judged, BTreeMap::from(expected));
}

pub(super) fn load() -> Json {
    serde_json::from_str(include_str!("../../../fixtures/spec/statement-vectors.json")).unwrap()
}

/// The verifier's outcome, `None` where the answer has no `countersign` of the right shape: then the client decides.
fn judge(case: &Json, vectors: &Json) -> Option<&'static str> {
    let changeset = case.get("changeset")?;
    changeset.get("changes")?.as_array().filter(|changes| changes.iter().all(Json::is_object))?;
    let countersign = changeset.get("metadata")?.get("countersign")?;
    let fill = usize::try_from(case["fill"].as_u64().unwrap_or(0)).unwrap();
    let text = countersign.get("statement")?.as_str()?.replace("%fill%", &"x".repeat(fill));
    let limits = JsonLimits { depth: 64, nul: Nul::Accepted };
    let list = Value::parse(countersign.get("signatures")?.to_string().as_bytes(), limits).unwrap();
    let entries = SignatureEntry::read_list(list.as_list()?);
    let path = CollectionPath::parse(&format!(
        "{}/{}",
        case["asked"][0].as_str().unwrap(),
        case["asked"][1].as_str().unwrap()
    ))
    .unwrap();
    let timestamp = Timestamp::from_millis(changeset.get("timestamp")?.as_u64()?).ok()?;
    let root = case.get("root_sha256").unwrap_or_else(|| &vectors["root_sha256"]);
    let verifier = Verifier::new(
        Sha256Digest::parse(root.as_str().unwrap()).unwrap(),
        SignerName::parse(vectors["signer"].as_str().unwrap()).unwrap(),
    );
    let mut chains = |x5u: &str| fetch(x5u, &path, &vectors["chains"]).ok_or(ChainUnavailable);
    let verified = verifier.verify_statement(
        &text,
        &entries,
        &Asked::Changeset { path: &path, timestamp },
        &mut chains,
        Timestamp::from_millis(vectors["now"].as_u64().unwrap()).unwrap(),
    );
    Some(match verified {
        Ok(_) => "Verified",
        Err(VerifyError::Signature(SignatureError::BadSignature { .. })) => "BadSignature",
        Err(VerifyError::Signature(SignatureError::ChainUnavailable)) => "ChainUnavailable",
        Err(VerifyError::Statement(StatementError::Malformed(_))) => "Malformed",
        Err(VerifyError::Statement(StatementError::UnknownCritical)) => "UnknownCritical",
        Err(VerifyError::Statement(StatementError::UnknownType)) => "UnknownType",
        Err(VerifyError::TimestampMismatch) => "TimestampMismatch",
        Err(VerifyError::TooFarAhead) => "TooFarAhead",
        Err(VerifyError::WrongBucket) => "WrongBucket",
        Err(VerifyError::WrongCollection) => "WrongCollection",
    })
}

/// The case with what it takes from the one it is `like`, its `edits` made.
fn inherit(case: &Json, by_note: &BTreeMap<&str, &Json>) -> Json {
    let Some(like) = case["like"].as_str() else { return case.clone() };
    let mut whole = inherit(by_note[like], by_note);
    for (name, value) in case.as_object().unwrap() {
        whole[name] = value.clone();
    }
    for edit in case["edits"].as_array().into_iter().flatten() {
        let steps = edit[0].as_array().unwrap();
        let (last, way) = steps.split_last().unwrap();
        let mut place = &mut whole["changeset"];
        for step in way {
            place = match step.as_u64() {
                Some(index) => &mut place[usize::try_from(index).unwrap()],
                None => &mut place[step.as_str().unwrap()],
            };
        }
        match (last.as_u64().map(|index| usize::try_from(index).unwrap()), edit.get(1)) {
            (Some(index), Some(value)) if index == place.as_array().unwrap().len() => {
                place.as_array_mut().unwrap().push(value.clone());
            }
            (Some(index), Some(value)) => place[index] = value.clone(),
            (Some(index), None) => drop(place.as_array_mut().unwrap().remove(index)),
            (None, Some(value)) => place[last.as_str().unwrap()] = value.clone(),
            (None, None) => drop(place.as_object_mut().unwrap().remove(last.as_str().unwrap())),
        }
    }
    whole
}

/// What a client has that follows `x5u` to its own origin and no redirect.
fn fetch(x5u: &str, asked: &CollectionPath, chains: &Json) -> Option<Vec<u8>> {
    const ORIGIN: &str = "https://service.example.test";
    let path = if x5u.contains("://") {
        x5u.strip_prefix(ORIGIN).filter(|path| path.starts_with('/'))?.to_owned()
    } else if x5u.starts_with("//") || x5u.contains(':') {
        return None;
    } else if x5u.starts_with('/') {
        x5u.to_owned()
    } else {
        let base = format!("/v1/buckets/{}/collections/{}/changeset", asked.bucket, asked.collection);
        let mut folders: Vec<&str> = base.split('/').collect();
        folders.pop();
        for step in x5u.split('/') {
            if step == ".." {
                folders.pop();
            } else {
                folders.push(step);
            }
        }
        folders.join("/")
    };
    let served = chains.get(&path)?;
    if served.get("status").is_some_and(|status| status != 200) {
        return None;
    }
    let body = body(served, chains);
    (body.len() <= Chain::MAX_BYTES).then(|| body.into_bytes())
}

/// The text of an entry of `chains`.
pub(super) fn body(served: &Json, chains: &Json) -> String {
    match served {
        Json::String(name) if name.starts_with('/') => match name.split_once('#') {
            Some((name, number)) => {
                let whole = body(&chains[name], chains);
                let end = "-----END CERTIFICATE-----\n";
                whole.split_inclusive(end).nth(number.parse::<usize>().unwrap() - 1).unwrap().to_owned()
            }
            None => body(&chains[name.as_str()], chains),
        },
        Json::String(text) => text.clone(),
        Json::Array(parts) => parts.iter().map(|part| body(part, chains)).collect(),
        Json::Object(answer) => {
            let mut text = body(&answer["body"], chains);
            let size = answer.get("bytes").and_then(Json::as_u64).unwrap_or(0);
            while u64::try_from(text.len()).unwrap() < size {
                text.push('\n');
            }
            text
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => panic!("{served}"),
    }
}
