//! People, keys and history, as an administrator and as somebody else.

use crate::Stage;

#[test]
fn somebody_is_invited_chooses_a_password_and_is_disabled() {
    let Some(stage) = Stage::begin() else { return };
    let admin = stage.sign_in("admin");
    admin.open("/ui/people");
    admin.expect("Jonas Weber").expect("Mara Lindqvist").axe_in_every_look();
    admin.click("Create an account");
    admin.expect("Leave it empty").axe_in_every_look();
    admin.fill("Account", "no name");
    admin.click("Create the account");
    admin.expect("a letter or digit at the beginning").axe();
    assert_eq!(admin.value("Account"), "no name");
    admin.fill("Account", "nadia");
    admin.fill("Name", "Nadia Haddad");
    admin.click("Create the account");
    admin.expect("Nobody can see this link again").axe_in_every_look();
    let link = admin.text_in(".once-link");

    let nadia = stage.window();
    let (_, path) = link.split_once("/ui/").unwrap();
    nadia.open(&format!("/ui/{path}"));
    nadia.expect("Welcome, Nadia Haddad").axe_in_every_look();
    nadia.fill("New password", "short");
    nadia.click("Set the password");
    nadia.expect("at least ten characters");
    nadia.fill("New password", "a few words of hers");
    nadia.click("Set the password");
    nadia.expect("Your password is set").click("Nadia Haddad");
    nadia.expect("My account").expect("this browser").axe_in_every_look();

    admin.open("/ui/people/nadia");
    admin.click("Disable the account");
    admin.expect("nadia can sign in no more").expect("Enable the account").axe_in_every_look();
    nadia.open("/ui/people/nadia");
    nadia.expect_path("/ui/sign-in?next=%2Fui%2Fpeople%2Fnadia");
    nadia.fill("Account", "nadia");
    nadia.fill("Password", "a few words of hers");
    nadia.click("Sign in");
    nadia.expect("Account and password do not fit together");
}

#[test]
fn somebody_changes_the_own_password_and_stays_signed_in_here_alone() {
    let Some(stage) = Stage::begin() else { return };
    let (here, elsewhere) = (stage.sign_in("editor"), stage.sign_in("editor"));
    here.click("Ines Okafor");
    here.expect("My account").fill("Current password", "not this one");
    here.fill("New password", "a few words of hers");
    here.click("Change the password");
    here.expect("This is not your current password.").axe_in_every_look();
    here.fill("Current password", &crate::app::password_of("editor"));
    here.fill("New password", "a few words of hers");
    here.click("Change the password");
    here.expect("Your password is changed.").expect("this browser");
    elsewhere.open("/ui/people/editor");
    elsewhere.expect_path("/ui/sign-in?next=%2Fui%2Fpeople%2Feditor");
}

#[test]
fn a_group_is_made_and_filled() {
    let Some(stage) = Stage::begin() else { return };
    let admin = stage.sign_in("admin");
    admin.open("/ui/people");
    admin.click("Make another group");
    admin.fill("Name", "helpers");
    admin.click("Make the group");
    admin.expect("Nobody is in this group.").axe_in_every_look();
    admin.fill("Add somebody", "second-editor");
    admin.click("Add");
    admin.expect("second-editor is in the group now.").expect("Take out").axe_in_every_look();
    admin.click("Take out");
    admin.expect("They are in the group no more.");
}

#[test]
fn keys_say_how_long_they_live() {
    let Some(stage) = Stage::begin() else { return };
    let editor = stage.sign_in("editor");
    editor.open("/ui/keys");
    editor.expect("All is well.").expect("Root’s fingerprint").axe_in_every_look();
    editor.click("Public key of the leaf");
    editor.expect("BEGIN PUBLIC KEY");
    assert_eq!(editor.count(".lives-bar.leaf"), 1);
}

#[test]
fn the_history_is_narrowed_and_an_entry_opened() {
    let Some(stage) = Stage::begin() else { return };
    stage.edit();
    stage.ask("Please look");
    let editor = stage.sign_in("editor");
    editor.open("/ui/history");
    editor
        .expect("Ines Okafor asked for review of main/onecrl")
        .expect("made 12 records")
        .axe_in_every_look();
    editor.choose("What was done", "Deleted");
    editor.click("Show");
    editor.expect("Ines Okafor deleted record");
    editor.click_in(".deeds", "Show");
    editor.expect("What changed").expect("All that happened to it").axe_in_every_look();
}
