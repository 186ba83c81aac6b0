//! Quantities as people write them into a budget: short, and rounded to the side that leaves room.

use perf_grammar::{Direction, Unit};

/// A quantity that can stand in a budget file or an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// In base units: exactly what the text says.
    pub(crate) value: u64,
    /// `12ms`, `1.5MB`, `1_246`.
    pub(crate) text: String,
    /// A plain number, which needs no quotes.
    pub(crate) bare: bool,
}

/// The scales a person writes with, smallest first.
const DURATIONS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
];
const BYTES: &[(&str, u64)] = &[
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];
const RATES: &[(&str, u64)] = &[("/s", 1_000), ("/ms", 1_000_000)];

/// From a million a second on, a rate is written by the millisecond.
const FAST: u64 = 1_000_000_000;

impl Written {
    /// A quantity as it is, to the last digit.
    pub(crate) fn exactly(unit: Unit, value: u64) -> Written {
        let text = match unit {
            Unit::Duration => scaled(value, DURATIONS),
            Unit::Bytes => scaled(value, BYTES),
            Unit::Count => grouped(value),
            Unit::Rate if value < FAST => scaled(value, &RATES[..1]),
            Unit::Rate => scaled(value, &RATES[1..]),
            Unit::Share => scaled(value, &[("%", 10_000)]),
            Unit::Factor => scaled(value, &[("x", 1_000)]),
        };
        Written {
            value,
            text,
            bare: unit == Unit::Count,
        }
    }

    /// A quantity with two digits that say something: the next one above, or
    /// below where it is to be a floor.
    pub(crate) fn rounded(unit: Unit, direction: Direction, value: f64) -> Written {
        let value = value.max(0.0);
        // What arithmetic left behind the point is no reason for another digit.
        let value = (value * 1e6).round() / 1e6;
        let whole = match direction {
            Direction::AtMost => value.ceil(),
            Direction::AtLeast => value.floor(),
        } as u64;
        let step = 10u64.pow(whole.max(1).ilog10().saturating_sub(1));
        let value = match direction {
            Direction::AtMost => whole.div_ceil(step).saturating_mul(step),
            Direction::AtLeast => whole / step * step,
        };
        Written::exactly(unit, value)
    }

    /// As it stands behind a key: in quotes unless it is a plain number.
    pub(crate) fn quoted(&self) -> String {
        if self.bare {
            self.text.clone()
        } else {
            format!("\"{}\"", self.text)
        }
    }
}

/// The largest scale of which the value is at least one; the smallest where it
/// is of none.
fn scaled(value: u64, scales: &[(&str, u64)]) -> String {
    let fits = scales.iter().rev().find(|(_, scale)| value >= *scale);
    let (word, scale) = fits.or(scales.first()).expect("a unit has a scale");
    let whole = value / scale;
    let digits = format!("{:0width$}", value % scale, width = scale.ilog10() as usize);
    match digits.trim_end_matches('0') {
        // With a scale of one there is nothing behind the point.
        "" => format!("{whole}{word}"),
        _ if *scale == 1 => format!("{whole}{word}"),
        behind => format!("{whole}.{behind}{word}"),
    }
}

/// Digits in threes, from five of them on.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let threes = (0..tail.len() / 3).map(|at| &tail[at * 3..at * 3 + 3]);
    let parts: Vec<&str> = std::iter::once(head)
        .filter(|head| !head.is_empty())
        .chain(threes)
        .collect();
    parts.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit: Unit, value: f64, expected: &str) {
        let written = Written::rounded(unit, Direction::AtMost, value);
        assert_eq!(written.text, expected);
        reads(unit, &written);
    }

    /// What is written means what was meant.
    #[track_caller]
    fn reads(unit: Unit, written: &Written) {
        assert_eq!(
            perf_grammar::parse(unit, &written.text),
            Ok(written.value),
            "{written:?}"
        );
    }

    #[test]
    fn two_digits_are_left_and_the_number_never_shrinks() {
        check(Unit::Duration, 12_340_000.0, "13ms");
        check(Unit::Duration, 12_000_000.0, "12ms");
        check(Unit::Duration, 1_234_000.0, "1.3ms");
        check(Unit::Duration, 123_400.0, "130us");
        check(Unit::Duration, 991_000.0, "1ms");
        check(Unit::Duration, 43.2, "44ns");
        check(Unit::Duration, 3.0, "3ns");
        check(Unit::Duration, 90e9, "90s");
        check(Unit::Duration, 1.234e12, "1300s");
        check(Unit::Bytes, 1_410_065.0, "1.5MB");
        check(Unit::Bytes, 2_097_152.0, "2.1MB");
        check(Unit::Bytes, 0.0, "0B");
        check(Unit::Bytes, 410.0, "410B");
        check(Unit::Bytes, 411.0, "420B");
        check(Unit::Rate, 1_234.0, "1.3/s");
        check(Unit::Share, 123_456.0, "13%");
        check(Unit::Share, 2_450.0, "0.25%");
        check(Unit::Share, 1_230_000.0, "130%");
        check(Unit::Factor, 1_210.0, "1.3x");
        check(Unit::Factor, 430.0, "0.43x");
        check(Unit::Count, 28_980_987.0, "29_000_000");
    }

    #[test]
    fn arithmetic_adds_no_digit() {
        // 1.1 * 3 is 3.3000000000000003.
        check(Unit::Bytes, 1.1 * 3.0 * 1e1, "33B");
        check(Unit::Duration, 8.0e6 * 1.5, "12ms");
    }

    #[test]
    fn a_floor_is_rounded_down() {
        #[track_caller]
        fn floor(value: f64, expected: &str) {
            let written = Written::rounded(Unit::Rate, Direction::AtLeast, value);
            assert_eq!(written.text, expected);
            reads(Unit::Rate, &written);
        }
        floor(1_299_000.0, "1200/s");
        floor(24_150_000_000.0, "24000/ms");
        floor(990.0, "0.99/s");
        floor(12.0, "0.012/s");
    }

    #[test]
    fn a_count_keeps_every_digit() {
        for (value, expected) in [
            (0, "0"),
            (412, "412"),
            (1_246, "1246"),
            (12_460, "12_460"),
            (1_234_567, "1_234_567"),
        ] {
            let written = Written::exactly(Unit::Count, value);
            assert_eq!((&*written.text, written.bare), (expected, true));
            reads(Unit::Count, &written);
        }
        assert_eq!(Written::exactly(Unit::Bytes, 1_410_065).text, "1.410065MB");
    }
}
