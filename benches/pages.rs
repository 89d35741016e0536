//! What a page costs the service, and what it weighs, in a collection of many records:
//! `cargo bench --bench pages`, or `-- 1000 100000` for some sizes alone. Linux only.
//!
//! The program itself serves on SQLite in a folder of its own. A reviewer is signed in and opens each page some times; counted is
//! the processor time of the service, beside the limit that the page has, and the bytes that are sent, packed.
#![expect(clippy::print_stdout, reason = "what a benchmark is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark stops where something fails")]

mod support {
    pub(crate) mod median;
    pub(crate) mod records;
    pub(crate) mod server;
    pub(crate) mod usage;
    pub(crate) mod visitor;
}

use std::{fmt::Write as _, fs, thread, time::Duration};

use support::{median::median, records, server::Server, usage::Usage, visitor::Visitor};

fn main() {
    let named: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if named.is_empty() { vec![1_000, 10_000, 100_000] } else { named };
    for size in sizes {
        measure(size);
    }
}

fn measure(size: usize) {
    let server = Server::start();
    let mut bench =
        Bench { usage: Usage::of(server.process()), visitor: Visitor::sign_in(&server, "reviewer") };
    server.publish("demo", size, |number| records::json(number, 1));
    server.send("editor", "PATCH", SOURCE, SETTINGS);
    edit(&server, size, TEN, 2);

    println!("\n{size} records, ten of them changed");
    println!("  {:<46} {:>9} {:>9} {:>9} {:>9}", "", "first ms", "CPU ms", "limit ms", "kB");
    bench.page("home", "/", SHOWN);
    bench.page("records", "/ui/c/main/demo", SHOWN);
    for (what, query) in LOOKED_FOR {
        bench.page(what, &format!("/ui/c/main/demo?{query}"), SEARCHED);
    }
    bench.page("a record", &format!("/ui/c/main/demo/records/{}", records::id(size / 2)), SHOWN);
    bench.page("changes, not asked for yet", CHANGES, SHOWN);
    server.set_status("demo", "editor", "to-review");
    bench.page("review", CHANGES, SHOWN);
    bench.page("publications", "/ui/c/main/demo/publications", SHOWN);
    bench.page("a publication", "/ui/c/main/demo/publications/1", SHOWN);
    bench.page("settings", "/ui/c/main/demo/settings", SHOWN);
    bench.page("history", "/ui/history?collection=demo", SHOWN);

    let many = size.min(MANY);
    edit(&server, size, many, 3);
    server.set_status("demo", "editor", "to-review");
    println!("  … {many} of them changed");
    bench.page("records", "/ui/c/main/demo", SHOWN);
    bench.page("review", CHANGES, SHOWN);
}

struct Bench {
    usage: Usage,
    visitor: Visitor,
}

impl Bench {
    fn open(&mut self, path: &str) -> (Duration, usize) {
        let mut weight = 0;
        let visitor = &self.visitor;
        let spent = self.usage.during(|| weight = visitor.open(path).len());
        (spent, weight)
    }

    fn page(&mut self, what: &str, path: &str, limit: u32) {
        let (first, weight) = self.open(path);
        // What the first visitor set off in the background (the report of a change) is no cost of the page.
        while self.usage.during(|| thread::sleep(IDLE)) > IDLE / 100 {}
        let mut times: Vec<Duration> = (0..ROUNDS).map(|_| self.open(path).0).collect();
        let spent = millis(median(&mut times));
        println!(
            "  {what:<46} {:>9.2} {spent:>9.2} {limit:>9} {:>9.1}",
            millis(first),
            f64::from(u32::try_from(weight).unwrap()) / 1_000.0
        );
    }
}

/// `count` records far from each other get another content, by an import.
fn edit(server: &Server, size: usize, count: usize, revision: u64) {
    let mut text = String::new();
    for number in (0..size).step_by((size / count).max(1)).take(count) {
        let separator = if text.is_empty() { '[' } else { ',' };
        write!(text, "{separator}{}", records::json(number, revision)).unwrap();
    }
    text.push(']');
    let file = server.folder().join("changes.json");
    fs::write(&file, text).unwrap();
    server.import(&file, "demo");
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

const CHANGES: &str = "/ui/c/main/demo/changes";
const IDLE: Duration = Duration::from_millis(200);
/// What takes a look at every record.
const LOOKED_FOR: [(&str, &str); 3] = [
    ("… searched for what one record has", "q=0000042"),
    ("… searched for what no record has", "q=nowhere"),
    ("… sorted by a field", "sort=serialNumber"),
];
/// The largest change that is measured.
const MANY: usize = 10_000;
const ROUNDS: usize = 9;
/// The limit of a page that looks at every record, in milliseconds.
const SEARCHED: u32 = 250;
const SETTINGS: &str = r#"{"data":{"displayFields":["issuerName","serialNumber","details.bug"],"schema":{"type":"object","properties":{"issuerName":{"type":"string","title":"Issuer"},"serialNumber":{"type":"string"},"enabled":{"type":"boolean"},"details":{"type":"object","properties":{"bug":{"type":"string"},"created":{"type":"string"},"name":{"type":"string"},"who":{"type":"string"},"why":{"type":"string"}}}}}}}"#;
/// The limit of every other page.
const SHOWN: u32 = 20;
const SOURCE: &str = "/buckets/main-workspace/collections/demo";
const TEN: usize = 10;
