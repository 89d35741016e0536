//! A page in light, in dark and on a phone, and what an accessibility checker has against it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::window::Window;

/// How a page is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Look {
    /// 1280 × 800, dark.
    Dark,
    /// 1280 × 800, light.
    Light,
    /// 390 × 844, light.
    Phone,
}

impl Window {
    /// Size and colours.
    pub(crate) fn look(&self, look: Look) {
        let (width, height, scheme, mobile) = match look {
            Look::Dark => (1_280, 800, "dark", false),
            Look::Light => (1_280, 800, "light", false),
            Look::Phone => (390, 844, "light", true),
        };
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile});
        self.tell("Emulation.setDeviceMetricsOverride", size);
        let scheme = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.tell("Emulation.setEmulatedMedia", scheme);
    }

    /// What the accessibility checker has against the page, in this look: nothing serious.
    #[track_caller]
    pub(crate) fn axe(&self) {
        let found = self.faults();
        assert!(found.is_empty(), "{}: {found}", self.path());
    }

    /// What is seriously wrong with the page, in this look.
    pub(crate) fn faults(&self) -> String {
        self.run_axe(&json!({"rules": {"target-size": {"enabled": true}}}))
    }

    /// As [`Window::axe`], in light, dark and on a phone.
    #[track_caller]
    pub(crate) fn axe_in_every_look(&self) {
        let found = self.faults_in_every_look();
        assert!(found.is_empty(), "{}: {found}", self.path());
    }

    /// What is wrong with the page in light, dark and on a phone. Dark differs in its colours alone.
    pub(crate) fn faults_in_every_look(&self) -> String {
        self.look(Look::Dark);
        let mut found = self.run_axe(&json!({"runOnly": ["color-contrast"]}));
        self.look(Look::Phone);
        // The colours are those of light, and take longest.
        let phone = self.run_axe(&json!({"rules": {
            "color-contrast": {"enabled": false},
            "target-size": {"enabled": true},
        }}));
        let wider =
            self.script("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        if wider != 0 {
            let _ = writeln!(found, "{wider} pixels wider than the phone");
        }
        self.look(Look::Light);
        let light = self.faults();
        found.push_str(&light);
        if !light.contains(&phone) {
            found.push_str(&phone);
        }
        found
    }

    #[track_caller]
    fn run_axe(&self, options: &Value) -> String {
        if self.script("return typeof axe") != "object" {
            self.script(&self.driver.axe());
        }
        let run = "const [options, done] = arguments; \
             axe.run(document, {resultTypes: ['violations'], ...options}).then(r => done(r.violations), e => done(String(e)))";
        let found = vec![options.clone()];
        let found = self.wait(async { Ok(self.browser().execute_async(run, found).await?.json().clone()) });
        let found = found.as_array().unwrap_or_else(|| panic!("axe-core: {found}"));
        let mut shown = String::new();
        for violation in
            found.iter().filter(|found| matches!(found["impact"].as_str(), Some("serious" | "critical")))
        {
            let _ = writeln!(shown, "{}: {}", violation["id"], violation["help"]);
            for node in violation["nodes"].as_array().unwrap().iter().take(5) {
                let _ = writeln!(shown, "  {} {}", node["html"], node["failureSummary"]);
            }
        }
        shown
    }
}
