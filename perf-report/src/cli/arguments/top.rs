//! What can be asked of `top`.

use clap::{Args, ValueEnum};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct TopArguments {
    /// Cases: ids, tails of ids, patterns; all if left out
    #[arg(value_name = "PATTERN", value_parser = super::selecting)]
    pub(in crate::cli) patterns: Vec<String>,
    /// The id of a run, or a folder of records; the last run if left out
    #[arg(long, value_name = "RUN")]
    pub(in crate::cli) run: Option<String>,
    /// Rows of a table; what is over a threshold is shown in any case
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) most: u32,
    /// The form in which it is shown
    #[arg(long, value_enum, default_value_t = TopForm::Terminal)]
    pub(in crate::cli) format: TopForm,
    /// End with 1 if something is over its threshold, `[top]` of perf-budgets.toml
    #[arg(long)]
    pub(in crate::cli) check: bool,
}

/// The form of a ranking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TopForm {
    /// Tables
    #[default]
    Terminal,
    /// For a pull request or a job's summary
    Markdown,
    /// For programs
    Json,
}
