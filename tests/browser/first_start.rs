//! The first administrator, by the link that the console printed.

use countersign::workflow::{Actor, first_start, sessions::Token};

use crate::{Stage, app::TestApp};

#[test]
fn the_link_makes_the_administrator_and_leads_to_the_first_steps() {
    let Some(stage) = Stage::begin_with(TestApp::builder().people(&[])) else { return };
    let token = Token::new(&*stage.services.random).unwrap();
    assert!(stage.services.write(&Actor::plugin(), |scope| first_start::make_link(scope, &token)).unwrap());
    let window = stage.window();
    window.open(&format!("/ui/first-start?token={}", token.to_text()));
    window.expect("Create the administrator").axe_in_every_look();
    window.fill("Your name", "Jonas Weber");
    window.fill("Password", "short");
    window.click("Create the administrator");
    assert_eq!(window.value("Your name"), "Jonas Weber");
    window.expect("ten characters");
    window.fill("Password", "a few words of mine");
    window.click("Create the administrator");
    window.expect("First steps").expect("Jonas Weber").expect("administrator").axe_in_every_look();
}
