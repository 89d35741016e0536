//! Style sheets and scripts, who owns which address, and how pages are packed.

use std::io::Read as _;

use crate::app::{Response, TestApp};

#[test]
fn every_file_that_a_page_names_is_there_for_ever() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let mut pages = vec![browser.get("/").text(), browser.get("/ui/sign-in").text()];
    pages.push(app.browser().get("/ui/sign-in").text());
    let mut seen = 0;
    for page in pages {
        for path in assets(&page) {
            let answer = browser.get(&path).expect(200);
            assert_eq!(answer.header("Cache-Control"), Some("public, max-age=31536000, immutable"), "{path}");
            assert!(!answer.body.is_empty());
            seen += 1;
        }
    }
    assert!(seen >= 9, "{seen}");
}

#[test]
fn scripts_name_their_neighbours_below_the_same_digest() {
    let app = TestApp::start();
    let browser = app.browser();
    let page = browser.get("/ui/sign-in").text();
    let base = assets(&page).into_iter().find(|path| path.ends_with("js/base.js")).unwrap();
    let script = browser.get(&base).expect(200);
    assert_eq!(script.header("Content-Type"), Some("text/javascript; charset=utf-8"));
    let folder = base.strip_suffix("base.js").unwrap();
    let text = script.text();
    let imports: Vec<&str> =
        text.split("import \"./").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(imports.len() >= 5, "{imports:?}");
    for import in imports {
        let _script = browser.get(&format!("{folder}{import}")).expect(200);
    }
}

#[test]
fn files_of_another_version_are_not_confused_with_ours() {
    let app = TestApp::start();
    let browser = app.browser();
    for path in
        ["/assets/0123456789abcdef/style.css", "/assets/style.css", "/assets/", "/assets/../Cargo.toml"]
    {
        let answer = browser.get(path).expect(404);
        assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{path}");
    }
}

/// All sheets come as one: a name that two pages give something looks wrong on one of them.
#[test]
fn no_two_sheets_lay_out_the_same_name() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/css");
    let shared = ["frame.css", "parts.css", "tokens.css"];
    let mut owners = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if shared.contains(&name.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for selector in
            text.lines().filter_map(|line| line.split_once(" {")).map(|(selector, _)| selector.trim())
        {
            let is_name = selector
                .strip_prefix('.')
                .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
            if is_name {
                let owner = owners.entry(selector.to_owned()).or_insert_with(|| name.clone());
                assert_eq!(*owner, name, "{selector}");
            }
        }
    }
    assert!(owners.len() > 100);
}

#[test]
fn pages_and_files_are_packed_for_who_can_unpack() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    for path in ["/", "/ui/sign-in", &assets(&browser.get("/").text())[1]] {
        let plain = browser.get(path).expect(200);
        assert_eq!(plain.header("Content-Encoding"), None);
        let packed =
            browser.send(browser.request("GET", path).header("Accept-Encoding", "br, gzip")).expect(200);
        assert_eq!(packed.header("Content-Encoding"), Some("gzip"), "{path}");
        assert!(packed.header("Vary").unwrap().contains("Accept-Encoding"));
        assert!(packed.body.len() < plain.body.len() / 2, "{path}");
        assert!(unpack(&packed).starts_with(&plain.text()[..15]), "{path}");
        let refused = browser.request("GET", path).header("Accept-Encoding", "gzip;q=0");
        assert_eq!(browser.send(refused).header("Content-Encoding"), None);
    }
}

#[test]
fn a_page_weighs_little() {
    let app = TestApp::start();
    let browser = app.browser_of("editor");
    let page = browser.get("/").expect(200).text();
    let packed = |path: &str| {
        let answer = browser.send(browser.request("GET", path).header("Accept-Encoding", "gzip"));
        answer.expect(200).body.len()
    };
    let files: usize = assets(&page).iter().map(|path| packed(path)).sum();
    let all = files + packed("/");
    assert!(all < 30_000, "{all}");
}

#[test]
fn the_start_is_a_page_for_browsers_and_leads_to_the_protocol_for_all_others() {
    let app = TestApp::start();
    let browser = app.browser();
    assert_eq!(browser.get("/").expect(303).header("Location"), Some("/ui/sign-in"));
    for accept in ["application/json", "*/*", ""] {
        let answer = browser.send(browser.request("GET", "/").header("Accept", accept)).expect(307);
        assert_eq!(answer.header("Location"), Some(&*format!("{}/v1/", app.url())), "{accept}");
    }
    let answer = browser.get("/buckets").expect(307);
    assert_eq!(answer.header("Location"), Some(&*format!("{}/v1/buckets", app.url())));
}

/// Every address below `/assets/` in a page.
fn assets(page: &str) -> Vec<String> {
    page.split("\"/assets/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|rest| format!("/assets/{rest}"))
        .collect()
}

fn unpack(response: &Response) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(response.body.as_slice()).read_to_string(&mut text).unwrap();
    text
}
