//! Reads of a certificate what an operator wants to see and what issuing under it needs. Judges nothing: the path library
//! does.

use rcgen::{DistinguishedName, DnType, DnValue};

use super::der::{Reader, tag};
use crate::{
    signing::pem,
    types::{Sha256Digest, Timestamp},
};

/// A certificate, and what it says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certificate {
    der: Vec<u8>,
    issuer: Vec<u8>,
    key: Vec<u8>,
    key_identifier: Option<Vec<u8>>,
    not_after: Timestamp,
    not_before: Timestamp,
    subject: Vec<u8>,
}

impl Certificate {
    /// From DER; `None` if it cannot be read.
    pub fn parse(der: &[u8]) -> Option<Self> {
        let mut certificate = Reader::new(der).nested(tag::SEQUENCE)?;
        let mut fields = certificate.nested(tag::SEQUENCE)?;
        fields.optional(tag::CONTEXT_0);
        fields.expect(tag::INTEGER)?;
        fields.expect(tag::SEQUENCE)?;
        let issuer = fields.whole(tag::SEQUENCE)?.to_vec();
        let mut validity = fields.nested(tag::SEQUENCE)?;
        let (not_before, not_after) = (validity.time()?, validity.time()?);
        let subject = fields.whole(tag::SEQUENCE)?.to_vec();
        let key = fields.whole(tag::SEQUENCE)?.to_vec();
        let key_identifier = read_key_identifier(fields);
        Some(Self { der: der.to_vec(), issuer, key, key_identifier, not_after, not_before, subject })
    }

    /// The DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The PEM block.
    pub fn to_pem(&self) -> String {
        pem::certificate(&self.der)
    }

    /// The PEM block of its public key.
    pub fn public_key_to_pem(&self) -> String {
        pem::public_key(&self.key)
    }

    /// SHA-256 of the DER: what clients pin of a root.
    pub fn fingerprint(&self) -> Sha256Digest {
        Sha256Digest::of(&self.der)
    }

    /// The last moment at which it is valid.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The first moment at which it is valid.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// Whether half of its life is over.
    pub fn is_half_over(&self, now: Timestamp) -> bool {
        let life = self.not_after.as_millis().saturating_sub(self.not_before.as_millis());
        now >= self.not_after.minus_millis(life / 2)
    }

    /// Whom it is for, for people: `CN=example, O=Example`.
    pub fn subject(&self) -> String {
        let mut text = String::new();
        for attribute in read_name(&self.subject).unwrap_or_default() {
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(&attribute.label());
            text.push('=');
            text.push_str(&attribute.text());
        }
        text
    }

    /// The issuer in DER.
    pub(super) fn issuer_der(&self) -> &[u8] {
        &self.issuer
    }

    /// `SubjectPublicKeyInfo` in DER.
    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    /// The subject in DER.
    pub(super) fn subject_der(&self) -> &[u8] {
        &self.subject
    }

    /// The identifier that it gives its key, if it does.
    pub(super) fn key_identifier(&self) -> Option<&[u8]> {
        self.key_identifier.as_deref()
    }

    /// The subject as what is issued under it names its issuer. `None` where the library cannot write it: what it wrote is
    /// compared with [`Certificate::subject_der`] afterwards.
    pub(super) fn name(&self) -> Option<DistinguishedName> {
        let mut name = DistinguishedName::new();
        for attribute in read_name(&self.subject)? {
            name.push(DnType::CustomDnType(attribute.kind()), attribute.value()?);
        }
        Some(name)
    }
}

/// One attribute of a name.
struct Attribute<'a> {
    kind: &'a [u8],
    tag: u8,
    value: &'a [u8],
}

impl Attribute<'_> {
    fn label(&self) -> String {
        match self.kind {
            [0x55, 0x04, 3] => "CN".to_owned(),
            [0x55, 0x04, 6] => "C".to_owned(),
            [0x55, 0x04, 7] => "L".to_owned(),
            [0x55, 0x04, 8] => "ST".to_owned(),
            [0x55, 0x04, 10] => "O".to_owned(),
            [0x55, 0x04, 11] => "OU".to_owned(),
            _ => self.kind().iter().map(u64::to_string).collect::<Vec<_>>().join("."),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(self.value).into_owned()
    }

    /// The numbers of the OBJECT IDENTIFIER.
    fn kind(&self) -> Vec<u64> {
        let mut numbers = Vec::new();
        let mut number = 0_u64;
        for byte in self.kind {
            number = (number << 7) | u64::from(byte & 0x7f);
            if byte & 0x80 != 0 {
                continue;
            }
            if numbers.is_empty() {
                let first = (number / 40).min(2);
                numbers.extend([first, number - first * 40]);
            } else {
                numbers.push(number);
            }
            number = 0;
        }
        numbers
    }

    fn value(&self) -> Option<DnValue> {
        let text = std::str::from_utf8(self.value).ok()?;
        match self.tag {
            tag::IA5_STRING => rcgen::string::Ia5String::try_from(text).ok().map(DnValue::Ia5String),
            tag::PRINTABLE_STRING => {
                rcgen::string::PrintableString::try_from(text).ok().map(DnValue::PrintableString)
            }
            tag::UTF8_STRING => Some(DnValue::Utf8String(text.to_owned())),
            _ => None,
        }
    }
}

fn read_name(der: &[u8]) -> Option<Vec<Attribute<'_>>> {
    let mut attributes = Vec::new();
    let mut sets = Reader::new(der).nested(tag::SEQUENCE)?;
    while !sets.is_empty() {
        let mut set = sets.nested(tag::SET)?;
        while !set.is_empty() {
            let mut pair = set.nested(tag::SEQUENCE)?;
            let kind = pair.expect(tag::OBJECT_IDENTIFIER)?;
            let (tag, value) = pair.next()?;
            attributes.push(Attribute { kind, tag, value });
        }
    }
    Some(attributes)
}

/// The extension subjectKeyIdentifier among what follows the key.
fn read_key_identifier(mut fields: Reader<'_>) -> Option<Vec<u8>> {
    while !fields.is_empty() {
        let (tag, content) = fields.next()?;
        if tag != tag::CONTEXT_3 {
            continue;
        }
        let mut extensions = Reader::new(content).nested(tag::SEQUENCE)?;
        while !extensions.is_empty() {
            let mut extension = extensions.nested(tag::SEQUENCE)?;
            if extension.expect(tag::OBJECT_IDENTIFIER)? != SUBJECT_KEY_IDENTIFIER {
                continue;
            }
            extension.optional(tag::BOOLEAN);
            return extension.nested(tag::OCTET_STRING)?.expect(tag::OCTET_STRING).map(<[u8]>::to_vec);
        }
    }
    None
}

/// id-ce-subjectKeyIdentifier, 2.5.29.14.
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
