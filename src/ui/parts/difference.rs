//! What differs in one record, as a block: the sign and the word of what happened, whose record it is, then value by value.
//! What differs is open, what stays the same is one line that opens.

use maud::{Markup, html};

use super::{
    ChangeKind, Extent, id as id_part, kind as kind_part, number, plain, text, value,
    value::{Place, is_prose, json, pieces, same_piece},
};
use crate::{
    types::{Object, Value},
    workflow::compare::{self, Difference, Field, FieldChange, Piece, What},
};

/// The difference of one record, or of a collection's attributes, being put together.
#[derive(Debug)]
pub(in crate::ui) struct Block<'a> {
    after: Option<&'a Object>,
    anchor: Option<String>,
    before: Option<&'a Object>,
    display_fields: &'a [String],
    extent: Extent,
    id: Option<&'a str>,
    link: Option<String>,
    note: Option<Markup>,
    title: Option<String>,
    whole: Option<String>,
}

impl<'a> Block<'a> {
    /// A record; `None` is where it is not there. `display_fields` are the collection's: what names a record, and what of it
    /// comes first.
    pub(in crate::ui) fn record(
        id: &'a str,
        before: Option<&'a Object>,
        after: Option<&'a Object>,
        display_fields: &'a [String],
    ) -> Self {
        Self {
            after,
            anchor: None,
            before,
            display_fields,
            extent: Extent::Short,
            id: Some(id),
            link: None,
            note: None,
            title: None,
            whole: None,
        }
    }

    /// Attributes of a collection, under that title.
    pub(in crate::ui) fn attributes(title: &str, before: &'a Object, after: &'a Object) -> Self {
        Self { id: None, title: Some(title.to_owned()), ..Self::record("", Some(before), Some(after), &[]) }
    }

    /// The id of the block's element.
    pub(in crate::ui) fn anchor(mut self, anchor: String) -> Self {
        self.anchor = Some(anchor);
        self
    }

    /// The title leads there.
    pub(in crate::ui) fn link(mut self, path: String) -> Self {
        self.link = Some(path);
        self
    }

    /// At the right of the head: who, and when.
    pub(in crate::ui) fn note(mut self, note: Markup) -> Self {
        self.note = Some(note);
        self
    }

    /// Where the same block is with nothing cut; offered where something is.
    pub(in crate::ui) fn whole_at(mut self, path: String) -> Self {
        self.whole = Some(path);
        self
    }

    /// Nothing is cut, and everything is open.
    pub(in crate::ui) fn whole(mut self) -> Self {
        self.extent = Extent::Whole;
        self
    }

    /// The block.
    pub(in crate::ui) fn render(self) -> Markup {
        let kind = match (self.before, self.after) {
            (None, _) => ChangeKind::Added,
            (Some(_), Some(_)) => ChangeKind::Changed,
            (Some(_), None) => ChangeKind::Removed,
        };
        let title = self.title.clone().or_else(|| {
            let shown = self.after.or(self.before)?;
            title_of(shown, self.display_fields)
        });
        let named = title.as_deref().or(self.id).unwrap_or_default();
        html! {
            article.diff.(kind.word()) id=[self.anchor.as_deref()] tabindex="-1" data-key aria-label=(plain(&short(named))) {
                header.diff-head {
                    (kind_part(kind))
                    h3.diff-title {
                        @match &self.link {
                            Some(path) => a href=(path) { (text(&short(named))) },
                            None => (text(&short(named))),
                        }
                    }
                    @if let (Some(id), Some(_)) = (self.id, &title) { span.diff-id { (id_part(id)) } }
                    @if let Some(note) = &self.note { span.diff-note { (note) } }
                }
                (self.fields())
            }
        }
    }

