//! The kinds of case that are judged: a function and the metric that limits it.

/// A function under one limit.
#[derive(Debug, PartialEq)]
pub(crate) struct Kind {
    /// The function in `functions.rs`.
    pub(crate) function: &'static str,
    /// The key of its limit.
    pub(crate) metric: &'static str,
    /// Timed calls that the long-run figure is taken from, in each copy of each
    /// process.
    pub(crate) calibration_calls: u64,
}

/// Every kind. A quantile needs calls that can be timed one by one, so the two
/// shortest are judged by their mean; a p99 of 3 ms calls cannot be proved in
/// the 3 s that a case has, so the longest is judged by its p90.
pub(crate) const KINDS: &[Kind] = &[
    kind("hash", "mean", 2_000_000),
    kind("parse", "mean", 500_000),
    kind("distance", "p50", 5000),
    kind("distance", "p99", 5000),
    kind("map", "p99", 5000),
    kind("sort", "p50", 2000),
    kind("sort", "p99", 5000),
    kind("matrix", "p90", 150),
];

const fn kind(function: &'static str, metric: &'static str, calibration_calls: u64) -> Kind {
    Kind {
        function,
        metric,
        calibration_calls,
    }
}

impl Kind {
    /// The name of its cases: `sort_p99`.
    pub(crate) fn name(&self) -> String {
        format!("{}_{}", self.function, self.metric)
    }

    /// What the record's summary calls the same figure by the wall clock, where it has it.
    pub(crate) fn wall(&self) -> Option<&'static str> {
        match self.metric {
            "p50" => Some("wall_p50"),
            "p99" => Some("wall_p99"),
            _ => None,
        }
    }

    /// Whether it is one of those below 100 µs, whose verdict is to take less than half
    /// a second.
    pub(crate) fn is_short(&self) -> bool {
        self.function != "matrix"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_another_name_and_function() {
        for (at, kind) in KINDS.iter().enumerate() {
            assert!(
                KINDS[..at].iter().all(|other| other.name() != kind.name()),
                "{}",
                kind.name()
            );
            let declared = format!("pub(crate) fn {}()", kind.function);
            assert!(
                include_str!("functions.rs").contains(&declared),
                "{declared}"
            );
        }
    }
}
