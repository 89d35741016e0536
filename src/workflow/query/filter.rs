//! What a list is narrowed by (`kinto-api` §11.2, §11.3).

use super::{
    Field,
    order::{compare, equals},
};
use crate::{
    canonical,
    types::{JsonLimits, Nul, Object, RecordRef, Value},
};

/// One condition. All conditions of a list have to hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// What is looked at.
    pub field: Field,
    /// What has to hold of it.
    pub test: Test,
}

/// What has to hold of a field. Missing is not null, and greater than everything.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// At least, or missing.
    AtLeast(Value),
    /// At most, and there.
    AtMost(Value),
    /// A list that has all of these.
    Contains(Vec<Value>),
    /// A list that has one of these.
    ContainsAny(Vec<Value>),
    /// Equal to it: no coercion between types.
    Equals(Value),
    /// Equal to none of these, or missing.
    Exclude(Vec<Value>),
    /// More than it, or missing.
    Greater(Value),
    /// There, or missing.
    Has(bool),
    /// Equal to one of these.
    In(Vec<Value>),
    /// Less than it, and there.
    Less(Value),
    /// A text that fits, whatever its case: `*` is any run of characters, and without one it may stand anywhere. Other values
    /// are looked at as JSON.
    Like(String),
    /// Not equal to it, or missing.
    Not(Value),
}

/// The prefixes of filters' names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operator {
    /// `contains_`
    Contains,
    /// `contains_any_`
    ContainsAny,
    /// `eq_`, or none
    Equals,
    /// `exclude_`
    Exclude,
    /// `gt_`
    Greater,
    /// `has_`
    Has,
    /// `in_`
    In,
    /// `lt_`
    Less,
    /// `like_`
    Like,
    /// `max_`
    Max,
    /// `min_`
    Min,
    /// `not_`
    Not,
}

/// Why there is no such filter.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FilterError {
    /// `contains_` on something that is never a list.
    #[error("Field '{field}' is not an array")]
    NotList {
        /// The field.
        field: String,
    },
    /// `like_`, or a test of `id`, with something that is no text.
    #[error("not a string: write {name}=\"…\" with quotation marks")]
    NotText {
        /// The filter's name.
        name: String,
    },
}

impl Operator {
    /// `min_age` is `age` with [`Operator::Min`]; `my-field` has none, and is tested for equality.
    pub fn split(name: &str) -> (Self, &str) {
        let is_field = |rest: &str| {
            !rest.is_empty()
                && rest.chars().all(|character| character.is_alphanumeric() || "_.".contains(character))
        };
        Self::ALL
            .into_iter()
            .find_map(|operator| {
                let rest = name.strip_prefix(operator.as_str())?.strip_prefix('_')?;
                is_field(rest).then_some((operator, rest))
            })
            .unwrap_or((Self::Equals, name))
    }

    /// Without the line below it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::ContainsAny => "contains_any",
            Self::Equals => "eq",
            Self::Exclude => "exclude",
            Self::Greater => "gt",
            Self::Has => "has",
            Self::In => "in",
            Self::Less => "lt",
            Self::Like => "like",
            Self::Max => "max",
            Self::Min => "min",
            Self::Not => "not",
        }
    }

    /// Longest first where one begins another.
    const ALL: [Self; 12] = [
        Self::ContainsAny,
        Self::Contains,
        Self::Equals,
        Self::Exclude,
        Self::Greater,
        Self::Has,
        Self::In,
        Self::Like,
        Self::Less,
        Self::Max,
        Self::Min,
        Self::Not,
    ];
}

impl Filter {
    /// Reads one `[operator_]field=value` of a query: a value is JSON, and if it is not, a text.
    pub fn parse(name: &str, raw: &str, limits: JsonLimits) -> Result<Self, FilterError> {
        let (operator, field) = Operator::split(name);
        let value = || coerce(raw, limits);
        let values = || -> Vec<Value> {
            if raw.is_empty() {
                Vec::new()
            } else {
                raw.split(',').map(|item| coerce(item, limits)).collect()
            }
        };
        let items = || match value() {
            Value::List(list) => list,
            other @ (Value::Bool(_)
            | Value::Float(_)
            | Value::Integer(_)
            | Value::Null
            | Value::Object(_)
            | Value::Text(_)) => vec![other],
        };
        let test = match operator {
            Operator::Contains => Test::Contains(items()),
            Operator::ContainsAny => Test::ContainsAny(items()),
            Operator::Equals => Test::Equals(value()),
            Operator::Exclude => Test::Exclude(values()),
            Operator::Greater => Test::Greater(value()),
            Operator::Has => Test::Has(is_truthy(&value())),
            Operator::In => Test::In(values()),
            Operator::Less => Test::Less(value()),
            Operator::Like => match value() {
                Value::Text(text) => Test::Like(text),
                Value::Bool(_)
                | Value::Float(_)
                | Value::Integer(_)
                | Value::List(_)
                | Value::Null
                | Value::Object(_) => return Err(FilterError::NotText { name: name.to_owned() }),
            },
            Operator::Max => Test::AtMost(value()),
            Operator::Min => Test::AtLeast(value()),
            Operator::Not => Test::Not(value()),
        };
        if field == "id" {
            test_of_id(name, &test)?;
        }
        Ok(Self { field: Field::new(field), test })
    }

