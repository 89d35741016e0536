//! The people of the installation: who has an account, who can sign in, which groups there are. For administrators; everybody
//! else has a page about the own account.

mod create;
mod groups;
mod password;
mod person;

use maud::{Markup, html};

use crate::{
    storage::StorageError,
    types::{AccountName, Timestamp},
    ui::{Answer, Outcome, Page, PageError, Route, SignedIn, parts, url},
    workflow::{
        access,
        people::{self, Person, Standing},
    },
};

/// Where these pages are.
pub(super) const ROUTES: &[Route] = &[
    Route::get(PEOPLE, show),
    Route::get("/ui/people/{account}", person::show),
    Route::post("/ui/people/{account}", person::submit),
    Route::get(NEW_PERSON, create::show),
    Route::post(NEW_PERSON, create::submit),
    Route::post("/ui/groups", groups::create),
    Route::get("/ui/groups/{bucket}/{group}", groups::show),
    Route::post("/ui/groups/{bucket}/{group}", groups::submit),
    Route::open_get(password::PATH, password::show),
    Route::open_post(password::PATH, password::submit),
];

/// The page of an account.
pub(in crate::ui) fn person_path(account: &AccountName) -> String {
    format!("{PEOPLE}/{}", url::encode(account.as_str()))
}

fn show(signed_in: &SignedIn<'_>) -> Outcome {
    if !signed_in.read(|scope| Ok::<_, StorageError>(access::is_administrator(scope)))? {
        return Ok(Answer::see_other(person_path(&signed_in.account)));
    }
    page(signed_in, &groups::Typed::default()).map(Answer::from)
}

/// Everybody, and the groups; `typed` is what somebody wrote into the form of a new group.
fn page(signed_in: &SignedIn<'_>, typed: &groups::Typed<'_>) -> Result<Page, PageError> {
    let (people, groups) = signed_in.read(|scope| {
        let permit = access::administer(scope)?;
        let people = people::list(scope, &permit)?;
        Ok::<_, PageError>((people, groups::lines(scope)?))
    })?;
    let wanted = signed_in.query.text("q").trim().to_lowercase();
    let shown: Vec<&Person> = people.iter().filter(|person| fits(person, &wanted)).collect();
    let body = html! {
        section.people-part aria-labelledby="accounts" {
            div.people-head {
                h2 #accounts {
                    "Accounts "
                    span.heading-note {
                        @if wanted.is_empty() { (parts::number(len(&people))) }
                        @else { (parts::number(len(&shown))) " of " (parts::number(len(&people))) }
                    }
                }
                form.people-search method="get" action=(PEOPLE) role="search" {
                    label.search {
                        (parts::icon(parts::Icon::Search))
                        input type="search" name="q" value=(signed_in.query.text("q")) placeholder="Find somebody"
                            aria-label="Find somebody" autocomplete="off" spellcheck="false";
                    }
                }
            }
            @if shown.is_empty() {
                (parts::empty("Nobody is called like that.", &html! { a href=(PEOPLE) { "Show everybody" } }))
            } @else {
                (table(&shown, signed_in.now))
            }
        }
        (groups::section(signed_in, &groups, typed)?)
    };
    let create = parts::link_button(parts::Weight::Primary, "Create an account", NEW_PERSON);
    Ok(Page::new("People", body).action(create))
}

/// What to do about a name that another account goes by.
fn taken(by: &AccountName) -> String {
    format!("The account {by} goes by this name. Choose another one, so that nobody takes one for the other.")
}

fn fits(person: &Person, wanted: &str) -> bool {
    let called = person.called.as_deref().unwrap_or_default().to_lowercase();
    called.contains(wanted) || person.account.as_str().to_lowercase().contains(wanted)
}

fn table(people: &[&Person], now: Timestamp) -> Markup {
    html! {
        div.table-box tabindex="0" role="region" aria-labelledby="accounts" {
            table.table.people-table data-keys {
                thead {
                    tr {
                        th scope="col" { "Name" }
                        th scope="col" { "Account" }
                        th scope="col" { "What they do" }
                        th scope="col" { "Can sign in" }
                        th.number scope="col" { "Last seen" }
                    }
                }
                tbody {
                    @for person in people {
                        tr {
                            td.clip { a.row-link href=(person_path(&person.account)) { (parts::text(name(person))) } }
                            td.clip { (parts::mono(person.account.as_str())) }
                            td.clip.quiet { (roles(person)) }
                            td { (standing(person.standing, now)) }
                            td.number.quiet { (seen(person, now)) }
                        }
                    }
                }
            }
        }
    }
}

/// What somebody is called.
fn name(person: &Person) -> &str {
    person.called.as_deref().unwrap_or(person.account.as_str())
}

/// What somebody is there for, by the groups.
fn roles(person: &Person) -> Markup {
    let mut words: Vec<String> = Vec::new();
    words.extend(person.is_administrator.then(|| "Administrator".to_owned()));
    for (verb, suffix) in [("edits", "-editors"), ("reviews", "-reviewers")] {
        let names: Vec<&str> =
            person.groups.iter().filter_map(|(_, group)| group.as_str().strip_suffix(suffix)).collect();
        words.extend((!names.is_empty()).then(|| format!("{verb} {}", few(&names))));
    }
    if let Some(first) = words.first_mut() {
        *first = capitalised(first);
    }
    html! {
        @if words.is_empty() { "Nothing yet" } @else { (parts::text(&words.join(" · "))) }
    }
}

fn capitalised(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// As [`few`], each name in its own direction.
fn few_texts(names: &[&str]) -> Markup {
    let shown = if names.len() > 4 { 3 } else { names.len() };
    html! {
        @for (index, name) in names.iter().take(shown).enumerate() {
            @if index > 0 { ", " }
            (parts::text(name))
        }
        @if names.len() > shown { " and " (names.len() - shown) " more" }
    }
}

/// The first three, and how many there are besides.
fn few(names: &[&str]) -> String {
    match names {
        [first, second, third, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        all => all.join(", "),
    }
}

/// Whether somebody can sign in, as people say it.
fn standing(standing: Standing, now: Timestamp) -> Markup {
    html! {
        @match standing {
            Standing::Active => "Yes",
            Standing::Disabled => strong { "Disabled" },
            Standing::Invited(until) => { "Invited, until " (parts::time(until, now)) },
            Standing::NoPassword => "No password yet",
        }
    }
}

fn seen(person: &Person, now: Timestamp) -> Markup {
    html! {
        @match person.seen {
            Some(at) => (parts::time(at, now)),
            None => "not signed in",
        }
    }
}

fn len<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

const NEW_PERSON: &str = "/ui/new-person";
const PEOPLE: &str = "/ui/people";
