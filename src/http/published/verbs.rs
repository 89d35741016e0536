//! The same answers from a transaction: inside a batch, of sources, of what is not for everybody, and of what does not fit
//! into memory.

use bytes::Bytes;

use super::{
    Changes, Context, chain as chain_response, changes_changeset, max_age_seconds,
    query::Query,
    records,
    snapshot::{Head, TAIL, is_public, write_entry},
};
use crate::{
    http::{
        Body, Captures, Pages, Place, Problem, Request, Response, Shell, problem::Code,
        redirect::with_max_age, response::http_date,
    },
    storage::{Entry, ListKey, StorageError, Tombstones, Tx, Visit, Window},
    types::{CollectionPath, Sha256Digest, Timestamp},
    workflow::{Actor, Scope, Services, access, review::Denied},
};

/// `GET /cert-chains/{file}`
pub(in crate::http) fn chain(
    _: &Shell,
    _: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let digest = captures.text("file").strip_suffix(".pem").and_then(|hex| Sha256Digest::parse(hex).ok());
    let digest = digest.ok_or_else(|| Problem::new(Code::MissingResource))?;
    chain_response(scope.tx.find_chain(&digest)?.map(Bytes::from))
}

/// `GET /buckets/monitor/collections/changes/changeset`
pub(in crate::http) fn monitor_changeset(
    shell: &Shell,
    request: &Request,
    scope: &mut Scope<'_>,
    _: &Captures,
) -> Result<Response, Problem> {
    let changes = Changes::build(scope.tx, &scope.services.settings, shell.published().monitored())?;
    changes_changeset(&context(request, scope), &changes, &request.query)
}

/// `GET /buckets/monitor/collections/changes/records`
pub(in crate::http) fn monitor_records(
    shell: &Shell,
    request: &Request,
    scope: &mut Scope<'_>,
    _: &Captures,
) -> Result<Response, Problem> {
    let changes = Changes::build(scope.tx, &scope.services.settings, shell.published().monitored())?;
    records::answer(&context(request, scope), &changes, &request.query)
}

/// `GET /buckets/{bucket}/collections/{id}/changeset`: for who reads all records of the collection.
pub(in crate::http) fn changeset(
    _: &Shell,
    request: &Request,
    scope: &mut Scope<'_>,
    captures: &Captures,
) -> Result<Response, Problem> {
    let path = CollectionPath::parse(&format!("{}/{}", captures.text("bucket"), captures.id())).ok();
    let permitted = match &path {
        Some(path) => access::may_read_below(scope, &ListKey::Records(path.clone()))?,
        None => false,
    };
    if !permitted {
        let nobody = scope.actor.user().is_none();
        return Err(Problem::from(if nobody { Denied::Anonymous } else { Denied::Forbidden }));
    }
    let settings = &scope.services.settings;
    let found = path.map(|path| Head::read(scope.tx, settings, &path).map(|head| head.zip(Some(path))));
    let (head, path) = found.transpose()?.flatten().ok_or_else(|| Problem::new(Code::MissingResource))?;
    let query = Query::parse(&request.query)?;
    let public = is_public(scope.tx, &path)?;
    let last_modified = http_date(head.last_modified);
    let max_age = max_age_seconds(Some(&query.expected));
    let mut reader = Reader::new(head, path, query);
    let body = match request.place {
        Place::Alone => {
            let services = scope.services.clone();
            Body::Pages(Pages::new(move || reader.read_next(&services)))
        }
        Place::InBatch => {
            let mut whole = Vec::new();
            while let Some(page) = reader.next(scope.tx)? {
                whole.extend_from_slice(&page);
                if whole.len() > IN_BATCH_MAX_BYTES {
                    let limit = format!("A changeset in a batch is limited to {IN_BATCH_MAX_BYTES} bytes.");
                    return Err(Problem::new(Code::Refused).with_message(limit));
                }
            }
            Body::Json(whole.into())
        }
    };
    let response =
        Response { status: 200, headers: Vec::new(), body }.with_header("Last-Modified", last_modified);
    Ok(if public {
        with_max_age(response, max_age, scope.now)
    } else {
        response.with_header("Cache-Control", "no-cache, no-store")
    })
}

