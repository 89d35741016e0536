//! What every page has around it: the left column, the head with its tabs, the foot; and the few pages that stand alone.

use maud::{DOCTYPE, Markup, html};

use super::{PageError, SignedIn, Ui, Visit, has_page, pages::people::person_path, parts, url};
use crate::{
    signing::LifeStage,
    types::CollectionPath,
    workflow::{
        Resource, access, manage,
        overview::{self, Line, Stage},
    },
};

/// A page being put together.
#[derive(Debug)]
pub(super) struct Page {
    action: Option<Markup>,
    body: Markup,
    crumbs: Vec<(String, Option<String>)>,
    foot: Option<Markup>,
    heading: Option<Markup>,
    kind: Kind,
    mark: Option<Markup>,
    path: Option<CollectionPath>,
    refresh: Option<String>,
    pieces: Pieces,
    scripts: Vec<&'static str>,
    stage: Option<Stage>,
    status: u16,
    tab: Option<Tab>,
    tabs: Vec<(Tab, Option<u64>)>,
    title: String,
}

/// Whether a page stands in the frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// Nothing around it.
    Alone,
    /// With the left column, for who is signed in.
    Framed,
}

/// Whether parts of a page come one by one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Pieces {
    /// A script fetches some of them (`hx-…` attributes).
    Fetched,
    /// Everything comes with the page.
    Whole,
}

/// The tabs of a collection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tab {
    Changes,
    History,
    Publications,
    Records,
    Settings,
}

impl Tab {
    /// In the order in which they stand.
    const ALL: [Self; 5] = [Self::Records, Self::Changes, Self::Publications, Self::History, Self::Settings];

    /// Its name; changes are a review once somebody asked for it.
    fn name(self, stage: Option<Stage>) -> &'static str {
        match self {
            Self::Changes if stage == Some(Stage::ToReview) => "Review",
            Self::Changes => "Changes",
            Self::History => "History",
            Self::Publications => "Publications",
            Self::Records => "Records",
            Self::Settings => "Settings",
        }
    }

    /// Where it is below the collection's address.
    fn place(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::History => "history",
            Self::Publications => "publications",
            Self::Records => "",
            Self::Settings => "settings",
        }
    }
}

impl Page {
    /// A page of that title, in the frame.
    pub(super) fn new(title: impl Into<String>, body: Markup) -> Self {
        Self {
            action: None,
            body,
            crumbs: Vec::new(),
            foot: None,
            heading: None,
            kind: Kind::Framed,
            mark: None,
            path: None,
            refresh: None,
            pieces: Pieces::Whole,
            scripts: Vec::new(),
            stage: None,
            status: 200,
            tab: None,
            tabs: Vec::new(),
            title: title.into(),
        }
    }

    /// A page with nothing around it.
    pub(super) fn alone(title: impl Into<String>, body: Markup) -> Self {
        Self { kind: Kind::Alone, ..Self::new(title, body) }
    }

    /// Says that the page belongs to this collection, under this tab: breadcrumb, stage, tabs, the place in the left column.
    pub(super) fn of_collection(mut self, resource: &Resource, tab: Tab) -> Self {
        let path = &resource.destination;
        self.crumbs.insert(0, (path.bucket.to_string(), None));
        self.path = Some(path.clone());
        self.tab = Some(tab);
        self.tabs = Tab::ALL.into_iter().map(|tab| (tab, None)).collect();
        self
    }

    /// Leaves the tabs out: the page is about one thing in the collection, and the breadcrumb leads back.
    pub(super) fn without_tabs(mut self) -> Self {
        self.tabs.clear();
        self
    }

    /// The number behind the name of a tab.
    pub(super) fn count(mut self, tab: Tab, number: u64) -> Self {
        for (own, count) in &mut self.tabs {
            if *own == tab {
                *count = Some(number);
            }
        }
        self
    }

    /// One more step of the breadcrumb, before the page itself.
    pub(super) fn crumb(mut self, name: impl Into<String>, path: Option<String>) -> Self {
        self.crumbs.push((name.into(), path));
        self
    }

    /// What stands as heading, where it is more than the title.
    pub(super) fn heading(mut self, heading: Markup) -> Self {
        self.heading = Some(heading);
        self
    }

