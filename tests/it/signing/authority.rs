//! What the service's own authority issues, and what it issues under another's intermediate.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use countersign::{
    signing::{
        AuthorityError, Certificate, Chain, ChainError, Identity, Issuer, KeyError, KeySource, Lifetimes,
        LocalSigner, MemoryLedger, Root, Signer as _, SignerName,
    },
    types::{SeededRandom, Sha256Digest, SystemRandom},
};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{DAY, NOW, Shelf, at, authority, publication, signer_name};

/// Of the protocol's reference signing service: the root that a browser trusts for a local server.
const LOCAL_ROOT: &str =
    "5E:36:F2:14:DE:82:3F:8B:29:96:89:23:5F:03:41:AC:AF:A0:75:AF:82:CB:4C:D4:30:7C:3D:B3:43:39:2A:FE";

fn browser_signer() -> SignerName {
    SignerName::parse("remote-settings.content-signature.mozilla.org").unwrap()
}

fn browser_issuer() -> Issuer {
    let chain = concat!(
        include_str!("../../../fixtures/gecko-local/inter.pem"),
        include_str!("../../../fixtures/gecko-local/root.pem")
    );
    Issuer::parse(include_str!("../../../fixtures/gecko-local/inter.key.pem"), chain).unwrap()
}

fn days(certificate: &Certificate) -> (u64, u64) {
    ((NOW - certificate.not_before().as_millis()) / DAY, (certificate.not_after().as_millis() - NOW) / DAY)
}

#[test]
fn root_intermediate_and_leaf_have_their_lives_and_names() {
    let (root, issuer) = authority(1);
    let leaf = issuer.issue_leaf(&signer_name(), 90, at(NOW), &SeededRandom::new(2)).unwrap();
    let [leaf_certificate, intermediate, last] = leaf.certificates() else { panic!("not three") };
    assert_eq!(last, root.certificate());
    assert_eq!(days(leaf_certificate), (30, 90));
    assert_eq!(days(intermediate), (30, 3652));
    assert_eq!(days(last), (30, 10_957));
    assert_eq!(leaf_certificate.subject(), "O=Countersign, CN=settings.example.test");
    assert_eq!(intermediate.subject(), "O=Countersign, CN=Countersign intermediate of settings.example.test");
    assert_eq!(last.subject(), "O=Countersign, CN=Countersign root of settings.example.test");
    assert_eq!(leaf.root(), last.fingerprint());
    assert_eq!(leaf.chain_file().digest, Sha256Digest::of(leaf.chain_file().pem.as_bytes()));
    assert_eq!(
        leaf.chain_file().path(),
        format!("/v1/cert-chains/{}.pem", leaf.chain_file().digest.to_hex())
    );
    assert_eq!(leaf.vouched_for(&signer_name(), at(NOW)), Ok(()));
}

#[test]
fn the_intermediate_vouches_for_no_other_name() {
    let (_, issuer) = authority(1);
    let random = SeededRandom::new(2);
    let other = SignerName::parse("other.example.test").unwrap();
    let refused = issuer.issue_leaf(&other, 90, at(NOW), &random).map(drop);
    assert_eq!(refused, Err(AuthorityError::NotVouched(ChainError::NameConstraint)));
    let below = SignerName::parse("a.settings.example.test").unwrap();
    assert!(issuer.issue_leaf(&below, 90, at(NOW), &random).is_ok());
}

#[test]
fn a_leaf_never_outlives_what_vouches_for_it() {
    let (_, issuer) = authority(1);
    let end = issuer.certificates()[0].not_after();
    let random = SeededRandom::new(2);
    let leaf = issuer.issue_leaf(&signer_name(), 90, end.minus_millis(DAY), &random).unwrap();
    assert_eq!(leaf.not_after(), end);
    let refused = issuer.issue_leaf(&signer_name(), 90, end, &random).map(drop);
    assert_eq!(refused, Err(AuthorityError::IssuerEnded));
}

