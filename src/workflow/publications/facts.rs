//! Everything that is known of one publication.

use super::may_read;
use crate::{
    canonical,
    signing::{Certificate, Chain, Statement},
    storage::{
        ChangesWindow, Publication, PublicationChange, PublicationKind, RecordChange, SignedAgain,
        StorageError, StoredSignature, Tally,
    },
    types::{CollectionPath, Object, RecordId, Sha256Digest},
    workflow::{Resource, Scope, access::AccessError, published, rows},
};

/// One publication, as against the version before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The published attributes before and after it.
    pub attributes: (Object, Object),
    /// The certificates that vouched for it, leaf first, root last; empty where the file cannot be read.
    pub chain: Vec<Certificate>,
    /// The highest version: what clients get now.
    pub latest: u64,
    /// How many publications the collection has.
    pub made: u64,
    /// The version after it.
    pub next: Option<u64>,
    /// The version before it, and its statement.
    pub previous: Option<(Publication, Statement)>,
    /// The publication.
    pub publication: Publication,
    /// Of one that signs again: the version whose records it repeats.
    pub repeats: Option<u64>,
    /// The versions after it that sign the same records again.
    pub signed_again: Option<SignedAgain>,
    /// What clients fetch.
    pub sizes: Sizes,
    /// What its statement says.
    pub statement: Statement,
    /// What it changed.
    pub tally: Tally,
}

/// Bytes of answers, before any compression on the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sizes {
    /// For a client that has the version before.
    pub delta: u64,
    /// For a client that has nothing; `None` where an earlier version of the program published it and counted nothing.
    pub full: Option<u64>,
}

/// Which part of the changes is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangesPart {
    /// What comes after this record, to which that happened.
    pub after: Option<(RecordChange, RecordId)>,
    /// Only this kind.
    pub kind: Option<RecordChange>,
    /// At most that many.
    pub limit: usize,
    /// This record alone; the others do not count then.
    pub only: Option<RecordId>,
}

impl Changed {
    /// What happened to the record.
    pub fn kind(&self) -> RecordChange {
        match (&self.before, &self.after) {
            (None, _) => RecordChange::Created,
            (Some(_), Some(_)) => RecordChange::Updated,
            (Some(_), None) => RecordChange::Deleted,
        }
    }
}

/// What a publication changed in one record: the record before and after it, with `last_modified`.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// `None` if it is gone.
    pub after: Option<Object>,
    /// `None` if it is new.
    pub before: Option<Object>,
    /// The record.
    pub id: RecordId,
}

/// The facts of one version of the destination; `None` where there is no such version. For who may read the source.
pub fn facts(scope: &mut Scope<'_>, resource: &Resource, version: u64) -> Result<Option<Facts>, AccessError> {
    may_read(scope, resource)?;
    let path = &resource.destination;
    let mut found = scope.tx.list_publications(path, version, 2)?.into_iter();
    let Some(publication) = found.next().filter(|found| found.version == version) else { return Ok(None) };
    let next = found.next().map(|next| next.version);
    let latest = match next {
        None => version,
        Some(next) => scope.tx.latest_publication(path)?.map_or(next, |latest| latest.version),
    };
    let previous = match scope.tx.list_publications_before(path, version, 1)?.pop() {
        Some(previous) => {
            let statement = statement(&previous)?;
            Some((previous, statement))
        }
        None => None,
    };
    let before = previous.as_ref().map(|(previous, _)| attributes(previous)).transpose()?.unwrap_or_default();
    let after = attributes(&publication)?;
    let tally = scope.tx.tally_publication(path, version)?;
    let statement = statement(&publication)?;
    Ok(Some(Facts {
        chain: chain(scope, publication.statement_signatures.first())?,
        latest,
        made: scope.tx.count_publications(path)?.made,
        next,
        previous,
        repeats: repeats(scope, path, &publication)?,
        signed_again: scope.tx.find_signed_again(path, version)?,
        sizes: sizes(scope, path, &publication, &after, &statement, &tally)?,
        attributes: (before, after),
        publication,
        statement,
        tally,
    }))
}

