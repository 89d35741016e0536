//! A posted form: names and values as the browser sent them, and what is wrong with them.

use super::url;

/// What somebody typed. Of several fields with one name the first counts, where one is asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`; `None` where there are too many fields. Line ends become `\n`.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let mut fields = Vec::new();
        for (name, value) in url::parse_pairs(text) {
            if fields.len() == MOST_FIELDS {
                return None;
            }
            let value = if value.contains('\r') { value.replace("\r\n", "\n") } else { value };
            fields.push((name, value));
        }
        Some(Self(fields))
    }

    /// What a page shows that nobody has filled in yet.
    pub(super) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The value, if there is such a field.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The value; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// All values of that name, in order: check boxes, lists.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether there is such a field: a check box that is ticked, the button that was pressed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Every field but those that every form has.
    pub(super) fn typed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(name, _)| name != CSRF && name != BUILD)
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The typed fields as a browser would send them.
    pub(super) fn to_text(&self) -> String {
        let pairs: Vec<String> = self
            .typed()
            .map(|(name, value)| format!("{}={}", url::encode(name), url::encode(value)))
            .collect();
        pairs.join("&")
    }
}

/// What is wrong with which field, in the order in which it was found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Faults(Vec<(String, String)>);

impl Faults {
    /// Notes what to mend in a field, as a sentence.
    pub(super) fn add(&mut self, field: impl Into<String>, mend: impl Into<String>) {
        self.0.push((field.into(), mend.into()));
    }

    /// What to mend in this field.
    pub(super) fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == field).map(|(_, mend)| mend.as_str())
    }

    /// All, with the names of their fields.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, mend)| (field.as_str(), mend.as_str()))
    }

    /// Whether nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The hidden field with the session's token.
pub(super) const CSRF: &str = "csrf";
/// The hidden field that says which version of the program made the page.
pub(super) const BUILD: &str = "build";
/// More fields than any page of ours sends: selections of ten thousand records fit.
const MOST_FIELDS: usize = 20_000;
