//! The table of routes. Whoever adds a resource adds its lines here; the first line that matches wins.
//!
//! Names in patterns: `{bucket}` and `{collection}` are parents (a bad form is 404/111), `{id}` is the object itself.

use super::{
    Endpoint::{Batch, Published, Service},
    Method::{Get, Post},
    published::verbs,
    resources::{health, root},
    route::{
        Kind::{List, Utility},
        Route,
    },
};

/// Every route below `/v1`.
pub(super) const ROUTES: &[Route] = &[
    Route { pattern: "/", kind: Utility, methods: &[(Get, Published(root::hello))] },
    Route { pattern: "/__heartbeat__", kind: Utility, methods: &[(Get, Service(health::heartbeat))] },
    Route { pattern: "/__lbheartbeat__", kind: Utility, methods: &[(Get, Service(health::lbheartbeat))] },
    Route { pattern: "/batch", kind: Utility, methods: &[(Post, Batch)] },
    Route {
        pattern: "/buckets/monitor/collections/changes/changeset",
        kind: Utility,
        methods: &[(Get, Published(verbs::monitor_changeset))],
    },
    Route {
        pattern: "/buckets/monitor/collections/changes/records",
        kind: List,
        methods: &[(Get, Published(verbs::monitor_records))],
    },
    Route {
        pattern: "/buckets/{bucket}/collections/{id}/changeset",
        kind: Utility,
        methods: &[(Get, Published(verbs::changeset))],
    },
    Route { pattern: "/cert-chains/{file}", kind: Utility, methods: &[(Get, Published(verbs::chain))] },
    Route { pattern: "/__version__", kind: Utility, methods: &[(Get, Service(health::version))] },
];
