//! Who edits, and who reviews: the two groups by name.

use maud::{Markup, html};

use super::{CONSENT, Section, lock_out, new_collection::stranger, page, source};
use crate::{
    storage::StorageError,
    types::AccountName,
    ui::{Answer, Faults, Flash, Form, Outcome, Page, PageError, SignedIn, has_page, parts},
    workflow::{
        Resource, Review, Scope,
        access::{self, AccessError},
        manage::{self, Consent, Member, MemberState, Standing, Team, TeamError},
        people,
    },
};

/// Everything that the page shows.
struct View {
    administrators: Vec<String>,
    candidates: Vec<Member>,
    is_reviewed: bool,
    standing: Standing,
    teams: Vec<TeamView>,
}

struct TeamView {
    may_change: bool,
    members: Vec<Member>,
    team: Team,
}

impl View {
    fn read(scope: &mut Scope<'_>, resource: &Resource) -> Result<Self, PageError> {
        source(scope, resource)?;
        let mut teams = Vec::new();
        for team in Team::ALL {
            let may_change = match team.key(resource) {
                Some(key) => access::may_write(scope, &key)?,
                None => false,
            };
            teams.push(TeamView { may_change, members: manage::members(scope, resource, team)?, team });
        }
        Ok(Self {
            administrators: manage::administrators(scope)?,
            candidates: manage::candidates(scope)?,
            is_reviewed: scope.services.settings.review.of(&resource.source) == Review::On,
            standing: manage::standing(scope, resource)?,
            teams,
        })
    }
}

pub(super) fn show(signed_in: &SignedIn<'_>) -> Outcome {
    render(signed_in, &signed_in.resource()?, &Form::default(), &Faults::default(), &html! {}).map(Into::into)
}

pub(super) fn submit(signed_in: &SignedIn<'_>, form: &Form) -> Outcome {
    let resource = signed_in.resource()?;
    let team = if form.text("team") == REVIEWERS { Team::Reviewers } else { Team::Editors };
    match form.find("remove") {
        Some(user) => remove(signed_in, &resource, team, user, form),
        None => add(signed_in, &resource, team, form),
    }
}

fn add(signed_in: &SignedIn<'_>, resource: &Resource, team: Team, form: &Form) -> Outcome {
    let typed = form.text(field(team)).trim();
    let mut faults = Faults::default();
    if typed.is_empty() {
        faults.add(field(team), "Type the name of an account.");
    } else {
        let added = signed_in.write(|scope| {
            source(scope, resource).map_err(AddError::Page)?;
            let account = manage::add(scope, resource, team, typed)?;
            Ok::<_, AddError>(people::name_of(scope, &account)?)
        });
        match added {
            Ok(name) => {
                let flash = Flash::new(format!("{name} is now among the {}.", noun(team)));
                return Ok(Answer::see_other(Section::People.path(resource)).with_flash(flash));
            }
            Err(AddError::Page(error)) => return Err(error),
            Err(AddError::Team(error)) => faults.add(field(team), mend(error)?),
        }
    }
    render(signed_in, resource, form, &faults, &html! {}).map(|page| page.with_status(422).into())
}

fn remove(signed_in: &SignedIn<'_>, resource: &Resource, team: Team, user: &str, form: &Form) -> Outcome {
    let consent = if form.has(CONSENT) { Consent::Given } else { Consent::NotAsked };
    let removed = signed_in.write(|scope| {
        source(scope, resource).map_err(AddError::Page)?;
        let name = people::Names::default().of(scope, user)?;
        let was_in = manage::remove(scope, resource, team, user, consent)?;
        Ok::<_, AddError>((name, was_in))
    });
    let path = Section::People.path(resource);
    match removed {
        Ok((name, was_in)) => {
            let sentence = if was_in {
                format!("{name} is no longer among the {}.", noun(team))
            } else {
                format!("{name} was not among the {} any more.", noun(team))
            };
            // Who gave something up may not see this page any more.
            let next = if consent == Consent::Given { "/".to_owned() } else { path };
            Ok(Answer::see_other(next).with_flash(Flash::new(sentence)))
        }
        Err(AddError::Team(TeamError::LosesPowers(lost))) => {
            let again = [("team", form.text("team")), ("remove", user)];
            let notice = lock_out(signed_in, &path, &lost, &again)?;
            render(signed_in, resource, form, &Faults::default(), &notice)
                .map(|page| page.with_status(422).into())
        }
        Err(AddError::Page(error)) => Err(error),
        Err(AddError::Team(error)) => {
            let mut faults = Faults::default();
            faults.add(field(team), mend(error)?);
            render(signed_in, resource, form, &faults, &html! {}).map(|page| page.with_status(422).into())
        }
    }
}

