//! The reader: one pass over bytes, no library, no number or text that it does not understand to the last bit.

mod scalar;

use std::{borrow::Cow, collections::BTreeSet, str};

use super::{JsonError, JsonErrorKind, JsonLimits, Object, Value, push_index, push_name};

/// Reads JSON piece by piece, as strictly as [`Value::parse`]: for texts too large to hold as a [`Value`].
///
/// After an error it is somewhere in the middle: read no further.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    limits: JsonLimits,
    path: Vec<Step>,
    negative_zero: NegativeZero,
}

/// What the integer `-0` is read as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum NegativeZero {
    /// The float −0.
    Float,
    /// The integer 0.
    Integer,
}

/// A step from the outermost value to the one being read.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Position in a list.
    Index(usize),
    /// Offset of the member's name; it is decoded only when an error has to be told.
    Name(usize),
}

impl<'a> Reader<'a> {
    /// At the beginning of `bytes`.
    pub fn new(bytes: &'a [u8], limits: JsonLimits) -> Self {
        let limits = JsonLimits { depth: limits.depth.min(JsonLimits::MAX_DEPTH), ..limits };
        Self { bytes, at: 0, depth: 0, limits, path: Vec::new(), negative_zero: NegativeZero::Integer }
    }

    /// Reads `-0` as the float −0 from here on: how the change digest takes attributes as spelled (`statement` §6).
    #[must_use]
    pub fn with_negative_zero_as_float(self) -> Self {
        Self { negative_zero: NegativeZero::Float, ..self }
    }

    /// Reads the next value, whatever it is.
    pub fn value(&mut self) -> Result<Value, JsonError> {
        self.skip_space();
        Ok(match self.peek() {
            Some(b'{') => Value::Object(self.members()?),
            Some(b'[') => Value::List(self.items()?),
            Some(b'"') => Value::Text(self.text()?.into_owned()),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.literal(b"true", Value::Bool(true))?,
            Some(b'f') => self.literal(b"false", Value::Bool(false))?,
            Some(b'n') => self.literal(b"null", Value::Null)?,
            _ => return Err(self.unexpected()),
        })
    }

    /// Reads an object: `member` is called after each name, and reads the value. A name that comes twice is an error.
    pub fn object<E: From<JsonError>>(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        self.expect_type(b'{')?;
        self.enter()?;
        let mut names: BTreeSet<Cow<'a, str>> = BTreeSet::new();
        let mut more = self.first(b'}')?;
        while more {
            let (name, offset) = self.name()?;
            if names.contains(&name) {
                return Err(self.error(JsonErrorKind::DuplicateKey, offset).into());
            }
            member(self, &name)?;
            names.insert(name);
            self.path.pop();
            more = self.next(b'}')?;
        }
        Ok(())
    }

