//! What the address asks for, and the form that asks it.

use maud::{Markup, html};

use super::{HISTORY, Reach};
use crate::{
    storage::{HistoryAction, HistoryKind, HistoryUser, StorageError},
    types::{AccountName, CollectionPath, RecordId, Timestamp},
    ui::{Form, SignedIn, parts, url},
    workflow::{
        PLUGIN_USER, Resource, Resources, Role, Scope,
        history::{Cursor, Search},
        people::{self, Found as People},
    },
};

/// A question to the history.
#[derive(Debug)]
pub(super) struct Asked {
    /// Where it is asked.
    pub(super) base: String,
    /// What cannot be understood.
    pub(super) fault: Option<&'static str>,
    /// Whether the address itself says which collection.
    is_of_one: bool,
    /// The query as it was sent, without the page.
    query: Vec<(&'static str, String)>,
    pub(super) search: Search,
}

impl Asked {
    /// Of everything that may be seen.
    pub(super) fn of_all(signed_in: &SignedIn<'_>) -> Self {
        let mut asked = Self::read(&signed_in.query, HISTORY.to_owned());
        asked.read_place(&signed_in.query, &signed_in.ui.services.settings.resources);
        asked
    }

    /// Of one collection: what happened to its source and in it.
    pub(super) fn of_resource(signed_in: &SignedIn<'_>, resource: &Resource) -> Self {
        let mut asked = Self::read(&signed_in.query, url::collection(&resource.destination, "history"));
        asked.is_of_one = true;
        asked.query.retain(|(name, _)| *name != "collection");
        asked.search.collection = Some(resource.source.clone());
        asked.read_record(&signed_in.query);
        asked
    }

    /// The search, with the account of whoever was named: by it, or by what they are called.
    pub(super) fn resolve(&self, scope: &mut Scope<'_>) -> Result<Search, StorageError> {
        let mut search = self.search.clone();
        if let HistoryUser::Only(typed) = &self.search.user {
            let user = match people::find(scope, typed)? {
                People::Called(account) | People::One(account) => format!("account:{account}"),
                // It may have been deleted since.
                People::Nobody | People::Several => AccountName::parse(typed)
                    .map_or_else(|_| typed.clone(), |account| format!("account:{account}")),
            };
            search.user = HistoryUser::Only(user);
        }
        Ok(search)
    }

    fn read(typed: &Form, base: String) -> Self {
        let mut asked =
            Self { base, fault: None, is_of_one: false, query: Vec::new(), search: Search::default() };
        for name in FIELDS {
            let value = typed.text(name).trim();
            if !value.is_empty() {
                asked.query.push((name, value.to_owned()));
            }
        }
        asked.search.action = named(&ACTIONS, typed.text("action"));
        asked.search.kind = named(&KINDS, typed.text("kind"));
        asked.search.user = match typed.text("user").trim() {
            "" if typed.has("all") => HistoryUser::Any,
            "" => HistoryUser::Other(PLUGIN_USER.to_owned()),
            user => HistoryUser::Only(user.to_owned()),
        };
        asked.search.since = asked.day(typed, "since");
        asked.search.until = asked.day(typed, "until").map(|day| day.plus_millis(DAY));
        let after = typed.text("after");
        asked.search.after = Cursor::parse(after);
        if asked.search.after.is_none() && !after.is_empty() {
            asked.fault = Some("The address names no place in the history.");
        }
        asked
    }

    /// A collection is named by its destination, and its history is that of its source.
    fn read_place(&mut self, typed: &Form, resources: &Resources) {
        let collection = typed.text("collection").trim();
        if collection.is_empty() {
            return;
        }
        let Ok(path) = CollectionPath::parse(collection) else {
            self.fault = Some("A collection is written as bucket/collection.");
            return;
        };
        self.search.collection = Some(match resources.role(&path) {
            Some(Role::Destination(resource)) => resource.source,
            Some(Role::Preview(_) | Role::Source(_)) | None => path,
        });
        self.read_record(typed);
    }

