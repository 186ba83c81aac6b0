//! What can be asked of `suggest` and `ratchet`.

use clap::Args;
use perf_grammar::{KEYS, Metric, Role};

use super::{BuildArguments, PolicyArguments, SelectArguments};

const DONE: &str = "What is done";

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct SuggestArguments {
    #[command(flatten)]
    pub(in crate::cli) select: SelectArguments,
    #[command(flatten)]
    pub(in crate::cli) number: NumberArguments,
    /// Write perf-budgets.toml; without it, the change is only shown
    #[arg(long, help_heading = DONE)]
    pub(in crate::cli) write: bool,
    /// Show what to paste into the source instead of changing perf-budgets.toml
    #[arg(long, conflicts_with_all = ["write", "profile"], help_heading = DONE)]
    pub(in crate::cli) attribute: bool,
    /// Suggest instructions too, counted under valgrind where it is installed
    #[arg(long, help_heading = DONE)]
    pub(in crate::cli) instructions: bool,
    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArguments,
    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct RatchetArguments {
    #[command(flatten)]
    pub(in crate::cli) select: SelectArguments,
    #[command(flatten)]
    pub(in crate::cli) number: NumberArguments,
    /// Write perf-budgets.toml; without it, the change is only shown
    #[arg(long, help_heading = DONE)]
    pub(in crate::cli) write: bool,
    /// Take a stored run instead of measuring: its id, or a folder of records
    #[arg(long, value_name = "RUN", help_heading = DONE)]
    pub(in crate::cli) from: Vec<String>,
    /// Tighten [class] limits too, which functions yet to be written inherit
    #[arg(long, help_heading = DONE)]
    pub(in crate::cli) classes: bool,
    /// Take waivers out that ended or that no longer needed
    #[arg(long, help_heading = DONE)]
    pub(in crate::cli) waivers: bool,
    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArguments,
    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Which numbers")]
pub(in crate::cli) struct NumberArguments {
    /// Measure this many times: what differs between processes is only seen in several
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(in crate::cli) runs: u32,
    /// The room above what was measured, for all times; else 1.5, for medians 1.3
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub(in crate::cli) headroom: Option<f64>,
    /// Only these limits, such as p99,mem
    #[arg(long, value_name = "LIMITS", value_delimiter = ',', value_parser = limit)]
    pub(in crate::cli) only: Vec<Metric>,
    /// Believe times that were measured on a machine that is unfit for it
    #[arg(long)]
    pub(in crate::cli) any_machine: bool,
}

fn factor(text: &str) -> Result<f64, String> {
    let factor: Option<f64> = text.trim_end_matches('x').parse().ok();
    factor
        .filter(|factor| (1.0..=1_000.0).contains(factor))
        .ok_or_else(|| "expected a factor of at least 1, such as 1.5".to_owned())
}

/// A limit that is a number.
fn limit(text: &str) -> Result<Metric, String> {
    let number = |metric: &Metric| !matches!(metric, Metric::DenyAlloc | Metric::Complexity);
    Metric::from_key(text).filter(number).ok_or_else(|| {
        let words: Vec<&str> = KEYS
            .iter()
            .filter(|key| matches!(key.role, Role::Limit(metric) if number(&metric)))
            .map(|key| key.name)
            .chain(["p50", "p90", "p95", "p99", "p99_9"])
            .collect();
        match perf_grammar::nearest(text, &words) {
            Some(near) => format!("expected a limit that is a number; did you mean `{near}`?"),
            None => "expected a limit that is a number, such as p99, mem or allocs".to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_leaves_room() {
        assert_eq!((factor("2"), factor("1.5x")), (Ok(2.0), Ok(1.5)));
        for wrong in ["0.9", "x", "", "inf", "NaN"] {
            assert!(factor(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_limit_is_a_number() {
        assert_eq!(limit("p99").map(Metric::key).as_deref(), Ok("p99"));
        assert!(limit("deny_alloc").is_err() && limit("complexity").is_err());
        let near = limit("alocs").expect_err("no limit");
        assert!(near.contains("did you mean `allocs`"), "{near}");
    }
}