    /// The values alone, for a page that is about this record.
    pub(in crate::ui) fn fields(&self) -> Markup {
        let Difference { mut changes, same } = compare::objects(self.before, self.after);
        if self.id.is_some() {
            // It stands in the head.
            changes.retain(|change| change.path != "id");
        }
        let same: Vec<_> = same.into_iter().filter(|field| self.id.is_none() || field.path != "id").collect();
        let place = |path: &str| self.display_fields.iter().position(|field| field == path);
        changes.sort_by_key(|change| place(&change.path).unwrap_or(usize::MAX));
        let (open, folded) = match (self.before, self.after) {
            (Some(_), Some(_)) => (changes, Vec::new()),
            (None, _) => self.part(changes, is_telling),
            (Some(_), None) => {
                let named = changes.iter().any(|change| place(&change.path).is_some());
                let first: Vec<String> = if named {
                    self.display_fields.to_vec()
                } else {
                    changes.iter().take(2).map(|change| change.path.clone()).collect()
                };
                self.part(changes, move |change| first.contains(&change.path))
            }
        };
        let most = if self.extent == Extent::Whole { usize::MAX } else { MOST_FIELDS };
        let is_cut = self.extent == Extent::Short
            && (open.len().max(folded.len()).max(same.len()) > most || self.is_long());
        html! {
            dl.diff-rows { @for change in open.iter().take(most) { (self.change(change)) } }
            @if open.len() > most {
                p.diff-more.diff-cut { (number(len(&open[..]).saturating_sub(MOST_FIELDS_SHOWN))) " more values differ" }
            }
            @if !folded.is_empty() {
                details.diff-more open[self.extent == Extent::Whole] {
                    summary { (folded_words(&folded, open.is_empty())) }
                    dl.diff-rows { @for change in folded.iter().take(most) { (self.change(change)) } }
                }
            }
            @if !same.is_empty() {
                details.diff-more open[self.extent == Extent::Whole] {
                    summary {
                        @if same.len() == 1 { "1 value stays as it is" }
                        @else { (number(len(&same))) " values stay as they are" }
                    }
                    dl.diff-rows { @for field in same.iter().take(most) { (self.same(field)) } }
                }
            }
            @if is_cut && let Some(path) = &self.whole {
                p.diff-more.diff-cut { a href=(path) { "Show every value whole" } }
            }
        }
    }

    /// Those that are open, and those that fold away.
    fn part(
        &self,
        changes: Vec<FieldChange<'a>>,
        is_open: impl Fn(&FieldChange<'a>) -> bool,
    ) -> (Vec<FieldChange<'a>>, Vec<FieldChange<'a>>) {
        let (open, folded): (Vec<_>, Vec<_>) = changes.into_iter().partition(|change| is_open(change));
        match (open.is_empty(), self.extent) {
            (true, _) | (false, Extent::Whole) => {
                let mut all = open;
                all.extend(folded);
                (all, Vec::new())
            }
            (false, Extent::Short) => (open, folded),
        }
    }

    /// Whether a text is so long that it is cut.
    fn is_long(&self) -> bool {
        let longest = |object: Option<&Object>| {
            let fields = object.map(compare::fields).unwrap_or_default();
            fields.iter().any(|field| {
                field.value.as_text().is_some_and(|text| text.len() > LONG) || is_large(field.value)
            })
        };
        longest(self.before) || longest(self.after)
    }

    fn change(&self, change: &FieldChange<'_>) -> Markup {
        let kind = match change.what {
            What::Added(_) => ChangeKind::Added,
            What::Changed { .. } => ChangeKind::Changed,
            What::Removed(_) => ChangeKind::Removed,
        };
        // In a record that is added or removed as a whole, the head has said so.
        let says = self.before.is_some() && self.after.is_some();
        html! {
            div.diff-row.(kind.word()) {
                dt.diff-path { (path(&change.path)) @if says { span.hidden { ", " (kind.word()) } } }
                dd.diff-value {
                    @match change.what {
                        What::Added(new) if says => ins { (value(new, self.extent)) },
                        What::Removed(old) if says => del { (value(old, self.extent)) },
                        What::Added(only) | What::Removed(only) => (value(only, self.extent)),
                        What::Changed { before, after } => (changed(before, after, self.extent)),
                    }
                }
            }
        }
    }

    fn same(&self, field: &Field<'_>) -> Markup {
        html! {
            div.diff-row {
                dt.diff-path { (path(&field.path)) }
                dd.diff-value { (value(field.value, self.extent)) }
            }
        }
    }
}

/// What a record is called: the first of the display fields that is a text for people, else what is usually its name. `None`
/// where it has only its id.
pub(in crate::ui) fn title_of(record: &Object, display_fields: &[String]) -> Option<String> {
    let named = display_fields.iter().map(String::as_str).chain(NAMES);
    let mut texts =
        named.filter_map(|path| at(record, path)?.as_text()).map(str::trim).filter(|text| !text.is_empty());
    let first = texts.clone().next();
    texts
        .find(|text| text.chars().count() <= LONGEST_TITLE && !looks_machine(text))
        .or(first)
        .map(str::to_owned)
}

/// The value at a path of plain keys.
fn at<'a>(record: &'a Object, path: &str) -> Option<&'a Value> {
    if let Some(value) = record.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    at(record.get(first)?.as_object()?, rest)
}

