//! The configuration file that `init` writes: every setting, its default, and what it is for.

use std::fmt::Write as _;

/// The text of a new file. Every setting stands in it with its default; `administrator` and `signer_name` are chosen.
pub fn template(administrator: &str, signer_name: &str, resources: &[&str]) -> String {
    let mut text = String::new();
    for piece in TEXT.split_inclusive('\n') {
        // The three lines that are not the same in every file.
        let line = match piece.trim_end() {
            "administrators = …" => format!("administrators = [{administrator:?}]\n"),
            "name = …" => format!("name = {signer_name:?}\n"),
            "resources = …" => {
                let mut lines = String::from("resources = [\n");
                for resource in resources {
                    // Writing to a text cannot fail.
                    let _written = writeln!(lines, "  {resource:?},");
                }
                lines.push_str("]\n");
                lines
            }
            _ => piece.to_owned(),
        };
        text.push_str(&line);
    }
    text
}

const TEXT: &str = r#"# Countersign's configuration. Every setting is here, with its default value.
#
# A setting `key` of a section `[section]` can also be given as the environment variable
# COUNTERSIGN_SECTION_KEY, which wins over this file: COUNTERSIGN_SERVER_LISTEN="0.0.0.0:80".
# Lists are separated by commas there. A name that is not known is an error, never ignored.

[server]
# Where the service listens. Port 0 takes a free one.
listen = "127.0.0.1:8888"
# How clients reach the service: scheme, host and port. It is written into the addresses of certificate chains that
# existing clients fetch, so set it before the first publication where a proxy stands in front. Absent: the address above.
# public_url = "https://settings.example.org"
# What the service calls itself in its root document.
name = "Countersign"

[signer]
# What is published: where editors write -> where testers look -> where clients read. Whole buckets, or three
# collections ("bucket/collection"). The one in the middle can be left out.
resources = …
# The name in the signing certificate. Every client is told this name and refuses any other. Changing it means new keys.
name = …
# How long a signing certificate lives, in days. It is renewed, and everything is signed again, when half is over.
leaf_days = 90
# How long a signature counts as fresh, in days. Everything is signed again when half is over; a client that is shown
# older copies than this reports them as stale.
statement_days = 14

# Key and certificate chain of another authority, in place of the service's own: PEM files, the chain leaf first.
# Both or none. Renewing them is then that authority's business; replace both files, and a running service takes
# them up within a minute.
# [signer.local]
# key_file = "/etc/countersign/leaf.key.pem"
# chain_file = "/etc/countersign/chain.pem"

[review]
# Whether publishing needs a second person. Off: whoever may write may publish.
enabled = true
# For one bucket or one collection that editors write:
# [review."main-workspace/logs"]
# enabled = false

[review.impact]
# How large a change may be before it cannot be approved. Where nothing is published yet, nothing is too large.
#   removed_percent  more published records removed than this …
#   growth_percent   … or what is published growing by more than this …
#   over             … is refused ("block"), or goes through ("warn": its reviewer reads by how much)
#   schema           when records anywhere in the collection break its schema: "block" or "warn"
# The page of a change shows all of it, with what never blocks: filter expressions that no client reads, records that repeat another.
schema = "block"
removed_percent = 20
growth_percent = 50
over = "warn"

[accounts]
# Accounts that create accounts and buckets, and name reviewers. They are not above review.
administrators = …

[changes]
# What `monitor/changes` lists, by which clients see that something is new: buckets, or "bucket/collection".
# Absent: everything that is published, previews included.
# resources = ["main", "main-preview"]

[cache]
# Memory for published collections. What does not fit is answered from the database, more slowly.
max_bytes = "1 GiB"

[limits]
# Greatest size of a request's body, and of one record.
body = "10 MiB"
record = "1 MiB"
# Greatest number of records in a collection.
records = 2000000
# Greatest number of requests in a batch.
batch = 25
# Greatest nesting of JSON.
depth = 64
# Greatest number of entries in one answer of a list; the rest comes with Next-Page.
page = 10000
"#;
