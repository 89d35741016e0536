//! The one module for filters and sorting (design §3), over stored records and over the members of anything else that is listed
//! (`kinto-api` §11); and the search of the pages.
//!
//! The database narrows by collection and time; the rest is asked here, row by row. Rows are asked as canonical bytes: what is
//! not asked for is skipped, never made a value.

mod filter;
mod order;
mod raw;
mod search;

pub use filter::{Filter, FilterError, Operator, Test};
pub use order::{Direction, Sort, SortKey};
pub use raw::Field;
pub use search::Search;

#[cfg(test)]
mod tests;
