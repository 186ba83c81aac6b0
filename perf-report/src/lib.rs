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

// Words.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "a history stands on the rest of it")
)]
mod calendar;
mod commit;
mod record;
mod protocol;
mod manifest;
mod tally;
mod scale;

// Thought: no input or output, no clock.
mod run;
#[cfg(test)]
mod fixture;
mod report;
mod table;
mod student;
mod compare;
mod baseline;

// Text: a report in, text out.
mod render;

// Machine.
mod machine;

// Edge.
pub mod cli;
