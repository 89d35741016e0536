//! The table of routes. Whoever adds a resource adds its lines here; the first line that matches wins.
//!
//! Names in patterns: `{bucket}` and `{collection}` are parents (a bad form is 404/111), `{id}` is the object itself.

use super::{
    Endpoint::{Batch, Service},
    Method::{Get, Post},
    resources::health,
    route::{Kind::Utility, Route},
};

/// Every route below `/v1`.
pub(super) const ROUTES: &[Route] = &[
    Route { pattern: "/__lbheartbeat__", kind: Utility, methods: &[(Get, Service(health::lbheartbeat))] },
    Route { pattern: "/batch", kind: Utility, methods: &[(Post, Batch)] },
    Route { pattern: "/__version__", kind: Utility, methods: &[(Get, Service(health::version))] },
];
