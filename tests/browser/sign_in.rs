//! Signing in, signing out, and what happens where a session has ended.

use crate::{Stage, app::password_of};

#[test]
fn a_wrong_password_says_so_and_the_right_one_leads_home() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.window();
    window.open("/ui");
    window.expect_path("/ui/sign-in");
    window.axe_in_every_look();
    window.fill("Account", "editor");
    window.fill("Password", "not it");
    window.click("Sign in");
    window.expect("Account and password do not fit together").axe();
    assert_eq!((window.value("Account").as_str(), window.value("Password").as_str()), ("editor", ""));
    window.fill("Password", &password_of("editor"));
    window.click("Sign in");
    window.expect("Ines Okafor");
    window.expect_path("/");
    window.click("Sign out");
    window.expect("You are signed out.");
    window.back();
    window.reload();
    window.expect("Sign in to edit and review");
}

#[test]
fn the_sign_in_works_without_scripts_and_by_keyboard_alone() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.window();
    window.without_scripts();
    window.open("/ui/sign-in");
    window.tab_to("Account");
    window.press("reviewer");
    window.tab_to("Password");
    window.press(password_of("reviewer"));
    window.tab_to("Sign in");
    window.press(thirtyfour::Key::Enter);
    window.expect("Mara Lindqvist");
    window.tab_to("Skip to the page");
}

#[test]
fn a_cookie_that_was_stolen_is_worth_nothing_after_the_sign_out() {
    let Some(stage) = Stage::begin() else { return };
    let owner = stage.sign_in("editor");
    let cookie = owner.cookies().into_iter().find(|cookie| cookie.name.contains("countersign")).unwrap();
    let thief = stage.window();
    thief.open("/ui/sign-in");
    thief.plant(cookie);
    thief.open("/");
    thief.expect("Ines Okafor");
    owner.click("Sign out everywhere");
    owner.expect("You are signed out here and everywhere else.");
    thief.reload();
    thief.expect("Sign in to edit and review").expect_no("Ines Okafor");
}
