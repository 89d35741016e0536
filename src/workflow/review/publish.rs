//! The one way in which a preview or destination changes: rows, statement, signatures and memory of a publication, all in the
//! transaction of the caller.
//!
//! If we stop anywhere in here, the transaction is undone and the last publication is what everybody sees; the version that
//! the signer has spent meanwhile stays spent, in its own ledger.

use super::{
    ReviewError,
    destination::{self, Write},
    source,
};
use crate::{
    canonical,
    signing::{
        self, Asked, ChainUnavailable, Key, Leaf, RecordsError, SignError, Signed, SignedRecord, Statement,
    },
    storage::{ListKey, ObjectKey, Publication, PublicationKind, PublicationReview, StorageError, Tx, Visit},
    types::{CollectionPath, Object, Sha256Digest},
    workflow::{
        Actor, Scope, rows,
        timestamps::{self, Wanted},
    },
};

/// A publication to be made.
#[derive(Debug)]
pub(super) struct Plan {
    /// What becomes of the published attributes.
    pub(super) attributes: Attributes,
    /// The change that is published.
    pub(super) change_digest: Option<Sha256Digest>,
    /// Who has an edit in it, sorted.
    pub(super) editors: Vec<String>,
    /// Why.
    pub(super) kind: PublicationKind,
    /// Who asked and who approved.
    pub(super) review: PublicationReview,
    /// The records to be written.
    pub(super) writes: Vec<Write>,
}

/// What becomes of the published attributes.
#[derive(Clone, Debug)]
pub(super) enum Attributes {
    /// They stay.
    Keep,
    /// They become these; others of them go.
    Replace(Object),
}

impl Plan {
    /// Nothing changes, and nobody asked for it: a new signature.
    pub(super) fn unchanged(kind: PublicationKind) -> Self {
        Self {
            attributes: Attributes::Keep,
            change_digest: None,
            editors: Vec::new(),
            kind,
            review: PublicationReview::default(),
            writes: Vec::new(),
        }
    }
}

/// Publishes: writes the records, has them signed, and remembers everything.
pub(super) fn publish(scope: &mut Scope<'_>, target: &CollectionPath, plan: Plan) -> Result<(), ReviewError> {
    destination::ensure(scope, target)?;
    let latest = scope.tx.latest_publication(target)?;
    let list = ListKey::Records(target.clone());
    if let Some(latest) = &latest {
        raise_timestamp(scope, &list, latest)?;
    }
    let changes = destination::apply(scope, target, plan.writes)?;
    let wanted = signing::Publication {
        floor_version: latest.as_ref().map_or(0, |latest| latest.version),
        issued: scope.now,
        path: target.clone(),
        previous: latest.as_ref().map(|latest| Statement::hash_of_text(&latest.statement)),
        timestamp: timestamps::current(scope, &list)?,
    };
    let (signed, record_bytes) = sign(scope, &wanted)?;
    let attributes = write_attributes(scope, target, plan.attributes)?;
    scope.tx.insert_publication(&Publication {
        at: scope.now,
        attributes: canonical::object_to_text(&attributes),
        change_digest: plan.change_digest,
        content_signatures: signed.content_signatures,
        editors: plan.editors,
        kind: plan.kind,
        path: target.clone(),
        record_bytes: Some(record_bytes),
        review: plan.review,
        statement: signed.statement,
        statement_signatures: signed.statement_signatures,
        timestamp: wanted.timestamp,
        version: signed.version,
    })?;
    for change in &changes {
        scope.tx.insert_publication_change(target, signed.version, change)?;
    }
    scope.tx.keep_publication_tally(target, signed.version)?;
    if !scope.effects.published.contains(target) {
        scope.effects.published.push(target.clone());
    }
    Ok(())
}

/// The rows of an earlier life of a collection may be gone; its time goes on.
pub(super) fn raise_timestamp(
    scope: &mut Scope<'_>,
    list: &ListKey,
    latest: &Publication,
) -> Result<(), StorageError> {
    if timestamps::current(scope, list)? < latest.timestamp {
        scope.tx.put_timestamp(list, latest.timestamp)?;
    }
    Ok(())
}

