//! Every difference between the original's answers and ours, on purpose.

use std::collections::BTreeMap;

use serde_json::json;

use super::Replay;

/// How one exchange differs.
pub(super) struct Difference {
    /// What has to be asked in place of it, so that what follows has the same state.
    pub(super) amend: Amend,
    /// What [`super::compare`] finds, all of it.
    pub(super) lines: &'static [&'static str],
    /// The row of docs/compatibility.md.
    pub(super) row: &'static str,
}

impl std::fmt::Debug for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.row)
    }
}

/// What differs in many answers: the row that says why, if this line is one of those.
pub(super) fn everywhere(line: &str) -> Option<&'static str> {
    let (place, what) = line.split_once(": ").unwrap();
    let last = place.rsplit('/').next().unwrap_or_default();
    match (last, what) {
        ("countersign", "added") => Some("a statement beside the signatures"),
        ("big", "missing") => Some(LARGE),
        ("write", _) if place.contains("/permissions/") => {
            Some("writing to a signed source gives nobody `write`")
        }
        ("cache-control", "max-age=3600 -> max-age=60" | "max-age=3600 -> no-cache, no-store") => {
            Some("how long caches keep an answer")
        }
        ("expires", "missing") => Some("how long caches keep an answer"),
        ("access-control-expose-headers", _) if what.starts_with("none -> ") => Some(EXPOSED),
        (_, _) => None,
    }
}