/// Whether a text is one long word with digits or signs in it: a key, a hash, base64.
fn looks_machine(text: &str) -> bool {
    let is_word = !text.contains(char::is_whitespace);
    is_word
        && text.len() > 16
        && text.contains(|character: char| character.is_ascii_digit() || "=+/".contains(character))
}

fn path(path: &str) -> Markup {
    html! { code dir="auto" { (plain(path)) } }
}

/// One value and what came in its place; of long texts, the words.
fn changed(before: &Value, after: &Value, extent: Extent) -> Markup {
    if let (Value::Text(before), Value::Text(after)) = (before, after)
        && (is_prose(before) || is_prose(after) || before.len().max(after.len()) > LONGEST_WORD)
        && let Some(pieces) = compare::words(before, after)
    {
        return words(&pieces, extent, is_prose(after));
    }
    let is_short = is_short(before) && is_short(after);
    html! {
        @if is_short {
            del { (value(before, extent)) } span.diff-arrow aria-hidden="true" { " → " } ins { (value(after, extent)) }
        } @else {
            div { del { (value(before, extent)) } }
            div { ins { (value(after, extent)) } }
        }
    }
}

fn words(all: &[Piece<'_>], extent: Extent, prose: bool) -> Markup {
    let last = all.len().saturating_sub(1);
    html! {
        span.lines.mono[!prose] dir="auto" {
            @for (index, piece) in all.iter().enumerate() {
                @match piece {
                    Piece::Added(said) => ins { (pieces(said, extent, text)) },
                    Piece::Removed(said) => del { (pieces(said, extent, text)) },
                    Piece::Same(said) => (same_piece(said, extent, place(index, last))),
                }
            }
        }
    }
}

fn place(index: usize, last: usize) -> Place {
    match index {
        0 => Place::First,
        index if index == last => Place::Last,
        _ => Place::Between,
    }
}

fn is_short(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Float(_) | Value::Integer(_) | Value::Null => true,
        Value::Text(text) => text.len() <= LONGEST_WORD,
        Value::List(_) | Value::Object(_) => json(value).len() <= LONGEST_WORD,
    }
}

fn is_large(value: &Value) -> bool {
    match value {
        Value::List(list) => list.len() > MOST_FIELDS,
        Value::Bool(_)
        | Value::Float(_)
        | Value::Integer(_)
        | Value::Null
        | Value::Object(_)
        | Value::Text(_) => false,
    }
}

/// Of an added record: everything that says something. Empty texts and the time of its schema fold away.
fn is_telling(change: &FieldChange<'_>) -> bool {
    let (What::Added(value) | What::Removed(value) | What::Changed { after: value, .. }) = change.what;
    change.path != "schema" && value.as_text() != Some("") && *value != Value::Null
}

