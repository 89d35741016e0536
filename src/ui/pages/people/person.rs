//! One account: what somebody is called, the password, where they are signed in; for administrators also whether they can sign
//! in at all.

use maud::{Markup, html};

use super::{PEOPLE, name, password, person_path, roles, seen, standing};
use crate::{
    storage::StoredSession,
    types::{AccountName, Timestamp},
    ui::{Answer, Faults, Flash, Form, Outcome, Page, PageError, SignedIn, pages::sign_in, parts, url},
    workflow::{
        Secret, SignInError, access,
        accounts::{self, AccountError},
        passwords::{self, ChangeError, LinkError},
        people::{self, Called, Person, Standing},
        sessions::{self, Token},
    },
};

/// What the page shows.
struct View {
    /// Whether who looks administers.
    is_administrator: bool,
    /// Whether it is the account of who looks.
    is_own: bool,
    person: Person,
    sessions: Vec<StoredSession>,
}

impl View {
    fn read(signed_in: &SignedIn<'_>) -> Result<Self, PageError> {
        let account = account(signed_in)?;
        signed_in.read(|scope| {
            let permit = access::keep_account(scope, &account)?;
            let person = people::person(scope, &permit)?.ok_or(PageError::Missing)?;
            Ok(Self {
                is_administrator: access::is_administrator(scope),
                is_own: account == signed_in.account,
                person,
                sessions: sessions::list(scope, &permit)?,
            })
        })
    }
}

pub(super) fn show(signed_in: &SignedIn<'_>) -> Outcome {
    page(signed_in, &Form::default(), &Faults::default()).map(Answer::from)
}

pub(super) fn submit(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let account = account(signed_in)?;
    match form.text("act") {
        "disable" => disable(signed_in, &account),
        "enable" => {
            signed_in.write(|scope| {
                let permit = access::administer(scope)?;
                accounts::enable(scope, &permit, &account)
            })?;
            Ok(done(&account, format!("{account} can sign in again, with the password that it had.")))
        }
        "link" => link(signed_in, &account),
        "name" => call(signed_in, &account, form),
        "password" if account == signed_in.account => change_password(signed_in, form),
        "sign-out" => {
            signed_in.write(|scope| {
                let permit = access::keep_account(scope, &account)?;
                Ok::<_, PageError>(sessions::end_all(scope, &permit)?)
            })?;
            Ok(done(&account, format!("{account} is signed out everywhere.")))
        }
        _ => Err(PageError::Missing),
    }
}

fn account(signed_in: &SignedIn<'_>) -> Result<AccountName, PageError> {
    AccountName::parse(signed_in.capture("account")?).map_err(|_| PageError::Missing)
}

fn done(account: &AccountName, sentence: String) -> Answer {
    Answer::see_other(person_path(account)).with_flash(Flash::new(sentence))
}

fn disable(signed_in: &SignedIn<'_>, account: &AccountName) -> Outcome {
    let disabled = signed_in.write(|scope| {
        let permit = access::administer(scope)?;
        accounts::disable(scope, &permit, account)
    });
    match disabled {
        Ok(()) => Ok(done(account, format!("{account} can sign in no more, and is signed out everywhere."))),
        Err(AccountError::LastAdministrator { .. }) => {
            let mut faults = Faults::default();
            faults.add("disable", "This is the last administrator who can sign in. Make another one first.");
            Ok(page(signed_in, &Form::default(), &faults)?.with_status(422).into())
        }
        Err(error) => Err(error.into()),
    }
}

fn link(signed_in: &SignedIn<'_>, account: &AccountName) -> Outcome {
    let token = Token::new(signed_in.ui.services.random.as_ref())?;
    let made = signed_in.write(|scope| {
        let permit = access::administer(scope).map_err(AccountError::from)?;
        passwords::make_link(scope, &permit, account, &token)
    });
    match made {
        Ok(()) => password::link_page(signed_in, account, &token, "The link is made."),
        Err(LinkError::Disabled) => {
            let mut faults = Faults::default();
            faults.add("link", "The account is disabled. Enable it first.");
            Ok(page(signed_in, &Form::default(), &faults)?.with_status(422).into())
        }
        Err(LinkError::Account(error)) => Err(error.into()),
    }
}

