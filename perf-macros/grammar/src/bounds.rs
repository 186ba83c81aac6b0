//! What a value has to lie within: one set of bounds for the attribute, the budget
//! file, the command line and the environment.

use crate::error::{GrammarError, UnitError};
use crate::key::{Key, Role, Value, find};
use crate::metric::Metric;
use crate::text::{owned, parsed, trim};
use crate::unit::{Unit, format, format_count, parse};

/// A day, nanoseconds. Sums over thousands of cases, and a deadline that is
/// several times as long, still fit a `u64`.
const DAY: u64 = 86_400_000_000_000;
/// The largest amount that is counted; beyond 2^53 not every whole number is an
/// `f64`.
const MOST_COUNTED: u64 = 1_000_000_000_000_000;
/// The largest number of calls, items or rounds.
const MOST_CALLS: u64 = 1_000_000_000;

/// The grace of a call, `PERF_DEADLINE`.
pub const DEADLINE: Bounds = Bounds::new(1_000_000, DAY);
/// How seldom a span that breaks its budget is reported, `every`.
pub const EVERY: Bounds = Bounds::new(0, DAY);
/// Any time that something is held to.
pub(crate) const DURATION: Bounds = Bounds::new(1, DAY);
/// `slack`: what time limits are multiplied with.
pub const SLACK: (f64, f64) = (0.01, 1_000.0);
/// `false_fail` and `false_pass`.
pub const PROBABILITY: (f64, f64) = (1e-9, 0.5);

/// The least and the largest value, base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The least value.
    pub least: u64,
    /// The largest value.
    pub most: u64,
}

impl Bounds {
    const fn new(least: u64, most: u64) -> Bounds {
        Bounds { least, most }
    }

    /// Both, for people: `from 1 ms to 1440 min`.
    #[must_use]
    pub fn describe(self, unit: Unit) -> String {
        let shown = |value: u64| match unit {
            Unit::Count => format_count(value as f64),
            _ => format(unit, value as f64),
        };
        format!("from {} to {}", shown(self.least), shown(self.most))
    }

    fn holds(self, amount: u64) -> bool {
        (self.least..=self.most).contains(&amount)
    }

    /// Reads a duration within the bounds.
    ///
    /// # Errors
    /// If the text is none, or lies outside.
    pub fn read_duration(self, text: &str) -> Result<u64, UnitError> {
        let ns = parse(Unit::Duration, text)?;
        if self.holds(ns) {
            return Ok(ns);
        }
        let found = format(Unit::Duration, ns as f64);
        Err(UnitError {
            at: 0..text.len(),
            error: GrammarError::no_time(&found, &self.describe(Unit::Duration)),
        })
    }
}

impl Key {
    /// The unit of what stands behind the key, where that is an amount.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        match self.value {
            Value::Quantity(unit) => Some(unit),
            Value::Positive => Some(Unit::Count),
            Value::DurationOrCount => Some(Unit::Duration),
            Value::Ratio => Some(Unit::Factor),
            _ => None,
        }
    }

    /// What an amount of this key has to lie within.
    #[must_use]
    pub fn bounds(&self, unit: Unit) -> Bounds {
        match (self.role, unit) {
            (Role::Limit(Metric::Errors), _) => Bounds::new(1, 999_999),
            (Role::Limit(_), Unit::Duration) => Bounds::new(1, DAY),
            (Role::Limit(_), Unit::Bytes | Unit::Count) => Bounds::new(0, MOST_COUNTED),
            (Role::Limit(_), Unit::Rate) => Bounds::new(1, MOST_COUNTED),
            (Role::Limit(_), Unit::Share) => Bounds::new(1, 10_000_000_000),
            (Role::Limit(_), Unit::Factor) => Bounds::new(1, 1_000_000_000),
            (_, Unit::Duration) if self.name == "max_time" => Bounds::new(1_000_000, DAY),
            (_, Unit::Duration) => Bounds::new(0, DAY),
            // One call a nanosecond.
            (_, Unit::Rate) => Bounds::new(1, 1_000_000_000_000),
            (_, Unit::Count) if self.name == "threads" => Bounds::new(1, 10_000),
            (_, Unit::Count) if self.name == "warmup" => Bounds::new(0, MOST_CALLS),
            _ => Bounds::new(1, MOST_CALLS),
        }
    }

    /// Whether an amount in base units may stand behind the key; `word` is how
    /// the key was written.
    ///
    /// # Errors
    /// Says what was found, why that cannot be, and what was expected.
    pub fn check(&self, word: &str, unit: Unit, amount: u64) -> Result<(), GrammarError> {
        let bounds = self.bounds(unit);
        if bounds.holds(amount) {
            return Ok(());
        }
        let found = match amount {
            0 => owned("zero"),
            _ => format(unit, amount as f64),
        };
        let (why, expected) = self.why_not(unit, amount);
        let expected = match expected {
            "" => format!("{} {}", noun(unit), bounds.describe(unit)),
            _ => expected.to_owned(),
        };
        Err(match why {
            "" => GrammarError::out_of_bounds(&found, word, &expected),
            _ => GrammarError::pointless(&found, word, why, &expected),
        })
    }

    /// What an amount outside of the bounds would mean, where that says more
    /// than the bounds.
    fn why_not(&self, unit: Unit, amount: u64) -> (&'static str, &'static str) {
        match (self.role, unit) {
            (Role::Limit(Metric::Errors), _) if amount > 0 => (
                "every call may fail, which always holds",
                "a share below 100%",
            ),
            _ if amount > 0 => ("", ""),
            (Role::Limit(Metric::Errors), _) => (
                "without it no call may fail",
                "a share above zero; or leave it out",
            ),
            (Role::Limit(_), Unit::Duration | Unit::Factor) => {
                ("no call takes no time at all", "a limit above zero")
            }
            (Role::Limit(_), Unit::Share) => {
                ("no call works without a processor", "a share above zero")
            }
            (Role::Limit(_), Unit::Rate) => ("a floor of zero always holds", "one above zero"),
            (Role::Shape, Unit::Rate) => ("it begins no call", "a rate above zero"),
            _ if self.name == "max_time" => ("it leaves no time to measure in", ""),
            _ => ("", ""),
        }
    }
}

