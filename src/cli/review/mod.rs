//! `review`: look at a change that waits, approve exactly that change, or send it back. Talks HTTP to a server.

mod render;
mod seen;

use std::io::{BufRead as _, IsTerminal as _};

use super::{
    Failure,
    api::{Api, ApiMethod, address_of},
    arguments::{Approve, Decline, Review, ReviewTarget},
    console::{Console, Tone, shown},
    password::{self, PasswordSource},
};
use crate::{
    canonical,
    config::Environment,
    types::{BucketId, CollectionId, CollectionPath, Object, Sha256Digest, Value},
};

pub(super) use self::{
    render::{print, print_summary},
    seen::SeenChange,
};

/// Runs one of the three. Where JSON is asked for, a failure is one object on standard output too.
pub(super) fn run(review: &Review, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let (done, json) = match review {
        Review::Approve(approve) => (self::approve(approve, console, environment), approve.target.json),
        Review::Decline(decline) => (self::decline(decline, console, environment), decline.target.json),
        Review::Show(target) => (show(target, console, environment), target.json),
    };
    if let (Err(failure), true) = (&done, json) {
        console.out.line(refusal_json(failure));
    }
    done
}

fn show(target: &ReviewTarget, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let case = Case::open(target, environment)?;
    let change = SeenChange::fetch(&case.api, &case.source, &case.destination)?;
    if target.json {
        console.out.line(case.json(Some(&change), None));
    } else {
        case.show(console, &change);
    }
    Ok(())
}

/// `outcome` is `refused`, or `failed` where nobody refused anything: the server could not be reached, the command was not
/// understood.
fn refusal_json(failure: &Failure) -> String {
    let mut object = Object::new();
    object.insert("outcome", if failure.exit_status() == 1 { "refused" } else { "failed" });
    object.insert("message", failure.message());
    object.insert("mend", failure.how_to_mend().map_or(Value::Null, Value::from));
    object.insert("exit_status", u64::from(failure.exit_status()));
    canonical::object_to_text(&object)
}

fn approve(approve: &Approve, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let can_ask = std::io::stdin().is_terminal() && !approve.target.json;
    if approve.change.is_none() && !can_ask {
        return Err(Failure::usage("there is no terminal to ask on, so --change must name what is approved")
            .mend("Look at it with `countersign review show`, then give its digest: --change HEX."));
    }
    let case = Case::open(&approve.target, environment)?;
    let change = SeenChange::fetch(&case.api, &case.source, &case.destination)?;
    if !approve.target.json {
        case.show(console, &change);
    }
    match approve.change {
        Some(named) if named != change.digest => return Err(another_change(&named, &change.digest)),
        Some(_) => {}
        None => ask(console, &case.destination)?,
    }
    case.write("to-sign", "last_reviewer_comment", approve.comment.as_deref(), Some(&change.digest))?;
    let done = format!("Approved. {} is signed and published.", case.destination);
    let case = case.again();
    finish(&case, &change, "approved", &done, console, approve.target.json);
    Ok(())
}

fn decline(decline: &Decline, console: &Console, environment: &Environment) -> Result<(), Failure> {
    let case = Case::open(&decline.target, environment)?;
    if case.status.as_deref() != Some("to-review") {
        let status = case.status.as_deref().unwrap_or("unknown");
        return Err(Failure::refused(format!(
            "{} does not wait for review; its status is {}",
            case.source,
            shown(status)
        )));
    }
    let change = SeenChange::fetch(&case.api, &case.source, &case.destination)?;
    case.write("work-in-progress", "last_reviewer_comment", Some(&decline.comment), None)?;
    let done = format!("Sent back. The editors of {} see your comment.", case.source);
    let case = case.again();
    finish(&case, &change, "declined", &done, console, decline.target.json);
    Ok(())
}

fn finish(case: &Case, change: &SeenChange, outcome: &str, done: &str, console: &Console, json: bool) {
    if json {
        console.out.line(case.json(Some(change), Some(outcome)));
    } else {
        console.out.line(console.out.paint(Tone::Good, done));
    }
}

