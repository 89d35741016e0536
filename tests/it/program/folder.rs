//! `init`, `serve`, `account`, `keys`: what is made, who may read it, and that nothing is overwritten.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Http, PASSWORD, Ran, Served, command, run, run_as_somebody, serve};

#[test]
fn init_makes_a_folder_that_is_its_owners_alone_and_overwrites_nothing() {
    let (_folder, data) = fresh();
    let text = run(["init", "--data", &data]).good();
    assert!(text.contains(&format!("countersign serve --data {data}")), "{text}");
    assert!(text.contains("countersign account add admin"), "{text}");
    let files = files(Path::new(&data));
    for name in
        ["countersign.db", "countersign.toml", "keys/intermediate.pem", "keys/leaf.pem", "keys/root.pem"]
    {
        assert!(files.contains_key(Path::new(name)), "{name} is in {:?}", files.keys());
    }
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(format!("{data}/keys")), 0o700);
    for name in files.keys() {
        assert_eq!(mode(Path::new(&data).join(name)), 0o600, "{}", name.display());
    }

    let again = run(["init", "--data", &data]);
    again.failed(1, "is made already");
    assert_eq!(self::files(Path::new(&data)), files);
}

#[test]
fn the_administrators_password_is_shown_once_and_signs_in() {
    let (_folder, data) = fresh();
    let ran = run(["init", "--data", &data, "--admin", "alice", "--signer-name", "settings.example.org"]);
    let password = ran.err.trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(ran.err, format!("Password of alice, shown this once: {password}\n"));
    assert_eq!(password.len(), 24);
    let out = ran.good();
    assert!(!out.contains(&password), "not on standard output");
    let written = fs::read_to_string(format!("{data}/countersign.toml")).unwrap();
    assert!(written.contains("administrators = [\"alice\"]\n"), "{written}");
    assert!(written.contains("name = \"settings.example.org\"\n"), "{written}");

    let served = serve(Path::new(&data));
    let (status, answer) = Http::with_password(&served.url, "alice", &password).send("GET", "/", None);
    assert_eq!((status, &answer["user"]["id"]), (200, &json!("account:alice")));
    let bucket = Http::with_password(&served.url, "alice", &password).get("/buckets/main-workspace");
    assert_eq!(bucket["permissions"], json!({"write": ["account:alice"]}));
}

#[test]
fn a_password_comes_from_standard_input_or_the_environment_and_from_no_argument() {
    let (_folder, data) = fresh();
    let mut init = command(["init", "--data", &data, "--admin", "admin", "--password-stdin"]);
    let ran = Ran::with_input(&mut init, "from standard input\n");
    assert_eq!(ran.err, "", "it is not shown");
    ran.good();
    run_as_somebody(["account", "add", "bob", "--data", &data]).good();
    run(["account", "add", "carol", "--data", &data]).failed(2, "a password is needed");
    let empty =
        Ran::with_input(&mut command(["account", "add", "carol", "--data", &data, "--password-stdin"]), "\n");
    empty.failed(2, "standard input holds no password");
    run(["account", "add", "carol", "--password", "x", "--data", &data]).failed(2, "unexpected argument");

    let served = serve(Path::new(&data));
    for (name, password, status) in [
        ("admin", "from standard input", 200),
        ("bob", PASSWORD, 200),
        ("bob", "another", 401),
        ("carol", PASSWORD, 401),
    ] {
        let path = format!("/accounts/{name}");
        let answer = Http::with_password(&served.url, name, password).send("GET", &path, None);
        assert_eq!(answer.0, status, "{name}: {}", answer.1);
    }
}

