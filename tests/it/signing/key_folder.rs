//! The folder of keys on disk: modes, interruptions, renewal, and that nothing is overwritten.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::Path,
    sync::Arc,
};

use countersign::{
    signing::{
        AuthorityError, Certificate, ChainError, KeyError, KeyFolder, KeyFolderError, KeySource, Lifetimes,
        LocalSigner, MemoryLedger, Renewal, RootKey, Signer as _, SignerName,
    },
    types::{SeededRandom, Timestamp},
};
use tempfile::TempDir;

use super::{DAY, NOW, Shelf, at, authority, publication, signer_name};

fn init(path: &Path) -> Result<KeyFolder, KeyFolderError> {
    KeyFolder::init(path, &signer_name(), 90, at(NOW), &SeededRandom::new(1))
}

fn new_folder() -> (TempDir, KeyFolder) {
    let parent = TempDir::new().unwrap();
    let folder = init(&parent.path().join("keys")).unwrap();
    (parent, folder)
}

fn open_signer(source: KeySource, now: Timestamp) -> Result<LocalSigner, KeyFolderError> {
    let ledger = Arc::<MemoryLedger>::default();
    LocalSigner::open(source, signer_name(), Lifetimes::default(), ledger, now, &SeededRandom::new(5))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_new_folder_is_its_owner_s_alone() {
    let (_parent, folder) = new_folder();
    assert_eq!(names(folder.path()), ["intermediate.pem", "leaf.pem", "root-key.pem", "root.pem"]);
    assert_eq!(mode(folder.path()), 0o700);
    for name in names(folder.path()) {
        assert_eq!(mode(&folder.path().join(&name)), 0o600, "{name}");
    }
    let root = fs::read_to_string(folder.path().join("root.pem")).unwrap();
    assert!(!root.contains("PRIVATE"));
    assert_eq!(root, folder.identity().unwrap().certificates().last().unwrap().to_pem());
}

#[test]
fn keys_are_never_overwritten() {
    let (_parent, folder) = new_folder();
    let before = fs::read(folder.path().join("leaf.pem")).unwrap();
    let refused = init(folder.path());
    assert!(matches!(refused, Err(KeyFolderError::Exists { path }) if path.ends_with("leaf.pem")));
    assert_eq!(fs::read(folder.path().join("leaf.pem")).unwrap(), before);
    let refused = KeyFolder::init_under(
        folder.path(),
        &authority(3).1,
        &signer_name(),
        90,
        at(NOW),
        &SeededRandom::new(1),
    );
    assert!(matches!(refused, Err(KeyFolderError::Exists { path }) if path.ends_with("leaf.pem")));
    fs::remove_file(folder.path().join("leaf.pem")).unwrap();
    let refused = KeyFolder::init_under(
        folder.path(),
        &authority(3).1,
        &signer_name(),
        90,
        at(NOW),
        &SeededRandom::new(1),
    );
    assert!(matches!(refused, Err(KeyFolderError::Exists { path }) if path.ends_with("intermediate.pem")));
}

#[test]
fn an_interrupted_init_goes_on_where_it_was() {
    let (_parent, folder) = new_folder();
    let root = folder.identity().unwrap().root();
    // In the order in which they are written: what a crash before each leaves.
    let order = ["root-key.pem", "root.pem", "intermediate.pem", "leaf.pem"];
    for written in 1..order.len() {
        for name in &order[written..] {
            fs::remove_file(folder.path().join(name)).unwrap();
        }
        let open = KeyFolder::open(folder.path());
        assert!(matches!(open, Err(KeyFolderError::Missing { path }) if path.ends_with("leaf.pem")));
        let again = init(folder.path()).unwrap();
        assert_eq!(again.identity().unwrap().root(), root, "after {written} files");
        assert_eq!(names(folder.path()).len(), order.len());
    }
}

#[test]
fn without_its_key_the_root_is_not_replaced() {
    let (_parent, folder) = new_folder();
    for name in ["root-key.pem", "intermediate.pem", "leaf.pem"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let refused = init(folder.path());
    assert!(matches!(refused, Err(KeyFolderError::Missing { path }) if path.ends_with("root-key.pem")));
    assert_eq!(names(folder.path()), ["root.pem"]);
}

#[test]
fn a_folder_that_others_can_read_is_refused() {
    let (_parent, folder) = new_folder();
    let set = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for open in [0o750, 0o705, 0o711, 0o755] {
        set(folder.path(), open);
        let refused = KeyFolder::open(folder.path());
        assert!(matches!(refused, Err(KeyFolderError::TooOpen { allowed: 0o700, mode, .. }) if mode == open));
        assert!(matches!(init(folder.path()), Err(KeyFolderError::TooOpen { allowed: 0o700, .. })));
    }
    set(folder.path(), 0o700);
    for name in names(folder.path()) {
        let path = folder.path().join(&name);
        for open in [0o640, 0o604, 0o644] {
            set(&path, open);
            let refused = KeyFolder::open(folder.path());
            let Err(KeyFolderError::TooOpen { allowed: 0o600, mode, path: named }) = refused else {
                panic!("{name} {open:o}")
            };
            assert_eq!((mode, &named), (open, &path));
        }
        set(&path, 0o400);
        assert!(KeyFolder::open(folder.path()).is_ok());
        set(&path, 0o600);
    }
    let refused = KeyFolderError::TooOpen { allowed: 0o600, mode: 0o644, path: "keys/leaf.pem".into() };
    assert_eq!(refused.to_string(), "keys/leaf.pem can be read by others (mode 0644); make it 0600");
}

#[test]
fn a_folder_made_beforehand_is_taken_if_it_is_private() {
    let parent = TempDir::new().unwrap();
    let path = parent.path().join("keys");
    fs::DirBuilder::new().mode(0o700).create(&path).unwrap();
    fs::write(path.join("spent.db"), "").unwrap();
    assert!(KeyFolder::is_empty(&path).unwrap());
    init(&path).unwrap();
    assert!(!KeyFolder::is_empty(&path).unwrap());
}

#[test]
fn a_folder_that_is_not_there_is_said_to_be_missing() {
    let parent = TempDir::new().unwrap();
    let path = parent.path().join("keys");
    assert!(matches!(KeyFolder::open(&path), Err(KeyFolderError::Io { path: named, .. }) if named == path));
    assert!(KeyFolder::is_empty(&path).unwrap());
}

#[test]
fn damaged_files_are_named() {
    let (_parent, folder) = new_folder();
    let leaf = folder.path().join("leaf.pem");
    let good = fs::read_to_string(&leaf).unwrap();
    let reason = |text: &str| {
        fs::write(&leaf, text).unwrap();
        let Err(KeyFolderError::Unusable { path, reason }) = folder.identity() else { panic!("{text}") };
        assert_eq!(path, leaf);
        reason
    };
    assert_eq!(reason(""), AuthorityError::Key(KeyError::Missing));
    let (key, chain) = good.split_once("-----BEGIN CERTIFICATE").unwrap();
    assert_eq!(reason(key), AuthorityError::Malformed);
    assert_eq!(reason(&format!("-----BEGIN CERTIFICATE{chain}")), AuthorityError::Key(KeyError::Missing));
    let intermediate = fs::read_to_string(folder.path().join("intermediate.pem")).unwrap();
    let (other_key, _) = intermediate.split_once("-----BEGIN CERTIFICATE").unwrap();
    assert_eq!(reason(&format!("{other_key}-----BEGIN CERTIFICATE{chain}")), AuthorityError::KeyMismatch);
}

#[test]
fn the_root_key_can_be_taken_away() {
    let (_parent, folder) = new_folder();
    assert_eq!(folder.inspect().unwrap().root_key, RootKey::Here);
    fs::remove_file(folder.path().join("root-key.pem")).unwrap();
    let folder = KeyFolder::open(folder.path()).unwrap();
    let seen = folder.inspect().unwrap();
    assert_eq!(seen.root_key, RootKey::Offline);
    assert_eq!(seen.chain.len(), 3);
    assert_eq!(seen.intermediate.as_ref(), seen.chain.get(1));
    let signer = open_signer(KeySource::Folder(folder), at(NOW + 45 * DAY)).unwrap();
    assert!(signer.sign(&Publication45::at(), &mut Shelf::two()).is_ok());
}

/// [`publication`] 45 days later.
struct Publication45;

impl Publication45 {
    fn at() -> countersign::signing::Publication {
        countersign::signing::Publication { issued: at(NOW + 45 * DAY), ..publication() }
    }
}

#[test]
fn a_renewed_leaf_is_on_disk_and_under_the_same_root() {
    let (_parent, folder) = new_folder();
    let path = folder.path().to_owned();
    let before = folder.identity().unwrap();
    let signer = open_signer(KeySource::Folder(folder), at(NOW)).unwrap();
    let random = SeededRandom::new(9);
    assert_eq!(signer.renew_if_due(at(NOW + 44 * DAY), &random).unwrap(), Renewal::NotDue);
    assert_eq!(signer.renew_if_due(at(NOW + 45 * DAY), &random).unwrap(), Renewal::Renewed);
    let after = KeyFolder::open(&path).unwrap().identity().unwrap();
    assert_ne!(after.chain_file().digest, before.chain_file().digest);
    assert_eq!(after.root(), before.root());
    assert_eq!(after.not_after(), at(NOW + 135 * DAY));
    assert_eq!(mode(&path.join("leaf.pem")), 0o600);
    assert_eq!(names(&path).len(), 4);
    let signed = signer.sign(&Publication45::at(), &mut Shelf::two()).unwrap();
    assert_eq!(signed.chain, *after.chain_file());
}

#[test]
fn a_service_that_was_off_for_a_year_starts_with_a_new_leaf() {
    let (_parent, folder) = new_folder();
    let signer = open_signer(KeySource::Folder(folder), at(NOW + 365 * DAY)).unwrap();
    assert_eq!(signer.certificates(at(NOW + 365 * DAY))[0].certificate.not_after(), at(NOW + 455 * DAY));
}

#[test]
fn a_leaf_that_cannot_be_renewed_is_used_to_its_end() {
    let (_parent, folder) = new_folder();
    let path = folder.path().to_owned();
    fs::remove_file(path.join("intermediate.pem")).unwrap();
    let open =
        |days: u64| open_signer(KeySource::Folder(KeyFolder::open(&path).unwrap()), at(NOW + days * DAY));
    let signer = open(60).unwrap();
    let refused = signer.renew_if_due(at(NOW + 60 * DAY), &SeededRandom::new(9));
    assert!(matches!(refused, Err(KeyFolderError::Missing { path }) if path.ends_with("intermediate.pem")));
    assert!(matches!(open(91), Err(KeyFolderError::Missing { path }) if path.ends_with("intermediate.pem")));
}

#[test]
fn an_exchanged_intermediate_does_not_change_the_root_under_clients() {
    let (_parent, folder) = new_folder();
    let path = folder.path().to_owned();
    let before = fs::read(path.join("leaf.pem")).unwrap();
    fs::write(path.join("intermediate.pem"), authority(8).1.to_pem().unwrap().as_bytes()).unwrap();
    let signer = open_signer(KeySource::Folder(folder), at(NOW)).unwrap();
    let refused = signer.renew_if_due(at(NOW + 45 * DAY), &SeededRandom::new(9));
    assert!(matches!(refused, Err(KeyFolderError::RootChanged)));
    assert_eq!(fs::read(path.join("leaf.pem")).unwrap(), before);
}

#[test]
fn keys_under_another_authority_have_no_root_key() {
    let parent = TempDir::new().unwrap();
    let path = parent.path().join("keys");
    let (root, issuer) = authority(3);
    let folder =
        KeyFolder::init_under(&path, &issuer, &signer_name(), 90, at(NOW), &SeededRandom::new(1)).unwrap();
    assert_eq!(names(&path), ["intermediate.pem", "leaf.pem", "root.pem"]);
    assert_eq!(folder.inspect().unwrap().root_key, RootKey::Offline);
    assert_eq!(folder.identity().unwrap().root(), root.certificate().fingerprint());
    let signer = open_signer(KeySource::Folder(folder), at(NOW)).unwrap();
    assert_eq!(signer.renew_if_due(at(NOW + 45 * DAY), &SeededRandom::new(9)).unwrap(), Renewal::Renewed);
}

#[test]
fn an_authority_that_may_not_vouch_leaves_no_trace() {
    let parent = TempDir::new().unwrap();
    let path = parent.path().join("keys");
    let other = SignerName::parse("other.example.test").unwrap();
    let refused = KeyFolder::init_under(&path, &authority(3).1, &other, 90, at(NOW), &SeededRandom::new(1));
    let expected = AuthorityError::NotVouched(ChainError::NameConstraint);
    assert!(matches!(refused, Err(KeyFolderError::Authority(reason)) if reason == expected));
    assert!(KeyFolder::is_empty(&path).unwrap());
}

/// Files as an operator brings them.
fn brought(parent: &Path, seed: u64) -> KeySource {
    let source =
        KeySource::Brought { chain_file: parent.join("chain.pem"), key_file: parent.join("key.pem") };
    bring(parent, seed, at(NOW));
    source
}

fn bring(parent: &Path, seed: u64, now: Timestamp) {
    let leaf = authority(1).1.issue_leaf(&signer_name(), 90, now, &SeededRandom::new(seed)).unwrap();
    let chain: String = leaf.certificates().iter().map(Certificate::to_pem).collect();
    fs::write(parent.join("chain.pem"), format!("subject: us\n{chain}")).unwrap();
    fs::write(parent.join("key.pem"), leaf.key().to_pem().unwrap().as_bytes()).unwrap();
    fs::set_permissions(parent.join("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn files_of_the_operator_s_are_used_and_taken_up_again_when_they_change() {
    let parent = TempDir::new().unwrap();
    let signer = open_signer(brought(parent.path(), 11), at(NOW)).unwrap();
    let first = signer.sign(&publication(), &mut Shelf::two()).unwrap();
    assert!(first.chain.pem.starts_with("-----BEGIN CERTIFICATE-----\n"));
    let random = SeededRandom::new(9);
    assert_eq!(signer.renew_if_due(at(NOW + 80 * DAY), &random).unwrap(), Renewal::NotDue);
    bring(parent.path(), 12, at(NOW + 80 * DAY));
    assert_eq!(signer.renew_if_due(at(NOW + 80 * DAY), &random).unwrap(), Renewal::Renewed);
    let later = countersign::signing::Publication { issued: at(NOW + 80 * DAY), ..publication() };
    let second = signer.sign(&later, &mut Shelf::two()).unwrap();
    assert_ne!(second.chain.digest, first.chain.digest);
}

#[test]
fn files_of_the_operator_s_that_are_wrong_are_named_and_the_old_key_stays() {
    let parent = TempDir::new().unwrap();
    let signer = open_signer(brought(parent.path(), 11), at(NOW)).unwrap();
    let random = SeededRandom::new(9);
    let key_file = parent.path().join("key.pem");
    let good = fs::read(&key_file).unwrap();

    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = signer.renew_if_due(at(NOW), &random);
    assert!(matches!(refused, Err(KeyFolderError::TooOpen { mode: 0o644, .. })));
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).unwrap();

    fs::write(&key_file, include_str!("../../../fixtures/keys/sec1.pem")).unwrap();
    let refused = signer.renew_if_due(at(NOW), &random);
    assert!(matches!(
        refused,
        Err(KeyFolderError::Unusable { path, reason: AuthorityError::KeyMismatch }) if path.ends_with("chain.pem")
    ));
    fs::write(&key_file, include_str!("../../../fixtures/keys/encrypted-pkcs8.pem")).unwrap();
    let refused = signer.renew_if_due(at(NOW), &random);
    assert!(matches!(
        refused,
        Err(KeyFolderError::Unusable { path, reason: AuthorityError::Key(KeyError::Encrypted) }) if path == key_file
    ));
    fs::write(&key_file, good).unwrap();
    assert!(signer.sign(&publication(), &mut Shelf::two()).is_ok());
    let expired = open_signer(brought(parent.path(), 11), at(NOW + 91 * DAY));
    let expected = AuthorityError::NotVouched(ChainError::Expired);
    assert!(matches!(expired, Err(KeyFolderError::Authority(reason)) if reason == expected));
}
