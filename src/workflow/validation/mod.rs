//! Records held against the JSON Schema of their collection (`kinto-api` §16).
//!
//! Whoever may write a collection writes its schema, and every later write of a record runs it. So a schema is bounded before
//! it is used: its size, how deep it goes, what it can cost on one record, and where its references lead: nothing is ever
//! fetched. What is found is said in sentences for people, each with the place it is about.

mod cache;
mod cost;
mod graph;
mod message;
mod shape;

use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};

use super::{Scope, rows};
use crate::{
    canonical,
    storage::{ObjectKey, StorageError},
    types::{CollectionPath, Object, Timestamp, Value},
};

pub use cache::Schemas;
use cost::Costs;

/// A JSON Schema, ready to check records.
#[derive(Debug)]
pub struct Schema {
    costs: Costs,
    names_id: bool,
    validator: Validator,
}

/// One thing about a record that its schema does not allow.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// The keyword of the schema that says so: `required`, `pattern`, …
    pub keyword: String,
    /// A sentence without its subject, for people: `must begin with https://`.
    pub message: String,
    /// JSON pointer of what it is about, in the record. Of a missing member: where it would be.
    pub pointer: String,
}

impl Violation {
    /// Place and sentence in one: `urls.base must begin with https://`.
    pub fn sentence(&self) -> String {
        if self.pointer.is_empty() {
            format!("the record {}", self.message)
        } else {
            format!("{} {}", self.path(), self.message)
        }
    }

    /// The place as people write it: `urls.base`, `aliases[1]`; empty for the record as a whole.
    pub fn path(&self) -> String {
        shape::path_of(&self.pointer)
    }
}

/// Why something is no schema that records can be held against.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SchemaError {
    /// What it can cost on one record has no acceptable bound.
    #[error("this schema would take too long to check: it combines its parts in too many ways")]
    Costly,
    /// Nested deeper, or leading further, than the limit.
    #[error("this schema goes too deep")]
    Deep,
    /// A part names itself as a document of its own, and references are in use: nobody could tell where they lead.
    #[error("{pointer}: `$id` below the root, together with references, is not supported")]
    Embedded {
        /// Where in the schema.
        pointer: String,
    },
    /// A reference comes back to itself without having gone into the record.
    #[error("{pointer}: this part refers to itself without end")]
    Endless {
        /// Where in the schema.
        pointer: String,
    },
    /// It breaks a rule of JSON Schema.
    #[error("{place} {message}", place = if pointer.is_empty() { "the schema" } else { pointer })]
    Invalid {
        /// A sentence without its subject.
        message: String,
        /// Where in the schema.
        pointer: String,
    },
    /// Longer than the limit.
    #[error("a schema has at most {most} bytes")]
    Large {
        /// The limit, in bytes of the canonical form.
        most: usize,
    },
    /// A reference leads out of the schema: nothing is fetched.
    #[error(
        "{pointer}: a reference leads elsewhere ({target}); schemas are not fetched, so put that part into `definitions`"
    )]
    Remote {
        /// Where in the schema.
        pointer: String,
        /// The reference.
        target: String,
    },
    /// A reference leads nowhere.
    #[error("{pointer}: there is nothing at {target}")]
    Unresolved {
        /// Where in the schema.
        pointer: String,
        /// The reference.
        target: String,
    },
    /// A keyword whose meaning depends on who refers to the schema.
    #[error("{pointer}: `{keyword}` is not supported")]
    Unsupported {
        /// The keyword.
        keyword: &'static str,
        /// Where in the schema.
        pointer: String,
    },
}

impl Schema {
    /// Makes a schema ready. It has to be valid as draft 7, whatever it says it is, and then as what it says it is
    /// (2020-12 where it says nothing).
    pub fn compile(schema: &Object) -> Result<Self, SchemaError> {
        if canonical::object_to_bytes(schema).len() > LARGEST {
            return Err(SchemaError::Large { most: LARGEST });
        }
        let mut whole = shape::to_json(&Value::Object(schema.clone()));
        if shape::depth(&whole) > DEEPEST {
            return Err(SchemaError::Deep);
        }
        jsonschema::draft7::meta::validate(&whole).map_err(|error| message::of_schema(&error))?;
        let draft = shape::draft_of(schema);
        let graph = graph::read(&whole, draft)?;
        let costs = Costs::of(graph.nodes)?;
        shape::rewrite(&mut whole, &graph.rewrites);
        let names_id = schema
            .get("properties")
            .and_then(Value::as_object)
            .is_some_and(|properties| properties.has("id"));
        shape::forget_own_names(&mut whole, names_id);
        let validator = jsonschema::options()
            .with_draft(draft)
            .should_validate_formats(false)
            .without_content_media_type_support("application/json")
            .without_content_encoding_support("base64")
            .with_pattern_options(
                PatternOptions::fancy_regex()
                    .backtrack_limit(MOST_BACKTRACKING)
                    .size_limit(LARGEST_PATTERN)
                    .dfa_size_limit(LARGEST_PATTERN),
            )
            .build(&whole)
            .map_err(|error| message::of_schema(&error))?;
        Ok(Self { costs, names_id, validator })
    }

    /// What is wrong with a record, the nearest to the root first; nothing if it is good. `last_modified` and `schema` are not
    /// looked at, `id` only if the schema lists it among its `properties`.
    pub fn check(&self, record: &Object) -> Vec<Violation> {
        let mut record = record.clone();
        record.remove("last_modified");
        record.remove("schema");
        if !self.names_id {
            record.remove("id");
        }
        let record = shape::to_json(&Value::Object(record));
        if !self.costs.allow(&record) {
            return vec![message::too_costly()];
        }
        if self.validator.is_valid(&record) {
            return Vec::new();
        }
        let mut violations: Vec<Violation> = self
            .validator
            .iter_errors(&record)
            .take(MOST_VIOLATIONS)
            .flat_map(|error| message::of(&error))
            .collect();
        violations.sort_by_key(|violation| violation.pointer.matches('/').count());
        violations.dedup();
        violations.truncate(MOST_VIOLATIONS);
        violations
    }
}

/// The schema of a collection with the time that its records carry as `schema`; `None` where it has none, which costs the
/// reading of its row.
pub fn of_collection(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
) -> Result<Option<(Arc<Schema>, Timestamp)>, CollectionSchemaError> {
    let Some(stored) = scope.tx.find_object(&ObjectKey::Collection(path.clone()))? else { return Ok(None) };
    if !stored.attributes.contains("\"schema\":") {
        return Ok(None);
    }
    let schema = scope.services.schemas.of_attributes(&stored.attributes, || {
        rows::attributes(&stored).map(|mut attributes| attributes.remove("schema"))
    })?;
    Ok(schema.map(|schema| (schema, stored.last_modified)))
}

/// Why the schema of a collection cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CollectionSchemaError {
    /// It was stored before it was looked at.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Levels of a schema; records have `limits.depth`.
const DEEPEST: usize = 64;
/// In bytes of the canonical form.
const LARGEST: usize = 256 * 1024;
/// In bytes of one compiled pattern.
const LARGEST_PATTERN: usize = 256 * 1024;
/// Steps back, for patterns that look around.
const MOST_BACKTRACKING: usize = 20_000;
/// Of one record.
const MOST_VIOLATIONS: usize = 100;

#[cfg(test)]
mod tests;
