//! Whole projects, written to a temporary folder and run with the real cargo,
//! the real harnesses and the real command line.

mod ab;
mod baselines;
mod budget_file;
mod command_line;
mod doors;
mod failures;
mod figures;
mod hangs;
mod heap;
mod history;
mod instructions;
mod kinds;
mod labels;
mod memory;
mod meters;
mod project;

mod proposals;
mod verdicts;
