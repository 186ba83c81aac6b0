//! One value of the file, read by what its key takes.

use std::ops::Range;

use perf_grammar::{Bounds, Key, Unit, UnitError, Value};
use toml::Spanned;
use toml::de::DeValue;

use super::{Set, Settings, Spot};
use crate::collections::{joined, mapped, owned, parsed, trim};
use crate::model::case::Warmup;
use crate::model::plan::Target;
use crate::model::problem::{Problem, near};

/// A value that its key can take.
pub(super) enum Found {
    /// A quantity in base units, or a whole number above zero.
    Number(u64),
    /// A share, a factor or a probability.
    Ratio(f64),
    /// A factor in thousandths, and another case.
    FactorOf(u64, String),
    /// One of the key's words, or any text.
    Text(String),
    /// How long to warm up.
    Warmup(Warmup),
}

/// What is wrong, and with which bytes of the file.
pub(super) type Wrong = (Range<usize>, Problem);

type Entry<'a> = Spanned<DeValue<'a>>;

/// Reads what stands behind the `=` of a key.
pub(super) fn read(key: &Key, word: &str, entry: &Entry<'_>) -> Result<Found, Wrong> {
    match key.value {
        Value::Quantity(unit) => {
            let amount = match (unit, whole_number(entry)) {
                (Unit::Count, Some(count)) => count,
                _ => quantity(unit, word, entry)?,
            };
            within(key, word, unit, amount, entry).map(Found::Number)
        }
        Value::DurationOrCount => match entry.get_ref() {
            DeValue::Integer(_) => {
                let calls = whole(word, entry, key.bounds(Unit::Count))?;
                Ok(Found::Warmup(Warmup::Calls(calls)))
            }
            _ => {
                let ns = quantity(Unit::Duration, word, entry)?;
                let ns = within(key, word, Unit::Duration, ns, entry)?;
                Ok(Found::Warmup(Warmup::Time(ns)))
            }
        },
        Value::Positive => whole(word, entry, key.bounds(Unit::Count)).map(Found::Number),
        Value::Percent => percent(word, entry).map(Found::Ratio),
        Value::Tolerance => tolerance(word, entry).map(Found::Number),
        Value::Factor => {
            number(word, entry, perf_grammar::SLACK, "a factor", 1.5).map(Found::Ratio)
        }
        Value::Probability => {
            let bounds = perf_grammar::PROBABILITY;
            number(word, entry, bounds, "a probability", 0.001).map(Found::Ratio)
        }
        Value::OneOf(words) => one_of(words, word, entry).map(Found::Text),
        Value::Text => text(word, entry).map(|text| Found::Text(text.to_owned())),
        Value::Flag => match entry.get_ref() {
            DeValue::Boolean(true) => Ok(Found::Number(0)),
            _ => Err((entry.span(), Problem::wrong_flag(&shown(entry), word))),
        },
        Value::Ratio => factor_of(word, entry),
        Value::Texts
        | Value::Expression
        | Value::FlagOrText
        | Value::Path
        | Value::List
        | Value::OneOfOrPath(_)
        | Value::Named => Err(never(word, entry)),
    }
}

/// A text that is not empty.
pub(super) fn text<'a>(word: &str, entry: &'a Entry<'_>) -> Result<&'a str, Wrong> {
    match entry.get_ref() {
        DeValue::String(text) if !trim(text).is_empty() => Ok(text),
        _ => Err(wrong(entry, word, "a text in quotes that is not empty")),
    }
}

/// A whole number within bounds.
pub(super) fn whole(word: &str, entry: &Entry<'_>, bounds: Bounds) -> Result<u64, Wrong> {
    let expected = format!(
        "a whole number {}, without quotes",
        bounds.describe(Unit::Count)
    );
    match whole_number(entry) {
        Some(number) if number >= bounds.least && number <= bounds.most => Ok(number),
        _ => Err(wrong(entry, word, &expected)),
    }
}

/// A number within bounds, both included.
fn number(
    word: &str,
    entry: &Entry<'_>,
    (least, most): (f64, f64),
    what: &str,
    example: f64,
) -> Result<f64, Wrong> {
    let number: Option<f64> = match entry.get_ref() {
        DeValue::Integer(_) => whole_number(entry).map(|number| number as f64),
        DeValue::Float(number) => parsed(number.as_str()),
        _ => None,
    };
    match number {
        Some(number) if number >= least && number <= most => Ok(number),
        _ => {
            let expected = format!("{what} from {least} to {most}, such as {example}");
            Err(wrong(entry, word, &expected))
        }
    }
}

/// The amount, where the bounds of the key hold it.
fn within(key: &Key, word: &str, unit: Unit, amount: u64, entry: &Entry<'_>) -> Result<u64, Wrong> {
    let checked = key.check(word, unit, amount);
    checked
        .map(|()| amount)
        .map_err(|why| (entry.span(), Problem::out_of_bounds(&why.text())))
}

/// The mistake of a key that the attribute alone has.
pub(super) fn never(word: &str, entry: &Entry<'_>) -> Wrong {
    let problem = Problem::key_of_no_table(word, "a budget file");
    (entry.span(), problem)
}

/// The mistake of a value that its key cannot take.
pub(super) fn wrong(entry: &Entry<'_>, word: &str, expected: &str) -> Wrong {
    mistyped(entry, word, expected, "")
}

