//! Texts and numbers.

use std::{borrow::Cow, str};

use super::{
    super::{JsonError, JsonErrorKind, Nul, Value},
    NegativeZero, Reader,
};

impl<'a> Reader<'a> {
    /// The text that begins here, at its quotation mark.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, JsonError> {
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

    pub(super) fn number(&mut self) -> Result<Value, JsonError> {
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
