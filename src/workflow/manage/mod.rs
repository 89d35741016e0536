//! What administrators and bucket writers do to a resource as a whole: make it, say who is in its two groups, who may do what
//! with it, what its attributes are, and delete it.
//!
//! Every verb here is one transaction for the one who asked; an `Err` must undo it ([`Services::write`] does). They go through
//! the same permits and the same hooks of review as the HTTP API, and say what the API leaves to its callers: that an account
//! is there, that somebody else changed the same, that one would lock oneself out.
//!
//! [`Services::write`]: super::Services::write

mod attributes;
mod create;
mod delete;
mod permissions;
mod powers;
mod schema_test;
mod team;

pub use attributes::{ChangeError, Changed, change, editable, reserved, seen};
pub use create::{CreateError, Names, NewCollection, Place, create, may_create, places};
pub use delete::{Deletion, DeletionError, delete, deletion};
pub use permissions::{GrantError, Holder, HolderKind, PermissionTable, Subject, grant, permissions, revoke};
pub use powers::{Consent, LosesPowers, Power, powers};
pub use schema_test::{Misfit, SLICE, TestError, Tested, example, test_schema};
pub use team::{
    Member, MemberState, Standing, Team, TeamError, add, administrators, candidates, members, remove,
    standing,
};