fn ask(console: &Console, destination: &CollectionPath) -> Result<(), Failure> {
    console.err.write(&format!("\nPublish exactly this to {destination}? [y/N] "));
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Failure::while_doing("reading the answer", &error))?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(Failure::refused("not approved; nothing changed"))
    }
}

fn another_change(named: &Sha256Digest, current: &Sha256Digest) -> Failure {
    Failure::refused(format!(
        "the change is another one by now: {} was named, it is {}",
        named.fingerprint(),
        current.fingerprint()
    ))
    .mend("Look at it again with `countersign review show`.")
}

/// A collection under review, and who looks at it.
#[derive(Debug)]
struct Case {
    api: Api,
    /// The source's attributes.
    attributes: Object,
    destination: CollectionPath,
    etag: Option<String>,
    source: CollectionPath,
    status: Option<String>,
}

impl Case {
    fn open(target: &ReviewTarget, environment: &Environment) -> Result<Self, Failure> {
        let api = Api::new(&target.url)?;
        let root = api.must(ApiMethod::Get, "/", &[], None)?;
        let (source, destination) = ends(&root.body, &target.path)?;
        let prompt = format!("Password of {}: ", target.user);
        let password =
            password::read(PasswordSource::from_flag(target.password.stdin), &prompt, environment)?;
        let api = api.sign_in(&target.user, &password);
        let answer = api.must(ApiMethod::Get, &address_of(&source), &[], None)?;
        let attributes = answer.data().cloned().unwrap_or_default();
        let status = attributes.get("status").and_then(Value::as_text).map(str::to_owned);
        Ok(Self { api, attributes, destination, etag: answer.etag, source, status })
    }

    /// With the status that it has now, after something was done; with none where that cannot be read.
    fn again(self) -> Self {
        let answer = self.api.must(ApiMethod::Get, &address_of(&self.source), &[], None).ok();
        let attributes = answer.as_ref().and_then(|answer| answer.data());
        let status = attributes.and_then(|attributes| attributes.get("status")).and_then(Value::as_text);
        Self { status: status.map(str::to_owned), ..self }
    }

    /// Sets the status, and a comment; refused if the collection changed since it was looked at.
    fn write(
        &self,
        status: &str,
        comment_name: &str,
        comment: Option<&str>,
        change: Option<&Sha256Digest>,
    ) -> Result<(), Failure> {
        let mut data = Object::new();
        data.insert("status", status);
        if let Some(comment) = comment {
            data.insert(comment_name, comment);
        }
        let mut body = Object::new();
        body.insert("data", data);
        let digest = change.map(Sha256Digest::to_hex);
        let mut headers: Vec<(&str, &str)> = Vec::new();
        headers.extend(digest.as_deref().map(|digest| ("Countersign-Change", digest)));
        headers.extend(self.etag.as_deref().map(|etag| ("If-Match", etag)));
        self.api.must(ApiMethod::Patch, &address_of(&self.source), &headers, Some(&body)).map(drop)
    }

    fn show(&self, console: &Console, change: &SeenChange) {
        let page = &console.out;
        page.line(page.paint(Tone::Bold, &format!("{} → {}", self.source, self.destination)));
        let text =
            |name: &str| self.attributes.get(name).and_then(Value::as_text).filter(|text| !text.is_empty());
        let mut line = format!("status       {}", shown(self.status.as_deref().unwrap_or("unknown")));
        if let (Some("to-review"), Some(by)) = (self.status.as_deref(), text("last_review_request_by")) {
            line = format!("{line}, asked for by {}", shown(by));
            if let Some(date) = text("last_review_request_date") {
                line = format!("{line} at {}", shown(date));
            }
        }
        page.line(line);
        if let Some(comment) = text("last_editor_comment") {
            page.line(format!("comment      {}", shown(comment)));
        }
        page.line("");
        print(page, change);
        page.line("");
        print_summary(page, change);
    }