    /// Reads a list: `item` is called before each item, and reads it.
    pub fn list<E: From<JsonError>>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.expect_type(b'[')?;
        self.enter()?;
        let mut index = 0_usize;
        let mut more = self.first(b']')?;
        while more {
            self.path.push(Step::Index(index));
            item(self)?;
            self.path.pop();
            index += 1;
            more = self.next(b']')?;
        }
        Ok(())
    }

    /// Reads an object as a whole.
    pub fn whole_object(&mut self) -> Result<Object, JsonError> {
        self.expect_type(b'{')?;
        self.members()
    }

    /// Reads the next value and forgets it, whatever its size. A member that comes twice in it is no error: nobody sees it.
    pub fn skip(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => {
                self.enter()?;
                let mut more = self.first(b'}')?;
                while more {
                    self.name()?;
                    self.skip()?;
                    self.path.pop();
                    more = self.next(b'}')?;
                }
                Ok(())
            }
            Some(b'[') => self.list(Self::skip),
            Some(b'"') => self.text().map(drop),
            Some(_) => self.value().map(drop),
            None => Err(self.unexpected()),
        }
    }

    /// The first byte of the next value, which tells its type.
    pub fn peek_type(&mut self) -> Option<u8> {
        self.skip_space();
        self.peek()
    }

    /// Only white space may be left.
    pub fn end(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Bytes read so far.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// What is left, the next value first, and the limits that are left for it: for `canonical`, which knows canonical
    /// bytes without reading them here.
    pub(crate) fn rest(&mut self) -> (&'a [u8], JsonLimits) {
        self.skip_space();
        let limits = JsonLimits { depth: self.depth_left(), ..self.limits };
        (self.bytes.get(self.at..).unwrap_or_default(), limits)
    }

    /// Steps over `length` bytes of [`Reader::rest`] that are known to be one value.
    pub(crate) fn step_over(&mut self, length: usize) {
        self.at = self.at.saturating_add(length).min(self.bytes.len());
    }

    /// Reads an object as a whole, `-0` as the float −0: it has no canonical form as spelled.
    pub(crate) fn whole_object_as_spelled(&mut self) -> Result<Object, JsonError> {
        let before = std::mem::replace(&mut self.negative_zero, NegativeZero::Float);
        let object = self.whole_object()?;
        self.negative_zero = before;
        Ok(object)
    }

    /// How much deeper the next value may nest.
    fn depth_left(&self) -> usize {
        self.limits.depth.saturating_sub(self.depth)
    }

    fn members(&mut self) -> Result<Object, JsonError> {
        self.enter()?;
        let mut members: Vec<(String, usize, Value)> = Vec::new();
        let mut sorted = true;
        let mut more = self.first(b'}')?;
        while more {
            let (name, offset) = self.name()?;
            let value = self.value()?;
            self.path.pop();
            sorted = sorted && members.last().is_none_or(|(before, ..)| before.as_str() < &*name);
            members.push((name.into_owned(), offset, value));
            more = self.next(b'}')?;
        }
        if !sorted {
            members.sort_by(|a, b| (a.0.as_str(), a.1).cmp(&(b.0.as_str(), b.1)));
            let repeated = members.windows(2).filter_map(|pair| match pair {
                [(a, ..), (b, offset, _)] if a == b => Some(*offset),
                _ => None,
            });
            if let Some(offset) = repeated.min() {
                self.path.push(Step::Name(offset));
                return Err(self.error(JsonErrorKind::DuplicateKey, offset));
            }
        }
        Ok(Object(members.into_iter().map(|(name, _, value)| (name, value)).collect()))
    }

    fn items(&mut self) -> Result<Vec<Value>, JsonError> {
        let mut list = Vec::new();
        self.list(|reader| {
            list.push(reader.value()?);
            Ok::<(), JsonError>(())
        })?;
        Ok(list)
    }

    /// A member's name and the colon; the path then leads to the member.
    fn name(&mut self) -> Result<(Cow<'a, str>, usize), JsonError> {
        self.skip_space();
        let offset = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.unexpected());
        }
        let name = self.text()?;
        self.path.push(Step::Name(offset));
        self.skip_space();
        self.expect(b':')?;
        Ok((name, offset))
    }

    /// Past the opening bracket, one level deeper.
    fn enter(&mut self) -> Result<(), JsonError> {
        if self.depth_left() == 0 {
            return Err(self.error(JsonErrorKind::Depth, self.at));
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// After the opening bracket: whether there is a first member or item.
    fn first(&mut self, close: u8) -> Result<bool, JsonError> {
        self.skip_space();
        match self.peek() {
            Some(byte) if byte == close => {
                self.leave();
                Ok(false)
            }
            Some(_) => Ok(true),
            None => Err(self.unexpected()),
        }
    }

    /// After a member or item: whether there is another one.
    fn next(&mut self, close: u8) -> Result<bool, JsonError> {
        self.skip_space();
        match self.peek() {
            Some(byte) if byte == close => {
                self.leave();
                Ok(false)
            }
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    fn literal(&mut self, word: &[u8], value: Value) -> Result<Value, JsonError> {
        for byte in word {
            self.expect(*byte)?;
        }
        Ok(value)
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek() != Some(byte) {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(())
    }

    /// That a value of the asked type begins here; another value is told from what is no value.
    fn expect_type(&mut self, open: u8) -> Result<(), JsonError> {
        self.skip_space();
        match self.peek() {
            Some(byte) if byte == open => Ok(()),
            Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                Err(self.error(JsonErrorKind::Type, self.at))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The byte here, or the end, does not belong here.
    fn unexpected(&self) -> JsonError {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let character = rest.get(..rest.len().min(4)).unwrap_or_default();
        let is_utf8 = match str::from_utf8(character) {
            Ok(_) => true,
            Err(error) => error.valid_up_to() > 0,
        };
        self.error(if is_utf8 { JsonErrorKind::Syntax } else { JsonErrorKind::Utf8 }, self.at)
    }

    fn error(&self, kind: JsonErrorKind, offset: usize) -> JsonError {
        JsonError { kind, offset, pointer: self.pointer() }
    }

    /// The path in the form of RFC 6901.
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            match *step {
                Step::Index(index) => push_index(&mut pointer, index),
                Step::Name(offset) => {
                    let mut there = Self::new(self.bytes, self.limits);
                    there.at = offset;
                    // It was read before, with the same limits.
                    push_name(&mut pointer, &there.text().unwrap_or_default());
                }
            }
        }
        pointer
    }
}
