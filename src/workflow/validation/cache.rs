//! Schemas that are ready, by digest. Making one ready takes milliseconds; finding it takes a hash of the collection's row.

use std::sync::{Arc, Mutex, PoisonError};

use super::{CollectionSchemaError, Schema, SchemaError};
use crate::{
    canonical,
    storage::StorageError,
    types::{Object, Sha256Digest, Value},
};

/// The schemas used lately, the last one first.
#[derive(Debug, Default)]
pub struct Schemas(Mutex<Vec<(Sha256Digest, Arc<Schema>)>>);

impl Schemas {
    /// A schema, made ready at its first use.
    pub fn ready(&self, schema: &Object) -> Result<Arc<Schema>, SchemaError> {
        let digest = Sha256Digest::of_parts(&[b"schema", &canonical::object_to_bytes(schema)]);
        self.find_or(digest, || Schema::compile(schema).map(Arc::new))
    }

    /// The schema among the attributes of a collection, whose text says which they are; `read` takes it out of them.
    pub(super) fn of_attributes(
        &self,
        attributes: &str,
        read: impl FnOnce() -> Result<Option<Value>, StorageError>,
    ) -> Result<Option<Arc<Schema>>, CollectionSchemaError> {
        let digest = Sha256Digest::of_parts(&[b"attributes", attributes.as_bytes()]);
        if let Some(schema) = self.find(&digest) {
            return Ok(Some(schema));
        }
        let Some(Value::Object(schema)) = read()? else { return Ok(None) };
        let schema = self.ready(&schema)?;
        self.keep(digest, Arc::clone(&schema));
        Ok(Some(schema))
    }

    fn find_or(
        &self,
        digest: Sha256Digest,
        make: impl FnOnce() -> Result<Arc<Schema>, SchemaError>,
    ) -> Result<Arc<Schema>, SchemaError> {
        if let Some(schema) = self.find(&digest) {
            return Ok(schema);
        }
        // Not under the lock: two may make the same one, and one of them is forgotten.
        let schema = make()?;
        self.keep(digest, Arc::clone(&schema));
        Ok(schema)
    }

    fn find(&self, digest: &Sha256Digest) -> Option<Arc<Schema>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = all.iter().position(|(own, _)| own == digest)?;
        all.get_mut(..=place)?.rotate_right(1);
        all.first().map(|(_, schema)| Arc::clone(schema))
    }

    fn keep(&self, digest: Sha256Digest, schema: Arc<Schema>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.iter().all(|(own, _)| *own != digest) {
            all.truncate(MOST - 1);
            all.insert(0, (digest, schema));
        }
    }
}

/// Entries: a schema has up to two.
const MOST: usize = 64;