    /// One object with every key always there.
    fn json(&self, change: Option<&SeenChange>, outcome: Option<&str>) -> String {
        let optional = |text: Option<&str>| text.map_or(Value::Null, Value::from);
        let list = |items: &[String]| {
            Value::from(items.iter().map(|item| Value::from(item.as_str())).collect::<Vec<_>>())
        };
        let count = |index: usize| {
            change.and_then(|change| change.counts().get(index).copied()).map_or(Value::Null, number)
        };
        let attribute = |name: &str| optional(self.attributes.get(name).and_then(Value::as_text));
        let sides = |before: Option<&Object>, after: Option<&Object>| {
            let side = |object: Option<&Object>| object.cloned().map_or(Value::Null, Value::from);
            let mut object = Object::new();
            object.insert("before", side(before));
            object.insert("after", side(after));
            object
        };
        let records = change.map_or(Value::Null, |change| {
            let records = change.records.iter().map(|record| {
                let mut object = sides(record.before.as_ref(), record.after.as_ref());
                object.insert("id", record.id.as_str());
                object.insert("by", list(&record.by));
                Value::from(object)
            });
            Value::from(records.collect::<Vec<_>>())
        });
        let mut object = Object::new();
        object.insert("source", self.source.to_string());
        object.insert("destination", self.destination.to_string());
        object.insert("status", optional(self.status.as_deref()));
        object.insert("requested_by", attribute("last_review_request_by"));
        object.insert("requested_at", attribute("last_review_request_date"));
        object.insert("comment", attribute("last_editor_comment"));
        object.insert("digest", optional(change.map(|change| change.digest.to_hex()).as_deref()));
        let fingerprint = change.map(|change| change.digest.fingerprint().to_string());
        object.insert("fingerprint", optional(fingerprint.as_deref()));
        object.insert("created", count(0));
        object.insert("updated", count(1));
        object.insert("deleted", count(2));
        object.insert("editors", change.map_or(Value::Null, |change| list(&change.editors)));
        let attributes = change.map(|change| sides(Some(&change.attributes.0), Some(&change.attributes.1)));
        object.insert("attributes", attributes.map_or(Value::Null, Value::from));
        object.insert("changes", records);
        object.insert("outcome", optional(outcome));
        canonical::object_to_text(&object)
    }
}

/// The source and the destination of what was named, by what the server says that it publishes.
fn ends(root: &Value, named: &CollectionPath) -> Result<(CollectionPath, CollectionPath), Failure> {
    let member = |value: &Value, name: &str| value.as_object().and_then(|object| object.get(name)).cloned();
    let resources = member(root, "capabilities")
        .and_then(|capabilities| member(&capabilities, "signer"))
        .and_then(|signer| member(&signer, "resources"));
    let lines = resources.as_ref().and_then(Value::as_list).unwrap_or_default();
    let end = |line: &Value, name: &str| {
        let end = member(line, name)?;
        let bucket = BucketId::parse(member(&end, "bucket")?.as_text()?).ok()?;
        let collection = member(&end, "collection")?.as_text().and_then(|id| CollectionId::parse(id).ok());
        Some((bucket, collection))
    };
    let matches = |end: &(BucketId, Option<CollectionId>)| {
        end.0 == named.bucket && end.1.as_ref().is_none_or(|id| *id == named.collection)
    };
    let fill = |(bucket, collection): (BucketId, Option<CollectionId>)| {
        CollectionPath::new(bucket, collection.unwrap_or_else(|| named.collection.clone()))
    };
    let found = lines.iter().filter_map(|line| {
        let (source, destination) = (end(line, "source")?, end(line, "destination")?);
        let is_named = matches(&source) || matches(&destination);
        is_named.then(|| (source.1.is_none(), fill(source), fill(destination)))
    });
    // A line that names the collection wins over one of its bucket.
    found.min().map(|(_, source, destination)| (source, destination)).ok_or_else(|| {
        Failure::refused(format!("this server publishes nothing from or to {named}"))
            .mend("Name the collection that is edited, or the one that clients read.")
    })
}

fn number(number: usize) -> Value {
    Value::from(u64::try_from(number).unwrap_or(u64::MAX))
}
