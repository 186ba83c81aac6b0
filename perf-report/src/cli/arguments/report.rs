//! What can be asked of `report`.

use clap::Args;

use super::{ChangesArguments, ShowArguments};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct ReportArguments {
    /// The id of a run, or a folder of records; the last run if left out
    #[arg(value_name = "RUN")]
    pub(in crate::cli) run: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) show: ShowArguments,
    #[command(flatten)]
    pub(in crate::cli) changes: ChangesArguments,
    #[command(flatten)]
    pub(in crate::cli) document: DocumentArguments,
    /// End with 3 if a limit was not judged
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Explain the passes too
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,
    /// Show a row for each pass at a terminal too, however many there are
    #[arg(long)]
    pub(in crate::cli) passes: bool,
}

/// Which document is written.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Documents")]
pub(in crate::cli) struct DocumentArguments {
    /// Write a document by this template: `baseline`, `report`, or a file of your own
    #[arg(long, value_name = "NAME|FILE", conflicts_with = "format")]
    pub(in crate::cli) template: Option<String>,
    /// Hold the run against this one in the document, or against `baseline`
    #[arg(
        long,
        value_name = "RUN|baseline",
        requires = "template",
        conflicts_with = "compared"
    )]
    pub(in crate::cli) before: Option<String>,
    /// Print the template itself, to start one of your own from
    #[arg(long, requires = "template", conflicts_with = "before")]
    pub(in crate::cli) print_template: bool,
}
