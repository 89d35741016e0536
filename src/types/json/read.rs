//! The reader: one pass over bytes, no library, no number or text that it does not understand to the last bit.

use std::{borrow::Cow, collections::BTreeSet, str};

use super::{JsonError, JsonErrorKind, JsonLimits, Nul, Object, Value, push_index, push_name};

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

    /// The text that begins here, at its quotation mark.
    fn text(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let mut text = self.plain_run()?;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    let character = self.escape()?;
                    let run = self.plain_run()?;
                    let whole = text.to_mut();
                    whole.push(character);
                    whole.push_str(&run);
                }
                _ => return Err(self.unexpected()),
            }
        }
    }

    /// Characters up to the next quotation mark, backslash or control character.
    fn plain_run(&mut self) -> Result<Cow<'a, str>, JsonError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length =
            rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len());
        let run = rest.get(..length).unwrap_or_default();
        match str::from_utf8(run) {
            Ok(run) => {
                self.at += length;
                Ok(Cow::Borrowed(run))
            }
            Err(error) => Err(self.error(JsonErrorKind::Utf8, self.at + error.valid_up_to())),
        }
    }

    /// An escape sequence, at its backslash.
    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.at += 1;
        let Some(kind) = self.peek() else { return Err(self.unexpected()) };
        let character = match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(start),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(character)
    }

    /// `\uXXXX`, or two of them for a character beyond U+FFFF; `start` is where the first backslash is.
    fn unicode_escape(&mut self, start: usize) -> Result<char, JsonError> {
        let first = self.code_unit()?;
        let code = match first {
            0xd800..=0xdbff if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u")) => {
                self.at += 1;
                let second = self.code_unit()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.error(JsonErrorKind::LoneSurrogate, start));
                }
                0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            other => other,
        };
        if code == 0 && self.limits.nul == Nul::Refused {
            return Err(self.error(JsonErrorKind::NulCharacter, start));
        }
        char::from_u32(code).ok_or_else(|| self.error(JsonErrorKind::LoneSurrogate, start))
    }

    /// `uXXXX`, at its `u`.
    fn code_unit(&mut self) -> Result<u32, JsonError> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else { return Err(self.unexpected()) };
            unit = (unit << 4) | digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        let negative = self.peek() == Some(b'-');
        if negative {
            self.at += 1;
        }
        let digits_start = self.at;
        if self.digits()? > 1 && self.bytes.get(digits_start) == Some(&b'0') {
            self.at = digits_start + 1;
            return Err(self.unexpected());
        }
        let digits_end = self.at;
        let mut is_integer = true;
        if self.peek() == Some(b'.') {
            is_integer = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_integer = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        if is_integer {
            let digits = self.bytes.get(digits_start..digits_end).unwrap_or_default();
            if let Some(integer) = integer(negative, digits) {
                let is_float = negative && integer == 0 && self.negative_zero == NegativeZero::Float;
                return Ok(if is_float { Value::Float(-0.0) } else { Value::Integer(integer) });
            }
        }
        let text =
            self.bytes.get(start..self.at).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default();
        // The standard library rounds correctly, however many digits there are.
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::Float(float)),
            _ => Err(self.error(JsonErrorKind::NumberRange, start)),
        }
    }

    /// One digit or more; how many there were.
    fn digits(&mut self) -> Result<usize, JsonError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected()) } else { Ok(self.at - start) }
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

/// The integer, if it is from −2^63 to 2^64−1.
fn integer(negative: bool, digits: &[u8]) -> Option<i128> {
    if digits.len() > 20 {
        return None;
    }
    let magnitude = digits.iter().fold(0_i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    let integer = if negative { -magnitude } else { magnitude };
    (-(1_i128 << 63)..1 << 64).contains(&integer).then_some(integer)
}
