//! `GET /`: what this service is and what it can do (`kinto-api` §3.1, `remote-settings` §1.4).

use crate::{
    http::{Captures, Problem, Request, Response, Shell},
    types::{CollectionPath, Object, Value},
    workflow::{PLUGIN_USER, ResourceEnd, ResourceLine, Review, Scope, Settings},
};

/// `GET /`. Never 401: who cannot be recognised is told what everybody is told.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every handler")]
pub(in crate::http) fn hello(
    shell: &Shell,
    _: &Request,
    scope: &mut Scope<'_>,
    _: &Captures,
) -> Result<Response, Problem> {
    let settings = &scope.services.settings;
    let mut hello = Object::new();
    hello.insert("capabilities", capabilities(settings, shell.published().monitored()));
    hello.insert("http_api_version", "1.23");
    hello.insert("project_docs", "https://kinto.readthedocs.io/");
    hello.insert("project_name", settings.name.as_str());
    hello.insert("project_version", VERSION);
    hello.insert("settings", limits(settings));
    hello.insert("url", format!("{}/v1/", settings.public_url));
    if let Some(user) = scope.actor.user() {
        let principals = scope.actor.principals().iter().map(|principal| principal.as_str().into());
        let mut object = Object::new();
        object.insert("id", user);
        object.insert("principals", principals.collect::<Vec<Value>>());
        hello.insert("user", object);
    }
    Ok(Response::json(200, &Value::Object(hello)))
}

fn limits(settings: &Settings) -> Object {
    let mut limits = Object::new();
    limits.insert("batch_max_requests", u64::try_from(settings.limits.batch).unwrap_or(u64::MAX));
    limits.insert("explicit_permissions", true);
    limits.insert("readonly", false);
    limits
}

fn capabilities(settings: &Settings, monitored: Option<&[ResourceEnd]>) -> Object {
    let mut accounts =
        described("Manage user accounts.", "https://kinto.readthedocs.io/en/latest/api/1.x/accounts.html");
    accounts.insert("validation_enabled", false);
    let mut all = Object::new();
    all.insert("accounts", accounts);
    all.insert("changes", changes(settings, monitored));
    all.insert(
        "schema",
        described(
            "Validates collection records with JSON schemas.",
            "https://kinto.readthedocs.io/en/latest/api/1.x/collections.html#collection-json-schema",
        ),
    );
    all.insert("signer", signer(settings));
    all
}

fn changes(settings: &Settings, monitored: Option<&[ResourceEnd]>) -> Object {
    let ends: Vec<&ResourceEnd> = match monitored {
        Some(ends) => ends.iter().collect(),
        None => settings
            .resources
            .iter()
            .flat_map(|line| [Some(&line.destination), line.preview.as_ref()])
            .flatten()
            .collect(),
    };
    let mut changes = described(
        "Track modifications of records in Kinto and store the collection timestamps into a specific bucket and \
         collection.",
        "http://kinto.readthedocs.io/en/latest/tutorials/synchronisation.html#polling-for-remote-changes",
    );
    changes.insert("collections", ends.into_iter().map(|end| uri(end).into()).collect::<Vec<Value>>());
    changes.insert("version", VERSION);
    changes
}

fn signer(settings: &Settings) -> Object {
    let mut signer = described(
        "Digital signatures for integrity and authenticity of records.",
        "https://github.com/mozilla/remote-settings/tree/main/kinto-remote-settings",
    );
    signer.insert("editors_group", "{collection_id}-editors");
    signer.insert("group_check_enabled", true);
    signer.insert("plugin_userid", PLUGIN_USER);
    signer.insert("resources", resources(settings));
    signer.insert("reviewers_group", "{collection_id}-reviewers");
    signer.insert("to_review_enabled", settings.review.default == Review::On);
    signer.insert("version", VERSION);
    signer
}

/// The lines of the setting, then the collections whose review is decided apart from that of their bucket.
fn resources(settings: &Settings) -> Vec<Value> {
    let own = |end: &ResourceEnd| {
        let exception = |name: &str| settings.review.exceptions.get(name).copied();
        let named = end.collection.as_ref().map(|collection| format!("{}/{collection}", end.bucket));
        named
            .and_then(|name| exception(&name))
            .or_else(|| exception(end.bucket.as_str()))
            .unwrap_or(settings.review.default)
    };
    let lines: Vec<&ResourceLine> = settings.resources.iter().collect();
    let mut all: Vec<Value> = lines.iter().map(|line| resource(line, own(&line.source), settings)).collect();
    for name in settings.review.exceptions.keys() {
        let Some(source) = CollectionPath::parse(name).ok() else { continue };
        let Some(found) = settings.resources.of_source(&source) else { continue };
        let line = ResourceLine {
            destination: end_of(&found.destination),
            preview: found.preview.as_ref().map(end_of),
            source: end_of(&found.source),
        };
        if !lines.contains(&&line) {
            all.push(resource(&line, own(&line.source), settings));
        }
    }
    all
}

fn end_of(path: &CollectionPath) -> ResourceEnd {
    ResourceEnd { bucket: path.bucket.clone(), collection: Some(path.collection.clone()) }
}

fn resource(line: &ResourceLine, review: Review, settings: &Settings) -> Value {
    let mut resource = Object::new();
    resource.insert("destination", end(&line.destination));
    if let Some(preview) = &line.preview {
        resource.insert("preview", end(preview));
    }
    resource.insert("source", end(&line.source));
    if review != settings.review.default {
        resource.insert("to_review_enabled", review == Review::On);
    }
    Value::Object(resource)
}

fn end(end: &ResourceEnd) -> Object {
    let mut object = Object::new();
    object.insert("bucket", end.bucket.as_str());
    object.insert(
        "collection",
        end.collection.as_ref().map_or(Value::Null, |collection| Value::from(collection.as_str())),
    );
    object
}

fn uri(end: &ResourceEnd) -> String {
    match &end.collection {
        None => format!("/buckets/{}", end.bucket),
        Some(collection) => format!("/buckets/{}/collections/{collection}", end.bucket),
    }
}

fn described(description: &str, url: &str) -> Object {
    let mut object = Object::new();
    object.insert("description", description);
    object.insert("url", url);
    object
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
