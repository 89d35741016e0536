//! A service as it should be: real records, invented people.

use countersign::workflow::{Actor, first_start, sessions::Token};
use serde_json::{Value, json};

use crate::{
    app::TestApp,
    studio::{Studio, decide, go, installation, make, publish, send, write},
};

/// Before anything is there.
pub(crate) fn nothing_yet(studio: &Studio) {
    let names = ["first-start", "first-steps", "new-collection"];
    if !names.iter().any(|name| studio.wants(name)) {
        return;
    }
    let app = installation(NAME).people(&[]).start();
    let token = Token::new(&*app.services.random).unwrap();
    assert!(app.services.write(&Actor::plugin(), |scope| first_start::make_link(scope, &token)).unwrap());
    let window = studio.window(&app);
    window.open(&format!("/ui/first-start?token={}", token.to_text()));
    studio.take(&window, "first-start");
    window.fill("Your name", "Jonas Weber");
    window.fill("Password", "a few words of mine");
    window.click("Create the administrator");
    window.expect("First steps");
    studio.take(&window, "first-steps");
    studio.page(&window, "new-collection", "/ui/new-collection");
    drop(window);
    app.stop();
}

/// Some weeks later.
pub(crate) fn at_work(studio: &Studio) {
    let app = begin();
    let window = studio.window(&app);
    window.open("/ui/sign-in");
    studio.take(&window, "sign-in");
    drop(window);
    let (editor, reviewer) = (studio.sign_in(&app, "editor"), studio.sign_in(&app, "reviewer"));
    studio.page(&reviewer, "home", "/");
    studio.page(&editor, "records", &page("main/password-rules", ""));
    let record = text(&collections()["password-rules"][1]["id"]);
    studio.page(&editor, "record", &page("main/password-rules", &format!("records/{record}")));
    studio.page(&editor, "record-new", &page("main/password-rules", "new"));
    if studio.wants("bulk") {
        editor.open(&page("main/password-rules", "bulk"));
        editor.paste("Records", CSV);
        editor.click("Check");
        editor.expect("Check again");
        studio.take(&editor, "bulk");
    }
    studio.page(&editor, "changes", &page("main/password-rules", "changes"));
    studio.page(&editor, "review-own", &page(ONECRL, "changes"));
    studio.page(&editor, "declined", &page("main/search-config-v2", "changes"));
    studio.page(&reviewer, "review", &page(ONECRL, "changes"));
    studio.page(&reviewer, "publications", &page(ONECRL, "publications"));
    studio.page(&reviewer, "publication", &page(ONECRL, "publications/4"));
    let admin = studio.sign_in(&app, "admin");
    studio.page(&admin, "settings", &page(ONECRL, "settings"));
    studio.page(&admin, "settings-people", &page(ONECRL, "settings/people"));
    studio.page(&admin, "people", "/ui/people");
    studio.page(&admin, "keys", "/ui/keys");
    studio.page(&admin, "history", "/ui/history");
    studio.page(&admin, "missing", "/ui/no-such-place");
    drop((editor, reviewer, admin));
    app.stop();
}

/// The service, with all that happened in it.
fn begin() -> TestApp {
    let app = installation(NAME)
        .people(&["admin", "editor", "reviewer", "second-editor", "former-editor"])
        .resources(&[
            "security-state-workspace -> security-state-preview -> security-state",
            "main-workspace -> main-preview -> main",
            "blocklists-workspace -> blocklists",
        ])
        .start();
    for (account, name) in NAMES {
        send(&app, "admin", "PATCH", &format!("/accounts/{account}"), &json!({"data": {"name": name}}));
    }
    go(&app, 0, 9, 12);
    for (bucket, id) in SMALL {
        make(&app, bucket, id, &json!({}));
        publish(&app, &source(bucket, id), &[json!({"id": "first", "name": id})], "To begin with");
    }
    let records = collections();
    for (bucket, id, columns) in [
        ("main-workspace", "password-rules", vec!["Domain", "password-rules"]),
        ("main-workspace", "cookie-banner-rules-list", vec!["domains", "click", "cookies"]),
        ("main-workspace", "search-config-v2", vec!["identifier", "base.name", "base.classification"]),
        ("blocklists-workspace", "gfx", vec!["feature", "featureStatus", "vendor", "os"]),
    ] {
        app.clock.advance_millis(41 * 60_000);
        let mut attributes = json!({"displayFields": columns, "sort": "-last_modified"});
        if id == "password-rules" {
            attributes["schema"] = password_schema();
        }
        make(&app, bucket, id, &attributes);
        publish(&app, &source(bucket, id), records[id].as_array().unwrap(), "As the old service had it");
    }
    go(&app, 1, 8, 30);
    history_of_onecrl(&app);
    go(&app, 22, 8, 3);
    unfinished(&app, &records);
    go(&app, 22, 10, 32);
    app
}