    /// As somebody types it who knows no types: `2077222` is meant as the number or as the text, whichever is there, and what
    /// is less or more is compared with what is there alone.
    pub fn typed(operator: Operator, field: &str, typed: &str) -> Self {
        let limits = JsonLimits { depth: MOST_DEPTH, nul: Nul::Refused };
        let value = coerce(typed, limits);
        let either = || {
            let text = Value::from(typed);
            if value == text { vec![text] } else { vec![value.clone(), text] }
        };
        let test = match operator {
            Operator::Contains | Operator::ContainsAny => Test::ContainsAny(either()),
            Operator::Equals | Operator::In => Test::In(either()),
            Operator::Exclude | Operator::Not => Test::Exclude(either()),
            Operator::Greater => Test::Greater(value),
            Operator::Has => Test::Has(is_truthy(&value)),
            Operator::Less => Test::Less(value),
            Operator::Like => Test::Like(typed.to_owned()),
            Operator::Max => Test::AtMost(value),
            Operator::Min => Test::AtLeast(value),
        };
        Self { field: Field::new(field), test }
    }

    /// Whether it holds of the members of something.
    pub fn matches(&self, members: &Object) -> bool {
        self.test.accepts(self.field.of(members))
    }

    /// Whether it holds of a stored record.
    pub fn matches_record(&self, record: RecordRef<'_>) -> bool {
        self.test.accepts(self.field.of_record(record).as_ref())
    }
}

impl Test {
    fn accepts(&self, value: Option<&Value>) -> bool {
        let is_one_of =
            |wanted: &[Value]| value.is_some_and(|value| wanted.iter().any(|wanted| equals(value, wanted)));
        let list = value.and_then(Value::as_list);
        match self {
            Self::AtLeast(wanted) => compare(value, Some(wanted)).is_ge(),
            Self::AtMost(wanted) => compare(value, Some(wanted)).is_le(),
            Self::Contains(wanted) => list.is_some_and(|list| {
                wanted.iter().all(|wanted| list.iter().any(|item| contains(item, wanted)))
            }),
            Self::ContainsAny(wanted) => list
                .is_some_and(|list| wanted.iter().any(|wanted| list.iter().any(|item| equals(item, wanted)))),
            Self::Equals(wanted) => value.is_some_and(|value| equals(value, wanted)),
            Self::Exclude(wanted) => !is_one_of(wanted),
            Self::Greater(wanted) => compare(value, Some(wanted)).is_gt(),
            Self::Has(wanted) => value.is_some() == *wanted,
            Self::In(wanted) => is_one_of(wanted),
            Self::Less(wanted) => compare(value, Some(wanted)).is_lt(),
            Self::Like(pattern) => value.is_some_and(|value| fits(value, pattern)),
            Self::Not(wanted) => !value.is_some_and(|value| equals(value, wanted)),
        }
    }
}

/// Whether an item of a list is, or as an object has, what is wanted.
fn contains(item: &Value, wanted: &Value) -> bool {
    match (item, wanted) {
        (Value::Object(item), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| item.get(name).is_some_and(|own| contains(own, wanted)))
        }
        (item, wanted) => equals(item, wanted),
    }
}

fn fits(value: &Value, pattern: &str) -> bool {
    let text = match value {
        Value::Text(text) => text.to_lowercase(),
        Value::Bool(_)
        | Value::Float(_)
        | Value::Integer(_)
        | Value::List(_)
        | Value::Null
        | Value::Object(_) => String::from_utf8_lossy(&canonical::to_bytes(value)).to_lowercase(),
    };
    let pattern = pattern.to_lowercase();
    let Some((first, rest)) = pattern.split_once('*') else { return text.contains(&pattern) };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut left) = text.strip_prefix(first) else { return false };
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.ends_with(last)
}

/// An id is a text, and no list.
fn test_of_id(name: &str, test: &Test) -> Result<(), FilterError> {
    let is_text = |value: &Value| value.as_text().is_some();
    let is_good = match test {
        Test::Contains(_) | Test::ContainsAny(_) => {
            return Err(FilterError::NotList { field: "id".to_owned() });
        }
        Test::Equals(value)
        | Test::Not(value)
        | Test::Less(value)
        | Test::AtMost(value)
        | Test::Greater(value)
        | Test::AtLeast(value) => is_text(value),
        Test::Exclude(values) | Test::In(values) => values.iter().all(is_text),
        Test::Has(_) | Test::Like(_) => true,
    };
    if is_good { Ok(()) } else { Err(FilterError::NotText { name: name.to_owned() }) }
}

/// What `has_` takes for yes.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::Float(number) => *number != 0.0,
        Value::Integer(number) => *number != 0,
        Value::List(list) => !list.is_empty(),
        Value::Null => false,
        Value::Object(object) => !object.is_empty(),
        Value::Text(text) => !text.is_empty(),
    }
}

/// A value is JSON, and if it is not, a text.
fn coerce(raw: &str, limits: JsonLimits) -> Value {
    Value::parse(raw.as_bytes(), limits).unwrap_or_else(|_| Value::from(raw))
}

/// Of values that somebody types.
const MOST_DEPTH: usize = 16;