/// A part of what a version changed: what is updated, what is deleted, what is created, each by record id. First comes what
/// alters what clients hold. For who may read the source.
pub fn changes(
    scope: &mut Scope<'_>,
    resource: &Resource,
    version: u64,
    part: &ChangesPart,
) -> Result<Vec<Changed>, AccessError> {
    may_read(scope, resource)?;
    let path = &resource.destination;
    let mut after = part.after.clone();
    let mut listed: Vec<PublicationChange> = Vec::new();
    let tally = scope.tx.tally_publication(path, version)?;
    let all = [
        (RecordChange::Updated, tally.updated),
        (RecordChange::Deleted, tally.deleted),
        (RecordChange::Created, tally.created),
    ];
    for (kind, count) in all
        .into_iter()
        .skip_while(|(kind, _)| part.after.as_ref().is_some_and(|(after, _)| rank(*after) > rank(*kind)))
    {
        if count == 0 || part.kind.is_some_and(|only| only != kind) || listed.len() == part.limit {
            continue;
        }
        let after = after.take_if(|(own, _)| *own == kind).map(|(_, id)| id);
        let limit = part.limit - listed.len();
        let window = ChangesWindow { after, kind: Some(kind), limit, only: part.only.clone() };
        listed.extend(scope.tx.list_publication_changes_in(path, version, &window)?);
        if part.only.is_some() {
            break;
        }
    }
    Ok(listed.into_iter().map(|change| changed(scope, change)).collect::<Result<_, _>>()?)
}

/// In which order they come.
fn rank(kind: RecordChange) -> u8 {
    match kind {
        RecordChange::Updated => 0,
        RecordChange::Deleted => 1,
        RecordChange::Created => 2,
    }
}

fn changed(scope: &mut Scope<'_>, change: PublicationChange) -> Result<Changed, StorageError> {
    let mut load = |side: Option<_>| {
        let Some((content, modified)) = side else { return Ok(None) };
        let mut members = rows::members(&scope.tx.load_content(content)?)?;
        let modified: crate::types::Timestamp = modified;
        members.insert("last_modified", modified.as_millis());
        Ok::<_, StorageError>(Some(members))
    };
    Ok(Changed { after: load(change.after)?, before: load(change.before)?, id: change.id })
}

/// The certificates of a signature. What cannot be read is not shown: the page says so, and clients would refuse it.
fn chain(
    scope: &mut Scope<'_>,
    signature: Option<&StoredSignature>,
) -> Result<Vec<Certificate>, StorageError> {
    let name = signature.and_then(|signature| signature.x5u.rsplit('/').next()?.strip_suffix(".pem"));
    let Some(digest) = name.and_then(|name| Sha256Digest::parse(name).ok()) else { return Ok(Vec::new()) };
    let Some(pem) = scope.tx.find_chain(&digest)? else { return Ok(Vec::new()) };
    let Ok(chain) = Chain::parse_pem(pem.as_bytes()) else { return Ok(Vec::new()) };
    Ok(chain.iter().map(Certificate::parse).collect::<Option<_>>().unwrap_or_default())
}

/// The version before it that is no signature again.
fn repeats(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    publication: &Publication,
) -> Result<Option<u64>, StorageError> {
    if publication.kind != PublicationKind::Resigned {
        return Ok(None);
    }
    let made = scope.tx.list_newest_publications(path, Some(publication.version), 1)?.pop();
    let first = match made {
        None => scope.tx.list_publications(path, 0, 1)?.pop(),
        made @ Some(_) => made,
    };
    Ok(first.map(|first| first.version))
}

/// As the answers are put together: metadata, records, and what stands around them.
fn sizes(
    scope: &mut Scope<'_>,
    path: &CollectionPath,
    publication: &Publication,
    attributes: &Object,
    statement: &Statement,
    tally: &Tally,
) -> Result<Sizes, StorageError> {
    let metadata = published::metadata_of(publication, &scope.services.settings, attributes);
    let digits = length(publication.timestamp.to_string().len());
    let around = length(canonical::object_to_bytes(&metadata).len()) + length(AROUND.len()) + digits;
    let live = tally.created + tally.updated;
    let deleted_ids =
        if tally.deleted == 0 { 0 } else { scope.tx.count_deleted_id_bytes(path, publication.version)? };
    let changes = tally.bytes
        + live * (length(MODIFIED.len()) + digits)
        + tally.deleted * (length(TOMBSTONE.len()) + digits)
        + deleted_ids
        + (live + tally.deleted).saturating_sub(1);
    let full = publication.record_bytes.map(|bytes| around + bytes + statement.count.saturating_sub(1));
    Ok(Sizes { delta: around + changes, full })
}

fn statement(publication: &Publication) -> Result<Statement, StorageError> {
    Statement::parse(&publication.statement)
        .map_err(|_| StorageError::Corrupt { table: "publications", column: "statement" })
}

fn attributes(publication: &Publication) -> Result<Object, StorageError> {
    rows::parse_members(publication.attributes.as_bytes())
        .map_err(|_| StorageError::Corrupt { table: "publications", column: "attributes" })
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// What a changeset has beside metadata, timestamp and entries.
const AROUND: &str = r#"{"metadata":,"timestamp":,"changes":[]}"#;
/// What a record has beside its content and the digits of its time.
const MODIFIED: &str = r#","last_modified":"#;
/// A tombstone without its id and the digits of its time.
const TOMBSTONE: &str = r#"{"deleted":true,"id":"","last_modified":}"#;
