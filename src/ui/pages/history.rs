//! What was done, by whom and when: one line each, narrowed by a form, a page at a time; and what one entry changed.

use maud::{Markup, html};

use crate::{
    storage::{HistoryAction, HistoryEntry, HistoryKind, HistoryPlace, HistoryUser},
    types::{AccountName, CollectionPath, Object, RecordId, Timestamp},
    ui::{Form, Outcome, Page, PageError, Route, SignedIn, has_page, parts, url},
    workflow::{
        PLUGIN_USER, Resources, Role,
        history::{self, Cursor, Event, Search},
        overview,
        people::Names,
    },
};

/// Where these pages are.
pub(super) const ROUTES: &[Route] =
    &[Route::get(HISTORY, show), Route::get("/ui/history/{entry}", show_entry)];

/// An entry, and what its line says.
struct Told {
    entry: HistoryEntry,
    event: Event,
    name: String,
}

impl Told {
    /// Whether both are the same deed of the same person to records of the same collection: many of these are one line.
    fn goes_with(&self, other: &Self) -> bool {
        let is_alike = match (&self.event, &other.event) {
            (Event::Changed(_), Event::Changed(_)) => true,
            (one, other) => one == other,
        };
        is_alike
            && self.records().is_some()
            && self.records() == other.records()
            && self.entry.user == other.entry.user
    }

    /// The collection, of a record.
    fn records(&self) -> Option<CollectionPath> {
        match HistoryPlace::parse(&self.entry.uri) {
            Some(HistoryPlace::Record(path, _)) => Some(path),
            Some(HistoryPlace::Bucket(_) | HistoryPlace::Collection(_) | HistoryPlace::Group(_, _))
            | None => None,
        }
    }
}

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    let asked = Asked::read(signed_in);
    let (told, next, collections) = signed_in.read(|scope| {
        let collections: Vec<String> =
            overview::list(scope)?.into_iter().map(|line| line.resource.destination.to_string()).collect();
        let found = history::find(scope, &asked.search, PAGE)?;
        let mut names = Names::default();
        let mut told = Vec::new();
        for entry in found.entries {
            let name = match &entry.user {
                Some(user) => names.of(scope, user)?,
                None => "Somebody who did not sign in".to_owned(),
            };
            let event = history::event(scope, &entry)?;
            told.push(Told { entry, event, name });
        }
        Ok::<_, PageError>((told, found.next, collections))
    })?;
    let now = signed_in.now;
    let body = html! {
        (asked.form(&collections))
        @if let Some(fault) = asked.fault { (parts::notice(parts::Tone::Error, fault, &html! { a href=(HISTORY) { "Show everything" } })) }
        @if told.is_empty() {
            @if asked.is_narrow() {
                (parts::empty("Nothing like this happened, or you may not see it.", &html! { a href=(HISTORY) { "Show everything" } }))
            } @else {
                (parts::empty("Nothing has happened yet that you may see. Every edit, request and approval appears here.", &html! {}))
            }
        } @else {
            ol.rows.deeds data-keys {
                @for run in told.chunk_by(Told::goes_with) {
                    @match run {
                        [first, .., last] if run.len() > FEW => (many(first, last, run, signed_in)),
                        few => @for told in few { (line(told, signed_in, now)) },
                    }
                }
            }
            @if next.is_some() || asked.search.after.is_some() {
                nav.pages aria-label="Pages" {
                    @if asked.search.after.is_some() { a href=(asked.address(None)) { "Newest" } }
                    @if let Some(next) = &next { a href=(asked.address(Some(next))) rel="next" { "Older" } }
                }
            }
        }
    };
    let page = Page::new("History", body);
    Ok(match &asked.subject {
        Some((name, path)) => page.crumb(name.clone(), Some(path.clone()).filter(|path| has_page(path))),
        None => page,
    }
    .into())
}

