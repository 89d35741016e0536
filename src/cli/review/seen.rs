//! The change as a reviewer gets it: fetched whole, and checked to be the one that its digest names.

use super::super::{
    Failure,
    api::{Api, ApiMethod, address_of},
};
use crate::{
    canonical,
    signing::{Change, ChangeBase},
    types::{CollectionPath, Object, Sha256Digest, Timestamp, Value},
};

/// What publishing now would do, as the server tells it; its digest was computed here, from what is shown.
#[derive(Debug)]
pub(in crate::cli) struct SeenChange {
    /// Attributes as they are published, and as they would be.
    pub(in crate::cli) attributes: (Object, Object),
    pub(in crate::cli) digest: Sha256Digest,
    pub(in crate::cli) editors: Vec<String>,
    pub(in crate::cli) records: Vec<SeenRecord>,
}

/// One record of a change.
#[derive(Debug)]
pub(in crate::cli) struct SeenRecord {
    pub(in crate::cli) after: Option<Object>,
    pub(in crate::cli) before: Option<Object>,
    pub(in crate::cli) by: Vec<String>,
    pub(in crate::cli) id: String,
}

impl SeenChange {
    /// Fetches all pages of the change of `source`.
    pub(in crate::cli) fn fetch(
        api: &Api,
        source: &CollectionPath,
        destination: &CollectionPath,
    ) -> Result<Self, Failure> {
        let address = format!("{}/change", address_of(source));
        let mut records: Vec<SeenRecord> = Vec::new();
        loop {
            let after = records.last().map_or_else(String::new, |last| format!("&_after={}", last.id));
            let answer = api.must(ApiMethod::Get, &format!("{address}?_limit={PAGE}{after}"), &[], None)?;
            let data = answer.data().ok_or_else(|| not_understood(&address))?;
            let page = Page::read(data).ok_or_else(|| not_understood(&address))?;
            let total = page.total;
            let is_last = page.records.is_empty();
            records.extend(page.records);
            if is_last || records.len() >= total {
                let change =
                    Self { attributes: page.attributes, digest: page.digest, editors: page.editors, records };
                return change.check(page.base, destination);
            }
        }
    }

    /// How many records are created, updated, deleted.
    pub(in crate::cli) fn counts(&self) -> [usize; 3] {
        let count = |kind: fn(&SeenRecord) -> bool| self.records.iter().filter(|record| kind(record)).count();
        [
            count(|record| record.before.is_none()),
            count(|record| record.before.is_some() && record.after.is_some()),
            count(|record| record.after.is_none()),
        ]
    }

    /// The digest of what is shown must be the one that is approved, whatever the server says.
    fn check(self, base: Option<ChangeBase>, destination: &CollectionPath) -> Result<Self, Failure> {
        let mut change = Change::new(destination.clone(), base, &self.attributes.1);
        for record in &self.records {
            match &record.after {
                Some(after) => {
                    let content = canonical::content(after).map_err(|refusal| {
                        Failure::refused(format!("record {} cannot be published: {refusal}", record.id))
                    })?;
                    change.put(record.id.as_str(), content.digest());
                }
                None => change.delete(record.id.as_str()),
            }
        }
        if change.digest() == self.digest {
            Ok(self)
        } else {
            Err(Failure::refused(format!(
                "the server shows another change than it names: shown {}, named {}",
                change.digest(),
                self.digest
            ))
            .mend("If somebody edits at this moment, try again. Otherwise do not approve anything on this server."))
        }
    }
}

/// One page of the answer.
struct Page {
    attributes: (Object, Object),
    base: Option<ChangeBase>,
    digest: Sha256Digest,
    editors: Vec<String>,
    records: Vec<SeenRecord>,
    total: usize,
}

impl Page {
    fn read(data: &Object) -> Option<Self> {
        let attributes = data.get("attributes")?.as_object()?;
        let count = |name| usize::try_from(data.get(name)?.as_integer()?).ok();
        let total: Option<usize> = ["created", "updated", "deleted"].into_iter().map(count).sum();
        Some(Self {
            attributes: (object(attributes, "before"), object(attributes, "after")),
            base: match data.get("base")? {
                Value::Object(base) => Some(ChangeBase {
                    root: Sha256Digest::parse(base.get("root")?.as_text()?).ok()?,
                    timestamp: Timestamp::from_millis(base.get("timestamp")?.as_integer()?.try_into().ok()?)
                        .ok()?,
                }),
                Value::Null => None,
                Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::List(_) | Value::Text(_) => {
                    return None;
                }
            },
            digest: Sha256Digest::parse(data.get("digest")?.as_text()?).ok()?,
            editors: texts(data.get("editors")?)?,
            records: data.get("changes")?.as_list()?.iter().map(record).collect::<Option<_>>()?,
            total: total?,
        })
    }
}

fn record(value: &Value) -> Option<SeenRecord> {
    let value = value.as_object()?;
    let side = |name| value.get(name).and_then(Value::as_object).cloned();
    Some(SeenRecord {
        after: side("after"),
        before: side("before"),
        by: texts(value.get("by")?)?,
        id: value.get("id")?.as_text()?.to_owned(),
    })
}

fn object(parent: &Object, name: &str) -> Object {
    parent.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_list()?.iter().map(|item| item.as_text().map(str::to_owned)).collect()
}

fn not_understood(address: &str) -> Failure {
    Failure::unreachable(format!("the answer of {address} is not understood"))
        .mend("Is the server's version newer than this program's?")
}

const PAGE: usize = 1000;
