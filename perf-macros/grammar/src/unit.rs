//! Durations, bytes, counts, rates and percentages: how each is read and printed.

use crate::error::{GrammarError, UnitError};
use crate::list::{first, mapped};
use crate::text::{all, cut, owned, parsed, parts, replaced, trim, trim_end_matches, trim_start};

/// What a number counts, and so the words it may be written with.
///
/// Inside, every quantity is a `u64` in the base unit given here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// Nanoseconds, written `"10ms"`.
    Duration,
    /// Bytes, written `"50MB"` (powers of 1000) or `"50MiB"` (powers of 1024).
    Bytes,
    /// Plain whole numbers, written `5` or `"1_000"`.
    Count,
    /// Events in 1000 seconds, written `"1000/s"`.
    Rate,
    /// Millionths of one, written `"80%"`; a share of several may be above one.
    Share,
    /// Thousandths, written `"2x"`.
    Factor,
}

impl Unit {
    /// The word records use: `ns`, `bytes`, `count`, `per_1000_s`, `millionths` or
    /// `thousandths`.
    #[must_use]
    pub fn base_name(self) -> &'static str {
        match self {
            Unit::Duration => "ns",
            Unit::Bytes => "bytes",
            Unit::Count => "count",
            Unit::Rate => "per_1000_s",
            Unit::Share => "millionths",
            Unit::Factor => "thousandths",
        }
    }

    /// What a value of this unit looks like, for error messages.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Unit::Duration => "\"10ms\"",
            Unit::Bytes => "\"50MB\"",
            Unit::Count => "5",
            Unit::Rate => "\"1000/s\"",
            Unit::Share => "\"80%\"",
            Unit::Factor => "\"2x\"",
        }
    }
}

const DURATIONS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
];

const BYTES: &[(&str, u64)] = &[
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Events per one of these, in events per 1000 seconds.
const RATES: &[(&str, u64)] = &[("/ms", 1_000_000), ("/s", 1_000)];

const COUNTS: &[(&str, u64)] = &[("", 1)];
const SHARES: &[(&str, u64)] = &[("%", 10_000)];
const FACTORS: &[(&str, u64)] = &[("x", 1_000)];

/// How a quantity is written.
struct Form {
    /// What it is called.
    what: &'static str,
    /// The words behind a number, each with its size in base units.
    units: &'static [(&'static str, u64)],
    /// These words, for a sentence.
    expected: &'static str,
    /// The same, with what else may stand there.
    ends: &'static str,
    example: &'static str,
}

impl Unit {
    const fn form(self) -> Form {
        let (what, units, expected, example) = match self {
            Unit::Duration => (
                "a duration",
                DURATIONS,
                "ns, us, µs, ms, s or min",
                "\"10ms\"",
            ),
            Unit::Bytes => (
                "a size",
                BYTES,
                "B, KB, MB, GB, KiB, MiB or GiB",
                "\"50MB\"",
            ),
            Unit::Count => ("a count", COUNTS, "no unit", "\"1_000\""),
            Unit::Rate => ("a rate", RATES, "/s or /ms", "\"1000/s\""),
            Unit::Share => ("a percentage", SHARES, "%", "\"80%\""),
            Unit::Factor => ("a factor", FACTORS, "x", "\"2x\""),
        };
        Form {
            what,
            units,
            expected,
            ends: expected,
            example,
        }
    }
}

/// Reads a quantity of `unit` into its base unit: `10ms` and `1_000us`, `1.5 MiB`, `5`,
/// `1000/s`, `80%`, `0.5x`.
///
/// # Errors
/// Says which part of the text is wrong, what was found and what was expected.
pub fn parse(unit: Unit, text: &str) -> Result<u64, UnitError> {
    match cut(text, ".") {
        Some((whole, _)) if unit == Unit::Count => Err(UnitError {
            at: whole.len()..text.len(),
            error: GrammarError::not_whole(text),
        }),
        _ => quantity(text, &unit.form()),
    }
}

/// Reads a share such as `90%` into parts of one.
///
/// # Errors
/// If the text is no number between 0 and 1000 that ends in `%`.
pub fn parse_percent(text: &str) -> Result<f64, UnitError> {
    let millionths = parse(Unit::Share, text)?;
    if millionths > 10_000_000 {
        return Err(UnitError {
            at: 0..text.len(),
            error: GrammarError::much_more_than_all(text),
        });
    }
    Ok(millionths as f64 / 1e6)
}

