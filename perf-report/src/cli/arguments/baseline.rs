//! The arguments of `baseline` and `compare`: what is measured, and what it is held against.

use clap::{Args, Subcommand, ValueEnum};

use super::{BuildArguments, PolicyArguments, SelectArguments, ShowArguments};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct BaselineArguments {
    #[command(subcommand)]
    pub(in crate::cli) verb: BaselineVerb,
}

#[derive(Clone, Debug, Subcommand)]
pub(in crate::cli) enum BaselineVerb {
    /// Measure several runs and keep them in perf-baselines/, to be compared with later
    Save(SaveArguments),
    /// Measure and compare with the saved baseline; a regression ends with 1
    Check(CheckArguments),
    /// Show the saved baseline as a document
    Show(BaselineShowArguments),
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct SaveArguments {
    #[command(flatten)]
    pub(in crate::cli) select: SelectArguments,
    /// Runs to measure, each in fresh processes; they show how much runs differ
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(5..=100))]
    pub(in crate::cli) runs: u32,
    /// Save although files differ from the commit; the baseline says so
    #[arg(long)]
    pub(in crate::cli) allow_dirty: bool,
    /// Save although the second half of the runs disagrees with the first
    #[arg(long)]
    pub(in crate::cli) allow_unsettled: bool,
    /// Count the instructions of every case under valgrind, where it is installed
    #[arg(long)]
    pub(in crate::cli) instructions: bool,
    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArguments,
    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct CheckArguments {
    #[command(flatten)]
    pub(in crate::cli) select: SelectArguments,
    #[command(flatten)]
    pub(in crate::cli) show: ShowArguments,
    /// Compare stored runs instead of measuring: ids, folders of records, or `last`
    #[arg(long, value_name = "RUN", value_delimiter = ',', conflicts_with_all = ["patterns", "tag", "skip_tag", "group", "runs", "instructions"])]
    pub(in crate::cli) from: Vec<String>,
    /// Runs to measure; what looks worse is measured again in fresh ones
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(in crate::cli) runs: u32,
    /// Count the instructions of every case under valgrind, even where the baseline has none
    #[arg(long)]
    pub(in crate::cli) instructions: bool,
    /// End with 3 if something was not judged
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Show and explain what is the same as before, too
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,
    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArguments,
    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct BaselineShowArguments {
    /// The form of the document
    #[arg(long, value_enum, default_value_t = DocumentFormat::Markdown)]
    pub(in crate::cli) format: DocumentFormat,
    /// Write it to FILE instead of showing it
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) output: Option<std::path::PathBuf>,
}

/// The form of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DocumentFormat {
    /// To be read and kept
    #[default]
    Markdown,
    /// For programs
    Json,
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct CompareArguments {
    /// Runs, several of them joined by commas: ids, folders of records, `last`; or
    /// `baseline`, or the file or folder of one
    #[arg(value_name = "BEFORE")]
    pub(in crate::cli) before: String,
    /// The same for what is judged; its records say what is tolerated
    #[arg(value_name = "AFTER")]
    pub(in crate::cli) after: String,
    #[command(flatten)]
    pub(in crate::cli) show: ShowArguments,
    /// End with 3 if something was not judged
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Show and explain what is the same as before, too
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,
}