fn call(signed_in: &SignedIn<'_>, account: &AccountName, form: &Form) -> Outcome {
    let called = match Called::parse(form.text("called")) {
        Ok(called) => called,
        Err(error) => {
            let mut faults = Faults::default();
            faults.add("called", error.to_string());
            return Ok(page(signed_in, form, &faults)?.with_status(422).into());
        }
    };
    let is_called = signed_in.write(|scope| {
        let permit = access::keep_account(scope, account)?;
        people::call(scope, &permit, &called)
    });
    let is_there = match is_called {
        Ok(is_there) => is_there,
        Err(AccountError::NameTaken { by }) => {
            let mut faults = Faults::default();
            faults.add("called", super::taken(&by));
            return Ok(page(signed_in, form, &faults)?.with_status(422).into());
        }
        Err(error) => return Err(error.into()),
    };
    if is_there { Ok(done(account, "The name is saved.".to_owned())) } else { Err(PageError::Missing) }
}

/// The current one is asked for: a computer that somebody left alone is not enough.
fn change_password(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let mut faults = Faults::default();
    if form.text("current").is_empty() {
        faults.add("current", "Enter the password that you have now.");
    }
    let secret =
        Secret::choose(form.text("new").to_owned()).map_err(|error| faults.add("new", error.to_string()));
    let (true, Ok(secret)) = (faults.is_empty(), secret) else {
        return Ok(page(signed_in, form, &faults)?.with_status(422).into());
    };
    let services = &signed_in.ui.services;
    let status = match passwords::change(&signed_in.account, form.text("current"), &secret, services) {
        Ok(()) => {
            let (_, answer) = sign_in::begin(signed_in, &signed_in.account)?;
            let sentence = "Your password is changed. You are signed in here, and nowhere else.";
            return Ok(answer(done(&signed_in.account, sentence.to_owned())));
        }
        Err(ChangeError::Wrong) => {
            faults.add("current", "This is not your current password.");
            422
        }
        Err(ChangeError::SignIn(SignInError::BackOff { seconds })) => {
            let wait = parts::count(seconds, "second", "seconds");
            faults.add("current", format!("Too many wrong passwords. Try again in {wait}."));
            429
        }
        Err(ChangeError::SignIn(SignInError::Busy)) => {
            faults.add("current", "Many sign in at this moment. Try again in a second.");
            503
        }
        Err(ChangeError::SignIn(SignInError::Storage(error))) => return Err(error.into()),
        Err(ChangeError::Account(error)) => return Err(error.into()),
    };
    Ok(page(signed_in, form, &faults)?.with_status(status).into())
}

fn page(signed_in: &SignedIn<'_>, typed: &Form, faults: &Faults) -> Result<Page, PageError> {
    let view = View::read(signed_in)?;
    let guard = signed_in.guard()?;
    let person = &view.person;
    let body = html! {
        (facts(&view, signed_in.now))
        (name_part(&view, &guard, typed, faults))
        @if view.is_own { (own_password_part(&person.account, &guard, faults)) }
        @else { (password_part(&view, &guard, faults)) }
        (sessions_part(&view, signed_in, &guard))
        @if view.is_administrator && (!view.is_own || faults.of("disable").is_some()) { (access_part(&view, &guard, faults)) }
    };
    let title = if view.is_own { "My account" } else { name(person) };
    let page = Page::new(title, body);
    Ok(if view.is_administrator { page.crumb("People", Some(PEOPLE.to_owned())) } else { page })
}

fn facts(view: &View, now: Timestamp) -> Markup {
    let person = &view.person;
    html! {
        dl.facts.person-facts {
            dt { "Account" } dd { (parts::mono(person.account.as_str())) }
            dt { "Can sign in" } dd { (standing(person.standing, now)) }
            dt { @if view.is_own { "What you do" } @else { "What they do" } } dd { (roles(person)) }
            @if !person.groups.is_empty() {
                dt { "Groups" }
                dd {
                    @for (place, (bucket, group)) in person.groups.iter().enumerate() {
                        @if place > 0 { ", " }
                        @let path = super::groups::path(bucket, group);
                        @if view.is_administrator { a href=(path) { (parts::text(group.as_str())) } }
                        @else { (parts::text(group.as_str())) }
                    }
                }
            }
            @if !view.is_own { dt { "Last seen" } dd { (seen(person, now)) } }
            dt { @if view.is_own { "What you did" } @else { "What they did" } }
            dd { a href=(format!("/ui/history{}", url::query(&[("user", person.account.as_str())]))) { "History" } }
        }
    }
}

