//! What the validating library finds, said to people who have not read the schema.

use jsonschema::{
    ValidationError,
    error::{TypeKind, ValidationErrorKind},
    types::JsonType,
};
use serde_json::Value;

use super::{SchemaError, Violation};
use crate::types::push_name;

/// What one error means. Where several forms are allowed and one of them is plainly meant, what is wrong with that form.
#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds are the library's, and grow with it")]
pub(super) fn of(error: &ValidationError<'_>) -> Vec<Violation> {
    let pointer = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                violation(error, &member(pointer, name), "is not a field that the schema knows".to_owned())
            })
            .collect(),
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            match meant(context, pointer) {
                Some(errors) => errors.iter().flat_map(of).collect(),
                None => vec![violation(error, pointer, none_of(context.len()))],
            }
        }
        ValidationErrorKind::PropertyNames { error: inner } => {
            let name = inner.instance().as_str().unwrap_or_default();
            let sentence = format!("has a name that is not allowed: it {}", sentence(inner));
            vec![violation(error, &member(pointer, name), sentence)]
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![violation(error, &member(pointer, name), "is missing".to_owned())]
        }
        _ => vec![violation(error, pointer, sentence(error))],
    }
}

/// Of a schema that is none.
pub(super) fn of_schema(error: &ValidationError<'_>) -> SchemaError {
    let first = of(error).into_iter().next();
    let (pointer, message) = first.map_or_else(
        || (String::new(), "is no JSON Schema".to_owned()),
        |violation| (violation.pointer, violation.message),
    );
    SchemaError::Invalid { message, pointer }
}

/// Instead of a check that nobody wants to wait for.
pub(super) fn too_costly() -> Violation {
    Violation {
        keyword: "schema".to_owned(),
        message: "combines with this schema in too many ways to be checked; simplify the schema".to_owned(),
        pointer: String::new(),
    }
}

fn violation(error: &ValidationError<'_>, pointer: &str, message: String) -> Violation {
    Violation { keyword: error.kind().keyword().to_owned(), message, pointer: pointer.to_owned() }
}

fn member(pointer: &str, name: &str) -> String {
    let mut pointer = pointer.to_owned();
    push_name(&mut pointer, name);
    pointer
}

/// Of several forms, the only one whose type and fixed values fit, or else whose type alone does.
fn meant<'a>(
    context: &'a [Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<&'a [ValidationError<'static>]> {
    let steps = pointer.matches('/').count();
    let fits = |errors: &&Vec<ValidationError<'static>>, but: Mismatch| {
        !errors.iter().any(|error| mismatch(error, steps).is_some_and(|found| found >= but))
    };
    only(context.iter().filter(|errors| fits(errors, Mismatch::Value)))
        .or_else(|| only(context.iter().filter(|errors| fits(errors, Mismatch::Type))))
}

fn only<'a, E>(mut forms: impl Iterator<Item = &'a Vec<E>>) -> Option<&'a [E]> {
    let first = forms.next()?;
    (forms.next().is_none() && !first.is_empty()).then_some(first)
}

/// What says that another form was meant.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Mismatch {
    /// A fixed value is another one.
    Value,
    /// It is of another type altogether.
    Type,
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds are the library's, and grow with it")]
fn mismatch(error: &ValidationError<'_>, steps: usize) -> Option<Mismatch> {
    let beyond = error.instance_path().as_str().matches('/').count().saturating_sub(steps);
    match error.kind() {
        ValidationErrorKind::Type { .. } | ValidationErrorKind::FalseSchema if beyond == 0 => {
            Some(Mismatch::Type)
        }
        ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. } if beyond <= 1 => {
            Some(Mismatch::Value)
        }
        _ => None,
    }
}