/// Reads a percentage where a factor may stand too.
pub(crate) fn parse_share_or_factor(text: &str) -> Result<u64, UnitError> {
    let form = Form {
        ends: "%, or a factor such as \"1.5x\"",
        example: "\"80%\", or a factor such as \"1.5x\"",
        ..Unit::Share.form()
    };
    quantity(text, &form)
}

fn quantity(text: &str, form: &Form) -> Result<u64, UnitError> {
    let Form {
        what,
        units,
        expected,
        example,
        ..
    } = form;
    let start = text.len() - trim_start(text).len();
    let mut digits_end = start;
    while let Some(b'0'..=b'9' | b'_' | b'.' | b',') = text.as_bytes().get(digits_end) {
        digits_end += 1;
    }
    let (number, rest) = (&text[start..digits_end], &text[digits_end..]);
    if !starts_with_digit(number) {
        return Err(UnitError {
            at: 0..text.len(),
            error: GrammarError::no_amount(text, what, expected, example),
        });
    }
    let word = trim(rest);
    let Some(&(_, scale)) = first(units, |(name, _)| *name == word) else {
        let word_start = text.len() - trim_start(rest).len();
        return Err(wrong_unit(text, word, word_start, form));
    };
    let whole;
    let number = if is_whole(word) && is_grouped(number) {
        whole = replaced(number, ",", "");
        &whole
    } else {
        number
    };
    scaled(number, scale).ok_or_else(|| UnitError {
        at: start..digits_end,
        error: GrammarError::no_number(number, what, example),
    })
}

/// Whether numbers of this unit are printed as wholes with commas, and may be read like
/// that. Elsewhere a comma may be meant as a decimal point, and is refused.
fn is_whole(unit: &str) -> bool {
    matches!(unit, "B" | "" | "/s")
}

/// Whether commas stand between groups of three digits, and nowhere else: `34,846`.
fn is_grouped(number: &str) -> bool {
    let mut least = 1;
    for group in parts(number, ",") {
        if group.len() < least || group.len() > 3 || !is_digits(group) {
            return false;
        }
        least = 3;
    }
    true
}

/// Whether there is nothing but digits.
pub(crate) fn is_digits(text: &str) -> bool {
    all(text, u8::is_ascii_digit)
}

fn starts_with_digit(text: &str) -> bool {
    matches!(text.as_bytes().first(), Some(b'0'..=b'9'))
}

fn wrong_unit(text: &str, word: &str, word_start: usize, form: &Form) -> UnitError {
    let Form {
        what,
        units,
        expected,
        ends,
        example,
    } = form;
    if word.is_empty() {
        return UnitError {
            at: 0..text.len(),
            error: GrammarError::no_unit(text, what, expected, example),
        };
    }
    let names = mapped(units, |(name, _)| *name);
    let near = match first(&names, |name| name.eq_ignore_ascii_case(word)) {
        Some(same_but_case) => Some(*same_but_case),
        None => crate::nearest(word, &names),
    };
    let error = match near {
        Some(near) if !near.is_empty() => GrammarError::mistyped_unit(word, text, what, ends, near),
        _ => GrammarError::unknown_unit(word, text, what, ends),
    };
    UnitError {
        at: word_start..word_start + word.len(),
        error,
    }
}

/// A decimal number times a whole scale, rounded to the nearest whole; `None`
/// where it is no number or does not fit.
fn scaled(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = match cut(number, ".") {
        Some((whole, fraction)) if starts_with_digit(fraction) && cut(fraction, ".").is_none() => {
            (whole, fraction)
        }
        Some(_) => return None,
        None => (number, ""),
    };
    let clean = |digits: &str| replaced(digits, "_", "");
    let whole: u128 = parsed(&clean(whole))?;
    let mut value = whole.checked_mul(u128::from(scale))?;
    let fraction = clean(fraction);
    if !fraction.is_empty() {
        let fraction = &fraction[..fraction.len().min(18)];
        let digits: u128 = parsed(fraction)?;
        let power = 10u128.pow(fraction.len() as u32);
        let parts = (digits * u128::from(scale) + power / 2) / power;
        value = value.checked_add(parts)?;
    }
    u64::try_from(value).ok()
}

