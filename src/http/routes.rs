//! The table of routes. Whoever adds a resource adds its lines here; the first line that matches wins.
//!
//! Names in patterns: `{bucket}` and `{collection}` are parents (a bad form is 404/111), `{id}` is the object itself.

use super::{
    Endpoint::{Batch, Published, Service, Verb},
    Method::{Delete, Get, Patch, Post, Put},
    published::verbs,
    resources::{
        change, health,
        objects::{self, Accounts, Buckets, Collections, Groups, Objects},
        records, root, statements,
    },
    route::{
        Kind::{List, Object, Utility},
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
    Route {
        pattern: "/buckets/{bucket}/collections/{id}/change",
        kind: Utility,
        methods: &[(Get, Verb(change::read))],
    },
    Route {
        pattern: "/buckets/{bucket}/collections/{id}/statements",
        kind: Utility,
        methods: &[(Get, Verb(statements::read))],
    },
    Route { pattern: "/cert-chains/{file}", kind: Utility, methods: &[(Get, Published(verbs::chain))] },
    Route { pattern: "/__version__", kind: Utility, methods: &[(Get, Service(health::version))] },
    objects_in::<Accounts>("/accounts"),
    object_in::<Accounts>("/accounts/{id}"),
    objects_in::<Buckets>("/buckets"),
    object_in::<Buckets>("/buckets/{id}"),
    objects_in::<Groups>("/buckets/{bucket}/groups"),
    object_in::<Groups>("/buckets/{bucket}/groups/{id}"),
    objects_in::<Collections>("/buckets/{bucket}/collections"),
    object_in::<Collections>("/buckets/{bucket}/collections/{id}"),
    Route {
        pattern: "/buckets/{bucket}/collections/{collection}/records",
        kind: List,
        methods: &[
            (Get, Verb(records::read_list)),
            (Post, Verb(records::create)),
            (Delete, Verb(records::clear)),
        ],
    },
    Route {
        pattern: "/buckets/{bucket}/collections/{collection}/records/{id}",
        kind: Object,
        methods: &[
            (Get, Verb(records::read)),
            (Put, Verb(records::put)),
            (Patch, Verb(records::patch)),
            (Delete, Verb(records::delete)),
        ],
    },
];

const fn objects_in<O: Objects>(pattern: &'static str) -> Route {
    Route {
        pattern,
        kind: List,
        methods: &[
            (Get, Verb(objects::read_list::<O>)),
            (Post, Verb(objects::create::<O>)),
            (Delete, Verb(objects::clear::<O>)),
        ],
    }
}

const fn object_in<O: Objects>(pattern: &'static str) -> Route {
    Route {
        pattern,
        kind: Object,
        methods: &[
            (Get, Verb(objects::read::<O>)),
            (Put, Verb(objects::put::<O>)),
            (Patch, Verb(objects::patch::<O>)),
            (Delete, Verb(objects::delete::<O>)),
        ],
    }
}