fn name_part(view: &View, guard: &Markup, typed: &Form, faults: &Faults) -> Markup {
    let called = view.person.called.as_deref().unwrap_or_default();
    let field = parts::Field::line("called", "Shown as")
        .value(typed.find("called").unwrap_or(called))
        .faults(faults)
        .autocomplete(if view.is_own { "name" } else { "off" });
    html! {
        section.duo aria-labelledby="name" {
            div { h2 #name { "Name" } p.small.quiet { "As others see it beside edits, requests and approvals." } }
            form.form method="post" {
                (guard)
                input type="hidden" name="act" value="name";
                (field.render())
                div { (parts::button(parts::Weight::Plain, "Save the name")) }
            }
        }
    }
}

fn own_password_part(account: &AccountName, guard: &Markup, faults: &Faults) -> Markup {
    let current =
        parts::Field::password("current", "Current password").faults(faults).autocomplete("current-password");
    let new = parts::Field::password("new", "New password").faults(faults).autocomplete("new-password");
    let new = match faults.of("new") {
        Some(_) => new,
        None => new.hint(html! { "At least ten characters, for example a few words." }),
    };
    html! {
        section.duo aria-labelledby="password" {
            div { h2 #password { "Password" } p.small.quiet { "Changing it signs you out everywhere else." } }
            form.form method="post" {
                (guard)
                input type="hidden" name="act" value="password";
                // For password managers.
                input type="text" name="username" value=(account.as_str()) autocomplete="username" readonly hidden;
                (current.render())
                (new.render())
                div { (parts::button(parts::Weight::Plain, "Change the password")) }
            }
        }
    }
}

fn password_part(view: &View, guard: &Markup, faults: &Faults) -> Markup {
    let words = match view.person.standing {
        Standing::Active => {
            "They choose another one by a link that works once, for 24 hours. Until they do, the one they have stays."
        }
        Standing::Disabled => "A disabled account gets no new password. Enable it first.",
        Standing::Invited(_) => "They have a link to choose one. Another link ends the one before.",
        Standing::NoPassword => "They have none. They choose one by a link that works once, for 24 hours.",
    };
    html! {
        section.duo aria-labelledby="password" {
            div { h2 #password { "Password" } p.small.quiet { (words) } }
            form.form method="post" {
                (guard)
                input type="hidden" name="act" value="link";
                (fault("link", faults))
                @if view.person.standing != Standing::Disabled {
                    div { (parts::button(parts::Weight::Plain, "Make a link")) }
                }
            }
        }
    }
}

fn sessions_part(view: &View, signed_in: &SignedIn<'_>, guard: &Markup) -> Markup {
    let now = signed_in.now;
    let action =
        if view.is_own { "/ui/sign-out-everywhere".to_owned() } else { person_path(&view.person.account) };
    html! {
        section.duo aria-labelledby="sessions" {
            div {
                h2 #sessions { "Signed in" }
                p.small.quiet { "A session ends after twelve hours without use, and after a week." }
            }
            div.form {
                @if view.sessions.is_empty() {
                    p.quiet { "Nowhere." }
                } @else {
                    ul.rows.sessions {
                        @for session in &view.sessions {
                            li {
                                span { "Since " (parts::time(session.begun, now)) }
                                @if view.is_own && session.begun == signed_in.session.begun { strong.small { "this browser" } }
                                @else { span.small.quiet { "used " (parts::time(session.seen, now)) } }
                            }
                        }
                    }
                    form method="post" action=(action) {
                        (guard)
                        input type="hidden" name="act" value="sign-out";
                        (parts::button(parts::Weight::Plain, if view.is_own { "Sign out everywhere" } else { "End all sessions" }))
                    }
                }
            }
        }
    }
}

fn access_part(view: &View, guard: &Markup, faults: &Faults) -> Markup {
    let is_disabled = view.person.standing == Standing::Disabled;
    html! {
        section.duo aria-labelledby="access" {
            div {
                h2 #access { "Access" }
                p.small.quiet {
                    @if is_disabled { "The account is disabled. It keeps its groups, and what it edited and approved stays." }
                    @else { "A disabled account is signed out at once and approves nothing. What it edited and approved stays, and it can be enabled again." }
                }
            }
            form.form method="post" {
                (guard)
                (fault("disable", faults))
                div {
                    @if is_disabled { (parts::named_button(parts::Weight::Plain, "Enable the account", "act", "enable")) }
                    @else { (parts::named_button(parts::Weight::Plain, "Disable the account", "act", "disable")) }
                }
            }
        }
    }
}

fn fault(name: &str, faults: &Faults) -> Markup {
    html! {
        @if let Some(fault) = faults.of(name) {
            p.fault role="alert" { (parts::icon(parts::Icon::Error)) span { (parts::text(fault)) } }
        }
    }
}
