//! Filters, orders and the search against the tables of `kinto-api` §11.

use super::{order::compare, *};
use crate::types::{JsonLimits, Nul, RecordRef, Timestamp, Value};

fn value(text: &str) -> Value {
    Value::parse(text.as_bytes(), LIMITS).unwrap()
}

/// Asks canonical bytes and members; both say the same.
fn holds(filter: &Filter, entry: &str) -> bool {
    let entry = value(entry);
    let bytes = crate::canonical::to_bytes(&entry);
    let record = RecordRef { content: &bytes, splice: 0, last_modified: Timestamp::from_millis(7).unwrap() };
    let found = filter.matches_record(record);
    assert_eq!(filter.matches(entry.as_object().unwrap()), found, "{filter:?} on {entry:?}");
    found
}

fn asked(query: &str, entry: &str) -> bool {
    let (name, raw) = query.split_once('=').unwrap();
    holds(&Filter::parse(name, raw, LIMITS).unwrap(), entry)
}

#[test]
fn filters_follow_the_table_of_the_protocol() {
    let some = r#"{"b":true,"id":"x","l":["red",1,{"a":1,"b":2}],"n":2,"nul":null,"o":{"p":{"q":"deep"}},"t":"Baltimore Root"}"#;
    for (query, expected) in [
        ("n=2", true),
        ("n=2.0", true),
        ("n=\"2\"", false),
        ("eq_n=2", true),
        ("nul=null", true),
        ("gone=null", false),
        ("b=1", false),
        ("o={\"p\":{\"q\":\"deep\"}}", true),
        ("o.p.q=deep", true),
        ("o.p.x=deep", false),
        ("t.x=deep", false),
        ("not_n=2", false),
        ("not_n=3", true),
        ("not_gone=3", true),
        ("lt_n=3", true),
        ("lt_n=2", false),
        ("max_n=2", true),
        ("lt_gone=3", false),
        ("gt_n=1", true),
        ("gt_n=2", false),
        ("min_n=2", true),
        ("min_gone=2", true),
        // A text is less than a number, and a truth value more.
        ("lt_t=0", true),
        ("gt_b=1000", true),
        ("in_n=1,2", true),
        ("in_n=\"2\",x", false),
        ("in_n=", false),
        ("in_b=1", false),
        ("exclude_n=1,3", true),
        ("exclude_n=2", false),
        ("exclude_gone=2", true),
        ("exclude_n=", true),
        ("like_t=baltimore", true),
        ("like_t=*ROOT", true),
        ("like_t=root*", false),
        ("like_t=b*o*t", true),
        ("like_t=b*ore", false),
        ("like_t=%", false),
        ("like_gone=x", false),
        ("like_n=\"2\"", true),
        ("has_nul=true", true),
        ("has_gone=true", false),
        ("has_gone=false", true),
        ("has_n=abc", true),
        ("has_n=0", false),
        ("contains_l=red", true),
        ("contains_l=[\"red\",1]", true),
        ("contains_l=[\"red\",3]", false),
        ("contains_l={\"a\":1}", true),
        ("contains_t=red", false),
        ("contains_any_l=[3,1]", true),
        ("contains_any_l={\"a\":1}", false),
        ("contains_any_gone=1", false),
    ] {
        assert_eq!(asked(query, some), expected, "{query}");
    }
}