fn folded_words(folded: &[FieldChange<'_>], alone: bool) -> String {
    let other = if alone { "" } else { "other " };
    let is_removed = folded.iter().all(|change| matches!(change.what, What::Removed(_)));
    match (folded, is_removed) {
        ([_], true) => format!("1 {other}value that goes with it"),
        ([_], false) => format!("1 {other}value that says nothing, or little"),
        (many, true) => format!("{} {other}values that go with it", number(len(many))),
        (many, false) => {
            let empty = many
                .iter()
                .filter(|change| matches!(change.what, What::Added(value) if value.as_text() == Some("")))
                .count();
            match (empty, many.len() - empty) {
                (empty, 0) => format!("{} empty texts", number(as_u64(empty))),
                (0, others) => format!("{} {other}values that say little", number(as_u64(others))),
                (1, _) => format!("1 empty text, and {}", names(many)),
                (empty, _) => format!("{} empty texts, and {}", number(as_u64(empty)), names(many)),
            }
        }
    }
}

/// The paths of those that are not empty.
fn names(folded: &[FieldChange<'_>]) -> String {
    let told = folded.iter().filter(|change| is_named(change)).map(|change| plain(&short(&change.path)));
    let told: Vec<String> = told.take(3).collect();
    told.join(", ")
}

fn is_named(change: &FieldChange<'_>) -> bool {
    let (What::Added(value) | What::Removed(value) | What::Changed { after: value, .. }) = change.what;
    value.as_text() != Some("")
}

/// The beginning of a name that is too long for a head.
fn short(name: &str) -> String {
    if name.chars().count() <= LONGEST_TITLE {
        return name.to_owned();
    }
    let mut first: String = name.chars().take(LONGEST_TITLE).collect();
    first.push('…');
    first
}

fn len<T>(list: &[T]) -> u64 {
    as_u64(list.len())
}

fn as_u64(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

/// Bytes of a text from which on it may be cut.
const LONG: usize = 400;
/// Characters of a title.
const LONGEST_TITLE: usize = 120;
/// Bytes of values that stand side by side.
const LONGEST_WORD: usize = 60;
/// Values of one kind in a block; a link leads to the others.
const MOST_FIELDS: usize = 60;
const MOST_FIELDS_SHOWN: u64 = 60;
/// What names a record where its collection does not say.
const NAMES: [&str; 8] =
    ["name", "title", "displayName", "label", "slug", "details.name", "experiment", "description"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{JsonLimits, Nul};

    fn object(json: &str) -> Object {
        let limits = JsonLimits { depth: JsonLimits::MAX_DEPTH, nul: Nul::Accepted };
        Value::parse(json.as_bytes(), limits).unwrap().as_object().unwrap().clone()
    }

    #[test]
    fn a_block_shows_what_differs_and_folds_what_does_not() {
        let before =
            object(r#"{"enabled":false,"id":"a","name":"Root","why":"not yet revoked by its issuer"}"#);
        let after = object(r#"{"enabled":true,"id":"a","name":"Root","why":"revoked by its issuer"}"#);
        let shown = Block::record("a", Some(&before), Some(&after), &[]).render().into_string();
        assert!(shown.contains(r#"<del><code dir="auto">false</code></del>"#), "{shown}");
        assert!(shown.contains(r#"<ins><code dir="auto">true</code></ins>"#), "{shown}");
        assert!(shown.contains(r#"<del><span dir="auto">not yet </span></del>"#), "{shown}");
        assert!(shown.contains("1 value stays as it is"), "{shown}");
        assert!(shown.contains("Changed"), "{shown}");
        assert!(!shown.contains("<code dir=\"auto\">id</code>"), "{shown}");
    }

    #[test]
    fn nothing_in_a_record_is_markup_or_invisible() {
        let awful = object(
            r#"{"<script>alert(1)</script>":"<img src=x onerror=alert(1)>","id":"x","link":"javascript:alert(1)","r":"a\u202eb"}"#,
        );
        for (before, after) in [(None, Some(&awful)), (Some(&awful), None)] {
            let shown = Block::record("<b>\u{202e}", before, after, &[]).render().into_string();
            for bad in ["<script>", "<img", "href=\"javascript", "<b>", "\u{202e}"] {
                assert!(!shown.contains(bad), "{bad}: {shown}");
            }
        }
    }

    #[test]
    fn a_long_value_is_cut_and_says_where_it_is_whole() {
        let long = object(&format!(r#"{{"id":"a","text":"{}"}}"#, "word ".repeat(100_000)));
        let short =
            Block::record("a", None, Some(&long), &[]).whole_at("/whole".to_owned()).render().into_string();
        assert!(short.len() < 5_000 && short.contains("Show every value whole"), "{}", short.len());
        let whole = Block::record("a", None, Some(&long), &[]).whole().render().into_string();
        assert!(whole.len() > 500_000 && !whole.contains("Show every value whole"));
        let many: Vec<String> = (0..1_000).map(|number| format!(r#""k{number}":{number}"#)).collect();
        let many = object(&format!("{{{}}}", many.join(",")));
        let shown =
            Block::record("a", None, Some(&many), &[]).whole_at("/whole".to_owned()).render().into_string();
        assert!(shown.contains("940 more values differ") && shown.contains("Show every value whole"));
    }

    #[test]
    fn a_record_is_called_by_what_people_call_it() {
        let record = object(
            r#"{"details":{"name":"Baltimore CyberTrust Root"},"issuerName":"MF8xCzAJBgNVBAYTAkdCMRgwFgYD","serialNumber":"VS0Duo3zjBUCApvCbQzk+Q=="}"#,
        );
        let fields = ["serialNumber".to_owned(), "details.name".to_owned()];
        assert_eq!(title_of(&record, &fields).as_deref(), Some("Baltimore CyberTrust Root"));
        assert_eq!(title_of(&record, &fields[..1]).as_deref(), Some("Baltimore CyberTrust Root"));
        assert_eq!(title_of(&object(r#"{"id":"a"}"#), &fields), None);
    }
}