/// A first load, then small publications, and one that was declined.
fn history_of_onecrl(app: &TestApp) {
    let source = source("security-state-workspace", "onecrl");
    let attributes = json!({
        "displayFields": ["issuerName", "serialNumber", "reference"],
        "schema": schema(),
        "sort": "-last_modified",
    });
    make(app, "security-state-workspace", "onecrl", &attributes);
    let all = revocations();
    publish(app, &source, &all[..380], "The list as it stands");
    go(app, 6, 13, 20);
    publish(app, &source, &all[380..384], "Bug 2086683: four issuers of NAVER and Amazon");
    go(app, 13, 9, 50);
    write(app, "second-editor", &source, &all[384..391]);
    decide(app, "second-editor", &source, "to-review", "Seven of this week");
    app.clock.advance_millis(50 * 60_000);
    decide(app, "reviewer", &source, "work-in-progress", "One of them is revoked only from January on.");
    app.clock.advance_millis(90 * 60_000);
    send(
        app,
        "second-editor",
        "DELETE",
        &format!("{source}/records/{}", text(&all[390]["id"])),
        &Value::Null,
    );
    decide(app, "second-editor", &source, "to-review", "The six of this week, without the early one");
    app.clock.advance_millis(22 * 60_000);
    decide(app, "reviewer", &source, "to-sign", "Right.");
}

/// What waits, and what is not yet asked for.
fn unfinished(app: &TestApp, records: &Value) {
    let all = revocations();
    let onecrl = source("security-state-workspace", "onecrl");
    let mut noted = all[11].clone();
    noted["note"] =
        json!("Three cross certificates of this root have not yet been revoked, but should be added.");
    write(app, "second-editor", &onecrl, &[noted.clone()]);
    let rules = source("main-workspace", "password-rules");
    let mut rule = records["password-rules"][1].clone();
    rule["password-rules"] =
        json!("minlength: 12; maxlength: 64; required: digit, lower, upper; allowed: [!#%&*.];");
    write(app, "editor", &rules, &[rule]);
    for (index, domain) in ["northsea.example", "harbour.example", "lighthouse.example"].iter().enumerate() {
        let rule = json!({"id": format!("5f0c2a1e-0000-4000-8000-00000000000{index}"), "Domain": domain, "password-rules": "minlength: 10; required: lower; required: digit;"});
        write(app, "editor", &rules, &[rule]);
    }
    let gone = format!("{rules}/records/{}", text(&records["password-rules"][4]["id"]));
    send(app, "editor", "DELETE", &gone, &Value::Null);

    let search = source("main-workspace", "search-config-v2");
    let mut engine = records["search-config-v2"][0].clone();
    engine["base"]["classification"] = json!("general");
    write(app, "editor", &search, &[engine]);
    decide(app, "editor", &search, "to-review", "1&1 is a general engine");
    app.clock.advance_millis(25 * 60_000);
    decide(
        app,
        "reviewer",
        &search,
        "work-in-progress",
        "It is not, in three of five countries. Please split it into variants.",
    );

    let cookies = source("main-workspace", "cookie-banner-rules-list");
    for record in records["cookie-banner-rules-list"].as_array().unwrap().iter().take(5) {
        let mut record = record.clone();
        record["cookies"] = json!({"optOut": [{"name": "consent", "value": "no"}]});
        write(app, "second-editor", &cookies, &[record]);
    }
    decide(app, "second-editor", &cookies, "to-review", "They renamed their cookie last week.");

    let gfx = source("blocklists-workspace", "gfx");
    let mut driver = records["gfx"][0].clone();
    driver["versionRange"]["maxVersion"] = json!("156.*");
    write(app, "second-editor", &gfx, &[driver]);
    decide(app, "second-editor", &gfx, "to-review", "Still broken in 156.");

    app.clock.advance_millis(9 * 60_000);
    noted["note"] = json!(
        "Three cross certificates of this root were revoked by their issuer on 30 October, and stay in the list until they end."
    );
    noted["reference"] = json!("https://bugzilla.mozilla.org/show_bug.cgi?id=2090117");
    write(app, "second-editor", &onecrl, &[noted]);
    write(app, "editor", &onecrl, &all[391..394]);
    for record in &all[40..42] {
        send(app, "editor", "DELETE", &format!("{onecrl}/records/{}", text(&record["id"])), &Value::Null);
    }
    app.clock.advance_millis(70 * 60_000);
    let comment = "Bug 2090117: three more were revoked on Friday. The two intermediates have ended and can go. Tomás set one note right.";
    decide(app, "editor", &onecrl, "to-review", comment);
}