/// Has the live records of a path signed, stores the chain, and verifies what came back as a client would. The records'
/// bytes are counted on the way.
fn sign(scope: &mut Scope<'_>, wanted: &signing::Publication) -> Result<(Signed, u64), ReviewError> {
    let services = scope.services;
    let mut records = LiveRecords { bytes: 0, failure: None, path: &wanted.path, tx: &mut *scope.tx };
    let signed = match services.signer.sign(wanted, &mut records) {
        Ok(signed) => signed,
        Err(SignError::Records(error)) => {
            return Err(records.failure.map_or_else(|| SignError::Records(error).into(), ReviewError::from));
        }
        Err(error) => return Err(error.into()),
    };
    let bytes = records.bytes;
    scope.tx.put_chain(&signed.chain.digest, &signed.chain.pem)?;
    let path = signed.chain.path();
    let mut chains = |x5u: &str| {
        if x5u == path { Ok(signed.chain.pem.clone().into_bytes()) } else { Err(ChainUnavailable) }
    };
    let asked = Asked::Changeset { path: &wanted.path, timestamp: wanted.timestamp };
    let statement = services.verifier.verify_statement(
        &signed.statement,
        &signed.statement_signatures,
        &asked,
        &mut chains,
        scope.now,
    )?;
    let is_next = statement.version == signed.version && signed.version > wanted.floor_version;
    if is_next && statement.previous == wanted.previous {
        Ok((signed, bytes))
    } else {
        Err(ReviewError::SignedOther)
    }
}

/// Writes the collection object: its published attributes, and a new time.
fn write_attributes(
    scope: &mut Scope<'_>,
    target: &CollectionPath,
    attributes: Attributes,
) -> Result<Object, ReviewError> {
    let key = ObjectKey::Collection(target.clone());
    let stored = scope.tx.find_object(&key)?.ok_or(StorageError::Dangling)?;
    let mut all = rows::attributes(&stored)?;
    match attributes {
        Attributes::Keep => {}
        Attributes::Replace(published) => source::replace_published(&mut all, &published),
    }
    let permissions = scope.tx.find_permissions(&key.uri())?;
    pass_records_time(scope, target)?;
    let wanted = Wanted::after(stored.last_modified);
    scope.act_as(&Actor::plugin(), |scope| rows::put_object(scope, &key, &all, &permissions, wanted))?;
    Ok(source::published(&all))
}

/// Sees to it that the metadata gets a later time than the records which it signs (`remote-settings` §5.4), also when both
/// are written within one millisecond.
fn pass_records_time(scope: &mut Scope<'_>, target: &CollectionPath) -> Result<(), ReviewError> {
    let records = timestamps::current(scope, &ListKey::Records(target.clone()))?;
    let collections = ListKey::Collections(target.bucket.clone());
    if timestamps::current(scope, &collections)? < records {
        scope.tx.put_timestamp(&collections, records)?;
    }
    Ok(())
}

/// The records of a collection, shown to the signer.
struct LiveRecords<'a> {
    /// Of all records as they were shown last.
    bytes: u64,
    failure: Option<StorageError>,
    path: &'a CollectionPath,
    tx: &'a mut dyn Tx,
}

impl signing::Records for LiveRecords<'_> {
    fn visit(&mut self, visitor: &mut dyn FnMut(SignedRecord<'_>)) -> Result<(), RecordsError> {
        let mut bytes = 0;
        let visited = self.tx.visit_by_id(self.path, &mut |id, visited| {
            bytes += visited.record.length();
            let (key, leaf) = visited.leaf.unwrap_or_else(|| {
                let key = Key::of(id);
                (key, Leaf::of(&key, &visited.record.digest()))
            });
            visitor(SignedRecord { id, key, leaf, record: visited.record });
            Visit::Continue
        });
        self.bytes = bytes;
        visited.map_err(|error| {
            self.failure = Some(error);
            RecordsError
        })
    }
}
