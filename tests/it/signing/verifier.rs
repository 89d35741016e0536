//! The verifier's answers: which entry is good, why the others are not, and what was asked of the network for it.

use std::sync::Arc;

use countersign::{
    signing::{
        Asked, Chain, ChainError, ChainUnavailable, ContentMessage, EntryRefusal, KeySource, Lifetimes,
        LocalSigner, MemoryLedger, SignatureEntry, SignatureError, SignatureFormError, Signed, Signer as _,
        SignerName, Verifier, VerifyError,
    },
    types::{CollectionPath, SeededRandom, Sha256Digest},
};

use super::{DAY, NOW, Shelf, at, authority, publication, signer_name};

struct Published {
    signed: Signed,
    verifier: Verifier,
}

fn published() -> Published {
    let signer = LocalSigner::open(
        KeySource::Memory(Box::new(authority(1).1)),
        signer_name(),
        Lifetimes::default(),
        Arc::<MemoryLedger>::default(),
        at(NOW),
        &SeededRandom::new(2),
    )
    .unwrap();
    let signed = signer.sign(&publication(), &mut Shelf::two()).unwrap();
    Published { signed, verifier: Verifier::new(signer.root(), signer_name()) }
}

impl Published {
    /// The outcome, and which chains were asked for.
    fn judge(&self, entries: &[SignatureEntry]) -> (Result<(), VerifyError>, Vec<String>) {
        let mut asked_for = Vec::new();
        let mut chains = |x5u: &str| {
            asked_for.push(x5u.to_owned());
            match x5u {
                "/large" => Ok(vec![b'\n'; Chain::MAX_BYTES + 1]),
                "/page" => Ok(b"<html>busy</html>".to_vec()),
                x5u if x5u == self.signed.chain.path() => Ok(self.signed.chain.pem.clone().into_bytes()),
                _ => Err(ChainUnavailable),
            }
        };
        let path = publication().path;
        let asked = Asked::Changeset { path: &path, timestamp: publication().timestamp };
        let judged =
            self.verifier.verify_statement(&self.signed.statement, entries, &asked, &mut chains, at(NOW));
        (judged.map(drop), asked_for)
    }

    fn good(&self) -> SignatureEntry {
        self.signed.statement_signatures[0].clone()
    }

    fn at(&self, x5u: &str) -> SignatureEntry {
        SignatureEntry { x5u: x5u.to_owned(), ..self.good() }
    }

    /// A good signature of something else.
    fn of_the_content(&self) -> SignatureEntry {
        self.signed.content_signatures[0].clone()
    }

    fn message(&self) -> ContentMessage {
        let records = Shelf::two().0.into_iter().map(|(_, content, last_modified)| {
            let mut bytes = Vec::new();
            content.at(last_modified).write_to(&mut bytes);
            bytes
        });
        ContentMessage::new(records, self.signed.verified.timestamp)
    }
}

fn bad(refused: &[EntryRefusal]) -> Result<(), VerifyError> {
    Err(VerifyError::Signature(SignatureError::BadSignature { refused: refused.to_vec() }))
}

#[test]
fn one_good_entry_is_enough_and_nothing_is_fetched_after_it() {
    let published = published();
    let path = published.signed.chain.path();
    let entries = [published.of_the_content(), published.good(), published.at("/not-asked-for")];
    assert_eq!(published.judge(&entries), (Ok(()), vec![path.clone(), path]));
}

#[test]
fn the_reason_of_every_entry_is_told() {
    let published = published();
    let short = SignatureEntry { signature: "AAAA".to_owned(), ..published.good() };
    let standard = SignatureEntry { signature: "+".repeat(128), ..published.good() };
    let entries = [published.of_the_content(), short, published.at("/page"), standard];
    let refused = [
        EntryRefusal::Mismatch,
        EntryRefusal::Form(SignatureFormError::Length),
        EntryRefusal::Chain(ChainError::TooFewCertificates),
        EntryRefusal::Form(SignatureFormError::Character),
    ];
    let (judged, asked_for) = published.judge(&entries);
    assert_eq!(judged, bad(&refused));
    // What is no signature is not worth a fetch.
    assert_eq!(asked_for, [published.signed.chain.path(), "/page".to_owned()]);
    assert_eq!(
        judged.unwrap_err().to_string(),
        "no good signature: the signature does not fit the text and the key; signature has not 128 characters; \
         fewer than two certificates; signature is not base64url without padding"
    );
}

#[test]
fn a_list_without_entries_to_try_is_a_bad_signature() {
    let published = published();
    let unknown = SignatureEntry { mode: "p256ecdsa".to_owned(), ..published.good() };
    let entries = [unknown, published.at("")];
    assert_eq!(published.judge(&entries), (bad(&[]), Vec::new()));
    assert_eq!(published.judge(&[]).0.unwrap_err().to_string(), "no good signature");
}

