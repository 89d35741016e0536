use proptest::{collection::vec, prelude::*};

use super::*;

const LIMITS: JsonLimits = JsonLimits { depth: 4, nul: Nul::Accepted };

fn parse(text: &str) -> Result<Value, JsonError> {
    Value::parse(text.as_bytes(), LIMITS)
}

fn error(bytes: &[u8]) -> (JsonErrorKind, usize, String) {
    let JsonError { kind, offset, pointer } = Value::parse(bytes, LIMITS).unwrap_err();
    (kind, offset, pointer)
}

fn refused(bytes: &[u8], kind: JsonErrorKind, offset: usize, pointer: &str) {
    assert_eq!(error(bytes), (kind, offset, pointer.to_owned()), "{}", String::from_utf8_lossy(bytes));
}

#[test]
fn numbers_are_read_to_the_last_bit() {
    let integer = |text: &str| parse(text).unwrap().as_integer();
    assert_eq!(integer("0"), Some(0));
    assert_eq!(integer("-0"), Some(0));
    assert_eq!(integer("18446744073709551615"), Some(18_446_744_073_709_551_615));
    assert_eq!(integer("-9223372036854775808"), Some(-9_223_372_036_854_775_808));
    let float = |text: &str| {
        let Ok(Value::Float(float)) = parse(text) else { panic!("{text}") };
        float.to_bits()
    };
    assert_eq!(float("18446744073709551616"), 18_446_744_073_709_551_616_f64.to_bits());
    assert_eq!(float("-9223372036854775809"), (-9_223_372_036_854_775_808_f64).to_bits());
    assert_eq!(float("100000000000000000000000"), 1e23_f64.to_bits());
    assert_eq!(float("-0.0"), (-0.0_f64).to_bits());
    assert_eq!(float("-0e5"), (-0.0_f64).to_bits());
    assert_eq!(float("1E+2"), 100_f64.to_bits());
    assert_eq!(float("2.2250738585072011e-308"), 0x000f_ffff_ffff_ffff);
    assert_eq!(float("1e-400"), 0);
    assert_eq!(float(&format!("0.{}1", "0".repeat(5000))), 0);
    assert_eq!(float(&format!("{}.5", "9".repeat(300))), 1e300_f64.to_bits());
}

#[test]
fn a_number_that_overflows_is_refused() {
    use JsonErrorKind::{NumberRange, Syntax};
    refused(b"[1,1e309]", NumberRange, 3, "/1");
    refused(b"-1.7976931348623159e308", NumberRange, 0, "");
    refused("9".repeat(400).as_bytes(), NumberRange, 0, "");
    for (text, offset) in [
        ("01", 1),
        ("-", 1),
        ("-01", 2),
        ("+1", 0),
        (".5", 0),
        ("1.", 2),
        ("1.e5", 2),
        ("1e", 2),
        ("1e+", 3),
        ("0x10", 1),
        ("1_000", 1),
        ("NaN", 0),
        ("Infinity", 0),
        ("-Infinity", 1),
        ("1 2", 2),
    ] {
        refused(text.as_bytes(), Syntax, offset, "");
    }
}

