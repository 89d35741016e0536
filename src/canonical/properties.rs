//! Properties that hold for every value and every text.

use std::{borrow::Cow, fmt::Write};

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::types::{JsonError, JsonLimits, Nul, Object, Reader, Value};

const LIMITS: JsonLimits = JsonLimits { depth: 16, nul: Nul::Accepted };

/// Characters where something may go wrong: escapes, the ends of the encodings' ranges, what UTF-16 orders otherwise.
fn a_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => proptest::char::range(' ', '~'),
        1 => proptest::char::range('\0', '\u{9f}'),
        1 => prop_oneof![Just('\u{7ff}'), Just('\u{d7ff}'), Just('\u{e000}'), Just('\u{ffff}'), Just('\u{10000}')],
        1 => any::<char>(),
    ];
    vec(character, 0..12).prop_map(String::from_iter)
}

fn a_name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]{0,2}",
        1 => prop_oneof![Just("id"), Just("last_modified"), Just("deleted"), Just("toJSON")].prop_map(str::to_owned),
        1 => a_text(),
    ]
}

fn a_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(Value::Float),
        (-20_i128..20).prop_map(Value::Integer),
        (-(1_i128 << 63)..1 << 64).prop_map(Value::Integer),
        a_text().prop_map(Value::Text),
    ];
    scalar.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::List),
            an_object_of(inner).prop_map(Value::Object)
        ]
    })
}

fn an_object_of(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Object> {
    vec((a_name(), value), 0..6).prop_map(|members| {
        let mut object = Object::new();
        for (name, value) in members {
            object.insert(name, value);
        }
        object
    })
}

/// Members that an entry of a changeset has, most of the time.
fn an_entry() -> impl Strategy<Value = Object> {
    (an_object_of(a_value()), a_text(), any::<u32>(), 0..4_u8).prop_map(|(mut object, id, time, whole)| {
        if whole > 0 {
            object.insert("id", id);
            object.insert("last_modified", u64::from(time));
        }
        object
    })
}

/// The same value in another spelling, `choices` saying which.
fn respell(value: &Value, choices: &mut impl Iterator<Item = u8>, out: &mut String) {
    let mut choose = |of: u8| choices.next().unwrap_or_default() % of;
    let space = ["", "", "", " ", "\n\t"][usize::from(choose(5))];
    out.push_str(space);
    match value {
        Value::List(list) => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                respell(item, choices, out);
            }
            out.push(']');
        }
        Value::Object(object) => {
            let mut members: Vec<(&str, &Value)> = object.iter().collect();
            if choose(3) == 0 {
                members.reverse();
            }
            out.push('{');
            for (index, (name, member)) in members.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                respell(&Value::from(name), choices, out);
                out.push(':');
                respell(member, choices, out);
            }
            out.push('}');
        }
        Value::Text(text) => {
            out.push('"');
            let is_raw = choose(3) == 0;
            for character in text.chars() {
                if is_raw && character > '\u{7e}' {
                    out.push(character);
                } else if choose(20) == 0 {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(out, "\\u{unit:04X}").unwrap();
                    }
                } else {
                    let mut quoted = Vec::new();
                    write_text(&character.to_string(), &mut quoted);
                    out.push_str(std::str::from_utf8(&quoted[1..quoted.len() - 1]).unwrap());
                }
            }
            out.push('"');
        }
        Value::Integer(0) if choose(8) == 0 => out.push_str("-0"),
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null => {
            out.push_str(std::str::from_utf8(&to_bytes(value)).unwrap());
        }
    }
    out.push_str(space);
}