/// What is wrong, without a subject.
#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds are the library's, and grow with it")]
fn sentence(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::AdditionalItems { limit } => {
            format!("has more than {}", counted(u64::try_from(*limit).unwrap_or(u64::MAX), "item"))
        }
        ValidationErrorKind::BacktrackLimitExceeded { .. }
        | ValidationErrorKind::RegexEngineFailure { .. } => {
            "could not be held against its pattern: that takes too long".to_owned()
        }
        ValidationErrorKind::Constant { expected_value } => format!("must be {}", shown(expected_value)),
        ValidationErrorKind::Contains => "lacks an item that the schema asks for".to_owned(),
        ValidationErrorKind::Enum { options } => one_of(options),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be greater than {limit}"),
        ValidationErrorKind::FalseSchema => "is not allowed here".to_owned(),
        ValidationErrorKind::Format { format } => format!("must be of the format {format}"),
        ValidationErrorKind::MaxItems { limit } => format!("has more than {}", counted(*limit, "item")),
        ValidationErrorKind::MaxLength { limit } => format!("has more than {}", counted(*limit, "character")),
        ValidationErrorKind::MaxProperties { limit } => format!("has more than {}", counted(*limit, "field")),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::MinItems { limit } => format!("needs at least {}", counted(*limit, "item")),
        ValidationErrorKind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        ValidationErrorKind::MinLength { limit } => {
            format!("needs at least {}", counted(*limit, "character"))
        }
        ValidationErrorKind::MinProperties { limit } => {
            format!("needs at least {}", counted(*limit, "field"))
        }
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        ValidationErrorKind::Not { .. } => "has a form that the schema excludes".to_owned(),
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            "fits several of the forms of which the schema allows one".to_owned()
        }
        ValidationErrorKind::Pattern { pattern } => pattern_sentence(pattern),
        ValidationErrorKind::Type { kind } => wrong_type(kind, error.instance()),
        ValidationErrorKind::UnevaluatedItems { .. } => "has items that the schema does not know".to_owned(),
        ValidationErrorKind::UniqueItems => "has an item twice".to_owned(),
        _ => format!("does not fit the schema ({})", error.kind().keyword()),
    }
}

fn none_of(forms: usize) -> String {
    format!("fits none of the {forms} forms that the schema allows")
}

fn counted(many: u64, noun: &str) -> String {
    format!("{many} {noun}{}", if many == 1 { "" } else { "s" })
}

fn one_of(options: &Value) -> String {
    match options.as_array().map(Vec::as_slice) {
        Some([only]) => format!("must be {}", shown(only)),
        Some(options) if options.len() <= MOST_OPTIONS => {
            let options: Vec<String> = options.iter().map(shown).collect();
            format!("must be one of {}", options.join(", "))
        }
        Some(options) => format!("must be one of the {} values that the schema lists", options.len()),
        None => "must be one of the values that the schema lists".to_owned(),
    }
}

/// A value of the schema, shortened.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Patterns that only fix a beginning, an end, or all, are said so.
fn pattern_sentence(pattern: &str) -> String {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    let Some(literal) = literal(inner).filter(|literal| !literal.is_empty()) else {
        return format!("does not match the pattern {pattern}");
    };
    match (pattern.starts_with('^'), pattern.ends_with('$')) {
        (true, true) => format!("must be {literal}"),
        (true, false) => format!("must begin with {literal}"),
        (false, true) => format!("must end with {literal}"),
        (false, false) => format!("must contain {literal}"),
    }
}

/// The text that a pattern stands for, if it stands for one alone.
fn literal(pattern: &str) -> Option<String> {
    let mut literal = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => literal.push(characters.next().filter(char::is_ascii_punctuation)?),
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => return None,
            other => literal.push(other),
        }
    }
    Some(literal)
}

fn wrong_type(kind: &TypeKind, instance: &Value) -> String {
    let wanted: Vec<&str> = match kind {
        TypeKind::Single(single) => vec![type_name(*single)],
        TypeKind::Multiple(several) => several.iter().map(type_name).collect(),
    };
    let found = match instance {
        Value::Array(_) => "a list",
        Value::Bool(_) => "true or false",
        Value::Null => "null",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::Object(_) => "an object",
        Value::String(_) => "text",
    };
    format!("must be {}, and is {found}", wanted.join(" or "))
}

fn type_name(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "text",
    }
}

/// Of a value in a sentence.
const MOST_CHARACTERS: usize = 60;
/// Values that are listed in a sentence.
const MOST_OPTIONS: usize = 8;