#[test]
fn texts_are_decoded() {
    let text = |text: &str| parse(text).unwrap().as_text().unwrap().to_owned();
    assert_eq!(text(r#""""#), "");
    assert_eq!(text(r#""\"\\\/\b\f\n\r\t""#), "\"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(text(r#""a\u0041\u00e9\u20AC\uD834\uDD1Eé€𝄞""#), "aAé€𝄞é€𝄞");
    assert_eq!(text("\"\u{7f}\u{80}\u{2028}\u{feff}\""), "\u{7f}\u{80}\u{2028}\u{feff}");
    assert_eq!(text(r#""\u0000""#), "\0");
}

#[test]
fn a_bad_text_is_refused() {
    use JsonErrorKind::{LoneSurrogate, NulCharacter, Syntax, Utf8};
    refused(br#"{"a":["\ud800"]}"#, LoneSurrogate, 7, "/a/0");
    refused(br#""\ud800\ud800""#, LoneSurrogate, 1, "");
    refused(br#""\ud800\u0041""#, LoneSurrogate, 1, "");
    refused(br#""\udc00\ud800""#, LoneSurrogate, 1, "");
    refused(br#"{"\udfff":1}"#, LoneSurrogate, 2, "");
    refused(br#""\ud800\u12""#, Syntax, 11, "");
    refused(br#""\u123g""#, Syntax, 6, "");
    refused(br#""\x""#, Syntax, 2, "");
    refused(b"\"a\nb\"", Syntax, 2, "");
    refused(b"\"a\0b\"", Syntax, 2, "");
    refused(b"\"abc", Syntax, 4, "");
    refused(b"\"abc\\", Syntax, 5, "");
    refused(b"'a'", Syntax, 0, "");
    refused(b"[\"\xff\"]", Utf8, 2, "/0");
    refused(b"\"\xc3\"", Utf8, 1, "");
    refused(b"\"ab\xed\xa0\x80\"", Utf8, 3, "");
    refused(b"\"\xc0\xaf\"", Utf8, 1, "");
    refused(b"\xff", Utf8, 0, "");
    refused("é".as_bytes(), Syntax, 0, "");
    let refusing = JsonLimits { nul: Nul::Refused, ..LIMITS };
    let error = Value::parse(br#"{"a":"x\u0000"}"#, refusing).unwrap_err();
    assert_eq!(error, JsonError { kind: NulCharacter, offset: 7, pointer: "/a".into() });
}

#[test]
fn what_is_around_the_value_is_white_space_alone() {
    assert_eq!(parse(" \t\r\n null \n").unwrap(), Value::Null);
    for (bytes, offset) in [
        (&b""[..], 0),
        (b"  ", 2),
        (b"\xef\xbb\xbfnull", 0),
        (b"null null", 5),
        (b"null,", 4),
        (b"nul", 3),
        (b"nulll", 4),
        (b"True", 0),
        (b"\x0cnull", 0),
        ("\u{a0}null".as_bytes(), 0),
        (b"null//", 4),
        (b"/**/null", 0),
        (b"null\0", 4),
    ] {
        refused(bytes, JsonErrorKind::Syntax, offset, "");
    }
}

#[test]
fn lists_and_objects_are_well_formed_or_refused() {
    let value = parse(r#" { "b" : [ ] , "a" : { } } "#).unwrap();
    assert_eq!(value.as_object().unwrap().iter().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b"]);
    for (text, offset, pointer) in [
        ("[", 1, ""),
        ("[1", 2, ""),
        ("[1,", 3, "/1"),
        ("[1,]", 3, "/1"),
        ("[,1]", 1, "/0"),
        ("[1 2]", 3, ""),
        ("[1}", 2, ""),
        ("]", 0, ""),
        ("{", 1, ""),
        ("{\"a\"", 4, "/a"),
        ("{\"a\":", 5, "/a"),
        ("{\"a\":1", 6, ""),
        ("{\"a\":1,", 7, ""),
        ("{\"a\":1,}", 7, ""),
        ("{,}", 1, ""),
        ("{a:1}", 1, ""),
        ("{1:1}", 1, ""),
        ("{\"a\" 1}", 5, "/a"),
        ("{\"a\":1]", 6, ""),
        ("{\"a\":{\"b/c~d\":[0,x]}}", 17, "/a/b~1c~0d/1"),
    ] {
        refused(text.as_bytes(), JsonErrorKind::Syntax, offset, pointer);
    }
}

#[test]
fn a_member_that_comes_twice_is_refused_however_it_is_spelled() {
    use JsonErrorKind::DuplicateKey;
    refused(br#"{"a":1,"a":1}"#, DuplicateKey, 7, "/a");
    refused(br#"{"a":1,"b":2,"\u0061":3}"#, DuplicateKey, 13, "/a");
    refused(br#"[{"x":{"c":1,"b":1,"a":1,"b":1,"a":1}}]"#, DuplicateKey, 25, "/0/x/b");
    refused(br#"{"":1,"":2}"#, DuplicateKey, 6, "/");
    // Normal forms of Unicode are different texts.
    assert_eq!(parse("{\"\u{e9}\":1,\"e\u{301}\":2}").unwrap().as_object().unwrap().len(), 2);
}

#[test]
fn nesting_ends_at_the_limit() {
    assert!(parse("[[[[0]]]]").is_ok());
    assert!(parse(r#"{"a":[{"b":[]}]}"#).is_ok());
    refused(b"[[[[[0]]]]]", JsonErrorKind::Depth, 4, "/0/0/0/0");
    refused(br#"{"a":[{"b":[{}]}]}"#, JsonErrorKind::Depth, 12, "/a/0/b/0");
    refused("[".repeat(1_000_000).as_bytes(), JsonErrorKind::Depth, 4, "/0/0/0/0");
    let scalar = JsonLimits { depth: 0, nul: Nul::Accepted };
    assert_eq!(Value::parse(b"7", scalar).unwrap(), Value::Integer(7));
    assert_eq!(Value::parse(b"[]", scalar).unwrap_err().kind, JsonErrorKind::Depth);
    // Whatever a caller asks for, nothing gets deep enough for a stack to end.
    let boundless = JsonLimits { depth: usize::MAX, nul: Nul::Accepted };
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Value::parse(nested(JsonLimits::MAX_DEPTH).as_bytes(), boundless).is_ok());
    let error = Value::parse(nested(JsonLimits::MAX_DEPTH + 1).as_bytes(), boundless).unwrap_err();
    assert_eq!((error.kind, error.offset), (JsonErrorKind::Depth, JsonLimits::MAX_DEPTH));
}

#[test]
fn an_object_of_many_members_in_any_order_is_read_in_reasonable_time() {
    let members: Vec<String> = (0..200_000).rev().map(|n| format!("\"{n:06}\":{n}")).collect();
    let value = parse(&format!("{{{}}}", members.join(","))).unwrap();
    assert_eq!(value.as_object().unwrap().len(), 200_000);
    assert_eq!(value.as_object().unwrap().get("001234"), Some(&Value::Integer(1234)));
}

#[test]
fn errors_say_what_and_where() {
    let error = parse("[1,]").unwrap_err();
    assert_eq!(error.to_string(), "syntax error at byte 3");
}

#[test]
fn a_text_is_read_piece_by_piece() {
    let text = br#"{"b":[1,[2]],"a":{"x":null},"c":7}"#;
    let mut reader = Reader::new(text, LIMITS);
    let mut seen = Vec::new();
    let read: Result<(), JsonError> = reader.object(|reader, name| {
        match name {
            "b" => reader.list(|reader| {
                seen.push(reader.value()?);
                Ok::<(), JsonError>(())
            })?,
            "a" => seen.push(Value::Object(reader.whole_object()?)),
            _ => seen.push(reader.value()?),
        }
        Ok(())
    });
    assert_eq!((read, reader.end(), reader.offset()), (Ok(()), Ok(()), text.len()));
    assert_eq!(seen.len(), 4);
    assert_eq!(seen[1], Value::List(vec![Value::Integer(2)]));
}

#[test]
fn a_text_read_piece_by_piece_is_as_strict() {
    let read = |text: &str, limits: JsonLimits| -> Result<(), JsonError> {
        let mut reader = Reader::new(text.as_bytes(), limits);
        reader.object(|reader, _| reader.list(|reader| reader.value().map(drop)))?;
        reader.end()
    };
    let refused = |text: &str, kind, offset, pointer: &str| {
        assert_eq!(read(text, LIMITS), Err(JsonError { kind, offset, pointer: pointer.to_owned() }));
    };
    assert_eq!(read(r#" { "a" : [ 1 ] , "b" : [ ] } "#, LIMITS), Ok(()));
    refused(r#"{"a":[],"\u0061":[]}"#, JsonErrorKind::DuplicateKey, 8, "/a");
    refused("[]", JsonErrorKind::Type, 0, "");
    refused(r#"{"a":{}}"#, JsonErrorKind::Type, 5, "/a");
    refused(r#"{"a":-1}"#, JsonErrorKind::Type, 5, "/a");
    refused(r#"{"a":x}"#, JsonErrorKind::Syntax, 5, "/a");
    refused(r#"{"a":[{"b":tru}]}"#, JsonErrorKind::Syntax, 14, "/a/0/b");
    refused(r#"{"a":[]}x"#, JsonErrorKind::Syntax, 8, "");
    refused(r#"{"a":[[[[]]]]}"#, JsonErrorKind::Depth, 8, "/a/0/0/0");
    let shallow = JsonLimits { depth: 1, ..LIMITS };
    assert_eq!(read(r#"{"a":[]}"#, shallow).map_err(|error| error.kind), Err(JsonErrorKind::Depth));
}

#[test]
fn what_is_skipped_is_json_all_the_same() {
    let skip = |text: &str| {
        let mut reader = Reader::new(text.as_bytes(), LIMITS);
        reader.skip().and_then(|()| reader.end())
    };
    assert_eq!(skip(r#" {"a":[1,{"b":"x","b":-0.5e1}],"c":[[]]} "#), Ok(()));
    let refused = |text: &str, kind, offset, pointer: &str| {
        assert_eq!(skip(text), Err(JsonError { kind, offset, pointer: pointer.to_owned() }));
    };
    refused(r#"{"a":[1,{"b":tru}]}"#, JsonErrorKind::Syntax, 16, "/a/1/b");
    refused(r#"{"a":["\ud800"]}"#, JsonErrorKind::LoneSurrogate, 7, "/a/0");
    refused("[1e999]", JsonErrorKind::NumberRange, 1, "/0");
    refused("[[[[{}]]]]", JsonErrorKind::Depth, 4, "/0/0/0/0");
    refused("", JsonErrorKind::Syntax, 0, "");
}

#[test]
fn negative_zero_is_an_integer_unless_asked_otherwise() {
    assert_eq!(parse("-0").unwrap(), Value::Integer(0));
    let spelled = Reader::new(b"[-0,-0.0,0]", LIMITS).with_negative_zero_as_float().value().unwrap();
    let bits = |value: &Value| if let Value::Float(float) = value { Some(float.to_bits()) } else { None };
    let expected = Some((-0.0_f64).to_bits());
    assert_eq!(spelled.as_list().unwrap().iter().map(bits).collect::<Vec<_>>(), [expected, expected, None]);
}

#[test]
fn an_object_keeps_its_members_in_order_and_once() {
    let mut object = Object::new();
    assert_eq!(object.insert("b", 1_u64), None);
    assert_eq!(object.insert("a", "x"), None);
    assert_eq!(object.insert("b", 2_u64), Some(Value::Integer(1)));
    assert_eq!(object.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((object.get("b"), object.has("c"), object.len()), (Some(&Value::Integer(2)), false, 2));
    assert_eq!(object.remove("a"), Some(Value::from("x")));
    let members = |names: [&str; 3]| names.map(|name| (name.to_owned(), Value::Null)).to_vec();
    assert_eq!(
        Object::from_members(members(["c", "a", "b"])).unwrap().iter().next(),
        Some(("a", &Value::Null))
    );
    assert_eq!(Object::from_members(members(["c", "a", "c"])), Err("c".to_owned()));
}

proptest! {
    #[test]
    fn what_is_json_is_what_another_reader_takes_for_json(
        pieces in vec(prop::sample::select(PIECES), 0..12),
        text in "[\\[\\]{}:,\"\\\\ue0-9.+a-f -]{0,12}",
    ) {
        for text in [pieces.concat(), text] {
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            let ours = Value::parse(text.as_bytes(), JsonLimits { depth: 64, nul: Nul::Accepted });
            match ours.map_err(|error| error.kind) {
                Ok(_) => prop_assert!(theirs, "{text}"),
                Err(JsonErrorKind::Syntax) => prop_assert!(!theirs, "{text}"),
                // What it skips it does not look at so closely.
                Err(JsonErrorKind::DuplicateKey | JsonErrorKind::LoneSurrogate | JsonErrorKind::NumberRange) => {}
                Err(kind) => prop_assert!(false, "{kind}: {text}"),
            }
        }
    }
}

/// What JSON is made of, and what comes near it.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    " ",
    "\n",
    "\"",
    "\"a\"",
    "\"a\":",
    "{\"a\":1}",
    "[]",
    "0",
    "1",
    "-",
    "-0",
    "01",
    "1.5",
    ".",
    "1e5",
    "E+1",
    "true",
    "fals",
    "false",
    "null",
    "nul",
    "\\u00e9",
    "\\",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "é",
    "\u{7f}",
    "\u{1f}",
    "\u{feff}",
    "1e999",
];
