//! The review: what each rule promises, and what happens to those who try to get around it.

mod happy;
