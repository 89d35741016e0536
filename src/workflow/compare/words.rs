//! Which words differ between two texts.

use std::ops::Range;

use similar::{Algorithm, DiffOp, DiffableStr, capture_diff_slices};

/// A piece of a comparison. What was removed stands before what came in its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Piece<'a> {
    /// In the text after alone.
    Added(&'a str),
    /// In the text before alone.
    Removed(&'a str),
    /// In both.
    Same(&'a str),
}

/// Compares two texts word by word, or line by line where they are long. `None` where they have little in common, or so much
/// that differs that nobody could read it: then one text took the place of the other.
///
/// Joined, the pieces that are not removed are `after`, those that are not added `before`. Bounded: a text of a megabyte
/// costs no more than reading it.
pub fn words<'a>(before: &'a str, after: &'a str) -> Option<Vec<Piece<'a>>> {
    let first = common_start(before, after);
    let (before_rest, after_rest) = (before.get(first..)?, after.get(first..)?);
    let last = common_end(before_rest, after_rest);
    let before_middle = before_rest.get(..before_rest.len() - last)?;
    let after_middle = after_rest.get(..after_rest.len() - last)?;
    let mut segments = Segments::default();
    segments.same(first);
    let by_word =
        |text: &'a str| if text.len() > LONGEST { Vec::new() } else { text.tokenize_unicode_words() };
    let by_line = |text: &'a str| text.split_inclusive('\n').collect::<Vec<_>>();
    let is_short = before_middle.len().max(after_middle.len()) <= LONGEST;
    let pairs =
        [(by_word(before_middle), by_word(after_middle)), (by_line(before_middle), by_line(after_middle))];
    let fitting = pairs.iter().enumerate().find(|(way, (before, after))| {
        (*way > 0 || is_short) && before.len().saturating_mul(after.len()) <= MOST_PAIRS
    });
    let (_, (before_tokens, after_tokens)) = fitting?;
    segments.compare(before_tokens, after_tokens);
    segments.same(last);
    segments.fold(after);
    if segments.in_common(after) * LEAST_IN_COMMON < before.len().max(after.len()) {
        return None;
    }
    segments.pieces(before, after)
}

/// A stretch of both texts, in bytes.
#[derive(Clone, Debug)]
struct Segment {
    after: Range<usize>,
    before: Range<usize>,
    is_same: bool,
}

#[derive(Debug, Default)]
struct Segments(Vec<Segment>);

impl Segments {
    fn push(&mut self, before: usize, after: usize, is_same: bool) {
        if before == 0 && after == 0 {
            return;
        }
        if let Some(last) = self.0.last_mut().filter(|last| last.is_same == is_same) {
            last.before.end += before;
            last.after.end += after;
            return;
        }
        let (from_before, from_after) =
            self.0.last().map_or((0, 0), |last| (last.before.end, last.after.end));
        self.0.push(Segment {
            after: from_after..from_after + after,
            before: from_before..from_before + before,
            is_same,
        });
    }

    fn same(&mut self, bytes: usize) {
        self.push(bytes, bytes, true);
    }

    fn compare(&mut self, before: &[&str], after: &[&str]) {
        let length = |tokens: &[&str], from: usize, many: usize| -> usize {
            tokens.iter().skip(from).take(many).map(|token| token.len()).sum()
        };
        // Words that stand once in each text are the anchors: blanks, which stand everywhere, would be poor ones.
        for op in capture_diff_slices(Algorithm::Patience, before, after) {
            match op {
                DiffOp::Delete { old_index, old_len, .. } => {
                    self.push(length(before, old_index, old_len), 0, false);
                }
                DiffOp::Equal { old_index, len, .. } => self.same(length(before, old_index, len)),
                DiffOp::Insert { new_index, new_len, .. } => {
                    self.push(0, length(after, new_index, new_len), false);
                }
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    self.push(length(before, old_index, old_len), length(after, new_index, new_len), false);
                }
            }
        }
    }

    /// A blank or a comma between two changes is part of one change.
    fn fold(&mut self, after: &str) {
        let segments = std::mem::take(&mut self.0);
        let end = segments.len();
        for (place, segment) in segments.into_iter().enumerate() {
            let is_inside = place > 0 && place + 1 < end;
            let text = after.get(segment.after.clone()).unwrap_or_default();
            let is_weak = segment.is_same
                && is_inside
                && text.len() <= LONGEST_GAP
                && !text.contains('\n')
                && !text.chars().any(char::is_alphanumeric);
            self.push(segment.before.len(), segment.after.len(), segment.is_same && !is_weak);
        }
    }

    /// Bytes of words that both have.
    fn in_common(&self, after: &str) -> usize {
        let same = self.0.iter().filter(|segment| segment.is_same);
        same.filter_map(|segment| after.get(segment.after.clone())).map(|text| text.trim().len()).sum()
    }

    fn pieces<'a>(&self, before: &'a str, after: &'a str) -> Option<Vec<Piece<'a>>> {
        let mut pieces = Vec::with_capacity(self.0.len() * 2);
        for segment in &self.0 {
            if segment.is_same {
                pieces.push(Piece::Same(after.get(segment.after.clone())?));
                continue;
            }
            if !segment.before.is_empty() {
                pieces.push(Piece::Removed(before.get(segment.before.clone())?));
            }
            if !segment.after.is_empty() {
                pieces.push(Piece::Added(after.get(segment.after.clone())?));
            }
        }
        Some(pieces)
    }
}

/// Bytes that both begin with, up to the end of a blank.
fn common_start(before: &str, after: &str) -> usize {
    let mut common = 0;
    let mut blank = 0;
    for (one, other) in before.chars().zip(after.chars()) {
        if one != other {
            return blank;
        }
        common += one.len_utf8();
        if one.is_whitespace() {
            blank = common;
        }
    }
    blank
}

/// Bytes that both end with, from the beginning of a blank.
fn common_end(before: &str, after: &str) -> usize {
    let mut common = 0;
    let mut blank = 0;
    for (one, other) in before.chars().rev().zip(after.chars().rev()) {
        if one != other {
            return blank;
        }
        common += one.len_utf8();
        if one.is_whitespace() {
            blank = common;
        }
    }
    blank
}

/// A fourth of the longer text.
const LEAST_IN_COMMON: usize = 4;
/// Bytes that differ and are taken apart into words.
const LONGEST: usize = 32 << 10;
/// Bytes between two changes that are no reason to part them.
const LONGEST_GAP: usize = 3;
/// Words, or lines, of the one times those of the other: some milliseconds at worst.
const MOST_PAIRS: usize = 400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use Piece::{Added, Removed, Same};

    #[test]
    fn words_that_differ_are_found_and_joined() {
        assert_eq!(
            words(
                "Three roots have not yet been revoked but should be added to OneCRL.",
                "Three roots were revoked by their issuer and stay in OneCRL until they end."
            )
            .unwrap(),
            [
                Same("Three roots "),
                Removed("have not yet been"),
                Added("were"),
                Same(" revoked "),
                Removed("but should be added to"),
                Added("by their issuer and stay in"),
                Same(" OneCRL"),
                Added(" until they end"),
                Same("."),
            ]
        );
        assert_eq!(words("a b c", "a b c").unwrap(), [Same("a b c")]);
    }

    #[test]
    fn texts_with_little_in_common_take_each_others_place() {
        assert_eq!(words("VS0Duo3zjBUCApvCbQzk", "INxlRneyBU"), None);
        assert_eq!(words("one", ""), None);
        assert_eq!(words("", "one"), None);
        assert_eq!(words("the quick brown fox", "whatever the reason may have been"), None);
    }

    #[test]
    fn pieces_join_to_both_texts() {
        for (before, after) in [
            ("é\u{301} ü 漢字 かな x", "é\u{301} ü 漢字 カナ x"),
            ("👩‍👩‍👧 a family of four", "👩‍👩‍👦 a family of four"),
            ("a\u{202e}b c d", "a\u{202e}b c e"),
            ("one\ntwo\nthree\n", "one\n2\nthree\nfour\n"),
            ("  a  b  c ", " a b c "),
        ] {
            let pieces = words(before, after).unwrap();
            let joined = |skip: fn(&Piece<'_>) -> bool| -> String {
                pieces
                    .iter()
                    .filter(|piece| !skip(piece))
                    .map(|piece| match piece {
                        Added(text) | Removed(text) | Same(text) => *text,
                    })
                    .collect()
            };
            assert_eq!(joined(|piece| matches!(piece, Removed(_))), after);
            assert_eq!(joined(|piece| matches!(piece, Added(_))), before);
        }
    }

    #[test]
    fn a_megabyte_is_read_once() {
        let long = |word: &str| format!("first {word} last", word = word.repeat((1 << 20) / word.len()));
        // Nothing to take apart: one word, then words that all differ.
        assert_eq!(words(&long("x"), &long("y")), None);
        assert_eq!(words(&long("a "), &long("b ")), None);
        // A word within much that is the same.
        let (before, after) = (format!("{}one", long("same ")), format!("{}two", long("same ")));
        assert_eq!(words(&before, &after).unwrap().len(), 3);
        // Lines, where there are too many words.
        let lines = |last: &str| {
            let lines: Vec<String> =
                (0..200).map(|line| format!("{last}\n{line} {}\n", "word ".repeat(100))).collect();
            lines.concat()
        };
        let (before, after) = (lines("old"), lines("new"));
        assert_eq!(words(&before, &after).unwrap().len(), 600);
    }
}
