//! The story, act by act. Nothing is acted: people write over HTTP, the client is the real one.

use std::path::Path;

use super::super::{
    Failure,
    console::Tone,
    failure::chain_of,
    review::{SeenChange, print},
    sync::sync_failure,
};
use super::{
    people::Person,
    teller::Teller,
    wire::{Attack, Wire},
};
use crate::{
    client::{Client, ClientConfig, FileStore, HttpTransport, MemoryStore, Outcome, Report, Store},
    signing::Verifier,
    types::{Clock as _, CollectionPath, JsonLimits, Nul, Object, SystemClock, Value},
};

/// Who and what plays.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) admin: Person,
    pub(super) editor: Person,
    pub(super) reviewer: Person,
    pub(super) paths: Paths,
    pub(super) verifier: Verifier,
}

/// The collections of the story.
#[derive(Debug)]
pub(super) struct Paths {
    /// Another published collection: empty, and correctly signed.
    pub(super) other: CollectionPath,
    pub(super) other_source: CollectionPath,
    pub(super) preview: CollectionPath,
    pub(super) published: CollectionPath,
    pub(super) source: CollectionPath,
}

type Kept = Client<HttpTransport, FileStore>;

/// Plays everything. Ends at the first step that does not hold.
pub(super) fn play(cast: &Cast, wire: &Wire, store: &Path, teller: &mut Teller) -> Result<(), Failure> {
    make_room(cast, teller)?;
    load(cast, teller)?;
    let mut client = client(cast, wire, FileStore::new(store))?;
    first_sync(&mut client, teller)?;
    small_change(cast, teller)?;
    delta(&mut client, teller)?;
    leave_waiting(cast, teller)?;
    attacks(cast, wire, &mut client, teller)
}

fn make_room(cast: &Cast, teller: &mut Teller) -> Result<(), Failure> {
    let Cast { admin, editor, reviewer, paths, .. } = cast;
    teller.act("The administrator makes accounts and a collection");
    admin.say_name()?;
    admin.add_account(editor)?;
    admin.add_account(reviewer)?;
    teller.held(format!("accounts editor ({}) and reviewer ({})", editor.called, reviewer.called));
    admin.add_collection(&paths.source, look()?)?;
    admin.add_collection(&paths.other_source, Object::new())?;
    // As in a small team: whoever edits also reviews the others' work.
    admin.name_members(&paths.source, "editors", &[editor, reviewer])?;
    admin.name_members(&paths.source, "reviewers", &[editor, reviewer])?;
    teller.held(format!("{} → {} → {}", paths.source, paths.preview, paths.published));
    teller.detail("edited here, shown to testers, published; both people may edit it and both may review it");
    Ok(())
}

fn load(cast: &Cast, teller: &mut Teller) -> Result<(), Failure> {
    let Cast { editor, reviewer, paths, .. } = cast;
    teller.act("The editor loads revocations that browsers enforce");
    let records = records(REVOCATIONS)?;
    let batches = editor.write_records(&paths.source, &records)?;
    teller.held(format!("{} records, in {batches} batches", records.len()));
    editor.ask_for_review(&paths.source, "The list as it stands")?;
    let change = reviewer.look(&paths.source, &paths.published)?;
    teller.held("asked for review");
    tell_change(&change, teller);
    approve(cast, &change, teller)
}

fn small_change(cast: &Cast, teller: &mut Teller) -> Result<(), Failure> {
    let Cast { editor, reviewer, paths, .. } = cast;
    teller.act("A small change: three more revocations, one corrected, one withdrawn");
    editor.write_records(&paths.source, &records(NEW_REVOCATIONS)?)?;
    let mut all = records(REVOCATIONS)?.into_iter();
    let (Some(mut corrected), Some(withdrawn)) = (all.next(), all.next()) else {
        return Err(Failure::refused("too few revocations"));
    };
    corrected.insert("reference", format!("{}#c1", text(&corrected, "reference")));
    editor.write_records(&paths.source, &[corrected])?;
    editor.delete_records(&paths.source, &[text(&withdrawn, "id")])?;
    editor.ask_for_review(&paths.source, "This week's revocations")?;
    let change = reviewer.look(&paths.source, &paths.published)?;
    teller.held("asked for review; the reviewer sees, field by field:");
    teller.line("");
    print(&teller.page().indented(), &change);
    teller.line("");
    tell_change(&change, teller);
    approve(cast, &change, teller)
}

