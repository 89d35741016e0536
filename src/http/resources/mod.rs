//! The handlers, one file for each resource.

pub(super) mod health;
pub(super) mod root;
