//! The handlers, one file for each resource.

mod answer;
pub(super) mod change;
pub(super) mod health;
pub(super) mod objects;
mod paging;
mod query;
pub(super) mod records;
pub(super) mod root;
pub(super) mod statements;
