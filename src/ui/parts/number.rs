//! Numbers, parted so that they neither break nor blur.

/// Thousands parted by a narrow space that does not break.
pub(in crate::ui) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut parted = String::with_capacity(digits.len() + 6);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            parted.push('\u{202f}');
        }
        parted.push(digit);
    }
    parted
}

/// A number with its noun: `1 record`, `2 records`.
pub(in crate::ui) fn count(many: u64, one: &str, more: &str) -> String {
    format!("{}\u{a0}{}", number(many), if many == 1 { one } else { more })
}

/// A size as people say it, in powers of ten: `1.2 kB`.
pub(in crate::ui) fn bytes(bytes: u64) -> String {
    if bytes < 1_000 {
        return format!("{bytes}\u{a0}B");
    }
    let (mut tenths, mut unit) = (bytes / 100 + u64::from(bytes % 100 >= 50), "kB");
    for larger in ["MB", "GB", "TB"] {
        if tenths < 10_000 {
            break;
        }
        tenths = tenths / 1_000 + u64::from(tenths % 1_000 >= 500);
        unit = larger;
    }
    if tenths >= 1_000 {
        format!("{}\u{a0}{unit}", number(tenths / 10 + u64::from(tenths % 10 >= 5)))
    } else {
        format!("{}.{}\u{a0}{unit}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parted_in_threes() {
        for (value, written) in [
            (0, "0"),
            (999, "999"),
            (1_918, "1\u{202f}918"),
            (100_000, "100\u{202f}000"),
            (1_234_567, "1\u{202f}234\u{202f}567"),
        ] {
            assert_eq!(number(value), written);
        }
    }

    #[test]
    fn sizes_have_two_figures_or_three() {
        for (value, written) in [
            (0, "0\u{a0}B"),
            (999, "999\u{a0}B"),
            (1_000, "1.0\u{a0}kB"),
            (1_249, "1.2\u{a0}kB"),
            (1_250, "1.3\u{a0}kB"),
            (137_900, "138\u{a0}kB"),
            (999_949, "1\u{202f}000\u{a0}kB"),
            (1_000_000, "1.0\u{a0}MB"),
            (828_000_000, "828\u{a0}MB"),
        ] {
            assert_eq!(bytes(value), written, "{value}");
        }
        assert_eq!(count(1, "record", "records"), "1\u{a0}record");
        assert_eq!(count(1_500, "record", "records"), "1\u{202f}500\u{a0}records");
    }
}