/// What stops an act: the page, or the verb.
enum AddError {
    Page(PageError),
    Team(TeamError),
}

impl From<StorageError> for AddError {
    fn from(error: StorageError) -> Self {
        Self::Page(error.into())
    }
}

impl From<TeamError> for AddError {
    fn from(error: TeamError) -> Self {
        Self::Team(error)
    }
}

/// What to do about a refusal; what nobody can mend here is an error.
fn mend(error: TeamError) -> Result<String, PageError> {
    Ok(match error {
        TeamError::Access(AccessError::Storage(error)) => return Err(error.into()),
        TeamError::Row(error) => return Err(error.into()),
        TeamError::Access(
            AccessError::Denied(_) | AccessError::MalformedId | AccessError::MissingParent { .. },
        ) => "You may not change this group. An administrator can.".to_owned(),
        TeamError::AlreadyIn { .. } => "This person is in the group already.".to_owned(),
        TeamError::NoGroup => {
            "The collection’s name is so long that there is no room for the name of its groups.".to_owned()
        }
        error @ (TeamError::Ambiguous { .. }
        | TeamError::Called { .. }
        | TeamError::LosesPowers(_)
        | TeamError::Unknown { .. }) => stranger(&error),
    })
}

fn render(
    signed_in: &SignedIn<'_>,
    resource: &Resource,
    typed: &Form,
    faults: &Faults,
    notice: &Markup,
) -> Result<Page, PageError> {
    let view = signed_in.read(|scope| View::read(scope, resource))?;
    let mut columns = Vec::new();
    for team in &view.teams {
        columns.push(column(signed_in, resource, &view, team, typed, faults)?);
    }
    let body = html! {
        (notice)
        (standing_notice(&view))
        p.lead {
            @if view.is_reviewed {
                "Editors change records and ask for review. Reviewers approve or decline; whoever edited or asked cannot approve \
                 that change, administrators included."
            } @else {
                "Review is off for this collection: whoever may edit it publishes. The groups still say who works on it."
            }
        }
        div.teams { @for column in &columns { (column) } }
        @if !view.candidates.is_empty() {
            datalist #people-names {
                @for member in &view.candidates { option value=(id(&member.user)) { (parts::plain(&member.name)) } }
            }
        }
    };
    Ok(page(resource, Section::People, &body))
}

fn standing_notice(view: &View) -> Markup {
    let (sentence, more) = match &view.standing {
        Standing::Enough | Standing::Off => return html! {},
        Standing::NoEditors => (
            "Nobody can ask for review.".to_owned(),
            "No editor can sign in. Name one, else no change is ever published.",
        ),
        Standing::NoReviewers => (
            "Nobody can approve.".to_owned(),
            "No reviewer can sign in. Name one, else no change is ever published.",
        ),
        Standing::Nobody => (
            "Nobody can ask for review, and nobody can approve.".to_owned(),
            "No editor and no reviewer can sign in. Name both, else no change is ever published.",
        ),
        Standing::OnePerson { name } => (
            format!("{name} is the only one here."),
            "Nobody approves their own edits, so nothing can be published. Name a second person as reviewer or as editor.",
        ),
    };
    parts::notice(parts::Tone::Warning, &sentence, &html! { (more) })
}

