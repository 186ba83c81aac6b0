//! One value of the file, read by what its key takes.

use std::ops::Range;

use perf_grammar::{Key, Metric, Role, Unit, Value};
use toml::Spanned;
use toml::de::DeValue;

use super::Set;
use crate::case::Warmup;

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
pub(super) type Wrong = (Range<usize>, String);

type Entry<'a> = Spanned<DeValue<'a>>;

/// Reads what stands behind the `=` of a key.
pub(super) fn read(key: &Key, word: &str, entry: &Entry<'_>) -> Result<Found, Wrong> {
    match key.value {
        Value::Quantity(Unit::Count) if whole_number(entry).is_some() => {
            number(word, entry, 0).map(Found::Number)
        }
        Value::Quantity(unit) => {
            let amount = quantity(unit, word, entry)?;
            match why_not(key, unit, amount) {
                Some(why) => {
                    let found = perf_grammar::format(unit, amount as f64);
                    let found = if amount == 0 { "zero" } else { &found };
                    Err((entry.span(), format!("found {found} for `{word}`; {why}")))
                }
                None => Ok(Found::Number(amount)),
            }
        }
        Value::DurationOrCount => match entry.get_ref() {
            DeValue::Integer(_) => {
                number(word, entry, 0).map(|calls| Found::Warmup(Warmup::Calls(calls)))
            }
            _ => quantity(Unit::Duration, word, entry).map(|ns| Found::Warmup(Warmup::Time(ns))),
        },
        Value::Positive => number(word, entry, 1).map(Found::Number),
        Value::Percent => percent(word, entry).map(Found::Ratio),
        Value::Tolerance => tolerance(word, entry).map(Found::Number),
        Value::Factor => ratio(entry, |x| x > 0.0 && x.is_finite())
            .map(Found::Ratio)
            .ok_or_else(|| wrong(entry, word, "a factor above zero, such as 1.5")),
        Value::Probability => ratio(entry, |x| x > 0.0 && x < 1.0)
            .map(Found::Ratio)
            .ok_or_else(|| wrong(entry, word, "a probability between 0 and 1, such as 0.001")),
        Value::OneOf(words) => one_of(words, word, entry).map(Found::Text),
        Value::Text => text(word, entry).map(|text| Found::Text(text.to_owned())),
        Value::Flag => match entry.get_ref() {
            DeValue::Boolean(true) => Ok(Found::Number(0)),
            _ => Err(wrong(
                entry,
                word,
                "true; leave the key out where it does not apply",
            )),
        },
        Value::Ratio => factor_of(word, entry),
        Value::Texts
        | Value::Expression
        | Value::FlagOrText
        | Value::Path
        | Value::List
        | Value::OneOfOrPath(_)
        | Value::Named
        | Value::Reserved => Err((
            entry.span(),
            format!("`{word}` cannot be written in a budget file"),
        )),
    }
}

/// A text that is not empty.
pub(super) fn text<'a>(word: &str, entry: &'a Entry<'_>) -> Result<&'a str, Wrong> {
    match entry.get_ref() {
        DeValue::String(text) if !text.trim().is_empty() => Ok(text),
        _ => Err(wrong(entry, word, "a text in quotes that is not empty")),
    }
}

/// A whole number of at least `least`.
pub(super) fn number(word: &str, entry: &Entry<'_>, least: u64) -> Result<u64, Wrong> {
    whole_number(entry)
        .filter(|number| *number >= least)
        .ok_or_else(|| {
            wrong(
                entry,
                word,
                &format!("a whole number of at least {least}, without quotes"),
            )
        })
}

/// The mistake of a value that its key cannot take.
pub(super) fn wrong(entry: &Entry<'_>, word: &str, expected: &str) -> Wrong {
    (
        entry.span(),
        format!("found {} for `{word}`, expected {expected}", shown(entry)),
    )
}