    /// What stands beside the heading in place of the collection's stage: the page is about something in it that has a state of
    /// its own.
    pub(super) fn mark(mut self, mark: Markup) -> Self {
        self.mark = Some(mark);
        self
    }

    /// At the top right: the page's primary action.
    pub(super) fn action(mut self, action: Markup) -> Self {
        self.action = Some(action);
        self
    }

    /// The foot that stays in sight: the decision after reading.
    pub(super) fn foot(mut self, foot: Markup) -> Self {
        self.foot = Some(foot);
        self
    }

    /// A module of `assets/js/` that the page loads.
    pub(super) fn script(mut self, name: &'static str) -> Self {
        self.scripts.push(name);
        self
    }

    /// Loads the script behind `hx-…` attributes, by which a page fetches pieces of itself. Everything works without it.
    pub(super) fn with_pieces(mut self) -> Self {
        self.pieces = Pieces::Fetched;
        self
    }

    /// Another status than 200: 422 for a form that needs mending.
    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The browser goes on to this path of ours at once.
    pub(super) fn with_refresh(mut self, path: &str) -> Self {
        self.refresh = Some(path.to_owned());
        self
    }

    /// The HTTP status.
    pub(super) fn status(&self) -> u16 {
        self.status
    }
}

/// What the frame shows of all collections.
#[derive(Debug)]
struct Frame {
    is_administrator: bool,
    lines: Vec<Line>,
    /// Whether there is something to make.
    may_create: bool,
    /// How many of them wait for who is signed in.
    waiting: u64,
}

/// The whole document.
pub(super) fn render(visit: &Visit<'_>, signed_in: Option<&SignedIn<'_>>, page: &Page) -> Markup {
    match (page.kind, signed_in) {
        (Kind::Framed, Some(signed_in)) => match framed(signed_in, page) {
            Ok(markup) => markup,
            Err(error) => {
                tracing::error!(%error, "the frame of a page cannot be made");
                document(visit.ui, page, "alone", &alone(visit.ui, page))
            }
        },
        (Kind::Alone | Kind::Framed, _) => document(visit.ui, page, "alone", &alone(visit.ui, page)),
    }
}

fn framed(signed_in: &SignedIn<'_>, page: &Page) -> Result<Markup, PageError> {
    let frame = signed_in.read(|scope| {
        let lines = overview::list(scope)?;
        let waiting = overview::count_waiting(scope, &lines)?;
        let may_create = manage::may_create(scope)?;
        Ok::<_, PageError>(Frame {
            is_administrator: access::is_administrator(scope),
            lines,
            may_create,
            waiting,
        })
    })?;
    let guard = signed_in.guard()?;
    let body = html! {
        a.skip href="#main" { "Skip to the page" }
        div.shell {
            (bar(signed_in.ui, page))
            (side(signed_in, page, &frame, &guard))
            main #main tabindex="-1" {
                (head(page, &frame))
                div.content {
                    @if let Some(flash) = &signed_in.flash { (parts::flash(flash)) }
                    (page.body)
                }
                @if let Some(foot) = &page.foot { div.decision { (foot) } }
            }
        }
    };
    Ok(document(signed_in.ui, page, "framed", &body))
}

fn document(ui: &Ui, page: &Page, class: &str, body: &Markup) -> Markup {
    let path = |name: &str| ui.assets.path(name);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="build" content=(ui.assets.build());
                @if let Some(path) = &page.refresh {
                    meta http-equiv="refresh" content=(format!("0; url={path}"));
                }
                title { (parts::plain(&page.title)) " · " (parts::plain(&ui.services.settings.name)) }
                link rel="icon" type="image/svg+xml" href=(path("icon.svg"));
                link rel="stylesheet" href=(path("style.css"));
                script type="module" src=(path("js/base.js")) {}
                @if page.pieces == Pieces::Fetched {
                    meta name="htmx-config" content=(HTMX);
                    script defer src=(path("vendor/htmx.min.js")) {}
                }
                @for script in &page.scripts { script type="module" src=(path(&format!("js/{script}"))) {} }
            }
            body class=(class) { (body) }
        }
    }
}

