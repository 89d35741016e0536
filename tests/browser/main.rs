//! The pages in a real browser (Debian's `chromium` and `chromium-driver`), against a whole service in this process.
//!
//! How to write a test, in a file of its own per page, named in the list below:
//!
//! ```text
//! #[test]
//! fn a_reviewer_approves() {
//!     let Some(stage) = Stage::begin() else { return };          // says `skipped` where there is no browser
//!     stage.edit();                                              // one record added, changed, removed in main/onecrl
//!     stage.ask("Please look");                                  // … and sent for review, over HTTP; stage.admin(), .editor() too
//!     let (reviewer, editor) = (stage.sign_in("reviewer"), stage.sign_in("editor")); // two browsers
//!     reviewer.open("/ui/c/main/onecrl/changes");                // click, fill, choose, press, tab_to: by words and labels
//!     reviewer.fill("Comment", "Seen");                          // each waits until it is there; nothing sleeps
//!     reviewer.click("Approve and publish");                     // `click_in("main", …)` where words stand twice
//!     reviewer.expect("Version 3 is published").axe_in_every_look();  // axe-core: light, dark, phone
//! }                                                              // errors of scripts and of the content policy fail it here
//! ```
//!
//! People: `admin` (Jonas Weber), `editor` (Ines Okafor), `reviewer` (Mara Lindqvist), `second-editor` (Tomás Rey), `stranger`.
//! Time stands still in the service until a test moves it (`stage.clock`). Where a test fails, what was in sight is kept as
//! `target/tmp/MODULE-TEST.png`. What HTTP alone can show belongs into `tests/it`, which is quicker.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test says what it expects, and stops where it is not so"
)]

#[expect(dead_code, reason = "the tests over HTTP use all of it")]
#[path = "../it/app/mod.rs"]
mod app;
mod attacks;
mod bulk;
mod changes;
mod demo;
mod driver;
mod errors;
mod every_page;
mod first_start;
mod home;
mod looks;
mod new_collection;
#[expect(dead_code, reason = "the tests over HTTP use all of it")]
#[path = "../it/optional.rs"]
mod optional;
mod people;
mod publication;
mod record;
mod records;
mod settings;
mod sign_in;
mod stage;
mod together;
mod window;

pub(crate) use self::{looks::Look, stage::Stage, window::Window};
