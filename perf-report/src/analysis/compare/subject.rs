//! What is compared of a case: a time, a count, a growth.

use perf_grammar::Unit;

use crate::model::record::{Regression, Tolerated};

/// What is compared of a case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The time of the typical call.
    Typical,
    /// A mean time, by its key: `mean` where calls are too short to be timed one
    /// by one, `cpu`.
    Mean(String),
    /// The time of the slowest calls: the quantile's key, such as `p99`.
    Tail(String),
    /// How time grows with the argument: the exponent of it.
    Growth,
    /// Something that is counted: the metric's key, such as `allocs`, and what its
    /// numbers count.
    Counted(String, CountedUnit),
}

/// What counts count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CountedUnit {
    Bytes,
    Count,
}

/// What is counted of the memory of a call, by its keys.
pub(crate) const MEMORY_KEYS: [&str; 4] = ["allocs", "alloc_bytes", "mem", "retained"];

/// Instructions are counted, and stand for time.
const INSTRUCTIONS: &str = "instructions";

impl Subject {
    /// Instructions of one call.
    pub(crate) fn instructions() -> Subject {
        Subject::Counted(INSTRUCTIONS.to_owned(), CountedUnit::Count)
    }

    /// What is counted under a key.
    pub(crate) fn counted(key: &str) -> Subject {
        let unit = match key {
            "mem" | "alloc_bytes" | "retained" => CountedUnit::Bytes,
            _ => CountedUnit::Count,
        };
        Subject::Counted(key.to_owned(), unit)
    }

    /// The key it is limited by: `p50`, `p99`, `allocs`.
    pub(crate) fn key(&self) -> &str {
        match self {
            Subject::Typical => "p50",
            Subject::Growth => "complexity",
            Subject::Mean(key) | Subject::Tail(key) | Subject::Counted(key, _) => key,
        }
    }

    /// Whether its values are times.
    pub(crate) fn is_timed(&self) -> bool {
        match self {
            Subject::Typical | Subject::Mean(_) | Subject::Tail(_) => true,
            Subject::Growth | Subject::Counted(..) => false,
        }
    }

    /// A value of it for people.
    pub(crate) fn show(&self, value: f64) -> String {
        let unit = match self {
            Subject::Growth => return format!("n^{value:.2}"),
            Subject::Typical | Subject::Mean(_) | Subject::Tail(_) => Unit::Duration,
            Subject::Counted(_, CountedUnit::Bytes) => Unit::Bytes,
            Subject::Counted(_, CountedUnit::Count) => Unit::Count,
        };
        perf_grammar::format_exact(unit, value)
    }

    /// Two values of it for people.
    pub(crate) fn pair(&self, before: Option<f64>, after: Option<f64>) -> (String, String) {
        let show = |value: Option<f64>| match value {
            Some(value) => self.show(value),
            None => "no value".to_owned(),
        };
        (show(before), show(after))
    }

    /// What of it is tolerated. Counts are exact: of them, nothing more is. But
    /// instructions stand for time, and any change of the code changes them.
    pub(crate) fn tolerance(&self, regression: &Regression) -> Option<Tolerated> {
        match self {
            Subject::Typical | Subject::Mean(_) => Some(regression.typical.clone()),
            Subject::Tail(_) => Some(regression.tail.clone()),
            Subject::Counted(key, _) if key == INSTRUCTIONS => Some(regression.typical.clone()),
            Subject::Counted(..) | Subject::Growth => None,
        }
    }

    /// The key that says what of it is tolerated.
    pub(super) fn tolerance_key(&self) -> &'static str {
        match self {
            Subject::Tail(_) => "regression_tail",
            Subject::Typical | Subject::Mean(_) | Subject::Growth | Subject::Counted(..) => {
                "regression"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_differ_are_told_apart() {
        let bytes = Subject::counted("mem");
        let pair = |before, after| bytes.pair(Some(before), Some(after));
        assert_eq!(pair(2e6, 3e6), ("2 MB".to_owned(), "3 MB".to_owned()));
        assert_eq!(
            pair(2_097_152.0, 2_097_176.0),
            (
                "2,097,152 B (2.1 MB)".to_owned(),
                "2,097,176 B (2.1 MB)".to_owned()
            )
        );
        let allocs = Subject::counted("allocs");
        let same = allocs.pair(Some(412.0), Some(412.0));
        assert_eq!(same, ("412".to_owned(), "412".to_owned()));
    }

    #[test]
    fn instructions_may_grow_as_time_may_and_other_counts_may_not() {
        let regression = Regression::built_in();
        let millionths = |subject: Subject| {
            let tolerance = subject.tolerance(&regression);
            tolerance.map(|tolerated| tolerated.millionths)
        };
        assert_eq!(millionths(Subject::instructions()), Some(100_000));
        assert_eq!(millionths(Subject::counted("allocs")), None);
        assert_eq!(millionths(Subject::Tail("p99".to_owned())), Some(250_000));
        assert_eq!(millionths(Subject::Growth), None);
    }
}
