//! Pages that say what is wrong.

use crate::Stage;

#[test]
fn a_page_that_is_not_there_says_so_in_the_frame() {
    let Some(stage) = Stage::begin() else { return };
    let window = stage.sign_in("editor");
    window.open("/ui/no-such-page");
    window.expect("Home").axe_in_every_look();
    window.click_in("main", "Go to the start");
    window.expect("Waiting for me");
}
