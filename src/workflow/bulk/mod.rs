//! Many records at once, in one transaction: all of it or nothing.
//!
//! A text is read into items, and each item is looked at before anything is written: what it would create, change or delete, and
//! what is wrong with those that are refused. That plan is shown, and named by its digest; what is applied is what was shown.

mod apply;
mod column;
mod csv;
mod nouns;
mod plan;
mod read;
mod selection;

pub use apply::{ApplyError, apply};
pub use nouns::{BulkAct, Counts, Entry, Given, Outcome, Plan, PlanError, Refusal};
pub use plan::plan;
pub use read::{Format, ItemError, ReadError, SyntaxError};
pub use selection::{Done, Selected, SelectionAct, SelectionError, act};

#[cfg(test)]
mod tests;
