//! What is read, and what is refused with which words.

use std::path::Path;

use super::{Config, ConfigError, DEFAULT_ADMINISTRATOR, DEFAULT_RESOURCE, DEFAULT_SIGNER, Environment};
use crate::{
    types::CollectionPath,
    workflow::{ImpactAction, Review},
};

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Some((Path::new("countersign.toml"), text)), &Environment::default())
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

fn with_variable(name: &str, value: &str) -> Result<Config, ConfigError> {
    Config::parse(None, &Environment::from([(name, value)]))
}

#[test]
fn the_file_that_init_writes_says_the_defaults() {
    let text = super::template(DEFAULT_ADMINISTRATOR, DEFAULT_SIGNER, &[DEFAULT_RESOURCE]);
    let defaults = Config::load(None, &Environment::default()).unwrap();
    assert_eq!(parse(&text).unwrap(), defaults);
    for setting in super::SETTINGS {
        let key = setting.rsplit('.').next().unwrap();
        let written = text
            .lines()
            .any(|line| line.trim_start_matches("# ").split_once(" = ").is_some_and(|(name, _)| name == key));
        assert!(written, "{setting} is explained");
    }
    // What is commented out is good too once it is not.
    let all: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") || rest.starts_with('[') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let all = all.replacen("[review.\"main-workspace/logs\"]", "[review.\"main-workspace/logs\"]\n", 1);
    assert_ne!(parse(&all).unwrap(), defaults);
}

#[test]
fn the_default_resource_is_bucket_wide() {
    let config = Config::load(None, &Environment::default()).unwrap();
    let lines: Vec<_> = config.resources.iter().collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].destination.bucket.as_str(), "main");
    assert!(config.resources.role(&CollectionPath::parse("main-workspace/any").unwrap()).is_some());
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = Some((Path::new("f"), "[server]\nname = \"File\"\n[limits]\nbody = \"2 MiB\"\n"));
    let environment = Environment::from([
        ("COUNTERSIGN_SERVER_NAME", "Environment"),
        ("COUNTERSIGN_LIMITS_DEPTH", "32"),
        ("COUNTERSIGN_SIGNER_RESOURCES", "a -> b, c/d -> e/f -> g/h"),
        ("COUNTERSIGN_REVIEW_IMPACT_OVER", "block"),
        ("COUNTERSIGN_PASSWORD", "not a setting"),
        ("UNRELATED", "x"),
    ]);
    let config = Config::parse(file, &environment).unwrap();
    assert_eq!(config.name, "Environment");
    assert_eq!((config.limits.body, config.limits.depth), (2 << 20, 32));
    assert_eq!(config.resources.iter().count(), 2);
    assert_eq!(config.review.impact.over, ImpactAction::Block);
}