#[test]
fn a_name_with_dots_is_found_before_a_path() {
    assert!(asked("a.b=1", r#"{"a":{"b":2},"a.b":1}"#));
    assert!(asked("a.b.c=1", r#"{"a":{"b.c":1}}"#));
    assert!(asked("a.b.c=1", r#"{"a.b":{"x":0},"a":{"b":{"c":1}}}"#));
    assert!(asked("\u{e9}\".b=1", "{\"\u{e9}\\\"\":{\"b\":1}}"));
}

#[test]
fn values_are_skipped_whatever_they_hold() {
    let entry = r#"{"a":"}\",\"z\":1","b":[["]"],{"z":2}],"c":-1.5e3,"z":3}"#;
    assert!(asked("z=3", entry));
    assert!(asked("c=-1500", entry));
    assert!(!asked("z=1", entry));
}

#[test]
fn an_operator_is_a_prefix_of_a_plain_name() {
    for (name, operator, field) in [
        ("min_age", Operator::Min, "age"),
        ("contains_any_tags", Operator::ContainsAny, "tags"),
        ("contains_any", Operator::Contains, "any"),
        ("eq_min_age", Operator::Equals, "min_age"),
        ("gt_my-field", Operator::Equals, "gt_my-field"),
        ("MIN_n", Operator::Equals, "MIN_n"),
        ("min_", Operator::Equals, "min_"),
        ("", Operator::Equals, ""),
    ] {
        assert_eq!(Operator::split(name), (operator, field), "{name}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let error = |name: &str, raw: &str| Filter::parse(name, raw, LIMITS).unwrap_err();
    for (name, raw) in [("like_x", "2"), ("id", "1"), ("in_id", "a,1")] {
        assert_eq!(error(name, raw), FilterError::NotText { name: name.to_owned() });
    }
    assert_eq!(error("contains_id", "a"), FilterError::NotList { field: "id".to_owned() });
}

#[test]
fn what_people_type_means_the_number_and_the_text() {
    for (operator, typed, entry, expected) in [
        (Operator::Equals, "2077222", r#"{"f":2077222}"#, true),
        (Operator::Equals, "2077222", r#"{"f":"2077222"}"#, true),
        (Operator::Equals, "true", r#"{"f":"false"}"#, false),
        (Operator::Not, "true", r#"{"f":true}"#, false),
        (Operator::Like, "207", r#"{"f":2077222}"#, true),
        (Operator::Contains, "1", r#"{"f":["1"]}"#, true),
        (Operator::Has, "true", "{}", false),
        (Operator::Has, "false", "{}", true),
    ] {
        assert_eq!(
            holds(&Filter::typed(operator, "f", typed), entry),
            expected,
            "{operator:?} {typed} {entry}"
        );
    }
}

#[test]
fn values_of_all_types_have_an_order() {
    let ascending = [
        "null",
        "\"\"",
        "\"a\"",
        "\"b\"",
        "-1",
        "1.5",
        "2",
        "false",
        "true",
        "[]",
        "[2]",
        "[1,1]",
        "{}",
        r#"{"a":1}"#,
    ];
    for pair in ascending.windows(2) {
        assert!(compare(Some(&value(pair[0])), Some(&value(pair[1]))).is_lt(), "{pair:?}");
    }
    assert!(compare(Some(&value("{}")), None).is_lt());
    assert!(compare(Some(&value("2")), Some(&value("2.0"))).is_eq());
}

#[test]
fn an_order_is_read_and_written() {
    let sort = Sort::parse(" -details.bug , +name,title, bad-one,,");
    assert_eq!(sort.to_text(), "-details.bug,name,title");
    assert_eq!(Sort::parse("").by_time(), Some(Direction::Descending));
    assert_eq!(Sort::parse("last_modified,x").by_time(), Some(Direction::Ascending));
    assert_eq!(sort.by_time(), None);
    let keys = |entry: &str| {
        let bytes = entry.as_bytes().to_vec();
        let at = Timestamp::from_millis(7).unwrap();
        sort.keys(RecordRef { content: &bytes, splice: 0, last_modified: at })
    };
    let (one, two, none) = (
        keys(r#"{"details":{"bug":1},"name":"b"}"#),
        keys(r#"{"details":{"bug":2}}"#),
        keys(r#"{"name":"a"}"#),
    );
    assert!(sort.compare(&two, &one).is_lt() && sort.compare(&none, &two).is_lt());
}

#[test]
fn a_search_finds_words_in_values_and_not_in_names() {
    let content = r#"{"enabled":false,"id":"abc-1","issuer":"Baltimore CyberTrust","note":"caf\u00e9 \"u00e9\"","version":115}"#;
    for (typed, expected) in [
        ("", true),
        ("baltimore", true),
        ("TRUST balti", true),
        ("baltimore nothing", false),
        ("enabled", false),
        ("false", true),
        ("115", true),
        ("ABC-1", true),
        ("caf\u{c9}", true),
        ("caf\u{e9}s", false),
        ("\"u00e9\"", true),
        ("u00e9", true),
        ("\\u00e9", false),
        ("n\":\"", false),
    ] {
        assert_eq!(Search::parse(typed).finds(record(content.as_bytes())), expected, "{typed}");
    }
    let truncated = content.as_bytes().split_at(40).0;
    assert!(!Search::parse("cybertrust").finds(record(truncated)));
}

#[test]
fn a_search_finds_what_bytes_read_as_where_the_schema_says_what_they_are() {
    // "CN=Test Root" as DER, and the bytes 06 0d 5b.
    let content = r#"{"id":"a","o":{"name":"MBQxEjAQBgNVBAMTCVRlc3QgUm9vdA=="},"serial":"Bg1b"}"#;
    let schema = value(
        r#"{"properties":{"o":{"properties":{"name":{"contentEncoding":"base64"}}},"serial":{"contentEncoding":"base64"}}}"#,
    );
    for (typed, expected) in [
        ("test root", true),
        ("CN=Test", true),
        ("Test Root,", true),
        ("06:0D", true),
        ("0d:5c", false),
        ("bg1b", true),
        ("other", false),
    ] {
        let search = Search::parse(typed).within(schema.as_object().unwrap());
        assert_eq!(search.finds(record(content.as_bytes())), expected, "{typed}");
    }
    assert!(!Search::parse("test").finds(record(content.as_bytes())), "no schema says so");
}

fn record(content: &[u8]) -> RecordRef<'_> {
    RecordRef { content, splice: 0, last_modified: Timestamp::from_millis(7).unwrap() }
}

const LIMITS: JsonLimits = JsonLimits { depth: 64, nul: Nul::Refused };
