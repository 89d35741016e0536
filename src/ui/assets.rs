//! Style sheets, scripts and pictures, compiled in. Each is addressed below the digest of them all, so it may be kept for
//! ever, and a script names its neighbours by relative paths.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

use crate::types::Sha256Digest;

/// One file.
#[derive(Debug)]
struct Asset {
    bytes: Bytes,
    media: &'static str,
    name: &'static str,
    packed: Bytes,
}

/// All files.
#[derive(Debug)]
pub(super) struct Assets {
    all: Vec<Asset>,
    build: String,
}

/// A file as it is sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) body: Bytes,
    pub(super) media: &'static str,
    pub(super) packed: Packed,
}

/// Whether a body is gzip.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Packed {
    No,
    Yes,
}

impl Assets {
    /// Reads and packs what is compiled in: some milliseconds, once.
    pub(super) fn new() -> Self {
        let style: String = STYLES.iter().flat_map(|sheet| [sheet, "\n"]).collect();
        let styles = [("style.css", Bytes::from(style))];
        let files = FILES.iter().map(|(name, bytes)| (*name, Bytes::from_static(bytes)));
        let all: Vec<Asset> = styles
            .into_iter()
            .chain(files)
            .map(|(name, bytes)| Asset {
                packed: pack(&bytes, Compression::best()),
                media: media(name),
                name,
                bytes,
            })
            .collect();
        let mut parts: Vec<&[u8]> = vec![env!("CARGO_PKG_VERSION").as_bytes()];
        for asset in &all {
            parts.extend([asset.name.as_bytes(), asset.bytes.as_ref()]);
        }
        let build: String = Sha256Digest::of_parts(&parts).to_hex().chars().take(16).collect();
        Self { all, build }
    }

    /// What stands for this version of the program in pages and forms.
    pub(super) fn build(&self) -> &str {
        &self.build
    }

    /// The path of a file (`js/base.js`).
    pub(super) fn path(&self, name: &str) -> String {
        format!("{PREFIX}{}/{name}", self.build)
    }

    /// The file at a path. Files of another version are not here.
    pub(super) fn find(&self, path: &str, accepts_gzip: bool) -> Option<Sent> {
        let name = path.strip_prefix(PREFIX)?.strip_prefix(&self.build)?.strip_prefix('/')?;
        let asset = self.all.iter().find(|asset| asset.name == name)?;
        let packed = accepts_gzip && asset.packed.len() < asset.bytes.len();
        Some(Sent {
            body: if packed { asset.packed.clone() } else { asset.bytes.clone() },
            media: asset.media,
            packed: if packed { Packed::Yes } else { Packed::No },
        })
    }
}

/// As gzip.
pub(super) fn pack(bytes: &[u8], level: Compression) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), level);
    match encoder.write_all(bytes).and_then(|()| encoder.finish()) {
        Ok(packed) => packed.into(),
        // Writing into memory does not fail. What is not smaller is not sent.
        Err(_) => Bytes::copy_from_slice(bytes),
    }
}

fn media(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some(_) | None => "text/plain; charset=utf-8",
    }
}

/// Where files are.
pub(super) const PREFIX: &str = "/assets/";

/// The style sheet, in this order.
const STYLES: &[&str] = &[
    include_str!("../../assets/css/tokens.css"),
    include_str!("../../assets/css/frame.css"),
    include_str!("../../assets/css/parts.css"),
    include_str!("../../assets/css/changes.css"),
    include_str!("../../assets/css/difference.css"),
    include_str!("../../assets/css/history.css"),
    include_str!("../../assets/css/home.css"),
    include_str!("../../assets/css/records.css"),
    include_str!("../../assets/css/bulk.css"),
    include_str!("../../assets/css/keys.css"),
    include_str!("../../assets/css/lives.css"),
    include_str!("../../assets/css/people.css"),
    include_str!("../../assets/css/publication.css"),
    include_str!("../../assets/css/settings.css"),
    include_str!("../../assets/css/record.css"),
];