#[test]
fn a_chain_that_was_not_had_makes_it_a_failure_of_the_network() {
    let published = published();
    let unavailable = Err(VerifyError::Signature(SignatureError::ChainUnavailable));
    for x5u in ["/missing", "/large"] {
        assert_eq!(published.judge(&[published.at(x5u)]).0, unavailable, "{x5u}");
        assert_eq!(published.judge(&[published.at(x5u), published.of_the_content()]).0, unavailable, "{x5u}");
        assert_eq!(published.judge(&[published.at(x5u), published.good()]).0, Ok(()), "{x5u}");
    }
}

#[test]
fn the_ninth_entry_is_not_looked_at() {
    let published = published();
    let mut entries = vec![published.of_the_content(); 8];
    entries.push(published.good());
    assert_eq!(published.judge(&entries).0, bad(&[EntryRefusal::Mismatch; 8]));
    entries.remove(0);
    assert_eq!(published.judge(&entries).0, Ok(()));
}

#[test]
fn it_must_be_what_was_asked_for() {
    let published = published();
    let judge = |path: &str, timestamp: Option<u64>| {
        let path = CollectionPath::parse(path).unwrap();
        let asked = match timestamp {
            Some(timestamp) => Asked::Changeset { path: &path, timestamp: at(timestamp) },
            None => Asked::Statement { path: &path },
        };
        let mut chains = |_: &str| Ok(published.signed.chain.pem.clone().into_bytes());
        let signed = &published.signed;
        published
            .verifier
            .verify_statement(&signed.statement, &signed.statement_signatures, &asked, &mut chains, at(NOW))
            .map(drop)
    };
    assert_eq!(judge("main/demo", Some(NOW - 1)), Ok(()));
    assert_eq!(judge("main/demo", None), Ok(()));
    assert_eq!(judge("main/demo", Some(NOW)), Err(VerifyError::TimestampMismatch));
    assert_eq!(judge("other/demo", Some(NOW - 1)), Err(VerifyError::WrongBucket));
    assert_eq!(judge("other/other", Some(NOW)), Err(VerifyError::WrongBucket));
    assert_eq!(judge("main/other", Some(NOW)), Err(VerifyError::WrongCollection));
    assert_eq!(judge("Main/demo", None), Err(VerifyError::WrongBucket));
}

#[test]
fn another_root_another_name_and_another_day_are_refused() {
    let published = published();
    let judge = |verifier: &Verifier, now: u64| {
        let mut chains = |_: &str| Ok(published.signed.chain.pem.clone().into_bytes());
        let path = publication().path;
        let asked = Asked::Statement { path: &path };
        let signed = &published.signed;
        verifier
            .verify_statement(&signed.statement, &signed.statement_signatures, &asked, &mut chains, at(now))
            .map(drop)
    };
    let refused = |reason: ChainError| bad(&[EntryRefusal::Chain(reason)]);
    let other_root = Verifier::new(Sha256Digest::of(b"other"), signer_name());
    assert_eq!(judge(&other_root, NOW), refused(ChainError::RootNotPinned));
    let name = SignerName::parse("example.test").unwrap();
    let other_name = Verifier::new(*published.verifier.root(), name);
    assert_eq!(judge(&other_name, NOW), refused(ChainError::NotTheSigner));
    assert_eq!(judge(&published.verifier, NOW + 91 * DAY), refused(ChainError::Expired));
    assert_eq!(judge(&published.verifier, NOW - 31 * DAY), refused(ChainError::NotYetValid));
}

#[test]
fn content_signatures_alone_are_verified_over_the_records() {
    let published = published();
    let judge = |message: ContentMessage, entry: SignatureEntry| {
        let mut chains = |_: &str| Ok(published.signed.chain.pem.clone().into_bytes());
        published.verifier.verify_content(message, &[entry], &mut chains, at(NOW))
    };
    let verified = judge(published.message(), published.of_the_content()).unwrap();
    assert_eq!(verified.as_bytes(), published.message().as_bytes());
    assert_eq!(verified.into_inner(), published.message());
    let mismatch = SignatureError::BadSignature { refused: vec![EntryRefusal::Mismatch] };
    // The statement's signature is of something else, and so are fewer records, and another timestamp.
    assert_eq!(judge(published.message(), published.good()), Err(mismatch.clone()));
    let empty = ContentMessage::new(Vec::<Vec<u8>>::new(), publication().timestamp);
    assert_eq!(judge(empty, published.of_the_content()), Err(mismatch));
    let mut chains = |_: &str| Err(ChainUnavailable);
    let entries = [published.of_the_content()];
    let judged = published.verifier.verify_content(published.message(), &entries, &mut chains, at(NOW));
    assert_eq!(judged, Err(SignatureError::ChainUnavailable));
}
