//! Whether a filter expression can be read at all (`remote-settings` §8.2): a record whose expression cannot is dropped by
//! every client, and nobody is told.
//!
//! Reads what Gecko's clients read: literals, names, members, `[…]`, calls after `|`, the operators, `? :`. It asks for no
//! names and evaluates nothing. The nesting is bounded, the time follows the length.

mod token;

use token::{Kind, Token, Tokens};

/// Why an expression cannot be read, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{kind} at character {place}")]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The character at which it was noticed, counted from 1; one past the end where the text ends too early.
    pub place: usize,
}

/// The kinds of [`Fault`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum FaultKind {
    /// No token begins with it.
    #[error("unexpected character {0:?}")]
    Character(char),
    /// Nested deeper than anybody writes.
    #[error("nested too deep")]
    Depth,
    /// Blanks alone: clients drop the record.
    #[error("nothing but blanks")]
    Empty,
    /// The text ends too early.
    #[error("the expression ends too early")]
    End,
    /// A number with a letter or a second point behind it.
    #[error("malformed number")]
    Number,
    /// A text without its second quote.
    #[error("a text is not closed")]
    Text,
    /// Something else would have to stand there.
    #[error("unexpected {0:?}")]
    Token(String),
}

/// Reads an expression. The empty text is good: it filters nothing.
pub fn check(expression: &str) -> Result<(), Fault> {
    if expression.is_empty() {
        return Ok(());
    }
    let mut reader = Reader { depth: 0, tokens: Tokens::new(expression), next: None };
    reader.advance()?;
    if reader.next.is_none() {
        return Err(Fault { kind: FaultKind::Empty, place: 1 });
    }
    reader.expression()?;
    match &reader.next {
        None => Ok(()),
        Some(token) => Err(unexpected(token)),
    }
}

/// Reads one token ahead.
struct Reader<'a> {
    depth: usize,
    next: Option<Token<'a>>,
    tokens: Tokens<'a>,
}

