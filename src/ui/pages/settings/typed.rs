//! Attributes as fields of a form, and back.

use crate::{
    types::{Object, Value},
    ui::{
        Faults, Form, json,
        pages::new_collection::{LONGEST_FIELD, columns_fault, display_fields},
        parts,
    },
    workflow::{manage, query::Sort},
};

/// The form of these attributes, as they are.
pub(super) fn to_form(attributes: &Object) -> Form {
    let mut others = manage::editable(attributes);
    let seen = manage::seen(attributes).to_hex();
    let columns = columns_of(&others);
    let sort =
        others.get("sort").and_then(Value::as_text).filter(|sort| !sort.trim().is_empty()).map(str::to_owned);
    let schema = others.get("schema").filter(|schema| schema.as_object().is_some()).map(json::pretty);
    let form_layout = others.get("uiSchema").filter(|layout| layout.as_object().is_some()).map(json::pretty);
    for (name, shown) in [
        ("displayFields", columns.is_some()),
        ("schema", schema.is_some()),
        ("sort", sort.is_some()),
        ("uiSchema", form_layout.is_some()),
    ] {
        if shown {
            others.remove(name);
        }
    }
    let others = if others.is_empty() { String::new() } else { json::pretty(&Value::Object(others)) };
    Form::of(&[
        (COLUMNS, &columns.unwrap_or_default()),
        (SORT, &sort.unwrap_or_default()),
        (SCHEMA, &schema.unwrap_or_default()),
        (LAYOUT, &form_layout.unwrap_or_default()),
        (OTHERS, &others),
        (SEEN, &seen),
    ])
}

/// The attributes that a form says, as far as it can be read.
pub(super) fn to_attributes(form: &Form, depth: usize, faults: &mut Faults) -> Object {
    let mut wanted = Object::new();
    if let Some(others) = object(form, OTHERS, depth, faults) {
        wanted = others;
    }
    let columns = display_fields(form.text(COLUMNS));
    if !columns.is_empty() {
        let columns: Vec<Value> = columns.into_iter().map(Value::from).collect();
        insert(&mut wanted, "displayFields", columns.into(), faults);
    }
    let sort = form.text(SORT).trim();
    if !sort.is_empty() {
        insert(&mut wanted, "sort", sort.into(), faults);
    }
    if let Some(schema) = object(form, SCHEMA, depth, faults) {
        insert(&mut wanted, "schema", schema.into(), faults);
    }
    if let Some(layout) = object(form, LAYOUT, depth, faults) {
        insert(&mut wanted, "uiSchema", layout.into(), faults);
    }
    wanted
}

/// Finds columns and an order that nobody means. What is stored already, over HTTP perhaps, may stay as it is.
pub(super) fn look_at_table(form: &Form, stored: &Object, faults: &mut Faults) {
    let stored = to_form(stored);
    let is_new = |field: &str| form.text(field).trim() != stored.text(field).trim();
    if is_new(COLUMNS)
        && let Some(mend) = columns_fault(&display_fields(form.text(COLUMNS)))
    {
        faults.add(COLUMNS, mend);
    }
    if is_new(SORT)
        && let Some(mend) = sort_fault(form.text(SORT).trim())
    {
        faults.add(SORT, mend);
    }
}

/// What to mend about an order that could not be followed as it is.
fn sort_fault(sort: &str) -> Option<String> {
    let keys: Vec<&str> = sort.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
    if keys.len() > Sort::MOST_KEYS {
        return Some(format!("An order has at most {} fields.", Sort::MOST_KEYS));
    }
    keys.iter().find_map(|key| {
        if key.chars().count() > LONGEST_FIELD {
            Some(format!("A name of a field has at most {LONGEST_FIELD} characters."))
        } else if Sort::parse(key).0.is_empty() {
            Some(format!(
                "Records cannot be put in order by {}. A field has letters, digits, underscores and points.",
                parts::plain(key)
            ))
        } else {
            None
        }
    })
}

/// The object in a field; `None` where it is empty, or none.
pub(super) fn object(form: &Form, field: &str, depth: usize, faults: &mut Faults) -> Option<Object> {
    let text = form.text(field);
    if text.trim().is_empty() {
        return None;
    }
    match json::parse_object(text, depth) {
        Ok(object) => Some(object),
        Err(mend) => {
            faults.add(field, mend);
            None
        }
    }
}

fn insert(wanted: &mut Object, name: &str, value: Value, faults: &mut Faults) {
    if wanted.insert(name, value).is_some() {
        faults.add(
            OTHERS,
            format!("{name} has a field of its own above. Take it out here, or empty that field."),
        );
    }
}

/// The columns as they are typed; `None` where a list of another kind is there.
fn columns_of(attributes: &Object) -> Option<String> {
    let names: Option<Vec<&str>> =
        attributes.get("displayFields")?.as_list()?.iter().map(Value::as_text).collect();
    let typed = names?.join(", ");
    let read_again: Vec<Value> = display_fields(&typed).into_iter().map(Value::from).collect();
    let is_plain = attributes.get("displayFields").and_then(Value::as_list) == Some(read_again.as_slice());
    (is_plain && !read_again.is_empty()).then_some(typed)
}

pub(super) const COLUMNS: &str = "display-fields";
pub(super) const LAYOUT: &str = "ui-schema";
pub(super) const OTHERS: &str = "others";
pub(super) const SCHEMA: &str = "schema";
pub(super) const SEEN: &str = "seen";
pub(super) const SORT: &str = "sort";

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        json::parse_object(text, 16).unwrap()
    }

    #[test]
    fn every_attribute_comes_through_the_form_as_it_was() {
        for text in [
            "{}",
            r#"{"displayFields":["a","b c"],"sort":"-name","schema":{"type":"object"},"uiSchema":{"a":{}},"x":[1.5,null]}"#,
            r#"{"displayFields":["a,b"],"sort":["x"],"schema":[],"uiSchema":null}"#,
            r#"{"displayFields":[],"sort":"","attachment":{"enabled":true}}"#,
            r#"{"displayFields":["a","a"]}"#,
        ] {
            let attributes = object(text);
            let mut faults = Faults::default();
            assert_eq!(to_attributes(&to_form(&attributes), 16, &mut faults), attributes, "{text}");
            assert!(faults.is_empty(), "{faults:?}");
        }
        let with_status = object(r#"{"status":"signed","last_edit_by":"x","a":1}"#);
        assert_eq!(to_attributes(&to_form(&with_status), 16, &mut Faults::default()), object(r#"{"a":1}"#));
    }

    #[test]
    fn what_is_said_twice_is_a_fault() {
        let form = Form::of(&[(COLUMNS, "a"), (OTHERS, r#"{"displayFields":["b"]}"#)]);
        let mut faults = Faults::default();
        let _wanted = to_attributes(&form, 16, &mut faults);
        assert!(faults.of(OTHERS).unwrap().starts_with("displayFields has a field of its own"));
    }
}
