//! Thresholds of `[top]`: from how much on something is listed first.

use crate::bounds::DURATION;
use crate::error::UnitError;
use crate::list::of_word;
use crate::unit::{Unit, parse};

/// What `top` ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ranked {
    /// The time of a typical call of a case.
    Case,
    /// The time of one span, on average.
    Span,
    /// The time that one call spends in a function.
    Function,
    /// What one call allocates at a place.
    Allocation,
}

impl Ranked {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Ranked; 4] = [
        Ranked::Case,
        Ranked::Span,
        Ranked::Function,
        Ranked::Allocation,
    ];

    /// The key of `[top]` that holds all of the kind: `case`, `span`, `function`,
    /// `allocation`. Any other key is the name of a span.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Ranked::Case => "case",
            Ranked::Span => "span",
            Ranked::Function => "function",
            Ranked::Allocation => "allocation",
        }
    }

    /// The unit of its thresholds.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Ranked::Case | Ranked::Span | Ranked::Function => Unit::Duration,
            Ranked::Allocation => Unit::Bytes,
        }
    }
}

/// A key of `[top]` with its value: what is ranked, and its threshold in base units.
///
/// # Errors
/// If the value is no time, or no size for `allocation`.
pub fn read_threshold(key: &str, text: &str) -> Result<(Ranked, u64), UnitError> {
    let kind = of_word(&Ranked::ALL, Ranked::word, key).unwrap_or(Ranked::Span);
    let amount = match kind.unit() {
        Unit::Duration => DURATION.read_duration(text)?,
        unit => parse(unit, text)?,
    };
    Ok((kind, amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_kind_or_the_name_of_a_span() {
        #[track_caller]
        fn check(key: &str, text: &str, expected: (Ranked, u64)) {
            assert_eq!(read_threshold(key, text), Ok(expected));
        }
        check("case", "500ms", (Ranked::Case, 500_000_000));
        check("route", "500ms", (Ranked::Span, 500_000_000));
        check("GET /orders*", "2us", (Ranked::Span, 2_000));
        check("function", "1ms", (Ranked::Function, 1_000_000));
        check("allocation", "10MB", (Ranked::Allocation, 10_000_000));
        for (key, text) in [
            ("case", "10MB"),
            ("allocation", "10ms"),
            ("route", "0s"),
            ("route", "500"),
        ] {
            assert!(read_threshold(key, text).is_err(), "{key} = {text}");
        }
    }
}