#[test]
fn a_leaf_is_good_on_its_first_and_last_second() {
    let (_, issuer) = authority(1);
    let leaf = issuer.issue_leaf(&signer_name(), 90, at(NOW), &SeededRandom::new(2)).unwrap();
    let vouched = |millis: u64| leaf.vouched_for(&signer_name(), at(millis));
    assert_eq!(vouched(NOW - 30 * DAY), Ok(()));
    assert_eq!(vouched(NOW - 30 * DAY - 1), Err(AuthorityError::NotVouched(ChainError::NotYetValid)));
    assert_eq!(vouched(NOW + 90 * DAY + 999), Ok(()));
    assert_eq!(vouched(NOW + 90 * DAY + 1000), Err(AuthorityError::NotVouched(ChainError::Expired)));
}

#[test]
fn a_leaf_cannot_issue() {
    let (_, issuer) = authority(1);
    let leaf = issuer.issue_leaf(&signer_name(), 90, at(NOW), &SeededRandom::new(2)).unwrap();
    let as_issuer = Issuer::parse(&leaf.key().to_pem().unwrap(), &leaf.chain_file().pem).unwrap();
    let refused = as_issuer.issue_leaf(&signer_name(), 90, at(NOW), &SeededRandom::new(3)).map(drop);
    assert_eq!(refused, Err(AuthorityError::NotVouched(ChainError::IssuerIsNoAuthority)));
}

#[test]
fn an_intermediate_issues_no_intermediate() {
    let (_, issuer) = authority(1);
    let leaf = issuer.issue_leaf(&signer_name(), 90, at(NOW), &SeededRandom::new(2)).unwrap();
    // Its own certificate is an authority's, and no leaf.
    let text: String = issuer.certificates().iter().map(Certificate::to_pem).collect();
    let chain = Chain::parse_pem(text.as_bytes()).unwrap();
    let judged = chain.verify(&leaf.root(), &signer_name(), at(NOW));
    assert_eq!(judged, Err(ChainError::LeafIsAuthority));
}

#[test]
fn serial_numbers_are_random() {
    let (_, issuer) = authority(1);
    let leaf = |_| {
        let leaf = issuer.issue_leaf(&signer_name(), 90, at(NOW), &SystemRandom).unwrap();
        let (_, certificate) = leaf.certificates()[0].as_der().split_at_checked(LEAF_HEAD).unwrap();
        certificate[..18].to_vec()
    };
    let serials: BTreeSet<Vec<u8>> = (0..20).map(leaf).collect();
    assert_eq!(serials.len(), 20);
    // INTEGER of 16 bytes, positive.
    assert!(serials.iter().all(|serial| serial[..2] == [0x02, 0x10] && (0x40..0x80).contains(&serial[2])));
}

/// `Certificate` and `TBSCertificate` with two-byte lengths, then the version.
const LEAF_HEAD: usize = 4 + 4 + 5;

#[test]
fn names_too_long_for_a_common_name_are_signed_for_too() {
    let label = "a".repeat(60);
    let long = SignerName::parse(&format!("{label}.{label}.example.test")).unwrap();
    let random = SeededRandom::new(1);
    let root = Root::generate(&long, at(NOW), &random).unwrap();
    let leaf = root
        .make_intermediate(&long, at(NOW), &random)
        .unwrap()
        .issue_leaf(&long, 90, at(NOW), &random)
        .unwrap();
    assert_eq!(leaf.vouched_for(&long, at(NOW)), Ok(()));
    assert_eq!(root.certificate().subject(), "O=Countersign, CN=Countersign root");
    assert_eq!(leaf.certificates()[0].subject(), "O=Countersign");
}

#[test]
fn root_issuer_and_identity_are_the_same_when_read_from_their_files() {
    let (root, issuer) = authority(1);
    assert_eq!(Root::parse(&root.to_pem().unwrap()).unwrap().certificate(), root.certificate());
    let text = issuer.to_pem().unwrap();
    assert_eq!(Issuer::parse(&text, &text).unwrap().certificates(), issuer.certificates());
    let leaf = issuer.issue_leaf(&signer_name(), 90, at(NOW), &SeededRandom::new(2)).unwrap();
    let read = Identity::parse(&leaf.to_pem().unwrap()).unwrap();
    assert_eq!(read.chain_file(), leaf.chain_file());
    assert_eq!(read.key().public(), leaf.key().public());
}

