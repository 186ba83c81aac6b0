//! Performance budgets as ordinary tests.
//!
//! ```ignore
//! use perf_runtime::perf_budget;
//!
//! #[perf_budget(p99 = "10ms", mem = "50MB")]
//! fn parses_the_config() {
//!     config::parse(CONFIG).unwrap();
//! }
//! ```
//!
//! The attribute is described at [`perf_budget`]; memory limits need
//! [`CountingAllocator`]; a target with `harness = false` ends in [`main!`].

// Floor 0: words.
mod subject;
mod case;
mod plan;
mod sample;
mod host;

// Floor 1: thought.
mod random;
mod histogram;
mod summary;
mod eprocess;
mod evidence;
mod autocorrelation;
mod judge;
mod engine;
mod pattern;
mod budget_file;
mod policy;
mod sentence;
mod verdict;
mod clean;
mod time;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "its lines are shown once failures ask for them")
)]
mod culprits;

// Floor 2: record.
mod json;
mod case_report;
mod record;

// Floor 3: machine.
mod alloc;
mod clock;
mod counters;
mod environment;
mod lock;
mod files;
mod surroundings;

// Floor 4: edge.
mod registry;
mod meter;
mod driver;
mod diagnose;
mod fresh;
mod resolve;
mod session;
mod told;
mod arguments;
mod worker;
mod libtest;
#[cfg(feature = "harness")]
mod serial;
#[doc(hidden)]
pub mod private;

pub use alloc::CountingAllocator;
pub use perf_macros::perf_budget;
#[cfg(feature = "harness")]
pub use serial::main as serial_main;
pub use subject::Bencher;

/// The `main` of a test target with `harness = false`: runs every case of the
/// target, one at a time and in turns, and understands the arguments of
/// libtest, nextest and editors.
///
/// ```ignore
/// perf_runtime::main!();
/// ```
#[cfg(feature = "harness")]
#[macro_export]
macro_rules! main {
    () => {
        fn main() -> ::std::process::ExitCode {
            $crate::serial_main()
        }
    };
}
