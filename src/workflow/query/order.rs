//! How values compare, and the orders in which lists come (`kinto-api` §11.3, §11.5).

use std::cmp::Ordering;

use super::Field;
use crate::types::{RecordRef, Value};

/// By which fields a list is sorted, the first one counting most. Without any it comes newest first; so do equals.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sort(pub Vec<SortKey>);

/// One field of an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SortKey {
    /// Which way.
    pub direction: Direction,
    /// What is compared.
    pub field: Field,
}

/// Which way an order goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// The least first, what is missing last.
    Ascending,
    /// What is missing first, then the greatest.
    Descending,
}

impl Sort {
    /// More keys than that order nothing anew, and are left out.
    pub const MOST_KEYS: usize = 8;

    /// Reads `field,+field,-field`. What is no field is left out, as Kinto does.
    pub fn parse(text: &str) -> Self {
        let keys = text.split(',').map(str::trim).filter_map(|item| {
            let (direction, name) = match item.strip_prefix('-') {
                Some(name) => (Direction::Descending, name),
                None => (Direction::Ascending, item.strip_prefix('+').unwrap_or(item).trim_start()),
            };
            let is_field = !name.is_empty()
                && name.chars().all(|character| character.is_alphanumeric() || "_.".contains(character));
            is_field.then(|| SortKey { direction, field: Field::new(name) })
        });
        Self(keys.take(Self::MOST_KEYS).collect())
    }

    /// One field.
    pub fn by(name: &str, direction: Direction) -> Self {
        Self(vec![SortKey { direction, field: Field::new(name) }])
    }

    /// The direction, where the order is that of time alone: no two records of a list have the same.
    pub fn by_time(&self) -> Option<Direction> {
        match self.0.first() {
            None => Some(Direction::Descending),
            Some(key) if key.field.is_time() => Some(key.direction),
            Some(_) => None,
        }
    }

    /// The order as `_sort` has it; empty for newest first.
    pub fn to_text(&self) -> String {
        let keys: Vec<String> = self
            .0
            .iter()
            .map(|key| match key.direction {
                Direction::Ascending => key.field.name().to_owned(),
                Direction::Descending => format!("-{}", key.field.name()),
            })
            .collect();
        keys.join(",")
    }

    /// What of a record is compared.
    pub(in crate::workflow) fn keys(&self, record: RecordRef<'_>) -> Vec<Option<Value>> {
        self.0.iter().map(|key| key.field.of_record(record)).collect()
    }

    /// Compares what [`Sort::keys`] gave.
    pub(in crate::workflow) fn compare(&self, one: &[Option<Value>], other: &[Option<Value>]) -> Ordering {
        self.0
            .iter()
            .zip(one.iter().zip(other))
            .map(|(key, (one, other))| {
                let order = compare(one.as_ref(), other.as_ref());
                match key.direction {
                    Direction::Ascending => order,
                    Direction::Descending => order.reverse(),
                }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

/// null < text < number < truth value < list < object < missing; numbers by value, texts by code point.
pub(super) fn compare(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => compare_values(one, other),
        (one, other) => one.is_none().cmp(&other.is_none()),
    }
}

fn compare_values(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Float(one), Value::Float(other)) => one.total_cmp(other),
        (Value::Integer(one), Value::Float(other)) => float(*one).total_cmp(other),
        (Value::Float(one), Value::Integer(other)) => one.total_cmp(&float(*other)),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::List(one), Value::List(other)) => one.len().cmp(&other.len()).then_with(|| {
            let pairs = one.iter().zip(other).map(|(one, other)| compare_values(one, other));
            pairs.fold(Ordering::Equal, Ordering::then)
        }),
        (Value::Object(one), Value::Object(other)) => one.len().cmp(&other.len()).then_with(|| {
            let pairs = one.iter().zip(other.iter()).map(|((one_name, one), (name, other))| {
                one_name.cmp(name).then_with(|| compare_values(one, other))
            });
            pairs.fold(Ordering::Equal, Ordering::then)
        }),
        (one, other) => rank(one).cmp(&rank(other)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Text(_) => 1,
        Value::Float(_) | Value::Integer(_) => 2,
        Value::Bool(_) => 3,
        Value::List(_) => 4,
        Value::Object(_) => 5,
    }
}

/// The nearest float: what it would be compared as by everybody else.
fn float(integer: i128) -> f64 {
    integer.to_string().parse().unwrap_or(f64::MAX)
}

/// JSON equality: numbers by value, no coercion between types.
pub(super) fn equals(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Integer(integer), Value::Float(float)) | (Value::Float(float), Value::Integer(integer)) => {
            // Beyond 2^53 a float has no exact integer that a client could have meant.
            float.fract() == 0.0
                && float.abs() < 9_007_199_254_740_992.0
                && format!("{float}") == integer.to_string()
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equals(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other.iter())
                    .all(|((one_name, one), (name, other))| one_name == name && equals(one, other))
        }
        (one, other) => one == other,
    }
}
