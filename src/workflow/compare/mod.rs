//! What differs between two objects, value by value, as people read it: nested values by their paths, and the words that
//! differ within a long text.
//!
//! The cost follows the size of the two: no input makes it more than that, and nothing is left out.

mod words;

use crate::{
    canonical,
    types::{Object, Value},
};

pub use words::{Piece, words};

/// What differs between two objects, and what does not. In the order of the members, before their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference<'a> {
    /// The values that differ.
    pub changes: Vec<FieldChange<'a>>,
    /// The values that both have.
    pub same: Vec<Field<'a>>,
}

/// A value that holds no other, or nothing, and where it is: `details.name`, `tags[2]`, `["a.b"].c`.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<'a> {
    /// Where.
    pub path: String,
    /// The value.
    pub value: &'a Value,
}

/// What became of one value.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange<'a> {
    /// Where. In lists that grew or shrank: where it is now, or was.
    pub path: String,
    /// What happened.
    pub what: What<'a>,
}

/// The kinds of [`FieldChange`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What<'a> {
    /// It was not there.
    Added(&'a Value),
    /// It was another one.
    Changed {
        /// What it is.
        after: &'a Value,
        /// What it was.
        before: &'a Value,
    },
    /// It is not there any more.
    Removed(&'a Value),
}

/// Compares two objects; where there is only one, all its values are added or removed.
pub fn objects<'a>(before: Option<&'a Object>, after: Option<&'a Object>) -> Difference<'a> {
    let mut walk = Walk::default();
    match (before, after) {
        (Some(before), Some(after)) => walk.objects(before, after),
        (Some(before), None) => walk.members(before, Side::Removed),
        (None, Some(after)) => walk.members(after, Side::Added),
        (None, None) => {}
    }
    walk.difference
}

/// The values of one object that hold no other.
pub fn fields(object: &Object) -> Vec<Field<'_>> {
    let mut walk = Walk::default();
    walk.members(object, Side::Same);
    walk.difference.same
}

/// Which of the two has a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Side {
    Added,
    Removed,
    Same,
}

/// Where the comparison is, and what it has found.
#[derive(Debug, Default)]
struct Walk<'a> {
    difference: Difference<'a>,
    path: String,
}

impl<'a> Walk<'a> {
    fn objects(&mut self, before: &'a Object, after: &'a Object) {
        let mut held = before.iter().peekable();
        for (key, value) in after.iter() {
            while let Some((own, gone)) = held.next_if(|(own, _)| *own < key) {
                self.at_key(own, |walk| walk.leaves(gone, Side::Removed));
            }
            match held.next_if(|(own, _)| *own == key) {
                Some((_, before)) => self.at_key(key, |walk| walk.values(before, value)),
                None => self.at_key(key, |walk| walk.leaves(value, Side::Added)),
            }
        }
        for (own, gone) in held {
            self.at_key(own, |walk| walk.leaves(gone, Side::Removed));
        }
    }

    fn values(&mut self, before: &'a Value, after: &'a Value) {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) if !before.is_empty() && !after.is_empty() => {
                self.objects(before, after);
            }
            (Value::List(before), Value::List(after)) if !before.is_empty() && !after.is_empty() => {
                self.lists(before, after);
            }
            (before, after) if before == after => self.leaves(after, Side::Same),
            (before, after) => self.change(What::Changed { after, before }),
        }
    }

    /// What both begin and end with stays; what is between is compared in its order.
    fn lists(&mut self, before: &'a [Value], after: &'a [Value]) {
        let shorter = before.len().min(after.len());
        let first = before.iter().zip(after).take_while(|(before, after)| before == after).count();
        let pairs = before.iter().rev().zip(after.iter().rev());
        let last = pairs.take(shorter - first).take_while(|(before, after)| before == after).count();
        let (gone, new) = (before.len() - last, after.len() - last);
        for (index, value) in after.iter().enumerate() {
            self.at_index(index, |walk| match before.get(index) {
                _ if index < first || index >= new => walk.leaves(value, Side::Same),
                Some(before) if index < gone => walk.values(before, value),
                Some(_) | None => walk.leaves(value, Side::Added),
            });
        }
        for (index, value) in before.iter().enumerate().take(gone).skip(new.max(first)) {
            self.at_index(index, |walk| walk.leaves(value, Side::Removed));
        }
    }

    fn members(&mut self, object: &'a Object, side: Side) {
        for (key, value) in object.iter() {
            self.at_key(key, |walk| walk.leaves(value, side));
        }
    }

    /// A list of values that hold no other is read best as one.
    fn leaves(&mut self, value: &'a Value, side: Side) {
        match value {
            Value::Object(object) if !object.is_empty() => self.members(object, side),
            Value::List(list) if list.iter().any(is_container) => {
                for (index, value) in list.iter().enumerate() {
                    self.at_index(index, |walk| walk.leaves(value, side));
                }
            }
            Value::Bool(_)
            | Value::Float(_)
            | Value::Integer(_)
            | Value::List(_)
            | Value::Null
            | Value::Object(_)
            | Value::Text(_) => match side {
                Side::Added => self.change(What::Added(value)),
                Side::Removed => self.change(What::Removed(value)),
                Side::Same => {
                    let field = Field { path: self.path.clone(), value };
                    self.difference.same.push(field);
                }
            },
        }
    }

    fn change(&mut self, what: What<'a>) {
        let change = FieldChange { path: self.path.clone(), what };
        self.difference.changes.push(change);
    }

    fn at_key(&mut self, key: &str, step: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if is_plain(key) {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(key);
        } else {
            let mut spelled = Vec::with_capacity(key.len() + 2);
            canonical::write_text(key, &mut spelled);
            self.path.push('[');
            self.path.push_str(&String::from_utf8_lossy(&spelled));
            self.path.push(']');
        }
        step(self);
        self.path.truncate(length);
    }

    fn at_index(&mut self, index: usize, step: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push('[');
        self.path.push_str(&index.to_string());
        self.path.push(']');
        step(self);
        self.path.truncate(length);
    }
}