/// By the number of the exchange.
pub(super) fn all() -> BTreeMap<u64, Difference> {
    let mut all = BTreeMap::new();
    let mut add = |n: u64, row: &'static str, lines: &'static [&'static str], amend: Amend| {
        assert!(all.insert(n, Difference { amend, lines, row }).is_none(), "{n} twice");
    };
    add(8, ACCOUNTS, UNAUTHORIZED, |replay| replay.add_account("editor"));
    add(9, ACCOUNTS, UNAUTHORIZED, |replay| replay.add_account("reviewer"));
    add(10, ACCOUNTS, UNAUTHORIZED, |replay| {
        replay.add_account("other");
        let writers = json!({"permissions": {"write": ["account:editor"]}});
        let _ours = replay.amend("admin", "PATCH", "/buckets/main-workspace", &writers);
    });
    add(
        21,
        "administrators alone change a reviewers group",
        &["status: 200 -> 403 121 This user cannot access this resource."],
        |replay| {
            let members = json!({"data": {"members": ["account:reviewer"]}});
            let group = "/buckets/main-workspace/groups/sample-reviewers";
            let _ours = replay.amend("admin", "PATCH", group, &members);
        },
    );
    add(
        25,
        LARGE,
        &["status: 201 -> 400 107 data.big in body: integers beyond 9007199254740991 cannot be signed"],
        |replay| {
            let title = "\u{e9} \u{2028} \u{1f600} </script>";
            let data = json!({"data": {"title": title, "n": 1, "nested": {"b": 1, "a": [1, null, true]}}});
            replay.amend_at(1_795_492_748_323, "PUT", &format!("{SAMPLE}/records/rec-1"), &data);
        },
    );
    add(
        32,
        "a member that comes twice is refused",
        &["status: 201 -> 400 107 Invalid JSON: duplicate member at byte 24"],
        |replay| {
            let data = json!({"data": {"title": "y"}});
            replay.amend_at(1_795_492_748_433, "PUT", &format!("{SAMPLE}/records/rec-dup"), &data);
        },
    );
    add(
        42,
        EXPOSED,
        &[
            "/responses/1/headers/Content-Security-Policy: added",
            "/responses/1/headers/X-Content-Type-Options: added",
            "/responses/2/headers/Content-Security-Policy: added",
            "/responses/2/headers/X-Content-Type-Options: added",
        ],
        |_| {},
    );
    let plain: Vec<(u64, &'static str, &'static [&'static str])> = vec![
        (1, ROOT_ROW, ROOT),
        (3, ATTACHMENTS, &["/attachments: missing"]),
        (5, "`__version__` always answers", &["status: 500 -> 200 null "]),
        (7, BROADCASTS, MISSING_500),
        (11, ROOT_ROW, ROOT),
        (
            15,
            CREATED,
            &[
                "/data/last_edit_by: added",
                "/data/last_edit_date: added",
                "/data/status: \"signed\" -> \"work-in-progress\"",
            ],
        ),
        (
            17,
            CREATED,
            &[
                "/details/existing/last_edit_by: added",
                "/details/existing/last_edit_date: added",
                "/details/existing/status: \"signed\" -> \"work-in-progress\"",
            ],
        ),
        (22, CREATED, UNPUBLISHED),
        (23, CREATED, UNPUBLISHED),
        (
            27,
            "a refused float is named by its own path",
            &[
                "/message: \"field contains float value (tip: use integer or string), 'title.f'\" -> \"field contains float value (tip: use integer or string), 'f'\"",
            ],
        ),
        (37, "U+0000 is refused", &["status: 503 -> 400 107 Invalid JSON: character U+0000 at byte 21"]),
        (
            67,
            SORT,
            &[
                "status: 200 -> 400 107 _sort in querystring: Unsupported sort 'title': lists come by -last_modified",
            ],
        ),
        (
            68,
            SORT,
            &[
                "status: 200 -> 400 107 _sort in querystring: Unsupported sort '-': lists come by -last_modified",
            ],
        ),
        (72, UNWRITTEN, &["status: 201 -> 403 121 This user cannot access this resource."]),
        (78, UNWRITTEN, &["/changes: 3 -> 2 items"]),
        (79, UNWRITTEN, &["/changes: 3 -> 2 items"]),
        (80, UNWRITTEN, &["/changes: 8 -> 7 items"]),
        (81, UNWRITTEN, &["/changes: 8 -> 7 items"]),
        (92, UNWRITTEN, &["/changes: 3 -> 2 items"]),
        (111, BROADCASTS, MISSING_200),
        (117, HISTORY, MISSING_200),
        (118, HISTORY, MISSING_200),
        (119, ATTACHMENTS, &["status: 201 -> 404 111 The resource you are looking for could not be found."]),
        (120, ATTACHMENTS, &["status: 200 -> 404 110 Not Found"]),
        (
            121,
            UNWRITTEN,
            &["/message: \"Collection is in use.\" -> \"This user cannot access this resource.\""],
        ),
        (122, UNDELETED, &["status: 200 -> 403 121 Collection has published records"]),
        (123, UNDELETED, &["/changes: 0 -> 6 items"]),
        (
            129,
            "no `__flush__`",
            &["status: 202 -> 404 111 The resource you are looking for could not be found."],
        ),
    ];
    for (n, row, lines) in plain {
        add(n, row, lines, |_| {});
    }
    all
}

/// What has to be asked in place of an exchange.
type Amend = fn(&mut Replay);

const ACCOUNTS: &str = "administrators alone create accounts";
const ATTACHMENTS: &str = "no attachments yet";
const BROADCASTS: &str = "no `__broadcasts__` yet";
const CREATED: &str = "attributes given at creation wait for review";
const EXPOSED: &str = "`Access-Control-Expose-Headers` on every answer";
const HISTORY: &str = "the history is kept, and cannot be read over HTTP yet";
const LARGE: &str = "integers beyond ±(2^53−1) are refused where records are signed";
const MISSING_200: &[&str] = &["status: 200 -> 404 111 The resource you are looking for could not be found."];
const MISSING_500: &[&str] = &["status: 500 -> 404 111 The resource you are looking for could not be found."];
const ROOT: &[&str] = &[
    "/capabilities/attachments: missing",
    "/capabilities/changes/version: \"0.0.0\" -> \"0.1.0\"",
    "/capabilities/flush_endpoint: missing",
    "/capabilities/history: missing",
    "/capabilities/permissions_endpoint: missing",
    "/capabilities/signer/version: \"0.0.0\" -> \"0.1.0\"",
    "/project_name: \"Remote Settings PEER\" -> \"Test\"",
    "/project_version: \"26.3.2\" -> \"0.1.0\"",
];
const ROOT_ROW: &str = "names, versions and capabilities in the root document";
const SAMPLE: &str = "/buckets/main-workspace/collections/sample";
const SORT: &str = "lists come newest first";
const UNAUTHORIZED: &[&str] = &["status: 201 -> 401 104 Please authenticate yourself to use this endpoint."];
const UNWRITTEN: &str = "nobody writes to previews and destinations";
const UNDELETED: &str = "what is published cannot be deleted at once";
const UNPUBLISHED: &[&str] = &["/metadata/displayFields: missing", "/metadata/schema: missing"];