/// The address of a collection's page.
pub(crate) fn page(path: &str, rest: &str) -> String {
    if rest.is_empty() { format!("/ui/c/{path}") } else { format!("/ui/c/{path}/{rest}") }
}

/// Where a collection is edited.
pub(crate) fn source(bucket: &str, id: &str) -> String {
    format!("/buckets/{bucket}/collections/{id}")
}

pub(crate) fn revocations() -> Vec<Value> {
    serde_json::from_str(include_str!("../../fixtures/revocations.json")).unwrap()
}

pub(crate) fn schema() -> Value {
    serde_json::from_str(include_str!("../../fixtures/revocations-schema.json")).unwrap()
}

fn collections() -> Value {
    serde_json::from_str(include_str!("../../fixtures/collections.json")).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn password_schema() -> Value {
    json!({
        "type": "object",
        "required": ["Domain", "password-rules"],
        "properties": {
            "Domain": {"type": "string", "title": "Domain", "description": "Without www", "minLength": 3},
            "password-rules": {"type": "string", "title": "Password rules", "description": "As its sign-up form demands them"},
        },
    })
}

/// Some that are new, some that are known, one of another shape.
const CSV: &str = "\
Domain,password-rules
ticketweb.example,minlength: 12; maxlength: 15;
ferries.example,minlength: 8; required: lower; required: upper;
albertsons.com,minlength: 8; maxlength: 64; required: upper; required: [!#$%&*@^]; allowed: lower;
haggen.com,minlength: 8; maxlength: 64; required: upper; required: [!#$%&*@^]; allowed: lower;
,minlength: 8; maxlength: 28; required: upper;
tides.example,minlength: 10; required: digit;
";
const NAME: &str = "Northsea settings";
/// Accounts and what people are called.
const NAMES: [(&str, &str); 5] = [
    ("admin", "Jonas Weber"),
    ("editor", "Ines Okafor"),
    ("former-editor", "Petra Nowak"),
    ("reviewer", "Mara Lindqvist"),
    ("second-editor", "Tomás Rey"),
];
const ONECRL: &str = "security-state/onecrl";
/// Collections with nothing in particular.
const SMALL: [(&str, &str); 6] = [
    ("security-state-workspace", "intermediates"),
    ("security-state-workspace", "cert-revocations"),
    ("main-workspace", "translations-models"),
    ("main-workspace", "message-groups"),
    ("main-workspace", "regions"),
    ("blocklists-workspace", "addons-bloomfilters"),
];
