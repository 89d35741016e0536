//! Who may do what: the permissions of bucket, collection and groups, in words.

use maud::{Markup, html};

use super::{CONSENT, Section, lock_out, page, source};
use crate::{
    storage::{ObjectKey, StorageError},
    ui::{Answer, Faults, Flash, Form, Outcome, Page, PageError, SignedIn, parts},
    workflow::{
        Resource,
        access::AccessError,
        manage::{self, Consent, GrantError, Holder, HolderKind, PermissionTable, Subject, Team},
    },
};

pub(super) fn show(signed_in: &SignedIn<'_>) -> Outcome {
    render(signed_in, &signed_in.resource()?, &Form::default(), &Faults::default(), &html! {}).map(Into::into)
}

pub(super) fn submit(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    match form.find("revoke") {
        Some(principal) => revoke(signed_in, &resource, principal, form),
        None => grant(signed_in, &resource, form),
    }
}

fn grant(signed_in: &SignedIn<'_>, resource: &Resource, form: &Form) -> Outcome {
    let mut faults = Faults::default();
    let chosen = parse(form.text(WHAT));
    let who = form.text(WHO).trim();
    if chosen.is_none() {
        faults.add(WHAT, "Choose what to allow.");
    }
    if who.is_empty() {
        faults.add(WHO, "Type the name of an account, or editors or reviewers.");
    }
    if let (Some((subject, permission)), true) = (chosen, faults.is_empty()) {
        let granted = signed_in.write(|scope| {
            source(scope, resource).map_err(ActError::Page)?;
            Ok::<_, ActError>(manage::grant(scope, resource, subject, permission, who)?)
        });
        match granted {
            Ok(is_new) => {
                let sentence = if is_new {
                    format!("{who} may now {}.", words(subject, permission))
                } else {
                    format!("{who} has this permission already.")
                };
                return Ok(back(resource, sentence));
            }
            Err(ActError::Page(error)) => return Err(error),
            Err(ActError::Grant(error)) => note(error, &mut faults)?,
        }
    }
    render(signed_in, resource, form, &faults, &html! {}).map(|page| page.with_status(422).into())
}

fn revoke(signed_in: &SignedIn<'_>, resource: &Resource, principal: &str, form: &Form) -> Outcome {
    let Some((subject, permission)) = parse(form.text(WHAT)) else { return Err(PageError::Missing) };
    let consent = if form.has(CONSENT) { Consent::Given } else { Consent::NotAsked };
    let revoked = signed_in.write(|scope| {
        source(scope, resource).map_err(ActError::Page)?;
        Ok::<_, ActError>(manage::revoke(scope, resource, subject, permission, principal, consent)?)
    });
    match revoked {
        Ok(had) => {
            let who = principal.strip_prefix("account:").unwrap_or(principal);
            let answer = back(
                resource,
                if had {
                    format!("{who} may no longer {} by this permission.", words(subject, permission))
                } else {
                    format!("{who} did not have this permission any more.")
                },
            );
            // Who gave something up may not see this page any more.
            Ok(if consent == Consent::Given {
                Answer { content: Answer::see_other("/").content, ..answer }
            } else {
                answer
            })
        }
        Err(ActError::Grant(GrantError::LosesPowers(lost))) => {
            let again = [(WHAT, form.text(WHAT)), ("revoke", principal)];
            let path = Section::Permissions.path(resource);
            let notice = lock_out(signed_in, &path, &lost, &again)?;
            render(signed_in, resource, &Form::default(), &Faults::default(), &notice)
                .map(|page| page.with_status(422).into())
        }
        Err(ActError::Page(error)) => Err(error),
        Err(ActError::Grant(error)) => {
            let mut faults = Faults::default();
            note(error, &mut faults)?;
            render(signed_in, resource, form, &faults, &html! {}).map(|page| page.with_status(422).into())
        }
    }
}

fn back(resource: &Resource, sentence: String) -> Answer {
    Answer::see_other(Section::Permissions.path(resource)).with_flash(Flash::new(sentence))
}

/// What stops an act: the page, or the verb.
enum ActError {
    Grant(GrantError),
    Page(PageError),
}

impl From<GrantError> for ActError {
    fn from(error: GrantError) -> Self {
        Self::Grant(error)
    }
}

impl From<StorageError> for ActError {
    fn from(error: StorageError) -> Self {
        Self::Page(error.into())
    }
}

