//! The machine: what the process was given, files, cargo, test processes.

pub(crate) mod baselines;
pub(crate) mod cargo;
pub(crate) mod git;
pub(crate) mod store;
pub(crate) mod worker;
pub(crate) mod world;
