//! The review: what each rule promises, and the exact words with which it refuses.

mod approvals;
mod attributes;
mod batches;
mod change;
mod comments;
mod happy;
mod order;
mod statuses;