#[test]
fn review_can_be_off_for_a_bucket_or_a_collection() {
    let config = parse(
        "[signer]\nresources = [\"main-workspace -> main\", \"other -> there\"]\n[review.\"main-workspace/logs\"]\nenabled = false\n[review.\"/buckets/other\"]\nenabled = false\n",
    );
    let review = config.unwrap().review;
    assert_eq!(review.default, Review::On);
    assert_eq!(review.exceptions.get("main-workspace/logs"), Some(&Review::Off));
    assert_eq!(review.exceptions.get("other"), Some(&Review::Off));
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_one() {
    for (text, message) in [
        (
            "[signer]\nleaf_day = 3\n",
            "countersign.toml, line 2: signer.leaf_day is not a setting. Did you mean signer.leaf_days?",
        ),
        (
            "\n[sever]\nlisten = \"x\"\n",
            "countersign.toml, line 2: sever is not a setting. Did you mean server.listen?",
        ),
        (
            "[review.\"a/b\"]\nenable = true\n",
            "countersign.toml, line 2: review.\"a/b\".enable is not a setting. \
             Did you mean review.\"bucket/collection\".enabled?",
        ),
        (
            "[completely_other]\n",
            "countersign.toml, line 1: completely_other is not a setting. \
             docs/configuration.md lists all settings.",
        ),
    ] {
        assert_eq!(refusal(text), message);
    }
    assert_eq!(
        with_variable("COUNTERSIGN_SERVER_LISTN", "x").unwrap_err().to_string(),
        "environment variable COUNTERSIGN_SERVER_LISTN: server.listn is not a setting. \
         Did you mean server.listen?"
    );
}

#[test]
fn a_variable_of_a_section_that_is_not_there_is_refused_as_in_the_file() {
    for (variable, message) in [
        (
            "COUNTERSIGN_FOO_BAR",
            "environment variable COUNTERSIGN_FOO_BAR: foo.bar is not a setting. \
             docs/configuration.md lists all settings.",
        ),
        (
            "COUNTERSIGN_SEVER_LISTEN",
            "environment variable COUNTERSIGN_SEVER_LISTEN: sever.listen is not a setting. \
             Did you mean server.listen?",
        ),
        (
            "COUNTERSIGN_PORT",
            "environment variable COUNTERSIGN_PORT: port is not a setting. \
             docs/configuration.md lists all settings.",
        ),
    ] {
        assert_eq!(with_variable(variable, "9000").unwrap_err().to_string(), message);
    }
    for (variable, value) in [
        ("COUNTERSIGN_LOG", "debug"),
        ("COUNTERSIGN_LOG_FORMAT", "json"),
        ("COUNTERSIGN_PASSWORD", "x"),
        ("COUNTERSIGN_PORT", "tcp://10.0.0.1:8888"),
        ("COUNTERSIGN_PORT_8888_TCP_ADDR", "10.0.0.1"),
        ("COUNTERSIGN_SERVICE_HOST", "10.0.0.1"),
        ("COUNTERSIGN_SERVICE_PORT_HTTP", "8888"),
    ] {
        assert!(with_variable(variable, value).is_ok(), "{variable}");
    }
}

#[test]
fn a_wrong_value_is_refused_with_its_line_and_what_to_write() {
    for (text, message) in [
        (
            "[limits]\nbody = \"10 MBytes\"\n",
            "line 2: limits.body is no size. Write a number of bytes, or one with KiB, MiB or GiB, as in \"10 MiB\"",
        ),
        ("[limits]\nbody = \"3 B\"\n", "line 2: limits.body is 3; it can be from 1 KiB to 1 GiB"),
        ("[limits]\nbatch = -1\n", "line 2: limits.batch is -1; it can be from 1 to 1000"),
        ("[limits]\nbatch = \"many\"\n", "line 2: limits.batch must be a whole number"),
        (
            "[server]\nlisten = \"localhost\"\n",
            "line 2: server.listen is no address. Write ADDRESS:PORT, as in \"127.0.0.1:8888\", \
             or \"[::]:8888\" for all interfaces",
        ),
        (
            "[server]\npublic_url = \"https://a.example/v1\"\n",
            "line 2: server.public_url is no address of a server. Write scheme, host and port only, \
             as in \"https://settings.example.org\"",
        ),
        (
            "[signer]\nname = \"*.example.org\"\n",
            "line 2: signer.name is no DNS name. Write a name such as \"countersign.localhost\": \
             letters, digits, dots and dashes",
        ),
        (
            "[signer.local]\nkey_file = \"k.pem\"\n",
            "line 2: signer.local.key_file needs signer.local.chain_file beside it: \
             another authority's key is of use with its chain only",
        ),
        ("[review]\nenabled = \"yes\"\n", "line 2: review.enabled must be true or false"),
        (
            "[review.impact]\nover = \"shout\"\n",
            "line 2: review.impact.over can be \"block\" or \"warn\" only",
        ),
        (
            "[review.\"main-workspce/logs\"]\nenabled = true\n",
            "line 2: review.\"main-workspce/logs\" names no source: \
             signer.resources publishes nothing from there",
        ),
        (
            "[review.\"a b\"]\nenabled = true\n",
            "line 2: review.\"a b\" names \"a b\", which is neither a bucket nor bucket/collection",
        ),
        (
            "[accounts]\nadministrators = [\"a b\"]\n",
            "line 2: accounts.administrators names \"a b\", which is no account name. \
             Names have letters, digits, and - _ + . @ inside",
        ),
        (
            "[accounts]\nadministrators = \"admin\"\n",
            "line 2: accounts.administrators must be a list of texts, as in [\"one\", \"two\"]",
        ),
        ("server = 3\n", "line 1: server must be a section: write it as [name], with its settings below"),
    ] {
        assert_eq!(refusal(text), format!("countersign.toml, {message}"));
    }
    let message = refusal("[signer]\nresources = [\"main\"]\n");
    assert!(message.starts_with("countersign.toml, line 2: signer.resources is refused. "), "{message}");
    assert!(refusal("[server\n").starts_with("countersign.toml, line 1: this is not TOML: "));
}

#[test]
fn sizes_are_read_as_people_write_them() {
    for (written, bytes) in [
        ("\"1 KiB\"", 1 << 10),
        ("\"2mib\"", 2 << 20),
        ("4096", 4096),
        ("\"4096\"", 4096),
        ("\"5000 B\"", 5000),
    ] {
        assert_eq!(parse(&format!("[limits]\nbody = {written}\n")).unwrap().limits.body, bytes, "{written}");
    }
}
