//! An expression in tokens.

use super::{Fault, FaultKind};

/// What a token is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    CloseBrace,
    CloseBracket,
    CloseParenthesis,
    Colon,
    Comma,
    Dot,
    /// A text, a number, `true`, `false`.
    Literal,
    Name,
    Not,
    OpenBrace,
    OpenBracket,
    OpenParenthesis,
    /// Between two operands.
    Operator,
    Pipe,
    Question,
}

/// A piece of an expression.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// In characters, from 1.
    pub(super) place: usize,
    pub(super) text: &'a str,
}

/// The tokens of an expression.
pub(super) struct Tokens<'a> {
    last: Option<Kind>,
    place: usize,
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(expression: &'a str) -> Self {
        Self { last: None, place: 1, rest: expression }
    }

    /// Where the next token would begin.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// The next token; `None` at the end.
    pub(super) fn read(&mut self) -> Result<Option<Token<'a>>, Fault> {
        let blanks = self.rest.len() - self.rest.trim_start().len();
        self.take(blanks);
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        let (kind, length) = match first {
            '\'' | '"' => (Kind::Literal, self.text(first)?),
            digit if digit.is_ascii_digit() || (digit == '.' && self.digits(1) > 0) => {
                (Kind::Literal, self.number(0)?)
            }
            // A sign, where no operand stands before it.
            '-' if self.begins_operand() && (self.digits(1) > 0 || self.fraction(1) > 0) => {
                (Kind::Literal, self.number(1)?)
            }
            letter if letter.is_ascii_alphabetic() || "_$".contains(letter) => self.word(),
            other => self.sign().ok_or_else(|| self.fault(FaultKind::Character(other)))?,
        };
        let place = self.place;
        let text = self.take(length);
        self.last = Some(kind);
        Ok(Some(Token { kind, place, text }))
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.place += taken.chars().count();
        self.rest = rest;
        taken
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault { kind, place: self.place }
    }

    fn begins_operand(&self) -> bool {
        match self.last {
            None
            | Some(
                Kind::Colon
                | Kind::Comma
                | Kind::Not
                | Kind::OpenBrace
                | Kind::OpenBracket
                | Kind::OpenParenthesis
                | Kind::Operator
                | Kind::Question,
            ) => true,
            Some(
                Kind::CloseBrace
                | Kind::CloseBracket
                | Kind::CloseParenthesis
                | Kind::Dot
                | Kind::Literal
                | Kind::Name
                | Kind::Pipe,
            ) => false,
        }
    }

    /// Length of a text with its quotes; a backslash takes the quote or the backslash behind it along.
    fn text(&self, quote: char) -> Result<usize, Fault> {
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((offset, character)) = characters.next() {
            if character == quote {
                return Ok(offset + 1);
            }
            if character == '\\' {
                characters.next();
            }
        }
        Err(self.fault(FaultKind::Text))
    }

    /// Length of a number: digits, or a point and digits with digits before it or not.
    fn number(&self, sign: usize) -> Result<usize, Fault> {
        let whole = sign + self.digits(sign);
        let length = whole + self.fraction(whole);
        let is_cut = self
            .rest
            .get(length..)
            .and_then(|rest| rest.chars().next())
            .is_some_and(|next| next.is_ascii_alphanumeric() || next == '_' || next == '.');
        if is_cut { Err(self.fault(FaultKind::Number)) } else { Ok(length) }
    }

    fn digits(&self, from: usize) -> usize {
        let rest = self.rest.as_bytes().get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Length of a point and the digits behind it; 0 where there are none.
    fn fraction(&self, from: usize) -> usize {
        match (self.rest.as_bytes().get(from), self.digits(from + 1)) {
            (Some(b'.'), digits @ 1..) => digits + 1,
            (_, _) => 0,
        }
    }

    fn word(&self) -> (Kind, usize) {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_$".contains(byte);
        let length = self.rest.as_bytes().iter().take_while(is_part).count();
        let kind = match self.rest.get(..length) {
            // Behind a point they are names like others.
            _ if self.last == Some(Kind::Dot) => Kind::Name,
            Some("true" | "false") => Kind::Literal,
            Some("in" | "intersect") => Kind::Operator,
            Some(_) | None => Kind::Name,
        };
        (kind, length)
    }

    fn sign(&self) -> Option<(Kind, usize)> {
        let found = SIGNS.iter().find(|(sign, _)| self.rest.starts_with(sign));
        found.map(|(sign, kind)| (*kind, sign.len()))
    }
}

/// Longer ones first.
const SIGNS: [(&str, Kind); 27] = [
    ("==", Kind::Operator),
    ("!=", Kind::Operator),
    (">=", Kind::Operator),
    ("<=", Kind::Operator),
    ("&&", Kind::Operator),
    ("||", Kind::Operator),
    ("//", Kind::Operator),
    ("+", Kind::Operator),
    ("-", Kind::Operator),
    ("*", Kind::Operator),
    ("/", Kind::Operator),
    ("%", Kind::Operator),
    ("^", Kind::Operator),
    (">", Kind::Operator),
    ("<", Kind::Operator),
    ("!", Kind::Not),
    ("?", Kind::Question),
    (":", Kind::Colon),
    (",", Kind::Comma),
    (".", Kind::Dot),
    ("|", Kind::Pipe),
    ("(", Kind::OpenParenthesis),
    (")", Kind::CloseParenthesis),
    ("[", Kind::OpenBracket),
    ("]", Kind::CloseBracket),
    ("{", Kind::OpenBrace),
    ("}", Kind::CloseBrace),
];
