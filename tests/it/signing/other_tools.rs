//! What we sign, other people's programs verify: OpenSSL's command line, and Python with `cryptography`.
//!
//! Where a tool is missing the test says so and passes; with `COUNTERSIGN_REQUIRE_ALL=1` it fails.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use countersign::{
    signing::{ContentMessage, Issuer, KeySource, Lifetimes, LocalSigner, MemoryLedger, Signed, Signer as _},
    types::SeededRandom,
};
use tempfile::TempDir;

use super::{DAY, NOW, Shelf, at, authority, publication, signer_name};

/// The result of a program; `None`, said aloud, if it is not there.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => Some(output),
        Err(error) => skip(&format!("{program}: {error}")),
    }
}

#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "the tests' own switch, and its notice")]
fn skip(reason: &str) -> Option<Output> {
    let required = std::env::var("COUNTERSIGN_REQUIRE_ALL").is_ok_and(|value| value == "1");
    assert!(!required, "{reason}");
    println!("skipped: {reason}");
    None
}

fn succeeded(output: &Output) -> String {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    text
}

/// A publication in files: the certificates, what was signed, and the signatures.
fn publish(folder: &Path) -> Signed {
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
    let end = "-----END CERTIFICATE-----\n";
    let certificates: Vec<&str> = signed.chain.pem.split_inclusive(end).collect();
    for (name, certificate) in ["leaf.pem", "intermediate.pem", "root.pem"].iter().zip(certificates) {
        fs::write(folder.join(name), certificate).unwrap();
    }
    fs::write(folder.join("chain.pem"), &signed.chain.pem).unwrap();
    fs::write(folder.join("statement"), format!("Content-Signature:\0{}", signed.statement)).unwrap();
    let records = Shelf::two().0.into_iter().map(|(_, content, last_modified)| {
        let mut bytes = Vec::new();
        content.at(last_modified).write_to(&mut bytes);
        bytes
    });
    let message = ContentMessage::new(records, publication().timestamp);
    fs::write(folder.join("content"), message.as_bytes()).unwrap();
    for (name, entries) in
        [("statement", &signed.statement_signatures), ("content", &signed.content_signatures)]
    {
        let [entry] = entries.as_slice() else { panic!("{entries:?}") };
        let raw = URL_SAFE_NO_PAD.decode(&entry.signature).unwrap();
        fs::write(folder.join(format!("{name}.raw")), &raw).unwrap();
        fs::write(folder.join(format!("{name}.der")), der(&raw)).unwrap();
    }
    signed
}

/// r‖s as ECDSA-Sig-Value.
fn der(raw: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
        let padding = digits.first().is_none_or(|first| *first >= 0x80);
        let mut content = vec![0; usize::from(padding)];
        content.extend(digits);
        [vec![0x02, u8::try_from(content.len()).unwrap()], content].concat()
    };
    let (r, s) = raw.split_at(48);
    let content = [integer(r), integer(s)].concat();
    [vec![0x30, u8::try_from(content.len()).unwrap()], content].concat()
}

#[test]
fn openssl_verifies_chain_and_signatures() {
    let folder = TempDir::new().unwrap();
    publish(folder.path());
    let Some(output) = run("openssl", &["version"], folder.path()) else { return };
    succeeded(&output);
    let openssl = |arguments: &[&str]| run("openssl", arguments, folder.path()).unwrap();
    let seconds = (NOW / 1000).to_string();
    let verify = |extra: &[&str]| {
        let mut arguments = vec!["verify", "-x509_strict", "-attime", &seconds];
        arguments.extend(extra);
        arguments.extend(["-CAfile", "root.pem", "-untrusted", "intermediate.pem", "leaf.pem"]);
        openssl(&arguments)
    };
    succeeded(&verify(&["-purpose", "any"]));
    succeeded(&verify(&["-verify_hostname", "settings.example.test"]));
    assert!(!verify(&["-verify_hostname", "other.example.test"]).status.success());
    assert!(!verify(&["-purpose", "sslserver"]).status.success());
    let late = ((NOW + 91 * DAY) / 1000).to_string();
    let expired = openssl(&[
        "verify",
        "-attime",
        &late,
        "-CAfile",
        "root.pem",
        "-untrusted",
        "intermediate.pem",
        "leaf.pem",
    ]);
    assert!(!expired.status.success());

    let output = openssl(&["x509", "-in", "leaf.pem", "-noout", "-pubkey"]);
    fs::write(folder.path().join("key.pem"), &output.stdout).unwrap();
    for name in ["statement", "content"] {
        let signature = format!("{name}.der");
        let output = openssl(&["dgst", "-sha384", "-verify", "key.pem", "-signature", &signature, name]);
        assert!(succeeded(&output).contains("Verified OK"));
    }
    let swapped =
        openssl(&["dgst", "-sha384", "-verify", "key.pem", "-signature", "content.der", "statement"]);
    assert!(!swapped.status.success());
}

