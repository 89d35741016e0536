use super::*;
use crate::types::{JsonLimits, Nul};

fn object(text: &str) -> Object {
    let limits = JsonLimits { depth: 64, nul: Nul::Refused };
    Value::parse(text.as_bytes(), limits).unwrap().as_object().unwrap().clone()
}

fn form(fields: &[(&str, &str)]) -> Form {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", crate::ui::url::encode(name), crate::ui::url::encode(value)))
        .collect();
    Form::parse(pairs.join("&").as_bytes()).unwrap()
}

fn rendered(schema: &str, ui: &str, value: &str) -> String {
    let (schema, ui, value) = (object(schema), object(ui), object(value));
    let form = SchemaForm {
        hidden: &["id"],
        room: Cell::new(MOST_FIELDS),
        schema: &schema,
        typed: None,
        ui: Some(&ui),
        value: &value,
        violations: &[],
        was: None,
    };
    render(&form).into_string()
}

/// The names of the elements, in order.
fn names(markup: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in markup.split(" name=\"").skip(1) {
        let name = part.split('"').next().unwrap().to_owned();
        if names.last() != Some(&name) && name != "act" {
            names.push(name);
        }
    }
    names
}

#[test]
fn each_kind_of_value_has_its_field() {
    let schema = r##"{
        "required": ["kind"],
        "properties": {
            "name": {"type": "string"},
            "kind": {"enum": ["a", "b"]},
            "more": {"type": "string", "enum": ["a", "b", "c", "d"]},
            "on": {"type": "boolean"},
            "count": {"type": ["integer", "null"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "numbers": {"type": "array", "items": {"type": "integer"}},
            "days": {"type": "array", "uniqueItems": true, "items": {"enum": ["mo", "tu"]}},
            "day": {"type": "string", "format": "date"},
            "base": {"$ref": "#/definitions/base"},
            "list": {"type": "array", "items": {"$ref": "#/definitions/base"}},
            "any": {}
        },
        "definitions": {"base": {"type": "object", "properties": {"inner": {"type": "string"}}}}
    }"##;
    let markup = rendered(schema, "{}", r#"{"base":{},"list":[{"inner":"x"}],"stray":{"a":1}}"#);
    let mut found = names(&markup);
    found.sort();
    assert_eq!(
        found,
        [
            "b/on",
            "e/kind",
            "e/more",
            "j/any",
            "l/tags",
            "m/numbers",
            "n/count",
            "n/stray/a",
            "s/base/inner",
            "s/day",
            "s/list/0/inner",
            "s/name",
            "t/days",
        ]
    );
    assert!(markup.contains(r#"type="radio" name="e/kind""#), "{markup}");
    assert!(markup.contains(r#"<select class="input" id="f_2Fmore""#), "{markup}");
    assert!(markup.contains(r#"type="date""#), "{markup}");
    assert!(markup.contains(r#"value="add/list""#), "{markup}");
}

#[test]
fn the_user_interface_schema_orders_hides_and_names() {
    let schema = r#"{"properties": {"a": {"type": "string"}, "b": {"type": "string", "title": "Bee", "description": "buzz"}, "c": {"type": "string"}}}"#;
    let ui = r#"{"ui:order": ["c", "*", "a"], "b": {"ui:widget": "textarea", "ui:help": "hum"}, "c": {"ui:title": "See"}, "a": {"ui:widget": "hidden"}}"#;
    let markup = rendered(schema, ui, "{}");
    assert_eq!(names(&markup), ["s/c", "s/b"]);
    assert!(markup.contains("<textarea") && markup.contains("hum") && !markup.contains("buzz"), "{markup}");
    assert!(markup.contains(">See<") && markup.contains(">Bee<"), "{markup}");
}

#[test]
fn what_was_typed_goes_into_the_object_and_the_rest_stays() {
    let before = object(
        r#"{"a":"x","empty":"","gone":"y","keep":{"me":[1]},"n":5,"none":null,"lines":["a","b"],"on":true,"odd":"a\r\nb","list":[{"a":1},{"a":2}]}"#,
    );
    let typed = form(&[
        ("s/a", "z"),
        ("s/empty", ""),
        ("s/gone", ""),
        ("n/n", "6"),
        ("s/none", ""),
        ("l/lines", "b\n\nc\n"),
        ("b/on", "off"),
        ("b/never", "off"),
        ("b/now", "off"),
        ("b/now", "on"),
        ("s/odd", "a\nb"),
        ("n/list/1/a", "3"),
        ("s/new/inner", "deep"),
        ("e/choice", "\"one\""),
        ("e/nothing", ""),
        ("j/json", "{\"b\": [1, 2]}"),
        ("n/bad", "many"),
        ("other", "ignored"),
    ]);
    let (after, unread) = read(before, &typed);
    assert_eq!(unread, []);
    let expected = object(
        r#"{"a":"z","bad":"many","choice":"one","empty":"","json":{"b":[1,2]},"keep":{"me":[1]},"lines":["b","c"],"list":[{"a":1},{"a":3}],"n":6,"new":{"inner":"deep"},"none":null,"now":true,"odd":"a\r\nb","on":false}"#,
    );
    assert_eq!(after, expected);
}

#[test]
fn a_form_that_is_sent_as_it_was_changes_nothing() {
    let schema = r#"{"properties":{"a":{"type":"string"},"n":{"type":"number"},"l":{"type":"array","items":{"type":"string"}},"o":{"type":"object","properties":{"x":{"type":"boolean"}}}}}"#;
    let value =
        r#"{"a":"<&\">\u0001 \u202e","l":["x","y"],"n":7,"o":{"x":false},"p":[[1]],"q":null,"r":"one\ntwo"}"#;
    let markup = rendered(schema, "{}", value);
    // As a browser without script would send it.
    let fields: Vec<(&str, &str)> = vec![
        ("s/a", "<&\">\u{1} \u{202e}"),
        ("n/n", "7"),
        ("l/l", "x\ny"),
        ("b/o/x", "off"),
        ("j/p", "[\n  [1]\n]"),
        ("j/q", ""),
        ("s/r", "one\ntwo"),
    ];
    let mut sent: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    sent.sort_unstable();
    let mut shown = names(&markup);
    shown.sort();
    assert_eq!(shown, sent);
    let (after, unread) = read(object(value), &form(&fields));
    assert_eq!((after, unread), (object(value), vec![]));
}

#[test]
fn json_that_does_not_read_is_named() {
    let (after, unread) = read(object(r#"{"a":[1]}"#), &form(&[("j/a", "[1,")]));
    assert_eq!(after, object(r#"{"a":[1]}"#));
    assert_eq!(unread.len(), 1);
    assert_eq!(unread[0].pointer, "/a");
}

#[test]
fn lists_grow_and_shrink_by_buttons() {
    let schema = object(
        r#"{"properties":{"l":{"type":"array","items":{"type":"object","properties":{"a":{"type":"string","default":"x"}}}},"o":{"type":"object","properties":{"b":{"type":"integer","default":2}}}}}"#,
    );
    let mut value = Object::new();
    for (button, expected) in [
        ("add/l", r#"{"l":[{"a":"x"}]}"#),
        ("add/l", r#"{"l":[{"a":"x"},{"a":"x"}]}"#),
        ("remove/l/0", r#"{"l":[{"a":"x"}]}"#),
        ("add/o", r#"{"l":[{"a":"x"}],"o":{"b":2}}"#),
        ("remove/o", r#"{"l":[{"a":"x"}]}"#),
        ("remove/none/5", r#"{"l":[{"a":"x"}]}"#),
    ] {
        let pressed = Act::parse(button).unwrap();
        let fresh = fresh(&schema, &value, &pressed);
        act(&mut value, &pressed, fresh);
        assert_eq!(value, object(expected), "{button}");
    }
    assert_eq!(Act::parse("drop/l"), None);
}

#[test]
fn a_hostile_form_or_schema_ends() {
    let deep = format!("s{}", "/a".repeat(50_000));
    assert_eq!(read(Object::new(), &form(&[(&deep, "x")])).0, Object::new());
    let endless = r##"{"required":["a","b"],"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"type":"string"}},"type":"object"}"##;
    let markup = rendered(endless, "{}", "{}");
    assert!(markup.contains("more values than a form shows"), "{}", markup.len());
    let filled = defaults(&Node::root(&object(endless)));
    assert!(filled.has("a"));
    let circle = rendered(r##"{"properties":{"a":{"$ref":"#/properties/a"}}}"##, "{}", "{}");
    assert!(circle.contains("j/a"), "{circle}");
}

#[test]
fn json_is_written_for_people() {
    let value = object(
        r#"{"aliases":["ecosia","eco"],"base":{"params":[{"name":"tt","value":"x"}],"empty":{},"list":[]},"id":"e","long":["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"]}"#,
    );
    let text = r#"{
  "id": "e",
  "aliases": ["ecosia", "eco"],
  "base": {
    "empty": {},
    "list": [],
    "params": [
      {"name": "tt", "value": "x"}
    ]
  },
  "long": [
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
  ]
}"#;
    assert_eq!(pretty(&value), text);
    assert_eq!(object(text), value);
}

#[test]
fn nothing_that_somebody_wrote_is_markup() {
    let awful = r#"{"<script>x</script>":"</textarea><script>y</script>\n","a\"b":{"<i>":"<img src=x>"}}"#;
    let markup =
        rendered(r#"{"properties":{"t":{"type":"string","title":"<b>","description":"<u>"}}}"#, "{}", awful);
    for bad in ["<script>", "<img", "<b>", "<u>", "<i>", "\"a\"b"] {
        assert!(!markup.contains(bad), "{bad}: {markup}");
    }
}