/// A refusal beside its field; what nobody can mend here is an error.
fn note(error: GrantError, faults: &mut Faults) -> Result<(), PageError> {
    match error {
        GrantError::Access(AccessError::Denied(_)) => {
            faults.add(WHAT, "You may not change this permission. An administrator can.");
        }
        GrantError::Access(error) => return Err(error.into()),
        GrantError::Ambiguous { name } => faults.add(
            WHO,
            format!("Several people are called {}. Type the account’s name instead.", parts::plain(&name)),
        ),
        GrantError::Called { account, name } => faults.add(
            WHO,
            format!("{} is what {account} is called. Type the account: {account}.", parts::plain(&name)),
        ),
        GrantError::LosesPowers(lost) => faults.add(WHAT, format!("{lost}.")),
        GrantError::NoSuchPermission => faults.add(WHAT, "There is no such permission here any more."),
        GrantError::Row(error) => return Err(error.into()),
        GrantError::Unknown { name } => faults.add(
            WHO,
            format!(
                "Nobody here is called {}. Type the name of an account, or editors or reviewers.",
                parts::plain(&name)
            ),
        ),
    }
    Ok(())
}

fn render(
    signed_in: &SignedIn<'_>,
    resource: &Resource,
    typed: &Form,
    faults: &Faults,
    notice: &Markup,
) -> Result<Page, PageError> {
    let (tables, candidates) = signed_in.read(|scope| {
        source(scope, resource)?;
        Ok::<_, PageError>((manage::permissions(scope, resource)?, manage::candidates(scope)?))
    })?;
    let guard = signed_in.guard()?;
    let may_change = tables.iter().any(|table| table.may_change);
    let body = html! {
        (notice)
        p.lead {
            "Besides these, administrators may do everything here, and approve nothing that they edited. Nobody writes what is \
             published by hand, whatever stands here."
        }
        (parts::error_summary("Not changed", faults))
        div.permission-tables {
            @for table in &tables { (subject_part(resource, table, &guard)) }
        }
        @if may_change {
            form.form.inline.grant method="post" action=(Section::Permissions.path(resource)) aria-labelledby="give" {
                h2 #give { "Give a permission" }
                (guard)
                (grant_fields(&tables, resource, typed, faults))
                (parts::button(parts::Weight::Plain, "Give"))
            }
            datalist #people-names {
                option value="editors" { "Everybody in the editors group" }
                option value="reviewers" { "Everybody in the reviewers group" }
                option value=(crate::workflow::AUTHENTICATED) { "Everybody who is signed in" }
                @for member in &candidates {
                    option value=(member.user.strip_prefix("account:").unwrap_or(&member.user)) { (parts::plain(&member.name)) }
                }
            }
        }
    };
    Ok(page(resource, Section::Permissions, &body))
}

fn grant_fields(tables: &[PermissionTable], resource: &Resource, typed: &Form, faults: &Faults) -> Markup {
    let choices: Vec<(String, String)> = tables
        .iter()
        .flat_map(|table| table.lines.iter().map(move |(permission, _)| (table.subject, *permission)))
        .map(|(subject, permission)| {
            let of = noun(subject, resource);
            (value(subject, permission), format!("{}: {}", of, words(subject, permission)))
        })
        .collect();
    let choices = choices.iter().map(|(value, words)| (value.as_str(), words.as_str())).collect();
    html! {
        (parts::Field::choice(WHAT, "May", choices).value(typed.text(WHAT)).faults(faults).render())
        (parts::Field::line(WHO, "Who")
            .value(typed.text(WHO))
            .faults(faults)
            .placeholder("Account, editors, reviewers")
            .autocomplete("off")
            .list("people-names")
            .render())
    }
}

fn subject_part(resource: &Resource, table: &PermissionTable, guard: &Markup) -> Markup {
    let heading = value(table.subject, "");
    html! {
        section aria-labelledby=(heading) {
            h2 id=(heading) {
                (sentence(table.subject)) " "
                span.heading-note { (parts::mono(&name(table.subject, resource))) }
            }
            @if table.subject == Subject::Team(Team::Reviewers) && table.may_change {
                p.hint { "Administrators alone change it, whatever stands here: nobody appoints their own reviewers." }
            }
            @if table.may_change {
                div.table-box {
                    table.table.permissions {
                        tbody {
                            @for (permission, holders) in &table.lines {
                                tr {
                                    th scope="row" {
                                        (super::sentence_case(words(table.subject, permission)))
                                        " " code.quiet { (permission) }
                                    }
                                    td { (holders_cell(resource, table.subject, permission, holders, guard)) }
                                }
                            }
                        }
                    }
                }
            } @else {
                p.hint { "Only those who may change these permissions see them." }
            }
        }
    }
}

