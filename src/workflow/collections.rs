//! Collections: what their attributes are, how they are deleted, how they are shown.

use super::{
    Actor, Role, RowError, Scope, WriteError,
    draft::{DraftFault, DraftProblem},
    review, rows,
    timestamps::Wanted,
};
use crate::{
    storage::{ObjectKey, StoredObject},
    types::{CollectionPath, GroupId, Object, Timestamp, Value},
};

/// A collection's attributes (`kinto-api` §7.2): `schema` is an object, `cache_expires` an integer.
pub(super) fn check(attributes: &mut Object) -> Result<(), DraftFault> {
    if attributes.get("schema").is_some_and(|schema| schema.as_object().is_none()) {
        return Err(DraftFault::new("schema", DraftProblem::NotObject));
    }
    let Some(sent) = attributes.remove(CACHE_EXPIRES) else { return Ok(()) };
    if sent == Value::Null {
        return Ok(());
    }
    let seconds =
        whole_seconds(&sent).ok_or_else(|| DraftFault::new(CACHE_EXPIRES, DraftProblem::NotInteger))?;
    attributes.insert(CACHE_EXPIRES, Value::Integer(seconds));
    Ok(())
}

/// A schema that a write brings can be used (`kinto-api` §16). One that was there before may be none, and is not in the way of
/// other attributes.
pub(super) fn check_schema(
    scope: &Scope<'_>,
    before: Option<&Object>,
    after: &Object,
) -> Result<(), DraftFault> {
    let Some(Value::Object(schema)) = after.get("schema") else { return Ok(()) };
    if before.and_then(|before| before.get("schema")) == after.get("schema") {
        return Ok(());
    }
    match scope.services.schemas.ready(schema) {
        Ok(_) => Ok(()),
        Err(error) => Err(DraftFault::new("schema", DraftProblem::NotSchema(error))),
    }
}

/// Deletes a collection with its records; of a source also its editors and reviewers (`remote-settings` §2.8).
///
/// Review is asked before, and told after.
pub(super) fn delete(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    stored: &StoredObject,
    asked: Option<Timestamp>,
) -> Result<Timestamp, WriteError> {
    let before = rows::attributes(stored)?;
    review::collection_deleting(scope, path)?;
    let wanted = Wanted { current: Some(stored.last_modified), asked };
    let deleted = rows::delete_object(scope, &ObjectKey::Collection(path.clone()), wanted)?;
    if let Some(Role::Source(_)) = scope.services.settings.resources.role(path) {
        scope.act_as(&Actor::plugin(), |scope| delete_groups(scope, path))?;
    }
    review::collection_deleted(scope, path, &before)?;
    Ok(deleted)
}

/// Members lose what the groups gave them, also if a collection of this name comes again (`remote-settings` §11, 2).
fn delete_groups(scope: &mut Scope<'_>, path: &CollectionPath) -> Result<(), RowError> {
    for suffix in ["editors", "reviewers"] {
        // An id that is too long for a group never had one.
        let Ok(group) = GroupId::parse(&format!("{}-{suffix}", path.collection)) else { continue };
        let key = ObjectKey::Group(path.bucket.clone(), group);
        if let Some(stored) = scope.tx.find_object(&key)? {
            rows::delete_object(scope, &key, Wanted::after(stored.last_modified))?;
        }
    }
    Ok(())
}

/// Integers, numeric texts, and floats without their fraction.
fn whole_seconds(value: &Value) -> Option<i128> {
    match value {
        Value::Integer(integer) => Some(*integer),
        Value::Float(float) if float.abs() < LARGEST_EXACT => format!("{:.0}", float.trunc()).parse().ok(),
        Value::Text(text) => text.trim().parse::<i64>().ok().map(i128::from),
        Value::Bool(_) | Value::Float(_) | Value::List(_) | Value::Null | Value::Object(_) => None,
    }
}

const CACHE_EXPIRES: &str = "cache_expires";

/// 2^53: floats below it have exact integers.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{JsonLimits, Nul};

    fn checked(text: &str) -> Result<Object, DraftFault> {
        let mut attributes = object(text);
        check(&mut attributes).map(|()| attributes)
    }

    fn object(text: &str) -> Object {
        let value = Value::parse(text.as_bytes(), JsonLimits { depth: 64, nul: Nul::Refused }).unwrap();
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_age_of_caches_is_an_integer_however_it_is_written() {
        for (sent, kept) in [
            (r#"{"cache_expires":60}"#, r#"{"cache_expires":60}"#),
            (r#"{"cache_expires":"60"}"#, r#"{"cache_expires":60}"#),
            (r#"{"cache_expires":60.9}"#, r#"{"cache_expires":60}"#),
            (r#"{"cache_expires":-60.9}"#, r#"{"cache_expires":-60}"#),
            (r#"{"cache_expires":null,"a":1}"#, r#"{"a":1}"#),
        ] {
            assert_eq!(checked(sent), Ok(object(kept)), "{sent}");
        }
        for sent in [r#"{"cache_expires":"x"}"#, r#"{"cache_expires":true}"#, r#"{"cache_expires":1e300}"#] {
            assert_eq!(
                checked(sent),
                Err(DraftFault::new("cache_expires", DraftProblem::NotInteger)),
                "{sent}"
            );
        }
    }

    #[test]
    fn a_schema_is_an_object() {
        assert_eq!(checked(r#"{"schema":{}}"#), Ok(object(r#"{"schema":{}}"#)));
        for sent in [r#"{"schema":null}"#, r#"{"schema":[]}"#] {
            assert_eq!(checked(sent), Err(DraftFault::new("schema", DraftProblem::NotObject)), "{sent}");
        }
    }
}
