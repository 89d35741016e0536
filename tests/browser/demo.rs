//! The demo, as somebody new meets it: what its last lines say is tried, word for word.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use crate::{Window, driver::Driver};

/// The program itself; killed when the test ends.
struct Demo {
    child: Child,
    told: Vec<String>,
    url: String,
}

impl Demo {
    fn begin() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(["demo", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut told, mut url) = (Vec::new(), None);
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap) {
            url = line.strip_prefix("listening on ").map(str::to_owned);
            if url.is_some() {
                break;
            }
            told.push(line);
        }
        Self { child, told, url: url.expect("the demo serves") }
    }

    fn sign_in(&self, driver: &'static Driver, person: &str) -> Window {
        let window = Window::open_browser(driver, &self.url);
        let login = self.told.iter().find(|line| line.split_whitespace().next() == Some(person)).unwrap();
        window.open("/");
        window.fill("Account", person);
        window.fill("Password", login.split_whitespace().nth(1).unwrap());
        window.click("Sign in");
        window.expect_path("/");
        window
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn what_its_last_lines_say_can_be_done() {
    let Some(driver) = Driver::of_this_run() else { return };
    let demo = Demo::begin();
    let reviewer = demo.sign_in(driver, "reviewer");
    reviewer
        .expect("Waiting for me 1")
        .expect("Ines Okafor asked")
        .expect("These ten have ended and can go")
        .axe();
    reviewer.click_in("main", "Review");
    reviewer.expect("2 changed, 10 removed of 402").axe();
    reviewer.click("Approve and publish");
    reviewer.expect("Signed");

    let editor = demo.sign_in(driver, "editor");
    editor.expect("Nothing waits for you");
    editor.open("/ui/c/security-state/onecrl");
    editor.find("main tbody .row-link");
    let name = editor.text_in("main tbody .row-link");
    editor.click_in("main tbody", &name);
    editor.fill("Note", "Mine, from the demo.");
    editor.click("Save record");
    editor.expect("Work in progress");
    editor.open("/ui/c/security-state/onecrl/changes");
    editor.expect("1 changed of 392").expect("Mine, from the demo.").axe();
    editor.fill("What is this change for? Whoever reviews reads it", "To try it");
    editor.click("Request review");
    editor.expect("Waiting for Mara Lindqvist");
    reviewer.open("/");
    reviewer.expect("To try it");
}
