//! Raw values to typed ones, each with its limits.

use std::{net::SocketAddr, ops::RangeInclusive, path::PathBuf};

use super::{
    ConfigError, Problem,
    source::{Given, Raw, Source},
};

impl Source {
    /// The setting, read by `parse`; `default` where it was not given.
    pub(super) fn take<T>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl FnOnce(Raw) -> Result<T, Problem>,
    ) -> Result<T, ConfigError> {
        self.values.remove(key).map_or(Ok(default), |given| read(key, given, parse))
    }

    /// The setting, read by `parse`, if it was given.
    pub(super) fn find<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(Raw) -> Result<T, Problem>,
    ) -> Result<Option<T>, ConfigError> {
        self.values.remove(key).map(|given| read(key, given, parse)).transpose()
    }
}

/// Reads one value; an error names the setting and where it stands.
pub(super) fn read<T>(
    key: &str,
    given: Given,
    parse: impl FnOnce(Raw) -> Result<T, Problem>,
) -> Result<T, ConfigError> {
    let Given { origin, raw } = given;
    parse(raw).map_err(|problem| ConfigError::Value { origin, key: key.to_owned(), problem })
}

pub(super) fn text(raw: Raw) -> Result<String, Problem> {
    match raw {
        Raw::Environment(text) | Raw::Text(text) => Ok(text),
        Raw::Bool(_) | Raw::Integer(_) | Raw::List(_) | Raw::Other => {
            Err(Problem::Type("text in quotation marks"))
        }
    }
}

pub(super) fn path(raw: Raw) -> Result<PathBuf, Problem> {
    text(raw).map(PathBuf::from)
}

pub(super) fn address(raw: Raw) -> Result<SocketAddr, Problem> {
    text(raw)?.parse().map_err(|_| Problem::Address)
}

pub(super) fn truth(raw: Raw) -> Result<bool, Problem> {
    match raw {
        Raw::Bool(truth) => Ok(truth),
        Raw::Environment(text) => text.parse().map_err(|_| Problem::Type("true or false")),
        Raw::Integer(_) | Raw::List(_) | Raw::Other | Raw::Text(_) => Err(Problem::Type("true or false")),
    }
}

/// In the environment a list is separated by commas or line ends.
pub(super) fn list(raw: Raw) -> Result<Vec<String>, Problem> {
    match raw {
        Raw::Environment(text) => {
            let items = text.split(['\n', ',']).map(str::trim).filter(|item| !item.is_empty());
            Ok(items.map(str::to_owned).collect())
        }
        Raw::List(items) => Ok(items),
        Raw::Bool(_) | Raw::Integer(_) | Raw::Other | Raw::Text(_) => {
            Err(Problem::Type("a list of texts, as in [\"one\", \"two\"]"))
        }
    }
}

/// One of some words.
pub(super) fn choice<T: Copy>(
    words: &'static [(&'static str, T)],
    all: &'static str,
) -> impl Fn(Raw) -> Result<T, Problem> {
    move |raw| {
        let word = text(raw)?;
        words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value).ok_or(Problem::Choice(all))
    }
}

/// An integer within limits.
pub(super) fn number(limits: RangeInclusive<u64>) -> impl Fn(Raw) -> Result<u64, Problem> {
    move |raw| {
        let number = match raw {
            Raw::Environment(text) => text.trim().parse().map_err(|_| Problem::Type("a whole number")),
            Raw::Integer(integer) => Ok(i128::from(integer)),
            Raw::Bool(_) | Raw::List(_) | Raw::Other | Raw::Text(_) => Err(Problem::Type("a whole number")),
        }?;
        within(number, &limits, |number| number.to_string())
    }
}

/// A number of bytes within limits: `10 MiB`, `4096`.
pub(super) fn size(limits: RangeInclusive<u64>) -> impl Fn(Raw) -> Result<u64, Problem> {
    move |raw| {
        let bytes = match raw {
            Raw::Integer(integer) => i128::from(integer),
            Raw::Environment(text) | Raw::Text(text) => parse_size(&text).ok_or(Problem::Size)?,
            Raw::Bool(_) | Raw::List(_) | Raw::Other => return Err(Problem::Size),
        };
        within(bytes, &limits, size_text)
    }
}

/// A DNS name as a certificate carries it: ASCII, no wildcard.
pub(super) fn dns_name(raw: Raw) -> Result<String, Problem> {
    let name = text(raw)?;
    let good_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').all(good_label) { Ok(name) } else { Err(Problem::DnsName) }
}

/// Scheme, host and port of a server; a slash at the end is dropped.
pub(super) fn server_url(raw: Raw) -> Result<String, Problem> {
    let url = text(raw)?;
    let plain = url.strip_suffix('/').unwrap_or(&url);
    let host =
        plain.strip_prefix("https://").or_else(|| plain.strip_prefix("http://")).ok_or(Problem::Url)?;
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]_".contains(&byte);
    if host.is_empty() || !host.bytes().all(good) {
        return Err(Problem::Url);
    }
    let after_host = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    match after_host.rsplit_once(':') {
        Some((_, port)) if port.parse::<u16>().is_err() => Err(Problem::Url),
        Some(_) | None => Ok(plain.to_owned()),
    }
}

/// A size as people write it.
pub(super) fn size_text(bytes: u64) -> String {
    let unit =
        UNITS.iter().rev().find(|(_, size)| *size > 1 && bytes >= *size && bytes.is_multiple_of(*size));
    unit.map_or_else(|| bytes.to_string(), |(name, size)| format!("{} {name}", bytes / size))
}

fn parse_size(text: &str) -> Option<i128> {
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = unit.trim();
    let (_, factor) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.parse::<i128>().ok()?.checked_mul(i128::from(*factor))
}

fn within(number: i128, limits: &RangeInclusive<u64>, show: impl Fn(u64) -> String) -> Result<u64, Problem> {
    match u64::try_from(number) {
        Ok(number) if limits.contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err(Problem::Range {
            found: u64::try_from(number).map_or_else(|_| number.to_string(), &show),
            limits: format!("from {} to {}", show(*limits.start()), show(*limits.end())),
        }),
    }
}

const UNITS: [(&str, u64); 5] = [("", 1), ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