#[test]
fn keys_and_certificates_that_do_not_belong_together_are_refused() {
    let (root, issuer) = authority(1);
    let (other_root, other) = authority(7);
    let certificates: String = issuer.certificates().iter().map(Certificate::to_pem).collect();
    let refusal = |key: &str, chain: &str| Issuer::parse(key, chain).map(drop).unwrap_err();
    assert_eq!(refusal(&other.to_pem().unwrap(), &certificates), AuthorityError::KeyMismatch);
    assert_eq!(refusal(&issuer.to_pem().unwrap(), ""), AuthorityError::Malformed);
    assert_eq!(refusal("", &certificates), AuthorityError::Key(KeyError::Missing));
    let broken = certificates.replacen("MII", "MIJ", 1);
    assert_eq!(refusal(&issuer.to_pem().unwrap(), &broken), AuthorityError::Malformed);
    let mixed =
        root.to_pem().unwrap().replace(&root.certificate().to_pem(), &other_root.certificate().to_pem());
    assert_eq!(Root::parse(&mixed).map(drop), Err(AuthorityError::KeyMismatch));
    // Another root behind the intermediate: it fits the key, but clients refuse what is issued.
    let wrong_root = format!("{}{}", issuer.certificates()[0].to_pem(), other_root.certificate().to_pem());
    let issuer = Issuer::parse(&issuer.to_pem().unwrap(), &wrong_root).unwrap();
    let refused = issuer.issue_leaf(&signer_name(), 90, at(NOW), &SeededRandom::new(2)).map(drop);
    assert_eq!(refused, Err(AuthorityError::NotVouched(ChainError::CertificateSignature)));
}

proptest! {
    #[test]
    fn changed_bytes_of_certificates_and_files_never_panic(
        changes in vec((any::<Index>(), any::<u8>()), 1..8), length in any::<Index>()
    ) {
        static ISSUER: LazyLock<Issuer> = LazyLock::new(|| authority(1).1);
        let issuer = &*ISSUER;
        let mut der = issuer.certificates()[0].as_der().to_vec();
        let mut text = issuer.to_pem().unwrap().as_bytes().to_vec();
        for (place, byte) in &changes {
            let (in_der, in_text) = (place.index(der.len()), place.index(text.len()));
            der[in_der] = *byte;
            text[in_text] = *byte;
        }
        der.truncate(length.index(der.len()) + 1);
        if let Some(certificate) = Certificate::parse(&der) {
            prop_assert_eq!(certificate.as_der(), der.as_slice());
            prop_assert!(certificate.subject().len() <= 8 * der.len());
        }
        if let Ok(text) = String::from_utf8(text) {
            // Whatever it is, it is refused or a whole authority.
            if let Ok(read) = Issuer::parse(&text, &text) {
                prop_assert!(!read.certificates().is_empty());
            }
        }
    }
}

#[test]
fn a_browser_s_local_authority_issues_leaves_for_its_name() {
    let issuer = browser_issuer();
    let root = Sha256Digest::parse_lenient(LOCAL_ROOT).unwrap();
    let leaf = issuer.issue_leaf(&browser_signer(), 90, at(NOW), &SeededRandom::new(2)).unwrap();
    assert_eq!(leaf.root(), root);
    assert_eq!(
        leaf.certificates()[1].subject(),
        "C=US, ST=CA, L=Mountain View, O=Mozilla, CN=csinter1553186747"
    );
    let chain = Chain::parse_pem(leaf.chain_file().pem.as_bytes()).unwrap();
    assert!(chain.verify(&root, &browser_signer(), at(NOW)).is_ok());
    let refused = issuer.issue_leaf(&signer_name(), 90, at(NOW), &SeededRandom::new(2)).map(drop);
    assert_eq!(refused, Err(AuthorityError::NotVouched(ChainError::NameConstraint)));
    let signer = LocalSigner::open(
        KeySource::Memory(Box::new(issuer)),
        browser_signer(),
        Lifetimes::default(),
        Arc::<MemoryLedger>::default(),
        at(NOW),
        &SeededRandom::new(3),
    )
    .unwrap();
    assert_eq!(signer.sign(&publication(), &mut Shelf::two()).unwrap().version, 1);
    assert_eq!(signer.root(), root);
}
