//! The page that makes the first administrator. Reached by a link that `init` and `serve` print, once.

use maud::html;

use crate::{
    types::AccountName,
    ui::{Answer, Faults, Flash, Form, Outcome, Page, PageError, Route, Visit, parts, session, url},
    workflow::{
        Actor, Secret,
        accounts::AccountError,
        first_start::{self, FirstStartError, Link},
        sessions::Token,
    },
};

use super::sign_in;

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[Route::open_get(PATH, show), Route::open_post(PATH, submit)];

fn show(visit: &Visit<'_>) -> Outcome {
    let token = Token::parse(visit.query.text(TOKEN));
    match look(visit, token.as_ref())? {
        Link::Good => Ok(page(visit, &visit.query, &Faults::default()).into()),
        link @ (Link::Over | Link::Unknown) => Ok(refused(link).into()),
    }
}

fn look(visit: &Visit<'_>, token: Option<&Token>) -> Result<Link, PageError> {
    visit.ui.services.read(&Actor::anonymous(), |scope| match token {
        Some(token) => Ok(first_start::look(scope, token)?),
        None if first_start::is_open(scope)? => Ok(Link::Unknown),
        None => Ok(Link::Over),
    })
}

fn submit(visit: &Visit<'_>, form: &Form) -> Outcome {
    let Some(token) = Token::parse(form.text(TOKEN)) else {
        let link = look(visit, None)?;
        return Ok(refused(link).into());
    };
    if !session::is_private(&visit.ui.services.settings.public_url, visit.headers) {
        return Ok(page(visit, form, &Faults::default()).with_status(403).into());
    }
    let mut faults = Faults::default();
    let name = AccountName::parse(form.text("name").trim());
    if name.is_err() {
        faults.add("name", "Choose one of the names.");
    }
    let password = Secret::choose(form.text("password").to_owned());
    if let Err(error) = &password {
        faults.add("password", error.to_string());
    }
    let (Ok(name), Ok(password)) = (name, password) else {
        return Ok(page(visit, form, &faults).with_status(422).into());
    };
    let called = form.text("called").trim();
    let made = visit.ui.services.write(&Actor::plugin(), |scope| {
        first_start::make_administrator(scope, &token, &name, called, &password)
    });
    match made {
        Ok(()) => {
            let (_, answer) = sign_in::begin(visit, &name)?;
            let flash = Flash::new("The administrator is made, and you are signed in.");
            Ok(answer(Answer::see_other("/").with_flash(flash)))
        }
        Err(FirstStartError::Link(link)) => Ok(refused(link).into()),
        Err(FirstStartError::NotAdministrator { .. }) => {
            faults.add("name", "The configuration names other administrators (accounts.administrators).");
            Ok(page(visit, form, &faults).with_status(422).into())
        }
        Err(FirstStartError::Account(
            error @ (AccountError::Denied(_)
            | AccountError::Exists { .. }
            | AccountError::Hash(_)
            | AccountError::IdTaken { .. }
            | AccountError::LastAdministrator { .. }
            | AccountError::Missing { .. }
            | AccountError::NameTaken { .. }
            | AccountError::NoPassword { .. }
            | AccountError::Row(_)),
        )) => Err(PageError::internal(error)),
    }
}

fn page(visit: &Visit<'_>, typed: &Form, faults: &Faults) -> Page {
    let settings = &visit.ui.services.settings;
    let is_private = session::is_private(&settings.public_url, visit.headers);
    let names: Vec<(&str, &str)> =
        settings.administrators.iter().map(|name| (name.as_str(), name.as_str())).collect();
    let called = parts::Field::line("called", "Your name")
        .value(typed.text("called"))
        .faults(faults)
        .placeholder("for example, Mara Lindqvist")
        .autocomplete("name")
        .hint(html! { "As others see it beside what you do. You can change it later." });
    let password = parts::Field::password("password", "Password").faults(faults).autocomplete("new-password");
    // What to mend says the same.
    let password = match faults.of("password") {
        Some(_) => password,
        None => password.hint(html! { "At least ten characters, for example a few words." }),
    };
    let body = html! {
        div.sign-in {
            div.sign-in-head {
                (parts::logo())
                h1 { (parts::text(&settings.name)) }
                p { "Create the administrator" }
            }
            @if is_private {
                form.card method="post" action=(PATH) {
                    (visit.open_guard())
                    input type="hidden" name=(TOKEN) value=(typed.text(TOKEN));
                    @if let [(only, _)] = names.as_slice() {
                        div.field {
                            span.label { "Account" }
                            code { (parts::text(only)) }
                            p.hint { "The name you sign in with. The setting " code { "accounts.administrators" } " decides it." }
                        }
                        input type="hidden" name="name" value=(only) autocomplete="username";
                    } @else {
                        (parts::Field::choice("name", "Account", names)
                            .value(typed.text("name"))
                            .faults(faults)
                            .hint(html! { "The setting " code { "accounts.administrators" } " names these." })
                            .render())
                    }
                    (called.render())
                    (password.render())
                    (parts::button(parts::Weight::Primary, "Create the administrator"))
                }
                p.sign-in-help { "An administrator makes accounts and collections, and approves nothing alone." }
            } @else {
                (sign_in::not_private())
            }
        }
    };
    Page::alone("Create the administrator", body)
}

fn refused(link: Link) -> Page {
    let (title, more) = match link {
        Link::Over => (
            "There is an administrator already",
            html! { "This link was for the very first account. Whoever made it can make yours." },
        ),
        Link::Good | Link::Unknown => (
            "This link does not work",
            html! {
                "It works once, for 24 hours. " code { "countersign serve" } " prints a new one each time it starts, as long as \
                 there is no account; " code { "countersign account add" } " makes one without a browser."
            },
        ),
    };
    let next = match link {
        Link::Over => parts::link_button(parts::Weight::Primary, "Sign in", url::SIGN_IN),
        Link::Good | Link::Unknown => html! {},
    };
    Page::alone(title, html! { div.card { h1 { (title) } p.lead { (more) } (next) } }).with_status(410)
}

const PATH: &str = "/ui/first-start";
const TOKEN: &str = "token";
