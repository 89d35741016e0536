//! What others may try through somebody's browser.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
};

use crate::Stage;

/// A site of somebody else, which serves one page to each who asks.
fn elsewhere(html: String) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    // Ends with the process: a browser may ask at any time.
    let _serving = std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _request = stream.read(&mut [0; 4_096]);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                html.len()
            );
            let _gone = stream.write_all(format!("{head}{html}").as_bytes());
        }
    });
    // Another site than 127.0.0.1, for browsers too.
    format!("http://localhost:{port}")
}

#[test]
fn no_other_site_can_show_a_page_in_a_frame_and_have_it_clicked() {
    let Some(stage) = Stage::begin() else { return };
    let mut window = stage.sign_in("reviewer");
    let site = elsewhere(format!("<title>Free tea</title><iframe src=\"{}/\"></iframe>", stage.url()));
    window.move_to(&site);
    window.open("/");
    window.enter_frame("iframe");
    assert!(!window.text().contains("Waiting for me"), "{}", window.text());
    window.leave_frame();
    // The browser says why it shows nothing.
    window.forget_log();
}

#[test]
fn no_other_site_can_send_a_form_in_somebodys_name() {
    let Some(stage) = Stage::begin() else { return };
    let mut window = stage.sign_in("editor");
    let site = elsewhere(format!(
        "<title>Free tea</title><form method=post action=\"{}/ui/sign-out-everywhere\"><button>Tea</button></form>",
        stage.url()
    ));
    window.move_to(&site);
    window.open("/");
    window.click("Tea");
    window.expect("nothing was changed");
    window.move_to(stage.url());
    window.open("/");
    window.expect("Ines Okafor");
}

#[test]
fn a_form_whose_session_has_ended_meanwhile_is_sent_after_the_sign_in() {
    let Some(stage) = Stage::begin() else { return };
    let (window, other) = (stage.sign_in("admin"), stage.sign_in("admin"));
    window.open("/ui/new-collection");
    window.fill("Collection", "late-rules");
    other.click("Sign out everywhere");
    other.expect("You are signed out here and everywhere else.");
    window.click_in("main", "Create collection");
    window.expect("Your session has ended.").expect("Nothing you typed is lost").axe();
    window.fill("Account", "admin");
    window.fill("Password", &crate::app::password_of("admin"));
    window.click("Sign in");
    window.expect("Nothing you typed was lost.").axe();
    window.click("What you typed");
    window.expect("late-rules");
    window.click("Send it now");
    window.expect("late-rules");
    let _made = stage.admin().get("/buckets/main-workspace/collections/late-rules").expect(200);
}

#[test]
fn an_edit_whose_session_has_ended_meanwhile_is_saved_after_the_sign_in() {
    let Some(stage) = Stage::begin() else { return };
    let (window, other) = (stage.sign_in("editor"), stage.sign_in("editor"));
    let records = crate::stage::revocations();
    let id = records[3]["id"].as_str().unwrap();
    window.open(&format!("/ui/c/main/onecrl/records/{id}"));
    window.fill("Note", "Typed while the session ended.");
    other.click("Sign out everywhere");
    other.expect("You are signed out here and everywhere else.");
    window.click("Save record");
    window.expect("Your session has ended.");
    window.fill("Account", "editor");
    window.fill("Password", &crate::app::password_of("editor"));
    window.click("Sign in");
    window.expect("Nothing you typed was lost.");
    window.click("Send it now");
    window.expect("is saved.");
    let saved = stage.editor().get(&format!("{}/records/{id}", crate::stage::SOURCE)).expect(200).data();
    assert_eq!(saved["note"], "Typed while the session ended.");
}

#[test]
fn a_page_that_was_open_across_an_upgrade_says_so_and_loses_nothing() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.sign_in("admin");
    window.open("/ui/new-collection");
    window.fill("Collection", "new-rules");
    // As the version before would have made the page.
    window.script("document.querySelectorAll('input[name=build]').forEach(e => e.value = 'another')");
    window.click_in("main", "Create collection");
    window.expect("The service was upgraded while this page was open").axe();
    let _none = stage.admin().get("/buckets/main-workspace/collections/new-rules").expect(404);
    window.click("Send it now");
    window.expect("new-rules");
    let _made = stage.admin().get("/buckets/main-workspace/collections/new-rules").expect(200);
}
