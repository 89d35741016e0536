//! The link by which somebody chooses a password: shown once to the administrator, opened once by the person.

use maud::html;

use super::{PEOPLE, person_path};
use crate::{
    types::AccountName,
    ui::{
        Answer, Faults, Flash, Form, Outcome, Page, PageError, SignedIn, Visit, pages::sign_in, parts,
        session, url,
    },
    workflow::{
        Actor, Secret,
        passwords::{self, ChooseError},
        people,
        sessions::Token,
    },
};

/// The page of a link just made. It is made by a POST and shown once: neither the address nor a cookie holds the token.
pub(super) fn link_page(
    signed_in: &SignedIn<'_>,
    account: &AccountName,
    token: &Token,
    done: &str,
) -> Outcome {
    let name = signed_in.read(|scope| people::name_of(scope, account))?;
    let base = signed_in.ui.services.settings.url_to_open();
    let link = format!("{base}{PATH}?token={}", token.to_text());
    let body = html! {
        (parts::notice(parts::Tone::Note, done, &html! { "Nobody can see this link again, so take it now." }))
        p.lead {
            "Send it to " strong { (parts::text(&name)) } " by a way that you trust. It works once, for 24 hours, and lets whoever opens it choose \
             the password of " (parts::mono(account.as_str())) "."
        }
        p.once { code.once-link { (link) } (parts::copy(&link)) }
        p { (parts::link_button(parts::Weight::Primary, "Done", &person_path(account))) }
    };
    let page = Page::new("A link to choose a password", body).crumb("People", Some(PEOPLE.to_owned()));
    Ok(Answer::from(page).with_header("Cache-Control", "no-store"))
}

pub(super) fn show(visit: &Visit<'_>) -> Outcome {
    match look(visit, visit.query.text(TOKEN))? {
        Some((account, name)) => {
            let page = page(visit, visit.query.text(TOKEN), (&account, &name), &Faults::default());
            Ok(Answer::from(page).with_header("Cache-Control", "no-store"))
        }
        None => Ok(over().into()),
    }
}

pub(super) fn submit(visit: &Visit<'_>, form: &Form) -> Outcome {
    let Some((account, name)) = look(visit, form.text(TOKEN))? else { return Ok(over().into()) };
    let again = |faults: &Faults, status| {
        Ok(page(visit, form.text(TOKEN), (&account, &name), faults).with_status(status).into())
    };
    let mut faults = Faults::default();
    if !session::is_private(&visit.ui.services.settings.public_url, visit.headers) {
        return again(&faults, 403);
    }
    let secret = match Secret::choose(form.text("password").to_owned()) {
        Ok(secret) => secret,
        Err(error) => {
            faults.add("password", error.to_string());
            return again(&faults, 422);
        }
    };
    let Some(token) = Token::parse(form.text(TOKEN)) else { return Ok(over().into()) };
    match visit.ui.services.write(&Actor::anonymous(), |scope| passwords::choose(scope, &token, &secret)) {
        Ok(account) => {
            let (_, answer) = sign_in::begin(visit, &account)?;
            let flash = Flash::new("Your password is set, and you are signed in.");
            Ok(answer(Answer::see_other("/").with_flash(flash)))
        }
        Err(ChooseError::Over) => Ok(over().into()),
        Err(ChooseError::Storage(error)) => Err(error.into()),
        Err(error @ ChooseError::Hash(_)) => Err(PageError::internal(error)),
    }
}

/// Whose password the link sets, and what they are called.
fn look(visit: &Visit<'_>, text: &str) -> Result<Option<(AccountName, String)>, PageError> {
    let Some(token) = Token::parse(text) else { return Ok(None) };
    visit.ui.services.read(&Actor::anonymous(), |scope| {
        let Some(account) = passwords::look(scope, &token)? else { return Ok(None) };
        let name = people::name_of(scope, &account)?;
        Ok(Some((account, name)))
    })
}

fn page(visit: &Visit<'_>, token: &str, (account, name): (&AccountName, &str), faults: &Faults) -> Page {
    let settings = &visit.ui.services.settings;
    let password =
        parts::Field::password("password", "New password").faults(faults).autocomplete("new-password");
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
                p { "Welcome, " (parts::text(name)) ". Choose your password." }
            }
            @if session::is_private(&settings.public_url, visit.headers) {
                form.card method="post" action=(PATH) {
                    (visit.open_guard())
                    input type="hidden" name=(TOKEN) value=(token);
                    div.field {
                        span.label { "Account" }
                        (parts::mono(account.as_str()))
                        p.hint { "What you sign in with." }
                    }
                    // For password managers.
                    input type="text" name="username" value=(account.as_str()) autocomplete="username" readonly hidden;
                    (password.render())
                    (parts::button(parts::Weight::Primary, "Set the password"))
                }
                p.sign-in-help { "You are signed in with it at once, here and nowhere else." }
            } @else {
                (sign_in::not_private())
            }
        }
    };
    Page::alone("Choose your password", body)
}

fn over() -> Page {
    let body = html! {
        div.card {
            h1 { "This link does not work" }
            p.lead {
                "It works once, for 24 hours, and only if no newer one was made. If you have set your password already, sign in with it; \
                 else ask your administrator for another link."
            }
            (parts::link_button(parts::Weight::Primary, "Sign in", url::SIGN_IN))
        }
    };
    Page::alone("This link does not work", body).with_status(410)
}

pub(super) const PATH: &str = "/ui/password";
const TOKEN: &str = "token";
