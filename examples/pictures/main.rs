//! Takes a picture of every page, light, dark and on a phone, with good data and with awful data, into `docs/images/`:
//!
//! ```sh
//! cargo run --example pictures              # all of them
//! cargo run --example pictures review keys  # only those whose names have one of these words
//! ```
//!
//! Needs Debian's `chromium`, `chromium-driver`, `pngquant` and `webp`. The service runs in this process, with its clock and its
//! randomness in hand, so that the same pages give the same pictures.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a tool of this repository: it stops where something is not as it should be"
)]

#[expect(dead_code, reason = "the tests over HTTP use all of it")]
#[path = "../../tests/it/app/mod.rs"]
mod app;
mod awful;
#[path = "../../tests/browser/driver.rs"]
mod driver;
mod good;
#[expect(dead_code, reason = "the tests in the browser use all of it")]
#[path = "../../tests/browser/looks.rs"]
mod looks;
#[expect(dead_code, reason = "the tests over HTTP use all of it")]
#[path = "../../tests/it/optional.rs"]
mod optional;
mod studio;
#[path = "../../tests/browser/window.rs"]
mod window;

use studio::Studio;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let studio = Studio::open(words);
    good::nothing_yet(&studio);
    good::at_work(&studio);
    awful::at_its_worst(&studio);
    studio.close();
}
