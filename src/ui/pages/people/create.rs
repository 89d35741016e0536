//! A new account: whoever it is for chooses the password by a link, or the administrator gives one.

use maud::html;

use super::{PEOPLE, password, person_path};
use crate::{
    types::{AccountName, IdError},
    ui::{Answer, Faults, Flash, Form, Outcome, Page, PageError, SignedIn, parts},
    workflow::{Secret, access, accounts::AccountError, passwords, people::Called, sessions::Token},
};

pub(super) fn show(signed_in: &SignedIn<'_>) -> Outcome {
    signed_in.read(|scope| Ok::<_, PageError>(access::administer(scope).map(drop)?))?;
    page(signed_in, &Form::default(), &Faults::default()).map(Answer::from)
}

pub(super) fn submit(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let mut faults = Faults::default();
    let account = account(form.text("account"), &mut faults);
    let called = Called::parse(form.text("called")).map_err(|error| faults.add("called", error.to_string()));
    let secret = match form.text("password") {
        "" => Ok(None),
        given => Secret::choose(given.to_owned())
            .map(Some)
            .map_err(|error| faults.add("password", error.to_string())),
    };
    let (Some(account), Ok(called), Ok(secret)) = (account, called, secret) else {
        return Ok(page(signed_in, form, &faults)?.with_status(422).into());
    };
    let token = Token::new(signed_in.ui.services.random.as_ref())?;
    let made = signed_in.write(|scope| {
        let permit = access::administer(scope)?;
        match &secret {
            Some(secret) => passwords::add(scope, &permit, &account, &called, secret),
            None => passwords::invite(scope, &permit, &account, &called, &token),
        }
    });
    match (made, secret) {
        (Ok(()), Some(_)) => {
            let flash = Flash::new(format!("{account} can sign in now."));
            Ok(Answer::see_other(person_path(&account)).with_flash(flash))
        }
        (Ok(()), None) => password::link_page(signed_in, &account, &token, "The account is made."),
        (Err(AccountError::Exists { .. }), _) => {
            faults.add("account", "There is an account of this name already.");
            Ok(page(signed_in, form, &faults)?.with_status(422).into())
        }
        (Err(AccountError::IdTaken { by }), _) => {
            faults.add(
                "account",
                format!(
                    "This is what {by} is called. Choose another one, so that nobody takes one for the other."
                ),
            );
            Ok(page(signed_in, form, &faults)?.with_status(422).into())
        }
        (Err(AccountError::NameTaken { by }), _) => {
            faults.add("called", super::taken(&by));
            Ok(page(signed_in, form, &faults)?.with_status(422).into())
        }
        (Err(error), _) => Err(error.into()),
    }
}

fn account(typed: &str, faults: &mut Faults) -> Option<AccountName> {
    match AccountName::parse(typed.trim()) {
        Ok(account) => Some(account),
        Err(_) if typed.trim().is_empty() => {
            faults.add("account", "Choose the name that they sign in with.");
            None
        }
        Err(IdError::Length) => {
            faults.add("account", "The name that one signs in with has at most 255 characters.");
            None
        }
        Err(IdError::Character) => {
            faults.add(
                "account",
                "Letters A to Z, digits and . _ + @ - are possible, and a letter or digit at the beginning.",
            );
            None
        }
    }
}

fn page(signed_in: &SignedIn<'_>, typed: &Form, faults: &Faults) -> Result<Page, PageError> {
    let guard = signed_in.guard()?;
    let account = parts::Field::line("account", "Account")
        .value(typed.text("account"))
        .faults(faults)
        .mono()
        .required()
        .autocomplete("off")
        .placeholder("mara")
        .hint(html! { "What they sign in with, for good: everything they do is kept under it." });
    let called = parts::Field::line("called", "Name")
        .value(typed.text("called"))
        .faults(faults)
        .autocomplete("off")
        .placeholder("Mara Lindqvist")
        .hint(html! { "As others see it. They can change it." });
    let password = parts::Field::password("password", "Password")
        .faults(faults)
        .autocomplete("new-password")
        .hint(html! {
            "Leave it empty, and you get a link by which they choose one themselves. What you give here you know, and could act as them."
        });
    let body = html! {
        (parts::error_summary("The account was not made", faults))
        form.form method="post" {
            (guard)
            (account.render())
            (called.render())
            (password.render())
            div.buttons {
                (parts::button(parts::Weight::Primary, "Create the account"))
                (parts::link_button(parts::Weight::Plain, "Cancel", PEOPLE))
            }
        }
    };
    Ok(Page::new("Create an account", body).crumb("People", Some(PEOPLE.to_owned())))
}
