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

// Words.
mod calendar;
mod commit;
mod shard;
mod record;
mod protocol;
mod manifest;
mod tally;
mod scale;
mod written;

// Thought: no input or output, no clock.
mod run;
mod distribution;
#[cfg(test)]
mod fixture;
mod report;
mod table;
mod recommendation;
mod student;
mod compare;
mod baseline;
mod ranks;
mod duel;
mod halving;
#[cfg(feature = "history")]
mod history;
mod budget_text;
mod proposal;

// Text: a report in, text out.
mod render;

// Machine.
mod machine;

// Edge.
pub mod cli;
