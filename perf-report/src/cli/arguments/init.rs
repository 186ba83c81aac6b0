//! What can be asked of `init`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct InitArguments {
    /// Write without asking, with the function that is likeliest to matter
    #[arg(long, short)]
    pub(in crate::cli) yes: bool,
    /// Write tests/NAME_budgets.rs of each benches/NAME.rs that uses it, and list what is left
    #[arg(long, value_enum, conflicts_with_all = ["yes", "function", "xtask", "ci", "path", "git"])]
    pub(in crate::cli) from: Option<Origin>,
    /// The package that gets the budget; the one of this folder, or the likeliest, if left out
    #[arg(long, short, value_name = "NAME")]
    pub(in crate::cli) package: Option<String>,
    /// The function that gets the budget, by its path: `parser::parse`
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) function: Option<String>,
    /// Add an `xtask` that calls this program, and its alias
    #[arg(long)]
    pub(in crate::cli) xtask: bool,
    /// The service whose workflow files are written; without another option they alone are
    #[arg(long, value_enum)]
    pub(in crate::cli) ci: Option<Service>,
    /// Write over files of --ci and --from that are there and differ
    #[arg(long)]
    pub(in crate::cli) force: bool,
    /// Depend on perf-runtime in this checkout
    #[arg(long, value_name = "FOLDER", conflicts_with = "git")]
    pub(in crate::cli) path: Option<PathBuf>,
    /// Depend on perf-runtime in this git repository
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) git: Option<String>,
}

impl InitArguments {
    /// The service, where nothing else is asked for.
    pub(in crate::cli) fn ci_alone(&self) -> Option<Service> {
        let is_alone = !self.yes
            && !self.xtask
            && self.package.is_none()
            && self.function.is_none()
            && self.path.is_none()
            && self.git.is_none();
        self.ci.filter(|_| is_alone)
    }
}

/// What measures a project today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Origin {
    /// criterion
    Criterion,
}

/// A CI service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Service {
    /// GitHub Actions: .github/workflows/perf.yml and perf-comment.yml
    Github,
    /// GitLab CI: .gitlab/perf.yml, and .gitlab-ci.yml where there is none
    Gitlab,
}
