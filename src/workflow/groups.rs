//! Groups: named sets of users (`kinto-api` §7.2, §13.1).

use super::{
    RowError, Scope,
    access::MayPut,
    draft::{DraftFault, DraftProblem},
    rows,
    timestamps::Wanted,
};
use crate::{
    storage::ObjectKey,
    types::{Object, Value},
};

/// The members of a group as stored.
pub fn members(attributes: &Object) -> Vec<String> {
    let list = attributes.get(MEMBERS).and_then(Value::as_list).unwrap_or_default();
    list.iter().filter_map(Value::as_text).map(str::to_owned).collect()
}

/// A group's attributes: `members` is a list of users, empty if it is not sent. Groups do not nest.
pub(super) fn check(attributes: &mut Object) -> Result<(), DraftFault> {
    let Some(members) = attributes.get(MEMBERS) else {
        attributes.insert(MEMBERS, Vec::new());
        return Ok(());
    };
    let Some(members) = members.as_list() else {
        return Err(DraftFault::new(MEMBERS, DraftProblem::NotList));
    };
    for (index, member) in members.iter().enumerate() {
        let fault = |problem| DraftFault::new(format!("{MEMBERS}.{index}"), problem);
        match member.as_text() {
            None => return Err(fault(DraftProblem::NotText)),
            Some(text) if text.starts_with("/buckets/") || text == super::EVERYONE => {
                return Err(fault(DraftProblem::ForbiddenMember));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Replaces the members of a group and nothing else of it; makes the group if it is not there.
pub(super) fn put_members(
    scope: &mut Scope<'_>,
    permit: &MayPut<ObjectKey>,
    members: Vec<String>,
) -> Result<(), RowError> {
    let key = permit.key();
    let stored = scope.tx.find_object(key)?;
    let mut attributes = stored.as_ref().map(rows::attributes).transpose()?.unwrap_or_default();
    attributes.insert(MEMBERS, members.into_iter().map(Value::from).collect::<Vec<_>>());
    let permissions = scope.tx.find_permissions(&key.uri())?;
    let wanted = stored.map_or(Wanted::NEW, |stored| Wanted::after(stored.last_modified));
    rows::put_object(scope, key, &attributes, &permissions, wanted)?;
    Ok(())
}

const MEMBERS: &str = "members";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{JsonLimits, Nul};

    fn checked(text: &str) -> Result<Object, DraftFault> {
        let value = Value::parse(text.as_bytes(), JsonLimits { depth: 64, nul: Nul::Refused }).unwrap();
        let mut attributes = value.as_object().unwrap().clone();
        check(&mut attributes).map(|()| attributes)
    }

    #[test]
    fn members_are_users_and_none_if_none_are_sent() {
        assert_eq!(members(&checked("{}").unwrap()), Vec::<String>::new());
        let group = checked(r#"{"members":["account:a","system.Authenticated","account:a"]}"#).unwrap();
        assert_eq!(members(&group), ["account:a", "system.Authenticated", "account:a"]);
    }

    #[test]
    fn groups_and_everybody_are_no_members() {
        for (text, name, problem) in [
            (r#"{"members":"x"}"#, "members", DraftProblem::NotList),
            (r#"{"members":null}"#, "members", DraftProblem::NotList),
            (r#"{"members":["a",1]}"#, "members.1", DraftProblem::NotText),
            (r#"{"members":["/buckets/b/groups/g"]}"#, "members.0", DraftProblem::ForbiddenMember),
            (r#"{"members":["system.Everyone"]}"#, "members.0", DraftProblem::ForbiddenMember),
        ] {
            assert_eq!(checked(text).unwrap_err(), DraftFault::new(name, problem), "{text}");
        }
    }
}
