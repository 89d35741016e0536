//! The publication statement: the signed text that says what a publication is (`statement` §3).

use crate::{
    canonical::{self, Refusal},
    types::{JsonError, JsonLimits, Nul, Object, Sha256Digest, Sha384Digest, Timestamp, Value},
};

/// What a publication is. The text is what is hashed, signed and kept; a parsed statement is for reading only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// The bucket that clients ask for; a preview has its own.
    pub bucket: String,
    /// The collection that clients ask for.
    pub collection: String,
    /// SHA-384 of the content signature's message: ties both signatures to the same data.
    pub content: Sha384Digest,
    /// Live records.
    pub count: u64,
    /// After this, data should have been signed again.
    pub expires: Option<Timestamp>,
    /// When it was signed.
    pub issued: Timestamp,
    /// Hash of the text of the statement before; `None` only where none is known.
    pub previous: Option<Sha256Digest>,
    /// Root of the record tree.
    pub root: Sha256Digest,
    /// The records timestamp.
    pub timestamp: Timestamp,
    /// Goes up with every statement for this bucket and collection; at least 1.
    pub version: u64,
}

impl Statement {
    /// Longest text, in bytes.
    pub const MAX_LENGTH: usize = 65_536;
    /// The `type` of statements that this version reads.
    pub const TYPE: &str = "countersign/statement/v1";

    /// Reads a statement's text by `statement` §5, 3. Whom and what it is about is not looked at.
    ///
    /// Members that are not known are ignored, unless `critical` names them.
    pub fn parse(text: &str) -> Result<Self, StatementError> {
        let object = parse_canonical(text)?;
        if object.get("type").and_then(Value::as_text) != Some(Self::TYPE) {
            return Err(StatementError::UnknownType);
        }
        check_critical(&object)?;
        let members = Members(&object);
        Ok(Self {
            bucket: members.text("bucket")?,
            collection: members.text("collection")?,
            content: members.required("content", |value| Sha384Digest::parse(value.as_text()?).ok())?,
            count: members.integer("count")?,
            expires: match object.get("expires") {
                Some(_) => Some(members.timestamp("expires")?),
                None => None,
            },
            issued: members.timestamp("issued")?,
            previous: members.required("previous", |value| {
                if *value == Value::Null { Some(None) } else { parse_digest(value).map(Some) }
            })?,
            root: members.required("root", parse_digest)?,
            timestamp: members.timestamp("timestamp")?,
            version: members
                .required("version", |value| parse_integer(value).filter(|version| *version >= 1))?,
        })
    }

    /// The text to be signed.
    pub fn to_text(&self) -> String {
        let mut object = Object::new();
        object.insert("type", Self::TYPE);
        object.insert("bucket", self.bucket.as_str());
        object.insert("collection", self.collection.as_str());
        object.insert("content", self.content.to_hex());
        object.insert("count", self.count);
        if let Some(expires) = self.expires {
            object.insert("expires", expires.as_millis());
        }
        object.insert("issued", self.issued.as_millis());
        object
            .insert("previous", self.previous.map_or(Value::Null, |previous| Value::Text(previous.to_hex())));
        object.insert("root", self.root.to_hex());
        object.insert("timestamp", self.timestamp.as_millis());
        object.insert("version", self.version);
        canonical::object_to_text(&object)
    }

    /// What the next statement's `previous` says of this text.
    pub fn hash_of_text(text: &str) -> Sha256Digest {
        Sha256Digest::of(text.as_bytes())
    }
}

/// Why a text is no statement that this version may act on, in the order in which a reader has to look.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum StatementError {
    /// Not a statement's text.
    #[error("malformed statement: {0}")]
    Malformed(#[from] MalformedStatement),
    /// `critical` names a member that this version does not know.
    #[error("the statement has a critical member that this version does not know")]
    UnknownCritical,
    /// No `type`, or another one: not a statement, or one of a later version.
    #[error("not a statement of a known type")]
    UnknownType,
}

/// What is malformed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MalformedStatement {
    /// `critical` is no list of texts.
    #[error("critical is no list of texts")]
    Critical,
    /// Not JSON, or too deep.
    #[error("no JSON: {0}")]
    Json(JsonError),
    /// A member of the table is missing, has another type, or is out of range.
    #[error("member {0} is missing or has another type")]
    Member(&'static str),
    /// A value that has no canonical form.
    #[error("no canonical form: {0}")]
    NoCanonicalForm(Refusal),
    /// The text is not the canonical text of what it says.
    #[error("not canonical")]
    NotCanonical,
    /// Another JSON value than an object.
    #[error("no object")]
    NotObject,
    /// Longer than [`Statement::MAX_LENGTH`].
    #[error("too long")]
    TooLong,
}

