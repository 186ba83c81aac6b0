//! The machine: what the process was given, files, cargo, git, test processes.

#![allow(
    clippy::disallowed_methods,
    reason = "the only module that touches the machine"
)]

pub(crate) mod world;
pub(crate) mod interrupt;
pub(crate) mod diagnose;
pub(crate) mod child;
pub(crate) mod worker;
pub(crate) mod sampler;
pub(crate) mod store;
#[cfg(feature = "history")]
pub(crate) mod archive;
pub(crate) mod machine;
pub(crate) mod baselines;
pub(crate) mod budgets;
pub(crate) mod changes;
pub(crate) mod cargo;
pub(crate) mod layouts;
pub(crate) mod git;
pub(crate) mod submodules;
pub(crate) mod worktree;
