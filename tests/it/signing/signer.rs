//! The local signer: versions, limits, renewal, and that its output verifies.

use std::{sync::Arc, thread};

use countersign::{
    signing::{
        Asked, AuthorityError, CertificateRole, ChainError, ChainUnavailable, Key, KeyFolderError, KeySource,
        Leaf, Ledger, LedgerError, LifeStage, Lifetimes, LocalSigner, MemoryLedger, Publication, Records,
        RecordsError, Renewal, SignError, Signed, SignedRecord, Signer, Spent, Statement, Verifier, tree,
    },
    types::{CollectionPath, SeededRandom, Sha256Digest},
};

use super::{DAY, NOW, Shelf, at, authority, publication, signer_name};

fn open(ledger: &Arc<MemoryLedger>) -> LocalSigner {
    let ledger: Arc<dyn Ledger> = Arc::<MemoryLedger>::clone(ledger);
    LocalSigner::open(
        KeySource::Memory(Box::new(authority(1).1)),
        signer_name(),
        Lifetimes::default(),
        ledger,
        at(NOW),
        &SeededRandom::new(2),
    )
    .unwrap()
}

fn new_signer() -> (LocalSigner, Arc<MemoryLedger>) {
    let ledger = Arc::<MemoryLedger>::default();
    (open(&ledger), ledger)
}

/// What a client says of it that pins the signer's root.
fn verify(signer: &LocalSigner, signed: &Signed, publication: &Publication) -> Statement {
    let mut chains = |x5u: &str| {
        (x5u == signed.chain.path()).then(|| signed.chain.pem.clone().into_bytes()).ok_or(ChainUnavailable)
    };
    Verifier::new(signer.root(), signer_name())
        .verify_statement(
            &signed.statement,
            &signed.statement_signatures,
            &Asked::Changeset { path: &publication.path, timestamp: publication.timestamp },
            &mut chains,
            publication.issued,
        )
        .unwrap()
        .into_inner()
}

