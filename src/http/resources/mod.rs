//! The handlers, one file for each resource.

mod answer;
pub(super) mod health;
pub(super) mod objects;
mod query;
pub(super) mod records;
pub(super) mod root;
