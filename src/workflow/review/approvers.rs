//! Who can approve what waits (design §6): in the reviewers group, not the one who asked, not disabled, and without
//! an edit in the change.

use super::{ReviewError, guard::REVIEWERS};
use crate::{
    storage::{AccountState, ObjectKey, StorageError},
    types::{AccountName, GroupId},
    workflow::{Resource, Review, Scope, groups, rows},
};

/// The users who can approve the open request of a source, in the order of the group. Nobody where none is open, or where
/// review is off.
pub fn approvers(scope: &mut Scope<'_>, resource: &Resource) -> Result<Vec<String>, ReviewError> {
    if scope.services.settings.review.of(&resource.source) == Review::Off {
        return Ok(Vec::new());
    }
    let last = scope.tx.list_requests(&resource.source, 1)?;
    let Some(open) = last.into_iter().find(|request| request.end.is_none()) else { return Ok(Vec::new()) };
    let editors = scope.tx.list_users_with_edits(&resource.source)?;
    let mut users = reviewers(scope, resource)?;
    users.retain(|user| *user != open.request.by && !editors.iter().any(|edits| edits.user == *user));
    let mut approvers = Vec::new();
    for user in users {
        if !is_shut_out(scope, &user)? {
            approvers.push(user);
        }
    }
    Ok(approvers)
}

/// Whether it is a disabled account.
fn is_shut_out(scope: &mut Scope<'_>, user: &str) -> Result<bool, StorageError> {
    let Some(Ok(name)) = user.strip_prefix("account:").map(AccountName::parse) else { return Ok(false) };
    let credential = scope.tx.find_credential(&name)?;
    Ok(credential.is_some_and(|credential| credential.state == AccountState::Disabled))
}

/// The members of the reviewers group of a source.
fn reviewers(scope: &mut Scope<'_>, resource: &Resource) -> Result<Vec<String>, StorageError> {
    let source = &resource.source;
    // A collection whose name leaves no room for the suffix has no group.
    let Ok(group) = GroupId::parse(&format!("{}{REVIEWERS}", source.collection)) else {
        return Ok(Vec::new());
    };
    let stored = scope.tx.find_object(&ObjectKey::Group(source.bucket.clone(), group))?;
    let attributes = stored.as_ref().map(rows::attributes).transpose()?;
    Ok(attributes.map(|attributes| groups::members(&attributes)).unwrap_or_default())
}
