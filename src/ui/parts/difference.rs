//! What differs in one record, as a block: the sign and the word of what happened, whose record it is, then value by value.
//! What differs is open, what stays the same is one line that opens.

use maud::{Markup, html};

use super::{
    ChangeKind, Extent, id as id_part, kind as kind_part, number, plain,
    replaced::changed,
    text,
    title::{LONGEST_TITLE, title_of},
    value,
};
use crate::{
    types::{Object, Value},
    workflow::compare::{self, Difference, Field, FieldChange, What},
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
            // The time of the schema follows every write: it is shown, after what was meant.
            (Some(_), Some(_)) => self.part(changes, |change| self.id.is_none() || change.path != "schema"),
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
                p.diff-more.diff-cut { (number(as_u64(open.len() - most))) " more values differ" }
            }
            @if !folded.is_empty() || !same.is_empty() {
                details.diff-more open[self.extent == Extent::Whole] {
                    summary { (more_words(&folded, same.len())) }
                    dl.diff-rows {
                        @for change in folded.iter().take(most) { (self.change(change)) }
                        @for field in same.iter().take(most) { (self.same(field)) }
                    }
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

fn path(path: &str) -> Markup {
    html! { code dir="auto" { (plain(path)) } }
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

/// What opens below the values that differ.
fn more_words(folded: &[FieldChange<'_>], same: usize) -> String {
    let is_removed = folded.iter().all(|change| matches!(change.what, What::Removed(_)));
    let empty = folded
        .iter()
        .filter(|change| matches!(change.what, What::Added(value) if value.as_text() == Some("")))
        .count();
    match (same, folded.len(), is_removed) {
        (1, 0, _) => "1 value stays as it is".to_owned(),
        (same, 0, _) => format!("{} values stay as they are", number(as_u64(same))),
        (0, 1, true) => "1 other value that goes with it".to_owned(),
        (0, many, true) => format!("{} other values that go with it", number(as_u64(many))),
        (0, many, false) if empty == many => {
            if empty == 1 {
                "1 empty text".to_owned()
            } else {
                format!("{} empty texts", number(as_u64(empty)))
            }
        }
        (0, 1, false) if empty == 0 => match folded.first() {
            Some(change) if change.path == "schema" => "The time of its schema".to_owned(),
            Some(_) | None => "1 empty value".to_owned(),
        },
        (0, _, false) if empty == 0 => "The time of its schema, and what is empty".to_owned(),
        (0, _, false) if empty == 1 => "1 empty text, and what says little".to_owned(),
        (0, _, false) => format!("{} empty texts, and what says little", number(as_u64(empty))),
        (1, _, _) => "1 value that stays as it is, and the new time of the schema".to_owned(),
        (same, _, _) => {
            format!("{} values that stay as they are, and the new time of the schema", number(as_u64(same)))
        }
    }
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

fn as_u64(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

/// Bytes of a text from which on it may be cut.
const LONG: usize = 400;
/// Values of one kind in a block; a link leads to the others.
const MOST_FIELDS: usize = 60;
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
}
