//! Any text as a statement.

#![no_main]

use countersign::signing::Statement;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(statement) = Statement::parse(text) {
        assert!(text.len() <= Statement::MAX_LENGTH && text.is_ascii());
        assert!(statement.version >= 1);
        assert_eq!(Statement::parse(&statement.to_text()), Ok(statement));
    }
});
