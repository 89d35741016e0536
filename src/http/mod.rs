//! HTTP on the paths and shapes of the protocol. `actix_web` stays in here and in `cli`.
//!
//! A handler (`resources/*.rs`) is a function of a [`Request`], a [`Scope`](crate::workflow::Scope) and the route's
//! [`Captures`]; it parses, calls one verb, and makes a [`Response`] or a [`Problem`]. It neither opens transactions nor knows
//! sockets: the same function answers a lone request and one inside a batch.

mod batch;
mod credentials;
mod envelope;
mod precondition;
pub mod problem;
mod published;
mod redirect;
mod request;
mod resources;
mod response;
mod route;
mod routes;
mod server;
mod shell;
mod site;
mod target;

pub use credentials::Credentials;
pub use envelope::Envelope;
pub use problem::Problem;
pub use published::Published;
pub use request::{Headers, Method, Place, Request};
pub use response::{Body, Pages, Response, http_date};
pub use route::{Captures, Endpoint, Handler, Kind, Route};
pub use server::{Handle, Signals, serve};
pub use shell::{Caller, Incoming, Shell};
pub use site::Site;
