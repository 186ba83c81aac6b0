//! Limits on something with a name, such as a span: which words hold one.

use crate::direction::Direction;
use crate::error::GrammarError;
use crate::key::{Key, Role, Value};
use crate::metric::{Metric, Quantile, QuantileError, Statistic};
use crate::unit::Unit;

/// Why a word is no limit on what a key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoLimit<'w> {
    /// The word is a quantile that no span can hold.
    Quantile(&'w str, QuantileError),
    /// The key holds other words.
    Holds {
        /// The name of the key.
        key: &'static str,
        /// What it holds.
        words: &'static str,
        /// The word that was found.
        found: &'w str,
    },
}

impl NoLimit<'_> {
    /// What was found, and what to do next where the word alone says that.
    #[must_use]
    pub fn error(&self) -> GrammarError {
        match self {
            NoLimit::Quantile(word, error) => {
                GrammarError::no_statistic(word, error.text(), error.help())
            }
            NoLimit::Holds { key, words, found } => GrammarError::other_words(key, words, found),
        }
    }
}

impl Key {
    /// The key of a word that limits what this key names: `p99` of a `span`.
    ///
    /// # Errors
    /// If the word is no limit on such a thing.
    pub fn of_named<'w>(&self, word: &'w str) -> Result<Key, NoLimit<'w>> {
        let within = |metric, unit| {
            Ok(Key {
                role: Role::Limit(metric),
                value: Value::Quantity(unit),
                ..*self
            })
        };
        let span = |statistic| within(Metric::Span(statistic), Unit::Duration);
        let holds = |words| {
            Err(NoLimit::Holds {
                key: self.name,
                words,
                found: word,
            })
        };
        match (self.role, word, Quantile::parse(word)) {
            (Role::Limit(Metric::Span(_)), "mean", _) => span(Statistic::Mean),
            (Role::Limit(Metric::Span(_)), "max", _) => span(Statistic::Max),
            (Role::Limit(Metric::Span(_)), _, Some(Ok(quantile))) => {
                span(Statistic::Quantile(quantile))
            }
            (Role::Limit(Metric::Span(_)), _, Some(Err(error))) => {
                Err(NoLimit::Quantile(word, error))
            }
            (Role::Limit(Metric::Span(_)), ..) => {
                holds("`mean`, `max` and quantiles such as `p99`")
            }
            (Role::Limit(Metric::Meter(_)), "max", _) => {
                within(Metric::Meter(Direction::AtMost), Unit::Count)
            }
            (Role::Limit(Metric::Meter(_)), "min", _) => {
                within(Metric::Meter(Direction::AtLeast), Unit::Count)
            }
            (Role::Limit(Metric::Meter(_)), ..) => holds("`max` or `min`"),
            (Role::Limit(metric), "max", _) => within(metric, Unit::Count),
            _ => holds("`max` only"),
        }
    }

    /// The words that limit what this key names; of a span there are other
    /// quantiles too. None for a key that names nothing.
    #[must_use]
    pub fn words_of_named(&self) -> &'static [&'static str] {
        match self.role {
            Role::Limit(Metric::Span(_)) => {
                &["p50", "p75", "p90", "p95", "p99", "p99_9", "mean", "max"]
            }
            Role::Limit(Metric::Meter(_)) => &["max", "min"],
            Role::Limit(Metric::Counter | Metric::Events) => &["max"],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::key::{KEYS, Role, Value, find};

    #[track_caller]
    fn check(key: &str, word: &str, expected: Result<&str, &str>) {
        let found = find(key).expect("a key").of_named(word);
        let found = found.map(|key| match key.role {
            Role::Limit(metric) => metric.key(),
            _ => String::new(),
        });
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(found), Err(part)) => {
                let text = found.error().line();
                assert!(text.contains(part), "{text}");
            }
            (found, expected) => panic!("{key} {word}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn each_kind_of_thing_holds_its_own_words() {
        check("span", "p99_9", Ok("span_p99_9"));
        check("span", "mean", Ok("span_mean"));
        check("span", "max", Ok("span_max"));
        check(
            "span",
            "min",
            Err("quantiles such as `p99`, and this is `min`"),
        );
        check("span", "p100", Err("write `max` or `p99_9`"));
        check("meter", "max", Ok("meter"));
        check("meter", "min", Ok("meter_min"));
        check("meter", "p99", Err("`max` or `min`"));
        check("events", "max", Ok("events"));
        check("count", "max", Ok("count"));
        check("count", "min", Err("`max` only"));
    }

    #[test]
    fn the_words_that_are_told_are_taken() {
        for key in KEYS.iter().filter(|key| key.value == Value::Named) {
            assert!(!key.words_of_named().is_empty(), "{}", key.name);
            for word in key.words_of_named() {
                assert!(key.of_named(word).is_ok(), "{} {word}", key.name);
            }
        }
    }
}
