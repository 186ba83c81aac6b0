//! The one table of keys: what each word takes and where it may stand.

mod table;

pub use self::table::KEYS;
use self::table::limit;
use crate::list::first;
use crate::metric::Metric;
use crate::unit::Unit;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It limits a metric.
    Limit(Metric),
    /// It shapes how the case is run.
    Shape,
    /// It says how a breach is taken, or what the case belongs to.
    Policy,
    /// It names or describes the case; the attribute only.
    Label,
}

/// What stands behind the `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A quantity with its unit, in a string; a count may be a bare number.
    Quantity(Unit),
    /// A quantity of time, or a bare number of calls.
    DurationOrCount,
    /// A whole number above zero.
    Positive,
    /// A share such as `"90%"`.
    Percent,
    /// How much more than before is tolerated: `"10%"` or `"1.5x"`.
    Tolerance,
    /// A factor above zero, such as `1.5`.
    Factor,
    /// A probability strictly between 0 and 1.
    Probability,
    /// One of these words, in a string.
    OneOf(&'static [&'static str]),
    /// Any text, in a string.
    Text,
    /// A list of texts: `["network", "slow"]`.
    Texts,
    /// A path or a closure: the attribute only.
    Expression,
    /// Nothing: the word stands alone, or is `true` in the file.
    Flag,
    /// Nothing, or a text that says why: `ignore` or `ignore = "why"`.
    FlagOrText,
    /// A path: `crate = path`.
    Path,
    /// A list, or an expression that gives one: the attribute only.
    List,
    /// One of these words, in a string, or a path: the attribute only.
    OneOfOrPath(&'static [&'static str]),
    /// A factor and another case: `"0.5x naive::parse"`.
    Ratio,
    /// A name and limits: `span("render", p99 = "2ms")` in the attribute, and
    /// `span."render".p99 = "2ms"` in the file.
    Named,
}

/// One word of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The word.
    pub name: &'static str,
    /// What it does.
    pub role: Role,
    /// What it takes.
    pub value: Value,
    /// Whether it may stand in `#[perf_budget(..)]`.
    pub in_attribute: bool,
    /// Whether it may stand in `[defaults]`, `[class.*]` and `[budget.*]`.
    pub in_file: bool,
    /// What it says, in one sentence: for the guide, the documentation of the
    /// attribute, and the schema of the budget file.
    pub meaning: &'static str,
}

/// The words of `clock`.
pub const CLOCKS: &[&str] = &["clean", "wall", "cpu"];

/// What a quantile says.
const QUANTILE: &str = "This percentile of the time of single calls may be at most this.";

/// The words of `runtime`.
pub const RUNTIMES: &[&str] = &["current_thread", "multi_thread"];

/// The words of `isolate`.
pub const ISOLATIONS: &[&str] = &["process"];

/// Keys that had another name: the old one, which is accepted, and the key.
const RENAMED: &[(&str, &str)] = &[("rounds", "samples")];

/// What a word that is an old name of a key is called now.
#[must_use]
pub fn renamed(word: &str) -> Option<&'static str> {
    let (_, name) = first(RENAMED, |(old, _)| *old == word)?;
    Some(name)
}

/// The key of a word, quantiles and old names included; `None` where there is no such
/// word.
#[must_use]
pub fn find(word: &str) -> Option<Key> {
    let name = renamed(word).unwrap_or(word);
    if let Some(key) = first(KEYS, |key| key.name == name) {
        return Some(*key);
    }
    match Metric::from_key(word)? {
        metric @ Metric::Quantile(_) => Some(limit(metric, QUANTILE)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::COMPLEXITIES;

    #[test]
    fn the_table_agrees_with_the_metrics() {
        for metric in Metric::NAMED {
            let key = find(&metric.key()).expect("every metric has a key");
            assert_eq!(key.role, Role::Limit(metric));
            let value = match metric {
                Metric::DenyAlloc => Value::Flag,
                Metric::Ratio => Value::Ratio,
                Metric::Complexity => Value::OneOf(COMPLEXITIES),
                _ => Value::Quantity(metric.unit()),
            };
            assert_eq!(key.value, value);
        }
    }

    #[test]
    fn no_word_stands_twice() {
        for (place, key) in KEYS.iter().enumerate() {
            assert!(
                KEYS[..place].iter().all(|other| other.name != key.name),
                "{}",
                key.name
            );
        }
    }

    #[test]
    fn an_old_name_is_of_a_key_and_no_key_itself() {
        for (old, name) in RENAMED {
            assert_eq!(find(old).map(|key| key.name), Some(*name));
            assert!(KEYS.iter().all(|key| key.name != *old), "{old}");
        }
    }

    #[test]
    fn quantiles_are_keys() {
        assert!(matches!(
            find("p99_9").map(|key| key.role),
            Some(Role::Limit(Metric::Quantile(_)))
        ));
        assert_eq!(find("p100"), None);
    }
}
