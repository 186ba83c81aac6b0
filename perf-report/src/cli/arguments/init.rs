//! What can be asked of `init`.

use clap::{Args, ValueEnum};

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct InitArguments {
    /// The service whose files are written
    #[arg(long, value_enum)]
    pub(in crate::cli) ci: Service,
    /// Write over files that are there and differ
    #[arg(long)]
    pub(in crate::cli) force: bool,
}

/// A CI service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Service {
    /// GitHub Actions: .github/workflows/perf.yml and perf-comment.yml
    Github,
    /// GitLab CI: .gitlab/perf.yml, and .gitlab-ci.yml where there is none
    Gitlab,
}