/// The editor may not, the reviewer may.
fn approve(cast: &Cast, change: &SeenChange, teller: &Teller) -> Result<(), Failure> {
    let Cast { editor, reviewer, paths, .. } = cast;
    let refused = editor.approve(&paths.source, change)?;
    teller.expect("the editor's own approval", &refused.status, &403)?;
    teller.held(format!("the editor cannot approve it: {}", refused.refusal().message()));
    let approved = reviewer.approve(&paths.source, change)?;
    if approved.status != 200 {
        return Err(approved.refusal());
    }
    teller.expect("the status", &reviewer.status(&paths.source)?, &"signed".to_owned())?;
    teller
        .held(format!("the reviewer approves exactly this change; it is signed and in {}", paths.published));
    Ok(())
}

fn first_sync(client: &mut Kept, teller: &mut Teller) -> Result<(), Failure> {
    teller.act("A client polls, verifies and applies");
    let report = sync(client)?;
    teller.expect("the first sync", &report.outcome, &Outcome::Applied)?;
    teller.expect("its records", &report.records(), &400)?;
    tell_report(&report, teller);
    Ok(())
}

fn delta(client: &mut Kept, teller: &mut Teller) -> Result<(), Failure> {
    teller.act("The client polls again");
    let report = sync(client)?;
    let counts = [report.changes.created(), report.changes.updated(), report.changes.deleted()];
    teller.expect("the second sync", &report.outcome, &Outcome::Applied)?;
    teller.expect("its changes", &counts, &[3, 1, 1])?;
    tell_report(&report, teller);
    teller.detail(
        "only what changed was fetched and hashed; the record tree tells that all the rest is the same",
    );
    Ok(())
}

fn leave_waiting(cast: &Cast, teller: &mut Teller) -> Result<(), Failure> {
    let Cast { editor, reviewer, paths, .. } = cast;
    teller.act("The editor would withdraw ten revocations, and explain two; this waits for review");
    let all = records(REVOCATIONS)?;
    let ids: Vec<&str> = all.iter().skip(20).take(10).map(|record| text(record, "id")).collect();
    editor.delete_records(&paths.source, &ids)?;
    let explained = all.iter().skip(30).take(NOTES.len()).zip(NOTES).map(|(record, note)| {
        let mut record = record.clone();
        record.insert("note", note);
        record
    });
    editor.write_records(&paths.source, &explained.collect::<Vec<_>>())?;
    editor.ask_for_review(&paths.source, QUESTION)?;
    let change = reviewer.look(&paths.source, &paths.published)?;
    teller.expect("what waits", &change.counts(), &[0, 2, 10])?;
    teller.held(format!("testers see it in {}; nobody approved it, so clients do not", paths.preview));
    tell_change(&change, teller);
    Ok(())
}

fn attacks(cast: &Cast, wire: &Wire, client: &mut Kept, teller: &mut Teller) -> Result<(), Failure> {
    let paths = &cast.paths;
    teller.act("Somebody sits on the wire");
    let kept = version(client);
    let mut newcomer = self::client(cast, wire, MemoryStore::default())?;

    wire.set(Attack::FlipRecord);
    refused(&mut newcomer, "RootMismatch", "one bit of one serial number is turned", teller)?;
    teller.expect("what a new client has", &version(&newcomer), &None)?;
    wire.set(Attack::FlipStatement);
    refused(&mut newcomer, "BadSignature", "one bit of the signed statement is turned", teller)?;
    teller.expect("what a new client has", &version(&newcomer), &None)?;
    wire.set(Attack::Swap(paths.published.clone(), paths.preview.clone()));
    refused(
        client,
        "WrongBucket",
        "the preview, correctly signed and not approved, is shown in its place",
        teller,
    )?;
    wire.set(Attack::Swap(paths.published.clone(), paths.other.clone()));
    refused(
        client,
        "WrongCollection",
        &format!("{}, correctly signed and empty, is shown in its place", paths.other),
        teller,
    )?;
    wire.set(Attack::Replay);
    let report = sync(client)?;
    teller.expect("an older publication", &report.outcome, &Outcome::Older)?;
    tell_attack(
        "the publication before, correctly signed, is shown again",
        "Older",
        "the newer data was kept",
        teller,
    );
    teller.expect("what the client has", &version(client), &kept)?;

    wire.set(Attack::None);
    let report = sync(client)?;
    teller.expect("left alone again", &report.outcome, &Outcome::UpToDate)?;
    teller.expect("its records", &report.records(), &402)?;
    teller.held(format!(
        "left alone again: {}, version {}, {} records",
        report.outcome,
        kept.unwrap_or_default(),
        report.records()
    ));
    let report = sync(&mut newcomer)?;
    teller.expect("the new client, left alone", &report.outcome, &Outcome::Applied)?;
    Ok(())
}

