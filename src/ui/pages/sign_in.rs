//! Signing in and out, and what happens to a form whose session has ended: nothing that was typed is lost.

use maud::{Markup, html};

use crate::{
    types::AccountName,
    ui::{
        Answer, BUILD, CSRF, Faults, Flash, Form, Outcome, Page, PageError, Route, SignedIn, Visit, parts,
        session, url,
    },
    workflow::{
        Actor, SignInError, access, first_start,
        sessions::{self, Token},
        sign_in,
    },
};

/// Where this page is.
pub(super) const ROUTES: &[Route] = &[
    Route::open_get(url::SIGN_IN, show),
    Route::open_post(url::SIGN_IN, submit),
    Route::post("/ui/sign-out", sign_out),
    Route::post("/ui/sign-out-everywhere", sign_out_everywhere),
];

fn show(visit: &Visit<'_>) -> Outcome {
    Ok(page(visit, &Form::default(), &Faults::default(), None).into())
}

/// A page that needs a sign-in, asked for without one.
pub(in crate::ui) fn away(visit: &Visit<'_>) -> Answer {
    // A link on another site brings no cookie along. Asked again from here, the browser sends it.
    if visit.headers.find("Sec-Fetch-Site") == Some("cross-site") && !visit.is_script() {
        return Page::alone(
            "One moment",
            html! {
                div.card { p { "Opening " a href=(visit.target) { "the page" } "…" } }
            },
        )
        .with_refresh(visit.target)
        .into();
    }
    SignedIn::to_sign_in(visit)
}

/// A form that does not come from a page of ours, or does not show it.
pub(in crate::ui) fn from_elsewhere() -> Answer {
    let body = html! {
        p.lead { "This request did not come from a page of this service, so nothing was changed." }
        p { (parts::link_button(parts::Weight::Plain, "Go to the start", "/")) }
    };
    Page::alone("Not carried out", html! { div.card { h1 { "Not carried out" } (body) } })
        .with_status(403)
        .into()
}

/// A form whose session has ended: signing in goes first, what was typed goes along.
pub(in crate::ui) fn ended(visit: &Visit<'_>, form: &Form) -> Outcome {
    let carried =
        Carried { action: visit.path.to_owned(), fields: form.to_text(), has_secret: form.has_secret() };
    Ok(page(visit, &Form::default(), &Faults::default(), Some(&carried)).with_status(401).into())
}

/// A form of a page that another version of this program made.
pub(in crate::ui) fn upgraded(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    again(
        signed_in,
        signed_in.path,
        form,
        "The service was upgraded while this page was open",
        &html! {
            "Nothing was saved yet. Everything you typed is still here: send it to the new version, or look at the page anew first."
        },
    )
}

/// A form of a page that was made for another session.
pub(in crate::ui) fn other_session(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    again(
        signed_in,
        signed_in.path,
        form,
        "You signed in anew while this page was open",
        &html! {
            "Nothing was saved yet. Everything you typed is still here; sending it does so as " strong { (parts::text(&signed_in.name)) } "."
        },
    )
}

fn again(signed_in: &SignedIn<'_>, action: &str, form: &Form, title: &str, more: &Markup) -> Outcome {
    let guard = signed_in.guard()?;
    let body = html! {
        p.lead { (more) }
        @if form.has_secret() { p { (NOT_KEPT) } }
        form method="post" action=(action) {
            (guard)
            @for (name, value) in form.kept() { input type="hidden" name=(name) value=(value); }
            div.buttons {
                (parts::button(parts::Weight::Primary, "Send it now"))
                (parts::link_button(parts::Weight::Plain, "Go to the start", "/"))
            }
        }
        @if form.kept().next().is_some() {
            details.typed {
                summary { "What you typed" }
                dl.facts {
                    @for (name, value) in form.kept() {
                        dt { (parts::mono(name)) }
                        dd { (parts::paragraphs(value)) }
                    }
                }
            }
        }
    };
    Ok(Page::new(title, body).with_status(409).into())
}

/// A form that goes along through the sign-in.
struct Carried {
    action: String,
    fields: String,
    /// Whether a password was left out.
    has_secret: bool,
}

