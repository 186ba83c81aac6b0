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

#![cfg_attr(not(test), warn(clippy::disallowed_macros, clippy::disallowed_methods))]

// Floor 0: words.
mod names;
mod order;
mod sample;
pub mod meters;
mod subject;
mod family;
mod runtime;
mod case;
mod plan;
mod host;

// Floor 1: thought.
mod histogram;
mod timeline;
mod summary;
mod evidence;
mod autocorrelation;
mod judge;
mod growth;
mod complexity;
mod engine;
mod selector;
mod budget_file;
mod policy;
mod sentence;
mod figures;
mod verdict;
mod clean;
mod time;
#[cfg(feature = "alloc-sites")]
mod culprits;
#[cfg(not(feature = "alloc-sites"))]
#[path = "culprits/off.rs"]
mod culprits;

// Floor 2: record.
mod json;
mod case_report;
mod record;

// Floor 3: machine.
mod mailbox;
mod threads;
mod alloc;
mod clock;
mod counters;
mod environment;
mod lock;
mod exit;
mod files;
mod surroundings;
mod trace;

// Floor 4: edge.
mod channel;
mod voice;
mod command;
mod registry;
mod meter;
#[cfg(feature = "load")]
mod load;
mod driver;
mod diagnose;
mod isolate;
mod fresh;
mod cold;
#[cfg(feature = "instructions")]
mod instructions;
#[cfg(not(feature = "instructions"))]
#[path = "instructions/off.rs"]
mod instructions;
mod resident;
mod metering;
mod witness;
mod count;
#[cfg(feature = "alloc-sites")]
mod blame;
#[cfg(not(feature = "alloc-sites"))]
#[path = "blame/off.rs"]
mod blame;
mod siblings;
mod resolve;
mod vigil;
mod session;
mod told;
mod watched;
mod supervisor;
mod arguments;
mod bursts;
mod worker;
mod libtest;
#[cfg(feature = "harness")]
mod serial;
#[doc(hidden)]
pub mod private;

pub use alloc::CountingAllocator;
#[cfg(feature = "layer")]
pub use perf_layer::{BreachFilter, BudgetLayer, BudgetLayerError};
pub use perf_macros::perf_budget;
#[cfg(feature = "harness")]
pub use serial::main as serial_main;
pub use subject::Bencher;
pub use trace::count;
#[cfg(feature = "layer")]
pub use trace::{RecordingFilter, RecordingLayer, recording_layer};

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
        $crate::private::inventory::submit! { $crate::private::SerialTarget }
    };
}

/// The `main` of a test target with `harness = false`, which needs the Cargo feature
/// `harness`.
#[cfg(not(feature = "harness"))]
#[macro_export]
macro_rules! main {
    () => {
        ::core::compile_error! {
            "`perf_runtime::main!()` needs the Cargo feature `harness` of perf-runtime, which is off; switch it on in Cargo.toml, as in `perf-runtime = { version = \"0.1\", features = [\"harness\"] }`"
        }
        #[allow(dead_code)]
        fn main() {}
    };
}

/// Tells perf-runtime of the `StatsAlloc` that is this program's global
/// allocator, so that `allocs`, `alloc_bytes`, `retained` and `growth` are read
/// from it. `stats_alloc::INSTRUMENTED_SYSTEM` is found without it.
///
/// ```
/// use stats_alloc::StatsAlloc;
/// use std::alloc::System;
///
/// #[global_allocator]
/// static ALLOC: StatsAlloc<System> = StatsAlloc::system();
/// perf_runtime::stats_alloc!(ALLOC);
/// # fn main() {}
/// ```
#[cfg(feature = "stats_alloc")]
#[macro_export]
macro_rules! stats_alloc {
    ($allocator:path) => {
        $crate::private::inventory::submit! {
            $crate::private::StatsSource(|| $allocator.stats())
        }
    };
}

/// Names the `StatsAlloc` of this program, which needs the Cargo feature `stats_alloc`.
#[cfg(not(feature = "stats_alloc"))]
#[macro_export]
macro_rules! stats_alloc {
    ($allocator:path) => {
        ::core::compile_error! {
            "`perf_runtime::stats_alloc!` needs the Cargo feature `stats_alloc` of perf-runtime, which is off; switch it on in Cargo.toml, as in `perf-runtime = { version = \"0.1\", features = [\"stats_alloc\"] }`"
        }
    };
}
