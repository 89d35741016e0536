//! What a client sends: the parsed body of a write, and how it changes what is there (`kinto-api` §8, §9).

use std::collections::{BTreeMap, BTreeSet};

use super::{people::CalledError, validation::SchemaError};
use crate::{
    storage::{ListKey, ObjectKey, Permissions},
    types::{AccountName, Object, Value},
};

/// The kinds of things that have a URL.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `/accounts/{id}`
    Account,
    /// `/buckets/{id}`
    Bucket,
    /// `/buckets/{id}/collections/{id}`
    Collection,
    /// `/buckets/{id}/groups/{id}`
    Group,
    /// `/buckets/{id}/collections/{id}/records/{id}`
    Record,
}

impl Kind {
    /// The kind of an object.
    pub fn of(key: &ObjectKey) -> Self {
        match key {
            ObjectKey::Account(_) => Self::Account,
            ObjectKey::Bucket(_) => Self::Bucket,
            ObjectKey::Collection(_) => Self::Collection,
            ObjectKey::Group(_, _) => Self::Group,
        }
    }

    /// What a list holds; `None` for history, whose entries have no URL.
    pub fn in_list(list: &ListKey) -> Option<Self> {
        match list {
            ListKey::Accounts => Some(Self::Account),
            ListKey::Buckets => Some(Self::Bucket),
            ListKey::Collections(_) => Some(Self::Collection),
            ListKey::Groups(_) => Some(Self::Group),
            ListKey::History(_) => None,
            ListKey::Records(_) => Some(Self::Record),
        }
    }

    /// `resource_name` of the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Bucket => "bucket",
            Self::Collection => "collection",
            Self::Group => "group",
            Self::Record => "record",
        }
    }

    /// The permissions that can be given on one.
    pub fn permission_names(self) -> &'static [&'static str] {
        match self {
            Self::Account | Self::Group | Self::Record => &["read", "write"],
            Self::Bucket => &["collection:create", "group:create", "read", "write"],
            Self::Collection => &["read", "record:create", "write"],
        }
    }
}

/// The body of POST, PUT or PATCH: `{"data": {…}, "permissions": {…}}`, both optional.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// `data`, if it was sent.
    pub data: Option<Object>,
    /// `permissions`, if it was sent.
    pub permissions: Option<PermissionsDraft>,
}

/// Permission name → principals, or `None` for `null`.
pub type PermissionsDraft = BTreeMap<String, Option<BTreeSet<String>>>;

/// How the members of a PATCH's body are meant (`kinto-api` §9.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PatchKind {
    /// `application/merge-patch+json`: RFC 7396 inside `data` and inside `permissions`.
    Merge,
    /// `application/json`: the top-level members of `data` overwrite.
    Plain,
}

/// One thing that is wrong with a body, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DraftFault {
    /// Dotted path from the body (`data.members.0`); empty for the body as a whole.
    pub name: String,
    /// What is wrong.
    pub problem: DraftProblem,
}

impl DraftFault {
    /// A problem at a path.
    pub fn new(name: impl Into<String>, problem: DraftProblem) -> Self {
        Self { name: name.into(), problem }
    }

    /// The same in `data`, as POST and PUT tell it. Another id is told by its bare name (`kinto-api` §7.1).
    pub(super) fn in_data(self) -> Self {
        if self.problem == DraftProblem::IdMismatch {
            return self;
        }
        Self { name: format!("data.{}", self.name), ..self }
    }
}