/// Whether clients would take what the signer signs now.
fn signer_words(signed_in: &SignedIn<'_>) -> &'static str {
    let lives = signed_in.ui.services.signer.certificates(signed_in.now);
    if lives.iter().any(|life| life.stage == LifeStage::Ended) {
        "Signer’s certificates have ended"
    } else {
        "Signer well"
    }
}

/// On phones, instead of the left column.
fn bar(ui: &Ui, page: &Page) -> Markup {
    let place = match &page.path {
        Some(path) => format!("{} / {}", path.bucket, path.collection),
        None => ui.services.settings.name.clone(),
    };
    html! {
        header.bar {
            a.bar-menu href="#side" aria-label="Menu" { (parts::icon(parts::Icon::Menu)) }
            a.bar-home href="/" aria-label="Home" { (parts::logo()) }
            span.bar-place { (parts::text(&place)) }
        }
    }
}

fn side(signed_in: &SignedIn<'_>, page: &Page, frame: &Frame, guard: &Markup) -> Markup {
    let is_here = |path: &str| signed_in.path == path;
    html! {
        nav.side #side aria-label="Collections" {
            a.brand href="/" { (parts::logo()) span.brand-name { (parts::text(&signed_in.ui.services.settings.name)) } }
            a.side-close href="#main" aria-label="Close the menu" { (parts::icon(parts::Icon::Cross)) }
            @if !frame.lines.is_empty() {
                div.side-filter hidden data-filter="side" {
                    (parts::search_box("Filter collections", "side-filter"))
                }
            }
            ul.side-list {
                li {
                    a.side-row href="/" aria-current=[is_here("/").then_some("page")] {
                        span.side-name { "Home" }
                        @if frame.waiting > 0 { span.side-count { (parts::number(frame.waiting)) " waiting" } }
                    }
                }
            }
            @for (bucket, lines) in by_bucket(&frame.lines) { (side_bucket(bucket, &lines, page.path.as_ref())) }
            @if frame.lines.is_empty() {
                p.side-empty { "No collection yet. The first one you create appears here." }
            } @else if frame.may_create && has_page(NEW_COLLECTION) {
                ul.side-list.side-new {
                    li {
                        a.side-row href=(NEW_COLLECTION) aria-current=[is_here(NEW_COLLECTION).then_some("page")] {
                            (parts::icon(parts::Icon::Plus)) span.side-name { "New collection" }
                        }
                    }
                }
            }
            div.side-foot {
                p.side-links {
                    @for (name, path) in PLACES.into_iter().filter(|(_, path)| has_page(path) && (frame.is_administrator || *path != PEOPLE)) {
                        a href=(path) aria-current=[is_here(path).then_some("page")] { (name) }
                    }
                }
                form method="post" action="/ui/sign-out" {
                    (guard)
                    p.side-who {
                        a.side-person href=(person_path(&signed_in.account)) { (parts::text(&signed_in.name)) }
                        @if frame.is_administrator { " · administrator" }
                    }
                    div.side-out {
                        button.link type="submit" { "Sign out" }
                        button.link type="submit" formaction="/ui/sign-out-everywhere" { "Sign out everywhere" }
                    }
                }
                p { (signer_words(signed_in)) " · version " (env!("CARGO_PKG_VERSION")) }
            }
        }
    }
}

/// A bucket. Of many signed collections the first are in sight; the others open.
fn side_bucket(bucket: &str, lines: &[&Line], here: Option<&CollectionPath>) -> Markup {
    let waiting = lines.iter().filter(|line| line.stage != Stage::Signed).count();
    let shown = if lines.len() <= waiting + FEW + 1 { lines.len() } else { waiting + FEW };
    let (first, more) = lines.split_at_checked(shown).unwrap_or((lines, &[]));
    let is_open = more.iter().any(|line| here == Some(&line.resource.destination));
    html! {
        div data-bucket=(bucket) {
            h2.side-bucket { (parts::text(bucket)) }
            ul.side-list { @for line in first { (side_row(line, here)) } }
            @if !more.is_empty() {
                details.side-more open[is_open] {
                    summary { (parts::number(u64::try_from(more.len()).unwrap_or(u64::MAX))) " more, all signed" }
                    ul.side-list { @for line in more { (side_row(line, here)) } }
                }
            }
        }
    }
}

