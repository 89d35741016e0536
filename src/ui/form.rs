//! A posted form: names and values as the browser sent them, and what is wrong with them.

use super::url;

/// Why a form cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BadForm {
    /// It is cut off, or was made by no browser.
    Shape,
    /// More fields than any page of ours has.
    TooMany,
    /// A file, or the whole, is not UTF-8.
    Utf8,
}

/// What somebody typed. Of several fields with one name the first counts, where one is asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `application/x-www-form-urlencoded`; line ends become `\n`.
    pub(super) fn parse(body: &[u8]) -> Result<Self, BadForm> {
        let text = std::str::from_utf8(body).map_err(|_| BadForm::Utf8)?;
        let mut fields = Vec::new();
        for (name, value) in url::parse_pairs(text) {
            if fields.len() == MOST_FIELDS {
                return Err(BadForm::TooMany);
            }
            let value = if value.contains('\r') { value.replace("\r\n", "\n") } else { value };
            fields.push((name, value));
        }
        Ok(Self(fields))
    }

    /// What a page shows that nobody has filled in yet.
    pub(super) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// Reads `multipart/form-data`, which browsers send where a file goes along: the value of a file is its text.
    pub(super) fn parse_multipart(body: &[u8], content_type: &str) -> Result<Self, BadForm> {
        let boundary = content_type.split(';').find_map(|part| part.trim().strip_prefix("boundary="));
        let boundary = boundary.ok_or(BadForm::Shape)?;
        let boundary = boundary.trim_matches('"');
        let mut rest = body.strip_prefix(format!("--{boundary}").as_bytes()).ok_or(BadForm::Shape)?;
        let delimiter = format!("\r\n--{boundary}");
        let mut fields = Vec::new();
        while let Some(part) = rest.strip_prefix(b"\r\n") {
            let (part, after) = split(part, delimiter.as_bytes()).ok_or(BadForm::Shape)?;
            rest = after;
            let (head, value) = split(part, b"\r\n\r\n").ok_or(BadForm::Shape)?;
            let head = std::str::from_utf8(head).map_err(|_| BadForm::Utf8)?;
            let name = head.split_once("name=\"").and_then(|(_, rest)| rest.split_once('"'));
            let (name, _) = name.ok_or(BadForm::Shape)?;
            if fields.len() == MOST_FIELDS {
                return Err(BadForm::TooMany);
            }
            let value = std::str::from_utf8(value).map_err(|_| BadForm::Utf8)?;
            fields.push((name.to_owned(), value.replace("\r\n", "\n")));
        }
        Ok(Self(fields))
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

    /// What a page may hold for later: every typed field that is no password.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&str, &str)> {
        self.typed().filter(|(name, _)| !SECRETS.contains(name))
    }

    /// Whether somebody typed a password.
    pub(super) fn has_secret(&self) -> bool {
        self.typed().any(|(name, value)| SECRETS.contains(&name) && !value.is_empty())
    }

    /// The typed fields, without passwords, as a browser would send them.
    pub(super) fn to_text(&self) -> String {
        let pairs: Vec<String> = self
            .kept()
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

/// What stands before a text, and after it.
fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (before, after) = bytes.split_at_checked(find(bytes, at)?)?;
    Some((before, after.get(at.len()..)?))
}

/// Where a text begins in bytes.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = from + rest.iter().position(|byte| byte == first)?;
        if bytes.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The hidden field with the session's token.
pub(super) const CSRF: &str = "csrf";
/// The hidden field that says which version of the program made the page.
pub(super) const BUILD: &str = "build";
/// Fields of passwords, in every form of ours.
const SECRETS: [&str; 3] = ["current", "new", "password"];
/// More fields than any page of ours sends: selections of ten thousand records fit.
const MOST_FIELDS: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_a_file_is_read_as_any_other() {
        let kind = "multipart/form-data; boundary=\"x-1\"";
        let body = b"--x-1\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nT\r\n--x-1\r\nContent-Disposition: form-data; \
            name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\nid,n\r\na,--x-2\r\n\r\n--x-1--\r\n";
        let form = Form::parse_multipart(body, kind).unwrap();
        assert_eq!((form.text("csrf"), form.text("file")), ("T", "id,n\na,--x-2\n"));
        for (body, kind) in [
            (&b""[..], kind),
            (b"--x-1", "multipart/form-data"),
            (b"--x-1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nunfinished", kind),
            (b"--x-1\r\nno head\r\n--x-1--", kind),
        ] {
            assert_eq!(Form::parse_multipart(body, kind), Err(BadForm::Shape));
        }
        let many = b"\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--x-1".repeat(MOST_FIELDS + 1);
        assert_eq!(Form::parse_multipart(&[b"--x-1".to_vec(), many].concat(), kind), Err(BadForm::TooMany));
    }
}
