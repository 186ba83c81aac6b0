//! What can be asked of `ab`.

use clap::Args;

use super::{BuildArguments, PolicyArguments, SelectArguments, ShowArguments};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct AbArguments {
    /// The commit to compare with: a branch, a tag, a hash
    #[arg(value_name = "REV")]
    pub(in crate::cli) revision: String,
    #[command(flatten)]
    pub(in crate::cli) select: SelectArguments,
    #[command(flatten)]
    pub(in crate::cli) show: ShowArguments,
    /// Show and explain everything that was compared, what is the same too
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,
    /// End with 3 if something was not decided
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Judge by this tolerance, whatever attribute and file say: `5%`, `1.1x`
    #[arg(long, value_name = "TOLERANCE", value_parser = tolerance)]
    pub(in crate::cli) tolerance: Option<u64>,
    /// Leave the layout of the code as the linker makes it
    #[arg(long)]
    pub(in crate::cli) one_layout: bool,
    /// Leave out which functions take longer in cases that are slower
    #[arg(long)]
    pub(in crate::cli) no_profile: bool,
    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArguments,
    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,
}

pub(super) fn tolerance(text: &str) -> Result<u64, String> {
    perf_grammar::parse_tolerance(text).map_err(|error| error.to_string())
}