/// What can be wrong with a body.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DraftProblem {
    /// A group member that is a group, or everybody.
    #[error("groups and system.Everyone cannot be members")]
    ForbiddenMember,
    /// `id` is another one than the URL's.
    #[error("Object id does not match existing object")]
    IdMismatch,
    /// Another account goes by the name.
    #[error("the account {by} goes by this name")]
    NameTaken {
        /// Which.
        by: AccountName,
    },
    /// No integer.
    #[error("not an integer")]
    NotInteger,
    /// No list.
    #[error("not a list")]
    NotList,
    /// Nobody can be called so.
    #[error(transparent)]
    NotName(#[from] CalledError),
    /// No object.
    #[error("not a mapping type")]
    NotObject,
    /// No JSON Schema that records can be held against.
    #[error(transparent)]
    NotSchema(#[from] SchemaError),
    /// No text.
    #[error("not a string")]
    NotText,
    /// It must be there.
    #[error("Required")]
    Required,
    /// Longer than allowed.
    #[error("longer than {most} bytes")]
    TooLong {
        /// The limit, in bytes.
        most: usize,
    },
}

/// `data` as sent becomes attributes: what the server says itself is taken out.
///
/// `id`, `last_modified` and `__permissions__` (`kinto-api` §25, 20) go; an `id` that is another one is a fault.
pub(super) fn attributes(mut data: Object, id: &str) -> Result<Object, DraftFault> {
    match data.remove("id") {
        Some(sent) if sent.as_text() != Some(id) => {
            return Err(DraftFault::new("id", DraftProblem::IdMismatch));
        }
        Some(_) | None => {}
    }
    data.remove("last_modified");
    data.remove("__permissions__");
    Ok(data)
}

/// What `data` becomes by a patch.
pub(super) fn patched(mut data: Object, patch: Object, kind: PatchKind) -> Object {
    match kind {
        PatchKind::Merge => merge(&mut data, patch),
        PatchKind::Plain => {
            for (name, value) in patch {
                data.insert(name, value);
            }
        }
    }
    data
}

/// The permissions after a PUT: those sent replace all; none sent leave all.
pub(super) fn replaced(stored: Permissions, sent: Option<PermissionsDraft>) -> Permissions {
    let sent = sent.unwrap_or_default();
    if sent.values().all(Option::is_none) {
        return stored;
    }
    without_empty(sent.into_iter().filter_map(|(name, principals)| Some((name, principals?))))
}

/// The permissions after a PATCH: those named are replaced; `null` leaves or, in a merge patch, empties.
pub(super) fn patched_permissions(
    mut stored: Permissions,
    sent: Option<PermissionsDraft>,
    kind: PatchKind,
) -> Permissions {
    for (name, principals) in sent.unwrap_or_default() {
        match (principals, kind) {
            (Some(principals), _) => {
                stored.insert(name, principals);
            }
            (None, PatchKind::Merge) => {
                stored.remove(&name);
            }
            (None, PatchKind::Plain) => {}
        }
    }
    without_empty(stored)
}

fn without_empty(permissions: impl IntoIterator<Item = (String, BTreeSet<String>)>) -> Permissions {
    permissions.into_iter().filter(|(_, principals)| !principals.is_empty()).collect()
}

/// RFC 7396: a target that is no object becomes one.
fn merge(target: &mut Object, patch: Object) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(&name);
            }
            Value::Object(inner) => {
                let mut below = match target.remove(&name) {
                    Some(Value::Object(below)) => below,
                    Some(
                        Value::Bool(_)
                        | Value::Float(_)
                        | Value::Integer(_)
                        | Value::List(_)
                        | Value::Null
                        | Value::Text(_),
                    )
                    | None => Object::new(),
                };
                merge(&mut below, inner);
                target.insert(name, below);
            }
            value @ (Value::Bool(_)
            | Value::Float(_)
            | Value::Integer(_)
            | Value::List(_)
            | Value::Text(_)) => {
                target.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{JsonLimits, Nul};

    fn object(text: &str) -> Object {
        let value = Value::parse(text.as_bytes(), JsonLimits { depth: 64, nul: Nul::Refused }).unwrap();
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_merge_patch_follows_the_examples_of_the_standard() {
        let merged = |target: &str, patch: &str| {
            let patched = patched(object(target), object(patch), PatchKind::Merge);
            String::from_utf8(crate::canonical::object_to_bytes(&patched)).unwrap()
        };
        assert_eq!(merged(r#"{"a":"b"}"#, r#"{"a":"c"}"#), r#"{"a":"c"}"#);
        assert_eq!(merged(r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#), r#"{"b":"c"}"#);
        assert_eq!(merged(r#"{"a":["b"]}"#, r#"{"a":"c"}"#), r#"{"a":"c"}"#);
        assert_eq!(merged(r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#), r#"{"a":{"b":"d"}}"#);
        assert_eq!(merged(r#"{"a":[1]}"#, r#"{"a":{"b":{"c":null}}}"#), r#"{"a":{"b":{}}}"#);
        assert_eq!(merged(r#"{"e":null}"#, r#"{"a":1}"#), r#"{"a":1,"e":null}"#);
    }

    #[test]
    fn a_shallow_patch_replaces_members_and_keeps_null() {
        let patched = patched(
            object(r#"{"a":{"b":1},"c":2}"#),
            object(r#"{"a":{"d":null},"c":null}"#),
            PatchKind::Plain,
        );
        assert_eq!(patched, object(r#"{"a":{"d":null},"c":null}"#));
    }

    #[test]
    fn permissions_are_replaced_patched_or_left() {
        let set = |principals: &[&str]| -> BTreeSet<String> {
            principals.iter().map(|principal| (*principal).to_owned()).collect()
        };
        let stored: Permissions =
            [("read".to_owned(), set(&["a"])), ("write".to_owned(), set(&["b"]))].into();
        let sent = |text: &str| -> Option<PermissionsDraft> {
            let members = object(text).into_iter().map(|(name, value)| {
                let principals = value.as_list().map(|list| {
                    list.iter().map(|principal| principal.as_text().unwrap().to_owned()).collect()
                });
                (name, principals)
            });
            Some(members.collect())
        };
        assert_eq!(replaced(stored.clone(), sent("{}")), stored);
        assert_eq!(replaced(stored.clone(), sent(r#"{"read":null}"#)), stored);
        assert_eq!(replaced(stored.clone(), None), stored);
        assert_eq!(
            replaced(stored.clone(), sent(r#"{"read":["c"]}"#)),
            [("read".to_owned(), set(&["c"]))].into()
        );
        for (text, style, expected) in [
            (r#"{"read":["c"]}"#, PatchKind::Plain, vec![("read", "c"), ("write", "b")]),
            (r#"{"read":[]}"#, PatchKind::Plain, vec![("write", "b")]),
            (r#"{"read":null}"#, PatchKind::Plain, vec![("read", "a"), ("write", "b")]),
            (r#"{"read":null}"#, PatchKind::Merge, vec![("write", "b")]),
        ] {
            let expected: Permissions =
                expected.into_iter().map(|(name, principal)| (name.to_owned(), set(&[principal]))).collect();
            assert_eq!(patched_permissions(stored.clone(), sent(text), style), expected, "{text}");
        }
    }

    #[test]
    fn what_the_server_says_itself_is_taken_out_of_data() {
        let data = object(r#"{"id":"a","last_modified":5,"__permissions__":{"write":["x"]},"b":1}"#);
        assert_eq!(attributes(data.clone(), "a"), Ok(object(r#"{"b":1}"#)));
        assert_eq!(attributes(data, "b"), Err(DraftFault::new("id", DraftProblem::IdMismatch)));
    }
}
