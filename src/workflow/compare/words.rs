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

/// Compares two texts word by word, or line by line where they are long; one word by what is between its beginning and its
/// end. `None` where they have little in common, or so much that differs that nobody could read it: then one text took the
/// place of the other.
///
/// Joined, the pieces that are not removed are `after`, those that are not added `before`. Bounded: a text of a megabyte
/// costs little more than reading it.
pub fn words<'a>(before: &'a str, after: &'a str) -> Option<Vec<Piece<'a>>> {
    let is_word = |text: &str| !text.contains(char::is_whitespace);
    let ends = if is_word(before) && is_word(after) { Ends::Anywhere } else { Ends::AtBlanks };
    let first = common(before.chars().zip(after.chars()), ends);
    let (before_rest, after_rest) = (before.get(first..)?, after.get(first..)?);
    let last = common(before_rest.chars().rev().zip(after_rest.chars().rev()), ends);
    let before_middle = before_rest.get(..before_rest.len() - last)?;
    let after_middle = after_rest.get(..after_rest.len() - last)?;
    let ways: &[fn(&str) -> Vec<&str>] = match ends {
        Ends::Anywhere => &[whole],
        Ends::AtBlanks => &[by_word, by_line],
    };
    ways.iter().find_map(|way| {
        let (before_tokens, after_tokens) = (way(before_middle), way(after_middle));
        if before_tokens.len().saturating_mul(after_tokens.len()) > MOST_PAIRS {
            return None;
        }
        // Words that stand once in each text are the best anchors: blanks stand everywhere. Where no word does, any will do.
        ALGORITHMS.iter().find_map(|algorithm| {
            let mut segments = Segments::default();
            segments.same(first);
            segments.compare(*algorithm, &before_tokens, &after_tokens);
            segments.same(last);
            segments.fold(after);
            let is_alike =
                segments.in_common(after).saturating_mul(LEAST_IN_COMMON) >= before.len().max(after.len());
            if is_alike { segments.pieces(before, after) } else { None }
        })
    })
}

fn whole(text: &str) -> Vec<&str> {
    if text.is_empty() { Vec::new() } else { vec![text] }
}

fn by_line(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A text that is too long is one word.
fn by_word(text: &str) -> Vec<&str> {
    if text.len() > LONGEST { whole(text) } else { text.tokenize_unicode_words() }
}

/// Where what both begin or end with may stop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ends {
    Anywhere,
    AtBlanks,
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

    fn compare(&mut self, algorithm: Algorithm, before: &[&str], after: &[&str]) {
        let length = |tokens: &[&str], from: usize, many: usize| -> usize {
            tokens.iter().skip(from).take(many).map(|token| token.len()).sum()
        };
        for op in capture_diff_slices(algorithm, before, after) {
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

/// Bytes that both begin with, or end with where the characters come from there; up to the last blank of them.
fn common(pairs: impl Iterator<Item = (char, char)>, ends: Ends) -> usize {
    let mut common = 0;
    let mut stop = 0;
    for (one, other) in pairs {
        if one != other {
            break;
        }
        common += one.len_utf8();
        if ends == Ends::Anywhere || one.is_whitespace() {
            stop = common;
        }
    }
    stop
}

const ALGORITHMS: [Algorithm; 2] = [Algorithm::Patience, Algorithm::Myers];
/// A fourth of the longer text.
const LEAST_IN_COMMON: usize = 4;
/// Bytes that differ and are taken apart into words.
const LONGEST: usize = 32 << 10;
/// Bytes between two changes that are no reason to part them.
const LONGEST_GAP: usize = 3;
/// Words, or lines, of the one times those of the other. The search for the best way between them gives up early, so the
/// time grows far slower than this.
const MOST_PAIRS: usize = 20_000_000;

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
        assert_eq!(words("true", "false"), None);
        assert_eq!(words("one", ""), None);
        assert_eq!(words("", "one"), None);
        assert_eq!(words("the quick brown fox", "whatever the reason may have been"), None);
    }

    #[test]
    fn one_word_keeps_its_beginning_and_its_end() {
        assert_eq!(
            words("https://example.test/v1/a?x=1", "https://example.test/v22/a?x=1").unwrap(),
            [Same("https://example.test/v"), Removed("1"), Added("22"), Same("/a?x=1")]
        );
        let (before, after) = ("QUJD".repeat(300), format!("{}AAAA", "QUJD".repeat(299)));
        assert_eq!(words(&before, &after).unwrap().len(), 3);
    }

    #[test]
    fn words_that_repeat_are_found_as_well() {
        let before = "lorem ipsum dolor sit amet ".repeat(300);
        let after = format!("new {}end", before.replacen("dolor", "DOLOR", 3));
        let pieces = words(&before, &after).unwrap();
        assert!(pieces.len() < 20, "{}", pieces.len());
    }

    #[test]
    fn a_hostile_pair_is_given_up_in_time() {
        let text = |seed: usize| -> String {
            let mut state = seed;
            let words: Vec<String> = (0..2_000)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    format!("w{}", (state >> 33) % 7)
                })
                .collect();
            words.join(" ")
        };
        let (before, after) = (text(1), text(2));
        let pieces = words(&before, &after).unwrap_or_default();
        let removed: usize =
            pieces.iter().map(|piece| if let Removed(text) = piece { text.len() } else { 0 }).sum();
        assert!(removed < before.len(), "{removed}");
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
