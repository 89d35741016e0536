//! Countersign publishes data that must be right: edited by one person, approved by another, signed, and verified by
//! every client before it is applied.
//!
//! The floors, from ground to roof: [`types`], [`canonical`], [`signing`], `client`, then (feature `server`) storage,
//! workflow, http, ui, config and cli. ARCHITECTURE.md draws the house.

pub mod canonical;
#[cfg(feature = "client")]
pub mod client;
pub mod signing;
pub mod types;

#[cfg(feature = "server")]
pub mod cli;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod http;
#[cfg(feature = "server")]
pub mod storage;
#[cfg(feature = "server")]
pub mod ui;
#[cfg(feature = "server")]
pub mod workflow;

/// The examples of the README are compiled with the tests of the documentation.
#[cfg(all(doctest, feature = "client-http"))]
#[doc = include_str!("../README.md")]
#[derive(Debug)]
pub struct Readme;