fn side_row(line: &Line, here: Option<&CollectionPath>) -> Markup {
    let path = &line.resource.destination;
    let waits = line.stage != Stage::Signed;
    html! {
        li {
            a.side-row.waits[waits] href=[Some(url::collection(path, "")).filter(|path| has_page(path))] aria-current=[(here == Some(path)).then_some("page")] {
                (parts::shape(line.stage))
                span.side-name { (parts::text(path.collection.as_str())) }
                @if waits {
                    span.hidden { (line.stage.words()) ", " }
                    span.side-count { (parts::number(line.changes)) span.hidden { " changes" } }
                }
            }
        }
    }
}

/// Those with something waiting first.
fn by_bucket(lines: &[Line]) -> Vec<(&str, Vec<&Line>)> {
    let mut buckets: Vec<(&str, Vec<&Line>)> = Vec::new();
    for line in lines {
        let bucket = line.resource.destination.bucket.as_str();
        match buckets.last_mut() {
            Some((last, own)) if *last == bucket => own.push(line),
            Some(_) | None => buckets.push((bucket, vec![line])),
        }
    }
    for (_, lines) in &mut buckets {
        lines.sort_by_key(|line| line.stage == Stage::Signed);
    }
    buckets
}

fn head(page: &Page, frame: &Frame) -> Markup {
    let line = page
        .path
        .as_ref()
        .and_then(|path| frame.lines.iter().find(|line| line.resource.destination == *path));
    let stage = page.stage.or_else(|| line.map(|line| line.stage));
    html! {
        header.head.has-tabs[!page.tabs.is_empty()] {
            @if !page.crumbs.is_empty() {
                nav.crumbs aria-label="Breadcrumb" {
                    ol {
                        @for (name, path) in &page.crumbs {
                            li {
                                @if let Some(path) = path { a href=(path) { (parts::text(name)) } }
                                @else { (parts::text(name)) }
                            }
                        }
                    }
                }
            }
            div.head-row {
                div.head-title {
                    h1 { @if let Some(heading) = &page.heading { (heading) } @else { (parts::text(&page.title)) } }
                    @if let Some(mark) = &page.mark { (mark) }
                    @else if let (Some(stage), Some(_)) = (stage, &page.path) { (parts::stage(stage)) }
                }
                @if let Some(action) = &page.action { div.head-action { (action) } }
            }
            @if let Some(path) = page.path.as_ref().filter(|_| !page.tabs.is_empty()) {
                nav.tabs aria-label="Collection" {
                    @for (tab, count) in page.tabs.iter().filter(|(tab, _)| has_page(&url::collection(path, tab.place()))) {
                        @let count = count.or_else(|| line.filter(|_| *tab == Tab::Changes).map(|line| line.changes));
                        a href=(url::collection(path, tab.place())) aria-current=[(page.tab == Some(*tab)).then_some("page")] {
                            (tab.name(stage))
                            @if let Some(count) = count { " " span.tab-count { (parts::number(count)) } }
                        }
                    }
                }
            }
        }
    }
}

fn alone(ui: &Ui, page: &Page) -> Markup {
    html! {
        main #main {
            (page.body)
            footer.alone-foot {
                span { (parts::text(host(&ui.services.settings.public_url))) }
                span { "Countersign " (env!("CARGO_PKG_VERSION")) }
            }
        }
    }
}

/// An address as people say it.
fn host(public_url: &str) -> &str {
    public_url.split_once("://").map_or(public_url, |(_, host)| host)
}

/// No text becomes code, no style is written into the page, nothing is kept in the browser; what needs mending is shown.
const HTMX: &str = r#"{"allowEval":false,"includeIndicatorStyles":false,"historyCacheSize":0,"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"422","swap":true},{"code":"[45]..","swap":false,"error":true}]}"#;
/// Signed collections of a bucket that are in sight besides those with something waiting.
const FEW: usize = 7;
const NEW_COLLECTION: &str = "/ui/new-collection";
/// At the foot of the left column.
const PLACES: [(&str, &str); 3] = [("People", PEOPLE), ("Keys", "/ui/keys"), ("History", "/ui/history")];
/// For administrators alone.
const PEOPLE: &str = "/ui/people";
