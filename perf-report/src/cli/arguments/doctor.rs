//! What can be asked of `doctor`.

use clap::{Args, ValueEnum};

use super::BuildArguments;

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct DoctorArguments {
    /// The form in which it is shown
    #[arg(long, value_enum, default_value_t = DoctorForm::Terminal)]
    pub(in crate::cli) format: DoctorForm,
    /// End with 3 if something is advised
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Build nothing, and leave out what only the tests know
    #[arg(long)]
    pub(in crate::cli) no_build: bool,
    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,
}

/// The form of a diagnosis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DoctorForm {
    /// A list, what is to be changed last
    #[default]
    Terminal,
    /// For programs
    Json,
}
