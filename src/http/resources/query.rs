//! The query of a list (`kinto-api` §11): times, filters, a limit. What we do not do is refused, never ignored: an
//! ignored filter would answer with, or delete, more than was asked for.

use crate::{
    http::{
        Problem, Request,
        problem::{Fault, Location},
        target::write_query,
    },
    storage::Tombstones,
    types::Timestamp,
    workflow::{
        ListQuery,
        query::{Filter, Operator},
    },
};

/// A list's query, read.
#[derive(Debug)]
pub(super) struct Query {
    /// Which entries.
    pub list: ListQuery,
    /// Which of their members: `None` for all.
    pub fields: Option<Vec<String>>,
    /// Whether the deprecated `_to` was used.
    pub to: To,
}

/// Whether the deprecated `_to` was used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum To {
    /// It was not.
    Absent,
    /// The answer says so.
    Used,
}

impl Query {
    /// Reads the query of a list. All faults are told.
    pub(super) fn parse(request: &Request, now: Timestamp) -> Result<Self, Problem> {
        let mut reader =
            Reader { faults: Vec::new(), latest: now.plus_millis(DAY), list: ListQuery::default(), request };
        let mut query = Self { fields: fields(request), list: ListQuery::default(), to: To::Absent };
        for (name, value) in &request.query {
            match name.as_str() {
                "_since" => reader.narrow(name, value, Bound::After),
                "_before" => reader.narrow(name, value, Bound::Before),
                "_to" => {
                    query.to = To::Used;
                    reader.narrow(name, value, Bound::Before);
                }
                "_limit" => reader.limit(name, value),
                "_sort" => reader.sort(name, value),
                "_token" => reader.token(value),
                other if other.starts_with('_') => {}
                other => reader.filter(other, value),
            }
        }
        if reader.faults.is_empty() {
            query.list = reader.list;
            Ok(query)
        } else {
            Err(Problem::faults(reader.faults))
        }
    }
}

/// The members that `_fields` asks for; `id` and `last_modified` always are.
pub(super) fn fields(request: &Request) -> Option<Vec<String>> {
    let asked = request.query("_fields").filter(|asked| !asked.is_empty())?;
    Some(asked.split(',').chain(["id", "last_modified"]).map(str::to_owned).collect())
}

/// The address of the next page: the same query, from that entry on.
pub(super) fn next_page(request: &Request, public_url: &str, query: &ListQuery, next: Timestamp) -> String {
    let (limit, token) = (query.limit.map(|limit| limit.to_string()), next.to_string());
    let mut pairs: Vec<(&str, &str)> = request
        .query
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "_limit" | "_token"))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.extend(limit.as_deref().map(|limit| ("_limit", limit)));
    pairs.push(("_token", &token));
    format!("{public_url}{}?{}", request.path(), write_query(&pairs))
}

/// The time in `DELETE …?last_modified=`: an integer, quoted or not.
pub(super) fn asked_time(request: &Request) -> Result<Option<Timestamp>, Problem> {
    let Some(raw) = request.query("last_modified") else { return Ok(None) };
    digits(raw).map(Some).ok_or_else(|| {
        let description = format!("\"{raw}\" is not a number");
        Problem::invalid(Location::QueryString, Some("last_modified"), description)
    })
}

struct Reader<'a> {
    faults: Vec<Fault>,
    latest: Timestamp,
    list: ListQuery,
    request: &'a Request,
}

#[derive(Clone, Copy)]
enum Bound {
    After,
    Before,
    From,
    Through,
}

impl Reader<'_> {
    fn fault(&mut self, name: &str, description: impl Into<String>) {
        self.faults.push(Fault {
            description: description.into(),
            location: Location::QueryString,
            name: Some(name.to_owned()),
        });
    }

    fn narrow(&mut self, name: &str, value: &str, bound: Bound) {
        if value == "null" {
            return;
        }
        if self.request.query.iter().filter(|(own, _)| own == name).count() > 1 {
            self.fault(name, format!("{name} is given more than once"));
            return;
        }
        let Some(time) = digits(value) else {
            let description = if value.is_empty() {
                format!("Invalid value for {name}")
            } else if value.starts_with('-') {
                format!("{value} is less than minimum value 0")
            } else {
                format!("\"{value}\" is not a number")
            };
            self.fault(name, description);
            return;
        };
        if time >= self.latest {
            self.fault(name, format!("Invalid value for {name}"));
            return;
        }
        self.list.tombstones = Tombstones::Shown;
        let later = |own: Option<Timestamp>, time: Timestamp| Some(own.map_or(time, |own| own.max(time)));
        let earlier = |own: Option<Timestamp>, time: Timestamp| Some(own.map_or(time, |own| own.min(time)));
        match bound {
            Bound::After => self.list.since = later(self.list.since, time),
            Bound::Before => self.list.before = earlier(self.list.before, time),
            // Nothing is before the epoch.
            Bound::From if time == Timestamp::ZERO => {}
            Bound::From => self.list.since = later(self.list.since, time.minus_millis(1)),
            Bound::Through => self.list.before = earlier(self.list.before, time.plus_millis(1)),
        }
    }

    fn limit(&mut self, name: &str, value: &str) {
        let plain = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        let whole = plain.split_once('.').map_or(plain, |(whole, _)| whole);
        match whole.parse::<u64>() {
            Ok(0) => {}
            Ok(limit) => self.list.limit = Some(usize::try_from(limit).unwrap_or(usize::MAX)),
            Err(_) if matches!(value, "" | "null") => {}
            Err(_) => self.fault(name, format!("\"{value}\" is not a number")),
        }
    }

    fn sort(&mut self, name: &str, value: &str) {
        if !matches!(value.trim(), "" | "-last_modified") {
            self.fault(name, format!("Unsupported sort '{value}': lists come by -last_modified"));
        }
    }

    fn token(&mut self, value: &str) {
        if value.is_empty() {
            return;
        }
        match digits(value) {
            Some(after) => self.list.after = Some(after),
            None => self.faults.push(Fault {
                description: "_token has invalid content".to_owned(),
                location: Location::QueryString,
                name: None,
            }),
        }
    }

    fn filter(&mut self, name: &str, value: &str) {
        let (operator, field) = Operator::split(name);
        match (operator, field) {
            (Operator::Equals, "last_modified") => {
                self.narrow(name, value, Bound::From);
                self.narrow(name, value, Bound::Through);
            }
            (Operator::Greater, "last_modified") => self.narrow(name, value, Bound::After),
            (Operator::Less, "last_modified") => self.narrow(name, value, Bound::Before),
            (Operator::Min, "last_modified") => self.narrow(name, value, Bound::From),
            (Operator::Max, "last_modified") => self.narrow(name, value, Bound::Through),
            (operator, "last_modified") => {
                self.fault(name, format!("Unsupported filter '{}_' on '{field}'", operator.as_str()));
            }
            (_, _) => match Filter::parse(name, value, self.request.json_limits) {
                Ok(filter) => self.list.filters.push(filter),
                Err(error) => self.fault(name, error.to_string()),
            },
        }
    }
}

/// Digits, in quotation marks or not; a fraction is dropped.
fn digits(raw: &str) -> Option<Timestamp> {
    let plain = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw);
    let whole = match plain.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        Some(_) => return None,
        None => plain,
    };
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Timestamp::from_millis(whole.parse().ok()?).ok()
}

const DAY: u64 = 86_400_000;
