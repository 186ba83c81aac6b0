//! The budgets of `perf-budgets.toml` in production: a layer for `tracing-subscriber`
//! that watches the spans of a running program.
//!
//! It depends on nothing that measures: a program links it without the runtime of the
//! tests, which re-exports it with its feature `layer`.

#![cfg_attr(not(test), warn(clippy::disallowed_macros, clippy::disallowed_methods))]

// Lowest layer first: each imports only from those above it.
mod window;

mod mistake;

mod file;

mod layer;

pub use layer::{BreachFilter, BudgetLayer};
pub use mistake::BudgetLayerError;
