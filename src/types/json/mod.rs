//! JSON as this crate reads it: strict, bounded, and independent of how any library prints numbers or orders members.
//!
//! [`Value::parse`] reads a whole text, [`Reader`] piece by piece. Both refuse what two readers could take differently.

mod pointer;
mod read;

pub(crate) use pointer::{push_index, push_name};
pub use read::Reader;

/// A JSON value. Members of objects are sorted by code points and unique.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true`, `false`
    Bool(bool),
    /// A number with fraction or exponent, or an integer outside −2^63 … 2^64−1. Always finite.
    Float(f64),
    /// An integer from −2^63 to 2^64−1; `-0` is 0.
    Integer(i128),
    /// An array.
    List(Vec<Self>),
    /// `null`
    Null,
    /// An object.
    Object(Object),
    /// A string.
    Text(String),
}

impl Value {
    /// Reads one JSON text (RFC 8259): UTF-8 without byte order mark, white space around it, nothing after it.
    ///
    /// Duplicate members, lone surrogates, numbers that overflow a double and nesting beyond the limit are refused.
    pub fn parse(bytes: &[u8], limits: JsonLimits) -> Result<Self, JsonError> {
        let mut reader = Reader::new(bytes, limits);
        let value = reader.value()?;
        reader.end()?;
        Ok(value)
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The integer, if it is one.
    pub fn as_integer(&self) -> Option<i128> {
        if let Self::Integer(integer) = self { Some(*integer) } else { None }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<u64> for Value {
    fn from(integer: u64) -> Self {
        Self::Integer(i128::from(integer))
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<Vec<Self>> for Value {
    fn from(list: Vec<Self>) -> Self {
        Self::List(list)
    }
}

/// The members of a JSON object, sorted by the key's code points, each key once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Vec<(String, Value)>);

impl Object {
    /// `{}`
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a member; returns what it replaced.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let key = key.into();
        match self.position(&key) {
            Ok(index) => self.0.get_mut(index).map(|slot| std::mem::replace(&mut slot.1, value.into())),
            Err(index) => {
                self.0.insert(index, (key, value.into()));
                None
            }
        }
    }

    /// Takes a member out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.position(key).ok().map(|index| self.0.remove(index).1)
    }

    /// A member's value.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).ok().and_then(|index| self.0.get(index)).map(|(_, value)| value)
    }

    /// Whether there is such a member.
    pub fn has(&self, key: &str) -> bool {
        self.position(key).is_ok()
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is `{}`.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// From members in any order; the first key that comes twice is the error.
    pub fn from_members(mut members: Vec<(String, Value)>) -> Result<Self, String> {
        members.sort_by(|a, b| a.0.cmp(&b.0));
        let twice = members.windows(2).find_map(|pair| match pair {
            [(a, _), (b, _)] if a == b => Some(a.clone()),
            _ => None,
        });
        twice.map_or(Ok(Self(members)), Err)
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.as_str().cmp(key))
    }
}

impl IntoIterator for Object {
    type IntoIter = std::vec::IntoIter<(String, Value)>;
    type Item = (String, Value);

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// How much JSON a reader takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct JsonLimits {
    /// Greatest nesting; a scalar has 0, `{}` has 1. More than [`JsonLimits::MAX_DEPTH`] counts as that.
    pub depth: usize,
    /// Whether texts and keys may hold U+0000.
    pub nul: Nul,
}

impl JsonLimits {
    /// No reader goes deeper, so that nothing that walks a value can exhaust its stack.
    pub const MAX_DEPTH: usize = 256;
}

/// What to do with U+0000 in texts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Nul {
    /// Read it, as clients must.
    Accepted,
    /// Refuse it, as databases must.
    Refused,
}

/// Why bytes are no JSON that we read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// Where, in bytes from the beginning. Of a duplicate member: where its name is repeated.
    pub offset: usize,
    /// JSON pointer (RFC 6901) of the value being read; where a name was expected or is wrong, of its object.
    pub pointer: String,
}

/// The kinds of [`JsonError`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JsonErrorKind {
    /// Nested deeper than the limit.
    #[error("nested too deep")]
    Depth,
    /// A member that comes twice: two readers may see two objects.
    #[error("duplicate member")]
    DuplicateKey,
    /// Half of a surrogate pair.
    #[error("lone surrogate")]
    LoneSurrogate,
    /// U+0000 where it is refused.
    #[error("character U+0000")]
    NulCharacter,
    /// A number that overflows a double.
    #[error("number out of range")]
    NumberRange,
    /// Not JSON.
    #[error("syntax error")]
    Syntax,
    /// An object or a list was asked for, and something else is there.
    #[error("value of another type")]
    Type,
    /// Not UTF-8.
    #[error("invalid UTF-8")]
    Utf8,
}

#[cfg(test)]
mod tests;