fn column(
    signed_in: &SignedIn<'_>,
    resource: &Resource,
    view: &View,
    own: &TeamView,
    typed: &Form,
    faults: &Faults,
) -> Result<Markup, PageError> {
    let heading = field(own.team);
    let action = Section::People.path(resource);
    let guard = signed_in.guard()?;
    let has_names = !view.candidates.is_empty();
    Ok(html! {
        section.team aria-labelledby=(heading) {
            h2 id=(heading) {
                (sentence_of(own.team))
                @if !own.members.is_empty() {
                    " " span.heading-count { (parts::number(u64::try_from(own.members.len()).unwrap_or(u64::MAX))) }
                }
            }
            @if own.members.is_empty() {
                p.empty-line {
                    @match own.team {
                        Team::Editors => "Nobody yet. Editors change records and ask for review.",
                        Team::Reviewers => "Nobody yet. Without a reviewer nothing is published.",
                    }
                }
            } @else {
                ul.rows {
                    @for member in &own.members { (row(signed_in, own, member, &action, &guard)) }
                }
            }
            @if own.may_change {
                form.add-member method="post" action=(action) {
                    (guard)
                    input type="hidden" name="team" value=(word(own.team));
                    (add_field(own.team, typed, faults, has_names))
                    (parts::button(parts::Weight::Plain, "Add"))
                }
            } @else {
                p.hint { (whom_to_ask(own.team, &view.administrators)) }
                @if let Some(fault) = faults.of(field(own.team)) {
                    p.fault { (parts::icon(parts::Icon::Error)) span { (parts::text(fault)) } }
                }
            }
        }
    })
}

fn add_field(team: Team, typed: &Form, faults: &Faults, has_names: bool) -> Markup {
    let label = match team {
        Team::Editors => "Add an editor",
        Team::Reviewers => "Add a reviewer",
    };
    let field = parts::Field::line(field(team), label)
        .value(typed.text(field(team)))
        .faults(faults)
        .placeholder("Name of the account")
        .autocomplete("off");
    let field = if has_names { field.list("people-names") } else { field };
    field.render()
}

fn row(signed_in: &SignedIn<'_>, own: &TeamView, member: &Member, action: &str, guard: &Markup) -> Markup {
    let id = id(&member.user);
    let label = format!("Remove {}", member.name);
    html! {
        li.member {
            span.member-who {
                span.person { (parts::text(&member.name)) }
                @if member.name != id { " " code.quiet { (parts::plain(id)) } }
                @if member.user == signed_in.user() { " " span.quiet { "you" } }
                @match member.state {
                    MemberState::Active => {}
                    MemberState::Disabled => span.member-state { "cannot sign in" }
                    MemberState::Invited => span.member-state { "invited" }
                    MemberState::Missing => span.member-state { "the account is gone" }
                    MemberState::Principal => span.member-state { (principal_words(&member.user)) }
                }
            }
            @if own.may_change {
                form method="post" action=(action) {
                    (guard)
                    input type="hidden" name="team" value=(word(own.team));
                    button.link.small type="submit" name="remove" value=(member.user) aria-label=(parts::plain(&label)) { "Remove" }
                }
            }
        }
    }
}

fn principal_words(user: &str) -> &'static str {
    match user {
        crate::workflow::AUTHENTICATED => "everybody who is signed in",
        _ => "no account here",
    }
}

fn whom_to_ask(team: Team, administrators: &[String]) -> Markup {
    html! {
        @match team {
            Team::Editors => "You may not change who is here.",
            Team::Reviewers => "Administrators alone name reviewers, so that nobody appoints their own.",
        }
        @if !administrators.is_empty() { " Ask " (parts::text(&administrators.join(" or "))) "." }
        @if has_page("/ui/people") && administrators.is_empty() { " " a href="/ui/people" { "People" } }
    }
}

fn id(user: &str) -> &str {
    user.strip_prefix("account:").filter(|id| AccountName::parse(id).is_ok()).unwrap_or(user)
}

const fn field(team: Team) -> &'static str {
    match team {
        Team::Editors => "editor",
        Team::Reviewers => "reviewer",
    }
}

const fn noun(team: Team) -> &'static str {
    match team {
        Team::Editors => "editors",
        Team::Reviewers => "reviewers",
    }
}

const fn sentence_of(team: Team) -> &'static str {
    match team {
        Team::Editors => "Editors",
        Team::Reviewers => "Reviewers",
    }
}

const fn word(team: Team) -> &'static str {
    match team {
        Team::Editors => "editors",
        Team::Reviewers => REVIEWERS,
    }
}

const REVIEWERS: &str = "reviewers";
