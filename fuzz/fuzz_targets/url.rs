//! Any text as a URL, and as a reference to one.

#![no_main]

use countersign::client::Url;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let base = Url::parse("https://host.example:8443/v1/a/b?c").unwrap();
    for url in [Url::parse(text), base.join(text)].into_iter().flatten() {
        let written = url.to_string();
        assert!(written.is_ascii() && !written.contains(['#', '\\', ' ']) && !url.host().contains('@'));
        assert_eq!(Url::parse(&written), Ok(url.clone()));
        assert!(url.path().starts_with('/') && !url.path().contains("/../"));
    }
});