/// What the address asks for.
struct Asked {
    fault: Option<&'static str>,
    /// The query as it was sent, without the page.
    query: Vec<(&'static str, String)>,
    search: Search,
    /// The collection that all of it is about: its name and its page.
    subject: Option<(String, String)>,
}

impl Asked {
    fn read(signed_in: &SignedIn<'_>) -> Self {
        let typed = &signed_in.query;
        let mut asked = Self { fault: None, query: Vec::new(), search: Search::default(), subject: None };
        for name in FIELDS {
            let value = typed.text(name).trim();
            if !value.is_empty() {
                asked.query.push((name, value.to_owned()));
            }
        }
        let resources = &signed_in.ui.services.settings.resources;
        asked.read_place(typed, resources);
        asked.search.action = named(&ACTIONS, typed.text("action"));
        asked.search.kind = named(&KINDS, typed.text("kind"));
        asked.search.user = match typed.text("user").trim() {
            "" if typed.has("all") => HistoryUser::Any,
            "" => HistoryUser::Other(PLUGIN_USER.to_owned()),
            user => HistoryUser::Only(
                AccountName::parse(user).map_or_else(|_| user.to_owned(), |name| format!("account:{name}")),
            ),
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
        let source = match resources.role(&path) {
            Some(Role::Destination(resource)) => {
                self.subject = Some((path.to_string(), url::collection(&path, "")));
                resource.source
            }
            Some(Role::Preview(_) | Role::Source(_)) | None => path,
        };
        self.search.collection = Some(source);
        let record = typed.text("record").trim();
        if !record.is_empty() {
            match RecordId::parse(record) {
                Ok(record) => self.search.record = Some(record),
                Err(_) => self.fault = Some("No record has such an id."),
            }
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

    fn is_narrow(&self) -> bool {
        !self.query.is_empty() || self.search.after.is_some()
    }

    /// Of the same question, after that entry.
    fn address(&self, after: Option<&Cursor>) -> String {
        let after = after.map(Cursor::to_text).unwrap_or_default();
        let mut pairs: Vec<(&str, &str)> =
            self.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.push(("after", &after));
        format!("{HISTORY}{}", url::query(&pairs))
    }

    fn form(&self, collections: &[String]) -> Markup {
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
            form.narrow method="get" action=(HISTORY) role="search" aria-label="Narrow the history" {
                (choice("collection", "Collection", places))
                (line("record", "Record", "Its id"))
                (choice("kind", "What it was done to", vec![("", "Anything"), ("record", "Records"), ("collection", "Collections and reviews"), ("group", "Groups"), ("bucket", "Buckets")]))
                (choice("action", "What was done", vec![("", "Anything"), ("create", "Made"), ("update", "Changed"), ("delete", "Deleted")]))
                (line("user", "By whom", "An account"))
                details.narrow-more open[is_dated || self.value("all") == "on"] {
                    summary { "More" }
                    div.narrow-dates {
                        (date("since", "From the day", self.value("since")))
                        (date("until", "To the day", self.value("until")))
                        (parts::check_box("all", "What the service wrote too", self.value("all") == "on"))
                    }
                }
                div.narrow-go {
                    (parts::button(parts::Weight::Plain, "Show"))
                    @if !self.query.is_empty() { a href=(HISTORY) { "Show everything" } }
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

/// Who did what to what, when.
fn line(told: &Told, signed_in: &SignedIn<'_>, now: Timestamp) -> Markup {
    let place = Cursor { at: told.entry.last_modified, bucket: told.entry.bucket.clone() };
    html! {
        li.deed {
            p.deed-text { strong { (parts::text(&told.name)) } " " (sentence(&told.entry, &told.event, signed_in)) }
            a.deed-more.small href=(format!("{HISTORY}/{}", url::encode(&place.to_text()))) aria-label="Show what this changed" { "Show" }
            span.deed-time.small.quiet { (parts::time(told.entry.last_modified, now)) }
        }
    }
}

/// The same deed to many records, one after the other.
fn many(first: &Told, last: &Told, run: &[Told], signed_in: &SignedIn<'_>) -> Markup {
    let now = signed_in.now;
    let verb = match first.event {
        Event::Created => "made",
        Event::Deleted => "deleted",
        Event::Approved
        | Event::Asked
        | Event::Changed(_)
        | Event::Declined
        | Event::Noted
        | Event::RolledBack
        | Event::SignedAgain => "changed",
    };
    let count = u64::try_from(run.len()).unwrap_or(u64::MAX);
    let resources = &signed_in.ui.services.settings.resources;
    let place = first.records().map(HistoryPlace::Collection);
    html! {
        li.deed-run {
            div.deed {
                p.deed-text {
                    strong { (parts::text(&first.name)) } " " (verb) " " (parts::count(count, "record", "records")) " in "
                    (object(place.as_ref(), &first.entry.uri, resources))
                }
                span.deed-time.small.quiet {
                    (parts::time(first.entry.last_modified, now))
                    span.hidden { ", the first of them " (parts::time(last.entry.last_modified, now)) }
                }
            }
            details.deed-each {
                summary { "Show each" }
                ol.rows { @for told in run { (line(told, signed_in, now)) } }
            }
        }
    }
}

/// What somebody did, after their name.
fn sentence(entry: &HistoryEntry, event: &Event, signed_in: &SignedIn<'_>) -> Markup {
    let place = HistoryPlace::parse(&entry.uri);
    let resources = &signed_in.ui.services.settings.resources;
    let object = object(place.as_ref(), &entry.uri, resources);
    html! {
        @match event {
            Event::Approved => { "approved the change of " (object) },
            Event::Asked => { "asked for review of " (object) },
            Event::Changed(names) => { "changed " (object) (members(names)) },
            Event::Created => { "made " (object) },
            Event::Declined => { "declined the change of " (object) },
            Event::Deleted => { "deleted " (object) },
            Event::Noted => { "wrote down where " (object) " stands" },
            Event::RolledBack => { "took back every edit of " (object) },
            Event::SignedAgain => { "had " (object) " signed again" },
        }
    }
}

fn members(names: &[String]) -> Markup {
    let (first, rest) = names.split_at_checked(3).unwrap_or((names, &[]));
    html! {
        @if !first.is_empty() {
            ": "
            @for (place, name) in first.iter().enumerate() {
                @if place > 0 { ", " }
                (parts::mono(name))
            }
            @if !rest.is_empty() { " and " (parts::number(u64::try_from(rest.len()).unwrap_or(u64::MAX))) " more" }
        }
    }
}

/// What it was done to, with a link where there is a page. A collection is named by its destination.
fn object(place: Option<&HistoryPlace>, uri: &str, resources: &Resources) -> Markup {
    let shown = |path: &CollectionPath| {
        resources.of_source(path).map_or_else(|| path.clone(), |resource| resource.destination)
    };
    let collection = |path: &CollectionPath| {
        let shown = shown(path);
        let target = url::collection(&shown, "");
        let is_ours = resources.of_source(path).is_some() && has_page(&target);
        (shown.to_string(), Some(target).filter(|_| is_ours))
    };
    let linked = |name: &str, path: Option<String>| {
        html! {
            @if let Some(path) = path { a href=(path) { (parts::text(name)) } } @else { (parts::text(name)) }
        }
    };
    match place {
        Some(HistoryPlace::Bucket(bucket)) => html! { "the bucket " (parts::text(bucket.as_str())) },
        Some(HistoryPlace::Collection(path)) => {
            let (name, target) = collection(path);
            linked(&name, target)
        }
        Some(HistoryPlace::Group(bucket, group)) => {
            html! { "the group " (parts::text(group.as_str())) " of " (parts::text(bucket.as_str())) }
        }
        Some(HistoryPlace::Record(path, record)) => {
            let (name, target) = collection(path);
            let page = url::collection(&shown(path), &format!("records/{record}"));
            let page = Some(page).filter(|page| target.is_some() && has_page(page));
            html! { "record " (linked(record.as_str(), page)) " in " (linked(&name, target)) }
        }
        None => parts::mono(uri),
    }
}

fn show_entry(signed_in: &SignedIn<'_>) -> Outcome {
    let place = Cursor::parse(signed_in.capture("entry")?).ok_or(PageError::Missing)?;
    let (told, before, after) = signed_in.read(|scope| {
        let (entry, before) = history::entry(scope, &place)?.ok_or(PageError::Missing)?;
        let event = history::event(scope, &entry)?;
        let name = match &entry.user {
            Some(user) => Names::default().of(scope, user)?,
            None => "Somebody who did not sign in".to_owned(),
        };
        let before = match &before {
            Some(before) => history::object_after(scope, before)?.map(without_time),
            None => None,
        };
        let after = history::object_after(scope, &entry)?.map(without_time);
        Ok::<_, PageError>((Told { entry, event, name }, before, after))
    })?;
    let entry = &told.entry;
    let id = entry.uri.rsplit('/').next().unwrap_or_default();
    let block = parts::Block::record(id, before.as_ref(), after.as_ref(), &[]);
    let body = html! {
        p.lead { strong { (parts::text(&told.name)) } " " (sentence(entry, &told.event, signed_in)) ", " (parts::time(entry.last_modified, signed_in.now)) "." }
        dl.facts {
            dt { "Exactly" } dd { (parts::mono(&entry.last_modified.to_iso8601())) }
            dt { "Account" } dd { (parts::mono(entry.user.as_deref().unwrap_or("none"))) }
            dt { "Address" } dd { (parts::mono(&entry.uri)) }
        }
        (block.render())
        p { a href=(same_object(entry, &signed_in.ui.services.settings.resources)) { "All that happened to it" } }
    };
    Ok(Page::new("What changed", body).crumb("History", Some(HISTORY.to_owned())).into())
}

/// Every entry has another time: it says nothing of what somebody did.
fn without_time(mut object: Object) -> Object {
    object.remove("last_modified");
    object
}

/// The history of the same object.
fn same_object(entry: &HistoryEntry, resources: &Resources) -> String {
    let named = |path: &CollectionPath| {
        resources.of_source(path).map_or_else(|| path.clone(), |resource| resource.destination).to_string()
    };
    let query = match HistoryPlace::parse(&entry.uri) {
        Some(HistoryPlace::Record(path, record)) => {
            url::query(&[("collection", &named(&path)), ("record", record.as_str())])
        }
        Some(HistoryPlace::Collection(path)) => {
            url::query(&[("collection", &named(&path)), ("kind", "collection")])
        }
        Some(HistoryPlace::Group(_, _)) => url::query(&[("kind", "group")]),
        Some(HistoryPlace::Bucket(_)) | None => url::query(&[("kind", "bucket")]),
    };
    format!("{HISTORY}{query}")
}

const ACTIONS: [(&str, HistoryAction); 3] =
    [("create", HistoryAction::Create), ("delete", HistoryAction::Delete), ("update", HistoryAction::Update)];
const DAY: u64 = 86_400_000;
const FIELDS: [&str; 8] = ["action", "all", "collection", "kind", "record", "since", "until", "user"];
const HISTORY: &str = "/ui/history";
const KINDS: [(&str, HistoryKind); 4] = [
    ("bucket", HistoryKind::Bucket),
    ("collection", HistoryKind::Collection),
    ("group", HistoryKind::Group),
    ("record", HistoryKind::Record),
];
/// More of the same are one line.
const FEW: usize = 3;
/// Entries on one page.
const PAGE: usize = 100;
