//! Texts of users, shown as what they are: nothing in them is markup, and nothing in them is invisible.

use maud::{Markup, html};

/// A text, in its own direction. Control characters, marks of direction and characters without width are spelled out, so
/// that a text looks like what it is.
pub(in crate::ui) fn text(text: &str) -> Markup {
    html! { span dir="auto" { (spelled(text)) } }
}

/// As [`text`], without an element of its own: for titles and options.
pub(in crate::ui) fn plain(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            escape(character).map_or_else(|| vec![character], |name| name.chars().collect())
        })
        .collect()
}

/// Ids, hashes, JSON.
pub(in crate::ui) fn mono(text: &str) -> Markup {
    html! { code dir="auto" { (spelled(text)) } }
}

/// An id, shortened in its middle, whole on hover and for who copies it.
pub(in crate::ui) fn id(id: &str) -> Markup {
    let short = shorten(id, LONGEST_ID);
    html! {
        span.id { code title=(plain(id)) { (plain(&short)) } (copy(id)) }
    }
}

/// A fingerprint as people read it to each other, and its whole text for who copies it.
pub(in crate::ui) fn fingerprint(short: &str, whole: &str) -> Markup {
    html! { span.id { code.fingerprint title=(whole) { (short) } (copy(whole)) } }
}

/// A button that copies. Scripts make it visible: without them it would do nothing.
pub(in crate::ui) fn copy(whole: &str) -> Markup {
    html! {
        button.copy type="button" hidden data-copy=(whole) aria-label="Copy" title="Copy" { (super::icon(super::Icon::Copy)) }
    }
}

/// A comment: its lines are kept.
pub(in crate::ui) fn paragraphs(comment: &str) -> Markup {
    html! { span.lines dir="auto" { (spelled(comment)) } }
}

/// The first and last characters around an ellipsis, where it is longer than that.
fn shorten(text: &str, longest: usize) -> String {
    let length = text.chars().count();
    if length <= longest {
        return text.to_owned();
    }
    let first: String = text.chars().take(longest - 5).collect();
    let last: String = text.chars().skip(length - 4).collect();
    format!("{first}…{last}")
}

fn spelled(text: &str) -> Markup {
    if !text.chars().any(|character| escape(character).is_some()) {
        return html! { (text) };
    }
    let mut pieces: Vec<Result<String, String>> = Vec::new();
    for character in text.chars() {
        match (escape(character), pieces.last_mut()) {
            (Some(name), _) => pieces.push(Err(name)),
            (None, Some(Ok(piece))) => piece.push(character),
            (None, Some(Err(_)) | None) => pieces.push(Ok(character.to_string())),
        }
    }
    html! {
        @for piece in pieces {
            @match piece {
                Ok(piece) => (piece),
                Err(name) => span.escape { (name) },
            }
        }
    }
}

/// How a character is written that could not be seen, or would turn the text around it.
fn escape(character: char) -> Option<String> {
    let is_hidden = match character {
        '\n' | '\t' => false,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    };
    is_hidden.then(|| format!("\\u{{{:x}}}", u32::from(character)))
}

const LONGEST_ID: usize = 13;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup_or_invisible() {
        for (raw, shown) in [
            ("plain", "<span dir=\"auto\">plain</span>"),
            ("<script>alert(1)</script>", "<span dir=\"auto\">&lt;script&gt;alert(1)&lt;/script&gt;</span>"),
            ("a\u{202e}b", "<span dir=\"auto\">a<span class=\"escape\">\\u{202e}</span>b</span>"),
            (
                "\0\u{200b}",
                "<span dir=\"auto\"><span class=\"escape\">\\u{0}</span><span class=\"escape\">\\u{200b}</span></span>",
            ),
            ("\"&'", "<span dir=\"auto\">&quot;&amp;'</span>"),
        ] {
            assert_eq!(text(raw).into_string(), shown);
        }
        assert_eq!(plain("a\u{2066}b\nc"), "a\\u{2066}b\nc");
    }

    #[test]
    fn long_ids_are_shortened_in_their_middle() {
        assert_eq!(shorten("2f081df6-0000-0000-0000-000000003e9c", 13), "2f081df6…3e9c");
        assert_eq!(shorten("short", 13), "short");
        assert_eq!(shorten("thirteen-char", 13), "thirteen-char");
    }
}
