//! What can be asked of `bisect`.

use clap::Args;

use super::{AbArguments, BuildArguments, PolicyArguments, SelectArguments, ShowArguments};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct BisectArguments {
    /// The case that became worse: its id, a tail of it
    #[arg(value_name = "CASE", value_parser = super::selecting)]
    pub(in crate::cli) case: String,
    /// A commit at which it was as it should be
    #[arg(long, value_name = "REV")]
    pub(in crate::cli) good: String,
    /// A commit at which it is worse
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    pub(in crate::cli) bad: String,
    /// What counts as worse, whatever attribute and file say: `5%`, `1.1x`
    #[arg(long, value_name = "TOLERANCE", value_parser = super::ab::tolerance)]
    pub(in crate::cli) tolerance: Option<u64>,
    /// Leave the layout of the code as the linker makes it
    #[arg(long)]
    pub(in crate::cli) one_layout: bool,
    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArguments,
    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,
}

impl BisectArguments {
    /// The same question about two commits.
    pub(in crate::cli) fn ab(&self) -> AbArguments {
        AbArguments {
            revision: self.good.clone(),
            select: SelectArguments {
                patterns: vec![self.case.clone()],
                include_ignored: true,
                ..SelectArguments::default()
            },
            show: ShowArguments::default(),
            verbose: false,
            strict: false,
            tolerance: self.tolerance,
            one_layout: self.one_layout,
            no_profile: true,
            policy: self.policy.clone(),
            build: self.build.clone(),
        }
    }
}