fn context<'a>(request: &'a Request, scope: &'a Scope<'_>) -> Context<'a> {
    Context {
        headers: &request.headers,
        method: request.method,
        now: scope.now,
        public_url: &scope.services.settings.public_url,
    }
}

/// Reads a changeset page by page, each in a transaction of its own: a slow caller holds none. What was changed in between
/// breaks the answer off, so that nobody gets half of one state and half of another.
struct Reader {
    head: Head,
    path: CollectionPath,
    place: ReaderPlace,
    query: Query,
    /// Entries written so far.
    written: usize,
}

/// How far a reader is.
enum ReaderPlace {
    AtEntries(Option<(Timestamp, String)>),
    AtHead,
    Done,
}

impl Reader {
    fn new(head: Head, path: CollectionPath, query: Query) -> Self {
        Self { head, path, place: ReaderPlace::AtHead, query, written: 0 }
    }

    /// The next page, in a transaction of its own.
    fn read_next(&mut self, services: &Services) -> Result<Option<Bytes>, Problem> {
        if matches!(self.place, ReaderPlace::AtHead) {
            return Ok(Some(self.take_head()));
        }
        services.read(&Actor::anonymous(), |scope| {
            let now = Head::read(scope.tx, &scope.services.settings, &self.path)?;
            if now.is_none_or(|now| now.bytes != self.head.bytes) {
                return Err(Problem::new(Code::Conflict));
            }
            Ok(self.next(scope.tx)?)
        })
    }

    /// The next page; `None` behind the last.
    fn next(&mut self, tx: &mut dyn Tx) -> Result<Option<Bytes>, StorageError> {
        let after = match &self.place {
            ReaderPlace::AtHead => return Ok(Some(self.take_head())),
            ReaderPlace::AtEntries(after) => after.clone(),
            ReaderPlace::Done => return Ok(None),
        };
        let since = self.query.since.map(|since| Timestamp::from_millis(since).unwrap_or(Timestamp::MAX));
        let window = Window {
            // Entries of the same time as the last one written may follow it.
            before: after.as_ref().map(|(time, _)| time.plus_millis(1)),
            since,
            tombstones: if since.is_some() { Tombstones::Shown } else { Tombstones::Hidden },
        };
        let limit = self.query.limit.unwrap_or(usize::MAX);
        let mut page = Vec::new();
        let mut last = after.clone();
        let mut cut = false;
        let mut written = self.written;
        tx.visit_newest_first(&self.path, &window, &mut |id, entry| {
            let time = match &entry {
                Entry::Deleted(time) => *time,
                Entry::Live(visited) => visited.record.last_modified,
            };
            if after.as_ref().is_some_and(|(last, last_id)| time == *last && id <= last_id.as_str()) {
                return Visit::Continue;
            }
            if written >= limit {
                return Visit::Stop;
            }
            if page.len() >= PAGE_BYTES {
                cut = true;
                return Visit::Stop;
            }
            if written > 0 {
                page.push(b',');
            }
            write_entry(id, &entry, &mut page);
            written += 1;
            last = Some((time, id.to_owned()));
            Visit::Continue
        })?;
        self.written = written;
        self.place = if cut {
            ReaderPlace::AtEntries(last)
        } else {
            page.extend_from_slice(TAIL);
            ReaderPlace::Done
        };
        Ok(Some(page.into()))
    }

    fn take_head(&mut self) -> Bytes {
        self.place = ReaderPlace::AtEntries(None);
        Bytes::copy_from_slice(&self.head.bytes)
    }
}

/// Bytes of a changeset that is held in memory for a batch.
const IN_BATCH_MAX_BYTES: usize = 16 << 20;
/// A page is at least that long, but for the last.
const PAGE_BYTES: usize = 256 << 10;
