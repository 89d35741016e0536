//! What texts say, and where.

use super::{
    csv::Cell,
    read::{Format, Item, ItemError, Items, ReadError, SyntaxError, read},
};
use crate::canonical;

fn read_as(text: &str, format: Option<Format>) -> Result<Items, ReadError> {
    read(text, format, &|name| match name {
        "text" => Cell::Text,
        "json" => Cell::Json,
        _ => Cell::Unknown,
    })
}

/// A line, and what it says.
type Said = (u64, Result<String, ItemError>);

/// The format, and lines with what they say.
fn said(text: &str) -> (Format, Vec<Said>) {
    let items = read_as(text, None).unwrap();
    let said = |item: Item| (item.line, item.said.map(|object| canonical::object_to_text(&object)));
    (items.format, items.items.into_iter().map(said).collect())
}

fn good(line: u64, json: &str) -> Said {
    (line, Ok(json.to_owned()))
}

#[test]
fn lists_and_lines_of_json_know_their_lines() {
    let list = "\n [\n  {\"id\": \"a\",\n   \"t\": \"],[\\\"\"},\n\n  {\"id\": \"b\"} ]\n";
    assert_eq!(
        said(list),
        (Format::Json, vec![good(3, r#"{"id":"a","t":"],[\""}"#), good(6, r#"{"id":"b"}"#)])
    );
    let data = "{\"permissions\": {},\n \"data\": [\n{\"id\":\"a\"},\n{\"id\":\"b\"}]}";
    assert_eq!(said(data).1, [good(3, r#"{"id":"a"}"#), good(4, r#"{"id":"b"}"#)]);
    assert_eq!(said("{\n\"id\": \"a\"}"), (Format::Json, vec![good(1, r#"{"id":"a"}"#)]));
    let lines = "{\"id\":\"a\"}\r\n\r\n{\"id\":\"b\"}\n";
    assert_eq!(said(lines), (Format::JsonLines, vec![good(1, r#"{"id":"a"}"#), good(3, r#"{"id":"b"}"#)]));
    assert_eq!(said("[]"), (Format::Json, vec![]));
}

#[test]
fn one_item_that_is_wrong_hides_no_other() {
    let (_, items) = said("[{\"id\":\"a\"},\n{\"id\":},\n7,\n{\"id\":\"b\"}]");
    assert_eq!(items.len(), 4);
    assert_eq!((items[0].clone(), items[3].clone()), (good(1, r#"{"id":"a"}"#), good(4, r#"{"id":"b"}"#)));
    assert!(matches!(items[1], (2, Err(ItemError::Json { line: 2, column: 7, .. }))));
    assert_eq!(items[2], (3, Err(ItemError::NotObject)));
}

#[test]
fn csv_takes_dots_for_objects_and_cells_for_what_they_are() {
    let text = "\u{feff}id,text,json,other,details.bug,details.who\nx,7,7,7,1,\"a, \"\"b\"\"\nc\"\ny,,,007,,\n\nz,1\n";
    let (format, items) = said(text);
    assert_eq!(format, Format::Csv);
    assert_eq!(
        items,
        [
            good(2, r#"{"details":{"bug":1,"who":"a, \"b\"\nc"},"id":"x","json":7,"other":7,"text":"7"}"#),
            good(4, r#"{"id":"y","other":"007"}"#),
            (6, Err(ItemError::Cells { expected: 6, found: 2 })),
        ]
    );
    assert_eq!(
        said("id,n\r\na,1\r\n\r\nb,2\r\n").1,
        [good(2, r#"{"id":"a","n":1}"#), good(4, r#"{"id":"b","n":2}"#)]
    );
    let nested = said("a,a.b\n1,2").1;
    assert_eq!(nested, [(2, Err(ItemError::Nested { name: "a.b".to_owned() }))]);
}

#[test]
fn spans_hold_the_lines_of_an_item() {
    for text in ["id,n\na,1\nb,2\n", "{\"id\":\"a\"}\n{\"id\":\"b\"}", "[{\"id\":\"a\"},\n{\"id\":\"b\"}]"] {
        let items = read_as(text, None).unwrap().items;
        let second = text.get(items[1].span.clone()).unwrap();
        assert!(second.contains('b') && !second.contains('a'), "{text}");
    }
}

#[test]
fn what_is_no_list_of_records_says_what_is_wrong() {
    let error = |text: &str| read_as(text, None).unwrap_err();
    assert_eq!(error(" \n"), ReadError::Empty);
    assert_eq!(error("\u{feff}"), ReadError::Empty);
    assert_eq!(error("id,,x\n"), ReadError::NamelessColumn { number: 2 });
    assert_eq!(error("id,n,id\n"), ReadError::DuplicateColumn { name: "id".to_owned() });
    assert_eq!(read_as("7", Some(Format::Json)).unwrap_err(), ReadError::NotRecords);
    assert_eq!(error("\n[{\"a\":1}"), ReadError::Syntax { error: SyntaxError::Unclosed, line: 2 });
    assert_eq!(error("[]\n\nx"), ReadError::Syntax { error: SyntaxError::After, line: 3 });
    assert!(matches!(error("{\n\"a\":}"), ReadError::Syntax { error: SyntaxError::Json(_), line: 2 }));
    for quoted in ["id,n\na,\"x\nb,2\nc,3\n", "id,n\na,\"x \"\"\nb,2"] {
        assert_eq!(error(quoted), ReadError::Syntax { error: SyntaxError::OpenQuote, line: 2 });
    }
    assert_eq!(said("id,n\na,5\" x\nb,\"\"\n").1.len(), 2, "a quotation mark within a cell opens nothing");
    let many = "{}\n".repeat(20_001);
    assert_eq!(read_as(&many, Some(Format::JsonLines)).unwrap_err(), ReadError::TooMany { most: 20_000 });
    let awful = "[".repeat(100_000);
    assert!(matches!(error(&awful), ReadError::Syntax { .. }));
}
