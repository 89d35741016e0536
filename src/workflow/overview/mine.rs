//! What waits for the actor, and what the actor has begun.

use super::{Line, Stage};
use crate::{
    storage::{RequestEnd, RequestEndKind, ReviewRequest, Tally},
    types::Timestamp,
    workflow::{
        Scope,
        review::{self, ReviewError},
    },
};

/// Something that does not go on without the actor.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Where.
    pub line: Line,
    /// The change, in records.
    pub tally: Tally,
    /// What for.
    pub what: WaitingFor,
}

/// What has to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WaitingFor {
    /// The actor's request was sent back, or one with the actor's edits: it is to be mended.
    Mending(RequestEnd),
    /// The actor can approve or decline this request.
    Review(ReviewRequest),
}

/// The actor's own change that is not published.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// Who can approve it, if it was asked for.
    pub approvers: Vec<String>,
    /// When the actor asked for review; `None` where nobody was asked.
    pub asked: Option<Timestamp>,
    /// Who else asked for the review that it waits for.
    pub asked_by: Option<String>,
    /// When the actor last edited it; `None` where the actor only asked for its review.
    pub edited: Option<Timestamp>,
    /// Where.
    pub line: Line,
    /// The change, in records.
    pub tally: Tally,
}

/// What the actor has to do with the unpublished changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mine {
    /// Neither waits for the actor nor is it published.
    pub begun: Vec<Begun>,
    /// Reviews first, each by the time it has waited: the longest first.
    pub waiting: Vec<Waiting>,
}

/// Sorts these lines by what the actor has to do with them; lines of others are left out.
pub fn mine(scope: &mut Scope<'_>, lines: &[Line]) -> Result<Mine, ReviewError> {
    let mut mine = Mine::default();
    let Some(user) = scope.actor.user().map(str::to_owned) else { return Ok(mine) };
    for line in lines.iter().filter(|line| line.stage != Stage::Signed) {
        let Part { approvers, asked, asked_by, edited, waits_for } = part(scope, line, &user)?;
        if let Some(what) = waits_for {
            let tally = review::tally(scope, &line.resource)?;
            mine.waiting.push(Waiting { line: line.clone(), tally, what });
        } else if edited.is_some() || (asked.is_some() && line.stage == Stage::ToReview) {
            let tally = review::tally(scope, &line.resource)?;
            let asked = asked.filter(|_| line.stage == Stage::ToReview);
            mine.begun.push(Begun { approvers, asked, asked_by, edited, line: line.clone(), tally });
        }
    }
    mine.waiting.sort_by_key(|waiting| match &waiting.what {
        WaitingFor::Review(request) => (0, request.request.at),
        WaitingFor::Mending(end) => (1, end.at),
    });
    mine.begun.sort_by_key(|begun| std::cmp::Reverse(begun.edited.max(begun.asked)));
    Ok(mine)
}

/// For how many of these lines the actor's word is needed: as many as [`mine`] finds waiting, and cheaper.
pub fn count_waiting(scope: &mut Scope<'_>, lines: &[Line]) -> Result<u64, ReviewError> {
    let Some(user) = scope.actor.user().map(str::to_owned) else { return Ok(0) };
    let mut count = 0;
    for line in lines.iter().filter(|line| matches!(line.stage, Stage::Declined | Stage::ToReview)) {
        count += u64::from(part(scope, line, &user)?.waits_for.is_some());
    }
    Ok(count)
}

/// What a user has to do with one change.
struct Part {
    approvers: Vec<String>,
    asked: Option<Timestamp>,
    asked_by: Option<String>,
    edited: Option<Timestamp>,
    waits_for: Option<WaitingFor>,
}

fn part(scope: &mut Scope<'_>, line: &Line, user: &str) -> Result<Part, ReviewError> {
    let source = &line.resource.source;
    let edits = scope.tx.list_users_with_edits(source)?;
    let edited = edits.iter().find(|edits| edits.user == user).map(|edits| edits.last);
    let last = scope.tx.list_requests(source, 1)?.into_iter().next();
    let asked = last.as_ref().filter(|last| last.request.by == user).map(|last| last.request.at);
    let other = last.as_ref().filter(|last| line.stage == Stage::ToReview && last.request.by != user);
    let asked_by = other.map(|last| last.request.by.clone());
    let approvers = review::approvers(scope, &line.resource)?;
    let is_approver = approvers.iter().any(|approver| approver == user);
    let waits_for = match (line.stage, last) {
        (Stage::ToReview, Some(request)) if is_approver => Some(WaitingFor::Review(request)),
        (Stage::Declined, Some(ReviewRequest { end: Some(end), .. }))
            if (asked.is_some() || edited.is_some()) && end.by != user =>
        {
            Some(WaitingFor::Mending(end))
        }
        (Stage::Declined | Stage::Signed | Stage::ToReview | Stage::WorkInProgress, _) => None,
    };
    Ok(Part { approvers, asked, asked_by, edited, waits_for })
}

/// Whether a request ended because a reviewer sent it back.
pub(super) fn is_declined(request: &ReviewRequest) -> bool {
    request.end.as_ref().is_some_and(|end| end.kind == RequestEndKind::Declined)
}