#[test]
fn a_publication_is_signed_and_says_what_it_is() {
    let (signer, ledger) = new_signer();
    let signed = signer.sign(&publication(), &mut Shelf::two()).unwrap();
    let statement = verify(&signer, &signed, &publication());
    let leaf = |id: &str, record: &str| {
        let key = Key::of(id);
        (key, Leaf::of(&key, &Sha256Digest::of(record.as_bytes())))
    };
    let mut pairs = [
        leaf("a", r#"{"id":"a","last_modified":1795499999998,"title":"caf\u00e9"}"#),
        leaf("b", r#"{"id":"b","last_modified":1795499999999,"n":7}"#),
    ];
    let message = concat!(
        "Content-Signature:\0",
        r#"{"data":[{"id":"a","last_modified":1795499999998,"title":"caf\u00e9"},"#,
        r#"{"id":"b","last_modified":1795499999999,"n":7}],"last_modified":"1795499999999"}"#,
    );
    let content = ring::digest::digest(&ring::digest::SHA384, message.as_bytes());
    assert_eq!(statement.content.as_bytes(), content.as_ref());
    let expected = Statement {
        bucket: "main".to_owned(),
        collection: "demo".to_owned(),
        content: statement.content,
        count: 2,
        expires: Some(at(NOW + 14 * DAY)),
        issued: at(NOW),
        previous: None,
        root: tree::root(&mut pairs).unwrap(),
        timestamp: at(NOW - 1),
        version: 1,
    };
    assert_eq!(statement, expected);
    assert_eq!(*signed.verified, expected);
    assert_eq!(signed.version, 1);
    let text_hash = Some(Statement::hash_of_text(&signed.statement));
    assert_eq!(ledger.highest(&publication().path), Ok(Some(Spent { text_hash, version: 1 })));
}

#[test]
fn an_empty_collection_is_signed_too() {
    let (signer, _) = new_signer();
    let signed = signer.sign(&publication(), &mut Shelf(Vec::new())).unwrap();
    let statement = verify(&signer, &signed, &publication());
    assert_eq!((statement.count, statement.root), (0, Sha256Digest::of(b"")));
}

#[test]
fn a_transaction_that_runs_twice_gets_the_same_signatures() {
    let (signer, _) = new_signer();
    let first = signer.sign(&publication(), &mut Shelf::two()).unwrap();
    let second = signer.sign(&publication(), &mut Shelf::two()).unwrap();
    assert_eq!(first, second);
}

#[test]
fn another_text_gets_another_version() {
    let (signer, _) = new_signer();
    signer.sign(&publication(), &mut Shelf::two()).unwrap();
    let later = Publication { issued: at(NOW + 1), ..publication() };
    let signed = signer.sign(&later, &mut Shelf::two()).unwrap();
    assert_eq!(signed.version, 2);
}

#[test]
fn what_is_published_already_is_never_the_version_again() {
    let (signer, _) = new_signer();
    let first = signer.sign(&publication(), &mut Shelf::two()).unwrap();
    // The same publication, but the publisher has seen version 1 committed.
    let again = Publication { floor_version: first.version, ..publication() };
    assert_eq!(signer.sign(&again, &mut Shelf::two()).unwrap().version, 2);
}

#[test]
fn the_next_version_is_above_what_publisher_and_ledger_know() {
    let (signer, ledger) = new_signer();
    let known = Publication { floor_version: 41, ..publication() };
    assert_eq!(signer.sign(&known, &mut Shelf::two()).unwrap().version, 42);
    ledger.raise(&publication().path, 99).unwrap();
    assert_eq!(signer.sign(&known, &mut Shelf::two()).unwrap().version, 100);
}

#[test]
fn a_restored_database_does_not_bring_spent_versions_back() {
    let ledger = Arc::<MemoryLedger>::default();
    let floor = open(&ledger).sign(&publication(), &mut Shelf::two()).unwrap().version;
    let published = Publication { floor_version: floor, issued: at(NOW + 5), ..publication() };
    open(&ledger).sign(&published, &mut Shelf::two()).unwrap();
    // The database is as it was before the second publication.
    let restored = Publication { floor_version: floor, issued: at(NOW + 9), ..publication() };
    assert_eq!(open(&ledger).sign(&restored, &mut Shelf::two()).unwrap().version, 3);
}

#[test]
fn collections_have_their_own_versions() {
    let (signer, _) = new_signer();
    signer.sign(&publication(), &mut Shelf::two()).unwrap();
    let preview = Publication { path: CollectionPath::parse("main-preview/demo").unwrap(), ..publication() };
    let signed = signer.sign(&preview, &mut Shelf::two()).unwrap();
    assert_eq!((signed.version, verify(&signer, &signed, &preview).bucket.as_str()), (1, "main-preview"));
}

#[test]
fn nothing_more_than_a_day_ahead_is_signed_or_spent() {
    let (signer, ledger) = new_signer();
    let ahead = Publication { timestamp: at(NOW + DAY + 1), ..publication() };
    assert_eq!(signer.sign(&ahead, &mut Shelf::two()), Err(SignError::TimestampTooFarAhead));
    let ahead = Publication { floor_version: NOW + DAY, ..publication() };
    assert_eq!(signer.sign(&ahead, &mut Shelf::two()), Err(SignError::VersionTooFarAhead));
    assert_eq!(ledger.highest(&publication().path), Ok(None));
    let just = Publication { floor_version: NOW + DAY - 1, timestamp: at(NOW + DAY), ..publication() };
    assert_eq!(signer.sign(&just, &mut Shelf::two()).unwrap().version, NOW + DAY);
}

#[test]
fn records_out_of_order_are_refused() {
    let (signer, ledger) = new_signer();
    let mut swapped = Shelf::two();
    swapped.0.swap(0, 1);
    assert_eq!(signer.sign(&publication(), &mut swapped), Err(SignError::RecordOrder));
    let mut twice = Shelf::two();
    twice.0[1] = twice.0[0].clone();
    assert_eq!(signer.sign(&publication(), &mut twice), Err(SignError::RecordOrder));
    assert_eq!(ledger.highest(&publication().path), Ok(None));
}

#[test]
fn records_that_cannot_be_read_are_not_signed() {
    struct Broken;
    impl Records for Broken {
        fn visit(&mut self, _: &mut dyn FnMut(SignedRecord<'_>)) -> Result<(), RecordsError> {
            Err(RecordsError)
        }
    }
    let (signer, ledger) = new_signer();
    assert_eq!(signer.sign(&publication(), &mut Broken), Err(SignError::Records(RecordsError)));
    assert_eq!(ledger.highest(&publication().path), Ok(None));
}

/// A ledger beside which others are faster, or that is out of order.
#[derive(Debug)]
struct Contended {
    inner: MemoryLedger,
    left: std::sync::atomic::AtomicU64,
}

impl Ledger for Contended {
    fn list(&self) -> Result<Vec<(CollectionPath, Spent)>, LedgerError> {
        self.inner.list()
    }

    fn highest(&self, path: &CollectionPath) -> Result<Option<Spent>, LedgerError> {
        self.inner.highest(path)
    }

    fn spend(&self, path: &CollectionPath, version: u64, hash: &Sha256Digest) -> Result<(), LedgerError> {
        use std::sync::atomic::Ordering::SeqCst;
        if self.left.load(SeqCst) > 0 {
            self.left.fetch_sub(1, SeqCst);
            self.inner.spend(path, version, &Sha256Digest::of(b"another's"))?;
        }
        self.inner.spend(path, version, hash)
    }

    fn raise(&self, path: &CollectionPath, version: u64) -> Result<(), LedgerError> {
        self.inner.raise(path, version)
    }
}

#[test]
fn a_faster_process_costs_a_version_and_nothing_else() {
    let contended = |left: u64| {
        LocalSigner::open(
            KeySource::Memory(Box::new(authority(1).1)),
            signer_name(),
            Lifetimes::default(),
            Arc::new(Contended { inner: MemoryLedger::default(), left: left.into() }),
            at(NOW),
            &SeededRandom::new(2),
        )
        .unwrap()
    };
    let signed = contended(3).sign(&publication(), &mut Shelf::two()).unwrap();
    assert_eq!(signed.version, 4);
    assert_eq!(contended(u64::MAX).sign(&publication(), &mut Shelf::two()), Err(SignError::LedgerContended));
}

#[test]
fn threads_never_sign_two_texts_with_one_version() {
    let (signer, _) = new_signer();
    let signed: Vec<Signed> = thread::scope(|scope| {
        let sign = |offset: u64| {
            let signer = &signer;
            scope.spawn(move || {
                let publication = Publication { issued: at(NOW + offset), ..publication() };
                signer.sign(&publication, &mut Shelf::two()).unwrap()
            })
        };
        let running: Vec<_> = (0..8).map(sign).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut versions: Vec<u64> = signed.iter().map(|signed| signed.version).collect();
    versions.sort_unstable();
    versions.dedup();
    assert_eq!(versions.len(), 8);
}

#[test]
fn a_statement_never_outlives_its_leaf() {
    let (signer, _) = new_signer();
    let late = Publication { issued: at(NOW + 85 * DAY), timestamp: at(NOW + 85 * DAY), ..publication() };
    let signed = signer.sign(&late, &mut Shelf::two()).unwrap();
    assert_eq!(signed.verified.expires, Some(at(NOW + 90 * DAY)));
}

#[test]
fn an_ended_leaf_signs_nothing_and_spends_nothing() {
    let (signer, ledger) = new_signer();
    let late = Publication { issued: at(NOW + 91 * DAY), ..publication() };
    assert_eq!(signer.sign(&late, &mut Shelf::two()), Err(SignError::NotVouched(ChainError::Expired)));
    assert_eq!(ledger.highest(&publication().path), Ok(None));
}

#[test]
fn the_leaf_is_renewed_when_half_of_its_days_are_over() {
    let (signer, _) = new_signer();
    let before = signer.sign(&publication(), &mut Shelf::two()).unwrap();
    let random = SeededRandom::new(3);
    assert_eq!(signer.renew_if_due(at(NOW + 45 * DAY - 1), &random).unwrap(), Renewal::NotDue);
    assert_eq!(signer.renew_if_due(at(NOW + 45 * DAY), &random).unwrap(), Renewal::Renewed);
    assert_eq!(signer.renew_if_due(at(NOW + 45 * DAY), &random).unwrap(), Renewal::NotDue);
    let later = Publication {
        floor_version: 1,
        issued: at(NOW + 45 * DAY),
        previous: Some(Statement::hash_of_text(&before.statement)),
        ..publication()
    };
    let after = signer.sign(&later, &mut Shelf::two()).unwrap();
    assert_ne!(after.chain.digest, before.chain.digest);
    let statement = verify(&signer, &after, &later);
    assert_eq!((statement.version, statement.previous), (2, later.previous));
}

#[test]
fn ages_are_told() {
    use CertificateRole::{Intermediate, Leaf, Root};
    use LifeStage::{Ended, HalfOver, Young};
    let (signer, _) = new_signer();
    let stages = |days: u64| -> Vec<(CertificateRole, LifeStage)> {
        signer.certificates(at(NOW + days * DAY)).into_iter().map(|life| (life.role, life.stage)).collect()
    };
    assert_eq!(stages(0), [(Leaf, Young), (Intermediate, Young), (Root, Young)]);
    assert_eq!(stages(46), [(Leaf, HalfOver), (Intermediate, Young), (Root, Young)]);
    assert_eq!(stages(1900), [(Leaf, Ended), (Intermediate, HalfOver), (Root, Young)]);
    assert_eq!(stages(11_000), [(Leaf, Ended), (Intermediate, Ended), (Root, Ended)]);
}

#[test]
fn an_authority_that_may_not_vouch_for_the_name_is_refused_at_the_start() {
    let other = countersign::signing::SignerName::parse("other.example.test").unwrap();
    let refused = LocalSigner::open(
        KeySource::Memory(Box::new(authority(1).1)),
        other,
        Lifetimes::default(),
        Arc::<MemoryLedger>::default(),
        at(NOW),
        &SeededRandom::new(2),
    );
    let expected = AuthorityError::NotVouched(ChainError::NameConstraint);
    assert!(matches!(refused, Err(KeyFolderError::Authority(reason)) if reason == expected));
}

#[test]
fn nothing_secret_is_printed() {
    let (signer, _) = new_signer();
    let text = format!("{signer:?} {:?}", authority(1));
    assert!(text.contains("LocalSigner { name: SignerName(\"settings.example.test\"), root: "));
    assert!(text.contains("key: IssuerKey(…)"));
    assert!(!text.contains("PRIVATE"));
}