/// The same, with what was probably meant.
fn mistyped(entry: &Entry<'_>, word: &str, expected: &str, near: &str) -> Wrong {
    let problem = Problem::wrong_value(&shown(entry), word, expected, near);
    (entry.span(), problem)
}

/// The mistake of a text that is no amount.
fn no_amount(entry: &Entry<'_>, text: &str, UnitError { at, error }: UnitError) -> Wrong {
    let problem = Problem::wrong_amount(&error.text(), &error.help());
    (inside(entry, text, &at), problem)
}

/// The value as it reads in the file, or its kind where it is long.
fn shown(entry: &Entry<'_>) -> String {
    match entry.get_ref() {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => format!("{number}"),
        DeValue::Float(number) => format!("{number}"),
        DeValue::Boolean(flag) => format!("{flag}"),
        DeValue::Datetime(time) => format!("{time}"),
        DeValue::Array(_) => owned("a list"),
        DeValue::Table(_) => owned("a table"),
    }
}

/// The value as it reads in the file, and that it is a string where it is one.
pub(super) fn with_kind(entry: &Entry<'_>) -> String {
    match entry.get_ref() {
        DeValue::String(_) => format!("the string {}", shown(entry)),
        _ => shown(entry),
    }
}

fn quantity(unit: Unit, word: &str, entry: &Entry<'_>) -> Result<u64, Wrong> {
    let DeValue::String(text) = entry.get_ref() else {
        let expected = match unit {
            Unit::Count => format!("a whole number, such as {}", unit.example()),
            _ => format!(
                "a text with a number and its unit, such as {}",
                unit.example()
            ),
        };
        return Err(wrong(entry, word, &expected));
    };
    perf_grammar::parse(unit, text).map_err(|error| no_amount(entry, text, error))
}

fn factor_of(word: &str, entry: &Entry<'_>) -> Result<Found, Wrong> {
    let DeValue::String(text) = entry.get_ref() else {
        let expected = "a factor and another case, such as \"0.5x other::case\"";
        return Err(wrong(entry, word, expected));
    };
    match perf_grammar::parse_ratio(text) {
        Ok((factor, of)) => Ok(Found::FactorOf(factor, of.to_owned())),
        Err(error) => Err(no_amount(entry, text, error)),
    }
}

fn percent(word: &str, entry: &Entry<'_>) -> Result<f64, Wrong> {
    let expected = "a share of at most one, such as \"90%\"";
    let DeValue::String(text) = entry.get_ref() else {
        return Err(wrong(entry, word, expected));
    };
    let share = perf_grammar::parse_percent(text).map_err(|error| no_amount(entry, text, error))?;
    if share <= 1.0 {
        Ok(share)
    } else {
        Err(wrong(entry, word, expected))
    }
}

fn tolerance(word: &str, entry: &Entry<'_>) -> Result<u64, Wrong> {
    let DeValue::String(text) = entry.get_ref() else {
        let expected = "a tolerance in quotes, such as \"10%\" or \"1.5x\"";
        return Err(wrong(entry, word, expected));
    };
    perf_grammar::parse_tolerance(text).map_err(|error| no_amount(entry, text, error))
}

fn one_of(words: &[&str], word: &str, entry: &Entry<'_>) -> Result<String, Wrong> {
    let listed: Vec<String> = mapped(words, |word| format!("\"{word}\""));
    let expected = format!("one of {}", joined(&listed, ", "));
    match entry.get_ref() {
        DeValue::String(text) if words.contains(&&**text) => Ok(text.to_string()),
        DeValue::String(text) => Err(mistyped(entry, word, &expected, near(text, words))),
        _ => Err(wrong(entry, word, &expected)),
    }
}

pub(super) fn whole_number(entry: &Entry<'_>) -> Option<u64> {
    match entry.get_ref() {
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    }
}

/// The bytes of the file for some bytes of a text in it. A text with escapes
/// does not read as it is written; then it is the whole text.
fn inside(entry: &Entry<'_>, text: &str, part: &Range<usize>) -> Range<usize> {
    let span = entry.span();
    if span.len() == text.len() + 2 {
        span.start + 1 + part.start..span.start + 1 + part.end
    } else {
        span
    }
}

impl Settings {
    /// Where the whole number or the amount of a key belongs.
    pub(super) fn number(&mut self, key: &str) -> Option<&mut Option<Set<u64>>> {
        Some(match key {
            "samples" => &mut self.samples,
            "items" => &mut self.items,
            "threads" => &mut self.threads,
            "rate" => &mut self.rate,
            "max_time" => &mut self.max_time_ns,
            "regression" => &mut self.regression,
            "regression_tail" => &mut self.regression_tail,
            _ => return None,
        })
    }

    /// Where the share, factor or probability of a key belongs.
    pub(super) fn ratio(&mut self, key: &str) -> Option<&mut Option<Set<f64>>> {
        Some(match key {
            "false_fail" => &mut self.false_fail,
            "false_pass" => &mut self.false_pass,
            "near" => &mut self.near,
            "slack" => &mut self.slack,
            _ => return None,
        })
    }

    pub(super) fn limit(&mut self, target: Target, value: u64, place: Spot) {
        let place = Some(place);
        self.limits.push((target, Set { value, place }));
    }
}

impl<T> Set<T> {
    pub(super) fn at(value: T, place: Spot) -> Option<Set<T>> {
        Some(Set {
            value,
            place: Some(place),
        })
    }
}
