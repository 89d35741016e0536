//! Groups: who is in them, put in and taken out one by one.

use maud::{Markup, html};

use super::{PEOPLE, len, person_path};
use crate::{
    types::{AccountName, BucketId, GroupId},
    ui::{Answer, Faults, Flash, Form, Outcome, Page, PageError, SignedIn, has_page, parts, url},
    workflow::{
        Scope, access,
        membership::{self, GroupLine, MembershipError, Purpose},
    },
};

/// What somebody wrote into the form of a new group, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Typed<'a> {
    bucket: &'a str,
    faults: Faults,
    group: &'a str,
}

/// All groups, and where new ones can be.
#[derive(Debug)]
pub(super) struct Lines {
    groups: Vec<GroupLine>,
    places: Vec<BucketId>,
}

pub(super) fn lines(scope: &mut Scope<'_>) -> Result<Lines, PageError> {
    let permit = access::administer(scope)?;
    Ok(Lines { groups: membership::list(scope, &permit)?, places: membership::places(scope, &permit)? })
}

/// The part of the page of all people.
pub(super) fn section(
    signed_in: &SignedIn<'_>,
    lines: &Lines,
    typed: &Typed<'_>,
) -> Result<Markup, PageError> {
    let guard = signed_in.guard()?;
    let places: Vec<(&str, &str)> =
        lines.places.iter().map(|bucket| (bucket.as_str(), bucket.as_str())).collect();
    let name = parts::Field::line("group", "Name")
        .value(typed.group)
        .faults(&typed.faults)
        .mono()
        .required()
        .autocomplete("off");
    let bucket = parts::Field::choice("bucket", "Bucket", places).value(typed.bucket).faults(&typed.faults);
    Ok(html! {
        section.people-part aria-labelledby="groups" {
            h2 #groups { "Groups " span.heading-note { (parts::number(len(&lines.groups))) } }
            @if lines.groups.is_empty() {
                (parts::empty("There are no groups. Each collection brings two: its editors and its reviewers.", &html! {}))
            } @else {
                div.table-box tabindex="0" role="region" aria-labelledby="groups" {
                    table.table.groups-table {
                        thead { tr { th scope="col" { "Group" } th scope="col" { "Bucket" } th scope="col" { "What for" } th scope="col" { "Members" } } }
                        tbody {
                            @for line in &lines.groups {
                                tr {
                                    td.clip { a.row-link href=(path(&line.bucket, &line.group)) { (parts::text(line.group.as_str())) } }
                                    td.clip.quiet { (parts::text(line.bucket.as_str())) }
                                    td.clip.quiet { (purpose(line)) }
                                    td.clip {
                                        @if line.members.is_empty() { span.quiet { "Nobody" } }
                                        @else {
                                            @let names: Vec<&str> = line.members.iter().map(|(_, name)| name.as_str()).collect();
                                            (super::few_texts(&names))
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if !lines.places.is_empty() {
                details.new-group open[!typed.faults.is_empty()] {
                    summary { "Make another group" }
                    form.form.inline method="post" action="/ui/groups" {
                        (guard)
                        (bucket.render())
                        (name.render())
                        (parts::button(parts::Weight::Plain, "Make the group"))
                    }
                    p.small.quiet { "A group gets its power from the permissions that name it, in the settings of a collection." }
                }
            }
        }
    })
}

/// The page of a group.
pub(super) fn path(bucket: &BucketId, group: &GroupId) -> String {
    format!("/ui/groups/{bucket}/{group}")
}

pub(super) fn create(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let mut faults = Faults::default();
    let bucket = BucketId::parse(form.text("bucket"))
        .map_err(|_| faults.add("bucket", "Choose the bucket that the group is for."));
    let group = GroupId::parse(form.text("group").trim()).map_err(|_| {
        faults.add(
            "group",
            "Letters A to Z, digits, - and _ are possible, and a letter or digit at the beginning.",
        );
    });
    if let (Ok(bucket), Ok(group)) = (bucket, group) {
        let made = signed_in.write(|scope| {
            access::administer(scope).map_err(access::AccessError::from)?;
            membership::create(scope, &bucket, &group)
        });
        match made {
            Ok(()) => {
                let flash = Flash::new(format!("The group {group} is made. Nobody is in it yet."));
                return Ok(Answer::see_other(path(&bucket, &group)).with_flash(flash));
            }
            Err(MembershipError::Exists { .. }) => {
                faults.add("group", "There is a group of this name already.");
            }
            Err(error) => return Err(error.into()),
        }
    }
    let typed = Typed { bucket: form.text("bucket"), faults, group: form.text("group") };
    Ok(super::page(signed_in, &typed)?.with_status(422).into())
}

pub(super) fn show(signed_in: &SignedIn<'_>) -> Outcome {
    page(signed_in, "", &Faults::default()).map(Answer::from)
}

pub(super) fn submit(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let (bucket, group) = captured(signed_in)?;
    let place = (&bucket, &group);
    let here =
        |sentence: String| Ok(Answer::see_other(path(&bucket, &group)).with_flash(Flash::new(sentence)));
    let administered = |scope: &Scope<'_>| access::administer(scope).map_err(access::AccessError::from);
    match form.text("act") {
        "add" => {
            let added = signed_in.write(|scope| {
                administered(scope)?;
                membership::add(scope, place, form.text("who"))
            });
            let mut faults = Faults::default();
            match added {
                Ok(account) => return here(format!("{account} is in the group now.")),
                Err(MembershipError::AlreadyIn { .. }) => faults.add("who", "They are in the group already."),
                Err(MembershipError::Ambiguous) => {
                    faults.add("who", "Several people are called so. Use the name that they sign in with.");
                }
                Err(MembershipError::Called { account }) => {
                    faults.add(
                        "who",
                        format!("This is what {account} is called. Type the account: {account}."),
                    );
                }
                Err(MembershipError::Unknown) => {
                    faults.add("who", "Nobody is called so, and no account has this name.");
                }
                Err(error) => return Err(error.into()),
            }
            Ok(page(signed_in, form.text("who"), &faults)?.with_status(422).into())
        }
        "remove" => {
            let removed = signed_in.write(|scope| {
                administered(scope)?;
                membership::remove(scope, place, form.text("user"))
            })?;
            here(
                if removed { "They are in the group no more." } else { "They were not in the group." }
                    .to_owned(),
            )
        }
        "delete" => {
            signed_in.write(|scope| {
                administered(scope)?;
                membership::delete(scope, &bucket, &group)
            })?;
            let flash = Flash::new(format!("The group {group} is deleted."));
            Ok(Answer::see_other(PEOPLE).with_flash(flash))
        }
        _ => Err(PageError::Missing),
    }
}

fn captured(signed_in: &SignedIn<'_>) -> Result<(BucketId, GroupId), PageError> {
    let bucket = BucketId::parse(signed_in.capture("bucket")?).map_err(|_| PageError::Missing)?;
    let group = GroupId::parse(signed_in.capture("group")?).map_err(|_| PageError::Missing)?;
    Ok((bucket, group))
}

fn page(signed_in: &SignedIn<'_>, typed: &str, faults: &Faults) -> Result<Page, PageError> {
    let (bucket, group) = captured(signed_in)?;
    let line = signed_in.read(|scope| {
        let permit = access::administer(scope)?;
        Ok::<_, PageError>(membership::find(scope, &permit, (&bucket, &group))?)
    })?;
    let line = line.ok_or(PageError::Missing)?;
    let guard = signed_in.guard()?;
    let who = parts::Field::line("who", "Add somebody")
        .value(typed)
        .faults(faults)
        .autocomplete("off")
        .placeholder("Account");
    let body = html! {
        p.lead {
            @match &line.purpose {
                Some(Purpose::Edit(_)) => { "Its members ask for the review of " (purpose_link(&line)) "." },
                Some(Purpose::Review(_)) => { "Its members approve changes of " (purpose_link(&line)) ", but never their own." },
                None => { "Its members may do what permissions give the principal " code { "/buckets/" (bucket) "/groups/" (group) } "." },
            }
        }
        section aria-labelledby="members" {
            h2 #members { "Members " span.heading-note { (parts::number(len(&line.members))) } }
            @if line.members.is_empty() {
                (parts::empty("Nobody is in this group.", &html! {}))
            } @else {
                ul.rows.members {
                    @for (user, name) in &line.members {
                        li {
                            span.member-name { (member(user, name)) }
                            form method="post" {
                                (guard)
                                input type="hidden" name="user" value=(user);
                                button.button.small type="submit" name="act" value="remove"
                                    aria-label=(format!("Take out {name}")) { "Take out" }
                            }
                        }
                    }
                }
            }
        }
        form.form.inline.add-to-group method="post" {
            (guard)
            input type="hidden" name="act" value="add";
            (who.render())
            (parts::button(parts::Weight::Primary, "Add"))
        }
        @if line.purpose.is_none() {
            form method="post" {
                (guard)
                (parts::named_button(parts::Weight::Plain, "Delete the group", "act", "delete"))
            }
        }
    };
    Ok(Page::new(group.as_str(), body).crumb("People", Some(PEOPLE.to_owned())).crumb(bucket.as_str(), None))
}

fn member(user: &str, name: &str) -> Markup {
    match user.strip_prefix("account:").map(AccountName::parse) {
        Some(Ok(account)) => html! {
            a href=(person_path(&account)) { (parts::text(name)) }
            @if name != account.as_str() { " " (parts::mono(account.as_str())) }
        },
        Some(Err(_)) | None => parts::mono(user),
    }
}

fn purpose(line: &GroupLine) -> Markup {
    match &line.purpose {
        Some(Purpose::Edit(_)) => html! { "Edits " (purpose_link(line)) },
        Some(Purpose::Review(_)) => html! { "Reviews " (purpose_link(line)) },
        None => html! {},
    }
}

fn purpose_link(line: &GroupLine) -> Markup {
    let Some(Purpose::Edit(resource) | Purpose::Review(resource)) = &line.purpose else { return html! {} };
    let name = resource.destination.to_string();
    let settings = url::collection(&resource.destination, "settings");
    html! {
        @if has_page(&settings) { a href=(settings) { (parts::text(&name)) } } @else { (parts::text(&name)) }
    }
}

impl From<MembershipError> for PageError {
    fn from(error: MembershipError) -> Self {
        match error {
            MembershipError::Access(error) => error.into(),
            MembershipError::Missing => Self::Missing,
            MembershipError::Row(error) => error.into(),
            MembershipError::Write(error) => error.into(),
            error @ (MembershipError::AlreadyIn { .. }
            | MembershipError::Ambiguous
            | MembershipError::Called { .. }
            | MembershipError::Exists { .. }
            | MembershipError::Unknown) => Self::internal(error),
        }
    }
}