/// Everything else, by name.
const FILES: &[(&str, &[u8])] = &[
    ("icon.svg", include_bytes!("../../assets/icon.svg")),
    ("js/base.js", include_bytes!("../../assets/js/base.js")),
    ("js/build.js", include_bytes!("../../assets/js/build.js")),
    ("js/bulk.js", include_bytes!("../../assets/js/bulk.js")),
    ("js/changes.js", include_bytes!("../../assets/js/changes.js")),
    ("js/copy.js", include_bytes!("../../assets/js/copy.js")),
    ("js/filter.js", include_bytes!("../../assets/js/filter.js")),
    ("js/json-editor.js", include_bytes!("../../assets/js/json-editor.js")),
    ("js/json.js", include_bytes!("../../assets/js/json.js")),
    ("js/keys.js", include_bytes!("../../assets/js/keys.js")),
    ("js/publication.js", include_bytes!("../../assets/js/publication.js")),
    ("js/records.js", include_bytes!("../../assets/js/records.js")),
    ("js/send.js", include_bytes!("../../assets/js/send.js")),
    ("js/tabs.js", include_bytes!("../../assets/js/tabs.js")),
    ("js/times.js", include_bytes!("../../assets/js/times.js")),
    ("js/verify.js", include_bytes!("../../assets/js/verify.js")),
    ("js/verify-chain.js", include_bytes!("../../assets/js/verify-chain.js")),
    ("js/verify-changeset.js", include_bytes!("../../assets/js/verify-changeset.js")),
    ("js/verify-json.js", include_bytes!("../../assets/js/verify-json.js")),
    ("js/verify-sha256.js", include_bytes!("../../assets/js/verify-sha256.js")),
    ("js/verify-sort.js", include_bytes!("../../assets/js/verify-sort.js")),
    ("js/verify-statement.js", include_bytes!("../../assets/js/verify-statement.js")),
    ("js/verify-tree.js", include_bytes!("../../assets/js/verify-tree.js")),
    ("js/verify-x509.js", include_bytes!("../../assets/js/verify-x509.js")),
    ("js/record.js", include_bytes!("../../assets/js/record.js")),
    ("vendor/codemirror.js", include_bytes!("../../assets/vendor/codemirror.js")),
    ("vendor/htmx.min.js", include_bytes!("../../assets/vendor/htmx.min.js")),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Light and dark, as 24-bit numbers, by the token's name.
    fn tokens() -> BTreeMap<&'static str, [u32; 2]> {
        let colour = |text: &str| u32::from_str_radix(text.trim().trim_start_matches('#'), 16).unwrap();
        STYLES[0]
            .lines()
            .filter_map(|line| {
                let (name, value) = line.trim().strip_prefix("--")?.split_once(": light-dark(#")?;
                let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
                Some((name, [colour(light), colour(dark)]))
            })
            .collect()
    }

    /// Relative luminance (WCAG 2).
    fn luminance(colour: u32) -> f64 {
        let channel = |shift: u32| {
            let value = f64::from((colour >> shift) & 0xff) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
    }

    fn ratio(one: u32, other: u32) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        if one > other { one / other } else { other / one }
    }

    #[test]
    fn every_text_is_readable_on_every_ground_it_stands_on() {
        let tokens = tokens();
        let mut pairs = Vec::new();
        for ground in ["surface", "sunken", "active", "accent-soft"] {
            pairs.extend(["ink", "ink-2", "ink-3", "accent"].map(|text| (text, ground, 4.5)));
        }
        for (text, ground) in [
            ("added", "surface"),
            ("added", "sunken"),
            ("added", "added-soft"),
            ("added", "added-word"),
            ("changed", "surface"),
            ("changed", "sunken"),
            ("changed", "changed-soft"),
            ("removed", "surface"),
            ("removed", "sunken"),
            ("removed", "removed-soft"),
            ("ink", "added-word"),
            ("ink", "removed-word"),
            ("on-accent", "accent"),
            ("on-accent", "accent-hover"),
        ] {
            pairs.push((text, ground, 4.5));
        }
        for ground in ["surface", "sunken"] {
            pairs.extend(["edge", "plot-2"].map(|part| (part, ground, 3.0)));
        }
        let mut faint = Vec::new();
        for (text, ground, least) in pairs {
            for (side, theme) in ["light", "dark"].into_iter().enumerate() {
                let found = ratio(tokens[text][side], tokens[ground][side]);
                if found < least {
                    faint.push(format!("{theme}: {text} on {ground}: {found:.2}"));
                }
            }
        }
        assert_eq!(faint, Vec::<String>::new());
    }

    #[test]
    fn colours_are_named_in_one_place() {
        let strangers: Vec<&str> = STYLES[1..]
            .iter()
            .flat_map(|sheet| sheet.lines())
            .filter(|line| line.contains(": #") || line.contains(" #") && line.contains("solid #"))
            .collect();
        assert_eq!(strangers, [""; 0]);
    }
}