/// The object of which `text` is the canonical text, byte for byte.
fn parse_canonical(text: &str) -> Result<Object, MalformedStatement> {
    if text.len() > Statement::MAX_LENGTH {
        return Err(MalformedStatement::TooLong);
    }
    let limits = JsonLimits { depth: MAX_DEPTH, nul: Nul::Accepted };
    let value = Value::parse(text.as_bytes(), limits).map_err(MalformedStatement::Json)?;
    let Value::Object(object) = value else { return Err(MalformedStatement::NotObject) };
    let canonical = canonical::record(&object).map_err(MalformedStatement::NoCanonicalForm)?;
    if canonical == text.as_bytes() { Ok(object) } else { Err(MalformedStatement::NotCanonical) }
}

fn check_critical(object: &Object) -> Result<(), StatementError> {
    let Some(critical) = object.get("critical") else { return Ok(()) };
    let names: Option<Vec<&str>> =
        critical.as_list().and_then(|names| names.iter().map(Value::as_text).collect());
    let names = names.ok_or(MalformedStatement::Critical)?;
    if names.iter().all(|name| KNOWN.contains(name)) { Ok(()) } else { Err(StatementError::UnknownCritical) }
}

/// The members of the table.
struct Members<'a>(&'a Object);

impl Members<'_> {
    fn required<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, MalformedStatement> {
        self.0.get(name).and_then(parse).ok_or(MalformedStatement::Member(name))
    }

    fn text(&self, name: &'static str) -> Result<String, MalformedStatement> {
        self.required(name, |value| value.as_text().map(str::to_owned))
    }

    fn integer(&self, name: &'static str) -> Result<u64, MalformedStatement> {
        self.required(name, parse_integer)
    }

    fn timestamp(&self, name: &'static str) -> Result<Timestamp, MalformedStatement> {
        self.required(name, |value| Timestamp::from_millis(parse_integer(value)?).ok())
    }
}

fn parse_integer(value: &Value) -> Option<u64> {
    value.as_integer().and_then(|integer| u64::try_from(integer).ok())
}

fn parse_digest(value: &Value) -> Option<Sha256Digest> {
    Sha256Digest::parse(value.as_text()?).ok()
}

