//! Options of the benchmark harnesses of the field: their names, and how many
//! values they take, so that a value is never taken for a filter.

use crate::collections::first;

/// How a value of an option is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// It takes none.
    None,
    /// Behind `=`, or as the next argument.
    One,
    /// Behind `=`, or as the next argument where that is a truth value, or not
    /// at all.
    Truth,
}

/// An option that another harness has, and this one has not.
#[derive(Debug)]
pub(super) struct Foreign {
    pub(super) names: &'static [&'static str],
    pub(super) value: Value,
    /// Whose it is.
    pub(super) of: &'static str,
    /// What does here what it does there.
    pub(super) instead: Option<&'static str>,
}

/// The option of this name, with its hyphens.
pub(super) fn find(name: &str) -> Option<&'static Foreign> {
    first(FOREIGN, |foreign| foreign.names.contains(&name))
}

const BASELINE: Option<&str> = Some(
    "`cargo perf-budget baseline save` keeps figures to compare with, `cargo perf-budget ab REV` compares with another commit",
);
const SAMPLES: Option<&str> =
    Some("`samples` in the attribute or in perf-budgets.toml sets the least number of calls");
const TIME: Option<&str> =
    Some("`max_time` in the attribute or in perf-budgets.toml sets the longest time of a case");
const WARMUP: Option<&str> =
    Some("`warmup` in the attribute or in perf-budgets.toml sets how long a case warms up");
const RATES: Option<&str> =
    Some("`false_fail` and `false_pass` in perf-budgets.toml set the error rates");
const PROFILE: Option<&str> = Some("`cargo perf-budget profile CASE` profiles a case");
const ITEMS: Option<&str> = Some("`items` in the attribute says how many of them a call handles");

const BOTH: &str = "criterion and of divan";
const BASELINES: &str = "criterion and of gungraun";

/// Criterion 0.8, divan 0.1, gungraun 0.17 (and iai-callgrind before it).
const FOREIGN: &[Foreign] = &[
    one(&["--save-baseline", "-s"], BASELINES, BASELINE),
    one(&["--baseline", "-b"], BASELINES, BASELINE),
    one(&["--load-baseline"], BASELINES, BASELINE),
    one(&["--baseline-lenient"], "criterion", BASELINE),
    none(&["--discard-baseline"], "criterion", BASELINE),
    one(&["--sample-size"], BOTH, SAMPLES),
    one(&["--sample-count"], "divan", SAMPLES),
    one(&["--warm-up-time"], "criterion", WARMUP),
    one(&["--measurement-time"], "criterion", TIME),
    one(&["--min-time", "--max-time"], "divan", TIME),
    none(&["--quick"], "criterion", TIME),
    one(
        &[
            "--noise-threshold",
            "--confidence-level",
            "--significance-level",
        ],
        "criterion",
        RATES,
    ),
    one(&["--profile-time"], "criterion", PROFILE),
    one(&["--nresamples", "--plotting-backend"], "criterion", None),
    one(&["--output-format"], BASELINES, None),
    none(&["--noplot", "-n"], "criterion", None),
    none(&["--verbose", "-v"], "criterion", None),
    one(&["-c", "--colour"], "criterion", Some("use `--color`")),
    one(
        &[
            "--items-count",
            "--bytes-count",
            "--chars-count",
            "--cycles-count",
        ],
        "divan",
        ITEMS,
    ),
    one(
        &[
            "--sort",
            "--sortr",
            "--timer",
            "--bytes-format",
            "--threads",
        ],
        "divan",
        None,
    ),
    truth(&["--skip-ext-time"], "divan"),
    none(&["--tree"], "divan", None),
    one(
        &[
            "--callgrind-args",
            "--callgrind-limits",
            "--callgrind-metrics",
            "--cachegrind-args",
            "--cachegrind-limits",
            "--cachegrind-metrics",
            "--dhat-args",
            "--dhat-limits",
            "--dhat-metrics",
            "--valgrind-args",
            "--default-tool",
            "--tools",
            "--home",
            "--regression",
            "--save-summary",
            "--tolerance",
        ],
        "gungraun",
        None,
    ),
    truth(
        &[
            "--allow-aslr",
            "--regression-fail-fast",
            "--separate-targets",
            "--show-intermediate",
            "--show-grid",
        ],
        "gungraun",
    ),
];

const fn one(
    names: &'static [&'static str],
    of: &'static str,
    instead: Option<&'static str>,
) -> Foreign {
    Foreign {
        names,
        value: Value::One,
        of,
        instead,
    }
}

const fn none(
    names: &'static [&'static str],
    of: &'static str,
    instead: Option<&'static str>,
) -> Foreign {
    Foreign {
        names,
        value: Value::None,
        of,
        instead,
    }
}

const fn truth(names: &'static [&'static str], of: &'static str) -> Foreign {
    Foreign {
        names,
        value: Value::Truth,
        of,
        instead: None,
    }
}