    fn read_record(&mut self, typed: &Form) {
        let record = typed.text("record").trim();
        if record.is_empty() {
            return;
        }
        match RecordId::parse(record) {
            Ok(record) => self.search.record = Some(record),
            Err(_) => self.fault = Some("No record has such an id."),
        }
    }

    fn day(&mut self, typed: &Form, name: &str) -> Option<Timestamp> {
        let text = typed.text(name).trim();
        let day = Timestamp::parse_day(text);
        if day.is_none() && !text.is_empty() {
            self.fault = Some("A day is written as 2026-11-24.");
        }
        day
    }

    fn value(&self, name: &str) -> &str {
        self.query.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value.as_str())
    }

    /// Whether sentences have to say which collection they are about.
    pub(super) fn reach(&self) -> Reach {
        if self.is_of_one { Reach::One } else { Reach::All }
    }

    /// Whether it asks for less than everything.
    pub(super) fn is_narrow(&self) -> bool {
        !self.query.is_empty() || self.search.after.is_some()
    }

    /// Of the same question, after that entry.
    pub(super) fn address(&self, after: Option<&Cursor>) -> String {
        let after = after.map(Cursor::to_text).unwrap_or_default();
        let mut pairs: Vec<(&str, &str)> =
            self.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.push(("after", &after));
        format!("{}{}", self.base, url::query(&pairs))
    }

    /// `collections` are those that can be chosen.
    pub(super) fn form(&self, collections: &[String]) -> Markup {
        let mut places: Vec<(&str, &str)> = vec![("", "Every collection")];
        places.extend(collections.iter().map(|name| (name.as_str(), name.as_str())));
        let asked = self.value("collection");
        if !asked.is_empty() && !collections.iter().any(|name| name == asked) {
            places.push((asked, asked));
        }
        let choice = |name, label, choices| {
            parts::Field::choice(name, label, choices).value(self.value(name)).render()
        };
        let line = |name, label, placeholder| {
            parts::Field::line(name, label)
                .value(self.value(name))
                .placeholder(placeholder)
                .autocomplete("off")
                .render()
        };
        let is_dated = ["since", "until"].iter().any(|name| !self.value(name).is_empty());
        html! {
            form.history-form method="get" action=(self.base) role="search" aria-label="Narrow the history" {
                @if !self.is_of_one { (choice("collection", "Collection", places)) }
                (line("record", "Record", "Its id"))
                (choice("kind", "What it was done to", vec![("", "Anything"), ("record", "Records"), ("collection", "Collections and reviews"), ("group", "Groups"), ("bucket", "Buckets")]))
                (choice("action", "What was done", vec![("", "Anything"), ("create", "Made"), ("update", "Changed"), ("delete", "Deleted")]))
                (line("user", "By whom", "A name"))
                details.history-more open[is_dated || self.value("all") == "on"] {
                    summary { "More" }
                    div.history-dates {
                        (date("since", "From the day", self.value("since")))
                        (date("until", "To the day", self.value("until")))
                        (parts::check_box("all", "What the service wrote too", self.value("all") == "on"))
                    }
                }
                div.history-go {
                    (parts::button(parts::Weight::Plain, "Show"))
                    @if !self.query.is_empty() { a href=(self.base) { "Show everything" } }
                }
            }
        }
    }
}

fn date(name: &str, label: &str, value: &str) -> Markup {
    html! {
        div.field {
            label for=(format!("f-{name}")) { (label) }
            input.input id=(format!("f-{name}")) type="date" name=(name) value=(value);
        }
    }
}

fn named<T: Copy>(all: &[(&str, T)], name: &str) -> Option<T> {
    all.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
}

const ACTIONS: [(&str, HistoryAction); 3] =
    [("create", HistoryAction::Create), ("delete", HistoryAction::Delete), ("update", HistoryAction::Update)];
const DAY: u64 = 86_400_000;
const FIELDS: [&str; 8] = ["action", "all", "collection", "kind", "record", "since", "until", "user"];
const KINDS: [(&str, HistoryKind); 4] = [
    ("bucket", HistoryKind::Bucket),
    ("collection", HistoryKind::Collection),
    ("group", HistoryKind::Group),
    ("record", HistoryKind::Record),
];