fn holders_cell(
    resource: &Resource,
    subject: Subject,
    permission: &str,
    holders: &[Holder],
    guard: &Markup,
) -> Markup {
    html! {
        @if holders.is_empty() { span.faint { (nobody_besides(subject, permission)) } }
        @else {
            form.holders method="post" action=(Section::Permissions.path(resource)) {
                (guard)
                input type="hidden" name=(WHAT) value=(value(subject, permission));
                @for holder in holders {
                    @let words = holder_words(holder);
                    @let label = format!("Take this from {words}");
                    span.holder {
                        @match &holder.kind {
                            HolderKind::Account(name) => span title=(parts::plain(&holder.principal)) { (parts::text(name)) },
                            HolderKind::Everybody | HolderKind::SignedIn | HolderKind::Team(_) => strong { (words) },
                            HolderKind::Group | HolderKind::Other => (parts::mono(&holder.principal)),
                        }
                        button.holder-take type="submit" name="revoke" value=(holder.principal) aria-label=(parts::plain(&label)) title=(parts::plain(&label)) {
                            (parts::icon(parts::Icon::Cross))
                        }
                    }
                }
            }
        }
    }
}

/// Who may do it where nobody is named.
const fn nobody_besides(subject: Subject, permission: &str) -> &'static str {
    match (subject, permission.as_bytes()) {
        (Subject::Bucket | Subject::Team(Team::Reviewers), b"write") => "administrators alone",
        (Subject::Collection | Subject::Team(Team::Editors), b"write") | (Subject::Bucket, _) => {
            "whoever may change the bucket"
        }
        (Subject::Collection, b"read") => "whoever may edit it, or see the bucket",
        (Subject::Collection, _) => "whoever may edit it",
        (Subject::Team(_), _) => "whoever may see the bucket",
    }
}

fn holder_words(holder: &Holder) -> String {
    match &holder.kind {
        HolderKind::Account(name) => name.clone(),
        HolderKind::Everybody => "Everybody, signed in or not".to_owned(),
        HolderKind::Group | HolderKind::Other => holder.principal.clone(),
        HolderKind::SignedIn => "Everybody who is signed in".to_owned(),
        HolderKind::Team(Team::Editors) => "Editors".to_owned(),
        HolderKind::Team(Team::Reviewers) => "Reviewers".to_owned(),
    }
}

/// As in "may …".
fn words(subject: Subject, permission: &str) -> &'static str {
    match (subject, permission) {
        (Subject::Bucket, "collection:create") => "make collections",
        (Subject::Bucket, "group:create") => "make groups",
        (Subject::Bucket, "read") => "see everything in the bucket",
        (Subject::Bucket, _) => "change everything in the bucket",
        (Subject::Collection, "read") => "see the records before they are published",
        (Subject::Collection, "record:create") => "add records",
        (Subject::Collection, _) => "edit records and settings",
        (Subject::Team(_), "read") => "see who is in the group",
        (Subject::Team(_), _) => "change who is in the group",
    }
}

const fn sentence(subject: Subject) -> &'static str {
    match subject {
        Subject::Bucket => "The whole bucket",
        Subject::Collection => "This collection",
        Subject::Team(Team::Editors) => "Its editors",
        Subject::Team(Team::Reviewers) => "Its reviewers",
    }
}

fn noun(subject: Subject, resource: &Resource) -> String {
    match subject {
        Subject::Bucket => format!("Bucket {}", resource.source.bucket),
        Subject::Collection => "This collection".to_owned(),
        Subject::Team(Team::Editors) => "Editors group".to_owned(),
        Subject::Team(Team::Reviewers) => "Reviewers group".to_owned(),
    }
}

/// The name of the object.
fn name(subject: Subject, resource: &Resource) -> String {
    match subject.key(resource) {
        Some(ObjectKey::Collection(path)) => path.to_string(),
        Some(key @ (ObjectKey::Account(_) | ObjectKey::Bucket(_) | ObjectKey::Group(_, _))) => {
            key.id().to_owned()
        }
        None => String::new(),
    }
}

/// In a field: `collection write`.
fn value(subject: Subject, permission: &str) -> String {
    let subject = match subject {
        Subject::Bucket => "bucket",
        Subject::Collection => "collection",
        Subject::Team(Team::Editors) => "editors",
        Subject::Team(Team::Reviewers) => "reviewers",
    };
    format!("{subject} {permission}").trim_end().to_owned()
}

fn parse(value: &str) -> Option<(Subject, &str)> {
    let (subject, permission) = value.split_once(' ')?;
    let subject = match subject {
        "bucket" => Subject::Bucket,
        "collection" => Subject::Collection,
        "editors" => Subject::Team(Team::Editors),
        "reviewers" => Subject::Team(Team::Reviewers),
        _ => return None,
    };
    Some((subject, permission))
}

const WHAT: &str = "what";
const WHO: &str = "who";
