//! A service with people, a signed collection of real records, and browsers in front of it.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::{
    Window,
    app::{Builder, TestApp, password_of},
    driver::Driver,
};

/// A service and what drives browsers.
#[derive(Debug)]
pub(crate) struct Stage {
    app: TestApp,
    driver: &'static Driver,
}

impl Stage {
    /// With everybody, and with `main/onecrl`: twelve real revocations, published as version 2.
    pub(crate) fn begin() -> Option<Self> {
        let stage = Self::begin_with(TestApp::builder().people(&[
            "admin",
            "editor",
            "reviewer",
            "second-editor",
            "stranger",
        ]))?;
        for (account, name) in NAMES {
            let _named = stage
                .admin()
                .patch(&format!("/accounts/{account}"), &json!({"data": {"name": name}}))
                .expect(200);
        }
        stage.make_collection("onecrl");
        let members = json!({"data": {"members": ["account:editor", "account:second-editor"]}});
        let _named =
            stage.admin().patch("/buckets/main-workspace/groups/onecrl-editors", &members).expect(200);
        let settings = json!({"data": {
            "displayFields": ["issuerName", "serialNumber", "reference"],
            "schema": schema(),
            "sort": "-last_modified",
        }});
        let _set = stage.editor().patch(SOURCE, &settings).expect(200);
        let records = revocations();
        let records: Vec<(&str, Value)> =
            records[..12].iter().map(|record| (record["id"].as_str().unwrap(), record.clone())).collect();
        stage.publish("onecrl", &records);
        Some(stage)
    }

    /// A service that is put together otherwise.
    pub(crate) fn begin_with(builder: Builder) -> Option<Self> {
        let driver = Driver::of_this_run()?;
        Some(Self { app: builder.start(), driver })
    }

    /// The editor adds a record, changes one and removes one.
    pub(crate) fn edit(&self) {
        let records = revocations();
        let [changed, removed, added] = [0, 1, 12].map(|index| &records[index]);
        self.clock.advance_millis(1);
        let at = |record: &Value| format!("{SOURCE}/records/{}", record["id"].as_str().unwrap());
        let _added = self.editor().put(&at(added), &json!({"data": added})).expect(201);
        let _changed =
            self.editor().patch(&at(changed), &json!({"data": {"note": "Stays until it ends."}})).expect(200);
        let _removed = self.editor().delete(&at(removed)).expect(200);
    }

    /// The editor asks for review.
    pub(crate) fn ask(&self, comment: &str) {
        self.clock.advance_millis(1);
        let body = json!({"data": {"status": "to-review", "last_editor_comment": comment}});
        let _asked = self.editor().patch(SOURCE, &body).expect(200);
    }

    /// A browser in which nobody is signed in.
    pub(crate) fn window(&self) -> Window {
        let mut window = Window::open_browser(self.driver, self.url());
        window.set_clock(self.now().as_millis());
        window
    }

    /// A browser in which this person is signed in, on the first page.
    pub(crate) fn sign_in(&self, person: &str) -> Window {
        let window = self.window();
        window.open("/ui/sign-in");
        window.fill("Account", person);
        window.fill("Password", &password_of(person));
        window.click("Sign in");
        window.expect_path("/");
        window
    }
}

impl Deref for Stage {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

/// Real revocations, in the order of their ids.
pub(crate) fn revocations() -> Vec<Value> {
    serde_json::from_str(include_str!("../../fixtures/revocations.json")).unwrap()
}

/// What a revocation looks like.
pub(crate) fn schema() -> Value {
    serde_json::from_str(include_str!("../../fixtures/revocations-schema.json")).unwrap()
}

/// Accounts and what people are called.
const NAMES: [(&str, &str); 4] = [
    ("admin", "Jonas Weber"),
    ("editor", "Ines Okafor"),
    ("reviewer", "Mara Lindqvist"),
    ("second-editor", "Tomás Rey"),
];
/// Where `main/onecrl` is edited.
pub(crate) const SOURCE: &str = "/buckets/main-workspace/collections/onecrl";