const KNOWN: [&str; 12] = [
    "bucket",
    "collection",
    "content",
    "count",
    "critical",
    "expires",
    "issued",
    "previous",
    "root",
    "timestamp",
    "type",
    "version",
];
/// Nesting of a statement's text, the object itself included.
const MAX_DEPTH: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        Statement {
            bucket: "main".into(),
            collection: "caf\u{e9}".into(),
            content: Sha384Digest::from_bytes([0xab; 48]),
            count: 3,
            expires: Some(Timestamp::from_millis(9).unwrap()),
            issued: Timestamp::from_millis(8).unwrap(),
            previous: None,
            root: Sha256Digest::of(b""),
            timestamp: Timestamp::ZERO,
            version: 1,
        }
    }

    fn error(text: &str) -> StatementError {
        Statement::parse(text).unwrap_err()
    }

    fn with(name: &str, value: &str) -> String {
        let limits = JsonLimits { depth: 64, nul: Nul::Accepted };
        let mut object =
            Value::parse(statement().to_text().as_bytes(), limits).unwrap().as_object().unwrap().clone();
        object.insert(name, Value::parse(value.as_bytes(), limits).unwrap());
        canonical::object_to_text(&object)
    }

    fn without(name: &str) -> String {
        let limits = JsonLimits { depth: 64, nul: Nul::Accepted };
        let mut object =
            Value::parse(statement().to_text().as_bytes(), limits).unwrap().as_object().unwrap().clone();
        object.remove(name).unwrap();
        canonical::object_to_text(&object)
    }

    #[test]
    fn a_written_statement_reads_back() {
        let text = statement().to_text();
        assert!(text.starts_with(r#"{"bucket":"main","collection":"caf\u00e9","content":"abab"#));
        assert_eq!(Statement::parse(&text), Ok(statement()));
        let followed =
            Statement { expires: None, previous: Some(Statement::hash_of_text(&text)), ..statement() };
        assert_eq!(Statement::parse(&followed.to_text()), Ok(followed));
    }

    #[test]
    fn every_statement_text_of_the_vectors_is_read_as_its_outcome_says() {
        let bytes = include_bytes!("../../fixtures/spec/statement-vectors.json");
        let vectors = Value::parse(bytes, JsonLimits { depth: 128, nul: Nul::Accepted }).unwrap();
        let statements = vectors.as_object().unwrap().get("statements").and_then(Value::as_list).unwrap();
        let mut read = 0;
        for vector in statements {
            let vector = vector.as_object().unwrap();
            let outcome = vector.get("outcome").and_then(Value::as_text).unwrap();
            let answered = vector.get("changeset").and_then(|changeset| {
                let metadata = changeset.as_object()?.get("metadata")?.as_object()?;
                metadata.get("countersign")?.as_object()?.get("statement")?.as_text()
            });
            let edits = vector.get("edits").and_then(Value::as_list).unwrap_or_default();
            let edited = edits.iter().find_map(|edit| match edit.as_list()? {
                [path, text] if path.as_list()?.last()?.as_text()? == "statement" => text.as_text(),
                _ => None,
            });
            let Some(text) = edited.or(answered) else { continue };
            let fill = vector.get("fill").and_then(Value::as_integer).unwrap_or_default();
            let text = text.replace("%fill%", &"x".repeat(usize::try_from(fill).unwrap()));
            let parsed = Statement::parse(&text);
            let note = vector.get("note").and_then(Value::as_text).unwrap();
            match outcome {
                "UnknownType" => assert_eq!(parsed, Err(StatementError::UnknownType), "{note}"),
                "UnknownCritical" => assert_eq!(parsed, Err(StatementError::UnknownCritical), "{note}"),
                "Applied" | "Stale" | "UpToDate" | "Older" | "WrongBucket" | "WrongCollection"
                | "TooFarAhead" | "Equivocation" | "TimestampMismatch" | "TimestampWentBack"
                | "RootMismatch" => {
                    assert!(parsed.is_ok(), "{note}: {parsed:?}");
                }
                // Others are decided before the text is read, or by the records.
                _ => continue,
            }
            read += 1;
        }
        assert_eq!(read, 79);
    }

    #[test]
    fn what_is_not_the_canonical_text_of_an_object_is_malformed() {
        let text = statement().to_text();
        let malformed = |text: &str| {
            let StatementError::Malformed(reason) = error(text) else { panic!("{text}") };
            reason
        };
        assert_eq!(malformed(&format!("{text} ")), MalformedStatement::NotCanonical);
        assert_eq!(malformed(&text.replacen("\\u00e9", "\u{e9}", 1)), MalformedStatement::NotCanonical);
        assert_eq!(
            malformed(&text.replacen("\"count\":3", "\"count\":-0", 1)),
            MalformedStatement::NotCanonical
        );
        assert_eq!(malformed("[]"), MalformedStatement::NotObject);
        assert!(matches!(malformed("{\"type\":1,\"type\":2}"), MalformedStatement::Json(_)));
        assert!(matches!(malformed(&with("x", "[[[[[[[[]]]]]]]]")), MalformedStatement::Json(_)));
        assert!(Statement::parse(&with("x", "[[[[[[[]]]]]]]")).is_ok());
        assert!(matches!(malformed(&with("x", "0.5")), MalformedStatement::NoCanonicalForm(_)));
        assert!(matches!(malformed(&with("x", "9007199254740992")), MalformedStatement::NoCanonicalForm(_)));
        let fill = |length: usize| with("x", &format!("\"{}\"", "x".repeat(length)));
        let room = Statement::MAX_LENGTH - fill(0).len();
        assert!(Statement::parse(&fill(room)).is_ok());
        assert_eq!(malformed(&fill(room + 1)), MalformedStatement::TooLong);
    }

    #[test]
    fn the_type_is_looked_at_before_critical_and_critical_before_the_members() {
        let other_type = with("type", r#""countersign/statement/v2""#);
        assert_eq!(
            error(&other_type.replacen("\"count\":3,", "\"count\":3,\"critical\":[7],", 1)),
            StatementError::UnknownType
        );
        assert_eq!(error(&without("type")), StatementError::UnknownType);
        assert_eq!(error(&with("type", "7")), StatementError::UnknownType);
        let critical =
            |list: &str| error(&with("critical", list).replacen("\"version\":1", "\"version\":0", 1));
        assert_eq!(critical(r#"["policy",7]"#), MalformedStatement::Critical.into());
        assert_eq!(critical("null"), MalformedStatement::Critical.into());
        assert_eq!(critical(r#"["version","policy"]"#), StatementError::UnknownCritical);
        assert_eq!(critical(r#"["version"]"#), MalformedStatement::Member("version").into());
    }

    #[test]
    fn members_of_the_table_have_their_types() {
        let member = |name: &'static str| StatementError::from(MalformedStatement::Member(name));
        for name in
            ["bucket", "collection", "content", "count", "issued", "previous", "root", "timestamp", "version"]
        {
            assert_eq!(error(&without(name)), member(name));
            assert_eq!(error(&with(name, "true")), member(name));
        }
        assert_eq!(error(&with("expires", "null")), member("expires"));
        assert_eq!(error(&with("expires", "-1")), member("expires"));
        assert_eq!(error(&with("version", "0")), member("version"));
        assert_eq!(error(&with("count", "-1")), member("count"));
        assert_eq!(error(&with("root", "null")), member("root"));
        assert_eq!(error(&with("previous", &format!("\"{}\"", "AB".repeat(32)))), member("previous"));
        assert_eq!(error(&with("content", &format!("\"{}\"", "ab".repeat(32)))), member("content"));
    }
}