/// Prints a value in base units with three significant digits and its unit.
#[must_use]
pub fn format(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Duration => format_duration(value),
        Unit::Bytes => format_bytes(value),
        Unit::Count => format_count(value),
        Unit::Rate => format_rate(value),
        Unit::Share => format_share(value),
        Unit::Factor => format_factor(value),
    }
}

/// Prints a value that is compared as it is: of bytes the whole number, with the
/// rounded form beside it where that says less, `34,846 B (34.8 KB)`. A part of a
/// byte counts as one.
#[must_use]
pub fn format_exact(unit: Unit, value: f64) -> String {
    let rounded = format(unit, value);
    let whole = value.ceil();
    let says_all = || parse(unit, rounded.trim_start_matches('-')) == Ok(whole.abs() as u64);
    if unit != Unit::Bytes || !value.is_finite() || says_all() {
        return rounded;
    }
    format!("{} B ({rounded})", format_count(whole))
}

/// Prints nanoseconds: `12.4 ms`.
#[must_use]
pub fn format_duration(ns: f64) -> String {
    // A duration of minutes reads better in seconds until it is several.
    pick(
        ns,
        &[
            ("ns", 1.0),
            ("µs", 1e3),
            ("ms", 1e6),
            ("s", 1e9),
            ("min", 600e9),
        ],
        &[("min", 60e9)],
    )
}

/// Prints the measured nanoseconds of a call: where next to nothing is left of it when the
/// cost of the clock is taken off, `< 1 ns`.
#[must_use]
pub fn format_time(ns: f64) -> String {
    if ns < 0.1 {
        return owned("< 1 ns");
    }
    format_duration(ns)
}

/// Prints bytes in powers of 1000: `50 MB`.
#[must_use]
pub fn format_bytes(bytes: f64) -> String {
    pick(
        bytes,
        &[("B", 1.0), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9)],
        &[],
    )
}

/// Prints a count, with a thousands separator where it is whole: `1,200`.
#[must_use]
pub fn format_count(count: f64) -> String {
    if count.fract() != 0.0 {
        return three_digits(count);
    }
    let digits = format!("{count:.0}");
    let (sign, mut digits) = match digits.strip_prefix("-") {
        Some(digits) => ("-", digits),
        None => ("", &*digits),
    };
    let mut out = owned(sign);
    while digits.len() > 3 {
        let (group, behind) = digits.split_at((digits.len() - 1) % 3 + 1);
        out.push_str(group);
        out += ",";
        digits = behind;
    }
    out.push_str(digits);
    out
}

/// Prints events per 1000 seconds as a rate: `1,000/s`.
#[must_use]
pub fn format_rate(per_1000_s: f64) -> String {
    let per_s = per_1000_s / 1e3;
    match per_s.abs() {
        r if r >= 1e9 => format!("{} G/s", three_digits(per_s / 1e9)),
        r if r >= 1e6 => format!("{} M/s", three_digits(per_s / 1e6)),
        r if r >= 100.0 => format!("{}/s", format_count(per_s.round())),
        _ => format!("{}/s", three_digits(per_s)),
    }
}

/// Prints millionths of one as a percentage: `80 %`.
#[must_use]
pub fn format_share(millionths: f64) -> String {
    format!("{} %", three_digits(millionths / 1e4))
}

/// Prints thousandths as a factor: `0.5x`.
#[must_use]
pub fn format_factor(thousandths: f64) -> String {
    format!("{}x", three_digits(thousandths / 1e3))
}

fn pick(value: f64, from: &[(&str, f64)], scales: &[(&str, f64)]) -> String {
    let size = value.abs();
    // 999.7 of one unit would print as 1000: it belongs to the next.
    let (mut name, mut scale) = from[0];
    for (larger, at) in from {
        if size >= at * 0.9995 {
            (name, scale) = (larger, *at);
        }
    }
    if let Some((_, own)) = first(scales, |(of, _)| *of == name) {
        scale = *own;
    }
    format!("{} {name}", three_digits(value / scale))
}

fn three_digits(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        s if s == 0.0 || s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        s if s >= 0.9995 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    match decimals {
        0 => text,
        _ => owned(trim_end_matches(trim_end_matches(&text, '0'), '.')),
    }
}

#[cfg(test)]
mod tests;