#[test]
fn accounts_are_kept_beside_a_running_service() {
    let (_folder, data) = fresh();
    run_as_somebody(["init", "--data", &data, "--admin", "admin"]).good();
    let served = serve(Path::new(&data));
    let status = |password: &str| {
        Http::with_password(&served.url, "bob", password).send("GET", "/accounts/bob", None).0
    };
    assert_eq!(status(PASSWORD), 401);
    run_as_somebody(["account", "add", "bob", "--data", &data]).good();
    assert_eq!(status(PASSWORD), 200);
    run_as_somebody(["account", "add", "bob", "--data", &data]).failed(1, "there is an account bob already");

    let mut passwd = command(["account", "passwd", "bob", "--data", &data]);
    Ran::of(passwd.env("COUNTERSIGN_PASSWORD", "another one")).good();
    assert_eq!((status(PASSWORD), status("another one")), (401, 200));
    run(["account", "disable", "bob", "--data", &data]).good();
    assert_eq!(status("another one"), 401);
    run(["account", "enable", "bob", "--data", &data]).good();
    assert_eq!(status("another one"), 200);
    run(["account", "disable", "bob", "--data", &data]).good();
    run(["account", "disable", "nobody", "--data", &data]).failed(1, "there is no account nobody");
    run(["account", "disable", "admin", "--data", &data])
        .failed(1, "admin is the last administrator who can sign in");

    let list = run(["account", "list", "--json", "--data", &data]).json();
    let names: Vec<_> = list["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["name"].clone(), line["active"].clone(), line["administrator"].clone()))
        .collect();
    assert_eq!(
        names,
        [(json!("admin"), json!(true), json!(true)), (json!("bob"), json!(false), json!(false))]
    );
    assert_eq!(run(["account", "list", "--data", &data]).good(), "admin  administrator\nbob  disabled\n");
}

#[test]
fn serve_makes_an_empty_folder_ready_and_ends_with_0_on_sigterm() {
    let (_folder, data) = fresh();
    let served = serve(Path::new(&data));
    let (status, root) = Http::new(&served.url, None).send("GET", "/", None);
    assert_eq!((status, &root["url"]), (200, &json!(format!("{}/v1/", served.url))));
    assert_eq!(served.stop(), 0);
    // Again, on what it made.
    let served = serve(Path::new(&data));
    assert_eq!(served.stop(), 0);
}

#[test]
fn one_service_at_a_time_serves_a_folder() {
    let (_folder, data) = fresh();
    let served = serve(Path::new(&data));
    run(["serve", "--listen", "127.0.0.1:0", "--data", &data])
        .failed(1, "another `countersign serve` serves");
    assert_eq!(served.stop(), 0);
    assert_eq!(serve(Path::new(&data)).stop(), 0);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (_folder, data) = fresh();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = run(["serve", "--listen", &address, "--data", &data]);
    ran.failed(1, &format!("cannot listen on {address}"));
    ran.failed(1, "--listen ADDR:PORT");
}

#[test]
fn nothing_starts_on_what_others_can_read() {
    for (name, open, private) in [
        ("", 0o755, 0o700),
        ("countersign.db", 0o644, 0o600),
        ("keys", 0o750, 0o700),
        ("keys/leaf.pem", 0o604, 0o600),
        ("keys/intermediate.pem", 0o640, 0o600),
    ] {
        let (_folder, data) = fresh();
        run(["init", "--data", &data]).good();
        let path = Path::new(&data).join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let ran = run(["serve", "--listen", "127.0.0.1:0", "--data", &data]);
        ran.failed(1, "can be read by others");
        assert!(ran.err.contains(&format!("do: chmod {private:04o} ")), "{name}: {}", ran.err);
        run(["doctor", "--data", &data]).failed(1, "trouble");
        assert_eq!(mode(&path), open, "the program leaves it to the operator");
    }
}

#[test]
fn a_database_without_its_keys_gets_no_new_ones() {
    let (_folder, data) = fresh();
    run(["init", "--data", &data]).good();
    fs::rename(format!("{data}/keys"), format!("{data}-keys")).unwrap();
    let ran = run(["serve", "--listen", "127.0.0.1:0", "--data", &data]);
    ran.failed(1, "has a database and no keys");
    run(["init", "--data", &data]).failed(1, "has a database and no keys");
    assert!(!Path::new(&data).join("keys").exists());
}

#[test]
fn another_configuration_is_taken_as_it_is() {
    let (folder, data) = fresh();
    let file = folder.path().join("mine.toml");
    fs::write(&file, "[server]\nname = \"Mine\"\npublic_url = \"https://mine.example\"\n").unwrap();
    let served = Served::start(&mut command([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        &data,
        "--config",
        file.to_str().unwrap(),
    ]));
    let root = Http::new(&served.url, None).get("/");
    assert_eq!((&root["project_name"], &root["url"]), (&json!("Mine"), &json!("https://mine.example/v1/")));
    assert!(!Path::new(&data).join("countersign.toml").exists());
    assert!(Path::new(&data).join("keys/leaf.pem").exists());
    assert_eq!(served.stop(), 0);
}

#[test]
fn a_wrong_configuration_is_named_with_its_line_and_nothing_starts() {
    let (_folder, data) = fresh();
    run(["init", "--data", &data]).good();
    let file = format!("{data}/countersign.toml");
    let text = fs::read_to_string(&file).unwrap().replace("leaf_days", "leaf_day");
    fs::write(&file, &text).unwrap();
    let line = 1 + text.lines().position(|line| line.starts_with("leaf_day ")).unwrap();
    let message =
        format!("{file}, line {line}: signer.leaf_day is not a setting. Did you mean signer.leaf_days?");
    for arguments in
        [vec!["serve", "--listen", "127.0.0.1:0", "--data", &data], vec!["account", "list", "--data", &data]]
    {
        run(arguments).failed(1, &message);
    }
    fs::remove_file(&file).unwrap();
    let mut with_variable = command(["serve", "--data", &data]);
    Ran::of(with_variable.env("COUNTERSIGN_LIMITS_BODY", "much"))
        .failed(1, "environment variable COUNTERSIGN_LIMITS_BODY: limits.body is no size");
}

#[test]
fn keys_can_be_issued_under_an_authority_of_ones_own() {
    let (folder, data) = fresh();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gecko-local");
    let chain = folder.path().join("chain.pem");
    let text = ["inter.pem", "root.pem"].map(|name| fs::read_to_string(fixtures.join(name)).unwrap());
    fs::write(&chain, text.concat()).unwrap();
    let key = fixtures.join("inter.key.pem");
    let with_name = |name: &str| {
        let (key, chain) = (key.to_str().unwrap(), chain.to_str().unwrap());
        run([
            "keys",
            "init",
            "--data",
            &data,
            "--signer-name",
            name,
            "--issuer-key",
            key,
            "--issuer-chain",
            chain,
        ])
    };
    // The intermediate may not vouch for this name; nothing is left of the attempt.
    with_name("settings.example.org").failed(1, "clients would refuse the chain");
    assert!(!Path::new(&data).join("keys/leaf.pem").exists());
    fs::remove_file(format!("{data}/countersign.toml")).unwrap();

    let name = "remote-settings.content-signature.mozilla.org";
    with_name(name).good();
    with_name(name).failed(1, "keys are never overwritten");
    let inspected = run(["keys", "inspect", "--json", "--data", &data]).json();
    assert_eq!(
        inspected["root"],
        json!("5e36f214de823f8b29968923 5f0341acafa075af82cb4cd4307c3db343392afe".replace(' ', ""))
    );
    assert_eq!(inspected["root_key_here"], json!(false));
    let roles: Vec<&Value> =
        inspected["chain"].as_array().unwrap().iter().map(|certificate| &certificate["role"]).collect();
    assert_eq!(roles, ["leaf", "intermediate", "root"]);
    assert_eq!(serve(Path::new(&data)).stop(), 0);
}

#[test]
fn a_signer_name_that_is_none_leaves_nothing_behind() {
    let (_folder, data) = fresh();
    run(["init", "--data", &data, "--signer-name", "no name"]).failed(1, "--signer-name \"no name\": ");
    assert!(!Path::new(&data).exists());
    run(["init", "--data", &data, "--signer-name", "settings.example.org"]).good();
}

#[test]
fn the_root_of_a_key_that_was_brought_is_the_one_that_clients_are_to_pin() {
    let (folder, data) = fresh();
    run(["init", "--data", &data]).good();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gecko-local");
    let chain = folder.path().join("chain.pem");
    let text = ["inter.pem", "root.pem"].map(|name| fs::read_to_string(fixtures.join(name)).unwrap());
    fs::write(&chain, text.concat()).unwrap();
    let configuration = format!("{data}/countersign.toml");
    let mut text = fs::read_to_string(&configuration).unwrap();
    text += &["\n[signer.local]\nkey_file = \"none\"\nchain_file = ", &format!("{chain:?}"), "\n"].concat();
    fs::write(&configuration, text).unwrap();
    let inspected = run(["keys", "inspect", "--json", "--data", &data]).json();
    let root = "5e36f214de823f8b299689235f0341acafa075af82cb4cd4307c3db343392afe";
    assert_eq!(inspected["root"], json!(root));
    assert_eq!(inspected["root_key_here"], json!(false));
}

/// A folder that goes with the test, and where in it the data folder is to be.
fn fresh() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data").to_str().unwrap().to_owned();
    (folder, data)
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// All files below a folder, with their bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), bytes);
            }
        }
    }
    files
}