#[test]
fn openssl_reads_the_certificates_as_they_are_meant() {
    let folder = TempDir::new().unwrap();
    publish(folder.path());
    let mut texts = Vec::new();
    for name in ["leaf.pem", "intermediate.pem", "root.pem"] {
        let Some(output) = run("openssl", &["x509", "-in", name, "-noout", "-text"], folder.path()) else {
            return;
        };
        texts.push(succeeded(&output).split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let [leaf, intermediate, root] = &texts[..] else { panic!("{texts:?}") };
    let issuing = "X509v3 Key Usage: critical Certificate Sign, CRL Sign";
    let code_signing = "X509v3 Extended Key Usage: Code Signing";
    for text in &texts {
        assert!(text.contains("Signature Algorithm: ecdsa-with-SHA384"), "{text}");
        assert!(text.contains("NIST CURVE: P-384"), "{text}");
        assert!(text.contains(code_signing), "{text}");
        assert!(text.contains("Not Before: Oct 25 06:00:00 2026 GMT"), "{text}");
    }
    assert!(leaf.contains("X509v3 Key Usage: critical Digital Signature X509v3 Extended"), "{leaf}");
    assert!(leaf.contains("X509v3 Subject Alternative Name: DNS:settings.example.test X509v3"), "{leaf}");
    assert!(leaf.contains("X509v3 Authority Key Identifier:"), "{leaf}");
    assert!(!leaf.contains("CA:TRUE"), "{leaf}");
    assert!(leaf.contains("Not After : Feb 22 06:00:00 2027 GMT"), "{leaf}");
    assert!(intermediate.contains("X509v3 Basic Constraints: critical CA:TRUE, pathlen:0"), "{intermediate}");
    assert!(
        intermediate.contains("X509v3 Name Constraints: critical Permitted: DNS:settings.example.test"),
        "{intermediate}"
    );
    assert!(intermediate.contains(issuing), "{intermediate}");
    assert!(intermediate.contains("Not After : Nov 23 06:00:00 2036 GMT"), "{intermediate}");
    assert!(root.contains("X509v3 Basic Constraints: critical CA:TRUE Signature"), "{root}");
    assert!(root.contains(issuing), "{root}");
    assert!(root.contains("Not After : Nov 23 06:00:00 2056 GMT"), "{root}");
}

#[test]
fn python_verifies_chain_and_signatures() {
    let folder = TempDir::new().unwrap();
    publish(folder.path());
    let Some(output) = run("python3", &["-c", "import cryptography"], folder.path()) else { return };
    if !output.status.success() {
        drop(skip("python3 has no cryptography"));
        return;
    }
    succeeded(&run("python3", &["-c", PYTHON], folder.path()).unwrap());
}

const PYTHON: &str = r#"
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.x509.oid import ExtendedKeyUsageOID

leaf, intermediate, root = chain = x509.load_pem_x509_certificates(open("chain.pem", "rb").read())
for certificate, issuer in zip(chain, [intermediate, root, root]):
    certificate.verify_directly_issued_by(issuer)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CODE_SIGNING]
    assert isinstance(certificate.public_key().curve, ec.SECP384R1)
names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
assert names.get_values_for_type(x509.DNSName) == ["settings.example.test"]
constraints = intermediate.extensions.get_extension_for_class(x509.NameConstraints)
assert constraints.critical and [name.value for name in constraints.value.permitted_subtrees] == ["settings.example.test"]
assert leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == \
    intermediate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest

def check(message, raw):
    signature = utils.encode_dss_signature(int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big"))
    leaf.public_key().verify(signature, message, ec.ECDSA(SHA384()))

for name in ["statement", "content"]:
    message, raw = open(name, "rb").read(), open(name + ".raw", "rb").read()
    assert message.startswith(b"Content-Signature:\0{") and len(raw) == 96
    check(message, raw)
    try:
        check(message + b" ", raw)
    except InvalidSignature:
        continue
    raise SystemExit("a changed message verifies")
"#;

/// The commands of docs/keys.md under "Under an authority of your own", run as they stand.
#[test]
fn an_intermediate_made_as_the_documents_say_issues_leaves() {
    let folder = TempDir::new().unwrap();
    let document = include_str!("../../../docs/keys.md");
    let (_, rest) = document.split_once("```sh\n").unwrap();
    let (commands, _) = rest.split_once("```").unwrap();
    let root = concat!(
        "openssl ecparam -name secp384r1 -genkey -noout -out root-key.pem\n",
        "openssl req -x509 -new -key root-key.pem -sha384 -days 9000 -subj '/C=CH/O=Example/CN=Example root' ",
        "-out root.pem\n",
    );
    let script = format!("set -eu\nSIGNER=settings.example.test\n{root}{commands}");
    let Some(output) = run("openssl", &["version"], folder.path()) else { return };
    succeeded(&output);
    succeeded(&run("sh", &["-c", &script], folder.path()).unwrap());
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let issuer = Issuer::parse(&read("intermediate-key.pem"), &read("chain.pem")).unwrap();
    // The commands write today's dates: the intermediate's own beginning is the one time that is surely within them.
    let now = issuer.certificates()[0].not_before().plus_millis(1);
    let leaf = issuer.issue_leaf(&signer_name(), 90, now, &SeededRandom::new(2)).unwrap();
    assert_eq!(leaf.certificates().len(), 3);
    assert_eq!(leaf.certificates()[1].subject(), "O=Example, CN=Countersign intermediate");
    assert_eq!(leaf.certificates()[2].subject(), "C=CH, O=Example, CN=Example root");
}
