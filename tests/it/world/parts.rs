//! What a service is put together from.

use std::{path::Path, sync::Arc};

use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use countersign::{
    http::Published,
    signing::{KeySource, Ledger, Lifetimes, LocalSigner, Root, Signer as _, Verifier},
    storage::Store,
    types::{Clock, SeededRandom, Timestamp},
    workflow::{Desk, Limits, Resources, Services, Settings},
};

use super::{Plan, START, at, signer_name};

/// A folder in memory where there is one: tests wait for no disk.
pub(super) fn new_folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::TempDir::new_in(memory) } else { tempfile::TempDir::new() }.unwrap()
}

/// What the service would keep of a password, made with as little work as there can be.
pub(super) fn cheap_hash(password: &str) -> String {
    let params = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_with_salt(password.as_bytes(), b"salt of tests").unwrap().to_string()
}

/// The same authority each time the folder is opened.
pub(super) fn signer(ledger: Arc<dyn Ledger>, now: Timestamp) -> LocalSigner {
    let authority = SeededRandom::new(3);
    let root = Root::generate(&signer_name(), at(START), &authority).unwrap();
    let issuer = root.make_intermediate(&signer_name(), at(START), &authority).unwrap();
    let source = KeySource::Memory(Box::new(issuer));
    LocalSigner::open(source, signer_name(), Lifetimes::default(), ledger, now, &SeededRandom::new(7))
        .unwrap()
}

pub(super) fn services(
    store: Store,
    signer: &Arc<LocalSigner>,
    published: &Arc<Published>,
    clock: Arc<dyn Clock>,
    plan: &Plan,
) -> Services {
    let settings = Settings {
        administrators: vec!["admin".to_owned()],
        limits: Limits::default(),
        name: "Countersign".to_owned(),
        public_url: "http://settings.example.test".to_owned(),
        resources: Resources::parse(&plan.resources).unwrap(),
        review: plan.review.clone(),
    };
    Services {
        changes: Arc::default(),
        clock,
        desk: Arc::new(Desk::new(&SeededRandom::new(9), 2).unwrap()),
        listener: Arc::<Published>::clone(published),
        random: Arc::new(SeededRandom::new(11)),
        schemas: Arc::default(),
        settings: Arc::new(settings),
        signer: Arc::<LocalSigner>::clone(signer),
        store,
        verifier: Arc::new(Verifier::new(signer.root(), signer_name())),
    }
}