fn is_container(value: &Value) -> bool {
    match value {
        Value::List(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null | Value::Text(_) => false,
    }
}

/// Whether a key can stand in a path as it is.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|character| character.is_alphanumeric() || "_-$@ ".contains(character))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{JsonLimits, Nul};

    fn object(json: &str) -> Object {
        let limits = JsonLimits { depth: JsonLimits::MAX_DEPTH, nul: Nul::Accepted };
        Value::parse(json.as_bytes(), limits).unwrap().as_object().unwrap().clone()
    }

    fn json(value: &Value) -> String {
        String::from_utf8(canonical::to_bytes(value)).unwrap()
    }

    /// One line for each change, `=` for what stays.
    fn lines(difference: &Difference<'_>) -> Vec<String> {
        let changes = difference.changes.iter().map(|change| match change.what {
            What::Added(value) => format!("+{} {}", change.path, json(value)),
            What::Changed { after, before } => {
                format!("~{} {} -> {}", change.path, json(before), json(after))
            }
            What::Removed(value) => format!("-{} {}", change.path, json(value)),
        });
        let same = difference.same.iter().map(|field| format!("={} {}", field.path, json(field.value)));
        changes.chain(same).collect()
    }

    #[test]
    fn each_value_is_named_by_its_path() {
        let before =
            object(r#"{"a":1,"b":{"c":"x","d":{"e":true}},"gone":{"f":1,"g":[]},"same":{"h":null}}"#);
        let after = object(
            r#"{"a":2,"b":{"c":"x","d":{"e":false},"new":{}},"odd":{"a.b":{"":3}},"same":{"h":null}}"#,
        );
        assert_eq!(
            lines(&objects(Some(&before), Some(&after))),
            [
                "~a 1 -> 2",
                "~b.d.e true -> false",
                "+b.new {}",
                "-gone.f 1",
                "-gone.g []",
                r#"+odd["a.b"][""] 3"#,
                r#"=b.c "x""#,
                "=same.h null",
            ]
        );
    }

    #[test]
    fn lists_keep_what_both_begin_and_end_with() {
        let before = object(r#"{"l":[1,2,3,4],"m":[{"a":1},{"b":1}],"n":[1],"o":[1,1],"p":[1,2]}"#);
        let after = object(r#"{"l":[1,9,3,4],"m":[{"a":1},{"n":1},{"b":2}],"n":[],"o":[1,1,1],"p":[2]}"#);
        assert_eq!(
            lines(&objects(Some(&before), Some(&after))),
            [
                "~l[1] 2 -> 9",
                "-m[1].b 1",
                "+m[1].n 1",
                "+m[2].b 2",
                "~n [1] -> []",
                "+o[2] 1",
                "-p[0] 1",
                "=l[0] 1",
                "=l[2] 3",
                "=l[3] 4",
                "=m[0].a 1",
                "=o[0] 1",
                "=o[1] 1",
                "=p[0] 2",
            ]
        );
    }

    #[test]
    fn a_value_of_another_type_is_changed_as_a_whole() {
        let (before, after) = (object(r#"{"a":{"b":1},"c":"1"}"#), object(r#"{"a":[{"b":1}],"c":1}"#));
        assert_eq!(
            lines(&objects(Some(&before), Some(&after))),
            [r#"~a {"b":1} -> [{"b":1}]"#, r#"~c "1" -> 1"#]
        );
    }

    #[test]
    fn alone_everything_is_added_or_removed() {
        let one = object(r#"{"a":{"b":[1,2],"c":[{"d":1},5]},"e":""}"#);
        assert_eq!(lines(&objects(None, Some(&one))), ["+a.b [1,2]", "+a.c[0].d 1", "+a.c[1] 5", r#"+e """#]);
        assert_eq!(lines(&objects(Some(&one), None)), ["-a.b [1,2]", "-a.c[0].d 1", "-a.c[1] 5", r#"-e """#]);
        assert_eq!(objects(None, None), Difference::default());
        assert_eq!(fields(&one).len(), 4);
    }

    #[test]
    fn large_and_deep_objects_are_compared_in_time_that_follows_their_size() {
        let deep = |leaf: &str| format!("{}{leaf}{}", r#"{"a":"#.repeat(200), "}".repeat(200));
        let (before, after) = (object(&deep("1")), object(&deep("2")));
        assert_eq!(objects(Some(&before), Some(&after)).changes.len(), 1);
        let long = |first: usize| {
            let items: Vec<String> = (first..first + 100_000).map(|number| number.to_string()).collect();
            object(&format!(r#"{{"l":[{}]}}"#, items.join(",")))
        };
        let (before, after) = (long(0), long(1));
        assert_eq!(objects(Some(&before), Some(&after)).changes.len(), 100_000);
    }
}