/// What an entry is, without the fast way: the whole value is read and written again.
fn slow_entry(bytes: &[u8]) -> Result<(Entry<'_>, usize), JsonError> {
    let mut reader = Reader::new(bytes, LIMITS).with_negative_zero_as_float();
    let object = reader.whole_object()?;
    let entry = Entry {
        canonical: record(&object).ok().map(Cow::Owned),
        deleted: object.get("deleted").map_or(Deleted::No, |deleted| {
            if *deleted == Value::Bool(true) { Deleted::Yes } else { Deleted::Other }
        }),
        id: object.get("id").and_then(Value::as_text).map(|id| Cow::Owned(id.to_owned())),
        last_modified: object
            .get("last_modified")
            .and_then(Value::as_integer)
            .filter(|time| time.abs() < 1 << 53)
            .map(|time| i64::try_from(time).unwrap()),
    };
    Ok((entry, reader.offset()))
}

fn fast_entry(bytes: &[u8]) -> Result<(Entry<'_>, usize), JsonError> {
    let mut reader = Reader::new(bytes, LIMITS);
    let entry = Entry::read(&mut reader)?;
    Ok((entry, reader.offset()))
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(value in a_value()) {
        let bytes = to_bytes(&value);
        prop_assert!(bytes.iter().all(|byte| (b' '..=b'~').contains(byte)));
        let read = Value::parse(&bytes, LIMITS).unwrap();
        prop_assert_eq!(to_bytes(&read), bytes);
        prop_assert_eq!(read, value);
    }

    #[test]
    fn every_spelling_has_one_canonical_form(value in a_value(), choices in vec(any::<u8>(), 1..40)) {
        let mut text = String::new();
        respell(&value, &mut choices.into_iter().cycle(), &mut text);
        let read = Value::parse(text.as_bytes(), LIMITS).unwrap();
        prop_assert_eq!(to_bytes(&read), to_bytes(&value), "{}", text);
    }

    #[test]
    fn a_content_reads_back_as_the_record_without_its_time(object in an_entry()) {
        if let Ok(content) = content(&object) {
            let mut expected = object;
            expected.remove("last_modified");
            if expected.get("attachment") == Some(&Value::Null) {
                expected.remove("attachment");
            }
            prop_assert_eq!(content.as_bytes(), &*object_to_bytes(&expected));
            let mut record = Vec::new();
            content.at(crate::types::Timestamp::MAX).write_to(&mut record);
            expected.insert("last_modified", crate::types::Timestamp::MAX.as_millis());
            prop_assert_eq!(record, object_to_bytes(&expected));
            expected.remove("last_modified");
            expected.remove("schema");
            let digest = crate::types::Sha256Digest::of(&object_to_bytes(&expected));
            prop_assert_eq!(equality_digest(&content), digest);
        }
    }

    #[test]
    fn a_canonical_entry_is_taken_as_it_came(object in an_entry()) {
        let bytes = object_to_bytes(&object);
        let entry = fast_entry(&bytes).unwrap().0;
        prop_assert_eq!(matches!(entry.canonical, Some(Cow::Borrowed(same)) if same == bytes), record(&object).is_ok());
    }

    #[test]
    fn the_fast_way_and_the_slow_way_see_the_same_entry(
        object in an_entry(),
        choices in vec(any::<u8>(), 1..40),
        after in "[ ,x]{0,2}",
    ) {
        let mut text = String::new();
        respell(&Value::Object(object), &mut choices.into_iter().cycle(), &mut text);
        text.push_str(&after);
        prop_assert_eq!(fast_entry(text.as_bytes()), slow_entry(text.as_bytes()), "{}", text);
    }

    #[test]
    fn a_damaged_entry_is_seen_the_same_both_ways(
        object in an_entry(),
        place in any::<prop::sample::Index>(),
        byte in prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\{}[],:0-.eu \x7f\x1f\xc3"[..])],
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = object_to_bytes(&object);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        prop_assert_eq!(fast_entry(&bytes), slow_entry(&bytes), "{}", String::from_utf8_lossy(&bytes));
        bytes.truncate(cut.index(bytes.len() + 1));
        prop_assert_eq!(fast_entry(&bytes), slow_entry(&bytes), "{}", String::from_utf8_lossy(&bytes));
    }
}
