//! What the page shows, read in one transaction.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    storage::{ContentId, ListKey, ReviewRequest},
    types::{Object, RecordId, Timestamp, Value},
    ui::{Form, PageError},
    workflow::{
        Impact, Resource, Review, Scope, Services, access, acts,
        overview::{self, Line},
        people::Names,
        review::{self, ChangeCounts, ChangeEntry, EntryKind, LastEdit, Reading, ReportState, Standing},
        rows,
    },
};

/// What part of the change is asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Ask {
    pub(super) from: usize,
    pub(super) kind: Option<EntryKind>,
    pub(super) limit: Option<usize>,
    /// Whether everything is open.
    pub(super) open: Open,
    pub(super) search: String,
    /// What was edited after this comes first: somebody has seen the others.
    pub(super) since: Option<Timestamp>,
}

/// Whether what folds away is open.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Open {
    All,
    #[default]
    Changes,
}

impl Ask {
    /// From the query of the address. What makes no sense there is not asked.
    pub(super) fn of(query: &Form) -> Self {
        Self {
            from: query.text("from").parse().unwrap_or(0),
            kind: match query.text("kind") {
                "added" => Some(EntryKind::Created),
                "changed" => Some(EntryKind::Updated),
                "removed" => Some(EntryKind::Deleted),
                _ => None,
            },
            limit: None,
            open: if query.text("open") == "all" { Open::All } else { Open::Changes },
            search: query.text("q").trim().chars().take(LONGEST_SEARCH).collect(),
            since: None,
        }
    }

    /// No records at all.
    pub(super) fn none() -> Self {
        Self { limit: Some(0), ..Self::default() }
    }

    /// Whether it goes on where another page ended.
    pub(super) fn is_more(&self) -> bool {
        self.from > 0
    }
}

/// One record of the change.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) after: Option<Object>,
    pub(super) at: Timestamp,
    pub(super) before: Option<Object>,
    /// Everybody who has an edit in it, by name.
    pub(super) by: Vec<String>,
    pub(super) id: RecordId,
}

/// Everything that the page shows.
#[derive(Debug)]
pub(super) struct View {
    /// Who can approve, by name.
    pub(super) approvers: Vec<String>,
    pub(super) ask: Ask,
    /// Who edited the attributes last.
    pub(super) attributes_by: Option<String>,
    pub(super) counts: ChangeCounts,
    pub(super) display_fields: Vec<String>,
    /// Who ended the last request, by name.
    pub(super) ended_by: Option<String>,
    pub(super) line: Line,
    /// Records that fit what is asked for.
    pub(super) matching: usize,
    pub(super) may_ask: bool,
    pub(super) may_write: bool,
    pub(super) names: BTreeMap<String, String>,
    pub(super) policy: Impact,
    /// The version that is published.
    pub(super) published: Option<Published>,
    pub(super) reading: Arc<Reading>,
    pub(super) records_after: u64,
    pub(super) records_before: u64,
    pub(super) report: Option<ReportState>,
    /// The last request, open or ended.
    pub(super) request: Option<ReviewRequest>,
    pub(super) requested_by: Option<String>,
    pub(super) resource: Resource,
    pub(super) review: Review,
    pub(super) shown: Vec<Shown>,
    pub(super) standing: Standing,
    pub(super) user: String,
}

/// What clients hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Published {
    pub(super) at: Timestamp,
    pub(super) version: u64,
}

impl View {
    /// Reads it, for who reads all records of the source.
    pub(super) fn read(scope: &mut Scope<'_>, resource: &Resource, ask: &Ask) -> Result<Self, PageError> {
        if !access::may_read_below(scope, &ListKey::Records(resource.source.clone()))? {
            return Err(PageError::Forbidden(MAY_NOT_READ));
        }
        let line = overview::of(scope, resource)?.ok_or(PageError::Missing)?;
        let reading = review::read(scope, resource)?.ok_or(PageError::Missing)?;
        let counts = reading.change.counts();
        let records_before = scope.tx.count_records(&resource.destination)?;
        let request = scope.tx.list_requests(&resource.source, 1)?.pop();
        let latest = scope.tx.latest_publication(&resource.destination)?;
        let mut names = Names::default();
        let requested_by = match &request {
            Some(request) => Some(names.with_account(scope, &request.request.by)?),
            None => None,
        };
        let ended_by = match request.as_ref().and_then(|request| request.end.as_ref()) {
            Some(end) => Some(names.with_account(scope, &end.by)?),
            None => None,
        };
        let attributes_by = match &reading.attributes {
            Some(edit) => Some(names.with_account(scope, &edit.user)?),
            None => None,
        };
        let mut approvers = Vec::new();
        for user in review::approvers(scope, resource)? {
            approvers.push(names.with_account(scope, &user)?);
        }
        let mut known = BTreeMap::new();
        for user in &reading.change.editors {
            known.insert(user.clone(), names.with_account(scope, user)?);
        }
        let mut view = Self {
            approvers,
            ask: ask.clone(),
            attributes_by,
            counts,
            display_fields: display_fields(&reading.change.attributes_after),
            ended_by,
            line,
            matching: 0,
            may_ask: review::may_ask(scope, resource),
            may_write: acts::may_write(scope, resource)?,
            names: known,
            policy: scope.services.settings.review.impact,
            published: latest.map(|latest| Published { at: latest.at, version: latest.version }),
            reading: Arc::clone(&reading),
            records_after: (records_before + counts.created).saturating_sub(counts.deleted),
            records_before,
            report: None,
            request,
            requested_by,
            resource: resource.clone(),
            review: scope.services.settings.review.of(&resource.source),
            shown: Vec::new(),
            standing: review::standing(scope, resource)?,
            user: scope.actor.user().unwrap_or_default().to_owned(),
        };
        view.pick(scope, &reading)?;
        Ok(view)
    }