/// The value as it reads in the file, or its kind where it is long.
fn shown(entry: &Entry<'_>) -> String {
    match entry.get_ref() {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn quantity(unit: Unit, word: &str, entry: &Entry<'_>) -> Result<u64, Wrong> {
    let DeValue::String(text) = entry.get_ref() else {
        return Err(wrong(
            entry,
            word,
            &format!(
                "a text with a number and its unit, such as {}",
                unit.example()
            ),
        ));
    };
    perf_grammar::parse(unit, text).map_err(|error| (inside(entry, text, &error.at), error.message))
}

/// What cannot hold, cannot break, or leaves nothing to measure; the attribute
/// refuses the same.
fn why_not(key: &Key, unit: Unit, amount: u64) -> Option<&'static str> {
    if key.role == Role::Limit(Metric::Errors) && amount >= 1_000_000 {
        return Some("every call may fail, which always holds, expected a share below 100%");
    }
    if amount > 0 {
        return None;
    }
    match (key.role, unit) {
        (Role::Limit(Metric::Errors), _) => {
            Some("without `errors` no call may fail: leave it out, or write a share above zero")
        }
        (Role::Limit(_), Unit::Duration | Unit::Factor) => {
            Some("no call takes no time at all, expected a limit above zero")
        }
        (Role::Limit(_), Unit::Share) => {
            Some("no call works without a processor, expected a share above zero")
        }
        (Role::Limit(_), Unit::Rate) => {
            Some("a floor of zero always holds, expected one above zero")
        }
        (Role::Shape, Unit::Rate) => Some("it begins no call, expected a rate above zero"),
        (Role::Shape, Unit::Duration) if key.name == "max_time" => {
            Some("it leaves no time to measure in, expected a time above zero")
        }
        _ => None,
    }
}

fn factor_of(word: &str, entry: &Entry<'_>) -> Result<Found, Wrong> {
    let DeValue::String(text) = entry.get_ref() else {
        let expected = "a factor and another case, such as \"0.5x other::case\"";
        return Err(wrong(entry, word, expected));
    };
    match perf_grammar::parse_ratio(text) {
        Ok((factor, of)) => Ok(Found::FactorOf(factor, of.to_owned())),
        Err(error) => Err((inside(entry, text, &error.at), error.message)),
    }
}

fn percent(word: &str, entry: &Entry<'_>) -> Result<f64, Wrong> {
    let expected = "a share of at most one, such as \"90%\"";
    let DeValue::String(text) = entry.get_ref() else {
        return Err(wrong(entry, word, expected));
    };
    let share = perf_grammar::parse_percent(text)
        .map_err(|error| (inside(entry, text, &error.at), error.message))?;
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
    perf_grammar::parse_tolerance(text)
        .map_err(|error| (inside(entry, text, &error.at), error.message))
}

fn one_of(words: &[&str], word: &str, entry: &Entry<'_>) -> Result<String, Wrong> {
    let listed: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let expected = format!("one of {}", listed.join(", "));
    match entry.get_ref() {
        DeValue::String(text) if words.contains(&&**text) => Ok(text.to_string()),
        DeValue::String(text) => {
            let (at, message) = wrong(entry, word, &expected);
            Err((at, message + &did_you_mean(text, words)))
        }
        _ => Err(wrong(entry, word, &expected)),
    }
}

/// `; did you mean ..?`, or nothing where no candidate is near.
pub(super) fn did_you_mean(word: &str, candidates: &[&str]) -> String {
    match perf_grammar::nearest(word, candidates) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    }
}

fn whole_number(entry: &Entry<'_>) -> Option<u64> {
    match entry.get_ref() {
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    }
}

fn ratio(entry: &Entry<'_>, fits: impl Fn(f64) -> bool) -> Option<f64> {
    let number: f64 = match entry.get_ref() {
        DeValue::Integer(_) => whole_number(entry)? as f64,
        DeValue::Float(number) => number.as_str().parse().ok()?,
        _ => return None,
    };
    fits(number).then_some(number)
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

impl<T> Set<T> {
    pub(super) fn at(value: T, place: String) -> Option<Set<T>> {
        Some(Set {
            value,
            place: Some(place),
        })
    }
}