impl Reader<'_> {
    /// Operands with operators between them, then `?` … `:` …, which takes all of that as its condition.
    fn expression(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault { kind: FaultKind::Depth, place: self.tokens.place() });
        }
        self.operand()?;
        while self.takes(Kind::Operator)? {
            self.operand()?;
        }
        if self.takes(Kind::Question)? {
            // `a ?: b` stands for `a ? a : b`.
            if !self.is_next(Kind::Colon) {
                self.expression()?;
            }
            self.expect(Kind::Colon)?;
            self.expression()?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn operand(&mut self) -> Result<(), Fault> {
        while self.takes(Kind::Not)? {}
        let Some(token) = self.next.take() else { return Err(self.end()) };
        match token.kind {
            Kind::Literal | Kind::Name => self.advance()?,
            // A member of what a filter looks at: `[.age > 1]`.
            Kind::Dot => {
                self.advance()?;
                self.expect(Kind::Name)?;
            }
            Kind::OpenParenthesis => {
                self.advance()?;
                self.expression()?;
                self.expect(Kind::CloseParenthesis)?;
            }
            Kind::OpenBracket => {
                self.advance()?;
                self.items(Kind::CloseBracket, Self::expression)?;
            }
            Kind::OpenBrace => {
                self.advance()?;
                self.items(Kind::CloseBrace, |reader| {
                    reader.expect(Kind::Name)?;
                    reader.expect(Kind::Colon)?;
                    reader.expression()
                })?;
            }
            Kind::CloseBrace
            | Kind::CloseBracket
            | Kind::CloseParenthesis
            | Kind::Colon
            | Kind::Comma
            | Kind::Not
            | Kind::Operator
            | Kind::Pipe
            | Kind::Question => return Err(unexpected(&token)),
        }
        self.followers()
    }

    /// Members, filters and transforms behind an operand.
    fn followers(&mut self) -> Result<(), Fault> {
        loop {
            if self.takes(Kind::Dot)? {
                self.expect(Kind::Name)?;
            } else if self.takes(Kind::OpenBracket)? {
                self.expression()?;
                self.expect(Kind::CloseBracket)?;
            } else if self.takes(Kind::Pipe)? {
                self.expect(Kind::Name)?;
                if self.takes(Kind::OpenParenthesis)? && !self.takes(Kind::CloseParenthesis)? {
                    self.expression()?;
                    while self.takes(Kind::Comma)? {
                        self.expression()?;
                    }
                    self.expect(Kind::CloseParenthesis)?;
                }
            } else {
                return Ok(());
            }
        }
    }

    /// Items up to `close`, with commas between them; one behind the last is no fault.
    fn items(&mut self, close: Kind, item: fn(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        while !self.takes(close)? {
            item(self)?;
            if !self.takes(Kind::Comma)? {
                return self.expect(close);
            }
        }
        Ok(())
    }

    fn advance(&mut self) -> Result<(), Fault> {
        self.next = self.tokens.read()?;
        Ok(())
    }

    fn is_next(&self, kind: Kind) -> bool {
        self.next.as_ref().is_some_and(|token| token.kind == kind)
    }

    fn takes(&mut self, kind: Kind) -> Result<bool, Fault> {
        if !self.is_next(kind) {
            return Ok(false);
        }
        self.advance()?;
        Ok(true)
    }

    fn expect(&mut self, kind: Kind) -> Result<(), Fault> {
        match &self.next {
            Some(token) if token.kind == kind => self.advance(),
            Some(token) => Err(unexpected(token)),
            None => Err(self.end()),
        }
    }

    fn end(&self) -> Fault {
        Fault { kind: FaultKind::End, place: self.tokens.place() }
    }
}

fn unexpected(token: &Token<'_>) -> Fault {
    let text: String = token.text.chars().take(LONGEST_NAMED).collect();
    Fault { kind: FaultKind::Token(text), place: token.place }
}

const DEEPEST: usize = 64;
/// Characters of what stands in a wrong place.
const LONGEST_NAMED: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_read_is_good() {
        for good in [
            "",
            "true",
            "env.version|versionCompare('110.0a1') >= 0",
            "env.channel == \"nightly\" && env.locale in ['de', 'en-US',]",
            "!env.isDefaultBrowser || (env.os.isWindows && -1.5 < .5)",
            "env.country != 'it\\'s' ? 1 : 2",
            "env.addons ?: []",
            "'x'|bucketSample(0, 100, 1000, 'a' + env.randomizationId)",
            "env.telemetry.main[.value > 1].name",
            "{a: 1, b: {c: [2]}}.b.c[0]",
            "env.plugins|keys intersect ['a'] // 2 % 3 ^ 4 - -5",
            "\tenv\n.version\r",
            "$a._b1",
            "'ünï \u{1f600}' == \"'\"",
            "('a,b'|split(','))[0]",
            "'https://example.test'|preferenceValue|length",
            "trueish || falsey || inside",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_no_client_reads_is_refused_where_it_goes_wrong() {
        let token = |text: &str| FaultKind::Token(text.to_owned());
        for (bad, kind, place) in [
            (" \t", FaultKind::Empty, 1),
            ("env.version >=", FaultKind::End, 15),
            ("env.version > > 1", token(">"), 15),
            ("env..version", token("."), 5),
            ("env.version|'x'", token("'x'"), 13),
            ("(env.a", FaultKind::End, 7),
            ("env.a)", token(")"), 6),
            ("[1 2]", token("2"), 4),
            ("[,]", token(","), 2),
            ("{'a': 1}", token("'a'"), 2),
            ("{a 1}", token("1"), 4),
            ("a ? b", FaultKind::End, 6),
            ("a b", token("b"), 3),
            ("f(1)", token("("), 2),
            ("a|f(1,)", token(")"), 7),
            ("a|f(,1)", token(","), 5),
            ("()", token(")"), 2),
            ("a[]", token("]"), 3),
            ("a = b", FaultKind::Character('='), 3),
            ("a & b", FaultKind::Character('&'), 3),
            ("a === b", FaultKind::Character('='), 5),
            ("a; b", FaultKind::Character(';'), 2),
            ("ä", FaultKind::Character('ä'), 1),
            ("'ä' == 'open", FaultKind::Text, 8),
            ("'escaped\\'", FaultKind::Text, 1),
            ("1.", FaultKind::Number, 1),
            ("1a", FaultKind::Number, 1),
            ("1.2.3", FaultKind::Number, 1),
            ("a!", token("!"), 2),
            ("a - ", FaultKind::End, 5),
            ("- a", token("-"), 1),
            ("true in", FaultKind::End, 8),
        ] {
            assert_eq!(check(bad), Err(Fault { kind, place }), "{bad}");
        }
    }

    #[test]
    fn depth_is_bounded_and_length_is_only_read() {
        let nested = |levels: usize| format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
        assert_eq!(check(&nested(DEEPEST - 1)), Ok(()));
        assert_eq!(check(&nested(100_000)).unwrap_err().kind, FaultKind::Depth);
        let ternaries = "a ? b : ".repeat(100_000);
        assert_eq!(check(&ternaries).unwrap_err().kind, FaultKind::Depth);
        assert_eq!(check(&format!("{}1", "!".repeat(500_000))), Ok(()));
        assert_eq!(check(&format!("{}1", "1 + ".repeat(250_000))), Ok(()));
        assert_eq!(check(&format!("a{}", ".b".repeat(250_000))), Ok(()));
        assert_eq!(check(&"[".repeat(500_000)).unwrap_err().kind, FaultKind::Depth);
    }
}