    /// The records that are asked for, up to a page of them.
    fn pick(&mut self, scope: &mut Scope<'_>, reading: &Reading) -> Result<(), PageError> {
        let Ask { from, kind, limit, ref search, since, .. } = self.ask;
        let limit = limit.unwrap_or(PAGE);
        let mut found: Vec<(&ChangeEntry, &LastEdit)> = if search.is_empty() {
            reading.entries(kind).collect()
        } else {
            reading.search(scope, kind, search)?
        };
        if let Some(since) = since {
            found.retain(|(_, edit)| edit.at > since);
        }
        self.matching = found.len();
        let mut bytes = 0;
        for (entry, edit) in found.into_iter().skip(from).take(limit) {
            let shown = self.load(scope, entry, edit, &mut bytes)?;
            self.shown.push(shown);
            // A page of large records is shorter.
            if bytes > PAGE_BYTES {
                break;
            }
        }
        Ok(())
    }

    /// One record of the change.
    pub(super) fn find(&self, scope: &mut Scope<'_>, id: &RecordId) -> Result<Option<Shown>, PageError> {
        let mut bytes = 0;
        match self.reading.entries(None).find(|(entry, _)| entry.id == *id) {
            Some((entry, edit)) => self.load(scope, entry, edit, &mut bytes).map(Some),
            None => Ok(None),
        }
    }

    fn load(
        &self,
        scope: &mut Scope<'_>,
        entry: &ChangeEntry,
        edit: &LastEdit,
        bytes: &mut usize,
    ) -> Result<Shown, PageError> {
        let mut members = |place: Option<(ContentId, Timestamp)>| {
            let Some((content, _)) = place else { return Ok::<_, PageError>(None) };
            let content = scope.tx.load_content(content)?;
            *bytes += content.as_bytes().len();
            Ok(Some(rows::members(&content)?))
        };
        let (before, after) = (members(entry.before)?, members(entry.after)?);
        let mut by: Vec<String> = Vec::new();
        for user in &entry.by {
            let name = if *user == self.user { "you".to_owned() } else { self.name_of(user) };
            if !by.contains(&name) {
                by.push(name);
            }
        }
        Ok(Shown { after, at: edit.at, before, by, id: entry.id.clone() })
    }

    /// What a user is called, who has an edit in the change.
    pub(super) fn name_of(&self, user: &str) -> String {
        self.names.get(user).cloned().unwrap_or_else(|| user.to_owned())
    }

    /// Looks for the impact report, or begins it.
    pub(super) fn find_report(&mut self, services: &Services, patience: Duration) {
        if self.is_empty() {
            return;
        }
        if let Ok(name) = &self.reading.change.name {
            self.report = Some(review::report(services, &self.resource, &name.digest, patience));
        }
    }

    /// Whether there is no change.
    pub(super) fn is_empty(&self) -> bool {
        self.reading.change.entries.is_empty() && self.reading.attributes.is_none()
    }

    /// The records and, as one, the attributes of the change.
    pub(super) fn subjects(&self) -> usize {
        self.reading.change.entries.len() + usize::from(self.reading.attributes.is_some())
    }
}

fn display_fields(attributes: &Object) -> Vec<String> {
    let fields = attributes.get("displayFields").and_then(Value::as_list).unwrap_or_default();
    fields.iter().filter_map(Value::as_text).map(str::to_owned).collect()
}

/// As long as a page waits for a report that is about to be ready.
pub(super) const PATIENCE: Duration = Duration::from_millis(40);
const LONGEST_SEARCH: usize = 200;
const MAY_NOT_READ: &str = "Only those who may read the records of this collection see what would change in it. \
     Ask an administrator to add you to its editors or reviewers.";
/// Records on a page.
const PAGE: usize = 40;
/// Bytes of the contents on a page, about.
const PAGE_BYTES: usize = 400_000;
