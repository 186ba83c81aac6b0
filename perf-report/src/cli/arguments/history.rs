//! The arguments of everything that keeps or shows a history.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

use crate::model::shard::Shard;

/// What a run leaves behind, and which part of it this is.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "What is kept")]
pub(in crate::cli) struct KeepArguments {
    /// Keep the run there instead of in perf-history/ beside the project (or PERF_HISTORY)
    #[arg(long, value_name = "PATH|URL")]
    pub(in crate::cli) history: Option<OsString>,
    /// Keep nothing
    #[arg(long, conflicts_with = "history")]
    pub(in crate::cli) no_history: bool,
    /// Measure this part of the cases; with the same PERF_RUN_ID, parts become one run
    #[arg(long, value_name = "N/OF", value_parser = Shard::parse, help_heading = "Which cases")]
    pub(in crate::cli) shard: Option<Shard>,
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct HistoryArguments {
    /// Cases: ids, tails of ids, patterns
    #[arg(value_name = "CASE", required = true, value_parser = super::selecting)]
    pub(in crate::cli) cases: Vec<String>,
    /// The last runs of each case
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) last: u32,
    #[command(flatten)]
    pub(in crate::cli) look: LookArguments,
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct TrendArguments {
    /// Cases: ids, tails of ids, patterns; all if left out
    #[arg(value_name = "PATTERN", value_parser = super::selecting)]
    pub(in crate::cli) patterns: Vec<String>,
    /// The last runs of each case
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) last: u32,
    /// End with 1 if the latest runs are a regression that no waiver covers
    #[arg(long)]
    pub(in crate::cli) check: bool,
    #[command(flatten)]
    pub(in crate::cli) look: LookArguments,
}

/// What is looked at, and how it is shown.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct LookArguments {
    /// The figure that is followed: p50, or mean where no single call can be timed, if left out
    #[arg(long, value_name = "METRIC")]
    pub(in crate::cli) metric: Option<String>,
    /// Only runs since a day (2026-11-20), or of the last days (30d)
    #[arg(long, value_name = "DAY|DAYS")]
    pub(in crate::cli) since: Option<String>,
    /// Only machines with this in their name
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) machine: Option<String>,
    /// The form in which it is shown
    #[arg(long, value_enum, default_value_t = Form::Terminal)]
    pub(in crate::cli) format: Form,
    /// Look there instead of in perf-history/ beside the project (or PERF_HISTORY)
    #[arg(long, value_name = "PATH|URL")]
    pub(in crate::cli) history: Option<OsString>,
}

/// The form of a history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Form {
    /// A table, and what happened
    #[default]
    Terminal,
    /// For a pull request or a job's summary
    Markdown,
    /// For programs
    Json,
    /// One page that opens in a browser without a network
    Html,
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct MergeArguments {
    /// Histories (files, folders, URLs) and folders of records
    #[arg(value_name = "FROM", required = true)]
    pub(in crate::cli) from: Vec<OsString>,
    /// The commit at which records were measured that do not say so, as those of `cargo test`
    #[arg(long, value_name = "REV")]
    pub(in crate::cli) commit: Option<String>,
    /// Add them there instead of in perf-history/ beside the project (or PERF_HISTORY)
    #[arg(long, value_name = "PATH|URL")]
    pub(in crate::cli) history: Option<OsString>,
}
