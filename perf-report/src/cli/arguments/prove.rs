//! What can be asked of `prove`.

use clap::Args;

use super::{BuildArguments, PolicyArguments, SelectArguments, ShowArguments};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct ProveArguments {
    #[command(flatten)]
    pub(in crate::cli) select: SelectArguments,
    #[command(flatten)]
    pub(in crate::cli) show: ShowArguments,
    /// For a CI job: fewer mutations of a case, shorter runs; what is left out is named
    #[arg(long)]
    pub(in crate::cli) quick: bool,
    /// How often unchanged code is judged again, which says how often the machine raises a
    /// false alarm; 5, with --quick once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(in crate::cli) again: Option<u32>,
    /// Then each limit of time is what was measured of it times this
    #[arg(long, value_name = "FACTOR", default_value_t = 1.5, value_parser = factor)]
    pub(in crate::cli) factor: f64,
    /// End with 3 if a limit was left out, is `off` or could never fire
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArguments,
    #[command(flatten)]
    pub(in crate::cli) build: BuildArguments,
}

fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok();
    factor
        .filter(|factor| (1.0..=100.0).contains(factor))
        .ok_or_else(|| format!("found `{text}`, expected a number from 1 to 100, such as 1.5"))
}
