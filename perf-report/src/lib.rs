//! Runs performance budgets over a workspace and reports what they found.
//!
//! An `xtask` needs one line of it:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     perf_report::cli::main()
//! }
//! ```
//!
//! It meets the test binaries in two places, and links nothing of theirs: record
//! files (`perf-runtime/schema/record-1.schema.json`) and the worker protocol
//! (`perf-runtime/schema/worker-protocol-1.md`).

#![cfg_attr(not(test), warn(clippy::disallowed_macros, clippy::disallowed_methods))]
// Some words are the history's alone.
#![cfg_attr(not(feature = "history"), allow(dead_code))]

// Pure: no input or output, no clock.
mod model;
mod analysis;
mod render;

// Impure: files, processes, databases, terminals.
mod infra;
pub mod cli;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