/// Reads the amount of a key from a text of the command line or the environment.
///
/// # Errors
/// If there is no such key, if the text is no amount of its unit, or if it lies
/// outside of the key's bounds.
pub fn read(word: &str, text: &str) -> Result<u64, GrammarError> {
    if let Some(key) = find(word)
        && let Some(unit) = key.unit()
    {
        let amount = parse(unit, text).map_err(|error| error.error)?;
        key.check(word, unit, amount)?;
        return Ok(amount);
    }
    Err(GrammarError::takes_no_amount(word))
}

/// Reads the whole number that a variable of the environment holds.
///
/// # Errors
/// If it holds none; the text names the variable.
pub fn read_variable(name: &str, text: &str) -> Result<u64, GrammarError> {
    parsed(trim(text)).ok_or_else(|| GrammarError::no_variable(name, &format!("{text:?}")))
}

fn noun(unit: Unit) -> &'static str {
    match unit {
        Unit::Duration => "a time",
        Unit::Bytes => "a size",
        Unit::Count => "a whole number",
        Unit::Rate => "a rate",
        Unit::Share => "a share",
        Unit::Factor => "a factor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KEYS;

    #[track_caller]
    fn refuses(word: &str, text: &str, expected: &str) {
        let error = read(word, text).expect_err(text);
        assert_eq!(error.line(), expected, "{word} {text}");
    }

    #[test]
    fn what_lies_outside_is_refused_with_the_bounds() {
        refuses(
            "max_time",
            "0s",
            "found zero for `max_time`; it leaves no time to measure in, expected a time from 1 ms to 1440 min",
        );
        refuses(
            "max_time",
            "9000000000s",
            "found 150000000 min for `max_time`, expected a time from 1 ms to 1440 min",
        );
        refuses(
            "p99",
            "0ns",
            "found zero for `p99`; no call takes no time at all, expected a limit above zero",
        );
        refuses(
            "errors",
            "100%",
            "found 100 % for `errors`; every call may fail, which always holds, expected a share below 100%",
        );
        refuses(
            "samples",
            "2_000_000_000",
            "found 2,000,000,000 for `samples`, expected a whole number from 1 to 1,000,000,000",
        );
        refuses(
            "threads",
            "0",
            "found zero for `threads`, expected a whole number from 1 to 10,000",
        );
        refuses(
            "allocs",
            "1.5",
            "`1.5` is not a whole number; a count has no decimals",
        );
        assert_eq!(read("max_time", "1ms"), Ok(1_000_000));
        assert_eq!(read("allocs", "0"), Ok(0));
        let deadline = DEADLINE.read_duration("0s").expect_err("too short");
        assert_eq!(
            deadline.to_string(),
            "found 0 ns, expected a time from 1 ms to 1440 min"
        );
    }

    #[test]
    fn a_variable_holds_a_whole_number() {
        assert_eq!(read_variable("PERF_SEED", " 12\n"), Ok(12));
        for text in ["abc", "-1", "1.5", "1e3", "99999999999999999999"] {
            let error = read_variable("PERF_SEED", text).expect_err(text).line();
            let expected = format!("found PERF_SEED={text:?}, expected a whole number");
            assert!(error.starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn every_amount_has_bounds_whose_arithmetic_fits() {
        for key in KEYS {
            let Some(unit) = key.unit() else { continue };
            let bounds = key.bounds(unit);
            assert!(bounds.least <= bounds.most, "{}", key.name);
            // A deadline of several times as long, over ten thousand cases.
            if unit == Unit::Duration {
                assert!(
                    bounds.most.checked_mul(5 * 10_000).is_some(),
                    "{}",
                    key.name
                );
            }
            // Figures go through `f64`.
            assert_eq!(bounds.most as f64 as u64, bounds.most, "{}", key.name);
        }
    }
}
