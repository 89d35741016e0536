//! Many records at once, in one transaction: all of it or nothing.

mod selection;

pub use selection::{Done, Selected, SelectionAct, SelectionError, act};
