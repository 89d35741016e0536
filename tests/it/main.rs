//! Tests through the public doors: HTTP, the client, the command line.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test says what it expects, and stops where it is not so"
)]

mod accounts;
mod app;
mod bad_input;
mod batch;
mod client_faults;
mod client_store;
mod client_vectors;
mod client_world;
mod faults_server;
mod history;
mod http_shell;
mod import;
mod layering;
mod migrations;
mod no_way_around;
mod objects;
mod optional;
mod permissions;
mod preconditions;
mod program;
mod publish;
mod read_api;
mod records;
mod recover;
mod resign;
mod review;
mod rollback;
mod samples;
mod schema;
mod setup;
mod signing;
mod statements;
mod storage;
mod ui_assets;
mod ui_bulk;
mod ui_changes;
mod ui_csrf;
mod ui_first_start;
mod ui_history;
mod ui_home;
mod ui_keys;
mod ui_new_collection;
mod ui_people;
mod ui_publications;
mod ui_record;
mod ui_records;
mod ui_session;
mod ui_settings;
mod world;