impl Carried {
    fn of(form: &Form) -> Option<Self> {
        let action = url::local(form.find(CARRIED_ACTION)?)?.to_owned();
        let has_secret = form.has(CARRIED_SECRET);
        Some(Self { action, fields: form.text(CARRIED_FIELDS).to_owned(), has_secret })
    }
}

fn submit(visit: &Visit<'_>, form: &Form) -> Outcome {
    let mut faults = Faults::default();
    let carried = Carried::of(form);
    let refused = |faults: &Faults, status: u16| {
        Ok(page(visit, form, faults, carried.as_ref()).with_status(status).into())
    };
    if !session::is_private(&visit.ui.services.settings.public_url, visit.headers) {
        return refused(&faults, 403);
    }
    if form.text("name").trim().is_empty() {
        faults.add("name", "Enter your account.");
    }
    if form.text("password").is_empty() {
        faults.add("password", "Enter your password.");
    }
    if !faults.is_empty() {
        return refused(&faults, 422);
    }
    let services = &visit.ui.services;
    let account = match AccountName::parse(form.text("name").trim()) {
        Ok(name) => sign_in(&name, form.text("password"), services),
        // No account has such a name.
        Err(_) => Ok(None),
    };
    let account = match account {
        Ok(Some(account)) => account,
        Ok(None) => {
            faults.add("password", "Account and password do not fit together, or the account is disabled.");
            return refused(&faults, 422);
        }
        Err(SignInError::BackOff { seconds }) => {
            let wait = parts::count(seconds, "second", "seconds");
            faults
                .add("password", format!("Too many wrong passwords for this account. Try again in {wait}."));
            return refused(&faults, 429);
        }
        Err(SignInError::Busy) => {
            faults.add("password", "Many sign in at this moment. Try again in a second.");
            return refused(&faults, 503);
        }
        Err(SignInError::Storage(error)) => return Err(error.into()),
    };
    let (token, answer) = begin(visit, &account)?;
    match carried {
        None => {
            let next = url::local(form.text(NEXT)).unwrap_or("/");
            Ok(answer(Answer::see_other(next)))
        }
        Some(carried) => {
            let page = resume(visit, &account, &token, &carried)?;
            Ok(answer(page.into()))
        }
    }
}

/// Begins a session, and ends the one that this browser had.
pub(super) fn begin(
    visit: &Visit<'_>,
    account: &AccountName,
) -> Result<(Token, impl FnOnce(Answer) -> Answer), PageError> {
    let services = &visit.ui.services;
    let token = Token::new(services.random.as_ref())?;
    let former = visit.ui.cookies.token(visit.headers);
    services.write(&Actor::anonymous(), |scope| {
        if let Some(former) = &former {
            sessions::end(scope, former)?;
        }
        sessions::begin(scope, account, &token)
    })?;
    let cookie = visit.ui.cookies.begin(&token);
    Ok((token, move |answer: Answer| answer.with_cookie(cookie)))
}

/// After the sign-in: the form that was interrupted, ready to be sent.
fn resume(
    visit: &Visit<'_>,
    account: &AccountName,
    token: &Token,
    carried: &Carried,
) -> Result<Page, PageError> {
    let csrf = session::form_token(token, visit.ui.services.random.as_ref())?;
    let fields = Form::parse(carried.fields.as_bytes()).unwrap_or_default();
    let body = html! {
        div.card.wide {
            h1 { "Signed in again" }
            @if carried.has_secret { p { (NOT_KEPT) } }
            p.lead { @if !carried.has_secret { "Nothing you typed was lost. " } "Sending it now does so as " strong { (parts::text(account.as_str())) } "." }
            form method="post" action=(carried.action) {
                input type="hidden" name=(CSRF) value=(csrf);
                input type="hidden" name=(BUILD) value=(visit.ui.assets.build());
                @for (name, value) in fields.kept() { input type="hidden" name=(name) value=(value); }
                div.buttons {
                    (parts::button(parts::Weight::Primary, "Send it now"))
                    (parts::link_button(parts::Weight::Plain, "Leave it", "/"))
                }
            }
            @if fields.kept().next().is_some() {
                details.typed {
                    summary { "What you typed" }
                    dl.facts {
                        @for (name, value) in fields.kept() {
                            dt { (parts::mono(name)) }
                            dd { (parts::paragraphs(value)) }
                        }
                    }
                }
            }
        }
    };
    Ok(Page::alone("Signed in again", body))
}

