//! What it costs the service to publish ten changes, beside SHA-384 of the whole collection in the same run:
//! `cargo bench --bench publish`, or `-- 1000 100000` for some sizes alone. Linux only.
//!
//! The program itself serves on SQLite in a folder of its own, and is asked over HTTP; counted is what its process uses from
//! the request to the answer. Ten records are edited each time, review is asked for (which publishes the preview), and
//! another person approves.
#![expect(clippy::print_stdout, reason = "what a benchmark is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

mod support {
    pub(crate) mod cpu;
    pub(crate) mod curve;
    pub(crate) mod median;
    pub(crate) mod records;
    pub(crate) mod server;
    pub(crate) mod usage;
}

use std::time::Duration;

use ring::digest::{SHA384, digest};
use rusqlite::{Connection, types::FromSql};
use support::{
    cpu::spent,
    curve::{begin, line, sizes},
    median::median,
    records,
    server::Server,
    usage::Usage,
};

fn main() {
    for size in sizes() {
        measure(size);
    }
}

fn measure(size: usize) {
    let server = Server::start();
    let mut usage = Usage::of(server.process());
    server.publish("demo", size, |number| records::json(number, 1));
    let body = server.send("reviewer", "GET", "/buckets/main/collections/demo/changeset?_expected=0", "");

    let mut rows = [0, 0];
    let mut measures: [Vec<Duration>; 5] = Default::default();
    for revision in 0..ROUNDS {
        edit_ten(&server, size, revision + 2);
        let [sha384, request, approval, first_poll, poll] = &mut measures;
        sha384.push(spent(|| digest(&SHA384, &body)).0);
        request.push(usage.during(|| server.set_status("demo", "editor", "to-review")));
        let before = Rows::now(&server);
        approval.push(usage.during(|| server.set_status("demo", "reviewer", "to-sign")));
        rows = Rows::since(&before, &server);
        let ask = || {
            server.send("reviewer", "GET", "/buckets/main/collections/demo/changeset?_expected=0", "");
        };
        first_poll.push(usage.during(ask));
        poll.push(usage.during(ask));
    }
    let [sha384, request, approval, first_poll, poll] = measures.each_mut().map(|times| median(times));
    begin(size, body.len());
    line("ask for review of ten changes: the preview is published", (sha384, request));
    line("approve ten changes: they are published", (sha384, approval));
    let [written, added] = rows;
    println!("    {written} published records written, {added} rows added to tables");
    line("send all records, first after a publication", (sha384, first_poll));
    line("send all records, from then on", (sha384, poll));
}

/// Ten records far from each other get another content.
fn edit_ten(server: &Server, size: usize, revision: u64) {
    for number in (0..size).step_by(size.div_ceil(10)) {
        let path = format!("/buckets/main-workspace/collections/demo/records/{}", records::id(number));
        let body = format!(r#"{{"data":{}}}"#, records::json(number, revision));
        server.send("editor", "PUT", &path, &body);
    }
}

/// What there is in the database.
struct Rows {
    database: Connection,
    /// Of the published records.
    newest: i64,
    /// In each table.
    tables: Vec<i64>,
}

impl Rows {
    fn now(server: &Server) -> Self {
        let database = Connection::open(server.folder().join("data/countersign.db")).unwrap();
        let names = column(&database, "SELECT name FROM sqlite_schema WHERE type = 'table'");
        let count = |name: String| column(&database, &format!("SELECT count(*) FROM {name}")).remove(0);
        let tables = names.into_iter().map(count).collect();
        let newest = column(&database, &format!("SELECT max(last_modified) {PUBLISHED}")).remove(0);
        Self { database, newest, tables }
    }

    /// How many published records were written since, and how many rows the tables have that grew.
    fn since(before: &Self, server: &Server) -> [i64; 2] {
        let newer = format!("SELECT count(*) {PUBLISHED} AND last_modified > {}", before.newest);
        let written = column(&before.database, &newer).remove(0);
        let after = Self::now(server);
        let grown = before.tables.iter().zip(&after.tables).map(|(before, after)| (after - before).max(0));
        [written, grown.sum()]
    }
}

fn column<T: FromSql>(database: &Connection, sql: &str) -> Vec<T> {
    let mut query = database.prepare(sql).unwrap();
    query.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

const PUBLISHED: &str = "FROM records JOIN paths ON paths.id = records.path WHERE paths.bucket = 'main'";
const ROUNDS: u64 = 7;
