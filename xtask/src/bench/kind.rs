//! The kinds of case that are judged: a function and the metric that limits it.

/// A function under one limit.
#[derive(Debug, PartialEq)]
pub(crate) struct Kind {
    /// The function in `functions.rs`.
    pub(crate) function: &'static str,
    /// The key of its limit.
    pub(crate) metric: &'static str,
    /// What the record's summary calls that figure.
    pub(crate) summary: &'static str,
    /// What it calls the same figure by the wall clock, where it has it.
    pub(crate) wall: Option<&'static str>,
    /// Timed calls that the long-run figure is taken from, in each copy of each
    /// process.
    pub(crate) calibration_calls: u64,
    /// Whether it is one of those below 100 µs, whose verdict is to take less
    /// than half a second.
    pub(crate) short: bool,
}

/// Every kind. A quantile needs calls that can be timed one by one, so the two
/// shortest are judged by their mean; a p99 of 3 ms calls cannot be proved in
/// the 3 s that a case has, so the longest is judged by its p90.
pub(crate) const KINDS: &[Kind] = &[
    Kind {
        function: "hash",
        metric: "mean",
        summary: "mean",
        wall: None,
        calibration_calls: 2_000_000,
        short: true,
    },
    Kind {
        function: "parse",
        metric: "mean",
        summary: "mean",
        wall: None,
        calibration_calls: 500_000,
        short: true,
    },
    Kind {
        function: "distance",
        metric: "p50",
        summary: "p50",
        wall: Some("wall_p50"),
        calibration_calls: 5000,
        short: true,
    },
    Kind {
        function: "distance",
        metric: "p99",
        summary: "p99",
        wall: Some("wall_p99"),
        calibration_calls: 5000,
        short: true,
    },
    Kind {
        function: "map",
        metric: "p99",
        summary: "p99",
        wall: Some("wall_p99"),
        calibration_calls: 5000,
        short: true,
    },
    Kind {
        function: "sort",
        metric: "p50",
        summary: "p50",
        wall: Some("wall_p50"),
        calibration_calls: 2000,
        short: true,
    },
    Kind {
        function: "sort",
        metric: "p99",
        summary: "p99",
        wall: Some("wall_p99"),
        calibration_calls: 5000,
        short: true,
    },
    Kind {
        function: "matrix",
        metric: "p90",
        summary: "p90",
        wall: None,
        calibration_calls: 150,
        short: false,
    },
];

impl Kind {
    /// The name of its cases: `sort_p99`.
    pub(crate) fn name(&self) -> String {
        format!("{}_{}", self.function, self.metric)
    }
}

/// The functions, each once, in the order of the kinds.
pub(crate) fn functions() -> Vec<&'static str> {
    let mut all: Vec<&str> = KINDS.iter().map(|kind| kind.function).collect();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_name_and_a_function_of_its_own() {
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
        assert_eq!(functions().len(), 6);
    }
}