fn page(visit: &Visit<'_>, typed: &Form, faults: &Faults, carried: Option<&Carried>) -> Page {
    let next = typed.find(NEXT).or_else(|| visit.query.find(NEXT)).unwrap_or_default();
    let settings = &visit.ui.services.settings;
    let is_private = session::is_private(&settings.public_url, visit.headers);
    // Without an answer the page says what it says in all other times.
    let is_fresh = visit.ui.services.read(&Actor::anonymous(), first_start::is_open).unwrap_or(false);
    let account: String = typed.text("name").chars().take(LONGEST_ACCOUNT).collect();
    let name = parts::Field::line("name", "Account").value(&account).faults(faults).autocomplete("username");
    let password =
        parts::Field::password("password", "Password").faults(faults).autocomplete("current-password");
    let body = html! {
        div.sign-in {
            div.sign-in-head {
                (parts::logo())
                h1 { (parts::text(&settings.name)) }
                p { "Sign in to edit and review" }
            }
            @if let Some(flash) = &visit.flash { (parts::flash(flash)) }
            @if carried.is_some() {
                (parts::notice(parts::Tone::Note, "Your session has ended.", &html! {
                    @if carried.is_some_and(|carried| carried.has_secret) { (NOT_KEPT) }
                    @else { "Nothing you typed is lost: sign in, and it is sent." }
                }))
            }
            @if is_private {
                form.card method="post" action=(url::SIGN_IN) {
                    (visit.open_guard())
                    input type="hidden" name=(NEXT) value=(url::local(next).unwrap_or_default());
                    @if let Some(carried) = carried {
                        input type="hidden" name=(CARRIED_ACTION) value=(carried.action);
                        input type="hidden" name=(CARRIED_FIELDS) value=(carried.fields);
                        @if carried.has_secret { input type="hidden" name=(CARRIED_SECRET) value="1"; }
                    }
                    (name.render())
                    (password.render())
                    (parts::button(parts::Weight::Primary, "Sign in"))
                }
                p.sign-in-help {
                    @if is_fresh { "Nobody has an account yet. Open the link that " code { "countersign serve" } " printed." }
                    @else { "No account? Ask an administrator of this installation." }
                }
            } @else {
                (not_private())
            }
        }
    };
    Page::alone("Sign in", body)
}

/// Instead of a form that asks for a password.
pub(super) fn not_private() -> Markup {
    let more = html! {
        "This page was reached over plain http, where others on the network can read along. Open it through https (setting "
        code { "server.public_url" } "), or on the machine itself at localhost."
    };
    parts::notice(parts::Tone::Refusal, "No password is asked for here.", &more)
}

fn sign_out(signed_in: &SignedIn<'_>, _: &Form) -> Outcome {
    signed_in.write(|scope| sessions::end(scope, &signed_in.token))?;
    Ok(signed_out(signed_in, "You are signed out."))
}

fn sign_out_everywhere(signed_in: &SignedIn<'_>, _: &Form) -> Outcome {
    signed_in.write(|scope| {
        let permit = access::keep_account(scope, &signed_in.account)?;
        Ok::<_, PageError>(sessions::end_all(scope, &permit)?)
    })?;
    Ok(signed_out(signed_in, "You are signed out here and everywhere else."))
}

fn signed_out(signed_in: &SignedIn<'_>, sentence: &str) -> Answer {
    Answer::see_other(url::SIGN_IN)
        .with_cookie(signed_in.ui.cookies.end())
        .with_flash(Flash::new(sentence))
        .with_header("Clear-Site-Data", "\"cache\"")
}

const CARRIED_ACTION: &str = "carried-action";
const CARRIED_FIELDS: &str = "carried-fields";
/// Says that a password was left out of what is carried.
const CARRIED_SECRET: &str = "carried-secret";
/// The longest id of an account.
const LONGEST_ACCOUNT: usize = 255;
const NOT_KEPT: &str = "Passwords were not kept: type them again.";
const NEXT: &str = "next";