/// The client must refuse, and keep what it has.
fn refused<S: Store>(
    client: &mut Client<HttpTransport, S>,
    name: &str,
    what: &str,
    teller: &Teller,
) -> Result<(), Failure> {
    let before = version(client);
    match client.sync(SystemClock.now()) {
        Ok(report) => teller.expect(what, &report.outcome.name(), &name)?,
        Err(error) => teller.expect(what, &error.name(), &name)?,
    }
    teller.expect("what the client has", &version(client), &before)?;
    tell_attack(what, name, "refused, nothing changed", teller);
    Ok(())
}

fn tell_attack(what: &str, name: &str, end: &str, teller: &Teller) {
    teller.held(what);
    teller.line(format!(
        "       {} {}",
        teller.paint(Tone::Bold, name),
        teller.paint(Tone::Dim, &format!("· {end}"))
    ));
}

fn tell_change(change: &SeenChange, teller: &Teller) {
    let [created, updated, deleted] = change.counts();
    teller.detail(format!("{created} created, {updated} updated, {deleted} deleted"));
    teller.line(format!(
        "     {} {}",
        teller.paint(Tone::Dim, "fingerprint"),
        teller.paint(Tone::Key, &change.digest.fingerprint().to_string())
    ));
}

fn tell_report(report: &Report, teller: &Teller) {
    teller.held(format!(
        "{}: version {}, {} records ({} created, {} updated, {} deleted)",
        report.outcome,
        report.version().unwrap_or_default(),
        report.records(),
        report.changes.created(),
        report.changes.updated(),
        report.changes.deleted()
    ));
    if let Some(statement) = report.state.as_ref().and_then(|state| state.statement()) {
        teller.detail(format!("{} bytes fetched · record tree {}", report.bytes, statement.root));
    }
}

fn client<S: Store>(cast: &Cast, wire: &Wire, store: S) -> Result<Client<HttpTransport, S>, Failure> {
    let server = crate::client::ServerUrl::parse(&wire.url())
        .map_err(|error| Failure::while_doing("the wire's address", &error))?;
    let config = ClientConfig::new(server, cast.paths.published.clone(), cast.verifier.clone());
    Client::new(config, HttpTransport::new(), store)
        .map_err(|error| Failure::unusable(format!("the client's store: {}", chain_of(&error))))
}

fn sync<S: Store>(client: &mut Client<HttpTransport, S>) -> Result<Report, Failure> {
    client.sync(SystemClock.now()).map_err(|error| sync_failure(&error))
}

fn version<S: Store>(client: &Client<HttpTransport, S>) -> Option<u64> {
    let reading = client.read(SystemClock.now()).ok()?;
    reading.snapshot().statement().map(|statement| statement.version)
}

/// How the pages show the collection: its columns, and the form of a record.
fn look() -> Result<Object, Failure> {
    let mut attributes = Object::new();
    attributes.insert("displayFields", COLUMNS.map(Value::from).to_vec());
    attributes.insert("schema", value(SCHEMA)?);
    attributes.insert("sort", "-last_modified");
    Ok(attributes)
}

/// A file of `fixtures/`.
fn value(text: &str) -> Result<Value, Failure> {
    let limits = JsonLimits { depth: 8, nul: Nul::Refused };
    Value::parse(text.as_bytes(), limits)
        .map_err(|error| Failure::while_doing("reading the revocations", &error))
}

/// The records of a file of `fixtures/`.
fn records(text: &str) -> Result<Vec<Object>, Failure> {
    let value = value(text)?;
    let list = value.as_list().unwrap_or_default();
    Ok(list.iter().filter_map(|record| record.as_object().cloned()).collect())
}

fn text<'a>(record: &'a Object, name: &str) -> &'a str {
    record.get(name).and_then(Value::as_text).unwrap_or_default()
}

const COLUMNS: [&str; 3] = ["issuerName", "serialNumber", "reference"];
const NEW_REVOCATIONS: &str = include_str!("../../../fixtures/revocations-new.json");
/// What the editor writes about two revocations.
const NOTES: [&str; 2] = [
    "Stays until the certificate ends: devices that are not updated would trust it again.",
    "Its owner asks twice a year whether it can go. Not yet, see the reference.",
];
const QUESTION: &str = "These ten have ended and can go, I think. Two others look as if they could go too, and must not: I say why.";
const REVOCATIONS: &str = include_str!("../../../fixtures/revocations.json");
const SCHEMA: &str = include_str!("../../../fixtures/revocations-schema.json");
