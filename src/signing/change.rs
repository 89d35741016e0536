//! The change digest: what a reviewer sees, names and later signs (`statement` §6).

use std::collections::BTreeMap;

use crate::{
    canonical,
    types::{CollectionPath, Object, Sha256Digest, Timestamp, Value},
};

/// What publishing now would write into a destination.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    destination: CollectionPath,
    base: Option<ChangeBase>,
    attributes: Sha256Digest,
    records: BTreeMap<String, Option<Sha256Digest>>,
}

/// What the last statement for the destination says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChangeBase {
    /// Root of the record tree.
    pub root: Sha256Digest,
    /// The records timestamp.
    pub timestamp: Timestamp,
}

impl Change {
    /// The attributes of a collection that are published, and thus part of a change.
    pub const ATTRIBUTES: [&str; 5] = ["attachment", "displayFields", "flags", "schema", "sort"];
    /// The `type` of the text.
    pub const TYPE: &str = "countersign/change/v1";

    /// No records yet. `base` is `None` if there never was a statement for the destination; of `attributes`, all that the
    /// destination will have, those in [`Change::ATTRIBUTES`] count.
    pub fn new(destination: CollectionPath, base: Option<ChangeBase>, attributes: &Object) -> Self {
        let attributes = Self::digest_of_attributes(attributes);
        Self { destination, base, attributes, records: BTreeMap::new() }
    }

    /// SHA-256 of the published attributes among `attributes`.
    pub fn digest_of_attributes(attributes: &Object) -> Sha256Digest {
        let mut published = Object::new();
        for name in Self::ATTRIBUTES {
            if let Some(value) = attributes.get(name) {
                published.insert(name, value.clone());
            }
        }
        Sha256Digest::of(&canonical::attributes_to_bytes(&published))
    }

    /// Adds a record that is created or replaced: the digest of its content.
    pub fn put(&mut self, id: impl Into<String>, content: Sha256Digest) {
        self.records.insert(id.into(), Some(content));
    }

    /// Adds a record that is deleted.
    pub fn delete(&mut self, id: impl Into<String>) {
        self.records.insert(id.into(), None);
    }

    /// The canonical text.
    pub fn to_text(&self) -> String {
        let base = self.base.map_or(Value::Null, |base| {
            let mut object = Object::new();
            object.insert("root", base.root.to_hex());
            object.insert("timestamp", base.timestamp.as_millis());
            Value::Object(object)
        });
        let records = self.records.iter().map(|(id, content)| {
            let content = content.map_or(Value::Null, |content| Value::Text(content.to_hex()));
            Value::List(vec![Value::from(id.as_str()), content])
        });
        let mut object = Object::new();
        object.insert("type", Self::TYPE);
        object.insert("bucket", self.destination.bucket.as_str());
        object.insert("collection", self.destination.collection.as_str());
        object.insert("base", base);
        object.insert("attributes", self.attributes.to_hex());
        object.insert("changes", records.collect::<Vec<_>>());
        canonical::object_to_text(&object)
    }

    /// SHA-256 of the text: the name of the change.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.to_text().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{JsonLimits, Nul, Reader};

    #[test]
    fn every_vector_of_changes_is_met() {
        // In attributes `-0` is a float, spelled so.
        let bytes = include_bytes!("../../fixtures/spec/statement-vectors.json");
        let limits = JsonLimits { depth: 128, nul: Nul::Accepted };
        let vectors = Reader::new(bytes, limits).with_negative_zero_as_float().value().unwrap();
        let vectors = vectors.as_object().unwrap().get("changes").and_then(Value::as_list).unwrap();
        assert_eq!(vectors.len(), 12);
        for vector in vectors {
            let vector = vector.as_object().unwrap();
            let expected = |name| vector.get(name).and_then(Value::as_text).map(str::to_owned);
            let change = change(vector);
            assert_eq!(change.as_ref().map(Change::to_text), expected("text"), "{:?}", expected("note"));
            assert_eq!(change.as_ref().map(|change| change.digest().to_hex()), expected("digest"));
            let fingerprint = change.map(|change| change.digest().fingerprint().to_string());
            assert_eq!(fingerprint, expected("fingerprint"));
        }
    }

    /// `None` where a record has no canonical form.
    fn change(vector: &Object) -> Option<Change> {
        let text = vector.get("text").and_then(Value::as_text);
        let base = text.filter(|text| text.contains(r#""base":{"#)).map(|_| ChangeBase {
            root: Sha256Digest::parse("3d2748326e27d9d9ff1bea116382b712e4d71b29cf24f3566e3dc9dadfb4ac20")
                .unwrap(),
            timestamp: Timestamp::from_millis(1_795_491_000_003).unwrap(),
        });
        let attributes = vector.get("attributes").and_then(Value::as_object).unwrap();
        let mut change = Change::new(CollectionPath::parse("main/demo").unwrap(), base, attributes);
        for record in vector.get("writes").and_then(Value::as_list).unwrap() {
            let mut content = record.as_object().unwrap().clone();
            content.remove("last_modified");
            let id = content.get("id").and_then(Value::as_text).unwrap().to_owned();
            if content.get("deleted").and_then(Value::as_bool) == Some(true) {
                change.delete(id);
            } else {
                change.put(id, Sha256Digest::of(&canonical::record(&content).ok()?));
            }
        }
        Some(change)
    }
}
